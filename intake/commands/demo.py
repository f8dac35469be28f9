"""``intake demo``: the July 2023 consultation played through real IMAP and SMTP on loopback."""

from __future__ import annotations

import contextlib
import logging
import shlex
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from intake.__main__ import Call
from intake.errors import IntakeError
from intake.terminal import is_watched, table

if TYPE_CHECKING:
    from intake.demo.office import Cabinet
    from intake.demo.outcome import Outcome
    from intake.demo.play import Play, Step
    from intake.worker.desk import Desk

_DAY = 86_400.0  # seconds


@click.command()
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="The folder to set up.",
)
@click.option("--force", is_flag=True, help="Replace an earlier demonstration in that folder.")
@click.option(
    "--speed", type=click.FloatRange(min=0, min_open=True), help="At most so many days in a second (default: no limit)."
)
def command(folder: Path, force: bool, speed: float | None) -> int:
    """Play the consultation of July 2023, from nothing, offline.

    Sets up a folder, starts an IMAP server and an SMTP sink on loopback, delivers the mail of that July at the hours of
    its arrival, and has `intake poll` do the rest on a simulated clock. Nothing is sent anywhere else.

    Example: intake demo -o demo
    """
    from intake.demo import office, play, servers, timeline  # noqa: PLC0415  (heavy, and not for --help)

    if not servers.available():
        raise IntakeError("the demonstration needs two more packages: pip install 'intake[demo]'")
    office.clear(folder, force=force)
    shipped = office.settings_shipped()
    users = office.passwords(shipped)
    sink, cabinet = servers.Sink(), office.Cabinet(folder)
    with servers.serving(users, sink) as serving, servers.Postman(serving.imap_port, users) as postman:
        sitting = _Sitting(office.furnish(folder, shipped, serving, users), None)
        with (folder / "polls.log").open("w", encoding="utf-8") as log:
            played = play.Play(timeline.load(), shipped.config, postman, sink, cabinet, _poll(sitting, log))
            steps = list(_shown(_paced(played.steps(), speed), played.days))
        left = [flags for user in users for flags in postman.flags(user)]
    from intake.demo import outcome  # noqa: PLC0415

    touched = len(played.delivered) - sum(not flags for flags in left)  # moved, deleted or marked
    _tell(outcome.outcome(sitting.desk()), cabinet, folder / "config.toml", touched)
    return _left_over(played, steps, folder / "polls.log")


@dataclass(slots=True)
class _Sitting(Call):
    """The calls of a whole play: everything is loaded once, and the clock is set before each call."""

    kept: Desk | None = None

    def desk(self, *, running: bool = False) -> Desk:  # noqa: ARG002  (as every call has it)
        """Load everything at the first call only."""
        from intake.worker.desk import prepare  # noqa: PLC0415

        if self.kept is None:
            self.kept = prepare(self.settings(), self._now)
        return self.kept

    def _now(self) -> datetime:
        if self.as_of is None:
            raise ValueError("the clock must be set")
        return self.as_of


def _poll(sitting: _Sitting, log: TextIO) -> Callable[[datetime], int]:
    """Return what does as ``intake --config … --as-of … poll`` would, and keeps what it prints in *log*."""
    from intake.commands import poll  # noqa: PLC0415  (heavy, and not for --help)

    def run(moment: datetime) -> int:
        sitting.as_of = moment
        log.write(f"$ intake --config {sitting.config} --as-of {moment.isoformat()} poll\n")
        with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
            status: int = poll.command.main([], prog_name="intake poll", obj=sitting, standalone_mode=False)
        return status

    return run


def _paced(steps: Iterable[Step], speed: float | None) -> Iterator[Step]:
    """Hold *steps* back to *speed* days in a second."""
    begun, first = time.monotonic(), None
    for step in steps:
        first = first or step.at
        if speed is not None:
            due = (step.at - first).total_seconds() / _DAY / speed
            time.sleep(max(0.0, due - (time.monotonic() - begun)))
        yield step


def _shown(steps: Iterable[Step], total: int) -> Iterator[Step]:
    """Show *steps* as they go by: a bar for a person, a line a day otherwise, or where the log goes by too."""
    days = groupby(steps, key=lambda step: step.at.date())
    return _bar(days, total) if is_watched() and not logging.getLogger().isEnabledFor(logging.INFO) else _lines(days)


def _lines(days: Iterable[tuple[date, Iterable[Step]]]) -> Iterator[Step]:
    for day, steps in days:
        of_it = list(steps)
        click.echo(f"{day.isoformat()}: {_counted(of_it)}")
        yield from of_it


def _counted(steps: list[Step]) -> str:
    delivered, letters, digests = (
        sum(step.delivered for step in steps),
        sum(step.letters for step in steps),
        sum(step.digests for step in steps),
    )
    return f"{delivered} delivered, {letters} acknowledgements, {digests} digests"


def _bar(days: Iterable[tuple[date, Iterable[Step]]], total: int) -> Iterator[Step]:
    from rich.console import Console  # noqa: PLC0415  (a quarter of a second, for people only)
    from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[counted]}"))
    with Progress(*columns, console=Console(file=sys.stdout)) as bar:  # this very stdout: polls redirect the global one
        task = bar.add_task("July 2023", total=total, counted="")
        shown: list[Step] = []
        for day, steps in days:
            for step in steps:
                shown.append(step)
                bar.update(task, description=f"{day:%a %d %b}", counted=_counted(shown))
                yield step
            bar.advance(task)


def _tell(told: Outcome, cabinet: Cabinet, config: Path, touched: int) -> None:
    """Print what was recorded, where the letters are, and what to try next."""
    from intake.demo.outcome import HEADS  # noqa: PLC0415

    totals = told.totals
    click.echo()
    click.echo(table(HEADS, told.rows), nl=False)
    click.echo(
        f"Coming to the meeting: {totals.people} people of {totals.organisations} organisations,"
        f" {totals.late_people} of them announced late.\n"
        f"Proposals: {totals.proposals} of {totals.proposal_organisations} organisations,"
        f" {totals.late_proposals} late.\n"
        f"Left alone: {told.left_alone} from before the consultation, {told.private} private, unread and unanswered."
        f" Messages that the worker marked, moved or deleted: {touched}."
    )
    click.echo("\nTo open:")
    for name, folder, files in (
        ("acknowledgements", "letters", cabinet.letters),
        ("digests", "digests", cabinet.digests),
    ):
        click.echo(f"  {len(files)} {name}: {cabinet.folder / folder}/")
        for path in (*files[:1], *files[1:][-1:]):
            click.echo(f"    {path.with_suffix('.html')}")
    click.echo(f"\nNext: intake --config {shlex.quote(str(config))} list")


def _left_over(played: Play, steps: list[Step], log: Path) -> int:
    """Say what was not done; return the exit status."""
    failed = [step.at for step in steps if step.status]
    for at in failed:
        click.echo(f"intake: the poll of {at:%Y-%m-%d %H:%M} left something over, see {log}", err=True)
    for file in played.undelivered:
        click.echo(f"intake: {file} answers a letter that never came, and was not delivered", err=True)
    return 1 if failed or played.undelivered else 0
