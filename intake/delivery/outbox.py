"""The outbox: letters that are owed, from their writing to the relay's last word.

A letter is written in the transaction that records its message, so neither is without the other. It is claimed by one
worker, tried, and ends sent or failed; between attempts it waits, longer each time, and is given up after three days.
A worker that stopped in mid-attempt leaves its letters ``sending``; they go out again with the same Message-ID, so that
a second copy can be known as one (RFC 1047). Every move stands in ``MOVES`` and writes an event; a move that does not
stand there raises.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, or_, select
from sqlalchemy.orm import Session

from intake.errors import RecordError
from intake.records.chronicle import Happening, note
from intake.records.foreseen import Kind, appears, is_absent, past_waiting
from intake.records.store import Outgoing, Record, Status

GIVE_UP_AFTER = timedelta(days=3)  # RFC 5321 §4.5.4.1 asks for four to five; a receipt is of no use by then
LEASE = timedelta(minutes=20)  # more than an attempt can last: connect, commands, and 600 s after the final dot
_LETTERS, _CASES = "letters", "cases of letters"  # in a session
PROMPT = timedelta(minutes=1)  # an acknowledgement is due so soon after it was written
_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120, 240))


MOVES = {
    (Status.QUEUED, Happening.CLAIMED): Status.SENDING,
    (Status.DEFERRED, Happening.CLAIMED): Status.SENDING,
    (Status.SENDING, Happening.ACCEPTED): Status.SENT,
    (Status.SENDING, Happening.DEFERRED): Status.DEFERRED,
    (Status.SENDING, Happening.REFUSED): Status.FAILED,
    (Status.SENDING, Happening.INTERRUPTED): Status.DEFERRED,  # may arrive twice, RFC 1047: same Message-ID
    (Status.SENDING, Happening.EXPIRED): Status.FAILED,
    (Status.DEFERRED, Happening.EXPIRED): Status.FAILED,
    (Status.SENT, Happening.BOUNCED): Status.FAILED,
    (Status.QUEUED, Happening.WRITTEN_OFF): Status.WRITTEN_OFF,
    (Status.DEFERRED, Happening.WRITTEN_OFF): Status.WRITTEN_OFF,
    (Status.FAILED, Happening.WRITTEN_OFF): Status.WRITTEN_OFF,
}


# That a letter left is asked by what it is not: so a database looks for the hour, and not through all that ever left.
NOT_LEFT = tuple(status.value for status in Status if status not in {Status.SENDING, Status.SENT})

_NOT_WAITING = tuple(status.value for status in Status if status not in {Status.QUEUED, Status.DEFERRED})

# What a letter may be again when staff take back that it was written off: what it was.
RESTORED = frozenset({Status.QUEUED, Status.DEFERRED, Status.FAILED})


@dataclass(frozen=True, slots=True)
class Posting:
    """A letter as it is put into the outbox."""

    kind: str
    recipient: str
    reverse_path: str  # "" is the null one
    message_id: str
    raw: bytes
    facts: dict[str, Any] | None = None  # what it was composed from, to compose it again
    record_id: int | None = None  # of the message that it answers; None for a digest
    case_id: int | None = None  # of a letter about a case
    occasion: str | None = None  # what such a letter is written for, once
    digest_day: date | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter that this worker alone may deliver now."""

    id: int
    kind: str
    recipient: str
    reverse_path: str
    message_id: str
    raw: bytes
    facts: dict[str, Any] | None
    attempts: int


def put(
    session: Session, posting: Posting, now: datetime, *, held: str | None = None, after: timedelta = timedelta(0)
) -> int:
    """Write a letter that leaves *after* so long, due a minute later; *held* says why it waits for staff instead."""
    letter = Outgoing(
        record_id=posting.record_id,
        case_id=posting.case_id,
        occasion=posting.occasion,
        digest_day=posting.digest_day,
        kind=posting.kind,
        status=Status.QUEUED.value,
        held=held,
        recipient=posting.recipient,
        reverse_path=posting.reverse_path,
        message_id=posting.message_id,
        raw=posting.raw,
        facts=posting.facts,
        queued_at=now,
        due_at=now + after + PROMPT,
        next_attempt=now + after,
        attempts=0,
    )
    session.add(letter)
    appears(session, Kind.RECIPIENT, letter.recipient)
    appears(session, Kind.LETTER, letter.message_id)
    _note(session, letter, Happening.HELD if held else Happening.QUEUED, now, held or "")
    return letter.id


def written_to(session: Session, recipient: str, since: datetime) -> int:
    """Count the acknowledgements written to *recipient* after *since*."""
    if is_absent(session, Kind.RECIPIENT, recipient):
        return 0
    query = select(func.count()).where(
        Outgoing.recipient == recipient, Outgoing.queued_at > since, Outgoing.record_id.is_not(None)
    )
    with past_waiting(session, Outgoing.recipient, [recipient]):
        return session.scalar(query) or 0


