"""The meeting for calendars (RFC 5545): a file to open by hand (METHOD:PUBLISH, RFC 5546 §3.2.1), or an invitation.

Nothing of a case stands in either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import cache, lru_cache
from itertools import pairwise

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress, vText

from intake.judgement.consultation import Consultation, Cutoffs
from intake.letters.facts import LetterFacts, LetterKind
from intake.letters.templates import Templates

FIELDS = ("File", "Summary", "Location")  # with which the template begins
_PRODUCER = "-//intake//PL"
_TOLD = frozenset(
    {
        LetterKind.ATTENDANCE,
        LetterKind.ATTENDANCE_CHANGED,
        LetterKind.ATTENDANCE_LATE,
        LetterKind.MIXED,
        LetterKind.MOVED,
        LetterKind.REMINDER,
    }
)
_INVITING = frozenset({LetterKind.INVITATION, LetterKind.MOVED})


class Form(StrEnum):
    """How the meeting reaches a calendar, as a letter says and carries it."""

    FILE = "file"  # attached, to open by hand
    INVITATION = "invitation"  # with buttons, in this letter
    WITHDRAWN = "withdrawn"  # taken out of the calendar by this letter
    APART = "apart"  # an invitation is a letter of its own


def form(facts: LetterFacts, *, invite: bool, ahead: bool) -> Form | None:
    """Return how the letter of *facts* brings the meeting; *invite* is the office's rule, *ahead*: it has not begun."""
    if not ahead:
        return None
    if invite and facts.kind in _INVITING:
        return Form.INVITATION
    if invite and facts.kind is LetterKind.CANCELLATION:
        return Form.WITHDRAWN if facts.registered_before else None
    if facts.kind not in _TOLD and not facts.attends:
        return None
    if not invite:
        return Form.FILE
    return None if facts.kind is LetterKind.REMINDER else Form.APART


def publish(
    templates: Templates, values: Mapping[str, object], consultation: Consultation, cutoffs: Cutoffs, now: datetime
) -> tuple[str, str]:
    """Return the name of the file and its text, lines ended by CRLF and folded at 75 octets."""
    fields = templates.sheet("calendar", values, FIELDS).fields
    return fields["File"], _published(tuple(fields.items()), _Meeting.of(consultation, cutoffs), _stamp(now))


@lru_cache(4)
def _published(fields: tuple[tuple[str, str], ...], meeting: _Meeting, stamp: datetime) -> str:
    """Return the file: the same for all that are written in one second."""
    event = _event(dict(fields), meeting, stamp)
    event.add("status", "CONFIRMED")
    return _object("PUBLISH", event, meeting)


@dataclass(frozen=True, slots=True)
class _Meeting:
    """What a calendar is told of the meeting, beside the template's words."""

    uid: str
    sequence: int
    starts: datetime
    ends: datetime | None
    url: str | None
    organiser: str

    @classmethod
    def of(cls, consultation: Consultation, cutoffs: Cutoffs) -> _Meeting:
        """Return the meeting of *consultation*."""
        meeting = consultation.meeting
        ends = meeting.ends.replace(tzinfo=cutoffs.meeting.tzinfo) if meeting.ends is not None else None
        return cls(meeting.uid, meeting.sequence, cutoffs.meeting, ends, consultation.url, meeting.confirm_to)


def _stamp(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(microsecond=0)


def request(
    templates: Templates, values: Mapping[str, object], consultation: Consultation, cutoffs: Cutoffs, guest: Guest
) -> str:
    """Return an invitation (RFC 5546 §3.2.2), or its end (§3.2.5) where the guest comes no more.

    The reader is the one ATTENDEE, and the ORGANIZER is the mailbox that reads the answer: Outlook shows its buttons
    to nobody else.
    """
    fields = templates.sheet("calendar", values, FIELDS).fields
    meeting = _Meeting.of(consultation, cutoffs)
    event = _event(fields, meeting, _stamp(guest.now))
    event.add("status", "CONFIRMED" if guest.comes else "CANCELLED")
    attendee = vCalAddress(f"mailto:{guest.address}")
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    if guest.comes:
        attendee.params["PARTSTAT"] = vText("NEEDS-ACTION")
        attendee.params["RSVP"] = vText("TRUE")
    event.add("attendee", attendee, encode=False)
    return _object("REQUEST" if guest.comes else "CANCEL", event, meeting)


@dataclass(frozen=True, slots=True)
class Guest:
    """Who is invited, or invited no more."""

    address: str  # addr-spec
    comes: bool
    now: datetime


def _object(method: str, event: Event, meeting: _Meeting) -> str:
    calendar = Calendar()
    calendar.add("prodid", _PRODUCER)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    text: str = calendar.to_ical().decode("utf-8")
    return text.replace("BEGIN:VEVENT\r\n", f"{_zone(meeting.starts)}BEGIN:VEVENT\r\n", 1)


def _event(fields: Mapping[str, str], meeting: _Meeting, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", meeting.uid)
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", stamp)
    event.add("dtstart", meeting.starts)
    if meeting.ends is not None:  # without an end none is guessed
        event.add("dtend", meeting.ends)
    event.add("summary", fields["Summary"])
    event.add("location", fields["Location"])
    if fields.get("Description"):
        event.add("description", fields["Description"])
    if meeting.url:
        event.add("url", meeting.url)
    event.add("organizer", vCalAddress(f"mailto:{meeting.organiser}"))  # PUBLISH needs it, and forbids ATTENDEE
    return event


@cache
def _zone(meeting: datetime) -> str:
    """Return, as text, the rules of the meeting's zone from the year before to the year after (RFC 5545 §3.6.5).

    Written here because icalendar 7.3 begins summer time an hour late: DTSTART is told in the time that ends.
    """
    zone = Timezone()
    zone.add("tzid", str(meeting.tzinfo))
    for instant in _changes(meeting.year, meeting.tzinfo):
        before, after = instant - timedelta(seconds=1), instant
        observance = TimezoneDaylight() if after.dst() else TimezoneStandard()
        observance.add("dtstart", instant.astimezone(UTC).replace(tzinfo=None) + (before.utcoffset() or timedelta()))
        observance.add("tzoffsetfrom", before.utcoffset() or timedelta())
        observance.add("tzoffsetto", after.utcoffset() or timedelta())
        observance.add("tzname", after.tzname() or str(meeting.tzinfo))
        zone.add_component(observance)
    text: str = zone.to_ical().decode("utf-8")
    return text


@cache
def _changes(year: int, zone: tzinfo | None) -> tuple[datetime, ...]:
    """Return when *zone* changes its offset around *year*; where it never does, the beginning of that time."""
    start = datetime(year - 1, 1, 1, tzinfo=UTC)
    midnights = [start + timedelta(days=number) for number in range(3 * 366)]
    days = [low for low, high in pairwise(midnights) if _offset(low, zone) != _offset(high, zone)]
    return tuple(_change(low, zone).astimezone(zone) for low in days) or (start.astimezone(zone),)


def _change(low: datetime, zone: tzinfo | None) -> datetime:
    """Return the first minute of the day after *low* at which *zone* has another offset than at *low*."""
    return next(
        instant
        for instant in (low + timedelta(minutes=number) for number in range(24 * 60 + 1))
        if _offset(instant, zone) != _offset(low, zone)
    )


def _offset(instant: datetime, zone: tzinfo | None) -> timedelta | None:
    return instant.astimezone(zone).utcoffset()
