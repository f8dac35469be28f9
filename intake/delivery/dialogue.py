"""The dialogue with a relay that is connected: commands out, replies in, one for each and in their order.

Where the relay offers PIPELINING (RFC 2920), the envelope of a letter and its DATA leave in one piece, and their
replies are read one by one; elsewhere each command waits for the reply to the one before. Whatever is no reply, comes
unasked, or stays away raises: nobody can tell then to which command the next one belongs, and the connection is of no
more use.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from dataclasses import dataclass

DATA = b"DATA\r\n"
_MOST = 32 << 10  # bytes of one reply
_LINE = re.compile(rb"([0-9]{3})(-?)(.*)", re.DOTALL)  # RFC 5321 §4.2
_LONE_END = re.compile(rb"\r\n|\n|\r")


class OutOfStepError(ConnectionError):
    """The relay said what is no reply, or what nobody asked for."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the relay said to one command."""

    code: int
    text: str  # the lines of its text


class Dialogue(asyncio.Protocol):
    """Speaks over a transport that others opened, and on which nothing more is to be read by them."""

    def __init__(self, transport: asyncio.Transport) -> None:
        """Take the transport over."""
        self._transport = transport
        self._unread = b""
        self._lines: list[str] = []  # of a reply that goes on
        self._owed = 0  # replies
        self._replies: deque[Reply] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._trouble: OSError | None = None
        transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        """Tell whether the next letter may be offered over it."""
        return self._trouble is None and not self._transport.is_closing()

    def say(self, spoken: bytes, replies: int = 1) -> None:
        """Write commands to which so many *replies* will come; raise ``OSError`` where the connection is lost."""
        if self._trouble is not None:
            raise self._trouble
        if self._transport.is_closing():
            raise ConnectionResetError("Connection lost")
        self._owed += replies
        self._transport.write(spoken)

    async def reply(self, patience: float) -> Reply:
        """Return the next reply; raise ``OSError`` where none comes within *patience* seconds."""
        while not self._replies:
            if self._trouble is not None:
                raise self._trouble
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(patience):
                    await self._waiter
            except TimeoutError as error:
                raise TimeoutError("Timed out waiting for server response") from error
            finally:
                self._waiter = None
        return self._replies.popleft()

    async def ask(self, command: bytes, patience: float) -> Reply:
        """Write one command, and return the reply to it."""
        self.say(command)
        return await self.reply(patience)

    def abort(self) -> None:
        """Close the socket now: TLS would wait for the other side's farewell, which may never come."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take what the relay said."""
        self._unread += data
        while self._trouble is None and (end := self._unread.find(b"\n")) >= 0:
            line, self._unread = self._unread[:end], self._unread[end + 1 :]
            self._hear(line.rstrip(b"\r"))
        if len(self._unread) > _MOST:
            self._fail(OutOfStepError("Response too long"))
        self._wake()

    def eof_received(self) -> None:
        """Note that the relay will say nothing more; the transport closes itself."""
        self._fail(ConnectionResetError("Unexpected EOF received"))
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        """Note that the connection is gone."""
        lost = ConnectionResetError("Connection lost")
        lost.__cause__ = error
        self._fail(lost)
        self._wake()

    def _hear(self, line: bytes) -> None:
        match = _LINE.fullmatch(line)
        if match is None:
            self._fail(OutOfStepError(f"Malformed SMTP response line: {line[:200].decode('utf-8', 'replace')}"))
            return
        self._lines.append(match[3].decode("utf-8", "replace").strip())
        if match[2] == b"-":
            if sum(map(len, self._lines)) > _MOST:
                self._fail(OutOfStepError("Response too long"))
            return
        reply, self._lines = Reply(int(match[1]), "\n".join(self._lines)), []
        if not self._owed:
            self._fail(OutOfStepError(f"unasked: {reply.code} {reply.text}"))
            return
        self._owed -= 1
        self._replies.append(reply)

    def _fail(self, trouble: OSError) -> None:
        """Note what went wrong first: the rest follows from it."""
        if self._trouble is None:
            self._trouble = trouble

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done() and (self._replies or self._trouble):
            self._waiter.set_result(None)


def envelope(sender: str, recipient: str) -> tuple[bytes, bytes]:
    """Return MAIL and RCPT for addresses that hold nothing but ASCII, and no bracket, space or line end."""
    return f"MAIL FROM:<{sender}>\r\n".encode("ascii"), f"RCPT TO:<{recipient}>\r\n".encode("ascii")


def content(raw: bytes) -> bytes:
    """Return a letter as it follows DATA: lines end with CR LF, none is a lone dot but the last (RFC 5321 §4.5.2)."""
    ends = raw.count(b"\r\n")
    if raw.count(b"\r") != ends or raw.count(b"\n") != ends:
        raw = _LONE_END.sub(b"\r\n", raw)
    stuffed = raw.replace(b"\r\n.", b"\r\n..")
    start = b"." if stuffed.startswith(b".") else b""
    end = b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"
    return start + stuffed + end
