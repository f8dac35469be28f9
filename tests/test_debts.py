"""An answer is a debt: it comes back every morning until it has left or staff let it be; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from intake import config as office_config
from intake.delivery import outbox
from intake.errors import RecordError
from intake.letters.digest_facts import DebtState
from intake.records import debts
from intake.records.audit import audit, printed
from intake.records.store import Outgoing
from intake.worker import morning
from intake.worker.desk import prepare
from tests.office import Office, furnish, letter, text_of, warsaw
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Sink

pytestmark = pytest.mark.dovecot
COMING = "Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak\nFundacja Przystań\n"
ANNA = "anna@fundacja-przystan.example"
CASE = "KONS-2023-0001"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def office(request: pytest.FixtureRequest, tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Iterator[Office]:
    """Give an office, once with either database, with a message that is read and not answered yet."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgresql").new_database()
    office = furnish(tmp_path, dovecot, sink, database=url)
    office.mail("rsvp", letter(COMING), "2023-07-10 11:59:30")
    office.poll()
    yield office
    office.desk.store.close()


def told(office: Office, when: str) -> str:
    """Return the digest that is written at *when*, on one line."""
    office.now = warsaw(when)
    written = morning.write(office.desk, office.now.date())
    assert written is not None
    return " ".join(written.text.split())


def owed(office: Office, when: str) -> list[DebtState]:
    """Return how the letters stand that are overdue at *when*."""
    with office.desk.store.reading() as session:
        return [debt.state for debt in debts.listed(session, office.desk.rules.consultation.id, warsaw(when))]


def test_a_letter_is_a_debt_when_its_due_time_has_passed(office: Office) -> None:
    """It is due a minute after its message was read."""
    assert [] == owed(office, "2023-07-10 12:00:59")
    assert [DebtState.WAITING] == owed(office, "2023-07-10 12:01")


def test_a_debt_comes_back_every_morning_until_it_is_paid(office: Office) -> None:
    """While the relay refuses for now, each digest names the case; the one after the payment does not."""
    office.sink.refuse[ANNA] = "451 4.7.1 Greylisted"
    office.drain()
    first, second = told(office, "2023-07-11 07:30"), told(office, "2023-07-12 07:30")
    office.sink.refuse.clear()
    office.drain()
    third = told(office, "2023-07-13 07:30")

    line = f"{CASE}: wiadomość z 10 lipca, godz. 11.59, skrzynka rsvp, serwer jeszcze nie przyjął: 451 4.7.1 Greylisted"
    assert line in first
    assert line in second
    assert "Zaległe potwierdzenia Wracają" not in third
    (paid,) = [each for each in office.letters() if ANNA in str(each["To"])]
    assert "potwierdzenie wysyłamy z opóźnieniem" in text_of(paid)
    assert "10 lipca 2023 r. (poniedziałek), godz. 11.59" in text_of(paid)


def test_a_refused_letter_comes_back_until_it_is_written_off(office: Office) -> None:
    """Staff sees it every day, not only on the day of the refusal; written off, it is accounted for and gone."""
    office.sink.refuse[ANNA] = "550 5.1.1 No such user"
    office.drain()
    first, second = told(office, "2023-07-11 07:30"), told(office, "2023-07-12 07:30")
    with office.desk.store.writing() as session:
        for number in debts.of_case(session, office.desk.rules.consultation.id, CASE):
            outbox.written_off(session, number, "answered by telephone", office.now)
    third = told(office, "2023-07-13 07:30")

    assert "serwer nie przyjął potwierdzenia" in first
    assert "serwer nie przyjął potwierdzenia" in second
    assert "serwer nie przyjął potwierdzenia" not in third


def test_what_was_written_off_leaves_no_more(office: Office) -> None:
    """A letter that still waits is not sent after staff let it be, and the chain says so."""
    with office.desk.store.writing() as session:
        (number,) = debts.of_case(session, office.desk.rules.consultation.id, CASE)
        outbox.written_off(session, number, "answered by telephone", office.now)
    sent = office.drain()
    digest = told(office, "2023-07-11 07:30")

    assert 0 == sent.accepted
    assert [] == [each for each in office.letters() if ANNA in str(each["To"])]
    assert "umorzonych 1" in digest
    assert "Rachunek" not in digest
    with office.desk.store.reading() as session:
        assert () == debts.of_case(session, office.desk.rules.consultation.id, CASE)
        assert [] == audit(session).findings


def test_an_answer_that_was_never_written_is_a_debt(office: Office) -> None:
    """A record that is owed a letter and has none is named, whatever lost it."""
    with office.desk.store.writing() as session:
        session.delete(session.get_one(Outgoing, 1))

    assert [DebtState.UNWRITTEN] == owed(office, "2023-07-10 12:00:01")


def test_a_case_that_is_not_there_owes_nothing(office: Office) -> None:
    """A mistyped number is told."""
    with office.desk.store.reading() as session, pytest.raises(RecordError, match="no case is called 'X'"):
        debts.of_case(session, office.desk.rules.consultation.id, "X")


@pytest.mark.parametrize(("left", "late"), [("2023-07-10 12:59:30", False), ("2023-07-10 12:59:31", True)])
def test_an_answer_is_late_after_an_hour(office: Office, left: str, *, late: bool) -> None:
    """More than an hour after arrival the letter says so, and states when the message arrived."""
    office.now = warsaw(left)
    office.drain()
    (answer,) = office.letters()

    assert late == ("z opóźnieniem" in text_of(answer))
    assert "10 lipca 2023 r. (poniedziałek), godz. 11.59" in text_of(answer)


def test_a_digest_carries_the_head_of_its_moment(office: Office) -> None:
    """What it prints is what verify accepts; printed again later it has none, since that moment is gone."""
    office.drain()
    first = told(office, "2023-07-11 07:30")
    office.drain()
    office.mail("rsvp", letter(COMING, sender="Jan <jan@inna.example>"), "2023-07-11 08:00")
    office.now = warsaw("2023-07-11 08:01")
    office.poll()
    again = morning.preview(office.desk, date(2023, 7, 11)).text
    seal = printed(first.partition("Pieczęć zapisu ")[2].partition(" To ")[0])

    with office.desk.store.reading() as session:
        assert [] == audit(session, [seal]).findings
    assert 20 == len(seal.digits)
    assert "Pieczęć" not in again


def test_a_login_that_ends_is_told_from_a_week_before(office: Office) -> None:
    """The configuration says until when it holds; earlier mornings are spared."""
    path = office.folder / "config.toml"
    head, box, rest = path.read_text(encoding="utf-8").partition('id = "rsvp"')
    path.write_text(f"{head}{box}\nlogin_until = 2023-07-19{rest}", encoding="utf-8")
    office.desk.store.close()
    office.desk = prepare(office_config.load(path), office.desk.clock)

    assert "Hasło" not in told(office, "2023-07-11 07:30")
    assert "Hasło do skrzynki rsvp traci ważność za 7 dni: 19 lipca 2023 r. (środa)." in told(
        office, "2023-07-12 07:30"
    )
