"""Running text to sentences, and sentences to folded words: what every reading of a message starts from.

Everything is one pass over the text, so hostile text costs no more than its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

LONGEST = 600  # characters of one sentence; longer ones are read in pieces
MOST = 400  # sentences of one text that are read; what follows repeats or pads

_FOLD = tuple(zip("ąćęłńóśźż", "acelnoszz", strict=True))
_WORD = re.compile(r"[^\W_]+")
_BREAK = re.compile(r"[.!?…]{1,8}[\"”»)]{0,4}(?=\s)|[;\n]")  # bounded, so that "!!!!…" is no burden
_BULLET = re.compile(r"\s*(?:[-–—•*·▪]|\(?[0-9]{1,2}[.)]|[a-z]\))\s")
_SHORTENED = frozenset(
    (
        *(
            "al",
            "art",
            "bl",
            "br",
            "dn",
            "dot",
            "dr",
            "dyr",
            "fax",
            "ff",
            "gen",
            "godz",
            "hab",
            "im",
            "inz",
            "itd",
            "itp",
        ),
        *("jw", "kier", "kl", "kom", "lek", "lic", "max", "mec", "mgr", "min", "mjr", "mr", "mrs", "ms", "nast", "nr"),
        *("np", "ob", "ok", "os", "pkt", "pl", "pok", "pow", "poz", "pp", "prez", "prof", "przew", "ps", "pt", "red"),
        *("ref", "rz", "sp", "st", "stow", "str", "sw", "szt", "tel", "tj", "tow", "tys", "tzn", "tzw", "ub", "ul"),
        *("phm", "pwd", "hm", "dh", "apl", "kol", "kpr", "szer", "por", "kpt", "plk", "pulk", "insp", "asp", "bm"),
        *("ust", "vs", "wew", "wiceprez", "woj", "ws", "wsp", "ww", "wyd", "zal", "zam", "zast", "zob"),
    )
)


class Origin(StrEnum):
    """Where a sentence stands."""

    SUBJECT = "subject"
    OWN = "own"
    FORWARD = "forward"
    ATTACHMENT = "attachment"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as written, and its words folded: small letters without diacritics."""

    text: str
    words: tuple[str, ...]
    origin: Origin
    asks: bool  # ends in a question mark


def fold(text: str) -> str:
    """Return *text* in small letters and without Polish diacritics, as people write on telephones."""
    folded = text.lower()
    if not folded.isascii():
        for letter, plain in _FOLD:  # nine searches of the text are quicker than one look-up a letter
            folded = folded.replace(letter, plain)
    return folded


def words(text: str) -> tuple[str, ...]:
    """Return the folded words and numbers of *text*."""
    return tuple(_WORD.findall(fold(text)))


def sentences(text: str, origin: Origin = Origin.OWN) -> tuple[Sentence, ...]:
    """Divide *text* into at most ``MOST`` sentences; lists and forms line by line, wrapped lines joined."""
    found: list[Sentence] = []
    for piece in _pieces(_joined(text)):
        folded = words(piece)
        if folded:
            found.append(Sentence(piece, folded, origin, piece.rstrip('"”»)( ').endswith("?")))
            if len(found) == MOST:
                break
    return tuple(found)


def _joined(text: str) -> str:
    """Join lines that a mail program wrapped: a long line goes on in the next."""
    lines: list[list[str]] = []
    length = 0  # of the last line as it stood
    for line in text.splitlines():
        stripped = line.strip()
        if lines and _continues(stripped, lines[-1][-1], length):
            lines[-1].append(stripped)
        else:
            lines.append([stripped])
        length = len(stripped)
    return "\n".join(" ".join(parts) for parts in lines)


def _continues(line: str, before: str, length: int) -> bool:
    if not line or not before or _BULLET.match(line):
        return False
    return line[0].islower() or (length > 55 and not before.endswith((".", "!", "?", ":")))


def _pieces(text: str) -> Iterator[str]:
    start = 0
    for match in _BREAK.finditer(text):
        if match[0] == "." and _abbreviated(text, match.start()):
            continue
        yield from _bounded(text[start : match.end()].strip())
        start = match.end()
    yield from _bounded(text[start:].strip())


def _bounded(piece: str) -> Iterator[str]:
    for start in range(0, len(piece), LONGEST):
        yield piece[start : start + LONGEST]


def _abbreviated(text: str, dot: int) -> bool:
    """Tell whether the full stop at *dot* ends an abbreviation, an initial or an ordinal number."""
    start = dot
    while start > 0 and dot - start < 12 and text[start - 1].isalnum():
        start -= 1
    word = fold(text[start:dot])
    line_start = start == 0 or text[start - 1] == "\n"
    return (
        word in _SHORTENED or (len(word) == 1 and word.isalpha()) or (word.isdigit() and len(word) < 3 and line_start)
    )
