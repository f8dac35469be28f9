"""What ``correct`` and ``add`` share: orders carried out in one transaction, and what became of them printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from intake.judgement.orders import Order
from intake.letters.answer import Result
from intake.letters.facts import Change
from intake.records import accounts
from intake.terminal import inert
from intake.worker import orders as carrying
from intake.worker.desk import Desk
from intake.worker.orders import Hand, Table
from intake.worker.settling import By


def carry_out(desk: Desk, orders: Sequence[Order]) -> int:
    """Carry out *orders* as the command line's, and print a line each; return the exit status.

    Letters that follow are put into the outbox: ``intake run`` or ``intake poll`` sends them.
    """
    table = Table({})
    originals = carrying.foresee(desk, iter(orders), table)
    with desk.store.writing() as session:
        accounts.lock(session)
        hand = Hand(desk, session, table, By("command", ""), originals)
        results = [result for order in orders for result in hand.carry_out(order)]
    for result in results:
        click.echo(_line(result), err=result.problem is not None)
    return 1 if any(result.problem for result in results) else 0


def _line(result: Result) -> str:
    if result.problem is not None:
        return f"not done: {result.problem.value.replace('_', ' ')}"
    about = " ".join(filter(None, (result.case, inert(result.organisation or "", 60))))
    done = ", ".join((*_told(result.changes), *([result.note.replace("_", " ")] if result.note else ())))
    letter = "; its sender is told" if result.letter else ""
    return f"{about or 'done'}: {done or ('taken back' if result.undone else 'nothing changed, settled')}{letter}"


def _told(changes: Sequence[Change]) -> Iterator[str]:
    for change in changes:
        before, after = (inert(", ".join(values) or "-", 80) for values in (change.before, change.after))
        yield f"{change.name}: {before} -> {after}"
