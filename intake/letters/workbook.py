"""Workbooks for people's spreadsheets: typed cells, frozen header, filters, widths [xlsxwriter].

What strangers wrote is a cell of text and never a formula or a link, whatever it looks like. The same tabs at the same
moment give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

Cell = str | int | float | date | None  # a datetime is a date too

_LONGEST: Final = 32_000  # characters of a cell; Excel's own limit is 32 767
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")  # what XML 1.0 cannot hold, §2.2
_NAME = re.compile(r"[\[\]:*?/\\']")  # what the name of a tab may not hold
_OPTIONS: Final = {"strings_to_formulas": False, "strings_to_urls": False}


class Kind(Enum):
    """How a column is shown."""

    TEXT = "text"
    LONG = "long"  # text of many lines, wrapped
    NUMBER = "number"
    MOMENT = "moment"  # a day and an hour
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a tab."""

    title: str
    width: int  # characters
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Tab:
    """A sheet of a workbook. A moment is told in the zone that it carries."""

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[Sequence[Cell]]
    landscape: bool = True


def workbook(tabs: Iterable[Tab], *, title: str, written: datetime) -> bytes:
    """Return the XLSX file of *tabs*, as *written* at that moment."""
    target = BytesIO()
    _make(target, {"in_memory": True}, tabs, title, written)
    return target.getvalue()


def write(path: Path, tabs: Iterable[Tab], *, title: str, written: datetime) -> None:
    """Write the XLSX file of *tabs* to *path*, holding no more than a row of it at a time."""
    _make(path, {"constant_memory": True, "tmpdir": str(path.parent)}, tabs, title, written)


def _make(
    target: BytesIO | Path, options: Mapping[str, object], tabs: Iterable[Tab], title: str, written: datetime
) -> None:
    with xlsxwriter.Workbook(target, {**_OPTIONS, **options}) as book:
        book.set_properties({"title": title, "created": written.astimezone(UTC).replace(tzinfo=None)})
        formats = _formats(book)
        for tab in tabs:
            _fill(book.add_worksheet(_NAME.sub(" ", tab.name)[:31]), tab, formats)


def _formats(book: Any) -> dict[str, Any]:
    top = {"valign": "top"}
    return {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, **top}),
        Kind.TEXT.value: book.add_format(top),
        Kind.LONG.value: book.add_format({"text_wrap": True, **top}),
        Kind.NUMBER.value: book.add_format({"num_format": "0", **top}),
        Kind.DAY.value: book.add_format({"num_format": "yyyy-mm-dd", "align": "left", **top}),
        Kind.MOMENT.value: book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left", **top}),
    }


def _fill(sheet: Worksheet, tab: Tab, formats: dict[str, Any]) -> None:
    for number, column in enumerate(tab.columns):
        sheet.set_column(number, number, column.width)
        sheet.write_string(0, number, column.title, formats["head"])
    last = 0
    for last, row in enumerate(tab.rows, start=1):
        for number, (column, cell) in enumerate(zip(tab.columns, row, strict=True)):
            _write(sheet, last, number, cell, formats[column.kind.value])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(last, 1), len(tab.columns) - 1)
    sheet.repeat_rows(0)
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    if tab.landscape:
        sheet.set_landscape()


def _write(sheet: Worksheet, row: int, column: int, cell: Cell, form: Any) -> None:
    match cell:
        case None | "":
            sheet.write_blank(row, column, None, form)
        case datetime():
            sheet.write_datetime(row, column, cell.replace(tzinfo=None), form)
        case date():
            sheet.write_datetime(row, column, cell, form)
        case str():
            sheet.write_string(row, column, _UNSEEN.sub(" ", cell.replace("\r\n", "\n"))[:_LONGEST], form)
        case _:
            sheet.write_number(row, column, cell, form)
