"""Who the sender writes for, as a clerk would enter it: the name as the message gives it, in the nominative.

The likeliest place that names one decides: a form's field, "in the name of …", the signature, the sender's display
name, the own text and subject, a passed-on letter, an attachment, and last the case that is continued. Nothing is
guessed from a domain; the city hall that everybody writes to is never it, nor is a machine, nor a private person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from intake.judgement.clues import Clues
from intake.judgement.domains import borne_out, registered
from intake.judgement.naming import LONGEST, candidates, clean, nominative
from intake.judgement.rules import Rules
from intake.judgement.sentences import fold, words
from intake.judgement.signatures import (
    HONORIFICS,
    abbreviated,
    beside_person,
    closing_lines,
    divided,
    is_bare,
    is_company,
    is_contact,
    is_given,
    is_person,
    is_title,
    shared,
    titled,
    whole,
    without_office,
)
from intake.judgement.values import Arrival
from intake.mail.message import Message, PassageKind

_MORE = 12  # further places that name one, looked at for a fuller form
_LONGER = 5  # words by which it may be longer
_READ = 20_000  # characters of a text that are searched
_LINE = 300  # characters of a line; a longer one is a paragraph, read piece by piece
_WRAPPED = 50  # a line longer than this goes on in the next
_OPENING = tuple('„“"(«')
_BRANCH = re.compile(r"Oddział (?:w|we|na) \w+$")
_FEW = 60  # own words beside which a letter that is passed on is the message
_STEM = 4  # letters by which two cases of one name are known to be the same
_MEANING = re.compile(r"[A-ZĄĆĘŁŃÓŚŹŻ]{2,6}\b[^()]{0,60}\(([^()]{5,120})\)")  # an abbreviation, and what it means
_BRACKETED = re.compile(r"\b(?:z|ze|od)\s([A-ZĄĆĘŁŃÓŚŹŻ][\w-]{2,30}(?:\s[A-ZĄĆĘŁŃÓŚŹŻ][\w-]{2,30}){0,2})\s\(")
_NAME = re.compile(
    r"[\s:]{0,3}(?:[„“\"«»]([^\n„”“\"«»]{2,80})[”“\"»«]|"
    r"([A-ZĄĆĘŁŃÓŚŹŻА-ЯІЇЄҐ][^\s,;:.()|/„”“\"«»!?]{1,40}"
    r"(?:\s(?:(?:z|ze|na|nad|i|w|we|of|the|for|and|&|pod|spod|dla|od)\s){0,2}[A-ZĄĆĘŁŃÓŚŹŻА-ЯІЇЄҐ0-9][^\s,;:.()|/„”“\"«»!?]{0,40}){0,6}))"
)
_NOTHING = frozenset({"brak", "nie dotyczy", "-", "osoba prywatna", "mieszkaniec", "mieszkanka"})


@dataclass(frozen=True, slots=True)
class _Letter:
    """What is searched: the sender's own text with its wrapped lines joined, and the places where people sign."""

    own: str
    flowing: str
    signature: tuple[str, ...]
    tail: tuple[str, ...]
    name: str
    subject: str
    address: str

    @property
    def signed(self) -> tuple[str, ...]:
        """Return the lines that the sender signs with."""
        return (*self.signature, *self.tail)


def organisation(message: Message, arrival: Arrival, rules: Rules) -> str | None:
    """Return the organisation that *message* is written for, or None where it names none."""
    clues = rules.clues
    letter = _letter(message, clues)
    if message.report is not None or any(clues.machines.find(words(letter.name))):
        return None
    if any(clues.nobody.find(words(letter.own))):
        return None
    named = _named(message, letter, clues)
    found = next((name for name in named if not is_bare(name, clues)), None)
    if found is not None:
        return _whole(_as_signed(found, letter), islice(named, _MORE), clues)
    return arrival.earlier.organisation if arrival.earlier else None


