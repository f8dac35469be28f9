"""The record of a message: entered once, with its case, its original and its first events.

Identity is (mailbox, sha256 of the bytes): a Message-ID is a hint, since people's programs reuse and omit it. Copies of
one letter that came by different routes are told by their fingerprint: each is recorded, one is answered. Of private
mail nothing is kept but mailbox, UID, digest, time of arrival and category.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.judgement.consultation import Consultation, Cutoffs
from intake.judgement.values import Category, Reason, Review, Verdict
from intake.mail.mailbox import Fetched
from intake.mail.message import Message
from intake.records import amend, campaigns, cases, corrections
from intake.records.chronicle import Happening, note
from intake.records.foreseen import Kind, appears, is_absent, past_waiting
from intake.records.store import Case, Fate, Original, Outgoing, Record

_OWN_TEXT_KEPT = 20_000  # characters beside the original, for digest and lists
_REASONS_KEPT = 40
_DUPLICATE = "a copy of this letter was answered"
_KNOWN = "records by digest"  # in a session


@dataclass(frozen=True, slots=True)
class Judged:
    """A message as it was fetched, read and judged: all that a record is made of."""

    fetched: Fetched
    message: Message
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Past:
    """One proposal of a case with several."""

    received: datetime
    attachments: int


@dataclass(frozen=True, slots=True)
class Entered:
    """A message that was entered, and how its case stood before and after it."""

    record_id: int
    judged: Judged  # its verdict is the one recorded
    fate: Fate
    case: str | None = None
    before: cases.Standing | None = None  # None: the case began with this message
    after: cases.Standing | None = None
    past: tuple[Past, ...] = ()  # earlier proposals of the case, oldest first
    repeats: bool = False  # says word for word what an earlier proposal of the case says
    corrected: corrections.Applied | None = None  # what it changed in how an earlier message counts
    since: datetime | None = None  # arrival of that message, where this one made it plain


def known(session: Session, mailbox: str, sha256: str) -> int | None:
    """Return the id of the record of these bytes from this mailbox, where there is one."""
    expected: dict[tuple[str, str], int | None] = session.info.get(_KNOWN, {})
    if (mailbox, sha256) in expected:
        return expected[mailbox, sha256]
    return session.scalar(select(Record.id).where(Record.mailbox == mailbox, Record.sha256 == sha256))


def expect(session: Session, mailbox: str, digests: Sequence[str]) -> None:
    """Look up once for this transaction, which alone enters what comes from *mailbox*, what ``known`` will be asked."""
    found: dict[str, int] = {}
    if digests:
        query = select(Record.sha256, Record.id).where(Record.mailbox == mailbox, Record.sha256.in_(digests))
        found = {row.sha256: row.id for row in session.execute(query)}
    session.info[_KNOWN] = {(mailbox, digest): found.get(digest) for digest in digests}


def _remember(session: Session, record: Record) -> None:
    if _KNOWN in session.info:
        session.info[_KNOWN][record.mailbox, record.sha256] = record.id


def restored(session: Session, mailbox: str, message: Message) -> int | None:
    """Return the record of the same letter whose bytes another server changed, for a mailbox that is read anew."""
    if message.fingerprint is None:
        return None
    query = select(Record.id).where(Record.mailbox == mailbox, Record.fingerprint == message.fingerprint)
    return session.scalar(query.limit(1))


def enter(session: Session, judged: Judged, consultation: Consultation, now: datetime) -> Entered:
    """Record a message at *now*: its verdict, the case it opens or continues, its original, its events."""
    if judged.verdict.private:
        return _enter_private(session, judged, consultation, now)
    twin = _twin(session, judged.message)
    if twin is not None:
        return _enter_twin(session, judged, twin, consultation, now)
    case, opened = _case(session, judged, consultation, now)
    judged = _second_look(session, judged, case, opened, consultation)
    record = _record(judged, consultation, now)
    record.case_id = case.id if case else None
    record = _keep(session, record, judged)
    note(session, now, Happening.ARRIVED, case=record.case_id, record=record.id)
    note(session, now, Happening.DECIDED, case=record.case_id, record=record.id)
    fate = Fate.AUTOMATIC if judged.verdict.category is Category.AUTOMATIC else Fate.TAKEN_IN
    if case is None:
        return Entered(record.id, judged, fate)
    before = None if opened else cases.standing(case)
    past = [] if opened else _past(session, case, record)
    note(session, now, Happening.OPENED if opened else Happening.JOINED, case=case.id, record=record.id)
    campaigns.link(session, record, now)
    changed = amend.apply(case, judged.verdict)
    cases.registered(session, case)
    if changed:
        note(session, now, Happening.AMENDED, case=case.id, record=record.id, detail=changed)
    return Entered(
        record.id,
        judged,
        fate,
        case=case.number,
        before=before,
        after=cases.standing(case),
        past=tuple(Past(_received(other), len(other.facts.get("attachments", []))) for other in past),
        repeats=any(_same_words(record, other) for other in past),
    )


def correct_earlier(
    session: Session, entered: Entered, kind: Category | None, cutoffs: Cutoffs, now: datetime
) -> Entered:
    """Let a message that was *entered* say what its sender's earlier one was: by its *kind*, or by being plain."""
    row = session.get(Record, entered.record_id)
    case = session.get(Case, row.case_id) if row and row.case_id else None
    if row is None or case is None or entered.before is None:
        return entered
    applied = corrections.by_sender(session, case, row, entered.judged.verdict, kind, cutoffs)
    if applied is None:
        return entered
    detail = {"case": dict(applied.case), "by": row.id}
    earlier = corrections.earlier_of(session, case, row)
    cases.registered(session, case)
    note(session, now, Happening.CORRECTED, case=case.id, record=earlier.id if earlier else None, detail=detail)
    since = earlier.received if earlier and kind is None else None
    return replace(entered, after=cases.standing(case), corrected=applied if kind is not None else None, since=since)


