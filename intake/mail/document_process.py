"""The process that reads documents: limits on memory, processor and files, then one answer after the other.

``python -m intake.mail.document_process FIRST SECONDS`` takes the documents on standard input, as ``attachments`` lays
them out, and answers on standard output. It ends at the first document that exceeds a limit: what is left of the
process then cannot be trusted.
"""

from __future__ import annotations

import json
import os
import resource
import sys

from intake.mail.documents import extract
from intake.mail.reading import Extract

_MEMORY = 768 << 20  # bytes of address space
_FILES = 64  # open at once
_NEVER = 1800  # seconds of processor, in all


def main(first: int, seconds: float) -> int:
    """Answer for every document from number *first* on, each within *seconds* of processor."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # libraries print
    file = sys.stdin.buffer
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
        answers.write(json.dumps({"text": found.text, "unread": found.unread}, ensure_ascii=False).encode() + b"\n")
        answers.flush()
        if not is_sound:
            return 1
    return 0


def _bound(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (bound, bound))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2])))
