"""The command line, as an operator calls it."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest

from intake.__main__ import COMMANDS
from tests.office import Intake, Office, furnish, letter
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Sink

COMING = "Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak\nFundacja Przystań\n"


@pytest.fixture
def office(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Office:
    """Give an office with one confirmation in its mailbox."""
    office = furnish(tmp_path, dovecot, sink)
    office.mail("rsvp", letter(COMING), "2023-07-10 11:00")
    return office


@pytest.fixture
def at(office: Office) -> list[str]:
    """Give the words that every call on that office begins with."""
    return ["--config", str(office.folder / "config.toml"), "--as-of", "2023-07-10T12:00:00"]


def test_help_lists_every_command(intake: Intake) -> None:
    """Nobody has to read the source to find a command."""
    status, out, _ = intake("--help")

    assert 0 == status
    assert all(command in out for command in COMMANDS)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help_with_an_example(intake: Intake, command: str) -> None:
    """A person copies the example and changes it."""
    status, out, _ = intake(command, "--help")

    assert 0 == status
    assert re.search(rf"Example: intake (--\S+ \S+ )*{command}\b", " ".join(out.split()))


@pytest.mark.parametrize("words", [("frobnicate",), ("poll", "--now"), ("--as-of", "jutro", "poll"), ("show",)])
def test_wrong_use_ends_with_2(intake: Intake, words: tuple[str, ...]) -> None:
    """A mistyped call is told apart from a server that is down."""
    status, _, err = intake(*words)

    assert 2 == status
    assert err


def test_without_a_configuration_nothing_starts(
    intake: Intake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the file, and the status is that of a wrong configuration."""
    monkeypatch.chdir(tmp_path)
    status, _, err = intake("poll")

    assert 2 == status
    assert "config.toml: cannot be read" in err


@pytest.mark.dovecot
def test_poll_prints_a_line_for_each_mailbox(intake: Intake, at: list[str]) -> None:
    """What came and what became of it stands in the line."""
    status, out, _ = intake(*at, "poll")

    assert 0 == status
    assert [
        "konsultacje: 0 new",
        "rsvp: 1 new (1 taken in)",
        "outbox: 1 sent, 0 deferred, 0 refused",
    ] == out.splitlines()


@pytest.mark.dovecot
def test_poll_says_what_could_not_be_reached(intake: Intake, at: list[str], office: Office) -> None:
    """Status 1 and a line tell a cron job's owner."""
    office.reconfigure(("port", "1"), mailbox="konsultacje")
    status, out, _ = intake(*at, "poll")

    assert 1 == status
    assert "konsultacje: 0 new; 0 left over: 127.0.0.1: ConnectionRefusedError" in out


@pytest.mark.dovecot
def test_list_show_and_explain_tell_one_story(intake: Intake, at: list[str]) -> None:
    """The case is found by its number, with its messages, its history and its reasons."""
    intake(*at, "poll")
    _, listed, _ = intake(*at, "list")
    _, shown, _ = intake(*at, "show", "kons-2023-0001")
    _, explained, _ = intake(*at, "explain", "KONS-2023-0001")

    assert "KONS-2023-0001  Fundacja Przystań" in listed
    assert all(word in shown for word in ("arrived", "opened", "queued", "accepted", "anna@fundacja-przystan.example"))
    assert "| potwierdzam udział dwóch osób" in explained
    assert "attendance" in explained


@pytest.mark.dovecot
def test_a_case_that_is_not_there_is_told(intake: Intake, at: list[str]) -> None:
    """The error repeats what was asked for, inert."""
    status, _, err = intake(*at, "show", "KONS-\x1b[31m-1")

    assert 1 == status
    assert "no case is called KONS- [31M-1" in err or "no case is called KONS- [31m-1" in err


@pytest.mark.dovecot
def test_export_writes_the_keys_of_the_interface(intake: Intake, at: list[str]) -> None:
    """Other programs hold us to these names."""
    intake(*at, "poll")
    _, out, _ = intake(*at, "export")
    line = json.loads(out)

    keys = "case mailbox sha256 message_id received sender subject category timeliness organisation people topics"
    fixed = [*keys.split(), "review", "review_reason", "acknowledgement"]
    assert fixed == list(line)[: len(fixed)]
    assert ["needs", "names", "campaign", "forwarded", "corrected"] == list(line)[len(fixed) :]
    assert {"status", "reason", "message_id", "sent_at"} == set(line["acknowledgement"])
    assert ("2023-07-10T12:00:00+02:00", "sent") == (
        line["acknowledgement"]["sent_at"],
        line["acknowledgement"]["status"],
    )


