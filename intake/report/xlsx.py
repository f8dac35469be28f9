"""The report as a workbook: what it counts and what it lists, each on a tab of its own, written row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from intake.letters.inert import inert
from intake.letters.workbook import Cell, Column, Kind, Tab, write
from intake.report import outline
from intake.report.facts import ReportFacts
from intake.report.wording import Wording

_TEXT, _NUMBER, _MOMENT, _DAY, _LONG = Kind.TEXT, Kind.NUMBER, Kind.MOMENT, Kind.DAY, Kind.LONG
_NAME = 120  # characters of an organisation's name
_Shown = tuple[tuple[int, Kind], ...]
_PROPOSALS: _Shown = (
    *((34, _TEXT), (40, _TEXT), (18, _TEXT), (18, _MOMENT), (12, _TEXT), (30, _TEXT), (44, _TEXT), (80, _LONG)),
    *((12, _NUMBER), (14, _TEXT), (8, _NUMBER)),
)
_REGISTRATIONS: _Shown = ((44, _TEXT), (10, _NUMBER), (50, _TEXT), (14, _TEXT), (18, _TEXT), (18, _MOMENT))
_LATE: _Shown = ((18, _TEXT), (44, _TEXT), (22, _TEXT), (18, _MOMENT), (40, _TEXT))
_DAYS: _Shown = ((14, _DAY), (24, _NUMBER), (14, _NUMBER), (12, _NUMBER), (12, _NUMBER))
_PATTERNS: _Shown = ((10, _NUMBER), (10, _NUMBER), (14, _NUMBER), (90, _LONG))
_SUMMARY: _Shown = ((52, _TEXT), (52, _TEXT))


def save(path: Path, facts: ReportFacts, said: Wording) -> None:
    """Write the workbook to *path*."""
    write(path, tabs(facts, said), title=outline.title(said), written=facts.at)


def tabs(facts: ReportFacts, said: Wording) -> Iterator[Tab]:
    """Yield the tabs, their rows as they are read."""
    words = said.sheet()

    def tab(name: str, shown: _Shown, rows: Iterable[list[Cell]]) -> Tab:
        heads = words[f"{name}_columns"].split(" | ")
        columns = (Column(head, width, kind) for head, (width, kind) in zip(heads, shown, strict=True))
        return Tab(words[name], tuple(columns), rows)

    yield tab("summary", _SUMMARY, _summary(facts, said))
    yield tab("proposals", _PROPOSALS, _proposals(facts, said, words))
    yield tab("registrations", _REGISTRATIONS, _registrations(facts, said, words))
    yield tab("late", _LATE, _late(facts, said, words))
    yield tab("days", _DAYS, ([day.day, day.attendance, day.proposals, day.others, day.messages] for day in facts.days))
    patterns = enumerate(facts.patterns, start=1)
    rows: Iterable[list[Cell]] = (
        [number, each.letters, each.organisations, outline.pattern_text(each)] for number, each in patterns
    )
    yield tab("patterns", _PATTERNS, rows)


def _summary(facts: ReportFacts, said: Wording) -> Iterator[list[Cell]]:
    """Yield every label and fact of the page, as it says them."""
    yield [outline.title(said), None]
    yield [said.line("state", facts), None]
    for label, fact in outline.numbers(facts, said):
        yield [label, fact]


def _proposals(facts: ReportFacts, said: Wording, words: dict[str, str]) -> Iterator[list[Cell]]:
    for topic in facts.topics:
        for each in topic.each():
            yield [
                said.topic(topic.id),
                inert(each.organisation or "", _NAME),
                each.case,
                said.local(each.received),
                words["yes" if each.late else "no"],
                said.line("ruling", each.ruling) if each.late else None,
                ", ".join(said.brief[one] for one in each.topics),
                outline.text(each, facts, said),
                each.enclosures,
                words["yes" if each.supplement else "no"],
                outline.number_of(each.campaign, facts),
            ]


def _registrations(facts: ReportFacts, said: Wording, words: dict[str, str]) -> Iterator[list[Cell]]:
    for each in facts.registrations:
        yield [
            inert(each.organisation or "", _NAME),
            each.people,
            ", ".join(said.brief[group] for group in each.groups),
            words["yes" if each.late else "no"],
            each.case,
            said.local(each.received),
        ]


def _late(facts: ReportFacts, said: Wording, words: dict[str, str]) -> Iterator[list[Cell]]:
    for each in facts.late:
        yield [
            each.case,
            inert(each.organisation or "", _NAME),
            words[each.of],
            said.local(each.received),
            said.line("ruling", each.ruling),
        ]
