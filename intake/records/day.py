"""A day's facts for the digest: what came since the last one, what needs a person, how the consultation stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from intake.config import MailboxConfig
from intake.judgement.values import Category, Punctuality, Review, Timeliness
from intake.letters.digest_facts import (
    Account,
    Alike,
    Decision,
    DecisionKind,
    Entry,
    Guest,
    Letters,
    Proposed,
    TopicCount,
    Totals,
)
from intake.letters.facts import Enclosure
from intake.records import accounts, campaigns, clocks, corrections, reckonings
from intake.records.cases import organisation_key
from intake.records.chronicle import Happening
from intake.records.reckonings import Reckoning
from intake.records.store import Case, DigestDay, Event, Fate, Instruction, Original, Outgoing, Record, Status

_LEAVING = (Status.QUEUED.value, Status.SENDING.value, Status.DEFERRED.value, Status.SENT.value)
_OF_MEETING = frozenset({Review.TENTATIVE, Review.PEOPLE, Review.ORGANISATION})  # of no use when it has begun
_ANSWERED = "answered"  # the action of an instruction that closed a question
_WHY = {  # how the reason begins for which a message was set aside
    "reading it exceeds": "limits",
    "reading it takes": "time",
    "reading it fails": "broken",
    "the program fails": "program",
}
_EXCERPT = 600  # characters of the sender's own words; the digest cuts further
_ENTRIES = frozenset(Category) - {Category.UNRELATED, Category.AUTOMATIC}
_NOT_QUOTED = frozenset({Review.UNSURE, Review.QUARANTINED, Review.SENDER})  # in a personal mailbox it may be private


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a digest speaks of: after *since*, and not after *until*. Aware."""

    consultation: str  # id
    since: datetime | None  # None: from the beginning
    until: datetime


def written(session: Session, span: Span, day: date) -> None:
    """Note that the digest of *day* was written; a second one of that day is refused by the database."""
    since = span.since or span.until
    session.add(DigestDay(consultation=span.consultation, day=day, since=since, until=span.until))
    session.flush()


def mailboxes(session: Session, boxes: Sequence[MailboxConfig], span: Span) -> tuple[Account, ...]:
    """Return the account of each mailbox, what the server listed beside what became of it."""
    places = accounts.places(session)
    compared = reckonings.last(session)
    told = []
    for box in boxes:
        fates = accounts.tally(session, box.id, span.since, span.until)
        recorded = select(func.count()).where(Record.mailbox == box.id, *_entered(span))
        unrelated = recorded.where(Record.category == Category.UNRELATED.value, Record.private.is_(False))
        place = places.get(box.id)
        reckoning = compared.get(box.id) or Reckoning(box.id, span.until)
        is_new = span.since is None or reckoning.at > span.since
        told.append(
            Account(
                mailbox=box.id,
                address=box.address,
                seen=accounts.listed(session, box.id, span.since, span.until),
                taken_in=fates[Fate.TAKEN_IN],
                automatic=fates[Fate.AUTOMATIC],
                private=fates[Fate.PRIVATE],
                set_aside=fates[Fate.SET_ASIDE],
                left_alone=fates[Fate.LEFT_ALONE],
                known=fates[Fate.KNOWN],
                gone=fates[Fate.GONE],
                unrelated=session.scalar(unrelated) or 0,
                copies=session.scalar(recorded.where(Record.duplicate_of.is_not(None))) or 0,
                last_reached=place.reached_at if place else None,
                failing_since=place.failing_since if place else None,
                last_error=(place.last_error or "") if place else "",
                gap=is_new and bool(reckoning.missing or reckoning.unseen),
                compared=reckoning.at if reckoning.listed and not reckoning.error else None,
                on_server=reckoning.listed,
                passed_by=reckoning.missing if is_new else 0,
                withheld=accounts.withheld(session, box.id),
                misfiled=reckoning.misfiled,
                staff=fates[Fate.STAFF],
            )
        )
    return tuple(told)


