"""Files of leads opened, whatever they are: .xlsx, .xls, .ods or text with delimiters, as sheets of rows of text.

Only the child process (`gateway.imports.child`) comes here: a file may be anything, and the libraries that open it
may need any amount of memory, or crash. What is known to be hostile is refused before they see it.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, partial
from typing import IO, Any
from xml.parsers.expat import ExpatError, ParserCreate

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from gateway.core.exported import is_export
from gateway.core.formulas import unguarded
from gateway.imports.delimited import MOST_COLUMNS, Delimited
from gateway.imports.file_problem import FileProblem
from gateway.imports.hidden import Hidden, hidden_in

Row = tuple[int, list[str]]
Merged = tuple[tuple[int, int], tuple[int, int]]

MOST_SHEETS = 100
MOST_PARTS = 10_000
MOST_UNPACKED_BYTES = 2 * 1024**3
# What a spreadsheet program writes is packed to a tenth, or of a very dull sheet to a hundredth.
LARGEST_RATIO = 300
RATIO_MATTERS_FROM = 10 * 1024**2

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# Beginnings of what people take for a spreadsheet, and what it is.
OTHERS = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"SQLite format 3", "a database"),
    (b"{\\rtf", "a document (RTF)"),
    (b"BEGIN:VCARD", "a file of contacts (vCard)"),
    (b"BEGIN:VCALENDAR", "a calendar"),
)
JSON = re.compile(rb"\s*(\[\s*[\[{]|\{\s*\")")
# Signs of a document type, looked for where the XML cannot be parsed.
SIGNS = tuple(
    sign.encode(encoding) for sign in ("<!DOCTYPE", "<!ENTITY") for encoding in ("utf-8", "utf-16-le", "utf-16-be")
)
PIECE_OF_SIGN = 32
MARKUP = re.compile(rb"\s*<(!doctype html|html|head|body|table|meta|\?xml|!--)", re.IGNORECASE)


@dataclass
class Sheet:
    """A sheet: `rows()` are all its rows up to the last one, by the number the spreadsheet shows; empty ones are [].

    `merged()`: ranges of cells that are one, each by its first and last cell (row, column), counted from 0. `hidden()`:
    which rows and columns are hidden. `faults`: what is wrong with rows of text, by number, once they were read.
    """

    number: int
    name: str
    is_hidden: bool
    rows: Callable[[], Iterator[Row]]
    merged: Callable[[], list[Merged]] = list
    hidden: Callable[[], Hidden] = Hidden
    faults: dict[int, str] = field(default_factory=dict)


@dataclass
class Workbook:
    """A file that could be opened. `encoding` and `delimiter` are those of text."""

    kind: str
    sheets: list[Sheet]
    encoding: str | None = None
    delimiter: str | None = None


def open_workbook(file: IO[bytes]) -> Workbook:
    """Open a file. Raises FileProblem, or anything at all: the libraries are not to be trusted."""
    beginning = file.read(8192)
    file.seek(0)
    if not beginning:
        raise FileProblem("The file is empty (0 bytes).")
    for magic, what in OTHERS:
        if beginning.startswith(magic):
            raise FileProblem(f"This is {what}, not a spreadsheet. Send .xlsx, .xls, .ods or .csv.")
    if beginning.startswith(ZIP):
        return _open(file, _kind_of_zip(file))
    if beginning.startswith(OLE):
        _refuse_encrypted(file)
        return _open(file, "xls")
    if MARKUP.match(beginning.removeprefix(b"\xef\xbb\xbf")):
        raise FileProblem(
            "This is a web page (HTML or XML), whatever it is named. Open it in a spreadsheet program and save it as "
            ".xlsx."
        )
    if JSON.match(beginning.removeprefix(b"\xef\xbb\xbf")):
        raise FileProblem("This is JSON, not a spreadsheet. Send .xlsx or .csv, or post it to /api/leads/bulk.")
    text = Delimited(file)
    return Workbook("csv", [Sheet(0, "CSV", False, text.rows, faults=text.faults)], text.encoding, text.delimiter)


def _kind_of_zip(file: IO[bytes]) -> str:
    """xlsx or ods. Raises FileProblem for what no spreadsheet program has written."""
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            packed = sum(part.compress_size for part in parts)
            unpacked = sum(part.file_size for part in parts)
            if len(parts) > MOST_PARTS:
                raise FileProblem(f"The file consists of {len(parts):,} parts: it is no spreadsheet, or damaged.")
            if any(part.flag_bits & 1 for part in parts):
                raise FileProblem("The file is protected by a password. Save it without one.")
            if unpacked > MOST_UNPACKED_BYTES or (
                unpacked > RATIO_MATTERS_FROM and unpacked > LARGEST_RATIO * max(packed, 1)
            ):
                raise FileProblem(
                    f"The file would unpack to {unpacked / 1024**2:,.0f} MB, {unpacked // max(packed, 1):,} times its "
                    "size. That is no spreadsheet (a zip bomb)."
                )
            kind = _kind_by_parts(names)
            _refuse_definitions(archive, parts)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OSError) as error:
        if isinstance(error, FileProblem):
            raise
        raise FileProblem(
            "The file is damaged: its end is missing, or its list of parts cannot be read. Save it again, and "
            "upload it again."
        ) from error
    file.seek(0)
    return kind


def _kind_by_parts(names: set[str]) -> str:
    if any(name.endswith("vbaProject.bin") for name in names):
        raise FileProblem("The workbook contains macros. Save it as .xlsx, without macros.")
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        raise FileProblem("This is a binary workbook (.xlsb). Save it as .xlsx.")
    if "content.xml" in names and "mimetype" in names:
        return "ods"
    if "word/document.xml" in names:
        raise FileProblem("This is a document (.docx), not a spreadsheet. Send .xlsx, .xls, .ods or .csv.")
    if "[Content_Types].xml" in names:
        raise FileProblem("The workbook is damaged: the part that lists its sheets is missing. Save it again.")
    raise FileProblem("This is a zip archive, not a spreadsheet. Unpack it, and upload the spreadsheet in it.")


def _refuse_definitions(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """XML that defines entities can be made to grow beyond all bounds; no spreadsheet program writes such."""
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            with archive.open(part) as content:
                if _has_definitions(content):
                    raise FileProblem(
                        "The file defines XML entities, as no spreadsheet program does. It was not opened."
                    )


def _has_definitions(content: IO[bytes]) -> bool:
    """Whether XML, in any encoding, has a document type. One may stand only before the first element.

    Another parser may accept what this one rejects, so in text that it rejects any sign of a document type counts.
    """
    parser = ParserCreate()
    found: list[bool] = []
    parser.StartDoctypeDeclHandler = lambda *_: found.append(True)
    parser.StartElementHandler = lambda *_: found.append(False)
    tail = b""
    try:
        while not found and (piece := content.read(64 * 1024)):
            tail = tail[-PIECE_OF_SIGN:] + piece
            parser.Parse(piece)
    except (ExpatError, ValueError, LookupError):
        while not found and tail:
            if any(sign in tail for sign in SIGNS):
                return True
            piece = content.read(64 * 1024)
            tail = tail[-PIECE_OF_SIGN:] + piece if piece else b""
    return bool(found) and found[0]


def _refuse_encrypted(file: IO[bytes]) -> None:
    tail = b""
    while piece := file.read(1024 * 1024):
        if ENCRYPTED in tail + piece:
            raise FileProblem("The file is protected by a password. Save it without one.")
        tail = piece[-len(ENCRYPTED) :]
    file.seek(0)


def _open(file: IO[bytes], kind: str) -> Workbook:
    try:
        workbook = CalamineWorkbook.from_filelike(file)
        sheets = [
            _sheet(
                workbook,
                number,
                metadata.name,
                metadata.visible != SheetVisibleEnum.Visible,
                cache(partial(hidden_in, file, kind, number)),
            )
            for number, metadata in enumerate(workbook.sheets_metadata[:MOST_SHEETS])
            if metadata.typ == SheetTypeEnum.WorkSheet
        ]
    except PasswordError as error:
        raise FileProblem("The file is protected by a password. Save it without one.") from error
    except (CalamineError, OSError, ValueError) as error:
        raise _damaged(error) from error
    if not sheets:
        raise FileProblem("The workbook has no sheet with cells.")
    return Workbook(kind, sheets)


def _sheet(workbook: CalamineWorkbook, number: int, name: str, is_hidden: bool, hidden: Callable[[], Hidden]) -> Sheet:
    loaded: list[CalamineSheet] = []

    def cells() -> CalamineSheet:
        if not loaded:
            try:
                loaded.append(workbook.get_sheet_by_index(number))
            except (CalamineError, OSError, ValueError) as error:
                raise _damaged(error, name) from error
        return loaded[0]

    def rows() -> Iterator[Row]:
        start = cells().start
        if start is None:
            return
        width = (cells().end or (0, 0))[1] + 1
        if width > MOST_COLUMNS:
            raise FileProblem(
                f"The sheet {name} has {width:,} columns; {MOST_COLUMNS} can be read. Delete those you "
                "do not need, and save it again."
            )
        before = [""] * start[1]  # rows come from the first one on, but from the first column that is in use
        is_ours = False
        for row, values in enumerate(cells().iter_rows(), 1):
            texts = [text_of(value) for value in values]
            is_ours = is_ours or (row == 1 and is_export(texts))
            texts = texts if is_ours else [unguarded(text.strip()) for text in texts]
            yield row, before + texts if any(texts) else []

    return Sheet(number, name, is_hidden, rows, lambda: cells().merged_cell_ranges or [], hidden)


def text_of(value: Any) -> str:
    """A cell as text: whole numbers without a fraction, dates in ISO 8601, and no NUL in it."""
    match value:
        case str():
            return value.replace("\0", "")
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return str(value)
        case float():
            # All digits of a larger one are not its own.
            return str(int(value)) if value.is_integer() and abs(value) < 1e16 else f"{value:.15g}"
        case datetime():
            # Excel's 18:30 may be a millionth of a second less.
            moment: datetime = value + timedelta(microseconds=500)
            return moment.replace(microsecond=moment.microsecond // 1000 * 1000).isoformat()
        case date():
            return value.isoformat()
    return str(value)


def _damaged(error: BaseException, sheet: str = "") -> FileProblem:
    what = f"The sheet {sheet}" if sheet else "The file"
    found = "its parts do not fit together" if "detect" in str(error) else str(error)[:200]
    return FileProblem(f"{what} is damaged and cannot be read ({found}). Save it again, and upload it again.")
