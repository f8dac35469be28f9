"""The audit: whether the chain is whole, and whether events, records, letters, cases and originals are as it says.

Nothing is changed, and nothing outside the database is asked. Each finding is one line in plain words. A chain that was
written anew as a whole is told only by a head that stood in print before.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from intake.errors import RecordError
from intake.records import chain
from intake.records.chain import ORIGIN, ORIGINAL, TABLES, Head
from intake.records.chronicle import Happening
from intake.records.store import Base, Case, Counter, Event, Link, Original, Record, Salt

_BATCH = 200  # rows in memory at once
_LEAST = 8  # digits of a head that are worth comparing
_HEXADECIMAL = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Printed:
    """A head as somebody reads it from a digest."""

    entries: int
    digits: str  # the beginning of the digest, hexadecimal, lower case


@dataclass(frozen=True, slots=True)
class Stated:
    """What the chain says last about a row."""

    position: int
    values: Mapping[str, Any]
    salt: str | None


@dataclass(slots=True)
class Audit:
    """What was looked at, and what was found."""

    head: Head
    findings: list[str] = field(default_factory=list)
    rows: int = 0  # records, cases and letters compared with the chain
    originals: int = 0  # compared with the digest in their record
    stated: dict[tuple[str, int], Stated] = field(default_factory=dict)  # by ("record", 17)
    erased: set[tuple[str, int]] = field(default_factory=set)
    unsalted: list[tuple[int, frozenset[tuple[str, int]]]] = field(default_factory=list)  # positions, and what about


def printed(text: str) -> Printed:
    """Read a head such as ``318: 3f2a 91cc 07de 55ab 0c12``; raise ``RecordError`` for what is none."""
    number, _, digits = text.partition(":")
    number, digits = number.strip(), "".join(digits.split()).lower()
    if not (number.isascii() and number.isdigit() and len(digits) >= _LEAST and _HEXADECIMAL.issuperset(digits)):
        raise RecordError("a head is written as in the digest: 318: 3f2a 91cc 07de 55ab 0c12")
    return Printed(int(number), digits)


def audit(session: Session, expected: Sequence[Printed] = ()) -> Audit:
    """Look at everything; *expected* are heads that stood in print."""
    done = Audit(chain.head(session))
    done.findings += _links(session, done, expected)
    done.findings += _outside(session)
    for kind in TABLES:
        done.findings += _rows(session, kind, done)
    done.findings += _originals(session, done)
    return done


def _links(session: Session, done: Audit, expected: Sequence[Printed]) -> Iterator[str]:
    """Walk the chain from its beginning, and gather what it says of each row."""
    position, previous = 0, ORIGIN
    for link, salt, event in session.execute(_walk()):
        if link.position != position + 1:
            yield f"{_entries(position + 1, link.position - 1)} missing from the chain"
        elif _parsed(link.body).get("previous", previous) != previous:
            yield f"entry {link.position} does not follow entry {position}: one of them was put there later"
        yield from _link(done, link, salt, event)
        for head in expected:
            if head.entries == link.position and not link.digest.startswith(head.digits):
                yield f"entry {link.position} is not the one that was printed: the chain was written anew up to there"
        position, previous = link.position, link.digest
    yield from _end(session, position, expected)
    for lost, about in done.unsalted:
        if not about & done.erased:
            yield f"entry {lost}: its salt is missing though nothing was erased: personal parts cannot be compared"


def _walk() -> Select[Link, str | None, Event | None]:
    return (
        select(Link, Salt.value, Event)
        .outerjoin(Salt, Salt.position == Link.position)
        .outerjoin(Event, Event.id == Link.event_id)
        .order_by(Link.position)
        .execution_options(yield_per=_BATCH)
    )


def _link(done: Audit, link: Link, salt: str | None, event: Event | None) -> Iterator[str]:
    """Look at one link and its event."""
    body = _parsed(link.body)
    if chain.digest(link.body) != link.digest or body.get("position") != link.position:
        yield f"entry {link.position} was changed after it was written"
    about = frozenset((kind, body[kind]) for kind in TABLES if isinstance(body.get(kind), int))
    if body.get("kind") == Happening.ERASED:
        done.erased |= about
    if salt is None:
        done.unsalted.append((link.position, about))
    for key, values in body.get("rows", {}).items():
        kind, _, number = key.partition(" ")
        if number.isdecimal() and isinstance(values, dict):  # else another hand was there, and the digest told
            done.stated[kind, int(number)] = Stated(link.position, values, salt)
    if event is None:
        yield f"entry {link.position}: its event ({body.get('kind')} at {body.get('at')}) is missing"
        return
    told = chain.said(event, salt)
    for name, now in told.items():
        if now != body.get(name) and not (name == "detail" and salt is None):
            yield f"entry {link.position}: {_event_change(name, body, now)}"


def _event_change(name: str, body: Mapping[str, Any], now: Any) -> str:
    kind = body.get("kind")
    if name == "at":
        return f"its event ({kind}) was re-dated: {body.get('at')} when it was entered, {now} now"
    if name == "detail":
        return f"the details of its event ({kind}) were changed"
    return f"the {name} of its event was {body.get(name)} when it was entered, and is {now} now"


def _end(session: Session, position: int, expected: Sequence[Printed]) -> Iterator[str]:
    """Look at what tells how long the chain should be."""
    counter = session.get(Counter, chain.COUNTER)
    written = counter.value if counter else 0
    if written > position:
        yield f"{_entries(position + 1, written)} missing from the end of the chain"
    elif written < position:
        yield f"the counter of the chain was set back: {written}, with {position} entries there"
    for head in expected:
        if head.entries > position:
            yield f"the chain ends with entry {position}; when its head was printed it had {head.entries} entries"


def _entries(first: int, final: int) -> str:
    return f"entry {first} is" if first == final else f"entries {first} to {final} are"


def _outside(session: Session) -> Iterator[str]:
    """Find events without a link: added by another hand, or their links were removed."""
    query = select(Event).outerjoin(Link, Link.event_id == Event.id).where(Link.position.is_(None)).order_by(Event.id)
    for event in session.scalars(query):
        yield f"event {event.id} ({event.kind} at {chain.plain(event.at)}) stands outside the chain"


def _rows(session: Session, kind: str, done: Audit) -> Iterator[str]:
    """Compare the rows of one table with what the chain says last of each."""
    table: Any = TABLES[kind]
    kept = set(session.scalars(select(Original.record_id))) if kind == "record" else set[int]()
    missing = {number for stated_kind, number in done.stated if stated_kind == kind}
    for row in session.scalars(select(table).order_by(table.id).execution_options(yield_per=_BATCH)):
        missing.discard(row.id)
        done.rows += 1
        stated = done.stated.get((kind, row.id))
        if stated is None:
            yield f"{_label(kind, row)} stands outside the chain: the program did not enter it"
        else:
            yield from compare(kind, row, stated, original=row.id in kept)
    for number in sorted(missing):
        yield f"{kind} {number} is missing: the chain tells of it in entry {done.stated[kind, number].position}"


def compare(kind: str, row: Any, stated: Stated, *, original: bool) -> Iterator[str]:
    """Yield what of *row* is not as the chain says."""
    for name, now in chain.statement(kind, row, stated.salt, original=original).items():
        before = stated.values.get(name)
        if now == before:
            continue
        what = f"{_label(kind, row)}: {name}"
        if name == ORIGINAL:
            yield f"{_label(kind, row)}: " + ("its original is missing" if before else "an original was added to it")
        elif name in chain.SEALED[kind]:
            yield f"{what} was changed after entry {stated.position}"
        else:
            yield f"{what} was {_value(before)} by entry {stated.position}, and is {_value(now)} now"


def _label(kind: str, row: Base) -> str:
    return f"case {row.number}" if isinstance(row, Case) else f"{kind} {row.id}"  # type: ignore[attr-defined]  # all have one


def _value(value: Any) -> str:
    return "empty" if value is None else str(value)


def _originals(session: Session, done: Audit) -> Iterator[str]:
    """Compare the kept bytes with the digest under which their record knows them."""
    query = select(Original, Record.sha256).outerjoin(Record, Record.id == Original.record_id)
    for original, expected in session.execute(query.order_by(Original.record_id).execution_options(yield_per=20)):
        done.originals += 1
        if expected is None:
            yield f"original {original.record_id} has no record"
            continue
        try:
            raw = zlib.decompress(original.raw)
        except zlib.error:
            yield f"record {original.record_id}: its original can no longer be read"
            continue
        if hashlib.sha256(raw).hexdigest() != expected or len(raw) != original.size:
            yield f"record {original.record_id}: its original is not the letter that arrived"


def _parsed(body: str) -> dict[str, Any]:
    """Return what a link says; nothing where another hand left no JSON."""
    try:
        parsed = json.loads(body)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) and isinstance(parsed.get("rows", {}), dict) else {}
