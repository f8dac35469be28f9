"""The text of attachments, read by a process that can be killed: a bomb or a hang costs the one attachment.

One child reads what a message carries, a fork of a process that has met nothing yet. It gets all of it in one unnamed
file and answers with a line for each document, in order. Where it dies or is late, that document is given up, and a
new child goes on behind it.
"""

from __future__ import annotations

import atexit
import json
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, TypeVar

from intake.mail.charset import clean
from intake.mail.kinds import Kind, kind_of
from intake.mail.message import Attachment, Message
from intake.mail.reader import parse
from intake.mail.reading import LONGEST, Extract

T = TypeVar("T")
SECONDS_EACH = 15.0  # of wall clock, for one attachment
SECONDS_SEEING = 120.0  # the same where letters must be told from a picture
SECONDS_ALL = 300.0  # for all attachments of a message
_PATIENCE = 30.0  # seconds for a child to begin or to end
_MOST = 40
_LARGEST = 60 << 20  # bytes
_LONGEST_ANSWER = 8 * LONGEST  # bytes: JSON may need several for a character
_SEEN = frozenset({Kind.PICTURE, Kind.PDF})  # may hold a picture of a page
_ROOT = Path(__file__).resolve().parents[2]  # where the package lies: the child gets no other part of our environment


def understand(raw: bytes) -> Message:
    """Return the message that *raw* is, the text of its attachments included; never raise."""
    return read(parse(raw))


def read(message: Message, *, seconds: float = SECONDS_EACH) -> Message:
    """Return *message* with the text of its attachments, and with the reason where one could not be read.

    *seconds* is how long one attachment may take. What was read already keeps its text.
    """
    found = list(message.attachments)
    waiting: list[int] = []
    for index, attachment in enumerate(found):
        if attachment.text and attachment.unread is None:
            continue
        kind = kind_of(attachment.content, attachment.filename, attachment.content_type)
        refusal = _refusal(attachment, kind, len(waiting))
        if refusal is None and kind is not Kind.NOTHING:
            waiting.append(index)
        else:
            found[index] = replace(attachment, unread=refusal)
    for index, extract in zip(waiting, _extracts([found[index] for index in waiting], seconds), strict=True):
        found[index] = replace(found[index], text=extract.text, unread=extract.unread)
    return replace(message, attachments=tuple(found))


def _refusal(attachment: Attachment, kind: Kind, before: int) -> str | None:
    """Return why an attachment is not even tried."""
    if kind is Kind.OTHER:
        return kind.value
    if attachment.size > _LARGEST:
        return "too large"
    return "one of too many" if before >= _MOST else None


def _extracts(attachments: Sequence[Attachment], seconds: float) -> Iterator[Extract]:
    """Yield what each of *attachments* gives."""
    if not attachments:
        return
    end = time.monotonic() + SECONDS_ALL
    number = 0
    with tempfile.TemporaryFile() as file:
        try:
            _lay_out(attachments, file)
        except OSError:  # the disk is full
            yield from [Extract("", "could not be read")] * len(attachments)
            return
        while number < len(attachments):
            if time.monotonic() > end:
                yield Extract("", "took too long")
                number += 1
                continue
            try:
                for answer in _answers(file, attachments, number, seconds):
                    yield answer
                    number += 1
            except OSError:  # no process, no memory, no descriptor to be had: the letter is read all the same
                yield Extract("", "could not be read")
                number += 1


def _lay_out(attachments: Sequence[Attachment], file: IO[bytes]) -> None:
    """Write *attachments* to *file*: a line that tells their lengths, names and types, then their bytes."""
    told = [(each.size, each.filename, each.content_type) for each in attachments]
    file.write(json.dumps(told).encode() + b"\n")
    for attachment in attachments:
        file.write(attachment.content)
    file.flush()


def _answers(file: IO[bytes], attachments: Sequence[Attachment], first: int, seconds: float) -> Iterator[Extract]:
    """Yield the answers of one child, from the attachment number *first* on; if it dies of one, that is the last."""
    file.seek(0)  # the child shares the position
    with _begun(file, first, seconds) as answers:
        lines = _Lines(answers)
        for attachment in attachments[first:]:
            kind = kind_of(attachment.content, attachment.filename, attachment.content_type)
            answer, is_alive = lines.next(SECONDS_SEEING if kind in _SEEN else 2 * seconds)
            yield answer
            if not is_alive:
                return


