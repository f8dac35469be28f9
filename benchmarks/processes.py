"""Processes that are measured: wall time, processor time and memory of a program with all that it starts."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

_EVERY = 0.2  # seconds between two looks at the memory
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Measured:
    """What a program took, from its start to its end."""

    seconds: float
    processor: float  # seconds of all its processes, user and system
    largest: float  # MiB: the most that any one process had resident (VmHWM)
    tree: float  # MiB: the most that all had together, what they share counted once (PSS)
    status: int
    output: str


def run(words: Sequence[str], *, cwd: Path, output: Path, limit: float = 7200) -> Measured:
    """Run a program to its end, and look at the memory of its processes meanwhile; *output* takes what it says."""
    with output.open("wb") as stream:
        begun = time.perf_counter()
        process = subprocess.Popen(words, cwd=cwd, stdout=stream, stderr=subprocess.STDOUT)
        watch = Watch(process.pid)
        watch.start()
        timer = threading.Timer(limit, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        timer.cancel()
        watch.stop()
    return Measured(
        seconds=seconds,
        processor=usage.ru_utime + usage.ru_stime,
        largest=max(watch.largest, default=0.0),
        tree=watch.tree,
        status=process.returncode,
        output=output.read_text(encoding="utf-8", errors="replace"),
    )


@dataclass(slots=True)
class Watch:
    """Looks at a process and its descendants until it is stopped."""

    pid: int
    tree: float = 0.0  # MiB
    peaks: dict[int, float] = field(default_factory=dict)  # by process
    _ending: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def largest(self) -> list[float]:
        """Return the peak of each process, the largest first."""
        return sorted(self.peaks.values(), reverse=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._ending.wait(_EVERY):
            together = 0.0
            for pid in descendants(self.pid):
                self.peaks[pid] = max(self.peaks.get(pid, 0.0), _field(pid, "status", "VmHWM:"))
                together += _field(pid, "smaps_rollup", "Pss:")
            self.tree = max(self.tree, together)


def descendants(pid: int) -> list[int]:
    """Return *pid* and every process that it started, directly or not."""
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                found.extend(map(int, (task / "children").read_text(encoding="ascii").split()))
    return found


def processor(pid: int) -> float:
    """Return the seconds of processor that *pid* and its descendants took, with those that ended."""
    ticks = 0
    for one in descendants(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime
    return ticks / os.sysconf("SC_CLK_TCK")


def _field(pid: int, file: str, name: str) -> float:
    """Return a field of a file of /proc in MiB; nothing where the process is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/{file}").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024 / _MIB
    return 0.0
