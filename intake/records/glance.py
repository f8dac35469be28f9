"""The glance: what a look that finds nothing asks of the database and notes there, past the mapping [sqlite3, psycopg].

To load the mapping of all tables takes longer than all else that such a look does; so the little that it needs is
asked in plain SQL, of either kind of database. Nothing is decided here. A database that is not there yet, is of another
schema or is away raises ``RecordError``: whoever asks goes the whole way then, which prepares it or tells what is
wrong.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Protocol
from urllib.parse import quote

from intake.errors import RecordError
from intake.records.versions import HEAD, LOCK_TIMEOUT

_PLACES = """
    SELECT mailbox, folder, uidvalidity, last_uid,
           (SELECT count(*) FROM sighting WHERE sighting.mailbox = place.mailbox AND sighting.fate = 'withheld')
    FROM place
"""
_LETTERS = """
    SELECT status, held IS NULL, count(*) FROM outgoing
    WHERE status IN ('queued', 'sending', 'deferred', 'failed') GROUP BY status, held IS NULL
"""
_RECKONED = "reckoning "  # with which the names of reckonings begin


class _Connection(Protocol):
    """What the drivers have in common."""

    def execute(self, query: Any, params: Sequence[Any] = (), /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Known:
    """How far a mailbox is accounted for."""

    folder: str
    uidvalidity: int
    last_uid: int
    withheld: int  # messages that its server lists and does not give, under whatever uidvalidity


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand, in one state of the database."""

    places: Mapping[str, Known]  # by mailbox
    waiting: int  # letters that wait for nobody, be they due or not
    held: int  # letters that wait for staff
    failed: int
    deferred: bool  # the relay did not take one of those that wait, for whatever
    began: datetime | None  # when any mailbox was first looked into
    last_digest: date | None
    reckoned: Mapping[str, datetime]  # when each mailbox was last held against the record


def standing(url: str, consultation: str) -> Standing:
    """Return how things stand in the database at *url*; raise ``RecordError`` where it cannot be said."""
    with _connected(url) as connection:
        found = [row[0] for row in _rows(connection, "SELECT version_num FROM alembic_version")]
        if found != [HEAD]:
            raise RecordError(f"schema {found}")
        letters = [(status, bool(free), count) for status, free, count in _rows(connection, _LETTERS)]
        living = [letter for letter in letters if letter[0] != "failed"]
        digests = _rows(connection, "SELECT max(day) FROM digest_day WHERE consultation = ?", consultation)
        settings = _rows(connection, "SELECT name, value FROM setting WHERE name LIKE ?", f"{_RECKONED}%")
        return Standing(
            places={mailbox: Known(*known) for mailbox, *known in _rows(connection, _PLACES)},
            waiting=sum(count for _, free, count in living if free),
            held=sum(count for _, free, count in living if not free),
            failed=sum(count for status, _, count in letters if status == "failed"),
            deferred=any(status == "deferred" for status, _, _ in living),
            began=_instant(_rows(connection, "SELECT min(at) FROM poll")[0][0]),
            last_digest=_day(digests[0][0]),
            reckoned={
                name.removeprefix(_RECKONED): datetime.fromisoformat(json.loads(value)["at"])
                for name, value in settings
            },
        )


def reached(url: str, mailboxes: Sequence[str], now: datetime) -> None:
    """Note that *mailboxes* were read to their end, all together; raise ``RecordError`` where that cannot be done."""
    with _connected(url, writing=True) as connection:
        for mailbox in sorted(mailboxes):  # in one order, against deadlocks
            _rows(
                connection,
                "UPDATE place SET reached_at = ?, failing_since = NULL, failures = 0, last_error = NULL"
                " WHERE mailbox = ?",
                _kept(connection, now),
                mailbox,
            )


@contextmanager
def _connected(url: str, *, writing: bool = False) -> Iterator[_Connection]:
    """Give a connection in a transaction, which is committed at the end."""
    open_ = _sqlite if url.startswith("sqlite") else _postgresql
    with open_(url, writing=writing) as connection:
        yield connection


@contextmanager
def _sqlite(url: str, *, writing: bool) -> Iterator[_Connection]:
    path = url.removeprefix("sqlite:///")
    if "?" in path or not path.startswith("/"):
        raise RecordError(f"{path} is no plain path")
    try:
        opened = sqlite3.connect(f"file:{quote(path)}?mode=rw", uri=True, timeout=LOCK_TIMEOUT, isolation_level=None)
        with closing(opened) as connection:
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("BEGIN IMMEDIATE" if writing else "BEGIN DEFERRED")
            yield connection
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise RecordError(str(error)) from error


@contextmanager
def _postgresql(url: str, *, writing: bool) -> Iterator[_Connection]:
    import psycopg  # noqa: PLC0415  (an office with SQLite has no use for it)

    try:
        with psycopg.connect(url.replace("+psycopg", "", 1), connect_timeout=10) as connection:
            level = psycopg.IsolationLevel
            connection.isolation_level = level.READ_COMMITTED if writing else level.REPEATABLE_READ
            yield connection
    except psycopg.Error as error:
        raise RecordError(str(error)) from error


def _rows(connection: _Connection, query: str, *values: Any) -> list[Any]:
    """Return what *query* finds; its places are marked as SQLite marks them."""
    is_sqlite = isinstance(connection, sqlite3.Connection)
    cursor = connection.execute(query if is_sqlite else query.replace("?", "%s"), values)
    found: list[Any] = cursor.fetchall() if cursor.description else []
    return found


def _kept(connection: _Connection, when: datetime) -> datetime | str:
    """Return *when* as the database keeps it: SQLite has text in UTC, as SQLAlchemy writes it."""
    if not isinstance(connection, sqlite3.Connection):
        return when
    return when.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


def _instant(kept: datetime | str | None) -> datetime | None:
    return datetime.fromisoformat(kept).replace(tzinfo=UTC) if isinstance(kept, str) else kept


def _day(kept: date | str | None) -> date | None:
    return date.fromisoformat(kept) if isinstance(kept, str) else kept
