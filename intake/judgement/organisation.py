"""Who the sender writes for, as a clerk would enter it: the name as the message gives it, in the nominative.

The likeliest place that names one decides: a form's field, "in the name of …", the signature, the sender's display
name, the own text and subject, a passed-on letter, an attachment, and last the case that is continued. Nothing is
guessed from a domain; the city hall that everybody writes to is never it, nor is a machine, nor a private person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from intake.judgement.clues import Clues
from intake.judgement.naming import LONGEST, candidates, clean, is_ours, nominative
from intake.judgement.rules import Rules
from intake.judgement.sentences import fold, words
from intake.judgement.values import Arrival
from intake.mail.message import Message, PassageKind

_READ = 20_000  # characters of a text that are searched
_LINE = 300  # characters of a line; a longer one is a paragraph, read piece by piece
_WRAPPED = 50  # a line longer than this goes on in the next
_OPENING = tuple("„“\"(«")
_FEW = 60  # own words beside which a letter that is passed on is the message
_STEM = 4  # letters by which two cases of one name are known to be the same
_SEPARATOR = re.compile(r"\s{0,3}(?:[,|/•·;()\n\t]|\s[–—-]\s)\s{0,3}")
_CONTACT = re.compile(
    r"@|www\.|https?:|\btel\b|\btel\.|\bKRS\b|\bNIP\b|\bREGON\b|\bul\.|\bal\.|\bpl\.|[0-9]{2}-[0-9]{3}|[0-9]{3}",
    re.IGNORECASE,
)
_LEGAL = re.compile(r"(?:\be\. ?V\.|\bGmbH|\bsp\. z o\. ?o\.|\bS\.A\.|\bs\.c\.|\bLtd\.?|\bInc\.?)$")
_BRACKETED = re.compile(r"\b(?:z|ze|od)\s([A-ZĄĆĘŁŃÓŚŹŻ][\w-]{2,30}(?:\s[A-ZĄĆĘŁŃÓŚŹŻ][\w-]{2,30}){0,2})\s\(")
_NAME = re.compile(
    r"[\s:]{0,3}(?:[„“\"«»]([^\n„”“\"«»]{2,80})[”“\"»«]|"
    r"([A-ZĄĆĘŁŃÓŚŹŻА-ЯІЇЄҐ][^\s,;:.()|/„”“\"«»!?]{1,40}"
    r"(?:\s(?:(?:z|ze|na|nad|i|w|we|of|the|for|pod|spod|dla|od)\s){0,2}[A-ZĄĆĘŁŃÓŚŹŻА-ЯІЇЄҐ0-9][^\s,;:.()|/„”“\"«»!?]{0,40}){0,6}))"
)
_TITLES = frozenset(words("mr mrs ms miss dr ks pan pani sir prof mgr herr frau o s"))
_NOTHING = frozenset({"brak", "nie dotyczy", "-", "osoba prywatna", "mieszkaniec", "mieszkanka"})
_PLURAL = ("y", "i", "e")  # endings of those who are many: "mothers from …"


@dataclass(frozen=True, slots=True)
class _Letter:
    """What is searched: the sender's own text with its wrapped lines joined, and the places where people sign."""

    own: str
    flowing: str
    signature: tuple[str, ...]
    tail: tuple[str, ...]
    name: str
    subject: str

    @property
    def signed(self) -> tuple[str, ...]:
        """Return the lines that the sender signs with."""
        return (*self.signature, *self.tail)


def organisation(message: Message, arrival: Arrival, rules: Rules) -> str | None:
    """Return the organisation that *message* is written for, or None where it names none."""
    clues = rules.clues
    letter = _letter(message)
    if message.report is not None or any(clues.machines.find(words(letter.name))):
        return None
    found = next(_named(message, letter, clues), None)
    if found is not None:
        return _as_signed(found, letter)
    return arrival.earlier.organisation if arrival.earlier else None


