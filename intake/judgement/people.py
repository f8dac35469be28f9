"""How many will come, and who: the likeliest of all readings that the sender's own text allows.

What speaks for a reading is weighed by ``people.tsv``, a readable table fitted by ``python -m learning.fit_people`` to
labelled mail, and never changed by hand. It starts from what a clerk would say ("who is brought comes too", "a number
after *było* held earlier"), so that little labelled mail is enough.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.judgement.clues import Clues
from intake.judgement.headcount import readings
from intake.judgement.learned import ACTS
from intake.judgement.mentions import Signers
from intake.judgement.persons import is_given
from intake.judgement.rows import Headcount, listed
from intake.judgement.sentences import Origin, fold, words
from intake.judgement.spoken import COMING, Clause, clauses
from intake.judgement.values import Reason
from intake.judgement.weighing import likelihoods
from intake.mail.message import Message, PassageKind

if TYPE_CHECKING:
    from intake.judgement.learned import SentenceReading
    from intake.judgement.rules import Rules

_TRACE = 0.05  # a sentence that speaks of coming no likelier than this counts nobody
_SURE = 0.48  # a number less likely than this is shown to staff: of those, half are right
_SIGNED = 3  # lines of a signature among which the writer's name stands
_NAME = 5  # words of a line that is a name
_FORM = 60  # lines among which a form's fields stand
_LINE = 100  # characters of a field
_CLOSING = 7  # words of a last line that two people sign
_TWO = re.compile(
    r"(\w{3,20})(?: \w[\w-]{2,25})? (?:i|oraz|&|and|та|і|\+) (\w{3,20})\b"
)  # "Lena i Kaja", "Ewa Kos i Jan Kos"


@dataclass(frozen=True, slots=True)
class People:
    """How many come, as far as the message says, and who of them is named."""

    number: int | None
    names: tuple[str, ...] = ()
    unsure: bool = False  # several numbers are about as likely, or whether one is said at all
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """Every reading of how many come, and how likely each is."""

    found: tuple[Headcount, ...]
    chances: tuple[float, ...]
    coming: float  # how likely the likeliest clause speaks of coming

    def signs(self) -> dict[str, float]:
        """Return how likely anybody is counted who comes, by which kind of reading."""
        told = dict.fromkeys(("somebody", "one", "the writer", "others", "a number"), 0.0)
        for one, chance in zip(self.found, self.chances, strict=True):
            if one.value is None:
                continue
            who = "a number" if not one.people else "the writer" if one.people[0].writer else "others"
            told["somebody"] += chance
            told[who] += chance
            if one.value == 1:
                told["one"] += chance
        return {f"counts {name}": value * self.coming for name, value in told.items()}


def counted(
    message: Message,
    sentences: Sequence[SentenceReading],
    rules: Rules,
    *,
    earlier: bool = False,
    private: bool = False,
) -> Counted:
    """Read in every way how many come by what *message* says in *sentences*.

    *earlier* says that a case is continued: who writes again need not repeat the number. *private*: the message names
    no organisation, so that whoever confirms most likely speaks of themselves.
    """
    if not _may_count(sentences):
        return Counted((), (), 0.0)
    spoken = clauses(sentences, rules.clues, rules.acts, rules.learned)
    found = _headcounts(message, spoken, rules, earlier=earlier, private=private)
    chances = likelihoods([one.features for one in found], rules.heads)
    return Counted(found, chances, max((clause.coming for clause in spoken), default=0.0))


def _may_count(sentences: Sequence[SentenceReading]) -> bool:
    """Tell whether anything is said of coming, or enclosed: to count is as dear as all else, and most mail proposes."""
    places = [ACTS.index(act) for act in COMING]
    return any(
        one.sentence.origin is Origin.ATTACHMENT or sum(one.acts[place] for place in places) >= _TRACE
        for one in sentences
    )


def people(message: Message, known: Counted, rules: Rules) -> People:
    """Choose of what is *known* how many will come; an accepted invitation is one."""
    if message.calendar and message.calendar.partstat == "ACCEPTED":  # RFC 5546 §3.2.3: one attendee answers
        return People(1, reasons=(Reason("RFC 5546 §3.2.3", "ACCEPTED", 1.0),))
    found, chances = known.found, known.chances
    if not found:
        return People(None)
    totals: dict[int | None, float] = {}
    for one, chance in zip(found, chances, strict=True):
        totals[one.value] = totals.get(one.value, 0.0) + chance
    number = max(totals, key=lambda value: totals[value])
    best = max((place for place, one in enumerate(found) if one.value == number), key=lambda place: chances[place])
    reasons = (Reason(f"people:{found[best].features[0]}", found[best].words[:80], totals[number]),)
    return People(
        number=number,
        names=_names(found[best], _items(message, rules.clues)) if number else (),
        unsure=totals[number] < _SURE,
        reasons=reasons if number else (),
    )


def headcounts(
    message: Message,
    sentences: Sequence[SentenceReading],
    rules: Rules,
    *,
    earlier: bool = False,
    private: bool = False,
) -> tuple[Headcount, ...]:
    """Return every reading of how many come."""
    spoken = clauses(sentences, rules.clues, rules.acts, rules.learned)
    return _headcounts(message, spoken, rules, earlier=earlier, private=private)


def _headcounts(
    message: Message, spoken: Sequence[Clause], rules: Rules, *, earlier: bool, private: bool
) -> tuple[Headcount, ...]:
    items = _items(message, rules.clues)
    return readings(spoken, items, signers(message, rules.clues), rules.clues, earlier=earlier, private=private)


def signers(message: Message, clues: Clues) -> Signers:
    """Return the names of who signs: of the address, and of the signature's first lines."""
    lines = [line.strip() for line in message.words_of(PassageKind.SIGNATURE).splitlines() if line.strip()][:_SIGNED]
    signed = [
        line for line in lines if len(words(line)) <= _NAME and any(is_given(word, clues) for word in words(line))
    ]
    display = message.author.name if message.author else ""
    if not any(is_given(word, clues) for word in words(display)):
        signed += _named_in_a_form(message.own, clues)
    last = [line.strip() for line in message.own.splitlines() if line.strip()][-2:]
    beside: list[str] = []
    for line in (display, *lines, *(line for line in last if len(words(line)) <= _CLOSING)):
        match = _TWO.match(line)
        if match and is_given(fold(match[1]), clues) and is_given(fold(match[2]), clues):
            beside.append(match[2])
            signed = [one for one in signed if not _TWO.match(one)] + [match[1]]
            display = "" if _TWO.match(display) else display
    return Signers(" ".join([display, *signed]), tuple(dict.fromkeys(beside)))


def _named_in_a_form(text: str, clues: Clues) -> list[str]:
    """Return what a form's field for the writer's own name holds."""
    fields = (line.partition(":") for line in text.splitlines()[:_FORM] if len(line) <= _LINE)
    return [value.strip() for label, colon, value in fields if colon and " ".join(words(label)) in clues.writers][:1]


def _items(message: Message, clues: Clues) -> tuple[str, ...]:
    attached = "\n".join(part.text[:20_000] for part in message.attachments[:3])
    return listed(message.own, clues) or listed(attached, clues)


def _names(chosen: Headcount, items: Sequence[str]) -> tuple[str, ...]:
    named = tuple(person.name for person in chosen.people if person.name and not person.absent)
    return named if named or len(items) != chosen.value else tuple(items)