def set_aside(
    session: Session, fetched: Fetched, consultation: Consultation, now: datetime, *, keep: bool, why: str = ""
) -> int:
    """Record a message that the program failed on, for a person; its bytes are kept where *keep* allows it.

    *why* is told in our own words, never in the message's.
    """
    record = Record(
        mailbox=fetched.mailbox,
        sha256=fetched.sha256,
        consultation=consultation.id,
        received=fetched.internaldate,
        received_offset=_offset(fetched.internaldate),
        entered_at=now,
        review=[Review.QUARANTINED.value],
        reasons=[_told(Reason("set_aside", why, 0.0))] if why else [],
        private=not keep,
    )
    session.add(record)
    _remember(session, record)
    if keep:
        session.add(_original(record, fetched))
    note(session, now, Happening.SET_ASIDE, record=record.id, detail={"reason": why} if why else None)
    return record.id


def noted(session: Session, row: Record, now: datetime) -> None:
    """Write that a mail of staff was read for what it decides."""
    note(session, now, Happening.SETTLED, record=row.id)


def _enter_private(session: Session, judged: Judged, consultation: Consultation, now: datetime) -> Entered:
    fetched, verdict = judged.fetched, judged.verdict
    record = Record(
        mailbox=fetched.mailbox,
        sha256=fetched.sha256,
        consultation=consultation.id,
        received=fetched.internaldate,
        received_offset=_offset(fetched.internaldate),
        entered_at=now,
        category=verdict.category.value,
        review=[review.value for review in verdict.review],
        reasons=[],
        private=True,
    )
    record = _put(session, record)
    note(session, now, Happening.ARRIVED, record=record.id)
    note(session, now, Happening.DECIDED, record=record.id)
    return Entered(record.id, judged, Fate.PRIVATE)


def _enter_twin(session: Session, judged: Judged, twin: Record, consultation: Consultation, now: datetime) -> Entered:
    """Record a copy of a letter that came before, as when it was sent to both mailboxes: one event, one answer."""
    verdict = replace(judged.verdict, acknowledge=False, suppression=judged.verdict.suppression or _DUPLICATE)
    judged = replace(judged, verdict=verdict)
    record = _record(judged, consultation, now)
    record.case_id, record.duplicate_of = twin.case_id, twin.id
    record = _keep(session, record, judged)
    note(session, now, Happening.ARRIVED, case=record.case_id, record=record.id)
    note(session, now, Happening.DECIDED, case=record.case_id, record=record.id)
    note(session, now, Happening.DUPLICATE, case=record.case_id, record=record.id, detail={"of": twin.id})
    fate = Fate.AUTOMATIC if verdict.category is Category.AUTOMATIC else Fate.TAKEN_IN
    case = session.get(Case, twin.case_id) if twin.case_id else None
    return Entered(record.id, judged, fate, case=case.number if case else None)


def _twin(session: Session, message: Message) -> Record | None:
    """Return the record of a copy of *message* that was answered or is being answered."""
    if message.fingerprint is None or is_absent(session, Kind.FINGERPRINT, message.fingerprint):
        return None
    query = (
        select(Record)
        .join(Outgoing, Outgoing.record_id == Record.id)
        .where(Record.fingerprint == message.fingerprint)
        .order_by(Record.id)
        .limit(1)
    )
    with past_waiting(session, Record.fingerprint, [message.fingerprint]):
        return session.scalar(query)


def _case(session: Session, judged: Judged, consultation: Consultation, now: datetime) -> tuple[Case | None, bool]:
    """Return the case of the message and whether it begins here; none for what is automatic or unrelated."""
    if judged.verdict.category in {Category.AUTOMATIC, Category.UNRELATED}:
        return None, False
    case = cases.by_thread(session, judged.message, consultation)
    if case is None:
        case = cases.by_invitation(session, judged.message, consultation)
    if case is None:
        case = cases.continued(session, judged.message, judged.verdict, consultation)
    if case is not None:
        return case, False
    return cases.begin(session, judged.message, consultation, now), True


