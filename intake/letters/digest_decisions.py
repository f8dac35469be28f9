"""What a person must decide, in the order in which it stops mattering: the numbered items of a digest.

What is private is taken out here and strangers' text made inert, so that no template can forget either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from intake.judgement.consultation import Cutoffs
from intake.judgement.values import Category
from intake.letters import mime
from intake.letters.digest_facts import Decision, DecisionKind

Inert = Callable[[str, int], str]  # cuts a stranger's text to so many characters, and defuses it

# Before the same deadline what people wait for stands first, what only needs a look last.
_ORDER = (
    DecisionKind.MOVED,
    DecisionKind.LATE_ATTENDANCE,
    DecisionKind.QUESTION,
    DecisionKind.PEOPLE,
    DecisionKind.TENTATIVE,
    DecisionKind.ORGANISATION,
    DecisionKind.COLLEAGUE,
    DecisionKind.UNSURE,
    DecisionKind.UNREADABLE,
    DecisionKind.QUARANTINED,
    DecisionKind.SENDER,
    DecisionKind.ARRIVAL,
    DecisionKind.LATE_PROPOSAL,
    DecisionKind.LETTER_FAILED,
    DecisionKind.LETTERS_CAPPED,
)
_TOGETHER = frozenset({DecisionKind.LATE_ATTENDANCE, DecisionKind.LATE_PROPOSAL})  # alike: one item, however many
_OF_MEETING = frozenset(
    {
        DecisionKind.LATE_ATTENDANCE,
        DecisionKind.TENTATIVE,
        DecisionKind.PEOPLE,
        DecisionKind.ORGANISATION,
        DecisionKind.MOVED,
    }
)
_OF_NONE = frozenset({DecisionKind.LATE_PROPOSAL, DecisionKind.LETTERS_CAPPED})
_UNKNOWN = frozenset({DecisionKind.UNSURE, DecisionKind.QUARANTINED})  # whether it is for the consultation at all
_UNTRUSTED = frozenset({DecisionKind.SENDER, DecisionKind.LETTER_FAILED})  # whose address is no safe way to answer
_EXCERPT, _NAME, _PROBLEM = 200, 80, 160  # characters


class Unit(StrEnum):
    """The unit in which a length of time is told."""

    SECONDS = "seconds"
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time, told in one unit and rounded down."""

    count: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Deadline:
    """A cutoff or the meeting, still ahead."""

    name: str  # "attendance", "meeting" or "proposals"
    at: datetime
    left: Span
    today: bool


@dataclass(frozen=True, slots=True)
class Matter:
    """One decision as it may be shown."""

    fact: Decision
    late: Span | None  # how long after its cutoff it came
    waiting: Span | None  # how long it has waited
    answer_to: str | None  # an address that may be written to


@dataclass(frozen=True, slots=True)
class Item:
    """One numbered decision; like cases are one."""

    number: int
    kind: DecisionKind
    concealed: bool  # nothing but mailbox and time may be said
    before: Deadline | None  # after that it would be too late; None where it can wait
    matters: tuple[Matter, ...]
    people: int  # named in all its matters together
    nameless: int  # matters that name no number of people


def span(length: timedelta) -> Span:
    """Tell *length* in the unit that a person would choose."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < 60:
        return Span(seconds, Unit.SECONDS)
    if seconds < 3600:
        return Span(seconds // 60, Unit.MINUTES)
    if seconds < 48 * 3600:
        return Span(seconds // 3600, Unit.HOURS)
    return Span(seconds // 86400, Unit.DAYS)


def ahead(cutoffs: Cutoffs, now: datetime) -> tuple[Deadline, ...]:
    """Return the cutoffs and the meeting that are not past at *now*, in order; days are counted by the calendar."""
    named = (("attendance", cutoffs.attendance), ("meeting", cutoffs.meeting), ("proposals", cutoffs.proposals))
    return tuple(
        Deadline(name, at, _left(at, now), at.date() == now.date())
        for name, at in sorted(named, key=lambda pair: pair[1])
        if at >= now
    )


def _left(at: datetime, now: datetime) -> Span:
    days = (at.date() - now.date()).days
    return Span(days, Unit.DAYS) if days > 0 else span(at - now)


def items(decisions: Iterable[Decision], cutoffs: Cutoffs, now: datetime, inert: Inert) -> tuple[Item, ...]:
    """Put *decisions* in order, the earliest deadline first, like cases together; *now* is in the office's zone."""
    deadlines = {deadline.name: deadline for deadline in ahead(cutoffs, now)}
    groups: dict[tuple[object, ...], list[tuple[Decision, Deadline | None]]] = {}
    for position, decision in enumerate(decisions):
        shown = _shown(decision, inert, now)
        before = _before(shown, deadlines)
        groups.setdefault(_alike(shown, before, position), []).append((shown, before))
    ordered = sorted(groups.values(), key=lambda group: min(_rank(*one) for one in group))
    return tuple(_item(number, group, cutoffs, now) for number, group in enumerate(ordered, start=1))


