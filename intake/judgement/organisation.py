"""Who the sender writes for, as a clerk would enter it: the name as the message gives it, in the nominative.

The likeliest place that names one decides: a form's field, "in the name of …", the signature, the sender's display
name, the own text and subject, a passed-on letter, an attachment, and last the case that is continued. Nothing is
guessed from a domain, and the city hall that everybody writes to is never it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from intake.judgement.clues import Clues, Form
from intake.judgement.rules import Rules
from intake.judgement.sentences import fold, words
from intake.judgement.values import Arrival
from intake.mail.message import Message, PassageKind

_READ = 20_000  # characters of a text that are searched
_LINE = 300  # characters of a line; a longer one is a paragraph, read piece by piece
_LONGEST = 120  # characters of a name
_QUOTED = re.compile(r"\s{0,3}[„“\"«»‚‘']([^\n„”“\"«»]{1,80}?)[”“\"»«’]")
_LINK = (
    r"(?:i|oraz|na|w|we|z|ze|dla|od|do|pod|nad|znad|bez|im\.?|ds\.?|o|św\.?|przy|za|po|ku|nr|of|the|for|and|und|та|і|spod|"
    r"rzecz|spraw|u|ul\.|przy parafii|przy szkole)"
)
_NEXT = re.compile(rf"\s{{1,3}}((?:{_LINK}\s{{1,3}}){{0,3}})([A-ZĄĆĘŁŃÓŚŹŻА-ЯІЇЄҐ0-9][^\s,;:()|/„”“\"«»!?]{{0,40}})")
_SUFFIX = re.compile(r",?\s{1,2}(?:sp\. z o\.\s?o\.|s\.a\.|e\. ?v\.|s\.c\.|gmbh)", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s{0,3}(?:[,|/•·;()\n\t]|\s[–—-]\s)\s{0,3}")
_CONTACT = re.compile(
    r"@|www\.|https?:|\btel\b|\btel\.|\bKRS\b|\bNIP\b|\bREGON\b|\bul\.|\bal\.|\bpl\.|[0-9]{2}-[0-9]{3}|[0-9]{3}",
    re.IGNORECASE,
)


def organisation(message: Message, arrival: Arrival, rules: Rules) -> str | None:
    """Return the organisation that *message* is written for, or None where it names none."""
    clues = rules.clues
    found = next(_named(message, clues), None)
    if found is None and arrival.earlier:
        found = arrival.earlier.organisation
    return found


def _named(message: Message, clues: Clues) -> Iterator[str]:
    own, signature = message.own[:_READ], message.words_of(PassageKind.SIGNATURE)[:_READ]
    subject, name = message.subject or "", message.author.name if message.author else ""
    passed = message.words_of(PassageKind.FORWARD)[:_READ]
    passes = bool(passed) and (len(words(own)) < 60) and any(clues.passing.find(words(own[:2000])))
    yield from _field(own, clues)
    if passes:
        yield from _from_text(passed, clues)
    yield from _spoken(own, clues)
    yield from _signed(signature, own, name, clues)
    yield from _candidates(name, clues)
    yield from _candidates(own, clues)
    yield from _candidates(subject, clues)
    yield from _titled(name, clues)
    if passed and not passes:
        yield from _from_text(passed, clues)
    for part in message.attachments[:5]:
        yield from _from_text(part.text[:_READ], clues)


def _from_text(text: str, clues: Clues) -> Iterator[str]:
    """Find the name in a text that is not divided into passages: its end first, where people sign."""
    lines = [line for line in text.splitlines() if line.strip()]
    yield from _field(text, clues)
    yield from _spoken(text, clues)
    yield from _candidates("\n".join(lines[-8:]), clues)
    yield from _candidates(text, clues)


def _field(text: str, clues: Clues) -> Iterator[str]:
    for line in text.splitlines()[:400]:
        label, colon, value = line[:_LINE].partition(":")
        if colon and " ".join(words(label[:60])) in clues.fields and value.strip():
            cleaned = _clean(value)
            if cleaned and not cleaned.isdigit() and fold(cleaned) not in {"brak", "nie dotyczy", "-"}:
                yield next(_candidates(value, clues), cleaned)


def _spoken(own: str, clues: Clues) -> Iterator[str]:
    """Find the name after "in the name of …", "I represent …"."""
    for line in own.splitlines()[:200]:
        for start in range(0, len(line), _LINE):
            piece = line[start : start + 2 * _LINE]
            for match in clues.speaking.finditer(fold(piece)):
                after = piece[match.end() : match.end() + 2 * _LONGEST]
                found = clues.heads.search(fold(after)[:60])
                if found and len(after[: found.start()].split()) <= 3:
                    yield from _candidates(after, clues)


def _signed(signature: str, own: str, name: str, clues: Clues) -> Iterator[str]:
    """Find the name in the lines that a sender signs with, also where it has no word for what it is."""
    lines = [line.strip() for line in signature.splitlines() if line.strip()][:12]
    for line in lines:
        yield from _candidates(line, clues)
    tail = _tail(own)
    yield from (found for line in reversed(tail) for found in _candidates(line, clues))
    yield from _beside_person(lines, name, clues)
    yield from _beside_person(tail, name, clues)


def _tail(own: str) -> list[str]:
    """Return the short lines at the end of *own* that look like a signature."""
    tail: list[str] = []
    for line in reversed([line.strip() for line in own.splitlines() if line.strip()][-5:]):
        if len(line) > 90 or line.endswith((".", "?", ":", ",")):
            break
        tail.insert(0, line)
    return tail


def _beside_person(lines: list[str], name: str, clues: Clues) -> Iterator[str]:
    """Find the part of a signature beside a person's name that is neither role, address nor courtesy."""
    sender = set(words(name))
    person = False
    for part in (part.strip() for line in lines for part in _SEPARATOR.split(line) if part.strip()):
        if _is_person(part, clues) or (sender and set(words(part)) <= sender):
            person = True
        elif person and _is_title(part, clues):
            yield _clean(part)


