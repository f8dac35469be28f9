"""Two programs that answer each other: with real ones, every exchange ends after its first letter (RFC 3834 §2)."""

from __future__ import annotations

import email
import email.policy
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from intake import config as office_config
from intake.worker.desk import prepare
from tests.conftest import lacking
from tests.office import Office, furnish, letter
from tests.servers.dovecot import Dovecot
from tests.servers.sieve import LMTP, PLUGIN, Holiday
from tests.servers.smtp import Sink

pytestmark = pytest.mark.dovecot
COMING = "Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak\nFundacja Przystań\n"
ANNA = "anna@ngo.example"
OURS = "k.dabrowska@um.torun.pl"


@pytest.fixture
def relay() -> Iterator[Sink]:
    """Give the relay of the other side."""
    server = Sink().start()
    yield server
    server.stop()


@pytest.fixture
def holiday(relay: Sink) -> Iterator[Holiday]:
    """Give a mail server whose user anna is away."""
    if not PLUGIN.exists() or not LMTP.exists():
        lacking("Pigeonhole (dovecot-sieve, dovecot-lmtpd)")
    server = Holiday(relay.port)
    server.start()
    server.leave("anna", ANNA, "Urlop", "Do 20 lipca jestem na urlopie. W pilnych sprawach: biuro@ngo.example.")
    yield server
    server.stop()


