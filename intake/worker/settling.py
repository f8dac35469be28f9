"""Settling: what a person of staff says of a message is carried out, told to the sender where it was told otherwise.

Every way of saying it comes here: a reply to a digest, its links, a message put into another folder, the command line.
Each becomes one instruction, with what it changed, and can be taken back from that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import events
from intake.config import MailboxConfig
from intake.delivery import outbox
from intake.errors import RecordError
from intake.judgement.values import Category, Timeliness, Verdict
from intake.judgement.verdict import judge
from intake.letters import choice, corrected
from intake.letters.facts import LetterFacts, LetterKind, dump, load
from intake.mail.mailbox import Fetched
from intake.mail.message import Message
from intake.records import accounts, cases, corrections, record
from intake.records.chronicle import Happening, note
from intake.records.corrections import Applied, Wish
from intake.records.record import Entered, Judged
from intake.records.store import Case, Fate, Instruction, Outgoing, Record, Silenced, Status
from intake.worker.desk import Desk
from intake.worker.entering import Entering
from intake.worker.reading import Unreadable

_MOVE = "move"
_ANSWERED_CATEGORIES = frozenset(Category) - {Category.UNRELATED, Category.AUTOMATIC}


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
class _Original:
    """A message read again from what is kept."""

    fetched: Fetched
    message: Message
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Manner:
    """How something is carried out."""

    letter: bool = True  # the sender is told what is otherwise than they were told
    grace: timedelta = timedelta(0)  # after which the letter leaves
    raw: bytes | None = None  # the message, where the record keeps none
    standard: bool = False  # a question is answered with the standard text


_AT_ONCE = Manner()


def settle(desk: Desk, record_id: int, wish: Wish, by: By, manner: Manner = _AT_ONCE) -> Settled:
    """Carry out *wish* on a record and its case, and write the letter that follows.

    Raise ``Unreadable`` where the message must be read again and cannot be, and ``RecordError`` for an unknown record.
    """
    original = _reread(desk, record_id, wish.category, manner.raw) if wish.category is not None else None
    now = desk.now()
    with desk.store.writing() as session:
        accounts.lock(session)
        row = _record(session, record_id)
        if original is not None and (row.private or row.case_id is None) and wish.category in _ANSWERED_CATEGORIES:
            return _admit(desk, session, original, wish, by)
        case = session.get(Case, row.case_id) if row.case_id else None
        before = cases.standing(case) if case else None
        applied = corrections.apply(
            session, row, case, wish, corrections.facts_of(original.verdict) if original else None, now
        )
        instruction = _instruct(session, by, "settle", row, applied, now)
        telling = _Telling(row, case, before, applied, original, instruction.id, manner) if case else None
        told = manner.letter and telling is not None and _tell(desk, session, telling, now)
        return Settled(instruction.id, case.number if case else None, applied, told)


def undo(desk: Desk, instruction_id: int, by: By, manner: Manner = _AT_ONCE) -> Settled:
    """Take back what an instruction changed, as far as nobody changed it since."""
    now = desk.now()
    with desk.store.writing() as session:
        accounts.lock(session)
        done = session.get(Instruction, instruction_id)
        if done is None or done.record_id is None or done.undone_by is not None:
            raise RecordError(f"instruction {instruction_id} cannot be taken back")
        row = _record(session, done.record_id)
        case = session.get(Case, row.case_id) if row.case_id else None
        before = cases.standing(case) if case else None
        applied, kept = corrections.take_back(row, case, Applied.load(done.changes))
        instruction = _instruct(session, by, "undo", row, applied, now)
        done.undone_by = instruction.id
        stopped = _stop(session, _occasion(instruction_id), now)
        telling = _Telling(row, case, before, applied, None, instruction.id, manner) if case else None
        told = manner.letter and telling is not None and not stopped and _tell(desk, session, telling, now)
        return Settled(instruction.id, case.number if case else None, applied, told, kept)


def send_again(desk: Desk, letter_id: int, address: str) -> None:
    """Write a letter that was refused once more, to *address*; the refused one is written off."""
    now = desk.now()
    with desk.store.writing() as session:
        failed = session.get(Outgoing, letter_id, with_for_update=True)
        if failed is None or failed.facts is None or failed.status != Status.FAILED.value:
            raise RecordError(f"letter {letter_id} was not refused")
        row = session.get(Record, failed.record_id) if failed.record_id else None
        occasion = f"again:{letter_id}:{address}"[:128]
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
            case_id=row.case_id if row else failed.case_id,
            occasion=occasion,
        )
        outbox.put(session, posting, now)


def silence(desk: Desk, address: str, by: By) -> None:
    """Have *address* not answered any more."""
    now = desk.now()
    with desk.store.writing() as session:
        instruction = Instruction(
            at=now, channel=by.channel, by=by.address, message_id=by.message, words=by.words, action="silence"
        )
        session.add(instruction)
        session.flush()
        session.merge(Silenced(address=address.lower(), since=now, instruction_id=instruction.id))


def moved(desk: Desk, record_id: int, said: Category | None, fetched: Fetched, grace: timedelta) -> Settled | None:
    """Carry out what putting a message into a folder says; None where that says nothing new."""
    with desk.store.reading() as session:
        row = _record(session, record_id)
        counts, open_to_all = corrections.category(row), not row.private
        pending = bool(row.review) and row.settled_at is None
        last = _last_move(session, record_id)
        was = Applied.load(last.changes).kind[0] if last else None
    if said is None:
        return None  # back among those to be looked at: a person has it in hand
    if last is not None and was == said.value:
        return undo(desk, last.id, By(_MOVE, fetched.folder), Manner(grace=grace))
    if said is counts and open_to_all and not pending:
        return None
    try:
        manner = Manner(grace=grace, raw=fetched.raw)
        return settle(desk, record_id, Wish(category=said), By(_MOVE, fetched.folder), manner)
    except Unreadable:
        events.unread(record_id)
        return None


def moved_back(desk: Desk, record_id: int) -> bool:
    """Undo what the last move of a message said; tell whether there was something to undo."""
    with desk.store.reading() as session:
        last = _last_move(session, record_id)
        number = last.id if last else None
    if number is None:
        return False
    undo(desk, number, By(_MOVE, "INBOX"))
    return True


def _last_move(session: Session, record_id: int) -> Instruction | None:
    """Return the last thing that a move of a message said and that stands."""
    query = select(Instruction).where(
        Instruction.record_id == record_id,
        Instruction.channel == _MOVE,
        Instruction.action != "undo",
        Instruction.undone_by.is_(None),
    )
    return session.scalar(query.order_by(Instruction.id.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class Taken:
    """What a message that was brought in became."""

    record_id: int
    fate: Fate


def take_in(desk: Desk, box: MailboxConfig, fetched: Fetched, said: Category | None) -> Taken:
    """Take in a message that a person put into a folder of ours: it is what they say."""
    message = desk.readers.read(fetched.raw, desk.arrival(box, fetched, None))
    with desk.store.writing() as session:
        accounts.lock(session)
        _, fate, number = Entering(desk, box, said=said).take_in(session, fetched, message, desk.now())
        if number is None:
            raise RecordError("a message that a person brought has a record")
        return Taken(number, fate)


def _admit(desk: Desk, session: Session, original: _Original, wish: Wish, by: By) -> Settled:
    """Make a full record, with its case and its answer, of what was private, unrelated, automatic or set aside."""
    now = desk.now()
    box = next(box for box in desk.settings.config.mailbox if box.id == original.fetched.mailbox)
    before = _record(session, record.known(session, box.id, original.fetched.sha256) or 0)
    was = corrections.category(before)
    _, _, number = Entering(desk, box, said=wish.category).take_in(session, original.fetched, original.message, now)
    row = _record(session, number or 0)
    case = session.get(Case, row.case_id) if row.case_id else None
    row.settled_at = now
    applied = corrections.apply(session, row, case, replace(wish, category=None), None, now)
    kind = (was.value if was else None, wish.category.value if wish.category else None)
    instruction = _instruct(session, by, "admit", row, replace(applied, kind=kind), now)
    return Settled(instruction.id, case.number if case else None, replace(applied, kind=kind), row.acknowledge)


def _reread(desk: Desk, record_id: int, said: Category | None, given: bytes | None) -> _Original | None:
    """Read a record's bytes again, as kept or *given*, and judge them as a person said; None where there are none."""
    with desk.store.reading() as session:
        row = _record(session, record_id)
        raw = record.original(session, record_id) or given
        case = session.get(Case, row.case_id) if row.case_id else None
        earlier = cases.earlier(case)
    if raw is None:
        return None
    box = next((box for box in desk.settings.config.mailbox if box.id == row.mailbox), None)
    if box is None:
        return None
    fetched = Fetched(row.mailbox, box.folder, 0, 0, accounts.received_by(row), raw)
    arrival = desk.arrival(box, fetched, earlier)
    message = desk.readers.read(raw, arrival)
    return _Original(fetched, message, judge(message, arrival, desk.rules, said))


