"""The short letter that tells staff at once that the brake holds answers back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from typing import Protocol

from intake.letters import mime
from intake.letters.facts import Office
from intake.letters.letter import sender_name
from intake.letters.sheet import Sheet, as_text
from intake.letters.templates import LANGUAGE, Templates

TEMPLATE = "digest.brake"


class Held(Protocol):
    """How the brake stands; ``delivery/restraint.py`` makes it."""

    @property
    def waiting(self) -> int:
        """Return how many answers would leave now."""

    @property
    def per_hour(self) -> int:
        """Return how many may leave in an hour."""

    @property
    def until(self) -> datetime:
        """Return when the next may leave."""


@dataclass(frozen=True, slots=True)
class _Trial:
    waiting: int
    per_hour: int
    until: datetime


def compose_brake(
    held: Held, recipients: Sequence[str], message_id: str, office: Office, templates: Templates, now: datetime
) -> bytes:
    """Return the letter to *recipients*, dated *now*, as it goes to the relay; raise ``TemplateError``."""
    told = _Trial(held.waiting, held.per_hour, held.until.astimezone(now.tzinfo))
    return notice(templates.sheet(TEMPLATE, {"brake": told}), Envelope(recipients, message_id), office, templates, now)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Where a letter to staff goes, and what it answers."""

    recipients: Sequence[str]
    message_id: str
    answers: str | None = None  # Message-ID


def notice(sheet: Sheet, envelope: Envelope, office: Office, templates: Templates, now: datetime) -> bytes:
    """Return a letter to staff that says what *sheet* says, dated *now*, as it goes to the relay."""
    message = mime.new()
    message["From"] = Address(sender_name(templates), addr_spec=office.sender)
    message["To"] = [Address(addr_spec=recipient) for recipient in envelope.recipients]
    message["Subject"] = sheet.fields["Subject"]
    message["Date"] = now
    message["Message-ID"] = envelope.message_id
    if answers := mime.identifier(envelope.answers):
        message["In-Reply-To"] = message["References"] = answers
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5.2: it answers nothing
    message["X-Auto-Response-Suppress"] = "All"
    mime.set_parts(message, as_text(sheet), templates.layout(sheet))
    message["Content-Language"] = LANGUAGE
    return mime.final(message)


def rehearse(office: Office, templates: Templates, now: datetime) -> None:
    """Say the letter once; raise ``TemplateError`` where it cannot be said."""
    trial = _Trial(23, 500, now + timedelta(minutes=17))
    compose_brake(trial, (office.sender,), "<trial@example.org>", office, templates, now)
