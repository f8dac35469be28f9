"""Whether a digest is owed: told by the database, never by a timer's memory.

So a restart or a missed hour changes nothing. Light, for it is asked at every look: what writes a digest is loaded only
for one. When it is owed, ``hours.py`` says.
"""

from __future__ import annotations

from datetime import date, datetime

from intake.config import MailboxConfig
from intake.records import accounts, digests, reckonings
from intake.worker import hours
from intake.worker.desk import Desk


def owed(desk: Desk, now: datetime) -> date | None:
    """Return the office day whose digest is owed and not written; None where none is."""
    at = hours.latest(desk.settings.config.schedule, now, desk.rules.cutoffs.meeting.date())
    if at is None or not desk.settings.config.digest.to:
        return None
    with desk.store.reading() as session:
        last = digests.last(session, desk.rules.consultation.id)
        began = digests.began(session)
    return at.date() if hours.is_owed(at, began, last.day if last else None) else None


def second(desk: Desk, now: datetime) -> bool:
    """Tell whether *now* is the time of the short digest before the meeting, and there is anybody to tell."""
    return hours.is_before_meeting(desk.settings.config.digest, desk.rules.cutoffs.meeting, now)


def reconciliations(desk: Desk, now: datetime) -> list[MailboxConfig]:
    """Return the mailboxes that were not reconciled since the night; *now* is in the office's zone."""
    with desk.store.reading() as session:
        places = accounts.places(session)
        done = {mailbox: reckoning.at for mailbox, reckoning in reckonings.last(session).items()}
        began = accounts.began(session)
    owing = hours.unreconciled(places, done, began, now)
    return [box for box in desk.settings.config.mailbox if box.id in owing]
