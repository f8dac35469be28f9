"""What a letter may say: the facts of one acknowledgement, as ``records`` hands them over and the outbox keeps them.

A letter says only what stands here. The facts of a letter still unsent can be composed again (as a debt, with the same
Message-ID).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from intake.judgement.values import Timeliness


class LetterKind(StrEnum):
    """Which letter: one template a kind. The letters A1, A2 … are those of the office's model texts."""

    ATTENDANCE = "attendance"  # A1: on the list
    ATTENDANCE_CHANGED = "attendance_changed"  # A2: the registration was changed
    ATTENDANCE_LATE = "attendance_late"  # A3: after the cutoff, before the meeting
    ATTENDANCE_AFTER = "attendance_after"  # A4: after the meeting
    CANCELLATION = "cancellation"  # A5: withdrawn
    PROPOSAL = "proposal"  # P1: in time
    PROPOSAL_LATE = "proposal_late"  # P2: after the cutoff
    SUPPLEMENT = "supplement"  # P3: joined to an earlier proposal
    MIXED = "mixed"  # M1: attendance and proposal
    QUESTION = "question"  # Q1
    CORRECTED = "corrected"  # C1: the record was corrected, by their reply or by staff
    REMINDER = "reminder"  # R1: once, before the meeting, to those registered
    INVITATION = "invitation"  # for the calendar, with buttons
    MOVED = "moved"  # another hour or room, to those registered
    ANSWER = "answer"  # to a question, with what the office has said already; sent by staff
    RECEIPT = "receipt"  # Q2: arrived, not understood; a person reads it


EXPIRING = frozenset({LetterKind.REMINDER, LetterKind.INVITATION, LetterKind.MOVED})  # at the meeting's beginning


@dataclass(frozen=True, slots=True)
class Office:
    """In whose name letters go out."""

    name: str
    sender: str  # addr-spec of From


@dataclass(frozen=True, slots=True)
class Enclosure:
    """An attachment that came with the message."""

    name: str  # "" where it had none
    size: int  # bytes
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Piece:
    """One message of a case with several."""

    received: datetime  # aware
    supplement: bool  # False for the first proposal
    enclosures: int  # how many attachments


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is otherwise than a letter said before; empty where it was not given."""

    name: str  # kind, attends, people, organisation, topics, needs or names
    before: tuple[str, ...]  # ids of kind, topics and needs, else strangers' words and numbers
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """All that an acknowledgement is made of; texts are strangers' and must be escaped where they land."""

    kind: LetterKind
    case: str  # KONS-2023-0042
    recipient: str  # addr-spec
    mailbox_address: str  # the mailbox that the message reached: our Reply-To
    message_id: str  # ours, with angle brackets; the same whenever this letter leaves
    answers: str | None  # Message-ID of the message answered
    references: tuple[str, ...]  # its References
    received: datetime  # INTERNALDATE, aware
    timeliness: Timeliness
    subject: str | None = None
    organisation: str | None = None
    people: int | None = None
    topics: tuple[str, ...] = ()  # ids
    enclosures: tuple[Enclosure, ...] = ()
    organisation_before: str | None = None  # where the case had another before
    people_before: int | None = None
    registered_before: bool = False  # a registration stood when this message came
    pieces: tuple[Piece, ...] = ()  # of a supplement: all proposals of the case, this one last
    repeats: bool = False  # this piece says the same as an earlier one
    first: bool = True  # the case's first letter carries the whole data-protection notice
    debt: bool = False  # leaves later than the rules allow: apologises
    changes: tuple[Change, ...] = ()  # of a correction
    by_staff: bool = False  # a person of the office corrected it, not the sender by a reply
    our_mistake: bool = False  # what the letter before said was wrong by our fault
    attends: bool = False  # of a correction: a registration stands
    proposes: bool = False  # of a correction: a proposal is on record
    needs: tuple[str, ...] = ()  # ids, for the meeting
    names: tuple[str, ...] = ()  # of those who come


def is_debt(received: datetime, now: datetime, after: timedelta) -> bool:
    """Tell whether a letter that leaves *now* leaves so late that it must say so."""
    return now - received > after


@cache
def _adapter() -> TypeAdapter[LetterFacts]:
    return TypeAdapter(LetterFacts)


def dump(facts: LetterFacts) -> dict[str, Any]:
    """Turn *facts* into plain values of JSON, instants in ISO 8601 with offset."""
    plain: dict[str, Any] = _adapter().dump_python(facts, mode="json")
    return plain


def load(plain: dict[str, Any]) -> LetterFacts:
    """Turn back what ``dump`` gave."""
    return _adapter().validate_python(plain)
