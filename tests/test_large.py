"""Large messages: each alone, and none held longer than its transaction lasts."""

from __future__ import annotations

import subprocess
import sys
import weakref
import zlib
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from intake.mail.mailbox import Fetched
from intake.worker import memory, taking_in
from intake.worker.reading import Read

SMALL, LARGE = 1_000, 2 << 20  # bytes


def fetched(uid: int, size: int) -> Fetched:
    """Return a message of so many bytes."""
    return Fetched("konsultacje", "INBOX", 1, uid, None, bytes(size))


def of(sizes: list[int], held: dict[int, weakref.ref[Fetched]]) -> Iterator[taking_in._Reading]:
    """Yield messages of these *sizes* as they come from the server, and know which are still held."""
    for uid, size in enumerate(sizes):
        one: list[Fetched] = [fetched(uid, size)]
        held[uid] = weakref.ref(one[0])
        yield one.pop(), Future[Read]()


def test_a_large_message_shares_no_transaction() -> None:
    """A message above a megabyte is a batch of its own, and the order is kept."""
    batches = taking_in._batches(of([SMALL, SMALL, LARGE, LARGE, SMALL], {}))

    assert [[reading[0].uid for reading in batch] for batch in batches] == [[0, 1], [2], [3], [4]]


def test_one_large_message_is_held_at_a_time() -> None:
    """While a large message is committed nothing is read ahead, and the next comes when nobody holds it any more."""
    held: dict[int, weakref.ref[Fetched]] = {}
    seen = []
    for batch in taking_in._one_ahead(taking_in._batches(of([SMALL, LARGE, LARGE, SMALL], held))):
        seen.append([uid for uid, message in held.items() if message() is not None])
        batch.clear()

    assert seen == [[0, 1], [1], [2], [3]]


@pytest.mark.parametrize("size", [SMALL, LARGE + 1])
def test_a_packed_message_is_whole(size: int) -> None:
    """What is kept of a message gives its bytes again, whether it was packed at once or in pieces."""
    raw = (bytes(range(256)) * (size // 256 + 1))[:size]
    packed = Fetched("konsultacje", "INBOX", 1, 1, None, raw).packed

    assert zlib.decompress(packed) == raw


def test_memory_of_a_large_piece_is_given_back() -> None:
    """A freed piece of ten megabytes is not resident any more, though a small one was taken after it."""
    memory.bound()
    before = _resident()
    for _ in range(3):
        pieces = [bytearray(b"x" * (10 << 20)), bytearray(1_000)]
        del pieces[0]
    memory.give_back()

    assert _resident() - before < 5


def test_a_backlog_calls_for_no_walk_through_all_that_is_loaded() -> None:
    """The collector passes over it, and still finds the cycles of what came later."""
    code = (
        "import gc, weakref; from intake.worker import memory; memory.settle(); settled = gc.get_freeze_count()\n"
        "class Loop: pass\n"
        "loop = Loop(); loop.self = loop; seen = weakref.ref(loop); del loop\n"
        "walks = []; gc.callbacks.append(lambda phase, told: walks.append(told['generation']))\n"
        "kept = [[number] for number in range(20_000)]\n"
        "print(settled > 3_000, len(gc.get_objects()) < 20_500, seen() is None, 0 < len(walks) < 20)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert ["True"] * 4 == said.split()


def _resident() -> float:
    """Return the MiB that this process has resident."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS:"))
