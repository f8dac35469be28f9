"""The hours: when a digest, the one before the meeting and a reconciliation are owed. Pure: values in, values out.

Whoever asks has read from the database what was done: an hour is missed by no restart, and kept by no timer's memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta

from intake.config import DigestConfig, ScheduleConfig

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


def is_owed(at: datetime, began: datetime | None, last: date | None) -> bool:
    """Tell whether the digest of *at* is owed, where work *began* then and the *last* one written was of that day."""
    return began is not None and began <= at and (last is None or last < at.date())


def is_before_meeting(digest: DigestConfig, meeting: datetime, now: datetime) -> bool:
    """Tell whether *now* is the time of the short digest before the *meeting*, and there is anybody to tell."""
    return bool(digest.to) and meeting - digest.before_meeting <= now < meeting


def unreconciled(
    mailboxes: Iterable[str], done: Mapping[str, datetime], began: datetime | None, now: datetime
) -> list[str]:
    """Return which of *mailboxes* were not reconciled since the night; *now* is in the office's zone."""
    night = datetime.combine(now.date(), _NIGHT, now.tzinfo)
    night -= timedelta(days=1) if night > now else timedelta(0)
    if began is None or began > night:
        return []
    return [mailbox for mailbox in mailboxes if mailbox not in done or done[mailbox] < night]
