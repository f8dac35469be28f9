"""The status file, for monitoring: a small JSON file, written whole and moved into its place.

It holds times, counts and what servers said; no name, address or word of a citizen. Whoever watches it looks at
``at`` first: a file that grows old means that nobody writes it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from intake import __version__, events
from intake.config import Settings

_NAME = "status.json"


@dataclass(frozen=True, slots=True)
class Box:
    """How a mailbox is."""

    last_poll: datetime | None
    failing_since: datetime | None = None
    failures: int = 0
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class Outbox:
    """How the outbox is."""

    depth: int = 0
    oldest: datetime | None = None
    held: int = 0
    failed: int = 0
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """The error that stands now."""

    of: str
    at: datetime | None
    words: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows of how the worker is."""

    mailboxes: Mapping[str, Box]  # by id
    outbox: Outbox
    trouble: Trouble | None = None


def place(settings: Settings) -> Path:
    """Return where the file is: where ``[paths] status`` says, else beside an SQLite database, else beside config."""
    if settings.config.paths.status is not None:
        return settings.path.parent / settings.config.paths.status
    if settings.database_url.startswith("sqlite:///"):
        return Path(settings.database_url.removeprefix("sqlite:///").partition("?")[0]).parent / _NAME
    return settings.path.parent / _NAME


def tell(settings: Settings, known: Known | Trouble, now: datetime) -> None:
    """Write the file; where that cannot be done, say so in the log."""
    zone = settings.config.zone
    told: dict[str, Any] = {"at": _time(zone, now), "pid": os.getpid(), "version": __version__}
    if isinstance(known, Known):
        told["mailboxes"] = {name: _box(zone, box) for name, box in known.mailboxes.items()}
        told["outbox"] = _outbox(zone, known.outbox, now)
        told["last_error"] = _trouble(zone, known.trouble) if known.trouble else None
    else:  # the database is away
        told["last_error"] = _trouble(zone, known)
    try:
        _write(place(settings), json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    except OSError as error:
        events.failed("status file", error)


def _box(zone: ZoneInfo, box: Box) -> dict[str, Any]:
    return {
        "last_poll": _time(zone, box.last_poll),
        "failing_since": _time(zone, box.failing_since),
        "failures": box.failures,
        "last_error": events.one_line(box.last_error) if box.last_error else None,
    }


def _outbox(zone: ZoneInfo, outbox: Outbox, now: datetime) -> dict[str, Any]:
    return {
        "depth": outbox.depth,
        "oldest_unsent": _time(zone, outbox.oldest),
        "oldest_unsent_seconds": round((now - outbox.oldest).total_seconds()) if outbox.oldest else 0,
        "held_for_staff": outbox.held,
        "failed": outbox.failed,
        "paused_until": _time(zone, outbox.paused_until),
    }


def _trouble(zone: ZoneInfo, trouble: Trouble) -> dict[str, Any]:
    return {"of": trouble.of, "at": _time(zone, trouble.at), "words": events.one_line(trouble.words)}


def _time(zone: ZoneInfo, when: datetime | None) -> str | None:
    return when.astimezone(zone).isoformat(timespec="seconds") if when else None


def _write(path: Path, text: str) -> None:
    """Replace the file at once, so that nobody reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
