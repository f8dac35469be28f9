"""Where people sign: which part of a signature or of a sender's name is an organisation, and which a person.

Without a word for its kind a name is known by what it is not: no first name, no role, no address, no courtesy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from intake.judgement.clues import Clues
from intake.judgement.naming import clean, is_ours
from intake.judgement.sentences import fold, words

_SEPARATOR = re.compile(r"\s{0,3}(?:[,|/•·;()\n\t]|\s[–—-]\s)\s{0,3}")
_CONTACT = re.compile(
    r"@|www\.|https?:|\btel\b|\btel\.|\bKRS\b|\bNIP\b|\bREGON\b|\bul\.|\bal\.|\bpl\.|[0-9]{2}-[0-9]{3}|[0-9]{3}",
    re.IGNORECASE,
)
_LEGAL = re.compile(r"(?:\be\. ?V\.|\bGmbH|\bsp\. z o\. ?o\.|\bS\.A\.|\bs\.c\.|\bLtd\.?|\bInc\.?)$")
HONORIFICS = frozenset(words("mr mrs ms miss dr ks pan pani sir prof mgr herr frau o s"))
_NEUTER = re.compile(r"(?:[śldnoprzjż]n|[włtżd]|[sc]k|ch|cz|br)i?e$")  # "Leśne", "Ciche": an adjective, no first name
_NUMBERED = re.compile(r"[0-9]{1,2}\+? [^\W\d_]{2,}.*[A-ZĄĆĘŁŃÓŚŹŻ]")  # "50+ na Desce"
_FROM = frozenset({"z", "ze", "od", "at", "from", "von"})
_PLURAL = ("y", "i", "e")  # endings of those who are many: "mothers from …"


def is_given(word: str, clues: Clues) -> bool:
    """Tell whether *word* may be a first name in any case."""
    folded = fold(word)
    return folded in clues.first_names or any(
        folded[:-cut] + ending in clues.first_names for cut in (1, 2) for ending in ("", "a") if len(folded) > cut + 2
    )


def whole(line: str, clues: Clues) -> Iterator[str]:
    """Take all of a line that begins with a word for a kind of organisation and holds nothing else."""
    match = clues.heads.match(fold(line))
    found = clues.heads.search(fold(line))
    if match is None and found and _of_others(line, found, clues):
        yield clean(line)
    plain = len(divided(line)) == 1 and 2 <= len(line.split()) <= 9 and "„" not in line and '"' not in line
    if match and plain and clues.forms[match[0]].name[:3] == line[:3] and is_title(line, clues):
        yield clean(line)


def _of_others(line: str, found: re.Match[str], clues: Clues) -> bool:
    """Tell whether a line names those of something: "Przyjaciele Biblioteki w Lulkowie"."""
    before = line[: found.start()].split()
    inflected = fold(clues.forms[found[0]].name) != found[0] and found.start() < len(line)
    plain = len(before) == 1 and before[0][0].isupper() and before[0].isalpha() and len(line.split()) <= _LONG
    if not plain or not inflected or fold(before[0]) in clues.offices | set(clues.forms) or not is_title(line, clues):
        return False
    return len(divided(line)) == 1 and not is_given(before[0], clues) and not before[0].endswith(("ego", "ej", "iej"))


_LONG = 8  # words of a name


def is_bare(name: str, clues: Clues) -> bool:
    """Tell whether *name* is a kind alone, as "OSP" is: it names none of the many."""
    return " " not in name and (fold(name) in clues.forms or name in _KINDS)


_KINDS = frozenset(
    {"OSP", "GOK", "MOK", "IT", "HR", "MDK", "MOPS", "GOPS", "MOPR", "SP", "UM", "UG", "BOK", "PR", "NGO", "KGW"}
)


def divided(line: str) -> list[str]:
    """Return the parts of a line that commas, bars and dashes divide."""
    return [part.strip() for part in _SEPARATOR.split(line) if part.strip()]


def without_office(part: str, clues: Clues) -> str:
    """Leave out the word for an office that stands before a name: "biuro", "redakcja"."""
    pieces = clean(part).split()
    while len(pieces) > 1 and fold(pieces[0]) in clues.offices:
        pieces.pop(0)
    return " ".join(pieces)


def shared(name: str, parts: Sequence[str], clues: Clues) -> Iterator[str]:
    """Find the part of the signature that the display name repeats, where it is not the person's own name."""
    given = [words(without_office(part, clues)) for part in (*divided(name), name)]
    for part in parts:
        said = words(part)
        repeated = bool(said) and any(one[-len(said) :] == said for one in given)
        longer = len(said) > 1 and all(len(one) > len(said) for one in given)
        if repeated and (longer or _telling(part)) and not is_person(part, clues) and is_title(part, clues):
            yield clean(part)


