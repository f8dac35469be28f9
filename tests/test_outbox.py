"""The outbox: every move of a letter, and none besides."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.event import listen
from sqlalchemy.orm import Session

from intake.delivery import outbox
from intake.delivery.outbox import MOVES, Posting
from intake.errors import RecordError
from intake.records.chronicle import Happening
from intake.records.store import Event, Outgoing, Record, Status, Store

NOW = datetime(2023, 7, 10, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
US = f"{socket.gethostname()}:{os.getpid()}"


def add(store: Store, *, recipient: str = "ngo@fundacja.example", held: str | None = None, now: datetime = NOW) -> int:
    """Put a letter that answers a new record; return its id."""
    with store.writing() as session:
        count = len(list(session.scalars(select(Record.id))))
        record = Record(mailbox="rsvp", sha256=f"{count:064d}", consultation="c", entered_at=now)
        session.add(record)
        session.flush()
        return outbox.put(
            session, Posting("attendance", recipient, "", f"<{count}@x>", b"raw", {}, record.id), now, held=held
        )


def claim(store: Store, now: datetime = NOW, limit: int = 10, per_hour: int = 0) -> list[int]:
    """Claim what is due and return the ids."""
    with store.writing() as session:
        return [letter.id for letter in outbox.claim(session, now, limit, US, per_hour=per_hour)]


def status(store: Store, letter: int) -> Status:
    """Return where a letter is."""
    with store.reading() as session:
        row = session.get(Outgoing, letter)
        assert row is not None
        return Status(row.status)


def happened(store: Store) -> list[str]:
    """Return the kinds of all events, in order."""
    with store.reading() as session:
        return list(session.scalars(select(Event.kind).order_by(Event.id)))


def test_a_letter_that_the_relay_takes_is_sent(store: Store) -> None:
    """The plain way of a letter leaves one event a step."""
    letter = add(store)
    assert [letter] == claim(store)

    with store.writing() as session:
        outbox.accepted(session, letter, "250 ok", NOW)

    assert Status.SENT == status(store, letter)
    assert ["queued", "claimed", "accepted"] == happened(store)


def test_a_claimed_letter_is_claimed_once(store: Store) -> None:
    """A second worker does not get what the first has in hand."""
    add(store)

    assert 1 == len(claim(store))
    assert [] == claim(store)


def test_claiming_many_letters_asks_no_more_than_claiming_one(store: Store) -> None:
    """What their events name is looked up for all at once, and how they stand is known; so with outcomes."""
    asked: list[str] = []
    listen(store.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))

    def questions(work: Callable[[Session], None]) -> int:
        asked.clear()
        with store.writing() as session:
            work(session)
        return sum("nextval" not in statement for statement in asked)  # PostgreSQL draws numbers in growing lots

    def claimed(session: Session) -> None:
        letters[:] = [letter.id for letter in outbox.claim(session, NOW, 100, US)]

    def taken(session: Session) -> None:
        outbox.foresee(session, letters)
        for letter in letters:
            outbox.accepted(session, letter, "250 ok", NOW)

    letters: list[int] = []
    add(store)
    alone = questions(claimed), questions(taken)
    for _ in range(20):
        add(store)

    assert alone == (questions(claimed), questions(taken))
    assert 20 == len(letters)


def test_a_deferred_letter_waits_longer_each_time(store: Store) -> None:
    """A letter comes back after its pause and not before."""
    letter, now = add(store), NOW
    for attempt in range(1, 5):
        assert [letter] == claim(store, now)
        with store.writing() as session:
            outbox.deferred(session, letter, "451 later", now)
        assert [] == claim(store, now + outbox.pause(attempt) - timedelta(seconds=1))
        now += outbox.pause(attempt)

    assert Status.DEFERRED == status(store, letter)


@pytest.mark.parametrize(
    ("attempts", "minutes"),
    [(0, 1), (1, 1), (2, 5), (3, 15), (4, 30), (5, 60), (6, 120), (7, 240), (100, 240)],
)
def test_pauses_grow_to_four_hours(attempts: int, minutes: int) -> None:
    """The pause is one function of the number of attempts."""
    assert minutes * MINUTE == outbox.pause(attempts)


def test_a_letter_is_given_up_after_three_days(store: Store) -> None:
    """A receipt that late is a person's affair."""
    letter = add(store)
    later = NOW + outbox.GIVE_UP_AFTER
    claim(store, later)

    with store.writing() as session:
        outbox.deferred(session, letter, "451 still not", later)

    assert Status.FAILED == status(store, letter)
    assert "expired" == happened(store)[-1]


def test_a_refused_letter_is_not_tried_again(store: Store) -> None:
    """A 5yz reply is the relay's last word."""
    letter = add(store)
    claim(store)
    with store.writing() as session:
        outbox.refused(session, letter, "550 no such user", NOW)

    assert [] == claim(store, NOW + timedelta(days=2))
    assert Status.FAILED == status(store, letter)


