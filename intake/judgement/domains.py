"""Names that the sender's own domain bears out: "Moto Sercem", from somebody at motosercem.pl.

Nothing is guessed from a domain, which may be rented, shared or old: the name must stand in the message. The domain
only lets a name count that has no word for its kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from intake.judgement.clues import Clues
from intake.judgement.naming import clean, is_ours
from intake.judgement.sentences import fold, words
from intake.judgement.signatures import divided, is_contact, is_given, is_person

_SECOND_LEVEL = frozenset({"org", "com", "edu", "net", "info", "art", "gov", "ngo", "co"})  # "fundacja.org.pl"
_SHORT = 4  # letters, of which no less are compared
_MOST = 90  # characters of a name
_TEXT = 6000  # characters of the text that are searched
_WORDS = 8
_QUOTED = re.compile(r"[„“\"«]([^\n„”“\"«»]{2,80})[”“\"»]")
_LINKS = r"(?:(?:z|ze|na|nad|i|w|we|of|the|and|for|pod|spod|dla|od|przy|do|bez|u|za|po|o|&) ){0,2}"
_CAPITALS = re.compile(
    r"(?<![\w@.&])[A-ZĄĆĘŁŃÓŚŹŻ][^\s,;:.()|/„”“\"«»!?]{1,40}"
    rf"(?: {_LINKS}[A-ZĄĆĘŁŃÓŚŹŻ0-9][^\s,;:.()|/„”“\"«»!?]{{0,40}}){{0,6}}"
)


def registered(address: str, clues: Clues) -> str:
    """Return the folded label that the domain of *address* was registered by; nothing where many share it."""
    labels = fold(address.rpartition("@")[2]).split(".")
    if len(labels) > 2 and labels[-2] in _SECOND_LEVEL:
        labels.pop()
    label = labels[-2] if len(labels) > 1 else ""
    return "" if label in clues.providers else label


def borne_out(lines: Sequence[str], text: str, display: str, domain: str, clues: Clues) -> Iterator[str]:
    """Find in the *lines* that somebody signs with, and in the *text*, what is called as *domain* is.

    What has a word for its kind in another case than the nominative is left to those who turn it.
    """
    flat = "".join(filter(str.isalnum, domain))
    if len(flat) < _SHORT:
        return
    person = set(words(display)) if is_person(display, clues) else set[str]()
    for name in _titles(lines, text[:_TEXT]):
        said = words(name)
        fits = 0 < len(said) <= _WORDS and len(name) <= _MOST and _repeats(said, flat, clues)
        if fits and not person & set(said) and not _inflected(said, clues) and _is_no_person(name, clues):
            yield clean(name)


def _is_no_person(name: str, clues: Clues) -> bool:
    private = is_person(name, clues) or is_given(name.split(maxsplit=1)[0], clues)
    return not private and not is_contact(name) and not is_ours(name, clues)


def _titles(lines: Iterable[str], text: str) -> Iterator[str]:
    """Take what may be a name: parts of signing lines, what stands in quotation marks, and capitals in a sentence."""
    for line in lines:
        for part in divided(line):
            if any(letter.isupper() for letter in part):
                yield part
    for match in _QUOTED.finditer(text):
        yield match[1]
    for match in _CAPITALS.finditer(text):
        if " " in match[0] or not _opens(text, match.start()):
            yield match[0]
        who, _, whose = match[0].partition(" z ")  # "Ola z Deskorolkowa"
        if who and whose:
            yield whose


def _opens(text: str, start: int) -> bool:
    """Tell whether a sentence begins at *start*: there every word has a capital."""
    return text[max(0, start - 3) : start].rstrip(" ")[-1:] in {"", ".", "!", "?", ":", "\n"}


def _inflected(said: Sequence[str], clues: Clues) -> bool:
    """Tell whether a word for a kind stands among *said* in another case than the nominative."""
    return any(word in clues.forms and fold(clues.forms[word].name) != word for word in said)


def _repeats(said: Sequence[str], flat: str, clues: Clues) -> bool:
    """Tell whether the domain *flat* is the words *said*, with or without their kind, or hardly more."""
    own = [word for word in said if word not in clues.forms]
    return any(
        len(joined) >= _SHORT and joined in flat and 2 * len(joined) >= len(flat)
        for joined in ("".join(said), "".join(own))
    ) or (len(own) > 1 and own[0] == flat)
