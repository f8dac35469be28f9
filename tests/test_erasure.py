"""Erasure: a person's data are gone from everything, and the chain still verifies; on both databases."""

from __future__ import annotations

import email
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text

from intake.__main__ import cli
from intake.delivery import outbox
from intake.errors import RecordError
from intake.records import reach, retention
from intake.records.audit import audit
from intake.records.reach import Plan
from intake.records.store import Band, Case, Link, Outgoing, Record, Salt, Signature
from intake.worker import morning
from tests.office import Office, furnish, letter, warsaw
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Sink

pytestmark = pytest.mark.dovecot
COMING = (
    "Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\n"
    "Zdzisława Kłosowska-Bąk\nFundacja Wątek Poboczny\ntel. 600 700 801\n"
)
WRITER = "Zdzisława Kłosowska-Bąk <zdzislawa@watek-poboczny.example>"
MARKS = ("zdzislawa@watek-poboczny", "Poboczny", "Zdzis", "600 700 801", "600700801")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def office(request: pytest.FixtureRequest, tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Iterator[Office]:
    """Give an office, once with either database, where two people wrote and were answered, and a digest told of it."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgresql").new_database()
    office = furnish(tmp_path, dovecot, sink, database=url)
    office.mail("rsvp", letter(COMING, sender=WRITER), "2023-07-10 11:00")
    other = COMING.replace("Poboczny", "Inny").replace("tel. 600 700 801", "").replace("Zdzisława", "Barbara")
    office.mail("rsvp", letter(other, sender="Jan <jan@inny.example>"), "2023-07-10 11:01")
    office.poll()
    office.drain()
    reply = letter("Jednak będą trzy osoby.", sender=WRITER, In_Reply_To=str(office.letters()[0]["Message-ID"]))
    office.mail("rsvp", reply, "2023-07-10 11:30")
    office.poll()
    office.drain()
    morning.write(office.desk, date(2023, 7, 10))
    office.drain()
    yield office
    office.desk.store.close()


def number(office: Office) -> str:
    """Return the case of the person whose data are to go."""
    with office.desk.store.reading() as session:
        query = select(Case.number).where(Case.address == "zdzislawa@watek-poboczny.example")
        return session.scalars(query).one()


def erased(office: Office, case: str) -> Plan:
    """Erase a case as the command does."""
    with office.desk.store.writing() as session:
        planned = reach.plan(session, office.desk.rules.consultation.id, case)
        for owed in planned.owed:
            outbox.written_off(session, owed, "erased", office.now)
        retention.erase(session, planned, "request", office.now)
    office.desk.store.forget()
    return planned


def everything(office: Office) -> str:
    """Return all that the tables hold, originals unpacked and letters decoded."""
    told = []
    with office.desk.store.reading() as session:
        for table in ("affair", "record", "event", "link", "salt", "outgoing"):
            told += [str(tuple(row)) for row in session.execute(text(f"SELECT * FROM {table}"))]  # noqa: S608  (our own names)
        letters = [row.raw for row in session.scalars(select(Outgoing))]
    for raw in letters:
        parts = email.message_from_bytes(raw).walk()
        told += [
            bytes(part.get_payload(decode=True) or b"").decode(errors="replace")
            for part in parts
            if not part.is_multipart()
        ]
    return "\n".join(told)


def test_nothing_personal_is_left(office: Office) -> None:
    """No table, no letter and no digest names the person; the other one's data are untouched."""
    case = number(office)
    assert all(mark in everything(office) for mark in MARKS[:4])
    planned = erased(office, case)
    left = everything(office)

    assert (2, 2, 1, ()) == (len(planned.records), len(planned.letters), len(planned.digests), planned.owed)
    assert [] == [mark for mark in MARKS if mark in left]
    assert "jan@inny.example" in left


def test_the_chain_still_verifies(office: Office) -> None:
    """An auditor sees that data were erased, when and of which case, and that nothing else was touched."""
    with office.desk.store.reading() as session:
        before = list(session.scalars(select(Link.digest).order_by(Link.position)))
    erased(office, number(office))

    with office.desk.store.reading() as session:
        done = audit(session)
        after = list(session.scalars(select(Link.digest).order_by(Link.position)))
    assert [] == done.findings
    assert before == after[: len(before)]
    assert len(after) > len(before)


def test_an_erased_record_is_still_guarded(office: Office) -> None:
    """Nobody can re-date what was erased either."""
    erased(office, number(office))
    with office.desk.store.writing() as session:
        record = session.scalars(select(Record).where(Record.erased_at.is_not(None)).order_by(Record.id)).first()
        assert record is not None
        record.category = "proposal"

    with office.desk.store.reading() as session:
        assert [True] == ["category was attendance" in line for line in audit(session).findings]


def test_what_was_sealed_can_no_longer_be_tried_out(office: Office) -> None:
    """With the salts gone, a digest tells nothing about a name that somebody guesses."""
    case = number(office)
    with office.desk.store.reading() as session:
        salts = set(session.scalars(select(Salt.value)))
    planned = erased(office, case)

    with office.desk.store.reading() as session:
        kept = salts & set(session.scalars(select(Salt.value)))
        others = session.scalar(select(Record.id).where(Record.sender_address == "jan@inny.example"))
    assert others not in planned.records
    assert 0 < len(kept) < len(salts) / 2


def test_what_its_words_were_like_goes_too(office: Office) -> None:
    """A proposal's likeness, by which equal letters are found, would let somebody try out a guess at its words."""
    proposal = "Proponujemy, by dyżury w świetlicach prowadzono także w soboty, bo wtedy rodzice pracują. " * 3
    office.mail("konsultacje", letter(proposal, sender="Nina <nina@likeness.example>"), "2023-07-10 11:40")
    office.poll()
    with office.desk.store.reading() as session:
        case = session.scalars(select(Case.number).where(Case.address == "nina@likeness.example")).one()
        before = len(session.scalars(select(Signature)).all()), len(session.scalars(select(Band)).all())
    erased(office, case)

    with office.desk.store.reading() as session:
        after = len(session.scalars(select(Signature)).all()), len(session.scalars(select(Band)).all())
    assert before[0] == 1
    assert before[1] > 0
    assert (0, 0) == after


def test_the_files_of_the_database_forget(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> None:
    """Not even the free pages of the file and its log hold the address."""
    office = furnish(tmp_path, dovecot, sink)
    office.mail("rsvp", letter(COMING, sender=WRITER), "2023-07-10 11:00")
    office.poll()
    office.drain()
    case = number(office)
    files = [path for path in (tmp_path / "var").iterdir() if path.is_file()]
    assert any(b"watek-poboczny" in path.read_bytes() for path in files)
    erased(office, case)

    assert [] == [path for path in (tmp_path / "var").iterdir() if b"watek-poboczny" in path.read_bytes()]


def test_what_was_erased_does_not_come_back(office: Office) -> None:
    """A mailbox that is read anew brings the same bytes, and they are known."""
    erased(office, number(office))
    count = len(office.records())
    office.dovecot.renumber(office.users["rsvp"])
    office.poll()

    assert count == len(office.records())
    assert [] == [mark for mark in MARKS if mark in everything(office)]


def test_a_report_that_returned_the_letter_goes_too(office: Office) -> None:
    """The bounce of our answer names the person; it has no case of its own."""
    own = str(office.letters()[0]["Message-ID"])
    bounce = (
        "Return-Path: <>\r\nFrom: Mail System <mailer-daemon@um.torun.pl>\r\nTo: konsultacje@um.torun.pl\r\n"
        "Subject: Undelivered\r\nMIME-Version: 1.0\r\nAuto-Submitted: auto-replied\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nfailed\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
        "Final-Recipient: rfc822; zdzislawa@watek-poboczny.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {own}\r\n--b--\r\n"
    )
    office.mail("konsultacje", bounce.encode(), "2023-07-10 11:45")
    office.poll()
    planned = erased(office, number(office))

    assert 3 == len(planned.records)
    assert 1 == len(planned.owed)
    assert [] == [mark for mark in MARKS if mark in everything(office)]
    with office.desk.store.reading() as session:
        assert [] == audit(session).findings


def test_a_letter_in_hand_is_not_erased_under_the_courier(office: Office) -> None:
    """Whoever asks while it is being sent is told to ask again."""
    case = number(office)
    with office.desk.store.writing() as session:
        session.scalars(select(Outgoing).order_by(Outgoing.id)).first().status = "sending"  # type: ignore[union-attr]  # it is there

    with pytest.raises(RecordError, match="is being sent just now"):
        erased(office, case)


def test_what_is_owed_is_written_off_before(office: Office) -> None:
    """Erasing never makes a letter leave without its words."""
    case = number(office)
    with office.desk.store.writing() as session:
        session.scalars(select(Outgoing).order_by(Outgoing.id)).first().status = "queued"  # type: ignore[union-attr]  # it is there
    with office.desk.store.writing() as session:
        planned = reach.plan(session, office.desk.rules.consultation.id, case)
        with pytest.raises(RecordError, match="write it off first"):
            retention.erase(session, planned, "request", office.now)
        session.rollback()

    assert 1 == len(erased(office, case).owed)


def test_erasing_twice_is_no_harm(office: Office) -> None:
    """The second time there is nothing left to take."""
    case = number(office)
    erased(office, case)
    erased(office, case)

    with office.desk.store.reading() as session:
        assert [] == audit(session).findings


def command(office: Office, *words: str) -> Result:
    """Run a command on the office."""
    config = ["--config", str(office.folder / "config.toml"), "--as-of", "2023-08-10T12:00:00+02:00"]
    return CliRunner().invoke(cli, [*config, *words], catch_exceptions=False, standalone_mode=False)


def test_whoever_wrote_is_forgotten(office: Office) -> None:
    """By address, whatever its letters' case: their cases and their other mail; the other person's stay."""
    office.mail("konsultacje", letter("Dziękuję i pozdrawiam, Zdzisława", sender=WRITER), "2023-07-10 13:00")
    office.poll()
    asked = command(office, "forget", "Zdzislawa@watek-poboczny.example", "--reason", "request")
    before = everything(office)
    done = command(office, "forget", "Zdzislawa@watek-poboczny.example", "--reason", "request", "--yes")
    left = everything(office)
    again = command(office, "forget", "zdzislawa@watek-poboczny.example", "--reason", "request", "--yes")

    assert (1, 0, 0) == (asked.return_value, done.return_value, again.return_value), done.output
    assert "would be erased" in asked.output
    assert MARKS[0] in before
    assert [] == [mark for mark in MARKS if mark in left]
    assert "jan@inny.example" in left
    assert "nothing is kept of this address" in again.output
    with office.desk.store.reading() as session:
        assert [] == audit(session).findings


def test_a_case_of_several_is_named_and_left(office: Office) -> None:
    """What is whose in it a person must say."""
    case = number(office)
    answered = str(office.letters()[0]["Message-ID"])
    colleague = letter("Przyjdę jeszcze ja.", sender="Ola <ola@watek-poboczny.example>", In_Reply_To=answered)
    office.mail("rsvp", colleague, "2023-07-10 13:00")
    office.poll()
    done = command(office, "forget", "zdzislawa@watek-poboczny.example", "--reason", "request", "--yes")

    assert 1 == done.return_value
    assert f"others wrote too in {case}: not touched" in done.output
    assert MARKS[0] in everything(office)


def test_what_is_older_than_may_be_kept_is_purged(office: Office) -> None:
    """All of it, in batches; what came later stays, and without --yes everything does."""
    office.now = warsaw("2023-07-20 12:00")
    office.mail("rsvp", letter(COMING, sender="Ewa <ewa@nowa.example>"), "2023-07-20 11:00")
    office.poll()
    office.drain()
    asked = command(office, "purge", "--before", "2023-07-15")
    before = everything(office)
    done = command(office, "purge", "--before", "2023-07-15", "--yes")
    left = everything(office)
    again = command(office, "purge", "--before", "2023-07-15", "--yes")

    assert (1, 0, 0) == (asked.return_value, done.return_value, again.return_value)
    assert MARKS[0] in before
    assert [] == [mark for mark in (MARKS[0], "jan@inny.example") if mark in left]
    assert "ewa@nowa.example" in left
    assert "0 cases, 0 messages, 0 letters, 0 digests erased" in again.output
    with office.desk.store.reading() as session:
        assert [] == audit(session).findings
