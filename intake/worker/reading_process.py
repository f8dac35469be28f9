"""The process that reads messages: what hangs, swells or dies of one is this process, and not the worker.

``python -m intake.worker.reading_process RULES ZONE MEMORY`` is asked on standard input and answers on standard output
as ``reading`` lays it out. After each step of a message it says which one is done, so that the worker can tell a long
attachment from a hang.
"""

from __future__ import annotations

import os
import pickle
import resource
import sys
from dataclasses import replace
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

from intake.judgement import rules as office_rules
from intake.judgement.rules import Rules
from intake.judgement.verdict import judge
from intake.mail.attachments import read
from intake.mail.message import Attachment
from intake.mail.reader import parse

_LIGHT = 64 << 10  # bytes of an attachment that are carried along
_SECONDS = 60  # of processor, for one message: an orphan that spins ends by itself


def main(rules: str, zone: str, memory: int) -> int:
    """Answer until nobody asks any more, within *memory* bytes of address space."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # libraries print
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    bound = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
    resource.setrlimit(resource.RLIMIT_AS, (bound, hard))
    known = office_rules.load(Path(rules), ZoneInfo(zone))
    while asked := _piece(sys.stdin.buffer):
        raw = _piece(sys.stdin.buffer)
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime) + _SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        try:
            _answer(raw, asked, known, answers)
        except Exception as error:  # noqa: BLE001  (whatever it is, the next message is read)
            _say(answers, b"E", type(error).__name__.encode())
    return 0


def _piece(file: IO[bytes]) -> bytes:
    size = file.read(8)
    return file.read(int.from_bytes(size, "big")) if len(size) == 8 else b""


def _answer(raw: bytes, asked: bytes, rules: Rules, answers: IO[bytes]) -> None:
    arrival, is_whole = pickle.loads(asked)  # noqa: S301  (from the worker that started us)
    message = parse(raw)
    _say(answers, b"P")
    message = read(message)
    _say(answers, b"R")
    verdict = judge(message, arrival, rules)  # the worker may judge again without a limit then
    if not is_whole:
        message = replace(message, attachments=tuple(map(_lightened, message.attachments)))
    _say(answers, b"M", pickle.dumps((message, verdict), protocol=5))


def _lightened(attachment: Attachment) -> Attachment:
    """Return *attachment* without bytes that nobody asks for any more; of a message or a text some may be."""
    if attachment.size <= _LIGHT or attachment.content_type.startswith(("message/", "text/")):
        return attachment
    return replace(attachment, content=b"", left_out=attachment.size)


def _say(answers: IO[bytes], kind: bytes, body: bytes = b"") -> None:
    answers.write(kind + len(body).to_bytes(8, "big") + body)
    answers.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
