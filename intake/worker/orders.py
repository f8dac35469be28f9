"""Carrying out what staff order: each order on each thing that it is about, one result for the answer each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select

from intake.delivery import outbox
from intake.errors import IntakeError
from intake.judgement.orders import Action, Order
from intake.judgement.sentences import fold, words
from intake.judgement.values import Category, Punctuality
from intake.letters import corrected, mime
from intake.letters.answer import Problem, Result
from intake.letters.digest_facts import DecisionKind
from intake.records import corrections
from intake.records.corrections import Wish
from intake.records.items import Numbered
from intake.records.store import Case, Instruction, Outgoing, Record, Status
from intake.worker import announcing, entering_by_hand, settling
from intake.worker.desk import Desk
from intake.worker.reading import Unreadable
from intake.worker.settling import By, Manner

_CUTOFFS = {DecisionKind.LATE_ATTENDANCE: "attendance", DecisionKind.LATE_PROPOSAL: "proposal"}
_OF_LETTERS = frozenset({DecisionKind.LETTER_FAILED, DecisionKind.LETTERS_CAPPED})
_SILENT = frozenset({Action.YES, Action.DONE, Action.SEPARATE, Action.ADMIT})  # nobody has to be told of these
_CLOSED = frozenset({Action.YES, Action.NO, Action.DONE, Action.SEPARATE})


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that an order is about."""

    record: int | None
    kind: DecisionKind | None = None  # of the decision; None: a case that was named
    letters: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """What the numbers in a mail mean."""

    items: Mapping[int, Numbered]  # of the digest that is answered
    answered: tuple[int, ...] = ()  # instructions of the letter that is answered, in its order; 0: was not carried out


def carry_out(desk: Desk, order: Order, table: Table, by: By) -> Iterator[Result]:
    """Carry out *order*; yield what became of it, for each thing that it is about."""
    by = replace(by, words=order.words, reason=order.reason)
    if order.action is Action.UNKNOWN:
        yield Result(order.words, Problem.NOT_UNDERSTOOD)
    elif order.action is Action.ENTER:
        yield entering_by_hand.enter(desk, order, by)
    elif order.action is Action.UNDO:
        yield from _undo(desk, order, table, by)
    elif order.action is Action.SILENCE and order.text:
        settling.silence(desk, order.text, by)
        yield Result(order.words, note="silenced")
    else:
        yield from _on_subjects(desk, order, table, by)


def _on_subjects(desk: Desk, order: Order, table: Table, by: By) -> Iterator[Result]:
    subjects = list(_subjects(desk, order, table))
    if not subjects:
        yield Result(order.words, Problem.NO_TARGET)
    for subject in subjects:
        if isinstance(subject, Problem):
            yield Result(order.words, subject)
            continue
        try:
            yield _one(desk, order, subject, by)
        except Unreadable:
            yield Result(order.words, Problem.UNREADABLE)
        except IntakeError:
            yield Result(order.words, Problem.NOT_POSSIBLE)


def _subjects(desk: Desk, order: Order, table: Table) -> Iterator[Subject | Problem]:
    numbers = tuple(table.items) if order.everything else order.numbers
    for number in numbers:
        item = table.items.get(number)
        if item is None:
            yield Problem.NO_ITEM
            continue
        kind = DecisionKind(item.kind)
        if kind is DecisionKind.MOVED:
            yield Subject(None, kind)
        elif kind in _OF_LETTERS:
            yield Subject(item.records[0] if item.records else None, kind, item.letters)
        else:
            yield from (Subject(record, kind) for record in item.records)
    for name in order.cases:
        record = _last_record(desk, name)
        yield Subject(record) if record is not None else Problem.NO_CASE


def _last_record(desk: Desk, number: str) -> int | None:
    """Return the record of a case that a correction of the whole case bears on: the last that counts in it."""
    with desk.store.reading() as session:
        query = (
            select(Record.id)
            .join(Case, Record.case_id == Case.id)
            .where(
                Case.consultation == desk.rules.consultation.id,
                Case.number == number,
                Record.duplicate_of.is_(None),
            )
            .order_by(Record.received.desc(), Record.id.desc())
        )
        return session.scalar(query.limit(1))


def _one(desk: Desk, order: Order, subject: Subject, by: By) -> Result:
    if subject.kind in _OF_LETTERS:
        return _letters(desk, order, subject, by)
    if subject.kind is DecisionKind.MOVED and order.action in {Action.SEND, Action.YES, Action.NO}:
        announcing.announce(desk, send=order.action is not Action.NO)
        return Result(order.words, note="announced", settled=True)
    if subject.record is None:
        return Result(order.words, Problem.NOT_POSSIBLE)
    special = {Action.SILENCE: _silence_sender, Action.CHANGE: _replace}.get(order.action, _settle)
    return special(desk, order, subject, by)


