"""Unpacking: the attachments of the messages on record, as files that no name of a stranger's can misplace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from intake.mail.mailbox import Fetched
from intake.records import accounts, record
from intake.records.store import Case, Record
from intake.worker.desk import Desk
from intake.worker.reading import Unreadable

_LARGEST = 50 << 20  # bytes of one file
_NAME = re.compile(r"[^\w.,()+ -]+")  # letters of any language, and what is harmless on every file system
_LONGEST = 100  # characters


@dataclass(frozen=True, slots=True)
class Unpacked:
    """An attachment that was written, or why it was not."""

    case: str
    name: str  # as the sender named it
    path: Path | None = None
    problem: str | None = None


def unpack(desk: Desk, folder: Path) -> Iterator[Unpacked]:
    """Write the attachments of every message with a case below *folder*; yield each. Nothing is ever overwritten."""
    query = (
        select(Record.id, Case.number)
        .join(Case, Record.case_id == Case.id)
        .where(Record.consultation == desk.rules.consultation.id, Record.duplicate_of.is_(None))
        .order_by(Case.id, Record.received, Record.id)
    )
    with desk.store.reading() as session:
        rows = session.execute(query).all()
    for number, case in rows:
        yield from _of(desk, number, case, folder)


def _of(desk: Desk, number: int, case: str, folder: Path) -> Iterator[Unpacked]:
    with desk.store.reading() as session:
        row = session.get(Record, number)
        raw = record.original(session, number) if row and row.facts.get("attachments") else None
    box = next((box for box in desk.settings.config.mailbox if row and box.id == row.mailbox), None)
    if row is None or raw is None or box is None:
        return
    fetched = Fetched(box.id, box.folder, 0, 0, accounts.received_by(row), raw)
    try:
        message = desk.readers.read(raw, desk.arrival(box, fetched, None))
    except Unreadable as error:
        yield Unpacked(case, "", problem=str(error))
        return
    for place, part in enumerate(message.attachments, start=1):
        if part.size > _LARGEST:
            yield Unpacked(case, part.filename or "", problem=f"larger than {_LARGEST >> 20} MB")
            continue
        path = _free(folder / case, part.filename or f"{place}")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(part.content)
        yield Unpacked(case, part.filename or "", path)


def _free(folder: Path, name: str) -> Path:
    """Return a path in *folder* that nothing lies at: a name without path, dots in front or control characters."""
    safe = _NAME.sub("_", name).strip(". ")[-_LONGEST:].strip(". ") or "bez nazwy"
    path = folder / safe
    counter = 1
    while path.exists():
        counter += 1
        path = folder / f"{Path(safe).stem} ({counter}){Path(safe).suffix}"
    return path
