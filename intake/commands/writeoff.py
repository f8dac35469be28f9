"""``intake writeoff``: let an acknowledgement be that is owed and cannot be delivered."""

from __future__ import annotations

import click

from intake.__main__ import Call
from intake.delivery import outbox
from intake.records import debts
from intake.terminal import inert


@click.command()
@click.argument("case")
@click.option("--reason", required=True, help="Why; it stays on record.")
@click.pass_obj
def command(call: Call, case: str, reason: str) -> int:
    """Write off the acknowledgements of CASE that are still owed: they leave no more, and no digest lists them.

    Example: intake writeoff KONS-2023-0075 --reason "answered by telephone"
    """
    ledger = call.ledger()
    now = call.clock(call.settings())()
    with ledger.store.writing() as session:
        owed = debts.of_case(session, ledger.consultation.id, case.upper())
        for letter in owed:
            outbox.written_off(session, letter, " ".join(reason.split()), now)
    if not owed:
        click.echo(f"{inert(case, 40)}: nothing is owed", err=True)
        return 1
    click.echo(f"{inert(case.upper(), 40)}: {len(owed)} written off")
    return 0
