"""Entering what came by phone, by post or in person: staff's words, read by the same rules, the channel recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

from intake.judgement.orders import Order
from intake.judgement.values import Category
from intake.judgement.verdict import judge
from intake.letters.answer import Problem, Result
from intake.letters.facts import Change
from intake.mail.mailbox import Fetched
from intake.records import accounts, record
from intake.records.record import Judged
from intake.records.store import Case, Instruction, Record
from intake.worker.desk import Desk
from intake.worker.settling import By

_CASELESS = frozenset({Category.UNRELATED, Category.AUTOMATIC})


def enter(desk: Desk, order: Order, by: By, said: Category | None = None) -> Result:
    """Enter the text of *order* as a case of its channel; what it is is read from it, or *said*."""
    now = desk.now()
    raw = _note(order, by, now)
    boxes = desk.settings.config.mailbox
    box = next((box for box in boxes if not box.personal), boxes[0])
    fetched = Fetched(box.id, box.folder, 0, 0, now, raw)
    arrival = replace(desk.arrival(box, fetched, None), personal=False)
    message = desk.readers.read(raw, arrival)
    verdict = judge(message, arrival, desk.rules, said)
    if verdict.category in _CASELESS:
        return Result(order.words, Problem.NOT_UNDERSTOOD)
    verdict = replace(verdict, acknowledge=False, suppression=f"entered by staff: {order.channel}", review=())
    with desk.store.writing() as session:
        accounts.lock(session)
        entered = record.enter(session, Judged(fetched, message, verdict), desk.rules.consultation, now)
        row = session.get(Record, entered.record_id)
        case = session.get(Case, row.case_id) if row and row.case_id else None
        if row is None or case is None:
            return Result(order.words, Problem.NOT_UNDERSTOOD)
        case.channel, row.settled_at = order.channel, now
        instruction = Instruction(
            at=now,
            channel=by.channel,
            by=by.address,
            message_id=by.message,
            words=order.words,
            action="enter",
            case_id=case.id,
            record_id=row.id,
        )
        session.add(instruction)
        session.flush()
        changes = (
            Change("kind", (), (verdict.category.value,)),
            *((Change("people", (), (str(case.people),)),) if case.people is not None else ()),
        )
        return Result(
            order.words,
            case=case.number,
            organisation=case.organisation,
            changes=changes,
            note="entered",
            instruction=instruction.id,
        )


def _note(order: Order, by: By, now: datetime) -> bytes:
    """Return the bytes that are kept of what staff entered: their words, as a message without a sender."""
    note = EmailMessage(policy=SMTP)
    note["Subject"] = order.channel or ""
    note["Date"] = now
    note["Message-ID"] = f"<wpis.{by.message or 0}.{now:%Y%m%d%H%M%S%f}@localhost>"
    note.set_content(order.text + "\n")
    return note.as_bytes()
