"""The frame of every page: one file that runs nothing and fetches nothing, its values escaped [jinja2].

Whatever is shown of a message was written by a stranger: it is escaped by the templates, and what cannot be seen or
turns the direction of writing is shown as a mark. A browser that knows Content-Security-Policy is told so as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import jinja2

from intake.judgement.values import Timeliness

_GONE = "\ufffd"  # stands for a character that cannot be seen
_MOST = 20_000  # characters of one text


def render(name: str, values: Mapping[str, object]) -> str:
    """Return the page that the template *name* yields."""
    return _environment().get_template(f"{name}.html.j2").render(values)


def write(path: Path, page: str) -> None:
    """Write *page*, and the folder that it is to lie in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def shown(text: str) -> str:
    """Return a stranger's *text* without what cannot be seen, cut where nobody reads on."""
    seen = "".join(
        character if character.isprintable() or character == "\n" else " " if character.isspace() else _GONE
        for character in text[:_MOST]
    )
    return seen if len(text) <= _MOST else f"{seen}…"


def percent(share: float) -> str:
    """Return *share* in hundredths."""
    return f"{100 * share:.0f}%"


def told(value: object) -> str:
    """Return a fact in words: a dash for none, what applies of what has parts."""
    match value:
        case None | () | "":
            return "–"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(map(str, value))
        case Timeliness():
            parts = (("attendance", value.attendance), ("proposal", value.proposal))
            return ", ".join(f"{name} {each.replace('_', ' ')}" for name, each in parts if each) or "–"
    return str(value)


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("intake.pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = shown
    environment.filters["percent"] = percent
    environment.filters["told"] = told
    return environment
