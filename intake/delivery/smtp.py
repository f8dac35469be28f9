"""The courier: one letter in its envelope, one attempt, one outcome [aiosmtplib].

aiosmtplib connects, greets and logs in; ``dialogue.py`` speaks from then on, for aiosmtplib loses a reply that comes
together with another. The reply to each command is read for itself, so that it is known how far an attempt came. What
either raises becomes an outcome here and nowhere else. A connection on which anything but a plain reply went wrong is
closed, for it may be out of step.
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

from aiosmtplib import SMTP, SMTPException, SMTPHeloError

from intake.config import is_loopback
from intake.delivery import dialogue
from intake.delivery.dialogue import Dialogue, Reply
from intake.errors import RelayError

_CONNECT, _COMMAND, _DATA = 10.0, 60.0, 600.0  # seconds; RFC 5321 §4.5.3.2 asks for ten minutes after the final dot
_DONE, _CLOSING = 250, 421
_GO_ON = frozenset({354})
_WANTED = (frozenset({_DONE}), frozenset({_DONE, 251}), _GO_ON)  # to MAIL, to RCPT (RFC 5321 §4.3.2), to DATA
_RESET = b"RSET\r\n"
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
        self._dialogue: Dialogue | None = None
        self._is_pipelining = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._dialogue is not None and error is None:
            with contextlib.suppress(OSError):  # what was accepted stays accepted
                await self._dialogue.ask(b"QUIT\r\n", 5)
        self._close()

    async def deliver(self, reverse_path: str, recipient: str, raw: bytes) -> Outcome:
        """Offer one letter to the relay; *reverse_path* "" is the null one. Never raises for what a server does."""
        try:
            sender, to = _ascii(reverse_path), _ascii(recipient)
        except ValueError as error:
            return Refused(None, str(error))
        try:
            spoken = await self._connected()
        except _FAULTS as error:
            return Deferred(_code(error), _reply(error))  # the relay's own trouble, whatever its code
        return await self._offer(spoken, dialogue.envelope(sender, to), dialogue.content(raw))

    async def greet(self) -> str:
        """Connect and log in, and send nothing; return what the relay says of itself, or raise ``RelayError``."""
        try:
            await self._connected()
        except _FAULTS as error:
            raise RelayError(f"{self._relay.host}: {_reply(error)}") from error
        said = self._client.last_ehlo_response if self._client else None
        return _clean(said.message if said else "connected")

    async def probe(self) -> str:
        """Do what ``greet`` does, and ask for a reply twice (NOOP, RSET); raise ``RelayError`` where one is missing."""
        said = await self.greet()
        try:
            spoken = await self._connected()
            for command in (b"NOOP\r\n", _RESET):
                reply = await spoken.ask(command, self._relay.timeout)
                if reply.code != _DONE:
                    raise OSError(f"{reply.code} {reply.text}")
        except _FAULTS as error:
            self._close()
            raise RelayError(f"{self._relay.host}: {_reply(error)}") from error
        return said

    async def _offer(self, spoken: Dialogue, envelope: tuple[bytes, bytes], content: bytes) -> Outcome:
        """Speak the envelope, DATA and the letter; the first reply that is another than it should be decides."""
        is_underway = False
        try:
            refusal = await (self._together if self._is_pipelining else self._one_by_one)(spoken, envelope)
            if refusal is not None:
                return _judged(refusal, unknown=False)
            spoken.say(content)
            is_underway = True
            reply = await spoken.reply(self._relay.data_timeout)
            if reply.code != _DONE:
                await self._reset(spoken, reply)
                return _judged(reply, unknown=not 400 <= reply.code < 600)
        except _FAULTS as error:
            self._close()
            return Deferred(_code(error), _reply(error), unknown=is_underway)
        except BaseException:  # cancelled in the middle: the next reply would belong to this letter
            self._close()
            raise
        return Accepted(_clean(f"{reply.code} {reply.text}"))

    async def _one_by_one(self, spoken: Dialogue, envelope: tuple[bytes, bytes]) -> Reply | None:
        """Ask whether the letter may follow; return the reply for which it cannot, None where it can."""
        for command, wanted in zip((*envelope, dialogue.DATA), _WANTED, strict=True):
            reply = await spoken.ask(command, self._patience(wanted))
            if reply.code not in wanted:
                await self._reset(spoken, reply)
                return reply
        return None

    async def _together(self, spoken: Dialogue, envelope: tuple[bytes, bytes]) -> Reply | None:
        """Do so in one piece (RFC 2920); what is said to the commands behind a refused one is read, and means nothing.

        A relay that says 354 though it refused the envelope waits for a letter. §3.1 would send it one without a line;
        hanging up sends none.
        """
        spoken.say(b"".join((*envelope, dialogue.DATA)), replies=len(_WANTED))
        refusal = None
        for wanted in _WANTED:
            try:
                reply = await spoken.reply(self._patience(wanted))
            except OSError:
                if refusal is None:
                    raise
                self._close()  # it said why, and hung up
                return refusal
            if refusal is None and reply.code not in wanted:
                refusal = reply
                if _ends(reply.code):
                    self._close()
                    return refusal
        if refusal is not None and reply.code in _GO_ON:
            self._close()
        elif refusal is not None:
            await self._reset(spoken, refusal)
        return refusal

    def _patience(self, wanted: frozenset[int]) -> float:
        return self._relay.data_timeout if wanted is _GO_ON else self._relay.timeout

    async def _reset(self, spoken: Dialogue, refusal: Reply) -> None:
        """Make the connection ready for the next letter."""
        if _ends(refusal.code):
            self._close()
            return
        try:
            reply = await spoken.ask(_RESET, self._relay.timeout)
        except OSError:
            self._close()
        else:
            if reply.code != _DONE:
                self._close()

    async def _connected(self) -> Dialogue:
        if self._dialogue is not None and self._dialogue.is_open:
            return self._dialogue
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
            await _introduced(client)
            if not isinstance(self._transport, asyncio.Transport):
                raise SMTPException("the connection was lost")  # noqa: TRY301  (closed below, as any other)
            self._is_pipelining = client.supports_extension("pipelining")
            self._dialogue = Dialogue(self._transport)
        except BaseException:  # cancelled too: half a login is no connection for the next letter
            self._close()
            raise
        return self._dialogue

    def _close(self) -> None:
        """Close the socket now: TLS would wait for the other side's farewell, which may never come."""
        if self._client is not None:
            self._client.close()
        if isinstance(self._transport, asyncio.WriteTransport):
            self._transport.abort()
        self._client = self._transport = self._dialogue = None


async def _introduced(client: SMTP) -> None:
    """Say who we are, where that was not said since TLS began; to an old server in the old way (RFC 5321 §3.2)."""
    if client.is_ehlo_or_helo_needed:
        try:
            await client.ehlo()
        except SMTPHeloError:
            if not client.is_connected:
                raise
            await client.helo()


def _ends(code: int) -> bool:
    """Tell whether a reply ends the connection: 421 says that the server closes it (RFC 5321 §3.8).

    A reply that is neither 4yz nor 5yz where it refuses is out of place, and so is the stream then.
    """
    return code == _CLOSING or code in _LOGIN_WANTED or not 400 <= code < 600


def _judged(reply: Reply, *, unknown: bool) -> Deferred | Refused:
    """Return what a reply means for the letter (RFC 5321 §4.2.1): 4yz is transient, 5yz permanent, others unclear."""
    said = _clean(f"{reply.code} {reply.text}")
    if 500 <= reply.code < 600 and reply.code not in _LOGIN_WANTED:
        return Refused(reply.code, said)
    return Deferred(reply.code, said, unknown=unknown)


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
