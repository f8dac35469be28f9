"""winmail.dat: what Outlook wraps a message in when it takes us for another Outlook (MS-OXTNEF, MS-OXRTFCP)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from intake.mail.charset import decode
from intake.mail.reading import Unreadable

SIGNATURE = b"\x78\x9f\x3e\x22"
_ATTACHMENT, _TITLE, _DATA, _PROPERTIES, _BODY = 0x9002, 0x8010, 0x800F, 0x9003, 0x800C
_MAPI_BODY, _MAPI_HTML, _MAPI_RTF = 0x1000, 0x1013, 0x1009
_FIXED = {0x2: 4, 0x3: 4, 0x4: 4, 0x5: 8, 0x6: 8, 0x7: 8, 0xA: 4, 0xB: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_VARIABLE = frozenset({0xD, 0x1E, 0x1F, 0x102})
_MOST = 2000  # attributes and properties
_LONGEST_RTF = 4 << 20  # bytes, expanded
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


@dataclass(frozen=True, slots=True)
class Item:
    """The text of the wrapped message, or one of its attachments."""

    name: str  # with an ending that tells what it is
    content: bytes


def items(content: bytes) -> Iterator[Item]:
    """Yield what is wrapped; raise ``Unreadable`` where the wrapping is broken."""
    name = "attachment"
    for identifier, data in _attributes(content):
        if identifier == _ATTACHMENT:
            name = "attachment"
        elif identifier == _TITLE:
            name = decode(data.rstrip(b"\0"), None).text
        elif identifier == _DATA:
            yield Item(name, data)
        elif identifier == _BODY:
            yield Item("body.txt", data.rstrip(b"\0"))
        elif identifier == _PROPERTIES:
            yield from _texts(data)


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (attribute, data); each stands between a level, a length and a checksum (MS-OXTNEF §2.1.3)."""
    position = 6
    for _ in range(_MOST):
        if position + 9 > len(content):
            return
        identifier, _kind, length = struct.unpack_from("<HHI", content, position + 1)
        start = position + 9
        if start + length > len(content):
            raise Unreadable("damaged")
        yield identifier, content[start : start + length]
        position = start + length + 2


def _texts(data: bytes) -> Iterator[Item]:
    """Yield the texts among the MAPI properties: the richest that there is."""
    found = dict(_properties(data))
    if _MAPI_HTML in found:
        yield Item("body.html", found[_MAPI_HTML])
    elif _MAPI_BODY in found:
        yield Item("body.txt", found[_MAPI_BODY].rstrip(b"\0"))
    elif _MAPI_RTF in found:
        yield Item("body.rtf", _expanded(found[_MAPI_RTF]))


def _properties(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (property, value) of a list of MAPI properties (MS-OXTNEF §2.1.3.4), as far as it can be followed."""
    position = 4
    try:
        (count,) = struct.unpack_from("<I", data, 0)
        for _ in range(min(count, _MOST)):
            kind, identifier = struct.unpack_from("<HH", data, position)
            position += 4
            if identifier >= 0x8000:
                position = _named(data, position)
            if kind in _FIXED:
                position += _FIXED[kind]
                continue
            if kind not in _VARIABLE:
                return  # of a kind that no text comes in
            values, length = struct.unpack_from("<II", data, position)
            value = data[position + 8 : position + 8 + length]
            if values != 1:
                return
            position += 8 + (length + 3) // 4 * 4
            yield identifier, value.decode("utf-16-le", "replace").encode() if kind == 0x1F else value
    except struct.error:
        return


def _named(data: bytes, position: int) -> int:
    """Return where the name of a named property ends."""
    (kind,) = struct.unpack_from("<I", data, position + 16)
    (length,) = struct.unpack_from("<I", data, position + 20)
    return position + 24 + ((length + 3) // 4 * 4 if kind == 1 else 0)


def _expanded(data: bytes) -> bytes:
    """Undo the compression of RTF (MS-OXRTFCP §3.1): runs that were seen in the last 4096 bytes."""
    if len(data) < 16 or data[8:12] != b"LZFu":
        return data[16:] if data[8:12] == b"MELA" else b""
    size = min(struct.unpack_from("<I", data, 4)[0], _LONGEST_RTF)
    seen = bytearray(_DICTIONARY)
    written, position = len(seen), 16
    while position < len(data) and len(seen) - written < size:
        control = data[position]
        position += 1
        for bit in range(8):
            if control >> bit & 1:
                if position + 2 > len(data):
                    break
                run = data[position] << 8 | data[position + 1]
                position += 2
                start, length = run >> 4, (run & 0xF) + 2
                if start == len(seen) % 4096:
                    return bytes(seen[written:])
                behind = (len(seen) - start) % 4096 or 4096
                for _ in range(length):
                    seen.append(seen[-behind] if behind <= len(seen) else 0x20)
            elif position < len(data):
                seen.append(data[position])
                position += 1
    return bytes(seen[written:])
