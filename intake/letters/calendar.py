"""The meeting as a calendar file (RFC 5545, METHOD:PUBLISH of RFC 5546 §3.2.1); nothing of a case stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from icalendar import Calendar, Event, vCalAddress

from intake.judgement.rules import Consultation, Cutoffs
from intake.letters.templates import Templates

FIELDS = ("File", "Summary", "Location")  # with which the template begins
_PRODUCER = "-//intake//PL"


def publish(
    templates: Templates, values: Mapping[str, object], consultation: Consultation, cutoffs: Cutoffs, now: datetime
) -> tuple[str, str]:
    """Return the name of the file and its text, lines ended by CRLF and folded at 75 octets."""
    fields = templates.sheet("calendar", values, FIELDS).fields
    meeting = consultation.meeting
    event = Event()
    event.add("uid", meeting.uid)
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", cutoffs.meeting)
    if meeting.ends is not None:  # without an end none is guessed
        event.add("dtend", meeting.ends.replace(tzinfo=cutoffs.meeting.tzinfo))
    event.add("summary", fields["Summary"])
    event.add("location", fields["Location"])
    if fields.get("Description"):
        event.add("description", fields["Description"])
    if consultation.url:
        event.add("url", consultation.url)
    event.add("organizer", vCalAddress(f"mailto:{meeting.confirm_to}"))  # PUBLISH needs it, and forbids ATTENDEE
    event.add("status", "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", _PRODUCER)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return fields["File"], calendar.to_ical().decode("utf-8")