@pytest.mark.dovecot
def test_no_cell_becomes_a_formula(intake: Intake, at: list[str], office: Office, tmp_path: Path) -> None:
    """What a stranger wrote stays text in CSV and in XLSX."""
    office.mail("konsultacje", letter(COMING, subject='=HYPERLINK("http://x.example";"kliknij")'), "2023-07-10 11:01")
    intake(*at, "poll")
    _, csv, _ = intake(*at, "export", "--format", "csv")
    status, _, _ = intake(*at, "export", "--format", "xlsx", "-o", str(tmp_path / "records.xlsx"))

    assert 0 == status
    assert "'=HYPERLINK" in csv
    with zipfile.ZipFile(tmp_path / "records.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml")
        assert b"<f>" not in sheet
        assert b"HYPERLINK" in book.read("xl/sharedStrings.xml")


@pytest.mark.dovecot
def test_csv_opens_in_a_polish_spreadsheet(intake: Intake, at: list[str], tmp_path: Path) -> None:
    """UTF-8 with its mark, semicolons between."""
    intake(*at, "poll")
    intake(*at, "export", "--format", "csv", "-o", str(tmp_path / "records.csv"))
    content = (tmp_path / "records.csv").read_bytes()

    assert content.startswith(b"\xef\xbb\xbfcase;mailbox;received;")
    assert "Fundacja Przystań".encode() in content


@pytest.mark.dovecot
def test_a_digest_is_printed_at_will_and_sent_once(intake: Intake, at: list[str], office: Office) -> None:
    """Printing changes nothing; a second sending of one day is refused."""
    intake(*at, "poll")
    _, printed, _ = intake(*at, "digest", "--print")
    first, _, _ = intake(*at, "digest", "--send")
    second, _, err = intake(*at, "digest", "--send")

    assert "Fundacja Przystań" in printed
    assert (0, 1) == (first, second)
    assert "was sent before" in err
    assert [("k.dabrowska@um.torun.pl",)] == [each.recipients for each in office.sink.delivered[1:]]


@pytest.mark.dovecot
def test_check_logs_in_everywhere_and_changes_nothing(intake: Intake, at: list[str], office: Office) -> None:
    """Everything that works is told, and nothing is read or sent."""
    status, out, _ = intake(*at, "check")

    assert 0 == status
    for name in ("configuration", "rules", "templates", "database", "konsultacje", "rsvp", "smtp"):
        assert any(line.startswith(name) and "  ok  " in line for line in out.splitlines())
    assert [] == office.records()
    assert [] == office.sink.delivered


@pytest.mark.dovecot
def test_check_says_what_does_not_work(intake: Intake, at: list[str], office: Office) -> None:
    """One that is down does not hide the others."""
    office.reconfigure(("port", "1"), mailbox="konsultacje")
    status, out, _ = intake(*at, "check")

    assert 1 == status
    assert "konsultacje    --  127.0.0.1: ConnectionRefusedError" in out
    assert "rsvp           ok" in out


def test_init_starts_an_office_that_check_can_read(intake: Intake, tmp_path: Path) -> None:
    """The copy is whole, and is not written over another one."""
    folder = tmp_path / "biuro"
    status, out, _ = intake("init", str(folder))
    again, _, err = intake("init", str(folder))

    assert (0, 2) == (status, again)
    assert {"config.toml", "rules", "templates"} == {path.name for path in folder.iterdir()}
    assert f"intake --config {folder / 'config.toml'} check" in out
    assert "must not be there already" in err


