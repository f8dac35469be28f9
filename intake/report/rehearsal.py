"""The report tried at start: every sentence of its template said once, of much and of nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from intake.judgement.rules import Rules
from intake.letters.digest_facts import Seal
from intake.letters.facts import Office
from intake.letters.templates import Templates
from intake.report import html, xlsx
from intake.report.facts import Day, Late, Messages, Pattern, Proposal, Registration, ReportFacts, Ruling, Topic
from intake.report.wording import wording

_CASE = "AA-0000-0000"


def rehearse(office: Office, rules: Rules, templates: Templates) -> None:
    """Write the page of a consultation with much and of one with nothing; raise ``TemplateError``."""
    said = wording(templates, office, rules)
    topics = tuple(topic.id for topic in rules.consultation.topic)
    for facts in (full(rules.cutoffs.proposals, topics), empty(rules.cutoffs.opened)):
        for _ in html.page(facts, said):
            pass
        for tab in xlsx.tabs(facts, said):
            for _ in tab.rows:
                pass


def empty(at: datetime) -> ReportFacts:
    """Return what the report is made of where nothing came."""
    return ReportFacts(
        at=at,
        messages=Messages(),
        registrations=(),
        withdrawn=0,
        after_meeting=0,
        proposals=0,
        proposals_late=0,
        proposal_organisations=0,
        topics=(),
        late=(),
        patterns=(),
        days=(),
        seal=Seal(0, "0000"),
    )


def full(at: datetime, topics: tuple[str, ...]) -> ReportFacts:
    """Return what the report is made of where all there is came, in every form."""
    return ReportFacts(
        at=at,
        messages=Messages(*range(1, 14)),
        registrations=(
            Registration(_CASE, "A", 2, topics, late=True, received=at),
            Registration(_CASE, "Ą", None, (), late=False, received=None),
            Registration(_CASE, None, 1, topics[:1], late=False, received=at),
        ),
        withdrawn=1,
        after_meeting=1,
        proposals=5,
        proposals_late=1,
        proposal_organisations=2,
        topics=(
            Topic(topics[0], 5, 5, lambda: _proposals(at, topics)),
            Topic(None, 1, 0, lambda: ()),
        ),
        late=(
            *(Late(_CASE, "A", of, at, ruling) for of in ("attendance", "proposal") for ruling in Ruling),
            Late(_CASE, None, "proposal", None, Ruling.OPEN),
        ),
        patterns=(Pattern(1, 5, 2, "A"), Pattern(2, 3, 0, "A")),
        days=tuple(Day(at.date(), *counts) for counts in ((1, 2, 3), (0, 0, 1), (1, 0, 0))),
        seal=Seal(9, "0000 0000"),
    )


def _proposals(at: datetime, topics: tuple[str, ...]) -> Iterator[Proposal]:
    for ruling in Ruling:
        yield Proposal(_CASE, "A", at, topics, "A", 1, True, ruling, True, 1, "A", erased=False)
    yield Proposal(_CASE, None, None, (), "", 2, False, Ruling.OPEN, False, None, "", erased=False)
    yield Proposal(_CASE, None, at, (), "", 0, False, Ruling.OPEN, False, None, "", erased=True)
