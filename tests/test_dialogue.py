"""The dialogue with a relay: whose a reply is when several are coming, and what is done when one is out of place."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.delivery import dialogue
from intake.delivery.smtp import Accepted, Courier, Deferred, Outcome, Refused, Relay

TO = "ngo@fundacja.example"
_GREETING, _OFFER = b"220 relay.example\r\n", b"250-relay.example\r\n250 PIPELINING\r\n"


class Relaying:
    """A relay that answers what it hears, piece by piece, with what it was told to say."""

    def __init__(self, *answers: bytes, greeting: bytes = _GREETING) -> None:
        self.answers = list(answers)
        self.greeting = greeting
        self.heard: list[bytes] = []
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak on one connection, and hang up when there is nothing left to be said."""
        self.connections += 1
        try:
            writer.write(self.greeting)
            while self.answers and (heard := await reader.read(1 << 16)):
                self.heard.append(heard)
                for piece in self.answers.pop(0).split(b"~"):  # so a reply may come in pieces
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0.01)
        except ConnectionError:
            pass  # the other side hung up
        finally:
            writer.close()

    def take(self, letters: int = 1) -> list[Outcome]:
        """Offer it letters over one courier."""

        async def work() -> list[Outcome]:
            server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
            way = Relay("127.0.0.1", server.sockets[0].getsockname()[1], "none", timeout=0.5, data_timeout=0.5)
            async with server, Courier(way) as courier:
                return [await courier.deliver("", TO, b"Subject: x\r\n\r\ntext\r\n") for _ in range(letters)]

        return asyncio.run(work())


def test_envelope_and_data_leave_in_one_piece() -> None:
    """One way there and back for three commands (RFC 2920), another for the letter."""
    relay = Relaying(_OFFER, b"250 ok\r\n250 ok\r\n354 go on\r\n", b"250 taken\r\n")
    (outcome,) = relay.take()

    assert Accepted("250 taken") == outcome
    assert b"MAIL FROM:<>\r\nRCPT TO:<ngo@fundacja.example>\r\nDATA\r\n" == relay.heard[1]
    assert b"Subject: x\r\n\r\ntext\r\n.\r\n" == relay.heard[2]


def test_commands_wait_for_each_other_where_nothing_else_is_offered() -> None:
    """A relay that does not offer it may throw away what it did not ask for."""
    relay = Relaying(b"250 relay.example\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n", b"250 taken\r\n")

    assert [Accepted("250 taken")] == relay.take()
    assert [b"MAIL FROM:<>\r\n", b"RCPT TO:<ngo@fundacja.example>\r\n", b"DATA\r\n"] == relay.heard[1:4]


def test_replies_may_come_in_any_pieces_and_several_lines() -> None:
    """TCP keeps no borders."""
    (outcome,) = Relaying(
        _OFFER, b"25~0 ok\r\n250-2.1.5 o~k\r\n250 2.1.5 ok\r~\n354", b" go on\r\n", b"250-2.0.0 taken\r\n250 id 7\r\n"
    ).take()

    assert isinstance(outcome, Deferred)  # "354" alone is no whole line, and nothing more is said to silence
    (outcome,) = Relaying(
        _OFFER, b"25~0 ok\r\n250-2.1.5 o~k\r\n250 2.1.5 ok\r~\n354~ go on\r\n", b"250-2.0.0 taken\r\n250 id 7\r\n"
    ).take()
    assert Accepted("250 2.0.0 taken id 7") == outcome


def test_the_first_refusal_decides_and_the_rest_is_read() -> None:
    """What is said to RCPT and DATA after a refused MAIL says nothing of the letter, and belongs to nobody else."""
    first, second = Relaying(
        _OFFER,
        b"450 4.3.2 later\r\n503 need MAIL\r\n503 need RCPT\r\n",
        b"250 reset\r\n",
        b"250 ok\r\n550 5.1.1 nobody\r\n503 need RCPT\r\n",
    ).take(2)

    assert Deferred(450, "450 4.3.2 later") == first
    assert Refused(550, "550 5.1.1 nobody") == second


def test_a_relay_that_waits_for_a_letter_to_nobody_gets_none() -> None:
    """354 behind a refused recipient: not even an empty letter is sent, and the next one has its own connection."""
    relay = Relaying(_OFFER, b"250 ok\r\n550 5.1.1 nobody\r\n354 go on\r\n", b"250 never\r\n", b"250 never\r\n")
    (outcome,) = relay.take()

    assert Refused(550, "550 5.1.1 nobody") == outcome
    assert 2 == len(relay.heard)  # EHLO and the envelope


@pytest.mark.parametrize("said", [b"550 5.1.1 nobody\r\n", b"450 4.2.0 later\r\n"])
def test_a_relay_that_hangs_up_behind_its_word_is_believed(said: bytes) -> None:
    """It said what it had to say of the letter before."""
    (outcome,) = Relaying(_OFFER, b"250 ok\r\n" + said).take()

    assert isinstance(outcome, Refused | Deferred)
    assert said[:3].decode() == str(outcome.code)


@pytest.mark.parametrize(
    ("said", "unknown"),
    [
        (b"250 ok\r\n250 ok\r\n", False),
        (b"250 ok\r\nwhat?\r\n354 go on\r\n", False),
        (b"250 ok\r\n250 ok\r\n250 ok\r\n", False),
        (b"250 ok\r\n250 ok\r\n354 go on\r\n250 already\r\n", False),
        (b"250 " + b"x" * 40_000 + b"\r\n", False),
        (b"250-x\r\n" * 20_000, False),
    ],
)
def test_a_relay_out_of_step_gets_no_letter(said: bytes, unknown: bool) -> None:
    """A reply too few, no reply, the wrong one, one too many, one without end: the letter stays ours."""
    relay = Relaying(_OFFER, said, b"", b"")
    (outcome,) = relay.take()

    assert isinstance(outcome, Deferred)
    assert unknown is outcome.unknown
    assert not any(b"Subject" in heard for heard in relay.heard)


def test_what_is_said_between_letters_ends_the_connection() -> None:
    """A reply that nobody asked for would be taken for the next letter's."""
    relay = Relaying(
        _OFFER, b"250 ok\r\n250 ok\r\n354 go on\r\n", b"250 taken\r\n421 idle for too long\r\n", *(b"", b"")
    )
    first, second = relay.take(2)

    assert Accepted("250 taken") == first
    assert isinstance(second, Deferred)  # by the second connection, on which nothing is answered
    assert 2 == relay.connections


@given(raw=st.binary(max_size=300) | st.text(alphabet="a.\r\n", max_size=60).map(str.encode))
def test_whatever_the_letter_the_last_line_alone_is_a_dot(raw: bytes) -> None:
    """RFC 5321 §4.5.2: nothing in a letter can end it, and what is read back is the letter with its lines ended."""
    spoken = dialogue.content(raw)
    lines = spoken.split(b"\r\n")

    assert [b".", b""] == lines[-2:]
    assert not any(line.startswith(b".") and not line.startswith(b"..") for line in lines[:-2])
    assert b"\r" not in spoken.replace(b"\r\n", b"")
    assert b"\n" not in spoken.replace(b"\r\n", b"")
    plain = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n")
    assert plain == b"\n".join(line.removeprefix(b".") for line in lines[:-2])
