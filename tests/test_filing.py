"""Mail lies in the folder of its category, and who moves it has corrected it: on a real Dovecot."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from intake import config as office_config
from intake.worker.desk import prepare
from tests.office import Office, furnish, letter, text_of, warsaw
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Sink

pytestmark = pytest.mark.dovecot
COMING = "Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak\nFundacja Przystań\n"
PROPOSING = "Proponujemy uprościć sprawozdania z małych dotacji.\n\nJan Lis, Stowarzyszenie Brzeg\n"
PRIVATE = "Kasiu, obiad w niedzielę o pierwszej? Mama\n"
ATTENDANCE, PROPOSALS, QUESTIONS = "Konsultacje.Udział", "Konsultacje.Propozycje", "Konsultacje.Pytania"


@pytest.fixture
def office(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Office:
    """Give an office whose shared mailbox is filed, with a registration and a proposal in it."""
    office = furnish(tmp_path, dovecot, sink)
    configure(office, ("konsultacje",))
    office.mail("konsultacje", letter(COMING), "2023-07-10 11:00")
    office.mail("konsultacje", letter(PROPOSING, sender="Jan Lis <jan@brzeg.example>"), "2023-07-10 11:05")
    return office


def configure(office: Office, mailboxes: tuple[str, ...]) -> None:
    """Ask for filing in *mailboxes*."""
    path = office.folder / "config.toml"
    text = path.read_text(encoding="utf-8")
    for name in mailboxes:
        text = text.replace(f'id = "{name}"', f'id = "{name}"\nfiling = true')
    path.write_text(text, encoding="utf-8")
    office.desk = prepare(office_config.load(path), office.desk.clock)


def lying(office: Office, folder: str, mailbox: str = "konsultacje") -> dict[str, datetime]:
    """Return the subjects and times of arrival of what lies in *folder*; none where there is no such folder."""
    with office.dovecot.client(office.users[mailbox]) as client:
        client.normalise_times = False
        if not client.folder_exists(folder):
            return {}
        client.select_folder(folder, readonly=True)
        answers = client.fetch(client.search("ALL"), ["ENVELOPE", "INTERNALDATE", "FLAGS"])
        assert all(b"\\Seen" not in answer[b"FLAGS"] for answer in answers.values())
        return {answer[b"ENVELOPE"].from_[0].mailbox.decode(): answer[b"INTERNALDATE"] for answer in answers.values()}


def move(office: Office, source: str, target: str, mailbox: str = "konsultacje", which: str = "ALL") -> None:
    """Do what a person does with the mouse."""
    with office.dovecot.client(office.users[mailbox]) as client:
        client.select_folder(source)
        client.move(client.search(which), target)


def test_mail_goes_to_the_folder_of_its_category_and_keeps_its_arrival(office: Office) -> None:
    """The folders are made when they are needed; nothing is marked as read, and the accounts agree."""
    line = office.poll()["konsultacje"]
    again = office.poll()["konsultacje"]

    assert (2, 0, None) == (line.listed, line.left_over, line.error)
    assert (0, 0, None) == (again.listed, again.left_over, again.error)
    assert {} == lying(office, "INBOX")
    assert {"anna": warsaw("2023-07-10 11:00")} == lying(office, ATTENDANCE)
    assert {"jan": warsaw("2023-07-10 11:05")} == lying(office, PROPOSALS)


def test_nothing_is_moved_unless_it_is_asked_for(office: Office) -> None:
    """The other mailbox is a person's own, and nobody asked."""
    office.mail("rsvp", letter(COMING, sender="Ola <ola@x.example>"), "2023-07-10 11:00")
    office.poll()

    assert ["ola"] == list(lying(office, "INBOX", "rsvp"))


def test_who_moves_a_message_has_corrected_it(office: Office) -> None:
    """It counts as that from the next poll on, the sender gets a corrected letter ten minutes later, arrival stays."""
    office.poll()
    office.drain()
    move(office, PROPOSALS, questions_folder(office))
    office.now += timedelta(minutes=1)
    office.poll()
    soon = office.drain()
    office.now += timedelta(minutes=11)
    later = office.drain()
    record = next(each for each in office.records() if each["sender"]["address"] == "jan@brzeg.example")

    assert "question" == record["category"]
    assert warsaw("2023-07-10 11:05") == datetime.fromisoformat(record["received"])
    assert (0, 1) == (soon.accepted, later.accepted)
    letter_ = office.letters()[-1]
    assert letter_["To"] == "jan@brzeg.example"
    assert "było „propozycja do programu”, jest „pytanie”" in text_of(letter_)
    assert ["jan"] == list(lying(office, QUESTIONS))


def questions_folder(office: Office) -> str:
    """Make the folder of questions as a mail program would, and return its name."""
    with office.dovecot.client(office.users["konsultacje"]) as client:
        client.create_folder(QUESTIONS)
    return QUESTIONS


def test_dragging_back_undoes_and_nobody_hears_of_it(office: Office) -> None:
    """A slip of the mouse: within ten minutes no letter leaves, and the record is as it was."""
    office.poll()
    office.drain()
    before = office.records()
    move(office, PROPOSALS, ATTENDANCE)
    office.poll()
    changed = office.records()
    office.now += timedelta(minutes=2)
    with office.dovecot.client(office.users["konsultacje"]) as client:
        client.select_folder(ATTENDANCE)
        client.move(client.search(["FROM", "jan"]), PROPOSALS)
    office.poll()
    office.now += timedelta(minutes=20)
    sent = office.drain()

    assert changed != before
    assert before == office.records()
    assert 0 == sent.accepted


