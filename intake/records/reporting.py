"""What the report tells, read from the records: counted as it goes, proposals read when they are asked for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, defer

from intake.judgement.rules import Rules
from intake.judgement.values import Category, Punctuality, Review
from intake.letters.digest_facts import Seal
from intake.records import campaigns, chain, corrections
from intake.records.amend import UNDECIDED
from intake.records.store import Campaign, Case, Instruction, Outgoing, Record, Status
from intake.report.facts import Day, Late, Messages, Pattern, Proposal, Registration, ReportFacts, Ruling, Topic

_BATCH = 200
_FROM_STAFF = "from staff"
_ENTERED = "enter"  # the action of an instruction by which staff entered something
_PROPOSING = (Category.PROPOSAL.value, Category.MIXED.value)
_ATTENDING = (Category.ATTENDANCE.value, Category.MIXED.value)
_LARGE = (defer(Record.own_text), defer(Record.reasons), defer(Record.references))  # not asked for where it counts


@dataclass(slots=True)
class _Found:
    """The proposals of a consultation, without their words."""

    listed: defaultdict[str | None, list[int]] = field(default_factory=lambda: defaultdict(list))  # records by topic
    cases: defaultdict[str | None, set[int]] = field(default_factory=lambda: defaultdict(set))  # that speak of it
    seen: set[int] = field(default_factory=set)  # cases
    punctual: set[int] = field(default_factory=set)  # of them, those with a proposal on time
    first: dict[int, int] = field(default_factory=dict)  # case -> its first record with a proposal
    late: list[Late] = field(default_factory=list)


def gather(session: Session, rules: Rules, now: datetime) -> ReportFacts:
    """Return what the report tells at *now*; its proposals are read from *session* as they are asked for."""
    consultation, meeting = rules.consultation.id, rules.cutoffs.meeting
    topics = tuple(topic.id for topic in rules.consultation.topic)
    found = _found(session, consultation, topics)
    standing, after = _registrations(session, consultation, meeting, topics)
    messages, days = _messages(session, consultation, rules.zone)
    head = chain.head(session)
    return ReportFacts(
        at=now.astimezone(rules.zone),
        messages=messages,
        registrations=standing,
        withdrawn=_count(session, Case.consultation == consultation, Case.attends.is_(False)),
        after_meeting=after,
        proposals=len(found.seen),
        proposals_late=len(found.seen - found.punctual),
        proposal_organisations=_organisations(session, found.seen),
        topics=tuple(
            Topic(topic, len(found.cases[topic]), len(found.listed[topic]), _reading(session, found, topic, topics))
            for topic in (*topics, None)
            if found.cases[topic] or found.listed[topic]
        ),
        late=tuple(
            sorted(
                (*_late_registrations(session, consultation, meeting), *found.late),
                key=lambda each: (each.received or now, each.case),
            )
        ),
        patterns=tuple(_patterns(session, consultation)),
        days=days,
        seal=Seal(head.entries, head.short),
    )


def _count(session: Session, *conditions: Any) -> int:
    return session.scalar(select(func.count()).select_from(Case).where(*conditions)) or 0


def _organisations(session: Session, cases: Iterable[int]) -> int:
    """Count the distinct organisations behind *cases*."""
    query = select(Case.id, Case.organisation_key).where(Case.organisation_key.is_not(None))
    wanted = cases if isinstance(cases, set) else set(cases)
    return len({key for number, key in session.execute(query.execution_options(yield_per=_BATCH)) if number in wanted})


def _kind() -> Any:
    return func.coalesce(Record.corrected, Record.category)


def _counted(consultation: str) -> Select[Record, Case]:
    """Ask for the messages of cases, their larger parts left where they are."""
    return (
        select(Record, Case)
        .join(Case, Record.case_id == Case.id)
        .where(Record.consultation == consultation, Record.duplicate_of.is_(None))
        .order_by(Record.received, Record.id)
        .options(*_LARGE)
        .execution_options(yield_per=_BATCH)
    )


def _is_open(record: Record) -> bool:
    """Tell whether a person must still say what a message is."""
    undecided = UNDECIDED.intersection(Review(review) for review in record.review)
    return bool(undecided) and record.settled_at is None


def _found(session: Session, consultation: str, topics: Sequence[str]) -> _Found:
    found = _Found()
    for record, case in session.execute(_counted(consultation).where(_kind().in_(_PROPOSING))):
        if _is_open(record):
            continue
        chosen = _topics(record, case, topics)
        found.first.setdefault(case.id, record.id)
        found.seen.add(case.id)
        found.listed[next(iter(chosen), None)].append(record.id)
        for topic in chosen or (None,):
            found.cases[topic].add(case.id)
        if _punctuality(record, "proposal") is Punctuality.LATE:
            ruling = _ruling(record, case, "proposal")
            found.late.append(Late(case.number, case.organisation, "proposal", record.received, ruling))
        else:
            found.punctual.add(case.id)
    return found


def _topics(record: Record, case: Case, topics: Sequence[str]) -> tuple[str, ...]:
    named = case.topics if case.topics is not None else corrections.facts(record)["topics"]
    return tuple(topic for topic in topics if topic in named)


def _punctuality(record: Record, of: str) -> Punctuality | None:
    said = corrections.facts(record)[of]
    return Punctuality(said) if said else None


def _ruling(record: Record, case: Case, of: str) -> Ruling:
    if of in (case.admitted or {}):
        return Ruling.ADMITTED
    return Ruling.CLOSED if record.settled_at is not None else Ruling.OPEN


def _reading(session: Session, found: _Found, topic: str | None, topics: Sequence[str]) -> Any:
    """Return what reads the proposals that are listed under *topic*, a batch at a time."""

    def read() -> Iterator[Proposal]:
        numbers = found.listed[topic]
        for start in range(0, len(numbers), _BATCH):
            query = select(Record, Case).join(Case, Record.case_id == Case.id)
            batch = query.where(Record.id.in_(numbers[start : start + _BATCH])).order_by(Record.received, Record.id)
            for record, case in session.execute(batch):
                yield _proposal(session, record, case, topics, supplement=found.first[case.id] != record.id)

    return read


def _proposal(session: Session, record: Record, case: Case, topics: Sequence[str], *, supplement: bool) -> Proposal:
    return Proposal(
        case=case.number,
        organisation=case.organisation,
        received=record.received,
        topics=_topics(record, case, topics),
        text=record.own_text or "",
        enclosures=len(record.facts.get("attachments", ())),
        late=_punctuality(record, "proposal") is Punctuality.LATE,
        ruling=_ruling(record, case, "proposal"),
        supplement=supplement,
        campaign=record.campaign_id,
        added=campaigns.added(session, record) or "",
        erased=record.erased_at is not None,
        persons=_persons(record, case),
    )


def _persons(record: Record, case: Case | None) -> tuple[str, ...]:
    """Return the names of people behind a message or in it, as far as they are known."""
    named = (record.sender_name or "", *record.facts.get("names", ()), *((case.names if case else None) or ()))
    return tuple(dict.fromkeys(name for name in named if name and (case is None or name != case.organisation)))


def _patterns(session: Session, consultation: str) -> Iterator[Pattern]:
    for group in campaigns.groups(session, consultation):
        campaign = session.get(Campaign, group.id)
        first = session.get(Record, campaign.first_record) if campaign else None
        case = session.get(Case, first.case_id) if first and first.case_id else None
        if first is not None:
            yield Pattern(group.id, group.letters, group.organisations, first.own_text or "", _persons(first, case))


def _registrations(
    session: Session, consultation: str, meeting: datetime, topics: Sequence[str]
) -> tuple[tuple[Registration, ...], int]:
    """Return the registrations that stand, and how many came when the meeting had begun."""
    groups: defaultdict[int, set[str]] = defaultdict(set)
    received: dict[int, datetime] = {}
    for record, case in session.execute(_counted(consultation).where(_kind().in_(_ATTENDING))):
        groups[case.id].update(corrections.facts(record)["topics"])
        if record.received is not None:
            received.setdefault(case.id, record.received)
    query = select(Case).where(Case.consultation == consultation, Case.attends.is_(True), Case.opened_at < meeting)
    standing = [
        Registration(
            case=case.number,
            organisation=case.organisation,
            people=case.people,
            groups=tuple(
                topic for topic in topics if topic in (case.topics if case.topics is not None else groups[case.id])
            ),
            late=case.attendance == Punctuality.LATE,
            received=received.get(case.id),
        )
        for case in session.scalars(query.execution_options(yield_per=_BATCH))
    ]
    whole = _count(session, Case.consultation == consultation, Case.attends.is_(True))
    return tuple(standing), whole - len(standing)


def _late_registrations(session: Session, consultation: str, meeting: datetime) -> Iterator[Late]:
    """Yield the registrations that came late, those among them that were struck off since; each case once."""
    seen = set[int]()
    query = _counted(consultation).where(_kind().in_(_ATTENDING), Record.received < meeting)
    for record, case in session.execute(query):
        stands_on_time = case.attends and case.attendance == Punctuality.ON_TIME
        if _is_open(record) or stands_on_time or _punctuality(record, "attendance") is not Punctuality.LATE:
            continue
        if case.id not in seen:
            seen.add(case.id)
            yield Late(
                case.number, case.organisation, "attendance", record.received, _ruling(record, case, "attendance")
            )


def _messages(session: Session, consultation: str, zone: ZoneInfo) -> tuple[Messages, tuple[Day, ...]]:
    """Count the messages by what they are, and those to the consultation by day."""
    kinds: Counter[str | None] = Counter()
    days: defaultdict[date, Counter[str]] = defaultdict(Counter)
    private = undecided = 0
    query = (
        select(Record)
        .where(Record.consultation == consultation, Record.duplicate_of.is_(None))
        .where(func.coalesce(Record.suppression, "") != _FROM_STAFF)
        .options(*_LARGE)
        .execution_options(yield_per=_BATCH)
    )
    for record in session.scalars(query):
        kind = corrections.category(record)
        if record.private:
            private += 1
            continue
        kinds[kind] += 1
        if kind in {Category.UNRELATED, Category.AUTOMATIC, None}:
            continue
        undecided += _is_open(record)
        if record.received is not None and kind is not None:
            days[record.received.astimezone(zone).date()][kind] += 1
    speaking = [kind for kind in Category if kind not in {Category.UNRELATED, Category.AUTOMATIC}]
    sent = select(func.count()).where(Outgoing.record_id.is_not(None), Outgoing.status == Status.SENT.value)
    by_hand = (
        select(func.count())
        .select_from(Instruction)
        .join(Case, Instruction.case_id == Case.id)
        .where(Case.consultation == consultation, Instruction.action == _ENTERED, Instruction.undone_by.is_(None))
    )
    named = select(func.count(func.distinct(Case.organisation_key))).where(Case.consultation == consultation)
    messages = Messages(
        consultation=sum(kinds[kind] for kind in speaking),
        attendance=kinds[Category.ATTENDANCE],
        cancellations=kinds[Category.CANCELLATION],
        proposals=kinds[Category.PROPOSAL],
        mixed=kinds[Category.MIXED],
        questions=kinds[Category.QUESTION],
        undecided=undecided + kinds[None],
        by_hand=session.scalar(by_hand) or 0,
        organisations=session.scalar(named) or 0,
        automatic=kinds[Category.AUTOMATIC],
        unrelated=kinds[Category.UNRELATED],
        private=private,
        answered=session.scalar(sent) or 0,
    )
    return messages, tuple(_day(when, days[when]) for when in sorted(days))


def _day(when: date, kinds: Counter[str]) -> Day:
    attending = kinds[Category.ATTENDANCE] + kinds[Category.MIXED] + kinds[Category.CANCELLATION]
    return Day(when, attending, kinds[Category.PROPOSAL], kinds[Category.QUESTION])
