"""``intake add``: staff enter what came by phone, by post or in person."""

from __future__ import annotations

import click

from intake.__main__ import Call
from intake.commands import orders
from intake.judgement.orders import Action, Order
from intake.judgement.values import Category


@click.command()
@click.argument("kind", type=click.Choice(["attendance", "proposal", "mixed", "question", "cancellation"]))
@click.argument("text")
@click.option(
    "--channel", type=click.Choice(["phone", "post", "in_person"]), default="phone", help="How it came (phone)."
)
@click.option("--no-letter", is_flag=True, help="Nobody is written to, though TEXT holds an address.")
@click.pass_obj
def command(call: Call, kind: str, text: str, channel: str, no_letter: bool) -> int:
    """Enter TEXT as a case: organisation, people, topics and needs are read from it as from a mail.

    It came when it is entered, or at --as-of. Where TEXT holds an address, the acknowledgement goes there.

    Example: intake --as-of 2023-07-12T14:30 add attendance "Fundacja Przystań, 2 osoby"
    """
    order = Order(Action.ENTER, text, text=text, channel=channel, category=Category(kind), silent=no_letter)
    return orders.carry_out(call.desk(), [order])
