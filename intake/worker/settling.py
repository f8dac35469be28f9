"""Settling: what a person of staff says of a message is carried out, told to the sender where it was told otherwise.

Every way of saying it comes here: a reply to a digest, its links, a message put into another folder, the command line.
Each becomes one instruction, with what it changed, and can be taken back from that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.delivery import outbox
from intake.errors import RecordError
from intake.judgement.values import Category
from intake.judgement.verdict import judge
from intake.letters import choice
from intake.letters.facts import dump, load
from intake.mail.mailbox import Fetched
from intake.records import accounts, cases, corrections, record, retention
from intake.records.chronicle import Happening, note
from intake.records.corrections import Applied, Wish
from intake.records.store import Case, Instruction, Outgoing, Record, Silenced, Status
from intake.worker.desk import Desk
from intake.worker.entering import Entering
from intake.worker.telling import FOR_US, Original, Telling, stop, tell

SILENCE, LETTERS = "silence", "letters"  # keys of an instruction's changes beside those of a record and its case
FINAL = "final"  # the same: it cannot be taken back
PRIVATE = "private"  # the same: the message was private before, and nothing of it was kept


class Deed(StrEnum):
    """What an instruction did."""

    SETTLE = "settle"  # corrected a record, or closed what was to be decided
    ANSWERED = "answered"  # closed a question that staff answered by a letter of their own
    ADMIT = "admit"  # made a full record of what was private, unrelated, automatic or set aside
    UNDO = "undo"
    ENTER = "enter"  # what came by phone, by post or in person
    SILENCE = "silence"
    RELEASE = "release"  # letters that were held
    RESEND = "resend"
    WRITE_OFF = "write_off"
    ANNOUNCE = "announce"  # a new hour or room


_GONE = frozenset({Deed.RELEASE, Deed.RESEND, Deed.ANNOUNCE})  # a letter that has left cannot be called back


@dataclass(frozen=True, slots=True)
class By:
    """Who said it, and how."""

    channel: str  # reply, link, move or command
    words: str  # as they were said
    address: str | None = None
    message: int | None = None  # record of the mail that says it
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What carrying out came to."""

    instruction: int
    case: str | None
    applied: Applied
    letter: bool  # the sender is told
    kept: tuple[str, ...] = ()  # of an undoing: what others changed since, and stays


@dataclass(frozen=True, slots=True)
class Manner:
    """How something is carried out."""

    letter: bool = True  # the sender is told what is otherwise than they were told
    grace: timedelta = timedelta(0)  # after which the letter leaves
    raw: bytes | None = None  # the message, where the record keeps none
    deed: Deed = Deed.SETTLE
    standard: bool = False  # a question is answered with the standard text


_AT_ONCE = Manner()