def _letter(message: Message) -> _Letter:
    own = message.own[:_READ]
    signature = message.words_of(PassageKind.SIGNATURE)[:_READ]
    return _Letter(
        own=own,
        flowing=_flowing(own),
        signature=tuple(line.strip() for line in signature.splitlines() if line.strip())[:12],
        tail=tuple(_tail(own)),
        name=message.author.name[:_LINE] if message.author else "",
        subject=message.subject or "",
    )


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
    yield from _titled(letter.name, clues)
    yield from _beside_person(letter.signature, letter.name, clues)
    yield from _beside_person(letter.tail, letter.name, clues)
    yield from candidates(letter.flowing, clues)
    yield from candidates(letter.subject, clues)
    if forwarded and not passes:
        yield from _from_text(forwarded, clues)
    for part in message.attachments[:5]:
        yield from _from_text(part.text[:_READ], clues)
    yield from _abbreviated(letter.name, clues)


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
        for match in clues.naming.finditer(folded):
            yield from _called(piece[match.end() : match.end() + LONGEST], clues, quoted=match[0] == "jako")
        for match in _BRACKETED.finditer(piece):
            if clues.heads.match(folded, match.end()):
                yield " ".join(nominative(match[1].split()))


def _pieces(text: str) -> Iterator[str]:
    for line in text.splitlines()[:200]:
        for start in range(0, len(line), _LINE):
            yield line[start : start + 2 * _LINE]


def _called(after: str, clues: Clues, *, quoted: bool) -> Iterator[str]:
    """Take the capitals or the quoted words that *after* begins with for a name, where they are not a person's."""
    match = _NAME.match(after)
    if match is None or (quoted and not match[1]):
        return
    if match[1]:
        yield clean(match[1])
        return
    name = match[2].split()
    known = any(_is_given(word, clues) for word in name[:3])
    if not known and fold(name[0]) not in _TITLES and _is_title(match[2], clues):
        yield clean(" ".join(nominative(name)))


def _is_given(word: str, clues: Clues) -> bool:
    """Tell whether *word* may be a first name in any case."""
    folded = fold(word)
    return folded in clues.first_names or any(
        folded[:-cut] + ending in clues.first_names for cut in (1, 2) for ending in ("", "a") if len(folded) > cut + 2
    )


def _signed(letter: _Letter, clues: Clues) -> Iterator[str]:
    """Find the name in the lines that a sender signs with."""
    for line in (*letter.signature, *reversed(letter.tail)):
        yield from _whole(line, clues)
        yield from candidates(line, clues, signed=True)
        yield from (_trimmed(part, clues) for part in _parts(line) if _LEGAL.search(part) and len(part.split()) > 1)
    parts = [_trimmed(part, clues) for line in letter.signed for part in _parts(line)]
    yield from _shared(letter.name, parts, clues)


def _whole(line: str, clues: Clues) -> Iterator[str]:
    """Take all of a line that begins with a word for a kind of organisation and holds nothing else."""
    match = clues.heads.match(fold(line))
    plain = len(_parts(line)) == 1 and 2 <= len(line.split()) <= 9 and "„" not in line and '"' not in line
    if match and plain and clues.forms[match[0]].name[:3] == line[:3] and _is_title(line, clues):
        yield clean(line)


def _parts(line: str) -> list[str]:
    return [part.strip() for part in _SEPARATOR.split(line) if part.strip()]


def _trimmed(part: str, clues: Clues) -> str:
    """Leave out the word for an office that stands before a name: "biuro", "redakcja"."""
    pieces = clean(part).split()
    while len(pieces) > 1 and fold(pieces[0]) in clues.offices:
        pieces.pop(0)
    return " ".join(pieces)


def _shared(name: str, parts: Sequence[str], clues: Clues) -> Iterator[str]:
    """Find the part of the signature that the display name repeats, where it is not the person's own name."""
    given = [words(_trimmed(part, clues)) for part in (*_parts(name), name)]
    for part in parts:
        said = words(part)
        repeated = bool(said) and any(one[-len(said) :] == said for one in given)
        longer = len(said) > 1 and all(len(one) > len(said) for one in given)
        if repeated and (longer or _telling(part)) and not _is_person(part, clues) and _is_title(part, clues):
            yield clean(part)


