"""Mail that lies in files: .eml, Maildir, mbox, and folders of these; nothing of it is changed."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from intake.mail.message import Message


@dataclass(frozen=True, slots=True)
class Found:
    """A message in a file."""

    label: str  # the file's path; of an mbox with the message's number
    raw: bytes


def find(path: Path) -> Iterator[Found]:
    """Yield the messages in *path*, sorted by name; raise ``OSError`` where it cannot be read."""
    if path.is_dir() and (path / "cur").is_dir() and (path / "new").is_dir():
        for folder in ("cur", "new"):
            for file in sorted((path / folder).iterdir()):
                yield Found(str(file), file.read_bytes())
    elif path.is_dir():
        for file in sorted(path.rglob("*.eml")):
            yield Found(str(file), file.read_bytes())
    else:
        yield from _in_file(path)


def _in_file(path: Path) -> Iterator[Found]:
    with path.open("rb") as stream:
        is_mbox = path.suffix.lower() != ".eml" and stream.read(5) == b"From "
    if not is_mbox:
        yield Found(str(path), path.read_bytes())
        return
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.keys(), 1):
            yield Found(f"{path}#{number}", box.get_bytes(key))
    finally:
        box.close()


def arrival(message: Message) -> datetime | None:
    """Return when the last server took *message* in: the topmost Received field (RFC 5321 §4.4), aware, or None."""
    for value in message.header("received")[:1]:
        try:
            when = parsedate_to_datetime(value.rpartition(";")[2].strip())
        except (ValueError, TypeError):
            return None
        return when if when.tzinfo else None
    return None
