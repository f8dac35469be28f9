"""Cases and messages as commands show them: plain values, read in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake.records.store import Case, Event, Instruction, Outgoing, Record


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as it stands."""

    number: str
    opened_at: datetime
    organisation: str | None
    address: str | None
    people: int | None
    attends: bool | None
    attendance: str | None
    proposes: bool
    messages: int


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message of a case, with the letter that answered it."""

    id: int
    mailbox: str
    received: datetime | None
    category: str | None
    confidence: float
    runner_up: str | None
    sender: str | None
    subject: str | None
    organisation: str | None
    people: int | None
    attendance: str | None
    proposal: str | None
    facts: dict[str, Any]
    review: tuple[str, ...]
    suppression: str | None
    reasons: tuple[dict[str, Any], ...]
    own_text: str
    letter: str | None  # kind
    letter_status: str | None
    letter_reply: str | None
    erased_at: datetime | None


@dataclass(frozen=True, slots=True)
class EventView:
    """Something that happened."""

    at: datetime
    kind: str
    record_id: int | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class InstructionView:
    """What a person of staff had done."""

    id: int
    at: datetime
    channel: str  # reply, link, move or command
    by: str | None
    words: str
    action: str
    reason: str | None
    undone: bool


@dataclass(frozen=True, slots=True)
class History:
    """A case with all that happened to it, oldest first."""

    case: CaseView
    messages: tuple[MessageView, ...]
    events: tuple[EventView, ...]
    instructions: tuple[InstructionView, ...] = ()


def listing(session: Session, consultation: str) -> list[CaseView]:
    """Return all cases, in the order of their numbers."""
    counted = select(Record.case_id, func.count().label("messages")).group_by(Record.case_id).subquery()
    query = (
        select(Case, counted.c.messages)
        .outerjoin(counted, counted.c.case_id == Case.id)
        .where(Case.consultation == consultation)
        .order_by(Case.id)
    )
    return [_case(case, messages or 0) for case, messages in session.execute(query)]


def history(session: Session, consultation: str, number: str) -> History | None:
    """Return the case called *number* with all that happened to it, or None where there is none."""
    case = session.scalar(select(Case).where(Case.consultation == consultation, Case.number == number))
    if case is None:
        return None
    messages = messages_of(session, case.id)
    ids = [message.id for message in messages]
    happened = select(Event).where((Event.case_id == case.id) | Event.record_id.in_(ids)).order_by(Event.id)
    events = tuple(
        EventView(event.at, event.kind, event.record_id, event.detail) for event in session.scalars(happened)
    )
    return History(_case(case, len(messages)), messages, events, _instructions(session, case.id, ids))


def _instructions(session: Session, case: int, records: Sequence[int]) -> tuple[InstructionView, ...]:
    about = (Instruction.case_id == case) | Instruction.record_id.in_(records)
    return tuple(
        InstructionView(
            row.id, row.at, row.channel, row.by, row.words, row.action, row.reason, undone=row.undone_by is not None
        )
        for row in session.scalars(select(Instruction).where(about).order_by(Instruction.id))
    )


def messages_of(session: Session, case: int) -> tuple[MessageView, ...]:
    """Return the messages of a case, in order of arrival."""
    query = (
        select(Record, Outgoing)
        .outerjoin(Outgoing, Outgoing.record_id == Record.id)
        .where(Record.case_id == case)
        .order_by(Record.received, Record.id)
    )
    return tuple(_message(record, letter) for record, letter in session.execute(query))


def caseless(session: Session, consultation: str) -> Sequence[tuple[str, str | None, int]]:
    """Count what has no case: (mailbox, category or None where it was set aside, how many)."""
    query = (
        select(Record.mailbox, Record.category, func.count())
        .where(Record.consultation == consultation, Record.case_id.is_(None))
        .group_by(Record.mailbox, Record.category)
        .order_by(Record.mailbox, Record.category)
    )
    return list(session.execute(query))


def _case(case: Case, messages: int) -> CaseView:
    return CaseView(
        case.number,
        case.opened_at,
        case.organisation,
        case.address,
        case.people,
        case.attends,
        case.attendance,
        case.proposes,
        messages,
    )


def _message(record: Record, letter: Outgoing | None) -> MessageView:
    return MessageView(
        id=record.id,
        mailbox=record.mailbox,
        received=record.received,
        category=record.category,
        confidence=record.confidence,
        runner_up=record.runner_up,
        sender=record.sender_address,
        subject=record.subject,
        organisation=record.organisation,
        people=record.people,
        attendance=record.attendance,
        proposal=record.proposal,
        facts=record.facts,
        review=tuple(record.review),
        suppression=record.suppression,
        reasons=tuple(record.reasons),
        own_text=record.own_text or "",
        letter=letter.kind if letter else None,
        letter_status=letter.status if letter else None,
        letter_reply=letter.last_reply if letter else None,
        erased_at=record.erased_at,
    )
