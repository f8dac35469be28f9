"""What a letter's template may name: plain frozen values, strangers' text already made inert.

A template that names anything else is refused at start, with the names that are allowed. Instants are aware and in the
office's zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Deadline:
    """A cutoff: an instant, or a day to its last moment."""

    at: datetime
    whole_day: bool = False


@dataclass(frozen=True, slots=True)
class EnclosureView:
    """An attachment of theirs."""

    name: str | None  # None where it had none
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class PieceView:
    """One message of a case with several."""

    received: datetime
    supplement: bool  # False for the first proposal
    enclosures: int  # how many attachments
    late: bool


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One thing that is otherwise now; empty where it was not given."""

    name: str  # kind, attends, people, organisation, topics, needs or names
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LetterView:
    """What we recorded of the message that is answered."""

    case: str
    received: datetime
    exact: bool  # came within the minute of its cutoff: only seconds tell them apart
    subject: str | None
    organisation: str | None
    people: int | None
    topics: tuple[str, ...]  # their names
    enclosures: tuple[EnclosureView, ...]
    unreadable: tuple[str | None, ...]  # names of attachments that could not be opened
    attends: bool  # the message speaks of coming
    proposes: bool  # the message holds proposals
    attendance_late: bool
    proposal_late: bool
    after_meeting: bool  # came when the meeting had begun
    registered_before: bool  # a registration stood when it came
    organisation_before: str | None
    people_before: int | None
    people_changed: bool
    organisation_changed: bool
    pieces: tuple[PieceView, ...]  # of a supplement: all proposals of the case, this one last
    repeats: bool  # says the same as an earlier one
    first: bool  # the case's first letter
    debt: bool  # leaves so late that it apologises
    reply_to: str  # where an answer to it goes
    changes: tuple[ChangeView, ...]  # of a correction
    by_staff: bool  # a person of the office corrected it, not the sender
    our_mistake: bool  # the letter before was wrong by our fault
    needs: tuple[str, ...]  # ids: interpreter, wheelchair, loop, assistant, diet, parking
    names: tuple[str, ...]  # of those who come
    calendar: str | None  # file, invitation, withdrawn, apart: how the meeting reaches their calendar


@dataclass(frozen=True, slots=True)
class MeetingView:
    """The meeting."""

    name: str
    starts: datetime
    ends: datetime | None
    place: str
    street: str
    city: str
    room: str
    until: Deadline  # for confirming
    write_to: str
    open: bool  # may still be confirmed in time when the letter is written
    ahead: bool  # has not begun then


@dataclass(frozen=True, slots=True)
class ProposalsView:
    """Proposals in writing."""

    until: Deadline
    address: str
    open: bool  # may still be sent in time when the letter is written


@dataclass(frozen=True, slots=True)
class StageView:
    """A step of the procedure that is still to come."""

    when: str
    what: str
    next_chance: bool  # where a late proposal may still be heard


@dataclass(frozen=True, slots=True)
class ConsultationView:
    """What is consulted."""

    title: str
    about: str  # "spotkanie konsultacyjne o …", in the locative
    document: str  # "propozycja do …", in the genitive
    url: str
    stages: tuple[StageView, ...]


@dataclass(frozen=True, slots=True)
class OfficeView:
    """Who signs."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class SentencesView:
    """Sentences that only the office may approve; an empty one is left out."""

    late_welcome: str
    late_proposal: str
    access: str
    answer_by: str


@dataclass(frozen=True, slots=True)
class NoticeView:
    """The parts of the data-protection notice; an empty one is left out."""

    controller: str
    basis: str
    period: str
    recipients: str
    publication: str
    officer: str
    url: str


LETTER: dict[str, type] = {
    "letter": LetterView,
    "meeting": MeetingView,
    "proposals": ProposalsView,
    "consultation": ConsultationView,
    "office": OfficeView,
    "sentences": SentencesView,
    "notice": NoticeView,
}
