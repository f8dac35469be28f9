"""Debts: acknowledgements that are owed and have not left, until they are paid or staff write them off.

A letter is a debt once its due time has passed; one that a server refused or returned is one at once. Those refused,
and those that wait for staff, are told among the decisions of every digest; here are the others, and what should have
been written and was not.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from intake.errors import RecordError
from intake.letters.digest_facts import Debt, DebtState
from intake.records.store import Case, Outgoing, Record, Status

OWED = (Status.QUEUED.value, Status.DEFERRED.value, Status.FAILED.value)  # what may be written off
_UNSENT = (Status.QUEUED.value, Status.SENDING.value, Status.DEFERRED.value)


def listed(session: Session, consultation: str, until: datetime) -> tuple[Debt, ...]:
    """Return what is owed at *until* and not told among the decisions, the message that has waited longest first."""
    overdue = Outgoing.status.in_(_UNSENT) & Outgoing.held.is_(None) & (Outgoing.due_at <= until)
    query = (
        select(Record, Case.number, Outgoing)
        .join(Case, Record.case_id == Case.id)
        .outerjoin(Outgoing, Outgoing.record_id == Record.id)
        .where(
            Record.consultation == consultation,
            Record.acknowledge.is_(True),
            Record.received.is_not(None),
            Record.entered_at <= until,
            Record.erased_at.is_(None),
            or_(Outgoing.id.is_(None), overdue),
        )
        .order_by(Record.received, Record.id)
    )
    return tuple(_debt(record, number, letter) for record, number, letter in session.execute(query))


def _debt(record: Record, number: str, letter: Outgoing | None) -> Debt:
    if letter is None:
        return Debt(number, record.mailbox, record.received or record.entered_at, None, DebtState.UNWRITTEN)
    state = DebtState.DEFERRED if letter.status == Status.DEFERRED else DebtState.WAITING
    return Debt(
        case=number,
        mailbox=record.mailbox,
        received=record.received or record.entered_at,
        due=letter.due_at,
        state=state,
        attempts=letter.attempts,
        problem=letter.last_reply or "",
    )


def of_case(session: Session, consultation: str, number: str) -> tuple[int, ...]:
    """Return the letters of a case that may be written off; raise ``RecordError`` where there is no such case."""
    case = session.scalar(select(Case).where(Case.consultation == consultation, Case.number == number))
    if case is None:
        raise RecordError(f"no case is called {number[:40]!a}")
    query = (
        select(Outgoing.id)
        .join(Record, Outgoing.record_id == Record.id)
        .where(Record.case_id == case.id, Outgoing.status.in_(OWED))
    )
    return tuple(session.scalars(query.order_by(Outgoing.id)))
