"""A message with everything that was read in it: whose words are whose, what each sentence does, which words spoke.

Pure: a message, its reading and its verdict in, values out, for the terminal and for pages alike. Everything in the
texts is as the stranger wrote it; who shows it makes it harmless first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from intake.judgement.acts import Reading
from intake.judgement.learned import ACTS, CATEGORIES, SentenceReading
from intake.judgement.lexicon import Act
from intake.judgement.sentences import Origin, sentences, words
from intake.judgement.values import Category, Reason, Verdict
from intake.mail.message import Message, PassageKind

_WORD = re.compile(r"[^\W_]+")
_LIKELY = 0.05  # an act less likely than this is not worth a word
_MOST_MARKS = 60  # in a sentence; more would mark all of it


class Whose(StrEnum):
    """Whose words a section holds; the kinds of passage, and two that no passage is."""

    SUBJECT = "subject"
    OWN = "own"
    QUOTE = "quote"
    FORWARD = "forward"
    SIGNATURE = "signature"
    FOOTER = "footer"
    ATTACHMENT = "attachment"


HEADS = {
    Whose.SUBJECT: "subject",
    Whose.OWN: "own words",
    Whose.QUOTE: "quoted",
    Whose.FORWARD: "forwarded",
    Whose.SIGNATURE: "signature",
    Whose.FOOTER: "footer",
    Whose.ATTACHMENT: "attached",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, and the rules that found something in it."""

    text: str
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence that counts: its text in pieces, and what it does, likeliest first."""

    pieces: tuple[Piece, ...]
    acts: tuple[tuple[Act, float], ...]
    rules: tuple[str, ...]  # that found something in the sentence as a whole


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the message: sentences that count, or text that was passed over."""

    whose: Whose
    spoken: tuple[Spoken, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """A message with what was read in it."""

    sections: tuple[Section, ...]
    readings: tuple[tuple[Category, float], ...]  # the verdict's, then the others: they share what is left of its doubt
    verdict: Verdict


def explain(message: Message, reading: Reading, verdict: Verdict) -> Explained:
    """Bring together *message*, the *reading* of its sentences and the *verdict* on it."""
    return Explained(tuple(_sections(message, reading, verdict.reasons)), _readings(reading, verdict), verdict)


def _readings(reading: Reading, verdict: Verdict) -> tuple[tuple[Category, float], ...]:
    chances = dict(zip(CATEGORIES, reading.categories, strict=True))
    del chances[verdict.category]
    doubt = (1 - verdict.confidence) / (sum(chances.values()) or 1.0)
    second = verdict.runner_up
    others = sorted(chances, key=lambda category: (category is not second, -chances[category]))
    return (
        (verdict.category, verdict.confidence),
        *((category, doubt * chances[category]) for category in others),
    )


def _sections(message: Message, reading: Reading, reasons: Sequence[Reason]) -> Iterator[Section]:
    by_origin: dict[Origin, list[SentenceReading]] = {origin: [] for origin in Origin}
    for one in reading.sentences:
        by_origin[one.sentence.origin].append(one)
    subject = tuple(_spoken(one, reasons) for one in by_origin[Origin.SUBJECT])
    if subject:
        yield Section(Whose.SUBJECT, subject)
    elif message.subject:
        yield Section(Whose.SUBJECT, text=message.subject)
    for passage in message.passages:
        origin = {PassageKind.OWN: Origin.OWN, PassageKind.FORWARD: Origin.FORWARD}.get(passage.kind)
        whose = Whose(passage.kind)
        if origin is None or not by_origin[origin]:
            yield Section(whose, text=passage.text)
            continue
        count = len(sentences(passage.text))
        taken, by_origin[origin] = by_origin[origin][:count], by_origin[origin][count:]
        yield Section(whose, tuple(_spoken(one, reasons) for one in taken), "" if taken else passage.text)
    attached = tuple(_spoken(one, reasons) for one in by_origin[Origin.ATTACHMENT])
    if attached:
        yield Section(Whose.ATTACHMENT, attached)


def _spoken(one: SentenceReading, reasons: Sequence[Reason]) -> Spoken:
    acts = sorted(zip(ACTS, one.acts, strict=True), key=lambda pair: -pair[1])
    likely = tuple(pair for number, pair in enumerate(acts[:3]) if number == 0 or pair[1] >= _LIKELY)
    found = [(hit.start, hit.end, f"acts:{hit.act}.{hit.phrase}") for hit in one.found]
    whole: list[str] = []
    for reason in reasons:
        if reason.rule.startswith(("acts:", "learned:")) or not reason.words:
            continue
        place = _place(words(reason.words), one.sentence.words)
        if place is not None and reason.rule.startswith("automatic:"):
            found.append((*place, reason.rule))
        elif place is not None:
            whole.append(reason.rule)
    return Spoken(_pieces(one.sentence.text, len(one.sentence.words), found), likely, tuple(dict.fromkeys(whole)))


def _place(wanted: tuple[str, ...], said: tuple[str, ...]) -> tuple[int, int] | None:
    """Return where the words *wanted* stand first in *said*; the last of them may be cut short."""
    size = len(wanted)
    for start in range(len(said) - size + 1 if size else 0):
        if said[start + size - 1].startswith(wanted[-1]) and tuple(said[start : start + size - 1]) == wanted[:-1]:
            return start, start + size
    return None


def _pieces(text: str, count: int, found: Sequence[tuple[int, int, str]]) -> tuple[Piece, ...]:
    """Cut *text*, of *count* words, where words begin or cease to be *found* by a rule (from, to before, rule)."""
    spans = [match.span() for match in _WORD.finditer(text)]
    if not found or len(spans) != count:  # a letter that folds to several: nothing can be pointed at
        return (Piece(text),)
    cuts = {0, len(text)}
    marks: list[tuple[int, int, str]] = []
    for first, after, rule in found[:_MOST_MARKS]:
        mark = (spans[first][0], spans[after - 1][1], rule)
        marks.append(mark)
        cuts.update(mark[:2])
    return tuple(_joined(text, sorted(cuts), marks))


def _joined(text: str, cuts: Sequence[int], marks: Sequence[tuple[int, int, str]]) -> Iterator[Piece]:
    for start, end in pairwise(cuts):
        rules = tuple(dict.fromkeys(rule for first, last, rule in marks if first <= start and end <= last))
        yield Piece(text[start:end], rules)
