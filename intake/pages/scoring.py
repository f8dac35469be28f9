"""The page of ``intake score``: figures, who was taken for whom, each miss with its words, and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from intake.judgement.score import Label, Scored
from intake.judgement.values import Category
from intake.pages import plot
from intake.pages.explanation import PARTS, Shown
from intake.pages.frame import percent, render


@dataclass(frozen=True, slots=True)
class ShownMiss:
    """A miss to show: what a person said it is, and what was read in it."""

    label: Label
    shown: Shown


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its name and what is to be known of it."""

    name: str
    value: str
    note: str = ""
    bad: bool = False  # must not be


@dataclass(frozen=True, slots=True)
class Cell:
    """How many of one label were judged so, and what share of the label's that is."""

    number: int
    share: float
    right: bool


def page(title: str, scored: Scored, misses: Sequence[ShownMiss]) -> str:
    """Return the page of *scored* over the corpus called *title*."""
    return render(
        "score",
        {
            "title": title,
            "scored": scored,
            "figures": figures(scored),
            "categories": tuple(Category),
            "confusion": confusion(scored),
            "points": plot.points(scored.calibration),
            "plot": plot,
            "misses": misses,
            **PARTS,
        },
    )


def figures(scored: Scored) -> tuple[Figure, ...]:
    """Return the figures of *scored*, those that matter most first."""
    return (
        Figure("category", f"{scored.accuracy:.3f}", f"{len(scored.misses)} missed of {scored.number}"),
        Figure("wrong, and nobody looks", f"{scored.wrong_unreviewed:.3f}", "of all messages"),
        Figure("a person looks", f"{scored.review:.3f}", f"{percent(scored.unsure)} because unsure"),
        Figure("people", f"{scored.people:.3f}", "where somebody comes"),
        Figure("organisation", f"{scored.organisation:.3f}"),
        Figure("topics, F1", f"{scored.topics_f1:.3f}"),
        Figure("timeliness", f"{scored.timeliness:.3f}", "where the category is right"),
        Figure("answered rightly", f"{scored.acknowledge:.3f}"),
        Figure(
            "machines answered",
            f"{scored.automatic_acknowledged}",
            "must be none",
            bad=scored.automatic_acknowledged > 0,
        ),
    )


def confusion(scored: Scored) -> tuple[tuple[Category, tuple[Cell, ...]], ...]:
    """Return a row for each label, a cell for each verdict."""
    rows = []
    for known in Category:
        labelled = scored.categories[known].labelled
        numbers = [(judged, scored.confusion.get((known, judged), 0)) for judged in Category]
        cells = tuple(
            Cell(number, number / labelled if labelled else 0.0, known is judged) for judged, number in numbers
        )
        rows.append((known, cells))
    return tuple(rows)
