"""``intake digest``: the digest of a morning."""

from __future__ import annotations

import asyncio
from datetime import datetime

import click

from intake.__main__ import Call
from intake.worker import morning, sending


@click.command()
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The office day (default: today).")
@click.option("--print/--send", "printed", default=True, help="To the terminal, or to its recipients (once a day).")
@click.option("--html", is_flag=True, help="Print the HTML part.")
@click.pass_obj
def command(call: Call, day: datetime | None, printed: bool, html: bool) -> int:
    """Print the digest of a morning, or send it to its recipients.

    Printing changes nothing. A digest that was sent already is not sent again.

    Example: intake digest --date 2023-07-13 --print
    """
    desk = call.desk()
    which = day.date() if day else desk.now().date()
    if printed:
        letter = morning.preview(desk, which)
        click.echo(letter.html if html else f"{letter.subject}\n\n{letter.text}")
        return 0
    if morning.write(desk, which) is None:
        click.echo(f"digest: {which.isoformat()} was sent before", err=True)
        return 1
    sent = asyncio.run(sending.drain(desk))
    click.echo(
        f"digest: {which.isoformat()}; outbox: {sent.accepted} sent, {sent.deferred} deferred, {sent.refused} refused"
    )
    return 1 if sent.deferred or sent.refused else 0
