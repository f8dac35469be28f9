"""The desk: everything that is loaded once, at start, and that work is done with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from intake.config import MailboxConfig, Settings, SmtpConfig
from intake.delivery.smtp import Relay
from intake.judgement import rules as office_rules
from intake.judgement.rules import Rules
from intake.judgement.values import Arrival, Category, Earlier
from intake.letters.facts import LetterFacts, Office
from intake.mail.mailbox import Fetched
from intake.records import schema
from intake.records.settings import letter_key
from intake.records.store import Store
from intake.worker.logins import actions_key, beside, relay_password
from intake.worker.reading import Readers

if TYPE_CHECKING:
    from intake.letters.templates import Templates

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Desk:
    """The office's files, the database and the clock."""

    settings: Settings
    rules: Rules
    read_templates: Callable[[], Templates]
    store: Store
    clock: Clock
    letter_key: str
    readers: Readers

    @property
    def templates(self) -> Templates:
        """Return the templates, read when the first is needed: a look that finds nothing needs none."""
        return self.read_templates()

    @property
    def office(self) -> Office:
        """Return who signs our letters."""
        config = self.settings.config
        return Office(name=config.office.name, sender=config.smtp.sender)

    @property
    def domain(self) -> str:
        """Return the domain of our Message-IDs."""
        return self.settings.config.smtp.sender.rpartition("@")[2]

    @property
    def actions_key(self) -> str | None:
        """Return the key of the links in a digest; None: digests have none."""
        return actions_key(self.settings)

    def now(self) -> datetime:
        """Return the present time, aware, in the office's zone."""
        return self.clock().astimezone(self.rules.zone)

    def compose(self, facts: LetterFacts, now: datetime) -> bytes:
        """Return the bytes of a letter as they go to the relay."""
        from intake.letters.letter import compose  # noqa: PLC0415  (a look that finds nothing writes no letter)

        rules = self.rules
        return compose(facts, self.office, rules.consultation, rules.cutoffs, self.templates, now).raw

    def arrival(self, box: MailboxConfig, fetched: Fetched, earlier: Earlier | None) -> Arrival:
        """Return where and when *fetched* reached us."""
        return Arrival(
            mailbox=box.id,
            received=fetched.internaldate,
            expects=Category(box.expects) if box.expects else None,
            personal=box.personal,
            own_addresses=self.settings.config.own_addresses,
            earlier=earlier,
        )


def prepare(settings: Settings, clock: Clock) -> Desk:
    """Load rules and templates, open the database and bring it up to date; raise what is wrong with them."""
    rules = office_rules.load(settings.rules, settings.config.zone)
    store = Store(settings.database_url)
    schema.upgrade(store)
    with store.writing() as session:
        key = letter_key(session)
    templates = cache(partial(_templates, settings.templates))
    desk = Desk(settings, rules, templates, store, clock, key, Readers(settings.rules, settings.config.timezone))
    _ = desk.actions_key  # a mistake in it stops us here
    return desk


def _templates(directory: Path) -> Templates:
    from intake.letters import templates  # noqa: PLC0415  (a look that finds nothing writes no letter)

    return templates.load(directory)


def relay(settings: Settings) -> Relay:
    """Return how our relay is logged in to."""
    smtp: SmtpConfig = settings.config.smtp
    return Relay(
        host=smtp.host,
        port=smtp.port,
        tls=smtp.tls,
        username=smtp.username,
        password=relay_password(settings),
        ca_file=beside(settings, smtp),
    )
