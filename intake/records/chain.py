"""The chain of events: each has a place after the one before, so that none can be changed, moved or left out unseen.

A link's body holds its position, the digest of the link before, what happened when, and how the rows that the event is
about stood when it was committed. What is personal in them stands there as HMAC-SHA256 under a salt of its own, never
as it is: with the salt gone nobody can tell, or try out, what it was, and the chain is as whole as before. Whoever owns
the database could write the whole chain anew; the head that every digest printed would tell.

Links are made last in a transaction, under the row lock of one counter, so that several workers on PostgreSQL write one
chain; it is held for one insert and the commit, and nothing is locked after it, so no deadlock can begin with it. On
SQLite a writing transaction has the whole database.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import insert, inspect, select, update
from sqlalchemy.orm import Session

from intake.records.store import Base, Case, Counter, Event, Link, Original, Outgoing, Record, last

COUNTER = "chain of events"  # how many links were ever made: a second witness of the last one
ORIGIN = "0" * 64  # stands for the link before the first
_PENDING = "events"  # key of Session.info
_SHORT = 20  # hexadecimal digits of a head in print: 80 bits, so nobody finds another chain with the same
_DIGITS = 32  # of a sealed value: 128 bits

TABLES: Mapping[str, type[Base]] = {"record": Record, "case": Case, "letter": Outgoing}
# What of a row stands in the chain as it is …
CLEAR: Mapping[str, tuple[str, ...]] = {
    "record": (
        *("mailbox", "consultation", "received", "received_offset", "entered_at", "case_id", "duplicate_of"),
        *("category", "confidence", "runner_up", "attendance", "proposal", "acknowledge", "review", "private"),
        *("erased_at", "corrected", "settled_at", "campaign_id"),
    ),
    "case": (
        "consultation",
        "number",
        "opened_at",
        "people",
        "attends",
        "attendance",
        "proposes",
        "topics",
        "channel",
        "invited",
    ),
    "letter": (
        "record_id",
        "case_id",
        "occasion",
        "digest_day",
        "kind",
        "status",
        "held",
        "message_id",
        "queued_at",
        "due_at",
        "ended_at",
    ),
}
# … and what as a salted digest, because it is a person's, or a stranger's words.
SEALED: Mapping[str, tuple[str, ...]] = {
    "record": (
        *("sha256", "message_id", "fingerprint", "references", "sender_name", "sender_address", "subject", "own_text"),
        *("organisation", "people", "facts", "suppression", "reasons", "defects", "forwarded_by"),
    ),
    "case": ("address", "organisation", "organisation_key", "needs", "names", "admitted"),
    "letter": ("recipient", "reverse_path", "raw", "facts", "last_reply"),
}
ORIGINAL = "original"  # beside a record's columns: whether its bytes are kept


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_LAST = select(Link.position, Link.digest).order_by(Link.position.desc()).limit(1)
_TABLES = Base.metadata.tables
_LINKS, _SALTS = insert(_TABLES["link"]), insert(_TABLES["salt"])
_COUNTED = select(Counter.value).where(Counter.name == COUNTER).with_for_update()
_BEGIN = insert(_TABLES["counter"])
_COUNT = update(_TABLES["counter"]).where(_TABLES["counter"].c.name == COUNTER)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: how many links there are, and the digest of the last."""

    entries: int
    digest: str

    @property
    def short(self) -> str:
        """Return the beginning of the digest in groups of four, as it is printed."""
        return " ".join(self.digest[start : start + 4] for start in range(0, _SHORT, 4))


def enlist(session: Session, happened: Event) -> None:
    """Have *happened* chained at the end of this transaction."""
    session.info.setdefault(_PENDING, []).append(happened)
    last(session, append)


def append(session: Session) -> None:
    """Chain the events of this transaction; those of a savepoint that was undone are no more."""
    session.flush()
    chain(session, [happened for happened in session.info.pop(_PENDING, ()) if inspect(happened).persistent])