def _whole(found: str, others: Iterable[str], clues: Clues) -> str:
    """Prefer the fuller of two names for the same: one that goes on where *found* ends, or that it abbreviates."""
    said = words(found)
    for other in others:
        fuller = words(other)
        goes_on = len(said) < len(fuller) <= len(said) + _LONGER and fuller[: len(said)] == said and ". " not in other
        kind = fuller[: -len(said)]  # "Stowarzyszenie Wspólny Dom", of "Wspólny Dom"
        named = " ".join(kind) in clues.forms and fuller[len(kind) :] == said and not clues.forms[" ".join(kind)].signed
        if goes_on or named or _holds(fuller, said) or _abbreviates(found, other):
            return other
    return found


def _holds(fuller: Sequence[str], said: Sequence[str]) -> bool:
    """Tell whether *fuller* is the same name with words between: "Klub Seniora Jesień" of "Klub Jesień"."""
    if not 2 <= len(said) < len(fuller) <= len(said) + _LONGER or (fuller[0], fuller[-1]) != (said[0], said[-1]):
        return False
    left = iter(fuller)
    return all(word in left for word in said)


def _abbreviates(short: str, name: str) -> bool:
    """Tell whether *short* begins with the initials of *name*: "ROD Malwa" of "Rodzinny Ogród Działkowy Malwa"."""
    letters, *rest = short.split()
    told = name.split()
    capitals = "".join(word[0] for word in told if word[:1].isupper())
    if not (2 <= len(letters) <= 6 and letters.isupper() and letters.isalpha()):
        return False
    spelled = capitals[: len(letters)] == letters and len(told) > len(letters) - 1
    return spelled and [fold(word) for word in told[len(told) - len(rest) :]] == [fold(word) for word in rest]


def _letter(message: Message, clues: Clues) -> _Letter:
    own = message.own[:_READ]
    signature = message.words_of(PassageKind.SIGNATURE)[:_READ]
    return _Letter(
        own=own,
        flowing=_flowing(own),
        signature=tuple(_branches(line.strip() for line in signature.splitlines() if line.strip()))[:12],
        tail=tuple(closing_lines(own)),
        name=_capitalised(message.author.name[:_LINE], clues) if message.author else "",
        subject=(message.subject or "")[:_LINE],
        address=message.author.address[:_LINE] if message.author else "",
    )


def _capitalised(name: str, clues: Clues) -> str:
    """Give a display name without capitals those of an organisation: "osp zawrocie"."""
    head = clues.heads.match(fold(name)) if name.islower() and " " in name else None
    if head is None or fold(clues.forms[head[0]].name) != head[0]:
        return name
    rest = (word.capitalize() if len(word) > 3 else word for word in name[head.end() :].split())
    return " ".join((clues.forms[head[0]].name, *rest))


def _branches(lines: Iterable[str]) -> Iterator[str]:
    """Join a line that names a branch to the line before it."""
    before: str | None = None
    for line in lines:
        if before is not None and _BRANCH.match(line) and not is_contact(before):
            before += " " + line
            continue
        if before is not None:
            yield before
        before = line
    if before is not None:
        yield before


def _flowing(text: str) -> str:
    """Join the lines that a mail program wrapped."""
    lines: list[str] = []
    before = 0
    for line in text.splitlines():
        stripped = line.strip()
        if before > _WRAPPED and (stripped[:1].isalpha() or stripped[:1] in _OPENING):
            lines.append(" " + stripped)
        else:
            lines.append("\n" + stripped)
        before = len(stripped)
    return "".join(lines)


