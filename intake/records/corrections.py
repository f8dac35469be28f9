"""Corrections: what a person or the sender says is otherwise than it was read, applied to a record and its case.

The case's registration and proposal follow from its messages as they count now; organisation, people, topics, needs and
names are set as they were said. Everything is told as [before, after], and taken back from that alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.judgement.consultation import Cutoffs
from intake.judgement.deadlines import timeliness
from intake.judgement.values import Category, Punctuality, Review, Verdict
from intake.records.amend import UNDECIDED, decided
from intake.records.cases import Standing, organisation_key
from intake.records.foreseen import past_waiting
from intake.records.store import Case, Record

_CASE = ("organisation", "people", "attends", "attendance", "proposes", "topics", "needs", "names", "admitted")
_RECORD = ("corrected", "settled_at", "facts")
_TOGETHER = frozenset({"corrected", "facts"})  # what a message counts as, and how it reads in that light
SAID = "said"  # key of a record's facts: how it reads in the light of what a person said it is
_TOLD = ("organisation", "people", "attends", "proposes", "topics", "needs", "names")  # what letters say of a case
Changes = Mapping[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be otherwise; what is None stays as it is."""

    category: Category | None = None
    people: int | None = None
    organisation: str | None = None
    topics: tuple[str, ...] | None = None  # ids
    needs: tuple[str, ...] = ()  # ids, in addition
    no_needs: tuple[str, ...] = ()  # ids, no longer
    names: tuple[str, ...] | None = None
    attends: bool | None = None  # whether the registration stands, whatever the messages say
    attendance: str | None = None  # how the registration stands to its cutoff, where that is another's
    admit: Mapping[str, str] = field(default_factory=dict)  # cutoff -> why a late one is let in

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is wished."""
        return self == Wish()


@dataclass(frozen=True, slots=True)
class Applied:
    """What a correction changed: of the case, and of the record; plain values only."""

    case: Changes
    record: Changes
    kind: tuple[str | None, str | None] = (None, None)  # category before and after

    @property
    def told(self) -> bool:
        """Tell whether it changes what letters say."""
        return self.kind[0] != self.kind[1] or any(name in self.case for name in _TOLD)

    def dump(self) -> dict[str, Any]:
        """Return it as an instruction keeps it."""
        return {"case": dict(self.case), "record": dict(self.record), "kind": list(self.kind)}

    @classmethod
    def load(cls, kept: Mapping[str, Any]) -> Applied:
        """Return what an instruction kept."""
        return cls(kept.get("case", {}), kept.get("record", {}), tuple(kept.get("kind", (None, None))))

    @property
    def reverse(self) -> Applied:
        """Return the same the other way round."""
        return Applied(
            {name: pair[::-1] for name, pair in self.case.items()},
            {name: pair[::-1] for name, pair in self.record.items()},
            self.kind[::-1],
        )


def category(record: Record) -> Category | None:
    """Return what *record* counts as now: as a person corrected it, or as judged."""
    said = record.corrected or record.category
    return Category(said) if said else None


def apply(
    session: Session, record: Record, case: Case | None, wish: Wish, said: Mapping[str, Any] | None, now: datetime
) -> Applied:
    """Carry out *wish* on *record* and *case*, and settle what was to be decided.

    *said* is how the message reads in the light of ``wish.category``, as ``facts_of`` tells it; None where that is not
    corrected.
    """
    kind = category(record)
    before = (_snapshot(case, _CASE) if case else {}), _snapshot(record, _RECORD)
    if wish.category is not None and said is not None:
        record.corrected = wish.category.value
        record.facts = record.facts | {SAID: dict(said)}
    _note_on(record, wish)
    record.settled_at = now
    if case is not None:
        if wish.category is not None:
            session.flush()
            _refold(session, case, said)
        _set(case, wish)
    after = (_snapshot(case, _CASE) if case else {}), _snapshot(record, _RECORD)
    kind_after = category(record)
    return Applied(
        _difference(before[0], after[0]),
        _difference(before[1], after[1]),
        (kind.value if kind else None, kind_after.value if kind_after else None),
    )


def by_sender(
    session: Session, case: Case, reply: Record, verdict: Verdict, kind: Category | None, cutoffs: Cutoffs
) -> Applied | None:
    """Let a *reply* of the sender say what their earlier message was; None where it says nothing of it.

    It does by naming the *kind*, or by being plain where the earlier message was not. That arrived when it arrived.
    """
    earlier = earlier_of(session, case, reply)
    if earlier is None or not decided(verdict):
        return None
    unclear = bool(UNDECIDED.intersection(Review(review) for review in earlier.review)) and earlier.settled_at is None
    kind = kind or (verdict.category if unclear and verdict.category in _CLEAR else None)
    if kind is None or (kind is category(earlier) and not unclear):
        return None
    when = timeliness(kind, earlier.received, cutoffs)
    said = facts(earlier) | {
        "attendance": when.attendance.value if when.attendance else None,
        "proposal": when.proposal.value if when.proposal else None,
    }
    return apply(session, earlier, case, Wish(category=kind), said, reply.entered_at)


def earlier_of(session: Session, case: Case, reply: Record) -> Record | None:
    """Return the message of *case* that *reply* may speak of: the last before it."""
    query = select(Record).where(
        Record.case_id == case.id, Record.id != reply.id, Record.duplicate_of.is_(None), Record.received.is_not(None)
    )
    with past_waiting(session, Record.case_id, [case.id], known=1):  # the reply, which is not asked for
        return session.scalar(query.order_by(Record.received.desc(), Record.id.desc()).limit(1))


_CLEAR = frozenset({Category.ATTENDANCE, Category.CANCELLATION, Category.PROPOSAL, Category.MIXED, Category.QUESTION})


def take_back(record: Record, case: Case | None, applied: Applied) -> tuple[Applied, tuple[str, ...]]:
    """Undo *applied*; return what that changed, and the names of what was changed by others since and stays."""
    kind = category(record)
    pairs: list[dict[str, list[Any]]] = []
    kept: list[str] = []
    for row, changes in ((case, applied.case), (record, applied.record)):
        done: dict[str, list[Any]] = {}
        moved_on = {name for name, pair in changes.items() if row is None or _plain(getattr(row, name)) != pair[1]}
        if moved_on & _TOGETHER:
            moved_on |= _TOGETHER
        for name, (before, _) in changes.items():
            if row is None or name in moved_on:
                kept += [name] if name != "settled_at" else []
                continue
            after = _plain(getattr(row, name))
            _restore(row, name, before)
            done[name] = [after, before]
        pairs.append(done)
    kind_after = category(record)
    return (
        Applied(pairs[0], pairs[1], (kind.value if kind else None, kind_after.value if kind_after else None)),
        tuple(kept),
    )


def let_out(session: Session, record: Record, case: Case | None, was: Category | None) -> Applied:
    """Let *record* count again as it did before a person let it in: as *was*, or as what nobody could read."""
    kind = category(record)
    before = (_snapshot(case, _CASE) if case else {}), _snapshot(record, _RECORD)
    record.corrected = was.value if was else None
    record.settled_at = None
    if was is None:
        record.category, record.review = None, [Review.QUARANTINED.value]
    if case is not None:
        session.flush()
        _refold(session, case, None)
    after = (_snapshot(case, _CASE) if case else {}), _snapshot(record, _RECORD)
    changed = _difference(before[0], after[0]), _difference(before[1], after[1])
    return Applied(*changed, (kind.value if kind else None, was.value if was else None))


def _note_on(record: Record, wish: Wish) -> None:
    """Keep on *record* what was said of it, so that it counts and is exported as that."""
    said = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in (
            ("people", wish.people),
            ("organisation", wish.organisation),
            ("topics", wish.topics),
            ("names", wish.names),
        )
        if value is not None
    }
    if said:
        record.facts = record.facts | {SAID: facts(record) | said}


def facts(record: Record) -> dict[str, Any]:
    """Return what *record* says as it counts now: its people, organisation, topics and punctuality."""
    said: dict[str, Any] | None = record.facts.get(SAID)
    return said if said is not None else _judged(record)


def _set(case: Case, wish: Wish) -> None:
    if wish.attends is not None and wish.attends != bool(case.attends):
        case.attends = wish.attends
        case.people, case.attendance = (case.people, case.attendance) if wish.attends else (None, None)
    if wish.attendance is not None and case.attends:
        case.attendance = wish.attendance
    if wish.people is not None and case.attends:
        case.people = wish.people
    if wish.organisation is not None:
        case.organisation, case.organisation_key = wish.organisation, organisation_key(wish.organisation)
    if wish.topics is not None:
        case.topics = list(wish.topics)
    if wish.needs or wish.no_needs:
        case.needs = sorted({*(case.needs or ()), *wish.needs}.difference(wish.no_needs)) or None
    if wish.names is not None:
        case.names = list(wish.names)
    if wish.admit:
        case.admitted = {**(case.admitted or {}), **wish.admit}


def _refold(session: Session, case: Case, said: Mapping[str, Any] | None) -> None:
    """Let registration and proposal follow from the messages of *case* as they count now."""
    standing = fold(session, case)
    was = case.attends
    case.attends = standing.attends
    case.attendance = standing.attendance.value if standing.attendance else None
    case.proposes = standing.proposes
    if not standing.attends:
        case.people = None
    elif not was or case.people is None:
        case.people = standing.people
    if case.organisation is None and said is not None and said.get("organisation"):
        case.organisation, case.organisation_key = said["organisation"], organisation_key(said["organisation"])


def fold(session: Session, case: Case) -> Standing:
    """Return what the messages of *case* say together, in the order in which they came."""
    query = (
        select(Record)
        .where(Record.case_id == case.id, Record.duplicate_of.is_(None))
        .order_by(Record.received, Record.id)
    )
    attends: bool | None = None
    attendance: Punctuality | None = None
    people: int | None = None
    proposes = False
    for record in session.scalars(query):
        counted = _counted(record)
        if counted is None:
            continue
        kind, facts = counted
        if kind.attends:
            if not (attends and attendance is Punctuality.ON_TIME):
                attendance = Punctuality(facts["attendance"]) if facts["attendance"] else None
            attends = True
            people = facts["people"] if facts["people"] is not None else people
        if kind is Category.CANCELLATION:
            attends, attendance, people = False, None, None
        proposes = proposes or kind.proposes
    return Standing(case.organisation, people, attends, attendance, proposes)


def _counted(record: Record) -> tuple[Category, Mapping[str, Any]] | None:
    """Return what *record* adds to its case; None where it is not understood yet."""
    if record.corrected:
        return Category(record.corrected), facts(record)
    undecided = UNDECIDED.intersection(Review(review) for review in record.review)
    if record.category is None or (undecided and record.settled_at is None):
        return None
    return Category(record.category), facts(record)


def _judged(record: Record) -> dict[str, Any]:
    kept = {name: record.facts.get(name, []) for name in ("topics", "needs", "names")}
    return {
        "people": record.people,
        "attendance": record.attendance,
        "proposal": record.proposal,
        "organisation": record.organisation,
        **kept,
    }


def facts_of(said: Verdict) -> dict[str, Any]:
    """Return what a verdict says, as a record keeps it."""
    punctuality = said.timeliness
    return {
        "people": said.people,
        "attendance": punctuality.attendance.value if punctuality.attendance else None,
        "proposal": punctuality.proposal.value if punctuality.proposal else None,
        "organisation": said.organisation,
        "topics": list(said.topics),
        "needs": list(said.needs),
        "names": list(said.names),
    }


def _snapshot(row: Case | Record, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _restore(row: Case | Record, name: str, value: Any) -> None:
    if name == "settled_at" and value is not None:
        value = datetime.fromisoformat(value)
    setattr(row, name, value)
    if name == "organisation" and isinstance(row, Case):
        row.organisation_key = organisation_key(value)


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {name: [before[name], after[name]] for name in after if before[name] != after[name]}
