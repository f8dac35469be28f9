"""Telling staff at once that the brake holds answers back."""

from __future__ import annotations

from sqlalchemy.orm import Session

from intake import events
from intake.delivery import outbox, restraint
from intake.worker.desk import Desk


def tell(session: Session, desk: Desk) -> None:
    """Put a letter to staff into the outbox where the brake holds answers back and they do not know it yet."""
    config, now = desk.settings.config, desk.now()
    brake = restraint.braked(session, config.acknowledge.per_hour, now)
    recipients = config.digest.to or config.office.staff
    if brake is None or not recipients or not restraint.must_tell(session, now):
        return
    from intake.letters import choice  # noqa: PLC0415  (loaded for what is there to be done)
    from intake.letters.brake import compose_brake  # noqa: PLC0415  (the same)

    key = choice.message_id(desk.letter_key, "hamulec", now.isoformat(), domain=desk.domain)
    raw = compose_brake(brake, recipients, key, desk.office, desk.templates, now)
    for recipient in recipients:
        posting = outbox.Posting(restraint.BRAKE, recipient, config.smtp.bounce_address or "", key, raw)
        outbox.put(session, posting, now)
    events.braked(brake.waiting, brake.per_hour)
