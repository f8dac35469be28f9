"""The whole pass of ``intake poll``: over every mailbox, then over everything due in the outbox."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime

import click

from intake.config import MailboxConfig
from intake.mail.mailbox import Mailbox
from intake.worker import alarming, health, owing, sending, taking_in
from intake.worker.desk import Desk
from intake.worker.sending import Sent
from intake.worker.taking_in import PollLine

_SOON = 5.0  # seconds after which letters begin to leave while mail is still taken in


def work(desk: Desk, doors: Mapping[str, AbstractContextManager[Mailbox]], *, retry: bool) -> int:
    """Look into every mailbox once, through its door where that is open, and send everything that is due.

    Return the exit status.
    """
    sending.free(desk)
    lines, sent = asyncio.run(_take_in(desk, doors))
    for line in lines:
        click.echo(told(line))
    if retry:
        _retry(desk)
    now = desk.now()
    for box in owing.reconciliations(desk, now):
        _reconcile(desk, box)
    alarming.tell(desk, now)
    _write_digests(desk, now)
    sent.add(asyncio.run(sending.drain(desk)))
    click.echo(f"outbox: {sent.accepted} sent, {sent.deferred} deferred, {sent.refused} refused")
    if sent.last_error:
        click.echo(f"outbox: {sent.last_error}", err=True)
    health.tell(desk)
    return 1 if any(line.error or line.withheld for line in lines) or sent.deferred or sent.refused else 0


async def _take_in(desk: Desk, doors: Mapping[str, AbstractContextManager[Mailbox]]) -> tuple[list[PollLine], Sent]:
    """Take in what is new, and send meanwhile where that takes long: nobody waits for the end of a storm."""
    boxes, sent = desk.settings.config.mailbox, Sent()

    def take_in() -> list[PollLine]:
        return [taking_in.poll(desk, box, door=doors.get(box.id)) for box in boxes]

    polling = asyncio.create_task(asyncio.to_thread(take_in))
    while not (await asyncio.wait({polling}, timeout=_SOON))[0]:
        sent.add(await sending.drain(desk, polling.done))
    return polling.result(), sent


def _retry(desk: Desk) -> None:
    from intake.worker import retrying  # noqa: PLC0415  (loaded for what is there to be done)

    retried = retrying.retry(desk)
    click.echo(f"set aside: {retried.read} read now, {retried.left} left")


def _reconcile(desk: Desk, box: MailboxConfig) -> None:
    from intake.commands.reconcile import told  # noqa: PLC0415  (loaded for what is there to be done)
    from intake.worker import reconciling  # noqa: PLC0415  (loaded for what is there to be done)

    click.echo(f"reconciled {told(reconciling.reconcile(desk, box))}")


def _write_digests(desk: Desk, now: datetime) -> None:
    """Write the digest of this morning, and the second one on the day of the meeting, where they are owed."""
    day = owing.owed(desk, now)
    if day is not None:
        from intake.worker import morning  # noqa: PLC0415  (loaded for what is there to be done)

        if morning.write(desk, day) is not None:
            click.echo(f"digest: {day.isoformat()} written")
    if owing.second(desk, now):
        from intake.worker import before_meeting  # noqa: PLC0415  (loaded for what is there to be done)

        if before_meeting.write(desk) is not None:
            click.echo("digest: the second one, before the meeting, written")


def told(line: PollLine) -> str:
    """Return the line of one mailbox."""
    fates = ", ".join(f"{count} {fate.value.replace('_', ' ')}" for fate, count in sorted(line.fates.items()) if count)
    text = f"{line.mailbox}: {line.listed} new" + (f" ({fates})" if fates else "")
    if line.withheld:
        text += f"; {line.withheld} listed by the server and not given"
    return f"{text}; {line.left_over} left over: {line.error}" if line.error else text
