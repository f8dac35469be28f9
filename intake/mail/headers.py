"""Header fields: names in lower case, values decoded (RFC 2047) and unfolded (RFC 5322 §2.2.3), one line each."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterable, Iterator

from intake.mail.charset import clean, decode

_LONGEST = 64 << 10  # characters of a value that are read
_MOST = 2000  # fields that are read
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,990}>")


def fields(items: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield (name in lower case, decoded value) of raw *items*, whose 8-bit bytes are surrogate escapes."""
    for number, (name, value) in enumerate(items):
        if number >= _MOST:
            return
        yield clean(name).strip().lower()[:100], decoded(str(value)[:_LONGEST])


def decoded(value: str) -> str:
    """Return a raw field value as one line: encoded words decoded, raw 8-bit bytes read as what they must be."""
    raw = value.encode("utf-8", "surrogateescape")
    text = decode(raw, None).text
    unfolded = re.sub(r"[\r\n]+", "", text)
    return one_line("".join(_pieces(unfolded)))


def _pieces(text: str) -> Iterator[str]:
    """Yield plain text and decoded words; white space between two encoded words is no text (RFC 2047 §6.2)."""
    position, pending, label = 0, b"", ""
    for match in _WORD.finditer(text):
        between = text[position : match.start()]
        adjacent = bool(label) and not between.strip()
        if label and not (adjacent and label == match[1].lower()):
            yield decode(pending, label).text
            pending = b""
        if not adjacent:
            yield between
        pending += _bytes_of(match[2].lower(), match[3])
        label = match[1].lower().partition("*")[0]  # RFC 2231 §5: a language may follow
        position = match.end()
    if label:
        yield decode(pending, label).text
    yield text[position:]


def _bytes_of(encoding: str, payload: str) -> bytes:
    raw = payload.encode("utf-8", "replace")
    if encoding == "q":
        return quopri.decodestring(raw.replace(b"_", b" "))
    padded = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
    try:
        return base64.b64decode(padded + b"=" * (-len(padded) % 4))
    except (binascii.Error, ValueError):
        return base64.b64decode(padded[: len(padded) // 4 * 4])


def one_line(text: str) -> str:
    """Return *text* without control characters, so that it can hold no second line."""
    return "".join(
        character if character.isprintable() or character == "\u00a0" else " " for character in clean(text)
    ).strip()


def message_ids(values: Iterable[str]) -> tuple[str, ...]:
    """Return the Message-IDs in *values*, in order, each once (RFC 5322 §3.6.4)."""
    found = [identifier for value in values for identifier in _MESSAGE_ID.findall(value)]
    return tuple(dict.fromkeys(found))
