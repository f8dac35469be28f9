"""The main job, end to end: a mail on a real IMAP server, an acknowledgement at a real SMTP server."""

from __future__ import annotations

import asyncio
import email
import email.policy
import sqlite3
import time
from dataclasses import replace
from datetime import date, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import delete

from intake.delivery import outbox
from intake.delivery.smtp import Accepted
from intake.errors import RecordError
from intake.judgement.values import Arrival, Verdict
from intake.letters import choice
from intake.letters.choice import answerable
from intake.mail.message import Message
from intake.records import store as store_module
from intake.records.record import original as kept_bytes
from intake.records.store import Fate, Sighting, Store
from intake.worker import alarming, morning, owing, retrying, sending, taking_in
from intake.worker.desk import relay
from tests.office import Office, furnish, letter, text_of, warsaw, warsaw_time
from tests.servers.dovecot import Dovecot
from tests.servers.postgresql import PostgreSQL
from tests.servers.proxy import Proxy
from tests.servers.smtp import Sink

pytestmark = pytest.mark.dovecot
COMING = "Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak\nFundacja Przystań\n"


@pytest.fixture
def office(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Office:
    """Give an office whose mailboxes are empty."""
    return furnish(tmp_path, dovecot, sink)


def test_a_confirmation_is_read_recorded_and_acknowledged(office: Office) -> None:
    """One pass takes a mail from the mailbox to an answer at the relay."""
    office.mail("rsvp", letter(COMING), "2023-07-10 11:59:30")
    lines = office.poll()
    office.drain()

    assert (1, 0, None) == (lines["rsvp"].listed, lines["rsvp"].left_over, lines["rsvp"].error)
    (record,) = office.records()
    assert ("attendance", {"attendance": "on_time"}, "sent") == (
        record["category"],
        record["timeliness"],
        record["acknowledgement"]["status"],
    )
    (delivered,) = office.sink.delivered
    assert ("<>", ("anna@fundacja-przystan.example",)) == (delivered.reverse_path or "<>", delivered.recipients)
    (answer,) = office.letters()
    assert record["case"] in answer["Subject"]
    assert "k.dabrowska@um.torun.pl" == answer["Reply-To"]
    assert "auto-replied" == answer["Auto-Submitted"]
    assert answer["In-Reply-To"] == record["message_id"]


def test_reading_leaves_the_mailbox_as_it_was(office: Office) -> None:
    r"""Not even \\Seen is set."""
    office.mail("rsvp", letter(COMING), "2023-07-10 11:59:30")
    office.poll()

    assert [()] == list(office.dovecot.flags(office.users["rsvp"]).values())


def test_a_second_poll_finds_nothing_and_answers_nothing(office: Office) -> None:
    """What is accounted for is not listed again."""
    office.mail("rsvp", letter(COMING), "2023-07-10 11:59:30")
    office.poll()
    office.drain()
    lines = office.poll()
    office.drain()

    assert 0 == lines["rsvp"].listed
    assert 1 == len(office.sink.delivered)


def test_a_restored_mailbox_takes_nothing_in_twice(office: Office) -> None:
    """Under a new UIDVALIDITY everything is read anew and known again; what came meanwhile is taken in."""
    office.mail("rsvp", letter(COMING), "2023-07-10 11:59:30")
    office.poll()
    office.drain()
    time.sleep(1.1)  # Dovecot's uidvalidity is a time in seconds
    office.dovecot.renumber(office.users["rsvp"])
    office.mail("rsvp", letter(COMING, sender="Jan Lis <jan@inna.example>"), "2023-07-10 12:30")
    line = office.poll()["rsvp"]
    office.drain()

    assert {Fate.KNOWN: 1, Fate.TAKEN_IN: 1} == dict(line.fates)
    assert 2 == len(office.sink.delivered)


def test_a_mailbox_moved_to_a_server_that_changes_bytes_is_known_again(office: Office) -> None:
    """Another server may add a header field of its own: the letter is still the same one."""
    office.mail("rsvp", letter(COMING), "2023-07-10 11:59:30")
    office.poll()
    time.sleep(1.1)  # Dovecot's uidvalidity is a time in seconds
    office.users["rsvp"] = moved = office.dovecot.new_user()
    office.dovecot.deliver(moved, b"X-Moved: yes\r\n" + letter(COMING), warsaw("2023-07-10 11:59:30"))
    office.reconfigure(("username", moved))
    line = office.poll()["rsvp"]
    office.drain()

    assert {Fate.KNOWN: 1} == dict(line.fates)
    assert 1 == len(office.sink.delivered)


def test_mail_from_before_the_opening_is_counted_and_left_alone(office: Office) -> None:
    """First contact with a mailbox full of old mail answers none of it."""
    for day in range(1, 30):
        office.mail("konsultacje", letter(COMING), f"2023-06-{day:02} 12:00")
    office.mail("konsultacje", letter(COMING), "2023-07-03 23:59:59")
    office.mail("konsultacje", letter(COMING), "2023-07-04 00:00:00")
    line = office.poll()["konsultacje"]

    assert {Fate.LEFT_ALONE: 30, Fate.TAKEN_IN: 1} == dict(line.fates)
    assert 1 == len(office.records())


def test_an_answer_that_leaves_late_says_so(office: Office) -> None:
    """What arrived before we first looked is owed an answer, with an apology and the true time of arrival."""
    office.mail("konsultacje", letter(COMING), "2023-07-08 09:15")
    office.mail("konsultacje", letter(COMING, sender="Jan Lis <jan@inna.example>"), "2023-07-10 11:15")
    office.poll()
    office.drain()

    late, prompt = sorted(office.letters(), key=lambda each: str(each["To"]))
    assert "z opóźnieniem z powodu błędu po naszej stronie" in text_of(late)
    assert "8 lipca 2023 r. (sobota), godz. 9.15" in text_of(late)
    assert "z opóźnieniem" not in text_of(prompt)


def test_a_letter_that_waited_says_so_when_it_leaves(office: Office) -> None:
    """A relay that was down for two days does not make the letter pretend."""
    office.mail("rsvp", letter(COMING), "2023-07-10 11:59:30")
    office.poll()
    office.sink.stop()
    assert 1 == office.drain().deferred
    office.sink.start()
    office.now = warsaw("2023-07-11 13:00")
    office.drain()

    (late,) = office.letters()
    assert "z opóźnieniem z powodu błędu po naszej stronie" in text_of(late)


@pytest.mark.parametrize(
    ("received", "punctuality"),
    [("2023-07-12 14:59:59", "on_time"), ("2023-07-12 15:00:00", "on_time"), ("2023-07-12 15:00:01", "late")],
)
def test_the_cutoff_is_judged_by_the_servers_clock_to_the_second(
    office: Office, received: str, punctuality: str
) -> None:
    """Half past is no different from the last second; the sender's Date has no say."""
    office.now = warsaw("2023-07-12 15:30")
    office.mail("rsvp", letter(COMING), received)
    office.poll()

    assert [{"attendance": punctuality}] == [record["timeliness"] for record in office.records()]
    assert [received.replace(" ", "T") + "+02:00"] == [warsaw_time(record["received"]) for record in office.records()]


def test_the_same_letter_to_both_mailboxes_is_answered_once(office: Office) -> None:
    """One event, one letter; both copies are on record under one case."""
    both = letter(COMING, to="konsultacje@um.torun.pl, k.dabrowska@um.torun.pl")
    office.mail("konsultacje", b"Delivered-To: konsultacje@um.torun.pl\r\n" + both, "2023-07-10 11:59:30")
    office.mail("rsvp", b"Delivered-To: k.dabrowska@um.torun.pl\r\n" + both, "2023-07-10 11:59:31")
    office.poll()
    office.drain()

    assert 1 == len(office.sink.delivered)
    assert 1 == len({record["case"] for record in office.records()})
    assert 2 == len(office.records())


def test_a_reused_message_id_swallows_nothing(office: Office) -> None:
    """Two letters under one Message-ID are two letters."""
    for sender in ("Anna Nowak <anna@fundacja-przystan.example>", "Jan Lis <jan@inna.example>"):
        office.mail("rsvp", letter(COMING, sender=sender, Message_ID="<1@x.example>"), "2023-07-10 11:59:30")
    office.poll()
    office.drain()

    assert 2 == len(office.sink.delivered)


def test_a_reply_to_our_letter_finds_its_case_and_changes_it(office: Office) -> None:
    """A new number by reply replaces the old one, in the same case, and the answer says both."""
    office.mail("rsvp", letter(COMING), "2023-07-10 11:59:30")
    office.poll()
    office.drain()
    (first,) = office.letters()
    reply = letter(
        "Dzień dobry,\n\njednak przyjdą trzy osoby, nie dwie.\n\nAnna Nowak\n",
        subject="Odp: spotkanie",
        In_Reply_To=str(first["Message-ID"]),
    )
    office.mail("rsvp", reply, "2023-07-10 12:10")
    office.poll()
    office.drain()

    assert 1 == len({record["case"] for record in office.records()})
    second = office.letters()[1]
    assert "było 2, jest 3" in text_of(second)


def test_a_stranger_who_guesses_a_case_number_gets_a_case_of_his_own(office: Office) -> None:
    """The number alone proves nothing; the sender must be the case's."""
    office.mail("rsvp", letter(COMING), "2023-07-10 11:59:30")
    office.poll()
    (record,) = office.records()
    other = letter(COMING, sender="Jan Lis <jan@inna.example>", subject=f"Re: [{record['case']}]")
    office.mail("rsvp", other, "2023-07-10 12:10")
    office.poll()

    assert 2 == len({record["case"] for record in office.records()})


def test_an_objection_of_somebody_with_a_case_is_shown_to_staff(office: Office) -> None:
    """What answers our letter is never private, and what no category holds is for a person."""
    office.mail("rsvp", letter(COMING), "2023-07-10 11:59:30")
    office.poll()
    office.drain()
    reply = letter(
        "Sprzeciwiam się przetwarzaniu moich danych osobowych i proszę o ich usunięcie.",
        subject="Re: Potwierdzenie",
        In_Reply_To=str(office.letters()[0]["Message-ID"]),
    )
    office.mail("rsvp", reply, "2023-07-10 12:10")
    office.poll()

    assert office.records()[1]["review"]
    assert "anna@fundacja-przystan.example" == office.records()[1]["sender"]["address"]


def test_private_mail_leaves_five_facts_and_no_more(office: Office) -> None:
    """In a personal mailbox what is not for the consultation is nobody's business."""
    secret = "Kasiu, przypominam o wizycie u dentysty w piątek. Ciocia Halina"
    office.mail(
        "rsvp", letter(secret, sender="Halina <halina@rodzina.example>", subject="dentysta"), "2023-07-10 11:00"
    )
    office.poll()
    office.drain()

    (record,) = office.records()
    kept = {key: value for key, value in record.items() if value is not None}
    assert {"mailbox", "sha256", "received", "category"} == set(kept)
    assert [] == office.sink.delivered
    for file in (office.folder / "var").iterdir():
        content = file.read_bytes()
        for word in (b"Halina", b"dentyst", b"halina@rodzina"):
            assert word not in content


def test_a_message_that_the_program_fails_on_is_set_aside_and_the_next_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of ours costs one message its answer, not the mailbox its reading; the bytes are kept."""

    def fails(verdict: Verdict, message: Message, arrival: Arrival) -> Verdict:
        if message.subject == "zepsuta":
            raise ZeroDivisionError
        return answerable(verdict, message, arrival)

    monkeypatch.setattr(choice, "answerable", fails)
    broken = letter(COMING, subject="zepsuta")
    office.mail("konsultacje", broken, "2023-07-10 11:00")
    office.mail("konsultacje", letter(COMING, sender="Jan Lis <jan@inna.example>"), "2023-07-10 11:01")
    line = office.poll()["konsultacje"]

    assert {Fate.SET_ASIDE: 1, Fate.TAKEN_IN: 1} == dict(line.fates)
    assert ["quarantined", None] == [record["review_reason"] for record in office.records()]
    with office.desk.store.reading() as session:
        assert broken == kept_bytes(session, 1)

    assert (0, 1) == _counted(retrying.retry(office.desk))
    monkeypatch.undo()
    office.now += timedelta(days=1)
    assert (1, 0) == _counted(retrying.retry(office.desk))
    assert (0, 0) == _counted(retrying.retry(office.desk))
    office.drain()
    (read, _) = office.records()
    assert ("attendance", "sent") == (read["category"], read["acknowledgement"]["status"])
    assert "2023-07-10T11:00:00+02:00" == warsaw_time(read["received"])
    assert 2 == len(office.sink.delivered)


def test_what_was_set_aside_in_a_personal_mailbox_is_read_from_there(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bytes are not kept, so the server is asked for them again; private mail stays private."""

    def fails(verdict: Verdict, message: Message, arrival: Arrival) -> Verdict:
        raise ZeroDivisionError

    monkeypatch.setattr(choice, "answerable", fails)
    office.mail("rsvp", letter(COMING), "2023-07-10 11:00")
    office.mail("rsvp", letter("Kasiu, obiad w niedzielę? Mama", sender="Mama <mama@x.example>"), "2023-07-10 11:02")
    office.poll()
    monkeypatch.undo()

    assert (2, 0) == _counted(retrying.retry(office.desk))
    assert ["attendance", "unrelated"] == [record["category"] for record in office.records()]
    assert office.records()[1]["sender"] is None


def _counted(retried: retrying.Retried) -> tuple[int, int]:
    return retried.read, retried.left


@pytest.mark.parametrize(
    "raw",
    [
        b"\r\n",
        b"\r\n\r\nbez naglowkow",
        b"Subject: \x00\x07\x1b[31m\r\n\r\n\x00\r\n",
        b"From: \r\nTo: x\r\n\r\nPotwierdzam udzial 2 osob.\r\n",
        b"Subject: =?utf-8?Q?x=0D=0ABcc:_ofiara@x.example?=\r\nFrom: a@x.example\r\n\r\nPotwierdzam udzial.\r\n",
        b"Content-Type: multipart/mixed; boundary=nigdy\r\nFrom: a@x.example\r\n\r\nPotwierdzam udzial.\r\n",
        b"From: \xb1\xea@x.example\r\nSubject: \xff\xfe\r\n\r\n\xb1\xea\r\n",
        b"Date: Mon, 99 Foo 0000 99:99:99 +9999\r\nFrom: a@x.example\r\n\r\nPotwierdzam udzial.\r\n",
    ],
)
def test_whatever_comes_is_on_record_and_stops_nothing(office: Office, raw: bytes) -> None:
    """A message may be as broken as it likes; the next one is answered."""
    office.mail("konsultacje", raw, "2023-07-10 11:00")
    office.mail("konsultacje", letter(COMING), "2023-07-10 11:01")
    line = office.poll()["konsultacje"]
    office.drain()

    assert 0 == line.left_over
    assert line.listed == len(office.records())
    assert "Bcc" not in {key for each in office.letters() for key in each}
    assert any("anna@fundacja-przystan.example" in each.recipients for each in office.sink.delivered)


def test_a_large_attachment_is_taken_in(office: Office) -> None:
    """Thirty megabytes are kept, listed in the letter by name and size, and not sent back."""
    message = email.message_from_bytes(letter(COMING), policy=email.policy.SMTP)
    assert isinstance(message, EmailMessage)
    message.add_attachment(b"%PDF-1.4 " + b"x" * (30 << 20), maintype="application", subtype="pdf", filename="skan.pdf")
    office.mail("konsultacje", message.as_bytes(), "2023-07-10 11:00")
    office.poll()
    office.drain()

    (delivered,) = office.sink.delivered
    assert len(delivered.raw) < 60_000


def test_one_mailbox_that_is_down_does_not_hold_up_the_other(office: Office) -> None:
    """The other mailbox is read, and the line of the first says what is wrong."""
    office.mail("rsvp", letter(COMING), "2023-07-10 11:00")
    broken = office.reconfigure(("username", "nobody"), mailbox="konsultacje", password="zły")
    lines = broken.poll()

    assert "login refused" in (lines["konsultacje"].error or "")
    assert 1 == lines["rsvp"].listed


def test_a_server_that_goes_away_in_mid_fetch_loses_nothing(office: Office) -> None:
    """What was not fetched is listed again at the next poll, and each message is answered once."""
    for number in range(5):
        raw = letter(f"{COMING}{'x' * 400_000}", sender=f"Jan <jan{number}@x.example>")
        office.mail("konsultacje", raw, "2023-07-10 11:00")
    proxy = Proxy(office.dovecot.port, limit=1_000_000)
    line = office.reconfigure(("port", str(proxy.port)), mailbox="konsultacje").poll()["konsultacje"]
    proxy.close()
    office.reconfigure(("port", str(office.dovecot.port)), mailbox="konsultacje")
    assert line.error
    assert line.left_over
    after = office.poll()["konsultacje"]
    office.drain()

    assert 5 == sum(line.fates.values()) + sum(after.fates.values())
    assert 5 == len({each.recipients for each in office.sink.delivered})
    assert 5 == len(office.sink.delivered)


def test_a_refused_recipient_fails_alone(office: Office) -> None:
    """The relay's 550 is kept with the letter; the others leave."""
    office.sink.refuse["jan@inna.example"] = "550 5.1.1 no such user"
    office.mail("rsvp", letter(COMING, sender="Jan Lis <jan@inna.example>"), "2023-07-10 11:00")
    office.mail("rsvp", letter(COMING), "2023-07-10 11:00")
    office.poll()
    sent = office.drain()

    assert (1, 1) == (sent.accepted, sent.refused)
    statuses = {record["sender"]["address"]: record["acknowledgement"] for record in office.records()}
    assert "failed" == statuses["jan@inna.example"]["status"]
    assert "550 5.1.1 no such user" in statuses["jan@inna.example"]["reason"]


def test_a_letter_lost_after_its_last_dot_leaves_again_under_the_same_message_id(office: Office) -> None:
    """It may arrive twice, and then can be known as one (RFC 1047)."""
    office.sink.script.append(("DOT", "close"))
    office.mail("rsvp", letter(COMING), "2023-07-10 11:00")
    office.poll()
    assert 1 == office.drain().deferred
    assert "it may have been taken" in office.records()[0]["acknowledgement"]["reason"]
    office.now += timedelta(minutes=2)
    assert 1 == office.drain().accepted

    first, second = office.letters()
    assert first["Message-ID"] == second["Message-ID"]


def test_more_letters_to_one_address_than_a_day_allows_wait(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> None:
    """The eleventh waits for staff, and is on record like the others."""
    office = furnish(tmp_path, dovecot, sink, acknowledge="per_address_per_day = 2")
    for number in range(4):
        office.mail("rsvp", letter(f"To nasz list nr {number}.\n\n{COMING}"), f"2023-07-10 11:0{number}")
    office.poll()
    office.drain()

    assert 2 == len(office.sink.delivered)
    assert 2 == sum(record["acknowledgement"]["status"] == "queued" for record in office.records())


def test_a_locked_database_postpones_and_loses_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """While somebody else holds the database the poll fails in one line; afterwards everything is taken in."""
    monkeypatch.setattr(store_module, "LOCK_TIMEOUT", 0.2)
    impatient = replace(office.desk, store=Store(office.desk.store.url))
    office.mail("rsvp", letter(COMING), "2023-07-10 11:00")
    with sqlite3.connect(office.folder / "var" / "intake.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(RecordError, match="database is locked"):
            taking_in.poll(impatient, office.box("rsvp"))
        other.execute("ROLLBACK")
    other.close()
    impatient.store.close()

    assert 1 == office.poll()["rsvp"].listed
    assert 1 == len(office.records())


def test_our_own_addresses_and_machines_are_never_answered(office: Office) -> None:
    """No loop is fed: not by ourselves, not by a mailer, not by a list."""
    for raw in (
        letter(COMING, sender="konsultacje@um.torun.pl"),
        letter(COMING, sender="Kasia <k.dabrowska@um.torun.pl>"),
        b"Return-Path: <>\r\n" + letter(COMING, sender="MAILER-DAEMON@x.example").split(b"\r\n", 1)[1],
        letter(COMING, sender="a@x.example", Auto_Submitted="auto-replied"),
        letter(COMING, sender="b@x.example", Precedence="bulk"),
        letter(COMING, sender="c@x.example", List_Id="<lista.x.example>"),
        letter(COMING, sender="no-reply@x.example"),
    ):
        office.mail("konsultacje", raw, "2023-07-10 11:00")
    office.poll()
    office.drain()

    assert 7 == len(office.records())
    assert [] == office.sink.delivered


@pytest.mark.postgresql
def test_the_main_job_runs_on_postgresql(tmp_path: Path, dovecot: Dovecot, sink: Sink, postgresql: PostgreSQL) -> None:
    """The same code with another URL: a confirmation, its change by reply, private mail, and the digest."""
    office = furnish(tmp_path, dovecot, sink, database=postgresql.new_database())
    office.mail("rsvp", letter(COMING), "2023-07-10 11:59:30")
    office.mail("rsvp", letter("Kasiu, obiad w niedzielę? Mama", sender="Mama <mama@x.example>"), "2023-07-10 11:59:31")
    office.poll()
    office.drain()
    first = str(office.letters()[0]["Message-ID"])
    office.mail("rsvp", letter("Jednak będą trzy osoby, nie dwie.", In_Reply_To=first), "2023-07-10 12:10")
    office.poll()
    office.drain()
    morning.write(office.desk, date(2023, 7, 10))
    office.drain()
    recorded = len(office.records())
    office.desk.store.close()

    assert 3 == recorded
    assert 3 == len(office.sink.delivered)
    assert "było 2, jest 3" in text_of(office.letters()[1])


def test_an_empty_message_is_on_record(office: Office) -> None:
    """A file without a byte is a message like any other to the server, and is answered to nobody."""
    office.mail("konsultacje", b"", "2023-07-10 11:00")
    line = office.poll()["konsultacje"]

    assert (1, 0, None) == (line.listed, line.left_over, line.error)
    assert [] == office.sink.delivered


def test_the_digest_accounts_for_every_message(office: Office) -> None:
    """What the server listed is held against what became of it, and both sums are stated."""
    office.mail("konsultacje", letter(COMING), "2023-06-10 11:00")
    office.mail("konsultacje", letter(COMING), "2023-07-10 11:00")
    office.mail("rsvp", letter(COMING, sender="Jan Lis <jan@inna.example>"), "2023-07-10 11:01")
    office.mail("rsvp", letter("Kasiu, obiad w niedzielę? Mama", sender="Mama <mama@x.example>"), "2023-07-10 11:02")
    office.poll()
    office.drain()
    digest = morning.preview(office.desk, date(2023, 7, 10))

    assert "Wpłynęło wiadomości: 3, rozliczono: 3." in digest.text.replace("\u00a0", " ")
    assert "Mama" not in digest.text + digest.html
    assert "obiad" not in digest.text + digest.html


def test_a_gap_in_the_accounts_is_an_alarm(office: Office) -> None:
    """A message that the server listed and that has no fate is the first thing that staff read."""
    office.mail("konsultacje", letter(COMING), "2023-07-10 11:00")
    office.poll()
    with office.desk.store.writing() as session:
        session.execute(delete(Sighting))
    digest = morning.preview(office.desk, date(2023, 7, 10))

    assert "nie do decyzji" not in digest.subject.lower()
    assert "Nic do decyzji" not in digest.subject
    assert "Wpłynęło wiadomości: 1, rozliczono: 0" in digest.text.replace("\u00a0", " ")


def test_a_digest_is_owed_once_whatever_happened_to_the_worker(office: Office) -> None:
    """Not before its hour, not twice, not lost by a missed hour, not for days before the first look."""
    owed = []
    for moment in (
        "2023-07-10 12:00",  # never looked: nothing is owed
        "2023-07-11 07:29",
        "2023-07-11 10:00",  # the hour was missed
        "2023-07-11 10:01",  # written
        "2023-07-12 07:30",
    ):
        office.now = warsaw(moment)
        day = owing.owed(office.desk, office.desk.now())
        owed.append(day.isoformat() if day else None)
        if day:
            assert morning.write(office.desk, day)
            assert morning.write(office.desk, day) is None
        office.mail("rsvp", letter(COMING, sender=f"Jan <jan{len(owed)}@x.example>"), moment)
        office.poll()

    assert [None, None, "2023-07-11", None, "2023-07-12"] == owed


def test_each_digest_goes_on_where_the_last_one_ended(office: Office) -> None:
    """No message is told twice, none is left out between two digests."""
    office.mail("rsvp", letter(COMING), "2023-07-10 11:00")
    office.poll()
    office.now = warsaw("2023-07-11 07:30")
    morning.write(office.desk, date(2023, 7, 11))
    second = letter(COMING.replace("Przystań", "Pomost"), sender="Jan Lis <jan@pomost.example>")
    office.mail("rsvp", second, "2023-07-11 09:00")
    office.now = warsaw("2023-07-11 09:01")
    office.poll()
    office.now = warsaw("2023-07-12 07:30")
    digest = morning.write(office.desk, date(2023, 7, 12))

    assert digest is not None
    news = digest.text.replace("\u00a0", " ").partition("\nNowe\n")[2]  # below those who come, who are all told
    assert "Fundacja Pomost" in news
    assert "Przystań" not in news
    assert "4 osoby (wczoraj 2)" in digest.text.replace("\u00a0", " ")


def test_a_day_on_which_nothing_came_says_so(office: Office) -> None:
    """Silence could not be told from failure."""
    office.poll()
    digest = morning.preview(office.desk, date(2023, 7, 10))

    assert digest.subject.startswith("Nic do decyzji")
    assert "Wpłynęło wiadomości: 0, rozliczono: 0." in digest.text.replace("\u00a0", " ")


def test_a_mailbox_that_falls_silent_on_a_working_day_is_told_at_once(office: Office) -> None:
    """Not before an hour, not at night, once an incident; and again when it falls silent again."""
    office.poll()
    port = str(office.dovecot.port)
    told = []
    for moment, down in (
        ("2023-07-10 12:05", True),
        ("2023-07-10 12:30", True),
        ("2023-07-10 13:06", True),
        ("2023-07-10 14:00", True),
        ("2023-07-10 14:05", False),
        ("2023-07-10 18:00", True),
        ("2023-07-10 22:00", True),
        ("2023-07-11 07:01", True),
    ):
        office.now = warsaw(moment)
        office.reconfigure(("port", "1" if down else port), mailbox="konsultacje")
        office.poll()
        alarming.tell(office.desk, office.desk.now())
        office.drain()
        told.append(len(office.sink.delivered))

    assert [0, 0, 1, 1, 1, 1, 1, 2] == told
    assert "Skrzynka konsultacje bez odczytu" == office.letters()[0]["Subject"]
    assert "10 lipca 2023 r. (poniedziałek), godz. 12.00" in text_of(office.letters()[0])
    assert ("k.dabrowska@um.torun.pl",) == office.sink.delivered[0].recipients


def test_an_outcome_that_cannot_be_written_does_not_take_others_with_it(office: Office) -> None:
    """Outcomes of several connections share a commit; where it fails, each is written alone."""
    office.mail("rsvp", letter(COMING), "2023-07-10 11:59:30")
    office.poll()
    (good,) = sending._claim(office.desk, outbox.worker_name())
    lost = replace(good, id=good.id + 1000)
    draining = sending._Draining(office.desk, relay(office.desk.settings), lambda: False, outbox.worker_name())

    async def both() -> None:
        await asyncio.gather(*(draining._write_down(one, Accepted("250 OK")) for one in (good, lost)))

    asyncio.run(both())
    (record,) = office.records()

    assert "sent" == record["acknowledgement"]["status"]
    assert "is not in the outbox" in str(draining.trouble)
