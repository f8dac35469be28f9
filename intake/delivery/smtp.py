"""The courier: one letter in its envelope, one attempt, one outcome [aiosmtplib].

MAIL, RCPT and DATA are sent one by one, so that it is known how far an attempt came. What aiosmtplib raises becomes an
outcome here and nowhere else. A connection on which anything but a plain reply went wrong is closed, for it may be out
of step.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiosmtplib import SMTP, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from intake.config import is_loopback
from intake.errors import RelayError

_CONNECT, _COMMAND, _DATA = 10.0, 60.0, 600.0  # seconds; RFC 5321 §4.5.3.2 asks for ten minutes after the final dot
_CLOSING = 421
_LOGIN_WANTED = {530, 535, 538}  # RFC 4954 §6: our login's trouble, in whatever command it is said
_FAULTS = (SMTPException, OSError, ValueError)  # TimeoutError and ssl.SSLError are OSErrors; UnicodeError a ValueError


@dataclass(frozen=True, slots=True)
class Relay:
    """How our relay is reached."""

    host: str
    port: int
    tls: str  # implicit, starttls or none
    username: str | None = None
    password: str | None = None
    ca_file: str | None = None
    timeout: float = _COMMAND  # seconds for a command
    data_timeout: float = _DATA  # seconds for the reply to the final dot


@dataclass(frozen=True, slots=True)
class Accepted:
    """The relay answers for the letter now (RFC 5321 §4.2.5)."""

    reply: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """The relay did not take the letter this time: 4yz, or no connection."""

    code: int | None
    reply: str
    unknown: bool = False  # lost after DATA began: it may have been taken all the same (RFC 1047)


@dataclass(frozen=True, slots=True)
class Refused:
    """The relay will never take the letter: 5yz to its envelope or content."""

    code: int | None
    reply: str


Outcome = Accepted | Deferred | Refused


class Courier:
    """A connection to the relay: opened when the first letter is to go, and again after it broke."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._client: SMTP | None = None
        self._transport: asyncio.BaseTransport | None = None  # the client forgets its own when it closes by itself

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None and error is None:
            with contextlib.suppress(SMTPException, OSError):  # what was accepted stays accepted
                await self._client.execute_command(b"QUIT", timeout=5)
        self._close()

    async def deliver(self, reverse_path: str, recipient: str, raw: bytes) -> Outcome:
        """Offer one letter to the relay; *reverse_path* "" is the null one. Never raises for what a server does."""
        try:
            sender, to = _ascii(reverse_path), _ascii(recipient)
        except ValueError as error:
            return Refused(None, str(error))
        try:
            client = await self._connected()
        except _FAULTS as error:
            return Deferred(_code(error), _reply(error))  # the relay's own trouble, whatever its code
        return await self._offer(client, sender, to, raw)

    async def greet(self) -> str:
        """Connect and log in, and send nothing; return what the relay says of itself, or raise ``RelayError``."""
        try:
            client = await self._connected()
        except _FAULTS as error:
            raise RelayError(f"{self._relay.host}: {_reply(error)}") from error
        return _clean(client.last_ehlo_response.message if client.last_ehlo_response else "connected")

    async def probe(self) -> str:
        """Do what ``greet`` does, and ask for a reply twice (NOOP, RSET); raise ``RelayError`` where one is missing."""
        said = await self.greet()
        try:
            client = await self._connected()
            await client.noop()
            await client.rset()
        except _FAULTS as error:
            self._close()
            raise RelayError(f"{self._relay.host}: {_reply(error)}") from error
        return said

    async def _offer(self, client: SMTP, sender: str, to: str, raw: bytes) -> Outcome:
        in_data = False
        try:
            await client.mail(sender)
            await client.rcpt(to)
            in_data = True
            response = await client.data(raw, timeout=self._relay.data_timeout)
        except SMTPResponseException as error:
            await self._reset(client, error.code)
            return _judged(error, in_data=in_data)
        except SMTPRecipientsRefused as error:
            refusal = error.recipients[0]
            await self._reset(client, refusal.code)
            return _judged(refusal, in_data=False)
        except _FAULTS as error:
            self._close()
            return Deferred(_code(error), _reply(error), unknown=in_data)
        except BaseException:  # cancelled in the middle: the next reply would belong to this letter
            self._close()
            raise
        return Accepted(_clean(f"{response.code} {response.message}"))

    async def _reset(self, client: SMTP, code: int) -> None:
        """Make the connection ready for the next letter; 421 says that the server closes it (RFC 5321 §3.8).

        A reply that is neither 4yz nor 5yz is out of place, and so is the stream then.
        """
        if code == _CLOSING or code in _LOGIN_WANTED or not 400 <= code < 600:
            self._close()
            return
        try:
            await client.rset()
        except _FAULTS:
            self._close()

    async def _connected(self) -> SMTP:
        if self._client is not None and self._client.is_connected:
            return self._client
        self._close()
        relay = self._relay
        if relay.tls == "none" and not is_loopback(relay.host):
            raise SMTPException("a connection without TLS is for loopback only")
        client = SMTP(
            hostname=relay.host,
            port=relay.port,
            local_hostname=socket.gethostname(),  # the default asks DNS, which may hang
            use_tls=relay.tls == "implicit",
            start_tls=False,  # never None: begun below, where a relay without it is an error
            tls_context=ssl.create_default_context(cafile=relay.ca_file) if relay.tls != "none" else None,
            timeout=min(_CONNECT, relay.timeout),
        )
        self._client = client
        try:
            await client.connect()
            self._transport = client.transport
            client.timeout = relay.timeout
            if relay.tls == "starttls":
                await client.starttls()
                self._transport = client.transport
            if relay.username is not None:
                await client.login(relay.username, relay.password or "")
        except BaseException:  # cancelled too: half a login is no connection for the next letter
            self._close()
            raise
        return client

    def _close(self) -> None:
        """Close the socket now: TLS would wait for the other side's farewell, which may never come."""
        if self._client is not None:
            self._client.close()
            self._client = None
        if isinstance(self._transport, asyncio.WriteTransport):
            self._transport.abort()
        self._transport = None


def _judged(error: SMTPResponseException, *, in_data: bool) -> Deferred | Refused:
    """Return what a reply means for the letter (RFC 5321 §4.2.1): 4yz is transient, 5yz permanent, others unclear."""
    if 500 <= error.code < 600 and error.code not in _LOGIN_WANTED:
        return Refused(error.code, _reply(error))
    return Deferred(error.code, _reply(error), unknown=in_data and not 400 <= error.code < 600)


def _ascii(address: str) -> str:
    """Return *address* as it may stand in a command: its domain in A-labels (RFC 5890), nothing beyond ASCII."""
    local, at, domain = address.rpartition("@")
    if not address:
        return ""
    if not at or not local.isascii() or re.search(r"[\x00-\x20<>\x7f]", address):
        raise ValueError("no address that SMTP can carry")
    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise ValueError("no domain that SMTP can carry") from error


def _code(error: BaseException) -> int | None:
    return getattr(error, "code", None)


def _reply(error: BaseException) -> str:
    code = _code(error)
    text = getattr(error, "message", None) or str(error) or type(error).__name__
    return _clean(f"{code} {text}" if code else str(text))


def _clean(text: str) -> str:
    """Keep a server's words to one printable line."""
    return "".join(character if character.isprintable() else " " for character in text)[:300]
