"""Several workers on PostgreSQL divide a backlog: none reads what another holds, and a dead one loses what it held."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from intake.records import accounts, schema, shares
from intake.records.accounts import Folder
from intake.records.store import Case, Place, Share, Store
from tests.office import Office, furnish, letter
from tests.servers.dovecot import Dovecot
from tests.servers.nursery import Nursery
from tests.servers.postgresql import PostgreSQL
from tests.servers.smtp import Sink

pytestmark = pytest.mark.postgresql
FOLDER = Folder("rsvp", "INBOX", 7)
_LETTERS = 300


@pytest.fixture
def store(postgresql: PostgreSQL) -> Iterator[Store]:
    """Give an empty database."""
    store = Store(postgresql.new_database())
    schema.upgrade(store)
    yield store
    store.close()


def take(store: Store, uids: range, worker: str) -> shares.Range | None:
    """Take a range of *uids*."""
    with store.writing() as session:
        return shares.take(session, FOLDER, uids, worker, lambda holder: holder != "known to be dead")


def finish(store: Store, held: shares.Range | None) -> int:
    """Finish a range, and return where the cursor is then."""
    assert held is not None
    with store.writing() as session:
        shares.finish(session, held)
    with store.reading() as session:
        place = session.get(Place, FOLDER.mailbox)
        return place.last_uid if place else 0


def expire(store: Store) -> None:
    """Let all leases end."""
    with store.writing() as session:
        session.execute(update(Share).values(until=func.clock_timestamp() - timedelta(seconds=1)))


def test_no_two_workers_hold_the_same_uids(store: Store) -> None:
    """Each takes the next range, until none is left."""
    held = [take(store, range(1, 601), f"worker {number}") for number in range(4)]

    assert [(1, 250), (251, 500), (501, 600), None] == [(one.first, one.last) if one else None for one in held]


def test_the_cursor_waits_for_the_slowest(store: Store) -> None:
    """What lies before it is accounted for, and nothing that is not."""
    held = [take(store, range(1, 601), f"worker {number}") for number in range(3)]

    assert [0, 0, 600] == [finish(store, held[number]) for number in (1, 2, 0)]


def test_a_dead_worker_loses_its_range(store: Store) -> None:
    """Another one takes it when the lease has ended, by the database's clock; before, nobody does."""
    take(store, range(1, 101), "dead")
    before = take(store, range(1, 101), "living")
    expire(store)
    after = take(store, range(1, 101), "living")

    assert before is None
    assert after is not None
    assert (1, 100, "living") == (after.first, after.last, after.holder)
    assert 100 == finish(store, after)


def test_a_worker_that_is_known_to_be_dead_has_no_lease(store: Store) -> None:
    """On one machine its process tells; and what a worker left unfinished itself it takes up again."""
    take(store, range(1, 101), "known to be dead")
    after = take(store, range(1, 101), "living")
    again = take(store, range(1, 101), "living")

    assert after is not None
    assert (1, 100, "living") == (after.first, after.last, after.holder)
    assert after == again


def test_a_worker_that_was_thought_dead_does_no_harm(store: Store) -> None:
    """It renews nothing that another holds, and its range is done once."""
    slow = take(store, range(1, 101), "slow")
    expire(store)
    quick = take(store, range(1, 101), "quick")
    assert slow is not None
    with store.writing() as session:
        shares.renew(session, slow)
        holders = list(session.scalars(select(Share.holder)))

    assert ["quick"] == holders
    assert [100, 100] == [finish(store, quick), finish(store, slow)]


def test_new_mail_goes_on_behind_the_ranges(store: Store) -> None:
    """UIDs that no range holds yet are given out next, gaps in them or not."""
    first = take(store, range(1, 11), "one")
    second = take(store, range(1, 31, 5), "two")

    assert second is not None
    assert (11, 26) == (second.first, second.last)
    assert [0, 26] == [finish(store, second), finish(store, first)]


def test_uids_given_anew_are_read_anew(store: Store) -> None:
    """Ranges of another uidvalidity hold nobody up."""
    take(store, range(1, 101), "one")
    renumbered = Folder("rsvp", "INBOX", 8)
    with store.writing() as session:
        held = shares.take(session, renumbered, range(1, 51), "two", lambda _: True)

    assert held is not None
    assert (1, 50) == (held.first, held.last)


def test_one_lock_is_one_thing(store: Store) -> None:
    """What is meant by one worker holds up another that means it too, and nobody else."""
    with store.writing() as first:
        accounts.lock(first, [("sender", "a@x.example"), ("sender", None)])
        with store.writing() as second:
            accounts.lock(second, [("sender", "b@x.example")])
            held = select(func.pg_try_advisory_xact_lock(accounts.key("sender", "a@x.example")))
            free = select(func.pg_try_advisory_xact_lock(accounts.key("sender", "c@x.example")))
            got = second.scalar(held), second.scalar(free)

    assert (False, True) == got


@pytest.mark.dovecot
def test_two_workers_share_a_backlog_and_one_is_killed(
    tmp_path: Path, dovecot: Dovecot, sink: Sink, postgresql: PostgreSQL
) -> None:
    """Nothing is lost, nothing recorded twice; each letter is answered, and only what was in hand perhaps twice."""
    office = furnish(tmp_path, dovecot, sink, database=postgresql.new_database(), acknowledge="per_hour = 0")
    for number in range(_LETTERS):
        office.mail("konsultacje", coming(number), "2023-07-10 11:00")
    nursery = Nursery(tmp_path)
    try:
        config = ["--config", str(office.folder / "config.toml"), "--as-of", "2023-07-10T12:00:00+02:00", "run"]
        victim, survivor = nursery.start(config), nursery.start(config)
        wait(lambda: recorded(office) > _LETTERS // 10)
        victim.signal(signal.SIGKILL)
        wait(lambda: len({each.recipients for each in sink.delivered}) >= _LETTERS)
        survivor.signal(signal.SIGTERM)
        ended = survivor.wait(30)
        answers = Counter(each.recipients for each in sink.delivered)
        with office.desk.store.reading() as session:
            numbers = list(session.scalars(select(Case.number)))
        records = office.records()
    finally:
        nursery.close()
        office.desk.store.close()

    assert 0 == ended, survivor.said()
    assert _LETTERS == len(records)
    assert _LETTERS == len(answers)
    assert _LETTERS == len(set(numbers)) == len(numbers)
    assert sum(answers.values()) - len(answers) <= 4, "more left twice than a worker has in hand"


def recorded(office: Office) -> int:
    """Return how many messages are on record."""
    with office.desk.store.reading() as session:
        return session.scalar(select(func.count()).select_from(Case)) or 0


def wait(is_so: object) -> None:
    """Wait until something is so, for at most two minutes."""
    assert callable(is_so)
    deadline = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.1)


def coming(number: int) -> bytes:
    """Return a registration that is owed an answer."""
    text = f"Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak\nFundacja nr {number}\n"
    return letter(text, sender=f"Anna Nowak <anna{number}@fundacja{number}.example>")
