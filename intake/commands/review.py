"""``intake review``: what people corrected, and the rules that had misled."""

from __future__ import annotations

from collections import Counter

import click

from intake.__main__ import Call
from intake.records import reviewed
from intake.terminal import inert, table

_REASONS = 3  # of each case


@click.command()
@click.pass_obj
def command(call: Call) -> int:
    """List the cases that people corrected, what each had been taken for and why, then the rules that misled most.

    A phrase that stands here often is one to change in rules/acts.toml; "intake replay" shows what that would change.

    Example: intake review
    """
    ledger = call.ledger()
    with ledger.store.reading() as session:
        found = list(reviewed.corrected(session, ledger.consultation.id))
    rows = [
        (
            each.case or "-",
            each.judged or "set aside",
            each.corrected,
            f"{each.confidence:.2f}",
            "; ".join(f"{inert(reason.rule, 40)} ({inert(reason.words, 40)})" for reason in each.misled[:_REASONS]),
        )
        for each in found
    ]
    click.echo(table(("case", "taken for", "is", "confidence", "because of"), rows), nl=False)
    counted = Counter(reason.rule for each in found for reason in each.misled)
    for rule, count in counted.most_common(20):
        click.echo(f"{count} misled by {inert(rule, 80)}")
    return 0