def _titled(name: str, clues: Clues) -> Iterator[str]:
    """Take a display name that is no person's: of two words it may be one in any language."""
    for part in _SEPARATOR.split(name)[:3]:
        if len(part.split()) >= 3 and not _is_person(part, clues) and _is_title(part, clues):
            yield _clean(part)


def _is_person(part: str, clues: Clues) -> bool:
    pieces = part.replace(".", ". ").split()
    if not pieces or len(pieces) > 5:
        return False
    given = [piece.strip(".,").lower() for piece in pieces]
    if any(fold(piece) in clues.first_names for piece in given[:3]):
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
    ours = any(phrase in " ".join(folded) for phrase in clues.not_ours)
    return (
        part[:1].isupper()
        and 0 < len(folded) <= 7
        and not ours
        and _CONTACT.search(part) is None
        and not any(clues.not_names.find(folded))
        and not part.rstrip().endswith((".", "!", "?", ":"))
    )


def _candidates(text: str, clues: Clues) -> Iterator[str]:
    """Find names that begin with, or hold, a word for a kind of organisation."""
    for line in text.splitlines()[:300]:
        folded = fold(line)
        if len(folded) != len(line):  # a letter that folding widens: places would not agree
            continue
        position = 0
        while match := clues.heads.search(folded, position):
            position = match.end()
            name, position = _grown(line, match.start(), match.end(), clues)
            if name and not any(phrase in " ".join(words(name)) for phrase in clues.not_ours):
                yield name


