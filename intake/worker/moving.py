"""What putting a message into another folder says, carried out; or taken back, where it was put back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import events
from intake.config import MailboxConfig
from intake.errors import RecordError
from intake.judgement.values import Category
from intake.mail.mailbox import Fetched
from intake.records import accounts, corrections
from intake.records.corrections import Applied, Wish
from intake.records.store import Fate, Instruction, Record
from intake.worker.desk import Desk
from intake.worker.entering import Entering
from intake.worker.reading import Unreadable
from intake.worker.settling import By, Deed, Manner, Settled, settle, undo

_MOVE = "move"


def moved(desk: Desk, record_id: int, said: Category | None, fetched: Fetched, grace: timedelta) -> Settled | None:
    """Carry out what putting a message into a folder says; None where that says nothing new."""
    with desk.store.reading() as session:
        row = session.get_one(Record, record_id)
        counts, open_to_all = corrections.category(row), not row.private
        pending = bool(row.review) and row.settled_at is None
        last = _last_move(session, record_id)
        was = Applied.load(last.changes).kind[0] if last else None
    if said is None:
        return None  # back among those to be looked at: a person has it in hand
    if last is not None and was == said.value:
        return undo(desk, last.id, By(_MOVE, fetched.folder), Manner(grace=grace))
    if said is counts and open_to_all and not pending:
        return None
    try:
        manner = Manner(grace=grace, raw=fetched.raw)
        return settle(desk, record_id, Wish(category=said), By(_MOVE, fetched.folder), manner)
    except Unreadable:
        events.unread(record_id)
        return None


def moved_back(desk: Desk, record_id: int) -> bool:
    """Undo what the last move of a message said; tell whether there was something to undo."""
    with desk.store.reading() as session:
        last = _last_move(session, record_id)
        number = last.id if last else None
    if number is None:
        return False
    undo(desk, number, By(_MOVE, "INBOX"))
    return True


def _last_move(session: Session, record_id: int) -> Instruction | None:
    """Return the last thing that a move of a message said and that stands."""
    query = select(Instruction).where(
        Instruction.record_id == record_id,
        Instruction.channel == _MOVE,
        Instruction.action != Deed.UNDO.value,
        Instruction.undone_by.is_(None),
    )
    return session.scalar(query.order_by(Instruction.id.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class Taken:
    """What a message that was brought in became."""

    record_id: int
    fate: Fate


def take_in(desk: Desk, box: MailboxConfig, fetched: Fetched, said: Category | None) -> Taken:
    """Take in a message that a person put into a folder of ours: it is what they say."""
    message = desk.readers.read(fetched.raw, desk.arrival(box, fetched, None))
    with desk.store.writing() as session:
        accounts.lock(session)
        _, fate, number = Entering(desk, box, said=said).take_in(session, fetched, message, desk.now())
        if number is None:
            raise RecordError("a message that a person brought has a record")
        return Taken(number, fate)
