"""A file read as an import reads it, in this process: columns as they are proposed, rows as they would be staged."""

from __future__ import annotations

import tempfile
from typing import Any, NamedTuple

import msgspec

from gateway.imports.child import Outline, Staged, batches_of, outline_of
from gateway.imports.headings import columns_of, headings_of
from gateway.imports.proposals import Known, proposals
from gateway.imports.rows import Wanted


class Read(NamedTuple):
    """What was found in the first sheet: the field of each heading, and each row."""

    outline: Outline
    fields: dict[str, str | None]
    rows: list[Staged]

    def leads(self) -> list[dict[str, Any]]:
        """The leads, metadata decoded, without those that are left out."""
        return [
            msgspec.json.decode(msgspec.json.encode(row.lead)) for row in self.rows if row.lead and not row.left_out
        ]


def read(content: bytes, *accept: str, remembered: dict[str, str] | None = None) -> Read:
    """Read a file; `remembered` says what headings were chosen to be before. Raises FileProblem."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        outline = outline_of(file)
        sheet = outline.sheets[0]
        headings = headings_of(sheet.first, sheet.merged, sheet.heading_row)
        columns = columns_of(sheet.first, headings, sheet.heading_row)
        known = [Known((remembered or {}).get(column.heading)) for column in columns]
        found = proposals(columns, known, rows=sheet.rows)
        mapping = {one.field: column.column for column, one in zip(columns, found, strict=True) if one.field}
        wanted = Wanted(sheet.number, sheet.heading_row, mapping, keep_unmapped=True, accept=[*accept])
        file.seek(0)
        rows = [row for batch in batches_of(file, wanted) for row in batch.rows]
    fields = {column.heading: one.field for column, one in zip(columns, found, strict=True)}
    return Read(outline, fields, rows)
