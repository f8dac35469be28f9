"""What was learned from labelled sentences and mails: weights of words, read beside the rules' phrases.

The weights are a readable table (``weights.tsv``), fitted by ``python -m learning.fit`` and never changed by hand. A
feature is a word, its beginning or ending, two neighbours, a word under a negation, a group of the office's words, two
groups in a row, or a phrase of the rules; so an official who adds a word to a group is understood by both. Each feature
speaks for or against acts (what the sentence does) and categories (what mails with such sentences are).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from intake.errors import RulesError
from intake.judgement.lexicon import Act, Found, Lexicon
from intake.judgement.sentences import Sentence
from intake.judgement.values import Category

WEIGHTS = Path(__file__).with_name("weights.tsv")
ACTS = tuple(sorted(Act))
CATEGORIES = tuple(sorted(Category))
_HEAD = "# weights of intake, format 1"
_STRENGTH = {"?": 2.0, "G": 1.5, "H": 1.05, "R": 3.0}  # by kind of feature; words and their parts count 1
_SQUARES = {kind: value**2 for kind, value in _STRENGTH.items()}
_AFTER_NEGATION = 3
_MOST_WORDS = 120  # of a sentence
_MOST_PAIRS = 60


@dataclass(frozen=True, slots=True)
class SentenceReading:
    """A sentence, the phrases found in it, how likely each act is, and what it says of the mail's category."""

    sentence: Sentence
    found: tuple[Found, ...]
    acts: tuple[float, ...]  # probabilities, as ACTS
    leaning: tuple[float, ...]  # as CATEGORIES

    @property
    def act(self) -> Act:
        """Return the likeliest act."""
        return ACTS[self.acts.index(max(self.acts))]


@dataclass(frozen=True, slots=True)
class Weights:
    """The table: one row for a feature, a column for an act or a category."""

    features: dict[str, tuple[float, ...]] = field(repr=False)  # acts, then categories
    profile: dict[str, tuple[float, ...]] = field(repr=False)  # of a whole mail; categories only
    act_bias: tuple[float, ...]
    category_bias: tuple[float, ...]
    temperature: float  # divides the sums, so that a confidence of 0.9 is right nine times in ten


def strength(feature: str) -> float:
    """Return how much *feature* counts before the sentence is brought to length one."""
    return _STRENGTH.get(feature[0], 1.0)


def features(sentence: Sentence, lexicon: Lexicon) -> tuple[tuple[str, ...], tuple[Found, ...]]:
    """Return the distinct features of *sentence* and the phrases found in it."""
    words = sentence.words[:_MOST_WORDS]
    symbols = lexicon.groups(words)
    found = tuple(lexicon.find(symbols, asks=sentence.asks))
    result: dict[str, None] = {}
    beginnings = ["^", *(word[:5] for word in words), "$"]
    for word in words:
        result.update(dict.fromkeys(_of_word(word)))
    for one, other in pairwise(beginnings):
        result[f"b={one}_{other}"] = None
    for place, standing in enumerate(symbols):
        if "negation" in standing:
            for word in words[place + 1 : place + 1 + _AFTER_NEGATION]:
                result[f"n={word[:5]}"] = None
    result.update(_of_groups(symbols))
    result.update((f"R={hit.phrase}/{hit.act}", None) for hit in found)
    result[f"l={min(len(words) // 4, 8)}"] = None
    if sentence.asks:
        result["?"] = None
    return tuple(result), found


@lru_cache(maxsize=8_000)
def _of_word(word: str) -> tuple[str, ...]:
    names = [f"w={word}"]
    if len(word) > 4:
        names.append(f"p={word[:4]}")
    if len(word) > 5:
        names.append(f"p={word[:5]}")
    if len(word) > 3:
        names += [f"s={word[-3:]}", f"s={word[-2:]}"]
    return tuple(names)


@lru_cache(maxsize=8_000)
def _named(standing: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(symbol for symbol in standing if symbol[0] != "="))


