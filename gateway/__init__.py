"""Fairlead's gateway: authenticates, forwards to PostgreSQL, streams. The routing itself is SQL, in `sql/`."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds `sql/`, `migrations/` and `ui/` (the package is installed in place)."""
