"""The workbooks that go with a digest: who comes, and what was proposed; their words are those of ``digest.words``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from intake.judgement.consultation import Consultation
from intake.letters.digest_facts import DigestFacts, Guest, Proposed
from intake.letters.templates import LANGUAGE, Templates
from intake.letters.workbook import Cell, Column, Kind, Tab, workbook

_TEXT, _NUMBER, _MOMENT, _LONG = Kind.TEXT, Kind.NUMBER, Kind.MOMENT, Kind.LONG
_GUESTS = (
    *((18, _TEXT), (40, _TEXT), (12, _NUMBER), (40, _TEXT), (40, _TEXT), (40, _TEXT), (12, _TEXT), (14, _TEXT)),
    *((18, _MOMENT), (34, _TEXT)),
)
_PROPOSED = ((18, _TEXT), (40, _TEXT), (18, _MOMENT), (12, _TEXT), (40, _TEXT), (80, _LONG), (40, _TEXT))


def words(templates: Templates) -> dict[str, str]:
    """Return the office's words for sheets: headings, names of files, needs and channels, by their keys."""
    said = templates.environment.get_template(f"{LANGUAGE}/digest.words.j2").module
    macro: Callable[[], str] = vars(said)["sheet_words"]
    return dict(line.split(": ", 1) for line in str(macro()).strip().splitlines() if ": " in line)


@dataclass(frozen=True, slots=True)
class Wording:
    """What the sheets are written with: the office's words, the names of topics, and its zone."""

    told: Mapping[str, str]
    topics: Mapping[str, str]
    zone: tzinfo | None

    def local(self, moment: datetime | None) -> datetime | None:
        """Return a moment in the office's zone."""
        return moment.astimezone(self.zone) if moment else None

    def several(self, values: Sequence[str]) -> str:
        """Return ids as words."""
        return ", ".join(self.topics.get(value, self.told.get(value, value)) for value in values)

    def answer(self, *, yes: bool) -> str:
        """Return the office's yes or no."""
        return self.told["yes" if yes else "no"]


def wording(templates: Templates, consultation: Consultation, zone: tzinfo | None) -> Wording:
    """Return the words of sheets."""
    return Wording(words(templates), {topic.id: topic.short for topic in consultation.topic}, zone)


def sheets(
    facts: DigestFacts, consultation: Consultation, templates: Templates, zone: tzinfo | None
) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each workbook that has something in it."""
    said = wording(templates, consultation, zone)
    for name, tab in (
        *((("attendance_file", attendance(facts.guests, said)),) if facts.guests else ()),
        *((("proposals_file", proposals(facts.proposed, said)),) if facts.proposed else ()),
    ):
        content = workbook([tab], title=tab.name, written=facts.until)
        yield f"{said.told[name]}-{facts.day.isoformat()}.xlsx", content


def attendance(guests: Iterable[Guest], said: Wording) -> Tab:
    """Return the sheet of those who come."""
    rows: list[list[Cell]] = [
        [
            guest.case,
            guest.organisation,
            guest.people,
            ", ".join(guest.names),
            said.several(guest.topics),
            said.several(guest.needs),
            said.answer(yes=guest.late),
            said.told[guest.channel or "mail"],
            said.local(guest.received),
            guest.address,
        ]
        for guest in guests
    ]
    return _tab(said.told["attendance"], said.told["guest_columns"], _GUESTS, rows)


def proposals(proposed: Iterable[Proposed], said: Wording) -> Tab:
    """Return the sheet of what was proposed, with full text."""
    rows: list[list[Cell]] = [
        [
            each.case,
            each.organisation,
            said.local(each.received),
            said.answer(yes=each.late),
            said.several(each.topics),
            each.text,
            ", ".join(each.enclosures),
        ]
        for each in proposed
    ]
    return _tab(said.told["proposals"], said.told["proposed_columns"], _PROPOSED, rows)


def _tab(name: str, titles: str, shown: Sequence[tuple[int, Kind]], rows: list[list[Cell]]) -> Tab:
    columns = (Column(title, width, kind) for title, (width, kind) in zip(titles.split(" | "), shown, strict=True))
    return Tab(name, tuple(columns), rows)
