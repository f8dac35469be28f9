"""Sending: the letters that are due, over several connections at once, each outcome written before the next letter."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from intake import events, failpoints
from intake.delivery import outbox
from intake.delivery.outbox import Claimed
from intake.delivery.smtp import Accepted, Courier, Deferred, Outcome, Refused, Relay
from intake.errors import IntakeError, RecordError
from intake.letters.facts import dump, is_debt, load
from intake.worker import braking
from intake.worker.desk import Desk, relay

_CLAIMED_AT_ONCE = 20  # a connection; what is claimed at a crash may arrive twice
_FRESH = 300.0  # seconds after their claim in which letters may be begun: with one attempt's time, less than the lease
_TOGETHER = 0.005  # seconds that an outcome waits for those of the letters that other connections have in hand
_PATIENCE = (0.2, 0.5, 1, 2, 4, 8, 15, 30)  # seconds between attempts to write an outcome down


@dataclass(slots=True)
class Sent:
    """What one draining of the outbox came to."""

    accepted: int = 0
    deferred: int = 0
    refused: int = 0
    last_error: str | None = None

    def add(self, other: Sent) -> None:
        """Count what another draining came to, later than this one."""
        self.accepted += other.accepted
        self.deferred += other.deferred
        self.refused += other.refused
        self.last_error = other.last_error or self.last_error

    def count(self, outcome: Outcome) -> None:
        """Count one attempt."""
        match outcome:
            case Accepted():
                self.accepted += 1
            case Deferred():
                self.deferred += 1
                self.last_error = outcome.reply
            case Refused():
                self.refused += 1
                self.last_error = outcome.reply


async def drain(desk: Desk, is_ending: Callable[[], bool] = lambda: False) -> Sent:
    """Deliver every letter that is due, and return when none is left that could leave now, or at *is_ending*.

    Raise ``RecordError`` where outcomes cannot be written down: nothing more is offered then.
    """
    way = relay(desk.settings)  # a secret that is missing stops us before anything is claimed
    draining = _Draining(desk, way, is_ending, outbox.worker_name())
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(desk.settings.config.smtp.connections):
                group.create_task(draining.deliver())
    finally:
        await draining.give_back()
    if draining.trouble is not None:
        raise draining.trouble
    return draining.sent


@dataclass(slots=True)
class _Draining:
    """The letters claimed, and the connections that share them."""

    desk: Desk
    way: Relay
    is_ending: Callable[[], bool]
    worker: str
    sent: Sent = field(default_factory=Sent)
    queue: deque[Claimed] = field(default_factory=deque)
    claiming: asyncio.Lock = field(default_factory=asyncio.Lock)
    claimed: float = field(default_factory=time.monotonic)
    is_empty: bool = False  # nothing was left to be claimed
    trouble: IntakeError | None = None
    outcomes: list[tuple[Claimed, Outcome]] = field(default_factory=list)  # to be written down
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    offered: int = 0  # letters that are with the relay
    answered: asyncio.Event = field(default_factory=asyncio.Event)  # none is

    async def deliver(self) -> None:
        """Deliver over one connection until no letter is left, or no more may be begun."""
        async with Courier(self.way) as courier:
            while (letter := await self._next()) is not None:
                failpoints.reach("sending")
                outcome = await self._offer(courier, letter)
                failpoints.reach("accepted")
                self.sent.count(outcome)
                await self._write_down(letter, outcome)

    async def _offer(self, courier: Courier, letter: Claimed) -> Outcome:
        self.offered += 1
        self.answered.clear()
        try:
            return await courier.deliver(letter.reverse_path, letter.recipient, letter.raw)
        finally:
            self.offered -= 1
            if not self.offered:
                self.answered.set()

    async def _next(self) -> Claimed | None:
        """Return the next letter, claimed with others; None where there is none, or no more may be begun."""
        async with self.claiming:
            if self.is_ending() or self.trouble is not None:
                return None
            if self.queue and time.monotonic() - self.claimed >= _FRESH:
                await self.give_back()
            if not self.queue and not self.is_empty:
                self.claimed = time.monotonic()
                try:
                    self.queue.extend(await asyncio.to_thread(_claim, self.desk, self.worker))
                except IntakeError as error:  # told when the other connections have written down what left
                    self.trouble = error
                self.is_empty = not self.queue
            return self.queue.popleft() if self.queue else None

    async def give_back(self) -> None:
        """Let others have what was claimed and not begun."""
        if self.queue:
            await asyncio.to_thread(_give_back, self.desk, [letter.id for letter in self.queue])
            self.queue.clear()

    async def _write_down(self, letter: Claimed, outcome: Outcome) -> None:
        """Record an outcome, with those that the other connections had meanwhile, or have at once.

        Each connection waits until its own is committed, and only then takes its next letter. A commit costs many
        times what a letter in it does: so those that are with the relay are waited for, as long as a commit may last.
        """
        mine = (letter, outcome)
        self.outcomes.append(mine)
        async with self.writing:
            if not any(waiting is mine for waiting in self.outcomes):
                return
            if self.offered:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_TOGETHER):
                        await self.answered.wait()
            together, self.outcomes = self.outcomes, []
            try:
                await asyncio.to_thread(_record, self.desk, together)
            except RecordError:
                for one in together:
                    await self._write_alone(*one)

    async def _write_alone(self, letter: Claimed, outcome: Outcome) -> None:
        """Record an outcome; while the database is away wait for it, for what is not recorded leaves again."""
        for pause in (*_PATIENCE, None):
            try:
                await asyncio.to_thread(_record, self.desk, [(letter, outcome)])
            except RecordError as error:
                events.failed(f"outcome of letter={letter.id}", error)
                if pause is None or error.__cause__ is None:  # without a cause it is no trouble of the database
                    self.trouble = error
                    return
                await asyncio.sleep(pause)
            else:
                return


def _give_back(desk: Desk, letters: Sequence[int]) -> None:
    with desk.store.writing() as session:
        outbox.given_back(session, letters, desk.now())


def free(desk: Desk) -> None:
    """Give back the letters of workers that stopped in mid-attempt: they go out again, with the same Message-ID."""
    with desk.store.writing() as session:
        freed = outbox.interrupted(session, desk.now(), outbox.worker_name())
    if freed:
        events.freed(freed)


def _claim(desk: Desk, worker: str) -> list[Claimed]:
    config = desk.settings.config
    limit = config.smtp.connections * _CLAIMED_AT_ONCE
    now = desk.now()
    with desk.store.writing() as session:
        if now >= desk.rules.cutoffs.meeting:
            from intake.worker import announcing  # noqa: PLC0415  (loaded for what is there to be done)

            announcing.expire(session, now)
        letters = outbox.claim(session, now, limit, worker, per_hour=config.acknowledge.per_hour)
        late = {letter.id: _as_debt(desk, letter) for letter in letters if _became_debt(desk, letter)}
        for letter in late.values():
            outbox.rewrite(session, letter.id, letter.raw, letter.facts or {})
        braking.tell(session, desk)
        failpoints.reach("claiming")
    failpoints.reach("claimed")
    return [late.get(letter.id, letter) for letter in letters]


def _became_debt(desk: Desk, letter: Claimed) -> bool:
    if letter.facts is None:
        return False
    facts = load(letter.facts)
    after = desk.rules.consultation.letters.debt_after
    if facts.by_staff:  # it answers no message: nothing was owed when that came
        return False
    return not facts.debt and is_debt(facts.received, desk.now(), after)


def _as_debt(desk: Desk, letter: Claimed) -> Claimed:
    """Write the letter again so that it apologises for leaving late; it keeps its Message-ID."""
    facts = replace(load(letter.facts or {}), debt=True)
    return replace(letter, raw=desk.compose(facts, desk.now()), facts=dump(facts))


def _record(desk: Desk, outcomes: Sequence[tuple[Claimed, Outcome]]) -> None:
    now = desk.now()
    with desk.store.writing() as session:
        outbox.foresee(session, [letter.id for letter, _ in outcomes])
        for letter, outcome in sorted(outcomes, key=lambda one: one[0].id):  # in one order, against deadlocks
            match outcome:
                case Accepted():
                    outbox.accepted(session, letter.id, outcome.reply, now)
                case Deferred():
                    doubt = " (lost after DATA: it may have been taken)" if outcome.unknown else ""
                    outbox.deferred(session, letter.id, f"{outcome.reply}{doubt}", now)
                case Refused():
                    outbox.refused(session, letter.id, outcome.reply, now)
        failpoints.reach("marking")
    failpoints.reach("marked")
    for letter, outcome in outcomes:
        code = None if isinstance(outcome, Accepted) else outcome.code
        events.attempted(letter.id, type(outcome).__name__.lower(), code, letter.attempts)
