"""How the worker tells that it is well: the status file, the service manager, and ``check --live``."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from intake.__main__ import main
from intake.worker import health, supervision
from tests.office import Office, furnish, letter, warsaw
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Sink

COMING = "Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak\nFundacja Przystań\n"
Intake = Callable[..., tuple[int, str]]


@pytest.fixture
def office(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Office:
    """Give an office whose mailboxes are empty."""
    return furnish(tmp_path, dovecot, sink)


@pytest.fixture
def intake(office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Intake:
    """Give a way to call the program on that office: status and all output."""

    def call(*words: str) -> tuple[int, str]:
        config = str(office.folder / "config.toml")
        monkeypatch.setattr(sys, "argv", ["intake", "--config", config, "--as-of", "2023-07-10T12:00:00", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out + captured.err

    return call


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Give the socket of a service manager."""
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        listener.settimeout(30)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        yield listener


def status(office: Office) -> dict[str, Any]:
    """Return what the file says."""
    told: dict[str, Any] = json.loads(health.place(office.desk).read_text(encoding="utf-8"))
    return told


@pytest.mark.dovecot
def test_the_status_file_tells_polls_outbox_and_errors(office: Office) -> None:
    """When each mailbox was reached, how much waits and since when, and what went wrong last."""
    office.mail("rsvp", letter(COMING), "2023-07-10 11:00")
    office.poll()
    office.sink.script.append(("RCPT", "451 later"))
    office.drain()
    office.now = warsaw("2023-07-10 12:10")
    health.tell(office.desk)
    told = status(office)

    assert "2023-07-10T12:10:00+02:00" == told["at"]
    assert {"konsultacje", "rsvp"} == set(told["mailboxes"])
    assert "2023-07-10T12:00:00+02:00" == told["mailboxes"]["rsvp"]["last_poll"]
    assert (1, 600, 0, 0) == tuple(
        told["outbox"][key] for key in ("depth", "oldest_unsent_seconds", "held_for_staff", "failed")
    )
    assert "smtp" == told["last_error"]["of"]
    assert told["last_error"]["words"].startswith("451")

    office.drain()
    health.tell(office.desk)

    assert (0, None) == (status(office)["outbox"]["depth"], status(office)["outbox"]["oldest_unsent"])
    assert status(office)["last_error"] is None


@pytest.mark.dovecot
def test_the_status_file_tells_a_mailbox_that_is_not_reached(office: Office) -> None:
    """Since when, how often in vain, and what its server said."""
    office.reconfigure(("username", office.users["rsvp"]), password="falsch")
    office.poll()
    office.poll()
    health.tell(office.desk)
    box = status(office)["mailboxes"]["rsvp"]

    assert (2, None, "2023-07-10T12:00:00+02:00") == (box["failures"], box["last_poll"], box["failing_since"])
    assert "mailbox rsvp" == status(office)["last_error"]["of"]


@pytest.mark.dovecot
def test_the_status_file_holds_nothing_of_a_citizen(office: Office) -> None:
    """Whoever monitors a server reads no mail."""
    office.mail("rsvp", letter(COMING), "2023-07-10 11:00")
    office.poll()
    health.tell(office.desk)
    text = health.place(office.desk).read_text(encoding="utf-8")

    assert not [word for word in ("anna", "Nowak", "przystan", "Przystań", "Spotkanie") if word in text]


@pytest.mark.dovecot
def test_the_status_file_is_never_half_written(office: Office) -> None:
    """Whoever reads it at any moment reads JSON; and no other file is left beside it."""
    health.tell(office.desk)
    ending = threading.Event()

    def write() -> None:
        while not ending.is_set():
            health.tell(office.desk)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        read = [status(office) for _ in range(300)]
    finally:
        ending.set()
        writer.join()

    assert {"at", "pid", "version", "mailboxes", "outbox", "last_error"} == set(read[-1])
    assert ["status.json"] == [
        path.name for path in health.place(office.desk).parent.iterdir() if "status" in path.name
    ]


