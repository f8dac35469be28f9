"""``intake show``: one case with its history."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from intake.__main__ import Call
from intake.errors import RecordError
from intake.records import clocks, views
from intake.records.clocks import Clocks
from intake.records.ledger import Ledger
from intake.records.views import History, MessageView
from intake.terminal import inert, moment


@click.command()
@click.argument("case")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="For people or programs.")
@click.pass_obj
def command(call: Call, case: str, form: str) -> int:
    """Print CASE: how it stands, its messages, and everything that happened to it.

    Where the clocks of the IMAP server, of our mail server and of the sender disagree about a message, all three are
    shown; the IMAP server's alone decides.

    Example: intake show KONS-2023-0042
    """
    ledger = call.ledger()
    found = history(ledger, case)
    with ledger.store.reading() as session:
        times = {message.id: clocks.of(session, message.id) for message in found.messages}
    if form == "json":
        click.echo(json.dumps(_plain_history(found, times, ledger.zone), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_told(found, times, ledger.zone)))
    return 0


def history(ledger: Ledger, case: str) -> History:
    """Return the case called *case*; raise ``RecordError`` where there is none."""
    with ledger.store.reading() as session:
        found = views.history(session, ledger.consultation.id, case.upper())
    if found is None:
        raise RecordError(f"no case is called {inert(case, 40)}")
    return found


def _told(found: History, times: dict[int, Clocks | None], zone: ZoneInfo) -> list[str]:
    case = found.case
    people = "-" if case.people is None else case.people
    lines = [f"{case.number}  {inert(case.organisation or '(no organisation)')}"]
    lines.append(f"  comes: {_yes(case.attends)}  people: {people}  registered: {case.attendance or '-'}")
    lines += [f"  proposes: {_yes(case.proposes)}", "", "Messages"]
    for message in found.messages:
        sender = inert(message.sender or "?", 60)
        lines.append(
            f"  {message.id}  {moment(message.received, zone)}  {message.mailbox}  {message.category}  from {sender}"
        )
        lines += _clocks(times[message.id], zone)
        if message.erased_at:
            lines.append(f"     personal data erased {moment(message.erased_at, zone)}")
        lines.append(f"     subject: {inert(message.subject or '(none)', 90)}")
        answer = (message.letter or "-", message.letter_status or message.suppression or "", message.letter_reply or "")
        lines.append(f"     answer: {inert(' '.join(answer).strip(), 120)}")
        if message.review:
            lines.append(f"     review: {', '.join(message.review)}")
    lines += list(_instructed(found, zone))
    lines += ["", "History"]
    for event in found.events:
        detail = ", ".join(f"{name}: {_plain(value)}" for name, value in event.detail.items())
        lines.append(f"  {moment(event.at, zone)}  {event.kind:<12}{inert(detail, 120)}".rstrip())
    return lines


def _instructed(found: History, zone: ZoneInfo) -> Iterator[str]:
    """Yield what staff had done, with its number."""
    if found.instructions:
        yield from ("", "By staff")
    for each in found.instructions:
        why = f" (because: {inert(each.reason, 60)})" if each.reason else ""
        undone = " (taken back)" if each.undone else ""
        who = inert(each.by or "at the command line", 60)
        words = inert(each.words, 60)
        yield f"  {each.id}  {moment(each.at, zone)}  {each.action:<10}{each.channel} of {who}: {words}{why}{undone}"


def _clocks(shown: Clocks | None, zone: ZoneInfo) -> Iterator[str]:
    """Yield the three clocks side by side, where they disagree."""
    if shown is not None and shown.disagree:
        host = f" by {inert(shown.by, 60)}" if shown.by else ""
        yield (
            f"     clocks disagree: IMAP server {moment(shown.internaldate, zone)} (decides)"
            f" | Received{host} {moment(shown.received, zone)} | sender's Date {moment(shown.date, zone)}"
        )


def _plain_history(found: History, times: dict[int, Clocks | None], zone: ZoneInfo) -> dict[str, Any]:
    """Return what ``--format json`` prints: instants in ISO 8601 with the office's offset."""
    return {
        "case": _plain_values(asdict(found.case), zone),
        "messages": [_plain_message(message, times[message.id], zone) for message in found.messages],
        "instructions": [_plain_values(asdict(each), zone) for each in found.instructions],
        "events": [_plain_values(asdict(event), zone) for event in found.events],
    }


def _plain_message(message: MessageView, shown: Clocks | None, zone: ZoneInfo) -> dict[str, Any]:
    told = _plain_values(asdict(message), zone)
    told["clocks"] = _plain_values(asdict(shown), zone) | {"disagree": shown.disagree} if shown else None
    return told


def _plain_values(values: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    return {
        name: value.astimezone(zone).isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def _yes(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "-"}[value]


def _plain(value: object) -> str:
    return " -> ".join(str(part) for part in value) if isinstance(value, list) else str(value)
