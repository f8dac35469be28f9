"""``intake run`` as a process: woken by IDLE, ended by SIGTERM, killed and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.office import Office, furnish, letter
from tests.servers.dovecot import Dovecot
from tests.servers.proxy import Proxy
from tests.servers.smtp import SILENCE, Sink

pytestmark = pytest.mark.dovecot
Start = Callable[..., subprocess.Popen[str]]
COMING = "Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak\nFundacja Przystań\n"


@pytest.fixture
def office(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Office:
    """Give an office that polls once an hour: what is quick must have been woken."""
    office = furnish(tmp_path, dovecot, sink)
    path = tmp_path / "config.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('poll = "1s"', 'poll = "1h"'), encoding="utf-8")
    return office


@pytest.fixture
def start(office: Office) -> Iterator[Start]:
    """Give a way to start the worker; whatever still runs at the end is killed."""
    running: list[subprocess.Popen[str]] = []

    def begin(as_of: str = "2023-07-10T12:00:00+02:00") -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "intake", "--config", str(office.folder / "config.toml")]
        worker = subprocess.Popen(
            [*command, "--as-of", as_of, "run"],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        running.append(worker)
        return worker

    yield begin
    for worker in running:
        if worker.poll() is None:
            worker.kill()
            worker.communicate()


def await_letters(office: Office, count: int, seconds: float = 30) -> None:
    """Wait until the relay has taken so many letters."""
    deadline = time.monotonic() + seconds
    while len(office.sink.delivered) < count and time.monotonic() < deadline:
        time.sleep(0.05)
    assert count == len(office.sink.delivered)


def await_marked(office: Office, seconds: float = 30) -> None:
    """Wait until the worker has written down that every letter left; one killed before may double its letter."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        states = {record["acknowledgement"]["status"] for record in office.records()}
        if states == {"sent"}:
            return
        time.sleep(0.1)
    raise AssertionError(states)


def stop(worker: subprocess.Popen[str]) -> str:
    """End the worker by SIGTERM; return its log."""
    worker.send_signal(signal.SIGTERM)
    _, log = worker.communicate(timeout=30)
    assert 0 == worker.returncode, log
    return log


def test_what_lies_there_and_what_comes_is_answered(office: Office, start: Start) -> None:
    """The first letter waits in the mailbox, the second one rings; neither waits for the hourly poll."""
    office.mail("rsvp", letter(COMING), "2023-07-10 11:00")
    worker = start()
    await_letters(office, 1)
    time.sleep(1)  # so that it listens
    came = datetime.now(UTC)
    office.dovecot.append(
        office.users["konsultacje"],
        letter(COMING, sender="Jan Lis <jan@inna.example>"),
        datetime(2023, 7, 10, 10, tzinfo=UTC),
    )
    await_letters(office, 2)
    waited = (datetime.now(UTC) - came).total_seconds()
    log = stop(worker)

    assert waited < 20  # and the next poll is an hour away
    assert "record=1 taken_in mailbox=rsvp" in log
    assert "anna@" not in log
    assert "Nowak" not in log


def test_a_worker_that_was_killed_goes_on_where_it_was(office: Office, start: Start) -> None:
    """After kill -9 nothing is lost, and what was answered is not answered again."""
    office.mail("rsvp", letter(COMING), "2023-07-10 11:00")
    worker = start()
    await_letters(office, 1)
    await_marked(office)
    worker.kill()
    worker.communicate()
    office.mail("rsvp", letter(COMING, sender="Jan Lis <jan@inna.example>"), "2023-07-10 11:30")
    worker = start()
    await_letters(office, 2)
    stop(worker)

    assert 2 == len(office.records())
    assert 2 == len({each.recipients for each in office.sink.delivered})


def test_a_mailbox_that_cannot_be_reached_does_not_stop_the_worker(office: Office, start: Start) -> None:
    """The other mailbox is served meanwhile, and the end is as clean as ever."""
    office.reconfigure(("port", "1"), mailbox="konsultacje")
    office.mail("rsvp", letter(COMING), "2023-07-10 11:00")
    worker = start()
    await_letters(office, 1)
    log = stop(worker)

    assert "mailbox=konsultacje unreachable" in log


@pytest.mark.parametrize("where", ["RCPT", "DOT"])
def test_a_relay_that_stalls_does_not_hold_up_the_end(office: Office, start: Start, where: str) -> None:
    """The worker ends within seconds of SIGTERM; the letter leaves at the next start, under the same Message-ID."""
    office.sink.script.append((where, SILENCE))
    office.mail("rsvp", letter(COMING), "2023-07-10 11:00")
    worker = start()
    deadline = time.monotonic() + 30
    while office.sink.script and time.monotonic() < deadline:
        time.sleep(0.05)
    asked = time.monotonic()
    log = stop(worker)
    took = time.monotonic() - asked
    again = start("2023-07-10T12:05:00+02:00")
    await_letters(office, 1)
    stop(again)
    (record,) = office.records()

    assert took < 20
    assert "worker ends unfinished=" in log
    assert record["acknowledgement"]["message_id"] == office.letters()[0]["Message-ID"]


def test_a_mailbox_that_stalls_does_not_hold_up_the_end(office: Office, start: Start) -> None:
    """A server that says nothing in the middle of a body is left within seconds of SIGTERM."""
    office.mail("rsvp", letter(COMING + "x" * 500_000), "2023-07-10 11:00")
    proxy = Proxy(office.dovecot.port, limit=50_000, stall=True)
    office.reconfigure(("port", str(proxy.port)))
    worker = start()
    deadline = time.monotonic() + 60
    while not proxy.is_spent and time.monotonic() < deadline:
        time.sleep(0.05)
    asked = time.monotonic()
    stop(worker)
    took = time.monotonic() - asked
    proxy.close()

    assert took < 20


def test_a_missing_secret_stops_the_start(office: Office) -> None:
    """Nothing is started that could not log in; the exit status says whose mistake it is."""
    (office.folder / "password").unlink()
    command = [sys.executable, "-m", "intake", "--config", str(office.folder / "config.toml"), "run"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    assert 2 == done.returncode
    assert "mailbox[1].password: the file password must be readable" in done.stderr


def test_the_digest_is_mailed_at_its_hour_and_not_again_after_a_restart(office: Office, start: Start) -> None:
    """The hour comes while the worker runs; a worker that starts afterwards knows that it was done."""
    office.mail("rsvp", letter(COMING), "2023-07-10 11:00")
    office.poll()
    office.drain()
    first = start("2023-07-11T07:29:55+02:00")
    await_letters(office, 2, seconds=60)
    stop(first)
    second = start("2023-07-11T07:31:00+02:00")
    office.mail("rsvp", letter(COMING, sender="Jan Lis <jan@inna.example>"), "2023-07-11 07:31")
    await_letters(office, 3)
    stop(second)

    assert ("k.dabrowska@um.torun.pl",) == office.sink.delivered[1].recipients
    assert ("jan@inna.example",) == office.sink.delivered[2].recipients