def _settle(desk: Desk, order: Order, subject: Subject, by: By) -> Result:
    """Carry out an order that corrects a record, or only settles it."""
    wish = _wish(desk, order, subject)
    if isinstance(wish, Problem) or subject.record is None:
        return Result(order.words, wish if isinstance(wish, Problem) else Problem.NOT_POSSIBLE)
    letter = not order.silent and (order.action not in _SILENT or wish.category is not None)
    answered = order.action is Action.ANSWER
    settled = settling.settle(desk, subject.record, wish, by, Manner(letter=letter, standard=answered))
    note = "answered" if answered else "admitted" if wish.admit else ""
    return _told(desk, order, settled, note, closes=order.action in _CLOSED)


def _told(desk: Desk, order: Order, settled: settling.Settled, note: str = "", *, closes: bool = False) -> Result:
    with desk.store.reading() as session:
        case = session.scalar(select(Case).where(Case.number == settled.case)) if settled.case else None
        organisation = case.organisation if case else None
    return Result(
        order.words,
        case=settled.case,
        organisation=organisation,
        changes=corrected.changes(settled.applied),
        letter=settled.letter,
        settled=closes,
        note=note,
        instruction=settled.instruction,
    )


def _wish(desk: Desk, order: Order, subject: Subject) -> Wish | Problem:
    """Return what an order means for a record."""
    wish: Wish | Problem = Problem.NOT_POSSIBLE
    match order.action:
        case Action.CATEGORY:
            wish = Wish(category=order.category)
        case Action.PEOPLE:
            wish = Wish(people=order.number)
        case Action.ORGANISATION:
            wish = Wish(organisation=order.text[:200]) if order.text else Problem.NOT_UNDERSTOOD
        case Action.TOPIC:
            topics = _topics(desk, order.text)
            wish = Wish(topics=topics) if topics else Problem.NO_TOPIC
        case Action.ADMIT:
            wish = _admitted(desk, order, subject)
        case Action.YES | Action.NO:
            wish = _answer(desk, order, subject)
        case Action.DONE | Action.SEPARATE | Action.ANSWER:
            wish = Wish()
        case _:
            pass
    return wish


def _answer(desk: Desk, order: Order, subject: Subject) -> Wish | Problem:
    """Return what a plain yes or no means for the kind of a decision."""
    yes = order.action is Action.YES
    match subject.kind:
        case None:
            return Problem.NOT_POSSIBLE
        case DecisionKind.LATE_ATTENDANCE | DecisionKind.LATE_PROPOSAL if yes:
            return Wish(admit={_CUTOFFS[subject.kind]: order.reason or order.words})
        case DecisionKind.LATE_ATTENDANCE:
            return Wish(attends=False)
        case DecisionKind.COLLEAGUE:
            return _joined(desk, subject) if yes else Wish(category=Category.UNRELATED)
        case DecisionKind.UNSURE | DecisionKind.TENTATIVE:
            return _read_otherwise(desk, subject, yes=yes)
        case _:
            return Wish()


def _read_otherwise(desk: Desk, subject: Subject, *, yes: bool) -> Wish:
    """Return the reading that a yes confirms, or the one that a no leaves."""
    with desk.store.reading() as session:
        row = session.get(Record, subject.record)
        read = corrections.category(row) if row else None
        other = row.runner_up if row else None
    if subject.kind is DecisionKind.TENTATIVE:
        return Wish(category=read) if yes else Wish()
    return Wish(category=read if yes else Category(other) if other else Category.UNRELATED)


def _joined(desk: Desk, subject: Subject) -> Wish:
    """Let what a colleague wrote count in the case."""
    with desk.store.reading() as session:
        row = session.get(Record, subject.record)
        return Wish(category=corrections.category(row) if row else None, people=row.people if row else None)


def _admitted(desk: Desk, order: Order, subject: Subject) -> Wish | Problem:
    """Let in what is late, whichever of the two it is."""
    with desk.store.reading() as session:
        row = session.get(Record, subject.record)
        facts = corrections.facts(row) if row else {}
    late = {name: order.reason or order.words for name in _CUTOFFS.values() if facts.get(name) == Punctuality.LATE}
    return Wish(admit=late) if late else Problem.NOT_POSSIBLE


def _topics(desk: Desk, text: str) -> tuple[str, ...]:
    """Return the groups that *text* names, by their ids, short names or the words by which they are chosen."""
    said = words(text)
    found = {hit.means for hit in desk.rules.choices.find(said)} | {hit.means for hit in desk.rules.topics.find(said)}
    for topic in desk.rules.consultation.topic:
        if topic.id in said or fold(topic.short) in fold(text):
            found.add(topic.id)
    return tuple(topic.id for topic in desk.rules.consultation.topic if topic.id in found)


