"""``intake poll``: one pass over every mailbox, then over everything due in the outbox."""

from __future__ import annotations

import asyncio

import click

from intake.__main__ import Call
from intake.commands import reconcile
from intake.worker import alarming, before_meeting, health, morning, reconciling, retrying, sending, taking_in
from intake.worker.taking_in import PollLine


@click.command()
@click.option("--retry", is_flag=True, help="Try again what was set aside.")
@click.pass_obj
def command(call: Call, *, retry: bool) -> int:
    """Look into every mailbox once, then send everything that is due.

    Prints a line per mailbox. Exit status 1 says that a mailbox or the relay could not be reached.

    Example: intake poll
    """
    desk = call.desk()
    sending.free(desk)
    lines = [taking_in.poll(desk, box) for box in desk.settings.config.mailbox]
    for line in lines:
        click.echo(told(line))
    if retry:
        retried = retrying.retry(desk)
        click.echo(f"set aside: {retried.read} read now, {retried.left} left")
    for box in reconciling.owed(desk, desk.now()):
        click.echo(f"reconciled {reconcile.told(reconciling.reconcile(desk, box))}")
    alarming.tell(desk, desk.now())
    day = morning.owed(desk, desk.now())
    if day is not None and morning.write(desk, day) is not None:
        click.echo(f"digest: {day.isoformat()} written")
    if before_meeting.write(desk) is not None:
        click.echo("digest: the second one, before the meeting, written")
    sent = asyncio.run(sending.drain(desk))
    click.echo(f"outbox: {sent.accepted} sent, {sent.deferred} deferred, {sent.refused} refused")
    if sent.last_error:
        click.echo(f"outbox: {sent.last_error}", err=True)
    health.tell(desk)
    return 1 if any(line.error or line.withheld for line in lines) or sent.deferred or sent.refused else 0


def told(line: PollLine) -> str:
    """Return the line of one mailbox."""
    fates = ", ".join(f"{count} {fate.value.replace('_', ' ')}" for fate, count in sorted(line.fates.items()) if count)
    text = f"{line.mailbox}: {line.listed} new" + (f" ({fates})" if fates else "")
    if line.withheld:
        text += f"; {line.withheld} listed by the server and not given"
    return f"{text}; {line.left_over} left over: {line.error}" if line.error else text
