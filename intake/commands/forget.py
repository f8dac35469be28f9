"""``intake forget``: everything of one address goes, on request; the chain of events still verifies."""

from __future__ import annotations

import click

from intake.__main__ import Call
from intake.commands import erasing
from intake.records import reach


@click.command()
@click.argument("address")
@click.option("--reason", required=True, help="Why; it stays on record, so it should name nobody.")
@click.option("--yes", is_flag=True, help="Do it: it cannot be undone.")
@click.pass_obj
def command(call: Call, address: str, reason: str, yes: bool) -> int:
    """Erase what is kept of whoever writes from ADDRESS: all their cases, their other mail, and what answered them.

    A case in which others wrote too is named and left: look at it, and erase it as a whole. What stays is what
    ``erase`` leaves. Without --yes it only says what would go. The mail in the mailbox itself, and backups, are for
    you to erase.

    Example: intake forget anna@fundacja.example --reason "request of 3 August" --yes
    """
    ledger = call.ledger()
    with ledger.store.writing() as session:
        planned = reach.of_address(session, address.strip().lower())
        erasing.carry_out(call, session, planned, reason, really=yes)
    if planned.is_empty and not planned.elsewhere:
        click.echo("nothing is kept of this address")
        ledger.store.close()
        return 0
    cases = ", ".join(planned.numbers) or "no case"
    click.echo(f"{cases}: {erasing.told(planned, done=yes)}")
    if planned.elsewhere:
        click.echo(f"others wrote too in {', '.join(planned.elsewhere)}: not touched")
    if planned.mentions:
        click.echo(f"others named the address in {', '.join(planned.mentions)}: not touched")
    return erasing.finished(ledger, planned, done=yes) or (1 if planned.elsewhere else 0)
