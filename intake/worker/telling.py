"""Telling: the letter that follows from what was settled, to who was told otherwise before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.delivery import outbox
from intake.judgement.values import Category, Timeliness, Verdict
from intake.letters import choice, corrected
from intake.letters.facts import LetterFacts, LetterKind, dump
from intake.mail.mailbox import Fetched
from intake.mail.message import Message
from intake.records import accounts, cases
from intake.records.corrections import Applied
from intake.records.record import Entered, Judged
from intake.records.store import Case, Fate, Outgoing, Record, Silenced, Status
from intake.worker.desk import Desk

FOR_US = frozenset(Category) - {Category.UNRELATED, Category.AUTOMATIC}


@dataclass(frozen=True, slots=True)
class Original:
    """A message read again from what is kept."""

    fetched: Fetched
    message: Message
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Telling:
    """What the sender may have to be told."""

    row: Record
    case: Case
    before: cases.Standing | None
    applied: Applied
    original: Original | None
    instruction: int
    standard: bool  # a question is answered with the standard text
    grace: timedelta  # after which the letter leaves


def tell(desk: Desk, session: Session, telling: Telling, now: datetime) -> bool:
    """Write the letter that follows from a correction; return whether there is one."""
    row, case = telling.row, telling.case
    box = next((box for box in desk.settings.config.mailbox if box.id == row.mailbox), None)
    earlier = session.scalar(select(Outgoing).where(Outgoing.record_id == row.id))
    to = earlier.recipient if earlier else choice.recipient(telling.original.message) if telling.original else None
    needless = not telling.standard and (not telling.applied.told or _needless(telling, earlier))
    if box is None or to is None or row.received is None or needless or _may_not(session, row, to):
        return False
    understood = earlier is not None and earlier.kind != LetterKind.RECEIPT.value
    facts = _facts(desk, telling, to, box.address)
    if telling.standard:
        facts = replace(facts, kind=LetterKind.ANSWER)
    elif not understood and telling.original is not None:
        facts = _first_answer(desk, telling, facts)
    occasion = None if earlier is None and not understood else _occasion(telling.instruction)
    posting = outbox.Posting(
        kind=facts.kind.value,
        recipient=facts.recipient,
        reverse_path=desk.settings.config.smtp.bounce_address or "",
        message_id=facts.message_id,
        raw=desk.compose(facts, now),
        facts=dump(facts),
        record_id=row.id if occasion is None else None,
        case_id=case.id,
        occasion=occasion,
    )
    outbox.put(session, posting, now, after=telling.grace)
    return True


def _needless(telling: Telling, earlier: Outgoing | None) -> bool:
    """Tell whether the sender was told nothing that is wrong now: that it is not for us needs no letter then."""
    after = telling.applied.kind[1]
    is_for_us = after is not None and Category(after) in FOR_US
    return not is_for_us and (earlier is None or earlier.kind == LetterKind.RECEIPT.value)


def _may_not(session: Session, row: Record, to: str) -> bool:
    """Tell whether nothing may be written to *to*: a machine, one of ours, or somebody staff said not to answer."""
    if session.get(Silenced, to.lower()) is not None:
        return True
    harmless = (None, "personal mailbox: a person looks first", "an equal letter was answered")
    is_category = (row.suppression or "").startswith("category: ")
    return not row.acknowledge and row.suppression not in harmless and not is_category


def _facts(desk: Desk, telling: Telling, to: str, mailbox_address: str) -> LetterFacts:
    """Return what a letter of correction may say."""
    row, case = telling.row, telling.case
    said: dict[str, Any] = row.facts.get("said") or {
        "attendance": row.attendance,
        "proposal": row.proposal,
        "topics": row.facts.get("topics", []),
    }
    received = accounts.received_by(row)
    assert received is not None  # noqa: S101  (the caller asked)
    attendance = said["attendance"] if case.attends else None
    return LetterFacts(
        kind=LetterKind.CORRECTED,
        case=case.number,
        recipient=to,
        mailbox_address=mailbox_address,
        message_id=choice.message_id(desk.letter_key, "poprawka", str(telling.instruction), domain=desk.domain),
        answers=row.message_id,
        references=tuple(row.references),
        received=received,
        timeliness=Timeliness(corrected.punctuality(attendance), corrected.punctuality(said["proposal"])),
        subject=row.subject,
        organisation=case.organisation,
        people=case.people,
        topics=tuple(case.topics if case.topics is not None else said["topics"]),
        organisation_before=telling.before.organisation if telling.before else None,
        people_before=telling.before.people if telling.before else None,
        registered_before=bool(telling.before and telling.before.attends),
        first=False,
        changes=corrected.changes(telling.applied),
        by_staff=True,
        our_mistake=telling.applied.kind[0] != telling.applied.kind[1],
        attends=bool(case.attends),
        proposes=case.proposes,
        needs=tuple(case.needs or ()),
        names=tuple(case.names or ()),
    )


def _first_answer(desk: Desk, telling: Telling, facts: LetterFacts) -> LetterFacts:
    """Return the facts of the letter that its sender would have got, had the message been understood at once."""
    original, case = telling.original, telling.case
    if original is None:
        return facts
    after = cases.standing(case)
    entered = Entered(
        telling.row.id,
        Judged(original.fetched, original.message, original.verdict),
        Fate.TAKEN_IN,
        case.number,
        before=None,
        after=after,
    )
    kind = choice.choose(entered, desk.rules.cutoffs)
    answer = choice.gather(
        entered,
        kind,
        to=facts.recipient,
        mailbox_address=facts.mailbox_address,
        message_id=facts.message_id,
        debt=False,
    )
    return replace(answer, by_staff=True)


def _occasion(instruction_id: int) -> str:
    return f"correction:{instruction_id}"


def stop(session: Session, instruction_id: int, now: datetime) -> bool:
    """Write off the letter of an instruction where it has not left; tell whether it had not."""
    letter = session.scalar(select(Outgoing).where(Outgoing.occasion == _occasion(instruction_id)))
    if letter is None or letter.status not in {Status.QUEUED.value, Status.DEFERRED.value}:
        return False
    outbox.written_off(session, letter.id, "taken back", now)
    return True
