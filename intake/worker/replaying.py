"""Replaying: every kept original decided anew, by these rules or others, and what would differ; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select

from intake.judgement.rules import Rules
from intake.judgement.values import Category, Reason, Verdict
from intake.judgement.verdict import judge
from intake.letters import choice
from intake.letters.facts import LetterKind
from intake.mail.mailbox import Fetched
from intake.mail.message import Message
from intake.records import accounts, cases, corrections, record
from intake.records.record import Entered, Judged
from intake.records.store import Case, Fate, Original, Outgoing, Record
from intake.worker.desk import Desk
from intake.worker.reading import Unreadable


@dataclass(frozen=True, slots=True)
class Differs:
    """A message that would be judged otherwise."""

    case: str | None
    mailbox: str
    fields: tuple[tuple[str, str, str], ...]  # name, as recorded, as judged now
    letter: tuple[str | None, str | None]  # its kind, as written and as it would be
    reasons: tuple[Reason, ...]


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
        row = session.get(Record, number)
        raw = record.original(session, number)
        case = session.get(Case, row.case_id) if row and row.case_id else None
        letter = session.scalar(select(Outgoing.kind).where(Outgoing.record_id == number))
        first = (
            session.scalar(select(func.min(Record.id)).where(Record.case_id == row.case_id)) if case and row else None
        )
        earlier = cases.earlier(case) if case is not None and first != number else None
    box = next((box for box in desk.settings.config.mailbox if row and box.id == row.mailbox), None)
    if row is None or raw is None or box is None or row.suppression == "from staff":
        return None
    fetched = Fetched(box.id, box.folder, 0, 0, accounts.received_by(row), raw)
    arrival = desk.arrival(box, fetched, earlier)
    try:
        message = desk.readers.read(raw, arrival)
    except Unreadable:
        return None
    verdict = choice.answerable(judge(message, arrival, rules), message, arrival)
    fields = tuple(_fields(row, verdict))
    if not fields:
        return None
    after = _letter(number, fetched, message, verdict, rules, case is not None)
    return Differs(case.number if case else None, row.mailbox, fields, (letter, after), verdict.reasons[:3])


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
    ]
    for name, before, after in pairs:
        if (before or None) != (after or None):
            yield name, str(before or "-"), str(after or "-")


def _letter(
    number: int, fetched: Fetched, message: Message, verdict: Verdict, rules: Rules, is_case: bool
) -> str | None:
    """Return the kind of the letter that would answer a first message; None where none would."""
    if not verdict.acknowledge:
        return None
    entered = Entered(number, Judged(fetched, message, verdict), Fate.TAKEN_IN, "" if is_case else None)
    kind: LetterKind = choice.choose(entered, rules.cutoffs)
    return kind.value
