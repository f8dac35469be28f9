"""How Polish is written in our letters."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from intake.letters import polish
from intake.letters.polish import NBSP
from intake.letters.vocabulary import Deadline
from tests.letters import at


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "0 osób"),
        (1, "1 osoba"),
        (2, "2 osoby"),
        (5, "5 osób"),
        (12, "12 osób"),
        (22, "22 osoby"),
        (25, "25 osób"),
        (112, "112 osób"),
    ],
)
def test_a_noun_takes_the_form_of_its_number(number: int, expected: str) -> None:
    """One, 2-4 but not 12-14, and the rest: three forms, by CLDR."""
    assert expected == polish.counted(number, "osoba", "osoby", "osób")


def test_an_instant_is_told_in_full_at_first() -> None:
    """Day, month by name, year, day of the week, hour with a dot."""
    assert polish.moment(at(7, 13, 16)) == "13 lipca 2023 r. (czwartek), godz. 16.00"


def test_an_instant_is_told_in_the_zone_that_it_carries() -> None:
    """The filter converts nothing: a day must not slip because a library thinks in UTC."""
    assert polish.day(at(7, 13, 0, 30)) == "13 lipca 2023 r. (czwartek)"
    assert polish.moment(datetime(2023, 7, 12, 22, 30, tzinfo=UTC)) == "12 lipca 2023 r. (środa), godz. 22.30"


def test_a_known_year_is_not_said_again() -> None:
    """The second mention is short."""
    assert polish.short_moment(at(7, 13, 16)) == "13 lipca, godz. 16.00"


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (0, "godz. 15.00"),
        (1, "godz. 15.00 i 1 sekunda"),
        (3, "godz. 15.00 i 3 sekundy"),
        (41, "godz. 15.00 i 41 sekund"),
    ],
)
def test_seconds_are_told_where_they_decide(second: int, expected: str) -> None:
    """Two equal times, one of them called late, would look like an insult."""
    assert expected == polish.hour(at(7, 12, 15, 0, second), seconds=True)


def test_seconds_are_not_told_elsewhere() -> None:
    """Nobody needs them."""
    assert polish.hour(at(7, 12, 15, 0, 41)) == "godz. 15.00"


def test_the_end_of_a_meeting_is_told_where_it_is_known() -> None:
    """No end is guessed; one on another day is told in full."""
    starts = at(7, 13, 16)

    assert polish.span(starts, None) == "13 lipca 2023 r. (czwartek), godz. 16.00"
    assert polish.span(starts, at(7, 13, 19, 30)) == "13 lipca 2023 r. (czwartek), godz. 16.00–19.30"
    assert polish.span(starts, at(7, 14, 12)).endswith("godz. 16.00 – 14 lipca 2023 r. (piątek), godz. 12.00")


def test_a_day_is_a_deadline_to_its_last_moment() -> None:
    """A whole day reads „włącznie”, never „godz. 24.00”."""
    whole = Deadline(at(7, 31, 23, 59, 59), whole_day=True)

    assert polish.deadline(whole) == "31 lipca 2023 r. włącznie"
    assert polish.short_deadline(whole) == "31 lipca"
    assert polish.cutoff(whole) == "koniec dnia 31 lipca 2023 r. (poniedziałek)"


def test_an_hour_is_a_deadline_of_its_own() -> None:
    """Where the rules name an hour, the letter does."""
    instant = Deadline(at(7, 12, 15))

    assert polish.deadline(instant) == "12 lipca 2023 r. (środa), godz. 15.00"
    assert polish.short_deadline(instant) == "12 lipca, godz. 15.00"
    assert polish.cutoff(instant) == "12 lipca 2023 r. (środa), godz. 15.00"


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (0, "0 kB"),
        (1, "1 kB"),
        (120_345, "120 kB"),
        (999_499, "999 kB"),
        (999_600, "1 MB"),
        (1_800_000, "1,8 MB"),
        (25_000_000, "25 MB"),
        (3_000_000_000, "3 GB"),
    ],
)
def test_a_size_reads_as_people_say_it(octets: int, expected: str) -> None:
    """Decimal units, a comma, no more digits than tell something."""
    assert expected == polish.size(octets)


@pytest.mark.parametrize(
    ("written", "tied"),
    [
        ("w sali i z okna", "w_sali i_z_okna"),
        ("A i B", "A_i_B"),
        ("13 lipca 2023 r. (czwartek), godz. 16.00", "13_lipca 2023_r. (czwartek), godz._16.00"),
        ("ul. Łokietka 3, tel. 56 611 87 24", "ul._Łokietka 3, tel._56 611 87 24"),
        ("na 2024 rok", "na 2024_rok"),
        ("(w terminie)", "(w_terminie)"),
        ("„o tym”", "„o_tym”"),
        ("do 3–5 osób", "do 3–5_osób"),
        ("KONS-2023-0042 mamy", "KONS-2023-0042 mamy"),
        ("kwiaty oraz zboże", "kwiaty oraz zboże"),
    ],
)
def test_a_line_does_not_end_with_a_word_of_one_letter(written: str, tied: str) -> None:
    """No-break spaces stand after one-letter words and abbreviations, and between a number and its noun."""
    assert tied.replace("_", NBSP) == polish.tied(written)
