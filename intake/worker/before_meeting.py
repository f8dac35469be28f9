"""Shortly before the meeting: a second, short digest where something came since the morning's, once.

It goes on where that of the morning ended: its decisions have the next numbers, and what it tells stands in the next
morning's too, whose accounts run from morning to morning.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import events
from intake.delivery import outbox
from intake.letters import choice
from intake.letters.digest import DigestLetter
from intake.letters.digest_facts import DigestFacts
from intake.records import accounts, digests, items
from intake.records import day as days
from intake.records.day import Span
from intake.records.store import Outgoing
from intake.worker import morning, owing
from intake.worker.desk import Desk


def write(desk: Desk) -> DigestLetter | None:
    """Write it into the outbox; None where it is not the time, nothing came, or it was written before."""
    now = desk.now()
    if not owing.second(desk, now):
        return None
    with desk.store.reading() as session:  # every few seconds: the record is not held up for a look
        if _written(session, desk) or not _came(session, desk, now):
            return None
    day = desk.rules.cutoffs.meeting.date()
    with desk.store.writing() as session:
        accounts.lock(session)
        facts = None if _written(session, desk) else _facts(desk, session, now)
        if facts is None:
            return None
        letter = morning.compose(desk, facts, now)
        kept = list(morning.numbered(desk, facts))
        items.write(session, desk.rules.consultation.id, day, kept)
        for number, recipient in enumerate(facts.recipients):
            offers = tuple(morning.offers(desk, day, kept, recipient))
            own = morning.compose(desk, replace(facts, offers=offers), now)
            posting = morning.posting(desk, facts, recipient, own.raw)
            outbox.put(session, replace(posting, occasion=_occasion(desk, number)), now)
    events.digest_written(day.isoformat(), len(facts.decisions))
    return letter


def _occasion(desk: Desk, number: int) -> str:
    return f"before:{desk.rules.consultation.id}:{desk.rules.cutoffs.meeting.date().isoformat()}:{number}"[-128:]


def _written(session: Session, desk: Desk) -> bool:
    return session.scalar(select(Outgoing.id).where(Outgoing.occasion == _occasion(desk, 0))) is not None


def _came(session: Session, desk: Desk, now: datetime) -> frozenset[int]:
    """Return the records of what came since the morning's digest; none where that is still owed."""
    day, consultation = desk.rules.cutoffs.meeting.date(), desk.rules.consultation.id
    earlier = digests.of(session, consultation, day)
    rows = days.rows(session, Span(consultation, earlier.until, now)) if earlier else []
    return frozenset(row.record.id for row in rows)


def _facts(desk: Desk, session: Session, now: datetime) -> DigestFacts | None:
    """Return what came since the morning's digest; None where nothing did, or that one is still owed."""
    day, consultation = desk.rules.cutoffs.meeting.date(), desk.rules.consultation.id
    earlier = digests.of(session, consultation, day)
    if earlier is None:
        return None
    facts = morning.gather(desk, session, Span(consultation, earlier.until, now), day)
    new = _came(session, desk, now)
    decisions = tuple(decision for decision in facts.decisions if decision.record_id in new)
    if not decisions and not facts.entries:
        return None
    key = choice.message_id(
        desk.letter_key, "zestawienie", consultation, day.isoformat(), "przed spotkaniem", domain=desk.domain
    )
    return replace(
        facts,
        message_id=key,
        decisions=decisions,
        second=True,
        told_before=max(items.of(session, consultation, day), default=0),
    )
