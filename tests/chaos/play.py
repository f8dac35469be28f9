"""The play: mail arrives, workers work beside each other and are killed, servers fail; then there is calm."""

from __future__ import annotations

import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import psycopg

from tests.chaos import load
from tests.chaos.faults import Flaky, Rough
from tests.chaos.load import OFFICE, Sent, letters
from tests.office import warsaw
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.nursery import Child, Nursery
from tests.servers.postgresql import PostgreSQL
from tests.servers.proxy import RoughProxy
from tests.servers.smtp import Delivered

_CONFIG = """
[office]
name = "Wydział Komunikacji Społecznej i Informacji, Urząd Miasta Torunia"
addresses = ["konsultacje@um.torun.pl", "k.dabrowska@um.torun.pl"]

[database]
url = "{database}"

[[mailbox]]
id = "konsultacje"
address = "konsultacje@um.torun.pl"
host = "127.0.0.1"
port = {imap}
tls = "implicit"
ca_file = "{ca_file}"
username = "{konsultacje}"
password = {{ file = "password" }}
expects = "proposal"

[[mailbox]]
id = "rsvp"
address = "k.dabrowska@um.torun.pl"
host = "127.0.0.1"
port = {imap}
tls = "implicit"
ca_file = "{ca_file}"
username = "{rsvp}"
password = {{ file = "password" }}
expects = "attendance"
personal = true

[smtp]
host = "127.0.0.1"
port = {smtp}
tls = "none"
sender = "konsultacje@um.torun.pl"

[schedule]
poll = "1s"

[digest]
to = ["k.dabrowska@um.torun.pl"]

[acknowledge]
per_hour = 0
"""
_IN_HAND = "SELECT message_id FROM outgoing WHERE status = 'sending'"
_KILLED, _QUIET = -9, 12  # rounds until nothing may be left


@dataclass(slots=True)
class Servers:
    """What the play is played between."""

    folder: Path  # of this play alone
    dovecot: Dovecot
    ca_file: str
    postgresql: PostgreSQL | None = None


@dataclass(slots=True)
class Play:
    """What happened, for those who count."""

    seed: int
    database: str
    users: dict[str, str]
    sent: list[Sent] = field(default_factory=list)
    parrots: list[str] = field(default_factory=list)  # addresses whose machines answered our letters
    returned: int = 0  # our own letters that were brought back to us
    relay: Flaky = field(default_factory=lambda: Flaky(0))
    faults: Counter[str] = field(default_factory=Counter)
    crashes: int = 0
    in_hand: set[str] = field(default_factory=set)  # Message-IDs of letters that were being sent at a kill
    worst_hand: int = 0  # the most letters in hand at one kill
    broken: list[str] = field(default_factory=list)  # promises that were seen broken on the way
    rounds: int = 0  # polls until all was quiet


