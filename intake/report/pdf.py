"""The report as PDF, A4: the same blocks as the page, each number with its bar [fpdf2].

The same facts at the same moment give the same bytes. The font (a part of DejaVu Sans) comes with the program; what it
has no sign for is printed as a question mark.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fpdf import FPDF, FontFace
from fpdf.enums import MethodReturnValue
from fpdf.fonts import TTFFont

from intake.letters import signin
from intake.report import outline
from intake.report.facts import ReportFacts
from intake.report.outline import Bars, Block, Entry, Facts, Heading, Items, Paragraph, Table
from intake.report.wording import Wording

_FONTS = Path(signin.__file__).parent / "fonts"
_INK, _SECOND, _BAR, _RULE = (27, 27, 27), (89, 89, 89), (11, 79, 158), (140, 140, 140)
_MARGIN = 20.0  # millimetres
_LINE = 5.2
_ROOM = 30.0  # that a heading must have below it on its page


class _Pages(FPDF):
    """A4 upright, each page numbered."""

    def __init__(self, facts: ReportFacts, said: Wording) -> None:
        super().__init__(format="A4")
        self._said = said
        self.set_creation_date(facts.at)
        self.set_title(outline.title(said))
        self.set_author(said.office.name)
        self.set_lang("pl")
        for style, file in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
            self.add_font("DejaVu", style, _FONTS / file)
        self.c_margin = 0  # text, rules and bars begin at one edge
        self.set_margins(_MARGIN, 18, _MARGIN)
        self.set_auto_page_break(auto=True, margin=20)
        font = self.fonts["dejavu"]
        self._signs = frozenset(font.cmap) if isinstance(font, TTFFont) else frozenset[int]()

    def footer(self) -> None:
        """Print the number of the page."""
        self.set_y(-14)
        self.style(8, _SECOND)
        self.cell(0, 6, self._said.line("page", self.page_no()), align="C")

    def style(self, size: float, colour: tuple[int, int, int] = _INK, weight: str = "") -> None:
        """Set how what follows is printed."""
        self.set_font("DejaVu", weight, size)
        self.set_text_color(*colour)

    def text_of(self, text: str) -> str:
        """Return *text* in signs that the font has."""
        return "".join(sign if ord(sign) in self._signs else "?" for sign in text)

    def lines(self, text: str, height: float = _LINE, **options: object) -> None:
        """Print running *text* over as many lines as it needs."""
        self.multi_cell(0, height, self.text_of(text), new_x="LMARGIN", new_y="NEXT", align="L", **options)  # type: ignore[arg-type]  # fpdf2's many keywords


def pdf(facts: ReportFacts, said: Wording) -> bytes:
    """Return the report as a PDF file."""
    pages = _Pages(facts, said)
    pages.add_page()
    pages.style(18, weight="B")
    pages.lines(outline.title(said), 8.5)
    pages.ln(2)
    for block in outline.blocks(facts, said):
        _print(pages, block)
    return bytes(pages.output())


def _print(pages: _Pages, block: Block) -> None:
    match block:
        case Heading():
            _heading(pages, block)
        case Paragraph(text=text, second=second):
            pages.style(9 if second else 10, _SECOND if second else _INK)
            pages.lines(text, 4.8)
            pages.ln(1.5)
        case Items(items=items):
            pages.style(10)
            for item in items:
                pages.set_x(_MARGIN + 2)
                pages.lines(f"• {item}", 5)
            pages.ln(2)
        case Facts(rows=rows):
            _table(pages, (), rows, (45, 55), frozenset())
        case Table(heads=heads, rows=rows, numbers=numbers):
            _table(pages, heads, rows, (58, 18, 24) if len(heads) == 3 else None, numbers)
        case Bars():
            _bars(pages, block)
        case Entry():
            _entry(pages, block)


def _heading(pages: _Pages, heading: Heading) -> None:
    if pages.will_page_break(_ROOM):
        pages.add_page()
    is_section = heading.level == 2
    pages.ln(5 if is_section else 2)
    if is_section:
        pages.set_draw_color(*_BAR)
        pages.set_line_width(0.5)
        pages.line(_MARGIN, pages.get_y(), pages.w - _MARGIN, pages.get_y())
        pages.ln(2.5)
    pages.start_section(heading.text, level=heading.level - 2)
    pages.style(13 if is_section else 11, weight="B")
    pages.lines(heading.text, 6.5 if is_section else 5.8)
    pages.ln(1.5)


def _table(
    pages: _Pages,
    heads: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
    widths: tuple[int, ...] | None,
    numbers: frozenset[int],
) -> None:
    pages.style(9.5)
    pages.set_draw_color(*_RULE)
    pages.set_line_width(0.2)
    count = len(widths or heads)
    with pages.table(
        col_widths=widths,
        headings_style=FontFace(emphasis="", color=_SECOND),
        first_row_as_headings=bool(heads),
        line_height=_LINE,
        padding=(1.2, 2, 1.2, 0),
        borders_layout="HORIZONTAL_LINES",
        text_align=tuple("RIGHT" if column in numbers else "LEFT" for column in range(count)),
    ) as table:
        for row in (heads,) if heads else ():
            table.row(row)
        for line in rows:
            table.row([pages.text_of(cell) for cell in line])
    pages.ln(3)


def _bars(pages: _Pages, block: Bars) -> None:
    pages.style(9, _SECOND)
    pages.cell(pages.epw - 20, 5, block.heads[0])
    pages.cell(20, 5, block.heads[1], align="R", new_x="LMARGIN", new_y="NEXT")
    for bar in block.bars:
        if pages.will_page_break(14):
            pages.add_page()
        pages.style(9.5)
        top = pages.get_y()
        pages.multi_cell(pages.epw - 22, 4.8, pages.text_of(bar.label), new_x="LMARGIN", new_y="NEXT", align="L")
        below = pages.get_y()
        pages.set_xy(pages.w - _MARGIN - 20, top)
        pages.cell(20, 4.8, str(bar.count), align="R")
        pages.set_xy(_MARGIN, below)
        if bar.note:
            pages.style(8.5, _SECOND)
            pages.lines(bar.note, 4.2)
        pages.set_fill_color(*_BAR)
        pages.rect(_MARGIN, pages.get_y() + 0.6, (pages.epw - 22) * bar.share / 100, 2, style="F")
        pages.ln(4.6)
    pages.set_fill_color(255)  # a table would fill its cells with what was set last
    pages.ln(2)


def _entry(pages: _Pages, entry: Entry) -> None:
    """Print an entry as one piece: texts are short, so it fits on a page."""
    parts = (
        (entry.title, 9.5, _INK, "B", 5.0),
        (entry.marks, 8.5, _SECOND, "", 4.4),
        (entry.text, 9.5, _INK, "", 4.9),
    )
    told = [part for part in parts if part[0]]
    pages.set_left_margin(_MARGIN + 3)
    pages.set_x(_MARGIN + 3)
    if pages.will_page_break(sum(_height(pages, *part) for part in told)):
        pages.add_page()
    top = pages.get_y()
    for text, size, colour, weight, height in told:
        pages.style(size, colour, weight)
        pages.lines(text, height)
    pages.set_left_margin(_MARGIN)
    pages.set_x(_MARGIN)
    pages.set_draw_color(*_BAR)
    pages.set_line_width(0.6)
    pages.line(_MARGIN + 0.5, top + 0.5, _MARGIN + 0.5, pages.get_y() - 0.2)
    pages.ln(3.2)


def _height(pages: _Pages, text: str, size: float, colour: tuple[int, int, int], weight: str, height: float) -> float:
    """Return how high *text* would be printed, in millimetres."""
    pages.style(size, colour, weight)
    found = pages.multi_cell(0, height, pages.text_of(text), dry_run=True, output=MethodReturnValue.LINES, align="L")
    return height * len(found) if isinstance(found, list) else height
