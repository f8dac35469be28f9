"""As if: the office's rules with a cutoff, the meeting's hour or a threshold set otherwise, to see what would follow.

What is set is what a verdict depends on and a number or an hour can say; words are tried with another folder of rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from intake.errors import RulesError
from intake.judgement.rules import Rules

_OPTION = "--as-if"
_Setting = Callable[[Rules, Any], Rules]


@dataclass(frozen=True, slots=True)
class _Key:
    """What one key allows, and how rules are made with it."""

    allowed: str
    read: Callable[[str, ZoneInfo], datetime | float | int]  # raises ValueError
    setting: _Setting


def changed(rules: Rules, settings: Iterable[str]) -> Rules:
    """Return *rules* with each of *settings*, ``KEY=VALUE``; raise ``RulesError`` with every mistake in them."""
    problems = []
    seen = set[str]()
    for setting in settings:
        name, sign, value = setting.partition("=")
        name, value = name.strip(), value.strip()
        key = KEYS.get(name)
        if not sign or key is None:
            what = "unknown key" if sign else "KEY=VALUE is allowed"
            problems.append(f"{_OPTION} {name[:60]!a}: {what}; allowed keys are {', '.join(KEYS)}")
            continue
        if name in seen:
            problems.append(f"{_OPTION} {name}: given twice; once is allowed")
            continue
        seen.add(name)
        try:
            rules = key.setting(rules, key.read(value, rules.zone))
        except ValueError:
            problems.append(f"{_OPTION} {name}: {key.allowed} is allowed, not {value[:60]!a}")
    if problems:
        raise RulesError(*problems)
    return rules


def _instant(value: str, zone: ZoneInfo) -> datetime:
    """Read a time in ISO 8601; without an offset it is one of *zone*."""
    when = datetime.fromisoformat(value)
    if len(value) <= len("2023-07-12"):
        raise ValueError(value)
    return when if when.tzinfo else when.replace(tzinfo=zone)


def _last(value: str, zone: ZoneInfo) -> datetime:
    """Read a time, or a day, which means to its last moment."""
    try:
        return datetime.combine(date.fromisoformat(value), time.max, tzinfo=zone)
    except ValueError:
        return _instant(value, zone)


def _between(least: float, most: float, *, above: bool = False) -> Callable[[str, ZoneInfo], float]:
    def read(value: str, zone: ZoneInfo) -> float:  # noqa: ARG001  (as every key is read)
        number = float(value)
        if not (least < number if above else least <= number) or not number <= most:  # NaN is in no range
            raise ValueError(value)
        return number

    return read


def _words(value: str, zone: ZoneInfo) -> int:  # noqa: ARG001  (as every key is read)
    number = int(value)
    if not 1 <= number <= _MOST_WORDS:
        raise ValueError(value)
    return number


def _cutoff(name: str) -> _Setting:
    return lambda rules, value: replace(rules, cutoffs=replace(rules.cutoffs, **{name: value}))


def _doubt(name: str) -> _Setting:
    return lambda rules, value: replace(rules, doubt=rules.doubt.model_copy(update={name: value}))


def _machine(name: str) -> _Setting:
    return lambda rules, value: replace(rules, automatic=replace(rules.automatic, **{name: value}))


_MOST_WORDS = 1000  # as in rules/automatic.toml
_TIME = "a time in ISO 8601, such as 2023-07-12T16:00,"
_DAY = "a time or a day in ISO 8601, such as 2023-07-31,"
_SHARE = "a number from 0 to 1"
KEYS: Mapping[str, _Key] = MappingProxyType(
    {
        "cutoff.attendance": _Key(_TIME, _instant, _cutoff("attendance")),
        "cutoff.proposals": _Key(_DAY, _last, _cutoff("proposals")),
        "meeting.starts": _Key(_TIME, _instant, _cutoff("meeting")),
        "doubt.below": _Key(_SHARE, _between(0, 1), _doubt("below")),
        "doubt.tentative": _Key(_SHARE, _between(0, 1), _doubt("tentative")),
        "automatic.threshold": _Key("a number above 0", _between(0, 1e6, above=True), _machine("threshold")),
        "automatic.reply_share": _Key(_SHARE, _between(0, 1), _machine("reply_share")),
        "automatic.first_words": _Key(f"a whole number from 1 to {_MOST_WORDS}", _words, _machine("first_words")),
    }
)
