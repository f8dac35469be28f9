"""Killed at every step of the way: after the next start nothing is missing, and nothing is there twice."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from intake import failpoints
from tests.office import Office, furnish, letter
from tests.servers.dovecot import Dovecot
from tests.servers.nursery import Child, Nursery
from tests.servers.postgresql import PostgreSQL
from tests.servers.smtp import Sink

pytestmark = pytest.mark.dovecot
KILLED = -9
AROUND_COMMITS = ("settling", "committed", "claimed", "accepted", "marking")  # where the database has a say


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Give processes of the program."""
    nursery = Nursery(tmp_path_factory.mktemp("logs"))
    yield nursery
    nursery.close()


@pytest.fixture
def office(request: pytest.FixtureRequest, tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Iterator[Office]:
    """Give an office with a database of either kind, and one connection to the relay."""
    database = ""
    if request.param == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql")
        database = server.new_database()
    office = furnish(tmp_path, dovecot, sink, database=database)
    path = tmp_path / "config.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('sender = "konsultacje', 'connections = 1\nsender = "konsultacje'), encoding="utf-8")
    yield office
    office.desk.store.close()


def coming(number: int) -> bytes:
    """Return a registration that is owed an answer."""
    text = f"Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak\nFundacja nr {number}\n"
    return letter(text, sender=f"Anna Nowak <anna{number}@fundacja{number}.example>")


def poll(nursery: Nursery, office: Office, failpoint: str = "") -> Child:
    """Run ``intake poll`` to its end, or to its death."""
    words = ["--config", str(office.folder / "config.toml"), "--as-of", "2023-07-10T12:00:00+02:00", "poll"]
    child = nursery.start(words, **{failpoints.VARIABLE: failpoint})
    child.wait()
    return child


@pytest.mark.parametrize(
    ("office", "place"),
    [("sqlite", place) for place in failpoints.PLACES]
    + [pytest.param("postgresql", place, marks=pytest.mark.postgresql) for place in AROUND_COMMITS],
    indirect=["office"],
)
def test_nothing_is_lost_or_doubled_wherever_it_is_killed(nursery: Nursery, office: Office, place: str) -> None:
    """Every message is on record once, every answer leaves, and only the letter in hand may leave twice."""
    for number in range(3):
        office.mail("konsultacje", coming(number), "2023-07-10 11:00")
    office.mail("rsvp", coming(3), "2023-07-10 11:00")
    again = 1 if place == "claiming" else 2  # in the middle of the work; all letters are claimed at once
    killed = poll(nursery, office, f"{place}:{again}")
    after = poll(nursery, office)
    answers = [str(answer["Message-ID"]) for answer in office.letters()]
    copies = Counter(answers)

    assert KILLED == killed.status, killed.said()
    assert 0 == after.status, after.said()
    assert 4 == len(office.records())
    assert {"sent"} == {record["acknowledgement"]["status"] for record in office.records()}
    assert {record["acknowledgement"]["message_id"] for record in office.records()} == set(copies)
    assert len(answers) - 4 == (1 if place in {"accepted", "marking"} else 0)
    assert 0 == poll(nursery, office).status
    assert len(answers) == len(office.letters())


def test_without_the_variable_no_place_is_armed() -> None:
    """Whoever runs the program gets one that never kills itself."""
    assert failpoints.VARIABLE not in os.environ
    for place in failpoints.PLACES:
        failpoints.reach(place)
