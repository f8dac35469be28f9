"""What a letter of correction says is otherwise: from the changes of a record and its case, pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from intake.judgement.values import Punctuality
from intake.letters.facts import Change
from intake.records.corrections import Applied

_ORDER = ("people", "organisation", "topics", "needs", "names")


def changes(applied: Applied) -> tuple[Change, ...]:
    """Return what is told of *applied*, the weightiest first."""
    return tuple(_changes(applied))


def _changes(applied: Applied) -> Iterator[Change]:
    before, after = applied.kind
    if before != after:
        yield Change("kind", _values(before), _values(after))
    elif "attends" in applied.case:
        was, now = applied.case["attends"]
        yield Change("attends", (_ATTENDS[was],), (_ATTENDS[now],))
    for name in _ORDER:
        if name in applied.case:
            was, now = applied.case[name]
            if not (name == "people" and now is None):  # follows from what was said of coming
                yield Change(name, _values(was), _values(now))


_ATTENDS = {True: "yes", False: "no", None: "none"}


def _values(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def punctuality(value: str | None) -> Punctuality | None:
    """Return the punctuality that is kept as *value*."""
    return Punctuality(value) if value else None
