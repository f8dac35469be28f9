"""What was measured, as tables and a picture: printed, kept as JSON, and put into ``docs/performance.md``."""

from __future__ import annotations

import json
import os
import platform
import re
import sqlite3
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import wording
from benchmarks.environment import interpreter
from benchmarks.mailbox import CACHE

PAGE = wording.ROOT / "docs" / "performance.md"
PICTURE = wording.ROOT / "docs" / "pictures" / "performance.svg"
_RESULTS = CACHE / "results"


@dataclass(frozen=True, slots=True)
class Block:
    """What one part found: the text for the page, and the figures that the picture is drawn of."""

    name: str
    text: str  # Markdown
    figures: dict[str, list[list[float]]] = field(default_factory=dict)  # by curve: its points


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table in Markdown, its first column to the left, figures to the right, its columns aligned."""
    texts = [[*head], *([_told(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(head))]
    lines = ["| " + " | ".join(_placed(row, widths)) + " |" for row in texts]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([lines[0], "| " + " | ".join(rule) + " |", *lines[1:]])


def _placed(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]


def _told(cell: object) -> str:
    """Return a figure with as many digits as mean something; nothing was measured: a dash."""
    if cell is None:
        return "–"
    if isinstance(cell, float):
        digits = 0 if abs(cell) >= 100 else 1 if abs(cell) >= 10 else 2
        return f"{cell:,.{digits}f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def machine() -> str:
    """Describe the machine, in one paragraph."""
    cores = len(os.sched_getaffinity(0))
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    processor, load = model[1] if model else platform.machine(), os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%d %B %Y}: {cores} cores ({processor}), {memory:.0f} GB, {system}, "
        f"Linux {platform.release()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"Dovecot {_version()}; load of others at the start {load:.1f}."
    )


def _version() -> str:
    try:
        said = subprocess.run(["dovecot", "--version"], check=False, capture_output=True, text=True)
    except OSError:
        return "not installed"
    return said.stdout.split(" ")[0].strip() or "of unknown version"


def keep(block: Block) -> None:
    """Keep what a part found until the page is written."""
    _RESULTS.mkdir(parents=True, exist_ok=True)
    (_RESULTS / f"{block.name}.json").write_text(json.dumps(asdict(block), ensure_ascii=False), encoding="utf-8")


def write() -> None:
    """Put everything kept into the page, between the marks that name it, and draw the picture."""
    blocks = [Block(**json.loads(path.read_text(encoding="utf-8"))) for path in sorted(_RESULTS.glob("*.json"))]
    page = PAGE.read_text(encoding="utf-8")
    for block in blocks:
        page = replaced(page, block)
    PAGE.write_text(page, encoding="utf-8")
    figures = {block.name: block.figures for block in blocks}
    drawing = Path(__file__).with_name("plot.py")
    command = [str(interpreter("matplotlib")), str(drawing), str(PICTURE)]
    subprocess.run(command, input=json.dumps(figures), check=True, text=True)


def replaced(page: str, block: Block) -> str:
    """Return *page* with the text of *block* between its marks; where there are none it stays as it is."""
    begin, end = f"<!-- measured: {block.name} -->", "<!-- end -->"
    before, mark, rest = page.partition(begin)
    if not mark:
        return page
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{block.text}\n\n{end}{after}"
