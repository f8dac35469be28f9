"""What a mailbox makes of answers that no Dovecot gives, from a server on loopback that is told what to say."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from imapclient import SocketTimeout

from intake.errors import LoginRefused, MailboxError
from intake.mail import connection
from intake.mail import mailbox as module
from intake.mail.connection import Access
from intake.mail.mailbox import Fetched, Mailbox
from tests.servers.imap import HANG_UP, Scripted, body, listing

NOON = datetime(2023, 7, 10, 12, 0, tzinfo=UTC)
SIZES = "UID FETCH 1,2,3 (INTERNALDATE"
DONE = b"{tag} OK done\r\n"


@contextlib.contextmanager
def opened(answers: dict[str, bytes]) -> Iterator[tuple[Mailbox, Scripted]]:
    """Open the INBOX of a server that gives *answers*."""
    server = Scripted(answers)
    try:
        with Mailbox.open(Access(server.host, server.port, "none", "k", "tajne"), "rsvp") as mailbox:
            yield mailbox, server
    finally:
        server.close()


def fetched(answers: dict[str, bytes]) -> list[Fetched]:
    """Fetch UIDs 1 to 3 from a server that gives *answers*."""
    with opened(answers) as (mailbox, _):
        return list(mailbox.fetch([1, 2, 3]))


@pytest.mark.parametrize(
    "answer",
    [
        b"{tag} NO [UNAVAILABLE] the directory is down\r\n",
        b"{tag} NO [LIMIT] too many connections\r\n",
        b"{tag} BAD what\r\n",
        b"* BYE shutting down\r\n",
        HANG_UP,
    ],
)
def test_a_login_that_fails_for_other_reasons_does_not_blame_the_password(answer: bytes) -> None:
    """Nobody is sent to change a password because a directory was down (RFC 5530 §3)."""
    with pytest.raises(MailboxError) as caught, opened({"LOGIN": answer}):
        pass

    assert not isinstance(caught.value, LoginRefused)
    assert "tajne" not in str(caught.value)


@pytest.mark.parametrize("answer", [b"{tag} NO [AUTHENTICATIONFAILED] no\r\n", b"{tag} NO LOGIN failed\r\n"])
def test_a_refused_login_blames_the_password(answer: bytes) -> None:
    """With the code of RFC 5530, and from servers that know none."""
    with pytest.raises(LoginRefused), opened({"LOGIN": answer}):
        pass


def test_uids_may_come_in_any_order() -> None:
    """No RFC promises one."""
    with opened({"UID SEARCH": b"* SEARCH 9 2 11 3\r\n" + DONE}) as (mailbox, _):
        assert [3, 9, 11] == mailbox.uids_after(2)


def test_a_full_mailbox_is_listed_in_spans_and_to_its_end() -> None:
    """One answer for 300,000 messages would break the line; what came after the opening is listed too."""
    select = b"* 300000 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 100001] x\r\n" + DONE
    answers = {
        "EXAMINE": select,
        "UID SEARCH": b"* SEARCH\r\n" + DONE,
        "UID SEARCH UID 50001:100000": b"* SEARCH 60000\r\n" + DONE,
        "UID SEARCH UID 100001:*": b"* SEARCH 100001 100002\r\n" + DONE,
    }
    with opened(answers) as (mailbox, server):
        assert [60_000, 100_001, 100_002] == mailbox.uids_after(0)
        asked = [command for command in server.commands if "SEARCH" in command]

    assert ["1:50000", "50001:100000", "100001:*"] == [command.split()[-1] for command in asked]


def test_what_nobody_asked_for_is_passed_over() -> None:
    """Flags that changed elsewhere arrive between the answers, with and without a UID."""
    noise = b"* 2 FETCH (FLAGS (\\Seen))\r\n* 9 FETCH (UID 77 FLAGS (\\Seen))\r\n* 4 EXISTS\r\n"
    got = fetched(
        {
            SIZES: listing({1: 3, 2: 3, 3: 3}) + noise + DONE,
            "UID FETCH 1,2,3 (BODY": noise
            + body(2, 2, b"dwa")
            + body(1, 1, b"raz")
            + noise
            + body(3, 3, b"trzy")
            + DONE,
        }
    )

    assert [(1, b"raz"), (2, b"dwa"), (3, b"trzy")] == [(each.uid, each.raw) for each in got]
    assert [NOON] * 3 == [each.internaldate for each in got]


def test_a_time_that_cannot_be_read_is_none() -> None:
    """A missing fact is none, never a plausible lie; whoever judges asks a person."""
    sizes = b'* 1 FETCH (UID 1 INTERNALDATE "37-Jul-2023 14:00:00 +0200" RFC822.SIZE 3)\r\n'
    with opened({"UID FETCH 1 (INTERNALDATE": sizes + DONE}) as (mailbox, _):
        assert [None] == [each.internaldate for each in mailbox.arrivals([1])]


@pytest.mark.parametrize("size", [0, 1, 5_000_000])
def test_a_wrong_size_does_not_change_the_bytes(size: int) -> None:
    """RFC822.SIZE only says how to ask."""
    answers = {
        "UID FETCH 1 (INTERNALDATE": listing({1: size}) + DONE,
        "UID FETCH 1 (BODY.PEEK[])": body(1, 1, b"wszystko") + DONE,
        "UID FETCH 1 (BODY.PEEK[]<0.": body(1, 1, b"wszystko", "BODY[]<0>") + DONE,
    }
    with opened(answers) as (mailbox, _):
        assert [b"wszystko"] == [each.raw for each in mailbox.fetch([1])]


@pytest.mark.parametrize("end", [body(1, 1, b"", "BODY[]<4>") + DONE, b"* 1 FETCH (UID 1 BODY[]<4> NIL)\r\n" + DONE])
def test_a_body_ends_where_the_server_has_no_more(monkeypatch: pytest.MonkeyPatch, end: bytes) -> None:
    """The piece behind the last full one is empty or NIL."""
    monkeypatch.setattr(module, "_PIECE", 4)
    answers = {
        "UID FETCH 1 (INTERNALDATE": listing({1: 5}) + DONE,
        "UID FETCH 1 (BODY.PEEK[]<0.4>": body(1, 1, b"abcd", "BODY[]<0>") + DONE,
        "UID FETCH 1 (BODY.PEEK[]<4.4>": end,
    }
    with opened(answers) as (mailbox, _):
        assert [b"abcd"] == [each.raw for each in mailbox.fetch([1])]


def test_half_a_message_is_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is deleted between two pieces is gone; its beginning is not taken for the whole."""
    monkeypatch.setattr(module, "_PIECE", 4)
    answers = {
        "UID SEARCH": b"* SEARCH\r\n" + DONE,
        "UID FETCH 1 (INTERNALDATE": listing({1: 9}) + DONE,
        "UID FETCH 1 (BODY.PEEK[]<0.4>": body(1, 1, b"abcd", "BODY[]<0>") + DONE,
        "UID FETCH 1 (BODY.PEEK[]<4.4>": DONE,
    }
    with opened(answers) as (mailbox, _):
        assert [] == list(mailbox.fetch([1]))
        assert [1] == mailbox.missing


