"""An office for end-to-end tests: a folder of its own, mailboxes on Dovecot, a relay that records."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from intake import config as office_config
from intake.config import MailboxConfig
from intake.records.export import exported
from intake.worker import sending, taking_in
from intake.worker.desk import Desk, prepare
from intake.worker.sending import Sent
from intake.worker.taking_in import PollLine
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.smtp import Sink

Intake = Callable[..., tuple[int, str, str]]  # status, output and error output of a command
WARSAW = ZoneInfo("Europe/Warsaw")
_CONFIG = """
[office]
name = "Wydział Komunikacji Społecznej i Informacji, Urząd Miasta Torunia"
addresses = ["konsultacje@um.torun.pl", "k.dabrowska@um.torun.pl"]
staff = ["k.dabrowska@um.torun.pl"]

[database]
url = "{database}"

[[mailbox]]
id = "konsultacje"
address = "konsultacje@um.torun.pl"
host = "127.0.0.1"
port = {imap}
tls = "none"
username = "{konsultacje}"
password = {{ file = "password" }}
expects = "proposal"

[[mailbox]]
id = "rsvp"
address = "k.dabrowska@um.torun.pl"
host = "127.0.0.1"
port = {imap}
tls = "none"
username = "{rsvp}"
password = {{ file = "password" }}
expects = "attendance"
personal = true

[smtp]
host = "127.0.0.1"
port = {smtp}
tls = "none"
sender = "konsultacje@um.torun.pl"

[schedule]
poll = "1s"

[digest]
to = ["k.dabrowska@um.torun.pl"]

[acknowledge]
{acknowledge}
"""


def warsaw(text: str) -> datetime:
    """Return a time of Warsaw's clocks, such as ``2023-07-10 12:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW)


def warsaw_time(text: str) -> str:
    """Return an instant in ISO 8601 as Warsaw's clocks show it."""
    return datetime.fromisoformat(text).astimezone(WARSAW).isoformat()


def text_of(message: EmailMessage) -> str:
    """Return the text part of a letter, its lines joined and no-break spaces made plain."""
    part = message.get_body(("plain",))
    assert part is not None
    return " ".join(part.get_content().replace("\u00a0", " ").split())


@dataclass(slots=True)
class Office:
    """A configured office with its servers; its clock stands until it is set."""

    folder: Path
    dovecot: Dovecot
    sink: Sink
    users: dict[str, str]  # mailbox id to user at the server
    now: datetime
    desk: Desk

    def mail(self, mailbox: str, raw: bytes, when: str) -> None:
        """Deliver *raw* at *when*, Warsaw time."""
        self.dovecot.deliver(self.users[mailbox], raw, warsaw(when))

    def poll(self) -> dict[str, PollLine]:
        """Look into every mailbox once."""
        return {box.id: taking_in.poll(self.desk, box) for box in self.desk.settings.config.mailbox}

    def drain(self) -> Sent:
        """Send what is due."""
        return asyncio.run(sending.drain(self.desk))

    def box(self, name: str) -> MailboxConfig:
        """Return the configuration of a mailbox."""
        return next(box for box in self.desk.settings.config.mailbox if box.id == name)

    def records(self) -> list[dict[str, Any]]:
        """Return what ``intake export`` would print."""
        with self.desk.store.reading() as session:
            return list(exported(session, self.desk.rules.consultation.id, WARSAW))

    def reconfigure(self, change: tuple[str, str], *, mailbox: str = "rsvp", password: str | None = None) -> Office:
        """Change one key of a mailbox's configuration, and its password, and open the office anew."""
        key, value = change
        box = self.box(mailbox)
        text = (self.folder / "config.toml").read_text(encoding="utf-8")
        head, table, rest = text.partition(f'id = "{box.id}"')
        old = getattr(box, key)
        quote = '"' if isinstance(old, str) else ""
        rest = rest.replace(f"{key} = {quote}{old}{quote}", f"{key} = {quote}{value}{quote}", 1)
        if password is not None:
            (self.folder / "other").write_text(password, encoding="utf-8")
            rest = rest.replace('file = "password"', 'file = "other"', 1)
        (self.folder / "config.toml").write_text(head + table + rest, encoding="utf-8")
        self.desk = prepare(office_config.load(self.folder / "config.toml"), self.desk.clock)
        return self

    def letters(self) -> list[EmailMessage]:
        """Return the letters that the relay took, parsed."""
        return [email.message_from_bytes(each.raw, policy=email.policy.default) for each in self.sink.delivered]


def furnish(
    folder: Path, dovecot: Dovecot, sink: Sink, *, acknowledge: str = "", database: str = "", imap: int = 0
) -> Office:
    """Write an office's folder and open it; the rules and templates are the shipped ones."""
    users = {name: dovecot.new_user() for name in ("konsultacje", "rsvp")}
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    path = folder / "config.toml"
    text = _CONFIG.format(
        imap=imap or dovecot.port,
        smtp=sink.port,
        acknowledge=acknowledge,
        database=database or "sqlite:///var/intake.db",
        **users,
    )
    path.write_text(text, encoding="utf-8")
    office: Office

    def clock() -> datetime:
        return office.now

    office = Office(folder, dovecot, sink, users, warsaw("2023-07-10 12:00"), None)  # type: ignore[arg-type]  # next line
    office.desk = prepare(office_config.load(path), clock)
    return office


def letter(
    text: str,
    *,
    sender: str = "Anna Nowak <anna@fundacja-przystan.example>",
    subject: str = "Spotkanie konsultacyjne",
    to: str = "konsultacje@um.torun.pl",
    **fields: str,
) -> bytes:
    """Return a message in UTF-8, as many programs write it; *fields* are further header fields, ``_`` for ``-``."""
    message = EmailMessage(policy=email.policy.SMTP)
    message["Return-Path"] = f"<{sender.rpartition('<')[2].rstrip('>')}>"
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = "Mon, 10 Jul 2023 09:00:00 +0200"
    fields.setdefault("Message_ID", f"<{abs(hash((text, sender, subject)))}@fundacja-przystan.example>")
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()