def claim(session: Session, now: datetime, limit: int, worker: str, *, per_hour: int = 0) -> list[Claimed]:
    """Claim up to *limit* letters that are due at *now*; not more acknowledgements than *per_hour* allows (0: any)."""
    allowance = per_hour - answered(session, now - timedelta(hours=1)) if per_hour else limit
    claimed: list[Claimed] = []
    due = [*_others(session, now, limit), *_answers(session, now, limit)]
    session.info[_LETTERS] = {letter.id: letter for letter in due}  # held: a session forgets what nobody else holds
    _foresee_cases(session, due)
    for letter in due:
        if len(claimed) >= limit:
            break
        if letter.record_id is not None:  # a digest is never braked
            if allowance <= 0:
                break
            allowance -= 1
        _move(session, letter, Happening.CLAIMED, now)
        letter.claimed_at, letter.claimed_by, letter.attempts = now, worker, letter.attempts + 1
        claimed.append(
            Claimed(
                letter.id,
                letter.kind,
                letter.recipient,
                letter.reverse_path,
                letter.message_id,
                letter.raw,
                letter.facts,
                letter.attempts,
            )
        )
    return claimed


def _others(session: Session, now: datetime, limit: int) -> Sequence[Outgoing]:
    """Return letters that answer no message and are due: few, and found by that."""
    return _first(session, now, limit, Outgoing.record_id.is_(None), Outgoing.status.not_in(_NOT_WAITING))


def _answers(session: Session, now: datetime, limit: int) -> list[Outgoing]:
    """Return acknowledgements that are due.

    Each status is asked for alone: so an index gives them in their order, and the rest of a storm is not looked at.
    """
    statuses = (Outgoing.status == status.value for status in (Status.DEFERRED, Status.QUEUED))
    due = [
        letter for status in statuses for letter in _first(session, now, limit, Outgoing.record_id.is_not(None), status)
    ]
    return sorted(due, key=lambda letter: (letter.next_attempt, letter.id))[:limit]


def _first(session: Session, now: datetime, limit: int, *which: ColumnElement[bool]) -> Sequence[Outgoing]:
    query = select(Outgoing).where(Outgoing.held.is_(None), Outgoing.next_attempt <= now, *which)
    query = query.order_by(Outgoing.next_attempt, Outgoing.id).limit(limit).with_for_update(skip_locked=True)
    return session.scalars(query).all()


def answered(session: Session, since: datetime) -> int:
    """Count the acknowledgements that left, or are leaving, after *since*."""
    query = select(func.count()).where(
        Outgoing.record_id.is_not(None), Outgoing.claimed_at > since, Outgoing.status.not_in(NOT_LEFT)
    )
    return session.scalar(query) or 0


def rewrite(session: Session, letter_id: int, raw: bytes, facts: dict[str, Any]) -> None:
    """Replace what a claimed letter says, not its Message-ID: it leaves so late that it must say so."""
    letter = _letter(session, letter_id)
    letter.raw, letter.facts = raw, facts


_FORESEEN = (
    select(Outgoing, Record.case_id)
    .outerjoin(Record, Record.id == Outgoing.record_id)
    .where(Outgoing.id.in_(bindparam("letters", expanding=True)))
    .order_by(Outgoing.id)
    .with_for_update(of=Outgoing)
)


def foresee(session: Session, letter_ids: Sequence[int]) -> None:
    """Lock the letters that this transaction is about, in one order and in one statement; look up their cases."""
    rows = session.execute(_FORESEEN, {"letters": list(letter_ids)}).all()
    session.info[_LETTERS] = {row.Outgoing.id: row.Outgoing for row in rows}
    session.info[_CASES] = {row.Outgoing.record_id: row.case_id for row in rows if row.Outgoing.record_id}


def _foresee_cases(session: Session, letters: Iterable[Outgoing]) -> None:
    """Look up once the cases of these *letters*, which every event of theirs names."""
    numbers = [letter.record_id for letter in letters if letter.record_id]
    cases = select(Record.id, Record.case_id).where(Record.id.in_(numbers))
    session.info[_CASES] = {row.id: row.case_id for row in session.execute(cases)} if numbers else {}


def accepted(session: Session, letter_id: int, reply: str, now: datetime) -> None:
    """Note that the relay took the letter: it answers for it from now on (RFC 5321 §4.2.5)."""
    letter = _letter(session, letter_id)
    _end(session, letter, Happening.ACCEPTED, reply, now)


def refused(session: Session, letter_id: int, reply: str, now: datetime) -> None:
    """Note that the relay will not take the letter, now or later (5yz)."""
    letter = _letter(session, letter_id)
    _end(session, letter, Happening.REFUSED, reply, now)


def deferred(session: Session, letter_id: int, reply: str, now: datetime) -> None:
    """Note that the relay did not take the letter this time: it waits, or is given up after three days."""
    letter = _letter(session, letter_id)
    if now - letter.queued_at >= GIVE_UP_AFTER:
        _end(session, letter, Happening.EXPIRED, reply, now)
        return
    _move(session, letter, Happening.DEFERRED, now, reply)
    letter.last_reply = reply
    letter.next_attempt = now + pause(letter.attempts)
    letter.claimed_by = None


