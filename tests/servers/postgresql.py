"""A PostgreSQL cluster of our own, in a temporary folder, whether we are root or not."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.servers.dovecot import free_port


def binaries() -> Path | None:
    """Return the folder of the newest server's programs, or None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@dataclass(slots=True)
class PostgreSQL:
    """A running cluster; every test gets a database of its own."""

    programs: Path
    port: int = field(default_factory=free_port)
    base: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp")))
    _databases: itertools.count[int] = field(default_factory=itertools.count)

    def start(self) -> None:
        """Make the cluster and start it; raise ``CalledProcessError`` with the reason where that fails."""
        if os.geteuid() == 0:
            shutil.chown(self.base, "postgres", "postgres")
        self._run("initdb", "-D", f"{self.base}/data", "-U", "intake", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        self._start()

    def crash(self) -> None:
        """End the server as a power cut would, and start it again."""
        self._run("pg_ctl", "-D", f"{self.base}/data", "-w", "-m", "immediate", "stop")
        self._start()

    def _start(self) -> None:
        options = f"-p {self.port} -k {self.base} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=60"
        self._run("pg_ctl", "-D", f"{self.base}/data", "-w", "-l", f"{self.base}/log", "-o", options, "start")

    def stop(self) -> None:
        """End the cluster and remove it."""
        self._run("pg_ctl", "-D", f"{self.base}/data", "-w", "-m", "immediate", "stop")
        shutil.rmtree(self.base, ignore_errors=True)

    def new_database(self) -> str:
        """Return the URL of an empty database."""
        name = f"intake{next(self._databases)}"
        with psycopg.connect(f"postgresql://intake@127.0.0.1:{self.port}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://intake@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *words: str) -> None:
        user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None  # the server refuses to be root
        subprocess.run(
            [self.programs / program, *words],
            check=True,
            stdout=subprocess.DEVNULL,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            cwd=self.base,
        )
