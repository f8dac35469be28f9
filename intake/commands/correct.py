"""``intake correct``: staff correct a case at the command line, as they would by mail."""

from __future__ import annotations

import sys

import click

from intake.__main__ import Call
from intake.commands import orders
from intake.judgement.orders import Action, Order
from intake.judgement.values import Category

_NUMBER = click.IntRange(0, 9999)


@click.command()
@click.argument("case")
@click.option("--category", type=click.Choice([each.value for each in Category]), help="What its last message is.")
@click.option("--people", type=_NUMBER, help="How many people come.")
@click.option("--organisation", help="Who writes.")
@click.option("--topic", "topics", multiple=True, help="A topic of the rules, by its id or words; may be given again.")
@click.option("--admit", is_flag=True, help="Let in what came late, by the office's decision; needs --reason.")
@click.option("--answer", is_flag=True, help="Answer its question with the standard text.")
@click.option("--done", is_flag=True, help="Nothing is left to decide.")
@click.option("--undo", is_flag=True, help="Take back what was said last of it.")
@click.option("--reason", help="Why; it stays on record.")
@click.option("--no-letter", is_flag=True, help="The sender is not told.")
@click.pass_obj
def command(call: Call, /, case: str, reason: str | None, no_letter: bool, **said: object) -> int:
    """Correct CASE: it is recorded, its sender gets a corrected letter, and it can be taken back.

    Example: intake correct KONS-2023-0042 --people 3
    """
    if said["admit"] and not reason:
        raise click.UsageError("--admit needs --reason: why the office lets it in")
    words = " ".join(sys.argv[1:])[:500] or "correct"
    wanted = [
        Order(action, words, cases=(case.upper(),), reason=reason, silent=no_letter, **values)  # type: ignore[arg-type]  # fields of an Order, named below
        for action, values in _wanted(said)
    ]
    if not wanted:
        raise click.UsageError("say what is to be corrected, such as --people 3")
    return orders.carry_out(call.desk(), wanted)


def _wanted(said: dict[str, object]) -> list[tuple[Action, dict[str, object]]]:
    """Return the orders, what a message is first: the rest is read in its light."""
    found: list[tuple[Action, dict[str, object]]] = []
    if said["category"]:
        found.append((Action.CATEGORY, {"category": Category(str(said["category"]))}))
    if said["people"] is not None:
        found.append((Action.PEOPLE, {"number": said["people"]}))
    if said["organisation"]:
        found.append((Action.ORGANISATION, {"text": said["organisation"]}))
    if said["topics"]:
        found.append((Action.TOPIC, {"text": ", ".join(said["topics"])}))  # type: ignore[arg-type]  # click gives strings
    found += [(Action(name), {}) for name in ("admit", "answer", "done", "undo") if said[name]]
    return found
