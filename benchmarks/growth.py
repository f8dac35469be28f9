"""How time and memory grow with the mailbox: the same office, empty at first, takes in more and more letters.

What a start costs, by a poll that finds nothing new, is taken off each time, so that many messages do not hide it.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks import end_to_end, mailbox, report, servers
from benchmarks.processes import Measured
from benchmarks.report import Block

_BOUNDED, _FULL = (1_000, 4_000), (1_000, 10_000, 100_000)


@dataclass(frozen=True, slots=True)
class Taken:
    """A mailbox that was taken in."""

    count: int
    took: Measured
    start: Measured  # of a poll that found nothing new
    database: float  # MiB

    @property
    def milliseconds(self) -> float:
        """Return the time of a message without the start."""
        return (self.took.seconds - self.start.seconds) * 1000 / self.count

    @property
    def processor(self) -> float:
        """Return the milliseconds of processor that a message takes, without the start."""
        return (self.took.processor - self.start.processor) * 1000 / self.count


def measure(count: int) -> Taken:
    """Take in a mailbox of *count* letters."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name, servers.dovecot() as server:
        folder = Path(name)
        user = server.new_user()
        mailbox.fill(server, user, count)
        with servers.sink(folder) as sink:
            office = servers.office(folder / "office", server, user, sink.port)
            took = office.intake("poll")
            end_to_end.check(office, count, sink.taken(), took)
            size = office.database.stat().st_size / (1 << 20)
            return Taken(count, took, office.intake("poll"), size)


def block(full: bool) -> Block:
    """Measure mailboxes of growing size, and tell it."""
    return told([measure(count) for count in (_FULL if full else _BOUNDED)])


def told(found: list[Taken]) -> Block:
    """Return the table, and how the largest compares with the one of about a thousand."""
    base = next((one for one in found if one.count >= 1_000), found[0])
    rows = [
        (
            f"{one.count:,}",
            one.took.seconds,
            one.start.seconds,
            one.milliseconds,
            one.milliseconds / base.milliseconds,
            one.processor,
            one.took.largest,
            one.took.tree,
            one.database,
        )
        for one in found
    ]
    head = (
        "messages",
        "seconds",
        "of that the start",
        "ms each",
        f"to {base.count:,}",
        "processor ms each",
        "largest process MiB",
        "all processes MiB",
        "database MiB",
    )
    curves = {
        "time": [[one.count, one.milliseconds] for one in found],
        "largest": [[one.count, one.took.largest] for one in found],
        "tree": [[one.count, one.took.tree] for one in found],
    }
    return Block("growth", report.table(head, rows), curves)
