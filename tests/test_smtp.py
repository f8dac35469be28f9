"""Delivering over SMTP: one attempt, one outcome, whatever the server does."""

from __future__ import annotations

import asyncio
import gc
import ssl
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from intake.delivery.smtp import Accepted, Courier, Deferred, Outcome, Refused, Relay
from intake.errors import RelayError
from tests.servers.smtp import CLOSE, SILENCE, Sink

RAW = b"Subject: x\r\n\r\n.kropka\r\n..dwie\r\nkoniec\r\n"
TO = "ngo@fundacja.example"


@pytest.fixture(params=[False, True], ids=["one by one", "pipelining"])
def sink(request: pytest.FixtureRequest) -> Iterator[Sink]:
    """Give a server that takes commands one by one, and one that takes several at once: outcomes are the same."""
    server = Sink(pipelining=request.param).start()
    yield server
    server.stop()


def relay(sink: Sink, *, timeout: float = 5.0) -> Relay:
    """Return the way to *sink*, in clear."""
    return Relay(sink.host, sink.port, "none", timeout=timeout)


def deliver(way: Relay, recipients: Sequence[str] = (TO,), raw: bytes = RAW) -> list[Outcome]:
    """Offer a letter to each of *recipients* over one courier."""

    async def work() -> list[Outcome]:
        async with Courier(way) as courier:
            return [await courier.deliver("", recipient, raw) for recipient in recipients]

    return asyncio.run(work())


def test_a_letter_arrives_byte_for_byte_with_the_null_reverse_path(sink: Sink) -> None:
    """Lines that begin with a dot come through, and no bounce can come back (RFC 3834 §3.3)."""
    (outcome,) = deliver(relay(sink))

    assert isinstance(outcome, Accepted)
    (delivered,) = sink.delivered
    assert ("<>", (TO,), RAW) == (delivered.reverse_path, delivered.recipients, delivered.raw)


def test_several_letters_share_a_connection(sink: Sink) -> None:
    """A connection costs more than a letter."""
    outcomes = deliver(relay(sink), [TO] * 5)

    assert 5 == sum(isinstance(outcome, Accepted) for outcome in outcomes)
    assert 1 == sink.connections


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DOT"])
@pytest.mark.parametrize(("reply", "kind"), [("450 4.2.0 later", Deferred), ("550 5.1.1 never", Refused)])
def test_a_reply_decides_and_the_next_letter_goes_on(
    sink: Sink, command: str, reply: str, kind: type[Deferred | Refused]
) -> None:
    """4yz defers, 5yz refuses (RFC 5321 §4.2.1), and the connection stays in step."""
    sink.script.append((command, reply))
    first, second = deliver(relay(sink), [TO, TO])

    assert isinstance(first, kind)
    assert (int(reply[:3]), True) == (first.code, reply[4:] in first.reply)
    assert isinstance(second, Accepted)
    assert 1 == len(sink.delivered)


def test_421_closes_and_the_next_letter_opens_anew(sink: Sink) -> None:
    """A server that says it closes is believed (RFC 5321 §3.8)."""
    sink.script.append(("RCPT", "421 4.3.2 shutting down"))
    first, second = deliver(relay(sink), [TO, TO])

    assert isinstance(first, Deferred)
    assert isinstance(second, Accepted)
    assert 2 == sink.connections


@pytest.mark.parametrize(("command", "unknown"), [("MAIL", False), ("RCPT", False), ("DOT", True)])
def test_a_connection_lost_in_the_middle_defers(sink: Sink, command: str, unknown: bool) -> None:
    """After the final dot nobody knows whether the letter was taken (RFC 1047), and the outcome says so."""
    sink.script.append((command, CLOSE))
    first, second = deliver(relay(sink), [TO, TO])

    assert isinstance(first, Deferred)
    assert unknown is first.unknown
    assert isinstance(second, Accepted)


@pytest.mark.parametrize("greeting", ["554 5.3.2 no service", "421 busy", "garbage", CLOSE])
def test_a_relay_that_does_not_greet_us_defers(sink: Sink, greeting: str) -> None:
    """Its 554 is the relay's own trouble and no word about the recipient."""
    sink.script.append(("GREETING", greeting))
    (outcome,) = deliver(relay(sink))

    assert isinstance(outcome, Deferred)


