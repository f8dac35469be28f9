"""Links of a digest that write a decision for whoever taps them: each works once, for one person, until it expires.

The code in such a letter binds the digest, the decision and what it is about, the words, the person and the last day by
HMAC-SHA256 under a key that only the environment knows. It says nothing by itself. Pure; who used it is the records'.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from intake.judgement.sentences import fold

_DIGITS = 32  # hexadecimal, of the code: 128 bits
_CODE = re.compile(r"\b([0-9]{8})\.([0-9]{1,3})\.([0-9]{8})\.([0-9a-f]{32})\b")
_SEARCHED = 4000  # characters in which a code is looked for


@dataclass(frozen=True, slots=True)
class Bound:
    """What a code holds together."""

    day: date  # of the digest
    number: int  # of the decision
    words: str  # that settle it, without the number
    person: str  # addr-spec of who may use it
    subjects: Sequence[int]  # records and letters that the decision is about
    expires: date  # the last day on which it works


@dataclass(frozen=True, slots=True)
class Code:
    """A code as it stands in a letter."""

    day: date
    number: int
    expires: date
    proof: str

    @property
    def text(self) -> str:
        """Return it as it is written."""
        return f"{self.day:%Y%m%d}.{self.number}.{self.expires:%Y%m%d}.{self.proof}"

    @property
    def digest(self) -> str:
        """Return the name under which its use is kept."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def code(key: str, bound: Bound) -> Code:
    """Return the code of *bound* under *key*."""
    said = " ".join(fold(bound.words).split())
    parts = (
        *("link", bound.day.isoformat(), str(bound.number), said, bound.person.lower(), bound.expires.isoformat()),
        ",".join(map(str, bound.subjects)),
    )
    proof = hmac.new(key.encode(), "\0".join(parts).encode(), hashlib.sha256).hexdigest()[:_DIGITS]
    return Code(bound.day, bound.number, bound.expires, proof)


def find(text: str) -> Code | None:
    """Return the code that stands in *text*; None where there is none."""
    match = _CODE.search(text[:_SEARCHED])
    if match is None:
        return None
    try:
        day, expires = (date(int(part[:4]), int(part[4:6]), int(part[6:])) for part in (match[1], match[3]))
    except ValueError:
        return None
    return Code(day, int(match[2]), expires, match[4])


def is_right(found: Code, key: str, bound: Bound) -> bool:
    """Tell whether *found* is the code of *bound* under *key*."""
    return hmac.compare_digest(found.proof, code(key, bound).proof)
