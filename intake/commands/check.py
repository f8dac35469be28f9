"""``intake check``: what works and what does not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator

import click

from intake.__main__ import Call
from intake.config import MailboxConfig, Server, Settings
from intake.delivery.smtp import Courier
from intake.errors import IntakeError, OfficeError
from intake.judgement import rules as office_rules
from intake.mail.mailbox import Mailbox
from intake.records import schema
from intake.records.store import Store
from intake.terminal import inert
from intake.worker.desk import relay
from intake.worker.logins import access
from intake.worker.rehearsing import rehearse


@click.command()
@click.option("--live", is_flag=True, help="Only the servers, a line each with the time it took: for monitoring.")
@click.pass_obj
def command(call: Call, *, live: bool) -> int:
    """Say what works: configuration, rules, templates, database, every mailbox and SMTP logged in to.

    Nothing is read, sent or changed, except that an empty database is prepared. Exit status 0: all works; 1: a server
    or the database could not be reached; 2: a file of the office has a mistake.

    With --live each mailbox is connected to, logged in to and examined, and the relay is connected to, logged in to
    and asked for a reply; the database is left alone.

    Example: intake check
    """
    settings = call.settings()
    if live:
        return _tried(_servers(settings), timed=True)
    click.echo(f"configuration  ok  {settings.path}")
    return _tried(_attempts(settings))


def _tried(attempts: Iterator[tuple[str, Callable[[], str]]], *, timed: bool = False) -> int:
    worst = 0
    for name, attempt in attempts:
        begun = time.monotonic()
        try:
            said = inert(attempt(), 300)
            spent = f"  {time.monotonic() - begun:.2f} s" if timed else ""
            click.echo(f"{name:<13}  ok  {said}{spent}")
        except OfficeError as error:
            worst = 2
            for problem in error.problems:
                click.echo(f"{name:<13}  --  {problem}")
        except IntakeError as error:
            worst = max(worst, 1)
            click.echo(f"{name:<13}  --  {inert(str(error), 300)}")
    return worst


def _attempts(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "rules", lambda: _rules(settings)
    yield "templates", lambda: _templates(settings)
    yield "database", lambda: _database(settings)
    yield from _servers(settings)


def _servers(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    for box in settings.config.mailbox:
        yield box.id, lambda box=box: _mailbox(settings, box)  # type: ignore[misc]  # mypy knows no default of a lambda
    yield "smtp", lambda: _smtp(settings)


def _rules(settings: Settings) -> str:
    consultation = office_rules.load(settings.rules, settings.config.zone).consultation
    empty = [name for name, value in consultation.data_protection if not value]
    hint = f"; empty, so left out of the letters: {', '.join(f'data_protection.{name}' for name in empty)}"
    return f"{settings.rules}: {consultation.title}{hint if empty else ''}"


def _templates(settings: Settings) -> str:
    rehearse(settings, office_rules.load(settings.rules, settings.config.zone))
    return str(settings.templates)


def _database(settings: Settings) -> str:
    store = Store(settings.database_url)
    schema.upgrade(store)
    return f"{store.place}, schema {schema.version(store)}"


def _mailbox(settings: Settings, box: MailboxConfig) -> str:
    with Mailbox.open(access(settings, box)) as mailbox:
        idle = "IDLE" if mailbox.can_idle else "no IDLE: polled"
        said = f"{box.address}: {box.folder} on {box.host}, uidvalidity {mailbox.uidvalidity}, {idle}"
        return said + _until(box)


def _smtp(settings: Settings) -> str:
    async def log_in() -> str:
        async with Courier(relay(settings)) as courier:
            return await courier.probe()

    return f"{settings.config.smtp.host}: {asyncio.run(log_in())}{_until(settings.config.smtp)}"


def _until(server: Server) -> str:
    return f", login until {server.login_until.isoformat()}" if server.login_until else ""