@dataclass(frozen=True, slots=True)
class _Telling:
    """What the sender may have to be told."""

    row: Record
    case: Case
    before: cases.Standing | None
    applied: Applied
    original: _Original | None
    instruction: int
    manner: Manner


def _tell(desk: Desk, session: Session, telling: _Telling, now: datetime) -> bool:
    """Write the letter that follows from a correction; return whether there is one."""
    row, case = telling.row, telling.case
    box = next((box for box in desk.settings.config.mailbox if box.id == row.mailbox), None)
    earlier = session.scalar(select(Outgoing).where(Outgoing.record_id == row.id))
    to = earlier.recipient if earlier else choice.recipient(telling.original.message) if telling.original else None
    needless = not telling.applied.told and not telling.manner.standard
    if box is None or to is None or row.received is None or needless or _may_not(session, row, to):
        return False
    understood = earlier is not None and earlier.kind != LetterKind.RECEIPT.value
    facts = _facts(desk, telling, to, box.address)
    if telling.manner.standard:
        facts = replace(facts, kind=LetterKind.ANSWER)
    elif not understood and telling.original is not None:
        facts = _first_answer(desk, telling, facts)
    occasion = None if earlier is None and not understood else _occasion(telling.instruction)
    posting = outbox.Posting(
        kind=facts.kind.value,
        recipient=facts.recipient,
        reverse_path=desk.settings.config.smtp.bounce_address or "",
        message_id=facts.message_id,
        raw=desk.compose(facts, now),
        facts=dump(facts),
        record_id=row.id if occasion is None else None,
        case_id=case.id,
        occasion=occasion,
    )
    outbox.put(session, posting, now, after=telling.manner.grace)
    return True


