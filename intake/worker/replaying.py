"""Replaying: every kept original decided anew, by these rules or others, and what would differ; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake.config import MailboxConfig
from intake.delivery import restraint
from intake.judgement.rules import Rules
from intake.judgement.values import Category, Reason, Review, Verdict
from intake.letters import choice
from intake.letters.facts import LetterKind
from intake.mail.mailbox import Fetched
from intake.mail.message import Message
from intake.records import accounts, cases, corrections, record
from intake.records.record import Entered, Judged
from intake.records.store import Case, Fate, Original, Outgoing, Record
from intake.worker.desk import Desk
from intake.worker.entering import Entering
from intake.worker.entering_by_hand import is_entry
from intake.worker.reading import Unreadable
from intake.worker.staff_mail import FROM_STAFF

_BY_RECORDS = frozenset({Review.ORGANISATION, Review.COLLEAGUE, Review.QUARANTINED})  # no rule says these
_GOES_ON = frozenset({LetterKind.ATTENDANCE_CHANGED, LetterKind.SUPPLEMENT, LetterKind.CORRECTED})
_TOLD = frozenset({"organisation", "people", "topics", "attendance", "proposal"})  # what a letter states


@dataclass(frozen=True, slots=True)
class Differs:
    """A message that would be judged otherwise."""

    case: str | None
    mailbox: str
    fields: tuple[tuple[str, str, str], ...]  # name, as recorded, as judged now
    letter: tuple[str | None, str | None]  # its kind, as written and as it would be
    reworded: bool  # the letter's kind stays, and what it states does not
    people: int  # whom it concerns: as many as come by one reading or the other
    reasons: tuple[Reason, ...]

    @property
    def another_letter(self) -> bool:
        """Tell whether its sender would have read something else."""
        return self.reworded or self.letter[0] != self.letter[1]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A record with its original and what was written for it."""

    row: Record
    box: MailboxConfig
    fetched: Fetched
    case: str | None
    letter: str | None


def kept(desk: Desk) -> list[int]:
    """Return the records whose originals are kept, in order of arrival."""
    query = select(Record.id).join(Original, Original.record_id == Record.id).order_by(Record.received, Record.id)
    with desk.store.reading() as session:
        return list(session.scalars(query))


def replay(desk: Desk, rules: Rules, number: int) -> Differs | None:
    """Return what would differ under *rules* in the record *number*; None where nothing would.

    What a person corrected is held against the correction: rules that now say the same are no difference.
    """
    with desk.store.reading() as session:
        one = _load(session, desk, number)
        if one is None:
            return None
        try:
            message = desk.readers.read(one.fetched.raw, desk.arrival(one.box, one.fetched, None))
        except Unreadable:
            return None
        verdict = _decided(session, replace(desk, rules=rules), one, message)
    fields = tuple(_fields(one.row, verdict))
    if not fields:
        return None
    letter = one.letter, _letter(one, message, verdict, rules)
    reworded = letter[0] is not None and letter[0] == letter[1] and any(name in _TOLD for name, _, _ in fields)
    people = max(corrections.facts(one.row)["people"] or 0, verdict.people or 0)
    return Differs(one.case, one.row.mailbox, fields, letter, reworded, people, verdict.reasons[:3])


def _load(session: Session, desk: Desk, number: int) -> _Kept | None:
    row = session.get(Record, number)
    raw = record.original(session, number)
    box = next((box for box in desk.settings.config.mailbox if row and box.id == row.mailbox), None)
    if row is None or raw is None or box is None or row.suppression == FROM_STAFF:
        return None
    case = session.get(Case, row.case_id) if row.case_id else None
    letter = session.scalar(select(Outgoing.kind).where(Outgoing.record_id == number))
    fetched = Fetched(box.id, box.folder, 0, 0, accounts.received_by(row), raw)
    return _Kept(row, box, fetched, case.number if case else None, letter)