def _telling(part: str) -> bool:
    """Tell whether *part* cannot be two names of a person in a language whose names are not listed."""
    pieces = part.split()
    within = any(letter.isupper() for piece in pieces if piece.isalpha() for letter in piece[1:])
    neuter = (
        len(pieces) > 1 and re.search(r"(?:[śldnoprzjż]n|[^a]one|[włtżd]|[sc]k|ch|cz|br)i?e$", pieces[0]) is not None
    )
    return within or neuter or len(pieces) > 2 or any(letter.isdigit() for letter in part)


def closing_lines(own: str) -> list[str]:
    """Return the short lines at the end of *own* that look like a signature."""
    tail: list[str] = []
    for line in reversed([line.strip() for line in own.splitlines() if line.strip()][-5:]):
        if len(line) > 90 or (line.endswith((".", "?", ":", ",")) and not is_company(line)):
            break
        tail.insert(0, line)
    return tail


def beside_person(lines: Sequence[str], name: str, clues: Clues) -> Iterator[str]:
    """Find the part of a signature beside a person's name that is neither role, address nor courtesy."""
    sender = set(words(name))
    if not is_person(name, clues) and any(is_person(part, clues) for line in lines for part in divided(line)):
        sender = set()  # a person signs for what the address names
    person = False
    for line in lines:
        parts = divided(line)
        if len(parts) > 2 and sum(" " not in part for part in parts) > 1:
            continue  # a list of people
        if is_contact(line) and not any(is_person(part, clues) for part in parts):
            continue  # a street and its town
        for part in parts:
            if is_person(part, clues) or (sender and set(words(part)) <= sender):
                person = True
            elif person and is_title(part, clues):
                yield clean(part)


_ADJECTIVE = re.compile(  # "Drugi Oddech", "Gryfna Banda": no surname stands first, and few foreign names end so
    r"\w{2,}(?:gi|ki|[^n]ny|ly|wy|szy|cy|czna|lna|rna|fna|zna|cna|dna|pna|tna|wna|cka|ska|wna|owa|aca|yla|ala|ace|kie|gie|owe|yjne|lne|czne)"
)


def titled(name: str, clues: Clues) -> Iterator[str]:
    """Take a display name that is no person's: of two words it may be one in any language."""
    for part in divided(name)[:3]:
        trimmed = without_office(part, clues)
        pieces = trimmed.split()
        office = trimmed != clean(part) and (len(pieces) > 1 or _telling(trimmed))
        if (
            len(pieces) > 2 and pieces[1] in _FROM and not pieces[0].endswith(_PLURAL)
        ):  # somebody of a place, or of a firm
            if _telling(" ".join(pieces[2:])):
                yield " ".join(pieces[2:])
            continue
        kind = len(pieces) == 1 and fold(trimmed) in clues.forms
        private = any(is_given(piece, clues) for piece in pieces) if office else is_person(trimmed, clues)
        known = office or len(pieces) > 2 or (len(pieces) == 2 and _ADJECTIVE.fullmatch(fold(pieces[0])) is not None)
        if known and not kind and not private and is_title(trimmed, clues):
            yield clean(part) if len(pieces) > 2 else trimmed


def abbreviated(name: str, clues: Clues) -> Iterator[str]:
    """Take a display name in which one word of several is an abbreviation in capitals."""
    pieces = name.split()
    capitals = [piece for piece in pieces if piece.isalpha() and piece.isupper() and 2 <= len(piece) <= 5]
    if len(pieces) in {2, 3} and len(capitals) == 1 and not is_person(name, clues) and is_title(name, clues):
        yield clean(name)


def is_person(part: str, clues: Clues) -> bool:
    """Tell whether *part* is a person's name."""
    pieces = part.replace(".", ". ").split()
    if not pieces or len(pieces) > 5:
        return False
    given = [piece.strip(".,").lower() for piece in pieces]
    if any(fold(piece) in clues.first_names for piece in given[:3]) or (len(given) > 1 and given[0] in HONORIFICS):
        return True
    initial = len(pieces[0]) == 2 and pieces[0].endswith(".") and len(pieces) == 2
    surname = (
        len(pieces) in {2, 3}
        and pieces[-1][:1].isupper()
        and re.search(r"(?:sk|ck|dzk)[aiy]$", fold(pieces[-1])) is not None
    )
    return initial or surname


def is_title(part: str, clues: Clues) -> bool:
    """Tell whether *part* may be a name of something: capital, short, no role, address or courtesy."""
    folded = words(part)
    return (
        (part[:1].isupper() or _NUMBERED.match(part) is not None)
        and 0 < len(folded) <= 9
        and not is_ours(part, clues)
        and not is_contact(part)
        and not any(clues.not_names.find(folded))
        and (not part.rstrip().endswith((".", "!", "?", ":")) or is_company(part))
    )


def is_company(part: str) -> bool:
    """Tell whether *part* ends in the letters of a legal form."""
    return _LEGAL.search(part) is not None


def is_contact(part: str) -> bool:
    """Tell whether *part* holds an address, a number or a register."""
    return _CONTACT.search(part) is not None
