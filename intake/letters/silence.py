"""The short letter that tells staff, on a working day, that a mailbox has not been read for too long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from intake.letters.brake import Envelope, notice
from intake.letters.facts import Office
from intake.letters.templates import Templates

TEMPLATE = "digest.silence"


@dataclass(frozen=True, slots=True)
class Silence:
    """A mailbox that does not answer."""

    mailbox: str  # id
    address: str
    since: datetime | None  # the last time that it was read, in the office's zone; None: never yet
    problem: str  # what the server said last, in one line


def compose_silence(
    silence: Silence, recipients: Sequence[str], message_id: str, office: Office, templates: Templates, now: datetime
) -> bytes:
    """Return the letter to *recipients*, dated *now*, as it goes to the relay; raise ``TemplateError``."""
    sheet = templates.sheet(TEMPLATE, {"silence": silence})
    return notice(sheet, Envelope(recipients, message_id), office, templates, now)


def rehearse(office: Office, templates: Templates, now: datetime) -> None:
    """Say the letter both ways; raise ``TemplateError`` where it cannot be said."""
    for since in (now, None):
        trial = Silence("rsvp", office.sender, since, "No")
        compose_silence(trial, (office.sender,), "<trial@example.org>", office, templates, now)
