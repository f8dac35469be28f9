"""Choosing among readings by weights: a table of what speaks for and against, and how likely that makes each reading.

A feature that begins with a tilde is a word as it stands; it counts less than what the office's files say of words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from intake.errors import RulesError

PEOPLE = Path(__file__).with_name("people.tsv")
WORD = 0.3
_HEAD = "# weights of readings, format 1"


def likelihoods(readings: Sequence[Sequence[str]], weights: Mapping[str, float]) -> tuple[float, ...]:
    """Return how likely each reading is by its features, together 1; the same to the last digit in any order."""
    sums = [math.fsum(strength(name) * weights.get(name, 0.0) for name in features) for features in readings]
    top = max(sums)
    powers = [math.exp(value - top) for value in sums]
    total = math.fsum(powers)
    return tuple(power / total for power in powers)


def strength(feature: str) -> float:
    """Return how much *feature* counts before it is weighed."""
    return WORD if feature[0] == "~" else 1.0


def load(path: Path = PEOPLE) -> dict[str, float]:
    """Read the table at *path*; raise ``RulesError`` where it is missing, or is not such a table."""
    try:
        return _table(path.read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError) as error:
        raise RulesError(f"{path}: cannot be read ({error}); python -m learning.fit_people writes it") from error


def _table(lines: list[str]) -> dict[str, float]:
    if not lines or lines[0] != _HEAD:
        raise ValueError("line 1 must be " + _HEAD)
    pairs = (line.rsplit("\t", 1) for line in lines[1:])
    return {name: int(value) / 100 for name, value in pairs}


def written(weights: Mapping[str, float]) -> str:
    """Return the table as it is kept: hundredths, the rest left out."""
    rows = sorted((name, round(value * 100)) for name, value in weights.items())
    return "\n".join([_HEAD, *(f"{name}\t{value}" for name, value in rows if value)]) + "\n"
