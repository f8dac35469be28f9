"""Where each filed message lies, and where it ought to: what the worker and staff did with it, folder by folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from intake.judgement.values import Category, Review
from intake.records.accounts import Folder
from intake.records.store import Fate, Filing, Instruction, Record, Sighting

_FILED = (Fate.TAKEN_IN.value, Fate.AUTOMATIC.value, Fate.SET_ASIDE.value)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message lies."""

    folder: str  # as the server calls it
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Filed:
    """A message that is filed, or to be filed."""

    record_id: int
    category: Category | None  # as it stands; None: it could not be judged
    reviews: tuple[Review, ...]  # what a person must still look at
    place: Place | None  # where it lies; None where nobody knows
    wanted: str | None  # the folder that it is being moved to


def unfiled(session: Session, folder: Folder, limit: int) -> list[Filed]:
    """Return what lies where it arrived and was never filed, the oldest first; of private mail nothing."""
    last = (
        select(Sighting.record_id, func.max(Sighting.uid).label("uid"))
        .where(
            Sighting.mailbox == folder.mailbox,
            Sighting.folder == folder.name,
            Sighting.uidvalidity == folder.uidvalidity,
            Sighting.fate.in_(_FILED),
        )
        .group_by(Sighting.record_id)
        .subquery()
    )
    query = (
        select(Record, last.c.uid)
        .join(last, last.c.record_id == Record.id)
        .outerjoin(Filing, Filing.record_id == Record.id)
        .where(Filing.record_id.is_(None), Record.private.is_(False), Record.mailbox == folder.mailbox)
        .order_by(last.c.uid)
        .limit(limit)
    )
    return [_filed(record, Place(folder.name, folder.uidvalidity, uid), None) for record, uid in session.execute(query)]


def unsettled(session: Session, mailbox: str) -> list[Filed]:
    """Return what was begun to be moved and not seen since, and what a person decided on after it was filed."""
    instructed = select(Instruction.id).where(Instruction.record_id == Record.id, Instruction.at > Filing.moved_at)
    query = (
        select(Record, Filing)
        .join(Filing, Filing.record_id == Record.id)
        .where(
            Filing.mailbox == mailbox,
            or_(Filing.wanted.is_not(None), Record.settled_at > Filing.moved_at, instructed.exists()),
        )
        .order_by(Record.id)
    )
    return [_filed(record, place_of(row), row.wanted) for record, row in session.execute(query)]


def _filed(record: Record, place: Place | None, wanted: str | None) -> Filed:
    said = record.corrected or record.category
    reviews = () if record.settled_at else tuple(Review(review) for review in record.review)
    return Filed(record.id, Category(said) if said else None, reviews, place, wanted)


def place_of(row: Filing) -> Place | None:
    """Return where the message of *row* was seen last."""
    if row.folder is None or row.uidvalidity is None or row.uid is None:
        return None
    return Place(row.folder, row.uidvalidity, row.uid)


def lying(session: Session, mailbox: str, folder: str, uidvalidity: int) -> frozenset[int]:
    """Return the UIDs of *folder* that are accounted for: filed there, or taken in from there."""
    filed = select(Filing.uid).where(
        Filing.mailbox == mailbox, Filing.folder == folder, Filing.uidvalidity == uidvalidity, Filing.uid.is_not(None)
    )
    sighted = select(Sighting.uid).where(
        Sighting.mailbox == mailbox, Sighting.folder == folder, Sighting.uidvalidity == uidvalidity
    )
    found = (*session.scalars(filed), *session.scalars(sighted))
    return frozenset(uid for uid in found if uid is not None)


def arrived_at(session: Session, record_id: int, folder: Folder) -> Place | None:
    """Return where *record_id* lay when it arrived, as *folder* numbers its messages now."""
    query = select(func.max(Sighting.uid)).where(
        Sighting.record_id == record_id,
        Sighting.mailbox == folder.mailbox,
        Sighting.folder == folder.name,
        Sighting.uidvalidity == folder.uidvalidity,
    )
    uid = session.scalar(query)
    return Place(folder.name, folder.uidvalidity, uid) if uid is not None else None


def returned(session: Session, folder: Folder) -> Iterator[tuple[int, Place]]:
    """Yield the filed messages that somebody put back to where mail arrives, and their place there."""
    query = (
        select(Sighting.record_id, Sighting.uid)
        .join(Filing, Filing.record_id == Sighting.record_id)
        .where(
            Sighting.mailbox == folder.mailbox,
            Sighting.folder == folder.name,
            Sighting.uidvalidity == folder.uidvalidity,
            Sighting.fate == Fate.KNOWN.value,
            Filing.folder != folder.name,
            Sighting.seen_at > Filing.moved_at,
        )
        .order_by(Sighting.uid)
    )
    for record_id, uid in session.execute(query):
        if record_id is not None:
            yield record_id, Place(folder.name, folder.uidvalidity, uid)


def tagged(session: Session, folder: Folder, uid: int) -> tuple[int, str | None] | None:
    """Return the record that lies in *folder* under *uid*, and the keyword that it bears as far as we know."""
    query = (
        select(Sighting.record_id, Filing.folder)
        .outerjoin(Filing, Filing.record_id == Sighting.record_id)
        .where(
            Sighting.mailbox == folder.mailbox,
            Sighting.folder == folder.name,
            Sighting.uidvalidity == folder.uidvalidity,
            Sighting.uid == uid,
        )
    )
    found = session.execute(query).first()
    return (found[0], found[1]) if found is not None and found[0] is not None else None


def row(session: Session, record_id: int) -> Filing | None:
    """Return what is written of *record_id*."""
    return session.get(Filing, record_id, with_for_update=True)


def want(session: Session, record_id: int, mailbox: str, folder: str, now: datetime) -> None:
    """Note that *record_id* is being moved to *folder*: whoever sees it there next knows that we did it."""
    found = row(session, record_id)
    if found is None:
        session.add(Filing(record_id=record_id, mailbox=mailbox, wanted=folder, moved_at=now))
    else:
        found.wanted = folder


def put(session: Session, record_id: int, mailbox: str, place: Place, now: datetime) -> None:
    """Note that *record_id* lies at *place*, as it ought to."""
    found = row(session, record_id)
    if found is None:
        found = Filing(record_id=record_id, mailbox=mailbox)
        session.add(found)
    found.folder, found.uidvalidity, found.uid = place.folder, place.uidvalidity, place.uid
    found.wanted, found.moved_at = None, now
