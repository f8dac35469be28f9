"""On time or late, by the server's clock against a cutoff."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.judgement.deadlines import punctuality, timeliness
from intake.judgement.rules import load
from intake.judgement.values import Category, Punctuality, Timeliness

WARSAW = ZoneInfo("Europe/Warsaw")
RULES = load(Path(__file__).parents[1] / "rules", WARSAW)
NOON = datetime(2023, 7, 12, 15, 0, tzinfo=WARSAW)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-1, Punctuality.ON_TIME), (0, Punctuality.ON_TIME), (1, Punctuality.LATE)],
)
def test_the_second_of_the_cutoff_is_on_time(seconds: int, expected: Punctuality) -> None:
    """One second before and the cutoff itself are on time, one second after is late."""
    assert expected == punctuality(NOON + timedelta(seconds=seconds), NOON)


def test_instants_are_compared_whatever_their_zone() -> None:
    """The same instant in another zone is the same arrival: 13:00 UTC is 15:00 in Warsaw in summer."""
    assert Punctuality.ON_TIME == punctuality(datetime(2023, 7, 12, 13, 0, tzinfo=UTC), NOON)
    assert Punctuality.LATE == punctuality(datetime(2023, 7, 12, 13, 0, 1, tzinfo=UTC), NOON)


def test_an_instant_without_offset_is_refused() -> None:
    """A naive time would be judged by the machine's zone, so it is refused."""
    with pytest.raises(ValueError, match="offset"):
        punctuality(NOON.replace(tzinfo=None), NOON)


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)))
def test_later_is_never_more_punctual(later: timedelta) -> None:
    """What arrives after something late is late too."""
    late = NOON + timedelta(seconds=1)

    assert Punctuality.LATE == punctuality(late + later, NOON)


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        (Category.ATTENDANCE, Timeliness(attendance=Punctuality.LATE)),
        (Category.PROPOSAL, Timeliness(proposal=Punctuality.ON_TIME)),
        (Category.MIXED, Timeliness(attendance=Punctuality.LATE, proposal=Punctuality.ON_TIME)),
        (Category.CANCELLATION, Timeliness()),
        (Category.QUESTION, Timeliness()),
        (Category.UNRELATED, Timeliness()),
        (Category.AUTOMATIC, Timeliness()),
    ],
)
def test_each_category_knows_its_cutoffs(category: Category, expected: Timeliness) -> None:
    """Between the two cutoffs, attendance is late and a proposal is on time; other mail has no cutoff."""
    assert expected == timeliness(category, datetime(2023, 7, 20, 9, 0, tzinfo=WARSAW), RULES.cutoffs)


def test_proposals_are_on_time_to_the_last_moment_of_their_day() -> None:
    """The last second of 31 July is on time, the first of August is late."""
    last = datetime(2023, 7, 31, 23, 59, 59, tzinfo=WARSAW)

    assert Punctuality.ON_TIME == timeliness(Category.PROPOSAL, last, RULES.cutoffs).proposal
    assert Punctuality.LATE == timeliness(Category.PROPOSAL, last + timedelta(seconds=1), RULES.cutoffs).proposal


def test_without_an_arrival_nothing_is_on_time_or_late() -> None:
    """A missing time of arrival is no plausible guess."""
    assert Timeliness() == timeliness(Category.MIXED, None, RULES.cutoffs)
