"""One, two and four workers on one PostgreSQL: how much sooner a backlog is dealt with, and how long they wait.

Each worker is ``intake poll`` as a process of its own; all begin together. Where the cores hide what a second worker
brings, the waiting tells: the share of looks at the database's own list of sessions that found one held up by a lock.
"""

from __future__ import annotations

import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from benchmarks import end_to_end, mailbox, report, servers
from benchmarks.environment import Missing
from benchmarks.report import Block
from tests.servers.dovecot import Dovecot
from tests.servers.postgresql import PostgreSQL, binaries

_COUNT = 1_000
_EVERY = 0.02  # seconds between two looks at the sessions


@dataclass(frozen=True, slots=True)
class Run:
    """What so many workers did."""

    workers: int
    seconds: float
    processor: float  # seconds, of all of them
    waiting: float  # share of a worker's time in which it waited for a lock of the database


@dataclass(slots=True)
class _Looks:
    """Looks at the sessions of a database until it is stopped."""

    url: str
    looks: int = 0
    waiting: int = 0
    _ending: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        """Count sessions that wait for a lock."""
        query = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
            "AND state = 'active'"
        )
        with psycopg.connect(self.url, autocommit=True) as connection:
            while not self._ending.wait(_EVERY):
                found = connection.execute(query).fetchone()
                self.looks += 1
                self.waiting += int(found[0]) if found else 0

    def stop(self) -> None:
        """Look no more."""
        self._ending.set()


def measure(count: int = _COUNT, workers: tuple[int, ...] = (1, 2, 4)) -> list[Run]:
    """Measure so many workers, each number on a database of its own."""
    programs = binaries()
    if programs is None:
        raise Missing("no PostgreSQL is installed")
    database = PostgreSQL(programs)
    database.start()
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as name, servers.dovecot() as server:
            user = server.new_user()
            mailbox.fill(server, user, count)
            return [_run(Path(name) / str(number), server, user, count, number, database) for number in workers]
    finally:
        database.stop()


def _run(folder: Path, server: Dovecot, user: str, count: int, workers: int, database: PostgreSQL) -> Run:
    url = database.new_database()
    with servers.sink(folder.parent) as sink:
        offices = [servers.office(folder / str(n), server, user, sink.port, database=url) for n in range(workers)]
        offices[0].intake("check")  # makes the tables
        looks = _Looks(url.replace("postgresql+psycopg", "postgresql"))
        with ThreadPoolExecutor(workers + 1) as pool:
            looking = pool.submit(looks.look)
            begun = time.perf_counter()
            took = list(pool.map(lambda office: office.intake("poll"), offices))
            seconds = time.perf_counter() - begun
            looks.stop()
            looking.result()
        _check(looks.url, count, sink.taken())
    for one in took:
        if one.status:
            raise end_to_end.Wrong(f"a worker ended with {one.status}: {one.output[-1000:]}")
    waited = looks.waiting / looks.looks / workers if looks.looks else 0.0
    return Run(workers, seconds, sum(one.processor for one in took), waited)


def _check(url: str, count: int, taken: int) -> None:
    """Raise ``Wrong`` where a message has no record or two, or a letter did not leave once."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT count(*), count(DISTINCT sha256) FROM record").fetchone()
        sent = connection.execute("SELECT count(*) FROM outgoing WHERE status = 'sent'").fetchone()
    if found != (count, count) or sent != (taken,):
        raise end_to_end.Wrong(f"records {found} of {count}; letters sent {sent}, taken by the relay {taken}")


def block(full: bool) -> Block:
    """Measure, and tell it."""
    count = 4 * _COUNT if full else _COUNT
    return told(count, measure(count))


def told(count: int, runs: list[Run]) -> Block:
    """Return the table."""
    first = runs[0]
    rows = [
        (
            run.workers,
            run.seconds,
            count / run.seconds,
            first.seconds / run.seconds,
            run.processor * 1000 / count,
            run.processor / run.seconds,
            f"{run.waiting:.0%}",
        )
        for run in runs
    ]
    head = ("workers", "seconds", "a second", "to one", "processor ms each", "cores busy", "waiting for a lock")
    return Block("workers", report.table(head, rows), {"workers": [[run.workers, count / run.seconds] for run in runs]})
