"""The whole way of a mailbox of letters, beside what merely copies it and what does the same job.

In one run, in turns: bare FETCHes, mbsync's copy to a Maildir, ``intake poll`` as a process (fetched, parsed, judged,
recorded durably, answered, the answers taken by smtp-sink), and django-helpdesk's import of fewer letters. Everything
is timed from the start of the process to its end; the page cache and Dovecot's index are warm for all of them.
"""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks import mailbox, peers, report, servers
from benchmarks.environment import Missing
from benchmarks.processes import Measured
from benchmarks.report import Block
from benchmarks.servers import Office
from tests.servers.dovecot import Dovecot

COUNT = 2_000
_FOR_HELPDESK = 500


@dataclass(frozen=True, slots=True)
class Run:
    """A program that dealt with a mailbox."""

    program: str
    count: int
    seconds: float
    processor: float | None = None  # seconds
    largest: float | None = None  # MiB
    tree: float | None = None  # MiB

    @property
    def rate(self) -> float:
        """Return messages a second."""
        return self.count / self.seconds


@dataclass(frozen=True, slots=True)
class Result:
    """What a run of all programs came to; of each the best of its rounds."""

    bytes_each: int
    runs: tuple[Run, ...]
    missing: tuple[str, ...] = ()

    def of(self, program: str) -> Run | None:
        """Return the run of *program*, if it was measured."""
        return next((run for run in self.runs if run.program == program), None)

    def ratio(self, program: str, to: str) -> float | None:
        """Return how many times as many messages a second *program* does as *to*."""
        one, other = self.of(program), self.of(to)
        return one.rate / other.rate if one and other else None


class Wrong(Exception):  # noqa: N818
    """A program lost or doubled something, or failed; ``str()`` says what."""


def measure(count: int = COUNT, rounds: int = 2) -> Result:
    """Measure every program that is installed, *rounds* times in turns."""
    found: list[Run] = []
    missing: list[str] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as name, servers.dovecot() as server:
        folder = Path(name)
        user = server.new_user()
        size = mailbox.fill(server, user, count)
        peers.bare_fetch(server, user)  # so that all find the same caches warm
        for number in range(rounds):
            for program in (_raw, _bare, _mbsync, _intake, _helpdesk):
                try:
                    found.append(program(folder / f"{program.__name__}{number}", server, user, count))
                except Missing as lacking:
                    missing.append(str(lacking))
    best = {run.program: run for run in sorted(found, key=lambda run: run.rate)}
    return Result(size // count, tuple(best.values()), tuple(dict.fromkeys(missing)))


def _bare(folder: Path, server: Dovecot, user: str, count: int) -> Run:  # noqa: ARG001  (all are called alike)
    fetched, seconds = peers.bare_fetch(server, user)
    _expect("fetched", count, fetched)
    return Run("FETCH, imapclient", count, seconds)


def _raw(folder: Path, server: Dovecot, user: str, count: int) -> Run:  # noqa: ARG001
    fetched, seconds = peers.raw_fetch(server, user)
    _expect("fetched", count, fetched)
    return Run("FETCH, unread", count, seconds)


def _mbsync(folder: Path, server: Dovecot, user: str, count: int) -> Run:
    took = peers.mbsync(folder, server, user)
    _expect("copied", count, peers.copied(folder))
    return _run("mbsync", count, took)


def _intake(folder: Path, server: Dovecot, user: str, count: int) -> Run:
    folder.mkdir()
    with servers.sink(folder) as sink:
        office = servers.office(folder, server, user, sink.port)
        took = office.intake("poll")
        check(office, count, sink.taken(), took)
    return _run("intake", count, took)


def _helpdesk(folder: Path, server: Dovecot, user: str, count: int) -> Run:  # noqa: ARG001
    fewer = min(count, _FOR_HELPDESK)
    own = server.new_user()  # it deletes what it has read
    mailbox.fill(server, own, fewer)
    folder.mkdir()
    with servers.sink(folder) as sink:
        imported, took = peers.helpdesk(folder / "project", server, own, sink.port)
    mailbox.empty(server, own)
    return _run("django-helpdesk", imported, took)


def _run(program: str, count: int, took: Measured) -> Run:
    if took.status:
        raise Wrong(f"{program} ended with {took.status}: {took.output[-2000:]}")
    return Run(program, count, took.seconds, took.processor, took.largest, took.tree)


def check(office: Office, count: int, taken: int, took: Measured) -> None:
    """Raise ``Wrong`` where a message has no record, or a letter did not leave once."""
    if took.status:
        raise Wrong(f"intake ended with {took.status}: {took.output[-2000:]}")
    with contextlib.closing(office.open()) as connection:
        records = connection.execute("SELECT count(DISTINCT sha256) FROM record").fetchone()[0]
        sent = connection.execute("SELECT count(*) FROM outgoing WHERE status = 'sent'").fetchone()[0]
        aside = connection.execute("SELECT count(*) FROM record WHERE category IS NULL").fetchone()[0]
    _expect("messages on record", count, records)
    _expect("messages on which the program failed", 0, aside)
    _expect("letters taken by the relay", sent, taken)


def _expect(what: str, expected: int, actual: int) -> None:
    if expected != actual:
        raise Wrong(f"{what}: {actual}, not {expected}")


def block(full: bool) -> Block:
    """Measure, and tell it."""
    return told(measure(rounds=3 if full else 2))


def told(result: Result) -> Block:
    """Return the table, the ratios and what is missing."""
    mbsync = result.of("mbsync")
    rows = [
        (
            run.program,
            run.count,
            run.seconds,
            run.rate,
            run.rate / mbsync.rate if mbsync else None,
            run.processor * 1000 / run.count if run.processor else None,
            run.largest,
            run.tree,
        )
        for run in sorted(result.runs, key=lambda run: -run.rate)
    ]
    head = ("program", "messages", "seconds", "a second", "to mbsync", "processor ms each", "largest MiB", "all MiB")
    lines = [report.table(head, rows), ""]
    lines += [f"- {_compared(result, other)}." for other in ("mbsync", "django-helpdesk") if result.of(other)]
    lines.append(f"- A message has {result.bytes_each:,} bytes on average.")
    lines += [f"- Not measured: {lacking}." for lacking in result.missing]
    return Block("end-to-end", "\n".join(lines), {run.program: [[run.count, run.rate]] for run in result.runs})


def _compared(result: Result, other: str) -> str:
    """Say who does how many times as many messages a second, the quicker one first."""
    ratio = result.ratio("intake", other) or 0.0
    quicker, slower, times = ("intake", other, ratio) if ratio >= 1 else (other, "intake", 1 / ratio)
    return f"{quicker} does {times:.1f} times as many messages a second as {slower}"
