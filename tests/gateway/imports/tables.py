"""Tables as files of each kind, for tests."""

import csv
import io
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import xlsxwriter
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P


def as_xlsx(*table: list[Any], fill: Callable[[Any, Any], None] | None = None) -> bytes:
    """A workbook of one sheet with these rows; `fill` may do more to workbook and sheet."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"default_date_format": "dd/mm/yyyy hh:mm"})
    sheet = book.add_worksheet("Leads")
    for number, row in enumerate(table):
        sheet.write_row(number, 0, row)
    if fill:
        fill(book, sheet)
    book.close()
    return file.getvalue()


def as_xls(*table: list[Any]) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Leads")
    style = xlwt.easyxf(num_format_str="YYYY-MM-DD HH:MM")
    for number, row in enumerate(table):
        for column, value in enumerate(row):
            sheet.write(number, column, value, *([style] if isinstance(value, date) else []))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def as_ods(*table: list[Any]) -> bytes:
    book = OpenDocumentSpreadsheet()
    sheet = Table(name="Leads")
    for row in table:
        line = TableRow()
        for value in row:
            match value:
                case float():
                    cell = TableCell(valuetype="float", value=value)
                case datetime() | date():
                    cell = TableCell(valuetype="date", datevalue=value.isoformat())
                case _:
                    cell = TableCell(valuetype="string")
            cell.addElement(P(text=str(value)))
            line.addElement(cell)
        sheet.addElement(line)
    book.spreadsheet.addElement(sheet)
    file = io.BytesIO()
    book.write(file)
    return file.getvalue()


def as_csv(*table: list[Any], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows(table)
    return file.getvalue().encode(encoding)


def as_written(*table: list[Any], **more: str) -> bytes:
    """The same as people's programs write it into text: dates with the day first, a phone that is a number."""
    texts = [[f"{value:%d/%m/%Y %H:%M}" if isinstance(value, date) else str(value) for value in row] for row in table]
    return as_csv(*texts, **more)
