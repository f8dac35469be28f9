"""Announcing: letters about the meeting that answer no message: a reminder, an invitation, a new hour or room.

Each goes once to each case that comes, whatever becomes of the worker: its occasion is unique in the outbox. None
leaves after the meeting has begun. A new hour or room is told only after staff said so.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from intake import events
from intake.delivery import outbox
from intake.judgement.values import Timeliness
from intake.letters import choice, corrected
from intake.letters.facts import EXPIRING, LetterFacts, LetterKind, dump
from intake.records.store import Case, Outgoing, Record, Setting, Silenced, Status
from intake.worker.desk import Desk

_SETTLED = timedelta(hours=24)  # a registration younger than this needs no reminder
_AT_ONCE = 200  # letters of one transaction
_SEQUENCE = "sequence "  # followed by the consultation's id: what those who come were told last


def work(desk: Desk) -> int:
    """Write what is due now; return how many letters."""
    now = desk.now()
    meeting = desk.rules.consultation.meeting
    with desk.store.writing() as session:
        if now >= desk.rules.cutoffs.meeting:
            expire(session, now)
            return 0
        written = 0
        _begin(session, desk)
        remind = meeting.remind.replace(tzinfo=desk.rules.zone) if meeting.remind else None
        if remind is not None and now >= remind:
            written += _write(session, desk, LetterKind.REMINDER, "reminder", now - _SETTLED)
        if meeting.invite:
            written += _write(session, desk, LetterKind.INVITATION, "invitation", now)
    if written:
        events.announced(written)
    return written


def waiting(session: Session, desk: Desk) -> int:
    """Return how many cases would be told of a new hour or room; 0 where there is none, or staff said what to do."""
    now = desk.now()
    if _told(session, desk) >= desk.rules.consultation.meeting.sequence or now >= desk.rules.cutoffs.meeting:
        return 0
    return len(list(session.scalars(_coming(desk))))


def announce(desk: Desk, *, send: bool) -> int:
    """Tell those who come of the new hour or room, or not, as staff said; return how many letters that is."""
    with desk.store.writing() as session:
        return announce_within(desk, session, send=send)


def announce_within(desk: Desk, session: Session, *, send: bool) -> int:
    """Do the same in the transaction of *session*."""
    meeting = desk.rules.consultation.meeting
    name = f"moved:{meeting.sequence}"
    written = 0
    while send and waiting(session, desk) and (more := _write(session, desk, LetterKind.MOVED, name, desk.now())):
        written += more  # whoever is left over would never be told: the question is answered then
    session.merge(Setting(name=_SEQUENCE + desk.rules.consultation.id, value=str(meeting.sequence)))
    return written


def _begin(session: Session, desk: Desk) -> None:
    """Note what is true at the beginning: what the rules say now, those who come are told by their receipts."""
    name = _SEQUENCE + desk.rules.consultation.id
    if session.get(Setting, name) is None:
        session.add(Setting(name=name, value=str(desk.rules.consultation.meeting.sequence)))


def _told(session: Session, desk: Desk) -> int:
    kept = session.get(Setting, _SEQUENCE + desk.rules.consultation.id)
    return int(kept.value) if kept is not None else desk.rules.consultation.meeting.sequence


def _coming(desk: Desk) -> Select[Case]:
    return select(Case).where(Case.consultation == desk.rules.consultation.id, Case.attends.is_(True)).order_by(Case.id)


def _write(session: Session, desk: Desk, kind: LetterKind, name: str, before: datetime) -> int:
    """Write a letter to each case that comes, began before *before* and has none for this occasion."""
    written = 0
    for case in _without(session, desk, name, before):
        facts = _facts(session, desk, case, kind, f"{name}:{case.number}")
        if facts is None:
            continue
        posting = outbox.Posting(
            kind=kind.value,
            recipient=facts.recipient,
            reverse_path=desk.settings.config.smtp.bounce_address or "",
            message_id=facts.message_id,
            raw=desk.compose(facts, desk.now()),
            facts=dump(facts),
            case_id=case.id,
            occasion=f"{name}:{case.number}",
        )
        outbox.put(session, posting, desk.now())
        if kind is not LetterKind.REMINDER:
            case.invited = desk.rules.consultation.meeting.sequence
        written += 1
        if written >= _AT_ONCE:
            break
    return written


def _without(session: Session, desk: Desk, name: str, before: datetime) -> Iterator[Case]:
    done = select(Outgoing.case_id).where(
        Outgoing.occasion.startswith(f"{name}:", autoescape=True), Outgoing.case_id.is_not(None)
    )
    query = (
        select(Case)
        .where(
            Case.consultation == desk.rules.consultation.id,
            Case.attends.is_(True),
            Case.opened_at <= before,
            Case.id.not_in(done),
        )
        .order_by(Case.id)
    )
    yield from session.scalars(query)


def _facts(session: Session, desk: Desk, case: Case, kind: LetterKind, occasion: str) -> LetterFacts | None:
    """Return what a letter about *case* may say; None where nobody was ever answered in it, or may be written to."""
    query = (
        select(Record, Outgoing.recipient)
        .join(Outgoing, Outgoing.record_id == Record.id)
        .where(Record.case_id == case.id, Outgoing.status != Status.WRITTEN_OFF.value, Record.received.is_not(None))
        .order_by(Record.received, Record.id)
    )
    answered = session.execute(query).all()
    box = next((box for box in desk.settings.config.mailbox if answered and box.id == answered[0][0].mailbox), None)
    if not answered or box is None:
        return None
    first, last = answered[0][0], answered[-1][0]
    recipient = answered[-1][1]
    if session.get(Silenced, recipient.lower()) is not None or first.received is None:
        return None
    return LetterFacts(
        kind=kind,
        case=case.number,
        recipient=recipient,
        mailbox_address=desk.rules.consultation.meeting.confirm_to if kind is LetterKind.INVITATION else box.address,
        message_id=choice.message_id(desk.letter_key, "spotkanie", occasion, domain=desk.domain),
        answers=last.message_id,
        references=tuple(last.references),
        received=first.received,
        timeliness=Timeliness(corrected.punctuality(case.attendance)),
        subject=first.subject,
        organisation=case.organisation,
        people=case.people,
        topics=tuple(case.topics or first.facts.get("topics", ())),
        first=False,
        needs=tuple(case.needs or ()),
        names=tuple(case.names or ()),
    )


def expire(session: Session, now: datetime) -> None:
    """Write off what should have left before the meeting began: a late reminder is an insult."""
    late = select(Outgoing).where(
        Outgoing.kind.in_([kind.value for kind in EXPIRING]),
        Outgoing.status.in_((Status.QUEUED.value, Status.DEFERRED.value)),
    )
    for letter in session.scalars(late):
        outbox.written_off(session, letter.id, "the meeting has begun", now)
