"""How the worker is, for monitoring: gathered from the database, and written into the status file (``status.py``)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake.delivery import restraint
from intake.errors import RecordError
from intake.records import accounts
from intake.records.store import Outgoing, Status
from intake.worker import status
from intake.worker.desk import Desk
from intake.worker.status import Box, Known, Outbox, Trouble

_WAITING = (Status.QUEUED.value, Status.SENDING.value, Status.DEFERRED.value)


def place(desk: Desk) -> Path:
    """Return where the file is."""
    return status.place(desk.settings)


def tell(desk: Desk) -> None:
    """Write the file; where that cannot be done, or the database is away, say so in it or in the log."""
    now = desk.now()
    known: Known | Trouble
    try:
        with desk.store.reading() as session:
            known = _gathered(desk, session, now)
    except RecordError as error:
        known = Trouble("database", now, str(error))
    status.tell(desk.settings, known, now)


def _gathered(desk: Desk, session: Session, now: datetime) -> Known:
    places = accounts.places(session)
    boxes = {}
    for box in desk.settings.config.mailbox:
        kept = places.get(box.id)
        boxes[box.id] = Box(kept.reached_at, kept.failing_since, kept.failures, kept.last_error) if kept else Box(None)
    return Known(boxes, _outbox(desk, session, now), _trouble(session, boxes))


def _outbox(desk: Desk, session: Session, now: datetime) -> Outbox:
    free = (Outgoing.status.in_(_WAITING), Outgoing.held.is_(None))
    depth, oldest = session.execute(select(func.count(), func.min(Outgoing.queued_at)).where(*free)).one()
    held = select(func.count()).where(Outgoing.status.in_(_WAITING), Outgoing.held.is_not(None))
    failed = select(func.count()).where(Outgoing.status == Status.FAILED.value)
    brake = restraint.braked(session, desk.settings.config.acknowledge.per_hour, now)
    return Outbox(depth, oldest, session.scalar(held) or 0, session.scalar(failed) or 0, brake.until if brake else None)


def _trouble(session: Session, boxes: dict[str, Box]) -> Trouble | None:
    """Return the error that stands now: of a mailbox, or else what the relay said last to a letter that waits."""
    for name, box in boxes.items():
        if box.last_error:
            return Trouble(f"mailbox {name}", box.failing_since, box.last_error)
    query = select(Outgoing.last_reply, Outgoing.claimed_at).where(
        Outgoing.status == Status.DEFERRED.value, Outgoing.last_reply.is_not(None)
    )
    found = session.execute(query.order_by(Outgoing.claimed_at.desc()).limit(1)).first()
    return Trouble("smtp", found[1], found[0] or "") if found else None
