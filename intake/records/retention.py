"""Erasure: a person's data go from record, original, letter, digest and event alike, and the chain still verifies.

What stays is the impersonal: that a message came, when, of what kind, what was answered when under which Message-ID,
how many people were to come; and the SHA-256 of the original, so that a mailbox that is read anew does not bring it
back. Nobody can try out what a letter said by it, since it covers the trace fields of the servers too.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from intake.errors import RecordError
from intake.judgement.values import Category
from intake.mail.reader import parse
from intake.records.chronicle import Happening, note
from intake.records.debts import OWED
from intake.records.store import Case, Event, Instruction, Link, Original, Outgoing, Record, Salt, Silenced, Status

_IMPERSONAL = frozenset({"letter", "kind", "of", "reason"})  # keys of an event's detail that speak of nobody
_TO_STAFF = ("orders", "refusal")  # kinds of answers to what staff decided by mail
_FROM_STAFF = "from staff"  # why such mail is not answered as a citizen's is
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Plan:
    """What an erasure would take."""

    case: int
    number: str
    records: tuple[int, ...]  # of the case, and mail of the same person that has none
    letters: tuple[int, ...]
    owed: tuple[int, ...]  # of the letters, those that must be written off first
    digests: tuple[int, ...]  # that left since the case began: they may name it
    waiting: int  # digests that have not left yet, and are not touched
    elsewhere: tuple[str, ...]  # other cases in which the same address wrote


def plan(session: Session, consultation: str, number: str) -> Plan:
    """Return what erasing the case called *number* would take; raise ``RecordError`` where it cannot be done now."""
    case = session.scalar(select(Case).where(Case.consultation == consultation, Case.number == number))
    if case is None:
        raise RecordError(f"no case is called {number[:40]!a}")
    records = list(session.scalars(select(Record).where(Record.case_id == case.id).order_by(Record.id)))
    of_case = or_(Outgoing.record_id.in_([record.id for record in records]), Outgoing.case_id == case.id)
    letters = list(session.scalars(select(Outgoing).where(of_case).order_by(Outgoing.id)))
    if any(letter.status == Status.SENDING for letter in letters):
        raise RecordError(f"a letter of {number} is being sent just now: try again in a minute")
    addresses = {record.sender_address for record in records} | {letter.recipient.lower() for letter in letters}
    known = frozenset(address for address in (*addresses, case.address) if address)
    message_ids = frozenset(letter.message_id for letter in letters)
    strays = _strays(session, consultation, known, message_ids, case.number)
    to_staff = or_(Outgoing.digest_day.is_not(None), Outgoing.kind.in_(_TO_STAFF))
    digests = select(Outgoing).where(to_staff, Outgoing.queued_at >= case.opened_at)
    written = list(session.scalars(digests.order_by(Outgoing.id)))
    ended = (Status.SENT, Status.FAILED, Status.WRITTEN_OFF)
    return Plan(
        case=case.id,
        number=case.number,
        records=tuple(dict.fromkeys((*(record.id for record in records), *strays, *_of_staff(session, case, records)))),
        letters=tuple(letter.id for letter in letters),
        owed=tuple(letter.id for letter in letters if letter.status in OWED),
        digests=tuple(digest.id for digest in written if digest.status in ended and digest.raw),
        waiting=sum(digest.status not in ended for digest in written),
        elsewhere=_elsewhere(session, case, known),
    )


def _of_staff(session: Session, case: Case, records: Sequence[Record]) -> Iterator[int]:
    """Yield the mails of staff that decided something about this person."""
    about = or_(Instruction.case_id == case.id, Instruction.record_id.in_([record.id for record in records]))
    query = select(Instruction.message_id).where(about, Instruction.message_id.is_not(None)).distinct()
    yield from (number for number in session.scalars(query.order_by(Instruction.message_id)) if number is not None)


def _elsewhere(session: Session, case: Case, addresses: frozenset[str]) -> tuple[str, ...]:
    wrote = select(Record.case_id).where(Record.sender_address.in_(addresses), Record.case_id.is_not(None))
    query = select(Case.number).where(
        Case.id != case.id, or_(Case.address.in_(addresses), Case.id.in_(wrote.scalar_subquery()))
    )
    return tuple(session.scalars(query.order_by(Case.id)))


def _strays(
    session: Session, consultation: str, addresses: frozenset[str], message_ids: frozenset[str], number: str
) -> Iterator[int]:
    """Yield what has no case and is of this person: their other mail, and reports that return our letters to them."""
    query = select(Record).where(
        Record.consultation == consultation,
        Record.case_id.is_(None),
        Record.private.is_(False),
        Record.erased_at.is_(None),
    )
    marks = [text.encode().lower() for text in (*addresses, *message_ids, number)]
    for record in session.scalars(query.order_by(Record.id)):
        if record.sender_address in addresses:
            yield record.id
            continue
        may_name = record.category in {None, Category.AUTOMATIC} or record.suppression == _FROM_STAFF
        kept = session.get(Original, record.id) if may_name else None
        if kept is not None:
            raw = zlib.decompress(kept.raw)
            if _names(raw, marks) or _returns(raw, message_ids):
                yield record.id
            session.expunge(kept)  # so that not all originals are in memory at once


def _names(raw: bytes, marks: list[bytes]) -> bool:
    """Tell whether one of *marks* stands in a message, or in what it says once its encodings are undone."""
    said = f"{raw.decode('latin-1')}\n{parse(raw).text}".lower().encode()
    return any(mark in said for mark in marks)


def _returns(raw: bytes, message_ids: frozenset[str]) -> bool:
    report = parse(raw).report
    return report is not None and report.original_message_id in message_ids


def erase(session: Session, planned: Plan, reason: str, now: datetime) -> None:
    """Take the person's data as *planned*, for *reason*; letters still owed must be written off before."""
    _forget_salts(session, planned)
    _forget_details(session, planned)
    case = session.get_one(Case, planned.case)
    _forget_instructions(session, planned)
    _empty_case(case)
    _note(session, now, reason, case=case.id)
    for number in planned.letters:
        letter = session.get_one(Outgoing, number)
        if letter.status not in {Status.SENT, Status.WRITTEN_OFF}:
            raise RecordError(f"letter {number} is still owed: write it off first")
        letter.recipient, letter.raw, letter.facts, letter.last_reply = "", b"", None, None
        _note(session, now, reason, case=case.id, record=letter.record_id, letter=number)
    for number in planned.digests:
        session.get_one(Outgoing, number).raw = b""
        _note(session, now, reason, letter=number)
    session.execute(delete(Original).where(Original.record_id.in_(planned.records)))
    for number in planned.records:
        record = session.get_one(Record, number)
        _empty(record, now)
        _note(session, now, reason, case=record.case_id, record=number)


