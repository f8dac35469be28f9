"""The workbooks that go with a digest: who comes, and what was proposed; their words are those of ``digest.words``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo

from intake.judgement.rules import Consultation
from intake.letters.digest_facts import DigestFacts
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


def sheets(
    facts: DigestFacts, consultation: Consultation, templates: Templates, zone: tzinfo | None
) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each workbook that has something in it."""
    told = words(templates)
    names = {topic.id: topic.short for topic in consultation.topic}
    day = facts.day.isoformat()

    def local(moment: datetime | None) -> datetime | None:
        return moment.astimezone(zone) if moment else None

    def several(values: tuple[str, ...]) -> str:
        return ", ".join(names.get(value, told.get(value, value)) for value in values)

    if facts.guests:
        rows: list[list[Cell]] = [
            [
                guest.case,
                guest.organisation,
                guest.people,
                ", ".join(guest.names),
                several(guest.topics),
                several(guest.needs),
                told["yes"] if guest.late else told["no"],
                told[guest.channel or "mail"],
                local(guest.received),
                guest.address,
            ]
            for guest in facts.guests
        ]
        tab = _tab(told["attendance"], told["guest_columns"], _GUESTS, rows)
        yield f"{told['attendance_file']}-{day}.xlsx", workbook([tab], title=tab.name, written=facts.until)
    if facts.proposed:
        found: list[list[Cell]] = [
            [
                each.case,
                each.organisation,
                local(each.received),
                told["yes"] if each.late else told["no"],
                several(each.topics),
                each.text,
                ", ".join(each.enclosures),
            ]
            for each in facts.proposed
        ]
        tab = _tab(told["proposals"], told["proposed_columns"], _PROPOSED, found)
        yield f"{told['proposals_file']}-{day}.xlsx", workbook([tab], title=tab.name, written=facts.until)


def _tab(name: str, titles: str, shown: Sequence[tuple[int, Kind]], rows: list[list[Cell]]) -> Tab:
    columns = (Column(title, width, kind) for title, (width, kind) in zip(titles.split(" | "), shown, strict=True))
    return Tab(name, tuple(columns), rows)
