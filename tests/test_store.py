"""The database: its schema, its constraints, its transactions; on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text

from intake.errors import RecordError
from intake.records import cases, foreseen, schema
from intake.records.settings import letter_key
from intake.records.store import Base, Case, Record, Store, Writing
from intake.records.versions import HEAD
from tests.servers.postgresql import PostgreSQL

NOW = datetime(2023, 7, 12, 15, 0, tzinfo=timezone(timedelta(hours=2)))


def record(sha256: str = "0" * 64) -> Record:
    """Return a record that nothing else knows."""
    return Record(mailbox="rsvp", sha256=sha256, consultation="c", entered_at=NOW, received=NOW)


def test_the_migrations_lead_to_the_tables_that_the_program_knows(store: Store) -> None:
    """A table or column that no migration makes would only be missed at an office."""
    with store.reading() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": False})

        assert [] == compare_metadata(context, Base.metadata)
    assert HEAD == schema.version(store)


def test_upgrading_twice_changes_nothing(store: Store) -> None:
    """Every start may upgrade."""
    schema.upgrade(store)

    assert HEAD == schema.version(store)


def test_a_database_of_a_later_program_is_refused(store: Store) -> None:
    """An old program does not write into tables that it does not know."""
    with store.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(RecordError, match="schema 9999 is newer"):
        schema.upgrade(store)


def test_instants_come_back_as_they_went_in(store: Store) -> None:
    """SQLite would forget the offset; a cutoff would be judged by it."""
    with store.writing() as session:
        session.add(record())
    with store.reading() as session:
        (read,) = session.scalars(select(Record.received))

    assert read is not None
    assert (NOW, timedelta(0)) == (read, read.utcoffset())


def test_a_naive_time_is_refused(store: Store) -> None:
    """A time without a zone is no instant."""
    with pytest.raises(RecordError, match="naive datetime"), store.writing() as session:
        session.add(Record(mailbox="rsvp", sha256="1", consultation="c", entered_at=datetime(2023, 7, 12)))  # noqa: DTZ001 (the point)


def test_bytes_are_recorded_once_a_mailbox(store: Store) -> None:
    """Identity is kept by the database, not by care."""
    with store.writing() as session:
        session.add(record())

    with pytest.raises(RecordError, match=r"(?i)unique"), store.writing() as session:
        session.add(record())


def test_what_fails_leaves_nothing_behind(store: Store) -> None:
    """A transaction is all or nothing."""

    def fail() -> None:
        with store.writing() as session:
            session.add(record())
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    with store.reading() as session:
        assert [] == list(session.scalars(select(Record)))


def test_case_numbers_are_given_once_whoever_asks(store: Store) -> None:
    """Four workers at once get forty different numbers, without a gap."""
    with store.writing() as session:
        cases._next(session, "c")  # so that the counter is there

    def work() -> None:
        for _ in range(10):
            with store.writing() as session:
                number = cases._next(session, "c")
                session.add(Case(consultation="c", number=str(number), opened_at=NOW, proposes=False))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with store.reading() as session:
        assert list(range(2, 42)) == sorted(int(number) for number in session.scalars(select(Case.number)))


def test_the_key_of_our_message_ids_is_made_once(store: Store) -> None:
    """A letter that leaves again keeps its Message-ID, in another process too."""
    with store.writing() as session:
        first = letter_key(session)
    with store.writing() as session:
        second = letter_key(session)

    assert first == second
    assert len(first) >= 32


@pytest.mark.parametrize(
    ("asked", "is_written"), [("anna@example.pl", True), ("jan@example.pl", False), ("ewa@example.pl", True)]
)
def test_what_waits_is_written_before_a_question_that_it_may_answer(
    store: Store, asked: str, *, is_written: bool
) -> None:
    """A batch that asked past its own letters would open a second case for a sender; one that never did would crawl."""
    with store.writing() as session:
        foreseen.foresee(session, {})
        for number, address in enumerate(("anna@example.pl", "ewa@example.pl")):
            row = record(str(number) * 64)
            row.sender_address = address
            session.add(row)
        query = select(Record.id).where(Record.sender_address == asked)
        with foreseen.past_waiting(session, Record.sender_address, [asked]):
            found = session.scalars(query).all()
        with session.no_autoflush:
            written = session.scalars(select(Record.id)).all()

    assert (int(is_written), 2 if is_written else 0) == (len(found), len(written))


def test_what_was_written_already_is_counted_among_what_a_transaction_added(store: Store) -> None:
    """Its letter may still wait, and both are asked for together."""
    with store.writing() as session:
        row = record()
        row.fingerprint = "f"
        session.add(row)
        session.flush()

        assert isinstance(session, Writing)
        assert (1, 0) == (session.added(Record.fingerprint, "f"), session.added(Record.fingerprint, "g"))
        with pytest.raises(LookupError, match=r"Record\.subject is not counted"):
            session.added(Record.subject, "s")


def test_a_database_that_is_not_there_is_one_line() -> None:
    """No traceback, and no password in the message."""
    store = Store("postgresql+psycopg://intake:tajne@127.0.0.1:1/nothing")
    with pytest.raises(RecordError) as caught:
        schema.upgrade(store)

    assert "tajne" not in str(caught.value)
    assert 1 == len(str(caught.value).splitlines())


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file stands where the database's folder should be."""
    (tmp_path / "var").write_text("", encoding="utf-8")

    with pytest.raises(RecordError, match=r"File exists|Not a directory"):
        Store(f"sqlite:///{tmp_path}/var/intake.db")


@pytest.mark.postgresql
def test_workers_that_start_together_upgrade_once(postgresql: PostgreSQL) -> None:
    """One does, the others wait, and all find the newest schema."""
    stores = [Store(postgresql.new_database())]
    stores += [Store(stores[0].url) for _ in range(3)]
    with ThreadPoolExecutor(len(stores)) as threads:
        done = [threads.submit(schema.upgrade, store) for store in stores]
        for upgrade in done:
            upgrade.result()
    versions = [schema.version(store) for store in stores]
    for store in stores:
        store.close()

    assert [HEAD] * 4 == versions