def forget(session: Session, record: Record, case: Case | None, reason: str, now: datetime) -> None:
    """Make *record* private again that a person let in by mistake: of private mail nothing is kept but that it came."""
    ours = select(Outgoing.id).where(or_(Outgoing.record_id == record.id, Outgoing.case_id == record.case_id))
    letters = tuple(session.scalars(ours)) if record.case_id is not None else ()
    if case is not None:
        planned = Plan(case.id, case.number, (record.id,), letters, (), (), 0, ())
        erase(session, planned, reason, now)
    record.private, record.case_id, record.category, record.corrected = True, None, Category.UNRELATED.value, None
    record.attendance = record.proposal = record.runner_up = record.people = None
    record.acknowledge, record.review, record.facts = False, [], {}


def _empty_case(case: Case) -> None:
    case.address = case.organisation = case.organisation_key = case.needs = case.names = None
    if case.admitted:
        case.admitted = dict.fromkeys(case.admitted, "")  # that it was let in stays, and why does not


def _forget_instructions(session: Session, planned: Plan) -> None:
    """Empty what staff said about this person, and let their address be answered again: it is kept nowhere then."""
    about = or_(
        Instruction.case_id == planned.case,
        Instruction.record_id.in_(planned.records),
        Instruction.message_id.in_(planned.records),
    )
    for instruction in session.scalars(select(Instruction).where(about)):
        instruction.words, instruction.reason, instruction.changes = "", None, {}
    addresses = _addresses(session, planned)
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
    found = {event.id: event for event in session.scalars(select(Event).where(Event.case_id == planned.case))}
    for chunk in _chunks(planned.records):
        found |= {event.id: event for event in session.scalars(select(Event).where(Event.record_id.in_(chunk)))}
    of_digests = select(Event).where(Event.record_id.is_(None), Event.case_id.is_(None))
    digests = set[Any](planned.digests)
    found |= {event.id: event for event in session.scalars(of_digests) if event.detail.get("letter") in digests}
    return [found[number] for number in sorted(found)]


def _chunks(numbers: Sequence[int]) -> Iterable[Sequence[int]]:
    return (numbers[start : start + _BATCH] for start in range(0, len(numbers), _BATCH))
