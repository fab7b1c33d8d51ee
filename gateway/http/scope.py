"""What is written into the scope of a request for those who count and log it."""

from __future__ import annotations

# Where in the scope the source of a lead is, and what was answered, for those who count and log.
SOURCE = "fairlead.source"
STATUS = "fairlead.status"