def _entered(span: Span) -> tuple[Any, ...]:
    return (Record.consultation == span.consultation, *_within(Record.entered_at, span))


@dataclass(frozen=True, slots=True)
class _Row:
    """A record with its case, and what it changed there."""

    record: Record
    case: Case | None
    amended: Mapping[str, list[Any]]
    joined: bool  # it continues a case
    old: bool = False  # an earlier digest told it
    over: bool = False  # the meeting has begun since: what bears on it alone is no decision any more

    @property
    def reviews(self) -> tuple[Review, ...]:
        return tuple(Review(review) for review in self.record.review)

    @property
    def timeliness(self) -> Timeliness:
        facts = corrections.facts(self.record)
        return Timeliness(_punctuality(facts["attendance"]), _punctuality(facts["proposal"]))

    @property
    def category(self) -> Category | None:
        return corrections.category(self.record)

    def before(self, name: str) -> Any:
        return self.amended.get(name, [None])[0]


def _punctuality(value: str | None) -> Punctuality | None:
    return Punctuality(value) if value else None


def rows(session: Session, span: Span) -> list[_Row]:
    """Return what was recorded in *span*, in order of arrival; copies that were answered elsewhere are left out."""
    return _rows(session, span, select(Record).where(*_entered(span), Record.duplicate_of.is_(None)))


def undecided(session: Session, span: Span, meeting: datetime) -> list[_Row]:
    """Return what was recorded before *span* and nobody settled since; of private mail nothing.

    What bears on the *meeting* alone is no decision any more once that has begun.
    """
    if span.since is None:
        return []
    query = select(Record).where(
        Record.consultation == span.consultation,
        Record.entered_at <= span.since,
        Record.settled_at.is_(None),
        Record.duplicate_of.is_(None),
        Record.private.is_(False),
        Record.erased_at.is_(None),
        or_(
            func.json_array_length(Record.review) > 0,
            Record.category == Category.QUESTION.value,
            Record.attendance == Punctuality.LATE.value,
            Record.proposal == Punctuality.LATE.value,
        ),
    )
    return [replace(row, old=True, over=span.until >= meeting) for row in _rows(session, span, query)]


def answered(session: Session, span: Span) -> tuple[str, ...]:
    """Return the cases whose question staff answered in *span* by a letter of their own, which reached us as a copy."""
    query = (
        select(Case.number)
        .join(Instruction, Instruction.case_id == Case.id)
        .where(
            Case.consultation == span.consultation,
            Instruction.action == _ANSWERED,
            Instruction.undone_by.is_(None),
            *_within(Instruction.at, span),
        )
    )
    return tuple(dict.fromkeys(session.scalars(query.order_by(Instruction.id))))


def _rows(session: Session, span: Span, query: Select[Record]) -> list[_Row]:
    records = list(session.scalars(query.order_by(Record.received, Record.id)))
    cases = {case.id: case for case in session.scalars(select(Case).where(Case.consultation == span.consultation))}
    amended: dict[int, Mapping[str, list[Any]]] = {}
    joined: set[int] = set()
    kinds = (Happening.AMENDED.value, Happening.JOINED.value)
    happened = select(Event).where(Event.kind.in_(kinds), Event.at <= span.until, Event.record_id.is_not(None))
    for event in session.scalars(happened.where(Event.at > span.since) if span.since else happened):
        if event.kind == Happening.AMENDED:
            amended[event.record_id or 0] = event.detail
        else:
            joined.add(event.record_id or 0)
    return [
        _Row(record, cases.get(record.case_id or 0), amended.get(record.id, {}), record.id in joined)
        for record in records
    ]


