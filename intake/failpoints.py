"""Failpoints: places where a test lets the program die as by kill -9, to show that nothing is lost there.

Inert unless the environment variable ``INTAKE_FAILPOINT`` names a place when the program starts; then the program kills
itself on reaching it, at the n-th time where ``name:n`` says so. Elsewhere a place costs one look into an empty
dictionary.
"""

from __future__ import annotations

import os
import signal

VARIABLE = "INTAKE_FAILPOINT"

# The places, in the order in which one message meets them.
PLACES = (
    "fetched",  # its bytes are here, and nothing is done with them
    "parsed",  # it is read
    "decided",  # it is judged
    "entered",  # its record is written, not committed
    "composed",  # the letter that answers it is in the outbox, not committed
    "settling",  # all of its batch is done, not committed
    "committed",  # it is committed
    "closing",  # the look into the mailbox is done, and not yet in the accounts
    "claiming",  # its letter is claimed, not committed
    "claimed",  # that is committed
    "sending",  # the letter is about to be offered to the relay
    "accepted",  # the relay has taken it, and we have not written it down
    "marking",  # we have, not committed
    "marked",  # it is committed
)


_armed: dict[str, int] = {}


def arm() -> None:
    """Take over what the environment asks for now."""
    name, _, times = os.environ.get(VARIABLE, "").partition(":")
    _armed.clear()
    if name:
        _armed[name] = int(times or 1)


def reach(place: str) -> None:
    """Die here, with nothing flushed, closed or rolled back, where a test has asked for it."""
    left = _armed.get(place)
    if left is not None:
        _armed[place] = left - 1
        if left <= 1:
            os.kill(os.getpid(), signal.SIGKILL)


arm()
