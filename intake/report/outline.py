"""The report as blocks in their order, its words those of ``templates/pl/report.words.j2``; yielded as they are read.

HTML and PDF set the same blocks, so neither can say what the other does not. Strangers' text is short and inert here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from intake.letters.inert import inert
from intake.letters.polish import alphabetical
from intake.report.facts import Late, Pattern, Proposal, Registration, ReportFacts, Topic
from intake.report.short import short
from intake.report.wording import Wording

_NAME = 120  # characters of an organisation's name


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a section, of level 2 or 3."""

    text: str
    level: int = 2
    kind: str = "heading"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or two; *second* ones are explanations."""

    text: str
    second: bool = False
    kind: str = "paragraph"


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels, each with its fact."""

    caption: str
    rows: tuple[tuple[str, str], ...]
    kind: str = "facts"


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[str, ...]
    kind: str = "items"


@dataclass(frozen=True, slots=True)
class Bar:
    """A count with its name."""

    label: str
    count: int
    share: int  # percent of the longest
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """Counts, drawn as bars beside their numbers."""

    caption: str
    heads: tuple[str, ...]
    bars: tuple[Bar, ...]
    kind: str = "bars"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads; the columns in *numbers* hold numbers."""

    caption: str
    heads: tuple[str, ...]
    rows: Iterable[tuple[str, ...]]
    numbers: frozenset[int] = frozenset()
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class Entry:
    """A proposal, a letter written by many, something late: who, a line of marks, words."""

    title: str
    marks: str
    text: str
    kind: str = "entry"


Block = Heading | Paragraph | Facts | Items | Bars | Table | Entry


@dataclass(frozen=True, slots=True)
class Side:
    """The registrations on one side of the cutoff."""

    registrations: int
    people: int


def title(said: Wording) -> str:
    """Return what the report is called."""
    return said.line("title", said.consultation)


def blocks(facts: ReportFacts, said: Wording) -> Iterator[Block]:
    """Yield the whole report."""
    yield Paragraph(said.line("office", said.office), second=True)
    yield Paragraph(said.line("state", facts), second=True)
    yield from _told(said, "summary", facts)
    yield from _announced(said)
    yield from _attendance(facts, said)
    yield from _proposals(facts, said)
    yield from _patterns(facts, said)
    yield from _late(facts, said)
    yield from _days(facts, said)
    yield from _told(said, "rest", facts)
    yield Paragraph(said.line("rest_note"), second=True)
    yield Heading(said.line("method_heading"))
    yield from (Paragraph(line) for line in said.lines("method", facts))


def numbers(facts: ReportFacts, said: Wording) -> Iterator[tuple[str, str]]:
    """Yield every label with its fact, as the sections of the report say them."""
    yield from said.pairs("summary", facts)
    yield from said.pairs("attendance", facts, *_sides(facts))
    yield from said.pairs("proposals", facts)
    yield from said.pairs("rest", facts)


def _told(said: Wording, name: str, *values: object) -> Iterator[Block]:
    heading = said.line(f"{name}_heading")
    yield Heading(heading)
    yield Facts(heading, said.pairs(name, *values))


def _announced(said: Wording) -> Iterator[Block]:
    yield from _told(said, "announced", said.consultation, said.meeting, said.proposals)
    yield Heading(said.line("topics_heading"), 3)
    yield Items(tuple(said.topics.values()))
    if said.consultation.stages:
        yield Heading(said.line("stages_heading"), 3)
        yield Items(tuple(said.line("stage", stage) for stage in said.consultation.stages))


def _attendance(facts: ReportFacts, said: Wording) -> Iterator[Block]:
    yield from _told(said, "attendance", facts, *_sides(facts))
    yield Paragraph(said.line("attendance_note" if facts.registrations else "nobody"), second=True)
    if not facts.registrations:
        return
    yield Heading(said.line("groups_heading"), 3)
    yield Bars(said.line("groups_heading"), said.columns("groups_columns"), tuple(_groups(facts, said)))
    yield Paragraph(said.line("groups_note"), second=True)
    named = [each for each in facts.registrations if each.organisation]
    if named:
        named.sort(key=lambda each: (alphabetical(each.organisation or ""), each.case))
        heading = said.line("listed_heading")
        yield Heading(heading, 3)
        yield Table(heading, said.columns("listed_columns"), (_listed(each, said) for each in named), frozenset({1}))
    if len(named) < len(facts.registrations):
        yield Paragraph(said.line("unnamed", len(facts.registrations) - len(named)), second=True)


def _sides(facts: ReportFacts) -> tuple[Side, Side]:
    """Return the registrations that were on time, and those that were not."""
    return _side(each for each in facts.registrations if not each.late), _side(
        each for each in facts.registrations if each.late
    )


def _side(registrations: Iterable[Registration]) -> Side:
    found = [each.people or 0 for each in registrations]
    return Side(len(found), sum(found))


def _groups(facts: ReportFacts, said: Wording) -> Iterator[Bar]:
    people: dict[str | None, int] = {}
    for each in facts.registrations:
        for group in each.groups or (None,):
            people[group] = people.get(group, 0) + (each.people or 0)
    longest = max(people.values(), default=0)
    for group in (*said.topics, None):
        if group in people:
            name = said.topics[group] if group else said.line("no_group")
            yield Bar(name, people[group], _share(people[group], longest))


def _share(count: int, longest: int) -> int:
    return max(1, round(100 * count / longest)) if count else 0


def _listed(each: Registration, said: Wording) -> tuple[str, ...]:
    people = said.line("not_given") if each.people is None else str(each.people)
    return inert(each.organisation or "", _NAME), people, said.line("late" if each.late else "on_time")


def _proposals(facts: ReportFacts, said: Wording) -> Iterator[Block]:
    yield from _told(said, "proposals", facts)
    if not facts.topics:
        yield Paragraph(said.line("no_proposals"), second=True)
        return
    longest = max(topic.proposals for topic in facts.topics)
    bars = (Bar(said.topic(topic.id), topic.proposals, _share(topic.proposals, longest)) for topic in facts.topics)
    yield Bars(said.line("proposals_heading"), said.columns("topics_columns"), tuple(bars))
    yield Paragraph(said.line("proposals_note"), second=True)
    for topic in facts.topics:
        yield from _topic(topic, facts, said)


def _topic(topic: Topic, facts: ReportFacts, said: Wording) -> Iterator[Block]:
    yield Heading(said.line("topic_heading", said.topic(topic.id), topic.proposals), 3)
    if not topic.listed:
        yield Paragraph(said.line("elsewhere"), second=True)
    for each in topic.each():
        yield Entry(who(each.organisation, said), marks(each, facts, said), text(each, facts, said))


def who(organisation: str | None, said: Wording) -> str:
    """Return the name of an organisation, or that none was given."""
    return inert(organisation or "", _NAME) or said.line("no_organisation")


def marks(each: Proposal, facts: ReportFacts, said: Wording) -> str:
    """Return the line that stands under the name of who proposes."""
    others = [said.brief[topic] for topic in each.topics[1:]]
    found = said.lines("marks", each, said.local(each.received), others, number_of(each.campaign, facts))
    return " · ".join(found)


def number_of(campaign: int | None, facts: ReportFacts) -> int | None:
    """Return the number under which the report tells a campaign; None where it does not."""
    return next((number for number, each in enumerate(facts.patterns, start=1) if each.id == campaign), None)


def text(each: Proposal, facts: ReportFacts, said: Wording) -> str:
    """Return what is proposed, in short; of what follows a pattern only what it adds."""
    if each.erased:
        return said.line("erased")
    number = number_of(each.campaign, facts)
    if number is not None:
        added = short(each.added, each.persons)
        return " ".join((said.line("like_pattern", number), *([said.line("added", added)] if added else [])))
    told = short(each.text, each.persons)
    return told or (said.line("in_enclosure") if each.enclosures else "")


def _patterns(facts: ReportFacts, said: Wording) -> Iterator[Block]:
    if not facts.patterns:
        return
    yield Heading(said.line("patterns_heading"))
    yield Paragraph(said.line("patterns_note"), second=True)
    for number, each in enumerate(facts.patterns, start=1):
        yield Entry(said.line("pattern", number, each), "", pattern_text(each))


def pattern_text(each: Pattern) -> str:
    """Return the words that many wrote, in short."""
    return short(each.text, each.persons)


def _late(facts: ReportFacts, said: Wording) -> Iterator[Block]:
    yield Heading(said.line("late_heading"))
    yield Paragraph(said.line("late_note" if facts.late else "nothing_late"), second=True)
    for each in facts.late:
        yield Entry(who(each.organisation, said), " · ".join(_late_marks(each, said)), "")


def _late_marks(each: Late, said: Wording) -> list[str]:
    received: datetime | None = said.local(each.received)
    return said.lines("late_marks", each, received)


def _days(facts: ReportFacts, said: Wording) -> Iterator[Block]:
    if not facts.days:
        return
    heading = said.line("days_heading")
    longest = max(day.messages for day in facts.days)
    bars = tuple(
        Bar(said.line("day_name", day), day.messages, _share(day.messages, longest), said.line("day_note", day))
        for day in facts.days
    )
    yield Heading(heading)
    yield Bars(heading, said.columns("days_columns"), bars)
    yield Paragraph(said.line("days_note"), second=True)
