"""What a reply corrects in what we wrote back: just that, in plain Polish; the rest is read like any message.

Pure: a message, what is on record and the words of ``rules/replies.toml`` in, a correction out. Numbers of people,
withdrawals and proposals are the business of ``verdict``; here stands what only makes sense in an answer: the name of
the organisation, what the earlier message was, a bare number, a need, a further file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from intake.judgement.clues import Clues
from intake.judgement.numerals import numerals
from intake.judgement.phrases import Finder
from intake.judgement.sentences import Sentence, fold, sentences, words
from intake.judgement.values import Category, Earlier
from intake.tables import Many, Table

_FEW = 6  # words of a reply that says a number and nothing else
_SHORT = 40  # words of a reply that only asks for help at the meeting
_NEAR = 5  # words between a denial and what it denies
_LONGEST = 120  # characters of a name
_QUOTES = "\"'„”“«»‚’"


class NamingTable(Table):
    """Words before the right name of an organisation."""

    sure: Many[str]
    maybe: Many[str]
    until: Many[str]


class KindTable(Table):
    """Words that say what a message was."""

    about: Many[str]
    attendance: Many[str]
    cancellation: Many[str]
    proposal: Many[str]
    question: Many[str]
    denying: Many[str]


class PhrasesTable(Table):
    """Turns of phrase."""

    phrases: Many[str]


class RepliesTable(Table):
    """``rules/replies.toml``."""

    organisation: NamingTable
    kind: KindTable
    agreed: PhrasesTable
    more: PhrasesTable


@dataclass(frozen=True, slots=True)
class Wording:
    """The file, ready to be looked up."""

    sure: tuple[tuple[str, ...], ...]
    maybe: tuple[tuple[str, ...], ...]
    until: Finder[str]
    about: Finder[str]
    kinds: Finder[Category]
    denying: Finder[str]
    agreed: Finder[str]
    more: Finder[str]

    @classmethod
    def of(cls, table: RepliesTable) -> Wording:
        """Prepare *table*."""
        kinds = [
            (phrase, Category(name))
            for name in ("attendance", "cancellation", "proposal", "question")
            for phrase in getattr(table.kind, name)
        ]
        return cls(
            sure=_longest(table.organisation.sure),
            maybe=_longest(table.organisation.maybe),
            until=_finder(table.organisation.until),
            about=_finder(table.kind.about),
            kinds=Finder(kinds),
            denying=_finder(table.kind.denying),
            agreed=_finder(table.agreed.phrases),
            more=_finder(table.more.phrases),
        )


@dataclass(frozen=True, slots=True)
class Correction:
    """What a reply says is otherwise; what is None was not spoken of."""

    kind: Category | None = None  # what the earlier message was
    organisation: str | None = None
    said: Category | None = None  # what this message is, where the reply alone tells
    people: int | None = None  # a bare number
    agreed: bool = False  # all is right: nothing changes, nothing is answered


def correction(own: str, earlier: Earlier, wording: Wording, clues: Clues, *, enclosures: int = 0) -> Correction:
    """Read the sender's *own* words as an answer to our letter about the case *earlier*."""
    said = sentences(own)
    spoken = tuple(word for sentence in said for word in sentence.words)
    kind = next((found for found in (_kind(one, wording) for one in said) if found), None)
    name = next((found for found in (_name(one, wording, clues) for one in said) if found), None)
    number = _bare_number(said, spoken, wording)
    needs = bool(list(clues.needs.find(spoken)) and len(spoken) <= _SHORT)
    changes = kind is not None or name is not None
    agreed = not changes and bool(list(wording.agreed.find(spoken))) and not enclosures and number is None
    category: Category | None = None
    if kind is not None:
        category = kind
    elif (number is not None and (earlier.attends or not earlier.proposes)) or (needs and earlier.attends):
        category = Category.ATTENDANCE
    elif name is not None and len(spoken) <= _SHORT:
        category = _standing(earlier)
    elif enclosures and earlier.proposes and bool(list(wording.more.find(spoken))):
        category = Category.PROPOSAL
    return Correction(kind, name, category, number, agreed)