def entries(found: Iterable[_Row]) -> tuple[Entry, ...]:
    """Return what was taken in and speaks of the consultation."""
    told = []
    for row in found:
        record, category = row.record, row.category
        if category not in _ENTRIES or category is None or row.case is None or record.private:
            continue
        facts = corrections.facts(record)
        registered = row.joined and (row.before("attends") is True or "attends" not in row.amended)
        told.append(
            Entry(
                case=row.case.number,
                category=category,
                received=record.received,
                timeliness=row.timeliness,
                organisation=facts["organisation"] or row.case.organisation,
                people=facts["people"],
                registered_before=registered and (category.attends or category is Category.CANCELLATION),
                people_before=row.before("people") if "people" in row.amended else row.case.people,
                topics=tuple(facts["topics"]),
                excerpt=(record.own_text or "")[:_EXCERPT],
                enclosures=len(record.facts.get("attachments", ())),
                supplement=category.proposes and row.joined and "proposes" not in row.amended,
                unsure=Review.UNSURE in row.reviews and record.settled_at is None,
                campaign=record.campaign_id,
            )
        )
    return tuple(told)


def decisions(
    session: Session, found: Iterable[_Row], boxes: Sequence[MailboxConfig], span: Span
) -> tuple[Decision, ...]:
    """Return what a person must decide: what came unsure, late or broken, and letters that cannot leave."""
    personal = {box.id for box in boxes if box.personal}
    told = []
    for row in found:
        kinds = list(_kinds(row))
        if kinds:
            told.append(_decision(session, row, kinds, personal=row.record.mailbox in personal))
    return (*told, *_failed_letters(session, span), *_capped(session))


def _kinds(row: _Row) -> Iterable[DecisionKind]:
    if row.record.settled_at is not None:
        return
    for review in row.reviews:
        if not (row.over and review in _OF_MEETING):
            yield DecisionKind(review.value)
    if row.record.private or Review.UNSURE in row.reviews:
        return
    if row.category is Category.QUESTION:
        yield DecisionKind.QUESTION
    if row.timeliness.attendance is Punctuality.LATE and not row.over:
        yield DecisionKind.LATE_ATTENDANCE
    if row.timeliness.proposal is Punctuality.LATE:
        yield DecisionKind.LATE_PROPOSAL


def _decision(session: Session, row: _Row, kinds: Sequence[DecisionKind], *, personal: bool) -> Decision:
    record = row.record
    size = session.scalar(select(Original.size).where(Original.record_id == record.id))
    if record.private or (personal and _NOT_QUOTED.intersection(row.reviews)):
        return Decision(
            kinds[0],
            record.mailbox,
            record.received,
            personal=True,
            also=tuple(kinds[1:]),
            size=size,
            record_id=record.id,
            old=row.old,
        )
    told = clocks.disputed(session, record)
    return Decision(
        kind=kinds[0],
        mailbox=record.mailbox,
        received=record.received,
        server=told.received if told else None,
        dated=told.date if told else None,
        case=row.case.number if row.case else None,
        personal=personal,
        also=tuple(kinds[1:]),
        sender=record.sender_address,
        organisation=record.organisation or (row.case.organisation if row.case else None),
        people=record.people,
        acknowledged=_owed(session, record),
        category=row.category,
        runner_up=Category(record.runner_up) if record.runner_up else None,
        excerpt=(record.own_text or "")[:_EXCERPT],
        enclosures=tuple(
            Enclosure(part["name"], part["size"], readable=part["unread"] is None)
            for part in record.facts.get("attachments", ())
        ),
        size=size,
        other_case=_other_case(session, row),
        why=_why(record),
        old=row.old,
        record_id=record.id,
        case_id=record.case_id,
    )


def _why(record: Record) -> str:
    """Return for what kind of reason *record* was set aside."""
    told = [reason["words"] for reason in record.reasons if reason["rule"] == "set_aside"]
    return next((why for words in told for beginning, why in _WHY.items() if words.startswith(beginning)), "")


