"""An office with many old messages, made of a few: a shortcut past taking in a hundred thousand.

Some letters are taken in by the program itself. Then the rows that they left are copied in SQL, times over, each copy
with numbers, addresses, Message-IDs and digests of its own, so that every index is as large as it would be. Left out
are the bytes of originals and letters, which no poll reads; the chain of a copy does not verify, which no poll asks.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from benchmarks.wording import SHARED_DOMAIN
from tests.servers.dovecot import Dovecot

_COPIES = "(WITH RECURSIVE k(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM k WHERE n < :copies) SELECT n FROM k)"


def _elsewhere(column: str) -> str:
    """Return the SQL of another person's address: in another organisation, or with the same provider."""
    provider, other = f"n || '.' || {column}", f"replace({column}, '.example', '-' || n || '.example')"
    return f"CASE WHEN {column} LIKE '%@{SHARED_DOMAIN}' THEN {provider} ELSE {other} END"


# By table: what a copy has of its own. {record}, {case}, {event}, {letter} and {uid} are how far its numbers lie apart.
_OWN = {
    "affair": {
        "id": "id + n * {case}",
        "number": "number || '-' || n",
        "address": _elsewhere("address"),
        "organisation_key": "organisation_key || n",
    },
    "record": {
        "id": "id + n * {record}",
        "case_id": "case_id + n * {case}",
        "sha256": "substr(sha256, 9) || printf('%08d', n)",
        "duplicate_of": "duplicate_of + n * {record}",
        "message_id": "n || '.' || message_id",
        "fingerprint": "substr(fingerprint, 9) || printf('%08d', n)",
        "sender_address": _elsewhere("sender_address"),
    },
    "event": {"id": "id + n * {event}", "case_id": "case_id + n * {case}", "record_id": "record_id + n * {record}"},
    "link": {"position": "position + n * {event}", "event_id": "event_id + n * {event}"},
    "salt": {"position": "position + n * {event}"},
    "outgoing": {
        "id": "id + n * {letter}",
        "record_id": "record_id + n * {record}",
        "case_id": "case_id + n * {case}",
        "recipient": _elsewhere("recipient"),
        "message_id": "n || '.' || message_id",
        "raw": "x''",
    },
    "signature": {"record_id": "record_id + n * {record}"},
    "band": {"record_id": "record_id + n * {record}", "name": "n || '.' || name"},
    "sighting": {"uid": "uid + n * {uid}", "record_id": "record_id + n * {record}"},
}


def fill(dovecot: Dovecot, user: str, times: int) -> None:
    """Lay each letter of *user*'s INBOX there again until there are *times* as many."""
    inbox = dovecot.base / "mail" / user / "cur"
    laid = sorted(inbox.iterdir())
    for copy in range(1, times):
        for path in laid:
            (inbox / path.name.replace("P1.", f"P{copy + 1}.")).hardlink_to(path)
    with dovecot.client(user) as client:  # which gives each its UID
        if len(laid) * times != client.folder_status("INBOX", ["MESSAGES"])[b"MESSAGES"]:
            raise RuntimeError("Dovecot does not see every message")


def multiply(database: Path, count: int, times: int) -> None:
    """Make the records of *count* messages in an SQLite *database* those of *times* as many."""
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        steps = {"uid": count} | {
            name: connection.execute(f"SELECT max({column}) FROM {table}").fetchone()[0] or 1  # noqa: S608  (our own)
            for name, table, column in (
                ("case", "affair", "id"),
                ("record", "record", "id"),
                ("event", "event", "id"),
                ("letter", "outgoing", "id"),
            )
        }
        connection.execute("BEGIN")
        for table, own in _OWN.items():
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            given = [own.get(column, f'"{column}"').format(**steps) for column in columns]
            names = ", ".join(f'"{column}"' for column in columns)
            connection.execute(
                f"INSERT INTO {table} ({names}) SELECT {', '.join(given)} FROM {table}, {_COPIES}",  # noqa: S608  (our own)
                {"copies": times - 1},
            )
        connection.execute("UPDATE place SET last_uid = ?", (count * times,))
        connection.execute("COMMIT")
