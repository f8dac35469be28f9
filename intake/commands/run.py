"""``intake run``: the scheduled worker."""

from __future__ import annotations

import asyncio
import logging
import os
import signal

import click

from intake.__main__ import Call
from intake.worker.desk import Desk, relay
from intake.worker.logins import access
from intake.worker.loop import Worker
from intake.worker.rehearsing import rehearse


@click.command()
@click.pass_obj
def command(call: Call) -> int:
    """Poll the mailboxes, send what is owed, mail the digest; until SIGTERM or SIGINT.

    What is in hand at the signal is finished first, for at most ten seconds. What happens is logged to stderr.

    Example: intake --config /etc/intake/config.toml run
    """
    logging.getLogger("intake").setLevel(min(logging.INFO, logging.getLogger().level))
    desk = call.desk(running=True)
    for box in desk.settings.config.mailbox:
        access(desk.settings, box)  # a missing secret stops us now, not at the first poll
    relay(desk.settings)
    rehearse(desk.settings, desk.rules)
    asyncio.run(_work(desk))
    return 0


async def _work(desk: Desk) -> None:
    worker = Worker(desk)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop, signal.Signals(number).name)
    await worker.run()
    if worker.is_unfinished:  # a thread that waits for a stalled server would be waited for
        logging.shutdown()
        os._exit(0)
