"""``intake replay``: decide all kept originals anew, before changed rules go live."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import click

from intake.__main__ import Call
from intake.judgement import as_if
from intake.judgement import rules as office_rules
from intake.terminal import inert, progress
from intake.worker import replaying
from intake.worker.replaying import Differs


@dataclass(slots=True)
class _Sum:
    """What differs in all."""

    messages: int = 0
    people: int = 0
    letters: int = 0
    cases: set[str] = field(default_factory=set)
    fields: Counter[str] = field(default_factory=Counter)

    def add(self, each: Differs) -> None:
        """Count one message."""
        self.messages += 1
        self.people += each.people
        self.letters += each.another_letter
        self.cases.update([each.case] if each.case else [])
        self.fields.update(name for name, _, _ in each.fields)


@click.command()
@click.option(
    "--rules",
    "folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Another folder of rules to try; without it, those of the office as they are now.",
)
@click.option(
    "--as-if",
    "settings",
    metavar="KEY=VALUE",
    multiple=True,
    help=f"Set one thing otherwise, as often as wanted: {', '.join(as_if.KEYS)}.",
)
@click.pass_obj
def command(call: Call, folder: Path | None, settings: tuple[str, ...]) -> int:
    """Decide every kept message anew and show each that would be judged otherwise; nothing is written.

    Shown are what would differ, whom it concerns, the letter that would have left, and why. What people corrected
    counts as they corrected it. Times without an offset are the office's. Exit status 1 where anything would differ.

    Example: intake replay --as-if cutoff.attendance=2023-07-12T16:00

    Example: intake replay --rules new-rules
    """
    desk = call.desk()
    rules = office_rules.load(folder, desk.settings.config.zone) if folder else desk.rules
    rules = as_if.changed(rules, settings)
    numbers = replaying.kept(desk)
    found = _Sum()
    for number in progress(numbers, "deciding"):
        each = replaying.replay(desk, rules, number)
        if each is not None:
            click.echo("\n".join(_told(each)))
            found.add(each)
    click.echo("\n".join(_summed(found, len(numbers))))
    return 1 if found.messages else 0


def _told(each: Differs) -> list[str]:
    people = f", people: {each.people}" if each.people else ""
    lines = [f"{each.case or 'without a case'} ({each.mailbox}{people})"]
    lines += [f"  {name}: {inert(before, 60)} -> {inert(after, 60)}" for name, before, after in each.fields]
    if each.reworded:
        lines.append(f"  letter: {each.letter[0]}, reworded")
    elif each.another_letter:
        lines.append(f"  letter: {each.letter[0] or 'none'} -> {each.letter[1] or 'none'}")
    lines += [f"  because of {inert(reason.rule, 50)} ({inert(reason.words, 50)})" for reason in each.reasons]
    return lines


def _summed(found: _Sum, number: int) -> list[str]:
    parts = ", ".join(f"{name} {count}" for name, count in found.fields.most_common())
    lines = [f"{found.messages} of {number} would differ{': ' + parts if parts else ''}"]
    if found.messages:
        lines.append(f"affected: {found.people} people in {len(found.cases)} cases; {found.letters} other letters")
    return lines