@pytest.mark.parametrize("command", ["GREETING", "MAIL", "RCPT"])
def test_silence_is_given_up(sink: Sink, command: str) -> None:
    """A server that says nothing holds up nothing for longer than its time."""
    sink.script.append((command, SILENCE))
    first, second = deliver(relay(sink, timeout=0.5), [TO, TO])

    assert isinstance(first, Deferred)
    assert isinstance(second, Accepted)


def test_silence_after_the_final_dot_leaves_it_unknown(sink: Sink) -> None:
    """The server may have taken the letter and lost only its reply (RFC 1047)."""
    sink.script.append(("DOT", SILENCE))
    first, second = deliver(Relay(sink.host, sink.port, "none", data_timeout=0.5), [TO, TO])

    assert isinstance(first, Deferred)
    assert first.unknown
    assert isinstance(second, Accepted)
    assert 2 == sink.connections


def test_a_reply_out_of_place_leaves_it_unknown(sink: Sink) -> None:
    """A server that says 354 once more is out of step, and its connection is not used again."""
    sink.script.append(("DOT", "354 go on"))
    first, second = deliver(relay(sink), [TO, TO])

    assert isinstance(first, Deferred)
    assert first.unknown
    assert isinstance(second, Accepted)
    assert 2 == sink.connections


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DOT"])
def test_a_login_that_is_wanted_fails_no_letter(sink: Sink, command: str) -> None:
    """530 speaks of us, not of the letter (RFC 4954 §6): with the login mended it goes out."""
    sink.script.append((command, "530 5.7.0 authentication required"))
    first, second = deliver(relay(sink), [TO, TO])

    assert isinstance(first, Deferred)
    assert (530, False) == (first.code, first.unknown)
    assert isinstance(second, Accepted)
    assert 2 == sink.connections


@pytest.mark.parametrize("command", ["GREETING", "MAIL", "DOT"])
def test_a_cancelled_attempt_leaves_nothing_to_the_next(sink: Sink, command: str) -> None:
    """A late reply would be taken for the next letter's, and half a login for a whole one."""
    sink.script.append((command, SILENCE))

    async def work() -> Outcome:
        async with Courier(relay(sink)) as courier:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(courier.deliver("", TO, RAW), 0.5)
            return await courier.deliver("", TO, RAW)

    assert isinstance(asyncio.run(work()), Accepted)
    assert 2 == sink.connections


def test_several_couriers_work_at_once(sink: Sink) -> None:
    """Each has its connection, so that one slow letter holds up one of them only."""

    async def one(number: int) -> Outcome:
        async with Courier(relay(sink)) as courier:
            return await courier.deliver("", f"ngo{number}@fundacja.example", RAW)

    async def work() -> list[Outcome]:
        return await asyncio.gather(*(one(number) for number in range(8)))

    outcomes = asyncio.run(work())
    assert [Accepted] * 8 == [type(outcome) for outcome in outcomes]
    assert {(f"ngo{number}@fundacja.example",) for number in range(8)} == {each.recipients for each in sink.delivered}


def test_a_servers_words_are_kept_to_one_short_line(sink: Sink) -> None:
    """They stand in records and in the digest, and may hold anything."""
    sink.script.append(("RCPT", "550-5.1.1 no\r\n550 5.1.1 \x1b[31m" + "x" * 400))
    (outcome,) = deliver(relay(sink))

    assert isinstance(outcome, Refused)
    assert outcome.reply.isprintable()
    assert len(outcome.reply) <= 300


def test_nobody_listening_defers() -> None:
    """A relay that is down is tried again later."""
    (outcome,) = deliver(Relay("127.0.0.1", 1, "none"))

    assert isinstance(outcome, Deferred)
    assert outcome.code is None


