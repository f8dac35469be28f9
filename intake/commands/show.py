"""``intake show``: one case with its history."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import click

from intake.__main__ import Call
from intake.errors import RecordError
from intake.records import views
from intake.records.ledger import Ledger
from intake.records.views import History
from intake.terminal import inert, moment


@click.command()
@click.argument("case")
@click.pass_obj
def command(call: Call, case: str) -> int:
    """Print CASE: how it stands, its messages, and everything that happened to it.

    Example: intake show KONS-2023-0042
    """
    ledger = call.ledger()
    click.echo("\n".join(_told(history(ledger, case), ledger.zone)))
    return 0


def history(ledger: Ledger, case: str) -> History:
    """Return the case called *case*; raise ``RecordError`` where there is none."""
    with ledger.store.reading() as session:
        found = views.history(session, ledger.consultation.id, case.upper())
    if found is None:
        raise RecordError(f"no case is called {inert(case, 40)}")
    return found


def _told(found: History, zone: ZoneInfo) -> list[str]:
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
        lines.append(f"     subject: {inert(message.subject or '(none)', 90)}")
        answer = (message.letter or "-", message.letter_status or message.suppression or "", message.letter_reply or "")
        lines.append(f"     answer: {inert(' '.join(answer).strip(), 120)}")
        if message.review:
            lines.append(f"     review: {', '.join(message.review)}")
    lines += ["", "History"]
    for event in found.events:
        detail = ", ".join(f"{name}: {_plain(value)}" for name, value in event.detail.items())
        lines.append(f"  {moment(event.at, zone)}  {event.kind:<12}{inert(detail, 120)}".rstrip())
    return lines


def _yes(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "-"}[value]


def _plain(value: object) -> str:
    return " -> ".join(str(part) for part in value) if isinstance(value, list) else str(value)