def chain(session: Session, happened: Sequence[Event]) -> None:
    """Give each of *happened* its link, in this order."""
    if not happened:
        return
    drafts = list(_drafts(session, happened))  # before the lock, which should be short
    connection = session.connection()
    counted = connection.execute(_COUNTED).scalar_one_or_none()
    end = head(session)
    position, previous = max(end.entries, counted or 0), end.digest  # a chain cut short keeps its gap
    links, salts = [], []
    for draft in drafts:
        position += 1
        body = f'{{"position":{position},"previous":"{previous}",{draft.body[1:]}'
        previous = digest(body)
        links.append({"position": position, "event_id": draft.event, "body": body, "digest": previous})
        salts.append({"position": position, "value": draft.salt})
    connection.execute(_LINKS, links)
    connection.execute(_SALTS, salts)
    if counted is None:
        connection.execute(_BEGIN, {"name": COUNTER, "value": position})
    else:
        connection.execute(_COUNT, {"value": position})


def head(session: Session) -> Head:
    """Return the head of the chain, as it is committed or as this transaction left it."""
    found = session.connection().execute(_LAST).one_or_none()
    return Head(found.position, found.digest) if found else Head(0, ORIGIN)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A link that has no place yet."""

    event: int
    salt: str
    body: str  # JSON without position and previous


def _drafts(session: Session, happened: Sequence[Event]) -> Iterable[_Draft]:
    """Yield a draft for each event; how a row stands is said once, with the last event about it."""
    told = {key: event.id for event in happened for key in subjects(event)}
    kept = _kept(session, [number for kind, number in told if kind == "record"])
    for event in happened:
        salt = secrets.token_hex(32)
        rows = {}
        for kind, number in subjects(event):
            row = session.get(TABLES[kind], number) if told[kind, number] == event.id else None
            if row is not None:
                rows[f"{kind} {number}"] = statement(kind, row, salt, original=number in kept)
        yield _Draft(event.id, salt, canonical({**said(event, salt), "rows": rows}))


def _kept(session: Session, records: Sequence[int]) -> frozenset[int]:
    found = set[int]()
    for start in range(0, len(records), 500):
        chunk = records[start : start + 500]
        found.update(session.scalars(select(Original.record_id).where(Original.record_id.in_(chunk))))
    return frozenset(found)


def subjects(event: Event) -> tuple[tuple[str, int], ...]:
    """Return the rows that an event is about: of a letter's the letter, else the record and its case."""
    if "letter" in event.detail:
        return (("letter", int(event.detail["letter"])),)
    pairs = (("record", event.record_id), ("case", event.case_id))
    return tuple((kind, number) for kind, number in pairs if number is not None)


def said(event: Event, salt: str | None) -> dict[str, Any]:
    """Return what a link says of its event; without the salt, all but the detail."""
    return {
        "at": plain(event.at),
        "kind": event.kind,
        "case": event.case_id,
        "record": event.record_id,
        "letter": event.detail.get("letter"),
        "detail": None if salt is None else sealed(salt, "detail", event.detail),
    }


def statement(kind: str, row: Base, salt: str | None, *, original: bool) -> dict[str, Any]:
    """Return how *row* stands: values as they are, personal ones sealed (left out without a *salt*)."""
    told = {name: plain(getattr(row, name)) for name in CLEAR[kind]}
    if salt is not None:
        told |= {name: sealed(salt, name, getattr(row, name)) for name in SEALED[kind]}
    return told | ({ORIGINAL: original} if kind == "record" else {})


def sealed(salt: str, name: str, value: Any) -> str:
    """Return the digest of *value* under *salt* and its *name*."""
    text = canonical([name, plain(value)])
    return hmac.digest(bytes.fromhex(salt), text.encode(), "sha256").hex()[:_DIGITS]


def plain(value: Any) -> Any:
    """Turn *value* into one of JSON: instants in UTC, bytes as their digest."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case bytes():
            return hashlib.sha256(value).hexdigest()
        case _:
            return value


def canonical(value: Any) -> str:
    """Return *value* as JSON that is the same wherever it is made: ASCII, sorted, without spaces."""
    return _CANONICAL.encode(value)


def digest(body: str) -> str:
    """Return the digest of a link's body."""
    return hashlib.sha256(body.encode()).hexdigest()
