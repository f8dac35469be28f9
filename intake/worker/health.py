"""How the worker is, for monitoring: a small JSON file, written whole and moved into its place.

It holds times, counts and what servers said; no name, address or word of a citizen. Whoever watches it looks at
``at`` first: a file that grows old means that nobody writes it.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from intake import __version__, events
from intake.delivery import restraint
from intake.errors import RecordError
from intake.records import accounts
from intake.records.store import Outgoing, Status
from intake.worker.desk import Desk

_NAME = "status.json"
_WAITING = (Status.QUEUED.value, Status.SENDING.value, Status.DEFERRED.value)


def place(desk: Desk) -> Path:
    """Return where the file is: where ``[paths] status`` says, else beside an SQLite database, else beside config."""
    settings = desk.settings
    if settings.config.paths.status is not None:
        return settings.path.parent / settings.config.paths.status
    if settings.database_url.startswith("sqlite"):
        return Path(str(make_url(settings.database_url).database)).parent / _NAME
    return settings.path.parent / _NAME


def tell(desk: Desk) -> None:
    """Write the file; where that cannot be done, or the database is away, say so in it or in the log."""
    now = desk.now()
    status: dict[str, Any] = {"at": _time(desk, now), "pid": os.getpid(), "version": __version__}
    try:
        with desk.store.reading() as session:
            status |= _gathered(desk, session, now)
    except RecordError as error:
        status["last_error"] = {"of": "database", "at": _time(desk, now), "words": events.one_line(str(error))}
    path = place(desk)
    try:
        _write(path, json.dumps(status, ensure_ascii=False, indent=2) + "\n")
    except OSError as error:
        events.failed("status file", error)


def _gathered(desk: Desk, session: Session, now: datetime) -> dict[str, Any]:
    known = accounts.places(session)
    boxes = {}
    for box in desk.settings.config.mailbox:
        kept = known.get(box.id)
        boxes[box.id] = {
            "last_poll": _time(desk, kept.reached_at if kept else None),
            "failing_since": _time(desk, kept.failing_since if kept else None),
            "failures": kept.failures if kept else 0,
            "last_error": events.one_line(kept.last_error) if kept and kept.last_error else None,
        }
    return {"mailboxes": boxes, "outbox": _outbox(desk, session, now), "last_error": _last_error(desk, session, boxes)}


def _outbox(desk: Desk, session: Session, now: datetime) -> dict[str, Any]:
    free = (Outgoing.status.in_(_WAITING), Outgoing.held.is_(None))
    depth, oldest = session.execute(select(func.count(), func.min(Outgoing.queued_at)).where(*free)).one()
    held = select(func.count()).where(Outgoing.status.in_(_WAITING), Outgoing.held.is_not(None))
    failed = select(func.count()).where(Outgoing.status == Status.FAILED.value)
    brake = restraint.braked(session, desk.settings.config.acknowledge.per_hour, now)
    return {
        "depth": depth,
        "oldest_unsent": _time(desk, oldest),
        "oldest_unsent_seconds": round((now - oldest).total_seconds()) if oldest else 0,
        "held_for_staff": session.scalar(held) or 0,
        "failed": session.scalar(failed) or 0,
        "paused_until": _time(desk, brake.until if brake else None),
    }


def _last_error(desk: Desk, session: Session, boxes: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """Return the error that stands now: of a mailbox, or else what the relay said last to a letter that waits."""
    for name, box in boxes.items():
        if box["last_error"]:
            return {"of": f"mailbox {name}", "at": box["failing_since"], "words": box["last_error"]}
    query = select(Outgoing.last_reply, Outgoing.claimed_at).where(
        Outgoing.status == Status.DEFERRED.value, Outgoing.last_reply.is_not(None)
    )
    found = session.execute(query.order_by(Outgoing.claimed_at.desc()).limit(1)).first()
    return {"of": "smtp", "at": _time(desk, found[1]), "words": events.one_line(found[0] or "")} if found else None


def _time(desk: Desk, when: datetime | None) -> str | None:
    return when.astimezone(desk.rules.zone).isoformat(timespec="seconds") if when else None


def _write(path: Path, text: str) -> None:
    """Replace the file at once, so that nobody reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
