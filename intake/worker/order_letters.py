"""Carrying out an order about letters of ours that a server refused, or that wait for staff."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.delivery import outbox
from intake.judgement.orders import Action, Order
from intake.letters import mime
from intake.letters.answer import Problem, Result
from intake.letters.digest_facts import DecisionKind
from intake.records.store import Outgoing, Status
from intake.worker import settling
from intake.worker.desk import Desk
from intake.worker.order_meaning import Subject
from intake.worker.settling import LETTERS, By, Deed

KINDS = frozenset({DecisionKind.LETTER_FAILED, DecisionKind.LETTERS_CAPPED})


def carry_out(desk: Desk, session: Session, order: Order, subject: Subject, by: By) -> Result:
    """Send letters, send them elsewhere, or let them be; a plain yes or no says none of these."""
    query = select(Outgoing).where(Outgoing.id.in_(subject.letters)).order_by(Outgoing.id).with_for_update()
    letters = list(session.scalars(query))
    capped = subject.kind is DecisionKind.LETTERS_CAPPED
    match order.action:
        case Action.SEND if capped:
            return _release(desk, session, order, letters, by)
        case Action.ADDRESS if not capped:
            return _resend(desk, session, order, letters, by)
        case Action.DONE:
            return _write_off(desk, session, order, letters, by)
        case Action.SILENCE:
            addresses = sorted({letter.recipient for letter in letters})
            numbers = [settling.silence(desk, session, address, by) for address in addresses]
            written_off = _write_off(desk, session, order, letters, by)
            return Result(order.words, note="silenced", instructions=(*numbers, *written_off.instructions))
        case _:
            return Result(order.words, Problem.NOT_POSSIBLE)


def _release(desk: Desk, session: Session, order: Order, letters: list[Outgoing], by: By) -> Result:
    waiting = [letter for letter in letters if letter.held is not None and letter.status == Status.QUEUED]
    if not waiting:
        return Result(order.words, Problem.NO_LETTER)
    for letter in waiting:
        outbox.released(session, letter.id, desk.now())
    number = settling.instruct_other(session, by, Deed.RELEASE, {}, desk.now(), (waiting[0].record_id, None))
    return Result(order.words, note="released", instructions=(number,))


def _write_off(desk: Desk, session: Session, order: Order, letters: list[Outgoing], by: By) -> Result:
    owed = [letter for letter in letters if Status(letter.status) in outbox.RESTORED]
    if not owed:
        return Result(order.words, Problem.NO_LETTER)
    changes: dict[str, Any] = {str(letter.id): [letter.status, Status.WRITTEN_OFF.value] for letter in owed}
    for letter in owed:
        outbox.written_off(session, letter.id, order.words[:200], desk.now())
    number = settling.instruct_other(
        session, by, Deed.WRITE_OFF, {LETTERS: changes}, desk.now(), (owed[0].record_id, None)
    )
    return Result(order.words, note="written_off", instructions=(number,))


def _resend(desk: Desk, session: Session, order: Order, letters: list[Outgoing], by: By) -> Result:
    """Send a letter that was refused to the address that staff found."""
    address = mime.writable(order.text)
    if address is None:
        return Result(order.words, Problem.BAD_ADDRESS)
    failed = next((letter for letter in letters if letter.facts and letter.status == Status.FAILED), None)
    if failed is None:
        return Result(order.words, Problem.NO_LETTER)
    settled = settling.send_again(desk, session, failed.id, address, by)
    return Result(order.words, case=settled.case, note="resent", instructions=(settled.instruction,))