def _second_look(
    session: Session, judged: Judged, case: Case | None, opened: bool, consultation: Consultation
) -> Judged:
    """Add what only the records know: that the same organisation is registered from another address."""
    verdict = judged.verdict
    if case is None:
        return judged
    sender = cases.address_key(judged.message)
    other_hand = (
        not opened and case.address is not None and sender != case.address and not case_knows(session, case, sender)
    )
    if other_hand:
        return replace(judged, verdict=replace(verdict, review=(*verdict.review, Review.COLLEAGUE)))
    namesake = opened and cases.namesake(session, verdict, consultation) is not None
    if not namesake or Review.ORGANISATION in verdict.review:
        return judged
    return replace(judged, verdict=replace(verdict, review=(*verdict.review, Review.ORGANISATION)))


def case_knows(session: Session, case: Case, sender: str | None) -> bool:
    """Tell whether *sender* has written in *case* before."""
    query = select(Record.id).where(Record.case_id == case.id, Record.sender_address == sender).limit(1)
    with past_waiting(session, Record.sender_address, [sender]):
        return session.scalar(query) is not None


def _record(judged: Judged, consultation: Consultation, now: datetime) -> Record:
    fetched, message, verdict = judged.fetched, judged.message, judged.verdict
    author = message.author
    return Record(
        mailbox=fetched.mailbox,
        sha256=fetched.sha256,
        consultation=consultation.id,
        received=fetched.internaldate,
        received_offset=_offset(fetched.internaldate),
        entered_at=now,
        category=verdict.category.value,
        confidence=verdict.confidence,
        runner_up=verdict.runner_up.value if verdict.runner_up else None,
        attendance=verdict.timeliness.attendance,
        proposal=verdict.timeliness.proposal,
        organisation=verdict.organisation,
        people=verdict.people,
        facts={
            "topics": list(verdict.topics),
            "names": list(verdict.names),
            "needs": list(verdict.needs),
            "phone": verdict.phone,
            "attachments": [
                {"name": part.filename or "", "size": part.size, "type": part.content_type, "unread": part.unread}
                for part in message.attachments
            ],
        },
        acknowledge=verdict.acknowledge,
        suppression=verdict.suppression,
        review=[review.value for review in verdict.review],
        private=False,
        reasons=[_told(reason) for reason in verdict.reasons[:_REASONS_KEPT]],
        message_id=message.message_id,
        fingerprint=message.fingerprint,
        references=list(message.references),
        sender_name=author.name if author else None,
        sender_address=cases.address_key(message),
        subject=message.subject,
        own_text=message.own[:_OWN_TEXT_KEPT],
        defects=list(message.defects),
    )


def _keep(session: Session, record: Record, judged: Judged) -> Record:
    was_aside = known(session, record.mailbox, record.sha256) is not None
    record = _put(session, record)
    if not was_aside or session.get(Original, record.id) is None:
        session.add(_original(record, judged.fetched))
    return record


def _put(session: Session, record: Record) -> Record:
    """Add *record*, or let it take the place of the same message that was set aside before."""
    aside = known(session, record.mailbox, record.sha256)
    if aside is not None:
        session.flush()  # its case, which it refers to
        record.id = aside
        record = session.merge(record)
    session.add(record)
    if aside is not None:
        session.flush()  # what changed in a row is not among what waits
    appears(session, Kind.SENDER, record.sender_address)
    appears(session, Kind.FINGERPRINT, record.fingerprint)
    _remember(session, record)
    return record


def _original(record: Record, fetched: Fetched) -> Original:
    return Original(record_id=record.id, raw=fetched.packed, size=len(fetched.raw))


def original(session: Session, record_id: int) -> bytes | None:
    """Return the bytes of a record as IMAP gave them; None where they are not kept."""
    kept = session.get(Original, record_id)
    return zlib.decompress(kept.raw) if kept else None


def _past(session: Session, case: Case, record: Record) -> list[Record]:
    proposing = (Category.PROPOSAL.value, Category.MIXED.value)
    query = select(Record).where(
        Record.case_id == case.id,
        Record.id != record.id,
        Record.category.in_(proposing),
        Record.duplicate_of.is_(None),
        Record.received.is_not(None),
    )
    with past_waiting(session, Record.case_id, [case.id], known=1):  # itself, which is not asked for
        return list(session.scalars(query.order_by(Record.received, Record.id)))


def _received(record: Record) -> datetime:
    assert record.received is not None  # noqa: S101  (the query asked for it)
    return record.received


def _same_words(record: Record, other: Record) -> bool:
    return bool(record.own_text) and (record.own_text or "").split() == (other.own_text or "").split()


def _told(reason: Reason) -> dict[str, object]:
    return {"rule": reason.rule, "words": reason.words, "weight": reason.weight, "category": reason.category}


def _offset(when: datetime | None) -> int | None:
    shift = when.utcoffset() if when else None
    return round(shift.total_seconds() / 60) if shift is not None else None