def _decided(session: Session, desk: Desk, one: _Kept, message: Message) -> Verdict:
    """Decide on a message as when it came; of what staff entered themselves they said what it is."""
    if one.row.forwarded_by is not None and is_entry(message):  # a stranger may write such a field too
        said = corrections.category(one.row)
        arrival = replace(desk.arrival(one.box, one.fetched, None), personal=False)
        verdict = Entering(desk, one.box, said=said).decided(message, arrival, None)
        return replace(verdict, acknowledge=one.row.acknowledge, review=())
    consultation = desk.rules.consultation
    thread = cases.by_thread(session, message, consultation) or cases.by_invitation(session, message, consultation)
    answered = thread if thread is not None and _began_before(session, thread, one.row) else None
    earlier = cases.earlier(answered or _of_sender(session, one.row))
    return Entering(desk, one.box).decided(
        message, desk.arrival(one.box, one.fetched, earlier), cases.earlier(answered)
    )


def _began_before(session: Session, case: Case, row: Record) -> bool:
    return session.scalar(select(func.min(Record.id)).where(Record.case_id == case.id, Record.id < row.id)) is not None


def _of_sender(session: Session, row: Record) -> Case | None:
    """Return the latest case that the sender of *row* had when it came."""
    began = select(Record.id).where(Record.case_id == Case.id, Record.id < row.id).exists()
    query = select(Case).where(Case.consultation == row.consultation, Case.address == row.sender_address, began)
    return session.scalar(query.order_by(Case.id.desc()).limit(1))


def _fields(row: Record, verdict: Verdict) -> Iterator[tuple[str, str, str]]:
    """Yield what the record says and the verdict does not."""
    facts = corrections.facts(row)
    kind = corrections.category(row)
    timeliness = verdict.timeliness
    attends = verdict.category.attends and (kind or Category.UNRELATED).attends
    pairs = [
        ("category", kind.value if kind else None, verdict.category.value),
        ("organisation", facts["organisation"], verdict.organisation),
        ("attendance", facts["attendance"], timeliness.attendance),
        ("proposal", facts["proposal"], timeliness.proposal),
        ("topics", ", ".join(sorted(facts["topics"])), ", ".join(sorted(verdict.topics))),
        *([("people", facts["people"], verdict.people)] if attends else []),
        *([("looked at for", *_looks(row, verdict))] if row.settled_at is None else []),
        *([("answered", *_answered(row, verdict))] if _is_free(row) else []),
    ]
    for name, before, after in pairs:
        if (before or None) != (after or None):
            yield name, str(before or "-"), str(after or "-")


def _looks(row: Record, verdict: Verdict) -> tuple[str, str]:
    """Return why a person had to look, and would have to: as far as rules say so."""
    of_record = {Review(review) for review in row.review} - _BY_RECORDS
    return ", ".join(sorted(of_record)), ", ".join(sorted(set(verdict.review) - _BY_RECORDS))


def _answered(row: Record, verdict: Verdict) -> tuple[str, str]:
    return "yes" if row.acknowledge else "no", "yes" if verdict.acknowledge else "no"


def _is_free(row: Record) -> bool:
    """Tell whether rules alone said if *row* is answered: no person, and nothing that was answered before."""
    by_records = row.duplicate_of is not None or row.suppression in {restraint.EQUAL, restraint.SILENCED}
    return row.corrected is None and not by_records and row.category is not None


def _letter(one: _Kept, message: Message, verdict: Verdict, rules: Rules) -> str | None:
    """Return the kind of the letter that would answer a message; None where none would."""
    if not verdict.acknowledge:
        return None
    entered = Entered(one.row.id, Judged(one.fetched, message, verdict), Fate.TAKEN_IN, one.case)
    kind = choice.choose(entered, rules.cutoffs)
    same = verdict.category is corrections.category(one.row) and kind not in {
        LetterKind.RECEIPT,
        LetterKind.ATTENDANCE_AFTER,
    }
    return one.letter if same and one.letter in _GOES_ON else kind.value
