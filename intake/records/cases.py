"""Cases: which one a message continues, and the numbers of new ones.

A reply is known by our own Message-IDs, which hold a keyed digest and so cannot be guessed, then by the case number in
its subject together with the sender; a later letter without either, by its sender.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake.judgement.consultation import Consultation
from intake.judgement.values import Category, Earlier, Punctuality, Verdict
from intake.mail.message import Message
from intake.records.foreseen import Kind, appears, is_absent, is_foreseen, past_waiting
from intake.records.store import Case, Counter, Outgoing, Record

_LOCKED = "counter"  # in a session
_NAMESAKES = "registrations by organisation"  # the same
_REFERENCES_READ = 50  # the newest are the last: a long thread needs no more


@dataclass(frozen=True, slots=True)
class Standing:
    """What a case says at a moment."""

    organisation: str | None
    people: int | None
    attends: bool | None  # None: never said; False: withdrawn
    attendance: Punctuality | None  # of the registration that stands
    proposes: bool


def standing(case: Case) -> Standing:
    """Return what *case* says now."""
    attendance = Punctuality(case.attendance) if case.attendance else None
    return Standing(case.organisation, case.people, case.attends, attendance, case.proposes)


def earlier(case: Case | None) -> Earlier | None:
    """Return what judgement may know of *case*."""
    if case is None:
        return None
    return Earlier(case.number, bool(case.attends), case.proposes, case.organisation, case.people)


def by_thread(session: Session, message: Message, consultation: Consultation) -> Case | None:
    """Return the case whose letter *message* answers, or whose number its sender names."""
    named = [*message.in_reply_to, *reversed(message.references[-_REFERENCES_READ:])]
    identifiers = [identifier for identifier in named if not is_absent(session, Kind.LETTER, identifier)]
    if identifiers:
        query = (
            select(Outgoing.message_id, func.coalesce(Record.case_id, Outgoing.case_id))
            .outerjoin(Record, Outgoing.record_id == Record.id)
            .join(Case, Case.id == func.coalesce(Record.case_id, Outgoing.case_id))
            .where(Outgoing.message_id.in_(identifiers), Case.consultation == consultation.id)
        )
        with past_waiting(session, Outgoing.message_id, identifiers):
            found = dict(session.execute(query).all())
        for identifier in identifiers:
            if found.get(identifier) is not None:
                return session.get(Case, found[identifier])
    return _by_number(session, message, consultation)


def by_invitation(session: Session, message: Message, consultation: Consultation) -> Case | None:
    """Return the case whose invitation a calendar answers: by the meeting and the guest (RFC 5546 §3.2.3)."""
    answer = message.calendar
    if answer is None or answer.uid != consultation.meeting.uid or answer.attendee is None:
        return None
    query = (
        select(Case)
        .join(Outgoing, Outgoing.case_id == Case.id)
        .where(
            Case.consultation == consultation.id,
            Outgoing.kind == "invitation",
            func.lower(Outgoing.recipient) == answer.attendee,
        )
    )
    return session.scalar(query.order_by(Case.id.desc()).limit(1))


def _by_number(session: Session, message: Message, consultation: Consultation) -> Case | None:
    """Return the case named in the subject; whoever guesses a number must also be its sender."""
    number = re.search(rf"\b{re.escape(consultation.case_prefix)}-[0-9]{{4,9}}\b", message.subject or "")
    sender = address_key(message)
    if number is None or sender is None:
        return None
    case = session.scalar(select(Case).where(Case.consultation == consultation.id, Case.number == number[0]))
    if case is None:
        return None
    wrote = select(Record.id).where(Record.case_id == case.id, Record.sender_address == sender).limit(1)
    return case if case.address == sender or session.scalar(wrote) is not None else None


def by_sender(session: Session, message: Message, consultation: Consultation) -> Case | None:
    """Return the latest case that began with a letter of the same sender."""
    sender = address_key(message)
    if sender is None or is_absent(session, Kind.SENDER, sender):
        return None
    query = select(Case).where(Case.consultation == consultation.id, Case.address == sender).order_by(Case.id.desc())
    with past_waiting(session, Case.address, [sender]):
        return session.scalar(query.limit(1))


def continued(session: Session, message: Message, verdict: Verdict, consultation: Consultation) -> Case | None:
    """Return the case that a letter without a thread goes on with: its sender's registration or proposal."""
    sender = address_key(message)
    if sender is None or is_absent(session, Kind.SENDER, sender):
        return None
    query = select(Case).where(Case.consultation == consultation.id, Case.address == sender)
    named = organisation_key(verdict.organisation)
    with past_waiting(session, Case.address, [sender]):
        found = session.scalars(query.order_by(Case.id.desc()).limit(20)).all()
    for case in found:
        same = named is None or case.organisation_key is None or named == case.organisation_key
        if same and _goes_on(case, verdict.category):
            return case
    return None


