"""``intake classify``: decide on mail in files, offline, and say why."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from intake.__main__ import Call, Moment
from intake.config import MailboxConfig, Settings
from intake.errors import ConfigError
from intake.judgement import rules as office_rules
from intake.judgement.rules import Rules
from intake.judgement.values import Arrival, Category, Verdict
from intake.judgement.verdict import judge
from intake.mail import files
from intake.mail.attachments import understand
from intake.mail.files import Found
from intake.mail.message import Message
from intake.records.export import judged
from intake.terminal import inert


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--mailbox", help="The id of the mailbox that they are to be judged as of (default: by Delivered-To).")
@click.option("--received", type=Moment(), help="When they arrived (default: by the topmost Received field).")
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
@click.pass_obj
def command(call: Call, paths: tuple[Path, ...], mailbox: str | None, received: datetime | None, form: str) -> int:
    """Decide on .eml files, Maildirs or mboxes, touching no database and no network, and say why.

    Example: intake classify --mailbox rsvp letter.eml
    """
    settings = call.settings(shipped=True)
    rules = office_rules.load(settings.rules, settings.config.zone)
    if received is not None and received.tzinfo is None:
        received = received.replace(tzinfo=rules.zone)
    if mailbox is not None:
        box_called(settings, mailbox)
    status = 0
    for path in paths:
        try:
            for found in files.find(path):
                line = decide(settings, rules, found, mailbox, received)
                click.echo(json.dumps(line, ensure_ascii=False) if form == "jsonl" else told(line))
        except OSError as error:
            click.echo(f"intake: {path}: {error.strerror}", err=True)
            status = 1
    return status


def decide(
    settings: Settings, rules: Rules, found: Found, mailbox: str | None, received: datetime | None
) -> dict[str, Any]:
    """Judge one message that lies in a file."""
    message = understand(found.raw)
    arrival = arrival_of(settings, message, mailbox, received)
    verdict = judge(message, arrival, rules)
    return line_of(found, message, arrival, verdict)


def arrival_of(settings: Settings, message: Message, mailbox: str | None, received: datetime | None) -> Arrival:
    """Return where and when a message from a file is taken to have arrived."""
    delivered = {value.strip().strip("<>").lower() for value in message.header("delivered-to")}
    boxes = settings.config.mailbox
    box = (
        box_called(settings, mailbox)
        if mailbox
        else next((each for each in boxes if each.address in delivered), boxes[0])
    )
    return Arrival(
        mailbox=box.id,
        received=received or files.arrival(message),
        expects=Category(box.expects) if box.expects else None,
        personal=box.personal,
        own_addresses=settings.config.own_addresses,
    )


def line_of(found: Found, message: Message, arrival: Arrival, verdict: Verdict) -> dict[str, Any]:
    """Return what was decided as one plain object."""
    line = judged(arrival.mailbox, hashlib.sha256(found.raw).hexdigest(), arrival.received, message, verdict)
    return {"file": found.label, **line}


def box_called(settings: Settings, name: str) -> MailboxConfig:
    """Return the mailbox called *name*; raise ``ConfigError`` where there is none."""
    for box in settings.config.mailbox:
        if box.id == name:
            return box
    ids = ", ".join(box.id for box in settings.config.mailbox)
    raise ConfigError(f"{settings.path}: no mailbox is called {name!r}; there are {ids}")


def told(line: dict[str, Any]) -> str:
    """Return what was decided, for a person; strangers' text is made inert for the terminal."""
    sender, timeliness = line["sender"], line["timeliness"]
    facts = [
        ("from", f"{sender['name'] or ''} <{sender['address'] or '?'}>".strip()),
        ("subject", line["subject"] or "(none)"),
        ("received", line["received"] or "(unknown)"),
        ("category", f"{line['category']} ({line['confidence']:.2f})"),
        ("on time", ", ".join(f"{name}: {value}" for name, value in timeliness.items()) or "-"),
        ("organisation", line["organisation"] or "-"),
        ("people", "-" if line["people"] is None else str(line["people"])),
        ("topics", ", ".join(line["topics"]) or "-"),
        ("answer", "yes" if line["acknowledge"] else f"no: {line['suppression'] or 'not of this consultation'}"),
        ("review", line["review_reason"] or "-"),
    ]
    reasons = [
        f"  {reason['weight']:+.2f} {reason['category'] or '':<13}{inert(reason['rule'])}: {inert(reason['words'])}"
        for reason in line["reasons"]
    ]
    head = [inert(line["file"]), *(f"  {name:<13}{inert(value)}" for name, value in facts)]
    return "\n".join([*head, *reasons, ""])