def _may_not(session: Session, row: Record, to: str) -> bool:
    """Tell whether nothing may be written to *to*: a machine, one of ours, or somebody staff said not to answer."""
    if session.get(Silenced, to.lower()) is not None:
        return True
    harmless = (None, "personal mailbox: a person looks first", "an equal letter was answered")
    is_category = (row.suppression or "").startswith("category: ")
    return not row.acknowledge and row.suppression not in harmless and not is_category


def _facts(desk: Desk, telling: _Telling, to: str, mailbox_address: str) -> LetterFacts:
    """Return what a letter of correction may say."""
    row, case = telling.row, telling.case
    said: dict[str, Any] = row.facts.get("said") or {
        "attendance": row.attendance,
        "proposal": row.proposal,
        "topics": row.facts.get("topics", []),
    }
    received = accounts.received_by(row)
    assert received is not None  # noqa: S101  (the caller asked)
    attendance = said["attendance"] if case.attends else None
    return LetterFacts(
        kind=LetterKind.CORRECTED,
        case=case.number,
        recipient=to,
        mailbox_address=mailbox_address,
        message_id=choice.message_id(desk.letter_key, "poprawka", str(telling.instruction), domain=desk.domain),
        answers=row.message_id,
        references=tuple(row.references),
        received=received,
        timeliness=Timeliness(corrected.punctuality(attendance), corrected.punctuality(said["proposal"])),
        subject=row.subject,
        organisation=case.organisation,
        people=case.people,
        topics=tuple(case.topics if case.topics is not None else said["topics"]),
        organisation_before=telling.before.organisation if telling.before else None,
        people_before=telling.before.people if telling.before else None,
        registered_before=bool(telling.before and telling.before.attends),
        first=False,
        changes=corrected.changes(telling.applied),
        by_staff=True,
        our_mistake=telling.applied.kind[0] != telling.applied.kind[1],
        attends=bool(case.attends),
        proposes=case.proposes,
        needs=tuple(case.needs or ()),
        names=tuple(case.names or ()),
    )


def _first_answer(desk: Desk, telling: _Telling, facts: LetterFacts) -> LetterFacts:
    """Return the facts of the letter that its sender would have got, had the message been understood at once."""
    original, case = telling.original, telling.case
    if original is None:
        return facts
    after = cases.standing(case)
    entered = Entered(
        telling.row.id,
        Judged(original.fetched, original.message, original.verdict),
        Fate.TAKEN_IN,
        case.number,
        before=None,
        after=after,
    )
    kind = choice.choose(entered, desk.rules.cutoffs)
    answer = choice.gather(
        entered,
        kind,
        to=facts.recipient,
        mailbox_address=facts.mailbox_address,
        message_id=facts.message_id,
        debt=False,
    )
    return replace(answer, by_staff=True)


def _occasion(instruction_id: int) -> str:
    return f"correction:{instruction_id}"


def _stop(session: Session, occasion: str, now: datetime) -> bool:
    """Write off the letter of an instruction where it has not left; tell whether it had not."""
    letter = session.scalar(select(Outgoing).where(Outgoing.occasion == occasion))
    if letter is None or letter.status not in {Status.QUEUED.value, Status.DEFERRED.value}:
        return False
    outbox.written_off(session, letter.id, "taken back", now)
    return True


def _instruct(session: Session, by: By, action: str, row: Record, applied: Applied, now: datetime) -> Instruction:
    """Append an instruction that was carried out, and that it was."""
    instruction = Instruction(
        at=now,
        channel=by.channel,
        by=by.address,
        message_id=by.message,
        words=by.words,
        action=action,
        case_id=row.case_id,
        record_id=row.id,
        changes=applied.dump(),
        reason=by.reason,
    )
    session.add(instruction)
    session.flush()
    what = Happening.UNDONE if action == "undo" else Happening.CORRECTED
    detail = {"instruction": instruction.id, "case": dict(applied.case)}
    note(session, now, what, case=row.case_id, record=row.id, detail=detail)
    return instruction


def _record(session: Session, record_id: int) -> Record:
    row = session.get(Record, record_id)
    if row is None:
        raise RecordError(f"there is no record {record_id}")
    return row
