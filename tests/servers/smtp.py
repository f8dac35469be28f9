"""An SMTP server that records what it gets and misbehaves where a test asks it to, attempt by attempt."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

CLOSE, SILENCE = "close", "silence"  # hang up without a reply; say nothing, and hang up after ``Sink.silence`` seconds


@dataclass(frozen=True, slots=True)
class Delivered:
    """A letter that the server took."""

    reverse_path: str
    recipients: tuple[str, ...]
    raw: bytes


class Sink:
    """A server on a port of its own.

    *script* holds, for coming commands, what to answer instead: ``("RCPT", "450 later")``; each entry is used once, at
    the first command of its name. ``("GREETING", …)`` is for a connection, ``("DOT", …)`` for the end of the data.
    """

    def __init__(
        self,
        *,
        user: tuple[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        implicit: ssl.SSLContext | None = None,
        pipelining: bool = False,
    ) -> None:
        self.user = user  # name and password that are asked for
        self.tls = tls  # offers STARTTLS, and asks for it before a login
        self.implicit = implicit  # speaks TLS from the first byte
        self.pipelining = pipelining  # offers RFC 2920
        self.host, self.port = "127.0.0.1", 0
        self.delivered: list[Delivered] = []
        self.script: deque[tuple[str, str]] = deque()
        self.refuse: dict[str, str] = {}  # recipient to reply, whenever it is named
        self.silence = 60.0  # seconds
        self.connections = 0
        self._open: set[_Protocol] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> Sink:
        """Listen on loopback, in a thread of its own."""
        started = threading.Event()

        async def serve() -> None:
            self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
            server = await self._loop.create_server(lambda: _Protocol(self), self.host, self.port, ssl=self.implicit)
            self.port = server.sockets[0].getsockname()[1]
            started.set()
            await self._ending.wait()
            server.close()
            for protocol in list(self._open):
                protocol.abort()

        self._thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
        self._thread.start()
        assert started.wait(10)
        return self

    def stop(self) -> None:
        """Hang up on everybody and stop listening; ``start`` listens on the same port again."""
        if self._loop is not None and self._ending is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._ending.set)
            self._thread.join(10)

    def scripted(self, command: str) -> str | None:
        """Return what the script wants to be said to *command*, once."""
        for entry in self.script:
            if entry[0] == command:
                self.script.remove(entry)
                return entry[1]
        return None

    def takes_several(self) -> bool:
        """Tell whether a connection that begins is offered pipelining."""
        return self.pipelining

    def told(self, letter: Delivered, said: str | None) -> None:
        """Note what was said to the final dot of *letter*; for those who want to know more."""

    def turned_away(self, recipient: str, said: str) -> None:
        """Note what was said to a *recipient* that was not taken; for those who want to know more."""


class _Protocol(SMTP):
    """One connection."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        needs_login = sink.user is not None
        super().__init__(
            _Handler(sink),
            hostname="sink.example",
            decode_data=False,
            data_size_limit=100 << 20,
            tls_context=sink.tls,
            require_starttls=sink.tls is not None,
            auth_required=needs_login,
            auth_require_tls=sink.tls is not None,
            authenticator=self._check_login,
        )

    def connection_made(self, transport: Any) -> None:
        self._sink.connections += 1
        self._sink._open.add(self)
        greeting = self._sink.scripted("GREETING")
        if greeting is None:
            super().connection_made(transport)
        elif greeting == CLOSE:
            transport.abort()
        elif greeting != SILENCE:
            transport.write(greeting.encode() + b"\r\n")
            transport.close()

    def eof_received(self) -> bool | None:
        return super().eof_received() if self.session is not None else False  # hung up before the greeting

    def connection_lost(self, error: Exception | None) -> None:
        self._sink._open.discard(self)
        if self.transport is not None or getattr(self, "session", None) is not None:
            super().connection_lost(error)

    def abort(self) -> None:
        """Hang up."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    def _check_login(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, auth: Any) -> AuthResult:
        expected = self._sink.user
        given = (auth.login.decode(), auth.password.decode()) if isinstance(auth, LoginPassword) else None
        return AuthResult(success=given == expected, handled=False)


class _Handler:
    """What the server does with commands: what the script says, or what a relay does."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    async def _said(self, server: _Protocol, command: str) -> str | None:
        said = self._sink.scripted(command)
        if said == CLOSE:
            server.abort()
            await asyncio.sleep(0.05)
        elif said == SILENCE:
            await asyncio.sleep(self._sink.silence)
            server.abort()
        return said

    async def handle_EHLO(  # noqa: N802  (aiosmtpd's interface)
        self, server: _Protocol, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]] if self._sink.takes_several() else responses

    async def handle_MAIL(  # noqa: N802
        self, server: _Protocol, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if said := await self._said(server, "MAIL"):
            return said
        envelope.mail_from = address
        return "250 ok"

    async def handle_RCPT(  # noqa: N802
        self, server: _Protocol, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if said := await self._said(server, "RCPT") or self._sink.refuse.get(address):
            self._sink.turned_away(address, said)
            return said
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: _Protocol, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        said = self._sink.scripted("DOT")
        letter = Delivered(envelope.mail_from or "", tuple(envelope.rcpt_tos), content)
        if said is None or said == CLOSE:  # taken in both cases: what is lost is the reply
            self._sink.delivered.append(letter)
        self._sink.told(letter, said)
        if said == CLOSE:
            server.abort()
            await asyncio.sleep(0.05)
        elif said == SILENCE:
            await asyncio.sleep(self._sink.silence)
            server.abort()
        return said or "250 queued"
