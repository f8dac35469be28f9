"""Reading a mailbox, on a real Dovecot."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from imapclient import SocketTimeout

from intake.errors import LoginRefused, MailboxError
from intake.mail import connection
from intake.mail import mailbox as module
from intake.mail.connection import Access
from intake.mail.mailbox import Fetched, Mailbox
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.proxy import Proxy

pytestmark = pytest.mark.dovecot
NOON = datetime(2023, 7, 10, 12, 0, tzinfo=UTC)


def letter(text: str = "Dzień dobry") -> bytes:
    """Return a small message."""
    return f"From: a@x.example\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()


@pytest.fixture
def user(dovecot: Dovecot) -> str:
    """Give a user whose INBOX is empty."""
    return dovecot.new_user()


@pytest.fixture
def access(dovecot: Dovecot, user: str) -> Access:
    """Give the way into that user's INBOX."""
    return Access(dovecot.host, dovecot.port, "none", user, PASSWORD)


@pytest.fixture
def opened(access: Access) -> Iterator[Mailbox]:
    """Give that INBOX, open."""
    with Mailbox.open(access, "rsvp") as mailbox:
        yield mailbox


def everything(access: Access) -> list[Fetched]:
    """Fetch all there is."""
    with Mailbox.open(access, "rsvp") as mailbox:
        return list(mailbox.fetch(mailbox.uids_after(0)))


def test_an_empty_mailbox_has_nothing(opened: Mailbox) -> None:
    """No UID, no message, no error."""
    assert [] == opened.uids_after(0)
    assert [] == list(opened.fetch([]))


def test_bytes_and_time_of_arrival_come_as_the_server_has_them(dovecot: Dovecot, user: str, access: Access) -> None:
    """INTERNALDATE is the instant of arrival, whatever offset it was given in."""
    instants = [NOON, NOON.astimezone(timezone(timedelta(hours=2))), NOON.astimezone(timezone(-timedelta(hours=9)))]
    for when in instants:
        dovecot.append(user, letter(), when)

    fetched = everything(access)
    assert [NOON, NOON, NOON] == [each.internaldate for each in fetched]
    assert {letter()} == {each.raw for each in fetched}
    assert {"rsvp"} == {each.mailbox for each in fetched}


@pytest.mark.parametrize("second", [0, 1])
def test_a_cutoff_is_met_to_the_second(dovecot: Dovecot, user: str, access: Access, second: int) -> None:
    """Half a year later, under another offset, 15:00:00 in Warsaw is still 13:00:00 in UTC."""
    when = datetime(2023, 7, 12, 13, 0, second, tzinfo=UTC)
    dovecot.deliver(user, letter(), when)

    assert [when] == [each.internaldate for each in everything(access)]


def test_reading_leaves_no_trace(dovecot: Dovecot, user: str, access: Access) -> None:
    r"""No flag is set by reading, not even \\Seen."""
    dovecot.append(user, letter(), NOON)
    everything(access)

    assert {1: ()} == dovecot.flags(user)


def test_only_what_is_new_is_listed(dovecot: Dovecot, user: str, access: Access) -> None:
    """Behind the last UID there is nothing, though ``n:*`` would name it."""
    for _ in range(3):
        dovecot.append(user, letter(), NOON)

    with Mailbox.open(access) as mailbox:
        assert [1, 2, 3] == mailbox.uids_after(0)
        assert [3] == mailbox.uids_after(2)
        assert [] == mailbox.uids_after(3)
        assert 4 == mailbox.uidnext


def test_many_messages_come_in_order_and_in_batches(dovecot: Dovecot, user: str, access: Access) -> None:
    """No message is lost between two batches."""
    with dovecot.client(user) as client:
        for number in range(3 * module._BATCH + 1):
            client.append("INBOX", letter(str(number)), msg_time=NOON)

    fetched = everything(access)
    assert list(range(1, 3 * module._BATCH + 2)) == [each.uid for each in fetched]
    assert letter("150") == fetched[150].raw


def test_three_thousand_messages_are_listed_with_their_times(dovecot: Dovecot, user: str, access: Access) -> None:
    """A first look at an old mailbox asks for times alone, over several answers, and loses none."""
    times = [NOON + timedelta(minutes=number) for number in range(3 * module._ARRIVALS)]
    for when in times:
        dovecot.deliver(user, letter(), when)

    with Mailbox.open(access) as mailbox:
        assert times == sorted(
            each.internaldate for each in mailbox.arrivals(mailbox.uids_after(0)) if each.internaldate
        )


def test_a_large_message_comes_whole(dovecot: Dovecot, user: str, access: Access) -> None:
    """Thirty megabytes come piece by piece, and byte for byte."""
    large = letter("0123456789" * 3_000_000)
    for raw in (letter("przed"), large, letter("po")):
        dovecot.append(user, raw, NOON)

    assert [letter("przed"), large, letter("po")] == [each.raw for each in everything(access)]


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_a_message_of_just_a_piece_comes_whole(dovecot: Dovecot, user: str, access: Access, extra: int) -> None:
    """The last piece may be full, short or empty."""
    head = len(letter(""))
    raw = letter("x" * (2 * module._PIECE - head + extra))
    dovecot.append(user, raw, NOON)

    assert [raw] == [each.raw for each in everything(access)]


