"""What those who come need, and the telephone number that the sender leaves."""

from __future__ import annotations

import re

from intake.judgement.rules import Rules
from intake.judgement.sentences import sentences
from intake.mail.message import Message, PassageKind

_READ = 20_000  # characters of a text that are searched
_NUMBER = re.compile(r"(?<![\w./-])(?:\+|00)?[0-9(][0-9() .\-–]{6,20}[0-9](?![\w/-])")
_LABELS = re.compile(
    r"(?:KRS|NIP|REGON|PESEL|nr|numer|konto|rachun\w{0,4}|IBAN|poz\.|sprawa|ul\.)[\s:.]{0,4}$", re.IGNORECASE
)
_TELEPHONE = re.compile(
    r"(?:tel|telefon|kom|komórka|mobile|phone|fax|dzwon\w{0,5}|тел)\w{0,6}[\s:.]{0,4}$", re.IGNORECASE
)


def needs(message: Message, rules: Rules) -> tuple[str, ...]:
    """Return the ids of what *message* asks for at the meeting, sorted."""
    wanted: set[str] = set()
    for sentence in sentences(message.own[:_READ]):
        found = {hit.means for hit in rules.clues.needs.find(sentence.words)}
        wanted |= found - {hit.means for hit in rules.clues.needless.find(sentence.words)}
    return tuple(sorted(wanted))


def phone(message: Message, rules: Rules) -> str | None:
    """Return the sender's telephone number as written, or None; the office's own number is not theirs."""
    office = _digits(rules.consultation.phone)
    text = message.words_of(PassageKind.SIGNATURE)[:_READ] + "\n" + message.own[:_READ]
    best: str | None = None
    for match in _NUMBER.finditer(text):
        before = text[max(0, match.start() - 16) : match.start()]
        digits = _digits(match[0])
        if digits == office or not _plausible(digits, match[0]) or _LABELS.search(before):
            continue
        if _TELEPHONE.search(before):
            return match[0].strip()
        best = best or match[0].strip()
    return best


def _digits(number: str) -> str:
    """Return the nine digits of a Polish number without the country's code, or all digits of another."""
    digits = "".join(character for character in number if character.isdigit()).removeprefix("00")
    return digits[2:] if len(digits) == 11 and digits.startswith("48") else digits


def _plausible(digits: str, written: str) -> bool:
    if written.strip().startswith(("+", "00")):
        return 9 <= len(digits) <= 14
    dated = re.search(r"(?:19|20)[0-9]{2}", written) is not None and "." in written
    return len(digits) == 9 and not dated
