"""What was learned of the thematic groups: weights of words, read beside the topic words of the rules.

The weights are a readable table (``subjects.tsv``), fitted by ``python -m learning.fit_topics`` and never changed by
hand. A feature is a word, its beginning, two neighbours, or a topic's word from ``rules/consultation.toml``, so that a
word which an official adds is understood here too. A row of kind ``feature`` has a column for each topic; a row of kind
``mail`` says how much a trait of the whole mail speaks for a topic, the same for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from intake.errors import RulesError
from intake.judgement.phrases import Finder
from intake.judgement.sentences import Sentence

WEIGHTS = Path(__file__).with_name("subjects.tsv")
TRAITS = ("alone", "any", "bias", "gated", "loudest", "named", "rest", "share", "silent", "subject")
_HEAD = "# topic weights of intake, format 1"
_STRENGTH = {"T": 2.5, "C": 1.5}  # by kind of feature; words and their parts count 1
_SQUARES = {kind: value**2 for kind, value in _STRENGTH.items()}
_MOST_WORDS = 120  # of a sentence
_MOST_HITS = 4  # of one topic in a sentence: a word that is repeated says no more


@dataclass(frozen=True, slots=True)
class Subjects:
    """The table: for each feature a weight for each of ``topics``, and the weights of a mail's traits."""

    topics: tuple[str, ...]
    features: Mapping[str, tuple[float, ...]] = field(repr=False)
    bias: tuple[float, ...]
    mail: Mapping[str, float]


def strength(feature: str) -> float:
    """Return how much *feature* counts before the sentence is brought to length one."""
    return _STRENGTH.get(feature[0], 1.0)


def features(sentence: Sentence, topics: Finder[str], choices: Finder[str]) -> tuple[str, ...]:
    """Return the distinct features of *sentence*: its words, and what the office's topic words say of it."""
    words = sentence.words[:_MOST_WORDS]
    found: dict[str, None] = {}
    for word in words:
        found[f"w={word}"] = None
        if len(word) > 3:
            found[f"p={word[:4]}"] = None
        if len(word) > 5:
            found[f"p={word[:6]}"] = None
    for one, other in pairwise(word[:5] for word in words):
        found[f"b={one}_{other}"] = None
    count: dict[str, int] = {}
    for hit in topics.find(words):
        count[hit.means] = min(count.get(hit.means, 0) + 1, _MOST_HITS)
        found[f"T={hit.means}{count[hit.means]}"] = None
    for hit in choices.find(words):
        found[f"C={hit.means}"] = None
    return tuple(found)


def chances(names: Sequence[str], learned: Subjects) -> tuple[float, ...]:
    """Return how likely a sentence with features *names* is about each of the learned topics."""
    known = [name for name in names if name in learned.features]
    rows = [learned.features[name] for name in known]
    sums = map(sum, zip(*rows, strict=True)) if rows else [0.0] * len(learned.topics)
    squares = sum([_SQUARES.get(name[0], 1.0) for name in known])
    scale = 1 / math.sqrt(squares) if squares else 0.0
    return tuple(logistic(scale * total + bias) for total, bias in zip(sums, learned.bias, strict=True))


def traits(
    column: Sequence[float], gates: Sequence[float], subject: Sequence[bool], *, named: bool, most: float
) -> dict[str, float]:
    """Return what a mail's sentences say of one topic together.

    *column* is how likely each sentence is about it, *gates* how likely each proposes or chooses anything, *subject*
    marks the mail's subject, *named* says whether a proposing sentence has a word of the topic, and *most* is the sum
    of the mail's strongest topic.
    """
    gated = [chance * gate for chance, gate in zip(column, gates, strict=True)]
    total = sum(gated)
    return {
        "bias": 1.0,
        "loudest": max(column, default=0.0),
        "gated": max(gated, default=0.0),
        "any": 1 - math.prod(1 - 0.95 * value for value in gated),
        "share": total / most if most > 0 else 0.0,
        "alone": float(total >= most > 0),
        "named": float(named),
        "silent": 1 - max(gates, default=0.0),
        "subject": max((value for value, on in zip(column, subject, strict=True) if on), default=0.0)
        * max(gates, default=0.0),
    }


def logistic(value: float) -> float:
    """Return the chance whose log-odds are *value*."""
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, value))))


def load(path: Path = WEIGHTS) -> Subjects:
    """Read the table at *path*; raise ``RulesError`` where it is missing, or is not such a table."""
    try:
        return _table(path.read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError) as error:
        raise RulesError(
            f"{path}: cannot be read as learned topics ({error}); python -m learning.fit_topics writes them"
        ) from error


def _table(lines: Sequence[str]) -> Subjects:
    if len(lines) < 3 or lines[0] != _HEAD or not lines[1].startswith("topics\t"):
        raise ValueError("lines 1 and 2 must be " + _HEAD + " and the topics")
    topics = tuple(lines[1].split("\t")[1:])
    widths = {"feature": len(topics), "bias": len(topics), "mail": 1}
    tables: dict[str, dict[str, tuple[float, ...]]] = {kind: {} for kind in widths}
    shared = {"": 0.0}  # few numbers stand in many places: a table of one object each stays in the cache
    for number, line in enumerate(lines[2:], 3):
        kind, name, *numbers = line.split("\t")
        row = tuple(
            [shared[value] if value in shared else shared.setdefault(value, int(value) / 100) for value in numbers]
        )
        if len(row) != widths.get(kind):
            raise ValueError(f"line {number}")
        tables[kind][name] = row
    if tuple(sorted(tables["mail"])) != TRAITS or "" not in tables["bias"]:
        raise ValueError("no bias, or not the traits of a mail")
    mail = {name: row[0] for name, row in tables["mail"].items()}
    return Subjects(topics, tables["feature"], tables["bias"][""], mail)


def written(learned: Subjects) -> str:
    """Return the table as it is kept in a file: hundredths, nothing where it is zero."""
    lines = [_HEAD, "\t".join(("topics", *learned.topics)), _line("bias", "", learned.bias)]
    lines += [_line("mail", name, (value,)) for name, value in sorted(learned.mail.items())]
    lines += [_line("feature", name, row) for name, row in sorted(learned.features.items())]
    return "\n".join(lines) + "\n"


def _line(kind: str, name: str, row: Sequence[float]) -> str:
    return "\t".join([kind, name, *(str(round(value * 100) or "") for value in row)])
