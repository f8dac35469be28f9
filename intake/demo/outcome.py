"""What a play came to, told from the records as ``intake export`` tells them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from intake.judgement.values import Category
from intake.letters.digest_facts import Totals
from intake.records import accounts, day, export
from intake.records.store import Fate
from intake.worker.desk import Desk

HEADS = ("category", "messages", "on time", "late", "people", "organisations", "answered", "failed")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures that the end table shows."""

    rows: tuple[tuple[str, ...], ...]  # under HEADS
    totals: Totals  # of the consultation, withdrawn registrations left out
    left_alone: int
    private: int


def outcome(desk: Desk) -> Outcome:
    """Read what was recorded."""
    consultation = desk.rules.consultation.id
    with desk.store.reading() as session:
        lines = list(export.exported(session, consultation, desk.rules.zone))
        totals = day.totals(session, day.Span(consultation, None, desk.now()), desk.rules.cutoffs.meeting)
        boxes = [box.id for box in desk.settings.config.mailbox]
        fates = [accounts.tally(session, box, None, desk.now()) for box in boxes]
    return Outcome(
        rows=tuple(_rows(lines)),
        totals=totals,
        left_alone=sum(tally[Fate.LEFT_ALONE] for tally in fates),
        private=sum(line["acknowledgement"] is None for line in lines),
    )


def _rows(lines: list[dict[str, Any]]) -> Iterable[tuple[str, ...]]:
    for category in [*Category, None]:
        of_it = [line for line in lines if line["category"] == category]
        if of_it or category is not None:
            yield (category or "set aside", *_figures(of_it))
    yield ("all", *_figures(lines))


def _figures(lines: list[dict[str, Any]]) -> tuple[str, ...]:
    times = [set((line["timeliness"] or {}).values()) for line in lines]
    acknowledgements = [(line["acknowledgement"] or {}).get("status") for line in lines]
    return (
        str(len(lines)),
        _count(sum(found == {"on_time"} for found in times)),
        _count(sum("late" in found for found in times)),
        _count(sum(line["people"] or 0 for line in lines)),
        _count(len({line["organisation"] for line in lines if line["organisation"]})),
        _count(acknowledgements.count("sent")),
        _count(acknowledgements.count("failed")),
    )


def _count(number: int) -> str:
    return str(number) if number else "-"