def _owed(session: Session, record: Record) -> bool:
    query = select(Outgoing.id).where(
        Outgoing.record_id == record.id, Outgoing.status.in_(_LEAVING), Outgoing.held.is_(None)
    )
    return session.scalar(query) is not None


def _other_case(session: Session, row: _Row) -> str | None:
    """Return the other registration of the same organisation."""
    if Review.ORGANISATION not in row.reviews or row.case is None or row.case.organisation_key is None:
        return None
    query = select(Case.number).where(
        Case.consultation == row.case.consultation,
        Case.organisation_key == row.case.organisation_key,
        Case.id != row.case.id,
    )
    return session.scalar(query.order_by(Case.id).limit(1))


def _failed_letters(session: Session, span: Span) -> list[Decision]:
    """Return the letters that a server refused or returned, every day until staff wrote them off."""
    query = (
        select(Outgoing, Record, Case)
        .join(Record, Outgoing.record_id == Record.id)
        .outerjoin(Case, Record.case_id == Case.id)
        .where(Outgoing.status == Status.FAILED.value, Outgoing.ended_at <= span.until)
    )
    return [
        Decision(
            kind=DecisionKind.LETTER_FAILED,
            mailbox=record.mailbox,
            received=record.received,
            case=case.number if case else None,
            sender=letter.recipient,
            organisation=record.organisation,
            people=record.people,
            category=Category(record.category) if record.category else None,
            problem=letter.last_reply or "",
            record_id=record.id,
            case_id=record.case_id,
            letter_ids=(letter.id,),
        )
        for letter, record, case in session.execute(query.order_by(Outgoing.id))
    ]


def _capped(session: Session) -> list[Decision]:
    """Return the addresses whose answers wait, however long they have waited."""
    query = (
        select(Outgoing.recipient, Outgoing.id, Record.received, Record.mailbox)
        .join(Record, Outgoing.record_id == Record.id)
        .where(Outgoing.held.is_not(None), Outgoing.status == Status.QUEUED.value)
        .order_by(Outgoing.recipient, Record.received, Outgoing.id)
    )
    waiting: dict[str, list[Any]] = {}
    for row in session.execute(query):
        waiting.setdefault(row.recipient, []).append(row)
    return [
        Decision(
            DecisionKind.LETTERS_CAPPED,
            rows[0].mailbox,
            rows[0].received,
            sender=recipient,
            letters=len(rows),
            letter_ids=tuple(row.id for row in rows),
        )
        for recipient, rows in waiting.items()
    ]


def _within(column: Any, span: Span) -> tuple[Any, ...]:
    return (column <= span.until, *((column > span.since,) if span.since else ()))


def letters(session: Session, span: Span, per_hour: int) -> Letters:
    """Return what became of the acknowledgements that were owed in *span*, and of those still owed from before."""
    answering = (Outgoing.record_id.is_not(None),)
    ended = _within(Outgoing.ended_at, span)
    sent = select(func.count()).where(*answering, Outgoing.status == Status.SENT.value, *ended)
    failed = select(func.count()).where(*answering, Outgoing.status == Status.FAILED.value, *ended)
    written_off = select(func.count()).where(*answering, Outgoing.status == Status.WRITTEN_OFF.value, *ended)
    waiting = select(func.count(), func.min(Outgoing.queued_at)).where(
        *answering,
        Outgoing.queued_at <= span.until,
        or_(Outgoing.ended_at.is_(None), Outgoing.ended_at > span.until),
    )
    still, oldest = session.execute(waiting).one()
    owed = select(func.count()).where(
        *_entered(span), Record.acknowledge.is_(True), Record.case_id.is_not(None), Record.received.is_not(None)
    )
    before = select(func.count()).where(
        *answering,
        Outgoing.queued_at <= (span.since or span.until),
        or_(Outgoing.ended_at.is_(None), Outgoing.ended_at > (span.since or span.until)),
    )
    carried = session.scalar(before) or 0 if span.since else 0
    last_taken = session.scalar(select(func.max(Event.at)).where(Event.kind == Happening.ACCEPTED.value))
    put_off = select(func.min(Event.at)).where(Event.kind == Happening.DEFERRED.value)
    failing = session.scalar(put_off.where(Event.at > last_taken) if last_taken else put_off)
    reply = select(Outgoing.last_reply).where(Outgoing.status == Status.DEFERRED.value).order_by(Outgoing.id.desc())
    return Letters(
        due=(session.scalar(owed) or 0) + carried,
        sent=session.scalar(sent) or 0,
        waiting=still,
        failed=session.scalar(failed) or 0,
        written_off=session.scalar(written_off) or 0,
        oldest_waiting=oldest,
        failing_since=failing,
        last_error=(session.scalar(reply.limit(1)) or "") if failing else "",
        paused_since=_paused(session, span.until, per_hour),
    )


