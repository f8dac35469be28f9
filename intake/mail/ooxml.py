"""Word, Excel and PowerPoint files since 2007 (ECMA-376): what a reader of the page sees, forms and tables included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from intake.mail.reading import Archive, Markup

_MOST_SHEETS = 50
_MOST_SLIDES = 200
_MOST_STRINGS = 200_000


def is_word(archive: Archive) -> bool:
    """Tell whether an archive is a Word file."""
    return "word/document.xml" in archive.names


def is_sheet(archive: Archive) -> bool:
    """Tell whether an archive is an Excel file."""
    return "xl/workbook.xml" in archive.names


def is_slides(archive: Archive) -> bool:
    """Tell whether an archive is a PowerPoint file."""
    return "ppt/presentation.xml" in archive.names


def word(archive: Archive) -> Iterator[str]:
    """Yield the lines of a Word file: letterhead, text, notes, comments."""
    seen = set[str]()
    for name in _numbered(archive, r"word/header\d*\.xml"):
        for line in _Word().read(archive.member(name)):
            if line not in seen:  # the first page has a header of its own, mostly the same
                seen.add(line)
                yield line
    yield from _Word().read(archive.member("word/document.xml"))
    for name in ("word/footnotes.xml", "word/endnotes.xml", "word/comments.xml"):
        if name in archive.names:
            yield from _Word().read(archive.member(name))


def sheet(archive: Archive) -> Iterator[str]:
    """Yield the rows of an Excel file, sheet by sheet."""
    strings: list[str] = []
    if "xl/sharedStrings.xml" in archive.names:
        for _ in (reader := _Strings(strings)).read(archive.member("xl/sharedStrings.xml")):
            reader.layout.take()
    for name in _numbered(archive, r"xl/worksheets/sheet\d+\.xml")[:_MOST_SHEETS]:
        yield from _Sheet(strings).read(archive.member(name))


def slides(archive: Archive) -> Iterator[str]:
    """Yield the lines of a PowerPoint file, slide by slide."""
    for name in _numbered(archive, r"ppt/slides/slide\d+\.xml")[:_MOST_SLIDES]:
        yield from _Word().read(archive.member(name))


def _numbered(archive: Archive, pattern: str) -> list[str]:
    """Return the members called *pattern*, in the order of their numbers."""
    names = [name for name in archive.names if re.fullmatch(pattern, name)]
    return sorted(names, key=lambda name: (len(name), name))


class _Word(Markup):
    """WordprocessingML §17 and the text of DrawingML."""

    _SKIPPED: ClassVar[frozenset[str]] = frozenset(
        # deleted text; field codes; the older twin of a drawing; properties
        {"del", "moveFrom", "instrText", "delText", "Fallback", "sectPr", "tblPr", "tcPr", "rPr"}
    )

    def __init__(self) -> None:
        super().__init__()
        self._in_text = False
        self._in_properties = False
        self._is_placeholder = False
        self._is_checked: bool | None = None

    def opened(self, name: str, attributes: dict[str, str]) -> bool:
        if name in self._SKIPPED:
            return True
        if name == "t":
            self._in_text = True
        elif name == "pPr":
            self._in_properties = True
        elif name == "numPr":
            self.layout.word("- ")
        elif name == "tab" and not self._in_properties:
            self.layout.word(" ")
        elif name in {"br", "cr"}:
            self.layout.end_line()
        elif name == "noBreakHyphen":
            self.layout.word("-")
        elif name == "tr":
            self.layout.open_row()
        else:
            return self._opened_control(name, attributes)
        return False

    def _opened_control(self, name: str, attributes: dict[str, str]) -> bool:
        """Read content controls (§17.5.2) and the older form fields (§17.16)."""
        if name == "sdtPr":
            self._is_placeholder = False
        elif name == "showingPlcHdr":
            self._is_placeholder = attributes.get("val", "1") not in {"0", "false"}
        elif name == "sdtContent" and self._is_placeholder:
            self._is_placeholder = False
            return True  # "click here to enter text" is the form's word, not the sender's
        elif name == "checkBox":
            self._is_checked = False
        elif name in {"checked", "default"} and self._is_checked is not None:
            self._is_checked = attributes.get("val", "1") not in {"0", "false"}
        return False

    def closed(self, name: str) -> None:
        if name == "t":
            self._in_text = False
        elif name == "pPr":
            self._in_properties = False
        elif name == "p":
            self.layout.end_line()
        elif name == "tc":
            self.layout.end_cell()
        elif name == "tr":
            self.layout.end_row()
        elif name == "checkBox":
            self.layout.word("☒ " if self._is_checked else "☐ ")
            self._is_checked = None

    def said(self, text: str) -> None:
        if self._in_text:
            self.layout.word(text)


class _Strings(Markup):
    """SpreadsheetML §18.4: the strings that cells point to."""

    def __init__(self, strings: list[str]) -> None:
        super().__init__()
        self._strings = strings
        self._string: list[str] = []
        self._in_text = False

    def opened(self, name: str, attributes: dict[str, str]) -> bool:  # noqa: ARG002  (no attribute matters here)
        self._in_text = name == "t"
        return name == "rPh"  # how to pronounce it

    def closed(self, name: str) -> None:
        self._in_text = False
        if name == "si" and len(self._strings) < _MOST_STRINGS:
            self._strings.append("".join(self._string))
            self._string = []

    def said(self, text: str) -> None:
        if self._in_text:
            self._string.append(text)


class _Sheet(Markup):
    """SpreadsheetML §18.3: the cells of one sheet."""

    def __init__(self, strings: list[str]) -> None:
        super().__init__()
        self._strings = strings
        self._type = ""
        self._value: list[str] | None = None

    def opened(self, name: str, attributes: dict[str, str]) -> bool:
        if name == "row":
            self.layout.open_row()
        elif name == "c":
            self._type = attributes.get("t", "n")
        elif name in {"v", "t"}:
            self._value = []
        return name in {"f", "rPh"}  # a formula: its value stands beside it

    def closed(self, name: str) -> None:
        if name in {"v", "t"} and self._value is not None:
            self.layout.word(self._shown("".join(self._value)))
            self._value = None
        elif name == "c":
            self.layout.end_cell()
        elif name == "row":
            self.layout.end_row()

    def _shown(self, value: str) -> str:
        if self._type == "s":
            number = int(value) if value.strip().isdecimal() else -1
            return self._strings[number] if 0 <= number < len(self._strings) else ""
        if self._type == "b":
            return "tak" if value.strip() == "1" else "nie"
        return "" if self._type == "e" else value

    def said(self, text: str) -> None:
        if self._value is not None:
            self._value.append(text)
