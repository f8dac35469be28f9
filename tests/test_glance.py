"""The glance: a poll that finds nothing loads nothing, and does no more and no less than the whole pass would."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from intake import config
from intake.records import accounts, glance, reckonings
from intake.records.reckonings import Reckoning
from intake.records.store import DigestDay, Outgoing, Place, Poll, Sighting, Status
from intake.worker import glance as looking
from intake.worker import status, taking_in
from intake.worker.desk import prepare
from intake.worker.glance import Glance
from tests.office import Intake, Office, furnish, letter, warsaw
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Sink

pytestmark = pytest.mark.dovecot
ROOT = Path(__file__).parent.parent
COMING = "Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak\nFundacja Przystań\n"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def office(request: pytest.FixtureRequest, tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Iterator[Office]:
    """Give an office that took in a letter in each mailbox and answered it, once on either kind of database."""
    server = request.getfixturevalue("postgresql") if request.param == "postgresql" else None
    office = furnish(tmp_path, dovecot, sink, database=server.new_database() if server else "")
    for number, mailbox in enumerate(office.users):
        office.mail(mailbox, letter(COMING, sender=f"Anna <anna{number}@x{number}.example>"), "2023-07-10 11:00")
    office.poll()
    office.drain()
    office.now = warsaw("2023-07-10 12:10")
    yield office
    office.desk.store.close()


@pytest.fixture
def there(office: Office, intake: Intake) -> Intake:
    """Give a way to call the program on that office: status, output and error output."""

    def call(*words: str) -> tuple[int, str, str]:
        return intake("--config", str(office.folder / "config.toml"), "--as-of", office.now.isoformat(), *words)

    return call


@pytest.fixture
def shutting() -> Iterator[ExitStack]:
    """Give what shuts the mailboxes at the end."""
    with ExitStack() as stack:
        yield stack


def take(office: Office, shutting: ExitStack) -> Glance:
    """Take a glance at *office*."""
    return looking.take(office.desk.settings, office.desk.clock, shutting)


def logins(office: Office, user: str, what: str = "Login: ") -> int:
    """Return how often the server says that *user* logged in."""
    log = (office.dovecot.base / "dovecot.log").read_text(encoding="utf-8", errors="replace")
    return sum(what in line and f"<{user}>" in line for line in log.splitlines())


def told(office: Office) -> dict[str, Any]:
    """Return what the status file says, but for the process that wrote it."""
    file: dict[str, Any] = json.loads(status.place(office.desk.settings).read_text(encoding="utf-8"))
    return file | {"pid": 0}


def kept(office: Office) -> list[tuple[object, ...]]:
    """Return what is on record of each mailbox."""
    with office.desk.store.reading() as session:
        return [
            (place.mailbox, place.last_uid, place.reached_at, place.failing_since, place.failures, place.last_error)
            for _, place in sorted(accounts.places(session).items())
        ]


def program(office: Office, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a process of its own, which tells on its error output what it loads."""
    command = [sys.executable, "-X", "importtime", "-m", "intake", "--config", str(office.folder / "config.toml")]
    command += ["--as-of", office.now.isoformat(), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_poll_that_finds_nothing_loads_no_database_library(office: Office) -> None:
    """It takes about as long as that library alone would; nor are the rules, the letters or the loop loaded."""
    ended = program(office, "poll")
    loaded = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    heavy = {"sqlalchemy", "alembic", "jinja2", "apscheduler", "aiosmtplib", "mailparser"}

    assert "konsultacje: 0 new\nrsvp: 0 new\noutbox: 0 sent, 0 deferred, 0 refused\n" == ended.stdout
    assert "intake.worker.glance" in loaded
    assert set() == loaded & {*heavy, "intake.judgement.rules", "intake.records.store", "intake.worker.desk"}


def spoil(office: Office) -> None:
    """Have a mailbox failed before."""
    with office.desk.store.writing() as session:
        since = warsaw("2023-07-10 12:05")
        session.execute(
            update(Place)
            .where(Place.mailbox == "rsvp")
            .values(failures=2, last_error="no route", failing_since=since, reached_at=since)
        )


STATES: dict[str, dict[str, object]] = {
    "held": {"status": Status.QUEUED.value, "held": "limit"},
    "failed": {"status": Status.FAILED.value},
}


@pytest.mark.parametrize("seen", [(), ("held", "failed")], ids=" ".join)
def test_a_glance_leaves_behind_what_the_whole_pass_would(office: Office, seen: tuple[str, ...]) -> None:
    """The same lines, the same accounts and the same status file, though a mailbox had failed and letters wait."""
    with office.desk.store.writing() as session:
        numbers = sorted(session.scalars(select(Outgoing.id)))
        for number, what in zip(numbers, seen, strict=False):
            session.execute(update(Outgoing).where(Outgoing.id == number).values(**STATES[what]))
    left = []
    for words in (["poll"], ["poll", "--retry"]):  # the second is always a whole pass
        spoil(office)
        ended = program(office, *words)
        lines = [line for line in ended.stdout.splitlines() if not line.startswith("set aside")]
        left.append((ended.returncode, lines, told(office), kept(office)))

    assert left[0] == left[1]
    assert len(seen) == told(office)["outbox"]["held_for_staff"] + told(office)["outbox"]["failed"]


def test_what_a_glance_asks_is_what_the_mapping_says(office: Office) -> None:
    """Plain SQL and the tables that the program knows agree, on either database."""
    now = office.now
    with office.desk.store.writing() as session:
        consultation = office.desk.rules.consultation.id
        reckonings.keep(session, Reckoning("rsvp", now - timedelta(days=1)))
        for day in (9, 10):
            since, until = now - timedelta(days=1), now
            session.add(DigestDay(consultation=consultation, day=now.date().replace(day=day), since=since, until=until))
        session.execute(update(Sighting).where(Sighting.mailbox == "rsvp").values(fate="withheld"))
        session.execute(update(Outgoing).values(status=Status.DEFERRED.value))
        session.flush()
        began = accounts.began(session)
        places = accounts.places(session)
    standing = glance.standing(office.desk.settings.database_url, consultation)

    assert {name: (place.folder, place.uidvalidity, place.last_uid) for name, place in places.items()} == {
        name: (known.folder, known.uidvalidity, known.last_uid) for name, known in standing.places.items()
    }
    assert {"konsultacje": 0, "rsvp": 1} == {name: known.withheld for name, known in standing.places.items()}
    assert (2, 0, 0, True) == (standing.waiting, standing.held, standing.failed, standing.deferred)
    assert (began, now.date(), {"rsvp": now - timedelta(days=1)}) == (
        standing.began,
        standing.last_digest,
        dict(standing.reckoned),
    )


def _letter(office: Office, **state: object) -> None:
    with office.desk.store.writing() as session:
        session.execute(update(Outgoing).values(**state))


def _file(office: Office, name: str, change: tuple[str, str]) -> None:
    path = office.folder / name
    text = path.read_text(encoding="utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change, 1), encoding="utf-8")
    office.desk = prepare(config.load(office.folder / "config.toml"), office.desk.clock)


def _withhold(office: Office) -> None:
    with office.desk.store.writing() as session:
        session.execute(update(Sighting).values(fate="withheld"))


def _place(office: Office, **state: object) -> None:
    with office.desk.store.writing() as session:
        session.execute(update(Place).where(Place.mailbox == "rsvp").values(**state))


def _digest(office: Office) -> None:
    with office.desk.store.writing() as session:
        session.execute(update(Poll).values(at=warsaw("2023-07-10 07:00")))


def _night(office: Office) -> None:
    _file(office, "config.toml", ('to = ["k.dabrowska@um.torun.pl"]', "to = []"))
    with office.desk.store.writing() as session:
        session.execute(update(Poll).values(at=warsaw("2023-07-09 12:00")))


def _at(office: Office, moment: str) -> None:
    office.now = warsaw(moment)
    with office.desk.store.writing() as session:
        for name in office.users:
            reckonings.keep(session, Reckoning(name, office.now))
        day = office.now.date()
        consultation = office.desk.rules.consultation.id
        session.add(DigestDay(consultation=consultation, day=day, since=office.now, until=office.now))


def _after_meeting_with_a_reminder(office: Office) -> None:
    _at(office, "2023-07-14 12:00")
    _letter(office, status=Status.QUEUED.value, held="limit")


def _forget_a_mailbox(office: Office) -> None:
    with office.desk.store.writing() as session:
        session.execute(delete(Place).where(Place.mailbox == "rsvp"))


def _another_schema(office: Office) -> None:
    with office.desk.store.writing() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")


TO_BE_DONE: dict[str, Callable[[Office], None]] = {
    "a letter is due": lambda office: _letter(office, status=Status.QUEUED.value),
    "a letter waits for its next attempt": lambda office: _letter(
        office, status=Status.DEFERRED.value, next_attempt=office.now + timedelta(hours=1)
    ),
    "a letter was being sent": lambda office: _letter(office, status=Status.SENDING.value),
    "a letter was deferred, and is held": lambda office: _letter(office, status=Status.DEFERRED.value, held="limit"),
    "a message is withheld": _withhold,
    "a mailbox is looked into for the first time": _forget_a_mailbox,
    "a mailbox has a new uidvalidity": lambda office: _place(office, uidvalidity=1),
    "a mailbox's uids begin anew": lambda office: _place(office, last_uid=1000),
    "another folder is asked for": lambda office: _place(office, folder="Archiwum"),
    "mail is filed": lambda office: _file(office, "config.toml", ('id = "rsvp"', 'id = "rsvp"\nfiling = true')),
    "a digest is owed": _digest,
    "a mailbox was not reconciled since the night": _night,
    "the meeting is near": lambda office: _at(office, "2023-07-13 15:30"),
    "a letter is held after the meeting": _after_meeting_with_a_reminder,
    "the schema is an older one": _another_schema,
    "a letter came": lambda office: office.mail("rsvp", letter(COMING), "2023-07-10 12:05"),
    "a secret is missing": lambda office: (office.folder / "password").unlink(),
}


@pytest.mark.parametrize("office", ["sqlite"], indirect=True)
@pytest.mark.parametrize("what", TO_BE_DONE)
def test_a_glance_leaves_the_rest_to_the_whole_pass(office: Office, shutting: ExitStack, what: str) -> None:
    """Whatever may be to be done is looked at closer, and nothing is noted before."""
    TO_BE_DONE[what](office)
    before = kept(office)

    seen = take(office, shutting)

    assert (False, what == "a letter came") == (seen.is_all, seen.has_mail)
    assert before == kept(office)


@pytest.mark.parametrize("office", ["sqlite"], indirect=True)
@pytest.mark.parametrize("moment", ["2023-07-13 15:30", "2023-07-14 12:00"])
def test_a_glance_is_all_on_other_days_too(office: Office, shutting: ExitStack, moment: str) -> None:
    """So the cases above are told by what they change: only the hour before the meeting is looked at closer."""
    _at(office, moment)

    assert take(office, shutting).is_all == (moment != "2023-07-13 15:30")


@pytest.mark.parametrize("office", ["sqlite"], indirect=True)
def test_a_letter_in_one_mailbox_costs_one_login_to_each(office: Office, there: Intake) -> None:
    """What the glance opened the whole pass goes into: servers count logins."""
    office.mail("rsvp", letter(COMING), "2023-07-10 12:05")
    before = [logins(office, user) for user in office.users.values()]
    status_, out, _ = there("poll")

    assert (0, ["konsultacje: 0 new", "rsvp: 1 new (1 taken in)"]) == (status_, out.splitlines()[:2])
    assert [1, 1] == [logins(office, user) - count for user, count in zip(office.users.values(), before, strict=True)]


@pytest.mark.parametrize("office", ["sqlite"], indirect=True)
def test_a_refused_login_is_tried_once(office: Office, there: Intake) -> None:
    """Servers lock accounts that try again and again; the line and the status are those of the whole pass."""
    (office.folder / "other").write_text("falsch", encoding="utf-8")
    _file(office, "config.toml", ('file = "password"', 'file = "other"'))
    user = office.users["konsultacje"]
    before = logins(office, user, "auth failed")
    status_, out, _ = there("poll")

    assert 1 == status_
    assert "konsultacje: 0 new; 0 left over: 127.0.0.1: login refused" in out
    assert 1 == logins(office, user, "auth failed") - before


@pytest.mark.parametrize("office", ["sqlite"], indirect=True)
@pytest.mark.parametrize("stale", [False, True])
def test_what_another_worker_took_in_meanwhile_is_no_new_numbering(
    office: Office, shutting: ExitStack, *, stale: bool
) -> None:
    """Between the glance and the pass, or long before it, others may have read what came: it is not read again."""
    office.mail("konsultacje", letter(COMING, subject="Jeszcze coś"), "2023-07-10 12:05")
    doors = take(office, shutting).doors
    office.mail("rsvp", letter(COMING, subject="Obecność"), "2023-07-10 12:06")
    other = prepare(office.desk.settings, office.desk.clock)
    for box in other.settings.config.mailbox:
        taking_in.poll(other, box)
    if stale:
        doors["rsvp"].opened = time.monotonic() - 3600
    lines = [taking_in.poll(office.desk, box, door=doors[box.id]) for box in other.settings.config.mailbox]

    assert [(0, None), (0, None)] == [(line.listed, line.error) for line in lines]
    assert 4 == len(office.records())


@pytest.mark.parametrize("office", ["sqlite"], indirect=True)
def test_a_mistake_in_the_rules_is_told_before_a_message_is_read(office: Office, there: Intake) -> None:
    """By ``check`` at once and by the first letter; one in the consultation's own file by every poll."""
    rules = office.folder / "rules"
    rules.mkdir()
    for path in office.desk.settings.rules.iterdir():
        if path.is_file():
            (rules / path.name).write_bytes(path.read_bytes())
    (rules / "orders.toml").write_text("mistake = 1\n", encoding="utf-8")
    quiet, checked = there("poll"), there("check")
    office.mail("rsvp", letter(COMING), "2023-07-10 12:05")
    first = there("poll")
    (rules / "consultation.toml").write_text("mistake = 1\n", encoding="utf-8")
    always = there("poll")

    assert [0, 2, 2, 2] == [quiet[0], checked[0], first[0], always[0]]
    assert "orders.toml:1: mistake: unknown key" in first[2]
    assert "consultation.toml:1: mistake: unknown key" in always[2]
    assert 2 == len(office.records())
