"""How much is answered: limits, equal letters, the brake."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.event import listen

from intake.delivery import outbox, restraint
from intake.judgement.machines import Limits
from intake.records import schema
from intake.records.store import Store
from tests.letters import ZONE, office_rules
from tests.office import Office, furnish, letter, text_of, warsaw
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Sink

NOW = datetime(2023, 7, 10, 12, 0, tzinfo=ZONE)
_DOMAINS = 6  # more than are asked for one by one
COMING = "Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak\nFundacja Przystań\n"


@pytest.fixture
def office(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Office:
    """Give an office whose mailboxes are empty and whose brake is at three letters an hour."""
    return furnish(tmp_path, dovecot, sink, acknowledge="per_hour = 3")


def put(store: Store, recipient: str, when: datetime = NOW) -> None:
    """Write an answer to *recipient*."""
    with store.writing() as session:
        outbox.put(session, outbox.Posting("receipt", recipient, "", "<a@um.torun.pl>", b"raw"), when)


def held(store: Store, recipient: str, limits: Limits, now: datetime = NOW) -> str | None:
    """Return what one more answer to *recipient* would exceed."""
    with store.reading() as session:
        return restraint.held(session, recipient, 10, limits, now)


def test_a_domain_gets_so_many_answers_a_day(store: Store) -> None:
    """Many addresses of one domain are one correspondent, whatever the letters' case; other domains are not meant."""
    limits = Limits(per_domain_per_day=3)
    for number in range(3):
        put(store, f"a{number}@Zalew.example")

    assert "limits.per_domain_per_day" == held(store, "b@zalew.example", limits)
    assert held(store, "b@zalew.example", limits, NOW + timedelta(days=1)) is None
    assert held(store, "b@x.zalew.example", limits) is None
    assert held(store, "b@zalew_example", limits) is None


def test_as_many_domains_are_counted_as_there_are(store: Store) -> None:
    """The first few are asked for one by one, then all are read at once; what comes later counts either way."""
    limits = Limits(per_domain_per_day=3)
    for number in range(2 * _DOMAINS):
        for _ in range(3 - number % 2):
            put(store, f"a@d{number}.example")
    reached = [held(store, f"b@d{number}.example", limits) is not None for number in range(2 * _DOMAINS)]
    for number in range(2 * _DOMAINS):
        put(store, f"a@d{number}.example")
    later = [held(store, f"b@d{number}.example", limits) is not None for number in range(2 * _DOMAINS)]

    assert _DOMAINS * [True, False] == reached
    assert 2 * _DOMAINS * [True] == later
    assert held(store, "b@nowa.example", limits) is None


def _places(statement: str) -> tuple[str | int, ...]:
    """Return something for each place of *statement*: a plan does not depend on what."""
    return ("2023-07-09", 1, "%@zalew.example")[: statement.count("?")]