def _telling(part: str) -> bool:
    """Tell whether *part* cannot be two names of a person in a language whose names are not listed."""
    pieces = part.split()
    within = any(letter.isupper() for piece in pieces if piece.isalpha() for letter in piece[1:])
    neuter = len(pieces) > 1 and re.search(r"(?:[nwłtż]|sk|ck|k|cz)i?e$", pieces[0]) is not None
    return within or neuter or len(pieces) > 2 or any(letter.isdigit() for letter in part)


def _tail(own: str) -> list[str]:
    """Return the short lines at the end of *own* that look like a signature."""
    tail: list[str] = []
    for line in reversed([line.strip() for line in own.splitlines() if line.strip()][-5:]):
        if len(line) > 90 or (line.endswith((".", "?", ":", ",")) and not _LEGAL.search(line)):
            break
        tail.insert(0, line)
    return tail


def _beside_person(lines: Sequence[str], name: str, clues: Clues) -> Iterator[str]:
    """Find the part of a signature beside a person's name that is neither role, address nor courtesy."""
    sender = set(words(name))
    person = False
    for line in lines:
        parts = _parts(line)
        if len(parts) > 2 and sum(" " not in part for part in parts) > 1:
            continue  # a list of people
        for part in parts:
            if _is_person(part, clues) or (sender and set(words(part)) <= sender):
                person = True
            elif person and _is_title(part, clues):
                yield clean(part)


def _titled(name: str, clues: Clues) -> Iterator[str]:
    """Take a display name that is no person's: of two words it may be one in any language."""
    for part in _parts(name)[:3]:
        trimmed = _trimmed(part, clues)
        pieces = trimmed.split()
        office = trimmed != clean(part) and (len(pieces) > 1 or _telling(trimmed))
        nickname = len(pieces) == 3 and pieces[1] in {"z", "ze", "od"} and not pieces[0].endswith(_PLURAL)
        if (len(pieces) >= 3 or office) and not nickname and not _is_person(trimmed, clues) and _is_title(trimmed, clues):
            yield clean(part) if len(pieces) > 2 else trimmed


def _abbreviated(name: str, clues: Clues) -> Iterator[str]:
    """Take a display name in which one word of several is an abbreviation in capitals."""
    pieces = name.split()
    capitals = [piece for piece in pieces if piece.isalpha() and piece.isupper() and 2 <= len(piece) <= 5]
    if len(pieces) in {2, 3} and len(capitals) == 1 and not _is_person(name, clues) and _is_title(name, clues):
        yield clean(name)


def _is_person(part: str, clues: Clues) -> bool:
    pieces = part.replace(".", ". ").split()
    if not pieces or len(pieces) > 5:
        return False
    given = [piece.strip(".,").lower() for piece in pieces]
    if any(fold(piece) in clues.first_names for piece in given[:3]) or (len(given) > 1 and given[0] in _TITLES):
        return True
    initial = len(pieces[0]) == 2 and pieces[0].endswith(".") and len(pieces) == 2
    surname = (
        len(pieces) in {2, 3}
        and pieces[-1][:1].isupper()
        and re.search(r"(?:sk|ck|dzk)[aiy]$", fold(pieces[-1])) is not None
    )
    return initial or surname


def _is_title(part: str, clues: Clues) -> bool:
    folded = words(part)
    return (
        part[:1].isupper()
        and 0 < len(folded) <= 9
        and not is_ours(part, clues)
        and _CONTACT.search(part) is None
        and not any(clues.not_names.find(folded))
        and (not part.rstrip().endswith((".", "!", "?", ":")) or _LEGAL.search(part) is not None)
    )


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
    return (part for line in (*letter.signed, letter.name) for part in (line, *_parts(line)))


def _alike(one: str, other: str) -> bool:
    length = min(_STEM, len(one) - 1, len(other) - 1)
    return one == other or (length > 1 and one[:length] == other[:length])
