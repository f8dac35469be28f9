"""Documents to text, whatever kind they are and however they are packed; for the process that may be killed.

Nothing is written, fetched or run but the programs in ``tools``. Heavy libraries are imported when the first document
asks for them: most messages carry one kind.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator

from intake.mail import ooxml, opendocument, tnef, tools
from intake.mail.charset import decode
from intake.mail.html import to_text
from intake.mail.kinds import Kind, kind_of
from intake.mail.reading import Archive, Extract, Unreadable, gathered

_DEEPEST = 3  # archives and messages in one another
_MOST_FILES = 30  # of an archive or a message that are read
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w-]{1,40})", re.IGNORECASE)


def extract(content: bytes, name: str | None, content_type: str, depth: int = 0) -> Extract:
    """Return the text of a document; raise only ``MemoryError`` and the like, which end the process."""
    return gathered(_lines(content, name, content_type, depth))


def _lines(content: bytes, name: str | None, content_type: str, depth: int) -> Iterator[str]:
    kind = kind_of(content, name, content_type)
    if kind in _READERS:
        yield from _READERS[kind](content)
    elif kind in {Kind.ZIP, Kind.TNEF, Kind.MESSAGE}:
        yield from _packed(content, kind, depth)
    elif kind is not Kind.NOTHING:
        raise Unreadable(kind.value)


def _plain(content: bytes) -> Iterator[str]:
    label = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else None
    yield from decode(content, label).text.removeprefix("\ufeff").splitlines()


def _page(content: bytes) -> Iterator[str]:
    label = _CHARSET.search(content[:4096])
    yield from to_text(decode(content, label[1].decode("ascii") if label else None).text).splitlines()


def _pdf(content: bytes) -> Iterator[str]:
    from intake.mail import pdf  # noqa: PLC0415  (its library takes most of a second to load)

    said = False
    try:
        for line in pdf.lines(content):
            said = said or bool(line)
            yield line
    except Unreadable as reason:
        if said or str(reason) != "no text layer":
            raise
    else:
        return
    yield from tools.scan(content)


def _rtf(content: bytes) -> Iterator[str]:
    from striprtf.striprtf import rtf_to_text  # noqa: PLC0415  (few documents are RTF)

    try:
        text = rtf_to_text(  # type: ignore[no-untyped-call]
            content.decode("cp1250", "replace"), encoding="cp1250", errors="replace"
        )
    except (ValueError, LookupError, IndexError, KeyError, TypeError) as error:
        raise Unreadable("damaged") from error
    yield from text.replace("|", " | ").splitlines()


def _old_office(content: bytes) -> Iterator[str]:
    """Read what lies in a compound file (MS-CFB); its directory names the streams in UTF-16."""
    if _holds(content, "EncryptedPackage"):
        raise Unreadable("encrypted")
    if _holds(content, "WordDocument"):
        yield from tools.old_word(content)
        return
    raise Unreadable("an old Excel file" if _holds(content, "Workbook") else Kind.OLD_OFFICE.value)


def _holds(content: bytes, stream: str) -> bool:
    return stream.encode("utf-16-le") in content


def _packed(content: bytes, kind: Kind, depth: int) -> Iterator[str]:
    """Read what is made of several files."""
    if kind is Kind.ZIP:
        archive = Archive(content)
        for is_it, read in (
            (ooxml.is_word, ooxml.word),
            (ooxml.is_sheet, ooxml.sheet),
            (ooxml.is_slides, ooxml.slides),
            (opendocument.is_opendocument, opendocument.lines),
        ):
            if is_it(archive):
                yield from read(archive)
                return
    if depth >= _DEEPEST:
        raise Unreadable("packed too deep")
    if kind is Kind.MESSAGE:
        yield from _message(content, depth)
        return
    files = ((each.name, each.content) for each in tnef.items(content)) if kind is Kind.TNEF else _files(archive)
    yield from _each(((name, "", inner) for name, inner in files), depth)


def _files(archive: Archive) -> Iterator[tuple[str, bytes]]:
    for name in archive.names:
        if not name.startswith("__MACOSX/"):
            yield name, archive.member(name)


def _message(content: bytes, depth: int) -> Iterator[str]:
    from intake.mail.reader import parse  # noqa: PLC0415  (few documents are messages)

    message = parse(content)
    if message.author:
        yield f"Od: {message.author.name} <{message.author.address}>"
    if message.subject:
        yield f"Temat: {message.subject}"
    yield from message.text.splitlines()
    yield from _each(
        ((each.filename or "", each.content_type, each.content) for each in message.attachments if not each.text), depth
    )


def _each(files: Iterator[tuple[str, str, bytes]], depth: int) -> Iterator[str]:
    """Yield the lines of every file under its name; raise ``Unreadable`` at the end where one gave less than all."""
    unread: list[str] = []
    for number, (name, content_type, content) in enumerate(files):
        if number >= _MOST_FILES:
            unread.append(f"only its first {_MOST_FILES} files were read")
            break
        found = extract(content, name, content_type, depth + 1)
        if found.text:
            yield name.rpartition("/")[2]
            yield from found.text.splitlines()
        if found.unread:
            unread.append(found.unread)
    if unread:
        raise Unreadable(f"in it: {', '.join(dict.fromkeys(unread))}"[:200])


_READERS: dict[Kind, Callable[[bytes], Iterator[str]]] = {
    Kind.TEXT: _plain,
    Kind.HTML: _page,
    Kind.PDF: _pdf,
    Kind.RTF: _rtf,
    Kind.OLD_OFFICE: _old_office,
    Kind.PICTURE: tools.picture,
}
