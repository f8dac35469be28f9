"""The sign-in sheet of the meeting: who is expected, by thematic group, with needs and room for signatures [fpdf2].

The same registrations at the same moment give the same bytes. The font (a part of DejaVu Sans) comes with the program,
so that Polish and Ukrainian names print on any machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fpdf import FPDF
from fpdf.fonts import FontFace

from intake.letters.digest_facts import Guest
from intake.letters.polish import counted, moment
from intake.letters.workbook import Cell, Column, Kind, Tab, workbook

_FONTS = Path(__file__).parent / "fonts"
_WIDTHS = (10, 62, 44, 18, 34, 42, 57)  # millimetres of A4 across
_SPARE = 5  # empty lines for who was not registered
_LONGEST = 90  # characters of a cell


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a sign-in sheet says."""

    title: str
    place: str
    starts: datetime  # in the office's zone
    written: datetime
    topics: Mapping[str, str]  # names by ids, in order
    needs: Mapping[str, str]
    words: Mapping[str, str]  # headings, as the office words them
    guests: Sequence[Guest]


def groups(sheet: Sheet) -> Iterator[tuple[str, list[Guest]]]:
    """Yield the thematic groups and who belongs to each; who chose several stands under the first."""
    for topic, name in sheet.topics.items():
        found = [guest for guest in sheet.guests if _first(guest, sheet) == topic]
        if found:
            yield name, found
    rest = [guest for guest in sheet.guests if _first(guest, sheet) is None]
    if rest:
        yield sheet.words["no_group"], rest


def _first(guest: Guest, sheet: Sheet) -> str | None:
    return next((topic for topic in sheet.topics if topic in guest.topics), None)


def _lines(guests: Sequence[Guest], sheet: Sheet) -> Iterator[tuple[str, ...]]:
    for number, guest in enumerate(guests, start=1):
        yield (
            str(number),
            guest.organisation or sheet.words["unnamed"],
            ", ".join(guest.names),
            "" if guest.people is None else str(guest.people),
            guest.case,
            ", ".join(sheet.needs.get(need, need) for need in guest.needs),
            sheet.words["late"] if guest.late else "",
        )


def columns(sheet: Sheet) -> tuple[str, ...]:
    """Return the headings of the table."""
    return tuple(sheet.words["columns"].split(" | "))


class _Pages(FPDF):
    """A4 across, each page numbered, its heading repeated."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(orientation="landscape", format="A4")
        self._sheet = sheet
        self.set_creation_date(sheet.written)
        self.set_title(sheet.title)
        self.set_lang("pl")
        for style, file in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
            self.add_font("DejaVu", style, _FONTS / file)
        self.set_auto_page_break(auto=True, margin=15)

    def header(self) -> None:
        """Print what the meeting is, on every page."""
        self.set_font("DejaVu", "B", 12)
        self.cell(0, 7, self._sheet.title, new_x="LMARGIN", new_y="NEXT")
        self.set_font("DejaVu", "", 9)
        self.cell(0, 6, f"{moment(self._sheet.starts)} · {self._sheet.place}", new_x="LMARGIN", new_y="NEXT")
        self.ln(3)

    def footer(self) -> None:
        """Print the number of the page."""
        self.set_y(-12)
        self.set_font("DejaVu", "", 8)
        self.cell(0, 6, f"{self.page_no()} / {{nb}}", align="C")


def pdf(sheet: Sheet) -> bytes:
    """Return the sheet as a PDF file to print."""
    pages = _Pages(sheet)
    pages.add_page()
    for name, guests in groups(sheet):
        people = sum(guest.people or 0 for guest in guests)
        pages.set_font("DejaVu", "B", 10)
        pages.cell(0, 8, f"{name}: {counted(people, 'osoba', 'osoby', 'osób')}", new_x="LMARGIN", new_y="NEXT")
        _table(pages, columns(sheet), [*_lines(guests, sheet), *([("",) * len(_WIDTHS)] * _SPARE)])
    if not sheet.guests:
        _table(pages, columns(sheet), [("",) * len(_WIDTHS)] * 20)
    return bytes(pages.output())


def _table(pages: FPDF, heads: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    pages.set_font("DejaVu", "", 9)
    bold = FontFace(emphasis="BOLD")
    with pages.table(col_widths=_WIDTHS, headings_style=bold, line_height=6, padding=1, text_align="LEFT") as table:
        for line in (heads, *lines):
            row = table.row()
            for cell in line:
                row.cell(cell[:_LONGEST])
    pages.ln(4)


def xlsx(sheet: Sheet) -> bytes:
    """Return the sheet as a workbook, a tab for each group."""
    heads = columns(sheet)
    kinds = [Kind.TEXT, Kind.TEXT, Kind.TEXT, Kind.NUMBER, *[Kind.TEXT] * (len(heads) - 4)]
    shown = tuple(Column(head, width // 2 + 8, kind) for head, width, kind in zip(heads, _WIDTHS, kinds, strict=True))
    tabs = [Tab(name, shown, [_cells(line) for line in _lines(guests, sheet)]) for name, guests in groups(sheet)]
    return workbook(tabs or [Tab(sheet.words["no_group"], shown, [])], title=sheet.title, written=sheet.written)


def _cells(line: Sequence[str]) -> list[Cell]:
    return [int(cell) if place == 3 and cell else cell for place, cell in enumerate(line)]
