"""What is written into the scope of a request for those who count and log it, and which paths they must not tell."""

from __future__ import annotations

# Where in the scope the source of a lead is, and what was answered, for those who count and log.
SOURCE = "fairlead.source"
STATUS = "fairlead.status"
# What stands behind it in a path is secret.
ADDRESS = "/in/"
