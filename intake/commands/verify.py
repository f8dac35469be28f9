"""``intake verify``: whether anything was changed, removed or re-dated; and what became of a letter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from intake.__main__ import Call
from intake.records import audit, copies
from intake.records.copies import Copy, Match
from intake.records.store import Status
from intake.terminal import inert, moment

_WIDTH = 400  # characters of a finding
_SHOWN = 200  # findings; the rest is counted


@click.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--head", "heads", multiple=True, help="A head as a digest printed it, such as '318: 3f2a 91cc 07de'.")
@click.pass_obj
def command(call: Call, file: Path | None, heads: tuple[str, ...]) -> int:
    """Say whether anything on record was changed, removed or re-dated; with FILE, what became of that letter.

    Reads the database alone; no server is asked. Exit status 0: all is as it was entered; 1: something is not, a line
    each, or FILE is not on record byte for byte. What was written anew as a whole is told only by a head that an older
    digest printed.

    Example: intake verify --head '318: 3f2a 91cc 07de 55ab 0c12'
    """
    expected = [audit.printed(head) for head in heads]
    ledger = call.ledger()
    with ledger.store.reading() as session:
        done = audit.audit(session, expected)
        found = copies.find(session, file.read_bytes(), done) if file else []
    for finding in done.findings[:_SHOWN]:
        click.echo(inert(finding, _WIDTH))
    if len(done.findings) > _SHOWN:
        click.echo(f"… and {len(done.findings) - _SHOWN} more")
    click.echo(
        f"{'NOT intact' if done.findings else 'intact'}: {done.head.entries} entries, {done.rows} rows,"
        f" {done.originals} originals; head {done.head.entries}: {done.head.short}"
    )
    if file is None:
        return 1 if done.findings else 0
    click.echo("\n".join(_told(file, found, ledger.zone)))
    known = any(copy.match is not Match.MESSAGE_ID for copy in found)
    return 0 if known and not done.findings else 1


def _told(file: Path, found: list[Copy], zone: ZoneInfo) -> Iterator[str]:
    if not found:
        yield f"{inert(str(file))}: not on record, neither its bytes nor its Message-ID"
    for copy in found:
        yield f"{inert(str(file))}: {copy.match}"
        yield f"  record {copy.record}, case {copy.case or '-'}, mailbox {copy.mailbox}, {copy.category or 'set aside'}"
        yield f"  received {moment(copy.received, zone)}, entered {moment(copy.entered_at, zone)} (entry {copy.entry})"
        yield f"  {_answered(copy, zone)}"
        if copy.erased_at:
            yield f"  personal data erased {moment(copy.erased_at, zone)}"
        yield from (f"  {inert(line, _WIDTH)}" for line in copy.differences)


def _answered(copy: Copy, zone: ZoneInfo) -> str:
    answer = copy.answer
    if answer is None:
        return "not answered"
    if answer.status == Status.SENT:
        return f"answered {moment(answer.ended_at, zone)} with {answer.message_id} (entry {answer.entry})"
    return f"answer {answer.message_id}: {answer.status} (entry {answer.entry})"
