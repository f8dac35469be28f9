"""How far an erasure reaches: what of a case, of a person's address, or of everything older than a day would go.

Nothing is changed here; ``retention.py`` takes what stands in a plan.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from intake.errors import RecordError
from intake.judgement.values import Category
from intake.mail.reader import parse
from intake.records.debts import OWED
from intake.records.store import Case, Instruction, Original, Outgoing, Record, Silenced, Status

_TO_STAFF = ("orders", "refusal")  # kinds of answers to what staff decided by mail
_FROM_STAFF = "from staff"  # why such mail is not answered as a citizen's is
_ENDED = (Status.SENT.value, Status.FAILED.value, Status.WRITTEN_OFF.value)
_BATCH = 100  # cases, or messages without one, that a purge takes in one transaction


@dataclass(frozen=True, slots=True)
class Plan:
    """What an erasure would take."""

    cases: tuple[int, ...]  # emptied
    numbers: tuple[str, ...]  # of those cases
    records: tuple[int, ...]  # of the cases, and mail of the same person that has none
    letters: tuple[int, ...]
    owed: tuple[int, ...] = ()  # of the letters, those that must be written off first
    digests: tuple[int, ...] = ()  # that left since the cases began: they may name the person
    waiting: int = 0  # digests that have not left yet, and are not touched
    elsewhere: tuple[str, ...] = ()  # other cases in which the same person wrote: not touched
    mentions: tuple[str, ...] = ()  # cases in which others wrote down the address: not touched
    silenced: tuple[str, ...] = ()  # addresses that were not to be answered

    @property
    def is_done(self) -> bool:
        """Tell whether a purge has nothing left."""
        return self.is_empty and not self.digests

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to take."""
        return not (self.cases or self.records or self.letters or self.silenced)


def plan(session: Session, consultation: str, number: str) -> Plan:
    """Return what erasing the case called *number* would take; raise ``RecordError`` where it cannot be done now."""
    case = session.scalar(select(Case).where(Case.consultation == consultation, Case.number == number))
    if case is None:
        raise RecordError(f"no case is called {number[:40]!a}")
    records = list(session.scalars(select(Record).where(Record.case_id == case.id).order_by(Record.id)))
    letters = _letters(session, _of_cases([case.id]))
    addresses = {record.sender_address for record in records} | {letter.recipient.lower() for letter in letters}
    known = frozenset(address for address in (*addresses, case.address) if address)
    strays = _strays(session, case.consultation, known, frozenset(letter.message_id for letter in letters), [number])
    numbers = [record.id for record in records]
    digests, waiting = _digests(session, case.opened_at)
    return Plan(
        cases=(case.id,),
        numbers=(case.number,),
        records=tuple(dict.fromkeys((*numbers, *strays, *_of_staff(session, [case.id], numbers)))),
        letters=tuple(letter.id for letter in letters),
        owed=_owed(letters),
        digests=digests,
        waiting=waiting,
        elsewhere=_elsewhere(session, case, known),
    )


def of_address(session: Session, address: str) -> Plan:
    """Return what is to go of the person who writes from *address*, in small letters, in every consultation.

    A case in which others wrote too is only named: what is whose there a person must say. Raise ``RecordError`` where a
    letter to them is being sent just now.
    """
    wrote = select(Record.case_id).where(Record.sender_address == address, Record.case_id.is_not(None))
    found = list(
        session.scalars(select(Case).where(or_(Case.address == address, Case.id.in_(wrote))).order_by(Case.id))
    )
    shared = [case for case in found if _has_others(session, case, address)]
    whole = [case for case in found if case not in shared and _holds(session, case)]
    cases, numbers = [case.id for case in whole], [case.number for case in whole]
    alone = select(Record.id).where(
        Record.sender_address == address, Record.case_id.is_(None), Record.erased_at.is_(None)
    )
    letters = _letters(session, or_(_of_cases(cases), Outgoing.record_id.in_(alone.scalar_subquery())))
    records = [*session.scalars(select(Record.id).where(Record.case_id.in_(cases)).order_by(Record.id))]
    records += session.scalars(alone.order_by(Record.id))
    message_ids = frozenset(letter.message_id for letter in letters)
    for consultation in sorted(set(session.scalars(select(Record.consultation).distinct()))):
        records += _strays(session, consultation, frozenset({address}), message_ids, numbers)
    records += _of_staff(session, cases, records)
    began = session.scalar(select(func.min(Record.entered_at)).where(Record.id.in_(records))) if records else None
    digests, waiting = _digests(session, began) if began is not None else ((), 0)
    return Plan(
        cases=tuple(cases),
        numbers=tuple(numbers),
        records=tuple(dict.fromkeys(records)),
        letters=tuple(letter.id for letter in letters),
        owed=_owed(letters),
        digests=digests,
        waiting=waiting,
        elsewhere=tuple(case.number for case in shared),
        mentions=_mentions(session, address, [case.id for case in found]),
        silenced=tuple(session.scalars(select(Silenced.address).where(Silenced.address == address))),
    )


