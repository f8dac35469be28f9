"""What an order of staff means: which records it is about, and what is to be otherwise there; nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.judgement.orders import Action, Order
from intake.judgement.sentences import fold, words
from intake.judgement.values import Category, Punctuality
from intake.letters.answer import Problem
from intake.letters.digest_facts import DecisionKind
from intake.records import corrections
from intake.records.chronicle import Happening
from intake.records.corrections import Wish
from intake.records.items import Numbered
from intake.records.store import Case, Event, Record
from intake.worker.desk import Desk

_CUTOFFS = {DecisionKind.LATE_ATTENDANCE: "attendance", DecisionKind.LATE_PROPOSAL: "proposal"}
_OF_LETTERS = frozenset({DecisionKind.LETTER_FAILED, DecisionKind.LETTERS_CAPPED})
# To these a plain yes says: seen, nothing else to do.
_SEEN = frozenset(
    {
        DecisionKind.QUESTION,
        DecisionKind.PEOPLE,
        DecisionKind.UNREADABLE,
        DecisionKind.SENDER,
        DecisionKind.ARRIVAL,
        DecisionKind.QUARANTINED,
    }
)
_ON_CASES = frozenset({Action.PEOPLE, Action.ORGANISATION, Action.TOPIC})


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that an order is about."""

    record: int | None
    kind: DecisionKind | None = None  # of the decision; None: a case that was named
    number: int | None = None  # of the decision in its digest
    letters: tuple[int, ...] = ()


def subjects(session: Session, desk: Desk, order: Order, items: Mapping[int, Numbered]) -> Iterator[Subject | Problem]:
    """Yield what *order* is about, by the numbers of a digest's *items* and by case numbers."""
    for number in tuple(items) if order.everything else order.numbers:
        item = items.get(number)
        if item is None:
            yield Problem.NO_ITEM
            continue
        kind = DecisionKind(item.kind)
        if kind is DecisionKind.MOVED:
            yield Subject(None, kind, number)
        elif kind in _OF_LETTERS:
            yield Subject(item.records[0] if item.records else None, kind, number, item.letters)
        else:
            yield from (Subject(record, kind, number) for record in item.records)
    for name in order.cases:
        records = list(_of_case(session, desk, name, order))
        yield from (Subject(record) for record in records) if records else (Problem.NO_CASE,)


def _of_case(session: Session, desk: Desk, number: str, order: Order) -> Iterator[int]:
    """Yield the records of a case that an order bears on: what waits there for a decision, or else the last."""
    query = (
        select(Record)
        .join(Case, Record.case_id == Case.id)
        .where(Case.consultation == desk.rules.consultation.id, Case.number == number, Record.duplicate_of.is_(None))
        .order_by(Record.received, Record.id)
    )
    found = list(session.scalars(query))
    if order.action in {Action.ADMIT, Action.DONE, Action.ANSWER}:
        waiting = [row.id for row in found if row.settled_at is None and _waits(row, order.action)]
        yield from waiting or (row.id for row in found[-1:])
        return
    yield from (row.id for row in found[-1:])


def _waits(row: Record, action: Action) -> bool:
    facts = corrections.facts(row)
    late = Punctuality.LATE in (facts["attendance"], facts["proposal"])
    asks = corrections.category(row) is Category.QUESTION
    match action:
        case Action.ADMIT:
            return late
        case Action.ANSWER:
            return asks
        case _:
            return bool(row.review) or late or asks


def wish(session: Session, desk: Desk, order: Order, subject: Subject, row: Record) -> Wish | Problem:
    """Return what *order* means for the record *row*."""
    case = session.get(Case, row.case_id) if row.case_id else None
    if order.action in _ON_CASES:
        return _on_case(desk, order, case)
    match order.action:
        case Action.CATEGORY:
            return Wish(category=order.category)
        case Action.ADMIT:
            return _admitted(order, row)
        case Action.YES:
            return _yes(desk, order, subject, row)
        case Action.NO:
            return _no(session, subject, row, case)
        case _:
            return Wish() if _closes(order, subject, row) else Problem.NOT_POSSIBLE


