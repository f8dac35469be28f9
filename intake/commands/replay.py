"""``intake replay``: decide all kept originals anew, before changed rules go live."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from intake.__main__ import Call
from intake.judgement import rules as office_rules
from intake.terminal import inert, progress
from intake.worker import replaying
from intake.worker.replaying import Differs


@click.command()
@click.option(
    "--rules",
    "folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Another folder of rules to try; without it, those of the office as they are now.",
)
@click.pass_obj
def command(call: Call, folder: Path | None) -> int:
    """Decide every kept message anew and show each that would be judged otherwise; nothing is written.

    What people corrected counts as they corrected it. Exit status 1 where anything would differ.

    Example: intake replay --rules new-rules
    """
    desk = call.desk()
    rules = office_rules.load(folder, desk.settings.config.zone) if folder else desk.rules
    numbers = replaying.kept(desk)
    decided = (replaying.replay(desk, rules, number) for number in progress(numbers, "deciding"))
    differing = [found for found in decided if found is not None]
    changed: Counter[str] = Counter()
    for each in differing:
        click.echo("\n".join(_told(each)))
        changed.update(name for name, _, _ in each.fields)
        changed.update(["letter"] if each.letter[0] != each.letter[1] else [])
    parts = ", ".join(f"{name} {count}" for name, count in changed.most_common())
    click.echo(f"{len(differing)} of {len(numbers)} would differ{': ' + parts if parts else ''}")
    return 1 if differing else 0


def _told(each: Differs) -> list[str]:
    lines = [f"{each.case or 'without a case'} ({each.mailbox})"]
    lines += [f"  {name}: {inert(before, 60)} -> {inert(after, 60)}" for name, before, after in each.fields]
    if each.letter[0] != each.letter[1]:
        lines.append(f"  letter: {each.letter[0] or 'none'} -> {each.letter[1] or 'none'}")
    lines += [f"  because of {inert(reason.rule, 50)} ({inert(reason.words, 50)})" for reason in each.reasons]
    return lines
