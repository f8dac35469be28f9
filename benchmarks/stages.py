"""What each stage of a message costs in processor time, so that the next slow thing is known.

Each stage of reading is done here, on its own, for the same letters; taking in and sending are done as the worker does
them, and what remains of the worker's own time is the database's. Figures are milliseconds of one core a message.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import mailbox, report, servers
from benchmarks.processes import processor
from benchmarks.report import Block
from intake.config import MailboxConfig, load
from intake.judgement.verdict import judge
from intake.mail import attachments
from intake.mail.mailbox import Fetched, Mailbox
from intake.mail.quoting import divide
from intake.mail.reader import parse
from intake.worker import sending, taking_in
from intake.worker.desk import Desk, prepare
from intake.worker.logins import access

_BOUNDED, _FULL = 600, 2_000  # letters


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage and the milliseconds of processor that it takes a message."""

    name: str
    milliseconds: float
    where: str  # the process that does it
    within: str = ""  # the stage that it is part of

    @property
    def a_second(self) -> float:
        """Return how many messages a second one core does of it."""
        return 1000 / self.milliseconds if self.milliseconds > 0 else float("inf")


def measure(count: int) -> list[Stage]:
    """Take the first *count* letters through every stage."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name, servers.dovecot() as server:
        folder = Path(name)
        user = server.new_user()
        mailbox.fill(server, user, count)
        with servers.sink(folder) as sink:
            office = servers.office(folder / "office", server, user, sink.port)
            desk = prepare(load(office.config), lambda: servers.NOW)
            box = desk.settings.config.mailbox[0]
            fetched, fetching = _fetch(desk, box)
            stages = [Stage("fetch", fetching / count, "worker"), *_reading(desk, box, fetched)]
            with _timed_composing() as composing:
                begun = time.process_time()
                taking_in.poll(desk, box)
                whole = _since(begun)
            begun = time.process_time()
            asyncio.run(sending.drain(desk))
            send = _since(begun)
            desk.store.close()
    compose = sum(composing)
    stages += [
        Stage("compose", compose / count, "worker"),
        Stage("database and the rest of taking in", (whole - fetching - compose) / count, "worker"),
        Stage("send, and write outcomes down", send / count, "worker"),
    ]
    return stages


def _since(begun: float) -> float:
    """Return the milliseconds of processor that this process took since then; not its children."""
    return (time.process_time() - begun) * 1000


def _fetch(desk: Desk, box: MailboxConfig) -> tuple[list[Fetched], float]:
    with Mailbox.open(access(desk.settings, box), box.id) as opened:
        uids = opened.uids_after(0)
        begun = time.process_time()
        fetched = list(opened.fetch(uids))
        return fetched, _since(begun)


def _reading(desk: Desk, box: MailboxConfig, fetched: list[Fetched]) -> Iterator[Stage]:
    """Yield the stages that the reading processes do; their answers are passed back by pickle."""
    arrivals = [desk.arrival(box, each, None) for each in fetched]
    messages = [parse(each.raw) for each in fetched]

    def each(work: Callable[[int], object]) -> float:
        begun = processor(os.getpid())
        for number in range(len(fetched)):
            work(number)
        return (processor(os.getpid()) - begun) * 1000 / len(fetched)

    yield Stage("parse", each(lambda number: parse(fetched[number].raw)), "readers")
    own = each(lambda number: divide(messages[number].text, messages[number].subject))
    yield Stage("own text", own, "readers", within="parse")
    yield Stage("documents", each(lambda number: attachments.read(messages[number])), "readers")
    messages = [attachments.read(message) for message in messages]
    yield Stage("rules", each(lambda number: judge(messages[number], arrivals[number], desk.rules)), "readers")
    yield Stage(
        "pass to and from the readers", each(lambda number: _pass(fetched[number].raw, messages[number])), "both"
    )


def _pass(raw: bytes, message: object) -> None:
    pickle.loads(pickle.dumps(raw, protocol=5))  # noqa: S301  (our own)
    pickle.loads(pickle.dumps(message, protocol=5))  # noqa: S301


@contextlib.contextmanager
def _timed_composing() -> Iterator[list[float]]:
    """Give the milliseconds of each letter that is composed meanwhile."""
    spent: list[float] = []
    compose = Desk.compose

    def timed(*given: object, **named: object) -> bytes:
        begun = time.thread_time()
        raw = compose(*given, **named)  # type: ignore[arg-type]  # whatever it takes
        spent.append((time.thread_time() - begun) * 1000)
        return raw

    Desk.compose = timed  # type: ignore[method-assign]  # for the time of one poll
    try:
        yield spent
    finally:
        Desk.compose = compose  # type: ignore[method-assign]


def block(full: bool) -> Block:
    """Measure, and tell it."""
    return told(measure(_FULL if full else _BOUNDED))


def told(stages: list[Stage]) -> Block:
    """Return the table, the dearest first, and what one core does of all together."""
    whole = sum(stage.milliseconds for stage in stages if not stage.within)
    ordered = sorted(stages, key=lambda stage: -stage.milliseconds)
    rows = [
        (
            f"of {stage.within}: {stage.name}" if stage.within else stage.name,
            stage.milliseconds,
            f"{stage.milliseconds / whole:.0%}",
            stage.a_second,
            stage.where,
        )
        for stage in ordered
    ]
    table = report.table(("stage", "ms of a core", "share", "a second and core", "done by"), rows)
    text = f"{table}\n\n- All together {whole:.1f} ms: {1000 / whole:.0f} messages a second and core."
    return Block("stages", text, {stage.name: [[stage.milliseconds]] for stage in ordered if not stage.within})
