"""What is the office's own: text that it has sent out itself is nobody's word, in whatever mail it comes back.

Quotes are told by how mail programs write them (``mail/quoting.py``); here it is the words that tell. The office keeps
what it has published in ``rules/consultation.toml``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from intake.judgement.sentences import Origin, Sentence, sentences, words

_RUN = 3  # words in a row that are looked up at once
_SHARE = 0.8  # of a sentence's words that stand so in what was published
_WRITTEN = 25  # published words in a row that nobody would write of themselves; fewer may choose a group by its name
_WRITERS = frozenset({Origin.OWN, Origin.SUBJECT})  # where the sender writes
_HEADER = 600  # characters of a forwarded text in which its sender is named
_LINES = 3


@dataclass(frozen=True, slots=True)
class Ours:
    """The addresses of the office, and what it has published."""

    addresses: tuple[str, ...] = ()
    runs: frozenset[tuple[str, ...]] = frozenset()
    lines: frozenset[tuple[str, ...]] = frozenset()  # whole sentences and points of lists

    @classmethod
    def of(cls, addresses: Iterable[str], published: Iterable[str]) -> Ours:
        """Prepare *addresses* and the texts that were *published*."""
        texts = tuple(published)
        return cls(
            addresses=tuple(address.lower() for address in addresses),
            runs=frozenset(run for text in texts for run in _runs(words(text))),
            lines=frozenset(one.words for text in texts for one in sentences(text)),
        )

    def wrote(self, forwarded: str) -> bool:
        """Tell whether a *forwarded* text is the office's, by the header that the mail program wrote above it."""
        top = forwarded[:_HEADER].lower().splitlines()[:_LINES]
        return any(f"<{address}>" in line for line in top for address in self.addresses)

    def repeats(self, sentence: Sentence) -> bool:
        """Tell whether *sentence* stands in what was published."""
        told = sentence.words
        if len(told) < _RUN or told in self.lines:
            return told in self.lines
        known: set[int] = set()
        for place, run in enumerate(_runs(told)):
            if run in self.runs:
                known.update(range(place, place + _RUN))
        return len(known) >= _SHARE * len(told)

    def without(self, found: Sequence[Sentence]) -> Iterator[Sentence]:
        """Leave out what repeats the office: of the sender's own words only what is too long to be theirs."""
        for (is_ours, origin), row in groupby(found, key=lambda one: (self.repeats(one), one.origin)):
            told = list(row)
            if not is_ours or (origin in _WRITERS and sum(len(one.words) for one in told) < _WRITTEN):
                yield from told


def _runs(told: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(told[place : place + _RUN]) for place in range(len(told) - _RUN + 1))
