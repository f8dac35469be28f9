"""Answers to invitations: METHOD:REPLY and the attendee's PARTSTAT (RFC 5546 §3.2.3) [icalendar]."""

from __future__ import annotations

import logging

from icalendar import Calendar, Component

from intake.mail.charset import clean, decode
from intake.mail.headers import one_line
from intake.mail.message import CalendarReply

_LARGEST = 200_000  # bytes: an answer is small, and a larger object is none


def reply(content: bytes) -> CalendarReply | None:
    """Return the answer that an iCalendar object holds, or None where it holds none that can be read."""
    if len(content) > _LARGEST or b"REPLY" not in content.upper():
        return None
    try:
        calendar = Calendar.from_ical(decode(content, None).text)
        if str(calendar.get("METHOD", "")).upper() != "REPLY":
            return None
        for event in calendar.walk("VEVENT"):
            found = _of(event)
            if found is not None:
                return found
    except Exception:  # noqa: BLE001  (icalendar raises what its many parsers raise; an unreadable answer is no answer)
        logging.getLogger("intake").debug("calendar part could not be read")
    return None


def _of(event: Component) -> CalendarReply | None:
    attendees = event.get("ATTENDEE")
    for attendee in attendees if isinstance(attendees, list) else [attendees]:
        partstat = str(getattr(attendee, "params", {}).get("PARTSTAT", "")).upper()
        if partstat:
            address = one_line(str(attendee)).lower().removeprefix("mailto:")
            return CalendarReply(
                partstat=partstat[:40],
                attendee=address[:320] or None,
                uid=one_line(str(event.get("UID", "")))[:255] or None,
                comment=clean(str(event.get("COMMENT") or ""))[:2000],
            )
    return None
