"""Which rows and columns of a workbook are hidden: calamine, which reads the cells, does not tell.

A sheet is looked through as bytes, for the beginnings of rows and columns alone; parsing all of it once more would take
as long as reading the cells.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import IO
from xml.etree import ElementTree as ET  # files with definitions were refused before

from msgspec import Struct, field

PIECE_BYTES = 1024**2
# A beginning of an element is not longer than this.
LONGEST_ELEMENT = 4096
MOST_COLUMNS = 16_384
MOST_ROWS = 1_048_576

ROW_OR_COLUMN = re.compile(rb'<(?:\w{1,20}:)?(row|col)\s[^<>]{0,2000}?\bhidden="(?:1|true)"[^<>]{0,2000}>')
NUMBER = {name: re.compile(rb'\s%b="([0-9]{1,7})"' % name) for name in (b"r", b"min", b"max")}
OF_ODS = re.compile(rb"<table:table(-row|-column)?[\s>][^<>]{0,2000}>?")
REPEATED = re.compile(rb'table:number-(?:rows|columns)-repeated="([0-9]{1,7})"')
OUT_OF_SIGHT = re.compile(rb'table:visibility="(?:collapse|filter)"')
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Hidden(Struct):
    """The numbers, from 1 on, of a sheet's hidden rows and columns."""

    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)


def hidden_in(file: IO[bytes], kind: str, sheet: int) -> Hidden:
    """What is hidden in a sheet, by its place in the workbook; nothing where that cannot be told (.xls)."""
    if kind not in ("xlsx", "ods"):
        return Hidden()
    try:
        with zipfile.ZipFile(file) as archive:
            if kind == "ods":
                with archive.open("content.xml") as content:
                    return _hidden_in_ods(content, sheet)
            with archive.open(_part_of(archive, sheet)) as content:
                return _hidden_in_xlsx(content)
    except (KeyError, IndexError, ET.ParseError, zipfile.BadZipFile, NotImplementedError, EOFError, OSError):
        return Hidden()
    finally:
        file.seek(0)


def _part_of(archive: zipfile.ZipFile, sheet: int) -> str:
    """The part of the archive that holds a sheet."""
    book = ET.fromstring(archive.read("xl/workbook.xml"))
    names = [one.get(RELATION) for one in book.iter() if one.tag.endswith("}sheet")]
    relations = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    target = next(one.get("Target", "") for one in relations.iter() if one.get("Id") == names[sheet])
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _hidden_in_xlsx(content: IO[bytes]) -> Hidden:
    hidden = Hidden()
    for found in _found(content, ROW_OR_COLUMN):
        numbers = {name: int(number[1]) for name, pattern in NUMBER.items() if (number := pattern.search(found[0]))}
        if found[1] == b"row" and b"r" in numbers:
            hidden.rows.add(numbers[b"r"])
        elif found[1] == b"col" and b"min" in numbers:
            hidden.columns.update(range(numbers[b"min"], min(numbers.get(b"max", 0), MOST_COLUMNS) + 1))
    return hidden


def _hidden_in_ods(content: IO[bytes], sheet: int) -> Hidden:
    hidden = Hidden()
    table, row, column = -1, 1, 1
    for found in _found(content, OF_ODS):
        repeated = int(times[1]) if (times := REPEATED.search(found[0])) else 1
        if found[1] is None:
            table, row, column = table + 1, 1, 1
            if table > sheet:
                break
        elif table == sheet:
            is_hidden = OUT_OF_SIGHT.search(found[0]) is not None
            if found[1] == b"-row":
                if is_hidden:
                    hidden.rows.update(range(row, min(row + repeated, MOST_ROWS + 1)))
                row += repeated
            else:
                if is_hidden:
                    hidden.columns.update(range(column, min(column + repeated, MOST_COLUMNS + 1)))
                column += repeated
    return hidden


def _found(content: IO[bytes], pattern: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
    """Where the pattern is in the content, each place once, however the content comes in pieces."""
    kept = b""
    while piece := content.read(PIECE_BYTES):
        text = kept + piece
        # What begins near the end may go on in the next piece: cut where an element begins.
        end = text.rfind(b"<", max(0, len(text) - LONGEST_ELEMENT))
        whole, kept = (text[:end], text[end:]) if end >= 0 else (text, b"")
        yield from pattern.finditer(whole)
    yield from pattern.finditer(kept)