def _grown(line: str, start: int, end: int, clues: Clues) -> tuple[str | None, int]:
    """Return the name around the head at *start* in the nominative, and where it ends."""
    form = clues.forms[fold(line[start:end])]
    nominative = fold(form.name) == fold(line[start:end])
    head = line[start:end] if nominative else _cased(form.name, line[start:end])
    parts, position = _following(line, end)
    before = _preceding(line, start)
    if not nominative:
        parts, before = _agreeing(parts, form), _agreeing([word for word in before if _AGREES.search(word)], form)
    if not line[start].isupper() and (not parts or parts[0].islower() or fold(form.name) in _EVERYDAY):
        return None, end
    if not parts and not before:
        return None, end
    name = _clean(" ".join((*before, head, *parts)))
    return (name if len(name) <= _LONGEST else None), position


def _following(line: str, end: int) -> tuple[list[str], int]:
    parts: list[str] = []
    position = end
    while len(parts) < 14:
        if suffix := _SUFFIX.match(line, position):
            parts.append(suffix[0].strip(" "))
            return parts, suffix.end()
        if quoted := _QUOTED.match(line, position):
            parts.append(quoted[1].strip())
            return parts, quoted.end()
        match = _NEXT.match(line, position)
        if match is None:
            break
        word = match[2]
        bare = word.rstrip(".")
        if bare.isdigit() and fold(match[1]).split()[-1:] != ["nr"] and not parts:
            break
        parts += [*match[1].split(), bare if word.endswith(".") and len(bare) > 2 else word]
        position = match.end()
        if word.endswith(".") and len(bare) > 2:
            break
    return parts, position


def _preceding(line: str, start: int) -> list[str]:
    """Return the capitalised words directly before the head, such as "Toruńskie" or "Torun Board Games"."""
    before: list[str] = []
    for word in reversed(line[max(0, start - 80) : start].split(" ")[:-1] if line[:start].endswith(" ") else []):
        if not word or not word[0].isupper() or not word.replace("-", "").isalpha():
            break
        before.insert(0, word)
    sentence = len(line[:start].split()) == len(before)  # what begins a sentence is capital anyway
    if before and sentence and len(before) == 1 and fold(before[0]) in _COMMON:
        return []
    return before[-4:] if not before or fold(before[0]) not in _COMMON else before[1:][-4:]


_DOTTED = frozenset({"o.o.", "s.a.", "s.c.", ". v.", "e.v."})
_AGREES = re.compile(r"(?:ego|ej|ym|im)$")
_EVERYDAY = frozenset(words("dom rada grupa forum szkoła biblioteka centrum zespół polski gmina firma sieć ruch"))
_COMMON = frozenset(
    words(
        "nasze nasza nasz biuro zarząd w z ze od dla dzień dobry jako my i pani pan prezes prezeska uwagi propozycje "
        "stanowisko wniosek członek członkini sekretariat za udział postulaty głos redakcja cała całe jestem the our "
        "from zgłoszenie uczestnictwo"
    )
)


def _agreeing(parts: list[str], form: Form) -> list[str]:
    """Turn the adjectives that agree with the head from the genitive or locative to the nominative."""
    turned = list(parts)
    for index, part in enumerate(parts):
        if " " in part:
            break
        match = re.fullmatch(r"(.{2,}?)(?:ego|ym|im)", part)
        if match is None or form.gender == "f":
            if form.gender == "f" and (adjective := re.fullmatch(r"(.{3,}(?:sk|ck|zn|ln|yjn|czn|arn|ow))i?ej", part)):
                turned[index] = adjective[1] + "a"
                continue
            break
        stem = match[1] + ("i" if part.endswith("im") else "")
        soft = stem.endswith("i")
        turned[index] = stem + ("" if soft else "y") if form.gender == "m" else stem + "e"
    return turned


def _cased(name: str, given: str) -> str:
    return name.upper() if given.isupper() and len(given) > 4 else name


def _clean(name: str) -> str:
    bare = name
    for mark in '„”“"«»‚‘':
        bare = bare.replace(mark, " ")
    bare = " ".join(bare.split()).strip(" ,;:-–—")
    return bare if bare[-4:].lower() in _DOTTED else bare.rstrip(".")
