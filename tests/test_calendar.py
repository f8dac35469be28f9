"""The meeting as a calendar file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from intake.judgement.consultation import Consultation, Cutoffs
from intake.letters import calendar, view
from intake.letters.facts import LetterKind
from tests.letters import OFFICE, ZONE, at, consultation, facts, letter, office_rules, office_templates, parsed

NOW = at(7, 11, 9, 13)


def published(of: Consultation | None = None, starts: datetime | None = None) -> str:
    """Return the file of the meeting, which may begin at another time."""
    rules = office_rules()
    whole = of or rules.consultation
    given = rules.cutoffs
    cutoffs = Cutoffs(given.opened, given.attendance, starts or given.meeting, given.proposals)
    values = view.view(facts(LetterKind.ATTENDANCE), OFFICE.name, whole, cutoffs, NOW)
    return calendar.publish(office_templates(), values, whole, cutoffs, NOW)[1]


def event(source: str) -> Any:
    """Return the one event of a file; the library's values have thirty types."""
    (found,) = Calendar.from_ical(source).walk("VEVENT")
    return found


def test_the_instant_is_right_wherever_it_is_read() -> None:
    """Four in the afternoon in Toruń is two o'clock in UTC, in July."""
    starts = event(published())["DTSTART"]

    assert starts.dt.astimezone(UTC) == datetime(2023, 7, 13, 14, tzinfo=UTC)
    assert starts.params["TZID"] == "Europe/Warsaw"


def test_a_meeting_in_winter_is_right_too() -> None:
    """Three o'clock in UTC, in January."""
    starts = event(published(starts=datetime(2024, 1, 18, 16, tzinfo=ZONE)))["DTSTART"]

    assert starts.dt.astimezone(UTC) == datetime(2024, 1, 18, 15, tzinfo=UTC)


@pytest.mark.parametrize("name", ["Europe/Warsaw", "America/New_York", "Europe/Dublin", "Asia/Kolkata", "UTC"])
def test_the_zone_says_of_every_hour_what_the_zone_database_says(name: str) -> None:
    """Read from its VTIMEZONE alone, through both changes of the clock."""
    zone = ZoneInfo(name)
    told: Any = Calendar.from_ical(published(starts=datetime(2023, 7, 13, 16, tzinfo=zone))).walk("VTIMEZONE")[0]
    onsets = sorted(
        (part["DTSTART"].dt.replace(tzinfo=UTC) - part["TZOFFSETFROM"].td, part["TZOFFSETTO"].td)
        for part in told.subcomponents
    )

    for hour in (onsets[0][0] + timedelta(hours=number) for number in range(2 * 365 * 24)):
        offset = [to for onset, to in onsets if onset <= hour][-1]
        assert offset == hour.astimezone(zone).utcoffset()


def test_it_is_published_by_the_mailbox_that_reads_answers() -> None:
    """PUBLISH needs an organizer and forbids attendees (RFC 5546 §3.2.1)."""
    source = published()

    assert Calendar.from_ical(source)["METHOD"] == "PUBLISH"
    assert event(source)["ORGANIZER"] == "mailto:k.dabrowska@um.torun.pl"
    assert "ATTENDEE" not in source


def test_an_update_replaces_it() -> None:
    """One UID for the meeting, a higher SEQUENCE where the hour or the room has changed."""
    meeting = office_rules().consultation.meeting
    later = consultation(meeting=meeting.model_copy(update={"sequence": 2, "room": "Sala A"}))

    assert event(published())["UID"] == event(published(later))["UID"] == "wspolnie-o-programie-2024-1@um.torun.pl"
    assert (event(published())["SEQUENCE"], event(published(later))["SEQUENCE"]) == (0, 2)


def test_no_end_is_guessed() -> None:
    """Where the office gives one, it is told."""
    meeting = office_rules().consultation.meeting
    ended = consultation(meeting=meeting.model_copy(update={"ends": datetime(2023, 7, 13, 19)}))  # noqa: DTZ001  (local, as in rules)

    assert "DTEND" not in event(published())
    assert "DURATION" not in event(published())
    assert event(published(ended))["DTEND"].dt == at(7, 13, 19)


def test_it_says_where() -> None:
    """Words of the rules, set by the template."""
    found = event(published())

    assert found["LOCATION"] == (
        "Międzynarodowe Centrum Spotkań Młodzieży, ul. Łokietka 3, Toruń (Sala D na V piętrze)"
    )
    assert found["SUMMARY"] == "Spotkanie konsultacyjne – Wspólnie o Programie na 2024 rok, I etap"
    assert found["DTSTAMP"].dt == NOW.astimezone(UTC)


def test_lines_are_as_the_standard_wants_them() -> None:
    """CRLF, at most 75 octets, no no-break spaces (RFC 5545 §3.1)."""
    source = published().encode()

    assert source.count(b"\n") == source.count(b"\r\n")
    assert max(map(len, source.split(b"\r\n"))) <= 75
    assert b"\xc2\xa0" not in source


@pytest.mark.parametrize("kind", [LetterKind.ATTENDANCE, LetterKind.ATTENDANCE_CHANGED, LetterKind.MIXED])
def test_nothing_of_the_case_is_in_it(kind: LetterKind) -> None:
    """Calendars are shared with teams."""
    given = facts(kind)
    (attached,) = parsed(letter(kind).raw).iter_attachments()
    assert isinstance(attached, EmailMessage)
    source = attached.get_content()

    for personal in (given.case, given.recipient, "Kołatka", "Zgłoszenie", given.message_id):
        assert personal not in source
    assert source.replace("\r\n", "\n").replace("\n", "\r\n") == published()
