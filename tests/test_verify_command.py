"""``intake verify``, ``writeoff``, ``erase``, and the clocks of ``intake show``, as an operator calls them."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.office import Intake, Office, furnish, letter
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Sink

pytestmark = pytest.mark.dovecot
COMING = "Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak\nFundacja Przystań\n"
FOREIGN = "Received: from laptop by mx.um.torun.pl; Mon, 10 Jul 2023 10:59:58 +0200\r\n"


@pytest.fixture
def office(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Office:
    """Give an office that has answered one confirmation."""
    office = furnish(tmp_path, dovecot, sink)
    office.mail("rsvp", FOREIGN.encode() + letter(COMING), "2023-07-10 11:00")
    office.poll()
    office.drain()
    return office


@pytest.fixture
def at(office: Office) -> list[str]:
    """Give the words that every call on that office begins with."""
    return ["--config", str(office.folder / "config.toml"), "--as-of", "2023-07-10T12:00:00"]


def kept(office: Office) -> bytes:
    """Return the letter as the mailbox holds it."""
    return FOREIGN.encode() + letter(COMING)


def by_hand(office: Office, statement: str) -> None:
    """Change the database behind the program's back."""
    with sqlite3.connect(office.folder / "var" / "intake.db") as connection:
        connection.execute(statement)
    connection.close()


def test_an_intact_record_is_told_with_its_head(intake: Intake, at: list[str]) -> None:
    """The head that verify prints is the one that it accepts."""
    status, out, _ = intake(*at, "verify")
    head = out.partition("head ")[2].strip()

    assert 0 == status
    assert out.startswith("intact: 7 entries, 3 rows, 1 originals; head 7: ")
    assert 0 == intake(*at, "verify", "--head", head)[0]
    assert 1 == intake(*at, "verify", "--head", "7: 0000 0000 0000")[0]


def test_a_changed_record_is_told_in_one_line(intake: Intake, at: list[str], office: Office) -> None:
    """The exit status is for a monitor, the line for a person."""
    by_hand(office, "UPDATE record SET category = 'proposal'")
    status, out, _ = intake(*at, "verify")

    assert 1 == status
    assert "record 1: category was attendance by entry 4, and is proposal now" in out
    assert "NOT intact" in out


def test_a_head_that_was_mistyped_is_told(intake: Intake, at: list[str]) -> None:
    """A head that is none is not silently passed over."""
    status, _, err = intake(*at, "verify", "--head", "seven")

    assert 1 == status
    assert "a head is written as in the digest" in err


def test_the_office_s_copy_is_known_byte_for_byte(
    intake: Intake, at: list[str], office: Office, tmp_path: Path
) -> None:
    """An auditor reads when it came and when it was answered, with which Message-ID; no server is needed."""
    (office.folder / "password").unlink()  # whoever wanted to log in would stop here
    path = tmp_path / "letter.eml"
    path.write_bytes(kept(office))
    status, out, _ = intake(*at, "verify", str(path))
    answer = str(office.letters()[0]["Message-ID"])

    assert 0 == status
    assert "letter.eml: byte for byte the letter on record" in out
    assert "case KONS-2023-0001, mailbox rsvp, attendance" in out
    assert "received 2023-07-10 11:00:00, entered 2023-07-10 12:00:00" in out
    assert f"answered 2023-07-10 12:00:00 with {answer} (entry 7)" in out


def test_other_line_ends_are_told(intake: Intake, at: list[str], office: Office, tmp_path: Path) -> None:
    """A program that saved it with the line ends of Unix changed nothing that matters."""
    path = tmp_path / "letter.eml"
    path.write_bytes(kept(office).replace(b"\r\n", b"\n"))
    status, out, _ = intake(*at, "verify", str(path))

    assert 0 == status
    assert "the letter on record, with other line ends" in out


def test_a_sender_s_copy_is_compared(intake: Intake, at: list[str], tmp_path: Path) -> None:
    """It lacks what servers add on the way; the words are the same."""
    path = tmp_path / "sent.eml"
    path.write_bytes(letter(COMING))
    status, out, _ = intake(*at, "verify", str(path))

    assert 1 == status
    assert "not the same bytes as the letter on record with its Message-ID" in out
    assert "header fields only on record: received" in out
    assert "text: the same" in out


