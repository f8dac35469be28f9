"""LibreOffice's files: text, sheets and slides in OpenDocument (ISO/IEC 26300)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from intake.mail.reading import Archive, Markup, Unreadable


def is_opendocument(archive: Archive) -> bool:
    """Tell whether an archive is an OpenDocument file."""
    return "content.xml" in archive.names and "mimetype" in archive.names


def lines(archive: Archive) -> Iterator[str]:
    """Yield the letterhead and the lines of an OpenDocument file of any kind."""
    if _is_encrypted(archive):
        raise Unreadable("encrypted")
    if "styles.xml" in archive.names:
        yield from _Document(only_headers=True).read(archive.member("styles.xml"))
    yield from _Document(only_headers=False).read(archive.member("content.xml"))


def _is_encrypted(archive: Archive) -> bool:
    """Tell whether the manifest names keys (part 3 §4.4): the files in the archive are then noise."""
    return "META-INF/manifest.xml" in archive.names and b"encryption-data" in archive.member("META-INF/manifest.xml")


class _Document(Markup):
    """The elements that hold text (part 1 §5), in order."""

    _SKIPPED: ClassVar[frozenset[str]] = frozenset(
        {"tracked-changes", "binary-data", "script", "note-citation", "forms"}
    )
    _HEADERS: ClassVar[frozenset[str]] = frozenset({"header", "header-first"})

    def __init__(self, *, only_headers: bool) -> None:
        super().__init__()
        self._is_wanted = not only_headers
        self._only_headers = only_headers
        self._paragraphs = 0

    def opened(self, name: str, attributes: dict[str, str]) -> bool:
        if name in self._HEADERS and self._only_headers:
            self._is_wanted = True
        if name in {"p", "h"}:
            self._paragraphs += 1
        elif name == "list-item":
            self.layout.end_line()
            self.layout.word("- ")
        elif name in {"tab", "s"}:
            self.layout.word(" ")
        elif name == "line-break":
            self.layout.end_line()
        elif name == "table-row":
            self.layout.open_row()
        elif name == "checkbox":
            self.layout.word("☒ " if attributes.get("current-state", attributes.get("state")) == "checked" else "☐ ")
        return name in self._SKIPPED

    def closed(self, name: str) -> None:
        if name in {"p", "h"}:
            self._paragraphs -= 1
            self.layout.end_line()
        elif name == "table-cell":
            self.layout.end_cell()
        elif name == "table-row":
            self.layout.end_row()
        elif name in self._HEADERS and self._only_headers:
            self._is_wanted = False

    def said(self, text: str) -> None:
        if self._paragraphs and self._is_wanted:
            self.layout.word(text)
