"""``intake erase``: take a person's data out of the record; the chain of events still verifies."""

from __future__ import annotations

import click

from intake.__main__ import Call
from intake.delivery import outbox
from intake.errors import RecordError
from intake.records import retention
from intake.records.retention import Plan


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
        planned = retention.plan(session, ledger.consultation.id, case.upper())
        if yes:
            now = call.clock(call.settings())()
            for letter in planned.owed:
                outbox.written_off(session, letter, "erased", now)
            retention.erase(session, planned, " ".join(reason.split()), now)
    _tell(planned, done=yes)
    if not yes:
        click.echo("nothing was changed: say --yes to erase")
        return 1
    try:
        ledger.store.forget()
    except RecordError as error:
        click.echo(f"erased, but the database's files may still hold it until a VACUUM: {error}", err=True)
        return 1
    return 1 if planned.waiting else 0


def _tell(planned: Plan, *, done: bool) -> None:
    letters = f"{len(planned.letters)} letters ({len(planned.owed)} still owed)"
    went = "erased" if done else "would be erased"
    click.echo(f"{planned.number}: {len(planned.records)} messages, {letters}, {len(planned.digests)} digests {went}")
    if planned.waiting:
        click.echo(f"{planned.waiting} digests wait to be sent and may name it: erase again when they have left")
    if planned.elsewhere:
        click.echo(f"the same address wrote in {', '.join(planned.elsewhere)}: not touched")
