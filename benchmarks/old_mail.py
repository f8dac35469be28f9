"""One new message among many old ones: what a poll costs where nearly everything is known."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks import letters, mailbox, multiplied, report, servers
from benchmarks.end_to_end import Wrong
from benchmarks.report import Block
from benchmarks.servers import Office
from tests.servers.dovecot import Dovecot

FEW, TIMES = 100, 1_000
_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Polls:
    """Polls of a mailbox with so many old messages."""

    old: int
    seconds: tuple[float, ...]  # with one new message
    nothing: tuple[float, ...]  # with none
    largest: float  # MiB
    tree: float  # MiB


@dataclass(slots=True)
class Side:
    """An office that has taken in so many messages."""

    old: int
    office: Office
    user: str
    new: list[float] = field(default_factory=list)  # seconds of polls with one new message
    nothing: list[float] = field(default_factory=list)
    largest: float = 0.0
    tree: float = 0.0


def measure(times: int = TIMES, rounds: int = _ROUNDS) -> list[Polls]:
    """Poll a mailbox of a hundred and one of *times* as many, in turns."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        servers.dovecot() as server,
        servers.sink(Path(name)) as sink,
    ):
        sides = [side(Path(name) / "few", server, sink.port, 1), side(Path(name) / "many", server, sink.port, times)]
        for number in range(rounds + 1):
            for one in sides:
                _poll(one, server, number)
    return [Polls(one.old, tuple(one.new[1:]), tuple(one.nothing[1:]), one.largest, one.tree) for one in sides]


def side(folder: Path, server: Dovecot, port: int, times: int) -> Side:
    """Let an office take in a hundred letters, and make them *times* as many, in mailbox and records."""
    user = server.new_user()
    office = servers.office(folder, server, user, port)
    mailbox.fill(server, user, FEW)
    _expect(office.intake("poll").output, f"{FEW} new")
    if times > 1:
        multiplied.fill(server, user, times)
        multiplied.multiply(office.database, FEW, times)
    return Side(FEW * times, office, user)


def _poll(side: Side, server: Dovecot, number: int) -> None:
    """Deliver one letter and poll, and poll once more.

    Dovecot delivers it, as by LMTP: a strange file in the Maildir would have it look through all of them first.
    """
    new = letters.letter(FEW + number)
    server.append(side.user, new.raw, new.when)
    took = side.office.intake("poll")
    _expect(took.output, "1 new (1 ")
    side.new.append(took.seconds)
    side.largest, side.tree = max(side.largest, took.largest), max(side.tree, took.tree)
    nothing = side.office.intake("poll")
    _expect(nothing.output, "0 new")
    side.nothing.append(nothing.seconds)


def _expect(output: str, expected: str) -> None:
    if expected not in output:
        raise Wrong(f"a poll should have said {expected!r} and said {output[-2000:]}")


def block(full: bool) -> Block:
    """Measure, and tell it."""
    return told(measure(rounds=_ROUNDS * 2 if full else _ROUNDS))


def told(found: list[Polls]) -> Block:
    """Return the table: medians, and each to the first."""
    few = found[0]
    rows = [
        (
            f"{polls.old:,}",
            median(polls.seconds),
            median(polls.seconds) / median(few.seconds),
            min(polls.seconds),
            median(polls.nothing),
            polls.largest,
            polls.tree,
        )
        for polls in found
    ]
    head = (
        "old messages",
        "one new, s",
        f"to {few.old}",
        "best, s",
        "nothing new, s",
        "largest process MiB",
        "all processes MiB",
    )
    return Block("old-mail", report.table(head, rows))