def test_the_letters_of_a_day_are_counted_without_being_read(tmp_path: Path) -> None:
    """The table of letters is as long as all that they say: a letter among a hundred thousand costs an index only."""
    store = Store(f"sqlite:///{tmp_path}/intake.db")
    schema.upgrade(store)
    put(store, "a@zalew.example")
    asked: list[str] = []
    listen(store.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    held(store, "b@zalew.example", Limits(per_domain_per_day=1))
    counting = [statement for statement in asked if "queued_at >" in statement and "recipient = " not in statement]
    with store.reading() as session:
        plans = [
            str(session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", _places(statement)).all())
            for statement in counting
        ]
    store.close()

    assert [True, True] == [
        "USING COVERING INDEX ix_outgoing_queued_at_recipient (queued_at>" in plan for plan in plans
    ]


def test_a_mail_provider_is_no_correspondent(store: Store) -> None:
    """Whoever has an address there has nothing in common with the others."""
    limits = Limits(per_domain_per_day=3, shared_domains=("poczta.example",))
    for number in range(9):
        put(store, f"a{number}@poczta.example")

    assert held(store, "b@poczta.example", limits) is None


def test_a_day_has_so_many_answers(store: Store) -> None:
    """Whoever gets them."""
    for number in range(5):
        put(store, f"a@d{number}.example")

    assert "limits.per_day" == held(store, "b@nowa.example", Limits(per_day=5))
    assert held(store, "b@nowa.example", Limits(per_day=6)) is None


def test_the_shipped_numbers_leave_room_for_a_consultation() -> None:
    """The most common mail providers of the country are known, and a domain is allowed more than an address."""
    limits = office_rules().automatic.limits

    assert {"gmail.com", "wp.pl", "onet.pl", "o2.pl", "interia.pl"} <= set(limits.shared_domains)
    assert 10 < limits.per_domain_per_day < limits.per_day


@pytest.mark.dovecot
def test_three_real_letters_in_an_hour_are_answered_three_times(office: Office) -> None:
    """From one organisation, the second correcting the first by a digit."""
    for minute, text in (
        (1, "Potwierdzamy udział 2 osób w spotkaniu 13 lipca."),
        (20, "Potwierdzamy udział 3 osób w spotkaniu 13 lipca."),
        (40, "Proponujemy, żeby miasto ogłaszało konkursy dla organizacji do końca listopada."),
    ):
        office.mail("rsvp", letter(text), f"2023-07-10 11:{minute:02}")
    office.poll()
    office.drain()

    assert 3 == len(office.sink.delivered)


@pytest.mark.dovecot
def test_an_equal_letter_is_answered_no_third_time(office: Office) -> None:
    """Whoever sends it again is told once more; a program that goes on and on is not. Ticket numbers do not matter."""
    for number in range(6):
        text = COMING.replace("Anna", f"Zgłoszenie #{number}{number}, Anna")
        office.mail("rsvp", letter(text, Message_ID=f"<{number}@kolo.example>"), f"2023-07-10 11:0{number}")
    office.poll()
    office.drain()

    assert 2 == len(office.sink.delivered)
    said = [record["acknowledgement"]["reason"] for record in office.records()]
    assert [None, None, *4 * [restraint.EQUAL]] == said


@pytest.mark.dovecot
def test_an_equal_letter_is_new_after_a_day(office: Office) -> None:
    """What somebody sends again next week is answered again."""
    for day in (5, 6, 7):
        office.now = warsaw(f"2023-07-{day:02} 12:30")
        office.mail("rsvp", letter(COMING, Message_ID=f"<{day}@kolo.example>"), f"2023-07-{day:02} 12:00")
        office.poll()

    office.now = warsaw("2023-07-07 20:00")
    office.drain()

    assert 3 == len(office.sink.delivered)


@pytest.mark.dovecot
def test_the_brake_pauses_and_tells_staff_at_once(office: Office) -> None:
    """A short letter leaves in spite of the brake, once; what waits leaves when the hour has passed."""
    for number in range(5):
        office.mail("rsvp", letter(COMING, sender=f"a{number}@d{number}.example"), f"2023-07-10 11:0{number}")
    office.poll()
    office.drain()
    office.now = warsaw("2023-07-10 12:30")
    office.drain()

    told = [mail for mail in office.letters() if mail["Auto-Submitted"] == "auto-generated"]
    assert 3 + 1 == len(office.letters())
    assert ["k.dabrowska@um.torun.pl"] == [mail["To"] for mail in told]
    assert "Potwierdzenia wstrzymane: 2" == told[0]["Subject"]
    assert "13.00" in text_of(told[0])

    office.now = warsaw("2023-07-10 13:01")
    office.drain()

    assert 5 + 1 == len(office.letters())


@pytest.mark.dovecot
def test_the_brake_says_nothing_while_nothing_waits(office: Office) -> None:
    """Three letters in an hour are as many as are allowed."""
    for number in range(3):
        office.mail("rsvp", letter(COMING, sender=f"a{number}@d{number}.example"), f"2023-07-10 11:0{number}")
    office.poll()
    office.drain()
    office.drain()

    assert 3 == len(office.letters())
