"""From bytes to a ``Message``: total, whatever the bytes are [mail-parser].

mail-parser reads the structure and the addresses; bodies and header values are taken from its compat32 message
ourselves, since it loses bytes of 8-bit fields and takes attached messages for text. The standard library's modern
policy stays away from incoming mail: it is quadratic on hostile header fields.
"""

from __future__ import annotations

import email
import hashlib
import logging
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import Message as MimePart
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any

import mailparser

from intake.mail import parts as mime
from intake.mail.headers import fields, message_ids, one_line
from intake.mail.message import Address, Message, Passage, PassageKind
from intake.mail.parts import Parts
from intake.mail.quoting import divide

_MOST_ADDRESSES = 50
_MOST_BOUNDARIES = 20_000  # lines that look like one
_LONGEST_HEADER = 256 << 10  # bytes
logging.getLogger("mailparser").setLevel(logging.CRITICAL)  # it logs header text of citizens


def parse(raw: bytes) -> Message:
    """Return the message that *raw* is, with what is broken in it as defects; never raise."""
    defects: list[str] = []
    root, parsed = _structure(_bounded_header(_from_the_first_field(raw), defects), defects)
    headers = tuple(fields(root.raw_items()))
    values = _Values(headers)
    parts = mime.read(root, raw)
    subject = values.one("subject")
    author = _author(values, parsed, defects)
    text = mime.body(parts)
    passages = (
        *divide(text, subject, author.name if author else ""),
        *(Passage(PassageKind.FORWARD, each) for each in parts.forwarded),
    )
    identifiers = message_ids(values.all("message-id"))
    message_id = identifiers[0] if identifiers else None
    return Message(
        headers=headers,
        message_id=message_id,
        in_reply_to=message_ids(values.all("in-reply-to")),
        references=message_ids(values.all("references")),
        reverse_path=_reverse_path(values.one("return-path")),
        author=author,
        reply_to=next(iter(_addresses(values.all("reply-to"))), None),
        date=_date(values.one("date")),
        subject=subject,
        content_type=root.get_content_type(),
        passages=passages,
        attachments=tuple(parts.attachments),
        calendar=parts.calendar,
        report=parts.report,
        defects=tuple(dict.fromkeys((*defects, *parts.defects))),
        fingerprint=_fingerprint(message_id, values.one("date"), author, subject, text, parts),
    )


class _Values:
    """Header values by name."""

    def __init__(self, headers: Sequence[tuple[str, str]]) -> None:
        self._headers = headers

    def all(self, name: str) -> list[str]:
        return [value for key, value in self._headers if key == name]

    def one(self, name: str) -> str | None:
        return next(iter(self.all(name)), None)


def _from_the_first_field(raw: bytes) -> bytes:
    """Drop blank lines above the header, which would make all of it body, and a mbox line."""
    stripped = raw.lstrip(b"\r\n")
    if stripped.startswith((b"From ", b">From ")):
        stripped = stripped.partition(b"\n")[2]
    return stripped


def _bounded_header(raw: bytes, defects: list[str]) -> bytes:
    """Cut a header that no person's program writes: parsing costs time for every line of it."""
    end = re.search(rb"\r?\n\r?\n", raw)
    length = end.start() if end else len(raw)
    if length <= _LONGEST_HEADER:
        return raw
    if end is None and b":" not in raw[:_LONGEST_HEADER].split(b"\n", 1)[0]:
        return raw  # no header at all
    defects.append("header: too long; the rest of it was not read")
    cut = raw.rfind(b"\n", 0, _LONGEST_HEADER) + 1 or _LONGEST_HEADER
    return raw[:cut].rstrip(b"\r\n") + raw[length:]


def _structure(raw: bytes, defects: list[str]) -> tuple[MimePart, Any]:
    """Return the MIME tree and what mail-parser made of it, or the header alone where the tree cannot be had."""
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0] + b"\r\n\r\n"
    if raw.count(b"\n--") > _MOST_BOUNDARIES:
        defects.append("structure: too many parts")
        raw = head
    try:
        parsed = mailparser.parse_from_bytes(raw)
        if isinstance(parsed.message, MimePart):
            return parsed.message, parsed
    except Exception as error:  # noqa: BLE001  (a defect of the message, noted; the tree is read all the same)
        defects.append(f"parser: {type(error).__name__}")
    for attempt in (raw, head):
        try:
            return email.message_from_bytes(attempt), None
        except Exception as error:  # noqa: BLE001  (RecursionError and the like: the header and the raw body are read then)
            defects.append(f"structure: {type(error).__name__}")
    return MimePart(), None


def _author(values: _Values, parsed: Any, defects: list[str]) -> Address | None:
    """Return the author; where two readings of From differ, say so: nobody is answered then."""
    given = values.all("from")
    found = _addresses(given)
    if not found:
        defects.append("sender: no address")
        return None
    opinion = _second_opinion(parsed)
    others = {address.address for address in found} | opinion
    if len(opinion) == 1 and found[0].address not in opinion:  # the one in the angle brackets, where both stand
        found[0] = Address("", next(iter(opinion)))
    named = _addresses([found[0].name])  # an address as the display name of another
    if len(given) > 1 or len(found) > 1 or len(others) > 1:
        defects.append("sender: more than one reading")
    elif named and named[0].address != found[0].address:
        defects.append("sender: the name is another address")
    return found[0]


def _second_opinion(parsed: Any) -> set[str]:
    try:
        pairs = list(parsed.from_)[:_MOST_ADDRESSES] if parsed is not None else []
    except Exception:  # noqa: BLE001  (an opinion that cannot be had is none)
        return set()
    return {_normal(str(pair[1])) for pair in pairs if len(pair) == 2 and "@" in str(pair[1])}


def _addresses(values: Sequence[str]) -> list[Address]:
    """Return the mailboxes in *values* (RFC 5322 §3.4)."""
    found: list[Address] = []
    try:
        pairs = getaddresses([value[:4000] for value in values][:_MOST_ADDRESSES])
    except RecursionError:  # of nested comments
        return found
    for name, address in pairs:
        local, at, domain = address.rpartition("@")
        if at and local and domain and not any(character.isspace() for character in address):
            found.append(Address(one_line(name), _normal(address)))
    return found


def _normal(address: str) -> str:
    local, _, domain = one_line(address).rpartition("@")
    return f"{local}@{domain.lower()}"


def _reverse_path(value: str | None) -> str | None:
    """Return the reverse-path of Return-Path (RFC 5321 §4.4): "" for the null one, None where none was noted."""
    if value is None:
        return None
    return value.strip().strip("<>").strip()


def _date(value: str | None) -> datetime | None:
    """Return what the sender's clock claims, aware; "-0000" is a time in UTC without a zone (RFC 5322 §3.3)."""
    if value is None:
        return None
    try:
        when = parsedate_to_datetime(value[:200])
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _fingerprint(
    message_id: str | None, date: str | None, author: Address | None, subject: str | None, text: str, parts: Parts
) -> str | None:
    """Return what copies of one letter have in common, by whatever route they came."""
    if message_id is None and date is None:
        return None
    pieces = [message_id or "", date or "", author.address if author else "", subject or "", " ".join(text.split())]
    pieces += [attachment.sha256 for attachment in parts.attachments]
    return hashlib.sha256("\0".join(pieces).encode("utf-8", "replace")).hexdigest()
