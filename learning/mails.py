"""The labelled mails that the weights are fitted to, as messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from intake.mail.attachments import understand
from intake.mail.message import Message
from intake.mail.reader import parse
from learning import tagged

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Labelled:
    """A mail with what a clerk says it is."""

    message: Message
    category: str
    hints: tuple[str, ...]  # what is known of the arrival
    source: str  # the file that it stands in
    labels: dict[str, Any]


def labelled() -> tuple[Labelled, ...]:
    """Return all labelled mails, each written as a plain message and read again as any message is."""
    return tuple(_labelled())


def _labelled() -> Iterator[Labelled]:
    for circle in ("corpus", "opened"):
        yield from _arrived(circle)
    for source, labels in (*_whole(), *tagged.mails()):
        expected = _expected(labels)
        hints = (expected, "earlier") if labels.get("reply") else (expected,)
        yield Labelled(parse(_raw(labels)), labels["category"], hints, source, labels)


def _arrived(circle: str) -> Iterator[Labelled]:
    """Read a folder of messages as they arrived, attachments too; nobody there has written before."""
    folder = HERE / circle
    for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        labels = json.loads(line)
        message = understand((folder / labels["file"]).read_bytes())
        yield Labelled(message, labels["category"], (_expected(labels),), circle, labels)


def _expected(labels: dict[str, Any]) -> str:
    return "expects:attendance" if labels["mailbox"] == "rsvp" else "expects:proposal"


def _whole() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(HERE.glob("mails-*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield path.stem, json.loads(line)


def _raw(labels: dict[str, Any]) -> bytes:
    mail = EmailMessage()
    address = labels.get("address") or "someone@poczta.example"
    mail["From"] = f"{json.dumps(labels['from_name'], ensure_ascii=False)} <{address}>"
    mail["To"] = "konsultacje@um.torun.pl"
    mail["Subject"] = " ".join((labels["subject"] or "").split())
    mail.set_content(labels["text"])
    return mail.as_bytes()
