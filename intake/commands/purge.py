"""``intake purge``: what is older than the office may keep it goes; the chain of events still verifies."""

from __future__ import annotations

from datetime import datetime

import click

from intake.__main__ import Call, Moment
from intake.commands import erasing
from intake.records import reach
from intake.records.reach import Plan


@click.command()
@click.option("--before", required=True, type=Moment(), help="Cases in which nothing happened since then go.")
@click.option("--reason", default="retention", show_default=True, help="Why; it stays on record.")
@click.option("--yes", is_flag=True, help="Do it: it cannot be undone.")
@click.pass_obj
def command(call: Call, before: datetime, reason: str, yes: bool) -> int:
    """Erase the personal data of all that is older than a day: cases, mail without one, digests.

    A case is as old as the last that came or was written in it. What stays is what ``erase`` leaves. Without --yes it
    only says how much would go first. The mail in the mailbox itself, and backups, are for you to erase.

    Example: intake purge --before 2024-08-01 --yes
    """
    ledger = call.ledger()
    before = before if before.tzinfo else before.replace(tzinfo=call.settings().config.zone)
    cases = messages = letters = digests = 0
    while True:
        with ledger.store.writing() as session:
            planned: Plan = reach.expired(session, before)
            erasing.carry_out(call, session, planned, reason, really=yes)
        cases, messages = cases + len(planned.cases), messages + len(planned.records)
        letters, digests = letters + len(planned.letters), digests + len(planned.digests)
        if planned.is_done or not yes:
            break
    more = "" if yes or planned.is_done else ", and more"
    went = "erased" if yes else "would be erased"
    click.echo(f"{cases} cases, {messages} messages, {letters} letters, {digests} digests{more} {went}")
    if not yes:
        click.echo("nothing was changed: say --yes to erase")
        ledger.store.close()
        return 1
    return erasing.forgotten(ledger)
