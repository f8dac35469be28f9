"""The numbered decisions of digests that left: what "3" means in an answer to one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.records.store import Item


@dataclass(frozen=True, slots=True)
class Numbered:
    """One numbered decision, and what it is about."""

    number: int
    kind: str  # of the decision
    records: tuple[int, ...]
    cases: tuple[int, ...]
    letters: tuple[int, ...]


def write(session: Session, consultation: str, day: date, numbered: Iterable[Numbered]) -> None:
    """Keep the decisions of the digest of *day*."""
    for each in numbered:
        session.add(
            Item(
                consultation=consultation,
                day=day,
                number=each.number,
                kind=each.kind,
                record_ids=list(each.records),
                case_ids=list(each.cases),
                letter_ids=list(each.letters),
            )
        )


def of(session: Session, consultation: str, day: date) -> dict[int, Numbered]:
    """Return the decisions of the digest of *day* by their numbers."""
    query = select(Item).where(Item.consultation == consultation, Item.day == day).order_by(Item.number)
    return {
        row.number: Numbered(row.number, row.kind, tuple(row.record_ids), tuple(row.case_ids), tuple(row.letter_ids))
        for row in session.scalars(query)
    }
