"""What happened to cases and messages, in order: rows that are appended, chained, and never changed but by erasure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from intake.records import chain
from intake.records.store import Event


class Happening(StrEnum):
    """What can happen."""

    ARRIVED = "arrived"  # a message was taken in
    DECIDED = "decided"  # it was judged: its record says how
    OPENED = "opened"  # a case began with it
    JOINED = "joined"  # it continues a case
    AMENDED = "amended"  # it changed what stands: detail has [before, after] a field
    CORRECTED = "corrected"  # by a person, or by the sender's reply: detail has [before, after] a field
    SETTLED = "settled"  # a mail of staff was read, and what it decides carried out or refused
    RELEASED = "released"  # staff let a letter leave that waited for them
    UNDONE = "undone"  # a correction was taken back
    LINKED = "linked"  # to a campaign of letters with nearly the same words
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
    WRITTEN_OFF = "written_off"  # staff let an owed letter be: detail has the reason
    RESTORED = "restored"  # staff took that back
    ERASED = "erased"  # the person's data are gone: detail has the reason


def note(
    session: Session,
    now: datetime,
    what: Happening,
    *,
    case: int | None = None,
    record: int | None = None,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Append that *what* happened at *now*, and chain it; *detail* holds plain values only."""
    happened = Event(at=now, kind=what.value, case_id=case, record_id=record, detail=dict(detail or {}))
    session.add(happened)
    chain.enlist(session, happened)
