"""Tables as files: CSV as spreadsheets read it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

# A spreadsheet takes a cell for a formula if it begins with one of these signs, even in full width or after invisible
# characters. Numbers, such as those of phones, may begin with one. Where the list separator is a semicolon,
# spreadsheets split cells at semicolons, so each part of a cell is looked at.
_PARTED_BY = r"[;\t\r\n]"
_UNSEEN = r"[^\S\t\r\n]|[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
_SIGNS = r"[=@\uff1d\uff20\ufe66\ufe6b]|[+\-\uff0b\uff0d\ufe62\ufe63\u2212](?![0-9 ().-]+(?:[;\t\r\n]|\Z))"
FORMULA = re.compile(rf"(\A|{_PARTED_BY})(?=(?:{_UNSEEN})*(?:{_SIGNS})|(?<![\s\S])[\t\r\n])")


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Rows as RFC 4180. What a spreadsheet would take for a formula begins with an apostrophe."""
    text = io.StringIO()
    csv.writer(text).writerows([FORMULA.sub(r"\1'", cell) for cell in row] for row in rows)
    return text.getvalue()


def as_download(name: str) -> dict[str, str]:
    """The headers of an answer that is to be saved as a file of this name, and kept nowhere else."""
    return {
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="{name}"',
        "x-content-type-options": "nosniff",
    }