@pytest.fixture
def office(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Office:
    """Give an office whose mailboxes are empty."""
    return furnish(tmp_path, dovecot, sink)


def awaited(sink: Sink, letters: int, seconds: float = 5.0) -> int:
    """Return how many letters the sink has, after waiting for so many."""
    deadline = time.monotonic() + seconds
    while len(sink.delivered) < letters and time.monotonic() < deadline:
        time.sleep(0.05)
    return len(sink.delivered)


def from_us(text: str = "Zapraszamy na spotkanie.", **fields: str) -> bytes:
    """Return a letter that a clerk wrote by hand."""
    return letter(text, sender=f"K. Dąbrowska <{OURS}>", to=ANNA, subject="Zaproszenie", **fields)


def test_a_vacation_answers_people(holiday: Holiday, relay: Sink) -> None:
    """The responder works: else the tests below would prove nothing."""
    holiday.deliver("anna", OURS, from_us())

    assert 1 == awaited(relay, 1), holiday.log()
    assert (OURS,) == relay.delivered[0].recipients


def test_a_vacation_does_not_answer_us(office: Office, holiday: Holiday, relay: Sink) -> None:
    """An acknowledgement ends at Sieve, by its null reverse-path and by its Auto-Submitted alone."""
    office.mail("rsvp", letter(COMING, sender=f"Anna <{ANNA}>"), "2023-07-10 11:00")
    office.poll()
    office.drain()
    (ours,) = office.sink.delivered
    holiday.deliver("anna", "", ours.raw)
    holiday.deliver("anna", "zwroty@um.torun.pl", ours.raw)
    time.sleep(1)

    assert 0 == awaited(relay, 1, seconds=1), holiday.log()


def test_we_do_not_answer_a_vacation(office: Office, holiday: Holiday, relay: Sink) -> None:
    """What a vacation says to a clerk's own letter is taken in as a machine's and not answered."""
    holiday.deliver("anna", OURS, from_us())
    assert 1 == awaited(relay, 1), holiday.log()
    for name in ("rsvp", "konsultacje"):
        office.mail(name, stored(relay.delivered[0].raw, relay.delivered[0].reverse_path), "2023-07-10 11:00")
    office.poll()
    office.drain()

    assert 0 == len(office.sink.delivered)
    assert {"automatic"} == {record["category"] for record in office.records()}


def stored(raw: bytes, reverse_path: str) -> bytes:
    """Return a letter as a delivery agent stores it (RFC 5321 §4.4)."""
    return f"Return-Path: <{reverse_path.strip('<>')}>\r\n".encode() + raw


def test_a_vacation_that_hides_what_it_is_ends_too(office: Office, holiday: Holiday, relay: Sink) -> None:
    """Without its header fields it is known by its words, or answered twice at most, however often it comes."""
    for number in range(5):
        holiday.deliver("anna", OURS, from_us(f"Zapraszamy po raz {number}.", Message_ID=f"<{number}@um.torun.pl>"))
    assert 5 == awaited(relay, 5), holiday.log()
    for number, delivered in enumerate(relay.delivered):
        bare = email.message_from_bytes(delivered.raw, policy=email.policy.SMTP)
        for name in ("Auto-Submitted", "Precedence", "X-Sieve"):
            del bare[name]
        office.mail("konsultacje", stored(bare.as_bytes(), ANNA), f"2023-07-10 11:0{number}")
    office.poll()
    office.drain()

    assert 0 == len(office.sink.delivered)


def move(folder: Path, office: Office) -> Office:
    """Make *office* that of another city, beginning with an empty record."""
    path = folder / "config.toml"
    text = path.read_text(encoding="utf-8").replace("um.torun.pl", "um.grudziadz.example")
    path.write_text(text.replace("var/intake.db", "var/other.db"), encoding="utf-8")
    office.desk = prepare(office_config.load(path), office.desk.clock)
    return office


@pytest.fixture
def cities(tmp_path: Path, dovecot: Dovecot, sink: Sink, relay: Sink) -> tuple[Office, Office]:
    """Give two offices, each with its own relay."""
    folders = [tmp_path / name for name in ("torun", "grudziadz")]
    for folder in folders:
        folder.mkdir()
    return furnish(folders[0], dovecot, sink), move(folders[1], furnish(folders[1], dovecot, relay))


def exchange(first: Office, second: Office, rounds: int, *, stripped: bool = False) -> list[int]:
    """Carry what each relay took into the other's mailbox, round by round; return how many letters each sent."""
    carried = [0, 0]
    for number in range(rounds):
        for side, (here, there) in enumerate(((first, second), (second, first))):
            here.poll()
            here.drain()
            for delivered in here.sink.delivered[carried[side] :]:
                raw = bare(delivered.raw, number) if stripped else delivered.raw
                path = "konsultacje@um.x.example" if stripped else delivered.reverse_path
                there.mail("konsultacje", stored(raw, path), "2023-07-10 11:30")
            carried[side] = len(here.sink.delivered)
    return carried


def bare(raw: bytes, number: int) -> bytes:
    """Return a letter of ours as a bad gateway passes it on: without what says that a program wrote it."""
    message = email.message_from_bytes(raw, policy=email.policy.SMTP)
    assert isinstance(message, EmailMessage)
    for name in ("Auto-Submitted", "X-Auto-Response-Suppress"):
        del message[name]
    message.replace_header("Message-ID", f"<{number}.{abs(hash(raw))}@bramka.example>")
    return message.as_bytes()


def test_two_of_us_end_after_the_first_letter(cities: tuple[Office, Office]) -> None:
    """One answers a person's letter that bears the other's address, and the other says nothing to that."""
    torun, grudziadz = cities
    sender = "Konsultacje <konsultacje@um.grudziadz.example>"
    torun.mail("konsultacje", letter(COMING, sender=sender), "2023-07-10 11:00")

    assert [1, 0] == exchange(torun, grudziadz, 4)
    assert ["automatic"] == [record["category"] for record in grudziadz.records()]


def test_two_of_us_end_even_where_a_gateway_takes_the_marks_away(cities: tuple[Office, Office]) -> None:
    """Then each may take the other for a person for a while, and equal letters are not answered again and again."""
    torun, grudziadz = cities
    sender = "Konsultacje <konsultacje@um.grudziadz.example>"
    torun.mail("konsultacje", letter(COMING, sender=sender), "2023-07-10 11:00")
    sent = exchange(torun, grudziadz, 8, stripped=True)

    assert 1 <= sum(sent) <= 4


class Tickets:
    """A ticket system of the bad kind: it answers every letter, in its own words, without any field that says so."""

    def __init__(self, words: str) -> None:
        self.words, self.number = words, 4810

    def answer(self, raw: bytes) -> bytes:
        """Return what it says to a letter of ours."""
        ours = email.message_from_bytes(raw, policy=email.policy.default)
        self.number += 1
        return letter(
            self.words.format(self.number),
            sender="Biuro NGO <biuro@ngo.example>",
            subject=f"[{self.number}] {ours['Subject']}",
            Message_ID=f"<{self.number}@ngo.example>",
            In_Reply_To=str(ours["Message-ID"]),
        )


@pytest.mark.parametrize(
    ("words", "answers"),
    [
        ("Sprawę {} mamy u siebie, odpowiemy wkrótce.", 1),
        ("Otrzymaliśmy Państwa zgłoszenie. Jego numer: {}.", 1),
        ("Sprawa {}. Potwierdzamy udział dwóch osób w spotkaniu 13 lipca.", 2),
    ],
)
def test_a_ticket_system_that_says_nothing_of_itself_ends(office: Office, words: str, answers: int) -> None:
    """It answers each of our letters in equal words; even where they sound like a person's they are answered once."""
    tickets, carried = Tickets(words), 0
    office.mail("rsvp", letter(COMING, sender="Biuro NGO <biuro@ngo.example>"), "2023-07-10 11:00")
    for _ in range(6):
        office.poll()
        office.drain()
        for delivered in office.sink.delivered[carried:]:
            office.mail("rsvp", tickets.answer(delivered.raw), "2023-07-10 11:30")
        carried = len(office.sink.delivered)

    assert answers == len(office.sink.delivered)