def test_classify_decides_offline_and_says_why(intake: Intake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter in a file is judged without database, server or configuration."""
    monkeypatch.chdir(tmp_path)
    Path("list.eml").write_bytes(letter(COMING))
    words = ("--mailbox", "rsvp", "--received", "2023-07-12T15:00:01")
    status, out, _ = intake("classify", *words, "--format", "jsonl", "list.eml")
    _, text, _ = intake("classify", *words, "list.eml")
    line = json.loads(out)

    assert 0 == status
    assert ("list.eml", "attendance", {"attendance": "late"}, 2) == (
        line["file"],
        line["category"],
        line["timeliness"],
        line["people"],
    )
    assert line["acknowledge"] is True
    assert line["reasons"]
    assert "attendance: late" in text
    assert ["list.eml"] == [path.name for path in tmp_path.iterdir()]


def test_classify_reads_maildirs_and_mboxes(intake: Intake, tmp_path: Path) -> None:
    """The forms in which mail lies about."""
    for folder in ("cur", "new", "tmp"):
        (tmp_path / "Maildir" / folder).mkdir(parents=True)
    (tmp_path / "Maildir" / "cur" / "1:2,S").write_bytes(letter(COMING))
    mbox = b"".join(
        b"From x Mon Jul 10 09:00:00 2023\n" + letter(COMING).replace(b"\r\n", b"\n") + b"\n" for _ in range(2)
    )
    (tmp_path / "mbox").write_bytes(mbox)
    _, out, _ = intake("classify", "--format", "jsonl", str(tmp_path / "Maildir"), str(tmp_path / "mbox"))

    files = [Path(json.loads(line)["file"]).name for line in out.splitlines()]
    assert ["1:2,S", "mbox#1", "mbox#2"] == files


def test_classify_needs_a_mailbox_that_exists(intake: Intake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A typing error in the mailbox is no silent default."""
    monkeypatch.chdir(tmp_path)
    Path("list.eml").write_bytes(letter(COMING))
    status, _, err = intake("classify", "--mailbox", "rspv", "list.eml")

    assert 2 == status
    assert "no mailbox is called 'rspv'; there are konsultacje, rsvp" in err


def test_staff_correct_and_take_back_at_the_command_line(intake: Intake, office: Office, at: list[str]) -> None:
    """The same as by mail: before and after, a corrected letter, and an undoing."""
    office.poll()
    office.drain()
    corrected = intake(*at, "correct", "KONS-2023-0001", "--people", "4", "--organisation", "Klub Most")
    office.drain()
    _, shown, _ = intake(*at, "show", "KONS-2023-0001")
    undone = intake(*at, "correct", "KONS-2023-0001", "--undo")
    people = office.records()[0]["people"]

    assert (0, ["people: 2 -> 4", "organisation: Fundacja Przystań -> Klub Most"]) == (
        corrected[0],
        [line.split(": ", 1)[1].split(";")[0] for line in corrected[1].splitlines()],
    )
    assert ["anna@fundacja-przystan.example"] * 3 == [each["To"] for each in office.letters()]
    assert "at the command line" in shown
    assert (0, "KONS-2023-0001 Fundacja Przystań: organisation: Klub Most -> Fundacja Przystań") == (
        undone[0],
        undone[1].split(";")[0].strip(),
    )
    assert 4 == people


def test_what_makes_no_sense_is_not_done(intake: Intake, office: Office, at: list[str]) -> None:
    """An unknown case, a reason that is missing, nothing to correct."""
    office.poll()

    assert (1, "not done: no case") == _told(intake(*at, "correct", "KONS-2023-0099", "--people", "4"))
    assert 2 == intake(*at, "correct", "KONS-2023-0001", "--admit")[0]
    assert 2 == intake(*at, "correct", "KONS-2023-0001")[0]


def _told(outcome: tuple[int, str, str]) -> tuple[int, str]:
    return outcome[0], outcome[2].strip()


def test_staff_enter_what_came_by_phone(intake: Intake, office: Office, at: list[str]) -> None:
    """Read by the same rules, of the kind that was said, the channel recorded; nobody is written to."""
    status, out, _ = intake(*at, "add", "attendance", "Fundacja Latarnia, 3 osoby, potrzebny tłumacz PJM")
    record = office.records()[0]

    assert (0, True) == (
        status,
        out.startswith("KONS-2023-0001 Fundacja Latarnia: kind: - -> attendance, people: - -> 3"),
    )
    assert ("attendance", 3, "none") == (record["category"], record["people"], record["acknowledgement"]["status"])
    assert 0 == intake(*at, "verify")[0]
