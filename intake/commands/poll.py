"""``intake poll``: one pass over every mailbox, then over everything due in the outbox."""

from __future__ import annotations

from contextlib import ExitStack

import click

from intake.__main__ import Call
from intake.worker import glance


@click.command()
@click.option("--retry", is_flag=True, help="Try again what was set aside.")
@click.pass_obj
def command(call: Call, *, retry: bool) -> int:
    """Look into every mailbox once, then send everything that is due.

    Prints a line per mailbox. Exit status 1 says that a mailbox or the relay could not be reached.

    Example: intake poll
    """
    settings = call.settings()
    with ExitStack() as shutting:
        seen = glance.Glance() if retry else glance.take(settings, call.clock(settings), shutting)
        if seen.is_all:
            for box in settings.config.mailbox:
                click.echo(f"{box.id}: 0 new")
            click.echo("outbox: 0 sent, 0 deferred, 0 refused")
            return 0
        if seen.has_mail:
            from intake.worker.reading import Readers  # noqa: PLC0415  (loaded for what is there to be done)

            Readers(settings.rules, settings.config.timezone).warm()
        from intake.commands import polling  # noqa: PLC0415  (0.5 s, and seldom needed)

        return polling.work(call.desk(), seen.doors, retry=retry)
