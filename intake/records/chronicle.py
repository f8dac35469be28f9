"""What happened to cases and messages, in order: rows that are appended and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from intake.records.store import Event


class Happening(StrEnum):
    """What can happen."""

    ARRIVED = "arrived"  # a message was taken in
    OPENED = "opened"  # a case began with it
    JOINED = "joined"  # it continues a case
    AMENDED = "amended"  # it changed what stands: detail has [before, after] a field
    DUPLICATE = "duplicate"  # it is a letter that came by another route before
    SET_ASIDE = "set_aside"  # it could not be read or judged
    QUEUED = "queued"  # a letter was written
    HELD = "held"  # it waits for staff
    CLAIMED = "claimed"  # an attempt to deliver it begins
    ACCEPTED = "accepted"  # the relay took it
    DEFERRED = "deferred"  # the relay did not take it now
    REFUSED = "refused"  # the relay will not take it
    INTERRUPTED = "interrupted"  # we stopped in mid-attempt
    EXPIRED = "expired"  # given up
    BOUNCED = "bounced"  # taken, and returned later


def note(
    session: Session,
    now: datetime,
    what: Happening,
    *,
    case: int | None = None,
    record: int | None = None,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Append that *what* happened at *now*; *detail* holds plain values only."""
    session.add(Event(at=now, kind=what.value, case_id=case, record_id=record, detail=dict(detail or {})))
