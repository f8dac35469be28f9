"""The office's words and phrases (``rules/acts.toml``), compiled once, and where they stand in a sentence.

A word of the rules ends in ``*`` where any ending may follow. Letters are compared folded, and a long word may hold one
slip of the finger. Finding is one pass over the words of a sentence with a bounded look ahead, so it is linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator
from rapidfuzz.distance import OSA

from intake.judgement.sentences import fold
from intake.tables import Many, Table

GAP = 3  # words that ".." may stand for
REACH = 3  # words before a phrase in which a negation still governs it
_KNOWN = 8_000  # words whose groups are remembered
_FUZZY = 7  # letters from which on one slip is forgiven
_WORD = r"^[^\W_]+(?:'[^\W_]+)?\*?$"


class Act(StrEnum):
    """What a sentence does."""

    CONFIRM = "confirm"
    TENTATIVE = "tentative"
    DECLINE = "decline"
    CHANGE = "change"
    CHOOSE = "choose"
    NEED = "need"
    PROPOSE = "propose"
    ENCLOSE = "enclose"
    PROMISE = "promise"
    ASK = "ask"
    THANK = "thank"
    ELSEWHERE = "elsewhere"
    ADVERTISE = "advertise"
    MACHINE = "machine"
    BACKGROUND = "background"


ActName = Annotated[Act, Field(strict=False)]
Pattern = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, to_lower=True)]
Stem = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=_WORD)]


class Phrase(Table):
    """Turns of phrase that do the same."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
    act: ActName
    negated: ActName | None = None
    asked: ActName | None = None
    weight: Annotated[float, Field(gt=0, le=10, strict=False)] = 1.0
    words: Annotated[Many[Pattern], Field(min_length=1)]


Share = Annotated[float, Field(ge=0, le=1, strict=False)]


class Doubt(Table):
    """When a reading is doubtful, so that a person looks."""

    below: Share = 0.78  # confidence under which the two best readings are shown
    private: Share = 0.8  # the same of mail in somebody's own mailbox that bears no sign of being for us
    tentative: Share = 0.5  # how likely a hedge must be for coming to be asked after


class Wording(Table):
    """``rules/acts.toml``: groups of words, and phrases made of them."""

    doubt: Doubt = Doubt()
    words: dict[Annotated[str, StringConstraints(pattern=r"^[a-z]+$")], Many[Stem]]
    phrase: Many[Phrase]

    @model_validator(mode="after")
    def _groups_exist(self) -> Wording:
        if "negation" not in self.words:
            raise ValueError('the group "negation" must be given')
        for phrase in self.phrase:
            for pattern in phrase.words:
                for element in pattern.split():
                    self._check(phrase, element)
        return self

    def _check(self, phrase: Phrase, element: str) -> None:
        group = re.fullmatch(r"<(.*)>", element)
        if group and group[1] not in self.words:
            raise ValueError(f"phrase {phrase.id!r} names the group <{group[1]}>, which [words] does not have")
        if not group and element != ".." and not re.fullmatch(_WORD, element):
            raise ValueError(f"phrase {phrase.id!r}: a word, word*, <group> or .. is allowed, not {element!r}")


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase found in a sentence: what it does there, and the words from *start* to *end*."""

    phrase: str
    act: Act
    weight: float
    start: int
    end: int
    turned: bool  # by a negation


@dataclass(frozen=True, slots=True)
class _Step:
    symbol: str
    gap: int  # words that may stand before it


@dataclass(frozen=True, slots=True)
class _Compiled:
    place: int  # in the rules
    phrase: Phrase
    first: str
    rest: tuple[_Step, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words and phrases, ready to be looked up."""

    stems: dict[str, frozenset[str]]  # folded stem to what it stands for: groups, and itself with "*"
    exact: dict[str, frozenset[str]]
    phrases: dict[str, tuple[_Compiled, ...]]  # by the symbol they begin with
    longest: int
    slips: dict[str, tuple[str, ...]] = field(repr=False)  # first two letters to the long stems that begin so
    known: dict[str, frozenset[str]] = field(default_factory=dict, repr=False, compare=False)  # a cache, never a state
    beginnings: dict[frozenset[str], tuple[_Compiled, ...]] = field(default_factory=dict, repr=False, compare=False)

    def symbols(self, word: str) -> frozenset[str]:
        """Return what the folded *word* stands for: groups, and itself where phrases name it."""
        symbols = self.known.get(word)
        if symbols is None:
            symbols = self._look_up(word)
            if len(self.known) < _KNOWN and len(word) < 40:
                self.known[word] = symbols
        return symbols

    def groups(self, folded: tuple[str, ...]) -> tuple[frozenset[str], ...]:
        """Return what each of the words of a sentence stands for."""
        return tuple(self.symbols(word) for word in folded)

    def find(self, symbols: tuple[frozenset[str], ...], *, asks: bool = False) -> Iterator[Found]:
        """Find the phrases in a sentence whose words stand for *symbols*."""
        for start, standing in enumerate(symbols):
            for candidate in self._beginning(standing) if standing else ():
                end = _follow(candidate.rest, symbols, start + 1)
                if end is None:
                    continue
                found = _found(candidate.phrase, symbols, (start, end), asks=asks)
                if found is not None:
                    yield found

    def _beginning(self, standing: frozenset[str]) -> tuple[_Compiled, ...]:
        """Return the phrases that may begin with a word that stands for *standing*, in the order of the rules."""
        candidates = self.beginnings.get(standing)
        if candidates is None:
            found = (candidate for symbol in standing for candidate in self.phrases.get(symbol, ()))
            candidates = tuple(sorted(found, key=lambda candidate: candidate.place))
            if len(self.beginnings) < _KNOWN:
                self.beginnings[standing] = candidates
        return candidates

    def _look_up(self, word: str) -> frozenset[str]:
        found = self.exact.get(word, frozenset())
        for length in range(1, min(len(word), self.longest) + 1):
            found |= self.stems.get(word[:length], frozenset())
        if not found and _FUZZY <= len(word) < 40 and word.isalpha():
            for stem in self.slips.get(word[:1], ()):
                near = word[: len(stem)]
                # a short stem with another last letter is another word: "imieniu" is no slip of "imienin*"
                if (len(stem) > _FUZZY or near[:-1] != stem[:-1]) and OSA.distance(near, stem, score_cutoff=1) <= 1:
                    found |= self.stems[stem]
        return found