def _named(message: Message, letter: _Letter, clues: Clues) -> Iterator[str]:
    forwarded = message.words_of(PassageKind.FORWARD)[:_READ]
    passed = forwarded or message.words_of(PassageKind.QUOTE)[:_READ]
    said = words(letter.own)
    passes = bool(passed) and len(said) < _FEW and any(clues.passing.find(said))
    yield from _field(letter.own, clues)
    if passes:
        yield from _from_text(passed, clues)
    yield from _for_others(letter, clues)
    yield from _spoken(letter.flowing, clues)
    yield from _signed(letter, clues)
    yield from candidates(letter.name, clues, signed=True)
    yield from beside_person(letter.signature, letter.name, clues)
    yield from beside_person((*letter.tail[-1:], *letter.signature), letter.name, clues)
    yield from beside_person(letter.tail, letter.name, clues)
    yield from titled(letter.name, clues)
    yield from _borne_out(letter, clues)
    yield from candidates(letter.flowing, clues, inflected=False)
    yield from candidates(letter.flowing, clues)
    yield from candidates(letter.subject, clues)
    if forwarded and not passes:
        yield from _from_text(forwarded, clues)
    for part in message.attachments[:5]:
        yield from _from_text(part.text[:_READ], clues)
    yield from abbreviated(letter.name, clues)


def _borne_out(letter: _Letter, clues: Clues) -> Iterator[str]:
    """Find the name that the sender's domain repeats, with the word for its kind where the text gives it."""
    text = f"{letter.flowing}\n{letter.subject}"
    for name in borne_out(letter.signed, text, letter.name, registered(letter.address, clues), clues):
        yield next((fuller for fuller in candidates(text, clues) if _tells(words(fuller), words(name))), name)


def _tells(fuller: Sequence[str], said: Sequence[str]) -> bool:
    """Tell whether *fuller* holds every word of *said*, in whichever case."""
    return all(any(_alike(word, other) for other in fuller) for word in said)


def _from_text(text: str, clues: Clues) -> Iterator[str]:
    """Find the name in a text that is not divided into passages: its end first, where people sign."""
    lines = [line for line in text.splitlines() if line.strip()]
    yield from _field(text, clues)
    yield from _spoken(_flowing(text), clues)
    yield from candidates("\n".join(lines[-8:]), clues)
    yield from candidates(text, clues)


def _field(text: str, clues: Clues) -> Iterator[str]:
    for line in text.splitlines()[:400]:
        label, colon, value = line[:_LINE].partition(":")
        if colon and " ".join(words(label[:60])) in clues.fields and value.strip():
            cleaned = clean(value)
            if cleaned and not cleaned.isdigit() and fold(cleaned) not in _NOTHING:
                yield next(candidates(value, clues), cleaned)


def _for_others(letter: _Letter, clues: Clues) -> Iterator[str]:
    """Find the name that the text gives and the signature does not, where somebody writes for others."""
    if any(clues.others.find(words(f"{letter.subject}\n{letter.own[:2000]}"))):
        signed = {fold(found) for line in (*letter.signed, letter.name) for found in candidates(line, clues)}
        for found in (*candidates(letter.subject, clues), *candidates(letter.flowing, clues)):
            if fold(found) not in signed:
                yield found


def _spoken(text: str, clues: Clues) -> Iterator[str]:
    """Find the name after "in the name of …", "I represent …", "we call ourselves …"."""
    for piece in _pieces(text):
        folded = fold(piece)
        if len(folded) != len(piece):
            continue
        for match in clues.speaking.finditer(folded):
            after = piece[match.end() : match.end() + 2 * LONGEST]
            found = clues.heads.search(fold(after)[:60])
            if found and len(after[: found.start()].split()) <= 3:
                yield from candidates(after, clues, signed=True)
        yield from _called(piece, clues.naming.finditer(folded), clues)
        for name in _called(piece, clues.naming_inflected.finditer(folded), clues):
            if not _of_kind(name, clues):
                yield " ".join(nominative(name.split(), clues))
        yield from _acting(piece, clues)
        yield from _called(piece, clues.naming_quoted.finditer(folded), clues, quoted=True)
        for match in _BRACKETED.finditer(piece):
            if clues.heads.match(folded, match.end()):
                yield " ".join(nominative(match[1].split(), clues))


