"""Memory that is given back: what a large letter took of the C library's heaps [glibc], and what Python seeks to free.

Once a piece of ten megabytes was freed, glibc takes such pieces from its heaps, where what lives longer comes to stand
above them and they stay resident (mallopt(3), M_MMAP_THRESHOLD). With a fixed threshold each is mapped alone and
unmapped at once. Another C library knows nothing of this, and is left as it is.

Python's collector of cycles walks through all that is loaded, for a tenth of a second, every hundred letters of a
backlog, and through what is new at every seven hundred objects, which one letter makes several times over. Both find
next to nothing: what is loaded stays, and what a letter took is freed when nobody refers to it.
"""

from __future__ import annotations

import gc
from functools import cache
from typing import Any

_MAPPED = 1 << 20  # bytes from which a piece is mapped alone
_ARENAS = 2  # heaps that threads share
_YOUNG, _OLD, _OLDEST = 5_000, 10, 2  # new objects, and rounds among younger ones, until the collector looks again
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # malloc.h

# The same for a child, read when its C library starts.
ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": str(_MAPPED), "MALLOC_ARENA_MAX": str(_ARENAS)}


@cache
def bound() -> None:
    """Have large pieces given back as soon as they are freed, in this process and from now on."""
    mallopt = _function("mallopt")
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _MAPPED)
        mallopt(_M_ARENA_MAX, _ARENAS)


def settle() -> None:
    """Have the collector look less often at what comes and goes; what is loaded by now it passes over.

    Called again, for every chunk of a backlog, it looks at once through all that came later, and the heaps give back
    what is free in them. Left to themselves they held, after three thousand letters, 25 of 190 MB that nobody used, and
    ever more behind these.
    """
    if gc.get_freeze_count():
        gc.collect()
        give_back()
        return
    gc.freeze()
    gc.set_threshold(_YOUNG, _OLD, _OLDEST)


def give_back() -> None:
    """Give back what is free in the heaps; it takes milliseconds, so not behind every message."""
    trim = _function("malloc_trim")
    if trim is not None:
        trim(0)


@cache
def _function(name: str) -> Any:
    """Return a function of the C library; None where it has none such."""
    import ctypes  # noqa: PLC0415  (loaded when a message comes)

    return getattr(ctypes.CDLL(None), name, None)
