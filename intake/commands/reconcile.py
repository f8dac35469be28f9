"""``intake reconcile``: every mailbox held against the record, in both directions."""

from __future__ import annotations

import click

from intake.__main__ import Call
from intake.records.reckonings import Reckoning
from intake.worker import reconciling


@click.command()
@click.pass_obj
def command(call: Call) -> int:
    """Compare every message on the server with the record, and every record with its message.

    New mail is taken in first; so is a message that was passed by. Exit status 1 says that something did not agree, or
    that a mailbox could not be reached. The same is done every night.

    Example: intake reconcile
    """
    desk = call.desk()
    reckonings = [reconciling.reconcile(desk, box) for box in desk.settings.config.mailbox]
    for reckoning in reckonings:
        click.echo(told(reckoning))
    return 0 if all(reckoning.is_right for reckoning in reckonings) else 1


def told(reckoning: Reckoning) -> str:
    """Return the line of one mailbox."""
    if reckoning.error:
        return f"{reckoning.mailbox}: not compared: {reckoning.error}"
    fates = ", ".join(f"{count} {fate.replace('_', ' ')}" for fate, count in sorted(reckoning.fates.items()))
    settled = reckoning.listed - reckoning.missing
    text = f"{reckoning.mailbox}: {reckoning.listed} on the server, {settled} accounted for"
    text += f" ({fates})" if fates else ""
    if reckoning.missing:
        text += f"; {reckoning.missing} were MISSING, and are taken in now"
    if reckoning.unseen:
        text += f"; {reckoning.unseen} RECORDS of no message that was ever there"
    if reckoning.vanished:
        text += f"; {reckoning.vanished} on record and no more on the server"
    if reckoning.misfiled:
        text += f"; {reckoning.misfiled} in the folder of junk speak to the consultation: look, and move them"
    return text