class _Nursery:
    """The process of which the children are forks; one for this process, started with the first document."""

    def __init__(self) -> None:
        self.surroundings = _surroundings()
        self._asking, asked = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._asking.settimeout(_PATIENCE)
        with asked:
            try:
                self.process = _nursery_process(asked)
            except OSError:
                self._asking.close()
                raise

    def begin(self, documents: int, answers: int, first: int, seconds: float) -> int:
        """Have a child begin; return its number, or raise ``OSError``."""
        socket.send_fds(self._asking, [f"read {first} {seconds}".encode()], [documents, answers])
        return int(self._heard())

    def end(self, child: int) -> None:
        """Kill a child; raise ``OSError`` where the nursery itself is gone."""
        self._asking.send(f"end {child}".encode())
        self._heard()

    def _heard(self) -> bytes:
        heard = self._asking.recv(32)
        if not heard:
            raise ConnectionError("the process that reads documents ended")
        return heard

    def close(self) -> None:
        """End it, and with it its children."""
        self._asking.close()
        self.process.kill()
        self.process.wait()


def _nursery_process(asked: socket.socket) -> subprocess.Popen[bytes]:
    python, path = _surroundings()
    return subprocess.Popen(  # noqa: S603  (ourselves)
        [python, "-s", "-m", "intake.mail.document_process"],
        stdin=asked.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"PYTHONPATH": str(_ROOT), "PATH": path, "LC_ALL": "C.UTF-8"},
    )


def _surroundings() -> tuple[str, str]:
    """Return with what a nursery is started, and without which it is started anew."""
    return sys.executable, os.environ.get("PATH", os.defpath)


_nurseries: list[_Nursery] = []  # one, or none yet
_lock = threading.Lock()


@contextmanager
def _begun(file: IO[bytes], first: int, seconds: float) -> Iterator[int]:
    """Give the descriptor from which the answers of a child can be read, which ends with this context."""
    reading, writing = os.pipe()
    try:
        with _lock:
            try:
                child = _asked(lambda nursery: nursery.begin(file.fileno(), writing, first, seconds))
            finally:
                os.close(writing)
        try:
            yield reading
        finally:
            with _lock, suppress(OSError):
                _asked(lambda nursery: nursery.end(child))
    finally:
        os.close(reading)


def _asked(ask: Callable[[_Nursery], T]) -> T:
    """Ask the nursery; where it does not answer, as after a fork of ourselves or a kill, it is given up."""
    if _nurseries and _nurseries[0].surroundings != _surroundings():
        _nurseries.pop().close()
    if not _nurseries:
        _nurseries.append(_Nursery())
    try:
        return ask(_nurseries[0])
    except OSError:
        _nurseries.pop().close()
        raise


@atexit.register
def _close() -> None:
    with _lock:
        while _nurseries:
            _nurseries.pop().close()


class _Lines:
    """The answers of a child as they come; it is not trusted with their length, nor with their form."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._descriptor, selectors.EVENT_READ)
        self._received = b""

    def next(self, seconds: float) -> tuple[Extract, bool]:
        """Return the next answer, and whether the child lives to give another."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._received:
            left = deadline - time.monotonic()
            if left <= 0 or not self._selector.select(left):
                return Extract("", "took too long"), False
            received = os.read(self._descriptor, 1 << 16)
            if not received or len(self._received) > _LONGEST_ANSWER:
                return Extract("", "could not be read within its limits"), False
            self._received += received
        line, _, self._received = self._received.partition(b"\n")
        return _answer(line)


def _answer(line: bytes) -> tuple[Extract, bool]:
    try:
        told = json.loads(line)
        unread = told["unread"]
        extract = Extract(clean(str(told["text"]))[:LONGEST], None if unread is None else str(unread)[:200])
        return extract, told["goes_on"] is True
    except (ValueError, KeyError, TypeError):
        return Extract("", "could not be read"), False
