"""The alarm by absence: a mailbox that was not read for too long on a working day is told to staff at once."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from intake import events
from intake.config import MailboxConfig
from intake.delivery import outbox
from intake.records import accounts
from intake.records.store import Place, Setting
from intake.worker.desk import Desk

KIND = "silence"
_AFTER = timedelta(hours=1)
_OPENS, _CLOSES = time(7, 0), time(17, 0)  # of a working day, when somebody can do something about it
_NAME = "silence told "  # followed by the mailbox's id: since when it was silent when staff were told


def tell(desk: Desk, now: datetime) -> None:
    """Put a letter to staff into the outbox for each mailbox that fell silent and that they were not told of.

    *now* is in the office's zone. Once an incident: a mailbox that was read again and falls silent is told again.
    """
    config = desk.settings.config
    recipients = config.digest.to or config.office.staff
    if not recipients or now.weekday() not in config.schedule.weekdays or not _OPENS <= now.time() < _CLOSES:
        return
    after = max(_AFTER, 2 * config.schedule.poll)
    with desk.store.reading() as session:
        places = accounts.places(session)
    for box in config.mailbox:
        place = places.get(box.id)
        since = _silent_since(place)
        if place is None or since is None or now - since < after:
            continue
        if _write(desk, box, place, since, now):
            events.silent(box.id)


def _silent_since(place: Place | None) -> datetime | None:
    """Return since when a mailbox fails, or was not looked at."""
    if place is None:
        return None
    return place.failing_since or place.reached_at


def _write(desk: Desk, box: MailboxConfig, place: Place, since: datetime, now: datetime) -> bool:
    """Write the letter, and tell whether it was not written before."""
    from intake.letters import choice  # noqa: PLC0415  (loaded for what is there to be done)
    from intake.letters.silence import Silence, compose_silence  # noqa: PLC0415  (the same)

    config = desk.settings.config
    recipients = config.digest.to or config.office.staff
    read = place.reached_at.astimezone(now.tzinfo) if place.reached_at else None
    silence = Silence(box.id, box.address, read, place.last_error or "")
    with desk.store.writing() as session:
        told = session.get(Setting, _NAME + box.id)
        if told is not None and told.value == since.isoformat():
            return False
        session.merge(Setting(name=_NAME + box.id, value=since.isoformat()))
        key = choice.message_id(desk.letter_key, "cisza", box.id, since.isoformat(), domain=desk.domain)
        raw = compose_silence(silence, recipients, key, desk.office, desk.templates, now)
        for recipient in recipients:
            posting = outbox.Posting(KIND, recipient, config.smtp.bounce_address or "", key, raw)
            outbox.put(session, posting, now)
    return True
