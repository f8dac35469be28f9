"""What the measured programs talk to: Dovecot, Postfix's smtp-sink, and an office of ours between them."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks import processes, wording
from benchmarks.environment import Missing
from benchmarks.mailbox import CACHE
from benchmarks.processes import Measured
from tests.servers.dovecot import PASSWORD, Dovecot, free_port

PLAIN = "sezam"  # a password for programs that log in with ASCII only
NOW = datetime(2023, 7, 8, 12, tzinfo=wording.ZONE)  # a Saturday, on which no digest is owed
_CONFIG = """
[office]
name = "Wydział Komunikacji Społecznej i Informacji, Urząd Miasta Torunia"
addresses = ["konsultacje@um.torun.pl", "k.dabrowska@um.torun.pl"]
staff = ["k.dabrowska@um.torun.pl"]

[database]
url = "{database}"

[[mailbox]]
id = "konsultacje"
address = "konsultacje@um.torun.pl"
host = "127.0.0.1"
port = {imap}
tls = "none"
username = "{user}"
password = {{ file = "password" }}
expects = "proposal"

[smtp]
host = "127.0.0.1"
port = {smtp}
tls = "none"
sender = "konsultacje@um.torun.pl"

[schedule]
poll = "60s"

[digest]
to = ["k.dabrowska@um.torun.pl"]

[acknowledge]
per_hour = 0
"""


def program(name: str) -> Path:
    """Return a program that is installed, or that ``benchmarks/install-tools`` unpacked; raise ``Missing``."""
    places = [*os.get_exec_path(), "/usr/sbin", *(str(CACHE / "tools" / "usr" / folder) for folder in ("bin", "sbin"))]
    found = shutil.which(name, path=os.pathsep.join(places))
    if found is None:
        raise Missing(f"{name} is not installed (benchmarks/install-tools unpacks Debian's package where it may)")
    return Path(found)


@contextlib.contextmanager
def dovecot(more: str = "") -> Iterator[Dovecot]:
    """Give a running Dovecot that takes two passwords, with *more* configuration."""
    server = Dovecot(more=f"passdb {{\n  driver = static\n  args = password={PLAIN}\n}}\n{more}\n")
    server.start()
    try:
        yield server
    finally:
        server.stop()


@dataclass(slots=True)
class Sink:
    """Postfix's smtp-sink: takes every letter and throws it away."""

    port: int
    counters: Path

    def taken(self) -> int:
        """Return how many letters it took."""
        shown = self.counters.read_text(encoding="ascii", errors="replace")
        counts = re.findall(r"mesg=(\d+)[\r\n]", shown)
        return int(counts[-1]) if counts else 0


@contextlib.contextmanager
def sink(folder: Path) -> Iterator[Sink]:
    """Give a running smtp-sink."""
    port, counters = free_port(), folder / "smtp-sink"
    as_whom = ["-u", "nobody"] if os.geteuid() == 0 else []
    libraries = str(CACHE / "tools" / "usr" / "lib" / "postfix")
    with counters.open("wb") as stream:
        process = subprocess.Popen(
            [program("smtp-sink"), "-c", *as_whom, f"127.0.0.1:{port}", "200"],
            stdout=stream,
            stderr=stream,
            env=os.environ | {"LD_LIBRARY_PATH": libraries},
        )
        try:
            _await(port)
            yield Sink(port, counters)
        finally:
            process.terminate()
            process.wait(10)


def _await(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
            return
        time.sleep(0.02)
    raise RuntimeError(f"nobody listens on port {port}")


@dataclass(frozen=True, slots=True)
class Office:
    """A folder with an office's files: the shipped ones, but for limits that no storm would keep to."""

    folder: Path

    @property
    def config(self) -> Path:
        """Return the file that the program is told of."""
        return self.folder / "config.toml"

    @property
    def database(self) -> Path:
        """Return the file of the records, where they are in one."""
        return self.folder / "intake.db"

    def open(self) -> sqlite3.Connection:
        """Open the records for reading, past the program."""
        return sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)

    def intake(self, *words: str, now: datetime | None = NOW) -> Measured:
        """Run a command of the program as a process of its own, with the clock at *now*; None: the machine's."""
        clock = ["--as-of", now.isoformat()] if now else []
        command = [sys.executable, "-m", "intake", "--config", str(self.config), *clock, *words]
        return processes.run(command, cwd=wording.ROOT, output=self.folder / "output")


def office(folder: Path, server: Dovecot, user: str, smtp: int, database: str = "sqlite:///intake.db") -> Office:
    """Write the files of an office whose one mailbox is *user*'s."""
    folder.mkdir(parents=True, exist_ok=True)
    config = _CONFIG.format(database=database, imap=server.port, smtp=smtp, user=user)
    (folder / "config.toml").write_text(config, encoding="utf-8")
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    shutil.copytree(wording.ROOT / "rules", folder / "rules", dirs_exist_ok=True)
    rules = folder / "rules" / "automatic.toml"
    text = rules.read_text(encoding="utf-8")
    text = text.replace("per_day = 3000 ", "per_day = 100000000 ", 1)
    text = text.replace("shared_domains = [", f'shared_domains = ["{wording.SHARED_DOMAIN}", ', 1)
    rules.write_text(text, encoding="utf-8")
    return Office(folder)
