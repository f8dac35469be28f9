"""The calibration plot: where each bin of confidence stands, in the units of its drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from intake.judgement.score import Bin

SIDE = 300  # of the square in which shares run from 0 to 1
LEFT, TOP = 44, 14  # where the square begins in the drawing
_LARGEST, _LEAST = 13.0, 4.0  # radius of the fullest bin, and of any
_TALLEST = 40.0  # of the bars that count messages


@dataclass(frozen=True, slots=True)
class Point:
    """A bin as drawn: its point, and the bar that counts it."""

    bin: Bin
    x: float
    y: float
    radius: float
    tall: float


def points(bins: Sequence[Bin]) -> tuple[Point, ...]:
    """Place *bins*: confidence to the right, the share that was right upwards, area by how many."""
    most = max((each.number for each in bins), default=1)
    return tuple(
        Point(
            bin=each,
            x=round(LEFT + SIDE * each.confidence, 1),
            y=round(TOP + SIDE * (1 - each.accuracy), 1),
            radius=round(max(_LEAST, _LARGEST * (each.number / most) ** 0.5), 1),
            tall=round(max(1.0, _TALLEST * each.number / most), 1),
        )
        for each in bins
    )


def ticks() -> tuple[tuple[float, float, str], ...]:
    """Return the marks of both axes: from the left, from the top, and what they say."""
    return tuple(
        (LEFT + SIDE * tenth / 10, TOP + SIDE * (1 - tenth / 10), f"{tenth / 10:.1f}") for tenth in range(0, 11, 2)
    )
