"""The consultation: what is consulted, where and until when, from ``rules/consultation.toml``.

Local times in the file are times of the office's zone. It is read alone by a look that may find nothing to do, and with
the other rules (``rules.py``) where a message is judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints

from intake.errors import RulesError
from intake.judgement.phrases import Phrase
from intake.tables import AddrSpec, Duration, Line, LocalTime, Many, OptionalLine, Table, read

if TYPE_CHECKING:
    from pathlib import Path
    from zoneinfo import ZoneInfo


class Meeting(Table):
    """The meeting that people confirm."""

    starts: LocalTime
    ends: LocalTime | None = None
    name: Line
    place: Line
    street: Line
    city: Line
    room: Line
    confirm_until: LocalTime
    confirm_to: AddrSpec
    uid: Line
    sequence: Annotated[int, Field(ge=0)] = 0
    capacity: Annotated[int, Field(gt=0)] | None = None
    invite: bool = False  # an invitation with buttons goes to those who come
    remind: LocalTime | None = None  # when those who come are reminded, once; None: never


class Proposals(Table):
    """Where proposals go, and until when."""

    until: LocalTime | date  # a day means to its last moment
    send_to: AddrSpec


class Sentences(Table):
    """Sentences and promises that only the office may approve; an empty one is left out of the letters."""

    debt_after: Duration = timedelta(hours=1)
    late_welcome: OptionalLine = ""
    late_proposal: OptionalLine = ""
    access: OptionalLine = ""
    answer_by: OptionalLine = ""


class DataProtection(Table):
    """The first layer of the notice of art. 13 GDPR; ``intake check`` names the parts that are empty."""

    controller: OptionalLine = ""
    basis: OptionalLine = ""
    period: OptionalLine = ""
    recipients: OptionalLine = ""
    publication: OptionalLine = ""
    officer: OptionalLine = ""
    url: OptionalLine = ""


class Topic(Table):
    """A thematic group of the meeting."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$")]
    name: Line
    short: Line
    words: Many[Phrase] = ()  # by which it is known that somebody writes about it
    choice: Many[Phrase] = ()  # with which it is chosen by those who propose nothing


class Stage(Table):
    """A step of the procedure that is still to come."""

    when: Line
    what: Line
    next_chance: bool = False  # where a late proposal may still be heard


class Shelves(Table):
    """The folders that messages are filed into, levels parted by "/"; an empty one: such messages stay."""

    attendance: OptionalLine = ""
    cancellation: OptionalLine = ""
    proposal: OptionalLine = ""
    mixed: OptionalLine = ""
    question: OptionalLine = ""
    unrelated: OptionalLine = ""
    automatic: OptionalLine = ""
    review: OptionalLine = ""  # what a person must look at first


class Consultation(Table):
    """What is consulted: ``rules/consultation.toml``, its times still local."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: Line
    subject: Line  # "about …": what the meeting is about, in the locative
    document: OptionalLine = ""  # "a proposal for …": what is being drafted, in the genitive
    case_prefix: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,8}-[0-9]{4}$")]
    opened: LocalTime
    url: OptionalLine = ""
    phone: OptionalLine = ""
    meeting: Meeting
    proposals: Proposals
    letters: Sentences = Sentences()
    data_protection: DataProtection = DataProtection()
    folders: Shelves = Shelves()
    published: Many[str] = ()  # what the office has sent to everybody: no mail that repeats it says it
    topic: Annotated[Many[Topic], Field(min_length=1)]
    stage: Many[Stage] = ()


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """The instants of a consultation, aware, in the office's zone. An arrival at a cutoff itself is on time."""

    opened: datetime
    attendance: datetime
    meeting: datetime
    proposals: datetime


def load(directory: Path) -> Consultation:
    """Read the consultation in *directory*; raise ``RulesError`` with every mistake."""
    return read(directory / "consultation.toml", Consultation, RulesError)


def cutoffs(consultation: Consultation, zone: ZoneInfo) -> Cutoffs:
    """Return the instants of *consultation*, whose local times are times of *zone*."""
    until, meeting = consultation.proposals.until, consultation.meeting
    last = until if isinstance(until, datetime) else datetime.combine(until, time.max)
    return Cutoffs(
        opened=consultation.opened.replace(tzinfo=zone),
        attendance=meeting.confirm_until.replace(tzinfo=zone),
        meeting=meeting.starts.replace(tzinfo=zone),
        proposals=last.replace(tzinfo=zone),
    )
