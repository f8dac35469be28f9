"""Carrying out what staff order: each order on each thing that it is about, one result for the answer each.

All orders of one mail are carried out in one transaction, each in a savepoint of its own: what cannot be done is undone
alone, and told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from intake.errors import IntakeError
from intake.judgement.orders import Action, Order
from intake.judgement.values import Category
from intake.letters import corrected
from intake.letters.answer import Problem, Result
from intake.letters.digest_facts import DecisionKind
from intake.records.corrections import Wish
from intake.records.items import Numbered
from intake.records.store import Case, Instruction, Record
from intake.worker import announcing, entering_by_hand, order_letters, order_meaning, settling
from intake.worker.desk import Desk
from intake.worker.order_meaning import Subject
from intake.worker.reading import Unreadable
from intake.worker.settling import By, Deed, Manner, Settled, Task
from intake.worker.telling import Original

_SILENT = frozenset({Action.YES, Action.DONE, Action.SEPARATE, Action.ADMIT})  # nobody has to be told of these


@dataclass(frozen=True, slots=True)
class Table:
    """What the numbers in a mail mean."""

    items: Mapping[int, Numbered]  # of the digest that is answered
    answered: tuple[tuple[int, ...], ...] = ()  # instructions of the letter that is answered, by its points


@dataclass(slots=True)
class Hand:
    """Carries out the orders of one mail, or of one command."""

    desk: Desk
    session: Session
    table: Table
    by: By
    originals: dict[tuple[int, Category], Original | None] = field(default_factory=dict)  # read before the transaction

    def carry_out(self, order: Order) -> Iterator[Result]:
        """Carry out *order*; yield what became of it, for each thing that it is about."""
        self.by = replace(self.by, words=order.words, reason=order.reason)
        if order.action is Action.UNKNOWN:
            yield Result(order.words, Problem.NOT_UNDERSTOOD)
        elif order.action is Action.UNDO:
            yield from self._undo(order)
        elif order.action is Action.ENTER:
            yield self._safely(order, lambda: _enter(self, order))
        elif order.action is Action.SILENCE and order.text:
            number = settling.silence(self.desk, self.session, order.text, self.by)
            yield Result(order.words, note="silenced", instructions=(number,))
        else:
            yield from self._on_subjects(order)

    def _on_subjects(self, order: Order) -> Iterator[Result]:
        subjects = list(order_meaning.subjects(self.session, self.desk, order, self.table.items))
        if not subjects:
            yield Result(order.words, Problem.NO_TARGET)
        for subject in subjects:
            if isinstance(subject, Problem):
                yield Result(order.words, subject)
            else:
                yield self._hinted(order, subject)

    def _hinted(self, order: Order, subject: Subject) -> Result:
        """Carry out *order* on *subject*; where that makes no sense there, tell the words that would."""
        result = self._safely(order, lambda: self._one(order, subject))
        if result.problem is not Problem.NOT_POSSIBLE or subject.kind is None:
            return result
        return replace(result, number=subject.number, offers=self.desk.rules.orders.offers.get(subject.kind.value, ()))

    def _safely(self, order: Order, work: Callable[[], Result]) -> Result:
        """Do *work*; what cannot be done is undone alone, and says why."""
        savepoint = self.session.begin_nested()
        try:
            result = work()
        except Unreadable:
            result = Result(order.words, Problem.UNREADABLE)
        except IntakeError:
            result = Result(order.words, Problem.NOT_POSSIBLE)
        if result.problem is None:
            savepoint.commit()
        else:
            savepoint.rollback()
        return result

    def _one(self, order: Order, subject: Subject) -> Result:
        if subject.kind in order_letters.KINDS:
            return order_letters.carry_out(self.desk, self.session, order, subject, self.by)
        if subject.kind is DecisionKind.MOVED and order.action in {Action.SEND, Action.YES, Action.NO}:
            return self._announce(order)
        row = self.session.get(Record, subject.record) if subject.record is not None else None
        if row is None:
            return Result(order.words, Problem.NOT_POSSIBLE)
        match order.action:
            case Action.SILENCE:
                return self._silence_sender(order, row)
            case Action.CHANGE:
                return self._replace(order, subject, row)
            case _:
                return self._correct(order, subject, row)

    def _announce(self, order: Order) -> Result:
        """Tell those who come of a new hour or room, or let it be; not by a yes to everything: it goes to many."""
        if order.everything:
            return Result(order.words, Problem.NOT_POSSIBLE)
        send = order.action is not Action.NO
        announcing.announce_within(self.desk, self.session, send=send)
        number = settling.instruct_other(self.session, self.by, Deed.ANNOUNCE, {}, self.desk.now())
        return Result(order.words, note="announced" if send else "unannounced", instructions=(number,))

    def _correct(self, order: Order, subject: Subject, row: Record) -> Result:
        """Carry out what *order* wishes of a record; an answer that cannot be sent is none."""
        wish = order_meaning.wish(self.session, self.desk, order, subject, row)
        if isinstance(wish, Problem):
            return Result(order.words, wish)
        answers = order.action is Action.ANSWER
        letter = not order.silent and (order.action not in _SILENT or wish.category is not None)
        settled = self._settle(row, wish, Manner(letter=letter or answers, standard=answers))
        if answers and not settled.letter:
            return Result(order.words, Problem.NO_LETTER)
        note = "answered" if answers else "admitted" if wish.admit else ""
        return self._told(order, settled, note=note)

    def _settle(self, row: Record, wish: Wish, manner: Manner) -> Settled:
        original = None
        if wish.category is not None:
            key = (row.id, wish.category)
            if key not in self.originals:  # what came in between made it mean something else than was foreseen
                self.originals[key] = settling.reread(self.desk, self.session, *key)
            original = self.originals[key]
            if original is None:
                raise Unreadable("its bytes are not kept")
        return settling.settle_within(self.desk, self.session, Task(row.id, wish, original), self.by, manner)

    def _told(self, order: Order, *settled: Settled, note: str = "") -> Result:
        """Tell the last of what was done for one order."""
        last = settled[-1]
        case = self.session.scalar(select(Case).where(Case.number == last.case)) if last.case else None
        return Result(
            order.words,
            case=last.case,
            organisation=case.organisation if case else None,
            changes=corrected.changes(last.applied),
            letter=any(each.letter for each in settled),
            note=note,
            instructions=tuple(each.instruction for each in settled),
        )

    def _silence_sender(self, order: Order, row: Record) -> Result:
        if row.sender_address is None:
            return Result(order.words, Problem.NOT_POSSIBLE)
        number = settling.silence(self.desk, self.session, row.sender_address, self.by)
        told = self._told(order, self._settle(row, Wish(), Manner(letter=False)), note="silenced")
        return replace(told, changes=(), instructions=(number, *told.instructions))

    def _replace(self, order: Order, subject: Subject, row: Record) -> Result:
        """Let a registration take the place of the same organisation's earlier one; what was on time stays so."""
        case = self.session.get(Case, row.case_id) if row.case_id else None
        if subject.kind is not DecisionKind.ORGANISATION or case is None or case.organisation_key is None:
            return Result(order.words, Problem.NOT_POSSIBLE)
        query = (
            select(Record, Case)
            .join(Case, Record.case_id == Case.id)
            .where(
                Case.consultation == case.consultation,
                Case.organisation_key == case.organisation_key,
                Case.id != case.id,
                Case.attends.is_(True),
            )
            .order_by(Record.id.desc())
        )
        found = self.session.execute(query.limit(1)).first()
        if found is None:
            return self._told(order, self._settle(row, Wish(), Manner(letter=False)))
        earlier, other = found
        punctuality = other.attendance
        struck = self._settle(earlier, Wish(attends=False), Manner(letter=False))
        kept = self._settle(row, Wish(attendance=punctuality), Manner(letter=False))
        return self._told(order, struck, kept, note="replaced")

    def _undo(self, order: Order) -> Iterator[Result]:
        """Take back what the answered letter tells, or what was last said of an item of a digest."""
        chosen = list(dict.fromkeys(self._chosen(order)))
        if not chosen:
            yield Result(order.words, Problem.NOTHING_TO_UNDO)
        for number in reversed(chosen):
            result = self._safely(order, lambda number=number: self._undo_one(order, number))  # type: ignore[misc]
            yield replace(result, problem=result.problem and Problem.NOTHING_TO_UNDO)

    def _undo_one(self, order: Order, number: int) -> Result:
        settled = settling.undo_within(self.desk, self.session, number, self.by, Manner(letter=not order.silent))
        return replace(self._told(order, settled), undone=True, kept=settled.kept)

    def _chosen(self, order: Order) -> Iterator[int]:
        points = self.table.answered
        if points:
            for point in order.numbers or range(1, len(points) + 1):
                yield from points[point - 1] if 0 < point <= len(points) else ()
            return
        for number in order.numbers:
            item = self.table.items.get(number)
            for record in item.records if item else ():
                yield from self._last(Instruction.record_id == record)
        for name in order.cases:
            case = self.session.scalar(select(Case.id).where(Case.number == name))
            yield from self._last(Instruction.case_id == case) if case is not None else ()

    def _last(self, about: ColumnElement[bool]) -> Iterator[int]:
        """Yield what was said last *about* something, and stands."""
        query = select(Instruction.id).where(
            about, Instruction.undone_by.is_(None), Instruction.action != Deed.UNDO.value
        )
        last = self.session.scalar(query.order_by(Instruction.id.desc()).limit(1))
        yield from () if last is None else (last,)


def _enter(hand: Hand, order: Order) -> Result:
    return entering_by_hand.enter(hand.desk, hand.session, order, hand.by, order.category)


def foresee(desk: Desk, orders: Iterator[Order], table: Table) -> dict[tuple[int, Category], Original | None]:
    """Read again, before any transaction, the messages whose kind *orders* will correct."""
    wanted: dict[tuple[int, Category], None] = {}
    with desk.store.reading() as session:
        for order in orders:
            for subject in order_meaning.subjects(session, desk, order, table.items):
                row = None if isinstance(subject, Problem) or subject.record is None else subject
                kept = session.get(Record, row.record) if row else None
                if row is None or kept is None or row.kind in order_letters.KINDS:
                    continue
                wish = order_meaning.wish(session, desk, order, row, kept)
                if isinstance(wish, Wish) and wish.category is not None:
                    wanted[(kept.id, wish.category)] = None
    found: dict[tuple[int, Category], Original | None] = {}
    for key in wanted:
        try:
            with desk.store.reading() as session:
                found[key] = settling.reread(desk, session, *key)
        except Unreadable:
            found[key] = None
    return found
