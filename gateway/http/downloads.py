"""Tables as files: CSV as spreadsheets read it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from gateway.core.formulas import guarded


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Rows as RFC 4180. What a spreadsheet would take for a formula begins with an apostrophe."""
    text = io.StringIO()
    csv.writer(text).writerows([guarded(cell) for cell in row] for row in rows)
    return text.getvalue()


def as_download(name: str) -> dict[str, str]:
    """The headers of an answer that is to be saved as a file of this name, and kept nowhere else."""
    return {
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="{name}"',
        "x-content-type-options": "nosniff",
    }