def _goes_on(case: Case, category: Category) -> bool:
    match category:
        case Category.ATTENDANCE | Category.CANCELLATION:
            return case.attends is not None
        case Category.PROPOSAL:
            return case.proposes
        case Category.MIXED:
            return case.attends is not None or case.proposes
        case _:
            return False


def namesake(session: Session, verdict: Verdict, consultation: Consultation) -> Case | None:
    """Return a registration of the same organisation that came from another address."""
    key = organisation_key(verdict.organisation)
    if key is None or is_absent(session, Kind.ORGANISATION, key):
        return None
    if not (verdict.category.attends or verdict.category is Category.CANCELLATION):
        return None
    asked: dict[str, Case | None] = session.info.setdefault(_NAMESAKES, {})
    known = asked.get(key)
    if key in asked and (known is None or (known.attends and known.organisation_key == key)):
        return known
    query = select(Case).where(
        Case.consultation == consultation.id, Case.organisation_key == key, Case.attends.is_(True)
    )
    query = query.order_by(Case.id.desc()).limit(1)
    if not is_foreseen(session):
        return session.scalar(query)
    with session.no_autoflush:  # those of this batch are known
        asked[key] = session.scalar(query)
    return asked[key]


def registered(session: Session, case: Case) -> None:
    """Note what *case* says of its organisation, which a batch then need not ask the record for again."""
    appears(session, Kind.ORGANISATION, case.organisation_key)
    if is_foreseen(session) and case.attends and case.organisation_key is not None:
        session.info.setdefault(_NAMESAKES, {})[case.organisation_key] = case


def begin(session: Session, message: Message, consultation: Consultation, now: datetime) -> Case:
    """Open a case with the next number."""
    case = Case(
        consultation=consultation.id,
        number=f"{consultation.case_prefix}-{_next(session, consultation.id):04d}",
        opened_at=now,
        address=address_key(message),
        proposes=False,
    )
    session.add(case)
    appears(session, Kind.SENDER, case.address)
    return case


def _next(session: Session, name: str) -> int:
    """Count one up, so that no two workers give the same number."""
    if session.get_bind().dialect.name == "postgresql":
        return _drawn(session, name)
    counter: Counter | None = session.info.get((_LOCKED, name)) or session.get(Counter, name, with_for_update=True)
    if counter is None:
        counter = Counter(name=name, value=0)
        session.add(counter)
    session.info[_LOCKED, name] = counter  # for the rest of this transaction
    counter.value += 1
    return counter.value


def _drawn(session: Session, name: str) -> int:
    """Count one up at once, whatever becomes of this transaction, so that no other worker waits for its end.

    A number may then be left out; none is given twice.
    """
    from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415  (loaded where it is used)

    up = insert(Counter).values(name=name, value=1)
    up = up.on_conflict_do_update(index_elements=[Counter.name], set_={"value": Counter.value + 1})
    with Session(session.get_bind()) as apart, apart.begin():
        return apart.execute(up.returning(Counter.value)).scalar_one()


def address_key(message: Message) -> str | None:
    """Return the sender's address as it is compared: in lower case, whatever RFC 5321 §2.4 allows a local part."""
    return message.author.address.lower()[:320] if message.author else None


def organisation_key(name: str | None) -> str | None:
    """Fold *name* so that spellings of one organisation compare equal: only its words count, in small letters."""
    folded = unicodedata.normalize("NFKC", name or "").casefold()
    words = re.findall(r"\w+", folded)
    return " ".join(words)[:255] or None
