"""The terminal: strangers' text made inert for it, tables and progress where a person looks on [rich]."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

T = TypeVar("T")
_STYLES = {"head": "1", "mark": "1;30;43", "faint": "2", "good": "32", "bad": "31"}  # ECMA-48 §8.3.117
_WIDEST = 100  # columns of running text


def inert(text: str, length: int = 200) -> str:
    """Return *text* as one line that moves no cursor, changes no colour and turns no direction."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return shown if len(shown) <= length else f"{shown[: length - 1]}…"


def is_watched() -> bool:
    """Tell whether a person looks at standard output."""
    return sys.stdout.isatty()


def is_coloured() -> bool:
    """Tell whether colours may be shown: to a person, by a terminal that has them, unless NO_COLOR is set."""
    return is_watched() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def painted(text: str, style: str) -> str:
    """Return the inert *text* in *style*; without colours, what is marked stands in double brackets."""
    if not style:
        return text
    if not is_coloured():
        return f"[[{text}]]" if style == "mark" else text
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def wrapped(runs: Iterable[tuple[str, str]], indent: str) -> Iterator[str]:
    """Yield lines of *runs*, each a stranger's text and its style, made inert and broken between words."""
    width = max(20, min(_WIDEST, shutil.get_terminal_size().columns) - len(indent))
    line, length = "", 0
    for parts, gap in _words(runs):
        size = sum(len(part) for part, _ in parts)
        if length and length + 1 + size > width:
            yield f"{indent}{line}"
            line, length = "", 0
        line += (painted(" ", gap) if length else "") + "".join(painted(part, style) for part, style in parts)
        length += size + (1 if length else 0)
    if length:
        yield f"{indent}{line}"


def _words(runs: Iterable[tuple[str, str]]) -> Iterator[tuple[list[tuple[str, str]], str]]:
    """Yield each word as its parts, which may differ in style, and the style of the gap before it."""
    parts: list[tuple[str, str]] = []
    gap = ""
    for text, style in runs:
        shown, look = inert(text, len(text)), style
        if style == "mark" and not is_coloured():
            shown, look = painted(shown, style), ""
        for number, word in enumerate(shown.split(" ")):
            if number:
                if parts:
                    yield parts, gap
                parts, gap = [], look
            if word:
                parts.append((word, look))
    if parts:
        yield parts, gap


def progress(items: Sequence[T], what: str) -> Iterator[T]:
    """Yield *items*, with a bar for a person who watches."""
    if not is_watched():
        yield from items
        return
    from rich.progress import track  # noqa: PLC0415  (for people only)

    yield from track(items, description=what, transient=True)


def moment(when: datetime | None, zone: ZoneInfo) -> str:
    """Return *when* to the second in *zone*, or a dash."""
    return when.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if when else "-"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table: with rules and colour for a person, plain columns otherwise. Cells must be inert already."""
    if not is_watched():
        widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (heads, *rows)
        ]
        return "".join(f"{line.rstrip()}\n" for line in lines)
    from rich.console import Console  # noqa: PLC0415  (a quarter of a second, for people only)
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    shown = Table(*heads, header_style="bold")
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))
    console = Console()
    with console.capture() as captured:
        console.print(shown)
    return captured.get()
