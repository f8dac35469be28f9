"""Sending: the letters that are due, over several connections at once, each outcome written before the next letter."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace

from intake import events, failpoints
from intake.delivery import outbox
from intake.delivery.outbox import Claimed
from intake.delivery.smtp import Accepted, Courier, Deferred, Outcome, Refused
from intake.letters import choice
from intake.letters.facts import dump, load
from intake.worker.desk import Desk, relay

_CLAIMED_AT_ONCE = 20  # a connection; what is claimed at a crash may arrive twice


@dataclass(slots=True)
class Sent:
    """What one draining of the outbox came to."""

    accepted: int = 0
    deferred: int = 0
    refused: int = 0
    last_error: str | None = None

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


async def drain(desk: Desk) -> Sent:
    """Deliver every letter that is due, and return when none is left that could leave now."""
    sent = Sent()
    worker = outbox.worker_name()
    while letters := await asyncio.to_thread(_claim, desk, worker):
        queue = iter(letters)
        connections = min(desk.settings.config.smtp.connections, len(letters))
        async with asyncio.TaskGroup() as group:
            for _ in range(connections):
                group.create_task(_deliver(desk, queue, sent))
    return sent


async def _deliver(desk: Desk, queue: Iterator[Claimed], sent: Sent) -> None:
    async with Courier(relay(desk.settings)) as courier:
        for letter in queue:
            failpoints.reach("sending")
            outcome = await courier.deliver(letter.reverse_path, letter.recipient, letter.raw)
            failpoints.reach("accepted")
            await asyncio.to_thread(_record, desk, letter, outcome)
            sent.count(outcome)


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
        letters = outbox.claim(session, now, limit, worker, per_hour=config.acknowledge.per_hour)
        late = {letter.id: _as_debt(desk, letter) for letter in letters if _became_debt(desk, letter)}
        for letter in late.values():
            outbox.rewrite(session, letter.id, letter.raw, letter.facts or {})
        failpoints.reach("claiming")
    failpoints.reach("claimed")
    return [late.get(letter.id, letter) for letter in letters]


def _became_debt(desk: Desk, letter: Claimed) -> bool:
    if letter.facts is None:
        return False
    facts = load(letter.facts)
    after = desk.rules.consultation.letters.debt_after
    return not facts.debt and choice.is_debt(facts.received, desk.now(), after)


def _as_debt(desk: Desk, letter: Claimed) -> Claimed:
    """Write the letter again so that it apologises for leaving late; it keeps its Message-ID."""
    facts = replace(load(letter.facts or {}), debt=True)
    return replace(letter, raw=desk.compose(facts, desk.now()), facts=dump(facts))


def _record(desk: Desk, letter: Claimed, outcome: Outcome) -> None:
    now = desk.now()
    with desk.store.writing() as session:
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
    code = None if isinstance(outcome, Accepted) else outcome.code
    events.attempted(letter.id, type(outcome).__name__.lower(), code, letter.attempts)
