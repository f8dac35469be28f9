"""What the report is made of, as the records hand it over: nobody's name, address or unshortened words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from intake.letters.digest_facts import Seal


class Ruling(StrEnum):
    """What the office decided of something late."""

    ADMITTED = "admitted"  # it counts all the same
    CLOSED = "closed"  # a person settled it, and did not let it in
    OPEN = "open"  # nobody has decided yet


@dataclass(frozen=True, slots=True)
class Messages:
    """How many messages came, copies of one letter counted once."""

    consultation: int = 0  # that speak to the consultation
    attendance: int = 0  # registrations, and changes of them
    cancellations: int = 0
    proposals: int = 0
    mixed: int = 0
    questions: int = 0
    undecided: int = 0  # of those that speak to it, what nobody has decided on yet
    by_hand: int = 0  # entered by staff: by phone, by post, in person
    organisations: int = 0  # distinct, of all that name one
    automatic: int = 0
    unrelated: int = 0  # in a shared mailbox
    private: int = 0  # in somebody's own
    answered: int = 0  # letters that left in answer


@dataclass(frozen=True, slots=True)
class Registration:
    """A registration that stands."""

    case: str
    organisation: str | None
    people: int | None
    groups: tuple[str, ...]  # ids
    late: bool
    received: datetime | None


@dataclass(frozen=True, slots=True)
class Late:
    """A registration or proposal that came after its cutoff."""

    case: str
    organisation: str | None
    of: str  # attendance or proposal
    received: datetime | None
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class Proposal:
    """A message with a proposal, as it was written; ``short.py`` makes of it what may be shown."""

    case: str
    organisation: str | None
    received: datetime | None
    topics: tuple[str, ...]  # ids, in the order of the rules
    text: str
    enclosures: int
    late: bool
    ruling: Ruling
    supplement: bool  # the case has an earlier one
    campaign: int | None
    added: str  # of a campaign's letter: what it adds to the first
    erased: bool
    persons: tuple[str, ...] = ()  # named in it or behind it: not to be shown


@dataclass(frozen=True, slots=True)
class Pattern:
    """A letter that many sent in nearly the same words."""

    id: int  # of the campaign
    letters: int
    organisations: int
    text: str
    persons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic with its proposals."""

    id: str | None  # None: none was found
    proposals: int  # cases that speak of it; one may speak of several
    listed: int  # messages that are listed under it: each stands under its first topic alone
    each: Callable[[], Iterable[Proposal]]  # in order of arrival, read as they are asked for


@dataclass(frozen=True, slots=True)
class Day:
    """What came on one day."""

    day: date
    attendance: int
    proposals: int
    others: int

    @property
    def messages(self) -> int:
        """Return how many came in all."""
        return self.attendance + self.proposals + self.others


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """All that the report of a consultation is made of."""

    at: datetime  # the moment it tells of, in the office's zone
    messages: Messages
    registrations: tuple[Registration, ...]
    withdrawn: int  # registrations that stand no more
    after_meeting: int  # that came when it had begun: they count nowhere
    proposals: int  # cases
    proposals_late: int  # of them, those of which nothing was on time
    proposal_organisations: int
    topics: tuple[Topic, ...]  # in the order of the rules
    late: tuple[Late, ...]  # by arrival
    patterns: tuple[Pattern, ...]
    days: tuple[Day, ...]
    seal: Seal

    @property
    def people(self) -> int:
        """Return how many are to come."""
        return sum(each.people or 0 for each in self.registrations)

    @property
    def nameless(self) -> int:
        """Return how many registrations name no number."""
        return sum(each.people is None for each in self.registrations)