@pytest.mark.parametrize(
    "recipient",
    [
        "a@x.example\r\nRCPT TO:<b@x.example>",
        "a b@x.example",
        "<a@x.example>",
        "a",
        "@x.example ",
        "ą@x.example",
        "a@x\0",
    ],
)
def test_an_address_that_smtp_cannot_carry_never_reaches_the_wire(sink: Sink, recipient: str) -> None:
    """No command can be smuggled in an address."""
    (outcome,) = deliver(relay(sink), [recipient])

    assert isinstance(outcome, Refused)
    assert 0 == sink.connections


def test_a_domain_beyond_ascii_is_sent_in_a_labels(sink: Sink) -> None:
    """Żółw.example is an address like any other (RFC 5890)."""
    deliver(relay(sink), ["biuro@żółw.example"])

    assert [("biuro@xn--w-uga1v8h.example",)] == [each.recipients for each in sink.delivered]


@pytest.mark.parametrize(
    "raw", [b"a\r\n.\r\nMAIL FROM:<x@x>\r\n", b"a\n.\nMAIL FROM:<x@x>\n", b"a\r.\rMAIL FROM:<x@x>\r"]
)
def test_no_line_of_a_letter_ends_it(sink: Sink, raw: bytes) -> None:
    """A lone dot, with whatever line ends around it, stays text: nothing is smuggled."""
    (outcome,) = deliver(relay(sink), raw=raw)

    assert isinstance(outcome, Accepted)
    (delivered,) = sink.delivered
    assert b"a\r\n.\r\nMAIL FROM:<x@x>\r\n" == delivered.raw


def test_starttls_and_login(tls_sink: Sink, ca_file: str) -> None:
    """The usual submission: TLS first, then the password."""
    way = Relay("localhost", tls_sink.port, "starttls", "konsultacje", "tajne", ca_file)
    (outcome,) = deliver(way)

    assert isinstance(outcome, Accepted)


def test_a_wrong_password_defers_and_check_says_so(tls_sink: Sink, ca_file: str) -> None:
    """Our own trouble keeps letters waiting; it fails none of them."""
    way = Relay("localhost", tls_sink.port, "starttls", "konsultacje", "zle", ca_file)
    (outcome,) = deliver(way)

    assert isinstance(outcome, Deferred)
    with pytest.raises(RelayError, match="535"):
        asyncio.run(Courier(way).greet())


def test_a_failed_attempt_leaves_no_socket_behind(tls_sink: Sink, ca_file: str) -> None:
    """TLS closes politely, and a loop that ends meanwhile would leave the socket open: a warning, which is an error."""
    way = Relay("localhost", tls_sink.port, "starttls", "konsultacje", "zle", ca_file)
    for _ in range(30):  # it is a race: one attempt in four lost it
        deliver(way)
        gc.collect()

    assert [] == tls_sink.delivered


def test_no_password_goes_out_where_tls_is_not_offered(sink: Sink) -> None:
    """STARTTLS that is asked for and missing is an error, not a fallback."""
    (outcome,) = deliver(Relay("localhost", sink.port, "starttls", "konsultacje", "tajne"))

    assert isinstance(outcome, Deferred)
    assert [] == sink.delivered


def test_an_unknown_authority_is_not_trusted(tls_sink: Sink) -> None:
    """A certificate that nobody vouches for defers."""
    (outcome,) = deliver(Relay("localhost", tls_sink.port, "starttls", "konsultacje", "tajne"))

    assert isinstance(outcome, Deferred)
    assert "certificate" in outcome.reply.lower()


def test_a_connection_without_tls_stays_on_this_machine() -> None:
    """Even a program that got round the configuration sends nothing in clear."""
    (outcome,) = deliver(Relay("192.0.2.1", 25, "none"))

    assert isinstance(outcome, Deferred)
    assert "loopback only" in outcome.reply


def test_a_server_that_speaks_tls_at_once(certificate: Path, ca_file: str) -> None:
    """Implicit TLS (RFC 8314) is spoken from the first byte."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    sink = Sink(implicit=context).start()
    (outcome,) = deliver(Relay("localhost", sink.port, "implicit", ca_file=ca_file))
    sink.stop()

    assert isinstance(outcome, Accepted)