def test_a_message_that_is_gone_is_left_out(dovecot: Dovecot, user: str, access: Access) -> None:
    """Somebody deletes a message between the list and the fetch."""
    for text in "abc":
        dovecot.append(user, letter(text), NOON)
    with Mailbox.open(access) as mailbox:
        uids = mailbox.uids_after(0)
        with dovecot.client(user) as client:
            client.delete_messages([2])
            client.expunge()
        fetched = list(mailbox.fetch(uids))

    assert [1, 3] == [each.uid for each in fetched]


def test_a_restored_mailbox_says_another_uidvalidity(dovecot: Dovecot, user: str, access: Access) -> None:
    """What the accounts need to know is told."""
    dovecot.append(user, letter(), NOON)
    before = everything(access)[0].uidvalidity
    time.sleep(1.1)  # Dovecot's uidvalidity is a time in seconds
    dovecot.renumber(user)

    assert before != everything(access)[0].uidvalidity


def test_a_wrong_password_is_told_apart(dovecot: Dovecot, user: str) -> None:
    """Trying again would not help, so the error has a kind of its own, and names no password."""
    with (
        pytest.raises(LoginRefused, match=user) as caught,
        Mailbox.open(Access(dovecot.host, dovecot.port, "none", user, "zły")),
    ):
        pass

    assert "zły" not in str(caught.value)


def test_a_folder_that_is_not_there_is_told(dovecot: Dovecot, user: str) -> None:
    """The server's own words say what is wrong."""
    missing = Access(dovecot.host, dovecot.port, "none", user, PASSWORD, folder="Nie ma")
    with pytest.raises(MailboxError, match="doesn't exist"), Mailbox.open(missing):
        pass


def test_a_folder_name_cannot_hold_a_command(dovecot: Dovecot, user: str) -> None:
    """CR LF in a name would become a second command on the wire."""
    smuggled = Access(dovecot.host, dovecot.port, "none", user, PASSWORD, folder="INBOX\r\na CREATE x")
    with pytest.raises(MailboxError, match="no CR, LF or NUL"), Mailbox.open(smuggled):
        pass


def test_a_connection_without_tls_stays_on_this_machine() -> None:
    """Even a program that got round the configuration sends no password in clear."""
    with pytest.raises(MailboxError, match="loopback only"), Mailbox.open(Access("192.0.2.1", 143, "none", "u", "p")):
        pass


def test_nobody_listening_is_told() -> None:
    """A server that is down is an error of one line."""
    with pytest.raises(MailboxError, match="ConnectionRefusedError"), Mailbox.open(Access("127.0.0.1", 1, "none")):
        pass


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_tls_is_spoken_and_checked(dovecot: Dovecot, user: str, ca_file: str, tls: str) -> None:
    """With the right authority the mailbox opens; with the system's it does not."""
    port = dovecot.tls_port if tls == "implicit" else dovecot.port
    trusted = Access("localhost", port, tls, user, PASSWORD, ca_file=ca_file)
    with Mailbox.open(trusted) as mailbox:
        assert [] == mailbox.uids_after(0)
    unknown = Access("localhost", port, tls, user, PASSWORD)
    with pytest.raises(MailboxError, match="SSLCertVerificationError"), Mailbox.open(unknown):
        pass


@pytest.mark.parametrize("limit", [30, 400, 900, 5_000, 200_000])
def test_a_server_that_goes_away_is_an_error_wherever_it_happens(dovecot: Dovecot, user: str, limit: int) -> None:
    """The stream is cut in greeting, login, list or literal: never a wrong message, never a hang."""
    dovecot.append(user, letter("x" * 500_000), NOON)
    proxy = Proxy(dovecot.port, limit=limit)
    with pytest.raises(MailboxError):
        everything(Access("127.0.0.1", proxy.port, "none", user, PASSWORD))
    proxy.close()


def test_a_server_that_says_nothing_more_is_given_up(
    dovecot: Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stalled stream ends by the time limit."""
    monkeypatch.setattr(connection, "TIMEOUT", SocketTimeout(connect=2, read=0.5))
    dovecot.append(user, letter("x" * 500_000), NOON)
    proxy = Proxy(dovecot.port, limit=50_000, stall=True)
    with pytest.raises(MailboxError, match=r"[Tt]ime"):
        everything(Access("127.0.0.1", proxy.port, "none", user, PASSWORD))
    proxy.close()


def test_idle_rings_when_mail_comes(dovecot: Dovecot, user: str, opened: Mailbox) -> None:
    """A message that is delivered while we wait ends the waiting."""
    assert opened.can_idle
    threading.Timer(0.3, dovecot.append, (user, letter(), NOON)).start()

    assert opened.idle(20, threading.Event())


def test_idle_ends_when_it_is_told_to(opened: Mailbox) -> None:
    """A worker that stops does not wait for a bell."""
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()

    assert not opened.idle(20, stop)
    assert [] == opened.uids_after(0)


def test_a_connection_lost_while_waiting_is_an_error(dovecot: Dovecot, user: str) -> None:
    """The library would say "nothing new", at once and for ever."""
    proxy = Proxy(dovecot.port, limit=100_000)
    with Mailbox.open(Access("127.0.0.1", proxy.port, "none", user, PASSWORD)) as mailbox:
        threading.Timer(0.3, proxy.cut).start()
        with pytest.raises(MailboxError):
            mailbox.idle(20, threading.Event())
    proxy.close()