@pytest.mark.dovecot
def test_a_status_file_that_cannot_be_written_stops_nothing(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    """It is told in the log."""
    path = office.folder / "config.toml"
    path.write_text(path.read_text(encoding="utf-8") + '\n[paths]\nstatus = "password/status.json"\n', encoding="utf-8")
    office.reconfigure(("username", office.users["rsvp"]))
    health.tell(office.desk)

    assert "status file failed" in caplog.text


def test_a_database_that_is_away_is_told(office: Office) -> None:
    """The file is written all the same."""
    office.desk.store.close()
    database = office.folder / "var" / "intake.db"
    for path in (database, Path(f"{database}-wal"), Path(f"{database}-shm")):
        path.unlink(missing_ok=True)
    database.mkdir()
    health.tell(office.desk)

    assert "database" == status(office)["last_error"]["of"]


@pytest.mark.dovecot
def test_one_pass_writes_the_status_file_too(office: Office, intake: Intake) -> None:
    """For those who run it from cron."""
    intake("poll")

    assert 0 == status(office)["outbox"]["depth"]


@pytest.mark.dovecot
def test_the_worker_tells_the_service_manager(office: Office, manager: socket.socket) -> None:
    """Ready, alive, ending, in this order; and the status file is there."""
    with subprocess.Popen(
        [sys.executable, "-m", "intake", "--config", str(office.folder / "config.toml"), "run"],
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            heard = [manager.recv(100).decode() for _ in range(2)]
            process.send_signal(signal.SIGTERM)
            while supervision.STOPPING not in heard:
                heard.append(manager.recv(100).decode())
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)

    assert [supervision.READY, supervision.ALIVE] == heard[:2]
    assert supervision.STOPPING == heard[-1]
    assert 0 == process.returncode
    assert status(office)["pid"] == process.pid


def test_a_manager_may_have_an_abstract_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container; an at sign stands for the zero byte."""
    name = f"intake-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"\0{name}")
        listener.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        supervision.notify(supervision.READY, "STATUS=x")

        assert b"READY=1\nSTATUS=x" == listener.recv(100)


@pytest.mark.parametrize("path", ["", "/nirgendwo/notify", "vsock:2:1234"])
def test_without_a_manager_nothing_happens(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor where it has gone."""
    monkeypatch.setenv("NOTIFY_SOCKET", path)
    begun = time.monotonic()
    supervision.notify(supervision.ALIVE)

    assert time.monotonic() - begun < 2


@pytest.mark.dovecot
def test_check_live_tells_each_server_on_a_line(intake: Intake) -> None:
    """Each mailbox examined, the relay asked for a reply; nothing else is looked at."""
    code, said = intake("check", "--live")

    assert 0 == code
    assert ["konsultacje", "rsvp", "smtp"] == [line.split()[0] for line in said.splitlines()]
    assert {"ok"} == {line.split()[1] for line in said.splitlines()}


@pytest.mark.dovecot
def test_check_live_fails_where_a_server_does(office: Office, intake: Intake) -> None:
    """One line each, and the others are tried all the same."""
    office.reconfigure(("username", office.users["rsvp"]), password="falsch")
    code, said = intake("check", "--live")

    assert 1 == code
    assert {"konsultacje": "ok", "rsvp": "--"} == {line.split()[0]: line.split()[1] for line in said.splitlines()[:2]}
    office.sink.stop()
    code, said = intake("check", "--live")
    office.sink.start()

    assert (1, ["ok", "--", "--"]) == (code, [line.split()[1] for line in said.splitlines()])


@pytest.mark.dovecot
def test_check_live_changes_nothing(office: Office, intake: Intake) -> None:
    """No letter is sent, no message marked, no database made."""
    office.mail("rsvp", letter(COMING), "2023-07-10 11:00")
    before = sorted(office.folder.rglob("*"))
    intake("check", "--live")

    assert before == sorted(office.folder.rglob("*"))
    assert [()] == list(office.dovecot.flags(office.users["rsvp"]).values())
    assert [] == office.sink.delivered