def _acting(piece: str, clues: Clues) -> Iterator[str]:
    """Find a name without a word for its kind that does something: "Zielone Sąsiedztwo zjawi się"."""
    for match in _ACTS.finditer(piece):
        name = match[1].split()
        head = clues.heads.search(fold(match[1]))
        if (head and not clues.forms[head[0]].signed) or fold(name[0]) in _ASKING:
            continue  # found by the word for its kind, or no name
        if not _of_person(name, clues) and is_title(match[1], clues) and not is_person(match[1], clues):
            yield clean(match[1])


_ASKING = frozenset({"czy", "kto", "jak", "kiedy", "gdzie", "jesli", "gdy", "czyzby"})
_ACTS = re.compile(
    r"(?:^|(?<=[.!?] ))([A-ZĄĆĘŁŃÓŚŹŻ][\w-]{2,30}(?: (?:(?:i|na|w|z|dla|do|pod) )?[A-ZĄĆĘŁŃÓŚŹŻ][\w-]{2,30}){1,5}) "
    r"(?:zjawi|przyjdzie|przybędzie|przybywa|przyjedzie|stawi|będzie|bierze|weźmie|wyśle|wysyła|deleguje|wystawi|wystawia|"
    r"reprezentować|zgłasza|zgłosi|prosi|proponuje|wnosi|postuluje|istnieje|działa|potwierdza|deklaruje|obradowała?|"
    r"dziękuje|rezygnuje|wycofuje|odwołuje|popiera|uważa|pyta|will|took|would|takes)\b"
)


def _of_kind(name: str, clues: Clues) -> bool:
    """Tell whether *name* is no more than a word for a kind in some case: "w imieniu Koła"."""
    first = fold(name.split(maxsplit=1)[0])
    form = clues.forms.get(first)
    return form is not None and fold(form.name) != first


def _pieces(text: str) -> Iterator[str]:
    for line in text.splitlines()[:200]:
        for start in range(0, len(line), _LINE):
            yield line[start : start + 2 * _LINE]


def _called(piece: str, places: Iterable[re.Match[str]], clues: Clues, *, quoted: bool = False) -> Iterator[str]:
    """Take the capitals or the quoted words that follow for a name, where they are not a person's."""
    for place in places:
        match = _NAME.match(piece, place.end(), place.end() + LONGEST)
        if match is None:
            continue
        if match[1]:
            if match[1][0].isupper():
                yield clean(match[1])
        elif not quoted and not _of_person(match[2].split(), clues) and is_title(match[2], clues):
            yield clean(match[2])


def _of_person(name: Sequence[str], clues: Clues) -> bool:
    return fold(name[0]) in HONORIFICS or any(is_given(word, clues) for word in name[:3])


def _signed(letter: _Letter, clues: Clues) -> Iterator[str]:
    """Find the name in the lines that a sender signs with."""
    for line in (*letter.signature, *reversed(letter.tail)):
        if meaning := _MEANING.match(line):
            yield from candidates(meaning[1], clues)
        yield from whole(line, clues)
        yield from candidates(line, clues, signed=True)
        yield from (without_office(part, clues) for part in divided(line) if is_company(part) and len(part.split()) > 1)
    parts = [without_office(part, clues) for line in letter.signed for part in divided(line)]
    yield from shared(letter.name, parts, clues)


def _as_signed(found: str, letter: _Letter) -> str:
    """Prefer the name as the sender signs it to another case of it out of a sentence."""
    said = words(found)
    signed = [(part, words(part)) for part in _signing(letter)]
    if any(other == said for _, other in signed):
        return found
    for part, other in signed:
        whole = len(other) == len(said) and all(map(_alike, other, said))
        if whole or (len(other) > 1 and said[: len(other)] == other):
            return clean(part)
    return found


def _signing(letter: _Letter) -> Iterable[str]:
    return (part for line in (*letter.signed, letter.name) for part in (line, *divided(line)))


def _alike(one: str, other: str) -> bool:
    length = min(_STEM, len(one) - 1, len(other) - 1)
    return one == other or (length > 1 and one[:length] == other[:length])