def _paused(session: Session, now: datetime, per_hour: int) -> datetime | None:
    """Return since when letters wait for the brake, where it is on."""
    taken = (Status.SENDING.value, Status.SENT.value)
    recent = select(func.count()).where(
        Outgoing.record_id.is_not(None), Outgoing.status.in_(taken), Outgoing.claimed_at > now - timedelta(hours=1)
    )
    if not per_hour or (session.scalar(recent) or 0) < per_hour:
        return None
    due = select(func.min(Outgoing.due_at)).where(
        Outgoing.status == Status.QUEUED.value, Outgoing.held.is_(None), Outgoing.due_at <= now
    )
    return session.scalar(due)


@dataclass(slots=True)
class _State:
    """A case as it stood at a moment."""

    attends: bool | None
    people: int | None
    organisation: str | None
    attendance: str | None
    proposes: bool


_STATE = frozenset({"attends", "people", "organisation", "attendance", "proposes"})


def guests(session: Session, consultation: str, meeting: datetime) -> tuple[Guest, ...]:
    """Return the registrations that stand, by organisation; one that came after the *meeting* began is none."""
    query = select(Case).where(Case.consultation == consultation, Case.attends.is_(True), Case.opened_at < meeting)
    found = []
    for case in session.scalars(query):
        records = select(Record).where(Record.case_id == case.id, Record.duplicate_of.is_(None))
        topics: set[str] = set()
        received: datetime | None = None
        for record in session.scalars(records.order_by(Record.received)):
            kind = corrections.category(record)
            if kind is not None and kind.attends:
                topics.update(corrections.facts(record)["topics"])
                received = received or record.received
        found.append(
            Guest(
                case=case.number,
                organisation=case.organisation,
                people=case.people,
                names=tuple(case.names or ()),
                topics=tuple(case.topics if case.topics is not None else sorted(topics)),
                needs=tuple(case.needs or ()),
                late=case.attendance == Punctuality.LATE,
                admitted="attendance" in (case.admitted or {}),
                channel=case.channel,
                received=received,
                address=case.address,
            )
        )
    return tuple(sorted(found, key=lambda guest: ((guest.organisation or "\uffff").casefold(), guest.case)))


def alike(session: Session, consultation: str) -> tuple[Alike, ...]:
    """Return the letters of many hands with nearly the same words, the most first."""
    return tuple(
        Alike(group.id, group.cases[0] if group.cases else "", group.letters, group.organisations, group.excerpt)
        for group in campaigns.groups(session, consultation)
    )


def proposed(session: Session, consultation: str) -> tuple[Proposed, ...]:
    """Return every message with proposals, by arrival."""
    proposing = (Category.PROPOSAL.value, Category.MIXED.value)
    query = (
        select(Record, Case)
        .join(Case, Record.case_id == Case.id)
        .where(
            Record.consultation == consultation,
            Record.duplicate_of.is_(None),
            func.coalesce(Record.corrected, Record.category).in_(proposing),
        )
        .order_by(Record.received, Record.id)
    )
    return tuple(
        Proposed(
            case=case.number,
            organisation=case.organisation,
            received=record.received,
            late=corrections.facts(record)["proposal"] == Punctuality.LATE,
            topics=tuple(case.topics if case.topics is not None else corrections.facts(record)["topics"]),
            text=record.own_text or "",
            enclosures=tuple(part["name"] for part in record.facts.get("attachments", ())),
        )
        for record, case in session.execute(query)
    )