def compiled(wording: Wording) -> Lexicon:
    """Make *wording* ready to be looked up."""
    stems: dict[str, set[str]] = {}
    exact: dict[str, set[str]] = {}
    for group, members in wording.words.items():
        for member in members:
            _enter(member, group, stems, exact)
    phrases: dict[str, list[_Compiled]] = {}
    place = 0
    for phrase in wording.phrase:
        for pattern in phrase.words:
            steps = _steps(pattern, stems, exact)
            one = _Compiled(place, phrase, steps[0].symbol, tuple(steps[1:]))
            phrases.setdefault(one.first, []).append(one)
            place += 1
    slips: dict[str, list[str]] = {}
    for stem in stems:
        if len(stem) >= _FUZZY - 1:
            slips.setdefault(stem[:1], []).append(stem)
    return Lexicon(
        stems={stem: frozenset(symbols) for stem, symbols in stems.items()},
        exact={word: frozenset(symbols) for word, symbols in exact.items()},
        phrases={symbol: tuple(found) for symbol, found in phrases.items()},
        longest=max((len(stem) for stem in stems), default=0),
        slips={letter: tuple(found) for letter, found in slips.items()},
    )


def _enter(member: str, symbol: str, stems: dict[str, set[str]], exact: dict[str, set[str]]) -> None:
    word = fold(member).replace("'", "")
    if word.endswith("*"):
        stems.setdefault(word[:-1], set()).add(symbol)
    else:
        exact.setdefault(word, set()).add(symbol)


def _steps(pattern: str, stems: dict[str, set[str]], exact: dict[str, set[str]]) -> list[_Step]:
    steps: list[_Step] = []
    gap = 0
    for element in pattern.split():
        if element == "..":
            gap = GAP
            continue
        if element.startswith("<"):
            symbol = element[1:-1]
        else:
            symbol = "=" + fold(element).replace("'", "")
            _enter(element, symbol, stems, exact)
        steps.append(_Step(symbol, gap))
        gap = 0
    return steps


def _follow(steps: tuple[_Step, ...], symbols: tuple[frozenset[str], ...], position: int) -> int | None:
    """Return where the *steps* end when they follow from *position* on, each at its nearest place."""
    for step in steps:
        for place in range(position, min(position + step.gap + 1, len(symbols))):
            if step.symbol in symbols[place]:
                position = place + 1
                break
        else:
            return None
    return position


def _found(phrase: Phrase, symbols: tuple[frozenset[str], ...], span: tuple[int, int], *, asks: bool) -> Found | None:
    start, end = span
    turned = any("negation" in standing for standing in symbols[max(0, start - REACH) : start])
    turned = turned or any("negation" in standing for standing in symbols[start + 1 : end - 1])
    if turned and "negation" not in symbols[start]:
        return None if phrase.negated is None else Found(phrase.id, phrase.negated, phrase.weight, start, end, True)
    if asks and phrase.asked is not None:
        return Found(phrase.id, phrase.asked, phrase.weight, start, end, turned=False)
    return Found(phrase.id, phrase.act, phrase.weight, start, end, turned=False)
