"""The two servers of the demonstration, in a thread of their own: IMAP [pymap] and an SMTP sink [aiosmtpd].

They listen on loopback, the worker speaks to them over TCP, and nothing they are given goes any further. pymap keeps
bytes and INTERNALDATE exactly, and forgets everything when the thread ends.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from argparse import Namespace
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

from intake.errors import IntakeError

LOOPBACK: Final = "127.0.0.1"
_LINE_LIMIT: Final = 1 << 20  # pymap ends a connection over a longer command line
_LETTER_LIMIT: Final = 33_554_432  # bytes


@dataclass(frozen=True, slots=True)
class Received:
    """A letter as the sink was given it, in its envelope (RFC 5321 §2.3.1)."""

    reverse_path: str  # "" is the null one
    recipient: str
    raw: bytes


@dataclass(slots=True)
class Sink:
    """Takes every letter and keeps it; to the recipients of *refusals* it gives that reply instead."""

    refusals: Mapping[str, str] = field(default_factory=dict)  # addr-spec in lower case: reply, such as 550 5.1.1 …
    letters: list[Received] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's interface)
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Accept or refuse one recipient (RFC 5321 §3.3)."""
        refusal = self.refusals.get(address.lower())
        if refusal is not None:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  (aiosmtpd's interface)
        """Keep the letter, once for each of its recipients."""
        reverse_path = "" if envelope.mail_from == "<>" else envelope.mail_from
        self.letters += [Received(reverse_path, recipient, envelope.content) for recipient in envelope.rcpt_tos]
        return "250 2.0.0 kept"

    def take(self) -> list[Received]:
        """Return what came since the last call."""
        taken, self.letters = self.letters, []
        return taken


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the two servers listen, and what the sink was given."""

    imap_port: int
    smtp_port: int
    sink: Sink


def available() -> bool:
    """Tell whether the two server packages are installed; they come with the extra ``demo``."""
    try:
        import aiosmtpd  # noqa: F401, PLC0415  (an extra)
        import pymap  # noqa: F401, PLC0415  (an extra)
    except ImportError:
        return False
    return True


@contextmanager
def serving(users: Mapping[str, str], sink: Sink) -> Iterator[Servers]:
    """Run both servers for *users* (name to password) until the block ends."""
    for name in ("mail.log", "pymap"):  # they tell every command; what the worker tells is of more use
        logging.getLogger(name).setLevel(logging.WARNING)
    ready: Future[tuple[int, int, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    thread = threading.Thread(target=_run, args=(users, sink, ready), name="demo-servers", daemon=True)
    thread.start()
    try:
        imap_port, smtp_port, loop, ending = ready.result(timeout=30)
    except (OSError, TimeoutError) as error:
        raise IntakeError(f"the servers of the demonstration did not start: {error}") from error
    try:
        yield Servers(imap_port, smtp_port, sink)
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join(timeout=10)


def _run(users: Mapping[str, str], sink: Sink, ready: Future[Any]) -> None:
    try:
        asyncio.run(_serve(users, sink, ready))
    except Exception as error:  # noqa: BLE001  (handed over to the thread that waits for the ports)
        if not ready.done():
            ready.set_exception(error)


async def _serve(users: Mapping[str, str], sink: Sink, ready: Future[Any]) -> None:
    ending = asyncio.Event()
    imap = await asyncio.start_server(await _imap(users), LOOPBACK, 0, limit=_LINE_LIMIT)
    smtp = await asyncio.get_running_loop().create_server(lambda: _smtp(sink), LOOPBACK, 0)
    ready.set_result((_port(imap), _port(smtp), asyncio.get_running_loop(), ending))
    await ending.wait()
    for server in (imap, smtp):
        server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:  # connections that their clients left open
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _port(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port


def _smtp(sink: Sink) -> Any:
    from aiosmtpd.smtp import SMTP  # noqa: PLC0415  (an extra)

    return SMTP(sink, hostname="sink.demo.example", ident="intake demo sink", data_size_limit=_LETTER_LIMIT)


async def _imap(users: Mapping[str, str]) -> Any:
    """Return the callback of an IMAP server with an empty INBOX for each of *users*."""
    from proxyprotocol.reader import ProxyProtocolReader  # noqa: PLC0415  (an extra)
    from pymap.backend.dict import Config, Identity, Login  # noqa: PLC0415
    from pymap.imap import IMAPServer  # noqa: PLC0415
    from pymap.user import Passwords, UserMetadata  # noqa: PLC0415
    from pysasl.hashing import Cleartext  # noqa: PLC0415

    config = Config(
        Namespace(passlib_cfg=None, proxy_protocol="noop"),
        host=LOOPBACK,
        port=0,
        tls_enabled=False,
        demo_data=False,
        demo_user="",
        demo_password="",
        invalid_user_sleep=0,
        hash_context=Cleartext(),  # the passwords live as long as the thread; hashing them costs 0.15 s a login
    )
    config.apply_context()
    login, passwords = Login(config), Passwords(config)
    for name, secret in users.items():
        hashed = await passwords.hash_password(secret)
        await Identity(name, login, None, frozenset()).set(UserMetadata(config, name, password=hashed))
    return ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(login, config))


class Postman:
    """Delivers messages into mailboxes as a mail server would: exact bytes, at the hour that they arrive."""

    def __init__(self, port: int, users: Mapping[str, str]) -> None:
        self._clients = {name: _client(port, name, secret) for name, secret in users.items()}

    def deliver(self, user: str, raw: bytes, arrival: datetime) -> None:
        """Put *raw* into the INBOX of *user* with *arrival*, aware, as its INTERNALDATE (RFC 9051 §2.3.3)."""
        self._clients[user].append("INBOX", raw, msg_time=arrival)

    def flags(self, user: str) -> list[tuple[bytes, ...]]:
        """Return the flags of every message of *user*, Recent aside: whether somebody left a trace in the mailbox."""
        client = self._clients[user]
        client.select_folder("INBOX", readonly=True)  # EXAMINE
        uids = client.search()
        fetched = client.fetch(uids, ["FLAGS"]) if uids else {}
        return [tuple(flag for flag in fetched[uid][b"FLAGS"] if flag != b"\\Recent") for uid in uids]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients.values():
            client.logout()


def _client(port: int, name: str, secret: str) -> Any:
    from imapclient import IMAPClient  # noqa: PLC0415  (heavy, and only here)

    client = IMAPClient(LOOPBACK, port, ssl=False, timeout=30)
    client.normalise_times = False
    client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # APPEND waits 40 ms for each otherwise
    client.login(name, secret)
    return client
