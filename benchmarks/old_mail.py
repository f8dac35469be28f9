"""One new message among many old ones: what a poll costs where nearly everything is known, and Dovecot's share of it.

Dovecot's share is a session with the same commands and nothing else, after a delivery as the poll's; told for its
Maildir as it comes, and with the setting that its own documentation names for a Maildir that nothing else writes to.
"""

from __future__ import annotations

import socket
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from imapclient import IMAPClient

from benchmarks import letters, mailbox, multiplied, report, servers
from benchmarks.end_to_end import Wrong
from benchmarks.report import Block
from benchmarks.servers import Office
from tests.servers.dovecot import PASSWORD, Dovecot

FEW, TIMES = 100, 1_000
_ROUNDS = 5
_AS_IT_COMES, _TUNED = "Maildir", "Maildir, very dirty syncs"
_TUNING = "maildir_very_dirty_syncs = yes"


@dataclass(frozen=True, slots=True)
class Polls:
    """Polls of a mailbox with so many old messages."""

    old: int
    seconds: tuple[float, ...]  # with one new message
    nothing: tuple[float, ...]  # with none
    largest: float  # MiB
    tree: float  # MiB
    kind: str = _AS_IT_COMES  # how its server keeps mail
    server: tuple[float, ...] = ()  # seconds of bare sessions, with one new message
    processor: tuple[float, ...] = ()  # seconds of our own processes, with one new message


@dataclass(slots=True)
class Side:
    """An office that has taken in so many messages."""

    old: int
    office: Office
    user: str
    new: list[float] = field(default_factory=list)  # seconds of polls with one new message
    nothing: list[float] = field(default_factory=list)
    largest: float = 0.0
    tree: float = 0.0
    server: list[float] = field(default_factory=list)  # seconds of bare sessions
    processor: list[float] = field(default_factory=list)  # seconds of our own processes


def measure(times: int = TIMES, rounds: int = _ROUNDS) -> list[Polls]:
    """Poll mailboxes of a hundred and of *times* as many, in turns."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        servers.dovecot() as server,
        servers.dovecot(_TUNING) as tuned,
        servers.sink(Path(name)) as sink,
    ):
        sides = [
            (_AS_IT_COMES, server, side(Path(name) / "few", server, sink.port, 1)),
            (_AS_IT_COMES, server, side(Path(name) / "many", server, sink.port, times)),
            (_TUNED, tuned, side(Path(name) / "tuned", tuned, sink.port, times)),
        ]
        for number in range(rounds + 1):
            for _, at, one in sides:
                _poll(one, at, 2 * number)
                _session(one, at, 2 * number + 1)
    return [
        Polls(
            old=one.old,
            seconds=tuple(one.new[1:]),
            nothing=tuple(one.nothing[1:]),
            largest=one.largest,
            tree=one.tree,
            kind=kind,
            server=tuple(one.server[1:]),
            processor=tuple(one.processor[1:]),
        )
        for kind, _, one in sides
    ]


def side(folder: Path, server: Dovecot, port: int, times: int) -> Side:
    """Let an office take in a hundred letters, and make them *times* as many, in mailbox and records."""
    user = server.new_user()
    office = servers.office(folder, server, user, port)
    mailbox.fill(server, user, FEW)
    _expect(office.intake("poll").output, f"{FEW} new")
    if times > 1:
        multiplied.fill(server, user, times)
        multiplied.multiply(office.database, FEW, times)
    return Side(FEW * times, office, user)


def _poll(side: Side, server: Dovecot, number: int) -> None:
    """Deliver one letter and poll, and poll once more.

    Dovecot delivers it, as by LMTP: a strange file in the Maildir would have it look through all of them first.
    """
    new = letters.letter(FEW + number)
    server.append(side.user, new.raw, new.when)
    took = side.office.intake("poll")
    _expect(took.output, "1 new (1 ")
    side.new.append(took.seconds)
    side.processor.append(took.processor)
    side.largest, side.tree = max(side.largest, took.largest), max(side.tree, took.tree)
    nothing = side.office.intake("poll")
    _expect(nothing.output, "0 new")
    side.nothing.append(nothing.seconds)


def _session(side: Side, server: Dovecot, number: int) -> None:
    """Deliver one letter, have a bare client ask for it as a poll does, and let a poll settle it."""
    new = letters.letter(FEW + number)
    server.append(side.user, new.raw, new.when)
    begun = time.perf_counter()
    client = IMAPClient(server.host, server.port, ssl=False)
    client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.plain_login(side.user, PASSWORD)
    uid = client.select_folder("INBOX", readonly=True)[b"UIDNEXT"] - 1
    client.search(["UID", f"{uid}:*"])
    client.fetch([uid], ["INTERNALDATE", "RFC822.SIZE"])
    client.fetch([uid], ["BODY.PEEK[]"])
    client.logout()
    side.server.append(time.perf_counter() - begun)
    _expect(side.office.intake("poll").output, "1 new (1 ")


def _expect(output: str, expected: str) -> None:
    if expected not in output:
        raise Wrong(f"a poll should have said {expected!r} and said {output[-2000:]}")


def block(full: bool) -> Block:
    """Measure, and tell it."""
    return told(measure(rounds=_ROUNDS * 2 if full else _ROUNDS))


def told(found: list[Polls]) -> Block:
    """Return the table: medians, and each to the first."""
    few = found[0]
    rows = [
        (
            f"{polls.old:,}",
            polls.kind,
            median(polls.seconds),
            median(polls.seconds) / median(few.seconds),
            median(polls.server) if polls.server else None,
            median(polls.processor) if polls.processor else None,
            min(polls.seconds),
            median(polls.nothing),
            polls.largest,
            polls.tree,
        )
        for polls in found
    ]
    head = (
        "old messages",
        "server",
        "one new, s",
        f"to {few.old}",
        "of that Dovecot, s",
        "our processor s",
        "best, s",
        "nothing new, s",
        "largest process MiB",
        "all processes MiB",
    )
    return Block("old-mail", report.table(head, rows))
