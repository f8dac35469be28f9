"""``intake erase``: take a person's data out of the record; the chain of events still verifies."""

from __future__ import annotations

import click

from intake.__main__ import Call
from intake.commands import erasing
from intake.records import reach


@click.command()
@click.argument("case")
@click.option("--reason", required=True, help="Why; it stays on record, so it should name nobody.")
@click.option("--yes", is_flag=True, help="Do it: it cannot be undone.")
@click.pass_obj
def command(call: Call, case: str, reason: str, yes: bool) -> int:
    """Erase the personal data of CASE: names, address, words, originals and letters.

    What stays: when something came and of what kind, when it was answered, how many people were to come. Without --yes
    it only says what would go. The mail in the mailbox itself, and backups, are for you to erase.

    Example: intake erase KONS-2023-0042 --reason "request of 3 August" --yes
    """
    ledger = call.ledger()
    with ledger.store.writing() as session:
        planned = reach.plan(session, ledger.consultation.id, case.upper())
        erasing.carry_out(call, session, planned, reason, really=yes)
    click.echo(f"{planned.numbers[0]}: {erasing.told(planned, done=yes)}")
    if planned.elsewhere:
        click.echo(f"the same address wrote in {', '.join(planned.elsewhere)}: not touched")
    return erasing.finished(ledger, planned, done=yes)
