"""What a document gave when it was read, and the bounds within which every kind of document is read.

A reader is an iterator of lines. Where it can go no further it raises ``Unreadable`` with the reason, and the lines
that came before it are kept: half a list of participants is more than none.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from lzma import LZMAError
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from intake.mail.charset import clean

LONGEST = 200_000  # characters of one document
_LARGEST_MEMBER = 40 << 20  # bytes of one file in an archive, expanded
_LARGEST_ARCHIVE = 200 << 20  # bytes of all files in an archive, expanded: photographs are many and honest
_MOST_MEMBERS = 5000
_ENCRYPTED = 0x1  # general purpose bit 0 of a ZIP entry
_CHUNK = 1 << 16
_DEEPEST_TABLE = 20


class Unreadable(Exception):  # noqa: N818  (it ends the reading of one document, and nothing else)
    """A document, or the rest of it, cannot be read; ``str()`` is the reason, a few words for a clerk."""


@dataclass(frozen=True, slots=True)
class Extract:
    """The text of a document."""

    text: str
    unread: str | None = None  # why nothing, or not all, of it could be read


def gathered(lines: Iterable[str]) -> Extract:
    """Return what *lines* give, up to the longest text that is kept."""
    taken: list[str] = []
    left = LONGEST
    unread = None
    try:
        for line in lines:
            taken.append(line[:left])
            left -= len(line) + 1
            if left <= 0:
                unread = "only its beginning was read"
                break
    except Unreadable as reason:
        unread = str(reason)
    return Extract(clean("\n".join(taken)).strip(), unread)


class Archive:
    """A ZIP file that was looked at before anything in it is expanded."""

    def __init__(self, content: bytes) -> None:
        try:
            self._file = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise Unreadable("damaged") from error
        entries = self._file.infolist()
        if len(entries) > _MOST_MEMBERS or sum(entry.file_size for entry in entries) > _LARGEST_ARCHIVE:
            raise Unreadable("expands to too much")
        self.names = tuple(entry.filename for entry in entries if not entry.is_dir())

    def member(self, name: str) -> bytes:
        """Return one file; raise ``Unreadable`` where it is missing, encrypted, damaged or too large."""
        entry = self._file.NameToInfo.get(name)
        if entry is None:
            raise Unreadable("damaged")
        if entry.flag_bits & _ENCRYPTED:
            raise Unreadable("encrypted")
        if entry.file_size > _LARGEST_MEMBER:
            raise Unreadable("expands to too much")
        try:
            with self._file.open(entry) as stream:
                return stream.read(_LARGEST_MEMBER)
        except (zipfile.BadZipFile, zlib.error, LZMAError, EOFError, OSError, ValueError, RuntimeError) as error:
            raise Unreadable("damaged") from error


class Layout:
    """Gathers words into lines, and the cells of tables into rows."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._lines: list[str] = []
        self._tables: list[tuple[list[str], list[str]]] = []  # of each open row: the lines above it, its cells

    def word(self, text: str) -> None:
        """Add text to the line."""
        self._words.append(text)

    def end_line(self) -> None:
        """End the line; one without words leaves nothing."""
        line = " ".join("".join(self._words).split())
        self._words = []
        if line:
            self._lines.append(line)

    def open_row(self) -> None:
        """Begin a row of a table."""
        self.end_line()
        if len(self._tables) < _DEEPEST_TABLE:
            self._tables.append((self._lines, []))
            self._lines = []

    def end_cell(self) -> None:
        """End a cell."""
        self.end_line()
        if self._tables:
            self._tables[-1][1].append("\n".join(self._lines))
            self._lines = []

    def end_row(self) -> None:
        """End a row: its cells stand on one line."""
        self.end_cell()
        if self._tables:
            self._lines, cells = self._tables.pop()
            row = " | ".join(cell for cell in cells if cell)
            if row:
                self._lines.append(row)

    def take(self) -> list[str]:
        """Return the lines that are complete, and forget them."""
        if self._tables:
            return []
        taken, self._lines = self._lines, []
        return taken


class Markup:
    """A reader of one XML vocabulary: elements and text come in the order of the document.

    Names come without their namespace. Below an element for which ``start`` returns True nothing is reported.
    """

    def __init__(self) -> None:
        self.layout = Layout()
        self._depth = 0
        self._skipped_at = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Report an element, unless it is below a skipped one."""
        self._depth += 1
        if not self._skipped_at and self.opened(_local(tag), {_local(key): each for key, each in attributes.items()}):
            self._skipped_at = self._depth

    def end(self, tag: str) -> None:
        """Report the end of an element."""
        if not self._skipped_at:
            self.closed(_local(tag))
        elif self._skipped_at == self._depth:
            self._skipped_at = 0
        self._depth -= 1

    def data(self, text: str) -> None:
        """Report text."""
        if not self._skipped_at:
            self.said(text)

    def close(self) -> None:
        """End the document."""
        self.layout.end_line()

    def opened(self, name: str, attributes: dict[str, str]) -> bool:
        """Begin an element; return True to skip it with all that is in it."""
        raise NotImplementedError

    def closed(self, name: str) -> None:
        """End an element."""
        raise NotImplementedError

    def said(self, text: str) -> None:
        """Take text."""
        raise NotImplementedError

    def read(self, document: bytes) -> Iterator[str]:
        """Yield the lines of *document*, which may declare no entities (they expand without bound)."""
        parser = DefusedXMLParser(target=self, forbid_dtd=True)
        try:
            for start in range(0, len(document), _CHUNK):
                parser.feed(document[start : start + _CHUNK])
                yield from self.layout.take()
            parser.close()
        except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
            raise Unreadable("damaged") from error
        yield from self.layout.take()


def _local(name: str) -> str:
    return name.rpartition("}")[2]
