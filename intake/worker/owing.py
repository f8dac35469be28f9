"""Whether a digest is owed: told by the database, never by a timer's memory.

So a restart or a missed hour changes nothing. Light, for it is asked at every look: what writes a digest is loaded only
for one.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from intake.config import MailboxConfig, ScheduleConfig
from intake.records import accounts, digests, reckonings
from intake.worker.desk import Desk

_NIGHT = time(3, 0)  # when mailboxes are reconciled, before any digest
_LOOK_BACK = 14  # days: longer than any run of days without a digest


def latest(schedule: ScheduleConfig, now: datetime, meeting: date | None = None) -> datetime | None:
    """Return the last hour of a digest that is not after *now*, in the zone of *now*; right across summer time.

    The day of the *meeting* has one, whatever day of the week it is.
    """
    for back in range(_LOOK_BACK):
        day = now.date() - timedelta(days=back)
        at = datetime.combine(day, schedule.digest_time, now.tzinfo)
        if (day.weekday() in schedule.weekdays or day == meeting) and at <= now:
            return at
    return None


def owed(desk: Desk, now: datetime) -> date | None:
    """Return the office day whose digest is owed and not written; None where none is."""
    at = latest(desk.settings.config.schedule, now, desk.rules.cutoffs.meeting.date())
    if at is None or not desk.settings.config.digest.to:
        return None
    with desk.store.reading() as session:
        last = digests.last(session, desk.rules.consultation.id)
        began = digests.began(session)
    if began is None or began > at or (last is not None and last.day >= at.date()):
        return None
    return at.date()


def second(desk: Desk, now: datetime) -> bool:
    """Tell whether *now* is the time of the short digest before the meeting, and there is anybody to tell."""
    before, meeting = desk.settings.config.digest.before_meeting, desk.rules.cutoffs.meeting
    return bool(desk.settings.config.digest.to) and meeting - before <= now < meeting


def reconciliations(desk: Desk, now: datetime) -> list[MailboxConfig]:
    """Return the mailboxes that were not reconciled since the night; *now* is in the office's zone."""
    night = datetime.combine(now.date(), _NIGHT, now.tzinfo)
    night -= timedelta(days=1) if night > now else timedelta(0)
    with desk.store.reading() as session:
        places = accounts.places(session)
        done = reckonings.last(session)
        began = accounts.began(session)
    if began is None or began > night:
        return []
    return [
        box
        for box in desk.settings.config.mailbox
        if box.id in places and (box.id not in done or done[box.id].at < night)
    ]
