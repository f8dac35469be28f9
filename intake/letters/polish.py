"""How Polish is written in our letters: numbers with their nouns, dates and hours, no-break spaces.

Filters for the templates; the words that are counted stand there. Instants are told in the zone that they carry.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache

from babel import Locale
from babel.dates import format_datetime
from babel.numbers import format_decimal

from intake.letters.vocabulary import Deadline

LOCALE = Locale("pl")
NBSP = "\N{NO-BREAK SPACE}"
_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))

# A one-letter word, an abbreviation or a number does not end a line; nor does „r.” begin one.
_TIED = re.compile(
    r"(?<![^\s(„«–])(?:[aiouwz]|[ivx]{1,5}|nr|pkt|[0-9]{1,9}"
    r"|(?:godz|ul|al|pl|art|ust|lit|tel|np|im|św|gen|ks|os)\.) (?=\S)",
    re.IGNORECASE,
)
_YEAR_SIGN = re.compile(r"(?<=[0-9]) (?=r\.)")
_LAST = "\U0010ffff"
_AFTER = str.maketrans(
    {**{letter: base + _LAST for letter, base in zip("ąćęłńóśż", "acelnosz", strict=True)}, "ź": "z\U0010fffe"}
)
_AFTER_NUMBER = re.compile(r"[0-9]+ (?=[^\W\d_])")


def counted(number: int, one: str, few: str, many: str) -> str:
    """Write *number* with the form of its noun: 1 osoba, 2 osoby, 5 osób (CLDR plural rules)."""
    return f"{number} {form(number, one, few, many)}"


def form(number: int, one: str, few: str, many: str) -> str:
    """Choose the form of a noun that stands with *number* (CLDR plural rules)."""
    return {"one": one, "few": few}.get(LOCALE.plural_form(number), many)


def day(value: date) -> str:
    """Write a day in full: 13 lipca 2023 r. (czwartek)."""
    return _written(_day(value), "d MMMM y 'r.' (EEEE)")


def date_only(value: date) -> str:
    """Write a day without its name: 13 lipca 2023 r."""
    return _written(_day(value), "d MMMM y 'r.'")


def short_day(value: date) -> str:
    """Write a day whose year is known: 13 lipca."""
    return _written(_day(value), "d MMMM")


def hour(value: datetime, *, seconds: bool = False) -> str:
    """Write an hour, to the minute or to the second: godz. 16.00; godz. 15.00 i 41 sekund."""
    minute = f"godz. {value.hour}.{value.minute:02}"
    if not seconds or not value.second:
        return minute
    return f"{minute} i {counted(value.second, 'sekunda', 'sekundy', 'sekund')}"


def moment(value: datetime, *, seconds: bool = False) -> str:
    """Write an instant in full: 13 lipca 2023 r. (czwartek), godz. 16.00."""
    return f"{day(value)}, {hour(value, seconds=seconds)}"


def short_moment(value: datetime, *, seconds: bool = False) -> str:
    """Write an instant whose year is known: 13 lipca, godz. 16.00."""
    return f"{short_day(value)}, {hour(value, seconds=seconds)}"


def span(starts: datetime, ends: datetime | None) -> str:
    """Write from when, and where known until when: 13 lipca 2023 r. (czwartek), godz. 16.00–19.00."""
    if ends is None:
        return moment(starts)
    if ends.date() == starts.date():
        return f"{moment(starts)}–{ends.hour}.{ends.minute:02}"
    return f"{moment(starts)} – {moment(ends)}"


def deadline(value: Deadline) -> str:
    """Write until when, after "do": 31 lipca 2023 r. włącznie; 12 lipca 2023 r. (środa), godz. 15.00."""
    return f"{date_only(value.at)} włącznie" if value.whole_day else moment(value.at)


def short_deadline(value: Deadline) -> str:
    """Write until when, its year known: 31 lipca; 12 lipca, godz. 15.00."""
    return short_day(value.at) if value.whole_day else short_moment(value.at)


def cutoff(value: Deadline) -> str:
    """Write the instant that ends a term: koniec dnia 31 lipca 2023 r. (poniedziałek)."""
    return f"koniec dnia {day(value.at)}" if value.whole_day else moment(value.at)


def size(octets: int) -> str:
    """Write a size as people read it, in decimal units: 120 kB; 1,8 MB; less than a kilobyte as 1 kB."""
    for factor, unit in _UNITS:
        if octets >= factor - factor // 2000:  # 999.5 kB and more is told as 1 MB
            pattern = "0" if unit == "kB" or octets >= 10 * factor else "0.#"
            return f"{format_decimal(octets / factor, pattern, locale=LOCALE)} {unit}"
    return "1 kB" if octets else "0 kB"


@lru_cache(1000)
def tied(text: str) -> str:
    """Put no-break spaces where a line may not end; the text must hold no links, addresses or case numbers alone."""
    text = _YEAR_SIGN.sub(NBSP, text)
    return _TIED.sub(lambda match: _tie(match, text), text)


def _tie(match: re.Match[str], text: str) -> str:
    """Tie a number to the word that follows, not to a bracket or a dash."""
    words = match[0][:-1]
    if words.isdigit() and not _AFTER_NUMBER.match(text, match.start()):
        return match[0]
    return words + NBSP


def alphabetical(text: str) -> str:
    """Return what *text* is sorted by: ą after every other a, ł after l, ż after ź."""
    return text.casefold().translate(_AFTER)


@lru_cache(400)
def _written(value: date, pattern: str) -> str:
    midnight = datetime(value.year, value.month, value.day)  # noqa: DTZ001  (a day: babel turns aware ones to UTC)
    return format_datetime(midnight, pattern, locale=LOCALE)


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


FILTERS = {
    "counted": counted,
    "form": form,
    "day": day,
    "date_only": date_only,
    "short_day": short_day,
    "hour": hour,
    "moment": moment,
    "short_moment": short_moment,
    "span": span,
    "deadline": deadline,
    "short_deadline": short_deadline,
    "cutoff": cutoff,
    "size": size,
    "tied": tied,
}
