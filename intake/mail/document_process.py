"""The processes that read documents: each message's in a fresh one, within limits of memory, processor and files.

``python -m intake.mail.document_process`` is the nursery: it has met no document, so that a fork of it is a clean
process without the cost of a new one. It is asked on the socket that is its standard input, by messages: ``read FIRST
SECONDS`` with two descriptors, of the documents as ``attachments`` lays them out and of a pipe for the answers, has a
child begin, which says its number; ``end NUMBER`` has it killed with all that it started. A child ends at the first
document that exceeds a limit: what is left of the process then cannot be trusted.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import signal
import socket
import sys
from typing import IO

from intake.mail.documents import extract
from intake.mail.reading import Extract

_MEMORY = 768 << 20  # bytes of address space
_FILES = 64  # open at once
_NEVER = 1800  # seconds of processor, in all
_HEAVY = ("intake.mail.pdf", "intake.mail.reader", "striprtf.striprtf")  # loaded for all when a second message came


def main(asked: socket.socket) -> int:
    """Have children begin and end until nobody asks any more."""
    living = set[int]()
    for count in range(sys.maxsize):
        if count == 1:
            for name in _HEAVY:
                importlib.import_module(name)
        said, descriptors, _, _ = socket.recv_fds(asked, 64, 2)
        if not said:
            break
        word, *numbers = said.decode("ascii").split()
        if word == "end":
            _end(int(numbers[0]), living)
            asked.send(b"ended")
        elif (child := os.fork()) == 0:
            _become(asked, descriptors, int(numbers[0]), float(numbers[1]))
        else:
            living.add(child)
            for descriptor in descriptors:
                os.close(descriptor)
    for child in list(living):
        _end(child, living)
    return 0


def _end(child: int, living: set[int]) -> None:
    """Kill a child, which is ours to wait for: till then nobody else has its number."""
    if child in living:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        living.remove(child)


def _become(asked: socket.socket, descriptors: list[int], first: int, seconds: float) -> None:
    """Be a child: alone in its session, so that what it starts ends with it."""
    status = 1
    try:
        os.setsid()
        documents, answers = descriptors
        asked.send(str(os.getpid()).encode("ascii"))
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)  # the socket is the nursery's alone
        asked.close()
        with os.fdopen(documents, "rb") as file, os.fdopen(answers, "wb") as pipe:
            status = read(file, pipe, first, seconds)
    finally:
        os._exit(status)


def read(file: IO[bytes], answers: IO[bytes], first: int, seconds: float) -> int:
    """Answer for every document from number *first* on, each within *seconds* of processor."""
    documents = json.loads(file.readline())
    file.seek(sum(size for size, _, _ in documents[:first]), os.SEEK_CUR)
    _bound(resource.RLIMIT_AS, _MEMORY)
    _bound(resource.RLIMIT_NOFILE, _FILES)
    _bound(resource.RLIMIT_CORE, 0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    for size, name, content_type in documents[first:]:
        used = resource.getrusage(resource.RUSAGE_SELF)
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 1, _NEVER))
        try:
            found, is_sound = extract(file.read(size), name, content_type), True
        except (MemoryError, RecursionError):
            found, is_sound = Extract("", "expands to too much"), False
        told = {"text": found.text, "unread": found.unread, "goes_on": is_sound}
        answers.write(json.dumps(told, ensure_ascii=False).encode() + b"\n")
        answers.flush()
        if not is_sound:
            return 1
    return 0


def _bound(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (bound, bound))


if __name__ == "__main__":
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # libraries print
    sys.exit(main(socket.socket(fileno=os.dup(0))))
