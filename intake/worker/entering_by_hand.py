"""Entering what came by phone, by post or in person: staff's words, read by the same rules, the channel recorded."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from sqlalchemy.orm import Session

from intake.errors import RecordError
from intake.judgement.orders import Order
from intake.judgement.values import Arrival, Category, Punctuality, Review, Verdict
from intake.judgement.verdict import UNANSWERED, judge
from intake.letters import choice, mime
from intake.letters.answer import Problem, Result
from intake.letters.facts import Change
from intake.mail.mailbox import Fetched
from intake.mail.message import Message
from intake.mail.reader import parse
from intake.records import record
from intake.records.corrections import Applied
from intake.records.record import Judged
from intake.records.store import Case, Record
from intake.worker import settling
from intake.worker.desk import Desk
from intake.worker.entering import Entering
from intake.worker.settling import By, Deed

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_FEW_WORDS = 12  # with which nobody proposes or asks, beside a name and a number
_MARK = "Intake-Entry"  # the header field of the note that is kept
_LONGEST = 4000  # characters of an entry


def enter(desk: Desk, session: Session, order: Order, by: By, said: Category | None = None) -> Result:
    """Enter the text of *order* as a case of its channel, as it reads, or as it is *said* to be.

    Where an address stands in it, the acknowledgement goes there; without one nobody is written to.
    """
    now = desk.now()
    to = _address(order.text)
    raw = _note(order, to, now)
    boxes = desk.settings.config.mailbox
    box = next((box for box in boxes if not box.personal), boxes[0])
    fetched = Fetched(box.id, box.folder, 0, 0, now, raw)
    arrival = replace(desk.arrival(box, fetched, None), personal=False, expects=None)
    message = parse(raw)
    verdict = _judged(desk, message, arrival, said)
    if verdict is None:
        return Result(order.words, Problem.WHICH_KIND)
    suppression = None if to and not order.silent else f"entered by staff: {order.channel}"
    verdict = replace(verdict, acknowledge=suppression is None, suppression=suppression, review=())
    verdict = choice.answerable(verdict, message, arrival)
    entered = record.enter(session, Judged(fetched, message, verdict), desk.rules.consultation, now)
    answered = Entering(desk, box).answer(session, entered, now)
    row = session.get(Record, entered.record_id)
    case = session.get(Case, row.case_id) if row and row.case_id else None
    if row is None or case is None:
        raise RecordError("what was entered has no case")
    if entered.before is None:
        case.channel = order.channel
    row.settled_at, row.forwarded_by = now, by.address
    instruction = settling.instruct(
        session, by, Deed.ENTER, row, _applied(row, case, opened=entered.before is None), now
    )
    late = Punctuality.LATE in {verdict.timeliness.attendance, verdict.timeliness.proposal}
    return Result(
        order.words,
        case=case.number,
        organisation=case.organisation,
        changes=_changes(case, verdict.category),
        letter=answered,
        note="entered_late" if late else "entered",
        instructions=(instruction.id,),
    )


def _judged(desk: Desk, message: Message, arrival: Arrival, said: Category | None) -> Verdict | None:
    """Judge an entry; None where it is not plain what it is. A name and a number of people are a registration."""
    verdict = judge(message, arrival, desk.rules, said)
    if verdict.category not in UNANSWERED and Review.UNSURE not in verdict.review:
        return verdict
    coming = judge(message, arrival, desk.rules, Category.ATTENDANCE)
    plain = len(message.text.split()) <= _FEW_WORDS and "?" not in message.text
    return coming if plain and coming.people is not None else None


def _applied(row: Record, case: Case, *, opened: bool) -> Applied:
    """Return what an undoing takes back: a case that was opened says nothing then, and its note counts as nothing."""
    blank: dict[str, Any] = {"attends": None, "people": None, "attendance": None, "proposes": False}
    changes = {name: [was, getattr(case, name)] for name, was in blank.items() if getattr(case, name) != was}
    kind = (Category.UNRELATED.value, row.category)
    return Applied(changes if opened else {}, {"corrected": [Category.UNRELATED.value, None]}, kind)


def _changes(case: Case, category: Category) -> tuple[Change, ...]:
    people = (Change("people", (), (str(case.people),)),) if case.people is not None else ()
    return (Change("kind", (), (category.value,)), *people)


def _address(text: str) -> str | None:
    match = _ADDRESS.search(text[:_LONGEST])
    return mime.writable(match[0].rstrip(".-")) if match else None


def is_entry(message: Message) -> bool:
    """Tell whether *message* is the note that is kept of what staff entered."""
    return bool(message.header(_MARK.lower()))


def _note(order: Order, to: str | None, now: datetime) -> bytes:
    """Return the bytes that are kept of what staff entered: their words, as a message."""
    note = EmailMessage(policy=SMTP)
    note["Subject"] = order.channel or ""
    if to is not None:
        note["From"] = to
    note["Date"] = now
    note[_MARK] = secrets.token_hex(8)  # so that equal words of two callers are two entries
    note.set_content(order.text[:_LONGEST] + "\n")
    return note.as_bytes()
