"""The loop: mailboxes polled and watched, letters sent, the digest written, until it is told to stop [apscheduler].

Each mailbox has its own job, its own threads and its own pauses, so one that is down holds up no other. IDLE (RFC 2177)
is a doorbell only: what it announces is read by the same poll that the schedule runs. Stopping lets the batch and the
letter in hand be finished, for some seconds: a server that stalls is left then as by a kill, which loses nothing. What
is left over is done at the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
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
from intake.records.versions import HEAD
from intake.worker import (
    alarming,
    announcing,
    before_meeting,
    clerk,
    health,
    morning,
    owing,
    reconciling,
    retrying,
    sending,
    supervision,
    taking_in,
)
from intake.worker.desk import Desk
from intake.worker.logins import access

T = TypeVar("T")
_IDLE = 1500.0  # seconds; RFC 2177 asks for less than 29 minutes
_RECKONING = 300  # seconds between looks at whether a mailbox is to be reconciled
_SETTLING = 300.0  # seconds after the start in which no mailbox is called silent
_TICK = 20  # seconds between looks at the outbox and at the morning, when nothing wakes them
_SHORTEST_PAUSE, _LONGEST_PAUSE = 15.0, 600.0  # seconds after failures
_REFUSED_PAUSE = 300.0  # after a refused login: servers lock accounts that try again and again
_DOOR_PAUSE = 30.0
_GRACE = 10.0  # seconds that what is in hand may take when we are to end


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

    @property
    def patience(self) -> float:
        """Return for how many seconds the server is still to be left alone."""
        return max(0.0, (self.not_before or 0.0) - time.monotonic())

    def failed(self, *, refused: bool = False) -> None:
        """Leave a server that failed alone for a while, longer each time, and not in step with other clients."""
        self.failures += 1
        pause = min(_SHORTEST_PAUSE * 2 ** min(self.failures - 1, 10), _LONGEST_PAUSE)
        if refused:
            pause = max(pause, _REFUSED_PAUSE)
        self.not_before = time.monotonic() + pause * random.uniform(0.5, 1.0)  # noqa: S311  (jitter, no secret)


class Worker:
    """Does all that is to be done, when it is to be done, until ``stop``."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._boxes = [_Watch(box) for box in desk.settings.config.mailbox]
        self._threads = ThreadPoolExecutor(2 * len(self._boxes) + 4, thread_name_prefix="worker")
        self._stopping = asyncio.Event()
        self._began = time.monotonic()
        self._ending = threading.Event()  # the same, for threads
        self._sending = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self.is_unfinished = False  # something was still in hand when ``run`` returned

    def stop(self, reason: str) -> None:
        """Let what is in hand be finished, then let ``run`` return."""
        events.stopping(reason)
        supervision.notify(supervision.STOPPING)
        self._ending.set()
        self._stopping.set()

    async def run(self) -> None:
        """Work until ``stop`` is called, and return when what was in hand is finished."""
        await self._thread(sending.free, self._desk)
        events.started(len(self._boxes), HEAD)
        scheduler = self._scheduler()
        scheduler.start()
        supervision.notify(supervision.READY)
        self._begin(self._retry())
        for watch in self._boxes:
            self._begin(self._doorbell(watch))
        await self._stopping.wait()
        scheduler.pause()  # its own shutdown would cancel what is running
        await self._finish()
        scheduler.shutdown(wait=False)
        self._threads.shutdown(wait=not self.is_unfinished, cancel_futures=True)

    async def _finish(self) -> None:
        """Wait for what is in hand, and leave it after a while: it is as safe then as at a kill."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=_GRACE)
        for task in late:
            task.cancel()
        if late:
            self.is_unfinished = True
            events.left_unfinished(len(late))
            await asyncio.wait(late, timeout=1.0)

    def _scheduler(self) -> Any:
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        scheduler = AsyncIOScheduler(timezone=self._desk.rules.zone, job_defaults=defaults)
        poll = self._desk.settings.config.schedule.poll.total_seconds()
        for watch in self._boxes:
            self._every(scheduler, poll, self._poll, watch)
        self._every(scheduler, _TICK, self._send)
        self._every(scheduler, _TICK, self._morning)
        self._every(scheduler, _TICK, self._tell)
        self._every(scheduler, _RECKONING, self._reconcile)
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
        task = asyncio.create_task(_guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _thread(self, work: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)

    async def _poll(self, watch: _Watch, *, patient: bool = False) -> None:
        """Take in what is new in one mailbox, and send what is owed for it; *patient* waits for a poll under way."""
        if watch.patience:
            watch.rung = False
            return
        if watch.lock.locked() and not patient:
            return
        async with watch.lock:
            watch.rung = False
            try:
                line = await self._thread(taking_in.poll, self._desk, watch.box, self._ending.is_set)
            except IntakeError as error:
                events.failed(f"poll {watch.box.id}", error)
                return
            watch.failed(refused=line.refused) if line.error else watch.reached()
        if line.listed > line.left_over:
            await self._send()

    async def _send(self) -> None:
        """Deliver what is due; one draining at a time."""
        async with self._sending:
            try:
                await self._thread(sending.free, self._desk)  # what other workers left behind
                await sending.drain(self._desk, self._ending.is_set)
            except IntakeError as error:
                events.failed("sending", error)

    async def _tell(self) -> None:
        """Write how we are, and let the service manager know that loop and threads are alive."""
        await self._thread(health.tell, self._desk)
        supervision.notify(supervision.ALIVE)

    async def _morning(self) -> None:
        """Write the digest where one is owed, and the alarm where a mailbox fell silent."""
        try:
            if time.monotonic() - self._began > _SETTLING:  # the silence before our start was our own
                await self._thread(alarming.tell, self._desk, self._desk.now())
            announced = await self._thread(announcing.work, self._desk)
            day = await self._thread(owing.owed, self._desk, self._desk.now())
            if day is not None:
                await self._thread(morning.write, self._desk, day)
            second = await self._thread(before_meeting.write, self._desk)
        except IntakeError as error:
            events.failed("digest", error)
            return
        if day is not None or second is not None or announced:
            await self._send()

    async def _retry(self) -> None:
        """Try again what was set aside: this start may be that of a better program; and what staff wrote last."""
        try:
            await self._thread(clerk.work, self._desk)
            retried = await self._thread(retrying.retry, self._desk)
        except IntakeError as error:
            events.failed("retry", error)
            return
        if retried.read:
            await self._send()

    async def _reconcile(self) -> None:
        """Hold the mailboxes against the record, where that was not done since the night."""
        try:
            for box in await self._thread(owing.reconciliations, self._desk, self._desk.now()):
                watch = next(each for each in self._boxes if each.box is box)
                if watch.patience or self._stopping.is_set():
                    continue
                async with watch.lock:
                    done = await self._thread(reconciling.reconcile, self._desk, box, self._ending.is_set)
                    if done.error:
                        watch.failed()
        except IntakeError as error:
            events.failed("reconciling", error)

    async def _doorbell(self, watch: _Watch) -> None:
        """Have the bell of one mailbox listened to, where its server offers IDLE; otherwise the schedule polls."""
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            if watch.patience:  # its poll tries again first: nobody knocks at a dead server's door twice
                await self._rest(watch.patience)
                continue
            heard = await self._thread(self._listen, watch, lambda: loop.call_soon_threadsafe(self._rung, watch))
            if not heard:
                return

    async def _rest(self, seconds: float) -> None:
        """Wait so long, or until we are to end."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

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
            # The poll tells what is wrong, and counts.
            self._ending.wait(_DOOR_PAUSE * random.uniform(0.5, 1.0))  # noqa: S311  (jitter, no secret)
        return True

    def _rung(self, watch: _Watch) -> None:
        if not watch.rung and not self._stopping.is_set():
            watch.rung = True
            self._begin(self._poll(watch, patient=True))


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    """Do *work*, and say so where it fails by a mistake of ours: the loop goes on, and nothing fails in silence."""
    try:
        await work
    except Exception as error:  # noqa: BLE001  (whatever it is: it is told, and done again at its next hour)
        events.failed("worker", error)
