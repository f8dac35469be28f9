"""The chain of events: written by several workers, and every hand laid on the record seen, on both databases."""

from __future__ import annotations

import json
import threading
import zlib
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import func, inspect, select, text
from sqlalchemy.orm import Session

from intake.delivery import outbox
from intake.delivery.outbox import Posting
from intake.errors import RecordError
from intake.records import chain, schema
from intake.records.audit import Printed, audit, printed
from intake.records.chain import CLEAR, SEALED, TABLES
from intake.records.chronicle import Happening, note
from intake.records.store import Case, Event, Link, Original, Record, Store

NOW = datetime(2023, 7, 10, 10, 0, tzinfo=UTC)
RAW = b"From: Anna <anna@ngo.example>\r\nSubject: Udzial\r\n\r\nprzyjdziemy\r\n"
# Columns that tell how the program works on a letter, not what became of it; and keys.
TECHNICAL = {"id", "next_attempt", "attempts", "claimed_at", "claimed_by"}


def enter(store: Store, number: int = 1) -> int:
    """Enter a message with its case and an answer that has left; return the record's id."""
    raw = RAW + str(number).encode()
    with store.writing() as session:
        case = Case(consultation="c", number=f"K-{number:04d}", opened_at=NOW, address="anna@ngo.example")
        session.add(case)
        session.flush()
        record = Record(
            mailbox="rsvp",
            sha256=sha256(raw).hexdigest(),
            consultation="c",
            received=NOW,
            entered_at=NOW,
            case_id=case.id,
            category="attendance",
            organisation="Fundacja Przystań",
            sender_address="anna@ngo.example",
            people=2,
            acknowledge=True,
        )
        session.add(record)
        session.flush()
        session.add(Original(record_id=record.id, raw=zlib.compress(raw), size=len(raw)))
        for what in (Happening.ARRIVED, Happening.DECIDED, Happening.OPENED):
            note(session, NOW, what, case=case.id, record=record.id)
        case.people, case.attends = 2, True
        note(session, NOW, Happening.AMENDED, case=case.id, record=record.id, detail={"people": [None, 2]})
        posting = Posting("attendance", "anna@ngo.example", "", f"<odp.{number}@um.example>", b"raw", {}, record.id)
        letter = outbox.put(session, posting, NOW)
    with store.writing() as session:
        outbox.claim(session, NOW, 10, "us:1")
    with store.writing() as session:
        outbox.accepted(session, letter, "250 OK", NOW + timedelta(seconds=2))
    return record.id


def findings(store: Store, *heads: Printed) -> list[str]:
    """Return what the audit finds."""
    with store.reading() as session:
        return audit(session, heads).findings


