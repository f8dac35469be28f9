"""A message that staff pass on as an attachment: taken in as its own sender's, with its own dates, marked as passed on.

Its time of arrival is the one that our own receiving server wrote on it, where it did; else that of the mail by which
it was passed on. What the sender's clock says decides nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from intake.config import MailboxConfig
from intake.judgement.values import Category
from intake.letters.answer import Problem, Result
from intake.letters.facts import Change
from intake.mail.mailbox import Fetched
from intake.mail.message import Attachment, Message
from intake.records import cases, clocks, record
from intake.records.corrections import Applied
from intake.records.store import Case, Record
from intake.worker import settling
from intake.worker.desk import Desk
from intake.worker.entering import Entering
from intake.worker.reading import Unreadable
from intake.worker.settling import By, Deed


@dataclass(frozen=True, slots=True)
class Passed:
    """A message that was passed on, read; None where it cannot be read."""

    fetched: Fetched
    message: Message | None


def opened(desk: Desk, box: MailboxConfig, attached: Iterable[Attachment], received: datetime | None) -> list[Passed]:
    """Read the messages *attached* to a mail that was *received* then."""
    found = []
    for part in attached:
        whole = Fetched(box.id, box.folder, 0, 0, received, part.content)
        try:
            message = desk.readers.read(part.content, desk.arrival(box, whole, None))
        except Unreadable:
            found.append(Passed(whole, None))
            continue
        arrived = _arrived(desk, message, received)
        found.append(Passed(Fetched(box.id, box.folder, 0, 0, arrived, part.content), message))
    return found


def _arrived(desk: Desk, message: Message, received: datetime | None) -> datetime | None:
    """Return when our own server took *message* in, by its own field; else when the mail that holds it came."""
    ours = desk.rules.automatic.authentication
    told = clocks.read(message, received)
    by = (told.by or "").lower().rstrip(".")
    if told.received is None or by not in (ours.received_by or ours.servers):
        return received
    return min(told.received, received) if received is not None else told.received


def enter(desk: Desk, session: Session, box: MailboxConfig, passed: Passed, by: By, said: Category | None) -> Result:
    """Take a message in that *by* passed on, as it reads or as it is *said* to be; its sender is answered as ever."""
    message = passed.message
    if message is None:
        return Result(by.words, Problem.UNREADABLE)
    words = message.subject or ""
    if cases.address_key(message) in desk.settings.config.own_addresses:
        return Result(words, Problem.OWN_MAIL)
    known = record.known(session, box.id, hashlib.sha256(passed.fetched.raw).hexdigest())
    same = known if known is not None else record.restored(session, box.id, message)
    if same is not None:
        return Result(words, note="known", case=_number(session, same))
    _, _, number = Entering(desk, box, said=said).take_in(session, passed.fetched, message, desk.now())
    row = session.get(Record, number)
    if row is None:
        return Result(words, Problem.UNREADABLE)
    row.forwarded_by = by.address
    kind = (Category.UNRELATED.value, row.category)
    instruction = settling.instruct(session, by, Deed.ADMIT, row, Applied({}, {}, kind), desk.now())
    return Result(
        words,
        case=_number(session, row.id),
        organisation=row.organisation,
        changes=(Change("kind", (), (row.category or "",)),),
        letter=row.acknowledge,
        note="forwarded",
        instructions=(instruction.id,),
    )


def _number(session: Session, record_id: int) -> str | None:
    row = session.get(Record, record_id)
    case = session.get(Case, row.case_id) if row and row.case_id else None
    return case.number if case else None
