"""Every message on the server has its fate, every record its message; what does not agree is found, mended and told."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import update

from intake.config import load
from intake.records.reckonings import Reckoning
from intake.records.store import Place, Sighting
from intake.worker import morning, owing, reconciling
from intake.worker.desk import prepare
from tests.office import Office, furnish, letter, warsaw
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Sink

pytestmark = pytest.mark.dovecot
COMING = "Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak\nFundacja Przystań\n"


@pytest.fixture
def office(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Office:
    """Give an office with some mail of every fate."""
    office = furnish(tmp_path, dovecot, sink)
    office.mail("konsultacje", letter(COMING), "2023-06-10 11:00")
    office.mail("konsultacje", letter(COMING), "2023-07-10 11:00")
    office.mail("konsultacje", letter(COMING, sender="b@x.example", Auto_Submitted="auto-replied"), "2023-07-10 11:00")
    office.mail("rsvp", letter("Kasiu, obiad w niedzielę? Mama", sender="Mama <mama@x.example>"), "2023-07-10 11:02")
    return office


def test_what_is_all_there_agrees(office: Office) -> None:
    """New mail is taken in first; then each message on the server has one fate."""
    done = {box.id: reconciling.reconcile(office.desk, box) for box in office.desk.settings.config.mailbox}

    assert {"left_alone": 1, "taken_in": 1, "automatic": 1} == dict(done["konsultacje"].fates)
    assert (3, 0, 0, 0) == (done["konsultacje"].listed, *_gaps(done["konsultacje"]))
    assert (1, 0, 0, 0) == (done["rsvp"].listed, *_gaps(done["rsvp"]))
    assert all(each.is_right for each in done.values())


def test_a_message_that_was_passed_by_is_found_and_taken_in(office: Office) -> None:
    """A cursor that ran ahead, for whatever reason, loses nothing for longer than a night; the digest tells of it."""
    box = office.box("konsultacje")
    with office.desk.store.writing() as session:
        session.add(Place(mailbox=box.id, folder="INBOX", uidvalidity=_validity(office), last_uid=2, failures=0))
    first = reconciling.reconcile(office.desk, box)
    digest = morning.preview(office.desk, date(2023, 7, 10))
    second = reconciling.reconcile(office.desk, box)

    assert (2, False) == (first.missing, first.is_right)
    assert (0, True) == (second.missing, second.is_right)
    assert {"taken_in", "automatic", "left_alone"} == set(second.fates)
    assert "konsultacje" in digest.subject
    assert "2 wiadomości" in " ".join(digest.text.replace("\u00a0", " ").split())


def test_a_message_that_was_deleted_is_no_alarm(office: Office) -> None:
    """People delete and move their mail; the record keeps it."""
    office.poll()
    with office.dovecot.client(office.users["konsultacje"]) as client:
        client.delete_messages([2])
        client.expunge()
    done = reconciling.reconcile(office.desk, office.box("konsultacje"))

    assert (2, 1, True) == (done.listed, done.vanished, done.is_right)


def test_a_record_of_no_message_is_found(office: Office) -> None:
    """What nobody ever sent does not stand in the record unseen."""
    office.poll()
    with office.desk.store.writing() as session:
        session.execute(update(Sighting).where(Sighting.record_id == 1).values(record_id=None))
    done = reconciling.reconcile(office.desk, office.box("konsultacje"))

    assert (1, False) == (done.unseen, done.is_right)


def test_a_registration_in_junk_is_shown_and_stays_there(office: Office) -> None:
    """A filter's mistake is the office's loss: staff are told; spam and private mail are nobody's business."""
    user = office.users["rsvp"]
    with office.dovecot.client(user) as client:
        client.create_folder("Junk")
        for raw in (letter(COMING, sender="Ola <ola@x.example>"), letter("Wygrałeś milion!", sender="s@spam.example")):
            client.append("Junk", raw, msg_time=warsaw("2023-07-10 11:00"))
    path = office.folder / "config.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace('id = "rsvp"', 'id = "rsvp"\njunk = "Junk"'), encoding="utf-8"
    )
    office.desk = prepare(load(path), office.desk.clock)
    first = reconciling.reconcile(office.desk, office.box("rsvp"))
    digest = morning.preview(office.desk, date(2023, 7, 10))
    with office.dovecot.client(user) as client:
        client.select_folder("Junk")
        flags = client.fetch([1, 2], ["FLAGS"])
        client.copy([1], "INBOX")
        client.delete_messages([1])
        client.expunge()
    office.poll()
    second = reconciling.reconcile(office.desk, office.box("rsvp"))

    assert (1, 0) == (first.misfiled, second.misfiled)
    assert all(b"\\Seen" not in answer[b"FLAGS"] for answer in flags.values())
    assert "Junk" in digest.text
    assert "ola@x.example" not in digest.text
    assert any(record["category"] == "attendance" for record in office.records())


def test_it_is_owed_once_a_night(office: Office) -> None:
    """Not on the first day, not twice, and made up for when the hour was missed."""
    office.poll()
    owed = []
    for moment in ("2023-07-10 23:00", "2023-07-11 02:59", "2023-07-11 06:00", "2023-07-11 06:01", "2023-07-12 09:00"):
        office.now = warsaw(moment)
        boxes = owing.reconciliations(office.desk, office.desk.now())
        owed.append(len(boxes))
        for box in boxes:
            reconciling.reconcile(office.desk, box)

    assert [0, 0, 2, 0, 2] == owed


def test_the_command_says_what_does_not_agree(office: Office) -> None:
    """It exits with 1 until both sides agree."""
    with office.desk.store.writing() as session:
        session.add(Place(mailbox="konsultacje", folder="INBOX", uidvalidity=_validity(office), last_uid=1, failures=0))
    command = [sys.executable, "-m", "intake", "--config", str(office.folder / "config.toml"), "--as-of"]
    runs = [
        subprocess.run(
            [*command, "2023-07-10T12:00:00+02:00", "reconcile"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ},
        )
        for _ in range(2)
    ]

    assert [1, 0] == [run.returncode for run in runs], [run.stderr for run in runs]
    assert "konsultacje: 3 on the server, 2 accounted for" in runs[0].stdout
    assert "1 were MISSING, and are taken in now" in runs[0].stdout
    assert "konsultacje: 3 on the server, 3 accounted for" in runs[1].stdout


def _gaps(done: Reckoning) -> tuple[int, int, int]:
    return done.missing, done.vanished, done.unseen


def _validity(office: Office) -> int:
    with office.dovecot.client(office.users["konsultacje"]) as client:
        return int(client.folder_status("INBOX", ["UIDVALIDITY"])[b"UIDVALIDITY"])
