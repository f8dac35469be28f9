"""The morning: when a digest is owed."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from intake.config import ScheduleConfig
from intake.worker.hours import latest

WARSAW = ZoneInfo("Europe/Warsaw")


def warsaw(text: str) -> datetime:
    """Return a time of Warsaw's clocks."""
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2023-07-13T07:29:59", "2023-07-12T07:30:00"),  # Thursday, a second too early: Wednesday's
        ("2023-07-13T07:30:00", "2023-07-13T07:30:00"),
        ("2023-07-13T23:59:59", "2023-07-13T07:30:00"),
        ("2023-07-15T12:00:00", "2023-07-14T07:30:00"),  # Saturday: Friday's
        ("2023-07-17T07:00:00", "2023-07-14T07:30:00"),  # Monday, too early: Friday's
        ("2023-07-17T07:30:00", "2023-07-17T07:30:00"),
        ("2023-03-27T07:30:00", "2023-03-27T07:30:00"),  # Monday after the change to summer time
        ("2023-10-30T07:30:00", "2023-10-30T07:30:00"),  # Monday after the change back
    ],
)
def test_the_last_digest_hour_is_told_by_the_office_clock(now: str, due: str) -> None:
    """Half past seven is half past seven on every office day, in summer and in winter."""
    assert warsaw(due) == latest(ScheduleConfig(), warsaw(now))


@pytest.mark.parametrize(
    ("day", "utc"), [("2023-03-24", "06:30"), ("2023-03-27", "05:30"), ("2023-10-27", "05:30"), ("2023-10-30", "06:30")]
)
def test_the_instant_moves_with_summer_time(day: str, utc: str) -> None:
    """The hour stays, its instant moves."""
    due = latest(ScheduleConfig(), warsaw(f"{day}T09:00:00"))
    assert due is not None

    assert utc == due.astimezone(ZoneInfo("UTC")).strftime("%H:%M")


@pytest.mark.parametrize("minute", ["01:59", "02:30", "03:30"])
def test_an_hour_that_the_clocks_skip_is_owed_once(minute: str) -> None:
    """Even a digest at half past two has one instant on the day without that half hour."""
    schedule = ScheduleConfig(digest="02:30", digest_days="sun")
    due = latest(schedule, warsaw(f"2023-03-26T{minute}:00"))

    assert due is not None
    assert due.date().isoformat() == ("2023-03-19" if minute == "01:59" else "2023-03-26")
