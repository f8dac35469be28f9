"""Every letter written once before the first is sent, so that a mistake in a template is found at start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from intake.errors import TemplateError
from intake.judgement.consultation import Consultation, Cutoffs
from intake.judgement.values import Category, Punctuality, Timeliness
from intake.letters.facts import Change, Enclosure, LetterFacts, LetterKind, Office, Piece
from intake.letters.letter import compose
from intake.letters.templates import Templates
from intake.letters.view import view

_INSTANT = timedelta(seconds=41)
NEEDS = ("interpreter", "wheelchair", "loop", "assistant", "diet", "parking")


def rehearse(office: Office, consultation: Consultation, cutoffs: Cutoffs, templates: Templates) -> None:
    """Write every kind of letter, of much and of little, early and late; raise ``TemplateError`` with what failed."""
    problems: dict[str, None] = {}
    composed: set[LetterKind] = set()
    for facts, now in samples(consultation, cutoffs):
        try:
            if facts.kind in composed:  # its envelope is known to be good: only what is said differs
                templates.sheet(facts.kind, view(facts, office.name, consultation, cutoffs, now))
            else:
                compose(facts, office, consultation, cutoffs, templates, now)
                composed.add(facts.kind)
        except TemplateError as error:
            problems.update(dict.fromkeys(error.problems))
    if problems:
        raise TemplateError(*problems)


def samples(consultation: Consultation, cutoffs: Cutoffs) -> Iterator[tuple[LetterFacts, datetime]]:
    """Yield facts, and when their letter is written: at each side of each cutoff, much and little of everything."""
    moments = (cutoffs.opened, cutoffs.attendance, cutoffs.attendance + _INSTANT, cutoffs.meeting, cutoffs.proposals)
    for received in (*moments, cutoffs.proposals + timedelta(days=1)):
        timeliness = Timeliness(_side(received, cutoffs.attendance), _side(received, cutoffs.proposals))
        for kind in LetterKind:
            little = _little(kind, received, timeliness, consultation)
            much = _much(little, consultation)
            yield little, received + timedelta(minutes=1)
            yield much, received + timedelta(minutes=1)
            yield replace(much, people=None, first=True, debt=True), received + timedelta(days=60)


def _side(received: datetime, cutoff: datetime) -> Punctuality:
    return Punctuality.ON_TIME if received <= cutoff else Punctuality.LATE


def _little(kind: LetterKind, received: datetime, timeliness: Timeliness, consultation: Consultation) -> LetterFacts:
    return LetterFacts(
        kind=kind,
        case=f"{consultation.case_prefix}-0001",
        recipient="nobody@example.org",
        mailbox_address=consultation.meeting.confirm_to,
        message_id="<rehearsal@example.org>",
        answers=None,
        references=(),
        received=received,
        timeliness=timeliness,
        pieces=(Piece(received, supplement=False, enclosures=0), Piece(received, supplement=True, enclosures=0)),
    )


def _much(facts: LetterFacts, consultation: Consultation) -> LetterFacts:
    unnamed = Enclosure("", 999, readable=False)
    return replace(
        facts,
        subject="Abc",
        organisation="Abc",
        people=3,
        topics=tuple(topic.id for topic in consultation.topic),
        enclosures=(*(Enclosure(f"{number}.pdf", 10**number) for number in range(12)), unnamed, unnamed),
        organisation_before="Abd",
        people_before=2,
        registered_before=True,
        repeats=True,
        first=False,
        changes=tuple(_changes(consultation)),
        by_staff=True,
        our_mistake=True,
        needs=NEEDS,
        names=("Abc", "Abd"),
    )


def _changes(consultation: Consultation) -> Iterator[Change]:
    yield Change("kind", (Category.QUESTION.value,), (Category.ATTENDANCE.value,))
    yield Change("attends", ("no",), ("yes",))
    yield Change("people", ("2",), ("3",))
    yield Change("organisation", (), ("Abc",))
    yield Change("topics", (), tuple(topic.id for topic in consultation.topic))
    yield Change("needs", (), NEEDS)
    yield Change("names", ("Abc",), ("Abd",))
