"""The glance: a whole poll, where nothing is new and nothing is owed, with nothing loaded for anything more.

Most polls find nothing. So the little that tells this is asked first: a few counts of the database, the hours, and each
server for what lies above the cursor. Only where all of it says that there is nothing to do, the look is noted as any
other is, and ends. Whatever is unusual – first contact, a new uidvalidity, a letter that waits, an error – is left to
the whole pass, which decides everything anew and gets the mailboxes that were opened here.

The cursor is read before a mailbox is opened, so what another worker takes in meanwhile is never mistaken for a
mailbox numbered anew. Of the rules only the consultation is read, which tells the hours; the rest with the first
message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime

from intake import events
from intake.config import Settings
from intake.errors import IntakeError, RecordError
from intake.judgement import consultation as office_consultation
from intake.judgement.consultation import Consultation, cutoffs
from intake.records import glance
from intake.records.glance import Known, Standing
from intake.worker import doors, hours, logins, status
from intake.worker.doors import Door
from intake.worker.status import Box, Outbox


@dataclass(frozen=True, slots=True)
class Glance:
    """What came of it."""

    is_all: bool = False  # nothing was to be done, and that is noted
    doors: Mapping[str, Door] = field(default_factory=dict)  # by mailbox: those that were opened
    has_mail: bool = False  # one of them holds something new


def take(settings: Settings, clock: Callable[[], datetime], shutting: ExitStack) -> Glance:
    """Look whether there is anything to do; *shutting* shuts the mailboxes that nobody goes into afterwards."""
    now = clock().astimezone(settings.config.zone)
    try:
        consultation = office_consultation.load(settings.rules)
        logins.actions_key(settings)
        logins.relay_password(settings)
        standing = glance.standing(settings.database_url, consultation.id)
    except IntakeError:
        return Glance()  # the whole pass comes upon it too, and tells it at its place
    if _is_owed(settings, consultation, standing, now):
        return Glance()
    boxes = [(box, standing.places[box.id].last_uid) for box in settings.config.mailbox]
    found = {door.box.id: door for door in doors.opened(settings, boxes, shutting)}
    quiet = all(_is_quiet(door, standing.places[name]) for name, door in found.items())
    if quiet:
        try:
            _note(settings, standing, clock().astimezone(settings.config.zone))
        except RecordError:
            quiet = False
    return Glance(quiet, found, any(door.has_more for door in found.values()))


def _is_owed(settings: Settings, consultation: Consultation, standing: Standing, now: datetime) -> bool:
    """Tell whether there is something to do whatever the mailboxes hold, or may be: the whole pass looks closer."""
    config = settings.config
    meeting = cutoffs(consultation, config.zone).meeting
    ids = [box.id for box in config.mailbox]
    digest = hours.latest(config.schedule, now, meeting.date()) if config.digest.to else None
    return (
        any(box.filing or box.id not in standing.places for box in config.mailbox)
        or any(standing.places[name].withheld for name in ids)
        or bool(standing.waiting)
        or standing.deferred
        or bool(standing.held and now >= meeting)  # what announces a meeting that has begun is written off
        or bool(hours.unreconciled(ids, standing.reckoned, standing.began, now))
        or (digest is not None and hours.is_owed(digest, standing.began, standing.last_digest))
        or hours.is_before_meeting(config.digest, meeting, now)
    )


def _is_quiet(door: Door, known: Known) -> bool:
    """Tell whether a mailbox is as it was, with nothing above the cursor."""
    try:
        found = door.found()
    except (IntakeError, CancelledError):
        return False  # told by the whole pass, to which it is handed over
    is_same = (known.folder, known.uidvalidity) == (door.box.folder, found.uidvalidity)
    return is_same and found.uidnext > known.last_uid and not found.has_more


def _note(settings: Settings, standing: Standing, now: datetime) -> None:
    ids = [box.id for box in settings.config.mailbox]
    glance.reached(settings.database_url, ids, now)
    for name in ids:
        events.polled(name, 0, {})
    outbox = Outbox(held=standing.held, failed=standing.failed)
    status.tell(settings, status.Known({name: Box(last_poll=now) for name in ids}, outbox), now)
