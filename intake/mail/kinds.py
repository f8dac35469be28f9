"""What kind of document an attachment is: by its first bytes, then by the name and type that its sender gave it."""

from __future__ import annotations

import re
import struct
from enum import StrEnum

_SMALLEST_PICTURE = 500  # pixels of each side that a scan or a photographed page has; logos have fewer


class Kind(StrEnum):
    """What reads an attachment; the value is for a clerk."""

    PDF = "a PDF file"
    ZIP = "an archive"  # or Word, Excel, PowerPoint, OpenDocument: these are told apart inside
    RTF = "an RTF file"
    OLD_OFFICE = "an old Office file"
    TNEF = "a winmail.dat file"
    MESSAGE = "a message"
    HTML = "a web page"
    TEXT = "a text file"
    PICTURE = "a picture"
    NOTHING = "nothing to read"  # signatures, cards, logos, calendar entries
    OTHER = "a file of an unknown kind"


_MARKS = (
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.ZIP),  # an empty one
    (b"{\\rtf", Kind.RTF),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind.OLD_OFFICE),
    (b"\x78\x9f\x3e\x22", Kind.TNEF),
    (b"\x89PNG\r\n", Kind.PICTURE),
    (b"\xff\xd8\xff", Kind.PICTURE),
    (b"GIF8", Kind.PICTURE),
    (b"II*\x00", Kind.PICTURE),
    (b"MM\x00*", Kind.PICTURE),
)
_ENDINGS = {
    **dict.fromkeys(("txt", "csv", "md", "text", "log", "tsv"), Kind.TEXT),
    **dict.fromkeys(("htm", "html", "xhtml"), Kind.HTML),
    **dict.fromkeys(("eml",), Kind.MESSAGE),
    **dict.fromkeys(("p7s", "p7m", "asc", "sig", "pgp", "vcf", "ics", "gpg"), Kind.NOTHING),
    **dict.fromkeys(("jpg", "jpeg", "png", "gif", "tif", "tiff", "bmp", "webp", "heic", "heif"), Kind.PICTURE),
}
_TYPES = {
    "text/html": Kind.HTML,
    "message/rfc822": Kind.MESSAGE,
    "text/calendar": Kind.NOTHING,
    "application/ics": Kind.NOTHING,
    "text/vcard": Kind.NOTHING,
    "text/x-vcard": Kind.NOTHING,
    "text/directory": Kind.NOTHING,
    "text/rfc822-headers": Kind.NOTHING,
    "application/pgp-signature": Kind.NOTHING,
    "application/pgp-keys": Kind.NOTHING,
    "application/pkcs7-signature": Kind.NOTHING,
    "application/x-pkcs7-signature": Kind.NOTHING,
}


def kind_of(content: bytes, name: str | None, content_type: str) -> Kind:
    """Return the kind of a document; a sender's label counts only where the bytes say nothing."""
    labelled = _labelled(name, content_type)
    if not content.strip(b"\0\r\n\t "):
        return Kind.NOTHING
    if labelled is Kind.NOTHING:
        return labelled
    if b"%PDF-" in content[:1024]:
        return Kind.PDF
    kind = next((kind for mark, kind in _MARKS if content.startswith(mark)), labelled)
    if kind is labelled is Kind.OTHER:
        return _written(content)
    if kind is Kind.PICTURE and not _is_page(content):
        return Kind.NOTHING
    return kind


def _labelled(name: str | None, content_type: str) -> Kind:
    if content_type in _TYPES:
        return _TYPES[content_type]
    if content_type.startswith("message/") and content_type != "message/external-body":
        return Kind.NOTHING  # status and disposition fields: the report's
    ending = (name or "").lower().rpartition(".")[2]
    if ending in _ENDINGS:
        return _ENDINGS[ending]
    if content_type.startswith("text/"):
        return Kind.TEXT
    return Kind.PICTURE if content_type.startswith("image/") else Kind.OTHER


def _written(content: bytes) -> Kind:
    """Return the kind of a file that nothing names, by whether it can be text."""
    head = content[:4096]
    if re.match(rb"\s*(<!doctype html|<html)", head, re.IGNORECASE):  # Word saves pages as .doc
        return Kind.HTML
    return Kind.TEXT if not re.search(rb"[\0-\x08\x0e-\x1f\x7f]", head) else Kind.OTHER


def _is_page(content: bytes) -> bool:
    """Tell whether a picture can be a page that was scanned or photographed, or is of a kind that we cannot measure."""
    size = _size(content)
    return size is None or min(size) >= _SMALLEST_PICTURE


def _size(content: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG, GIF or JPEG picture in pixels."""
    try:
        if content.startswith(b"\x89PNG"):
            width, height = struct.unpack_from(">II", content, 16)
            return int(width), int(height)
        if content.startswith(b"GIF8"):
            width, height = struct.unpack_from("<HH", content, 6)
            return int(width), int(height)
        if content.startswith(b"\xff\xd8"):
            return _jpeg_size(content)
    except struct.error:
        pass
    return None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Return the size out of the frame header, SOFn (ITU-T T.81 §B.2.2)."""
    position = 2
    for _ in range(200):
        marker, length = struct.unpack_from(">HH", content, position)
        if 0xFFC0 <= marker <= 0xFFCF and marker not in {0xFFC4, 0xFFC8, 0xFFCC}:
            height, width = struct.unpack_from(">HH", content, position + 5)
            return int(width), int(height)
        if marker < 0xFF00:
            return None
        position += 2 + length
    return None
