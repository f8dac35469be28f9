"""What ``erase``, ``forget`` and ``purge`` have in common: carrying a plan out, and telling what went."""

from __future__ import annotations

import click
from sqlalchemy.orm import Session

from intake.__main__ import Call
from intake.delivery import outbox
from intake.errors import RecordError
from intake.records import retention
from intake.records.ledger import Ledger
from intake.records.reach import Plan


def carry_out(call: Call, session: Session, planned: Plan, reason: str, *, really: bool) -> None:
    """Erase as *planned*, letters still owed first written off; nothing where it is not meant *really*."""
    if not really or planned.is_done:
        return
    now = call.clock(call.settings())()
    for letter in planned.owed:
        outbox.written_off(session, letter, "erased", now)
    retention.erase(session, planned, " ".join(reason.split()), now)


def told(planned: Plan, *, done: bool) -> str:
    """Return how much went, or would go."""
    letters = f"{len(planned.letters)} letters ({len(planned.owed)} still owed)"
    went = "erased" if done else "would be erased"
    return f"{len(planned.records)} messages, {letters}, {len(planned.digests)} digests {went}"


def finished(ledger: Ledger, planned: Plan, *, done: bool) -> int:
    """Say what is left to be done, have the database's files forget, and return the exit status."""
    if planned.waiting:
        click.echo(f"{planned.waiting} digests wait to be sent and may name it: erase again when they have left")
    if not done:
        click.echo("nothing was changed: say --yes to erase")
        ledger.store.close()
        return 1
    return forgotten(ledger) or (1 if planned.waiting else 0)


def forgotten(ledger: Ledger) -> int:
    """Have the database's files forget what was deleted; return the exit status."""
    try:
        ledger.store.forget()
    except RecordError as error:
        click.echo(f"erased, but the database's files may still hold it until a VACUUM: {error}", err=True)
        return 1
    finally:
        ledger.store.close()
    return 0
