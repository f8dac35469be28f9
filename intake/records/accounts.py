"""The accounts of every mailbox: how far it is read, and what became of each UID.

The place in a mailbox is (uidvalidity, uid), RFC 9051 §2.3.1.1. Only UIDs that have a fate move the cursor, in the
transaction that records them. A new uidvalidity, as after a restore or a move, means reading from the start; nothing is
taken in twice then, since bytes that are on record have the fate ``known``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from sqlalchemy import BigInteger, ColumnElement, delete, func, insert, select, update
from sqlalchemy.orm import Session

from intake.records.store import Fate, Instruction, Place, Poll, Record, Sighting

_TAKING_IN = 1_229_867_339  # the number of PostgreSQL's advisory lock: "INTK"
_NEVER_READ = 0  # no server says this uidvalidity: it is a nz-number (RFC 9051 §9)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of a mailbox as its server numbers it now."""

    mailbox: str  # id
    name: str
    uidvalidity: int


@dataclass(frozen=True, slots=True)
class Look:
    """What one poll of a mailbox came to."""

    listed: int  # UIDs above the cursor
    left_over: int = 0  # of them, those that wait for the next poll
    error: str | None = None  # why the poll ended early


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where reading goes on: above *last_uid*, which is 0 at first contact and after a change of uidvalidity."""

    last_uid: int
    first_contact: bool  # this mailbox was never read before
    renumbered: bool  # it was, under another uidvalidity


def cursor(session: Session, folder: Folder, uidnext: int) -> Cursor:
    """Return where to go on in *folder*, whose next message will have a UID of *uidnext* or more."""
    place = session.get(Place, folder.mailbox)
    if place is None or place.uidvalidity == _NEVER_READ:
        return Cursor(0, first_contact=True, renumbered=False)
    if (place.uidvalidity, place.folder) != (folder.uidvalidity, folder.name):
        return Cursor(0, first_contact=False, renumbered=True)
    if uidnext <= place.last_uid:  # restored from a backup that kept its uidvalidity: UIDs will be given anew
        return Cursor(0, first_contact=False, renumbered=True)
    return Cursor(place.last_uid, first_contact=False, renumbered=False)


def lock(session: Session, meant: Iterable[tuple[str, str | None]] | None = None) -> None:
    """Let no other worker take in what is *meant*, or anything at all, before this transaction ends.

    *meant* names, by kind and value, what must be seen by others or not be there: two copies of a letter, in two
    mailboxes at the same moment, would else both be answered, and two letters of one sender open two cases. The locks
    are taken in one order, against deadlocks. SQLite's transaction has the whole database already.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    if meant is None:
        session.execute(select(func.pg_advisory_xact_lock(_TAKING_IN)))
        return
    session.execute(select(func.pg_advisory_xact_lock_shared(_TAKING_IN)))
    from sqlalchemy.dialects.postgresql import array  # noqa: PLC0415  (loaded where it is used)

    keys = sorted({key(kind, value) for kind, value in meant if value is not None})
    listed = select(func.unnest(array(keys, type_=BigInteger)).label("key")).order_by("key").subquery()
    session.execute(select(func.pg_advisory_xact_lock(listed.c.key)))


def key(kind: str, value: str) -> int:
    """Return the number of PostgreSQL's advisory lock of a thing."""
    return int.from_bytes(hashlib.sha256(f"{kind}\0{value}".encode("utf-8", "replace")).digest()[:8], signed=True)


def failures(session: Session, mailbox: str) -> int:
    """Return how often in a row *mailbox* could not be read to its end."""
    place = session.get(Place, mailbox)
    return place.failures if place else 0


def having(session: Session, folder: Folder, fate: Fate) -> list[int]:
    """Return the UIDs of *folder* that have *fate*, ascending."""
    query = select(Sighting).where(Sighting.mailbox == folder.mailbox, Sighting.fate == fate.value)
    place = folder.name, folder.uidvalidity
    return sorted(seen.uid for seen in session.scalars(query) if (seen.folder, seen.uidvalidity) == place)


def advance(session: Session, folder: Folder, last_uid: int) -> None:
    """Move the cursor to *last_uid*: every UID up to it has a fate now."""
    place = _place(session, folder.mailbox)
    place.folder, place.uidvalidity, place.last_uid = folder.name, folder.uidvalidity, last_uid


def _place(session: Session, mailbox: str) -> Place:
    place = session.get(Place, mailbox)
    if place is None:
        place = Place(mailbox=mailbox, folder="", uidvalidity=_NEVER_READ, last_uid=0, failures=0)
        session.add(place)
    return place


def sighted(session: Session, folder: Folder, uids: Sequence[int], since: datetime | None = None) -> frozenset[int]:
    """Return those of *uids* that have a fate already, as when another worker was faster; withheld is not yet one.

    In a folder that is read anew only fates given after *since* count, when that reading began.
    """
    found = set[int]()
    for start in range(0, len(uids), 500):
        chunk = uids[start : start + 500]
        found.update(
            session.scalars(
                select(Sighting.uid).where(
                    *_in(folder),
                    Sighting.uid.in_(chunk),
                    Sighting.fate != Fate.WITHHELD.value,
                    *((Sighting.seen_at > since,) if since else ()),
                )
            )
        )
    return frozenset(found)


