"""Campaigns: near-identical letters of many hands, linked and never merged; each stays a record with its own answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from intake.judgement import likeness
from intake.records import corrections
from intake.records.chronicle import Happening, note
from intake.records.store import Band, Campaign, Case, Record, Signature

_CANDIDATES = 60  # letters that share a band, looked at; a campaign's are all alike, so more tell nothing new
_EXCERPT = 160  # characters


@dataclass(frozen=True, slots=True)
class Group:
    """A campaign as it stands."""

    id: int
    excerpt: str  # the beginning of the letter that stands for it
    letters: int
    organisations: int  # distinct, of those that name one
    cases: tuple[str, ...]


def link(session: Session, record: Record, now: datetime) -> int | None:
    """Link a *record* that proposes to the letters that are nearly the same; return the campaign, None where none is.

    The same sender's letter again is a resend and no campaign.
    """
    kind = corrections.category(record)
    of = likeness.signature(record.own_text or "") if kind is not None and kind.proposes else None
    if of is None or record.duplicate_of is not None:
        return None
    names = likeness.bands(of)
    twin = _nearest(session, record, of, names)
    session.add(Signature(record_id=record.id, value=likeness.packed(of)))
    session.execute(insert(Band), [{"name": name, "record_id": record.id} for name in dict.fromkeys(names)])
    if twin is None:
        return None
    if twin.campaign_id is None:
        campaign = Campaign(consultation=record.consultation, first_record=twin.id, began_at=now)
        session.add(campaign)
        twin.campaign_id = campaign.id
        note(session, now, Happening.LINKED, case=twin.case_id, record=twin.id)
    record.campaign_id = twin.campaign_id
    note(session, now, Happening.LINKED, case=record.case_id, record=record.id)
    return record.campaign_id


def _nearest(session: Session, record: Record, of: Sequence[int], names: Sequence[str]) -> Record | None:
    """Return the likest letter of another sender; None where none is alike."""
    shared = (
        select(Band.record_id)
        .where(Band.name.in_(names))
        .group_by(Band.record_id)
        .order_by(func.count().desc(), Band.record_id)
        .limit(_CANDIDATES)
        .subquery()
    )
    query = (
        select(Record, Signature.value)
        .join(shared, shared.c.record_id == Record.id)
        .join(Signature, Signature.record_id == Record.id)
        .where(Record.consultation == record.consultation, Record.sender_address != record.sender_address)
    )
    best: tuple[float, Record] | None = None
    for other, kept in session.execute(query):
        alike = likeness.likeness(of, likeness.unpacked(kept))
        if alike >= likeness.ALIKE and (best is None or alike > best[0]):
            best = (alike, other)
    return best[1] if best else None


def groups(session: Session, consultation: str, fewest: int = 3) -> tuple[Group, ...]:
    """Return the campaigns with at least *fewest* letters, the largest first."""
    counted = (
        select(Record.campaign_id, func.count())
        .where(Record.consultation == consultation, Record.campaign_id.is_not(None), Record.duplicate_of.is_(None))
        .group_by(Record.campaign_id)
        .having(func.count() >= fewest)
        .order_by(func.count().desc(), Record.campaign_id)
    )
    return tuple(_group(session, number, letters) for number, letters in session.execute(counted).all() if number)


def _group(session: Session, number: int, letters: int) -> Group:
    query = select(Case.number, Case.organisation_key).join(Record, Record.case_id == Case.id)
    rows = session.execute(query.where(Record.campaign_id == number).order_by(Case.id)).all()
    campaign = session.get(Campaign, number)
    first = session.get(Record, campaign.first_record) if campaign else None
    return Group(
        id=number,
        excerpt=" ".join(((first.own_text if first else "") or "").split())[:_EXCERPT],
        letters=letters,
        organisations=len({key for _, key in rows if key}),
        cases=tuple(dict.fromkeys(case for case, _ in rows)),
    )


def added(session: Session, record: Record) -> str | None:
    """Return what *record* adds to its campaign's letter; None where it is of none, or is that letter."""
    campaign = session.get(Campaign, record.campaign_id) if record.campaign_id else None
    if campaign is None or campaign.first_record == record.id:
        return None
    first = session.get(Record, campaign.first_record)
    return likeness.added(record.own_text or "", (first.own_text if first else "") or "")
