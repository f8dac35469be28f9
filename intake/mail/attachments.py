"""The text of attachments, read by a process that can be killed: a bomb or a hang costs the one attachment.

One child reads what a message carries. It gets all of it in one unnamed file and answers with a line for each document,
in order. Where it dies or is late, that document is given up, and a new child goes on behind it.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO

from intake.mail.charset import clean
from intake.mail.kinds import Kind, kind_of
from intake.mail.message import Attachment, Message
from intake.mail.reader import parse
from intake.mail.reading import LONGEST, Extract

SECONDS_EACH = 15.0  # of wall clock, for one attachment
SECONDS_SEEING = 120.0  # the same where letters must be told from a picture
SECONDS_ALL = 300.0  # for all attachments of a message
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
    child = subprocess.Popen(  # noqa: S603  (ourselves)
        [sys.executable, "-s", "-m", "intake.mail.document_process", str(first), str(seconds)],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"PYTHONPATH": str(_ROOT), "PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
        start_new_session=True,  # so that what it started ends with it
    )
    try:
        lines = _Lines(child)
        for attachment in attachments[first:]:
            kind = kind_of(attachment.content, attachment.filename, attachment.content_type)
            answer, is_alive = lines.next(SECONDS_SEEING if kind in _SEEN else 2 * seconds)
            yield answer
            if not is_alive:
                return
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        if child.stdout:
            child.stdout.close()


class _Lines:
    """The answers of a child as they come; it is not trusted with their length, nor with their form."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        if child.stdout is None:
            raise ValueError("a child without output")
        self._descriptor = child.stdout.fileno()
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
        return Extract(clean(str(told["text"]))[:LONGEST], None if unread is None else str(unread)[:200]), True
    except (ValueError, KeyError, TypeError):
        return Extract("", "could not be read"), False