def _in(folder: Folder) -> tuple[ColumnElement[bool], ...]:
    return (
        Sighting.mailbox == folder.mailbox,
        Sighting.folder == folder.name,
        Sighting.uidvalidity == folder.uidvalidity,
    )


def fates(session: Session, folder: Folder) -> dict[int, Fate]:
    """Return the fate of every UID of *folder*."""
    query = select(Sighting.uid, Sighting.fate).where(*_in(folder))
    return {row.uid: Fate(row.fate) for row in session.execute(query)}


@dataclass(frozen=True, slots=True)
class Aside:
    """A message that was set aside, and where it lay."""

    record_id: int
    sha256: str
    folder: str
    uidvalidity: int
    uid: int
    received: datetime | None  # aware, under the offset in which the server said it


def aside(session: Session, mailbox: str) -> list[Aside]:
    """Return what of *mailbox* is set aside, the oldest first, each where it was seen last."""
    query = (
        select(Record, Sighting)
        .join(Sighting, Sighting.record_id == Record.id)
        .where(Record.mailbox == mailbox, Record.category.is_(None), Sighting.fate == Fate.SET_ASIDE.value)
        .order_by(Record.id, Sighting.seen_at)
    )
    found = {record.id: (record, sighting) for record, sighting in session.execute(query)}
    return [
        Aside(record.id, record.sha256, seen.folder, seen.uidvalidity, seen.uid, received_by(record))
        for record, seen in found.values()
    ]


def received_by(record: Record) -> datetime | None:
    """Return when *record* arrived, under the offset in which its server said it."""
    if record.received is None:
        return None
    return record.received.astimezone(timezone(timedelta(minutes=record.received_offset or 0)))


def read_at_last(session: Session, record_id: int, fate: Fate) -> None:
    """Give a message that was set aside its fate; the day on which it was counted stays the same."""
    session.execute(update(Sighting).where(Sighting.record_id == record_id).values(fate=fate.value))


def withheld(session: Session, mailbox: str) -> int:
    """Count the messages that the server lists and does not give, as it numbers them now."""
    place = session.get(Place, mailbox)
    folder = Folder(mailbox, place.folder, place.uidvalidity) if place else None
    return len(having(session, folder, Fate.WITHHELD)) if folder else 0


def unseen_records(session: Session, mailbox: str) -> int:
    """Count the records of *mailbox* that no UID, under whatever uidvalidity, ever stood for.

    What staff forwarded in another message, or entered by hand, had none of its own.
    """
    seen = select(Sighting.record_id).where(Sighting.record_id == Record.id).exists()
    by_hand = select(Instruction.id).where(Instruction.record_id == Record.id, Instruction.action == "enter").exists()
    query = select(func.count()).where(Record.mailbox == mailbox, Record.forwarded_by.is_(None), ~seen, ~by_hand)
    return session.scalar(query) or 0


def began(session: Session) -> datetime | None:
    """Return when any mailbox was first looked into."""
    return session.scalar(select(func.min(Poll.at)))


def settle(
    session: Session,
    folder: Folder,
    fates: Sequence[tuple[int, Fate, int | None]],
    now: datetime,
) -> None:
    """Give each UID in *fates* (uid, fate, record id) its fate; a UID that the server gave anew gets a new one."""
    rows = [
        {
            "mailbox": folder.mailbox,
            "folder": folder.name,
            "uidvalidity": folder.uidvalidity,
            "uid": uid,
            "fate": fate.value,
            "seen_at": now,
            "record_id": record_id,
        }
        for uid, fate, record_id in fates
    ]
    if rows:
        session.execute(delete(Sighting).where(*_in(folder), Sighting.uid.in_([row["uid"] for row in rows])))
        session.execute(insert(Sighting), rows)


def polled(session: Session, mailbox: str, look: Look, now: datetime) -> int:
    """Note what a *look* into *mailbox* came to; return how often in a row it could not be read to its end."""
    place = _place(session, mailbox)
    if look.error is None:
        place.reached_at, place.failing_since, place.failures, place.last_error = now, None, 0, None
    else:
        place.failing_since = place.failing_since or now
        place.failures += 1
        place.last_error = look.error[:500]
    if look.listed or look.error:
        session.add(Poll(mailbox=mailbox, at=now, listed=look.listed, left_over=look.left_over, error=look.error))
    return place.failures


def tally(session: Session, mailbox: str, since: datetime | None, until: datetime) -> dict[Fate, int]:
    """Count the fates given after *since* and not after *until*."""
    query = select(Sighting.fate, func.count()).where(Sighting.mailbox == mailbox, Sighting.seen_at <= until)
    if since is not None:
        query = query.where(Sighting.seen_at > since)
    counted = {Fate(fate): count for fate, count in session.execute(query.group_by(Sighting.fate))}
    return {fate: counted.get(fate, 0) for fate in Fate}


def listed(session: Session, mailbox: str, since: datetime | None, until: datetime) -> int:
    """Return how many UIDs the server listed in that time and the polls claim to have dealt with."""
    query = select(func.coalesce(func.sum(Poll.listed - Poll.left_over), 0)).where(
        Poll.mailbox == mailbox, Poll.at <= until
    )
    if since is not None:
        query = query.where(Poll.at > since)
    return int(session.scalar(query) or 0)


def places(session: Session) -> dict[str, Place]:
    """Return what is known of each mailbox."""
    return {place.mailbox: place for place in session.scalars(select(Place))}