def test_a_worker_that_died_leaves_its_letters_to_the_next(store: Store) -> None:
    """A letter in hand at a crash goes out again, under the same Message-ID."""
    letter = add(store)
    with store.writing() as session:
        (before,) = outbox.claim(session, NOW, 1, f"{socket.gethostname()}:999999999")
    with store.writing() as session:
        assert 1 == outbox.interrupted(session, NOW, US)
    with store.writing() as session:
        (after,) = outbox.claim(session, NOW, 1, US)

    assert (letter, before.message_id) == (after.id, after.message_id)
    assert 2 == after.attempts


def test_a_living_worker_keeps_its_letters(store: Store) -> None:
    """Another worker's start takes nothing from one that is at work, on this machine or another, within its lease."""
    add(store)
    with store.writing() as session:
        outbox.claim(session, NOW, 1, f"{socket.gethostname()}:{os.getppid()}")
    with store.writing() as session:
        assert 0 == outbox.interrupted(session, NOW + MINUTE, US)
        assert 1 == outbox.interrupted(session, NOW + outbox.LEASE, US)


def test_what_is_held_waits_for_staff(store: Store) -> None:
    """A letter over the limit is written, and does not leave by itself."""
    letter = add(store, held="acknowledge.per_address_per_day")

    assert [] == claim(store, NOW + timedelta(days=1))
    assert Status.QUEUED == status(store, letter)
    assert ["held"] == happened(store)


def test_the_brake_lets_so_many_leave_in_an_hour(store: Store) -> None:
    """Above the hourly number answers wait, and leave when the hour is over."""
    letters = [add(store, recipient=f"{number}@x.example") for number in range(5)]

    assert letters[:3] == claim(store, per_hour=3)
    with store.writing() as session:
        for letter in letters[:3]:
            outbox.accepted(session, letter, "250", NOW)
    assert [] == claim(store, NOW + 59 * MINUTE, per_hour=3)
    assert letters[3:] == claim(store, NOW + 61 * MINUTE, per_hour=3)


def test_a_digest_is_never_braked(store: Store) -> None:
    """Staff hear of a storm while the storm is held back."""
    with store.writing() as session:
        digest = outbox.put(
            session, Posting("digest", "staff@um.example", "", "<d@x>", b"raw", digest_day=NOW.date()), NOW
        )
    add(store)
    add(store)

    assert digest in claim(store, per_hour=1)


def test_a_returned_letter_fails(store: Store) -> None:
    """A report of non-delivery finds its letter by Message-ID."""
    letter = add(store)
    claim(store)
    with store.writing() as session:
        outbox.accepted(session, letter, "250", NOW)
        assert 1 == outbox.bounced(session, "<0@x>", "5.1.1", NOW)
        assert outbox.bounced(session, "<unknown@x>", "5.1.1", NOW) is None

    assert Status.FAILED == status(store, letter)


@pytest.mark.parametrize(
    "move",
    [
        lambda session, letter: outbox.accepted(session, letter, "250", NOW),
        lambda session, letter: outbox.deferred(session, letter, "451", NOW),
        lambda session, letter: outbox.refused(session, letter, "550", NOW),
    ],
)
def test_a_move_that_is_not_in_the_table_raises(store: Store, move: Callable[..., None]) -> None:
    """What was never claimed cannot have been answered."""
    letter = add(store)

    with store.writing() as session, pytest.raises(RecordError, match="cannot follow queued"):
        move(session, letter)


def test_every_status_can_be_left_or_is_an_end() -> None:
    """No letter can be stuck: each open state has a move to an end."""
    ends = {Status.SENT, Status.FAILED}
    reachable = {source: {target for (state, _), target in MOVES.items() if state is source} for source in Status}

    assert reachable[Status.SENDING] >= ends
    assert Status.SENDING in reachable[Status.QUEUED] & reachable[Status.DEFERRED]
    assert {Status.FAILED} == reachable[Status.SENT]
    assert {Status.WRITTEN_OFF} == reachable[Status.FAILED]
    assert not reachable[Status.WRITTEN_OFF]


def test_two_workers_never_claim_the_same_letter(store: Store) -> None:
    """Under concurrent claims each letter goes to one worker."""
    letters = {add(store, recipient=f"{number}@x.example") for number in range(40)}
    got: list[int] = []
    lock = threading.Lock()

    def work() -> None:
        for _ in range(10):
            mine = claim(store, limit=3)
            with lock:
                got.extend(mine)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(letters) == sorted(got)


def test_the_events_of_a_letter_name_its_record(store: Store) -> None:
    """The story of a message is found under its record."""
    add(store)
    claim(store)

    with store.reading() as session:
        rows = session.execute(select(Event.record_id, Event.kind))
        assert {(1, Happening.QUEUED.value), (1, Happening.CLAIMED.value)} == set(rows)
