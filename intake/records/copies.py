"""Somebody's copy of a letter: whether it is the one on record, and what the chain says became of that one.

A copy is known by the SHA-256 of its bytes; else by its Message-ID, and then it is told where it differs. A sender's
own copy always does: the servers on the way add header fields.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.mail.message import Message
from intake.mail.reader import parse
from intake.records import record as records
from intake.records.audit import Audit
from intake.records.store import Case, Outgoing, Record

_NAMES = 12  # header fields that are named one by one


class Match(StrEnum):
    """How a copy is like the letter on record."""

    SAME = "byte for byte the letter on record"
    LINE_ENDS = "the letter on record, with other line ends"
    MESSAGE_ID = "not the same bytes as the letter on record with its Message-ID"


@dataclass(frozen=True, slots=True)
class Answer:
    """The letter that answered it."""

    message_id: str
    status: str
    ended_at: datetime | None
    entry: int | None  # of the chain, that says so


@dataclass(frozen=True, slots=True)
class Copy:
    """A letter on record that a copy was compared with."""

    record: int
    match: Match
    case: str | None
    mailbox: str
    received: datetime | None
    entered_at: datetime
    erased_at: datetime | None
    category: str | None
    entry: int | None  # of the chain, that says how the record stands
    answer: Answer | None
    differences: tuple[str, ...] = ()


def find(session: Session, raw: bytes, done: Audit) -> list[Copy]:
    """Return the letters on record of which *raw* may be a copy; *done* has read the chain."""
    for match, candidate in _spellings(raw):
        found = _by_digest(session, candidate)
        if found:
            return [_copy(session, record, match, done) for record in found]
    message = parse(raw)
    if message.message_id is None:
        return []
    query = select(Record).where(Record.message_id == message.message_id).order_by(Record.id)
    return [
        _copy(session, record, Match.MESSAGE_ID, done, tuple(_differences(session, record, raw, message)))
        for record in session.scalars(query)
    ]


def _spellings(raw: bytes) -> Iterator[tuple[Match, bytes]]:
    """Yield *raw*, then as it would be with the line ends of the wire and of Unix."""
    yield Match.SAME, raw
    unix = raw.replace(b"\r\n", b"\n")
    yield Match.LINE_ENDS, unix
    yield Match.LINE_ENDS, unix.replace(b"\n", b"\r\n")


def _by_digest(session: Session, raw: bytes) -> list[Record]:
    query = select(Record).where(Record.sha256 == hashlib.sha256(raw).hexdigest()).order_by(Record.id)
    return list(session.scalars(query))


def _copy(session: Session, record: Record, match: Match, done: Audit, differences: tuple[str, ...] = ()) -> Copy:
    case = session.get(Case, record.case_id) if record.case_id else None
    letter = session.scalar(select(Outgoing).where(Outgoing.record_id == record.id))
    return Copy(
        record=record.id,
        match=match,
        case=case.number if case else None,
        mailbox=record.mailbox,
        received=record.received,
        entered_at=record.entered_at,
        erased_at=record.erased_at,
        category=record.category,
        entry=_entry(done, "record", record.id),
        answer=_answer(letter, done) if letter else None,
        differences=differences,
    )


def _answer(letter: Outgoing, done: Audit) -> Answer:
    return Answer(letter.message_id, letter.status, letter.ended_at, _entry(done, "letter", letter.id))


def _entry(done: Audit, kind: str, number: int) -> int | None:
    stated = done.stated.get((kind, number))
    return stated.position if stated else None


def _differences(session: Session, record: Record, raw: bytes, message: Message) -> Iterator[str]:
    """Yield where a copy differs: header fields by name, text, attachments, and the first byte."""
    ours = records.original(session, record.id)
    if ours is None:
        yield "its original is not kept, so nothing can be compared"
        return
    kept = parse(ours)
    mine, theirs = Counter(kept.headers), Counter(message.headers)
    yield from _fields("header fields only on record", mine - theirs)
    yield from _fields("header fields only in the copy", theirs - mine)
    yield f"text: {'the same' if kept.text == message.text else 'differs'}"
    attached, copied = (Counter(part.sha256 for part in each.attachments) for each in (kept, message))
    if attached or copied:
        yield f"attachments: {'the same' if attached == copied else 'differ'}"
    same = next((at for at, pair in enumerate(zip(ours, raw, strict=False)) if pair[0] != pair[1]), None)
    yield f"first other byte: {min(len(ours), len(raw)) if same is None else same} (of {len(ours)} and {len(raw)})"


def _fields(what: str, found: Counter[tuple[str, str]]) -> Iterator[str]:
    names = sorted({name for name, _ in found})
    if names:
        more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
        yield f"{what}: {', '.join(names[:_NAMES])}{more}"
