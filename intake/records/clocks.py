"""The three clocks of a message: the IMAP server's, our mail server's, the sender's. The first alone decides."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, datetime, timedelta
from email.utils import parsedate_to_datetime

from sqlalchemy.orm import Session

from intake.mail.message import Message
from intake.mail.reader import parse
from intake.records import record as records
from intake.records.store import Original, Record

# Servers of one office keep time by NTP and hand a letter on within seconds; filters and a busy queue take minutes.
SERVERS = timedelta(minutes=5)
# Nobody keeps a sender's clock; a letter may wait in an outbox or be greylisted on its way for many minutes. A wrong
# zone, or summer time forgotten, is off by whole hours: that should be seen.
SENDER = timedelta(hours=1)
_HEADER = 262_144  # bytes: longer than any header that is a header


@dataclass(frozen=True, slots=True)
class Clocks:
    """When a message came, by three clocks; None where a clock says nothing that can be read."""

    internaldate: datetime | None  # the IMAP server's: decides cutoffs
    received: datetime | None  # the topmost Received field: our mail server wrote it last (RFC 5321 §4.4)
    by: str | None  # the host that wrote it, as it calls itself
    date: datetime | None  # the sender's Date field

    @property
    def disagree(self) -> bool:
        """Tell whether the clocks differ by more than is usual, so that a person should see them side by side."""
        return _apart(self.internaldate, self.received, SERVERS) or _apart(self.internaldate, self.date, SENDER)

    @property
    def far_apart(self) -> bool:
        """Tell whether any other clock is more than an hour away from the one that decides."""
        return _apart(self.internaldate, self.received, SENDER) or _apart(self.internaldate, self.date, SENDER)


def _apart(one: datetime | None, other: datetime | None, limit: timedelta) -> bool:
    return one is not None and other is not None and abs(one - other) > limit


def of(session: Session, record_id: int) -> Clocks | None:
    """Return the clocks of a record; None where its bytes are not kept."""
    record = session.get(Record, record_id)
    raw = records.original(session, record_id)
    return read(parse(raw), record.received) if record is not None and raw is not None else None


def disputed(session: Session, record: Record) -> Clocks | None:
    """Return the clocks of *record* where one is more than an hour from its INTERNALDATE; reads the header alone."""
    kept = session.get(Original, record.id)
    if kept is None:
        return None
    head = zlib.decompressobj().decompress(kept.raw, _HEADER)
    clocks = read(parse(head.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"), record.received)
    return clocks if clocks.far_apart else None


def read(message: Message, internaldate: datetime | None) -> Clocks:
    """Return the clocks of *message*, which arrived at *internaldate*."""
    topmost = next(iter(message.header("received")), "")
    return Clocks(internaldate, _stamp(topmost), _host(topmost), _tellable(message.date))


def _stamp(field: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(field.rpartition(";")[2].strip())
    except (ValueError, TypeError, OverflowError):
        return None
    return _tellable(when if when.tzinfo else None)


def _tellable(when: datetime | None) -> datetime | None:
    """Return *when* unless it lies at an edge of the calendar, where another zone could not tell it."""
    return when if when is not None and MINYEAR < when.year < MAXYEAR else None


def _host(field: str) -> str | None:
    """Return the name after "by" (RFC 5321 §4.4), which is the server's own; the name after "from" is the client's."""
    words = field.partition(";")[0].split()
    places = [place for place, word in enumerate(words[:-1]) if word.lower() == "by"]
    return words[places[0] + 1] if places else None
