"""How long an answer takes: from the moment a letter lies in the mailbox to the 250 of the relay that takes its answer.

``intake run`` waits with IDLE; letters arrive in even steps, as a delivery agent brings them.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.parser import BytesHeaderParser
from pathlib import Path

from benchmarks import letters, report, servers, wording
from benchmarks.end_to_end import Wrong
from benchmarks.processes import Watch
from benchmarks.report import Block
from benchmarks.servers import NOW, Office
from tests.servers.dovecot import Dovecot, free_port

_A_SECOND = 10
_BOUNDED, _FULL = 30, 60  # seconds
_PATIENCE = 60.0  # seconds for the last answer, and for the first


@dataclass(frozen=True, slots=True)
class Answers:
    """The letters that were answered while they arrived at some pace."""

    a_second: int
    delivered: int
    seconds: tuple[float, ...]  # that each answer took, in order of arrival
    largest: float  # MiB
    tree: float  # MiB

    def share(self, part: float) -> float:
        """Return the time within which *part* of the answers had left."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


@dataclass(frozen=True, slots=True)
class _Scene:
    """A running worker, its mailbox and its relay."""

    server: Dovecot
    user: str
    office: Office
    noted: Path
    began: float

    def deliver(self, number: int) -> tuple[str, float]:
        """Deliver a letter now; return its Message-ID and when that was."""
        raw = letters.letter(number).raw
        message_id = BytesHeaderParser().parsebytes(raw)["Message-ID"]
        now = time.time()
        self.server.deliver(self.user, raw, NOW + timedelta(seconds=now - self.began))
        return message_id, time.time()

    def answered(self) -> dict[str, float]:
        """Return when each letter was answered, by its Message-ID."""
        lines = self.noted.read_text(encoding="ascii").splitlines() if self.noted.exists() else []
        return {words[1]: float(words[0]) for words in map(str.split, lines) if len(words) == 2}


def measure(seconds: int, a_second: int = _A_SECOND) -> Answers:
    """Deliver letters for some *seconds*, wait for the last answer, and stop the worker as a service manager does."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name, _running(Path(name)) as (scene, worker, watch):
        _warm_up(scene)
        delivered: dict[str, float] = {}
        begun = time.time()
        for number in range(1_000, 1_000 + seconds * a_second):
            time.sleep(max(0.0, begun + len(delivered) / a_second - time.time()))
            message_id, when = scene.deliver(number)
            delivered[message_id] = when
        _await_silence(scene)
        watch.stop()
        worker.send_signal(signal.SIGTERM)
        if worker.wait(30):
            raise Wrong(f"intake run ended with {worker.returncode}")
        answered = scene.answered()
        took = tuple(answered[one] - when for one, when in delivered.items() if one in answered)
        _check(scene, took)
    return Answers(a_second, len(delivered), took, max(watch.largest, default=0.0), watch.tree)


@contextlib.contextmanager
def _running(folder: Path) -> Iterator[tuple[_Scene, subprocess.Popen[bytes], Watch]]:
    port, noted = free_port(), folder / "answers"
    relay = subprocess.Popen([sys.executable, "-m", "benchmarks.relay", str(port), str(noted)], cwd=wording.ROOT)
    try:
        with servers.dovecot() as server, (folder / "log").open("wb") as log:
            user = server.new_user()
            office = servers.office(folder / "office", server, user, port)
            began = time.time()
            words = ["--config", str(office.config), "--as-of", NOW.isoformat(), "run"]
            worker = subprocess.Popen([sys.executable, "-m", "intake", *words], cwd=wording.ROOT, stderr=log)
            watch = Watch(worker.pid)
            watch.start()
            try:
                yield _Scene(server, user, office, noted, began), worker, watch
            finally:
                watch.stop()
                worker.kill()
                worker.wait()
    finally:
        relay.kill()
        relay.wait()


def _warm_up(scene: _Scene) -> None:
    """Wait until the worker answers: what it starts with, it starts with once."""
    scene.deliver(0)
    deadline = time.time() + _PATIENCE
    for number in range(1, 1_000):
        time.sleep(0.5)
        if scene.answered():
            break
        if time.time() > deadline:
            raise Wrong("the worker answered nothing")
        if number % 20 == 0:  # the first may have been one that nobody answers
            scene.deliver(number)
    _await_silence(scene)


def _await_silence(scene: _Scene) -> None:
    """Wait until no answer comes any more."""
    last, quiet = len(scene.answered()), time.time()
    deadline = time.time() + _PATIENCE
    while time.time() - quiet < 5.0 and time.time() < deadline:
        time.sleep(0.2)
        if len(scene.answered()) != last:
            last, quiet = len(scene.answered()), time.time()


def _check(scene: _Scene, took: Sequence[float]) -> None:
    with contextlib.closing(scene.office.open()) as connection:
        waiting = connection.execute(
            "SELECT count(*) FROM outgoing WHERE status != 'sent' AND held IS NULL"
        ).fetchone()[0]
    if waiting or not took:
        raise Wrong(f"{waiting} letters still wait, {len(took)} left")


def block(full: bool) -> Block:
    """Measure, and tell it."""
    return told(measure(_FULL if full else _BOUNDED))


def told(found: Answers) -> Block:
    """Return the table."""
    head = (
        "letters a second",
        "delivered",
        "answered",
        "median s",
        "90 % s",
        "99 % s",
        "longest s",
        "largest process MiB",
        "all processes MiB",
    )
    row = (
        str(found.a_second),
        found.delivered,
        len(found.seconds),
        *(found.share(part) for part in (0.5, 0.9, 0.99, 1.0)),
        found.largest,
        found.tree,
    )
    return Block("latency", report.table(head, [row]), {"answers": [[float(each)] for each in found.seconds]})