def _on_case(desk: Desk, order: Order, case: Case | None) -> Wish | Problem:
    """Return what is corrected of a case, whatever its messages are."""
    if case is None:
        return Problem.NOT_POSSIBLE
    match order.action:
        case Action.PEOPLE:
            return Wish(people=order.number) if case.attends else Problem.NOT_COMING
        case Action.ORGANISATION:
            return Wish(organisation=order.text[:200]) if order.text else Problem.NOT_UNDERSTOOD
        case _:
            topics = _topics(desk, order.text)
            return Wish(topics=topics) if topics else Problem.NO_TOPIC


def _closes(order: Order, subject: Subject, row: Record) -> bool:
    """Tell whether *order* closes a decision and changes nothing."""
    match order.action:
        case Action.DONE:
            return True
        case Action.SEPARATE:
            return subject.kind is DecisionKind.ORGANISATION
        case Action.ANSWER:
            return corrections.category(row) is Category.QUESTION
        case _:
            return False


def _yes(desk: Desk, order: Order, subject: Subject, row: Record) -> Wish | Problem:
    """Return what a plain yes means for the kind of a decision."""
    kind = subject.kind
    if kind in _CUTOFFS:
        return Wish(admit={_CUTOFFS[kind]: order.reason or order.words})
    if kind is DecisionKind.COLLEAGUE:
        return Wish(category=corrections.category(row), people=row.people)
    if kind is DecisionKind.TENTATIVE:
        return Wish(category=corrections.category(row))
    if kind is DecisionKind.UNSURE and not _unseen(desk, row):
        return Wish(category=corrections.category(row))
    return Wish() if kind in _SEEN else Problem.NOT_POSSIBLE


def _unseen(desk: Desk, row: Record) -> bool:
    """Tell whether a digest kept to itself how it reads: in somebody's own mailbox."""
    return any(box.personal and box.id == row.mailbox for box in desk.settings.config.mailbox)


def _no(session: Session, subject: Subject, row: Record, case: Case | None) -> Wish | Problem:
    """Return what a plain no means for the kind of a decision."""
    match subject.kind:
        case DecisionKind.LATE_ATTENDANCE if case is not None:
            return _without(session, row, case)
        case DecisionKind.LATE_PROPOSAL | DecisionKind.TENTATIVE:
            return Wish()
        case DecisionKind.COLLEAGUE:
            return Wish(category=Category.UNRELATED)
        case _:
            return Problem.NOT_POSSIBLE


def _without(session: Session, row: Record, case: Case) -> Wish | Problem:
    """Return how a case stands without its late message: a registration that was on time stays as it was."""
    if case.attendance != Punctuality.ON_TIME:
        return Wish(attends=False)
    changed = select(Event.detail).where(Event.record_id == row.id, Event.kind == Happening.AMENDED.value)
    for detail in session.scalars(changed):
        before, after = detail.get("people", (None, None))
        if before is not None and after == case.people:
            return Wish(people=before)
    return Wish()


def _admitted(order: Order, row: Record) -> Wish | Problem:
    """Let in what is late, whichever of the two it is."""
    facts = corrections.facts(row)
    late = {name: order.reason or order.words for name in _CUTOFFS.values() if facts[name] == Punctuality.LATE}
    return Wish(admit=late) if late else Problem.NOT_POSSIBLE


def _topics(desk: Desk, text: str) -> tuple[str, ...]:
    """Return the groups that *text* names, by their ids, short names or the words by which they are chosen."""
    said = words(text)
    found = {hit.means for hit in desk.rules.choices.find(said)} | {hit.means for hit in desk.rules.topics.find(said)}
    for topic in desk.rules.consultation.topic:
        if topic.id in said or fold(topic.short) in fold(text):
            found.add(topic.id)
    return tuple(topic.id for topic in desk.rules.consultation.topic if topic.id in found)