def test_back_where_mail_arrives_undoes_too_and_stays_there(office: Office) -> None:
    """Nobody plays ping-pong with the program."""
    office.poll()
    before = office.records()
    move(office, PROPOSALS, ATTENDANCE)
    office.poll()
    with office.dovecot.client(office.users["konsultacje"]) as client:
        client.select_folder(ATTENDANCE)
        client.move(client.search(["FROM", "jan"]), "INBOX")
    office.now += timedelta(minutes=1)
    office.poll()
    office.poll()

    assert before == office.records()
    assert ["jan"] == list(lying(office, "INBOX"))


def test_a_message_from_elsewhere_is_taken_in_as_what_it_is_put_to(office: Office) -> None:
    """Staff drag in what came to an archive or another account; it arrived when the server says."""
    office.poll()
    with office.dovecot.client(office.users["konsultacje"]) as client:
        raw = letter("Będziemy, jak się umawialiśmy!", sender="Zofia <zofia@kolo.example>", subject="czwartek")
        client.append(ATTENDANCE, raw, msg_time=warsaw("2023-07-09 20:00"))
    office.poll()
    record = next(each for each in office.records() if each["sender"]["address"] == "zofia@kolo.example")

    assert ("attendance", warsaw("2023-07-09 20:00")) == (
        record["category"],
        datetime.fromisoformat(record["received"]),
    )
    assert record["case"] is not None
    assert {"anna", "zofia"} == set(lying(office, ATTENDANCE))
    assert 3 == office.drain().accepted


def test_a_private_message_that_its_owner_files_is_taken_in(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> None:
    """The program left it alone; its owner says that it is for the consultation, and when it arrived counts."""
    office = furnish(tmp_path, dovecot, sink)
    configure(office, ("rsvp",))
    office.mail("rsvp", letter(PRIVATE, sender="Mama <mama@x.example>"), "2023-07-10 11:02")
    office.poll()
    alone = lying(office, "INBOX", "rsvp")
    with office.dovecot.client(office.users["rsvp"]) as client:
        client.create_folder(ATTENDANCE)
    office.now += timedelta(days=3)
    move(office, "INBOX", ATTENDANCE, "rsvp")
    office.poll()
    record = office.records()[0]

    assert ["mama"] == list(alone)
    assert ("attendance", {"attendance": "on_time"}) == (record["category"], record["timeliness"])
    assert "mama@x.example" == record["sender"]["address"]


def test_a_copy_says_nothing(office: Office) -> None:
    """Who copies a message for themselves has corrected nothing."""
    office.poll()
    before = office.records()
    with office.dovecot.client(office.users["konsultacje"]) as client:
        client.select_folder(PROPOSALS)
        client.copy(client.search("ALL"), ATTENDANCE)
    office.poll()
    office.poll()

    assert before == office.records()
    assert {"anna", "jan"} == set(lying(office, ATTENDANCE))
    assert ["jan"] == list(lying(office, PROPOSALS))


def test_without_move_a_copy_and_an_expunge_by_uid_do_the_same(tmp_path: Path, sink: Sink) -> None:
    """RFC 4315: what somebody else marked as deleted stays where it is."""
    server = Dovecot(more="\nimap_capability = IMAP4rev1 LITERAL+ NAMESPACE UIDPLUS IDLE\n")
    server.start()
    try:
        office = furnish(tmp_path, server, sink)
        configure(office, ("konsultacje",))
        office.mail("konsultacje", letter(COMING), "2023-07-10 11:00")
        office.mail("konsultacje", letter(PROPOSING, sender="Jan Lis <jan@brzeg.example>"), "2023-06-01 11:05")
        with server.client(office.users["konsultacje"]) as client:
            client.select_folder("INBOX")
            client.delete_messages(client.search(["FROM", "jan"]))
        lines = [office.poll()["konsultacje"] for _ in range(3)]

        assert [None, None, None] == [line.error for line in lines]
        assert {"anna": warsaw("2023-07-10 11:00")} == lying(office, ATTENDANCE)
        assert ["jan"] == list(lying(office, "INBOX"))
        assert ["attendance"] == [each["category"] for each in office.records()]
    finally:
        server.stop()


def test_without_move_and_uidplus_a_keyword_says_it(tmp_path: Path, sink: Sink) -> None:
    """The message stays where it is; who gives it another keyword has corrected it."""
    server = Dovecot(more="\nimap_capability = IMAP4rev1 LITERAL+ NAMESPACE IDLE\n")
    server.start()
    try:
        office = furnish(tmp_path, server, sink)
        configure(office, ("konsultacje",))
        office.mail("konsultacje", letter(PROPOSING, sender="Jan Lis <jan@brzeg.example>"), "2023-07-10 11:05")
        office.poll()
        with server.client(office.users["konsultacje"]) as client:
            client.select_folder("INBOX")
            marked = client.get_flags([1])[1]
            client.remove_flags([1], [b"konsultacje-proposal"])
            client.add_flags([1], [b"konsultacje-question"])
        lines = [office.poll()["konsultacje"] for _ in range(2)]

        assert (b"konsultacje-proposal",) == marked
        assert [None, None] == [line.error for line in lines]
        assert ["jan"] == list(lying(office, "INBOX"))
        assert ["question"] == [each["category"] for each in office.records()]
    finally:
        server.stop()
