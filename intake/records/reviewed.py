"""What people corrected: how a message had been judged, what it is, and the reasons that had spoken for the mistake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.judgement.values import Category, Reason
from intake.records.store import Case, Record


@dataclass(frozen=True, slots=True)
class Corrected:
    """A message whose category a person corrected."""

    case: str | None
    judged: str | None  # None: could not be judged
    corrected: str
    confidence: float
    misled: tuple[Reason, ...]  # those that spoke for what it was not, the weightiest first


def corrected(session: Session, consultation: str) -> Iterator[Corrected]:
    """Yield what was corrected to another category than it was judged, the oldest first."""
    query = (
        select(Record, Case.number)
        .outerjoin(Case, Record.case_id == Case.id)
        .where(Record.consultation == consultation, Record.corrected.is_not(None), Record.erased_at.is_(None))
        .order_by(Record.id)
    )
    for record, number in session.execute(query):
        if record.corrected is None or record.corrected == record.category:
            continue
        yield Corrected(number, record.category, record.corrected, record.confidence, _misled(record))


def _misled(record: Record) -> tuple[Reason, ...]:
    reasons = [_reason(kept) for kept in record.reasons]
    wrong = [reason for reason in reasons if reason.category == record.category and reason.weight > 0]
    return tuple(sorted(wrong, key=lambda reason: -reason.weight))


def _reason(kept: dict[str, object]) -> Reason:
    category = kept.get("category")
    return Reason(
        rule=str(kept.get("rule", "")),
        words=str(kept.get("words", "")),
        weight=float(str(kept.get("weight", 0.0))),
        category=Category(str(category)) if category else None,
    )
