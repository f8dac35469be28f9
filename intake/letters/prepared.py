"""Prepared MIME: the library writes the structure of a letter once, and each letter fills it in.

Acknowledgements have but a few structures: text and HTML, with or without the meeting for a calendar. What differs from
one letter to the next are the fields above and what the parts say. So the bytes are the library's, and its machinery of
messages, policies and generators is no cost of a letter.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import EmailMessage
from functools import lru_cache
from typing import Any

from intake.letters import mime
from intake.letters.mime import Value

_TEXT, _HTML, _CALENDAR = (f"payload-{secrets.token_hex(16)}" for _ in range(3))  # known to nobody
_OUTER, _INNER = (f"=_{secrets.token_hex(16)}" for _ in range(2))  # as long as a boundary
_FILLED = re.compile(f"{_TEXT}|{_HTML}|{_CALENDAR}|{_OUTER}|{_INNER}".encode())


@dataclass(frozen=True, slots=True)
class Calendar:
    """The meeting as a letter carries it."""

    text: str  # iCalendar
    method: str
    file: str | None = None  # its name, where it is to be opened by hand; None: one more way to read the letter


@dataclass(frozen=True, slots=True)
class Parts:
    """What a letter says."""

    text: str
    html: str
    calendar: Calendar | None = None


def letter(fields: Iterable[tuple[str, Value]], message_id: str, parts: Parts, language: str) -> bytes:
    """Return the bytes of a letter as they go to SMTP; the same letter gives the same bytes."""
    calendar = parts.calendar
    shape = _shape(language, (calendar.method, calendar.file) if calendar else None)
    filling = {
        _TEXT: mime.quoted_lines(parts.text),
        _HTML: mime.quoted_lines(parts.html),
        _CALENDAR: _encoded(calendar.text) if calendar else b"",
        _OUTER: mime.boundary(0, message_id).encode("ascii"),
        _INNER: mime.boundary(1, message_id).encode("ascii"),
    }
    head = [mime.field(name, value) for name, value in fields]
    return b"".join([*head, *(filling[piece] if isinstance(piece, str) else piece for piece in shape)])


@lru_cache(16)
def _shape(language: str, calendar: tuple[str, str | None] | None) -> tuple[bytes | str, ...]:
    """Return what the library writes behind a letter's own fields, with the names of what is to be filled in."""
    message = mime.new()
    mime.set_parts(message, "", "")
    text, html = message.iter_parts()
    text.set_payload(_TEXT)
    html.set_payload(_HTML)
    if calendar is not None:
        _attach(message, *calendar)
    message["Content-Language"] = language  # last: what stands before an attachment is added goes into the first part
    several = [part for part in message.walk() if part.is_multipart()]
    for part, mark in zip(several, (_OUTER, _INNER), strict=False):
        part.set_boundary(mark)
    raw, end, shape = message.as_bytes(), 0, list[bytes | str]()
    for match in _FILLED.finditer(raw):
        shape += [raw[end : match.start()], match[0].decode("ascii")]
        end = match.end()
    return (*shape, raw[end:])


def _attach(message: EmailMessage, method: str, file: str | None) -> None:
    said: dict[str, Any] = {"subtype": "calendar", "charset": "utf-8", "cte": "base64", "params": {"method": method}}
    if file is None:
        message.add_alternative("", **said)
    else:
        message.add_attachment("", filename=file, **said)
    *_, part = message.iter_parts()
    part.set_payload(_CALENDAR)


@lru_cache(16)
def _encoded(text: str) -> bytes:
    """Return *text* in base64 as the library writes it; many letters carry the same."""
    part = EmailMessage(mime.QUICK)
    part.set_content(text, charset="utf-8", cte="base64")
    return str(part.get_payload()).replace("\n", "\r\n").encode("ascii")
