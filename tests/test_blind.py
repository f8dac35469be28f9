"""Mail that was judged once before anybody had read it: what was reached is not lost again.

The floors are what these messages give since their misses were read, less one message each; ``blind/README.md`` tells
what they gave when they were opened.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from intake.__main__ import Call
from intake.commands.score import command

BLIND = Path(__file__).parent / "blind"
WIDTH = 28  # of the figures' names


@pytest.fixture(scope="module")
def figures() -> dict[str, float]:
    """Give the figures that ``intake score`` prints of these messages."""
    result = CliRunner().invoke(command, ["--no-misses", str(BLIND)], obj=Call(None, None), catch_exceptions=False)
    table = result.output.partition("\n\n")[0].splitlines()
    return {line[:WIDTH].strip(): float(line[WIDTH:].split()[0]) for line in table}


@pytest.mark.parametrize(
    ("figure", "floor"),
    [
        ("category", 0.975),
        ("organisation", 0.912),
        ("people", 0.888),
        ("topics F1", 0.94),
        ("timeliness", 1.0),
        ("acknowledge", 0.975),
    ],
)
def test_what_was_found_is_found(figures: dict[str, float], figure: str, floor: float) -> None:
    """As often as at first."""
    assert figures[figure] >= floor


@pytest.mark.parametrize(
    ("figure", "ceiling"),
    [("wrong, not sent to review", 0.026), ("sent to review", 0.088), ("automatic, but acknowledged", 0)],
)
def test_what_went_wrong_goes_wrong_no_oftener(figures: dict[str, float], figure: str, ceiling: float) -> None:
    """A machine is never answered."""
    assert figures[figure] <= ceiling
