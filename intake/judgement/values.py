"""The values of judgement: categories, punctuality, reasons, and the verdict that holds them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Category(StrEnum):
    """What a message is, as a clerk would sort it."""

    ATTENDANCE = "attendance"  # says that somebody comes, or corrects who and how many
    CANCELLATION = "cancellation"  # withdraws, or says that nobody comes, and proposes nothing
    PROPOSAL = "proposal"  # proposals, remarks, ideas
    MIXED = "mixed"  # attendance and proposal in one message
    QUESTION = "question"  # asks about the consultation, and does none of the above
    UNRELATED = "unrelated"  # something else: private, office, press, advertising, phishing, bare courtesy
    AUTOMATIC = "automatic"  # a machine answers or reports

    @property
    def attends(self) -> bool:
        """Tell whether the message speaks of coming."""
        return self in {Category.ATTENDANCE, Category.MIXED}

    @property
    def proposes(self) -> bool:
        """Tell whether the message holds proposals."""
        return self in {Category.PROPOSAL, Category.MIXED}


class Punctuality(StrEnum):
    """How an arrival stands to a cutoff."""

    ON_TIME = "on_time"
    LATE = "late"


class Review(StrEnum):
    """Why a person must look; the office's words for each stand in its templates."""

    UNSURE = "unsure"  # two readings are too close
    UNREADABLE = "unreadable"  # text or attachment that may matter could not be read
    SENDER = "sender"  # who wrote cannot be told with certainty
    ARRIVAL = "arrival"  # the server gave no usable time of arrival
    TENTATIVE = "tentative"  # comes perhaps, or under a condition
    PEOPLE = "people"  # how many come can be read in several ways
    ORGANISATION = "organisation"  # the same organisation is registered from another address
    COLLEAGUE = "colleague"  # somebody who never wrote in a case answers our letter about it
    QUARANTINED = "quarantined"  # the program failed on it; kept as it came


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is on record already for the case that a message continues."""

    case: str
    attends: bool  # a registration stands
    proposes: bool  # a proposal was received
    organisation: str | None
    people: int | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where and when a message reached us, and what we knew of its sender then."""

    mailbox: str  # id
    received: datetime | None  # INTERNALDATE, aware; None where the server gave none that can be read
    expects: Category | None = None  # what mostly comes to this mailbox: a hint, never the answer
    personal: bool = False  # a person's own mailbox: what is not plainly for the consultation is private
    own_addresses: frozenset[str] = frozenset()  # the office's, lower case
    earlier: Earlier | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that spoke for or against a reading, so that a verdict can be explained."""

    rule: str  # file and name in rules/, such as "acts:confirm.udzial", or the clause of an RFC
    words: str  # the words it was found in, shortened
    weight: float  # above 0 for, below 0 against
    category: Category | None = None  # the reading it bears on; None where it bears on answering or a fact


@dataclass(frozen=True, slots=True)
class Timeliness:
    """On time or late, for each cutoff that applies; None where it does not."""

    attendance: Punctuality | None = None
    proposal: Punctuality | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a message means, what a clerk would write down, and why."""

    category: Category
    confidence: float  # 0 to 1: of verdicts at 0.9 nine in ten are right
    runner_up: Category | None  # the second best reading
    timeliness: Timeliness
    organisation: str | None
    people: int | None
    names: tuple[str, ...]  # of those who come, as written
    topics: tuple[str, ...]  # ids of the rules, sorted
    needs: tuple[str, ...]  # ids such as "interpreter", "wheelchair", "loop", "assistant", "diet", sorted
    phone: str | None
    acknowledge: bool
    suppression: str | None  # why it must not, or need not, be answered; None where acknowledge
    review: tuple[Review, ...]  # empty where nobody must look
    private: bool  # nobody's business: in a personal mailbox, and not for the consultation
    reasons: tuple[Reason, ...]