def released(session: Session, letter_id: int, now: datetime) -> None:
    """Note that staff let a letter leave that waited for them."""
    letter = _letter(session, letter_id)
    letter.held, letter.next_attempt, letter.due_at = None, now, now + PROMPT
    _note(session, letter, Happening.RELEASED, now, "")


def written_off(session: Session, letter_id: int, reason: str, now: datetime) -> None:
    """Note that staff let an owed letter be, for *reason*: it leaves no more, and is listed no more."""
    letter = _letter(session, letter_id)
    _move(session, letter, Happening.WRITTEN_OFF, now, reason)
    letter.ended_at, letter.claimed_by = now, None


def restored(session: Session, letter_id: int, status: str, now: datetime) -> None:
    """Note that staff took back that a letter was written off: it is again what it was before, by *status*."""
    letter = _letter(session, letter_id)
    if letter.status != Status.WRITTEN_OFF or Status(status) not in RESTORED:
        raise RecordError(f"letter {letter_id}: it is {letter.status}, and cannot be {status} again")
    letter.status, letter.next_attempt = status, now
    letter.ended_at = now if letter.status == Status.FAILED else None
    _note(session, letter, Happening.RESTORED, now, "")


def bounced(session: Session, message_id: str, reply: str, now: datetime) -> int | None:
    """Note that the letter called *message_id* was returned; return the record it answers, None if not ours."""
    letter = session.scalar(select(Outgoing).where(Outgoing.message_id == message_id).limit(1))
    if letter is None:
        return None
    if letter.status == Status.SENT:
        _end(session, letter, Happening.BOUNCED, reply, now)
    return letter.record_id


def interrupted(session: Session, now: datetime, worker: str) -> int:
    """Free the letters of workers that stopped in mid-attempt; return how many there were."""
    stale = select(Outgoing).where(
        Outgoing.status == Status.SENDING.value,
        or_(Outgoing.claimed_at <= now - LEASE, Outgoing.claimed_by != worker),
    )
    freed = 0
    for letter in session.scalars(stale):
        if letter.claimed_at and letter.claimed_at > now - LEASE and lives(letter.claimed_by or ""):
            continue
        _move(session, letter, Happening.INTERRUPTED, now)
        letter.next_attempt, letter.claimed_by = now, None
        freed += 1
    return freed


def given_back(session: Session, letter_ids: Sequence[int], now: datetime) -> None:
    """Free letters that were claimed and not offered to the relay: any worker may deliver them, at once."""
    for letter in session.scalars(select(Outgoing).where(Outgoing.id.in_(letter_ids)).with_for_update()):
        if letter.status == Status.SENDING:
            _move(session, letter, Happening.INTERRUPTED, now)
            letter.next_attempt, letter.claimed_by = now, None


def next_attempt(session: Session) -> datetime | None:
    """Return when the next letter is due, or None where none waits."""
    query = select(func.min(Outgoing.next_attempt)).where(
        Outgoing.status.in_((Status.QUEUED.value, Status.DEFERRED.value)), Outgoing.held.is_(None)
    )
    return session.scalar(query)


def pause(attempts: int) -> timedelta:
    """Return how long a letter waits after so many *attempts*: one minute, growing to four hours."""
    return _PAUSES[min(max(attempts, 1), len(_PAUSES)) - 1]


def worker_name() -> str:
    """Return a name for this process that a later one can tell from a living one's."""
    return f"{socket.gethostname()}:{os.getpid()}"


def lives(worker: str) -> bool:
    """Tell whether *worker* may still be at work: on another machine it may, on this one its process tells."""
    host, _, process = worker.rpartition(":")
    if host != socket.gethostname():
        return True
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def _letter(session: Session, letter_id: int) -> Outgoing:
    foreseen: Outgoing | None = session.info.get(_LETTERS, {}).get(letter_id)
    letter = foreseen or session.get(Outgoing, letter_id, with_for_update=True)
    if letter is None:
        raise RecordError(f"letter {letter_id} is not in the outbox")
    return letter


def _end(session: Session, letter: Outgoing, what: Happening, reply: str, now: datetime) -> None:
    _move(session, letter, what, now, reply)
    letter.last_reply, letter.ended_at, letter.claimed_by = reply, now, None


def _move(session: Session, letter: Outgoing, what: Happening, now: datetime, reply: str = "") -> None:
    target = MOVES.get((Status(letter.status), what))
    if target is None:
        raise RecordError(f"letter {letter.id}: {what} cannot follow {letter.status}")
    letter.status = target.value
    _note(session, letter, what, now, reply)


def _note(session: Session, letter: Outgoing, what: Happening, now: datetime, reply: str) -> None:
    said = {"reason" if what is Happening.WRITTEN_OFF else "reply": reply} if reply else {}
    detail = {"letter": letter.id, "kind": letter.kind} | said
    note(session, now, what, case=_case_of(session, letter), record=letter.record_id, detail=detail)


def _case_of(session: Session, letter: Outgoing) -> int | None:
    if letter.record_id is None:
        return letter.case_id
    known: dict[int, int | None] = session.info.get(_CASES, {})
    if letter.record_id in known:
        return known[letter.record_id]
    record = session.get(Record, letter.record_id)
    return record.case_id if record else letter.case_id