def concealed(decision: Decision) -> bool:
    """Tell whether *decision* may be about private mail of a person's own mailbox."""
    reasons = {decision.kind, *decision.also}
    return decision.personal and (decision.case is None or bool(reasons & _UNKNOWN))


def _shown(decision: Decision, inert: Inert, now: datetime) -> Decision:
    received = decision.received.astimezone(now.tzinfo) if decision.received else None
    if concealed(decision):
        broke = DecisionKind.QUARANTINED in {decision.kind, *decision.also}
        kind = DecisionKind.QUARANTINED if broke else DecisionKind.UNSURE
        return Decision(
            kind=kind,
            mailbox=decision.mailbox,
            received=received,
            personal=True,
            record_id=decision.record_id,
            old=decision.old,
        )
    enclosures = tuple(replace(enclosure, name=inert(enclosure.name, _NAME)) for enclosure in decision.enclosures)
    return replace(
        decision,
        received=received,
        server=decision.server.astimezone(now.tzinfo) if decision.server else None,
        dated=decision.dated.astimezone(now.tzinfo) if decision.dated else None,
        sender=_address(decision.sender) or inert(decision.sender or "", _NAME) or None,
        organisation=inert(decision.organisation, _NAME) or None if decision.organisation else None,
        excerpt=inert(decision.excerpt, _EXCERPT),
        problem=inert(decision.problem, _PROBLEM),
        enclosures=enclosures,
    )


def _address(sender: str | None) -> str | None:
    return mime.writable(sender) if sender else None


def _before(decision: Decision, deadlines: dict[str, Deadline]) -> Deadline | None:
    """Return until when *decision* matters. What nobody has understood matters until the next deadline."""
    meeting, proposals = deadlines.get("meeting"), deadlines.get("proposals")
    if decision.kind in _OF_NONE:
        return None
    if decision.kind in _OF_MEETING or (decision.category and decision.category.attends):
        return meeting
    if decision.kind is DecisionKind.LETTER_FAILED:
        return None
    if decision.category is Category.PROPOSAL and decision.runner_up is not Category.ATTENDANCE:
        return proposals
    return meeting or proposals


def _alike(decision: Decision, before: Deadline | None, position: int) -> tuple[object, ...]:
    if concealed(decision):
        return (decision.kind, before, decision.mailbox)
    return (decision.kind, before) if decision.kind in _TOGETHER else (position,)


def _rank(decision: Decision, before: Deadline | None) -> tuple[bool, float, bool, int, float]:
    received = decision.received.timestamp() if decision.received else 0.0
    until = before.at.timestamp() if before else 0.0
    return (before is None, until, decision.old, _ORDER.index(decision.kind), received)


def _item(number: int, group: list[tuple[Decision, Deadline | None]], cutoffs: Cutoffs, now: datetime) -> Item:
    facts = [decision for decision, _ in group]
    return Item(
        number=number,
        kind=facts[0].kind,
        concealed=concealed(facts[0]),
        before=group[0][1],
        matters=tuple(_matter(fact, cutoffs, now) for fact in facts),
        people=sum(fact.people or 0 for fact in facts),
        nameless=sum(fact.people is None for fact in facts),
    )


def _matter(fact: Decision, cutoffs: Cutoffs, now: datetime) -> Matter:
    cutoff = cutoffs.proposals if fact.kind is DecisionKind.LATE_PROPOSAL else cutoffs.attendance
    is_late = fact.kind in _TOGETHER and fact.received is not None and fact.received > cutoff
    return Matter(
        fact=fact,
        late=span(fact.received - cutoff) if is_late and fact.received else None,
        waiting=span(now - fact.received) if fact.received else None,
        answer_to=None if fact.kind in _UNTRUSTED else _address(fact.sender),
    )