def tamper(store: Store, *statements: str, **values: object) -> None:
    """Do what somebody with the database's password can do: no trigger and no foreign key holds."""
    sqlite = store.engine.dialect.name == "sqlite"
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if sqlite:
            connection.exec_driver_sql("ROLLBACK")  # a pragma does nothing in the transaction that was begun
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            for name in ("link_no_update", "link_no_delete"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        for statement in statements:
            connection.execute(text(statement), values)
        connection.invalidate()


def test_what_was_done_by_the_program_is_intact(store: Store) -> None:
    """The audit finds nothing where nothing was done behind the program's back."""
    for number in range(1, 4):
        enter(store, number)

    assert [] == findings(store)
    with store.reading() as session:
        done = audit(session)
        assert (21, 9, 3) == (done.head.entries, done.rows, done.originals)


def test_every_column_stands_in_the_chain() -> None:
    """A column that is added later cannot be forgotten: it is told as it is, sealed, or of no weight."""
    for kind, table in TABLES.items():
        columns = {column.key for column in inspect(table).columns}

        assert columns - TECHNICAL == {*CLEAR[kind], *SEALED[kind]}
        assert not set(CLEAR[kind]) & set(SEALED[kind])


CHANGES = {
    "category": ("UPDATE record SET category = 'proposal'", "record 1: category was attendance by entry 4"),
    "received": ("UPDATE record SET received = '2023-07-12 15:00:01+00:00'", "record 1: received was 2023-07-10T10:00"),
    "organisation": ("UPDATE record SET organisation = 'Inna'", "record 1: organisation was changed after entry 4"),
    "sender": ("UPDATE record SET sender_address = 'x@y.example'", "record 1: sender_address was changed"),
    "people": ("UPDATE affair SET people = 20", "case K-0001: people was 2 by entry 4, and is 20 now"),
    "case": ("DELETE FROM affair", "case 1 is missing"),
    "record": ("DELETE FROM record", "record 1 is missing"),
    "original": ("DELETE FROM original", "record 1: its original is missing"),
    "digest of bytes": ("UPDATE record SET sha256 = '00'", "its original is not the letter that arrived"),
    "letter": ("DELETE FROM outgoing", "letter 1 is missing"),
    "sent": (
        "UPDATE outgoing SET ended_at = '2023-07-10 11:00:00+00:00'",
        "letter 1: ended_at was 2023-07-10T10:00:02",
    ),
    "status": ("UPDATE outgoing SET status = 'queued'", "letter 1: status was sent by entry 7, and is queued now"),
    "words": ("UPDATE outgoing SET raw = CAST('inne' AS {blob})", "letter 1: raw was changed after entry 7"),
    "recipient": ("UPDATE outgoing SET recipient = 'x@y.example'", "letter 1: recipient was changed"),
    "event": ("DELETE FROM event WHERE id = 4", "entry 4: its event (amended at 2023-07-10T10:00:00+00:00) is missing"),
    "amendment": (
        """UPDATE event SET detail = '{{"people": [null, 9]}}' WHERE id = 4""",
        "entry 4: the details of its event (amended) were changed",
    ),
    "instant": (
        "UPDATE event SET at = '2023-07-01 10:00:00+00:00' WHERE id = 1",
        "entry 1: its event (arrived) was re-dated: 2023-07-10T10:00:00+00:00 when it was entered, 2023-07-01T10:00:00",
    ),
    "kind": (
        "UPDATE event SET kind = 'refused' WHERE id = 7",
        "entry 7: the kind of its event was accepted when it was entered, and is refused now",
    ),
    "body": (
        "UPDATE link SET body = replace(body, 'attendance', 'proposal')",
        "entry 4 was changed after it was written",
    ),
    "nonsense": ("UPDATE link SET body = '{{' WHERE position = 2", "entry 2 was changed after it was written"),
    "digest": ("UPDATE link SET digest = '00' WHERE position = 3", "entry 4 does not follow entry 3"),
    "salt": ("UPDATE salt SET value = '00' WHERE position = 4", "record 1: organisation was changed after entry 4"),
    "no salt": ("DELETE FROM salt WHERE position = 2", "entry 2: its salt is missing though nothing was erased"),
    "middle": ("DELETE FROM link WHERE position BETWEEN 2 AND 3", "entries 2 to 3 are missing from the chain"),
    "end": ("DELETE FROM link WHERE position > 6", "entry 7 is missing from the end of the chain"),
    "counter": ("UPDATE counter SET value = 3 WHERE name = 'chain of events'", "the counter of the chain was set back"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_hand_laid_on_the_database_is_seen(store: Store, change: str) -> None:
    """Whatever is changed, removed or re-dated by SQL is named in plain words."""
    enter(store)
    statement, expected = CHANGES[change]
    tamper(store, statement.format(blob="BLOB" if store.engine.dialect.name == "sqlite" else "BYTEA"))

    found = findings(store)

    assert [line for line in found if expected in line], found


def test_another_original_is_seen(store: Store) -> None:
    """Bytes that were put in the place of those that came are not the letter."""
    enter(store)
    other = zlib.compress(RAW.replace(b"przyjdziemy", b"nie przyjdz") + b"1")
    tamper(store, "UPDATE original SET raw = :raw", raw=other)

    assert ["record 1: its original is not the letter that arrived"] == findings(store)


def test_a_spoilt_original_is_seen(store: Store) -> None:
    """Bytes that cannot be unpacked are told, not a crash."""
    enter(store)
    tamper(store, "UPDATE original SET raw = :raw", raw=b"\x00\x01")

    assert ["record 1: its original can no longer be read"] == findings(store)


def test_what_was_added_is_seen(store: Store) -> None:
    """A letter invented later has no place in the chain."""
    enter(store)
    tamper(
        store,
        "INSERT INTO record (mailbox, sha256, consultation, entered_at, confidence, facts, acknowledge, review,"
        ' private, reasons, "references", defects) VALUES'
        " ('rsvp', '9', 'c', '2023-07-10 10:00:00+00:00', 0, '{}', false, '[]', false, '[]', '[]', '[]')",
        "INSERT INTO event (at, kind, detail) VALUES ('2023-07-10 10:00:00+00:00', 'arrived', '{}')",
    )

    assert [
        "event 8 (arrived at 2023-07-10T10:00:00+00:00) stands outside the chain",
        "record 2 stands outside the chain: the program did not enter it",
    ] == findings(store)


def test_an_end_cut_off_with_its_traces_is_told_by_a_printed_head(store: Store) -> None:
    """Whoever also sets back the counter and removes the rows is found out by the digest of the day before."""
    enter(store)
    with store.reading() as session:
        before = chain.head(session)
    enter(store, 2)
    with store.reading() as session:
        after = chain.head(session)
    tamper(
        store,
        "DELETE FROM salt WHERE position > 7",
        "DELETE FROM link WHERE position > 7",
        "UPDATE counter SET value = 7 WHERE name = 'chain of events'",
        "DELETE FROM event WHERE id > 7",
        "DELETE FROM outgoing WHERE id > 1",
        "DELETE FROM original WHERE record_id > 1",
        "DELETE FROM record WHERE id > 1",
        "DELETE FROM affair WHERE id > 1",
    )

    assert [] == findings(store, printed(f"{before.entries}: {before.short}"))
    assert ["the chain ends with entry 7; when its head was printed it had 14 entries"] == findings(
        store, printed(f"{after.entries}:{after.short}")
    )


def test_a_chain_written_anew_is_told_by_a_printed_head(store: Store) -> None:
    """The owner of the database can make a chain that is whole, and not the one whose head was printed."""
    enter(store)
    with store.reading() as session:
        head = chain.head(session)
    tamper(
        store,
        "UPDATE record SET received = '2023-07-12 15:00:01+00:00'",
        "DELETE FROM salt",
        "DELETE FROM link",
        "UPDATE counter SET value = 0 WHERE name = 'chain of events'",
    )
    with store.writing() as session:
        chain.chain(session, list(session.scalars(select(Event).order_by(Event.id))))

    assert [] == findings(store)
    assert ["entry 7 is not the one that was printed: the chain was written anew up to there"] == findings(
        store, printed(f"{head.entries}: {head.short}")
    )


@pytest.mark.parametrize("words", ["", "7", "7:", "7: 3f2a", "x: 3f2a91cc07", "7: 3f2a91ccxx", "\u0667: 3f2a91cc07"])
def test_what_is_no_head_is_refused(words: str) -> None:
    """A head that was mistyped must not pass for one that agrees."""
    with pytest.raises(RecordError, match="a head is written as in the digest"):
        printed(words)


def test_the_chain_goes_on_behind_a_gap(store: Store) -> None:
    """Mail is taken in on the day after somebody cut the chain too, and the gap stays to be seen."""
    enter(store)
    tamper(store, "DELETE FROM link WHERE position > 5", "DELETE FROM salt WHERE position > 5")
    enter(store, 2)

    found = findings(store)

    assert "entries 6 to 7 are missing from the chain" in found
    assert not [line for line in found if "record 2" in line or "K-0002" in line]


def test_the_program_itself_cannot_change_a_link(store: Store) -> None:
    """The table refuses what only a mistake in the program would do."""
    enter(store)
    for statement in ("UPDATE link SET digest = '0'", "DELETE FROM link"):
        with pytest.raises(RecordError, match="only ever appended to"), store.writing() as session:
            session.execute(text(statement))

    assert [] == findings(store)


def test_what_a_savepoint_undoes_is_not_chained(store: Store) -> None:
    """A message that the program failed on leaves no link without an event."""

    def fail(session: Session) -> None:
        with session.begin_nested():
            note(session, NOW, Happening.DECIDED)
            session.flush()
            raise ZeroDivisionError

    with store.writing() as session:
        note(session, NOW, Happening.ARRIVED)
        with pytest.raises(ZeroDivisionError):
            fail(session)
        note(session, NOW, Happening.SET_ASIDE)

    assert [] == findings(store)
    with store.reading() as session:
        kinds = [json.loads(body)["kind"] for body in session.scalars(select(Link.body).order_by(Link.position))]
        assert ["arrived", "set_aside"] == kinds


def test_several_workers_write_one_chain(store: Store) -> None:
    """Six workers at once leave one chain without a gap, a fork or a lost event."""
    errors: list[BaseException] = []
    barrier = threading.Barrier(6)

    def work(worker: int) -> None:
        barrier.wait()
        try:
            for turn in range(8):
                with store.writing() as session:
                    for _ in range(3):
                        note(session, NOW, Happening.ARRIVED, detail={"of": worker * 100 + turn})
        except BaseException as error:  # noqa: BLE001  (a thread's error must reach the test)
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == errors
    assert [] == findings(store)
    with store.reading() as session:
        assert (144, 144) == (chain.head(session).entries, session.scalar(select(func.count()).select_from(Event)))


def test_nobody_waits_for_a_transaction_that_has_not_come_to_its_end(store: Store) -> None:
    """The chain is locked by the commit, not by the first event: a long batch holds up no letter."""
    if store.engine.dialect.name == "sqlite":
        pytest.skip("one writer at a time is SQLite's own law")
    with store.writing() as long:
        note(long, NOW, Happening.ARRIVED)
        long.flush()
        with store.writing() as short:
            note(short, NOW, Happening.DECIDED)

    with store.reading() as session:
        kinds = [json.loads(body)["kind"] for body in session.scalars(select(Link.body).order_by(Link.position))]
        assert ["decided", "arrived"] == kinds
    assert [] == findings(store)


def test_an_audit_beside_the_worker_sees_one_state(store: Store) -> None:
    """What is entered and sent while the audit reads is no finding: monitoring may run it at any hour."""
    enter(store)
    ended = threading.Event()

    def work() -> None:
        number = 2
        while not ended.is_set() or number < 4:
            enter(store, number)
            number += 1

    worker = threading.Thread(target=work)
    worker.start()
    try:
        found = [findings(store) for _ in range(12)]
    finally:
        ended.set()
        worker.join()

    assert [[]] * 12 == found
    assert [] == findings(store)


def test_personal_values_stand_nowhere_in_the_chain(store: Store) -> None:
    """Names and addresses are sealed, and equal ones look different each time."""
    enter(store)
    enter(store, 2)

    with store.reading() as session:
        bodies = list(session.scalars(select(Link.body)))
    whole = "\n".join(bodies)
    assert not [word for word in ("anna", "Przysta", "ngo.example", sha256(RAW + b"1").hexdigest()) if word in whole]
    rows = {key: value for body in bodies for key, value in json.loads(body)["rows"].items()}
    assert rows["case 1"]["address"] != rows["case 2"]["address"]


_LATER_TABLES = (
    "silenced",
    "instruction",
    "item",
    "used_token",
    "campaign",
    "filing",
    "signature",
    "band",
    "share",
)  # migrations 0003 to 0005
_LATER_INDICES = (
    "ix_record_campaign_id",
    "ix_outgoing_case_id",
    "ix_outgoing_occasion",
    "ix_outgoing_claimed_at",
    "ix_outgoing_queued_at_recipient",
    "ix_sighting_mailbox_fate",
)
_LATER_COLUMNS = {
    "affair": ("topics", "needs", "names", "channel", "admitted", "invited"),
    "outgoing": ("case_id", "occasion"),
    "record": ("campaign_id", "forwarded_by", "settled_at", "corrected"),
}


def test_a_record_from_before_the_chain_is_vouched_for_at_the_upgrade(store: Store) -> None:
    """An office that upgrades has a whole chain from that day on."""
    enter(store)
    tamper(
        store,
        "DELETE FROM salt",
        "DELETE FROM link",
        "UPDATE counter SET value = 0 WHERE name = 'chain of events'",
        "DROP TABLE salt",
        "DROP TABLE link",
        "DELETE FROM counter WHERE name = 'chain of events'",
        "ALTER TABLE record DROP COLUMN erased_at",
        *(f"DROP TABLE {table}" for table in _LATER_TABLES),
        *(f"DROP INDEX {index}" for index in _LATER_INDICES),
        *(f"ALTER TABLE {table} DROP COLUMN {name}" for table, names in _LATER_COLUMNS.items() for name in names),
        "UPDATE alembic_version SET version_num = '0001'",
        *(["DROP FUNCTION link_unchanged"] if store.engine.dialect.name != "sqlite" else []),
    )
    schema.upgrade(store)

    assert [] == findings(store)
    with store.reading() as session:
        assert 7 == chain.head(session).entries