def test_what_is_gone_is_reported() -> None:
    """A UID that gives nothing, and that the server lists no more, is missing, not forgotten."""
    answers = {
        SIZES: listing({1: 3, 3: 3}) + DONE,
        "UID FETCH 1,3 (BODY": body(1, 1, b"raz") + DONE,
        "UID SEARCH UID 2,3": b"* SEARCH\r\n" + DONE,
    }
    with opened(answers) as (mailbox, _):
        assert [1] == [each.uid for each in mailbox.fetch([1, 2, 3])]
        assert [2, 3] == mailbox.missing


@pytest.mark.parametrize(
    "withheld",
    [
        DONE,
        b"* 2 FETCH (UID 2 BODY[] NIL)\r\n" + DONE,
        b"{tag} NO [SERVERBUG] cannot read this one\r\n",
    ],
)
def test_what_the_server_lists_and_keeps_back_is_told_apart(withheld: bytes) -> None:
    """It is still there, so nobody may pass it by; the others are not held up by it."""
    no = b"{tag} NO [SERVERBUG] cannot read one of them\r\n"
    answers = {
        SIZES: listing({1: 3, 2: 3, 3: 3}) + DONE,
        "UID FETCH 1,2,3 (BODY": no if b"NO" in withheld else body(1, 1, b"raz") + body(3, 3, b"trzy") + DONE,
        "UID FETCH 1 (BODY": body(1, 1, b"raz") + DONE,
        "UID FETCH 2 (BODY": withheld,
        "UID FETCH 2,3 (BODY": no,
        "UID FETCH 3 (BODY": body(3, 3, b"trzy") + DONE,
        "UID SEARCH UID 2": b"* SEARCH 2\r\n" + DONE,
    }
    server = Scripted(answers)
    with Mailbox.open(Access(server.host, server.port, "none", "k", "tajne")) as mailbox:
        assert [1, 3] == [each.uid for each in mailbox.fetch([1, 2, 3])]
        assert ([2], []) == (mailbox.withheld, mailbox.missing)
    server.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"* BYE shutting down\r\n",
        HANG_UP,
        b"{tag} BAD what\r\n",
        b"not IMAP at all\r\n",
        b"* 1 FETCH (UID 1 BODY[] {5}\r\nab",
        b'* 1 FETCH (UID 1 BODY[] "abc)\r\n{tag} OK done\r\n',
        b"* 1 FETCH (UID x)\r\n{tag} OK done\r\n",
        b"* 1 FETCH\r\n{tag} OK done\r\n",
        b"* FETCH (\r\n{tag} OK done\r\n",
        b"* 1 FETCH (UID 1 BODY[])\r\n{tag} OK done\r\n",
        b"\xff\xfe\r\n",
    ],
)
def test_any_other_answer_is_an_error_of_one_line(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    """Neither a library's exception nor a broken message comes out of it."""
    monkeypatch.setattr(connection, "TIMEOUT", SocketTimeout(connect=2, read=0.5))
    with pytest.raises(MailboxError) as caught:
        fetched({SIZES: listing({1: 3, 2: 3, 3: 3}) + DONE, "UID FETCH 1,2,3 (BODY": answer})

    assert 1 == len(str(caught.value).splitlines())
    assert str(caught.value).startswith("127.0.0.1: ")


def test_a_farewell_while_waiting_is_an_error() -> None:
    """BYE says that no bell will ring any more."""
    with (
        pytest.raises(MailboxError, match="BYE"),
        opened({"IDLE": b"+ idling\r\n{pause}* BYE bored\r\n"}) as (mailbox, _),
    ):
        mailbox.idle(20, threading.Event())


def test_mail_that_came_before_the_waiting_began_rings() -> None:
    """Between the last look and IDLE nothing falls through."""
    with opened({"NOOP": b"* 4 EXISTS\r\n" + DONE, "IDLE": b"+ idling\r\n"}) as (mailbox, _):
        assert mailbox.idle(20, threading.Event())


def test_mail_that_comes_with_the_beginning_of_the_waiting_rings() -> None:
    """What stands in the same packet as ``+ idling`` is in a buffer, where nobody's poll would see it."""
    with opened({"IDLE": b"+ idling\r\n* 4 EXISTS\r\n"}) as (mailbox, _):
        begun = time.monotonic()
        assert mailbox.idle(20, threading.Event())

    assert time.monotonic() - begun < 5


def test_an_answer_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that says a byte now and then holds nobody for ever."""
    monkeypatch.setattr(module, "_ANSWER", 0.5)
    trickle = b"{pause}".join(bytes([byte]) for byte in b"* 1 FETCH (UID 1 BODY[] {999999}\r\n" * 9)
    begun = time.monotonic()
    with pytest.raises(MailboxError):
        fetched({SIZES: listing({1: 3, 2: 3, 3: 3}) + DONE, "UID FETCH 1,2,3 (BODY": trickle})

    assert time.monotonic() - begun < 10