def totals(session: Session, span: Span, meeting: datetime) -> Totals:
    """Return how the consultation stands, and how it stood at the beginning of *span*.

    A registration that came after the *meeting* began counts nowhere.
    """
    cases = list(session.scalars(select(Case).where(Case.consultation == span.consultation)))
    late_guests = {case.id for case in cases if case.opened_at >= meeting}
    now = {case.id: _state(case) for case in cases}
    then = _earlier(session, cases, span)
    coming = [state for case, state in now.items() if state.attends and case not in late_guests]
    came = [state for case, state in then.items() if state.attends and case not in late_guests]
    late = [state for state in coming if state.attendance == Punctuality.LATE]
    topics, punctual = _proposals(session, span)
    proposing = {case for case, state in now.items() if state.proposes}
    counted = Counter(topic for case in proposing for topic in topics.get(case, ()))
    return Totals(
        registrations=len(coming),
        people=sum(state.people or 0 for state in coming),
        people_before=sum(state.people or 0 for state in came),
        organisations=_distinct(coming),
        organisations_before=_distinct(came),
        without_people=sum(state.people is None for state in coming),
        late_registrations=len(late),
        late_people=sum(state.people or 0 for state in late),
        proposals=len(proposing),
        proposals_before=sum(state.proposes for state in then.values()),
        proposal_organisations=_distinct(now[case] for case in proposing),
        late_proposals=len(proposing - punctual),
        topics=tuple(TopicCount(topic, count) for topic, count in counted.most_common()),
        proposals_without_topic=sum(not topics.get(case) for case in proposing),
    )


def _state(case: Case) -> _State:
    return _State(case.attends, case.people, case.organisation_key, case.attendance, case.proposes)


def _earlier(session: Session, cases: Sequence[Case], span: Span) -> dict[int, _State]:
    """Return how the cases stood at the beginning of *span*: as now, with all changes since then taken back."""
    if span.since is None:
        return {}
    states = {case.id: _state(case) for case in cases if case.opened_at <= span.since}
    kinds = (Happening.AMENDED.value, Happening.CORRECTED.value, Happening.UNDONE.value)
    query = select(Event).where(Event.kind.in_(kinds), Event.at > span.since)
    for event in session.scalars(query.order_by(Event.id.desc())):
        state = states.get(event.case_id or 0)
        changes = event.detail if event.kind == Happening.AMENDED else event.detail.get("case", {})
        for name, (before, _) in changes.items() if state else ():
            if name not in _STATE:
                continue
            setattr(state, name, organisation_key(before) if name == "organisation" else before)
    return states


def _proposals(session: Session, span: Span) -> tuple[dict[int, set[str]], set[int]]:
    """Return the topics of each proposing case, and the cases whose proposal was on time."""
    topics: dict[int, set[str]] = {}
    punctual: set[int] = set()
    proposing = (Category.PROPOSAL.value, Category.MIXED.value)
    query = select(Record).where(
        Record.consultation == span.consultation,
        Record.case_id.is_not(None),
        func.coalesce(Record.corrected, Record.category).in_(proposing),
    )
    for record in session.scalars(query):
        facts = corrections.facts(record)
        topics.setdefault(record.case_id or 0, set()).update(facts["topics"])
        if facts["proposal"] == Punctuality.ON_TIME:
            punctual.add(record.case_id or 0)
    return topics, punctual


def _distinct(states: Iterable[_State]) -> int:
    return len({state.organisation for state in states if state.organisation})
