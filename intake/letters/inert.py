"""Strangers' text made harmless for our letters: one short line, nothing in it invisible, reversed or clickable.

A forged From must not turn us into a printer of somebody's advertising: what a stranger wrote is shown only where it
tells the sender what we recorded, and never as a link. Linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata

LIMIT = 80  # characters
GONE = "[…]"  # stands for what was taken out; no word, so that no language needs its own

_READ = 4000  # of a longer text the rest is not even looked at
_WORD = 300  # characters without a space: a longer run is no word
_MARKS = 2  # combining marks on one letter: more than languages put there only smear the lines around

_LINK = re.compile(r"://|www\.|@|^(?:mailto|tel|sms|https?|ftp|data|javascript):")
_DOTTED = re.compile(r"(?<![\w.-])(?:[\w-]{1,63}\.){1,8}[\w-]{2,63}(?![\w-]|\.\w)")
# What follows the last dot of a name that mail programs make clickable without "www." or a scheme: a country's two
# letters, or one of the commoner other domains. Names of files ("wnioski.pdf") and "im.Kopernika" are left alone.
_DOMAIN = re.compile(
    r"""[a-z]{2}|com|net|org|edu|gov|info|biz|name|mobi|asia|app|dev|page|site|online|shop|store|xyz|top|club|vip|win|icu
    |live|click|link|work|space|fun|tech|blog|news|zip|mov|bid|loan|men|date|party|review|stream|trade|cloud|art|bank
    |casino|bet|pro|ngo|ong|foundation|charity|academy|agency|center|community|education|email|events|global|group|help
    |house|media|network|one|social|solutions|support|team|today|website|wiki|world|zone|xn--[a-z0-9-]+""",
    re.VERBOSE,
)


def inert(text: str, limit: int = LIMIT) -> str:
    """Return *text* as one harmless line of at most *limit* characters, "" where nothing is left."""
    visible = "".join(_character(character) for character in unicodedata.normalize("NFC", text[:_READ]))
    line = _thin(" ".join(_word(word) for word in visible.split()))
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _character(character: str) -> str:
    """Turn separators into a space, and what cannot be seen into nothing."""
    match unicodedata.category(character):
        case "Cc" | "Zs" | "Zl" | "Zp":
            return " "
        case "Cf" | "Cs" | "Co" | "Cn":  # bidirectional overrides, zero-width, soft hyphens, surrogates, tags
            return ""
        case _:
            return character


def _thin(line: str) -> str:
    kept, marks = [], 0
    for character in line:
        marks = marks + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        if marks <= _MARKS:
            kept.append(character)
    return "".join(kept)


def _word(word: str) -> str:
    """Take out what is a link, and break what a program may take for one; full-width signs are read as usual ones."""
    if len(word) > _WORD:
        return GONE
    compatible = unicodedata.normalize("NFKC", word)
    if _LINK.search(compatible.lower()):
        return GONE
    broken = _DOTTED.sub(_broken, compatible)
    return word if broken == compatible else broken


def _broken(match: re.Match[str]) -> str:
    """Write a name with dots so that no program takes it for an address: "kolatka[.]pl"."""
    name, after = match[0], match.string[match.end() :][:1]
    ending = name.rpartition(".")[2].lower()
    if after in {"/", ":", "?", "#"} or not _latin(ending):
        return name.replace(".", "[.]")
    if len(name) > len("m.st") and _DOMAIN.fullmatch(ending):  # "m.st. Warszawy" is no address
        return name.replace(".", "[.]")
    return name


def _latin(ending: str) -> bool:
    """Tell whether *ending* is in letters such as ours; there are domains in other scripts too."""
    return all(character < "\u0250" for character in ending)
