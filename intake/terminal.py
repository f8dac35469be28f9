"""The terminal: strangers' text made inert for it, tables and progress where a person looks on [rich]."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

T = TypeVar("T")


def inert(text: str, length: int = 200) -> str:
    """Return *text* as one line that moves no cursor, changes no colour and turns no direction."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return shown if len(shown) <= length else f"{shown[: length - 1]}…"


def is_watched() -> bool:
    """Tell whether a person looks at standard output."""
    return sys.stdout.isatty()


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
