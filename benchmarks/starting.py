"""What a start costs, beside that of a bare Python with its database library; the best of several."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks import mailbox, processes, report, servers, wording
from benchmarks.end_to_end import Wrong
from benchmarks.report import Block

_ROUNDS = 7
_OLD = 100  # messages in the mailbox that the poll looks into
_LIBRARY = "import sqlalchemy"


@dataclass(frozen=True, slots=True)
class Start:
    """A command and the least that it took."""

    command: str
    seconds: float
    processor: float  # seconds
    largest: float  # MiB; 0 where it ended before it was looked at


def measure(rounds: int = _ROUNDS) -> list[Start]:
    """Start each command *rounds* times, in turns."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name, servers.dovecot() as server:
        folder = Path(name)
        user = server.new_user()
        mailbox.fill(server, user, _OLD)
        with servers.sink(folder) as sink:
            office = servers.office(folder / "office", server, user, sink.port)
            office.intake("poll")
            intake = ("-m", "intake", "--config", str(office.config), "--as-of", servers.NOW.isoformat())
            commands = {
                "python -c pass": ("-c", "pass"),
                f"python -c '{_LIBRARY}'": ("-c", _LIBRARY),
                "intake --help": ("-m", "intake", "--help"),
                "intake poll, nothing new": (*intake, "poll"),
            }
            found: dict[str, list[Start]] = {command: [] for command in commands}
            for _ in range(rounds):
                for command, words in commands.items():
                    found[command].append(_start(command, words, folder))
    return [min(starts, key=lambda start: start.seconds) for starts in found.values()]


def _start(command: str, words: tuple[str, ...], folder: Path) -> Start:
    took = processes.run([sys.executable, *words], cwd=wording.ROOT, output=folder / "output")
    if took.status:
        raise Wrong(f"{command} ended with {took.status}: {took.output[-2000:]}")
    return Start(command, took.seconds, took.processor, took.largest)


def block(full: bool) -> Block:
    """Measure, and tell it."""
    return told(measure(_ROUNDS * 3 if full else _ROUNDS))


def told(found: list[Start]) -> Block:
    """Return the table, each start held against that of the database library."""
    library = next(start for start in found if _LIBRARY in start.command)
    rows = [
        (f"`{each.command}`", each.seconds, each.seconds / library.seconds, each.processor, each.largest or None)
        for each in found
    ]
    return Block("starting", report.table(("command", "seconds", "to the library", "processor s", "MiB"), rows))
