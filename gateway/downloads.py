"""Tables as files: what CSV and its readers need to be told."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

# Spreadsheets take a cell that begins so for a formula; a number, of a phone too, may begin so.
FORMULA = re.compile(r"[=@\t\r]|[+-](?![0-9 ().-]+$)")


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Rows as RFC 4180. A cell that a spreadsheet would take for a formula begins with an apostrophe."""
    text = io.StringIO()
    csv.writer(text).writerows([f"'{cell}" if FORMULA.match(cell) else cell for cell in row] for row in rows)
    return text.getvalue()


def as_download(name: str) -> dict[str, str]:
    """The headers of an answer that is to be saved as a file of this name, and kept nowhere else."""
    return {
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="{name}"',
        "x-content-type-options": "nosniff",
    }
