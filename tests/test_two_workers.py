"""Two processes on one database, a full disk, a database that goes away: nothing is doubled, nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.office import Office, furnish, letter
from tests.servers.dovecot import Dovecot
from tests.servers.nursery import Child, Nursery
from tests.servers.postgresql import PostgreSQL
from tests.servers.smtp import Sink

pytestmark = pytest.mark.dovecot
_LETTERS = 60
_NO_ROOM = 'ulimit -f 1400; exec "$@"'  # blocks of 512 bytes in one file: the database's log fills up in mid-work


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[Nursery]:
    """Give processes of the program."""
    nursery = Nursery(tmp_path)
    yield nursery
    nursery.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def office(request: pytest.FixtureRequest, tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Iterator[Office]:
    """Give an office with a database of either kind and mail in both mailboxes, some of it in both."""
    server: PostgreSQL | None = request.getfixturevalue("postgresql") if request.param == "postgresql" else None
    office = furnish(tmp_path, dovecot, sink, database=server.new_database() if server else "")
    for number in range(_LETTERS):
        raw = coming(number)
        office.mail("konsultacje", raw, "2023-07-10 11:00")
        if number % 3 == 0:
            office.mail("rsvp", raw, "2023-07-10 11:00")
    yield office
    office.desk.store.close()


def coming(number: int) -> bytes:
    """Return a registration that is owed an answer."""
    text = f"Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak\nFundacja nr {number}\n"
    to = "konsultacje@um.torun.pl, k.dabrowska@um.torun.pl"
    return letter(text, sender=f"Anna Nowak <anna{number}@fundacja{number}.example>", to=to)


def start(nursery: Nursery, office: Office, command: str) -> Child:
    """Begin a process."""
    config = str(office.folder / "config.toml")
    return nursery.start(["--config", config, "--as-of", "2023-07-10T12:00:00+02:00", command])


def test_a_forgotten_poll_beside_the_worker_doubles_nothing(nursery: Nursery, office: Office) -> None:
    """Both read the same mailboxes at the same time; each letter is recorded and answered once, and both end well."""
    worker = start(nursery, office, "run")
    polls = [start(nursery, office, "poll") for _ in range(2)]
    statuses = [poll.wait(100) for poll in polls]
    deadline = time.monotonic() + 60
    while len(office.sink.delivered) < _LETTERS and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(1)  # for a letter too many
    worker.signal(signal.SIGTERM)
    ended = worker.wait(30)
    answers = Counter(each.recipients for each in office.sink.delivered)

    assert [0, 0] == statuses, [poll.said() for poll in polls]
    assert 0 == ended, worker.said()
    assert {1} == set(answers.values())
    assert _LETTERS == len(answers)
    assert _LETTERS + _LETTERS // 3 == len(office.records())
    assert "ERROR" not in worker.said()


@pytest.mark.parametrize("office", ["sqlite"], indirect=True)
def test_a_full_disk_loses_nothing(nursery: Nursery, office: Office) -> None:
    """Whatever does not fit is told in a line and not half there; when there is room again everything is done."""
    for number in range(20):
        raw = coming(1000 + number) + os.urandom(60_000).hex().encode()
        office.mail("konsultacje", raw, "2023-07-10 11:30")
    command = [sys.executable, "-m", "intake", "--config", str(office.folder / "config.toml")]
    full = subprocess.run(
        ["sh", "-c", _NO_ROOM, "sh", *command, "--as-of", "2023-07-10T12:00:00+02:00", "poll"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    before = len(office.records())
    after = start(nursery, office, "poll")
    again = start(nursery, office, "poll") if after.wait(100) else after
    again.wait(100)
    answers = Counter(each.recipients for each in office.sink.delivered)

    assert 1 == full.returncode
    assert "Traceback" not in full.stderr
    assert before < 100
    assert _LETTERS + _LETTERS // 3 + 20 == len(office.records())
    assert _LETTERS + 20 == len(answers)
    assert {1} == set(answers.values())


@pytest.mark.parametrize("office", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_restarted_database_loses_nothing(nursery: Nursery, office: Office, postgresql: PostgreSQL) -> None:
    """The worker goes on by itself; only letters in hand may leave twice, and then under the same Message-ID."""
    worker = start(nursery, office, "run")
    time.sleep(4)
    postgresql.crash()
    deadline = time.monotonic() + 100
    while len({each.recipients for each in office.sink.delivered}) < _LETTERS and time.monotonic() < deadline:
        time.sleep(0.1)
    worker.signal(signal.SIGTERM)
    ended = worker.wait(30)
    names = {str(answer["Message-ID"]) for answer in office.letters()}

    assert 0 == ended, worker.said()
    assert _LETTERS == len(names)
    assert _LETTERS + _LETTERS // 3 == len(office.records())
