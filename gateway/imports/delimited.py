"""Text with delimiters (CSV): its encoding and its delimiter found out, its rows read.

UTF-8 is recognised for certain, UTF-16 by its mark or its zeros; older encodings are guessed from how texts look.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import IO

from charset_normalizer import from_bytes

from gateway.core.exported import is_export
from gateway.core.formulas import unguarded
from gateway.imports.file_problem import FileProblem
from gateway.imports.records import CONTROL, Records

MOST_COLUMNS = 500
SAMPLE_BYTES = 256 * 1024
SAMPLE_ROWS = 50
DELIMITERS = ",;\t|"
RARE_DELIMITERS = "^~"

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What spreadsheet programs save in, beside UTF-8. The first is it, unless another looks clearly better.
OLDER = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1256", "cp932", "gb18030", "big5", "cp949"]
# A sequence of UTF-8 for one character beyond ASCII.
MULTIBYTE = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)


class Delimited:
    """A file of text. Raises FileProblem when it is none."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.faults: dict[int, str] = {}
        self.encoding = _encoding_of(file)
        beginning = self._beginning()
        if CONTROL.search(beginning) and not is_export(beginning.partition("\n")[0].strip().split(",")):
            raise FileProblem("This is neither a spreadsheet nor text: it has control characters. Send .xlsx or .csv.")
        self.delimiter, self._is_wrapped = _delimiter_of(beginning)
        is_ours = is_export(beginning.partition("\n")[0].strip().split(","))
        self._is_spaced = not is_ours and _is_spaced(beginning, self.delimiter)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Rows by number, as a spreadsheet would show them; empty ones are []. Raises FileProblem.

        A row that has a quotation mark without an end is in `faults`, by its number, once it was read.
        """
        self.faults.clear()
        records = Records(self._text(), self.delimiter, is_spaced=self._is_spaced)
        is_ours = False
        try:
            for number, (row, fault) in enumerate(records, 1):
                if self._is_wrapped:
                    row = _unwrapped(row, self.delimiter)
                if number == 1 and SEPARATOR_LINE.fullmatch(self.delimiter.join(row)):
                    continue
                if len(row) > MOST_COLUMNS:
                    raise FileProblem(
                        f"Row {number} has {len(row):,} columns, and at most {MOST_COLUMNS} can be read. Check that "
                        f"{self.delimiter!r} separates the columns, or delete those you do not need."
                    )
                if fault:
                    self.faults[number] = fault
                is_ours = is_ours or (number == 1 and is_export(row))
                cells = row if is_ours else [cell.strip() for cell in row]
                if "'" in "".join(cells):
                    cells = [unguarded(cell) for cell in cells]
                yield number, cells if any(cells) else []
        except UnicodeDecodeError as error:
            raise FileProblem(
                f"The text after line {records.line} is not in {self.encoding}. Save the file as CSV UTF-8."
            ) from error

    def _text(self) -> io.TextIOWrapper:
        self._file.seek(0)
        return io.TextIOWrapper(_Kept(self._file), encoding=self.encoding, newline="")

    def _beginning(self) -> str:
        try:
            return self._text().read(SAMPLE_BYTES)
        except UnicodeDecodeError as error:
            raise FileProblem("This is neither a spreadsheet nor text. Send .xlsx, .xls, .ods or .csv.") from error


class _Kept(io.BufferedReader):
    """The file, which stays open when the reader of its text closes."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(io.FileIO(file.fileno(), closefd=False))


def _encoding_of(file: IO[bytes]) -> str:
    file.seek(0)
    sample = file.read(SAMPLE_BYTES)
    for mark, encoding in MARKS:
        if sample.startswith(mark):
            return encoding
    if _is_utf8(file):
        if b"\0" in sample:
            return _wide(sample)
        return "utf-8"
    if b"\0" in sample:
        return _wide(sample)
    file.seek(0)
    found = BEYOND_ASCII.search(file.read())
    assert found is not None, "ASCII is UTF-8"
    begin = max(0, found.start() - 1000)
    file.seek(begin)
    around = file.read(SAMPLE_BYTES)
    _refuse_mixed(around)
    best = from_bytes(around, cp_isolation=OLDER, threshold=0.4).best()
    return "cp1252" if best is None or _is_western(around) else best.encoding


def _wide(sample: bytes) -> str:
    """UTF-16 without a mark: every other byte of ASCII is a zero. Raises FileProblem for other zeros."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > len(sample) * 0.3 and even == 0:
        return "utf-16-le"
    if even > len(sample) * 0.3 and odd == 0:
        return "utf-16-be"
    raise FileProblem("The file contains NUL bytes: it is no text, or damaged. Save it as .xlsx or CSV UTF-8.")


def _is_utf8(file: IO[bytes]) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := file.read(1024 * 1024):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_western(sample: bytes) -> bool:
    """Single letters beyond ASCII within words of ASCII, as in José or Müller: no other script looks so."""
    runs = BEYOND_ASCII.findall(sample)
    return sum(len(run) == 1 for run in runs) > 0.8 * len(runs)


def _refuse_mixed(sample: bytes) -> None:
    runs = BEYOND_ASCII.findall(sample)
    utf8 = sum(len(b"".join(MULTIBYTE.findall(run))) == len(run) for run in runs)
    if utf8 > 0.3 * len(runs):
        raise FileProblem(
            "The file mixes encodings: some of its lines are UTF-8, others are not, so letters would be wrong. Save it "
            "again as CSV UTF-8."
        )


def _delimiter_of(text: str) -> tuple[str, bool]:
    """What separates the columns, and whether each line as a whole is in quotation marks, as a table of one column."""
    if found := SEPARATOR_LINE.match(text):
        return found[1], False
    for delimiters in (DELIMITERS, RARE_DELIMITERS):
        if best := _widest(text, delimiters):
            return best, False
    rows = [row for row, _ in islice(Records(io.StringIO(text, newline=""), ",", is_sample=True), SAMPLE_ROWS)]
    inner = _widest("\n".join(row[0] for row in rows if row), DELIMITERS) if text.startswith('"') else ""
    return inner or ",", bool(inner)


def _is_spaced(text: str, delimiter: str) -> bool:
    """Whether spaces stand between a delimiter and the quotation mark of the cell behind it."""
    return re.search(rf"(?:(?<!\")\"|^[^\"\n]*){re.escape(delimiter)} +\"(?!\")", text, re.MULTILINE) is not None


def _widest(text: str, delimiters: str) -> str:
    """The delimiter by which most rows are equally wide; empty where none makes two columns."""
    best, most = "", (0, 0)
    for delimiter in delimiters:
        widths = Counter[int]()
        for row, _ in islice(Records(io.StringIO(text, newline=""), delimiter, is_sample=True), SAMPLE_ROWS):
            widths[len(row)] += len(row) > 1
        for width, rows in widths.items():
            if rows and (rows, width) > most:
                best, most = delimiter, (rows, width)
    return best


def _unwrapped(row: list[str], delimiter: str) -> list[str]:
    """The cells in the one cell of a row."""
    return next(csv.reader(row[:1], delimiter=delimiter), []) if len(row) == 1 else row
