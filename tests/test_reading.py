"""Reading in a process of its own: what hangs or swells costs one message, within seconds."""

from __future__ import annotations

import io
import os
import pickle
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from intake.config import shipped
from intake.errors import MailboxError
from intake.judgement.verdict import judge
from intake.mail.attachments import understand
from intake.mail.mailbox import Fetched
from intake.records.export import exported
from intake.records.record import original
from intake.records.store import Fate
from intake.worker import reading, taking_in
from intake.worker.reading import Readers, Unreadable
from tests.office import WARSAW, Office, furnish, letter, warsaw
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Sink

COMING = "Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak\nFundacja Przystań\n"


@pytest.fixture
def office(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Office:
    """Give an office whose mailboxes are empty."""
    return furnish(tmp_path, dovecot, sink)


@pytest.fixture
def readers() -> Readers:
    """Give readers of the shipped rules."""
    return Readers(shipped("rules"), "Europe/Warsaw")


@pytest.fixture
def slow(tmp_path: Path, readers: Readers) -> Readers:
    """Give readers whose rules come from a folder of their own, and who have half a second a step."""
    folder = tmp_path / "rules"
    folder.mkdir()
    for path in readers.rules.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return replace(readers, rules=folder, step=0.5)


@pytest.mark.dovecot
def test_what_a_child_reads_is_what_we_would_read(office: Office) -> None:
    """The message comes back whole."""
    raw = letter(COMING, Message_ID="<1@x.example>")
    arrival = office.desk.arrival(office.box("rsvp"), _fetched(raw), None)

    assert understand(raw) == office.desk.readers.read(raw, arrival)


@pytest.mark.dovecot
def test_a_message_that_takes_too_long_is_set_aside_and_the_next_goes_on(office: Office, slow: Readers) -> None:
    """A child that is stopped in the middle is killed; the bytes are kept, the reason is told."""
    raw = letter(COMING, subject="dluga")
    office.mail("konsultacje", raw, "2023-07-10 11:00")
    office.desk = replace(office.desk, readers=slow)
    arrival = office.desk.arrival(office.box("konsultacje"), _fetched(raw), None)
    slow.read(raw, arrival)  # so that a child is up
    (child,) = reading._idle[slow.rules, slow.zone, slow.memory]
    os.kill(child._process.pid, signal.SIGSTOP)
    begun = time.monotonic()
    line = office.poll()["konsultacje"]
    took = time.monotonic() - begun
    office.mail("konsultacje", letter(COMING, sender="Jan Lis <jan@inna.example>"), "2023-07-10 11:01")
    after = office.poll()["konsultacje"]
    with office.desk.store.reading() as session:
        (aside, _) = exported(session, office.desk.rules.consultation.id, WARSAW)
        kept = original(session, 1)

    assert {Fate.SET_ASIDE: 1} == dict(line.fates)
    assert took < 10
    assert {Fate.TAKEN_IN: 1} == dict(after.fates)
    assert "quarantined" == aside["review_reason"]
    assert raw == kept


@pytest.mark.dovecot
def test_a_child_that_died_while_it_waited_costs_no_message(office: Office, readers: Readers) -> None:
    """Whoever killed it, the message is read by another one."""
    raw = letter(COMING)
    arrival = office.desk.arrival(office.box("rsvp"), _fetched(raw), None)
    readers.read(raw, arrival)
    child = reading._idle[readers.rules, readers.zone, readers.memory][-1]
    os.kill(child._process.pid, signal.SIGKILL)
    time.sleep(0.2)

    assert understand(raw) == readers.read(raw, arrival)


@pytest.mark.dovecot
def test_a_child_that_was_warmed_reads_the_first_message(office: Office, slow: Readers) -> None:
    """It is started once, before all else is loaded, and is given the same time to come up as any."""
    slow.warm()
    (child,) = reading._idle[slow.rules, slow.zone, slow.memory]
    raw = letter(COMING)
    arrival = office.desk.arrival(office.box("konsultacje"), _fetched(raw), None)
    is_new = child.is_new
    message = slow.read(raw, arrival)

    assert (True, False) == (is_new, child.is_new)
    assert message == understand(raw)
    assert [child] == reading._idle[slow.rules, slow.zone, slow.memory]


@pytest.mark.dovecot
def test_what_swells_beyond_its_memory_is_unreadable(office: Office, readers: Readers) -> None:
    """A message that needs more memory than a child has fails alone, and the next is read."""
    small = replace(readers, memory=700 << 20)
    arrival = office.desk.arrival(office.box("rsvp"), _fetched(letter(COMING)), None)
    with pytest.raises(Unreadable, match=r"reading it (fails: MemoryError|exceeds the limits)"):
        small.read(b"Subject: x\r\n\r\n" + b"zdanie. " * (40 << 20), arrival)

    assert understand(letter(COMING)) == small.read(letter(COMING), arrival)


def test_a_child_cannot_answer_with_more_than_a_message() -> None:
    """What has met strangers is not trusted with our interpreter."""
    with pytest.raises(pickle.UnpicklingError, match="no part of a message"):
        reading._Careful(io.BytesIO(pickle.dumps(os.system))).load()


def _fetched(raw: bytes) -> Fetched:
    return Fetched("rsvp", "INBOX", 1, 1, warsaw("2023-07-10 11:00"), raw)


@pytest.mark.dovecot
def test_the_verdict_of_a_child_is_the_one_that_we_would_reach(office: Office) -> None:
    """For a sender of whom nothing is on record, so that nobody judges twice."""
    raw = letter(COMING)
    arrival = office.desk.arrival(office.box("konsultacje"), _fetched(raw), None)

    assert judge(understand(raw), arrival, office.desk.rules) == office.desk.readers.judged(raw, arrival).verdict


@pytest.mark.dovecot
def test_a_backlog_read_by_several_children_is_entered_in_its_order(office: Office) -> None:
    """Whichever of them was faster; and one that dies in the middle costs nothing."""
    when = warsaw("2023-07-10 11:00")
    with office.dovecot.client(office.users["konsultacje"]) as client:
        for number in range(70):
            long = "Proponujemy utworzenie nowego miejsca spotkań. " * (200 if number % 7 == 0 else 1)
            sender = f"Jan Lis <jan{number}@org{number}.example>"
            client.append("INBOX", letter(f"{COMING}\n{long}", sender=sender, subject=f"nr {number}"), msg_time=when)
    office.desk.readers.read(letter(COMING), office.desk.arrival(office.box("konsultacje"), _fetched(b""), None))
    for children in reading._idle.values():
        for child in children:
            os.kill(child._process.pid, signal.SIGKILL)
    line = office.poll()["konsultacje"]
    subjects = [record["subject"] for record in office.records()]
    cases = [record["case"] for record in office.records()]

    assert (70, 0) == (line.fates.total(), line.fates[Fate.SET_ASIDE])
    assert [f"nr {number}" for number in range(70)] == subjects
    assert sorted(cases) == cases


def test_what_goes_wrong_with_the_next_batch_does_not_hold_up_this_one() -> None:
    """It is committed, and then the trouble is told."""

    def batches() -> Iterator[list[taking_in._Reading]]:
        yield []
        raise MailboxError("the server broke off")

    coming = taking_in._one_ahead(batches())

    assert [] == next(coming)
    with pytest.raises(MailboxError, match="broke off"):
        next(coming)