class Director:
    """Leads one play."""

    def __init__(self, servers: Servers, nursery: Nursery, seed: int, *, seconds: float) -> None:
        self._servers = servers
        self._nursery = nursery
        self._seconds = seconds
        self._chance = random.Random(seed)  # noqa: S311  (no secret)
        self._rough = Rough(seed + 1)
        self._skipped = timedelta(0)  # the office's clock goes ahead of ours by so much
        self._began = time.monotonic()
        self._over = threading.Event()
        url = servers.postgresql.new_database() if servers.postgresql else f"sqlite:///{servers.folder}/intake.db"
        users = {name: servers.dovecot.new_user() for name in ("konsultacje", "rsvp")}
        self.play = Play(seed, url, users, relay=Flaky(seed + 2))

    def perform(self) -> Play:
        """Play to the end, and return what happened."""
        self.play.relay.taken = self._taken
        self.play.relay.start()
        with self._office() as proxy:
            postman = threading.Thread(target=self._deliver)
            postman.start()
            deadline = time.monotonic() + self._seconds
            while time.monotonic() < deadline:
                self._act(deadline)
            self._over.set()
            postman.join()
            self._calm()
            proxy.close()
        self.play.relay.stop()
        self.play.faults.update(self._rough.faults)
        self.play.faults.update(self.play.relay.faults)
        return self.play

    @contextmanager
    def _office(self) -> Iterator[RoughProxy]:
        proxy = RoughProxy(self._servers.dovecot.tls_port, self._rough.plan)
        folder = self._servers.folder
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
        text = _CONFIG.format(
            database=self.play.database,
            imap=proxy.port,
            smtp=self.play.relay.port,
            ca_file=self._servers.ca_file,
            **self.play.users,
        )
        (folder / "config.toml").write_text(text, encoding="utf-8")
        yield proxy

    @property
    def now(self) -> datetime:
        """Return the time by the office's clock."""
        return warsaw("2023-07-10 08:00") + timedelta(seconds=time.monotonic() - self._began) + self._skipped

    def _deliver(self) -> None:
        """Have mail arrive, now in a trickle, now in a heap."""
        chance = random.Random(self.play.seed + 3)  # noqa: S311
        for sent in letters(chance, f"s{self.play.seed}"):
            if self._over.wait(chance.choice((0, 0, 0, 0.02, 0.1, 0.3))):
                return
            for mailbox in sent.mailboxes:
                self._servers.dovecot.deliver(self.play.users[mailbox], sent.raw, self.now)
            self.play.sent.append(sent)

    def _taken(self, letter: Delivered) -> None:
        """Have some of those who get our letters answer them by machine, or send them back to us."""
        chance, to = self._chance.random(), letter.recipients[0]
        if chance < 0.05:
            self.play.parrots.append(to)
            self._servers.dovecot.deliver(
                self.play.users[OFFICE], load.automatic_answer(to, f"<{len(self.play.parrots)}@{to}>"), self.now
            )
        elif chance < 0.08:
            self.play.returned += 1
            mark = f"X-Copy: {self.play.returned}\r\n".encode()
            self._servers.dovecot.deliver(
                self.play.users[OFFICE], mark + load.own_letter_returned(letter.raw), self.now
            )

    def _act(self, deadline: float) -> None:
        """Let one or two workers work, trouble the database, and end them."""
        workers = [self._start("run")]
        if self._chance.random() < 0.5:
            workers.append(self._start(self._chance.choice(("run", "poll", "poll"))))
        life = min(
            self._chance.choice((0.5, 2.0, 4.0, 7.0)) * self._chance.uniform(0.5, 1.5), deadline - time.monotonic()
        )
        until = time.monotonic() + max(life, 0.1)
        if self._chance.random() < 0.3:
            self._trouble_database(life)
        time.sleep(max(0, until - time.monotonic()))
        for worker in workers:
            self._end(worker)
        if self._chance.random() < 0.15:
            self._renumber()
        self._skipped += timedelta(minutes=self._chance.uniform(0, 12))

    def _start(self, command: str) -> Child:
        config = str(self._servers.folder / "config.toml")
        return self._nursery.start(["--config", config, "--as-of", self.now.isoformat(), command])

    def _end(self, worker: Child) -> None:
        """Kill a worker, or sometimes ask it to end."""
        if self._chance.random() < 0.15:
            worker.signal(signal.SIGTERM)
            try:
                status = worker.wait(25)
            except TimeoutError:
                self.play.broken.append("a worker did not end at SIGTERM")
                worker.kill()
                status = _KILLED
            if status not in {0, 1, -signal.SIGTERM}:  # a poll knows no SIGTERM
                self.play.broken.append(f"a worker ended with {status}: {worker.said()[-300:]}")
            self._note_hand()
            return
        if worker.poll() is None:
            worker.kill()
            self.play.crashes += 1
            self._note_hand()
        elif worker.status not in {0, 1, _KILLED}:
            self.play.broken.append(f"a worker ended by itself with {worker.status}: {worker.said()[-300:]}")

    def _note_hand(self) -> None:
        """Note the letters that were being sent: they alone may arrive twice."""
        hand = {str(row[0]) for row in self._query(_IN_HAND)}
        self.play.in_hand |= hand
        self.play.worst_hand = max(self.play.worst_hand, len(hand))

    def _query(self, query: str) -> list[tuple[object, ...]]:
        if self._servers.postgresql is None:
            with closing(sqlite3.connect(self._servers.folder / "intake.db", timeout=30)) as connection:
                try:
                    return connection.execute(query).fetchall()
                except sqlite3.OperationalError as error:
                    if "no such table" in str(error):  # killed before its first transaction
                        return []
                    raise
        url = self.play.database.replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as connection:
            try:
                return connection.execute(query.encode()).fetchall()
            except psycopg.errors.UndefinedTable:
                return []

    def _trouble_database(self, seconds: float) -> None:
        """Lock the file for a while, or crash the server."""
        if self._servers.postgresql is not None:
            time.sleep(seconds * self._chance.random() * 0.5)
            self._servers.postgresql.crash()
            self.play.faults["database crashed"] += 1
            return
        path = self._servers.folder / "intake.db"
        if path.exists():
            connection = sqlite3.connect(path, isolation_level=None, timeout=5)
            try:
                connection.execute("BEGIN IMMEDIATE")
                time.sleep(seconds * 0.5)
                connection.execute("ROLLBACK")
                self.play.faults["database locked"] += 1
            except sqlite3.OperationalError:
                pass  # the worker was faster all the while
            finally:
                connection.close()

    def _renumber(self) -> None:
        """Restore a mailbox, while nobody reads it."""
        time.sleep(1.1)  # Dovecot's uidvalidity is a time in seconds
        self._servers.dovecot.renumber(self.play.users[self._chance.choice(list(self.play.users))])
        self.play.faults["UIDVALIDITY changed"] += 1

    def _calm(self) -> None:
        """Let the servers behave and the clock go on, and poll until nothing is left to do."""
        self._rough.tame = self.play.relay.tame = True
        for _ in range(_QUIET):
            self.play.rounds += 1
            self._skipped += timedelta(hours=1)
            taken = len(self.play.relay.delivered)
            worker = self._start("poll")
            status = worker.wait(120)
            if status == 0 and len(self.play.relay.delivered) == taken and ": 0 new" in worker.said():
                return
        self.play.broken.append(f"not quiet after {_QUIET} polls: {worker.said()[-300:]}")
