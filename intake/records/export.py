"""The records as the outside sees them: one plain object a message, with the keys that other programs hold us to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.judgement.values import Category, Timeliness, Verdict
from intake.mail.message import Message
from intake.records import corrections
from intake.records.store import Case, Outgoing, Record, Status

_TO_THE_OUTSIDE = {
    Status.QUEUED: "queued",
    Status.SENDING: "queued",
    Status.DEFERRED: "queued",
    Status.SENT: "sent",
    Status.FAILED: "failed",
    Status.WRITTEN_OFF: "failed",
}
_BATCH = 500


def exported(session: Session, consultation: str, zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    """Yield an object for each message taken in, oldest first; of private mail five keys, the others null."""
    query = (
        select(Record, Case.number, Outgoing)
        .outerjoin(Case, Record.case_id == Case.id)
        .outerjoin(Outgoing, Outgoing.record_id == Record.id)
        .where(Record.consultation == consultation)
        .order_by(Record.received, Record.id)
        .execution_options(yield_per=_BATCH)
    )
    for record, number, letter in session.execute(query):
        yield _line(record, number, letter, zone)


def _line(record: Record, number: str | None, letter: Outgoing | None, zone: ZoneInfo) -> dict[str, Any]:
    open_to_all = not record.private
    kind, facts = corrections.category(record), corrections.facts(record)
    pending = bool(record.review) and record.settled_at is None
    return {
        "case": number,
        "mailbox": record.mailbox,
        "sha256": record.sha256,
        "message_id": record.message_id,
        "received": _arrival(record),
        "sender": {"name": record.sender_name, "address": record.sender_address} if open_to_all else None,
        "subject": record.subject,
        "category": kind.value if kind else None,
        "timeliness": _timeliness(facts["attendance"], facts["proposal"]) if open_to_all else None,
        "organisation": facts["organisation"],
        "people": facts["people"],
        "topics": facts["topics"] if open_to_all else None,
        "review": pending if open_to_all else None,
        "review_reason": (", ".join(record.review) or None) if open_to_all and pending else None,
        "acknowledgement": _acknowledgement(record, letter, zone) if open_to_all else None,
        "needs": facts["needs"] if open_to_all else None,
        "names": facts["names"] if open_to_all else None,
        "campaign": record.campaign_id,
        "forwarded": record.forwarded_by is not None if open_to_all else None,
        "corrected": record.corrected is not None if open_to_all else None,
    }


def _arrival(record: Record) -> str | None:
    """Return the time of arrival with the offset in which the server told it."""
    if record.received is None:
        return None
    return record.received.astimezone(timezone(timedelta(minutes=record.received_offset or 0))).isoformat()


def _acknowledgement(record: Record, letter: Outgoing | None, zone: ZoneInfo) -> dict[str, str | None]:
    if letter is None:
        return {"status": "none", "reason": record.suppression, "message_id": None, "sent_at": None}
    status = Status(letter.status)
    sent = letter.ended_at if status is Status.SENT else None
    return {
        "status": _TO_THE_OUTSIDE[status],
        "reason": letter.held or (None if status is Status.SENT else letter.last_reply),
        "message_id": letter.message_id,
        "sent_at": sent.astimezone(zone).isoformat() if sent else None,
    }


def _timeliness(attendance: str | None, proposal: str | None) -> dict[str, str]:
    pairs = {"attendance": attendance, "proposal": proposal}
    return {name: str(value) for name, value in pairs.items() if value is not None}


def judged(mailbox: str, sha256: str, received: datetime | None, message: Message, verdict: Verdict) -> dict[str, Any]:
    """Return the object of a message that was judged offline: the keys that exist without a record."""
    author, timeliness = message.author, verdict.timeliness
    return {
        "case": None,
        "mailbox": mailbox,
        "sha256": sha256,
        "message_id": message.message_id,
        "received": received.isoformat() if received else None,
        "sender": {"name": author.name if author else None, "address": author.address if author else None},
        "subject": message.subject,
        "category": verdict.category.value,
        "timeliness": _timeliness(*_values(timeliness)),
        "organisation": verdict.organisation,
        "people": verdict.people,
        "topics": list(verdict.topics),
        "review": bool(verdict.review),
        "review_reason": ", ".join(review.value for review in verdict.review) or None,
        "confidence": round(verdict.confidence, 3),
        "acknowledge": verdict.acknowledge,
        "suppression": verdict.suppression,
        "reasons": [
            {
                "rule": reason.rule,
                "words": reason.words,
                "weight": round(reason.weight, 3),
                "category": _name(reason.category),
            }
            for reason in verdict.reasons
        ],
    }


def _values(timeliness: Timeliness) -> tuple[str | None, str | None]:
    return timeliness.attendance, timeliness.proposal


def _name(category: Category | None) -> str | None:
    return category.value if category else None
