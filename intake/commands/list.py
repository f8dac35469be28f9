"""``intake list``: the cases as they stand."""

from __future__ import annotations

import click

from intake.__main__ import Call
from intake.records import views
from intake.records.views import CaseView
from intake.terminal import inert, table


@click.command()
@click.pass_obj
def command(call: Call) -> int:
    """Print the cases, a line each, then what has none.

    Example: intake list
    """
    ledger = call.ledger()
    with ledger.store.reading() as session:
        cases = views.listing(session, ledger.consultation.id)
        caseless = views.caseless(session, ledger.consultation.id)
    heads = ("case", "organisation", "people", "comes", "proposes", "messages", "from")
    click.echo(table(heads, [_row(case) for case in cases]), nl=False)
    for mailbox, category, count in caseless:
        click.echo(f"without a case: {count} {category or 'set aside'} in {mailbox}")
    return 0


def _row(case: CaseView) -> tuple[str, ...]:
    return (
        case.number,
        inert(case.organisation or "-", 48),
        "-" if case.people is None else str(case.people),
        _comes(case),
        "yes" if case.proposes else "-",
        str(case.messages),
        inert(case.address or "-", 40),
    )


def _comes(case: CaseView) -> str:
    if case.attends is None:
        return "-"
    if not case.attends:
        return "withdrawn"
    return "late" if case.attendance == "late" else "yes"