def _of_groups(symbols: Sequence[frozenset[str]]) -> Iterable[tuple[str, None]]:
    before: tuple[str, ...] = ()
    pairs = 0
    for standing in symbols:
        groups = _named(standing)
        for group in groups:
            yield f"G={group}", None
            for earlier in before if pairs < _MOST_PAIRS else ():
                yield f"H={earlier}+{group}", None
                pairs += 1
        before = groups or before


def read_sentence(sentence: Sentence, lexicon: Lexicon, weights: Weights) -> SentenceReading:
    """Read *sentence*: its acts, and what it says of the mail."""
    names, found = features(sentence, lexicon)
    known = [name for name in names if name in weights.features]
    rows = [weights.features[name] for name in known]
    squares = sum([_SQUARES.get(name[0], 1.0) for name in known])
    scale = 1 / math.sqrt(squares) if squares else 0.0
    sums = (
        [scale * total for total in map(sum, zip(*rows, strict=True))]
        if rows
        else [0.0] * (len(ACTS) + len(CATEGORIES))
    )
    acts = softmax([value + bias for value, bias in zip(sums, weights.act_bias, strict=False)])
    return SentenceReading(sentence, found, acts, tuple(sums[len(ACTS) :]))


def softmax(values: Sequence[float]) -> tuple[float, ...]:
    """Turn sums into probabilities."""
    top = max(values)
    powers = [math.exp(value - top) for value in values]
    total = sum(powers)
    return tuple(power / total for power in powers)


def load(path: Path = WEIGHTS) -> Weights:
    """Read the table at *path*; raise ``RulesError`` where it is missing, or is not such a table."""
    try:
        return _table(path.read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError) as error:
        raise RulesError(
            f"{path}: cannot be read as learned weights ({error}); python -m learning.fit writes them"
        ) from error


def _table(lines: list[str]) -> Weights:
    tables: dict[str, dict[str, tuple[float, ...]]] = {"feature": {}, "profile": {}, "bias": {}, "temperature": {}}
    widths = {
        "feature": len(ACTS) + len(CATEGORIES),
        "profile": len(CATEGORIES),
        "bias": len(ACTS) + len(CATEGORIES),
        "temperature": 1,
    }
    if not lines or lines[0] != _HEAD:
        raise ValueError("line 1 must be " + _HEAD)
    shared = {"": 0.0}  # few numbers stand in many places: a table of one object each stays in the cache
    for number, line in enumerate(lines[1:], 2):
        if line.startswith("#"):
            continue
        kind, name, *numbers = line.split("\t")
        row = tuple(
            [shared[value] if value in shared else shared.setdefault(value, int(value) / 100) for value in numbers]
        )
        if kind not in tables or len(row) != widths[kind]:
            raise ValueError(f"line {number}")
        tables[kind][name] = row
    bias = tables["bias"].get("", ())
    if not bias or not tables["temperature"]:
        raise ValueError("no bias or temperature")
    return Weights(
        features=tables["feature"],
        profile=tables["profile"],
        act_bias=bias[: len(ACTS)],
        category_bias=bias[len(ACTS) :],
        temperature=tables["temperature"][""][0],
    )


def written(weights: Weights) -> str:
    """Return the table as it is kept in a file: hundredths, nothing where it is zero."""
    lines = [
        _HEAD,
        "# kind, name, then hundredths: " + " ".join(ACTS) + " | " + " ".join(CATEGORIES),
        _line("bias", "", (*weights.act_bias, *weights.category_bias)),
        _line("temperature", "", (weights.temperature,)),
    ]
    lines += [_line("profile", name, row) for name, row in sorted(weights.profile.items())]
    lines += [_line("feature", name, row) for name, row in sorted(weights.features.items())]
    return "\n".join(lines) + "\n"


def _line(kind: str, name: str, row: Sequence[float]) -> str:
    return "\t".join([kind, name, *(str(round(value * 100) or "") for value in row)])
