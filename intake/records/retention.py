"""Erasure: a person's data go from record, original, letter, digest and event alike, and the chain still verifies.

What stays is the impersonal: that a message came, when, of what kind, what was answered when under which Message-ID,
how many people were to come; and the SHA-256 of the original, so that a mailbox that is read anew does not bring it
back. Nobody can try out what a letter said by it, since it covers the trace fields of the servers too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from intake.errors import RecordError
from intake.judgement.values import Category
from intake.records.chronicle import Happening, note
from intake.records.reach import Plan
from intake.records.store import (
    Band,
    Case,
    Event,
    Instruction,
    Link,
    Original,
    Outgoing,
    Record,
    Salt,
    Signature,
    Silenced,
    Status,
)

# Keys of an event's detail that speak of nobody.
_IMPERSONAL = frozenset({"letter", "kind", "of", "reason", "instruction", "by"})
_BATCH = 500


def erase(session: Session, planned: Plan, reason: str, now: datetime) -> None:
    """Take the person's data as *planned*, for *reason*; letters still owed must be written off before."""
    _forget_salts(session, planned)
    _forget_details(session, planned)
    _forget_instructions(session, planned)
    for number in planned.cases:
        _empty_case(session.get_one(Case, number))
        _note(session, now, reason, case=number)
    for number in planned.letters:
        letter = session.get_one(Outgoing, number)
        if letter.status not in {Status.SENT, Status.WRITTEN_OFF}:
            raise RecordError(f"letter {number} is still owed: write it off first")
        letter.recipient, letter.raw, letter.facts, letter.last_reply = "", b"", None, None
        _note(session, now, reason, case=_case_of(session, letter), record=letter.record_id, letter=number)
    for number in planned.digests:
        session.get_one(Outgoing, number).raw = b""
        _note(session, now, reason, letter=number)
    for kept in (Original, Signature, Band):  # the last two tell what a letter's words were like
        session.execute(delete(kept).where(kept.record_id.in_(planned.records)))
    for number in planned.records:
        record = session.get_one(Record, number)
        _empty(record, now)
        _note(session, now, reason, case=record.case_id, record=number)


def forget(session: Session, record: Record, case: Case | None, reason: str, now: datetime) -> None:
    """Make *record* private again that a person let in by mistake: of private mail nothing is kept but that it came."""
    ours = select(Outgoing.id).where(or_(Outgoing.record_id == record.id, Outgoing.case_id == record.case_id))
    letters = tuple(session.scalars(ours)) if record.case_id is not None else ()
    if case is not None:
        planned = Plan((case.id,), (case.number,), (record.id,), letters)
        erase(session, planned, reason, now)
    record.private, record.case_id, record.category, record.corrected = True, None, Category.UNRELATED.value, None
    record.attendance = record.proposal = record.runner_up = record.people = None
    record.acknowledge, record.review, record.facts = False, [], {}


def _case_of(session: Session, letter: Outgoing) -> int | None:
    record = session.get(Record, letter.record_id) if letter.record_id is not None else None
    return record.case_id if record is not None else letter.case_id


def _empty_case(case: Case) -> None:
    case.address = case.organisation = case.organisation_key = case.needs = case.names = None
    if case.admitted:
        case.admitted = dict.fromkeys(case.admitted, "")  # that it was let in stays, and why does not


def _forget_instructions(session: Session, planned: Plan) -> None:
    """Empty what staff said about this person, and let their address be answered again: it is kept nowhere then."""
    about = or_(
        Instruction.case_id.in_(planned.cases),
        Instruction.record_id.in_(planned.records),
        Instruction.message_id.in_(planned.records),
    )
    for instruction in session.scalars(select(Instruction).where(about)):
        instruction.words, instruction.reason, instruction.changes = "", None, {}
    addresses = _addresses(session, planned) | set(planned.silenced)
    silencing = select(Instruction).where(Instruction.case_id.is_(None), Instruction.record_id.is_(None))
    for instruction in session.scalars(silencing):
        if addresses.intersection(instruction.changes.get("silence", ())):
            instruction.words, instruction.reason, instruction.changes = "", None, {}
    session.execute(delete(Silenced).where(Silenced.address.in_(addresses)))


def _addresses(session: Session, planned: Plan) -> set[str]:
    records = select(Record.sender_address).where(Record.id.in_(planned.records))
    letters = select(Outgoing.recipient).where(Outgoing.id.in_(planned.letters))
    found = {*session.scalars(records), *session.scalars(letters)}
    return {address.lower() for address in found if address}


def _note(session: Session, now: datetime, reason: str, *, letter: int | None = None, **about: int | None) -> None:
    detail: dict[str, object] = {"reason": reason} | ({"letter": letter} if letter is not None else {})
    note(session, now, Happening.ERASED, detail=detail, **about)


def _empty(record: Record, now: datetime) -> None:
    record.erased_at = record.erased_at or now
    record.message_id = record.fingerprint = record.sender_name = record.sender_address = None
    record.subject = record.own_text = record.organisation = record.suppression = None
    record.references, record.reasons, record.defects = [], [], []
    record.facts = {name: value for name, value in record.facts.items() if name == "topics"}


def _forget_salts(session: Session, planned: Plan) -> None:
    """Delete the salts of every link about this person: what they sealed can no longer be tried out."""
    events = [event.id for event in _events(session, planned)]
    for chunk in _chunks(events):
        positions = select(Link.position).where(Link.event_id.in_(chunk)).scalar_subquery()
        session.execute(delete(Salt).where(Salt.position.in_(positions)))


def _forget_details(session: Session, planned: Plan) -> None:
    for event in _events(session, planned):
        event.detail = {name: value for name, value in event.detail.items() if name in _IMPERSONAL}


def _events(session: Session, planned: Plan) -> list[Event]:
    found = {event.id: event for event in session.scalars(select(Event).where(Event.case_id.in_(planned.cases)))}
    for chunk in _chunks(planned.records):
        found |= {event.id: event for event in session.scalars(select(Event).where(Event.record_id.in_(chunk)))}
    of_digests = select(Event).where(Event.record_id.is_(None), Event.case_id.is_(None))
    digests = set[Any](planned.digests)
    found |= {event.id: event for event in session.scalars(of_digests) if event.detail.get("letter") in digests}
    return [found[number] for number in sorted(found)]


def _chunks(numbers: Sequence[int]) -> Iterable[Sequence[int]]:
    return (numbers[start : start + _BATCH] for start in range(0, len(numbers), _BATCH))
