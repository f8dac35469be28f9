"""The digest tried at start: every sentence of its templates said once, so that no mistake waits for a morning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from intake.judgement.consultation import Consultation, Cutoffs
from intake.judgement.values import Category, Punctuality, Timeliness
from intake.letters.digest import compose_digest
from intake.letters.digest_facts import (
    Account,
    Alike,
    Debt,
    DebtState,
    Decision,
    DecisionKind,
    DigestFacts,
    Entry,
    Guest,
    Letters,
    Login,
    Offer,
    Proposed,
    Seal,
    TopicCount,
    Totals,
)
from intake.letters.facts import Enclosure, Office
from intake.letters.rehearsal import NEEDS
from intake.letters.templates import Templates

_LATE = Timeliness(Punctuality.LATE, Punctuality.LATE)
_CASE = "AA-0000-0000"


def rehearse(office: Office, consultation: Consultation, cutoffs: Cutoffs, templates: Templates) -> None:
    """Compose days on which everything happens, and days on which nothing does; raise ``TemplateError``."""
    soon, day = timedelta(hours=1), timedelta(days=1)
    for until in (cutoffs.attendance - day, cutoffs.meeting - soon, cutoffs.proposals - soon, cutoffs.proposals + soon):
        full = replace(_full(until, consultation), listed=until < cutoffs.attendance)
        for facts in (full, replace(full, decisions=full.decisions[-1:], first=True), _quiet(full)):
            compose_digest(facts, office, consultation, cutoffs, templates, until)
    for seats in (500, full.totals.people, 1):
        calm = replace(_quiet(full), listed=True, guests=full.guests, entries=full.entries[:1])
        compose_digest(calm, office, _with_seats(consultation, seats), cutoffs, templates, until)
    second = replace(full, decisions=(), accounts=(), entries=full.entries[:2], second=True)
    compose_digest(second, office, consultation, cutoffs, templates, until)
    # More than are shown.
    crowd = replace(_quiet(full), listed=True, guests=(replace(full.guests[0], names=("A" * 60,) * 20),) * 40)
    compose_digest(crowd, office, consultation, cutoffs, templates, until)
    changed = Entry(_CASE, Category.ATTENDANCE, until, _LATE, people=2, registered_before=True)
    for before in (None, 1, 2, 3):
        facts = replace(_quiet(full), entries=(replace(changed, people_before=before),))
        compose_digest(facts, office, consultation, cutoffs, templates, until)


def _with_seats(consultation: Consultation, seats: int) -> Consultation:
    meeting = consultation.meeting.model_copy(update={"capacity": seats})
    return consultation.model_copy(update={"meeting": meeting})


def _quiet(full: DigestFacts) -> DigestFacts:
    healthy = Account("a", "a@office.example", seen=9, taken_in=9, last_reached=full.until)
    return replace(
        full,
        decisions=(),
        entries=(),
        accounts=(healthy,),
        letters=Letters(),
        debts=(),
        offers=(),
        answers_to=None,
        guests=(),
        listed=False,
    )


def _full(until: datetime, consultation: Consultation) -> DigestFacts:
    """Return a day of every fault, every decision and every kind of news."""
    return DigestFacts(
        day=until.date(),
        since=until - timedelta(days=1),
        until=until,
        message_id="<rehearsal@office.example>",
        sender="a@office.example",
        recipients=("a@office.example",),
        accounts=tuple(_accounts(until)),
        decisions=tuple(_decisions(until)),
        entries=tuple(_entries(until, consultation)),
        totals=Totals(
            people=7,
            late_registrations=1,
            without_people=1,
            late_proposals=1,
            topics=(TopicCount(consultation.topic[0].id, 1),),
            proposals_without_topic=1,
        ),
        letters=Letters(
            due=9,
            waiting=1,
            oldest_waiting=until,
            failing_since=until,
            last_error="No",
            paused_since=until,
            written_off=1,
        ),
        debts=tuple(_debts(until)),
        seal=Seal(9, "0000 0000"),
        expiring=tuple(_logins(until.date())),
        offers=(*(Offer(number, "A", "A") for number in (1, 2)), Offer(1, "A")),
        answered=(_CASE,),
        answers_to="a@office.example",
        guests=tuple(_guests(consultation)),
        proposed=(Proposed(_CASE, "A", until, True, (consultation.topic[0].id,), "A", ("a.pdf",)),),
        listed=True,
        campaigns=(Alike(1, _CASE, 9, 5, "A"), *[Alike(2, _CASE, 3, 3)] * 9),
    )


def _guests(consultation: Consultation) -> Iterator[Guest]:
    topics = tuple(topic.id for topic in consultation.topic)
    yield Guest(_CASE, "A", 2, ("A",) * 20, topics, NEEDS, late=True, admitted=True, channel="phone")
    yield from (Guest(_CASE, None, None), Guest(_CASE, None, None, topics=topics[:1], late=True))
    yield from [Guest(_CASE, "A", 1, needs=NEEDS)] * 12


def _accounts(until: datetime) -> Iterator[Account]:
    every = Account("a", "a@office.example", 9, 1, 1, 1, 1, 1, 1, 1, 1, 1, until, until, "No", gap=True, staff=1)
    every = replace(every, compared=until, on_server=9, passed_by=1, withheld=1, misfiled=1)
    yield from (every, replace(every, last_reached=None, failing_since=None))


def _logins(day: date) -> Iterator[Login]:
    for days in (-1, 0, 1, 5):
        yield Login("a", "a@office.example", day + timedelta(days))
    yield Login(None, "a@office.example", day)


def _debts(until: datetime) -> Iterator[Debt]:
    for state in DebtState:
        yield Debt(_CASE, "a", until, until, state, 1, "No")
        yield Debt(_CASE, "a", until, None, state)
    yield from [Debt(_CASE, "a", until, until, DebtState.WAITING)] * 30  # more than are shown


def _decisions(until: datetime) -> Iterator[Decision]:
    for kind in DecisionKind:
        bare = Decision(kind, "a", None)
        full = Decision(
            kind=kind,
            mailbox="a",
            received=until - timedelta(minutes=1),
            case=_CASE,
            also=tuple(DecisionKind),
            sender="a@ngo.example",
            organisation="A",
            people=1,
            acknowledged=True,
            category=Category.MIXED,
            runner_up=Category.QUESTION,
            excerpt="A",
            enclosures=(Enclosure("a", 1, readable=False), Enclosure("", 1, readable=False)),
            size=1,
            other_case=_CASE,
            problem="No",
            server=until,
            letters=1,
        )
        yield from (bare, full)
    yield from (replace(full, why=why) for why in ("limits", "time", "broken", "program"))
    yield replace(full, dated=until)
    yield from (replace(full, personal=True), replace(full, category=Category.PROPOSAL, runner_up=None))


def _entries(until: datetime, consultation: Consultation) -> Iterator[Entry]:
    topics = (consultation.topic[0].id,)
    full = Entry(
        _CASE, Category.ATTENDANCE, until, _LATE, "A", 1, topics=topics, excerpt="A", enclosures=1, supplement=True
    )
    for category in Category:
        told = replace(full, category=category)
        yield from (told, replace(told, organisation=None, people=None, topics=()), replace(told, unsure=True))
    yield from (replace(full, registered_before=True, people=people, people_before=2) for people in (None, 1, 2))
    yield replace(full, category=Category.PROPOSAL, campaign=1, topics=tuple(each.id for each in consultation.topic))
    yield from [full] * 30  # more than are shown
