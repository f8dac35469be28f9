"""Reading from outside: each message is read and judged once by a process that can be killed, within seconds.

A thread cannot be stopped, and a parser's loop, a hundred megabytes or a fault of native code would take the worker
with it. So a child reads: it has limits on processor and memory, and the worker has a clock. What dies or is late costs
that one message, which is set aside with the reason; a new child reads the next. Of what a child answers only the plain
values of ``mail.message`` and ``judgement.values`` are accepted. The child judges too, as for a sender of whom nothing
is on record; where the records know more, the worker judges again, inside its transaction. A child whose worker was
killed ends at the end of its input.
"""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import selectors
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intake.errors import IntakeError
from intake.judgement.values import Arrival, Verdict
from intake.mail.message import Message
from intake.worker.memory import ENVIRONMENT

_START = 30.0  # seconds more for the first message of a child, which must come up and warm up
_STEP = 20.0  # for reading, and again for judging
_PER_BYTE = 1.0 / (1 << 20)
_MEMORY = 3 << 30  # bytes of address space
_LONGEST = 1 << 30  # bytes of an answer
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
_IDLE_CHILDREN = max(2, CORES)  # kept for the next message
_ROOT = Path(__file__).resolve().parents[2]  # where the package lies
_VALUES = frozenset({"intake.mail.message", "intake.judgement.values"})


class Unreadable(IntakeError):  # noqa: N818  (says what is true of the message)
    """A message could not be read within its limits; ``str()`` says why, in our own words."""


class _Gone(Exception):  # noqa: N818
    """The child ended."""


@dataclass(frozen=True, slots=True)
class Read:
    """A message, and what it means if nothing is on record of its sender."""

    message: Message
    verdict: Verdict


class _Careful(pickle.Unpickler):
    """Reads the values of a message and of its verdict, and nothing else: the child has met strangers."""

    def find_class(self, module: str, name: str) -> Any:
        """Return a class that a message or a verdict is made of; raise for any other."""
        if module in _VALUES or (module == "datetime" and name in {"datetime", "timedelta", "timezone"}):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a message")


class _Child:
    """A process that reads, and the bytes that came from it."""

    def __init__(self, rules: Path, zone: str, memory: int) -> None:
        self._process = subprocess.Popen(  # noqa: S603  (ourselves)
            [sys.executable, "-s", "-m", "intake.worker.reading_process", str(rules.resolve()), zone, str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={
                "PYTHONPATH": str(_ROOT),
                "PATH": os.environ.get("PATH", os.defpath),
                "LC_ALL": "C.UTF-8",
                **ENVIRONMENT,
            },
            start_new_session=True,
        )
        self._selector = selectors.DefaultSelector()
        assert self._process.stdout is not None  # noqa: S101  (asked for)
        self._descriptor = self._process.stdout.fileno()
        self._selector.register(self._descriptor, selectors.EVENT_READ)
        self._received = bytearray()
        self.is_new = True
        self._ending = weakref.finalize(self, _end, self._process, self._selector)  # with us at the latest

    def ask(self, question: Sequence[bytes]) -> None:
        """Send a question, piece by piece; raise ``_Gone`` where nobody is there."""
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101
        try:
            for piece in question:
                stdin.write(len(piece).to_bytes(8, "big"))
                stdin.write(piece)
            stdin.flush()
        except OSError as error:
            raise _Gone from error

    def answer(self, seconds: float) -> tuple[bytes, bytes]:
        """Return kind and body of the next answer; raise ``_Gone``, or ``TimeoutError`` after so many seconds."""
        deadline = time.monotonic() + seconds
        while (size := self._complete()) is None:
            left = deadline - time.monotonic()
            if left <= 0 or not self._selector.select(left):
                raise TimeoutError
            received = os.read(self._descriptor, 1 << 20)
            if not received or len(self._received) > _LONGEST:
                raise _Gone
            self._received += received
        with memoryview(self._received) as view:  # one copy, and not two
            kind, body = bytes(view[:1]), bytes(view[9 : 9 + size])
        del self._received[: 9 + size]
        return kind, body

    def _complete(self) -> int | None:
        size = int.from_bytes(self._received[1:9], "big")
        return size if len(self._received) >= 9 and len(self._received) >= 9 + size else None

    def end(self) -> None:
        """Kill it, with what it started."""
        self._ending()


def _attachments() -> float:
    from intake.mail.attachments import SECONDS_ALL, SECONDS_SEEING  # noqa: PLC0415  (loaded for a message)

    return SECONDS_ALL + SECONDS_SEEING + _STEP


def _end(process: subprocess.Popen[bytes], selector: selectors.BaseSelector) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    selector.close()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


_idle: dict[tuple[Path, str, int], list[_Child]] = {}  # by rules, zone and memory: what they were started with
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Readers:
    """The children that read, lent to one thread at a time; none is started before the first message."""

    rules: Path  # folder
    zone: str
    step: float = _STEP  # seconds
    memory: int = _MEMORY  # bytes

    def read(self, raw: bytes, arrival: Arrival) -> Message:
        """Return the message that *raw* is, its attachments whole; raise as ``judged`` does."""
        return self._read(raw, arrival, is_whole=True).message

    def judged(self, raw: bytes, arrival: Arrival) -> Read:
        """Return the message that *raw* is, judged; raise ``Unreadable`` where it takes too long or is too much.

        Of large attachments only the text, size and digest come along, not the bytes, which *raw* holds.
        """
        return self._read(raw, arrival, is_whole=False)

    def warm(self) -> None:
        """Start a child for a message that is known to come: it comes up while all else is loaded."""
        self._give_back(_Child(self.rules, self.zone, self.memory))

    def _read(self, raw: bytes, arrival: Arrival, *, is_whole: bool) -> Read:
        """Ask a child; one that ended on its own is replaced once: it may have died of something else."""
        question = pickle.dumps((arrival, is_whole), protocol=5), raw
        step = self.step + len(raw) * _PER_BYTE
        for is_last in (False, True):
            child = self._borrow()
            try:
                answer = self._ask(child, question, step)
            except _Gone:
                child.end()
                if is_last:
                    raise Unreadable("reading it exceeds the limits of memory or processor") from None
            except TimeoutError:
                child.end()
                raise Unreadable(f"reading it takes longer than {step:.0f} s") from None
            except BaseException:
                child.end()
                raise
            else:
                self._give_back(child)
                return answer
        raise AssertionError

    def _ask(self, child: _Child, question: tuple[bytes, bytes], step: float) -> Read:
        child.ask(question)
        step += _START if child.is_new else 0.0
        limits = {b"": step, b"P": _attachments(), b"R": step}
        child.is_new = False
        kind = b""
        while True:
            kind, body = child.answer(limits[kind])
            if kind == b"M":
                message, verdict = _Careful(io.BytesIO(body)).load()
                if not isinstance(message, Message) or not isinstance(verdict, Verdict):
                    raise pickle.UnpicklingError("an answer is a message and its verdict")
                return Read(message, verdict)
            if kind not in limits:
                raise Unreadable(f"reading it fails: {body[:40].decode('ascii', 'replace')}")

    def _borrow(self) -> _Child:
        with _lock:
            waiting = _idle.get((self.rules, self.zone, self.memory))
            if waiting:
                return waiting.pop()
        return _Child(self.rules, self.zone, self.memory)

    def _give_back(self, child: _Child) -> None:
        with _lock:
            waiting = _idle.setdefault((self.rules, self.zone, self.memory), [])
            if len(waiting) < _IDLE_CHILDREN:
                waiting.append(child)
                return
        child.end()
