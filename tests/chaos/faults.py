"""The servers' faults: a relay that defers, refuses and hangs up, and a line to the mailboxes that breaks."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable

from tests.servers.proxy import Line, Trouble
from tests.servers.smtp import CLOSE, SILENCE, Delivered, Sink

_LATER = ("421 4.3.2 shutting down", "450 4.2.1 try again", "451 4.3.0 local error", "452 4.2.2 full")
_NEVER = ("550 5.1.1 no such user", "554 5.7.1 refused")
# What may be said to each command, and how often it is; what is left is what a good relay says.
_HABITS: dict[str, tuple[tuple[float, tuple[str, ...]], ...]] = {
    "GREETING": ((0.02, (CLOSE,)), (0.02, ("421 4.3.2 busy",)), (0.005, (SILENCE,))),
    "MAIL": ((0.03, _LATER), (0.01, (CLOSE,)), (0.005, (SILENCE,))),
    "RCPT": ((0.04, _LATER), (0.02, _NEVER), (0.01, (CLOSE,)), (0.005, (SILENCE,))),
    "DOT": ((0.05, _LATER), (0.01, _NEVER), (0.04, (CLOSE,)), (0.01, (SILENCE,))),
}


class Flaky(Sink):
    """A relay that defers, refuses, hangs and hangs up, before and after it has taken a letter."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.silence = 3.0
        self.tame = False  # behaves from now on
        self.faults: Counter[str] = Counter()
        self.unsaid: list[Delivered] = []  # taken, and the reply to the final dot was lost
        self.refused: list[str] = []  # recipients that were told 5yz
        self.taken: Callable[[Delivered], None] = lambda _: None  # called for each letter that was taken
        self._random = random.Random(seed)  # noqa: S311  (no secret)
        self._lock = threading.Lock()

    def scripted(self, command: str) -> str | None:
        """Say what the relay feels like saying."""
        if self.tame:
            return None
        with self._lock:
            chance = self._random.random()
            for probability, answers in _HABITS.get(command, ()):
                if chance < probability:
                    said = self._random.choice(answers)
                    self.faults[f"SMTP {command.lower()}: {said[:3] if said[0].isdigit() else said}"] += 1
                    return said
                chance -= probability
        return None

    def takes_several(self) -> bool:
        """Offer pipelining on every other connection, or so."""
        with self._lock:
            return self._random.random() < 0.5

    def told(self, letter: Delivered, said: str | None) -> None:
        """Note what became of a letter."""
        if said == CLOSE:
            self.unsaid.append(letter)
        if said is None or said == CLOSE:
            self.taken(letter)
        elif said.startswith("5"):
            self.refused += letter.recipients

    def turned_away(self, recipient: str, said: str) -> None:
        """Note for whom no letter will ever be taken."""
        if said.startswith("5"):
            self.refused.append(recipient)


class Rough:
    """Gives each connection to the mailboxes its trouble, or none."""

    def __init__(self, seed: int) -> None:
        self.tame = False
        self.faults: Counter[str] = Counter()
        self._random = random.Random(seed)  # noqa: S311

    def plan(self) -> Trouble | None:
        """Return what befalls the next connection."""
        if self.tame or self._random.random() > 0.4:
            return None
        line = self._random.choice(list(Line))
        at = int(self._random.choice((500, 3_000, 20_000, 100_000)) * self._random.random())
        self.faults[f"IMAP {line.value}"] += 1
        return Trouble(line, at, seconds=self._random.uniform(0.2, 3))
