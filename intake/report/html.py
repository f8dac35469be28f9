"""The report as one page of HTML: it fetches nothing, runs nothing, and is written as its parts are read."""

from __future__ import annotations

from collections.abc import Iterator

from intake.letters.templates import LANGUAGE
from intake.report import outline
from intake.report.facts import ReportFacts
from intake.report.wording import Wording

LAYOUT = "report.html"


def page(facts: ReportFacts, said: Wording) -> Iterator[str]:
    """Yield the page, a piece at a time."""
    values = {"title": outline.title(said), "language": LANGUAGE, "blocks": outline.blocks(facts, said)}
    return said.templates.pieces(LAYOUT, values)
