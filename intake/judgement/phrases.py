"""Phrases as officials write them in ``rules/*.toml``, and where they stand in a text.

A phrase is words, in small letters or not, with Polish letters or without: ``jestem na urlop*`` finds *jestem na
urlopie*. A star ends a stem of at least three letters, ``..`` stands for up to three words, ``^`` before the first word
means that nothing may stand before it, and ``$`` after the last that nothing may follow. Finding is one pass over the
words, and each place is tried only against the phrases that begin with its word, so hostile text costs no more than its
length.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator

from intake.judgement.sentences import words
from intake.tables import Line

_STEM = 3  # letters that a stem has at least: by them it is looked up
_GAP = 3  # words that ".." may stand for
_KNOWN = 8_000  # words that are remembered
_LONGEST = 40  # letters of a word that is remembered
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Step:
    word: str
    stem: bool  # any ending will do
    gap: bool  # up to _GAP words may stand before it

    def fits(self, word: str) -> bool:
        return word.startswith(self.word) if self.stem else word == self.word


@dataclass(frozen=True, slots=True)
class _Pattern(Generic[T]):
    steps: tuple[_Step, ...]
    begins: bool
    ends: bool
    means: T


@dataclass(frozen=True, slots=True)
class Hit(Generic[T]):
    """A phrase found: what it means, and the words from *start* to before *end*."""

    means: T
    start: int
    end: int


class Finder(Generic[T]):
    """Many phrases, each with what it means, looked for at once."""

    def __init__(self, phrases: Iterable[tuple[str, T]]) -> None:
        self._whole: dict[str, list[_Pattern[T]]] = {}
        self._stems: dict[str, list[_Pattern[T]]] = {}
        for phrase, means in phrases:
            steps = _steps(phrase)
            pattern = _Pattern(steps, phrase.startswith("^"), phrase.endswith("$"), means)
            if steps[0].stem:
                self._stems.setdefault(steps[0].word[:_STEM], []).append(pattern)
            else:
                self._whole.setdefault(steps[0].word, []).append(pattern)
        self._known: dict[str, tuple[_Pattern[T], ...]] = {}  # a cache, never a state

    def find(self, text: Sequence[str]) -> Iterator[Hit[T]]:
        """Find the phrases in folded words *text*, in order of where they begin."""
        for start, known in enumerate(map(self._known.get, text)):
            for pattern in self._look_up(text[start]) if known is None else known:
                if pattern.begins and start:
                    continue
                end = _match(pattern.steps, text, start)
                if end is not None and not (pattern.ends and end != len(text)):
                    yield Hit(pattern.means, start, end)

    def _look_up(self, word: str) -> tuple[_Pattern[T], ...]:
        """Return the phrases that may begin with *word*, and remember them."""
        patterns = tuple(_candidates(self._whole, self._stems, word))
        if len(self._known) < _KNOWN and len(word) < _LONGEST:
            self._known[word] = patterns
        return patterns


def _candidates(
    whole: Mapping[str, list[_Pattern[T]]], stems: Mapping[str, list[_Pattern[T]]], word: str
) -> Iterator[_Pattern[T]]:
    yield from whole.get(word, ())
    for pattern in stems.get(word[:_STEM], ()):
        if pattern.steps[0].fits(word):
            yield pattern


def _match(steps: tuple[_Step, ...], text: Sequence[str], start: int) -> int | None:
    """Return where the phrase ends that begins at *start*; the nearest word closes a gap, so there is no going back."""
    place = start
    for step in steps:
        last = place + _GAP if step.gap else place
        while place < len(text) and place <= last and not step.fits(text[place]):
            place += 1
        if place >= len(text) or place > last:
            return None
        place += 1
    return place


def _steps(phrase: str) -> tuple[_Step, ...]:
    steps: list[_Step] = []
    gap = False
    for part in phrase.strip("^$ ").split():
        if part == "..":
            gap = True
            continue
        stem, pieces = part.endswith("*"), words(part)
        for number, piece in enumerate(pieces):
            steps.append(_Step(piece, stem and number == len(pieces) - 1, gap and number == 0))
        gap = False
    return tuple(steps)


def _readable(phrase: str) -> str:
    steps = _steps(phrase)
    if not steps:
        raise ValueError("a phrase has words")
    if steps[0].stem and len(steps[0].word) < _STEM:
        raise ValueError(f"a stem that a phrase begins with has at least {_STEM} letters before its *")
    return phrase


Phrase = Annotated[Line, AfterValidator(_readable)]