def _holds(session: Session, case: Case) -> bool:
    """Tell whether a case still holds something of anybody."""
    query = select(Record.id).where(Record.case_id == case.id, Record.erased_at.is_(None)).limit(1)
    return case.address is not None or session.scalar(query) is not None


def _has_others(session: Session, case: Case, address: str) -> bool:
    """Tell whether anybody but *address* wrote in a case; notes of staff have no sender, or their caller's."""
    query = select(Record.id).where(
        Record.case_id == case.id,
        Record.sender_address.is_not(None),
        Record.sender_address != address,
        Record.erased_at.is_(None),
    )
    return session.scalar(query.limit(1)) is not None


def _mentions(session: Session, address: str, cases: Sequence[int]) -> tuple[str, ...]:
    """Return the cases, but for *cases*, whose writers put *address* into their words."""
    escaped = address.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    query = (
        select(Case.number)
        .join(Record, Record.case_id == Case.id)
        .where(Case.id.not_in(cases), func.lower(Record.own_text).like(f"%{escaped}%", escape="\\"))
        .distinct()
    )
    return tuple(sorted(session.scalars(query)))


def expired(session: Session, before: datetime) -> Plan:
    """Return a part of what is older than *before*, the oldest first; an empty plan where nothing is left.

    A case is as old as the last that came or was written in it. What is being sent just now waits.
    """
    cases = list(session.scalars(_quiet(before).order_by(Case.id).limit(_BATCH)))
    numbers = [case.id for case in cases]
    letters = _letters(session, _of_cases(numbers))
    records = list(session.scalars(select(Record.id).where(Record.case_id.in_(numbers)).order_by(Record.id)))
    strays = session.scalars(_caseless(before).order_by(Record.id).limit(_BATCH))
    digests = session.scalars(_old_digests(before).order_by(Outgoing.id).limit(_BATCH))
    silent = session.scalars(select(Silenced.address).where(Silenced.since <= before).limit(_BATCH))
    return Plan(
        cases=tuple(numbers),
        numbers=tuple(case.number for case in cases),
        records=(*records, *strays),
        letters=tuple(letter.id for letter in letters),
        owed=_owed(letters),
        digests=tuple(digests),
        silenced=tuple(silent),
    )


def _quiet(before: datetime) -> Select[Case]:
    """Ask for the cases in which nothing happened since *before* and that still hold something."""
    mine = Record.case_id == Case.id
    of_case = or_(Outgoing.case_id == Case.id, Outgoing.record_id.in_(select(Record.id).where(mine).correlate(Case)))
    busy = or_(Outgoing.queued_at > before, Outgoing.status == Status.SENDING.value)
    return select(Case).where(
        Case.opened_at <= before,
        select(Record.id).where(mine, Record.erased_at.is_(None)).exists(),
        ~select(Record.id).where(mine, Record.entered_at > before).exists(),
        ~select(Outgoing.id).where(of_case, busy).correlate(Case).exists(),
        ~select(Instruction.id).where(Instruction.case_id == Case.id, Instruction.at > before).exists(),
    )


def _caseless(before: datetime) -> Select[int]:
    return select(Record.id).where(
        Record.case_id.is_(None), Record.private.is_(False), Record.erased_at.is_(None), Record.entered_at <= before
    )


