"""How time and memory grow with the mailbox: the same office, empty at first, takes in more and more letters.

What a start costs, by a poll that finds nothing new, is taken off each time, so that many messages do not hide it. How
dear a message is behind a hundred thousand others is also told by a thousand more that come to an office that has them
on record (``multiplied.py``).
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks import end_to_end, mailbox, old_mail, report, servers
from benchmarks.end_to_end import Wrong
from benchmarks.processes import Measured
from benchmarks.report import Block
from benchmarks.servers import Office

_MORE = 1_000  # letters that come behind others
_HEAD = (
    "messages",
    "seconds",
    "of that the start",
    "ms each",
    "ratio",
    "processor ms each",
    "ratio",
    "largest process MiB",
    "all processes MiB",
    "database MiB",
)
_BOUNDED, _FULL = (1_000, 4_000), (1_000, 10_000, 100_000)


@dataclass(frozen=True, slots=True)
class Taken:
    """A mailbox that was taken in."""

    count: int
    took: Measured
    start: Measured  # of a poll that found nothing new
    database: float  # MiB
    old: int = 0  # messages that had been taken in before

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
            return Taken(count, took, office.intake("poll"), _size(office))


def behind(more: int = _MORE) -> list[Taken]:
    """Take in *more* letters behind a hundred, and behind a hundred thousand."""
    found = []
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        servers.dovecot() as server,
        servers.sink(Path(name)) as sink,
    ):
        for times in (1, old_mail.TIMES):
            side = old_mail.side(Path(name) / f"office{times}", server, sink.port, times)
            mailbox.fill(server, side.user, old_mail.FEW + more, first=old_mail.FEW)
            took = side.office.intake("poll")
            if f"{more} new (" not in took.output:
                raise Wrong(f"a poll should have found {more} new and said {took.output[-2000:]}")
            found.append(Taken(more, took, side.office.intake("poll"), _size(side.office), side.old))
    return found


def _size(office: Office) -> float:
    return office.database.stat().st_size / (1 << 20)


def block(full: bool) -> Block:
    """Measure mailboxes of growing size, and tell it."""
    return told([measure(count) for count in (_FULL if full else _BOUNDED)], behind())


def told(found: list[Taken], more: list[Taken]) -> Block:
    """Return the table: each mailbox to the one of a thousand, and what came behind many to what came behind few."""
    base = next((one for one in found if one.count >= 1_000), found[0])
    text = report.table(_HEAD, [*_rows(found, base), *_rows(more, more[0])] if more else _rows(found, base))
    curves = {
        "time": [[one.count, one.milliseconds] for one in found],
        "largest": [[one.count, one.took.largest] for one in found],
        "tree": [[one.count, one.took.tree] for one in found],
    }
    return Block("growth", text, curves)


def _rows(found: list[Taken], base: Taken) -> list[tuple[object, ...]]:
    return [
        (
            f"{one.count:,}" + (f" behind {one.old:,}" if one.old else ""),
            one.took.seconds,
            one.start.seconds,
            one.milliseconds,
            one.milliseconds / base.milliseconds,
            one.processor,
            one.processor / base.processor,
            one.took.largest,
            one.took.tree,
            one.database,
        )
        for one in found
    ]