def _silence_sender(desk: Desk, order: Order, subject: Subject, by: By) -> Result:
    record_id = subject.record or 0
    with desk.store.reading() as session:
        row = session.get(Record, record_id)
        address = row.sender_address if row else None
    if address is None:
        return Result(order.words, Problem.NOT_POSSIBLE)
    settling.silence(desk, address, by)
    settled = settling.settle(desk, record_id, Wish(), by, Manner(letter=False))
    return replace(_told(desk, order, settled, "silenced", closes=True), changes=())


def _replace(desk: Desk, order: Order, subject: Subject, by: By) -> Result:
    """Let a registration take the place of the same organisation's earlier one."""
    record_id = subject.record or 0
    with desk.store.reading() as session:
        row = session.get(Record, record_id)
        case = session.get(Case, row.case_id) if row and row.case_id else None
        if case is None or case.organisation_key is None:
            return Result(order.words, Problem.NOT_POSSIBLE)
        query = (
            select(Record.id)
            .join(Case, Record.case_id == Case.id)
            .where(
                Case.consultation == case.consultation,
                Case.organisation_key == case.organisation_key,
                Case.id != case.id,
                Case.attends.is_(True),
            )
            .order_by(Record.id.desc())
        )
        earlier = session.scalar(query.limit(1))
    if earlier is not None:
        settling.settle(desk, earlier, Wish(attends=False), by, Manner(letter=False))
    settled = settling.settle(desk, record_id, Wish(), by, Manner(letter=False))
    return _told(desk, order, settled, closes=True)


def _letters(desk: Desk, order: Order, subject: Subject, by: By) -> Result:
    """Carry out an order about letters of ours: send, send elsewhere, or let be."""
    match order.action:
        case Action.SEND:
            return _release(desk, order, subject)
        case Action.ADDRESS:
            return _resend(desk, order, subject)
        case Action.DONE | Action.YES | Action.NO:
            _write_off(desk, subject, order.words)
            return Result(order.words, note="written_off", settled=True)
        case Action.SILENCE:
            with desk.store.reading() as session:
                letters = [session.get(Outgoing, number) for number in subject.letters]
                addresses = {letter.recipient for letter in letters if letter is not None}
            for address in sorted(addresses):
                settling.silence(desk, address, by)
            _write_off(desk, subject, order.words)
            return Result(order.words, note="silenced", settled=True)
        case _:
            return Result(order.words, Problem.NOT_POSSIBLE)


def _release(desk: Desk, order: Order, subject: Subject) -> Result:
    with desk.store.writing() as session:
        for number in subject.letters:
            letter = session.get(Outgoing, number, with_for_update=True)
            if letter is not None and letter.status == Status.QUEUED.value:
                outbox.released(session, letter.id, desk.now())
    return Result(order.words, note="released", settled=True)


def _write_off(desk: Desk, subject: Subject, reason: str) -> None:
    open_ = {Status.QUEUED.value, Status.DEFERRED.value, Status.FAILED.value}
    with desk.store.writing() as session:
        for number in subject.letters:
            letter = session.get(Outgoing, number, with_for_update=True)
            if letter is not None and letter.status in open_:
                outbox.written_off(session, letter.id, reason[:200], desk.now())


def _resend(desk: Desk, order: Order, subject: Subject) -> Result:
    """Send a letter that was refused to the address that staff found."""
    address = mime.writable(order.text)
    if address is None:
        return Result(order.words, Problem.BAD_ADDRESS)
    with desk.store.reading() as session:
        letters = [session.get(Outgoing, number) for number in subject.letters]
        failed = next((letter for letter in letters if letter and letter.facts), None)
    if failed is None or failed.record_id is None:
        return Result(order.words, Problem.NOT_POSSIBLE)
    settling.send_again(desk, failed.id, address)
    return Result(order.words, note="resent", settled=True)


def _undo(desk: Desk, order: Order, table: Table, by: By) -> Iterator[Result]:
    """Take back what the answered letter tells, or what was last said of an item of a digest."""
    chosen = list(_chosen(desk, order, table))
    if not chosen:
        yield Result(order.words, Problem.NOTHING_TO_UNDO)
    for number in reversed(chosen):
        try:
            settled = settling.undo(desk, number, by, Manner(letter=not order.silent))
        except IntakeError:
            yield Result(order.words, Problem.NOTHING_TO_UNDO)
            continue
        told = _told(desk, order, settled)
        yield replace(told, undone=True, kept=settled.kept)


def _chosen(desk: Desk, order: Order, table: Table) -> Iterator[int]:
    if table.answered:
        numbers = order.numbers or range(1, len(table.answered) + 1)
        yield from (
            table.answered[number - 1]
            for number in numbers
            if number <= len(table.answered) and table.answered[number - 1]
        )
        return
    with desk.store.reading() as session:
        for number in order.numbers:
            item = table.items.get(number)
            for record in item.records if item else ():
                query = select(Instruction.id).where(
                    Instruction.record_id == record, Instruction.undone_by.is_(None), Instruction.action != "undo"
                )
                last = session.scalar(query.order_by(Instruction.id.desc()).limit(1))
                if last is not None:
                    yield last