def _standing(earlier: Earlier) -> Category | None:
    if earlier.attends:
        return Category.ATTENDANCE
    return Category.PROPOSAL if earlier.proposes else None


def _bare_number(said: Sequence[Sentence], spoken: Sequence[str], wording: Wording) -> int | None:
    """Return the number of a reply such as "jednak 4 osoby", which says nothing else."""
    others = any(hit.means is not Category.ATTENDANCE for hit in wording.kinds.find(spoken))
    if not spoken or len(spoken) > _FEW or others:
        return None
    numbers = {numeral.value for sentence in said for numeral in numerals(sentence)}
    return numbers.pop() if len(numbers) == 1 else None


def _kind(sentence: Sentence, wording: Wording) -> Category | None:
    """Return what *sentence* says that the earlier message was: "to nie była propozycja, tylko pytanie"."""
    spoken = sentence.words
    if sentence.asks or len(spoken) > 25 or not list(wording.about.find(spoken)):
        return None
    denied = [hit.start for hit in wording.denying.find(spoken)]
    affirmed: list[Category] = []
    refused: list[Category] = []
    for hit in wording.kinds.find(spoken):
        is_denied = any(0 < hit.start - place <= _NEAR and not _turns(spoken, place, hit.start) for place in denied)
        (refused if is_denied else affirmed).append(hit.means)
    if not refused and not _says_what_it_was(spoken):
        return None
    kinds = [kind for kind in dict.fromkeys(affirmed) if kind not in refused]
    return kinds[0] if len(kinds) == 1 else None


def _turns(spoken: Sequence[str], start: int, end: int) -> bool:
    """Tell whether the denial ends before *end*: "nie …, tylko …"."""
    return any(word in {"tylko", "lecz", "ale", "a", "to"} for word in spoken[start + 1 : end])


_WAS = frozenset(
    {"bylo", "byla", "byl", "jest", "jako", "chodzilo", "mialo", "miala", "mial", "potraktowac", "traktowac"}
)


def _says_what_it_was(spoken: Sequence[str]) -> bool:
    """Tell whether a sentence speaks of a message: "to było …", "traktować jako …", "to propozycja"."""
    return bool(_WAS.intersection(spoken) and {"to", "jako", "chodzilo"}.intersection(spoken)) or (
        len(spoken) <= _FEW and spoken[0] == "to"
    )


def _name(sentence: Sentence, wording: Wording, clues: Clues) -> str | None:
    """Return the name of an organisation that *sentence* says is the right one."""
    if sentence.asks:
        return None
    folded = fold(sentence.text)
    if len(folded) != len(sentence.text):
        return None
    for leads, sure in ((wording.sure, True), (wording.maybe, False)):
        for lead in leads:
            match = re.search(r"(?<!\w)" + r"\W+".join(map(re.escape, lead)) + r"(?!\w)", folded)
            if match is None:
                continue
            name = _cut(sentence.text[match.end() :], wording)
            if name and (clues.heads.search(fold(name)) or (sure and name[:1].isupper())):
                return name
    return None


def _cut(text: str, wording: Wording) -> str | None:
    """Return the name that *text* begins with: up to a dash, a comma or words that begin something else."""
    text = text.strip().lstrip(":-–— ").strip()
    if text[:1] in _QUOTES:
        inside = re.match(rf"[{_QUOTES}]+([^{_QUOTES}]{{2,{_LONGEST}}})[{_QUOTES}]", text)
        if inside:
            return inside[1].strip(" .,;")
    kept: list[str] = []
    for word in re.findall(r"\S+", text[: 2 * _LONGEST]):
        if list(wording.until.find(words(word))) and kept:
            break
        kept.append(word)
        if word[-1] in ",;)" or (word.endswith((".", "!")) and len(word) > 4):
            break
    name = " ".join(kept).strip(" .,;!–-")
    if sum(name.count(quote) for quote in _QUOTES) % 2:
        name = name.strip(_QUOTES)
    return name[:_LONGEST] or None


def _longest(phrases: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(sorted((tuple(words(phrase)) for phrase in phrases), key=len, reverse=True))


def _finder(phrases: Sequence[str]) -> Finder[str]:
    return Finder((phrase, phrase) for phrase in phrases)