def settle(desk: Desk, record_id: int, wish: Wish, by: By, manner: Manner = _AT_ONCE) -> Settled:
    """Carry out *wish* on a record and its case, and write the letter that follows, in a transaction of its own.

    Raise ``Unreadable`` where the message must be read again and cannot be, and ``RecordError`` for an unknown record.
    """
    original = None
    if wish.category is not None:
        with desk.store.reading() as session:
            original = reread(desk, session, record_id, wish.category, manner.raw)
    with desk.store.writing() as session:
        accounts.lock(session)
        return settle_within(desk, session, Task(record_id, wish, original), by, manner)


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done to a record."""

    record_id: int
    wish: Wish
    original: Original | None = None  # its message read again, where the wish is about its kind


def settle_within(desk: Desk, session: Session, task: Task, by: By, manner: Manner = _AT_ONCE) -> Settled:
    """Carry out a task in the transaction of *session*; raise ``RecordError`` for an unknown record."""
    now, wish, original = desk.now(), task.wish, task.original
    row = _record(session, task.record_id)
    if original is not None and (row.private or row.case_id is None) and wish.category in FOR_US:
        return _admit(desk, session, original, wish, by)
    case = session.get(Case, row.case_id) if row.case_id else None
    before = cases.standing(case) if case else None
    said = corrections.facts_of(original.verdict) if original else None
    applied = corrections.apply(session, row, case, wish, said, now)
    instruction = instruct(session, by, manner.deed, row, applied, now)
    telling = (
        Telling(row, case, before, applied, original, instruction.id, manner.standard, manner.grace) if case else None
    )
    told = manner.letter and telling is not None and tell(desk, session, telling, now)
    return Settled(instruction.id, case.number if case else None, applied, told)


def undo(desk: Desk, instruction_id: int, by: By, manner: Manner = _AT_ONCE) -> Settled:
    """Take back what an instruction changed, as far as nobody changed it since, in a transaction of its own."""
    with desk.store.writing() as session:
        accounts.lock(session)
        return undo_within(desk, session, instruction_id, by, manner)


def undo_within(desk: Desk, session: Session, instruction_id: int, by: By, manner: Manner = _AT_ONCE) -> Settled:
    """Take back an instruction in the transaction of *session*; raise ``RecordError`` where that cannot be done."""
    now = desk.now()
    done = session.get(Instruction, instruction_id)
    if done is None or done.undone_by is not None or done.action in _GONE:
        raise RecordError(f"instruction {instruction_id} cannot be taken back")
    if LETTERS in done.changes or SILENCE in done.changes:
        return _undo_other(session, done, by, now)
    if done.record_id is None:
        raise RecordError(f"instruction {instruction_id} cannot be taken back")
    row = _record(session, done.record_id)
    case = session.get(Case, row.case_id) if row.case_id else None
    before = cases.standing(case) if case else None
    applied, kept = _taken_back(session, row, case, done, now)
    instruction = instruct(session, by, Deed.UNDO, row, applied, now)
    if done.action == Deed.ADMIT and (done.changes.get(PRIVATE) or applied.kind[1] is None):
        instruction.changes = instruction.changes | {FINAL: True}  # what it said is not kept, or was never read
    done.undone_by = instruction.id
    stopped = stop(session, instruction_id, now)
    telling = Telling(row, case, before, applied, None, instruction.id, manner.standard, manner.grace) if case else None
    told = manner.letter and telling is not None and not stopped and tell(desk, session, telling, now)
    return Settled(instruction.id, case.number if case else None, applied, told, kept)


def _taken_back(
    session: Session, row: Record, case: Case | None, done: Instruction, now: datetime
) -> tuple[Applied, tuple[str, ...]]:
    """Restore what *done* changed; what it let in that was not for us before counts as that again."""
    if done.changes.get(FINAL):
        raise RecordError(f"instruction {done.id} cannot be taken back")
    if done.action != Deed.ADMIT:
        return corrections.take_back(row, case, Applied.load(done.changes))
    was = done.changes.get("kind", [None])[0]
    letter = session.scalar(select(Outgoing).where(Outgoing.record_id == row.id))
    if letter is not None and letter.status in {Status.QUEUED.value, Status.DEFERRED.value}:
        outbox.written_off(session, letter.id, "taken back", now)
    applied = corrections.let_out(session, row, case, Category(was) if was else None)
    if done.changes.get(PRIVATE):
        retention.forget(session, row, case, "taken back", now)
    return applied, ()


def _undo_other(session: Session, done: Instruction, by: By, now: datetime) -> Settled:
    """Take back what was said of letters of ours, or of an address that is not answered."""
    changes = {name: {key: pair[::-1] for key, pair in done.changes[name].items()} for name in done.changes}
    for address, (_, silent) in changes.get(SILENCE, {}).items():
        _set_silent(session, address, done, now, silent=silent)
    for number, (_, status) in changes.get(LETTERS, {}).items():
        if status == Status.WRITTEN_OFF:
            outbox.written_off(session, int(number), "taken back", now)
        else:
            outbox.restored(session, int(number), status, now)
    instruction = instruct_other(session, by, Deed.UNDO, changes, now, (done.record_id, done.case_id))
    done.undone_by = instruction
    return Settled(instruction, None, Applied({}, {}), letter=False)


def instruct_other(
    session: Session,
    by: By,
    deed: Deed,
    changes: Mapping[str, Any],
    now: datetime,
    about: tuple[int | None, int | None] = (None, None),
) -> int:
    """Append an instruction that changed no record, and is *about* a record and a case; return its number."""
    instruction = Instruction(
        at=now,
        channel=by.channel,
        by=by.address,
        message_id=by.message,
        words=by.words,
        action=deed.value,
        case_id=about[1],
        record_id=about[0],
        changes=dict(changes),
        reason=by.reason,
    )
    session.add(instruction)
    session.flush()
    return instruction.id


def send_again(desk: Desk, session: Session, letter_id: int, address: str, by: By) -> Settled:
    """Write a letter that was refused once more, to *address*; the refused one is written off."""
    now = desk.now()
    failed = session.get(Outgoing, letter_id, with_for_update=True)
    if failed is None or failed.facts is None or failed.status != Status.FAILED.value:
        raise RecordError(f"letter {letter_id} was not refused")
    row = session.get(Record, failed.record_id) if failed.record_id else None
    case_id = row.case_id if row else failed.case_id
    occasion = f"again:{letter_id}:{hashlib.sha256(address.encode()).hexdigest()[:32]}"
    identifier = choice.message_id(desk.letter_key, "ponownie", occasion, domain=desk.domain)
    facts = replace(load(failed.facts), recipient=address, message_id=identifier, answers=None, references=())
    outbox.written_off(session, letter_id, "sent to another address", now)
    posting = outbox.Posting(
        kind=facts.kind.value,
        recipient=address,
        reverse_path=failed.reverse_path,
        message_id=identifier,
        raw=desk.compose(facts, now),
        facts=dump(facts),
        case_id=case_id,
        occasion=occasion,
    )
    outbox.put(session, posting, now)
    instruction = instruct_other(session, by, Deed.RESEND, {}, now, (failed.record_id, case_id))
    case = session.get(Case, case_id) if case_id else None
    return Settled(instruction, case.number if case else None, Applied({}, {}), letter=True)


def silence(desk: Desk, session: Session, address: str, by: By) -> int:
    """Have *address* not answered any more; return the instruction."""
    now, address = desk.now(), address.lower()[:320]
    was = session.get(Silenced, address) is not None
    number = instruct_other(session, by, Deed.SILENCE, {SILENCE: {address: [was, True]}}, now)
    if not was:
        session.add(Silenced(address=address, since=now, instruction_id=number))
        session.flush()
    return number


def _set_silent(session: Session, address: str, done: Instruction, now: datetime, *, silent: bool) -> None:
    row = session.get(Silenced, address)
    if silent and row is None:
        session.add(Silenced(address=address, since=now, instruction_id=done.id))
    elif row is not None and not silent:
        session.delete(row)


def _admit(desk: Desk, session: Session, original: Original, wish: Wish, by: By) -> Settled:
    """Make a full record, with its case and its answer, of what was private, unrelated, automatic or set aside."""
    now = desk.now()
    box = next(box for box in desk.settings.config.mailbox if box.id == original.fetched.mailbox)
    before = _record(session, record.known(session, box.id, original.fetched.sha256) or 0)
    was, was_private = corrections.category(before), before.private
    _, _, number = Entering(desk, box, said=wish.category).take_in(session, original.fetched, original.message, now)
    row = _record(session, number or 0)
    case = session.get(Case, row.case_id) if row.case_id else None
    row.settled_at = now
    applied = corrections.apply(session, row, case, replace(wish, category=None), None, now)
    kind = (was.value if was else None, wish.category.value if wish.category else None)
    instruction = instruct(session, by, Deed.ADMIT, row, replace(applied, kind=kind), now)
    instruction.changes = instruction.changes | {PRIVATE: was_private}
    return Settled(instruction.id, case.number if case else None, replace(applied, kind=kind), row.acknowledge)


def reread(
    desk: Desk, session: Session, record_id: int, said: Category | None, given: bytes | None = None
) -> Original | None:
    """Read a record's bytes again, as kept or *given*, and judge them as a person said; None where there are none.

    Raise ``Unreadable`` where that fails.
    """
    row = _record(session, record_id)
    raw = record.original(session, record_id) or given
    case = session.get(Case, row.case_id) if row.case_id else None
    box = next((box for box in desk.settings.config.mailbox if box.id == row.mailbox), None)
    if raw is None or box is None:
        return None
    fetched = Fetched(row.mailbox, box.folder, 0, 0, accounts.received_by(row), raw)
    arrival = desk.arrival(box, fetched, cases.earlier(case))
    message = desk.readers.read(raw, arrival)
    return Original(fetched, message, judge(message, arrival, desk.rules, said))


def instruct(session: Session, by: By, deed: Deed, row: Record, applied: Applied, now: datetime) -> Instruction:
    """Append an instruction that was carried out, and that it was."""
    instruction = Instruction(
        at=now,
        channel=by.channel,
        by=by.address,
        message_id=by.message,
        words=by.words,
        action=deed.value,
        case_id=row.case_id,
        record_id=row.id,
        changes=applied.dump(),
        reason=by.reason,
    )
    session.add(instruction)
    session.flush()
    what = Happening.UNDONE if deed is Deed.UNDO else Happening.CORRECTED
    detail = {"instruction": instruction.id, "case": dict(applied.case)}
    note(session, now, what, case=row.case_id, record=row.id, detail=detail)
    return instruction


def _record(session: Session, record_id: int) -> Record:
    row = session.get(Record, record_id)
    if row is None:
        raise RecordError(f"there is no record {record_id}")
    return row