def test_a_copy_with_other_words_is_seen(intake: Intake, at: list[str], office: Office, tmp_path: Path) -> None:
    """Whoever claims to have announced twenty people is shown where the copies part."""
    path = tmp_path / "sent.eml"
    raw = kept(office).replace(b"Subject: ", b"Subject: Re ")
    path.write_bytes(raw)
    _, out, _ = intake(*at, "verify", str(path))

    assert "header fields only in the copy: subject" in out
    assert f"first other byte: {raw.index(b'Re ')} (of " in out


def test_an_unknown_letter_is_told(intake: Intake, at: list[str], tmp_path: Path) -> None:
    """What never came has no record."""
    path = tmp_path / "other.eml"
    path.write_bytes(letter("Coś innego", Message_ID="<never@came.example>"))
    status, out, _ = intake(*at, "verify", str(path))

    assert 1 == status
    assert "not on record, neither its bytes nor its Message-ID" in out


def test_erasing_asks_first(intake: Intake, at: list[str]) -> None:
    """Without --yes nothing is lost."""
    status, out, _ = intake(*at, "erase", "kons-2023-0001", "--reason", "request")

    assert 1 == status
    assert "KONS-2023-0001: 1 messages, 1 letters (0 still owed), 0 digests would be erased" in out
    assert "anna@fundacja-przystan.example" in intake(*at, "show", "KONS-2023-0001")[1]


def test_an_erased_case_is_shown_without_its_person(
    intake: Intake, at: list[str], office: Office, tmp_path: Path
) -> None:
    """The case still tells when something came and was answered, and the record is intact."""
    path = tmp_path / "letter.eml"
    path.write_bytes(kept(office))
    status, _, _ = intake(*at, "erase", "KONS-2023-0001", "--reason", "request", "--yes")
    _, shown, _ = intake(*at, "show", "KONS-2023-0001")
    verified, out, _ = intake(*at, "verify", str(path))

    assert (0, 0) == (status, verified)
    assert "personal data erased 2023-07-10 12:00:00" in out
    assert "erased" in shown
    assert not [word for word in ("anna", "Przysta", "Nowak") if word in shown]


@pytest.mark.parametrize("words", [("erase", "KONS-2023-0009", "--yes"), ("writeoff", "KONS-2023-0009")])
def test_a_case_that_is_not_there_is_told(intake: Intake, at: list[str], words: tuple[str, ...]) -> None:
    """A mistyped number changes nothing."""
    status, _, err = intake(*at, *words, "--reason", "request")

    assert 1 == status
    assert "no case is called 'KONS-2023-0009'" in err


def test_nothing_is_written_off_where_nothing_is_owed(intake: Intake, at: list[str]) -> None:
    """A letter that has left is no debt."""
    status, _, err = intake(*at, "writeoff", "KONS-2023-0001", "--reason", "by telephone")

    assert 1 == status
    assert "nothing is owed" in err


def test_the_sender_s_clock_is_shown_where_it_is_wrong(intake: Intake, at: list[str]) -> None:
    """The letter's Date is two hours before its arrival: all three clocks stand side by side."""
    _, shown, _ = intake(*at, "show", "KONS-2023-0001")
    _, told, _ = intake(*at, "show", "KONS-2023-0001", "--format", "json")
    (message,) = json.loads(told)["messages"]

    assert (
        "clocks disagree: IMAP server 2023-07-10 11:00:00 (decides)"
        " | Received by mx.um.torun.pl 2023-07-10 10:59:58 | sender's Date 2023-07-10 09:00:00"
    ) in shown
    assert {
        "internaldate": "2023-07-10T11:00:00+02:00",
        "received": "2023-07-10T10:59:58+02:00",
        "by": "mx.um.torun.pl",
        "date": "2023-07-10T09:00:00+02:00",
        "disagree": True,
    } == message["clocks"]


def test_clocks_that_agree_are_not_shown(intake: Intake, at: list[str], office: Office) -> None:
    """What is as usual takes no line."""
    office.mail("rsvp", letter(COMING, sender="Jan <jan@inna.example>"), "2023-07-10 09:30")
    office.poll()
    _, shown, _ = intake(*at, "show", "KONS-2023-0002")

    assert "jan@inna.example" in shown
    assert "clocks disagree" not in shown
