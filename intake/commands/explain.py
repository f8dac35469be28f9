"""``intake explain``: the rules that spoke for and against."""

from __future__ import annotations

import click

from intake.__main__ import Call
from intake.commands.show import history
from intake.terminal import inert, moment


@click.command()
@click.argument("case")
@click.pass_obj
def command(call: Call, case: str) -> int:
    """Print why each message of CASE was judged as it was: its own words, and the rules that spoke.

    Example: intake explain KONS-2023-0042
    """
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
