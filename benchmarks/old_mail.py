"""One new message among many old ones: what a poll costs where nearly everything is known."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import letters, mailbox, multiplied, report, servers
from benchmarks.end_to_end import Wrong
from benchmarks.report import Block
from benchmarks.servers import Office
from tests.servers.dovecot import Dovecot

_FEW, _TIMES = 100, 1_000
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
class _Side:
    old: int
    office: Office
    user: str
    new: list[float]
    nothing: list[float]
    largest: float = 0.0
    tree: float = 0.0


def measure(times: int = _TIMES, rounds: int = _ROUNDS) -> list[Polls]:
    """Poll a mailbox of a hundred and one of *times* as many, in turns."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        servers.dovecot() as server,
        servers.sink(Path(name)) as sink,
    ):
        sides = [_side(Path(name) / "few", server, sink.port, 1), _side(Path(name) / "many", server, sink.port, times)]
        for number in range(rounds + 1):
            for side in sides:
                _poll(side, server, number)
    return [Polls(side.old, tuple(side.new[1:]), tuple(side.nothing[1:]), side.largest, side.tree) for side in sides]


def _side(folder: Path, server: Dovecot, port: int, times: int) -> _Side:
    user = server.new_user()
    office = servers.office(folder, server, user, port)
    mailbox.fill(server, user, _FEW)
    _expect(office.intake("poll").output, f"{_FEW} new")
    if times > 1:
        multiplied.fill(server, user, times)
        multiplied.multiply(office.database, _FEW, times)
    return _Side(_FEW * times, office, user, [], [])


def _poll(side: _Side, server: Dovecot, number: int) -> None:
    """Deliver one letter and poll, and poll once more.

    Dovecot delivers it, as by LMTP: a strange file in the Maildir would have it look through all of them first.
    """
    new = letters.letter(_FEW + number)
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
