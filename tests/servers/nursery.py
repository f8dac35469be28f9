"""Processes of the program, started without waiting seconds for its imports: forked from one that has them all.

Each is a process of its own with its own log, database connections and end; it is killed, waited for and looked at like
any other. The parent of all of them has one thread and opens nothing before a fork; it has read the shipped rules and
templates, and its children do not read them again.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

START, LOOK = "start", "look"


@dataclass(slots=True)
class Child:
    """A process of the program."""

    nursery: Nursery
    pid: int
    log: Path  # what it said, on either stream
    status: int | None = None  # as ``subprocess`` tells it: below zero for a signal

    def poll(self) -> int | None:
        """Return its exit status, or None where it still runs."""
        if self.status is None:
            self.status = self.nursery.ask([LOOK, self.pid])
        return self.status

    def wait(self, seconds: float = 60) -> int:
        """Wait for its end; raise ``TimeoutError`` where it does not come."""
        deadline = time.monotonic() + seconds
        while (status := self.poll()) is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.pid} still runs after {seconds} s: {self.said()[-2000:]}")
            time.sleep(0.02)
        return status

    def signal(self, number: int) -> None:
        """Send it a signal; nothing happens where it has ended."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self.signal(signal.SIGKILL)
        self.wait()

    def said(self) -> str:
        """Return what it has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@dataclass(slots=True)
class Nursery:
    """Starts processes of the program."""

    folder: Path  # of the logs
    _process: subprocess.Popen[str] | None = None
    _children: list[Child] = field(default_factory=list)

    def start(self, words: Sequence[str], **environment: str) -> Child:
        """Begin ``intake WORDS…`` with more *environment*."""
        log = self.folder / f"{len(self._children):04}.log"
        pid = self.ask([START, [*words], environment, str(log)])
        child = Child(self, pid, log)
        self._children.append(child)
        return child

    def ask(self, question: list[Any]) -> Any:
        """Put a question to the parent of all, and return its answer."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.servers.nursery"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        pipe = self._process
        assert pipe.stdin
        assert pipe.stdout
        pipe.stdin.write(json.dumps(question) + "\n")
        pipe.stdin.flush()
        return json.loads(pipe.stdout.readline())

    def close(self) -> None:
        """Kill whatever still runs."""
        for child in self._children:
            if child.poll() is None:
                child.kill()
        if self._process is not None and self._process.stdin and self._process.stdout:
            self._process.stdin.close()
            self._process.wait(10)
            self._process.stdout.close()


def _serve() -> list[str]:
    """Answer questions; return in a child, with the words that it was started for."""
    _prepare()
    for line in iter(sys.stdin.readline, ""):
        kind, *rest = json.loads(line)
        if kind == LOOK:
            pid, status = os.waitpid(rest[0], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        else:
            answer = os.fork()
            if answer == 0:
                return _become(*rest)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    os._exit(0)


def _prepare() -> None:
    import intake.commands.polling  # noqa: PLC0415  (in the parent of all only)
    import intake.commands.run  # noqa: F401, PLC0415
    from intake.config import shipped  # noqa: PLC0415
    from intake.judgement import rules  # noqa: PLC0415
    from intake.letters import templates  # noqa: PLC0415

    for module in (rules, templates):
        setattr(module, "load", functools.cache(module.load))  # noqa: B010  (mypy refuses the assignment)
    rules.load(shipped("rules"), ZoneInfo("Europe/Warsaw"))
    templates.load(shipped("templates"))


def _become(words: list[str], environment: dict[str, str], log: str) -> list[str]:
    from intake import failpoints  # noqa: PLC0415

    os.environ.update(environment)
    failpoints.arm()
    os.setsid()
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number, source in ((0, os.open(os.devnull, os.O_RDONLY)), (1, out), (2, out)):
        os.dup2(source, number)
    return words


if __name__ == "__main__":
    sys.argv[1:] = _serve()
    from intake.__main__ import main

    main()
