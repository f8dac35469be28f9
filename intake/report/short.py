"""A proposal in short: its own words, cut, without greeting, addresses, numbers of people and their names.

What a program takes out is not all that may be private: an official reads the report before it is published.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from intake.letters.inert import GONE, inert

LIMIT = 420  # characters of a proposal
_READ = 3000  # of a longer text the rest is not looked at
# Nine to eleven digits, however they are grouped: telephone numbers, PESEL; sums of money have fewer.
_NUMBER = re.compile(r"(?<![\d,.])(?:\+\d{1,3}[ -]?)?(?:\d[ -]?){8,10}\d(?![\d])")
_GREETING = re.compile(
    r"^(?:(?:dzień dobry|dobry wieczór|szanowni państwo|szanowna pani|szanowny panie|witam|dear|hello|good morning)\b"
    r"[^.!?\n]{0,60}?(?:[,!.]|\n|$)\s*)+",
    re.IGNORECASE,
)


def short(text: str, persons: Iterable[str] = (), limit: int = LIMIT) -> str:
    """Return the beginning of *text* as one harmless line without greeting, and without naming *persons*."""
    said = _GREETING.sub("", text[:_READ].lstrip())
    said = _NUMBER.sub(GONE, " ".join(said.split()))
    for person in sorted({" ".join(name.split()) for name in persons}, key=len, reverse=True):
        if " " in person:  # a first name alone is a word like others
            said = re.sub(rf"(?<!\w){re.escape(person)}(?!\w)", GONE, said, flags=re.IGNORECASE)
    shown = inert(said, len(said) + 1)
    shown = shown[:1].upper() + shown[1:]  # after a greeting a sentence goes on with a small letter
    return shown if len(shown) <= limit else f"{shown[:limit].rsplit(' ', 1)[0].rstrip(',;:–-')} …"
