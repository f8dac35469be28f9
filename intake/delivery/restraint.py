"""How much is answered: the limits beyond which a letter waits for staff, the equal letter again, and the brake.

Three letters in an hour from one organisation are three letters, and each is answered; what is held back is the same
letter again, and what no consultation brings by itself: a loop or an attack (RFC 3834 §2 asks for such limits). The
numbers and their reasons stand in ``rules/automatic.toml``, those of one address and of an hour in ``config.toml``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from intake.delivery import outbox
from intake.judgement.machines import Limits
from intake.judgement.values import Verdict
from intake.mail.message import Message
from intake.records import cases
from intake.records.foreseen import Kind, is_absent, past_waiting
from intake.records.store import Outgoing, Record, Silenced, Status, kept

EQUAL = "an equal letter was answered"
SILENCED = "staff said that this address is not answered"
BRAKE = "brake"  # the kind of the letter that tells staff
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_TOLD_AGAIN = timedelta(hours=6)  # a storm that goes on is told again so late
_COUNTED = "letters of a day"  # in a session, and kept between them
_NEW = "letters by domain"  # in a session: those of its transaction
_RECOUNTED = timedelta(minutes=10)
_ASKED = 5  # domains that are asked for one by one; where more are, all are read at once
_LOOK_BACK = 20  # letters of one address among which equal ones are looked for
_COMPARED = 20_000  # characters of text; as many as the record keeps
_NUMBERS = re.compile(r"#\s?[0-9]{1,12}|[0-9]{4,12}")  # of tickets: they differ in otherwise equal letters


def silenced(session: Session, verdict: Verdict, message: Message) -> Verdict:
    """Return *verdict*, without its acknowledgement where staff said that its address is not to be answered."""
    address = message.reply_to or message.author
    key = address.address.lower()[:320] if address else None
    if not verdict.acknowledge or key is None or is_absent(session, Kind.SILENCED, key):
        return verdict
    if session.get(Silenced, key) is None:
        return verdict
    return replace(verdict, acknowledge=False, suppression=SILENCED)


def once(session: Session, verdict: Verdict, message: Message, limits: Limits, now: datetime) -> Verdict:
    """Return *verdict*, without its acknowledgement where letters equal to *message* were answered often enough.

    A letter that answers one of ours is what two programs write to each other without end: it is answered once.
    """
    if not verdict.acknowledge:
        return verdict
    answered = _answered_equals(session, verdict, message, now - limits.equal_within)
    allowed = 1 if _answers_ours(session, message) else limits.equal_letters
    return verdict if answered < allowed else replace(verdict, acknowledge=False, suppression=EQUAL)


def _answered_equals(session: Session, verdict: Verdict, message: Message, since: datetime) -> int:
    """Count the answers to the latest letters of the same sender, as far back as they are all equal to *message*."""
    sender = cases.address_key(message)
    if is_absent(session, Kind.SENDER, sender):
        return 0
    query = (
        select(Record)
        .where(
            Record.sender_address == sender,
            Record.entered_at > since,
            Record.duplicate_of.is_(None),
        )
        .order_by(Record.id.desc())
        .limit(_LOOK_BACK)
    )
    answered = 0
    with past_waiting(session, Record.sender_address, [sender]):
        letters = session.scalars(query).all()
    for record in letters:
        if not _equal(record, verdict, message):
            break
        answered += record.acknowledge
    return answered


def _equal(record: Record, verdict: Verdict, message: Message) -> bool:
    if (record.category, record.people) != (verdict.category.value, verdict.people):
        return False
    attached = [(part.filename or "", part.size) for part in message.attachments]
    kept = [(part.get("name"), part.get("size")) for part in record.facts.get("attachments", [])]
    return attached == kept and _gist(record.own_text or "") == _gist(message.own[:_COMPARED])


def _gist(text: str) -> list[str]:
    return _NUMBERS.sub("", text).casefold().split()


def _answers_ours(session: Session, message: Message) -> bool:
    named = [
        name
        for name in (*message.in_reply_to[:10], *message.references[-10:])
        if not is_absent(session, Kind.LETTER, name)
    ]
    query = select(Outgoing.id).where(Outgoing.message_id.in_(named)).limit(1)
    with past_waiting(session, Outgoing.message_id, named):
        return bool(named) and session.scalar(query) is not None


def held(session: Session, recipient: str, per_address_per_day: int, limits: Limits, now: datetime) -> str | None:
    """Return the key of the limit that one more answer to *recipient* would exceed, or None where it may leave."""
    since = now - _DAY
    if outbox.written_to(session, recipient, since) >= per_address_per_day:
        return "acknowledge.per_address_per_day"
    domain = recipient.rpartition("@")[2].lower()
    day = _of_a_day(session, now)
    new: Counter[str] = session.info.setdefault(_NEW, Counter())  # of this transaction, before this one
    total, limit = day.total + new.total(), limits.per_domain_per_day
    is_shared = domain in limits.shared_domains or total < limit
    is_much = not is_shared and day.to(session, domain) + new[domain] >= limit
    new[domain] += 1
    if is_much:
        return "limits.per_domain_per_day"
    return "limits.per_day" if total >= limits.per_day else None


@dataclass(slots=True)
class _Day:
    """The letters of a day: those on record when they were counted, and those since.

    By domain they are counted when it is asked for: one letter asks for one domain, and has no need of all.
    """

    at: datetime
    last: int = 0  # the highest number of a letter among those that were counted together
    read: int = 0  # the highest number of a letter that was counted at all
    earlier: int = 0  # how many were counted together
    asked: dict[str, int] = field(default_factory=dict)  # of them, those of a domain
    is_read: bool = False  # each of them was read: a domain that is not in ``asked`` has none
    since: Counter[str] = field(default_factory=Counter)  # by domain

    @property
    def total(self) -> int:
        """Return how many there are."""
        return self.earlier + self.since.total()

    def to(self, session: Session, domain: str) -> int:
        """Return how many *domain* got."""
        if domain not in self.asked and not self.is_read:
            self._ask(session, domain)
        return self.asked.get(domain, 0) + self.since[domain]

    def _ask(self, session: Session, domain: str) -> None:
        together = Outgoing.queued_at > self.at - _DAY, Outgoing.id <= self.last  # so none that still waits
        with session.no_autoflush:
            self._ask_of(session, domain, together)

    def _ask_of(self, session: Session, domain: str, together: tuple[ColumnElement[bool], ...]) -> None:
        if len(self.asked) < _ASKED:
            ours = func.lower(Outgoing.recipient).endswith(f"@{domain}", autoescape=True)
            self.asked[domain] = session.scalar(select(func.count()).where(*together, ours)) or 0
        else:
            self.asked = dict(_by_domain(session.scalars(select(Outgoing.recipient).where(*together))))
            self.is_read = True

    def count(self, session: Session) -> None:
        """Count the letters of the day together."""
        query = select(func.count(), func.max(Outgoing.id)).where(Outgoing.queued_at > self.at - _DAY)
        self.earlier, last = session.execute(query).one()
        self.last = self.read = last or 0

    def go_on(self, session: Session) -> None:
        """Count what was written since."""
        rows = session.execute(select(Outgoing.id, Outgoing.recipient).where(Outgoing.id > self.read)).all()
        self.read = max([self.read, *(row.id for row in rows)])
        self.since.update(_by_domain(row.recipient for row in rows))


def _by_domain(recipients: Iterable[str]) -> Counter[str]:
    return Counter(recipient.rpartition("@")[2].lower() for recipient in recipients)


def _of_a_day(session: Session, now: datetime) -> _Day:
    """Return the letters of the last day, asked for once in a transaction.

    What was counted before is added to, and counted anew after some minutes: until then a letter that is older than a
    day is still among them.
    """
    day: _Day | None = session.info.get(_COUNTED)
    if day is not None:
        return day
    known: _Day | None = kept(session).get(_COUNTED)
    if known is None or not timedelta() <= now - known.at < _RECOUNTED:
        known = kept(session)[_COUNTED] = _Day(now)
        known.count(session)
    else:
        known.go_on(session)
    session.info[_COUNTED] = known
    return known


@dataclass(frozen=True, slots=True)
class Brake:
    """Answers are paused, because too many left within an hour."""

    waiting: int  # answers that would leave now
    per_hour: int
    until: datetime  # when the next may leave, if nobody does anything


def braked(session: Session, per_hour: int, now: datetime) -> Brake | None:
    """Return how the brake stands at *now*: None where no answer waits because of it."""
    if not per_hour or outbox.answered(session, now - _HOUR) < per_hour:
        return None
    waiting = session.scalar(
        select(func.count()).where(
            Outgoing.record_id.is_not(None),
            Outgoing.status.in_((Status.QUEUED.value, Status.DEFERRED.value)),
            Outgoing.held.is_(None),
            Outgoing.next_attempt <= now,
        )
    )
    if not waiting:
        return None
    recent = select(Outgoing.claimed_at).where(
        Outgoing.record_id.is_not(None),
        Outgoing.claimed_at > now - _HOUR,
        Outgoing.status.not_in(outbox.NOT_LEFT),
    )
    last: Sequence[datetime] = [at for at in session.scalars(recent.order_by(Outgoing.claimed_at)) if at is not None]
    first = last[len(last) - per_hour] if len(last) >= per_hour else now
    return Brake(waiting, per_hour, first + _HOUR)


def must_tell(session: Session, now: datetime) -> bool:
    """Tell whether staff were not told of the brake lately."""
    query = select(Outgoing.id).where(Outgoing.kind == BRAKE, Outgoing.queued_at > now - _TOLD_AGAIN).limit(1)
    return session.scalar(query) is None
