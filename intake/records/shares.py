"""Shares: the ranges of UIDs into which several workers divide what is new in a mailbox.

A worker takes a range on a lease, which it renews with each batch and which a dead one loses; who takes it next reads
only what has no fate yet. Leases save double work and nothing hangs on them: each UID gets its fate once, under the
locks of ``accounts``. The cursor follows behind the first range that is not done. Only on PostgreSQL: an SQLite
database has one worker.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Update, delete, func, select, update
from sqlalchemy.orm import Session

from intake.records import accounts
from intake.records.accounts import Folder
from intake.records.store import Place, Share

LEASE = timedelta(seconds=90)  # more than a batch takes, save with documents that take minutes
_UIDS = 250  # of one range


@dataclass(frozen=True, slots=True)
class Range:
    """The UIDs from *first* to *last*, both among them, for one worker."""

    folder: Folder
    first: int
    last: int
    holder: str

    def of(self, uids: Sequence[int]) -> list[int]:
        """Return those of *uids* that are in it."""
        return [uid for uid in uids if self.first <= uid <= self.last]


def are_kept(session: Session) -> bool:
    """Tell whether this database has several workers."""
    return session.get_bind().dialect.name == "postgresql"


def take(
    session: Session, folder: Folder, uids: Sequence[int], worker: str, lives: Callable[[str], bool]
) -> Range | None:
    """Give *worker* the first range of *uids*, ascending, that nobody reads; None where none is left.

    *lives* tells of another worker whether it may still be at work: one that is known to be dead has no lease. What a
    worker holds itself was left unfinished, for it reads a mailbox once at a time.
    """
    now = _alone(session, folder)
    session.execute(delete(Share).where(Share.mailbox == folder.mailbox, ~_of(folder)))
    known = list(session.scalars(select(Share).where(_of(folder)).order_by(Share.first)))
    for share in known:
        if not share.done and (share.until <= now or share.holder == worker or not lives(share.holder)):
            share.holder, share.until = worker, now + LEASE
            return Range(folder, share.first, share.last, worker)
    place = session.get(Place, folder.mailbox)
    end = max([share.last for share in known] + ([place.last_uid] if place and _is(place, folder) else [0]))
    new = [uid for uid in uids if uid > end][:_UIDS]
    if not new:
        return None
    session.add(
        Share(
            mailbox=folder.mailbox,
            folder=folder.name,
            uidvalidity=folder.uidvalidity,
            first=end + 1,
            last=new[-1],
            holder=worker,
            until=now + LEASE,
            done=False,
        )
    )
    return Range(folder, end + 1, new[-1], worker)


def renew(session: Session, held: Range) -> None:
    """Lengthen a lease; where somebody else has the range by now, nothing changes."""
    session.execute(_mine(held).values(until=func.clock_timestamp() + LEASE))


def release(session: Session, held: Range) -> None:
    """Let others have a range that could not be read to its end."""
    session.execute(_mine(held).values(until=func.clock_timestamp()))


def finish(session: Session, held: Range) -> None:
    """Note that every UID of a range has its fate, and move the cursor behind all ranges that are done."""
    folder = held.folder
    _alone(session, folder)
    place = session.get(Place, folder.mailbox)
    end = place.last_uid if place and _is(place, folder) else 0
    known = list(session.scalars(select(Share).where(_of(folder)).order_by(Share.first)))
    for share in known:
        share.done = share.done or share.first == held.first
    for share in known:
        if share.last > end and not (share.done and share.first <= end + 1):
            break
        end = max(end, share.last)
        session.delete(share)
    accounts.advance(session, folder, end)


def forget(session: Session, folder: Folder) -> None:
    """Forget all ranges of a mailbox whose UIDs were given anew."""
    _alone(session, folder)
    session.execute(delete(Share).where(Share.mailbox == folder.mailbox))


def _alone(session: Session, folder: Folder) -> datetime:
    """Have the shares of a mailbox to ourselves till the end of this short transaction; return the database's time."""
    session.execute(select(func.pg_advisory_xact_lock(accounts.key("shares", folder.mailbox))))
    now: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return now


def _of(folder: Folder) -> ColumnElement[bool]:
    return (Share.mailbox == folder.mailbox) & (Share.folder == folder.name) & (Share.uidvalidity == folder.uidvalidity)


def _mine(held: Range) -> Update:
    return update(Share).where(_of(held.folder), Share.first == held.first, Share.holder == held.holder)


def _is(place: Place, folder: Folder) -> bool:
    return (place.folder, place.uidvalidity) == (folder.name, folder.uidvalidity)
