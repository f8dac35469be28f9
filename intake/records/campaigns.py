"""Campaigns: near-identical letters of many hands, linked and never merged; each stays a record with its own answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from intake.judgement import likeness
from intake.records import corrections
from intake.records.chronicle import Happening, note
from intake.records.store import Band, Campaign, Case, Record, Signature, last

_CANDIDATES = 60  # letters that share a band, looked at; a campaign's are all alike, so more tell nothing new
_INDEX = "letters that proposed"  # in a session
_ONE_QUESTION = 1000  # bands; a database bounds its parameters
_EXCERPT = 160  # characters


@dataclass(frozen=True, slots=True)
class Group:
    """A campaign as it stands."""

    id: int
    excerpt: str  # the beginning of the letter that stands for it
    letters: int
    organisations: int  # distinct, of those that name one
    cases: tuple[str, ...]


@dataclass(slots=True)
class _Index:
    """What a batch knows of letters that proposed: by the bands of its own, looked up once, and by what it adds."""

    sharing: dict[str, list[int]] = field(default_factory=dict)  # band -> records
    signatures: dict[int, tuple[int, ...]] = field(default_factory=dict)
    new: list[dict[str, object]] = field(default_factory=list)  # rows of bands, to be written at the end


def foresee(session: Session, texts: Iterable[str]) -> None:
    """Look up once what ``link`` will ask for letters with these own *texts*, for the rest of this transaction."""
    found = (likeness.signature(text) for text in texts)
    names = sorted({name for of in found if of is not None for name in likeness.bands(of)})
    index = _Index({name: [] for name in names})
    for start in range(0, len(names), _ONE_QUESTION):
        query = select(Band.name, Band.record_id).where(Band.name.in_(names[start : start + _ONE_QUESTION]))
        for name, record in session.execute(query):
            index.sharing[name].append(record)
    session.info[_INDEX] = index
    last(session, _write)  # before the chain, which is begun later


def link(session: Session, record: Record, now: datetime) -> int | None:
    """Link a *record* that proposes to the letters that are nearly the same; return the campaign, None where none is.

    The same sender's letter again is a resend and no campaign.
    """
    kind = corrections.category(record)
    of = likeness.signature(record.own_text or "") if kind is not None and kind.proposes else None
    if of is None or record.duplicate_of is not None:
        return None
    names = tuple(dict.fromkeys(likeness.bands(of)))
    candidates = _candidates(session, names)
    twin = _nearest(session, record, of, candidates)
    session.add(Signature(record_id=record.id, value=likeness.packed(of)))
    if twin is None or len(candidates) < _CANDIDATES:  # of a large campaign enough are known by their bands
        _keep(session, record.id, of, names)
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


def _candidates(session: Session, names: Sequence[str]) -> list[int]:
    """Return the letters that share most of the bands *names*."""
    index: _Index | None = session.info.get(_INDEX)
    if index is None or not index.sharing.keys() >= set(names):
        query = select(Band.record_id).where(Band.name.in_(names)).group_by(Band.record_id)
        return list(session.scalars(query.order_by(func.count().desc(), Band.record_id).limit(_CANDIDATES)))
    counted = Counter(record for name in names for record in index.sharing[name])
    return sorted(counted, key=lambda number: (-counted[number], number))[:_CANDIDATES]


def _nearest(session: Session, record: Record, of: Sequence[int], candidates: Sequence[int]) -> Record | None:
    """Return the likest letter of another sender; None where none is alike."""
    known = _signatures(session, candidates)
    best: tuple[float, Record] | None = None
    for number in candidates:
        alike = likeness.likeness(of, known[number]) if number in known else 0.0
        if alike < likeness.ALIKE or (best is not None and alike <= best[0]):
            continue
        other = session.get(Record, number)
        if other is not None and _is_anothers(other, record):
            best = alike, other
    return best[1] if best else None


def _is_anothers(other: Record, record: Record) -> bool:
    senders = {other.sender_address, record.sender_address}
    return other.consultation == record.consultation and None not in senders and len(senders) == 2


def _signatures(session: Session, records: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """Return the signatures of *records*, of which a batch asks for none twice."""
    index: _Index = session.info.get(_INDEX) or _Index()
    unknown = [number for number in records if number not in index.signatures]
    if unknown:
        query = select(Signature.record_id, Signature.value).where(Signature.record_id.in_(unknown))
        with session.no_autoflush:  # those of this batch are known
            found = session.execute(query).all()
        for number, kept in found:
            index.signatures[number] = likeness.unpacked(kept)
    return index.signatures


def _keep(session: Session, record: int, of: tuple[int, ...], names: Sequence[str]) -> None:
    """Have *record* found by its bands: in this batch at once, and on record."""
    rows: list[dict[str, object]] = [{"name": name, "record_id": record} for name in names]
    index: _Index | None = session.info.get(_INDEX)
    if index is None:
        session.flush()
        session.execute(insert(Band), rows)
        return
    index.signatures[record] = of
    for name in names:
        index.sharing.setdefault(name, []).append(record)
    index.new += rows


def _write(session: Session) -> None:
    """Write the bands that a batch added, behind the records that they are of."""
    rows = session.info[_INDEX].new
    if rows:
        session.flush()
        session.execute(insert(Band), rows)


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
