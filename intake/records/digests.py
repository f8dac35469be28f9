"""Which digests were written: what says whether one is owed. Light, for it is asked at every start."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake.records.store import DigestDay, Poll


def last(session: Session, consultation: str) -> DigestDay | None:
    """Return the last digest that was written."""
    query = select(DigestDay).where(DigestDay.consultation == consultation).order_by(DigestDay.day.desc())
    return session.scalar(query.limit(1))


def of(session: Session, consultation: str, day: date) -> DigestDay | None:
    """Return the digest of *day*, where it was written."""
    return session.get(DigestDay, (consultation, day))


def began(session: Session) -> datetime | None:
    """Return when any mailbox was first looked into; before that no digest is owed."""
    return session.scalar(select(func.min(Poll.at)))