def _old_digests(before: datetime) -> Select[int]:
    return select(Outgoing.id).where(
        _to_staff(), Outgoing.status.in_(_ENDED), Outgoing.queued_at <= before, func.length(Outgoing.raw) > 0
    )


def _to_staff() -> ColumnElement[bool]:
    return or_(
        Outgoing.digest_day.is_not(None),
        Outgoing.kind.in_(_TO_STAFF),
        and_(Outgoing.record_id.is_(None), Outgoing.case_id.is_(None)),
    )


def _of_cases(cases: Sequence[int]) -> ColumnElement[bool]:
    records = select(Record.id).where(Record.case_id.in_(cases)).scalar_subquery()
    return or_(Outgoing.record_id.in_(records), Outgoing.case_id.in_(cases))


def _letters(session: Session, which: Any) -> list[Outgoing]:
    letters = list(session.scalars(select(Outgoing).where(which, ~_to_staff()).order_by(Outgoing.id)))
    if any(letter.status == Status.SENDING for letter in letters):
        raise RecordError("a letter of theirs is being sent just now: try again in a minute")
    return letters


def _owed(letters: Sequence[Outgoing]) -> tuple[int, ...]:
    return tuple(letter.id for letter in letters if letter.status in OWED)


def _digests(session: Session, since: datetime) -> tuple[tuple[int, ...], int]:
    """Return the digests that left since then, and how many have not left yet."""
    query = select(Outgoing).where(_to_staff(), Outgoing.queued_at >= since).order_by(Outgoing.id)
    written = list(session.scalars(query))
    gone = tuple(digest.id for digest in written if digest.status in _ENDED and digest.raw)
    return gone, sum(digest.status not in _ENDED for digest in written)


def _of_staff(session: Session, cases: Sequence[int], records: Sequence[int]) -> Iterator[int]:
    """Yield the mails of staff that decided something about this person."""
    about = or_(Instruction.case_id.in_(cases), Instruction.record_id.in_(records))
    query = select(Instruction.message_id).where(about, Instruction.message_id.is_not(None)).distinct()
    yield from (number for number in session.scalars(query.order_by(Instruction.message_id)) if number is not None)


def _elsewhere(session: Session, case: Case, addresses: frozenset[str]) -> tuple[str, ...]:
    wrote = select(Record.case_id).where(Record.sender_address.in_(addresses), Record.case_id.is_not(None))
    query = select(Case.number).where(
        Case.id != case.id, or_(Case.address.in_(addresses), Case.id.in_(wrote.scalar_subquery()))
    )
    return tuple(session.scalars(query.order_by(Case.id)))


def _strays(
    session: Session,
    consultation: str,
    addresses: frozenset[str],
    message_ids: frozenset[str],
    numbers: Sequence[str],
) -> Iterator[int]:
    """Yield what has no case and is of this person: their other mail, and reports that return our letters to them."""
    query = select(Record).where(
        Record.consultation == consultation,
        Record.case_id.is_(None),
        Record.private.is_(False),
        Record.erased_at.is_(None),
    )
    marks = [text.encode().lower() for text in (*addresses, *message_ids, *numbers)]
    for record in session.scalars(query.order_by(Record.id)):
        if record.sender_address in addresses:
            yield record.id
            continue
        may_name = record.category in {None, Category.AUTOMATIC} or record.suppression == _FROM_STAFF
        kept = session.get(Original, record.id) if may_name else None
        if kept is not None:
            raw = zlib.decompress(kept.raw)
            if _names(raw, marks) or _returns(raw, message_ids):
                yield record.id
            session.expunge(kept)  # so that not all originals are in memory at once


def _names(raw: bytes, marks: list[bytes]) -> bool:
    """Tell whether one of *marks* stands in a message, or in what it says once its encodings are undone."""
    said = f"{raw.decode('latin-1')}\n{parse(raw).text}".lower().encode()
    return any(mark in said for mark in marks)


def _returns(raw: bytes, message_ids: frozenset[str]) -> bool:
    report = parse(raw).report
    return report is not None and report.original_message_id in message_ids
