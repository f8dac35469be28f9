"""The loop: mailboxes polled and watched, letters sent, the digest written, until it is told to stop [apscheduler].

Each mailbox has its own job, its own threads and its own pauses, so one that is down holds up no other. IDLE (RFC 2177)
is a doorbell only: what it announces is read by the same poll that the schedule runs. Stopping lets the batch and the
letter in hand be finished; what is left over is done at the next start.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from intake import events
from intake.config import MailboxConfig
from intake.errors import ConfigError, IntakeError, MailboxError
from intake.mail.mailbox import Mailbox
from intake.records.schema import HEAD
from intake.worker import morning, sending, taking_in
from intake.worker.desk import Desk, access

T = TypeVar("T")
_IDLE = 1500.0  # seconds; RFC 2177 asks for less than 29 minutes
_TICK = 20  # seconds between looks at the outbox and at the morning, when nothing wakes them
_SHORTEST_PAUSE, _LONGEST_PAUSE = 15.0, 600.0  # seconds after failures
_DOOR_PAUSE = 30.0


@dataclass(slots=True)
class _Watch:
    """What the worker remembers of a mailbox between polls."""

    box: MailboxConfig
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    rung: bool = False  # its bell rang and the poll that follows has not begun
    failures: int = 0
    not_before: float | None = None  # monotonic seconds

    def reached(self) -> None:
        """Forget earlier failures."""
        self.failures, self.not_before = 0, None

    def failed(self) -> None:
        """Leave a server that failed alone for a while, longer each time, and not in step with other clients."""
        self.failures += 1
        pause = min(_SHORTEST_PAUSE * 2 ** (self.failures - 1), _LONGEST_PAUSE)
        self.not_before = time.monotonic() + pause * random.uniform(0.5, 1.0)  # noqa: S311  (jitter, no secret)


class Worker:
    """Does all that is to be done, when it is to be done, until ``stop``."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._boxes = [_Watch(box) for box in desk.settings.config.mailbox]
        self._threads = ThreadPoolExecutor(2 * len(self._boxes) + 4, thread_name_prefix="worker")
        self._stopping = asyncio.Event()
        self._ending = threading.Event()  # the same, for threads
        self._sending = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    def stop(self, reason: str) -> None:
        """Let what is in hand be finished, then let ``run`` return."""
        events.stopping(reason)
        self._ending.set()
        self._stopping.set()

    async def run(self) -> None:
        """Work until ``stop`` is called, and return when what was in hand is finished."""
        await self._thread(sending.free, self._desk)
        events.started(len(self._boxes), HEAD)
        scheduler = self._scheduler()
        scheduler.start()
        for watch in self._boxes:
            self._begin(self._doorbell(watch))
        await self._stopping.wait()
        scheduler.pause()  # its own shutdown would cancel what is running
        await asyncio.gather(*self._tasks, return_exceptions=True)
        scheduler.shutdown(wait=False)
        self._threads.shutdown()

    def _scheduler(self) -> Any:
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        scheduler = AsyncIOScheduler(timezone=self._desk.rules.zone, job_defaults=defaults)
        poll = self._desk.settings.config.schedule.poll.total_seconds()
        for watch in self._boxes:
            self._every(scheduler, poll, self._poll, watch)
        self._every(scheduler, _TICK, self._send)
        self._every(scheduler, _TICK, self._morning)
        return scheduler

    def _every(
        self, scheduler: Any, seconds: float, work: Callable[..., Coroutine[Any, Any, None]], *args: Any
    ) -> None:
        async def job() -> None:
            if not self._stopping.is_set():
                await asyncio.shield(self._begin(work(*args)))

        soon = datetime.now(self._desk.rules.zone)  # by the scheduler's clock, which is not the desk's
        scheduler.add_job(job, "interval", seconds=seconds, next_run_time=soon)

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start *work* as a task that ``run`` waits for before it returns."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _thread(self, work: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)

    async def _poll(self, watch: _Watch, *, patient: bool = False) -> None:
        """Take in what is new in one mailbox, and send what is owed for it; *patient* waits for a poll under way."""
        if watch.not_before and time.monotonic() < watch.not_before:
            watch.rung = False
            return
        if watch.lock.locked() and not patient:
            return
        async with watch.lock:
            watch.rung = False
            try:
                line = await self._thread(taking_in.poll, self._desk, watch.box)
            except IntakeError as error:
                events.failed(f"poll {watch.box.id}", error)
                return
            watch.failed() if line.error else watch.reached()
        if line.listed > line.left_over:
            await self._send()

    async def _send(self) -> None:
        """Deliver what is due; one draining at a time."""
        async with self._sending:
            try:
                await sending.drain(self._desk)
            except IntakeError as error:
                events.failed("sending", error)

    async def _morning(self) -> None:
        """Write the digest where one is owed."""
        try:
            day = await self._thread(morning.owed, self._desk, self._desk.now())
            if day is not None:
                await self._thread(morning.write, self._desk, day)
        except IntakeError as error:
            events.failed("digest", error)
            return
        if day is not None:
            await self._send()

    async def _doorbell(self, watch: _Watch) -> None:
        """Have the bell of one mailbox listened to, where its server offers IDLE; otherwise the schedule polls."""
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            heard = await self._thread(self._listen, watch, lambda: loop.call_soon_threadsafe(self._rung, watch))
            if not heard:
                return

    def _listen(self, watch: _Watch, ring: Callable[[], object]) -> bool:
        """Call *ring* whenever something may have come; return whether it is worth listening again."""
        try:
            with Mailbox.open(access(self._desk.settings, watch.box)) as mailbox:
                if not mailbox.can_idle:
                    return False
                ring()  # for what came while nobody listened
                while not self._ending.is_set():
                    if mailbox.idle(_IDLE, self._ending):
                        ring()
        except (MailboxError, ConfigError):
            self._ending.wait(_DOOR_PAUSE)  # the poll tells what is wrong, and counts
        return True

    def _rung(self, watch: _Watch) -> None:
        if not watch.rung and not self._stopping.is_set():
            watch.rung = True
            self._begin(self._poll(watch, patient=True))
