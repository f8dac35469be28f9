"""``intake explain``: the rules that spoke for and against, in a case or in a message that lies in a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path

import click

from intake.__main__ import Call, Moment
from intake.commands import classify
from intake.commands.show import history
from intake.judgement import rules as office_rules
from intake.judgement.explained import HEADS, Explained, Section, Spoken, explain
from intake.judgement.verdict import judge, read
from intake.mail import files
from intake.mail.attachments import understand
from intake.pages import explanation
from intake.pages.frame import write
from intake.terminal import inert, moment, painted, wrapped

_MOST_LINES = 60  # of a passage that is passed over


@click.command()
@click.argument("what", metavar="CASE|FILE")
@click.option("--mailbox", help="Of a file: the id of the mailbox to judge it as of (default: by Delivered-To).")
@click.option("--received", type=Moment(), help="Of a file: when it arrived (default: by the topmost Received field).")
@click.option("--html", "page", type=click.Path(path_type=Path, dir_okay=False), help="Of a file: write a page, too.")
@click.pass_obj
def command(call: Call, what: str, mailbox: str | None, received: datetime | None, page: Path | None) -> int:
    """Print why a message was judged as it was: each message of a case on record, or those in a file.

    Of a file every sentence is shown with what it does, and how surely; the words that a rule found are marked, and
    what is not the sender's own is faint. Nothing is recorded.

    Example: intake explain KONS-2023-0042
    Example: intake explain --html letter.html letter.eml
    """
    path = Path(what)
    if not path.exists():
        if page is not None or mailbox is not None or received is not None:
            raise click.UsageError(f"--html, --mailbox and --received are for a file, and there is no file {what!r}")
        return _of_case(call, what)
    try:
        return _of_files(call, path, mailbox, received, page)
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from error


def _of_case(call: Call, case: str) -> int:
    ledger = call.ledger()
    for message in history(ledger, case).messages:
        second = f", else {message.runner_up}" if message.runner_up else ""
        click.echo(
            f"{message.id}  {moment(message.received, ledger.zone)}"
            f"  {message.category} ({message.confidence:.2f}{second})"
        )
        for line in message.own_text.splitlines():
            click.echo(f"  | {inert(line)}")
        for reason in message.reasons:
            click.echo(
                f"  {reason['weight']:+.2f} {reason['category'] or '':<13}"
                f"{inert(reason['rule'], 60)}: {inert(reason['words'], 100)}"
            )
        click.echo()
    return 0


def _of_files(call: Call, path: Path, mailbox: str | None, received: datetime | None, page: Path | None) -> int:
    settings = call.settings(shipped=True)
    rules = office_rules.load(settings.rules, settings.config.zone)
    if received is not None and received.tzinfo is None:
        received = received.replace(tzinfo=rules.zone)
    shown: list[explanation.Shown] = []
    for found in files.find(path):
        message = understand(found.raw)
        arrival = classify.arrival_of(settings, message, mailbox, received)
        verdict = judge(message, arrival, rules)
        explained = explain(message, read(message, arrival, rules), verdict)
        click.echo("\n".join(_told(explained)))
        line = classify.line_of(found, message, arrival, verdict)
        click.echo(classify.told(line))
        if page is not None:
            shown.append(explanation.Shown(found.label, message, explained))
    if page is not None:
        write(page, explanation.page(shown))
    return 0


def _told(explained: Explained) -> Iterator[str]:
    """Tell the message part by part: what counts sentence by sentence, what does not faintly."""
    for section in explained.sections:
        passed_over = "" if section.spoken else ", not counted"
        yield painted(f"{HEADS[section.whose]}{passed_over}", "head")
        for one in section.spoken:
            yield from _sentence(one)
        yield from _faint(section)
        yield ""


def _sentence(one: Spoken) -> Iterator[str]:
    marked = groupby(one.pieces, key=lambda piece: bool(piece.rules))
    yield from wrapped((("".join(piece.text for piece in run), "mark" if on else "") for on, run in marked), "  ")
    acts = ", ".join(f"{act} {chance:.2f}" for act, chance in one.acts)
    rules = list(dict.fromkeys([*(rule for piece in one.pieces for rule in piece.rules), *one.rules]))
    yield from wrapped([("; ".join([acts, *rules]), "faint")], "      ")


def _faint(section: Section) -> Iterator[str]:
    lines = section.text.splitlines()
    for line in lines[:_MOST_LINES]:
        yield from wrapped([(line, "faint")], "  ")
    if len(lines) > _MOST_LINES:
        yield painted(f"  … {len(lines) - _MOST_LINES} more lines", "faint")
