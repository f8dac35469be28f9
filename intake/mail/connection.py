"""A connection to an IMAP server: made, logged in to, and thrown away where anything goes wrong [imapclient].

Everything that goes wrong is a ``MailboxError`` in one line; nobody says farewell then: the stream may be out of step.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from intake.config import is_loopback
from intake.errors import LoginRefused, MailboxError

TIMEOUT = SocketTimeout(connect=10, read=60)
_NO_FAULT_OF_OURS = ("[UNAVAILABLE]", "[LIMIT]", "[INUSE]", "[SERVERBUG]", "command error: BAD")  # RFC 5530 §3


@dataclass(frozen=True, slots=True)
class Access:
    """How a mailbox is reached."""

    host: str
    port: int
    tls: str  # implicit, starttls or none
    username: str | None = None
    password: str | None = None
    oauth2_token: str | None = None
    folder: str = "INBOX"
    ca_file: str | None = None


@contextlib.contextmanager
def opened(access: Access) -> Iterator[IMAPClient]:
    """Give a connection that is logged in.

    Raise ``LoginRefused`` where the credentials are refused, ``MailboxError`` for anything else.
    """
    if {"\r", "\n", "\0"} & set(access.folder):  # would be a second command on the wire
        raise MailboxError(f"{access.host}: a folder's name may hold no CR, LF or NUL")
    with told(access):
        client = _connect(access)
    try:
        with told(access):
            _log_in(client, access)
        yield client
    except BaseException:
        hang_up(client)  # no farewell: the stream may be out of step, or nobody may be listening
        raise
    try:
        client.logout()
    except (IMAPClientError, OSError):
        hang_up(client)


def _connect(access: Access) -> IMAPClient:
    if access.tls == "none" and not is_loopback(access.host):
        raise MailboxError(f"{access.host}: a connection without TLS is for loopback only")
    context = ssl.create_default_context(cafile=access.ca_file) if access.tls != "none" else None
    client = IMAPClient(access.host, access.port, ssl=access.tls == "implicit", ssl_context=context, timeout=TIMEOUT)
    client.normalise_times = False  # else INTERNALDATE loses its offset, and a cutoff is an hour wrong
    _hasten(client)
    if access.tls == "starttls":
        try:
            client.starttls(context)
        except BaseException:
            hang_up(client)
            raise
    return client


def _hasten(client: IMAPClient) -> None:
    """Have each piece of a command leave at once: a login in two pieces would else wait for the first one's receipt."""
    with contextlib.suppress(OSError):  # gone already: the login tells
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def shut(stream: Any) -> None:
    """End a connection under whoever reads from it."""
    with contextlib.suppress(OSError):
        stream.shutdown(socket.SHUT_RDWR)  # not close, which would wait for the thread that reads


def hang_up(client: IMAPClient) -> None:
    """Close the connection without a word."""
    with contextlib.suppress(OSError):  # it may be broken already
        client.shutdown()


def _log_in(client: IMAPClient, access: Access) -> None:
    if access.username is None:
        return  # preauthenticated: a server on loopback that asks for none
    if access.oauth2_token is not None:
        client.oauth2_login(access.username, access.oauth2_token)
    elif (access.password or "").isascii() and access.username.isascii():
        client.login(access.username, access.password)
    else:  # LOGIN takes ASCII only (RFC 9051 §6.2.3); SASL PLAIN takes UTF-8 (RFC 4616)
        client.plain_login(access.username, access.password)


@contextlib.contextmanager
def told(access: Access) -> Iterator[None]:
    """Turn what imapclient and sockets raise into one line about the server."""
    try:
        yield
    except LoginError as error:
        # imapclient calls every failure during a login one: a lost connection too, and a directory that is down
        if isinstance(error.__context__, IMAPClientAbortError) or any(word in str(error) for word in _NO_FAULT_OF_OURS):
            raise MailboxError(f"{access.host}: no login: {_line(error)}") from error
        raise LoginRefused(f"{access.host}: login refused for {access.username}: {_line(error)}") from error
    except MailboxError:
        raise
    except Exception as error:  # a malformed answer may raise anything in imaplib's and imapclient's parsers
        raise MailboxError(f"{access.host}: {type(error).__name__}: {_line(error)}") from error


def _line(error: BaseException) -> str:
    text = str(error)
    text = text[2:-1] if text[:2] in {"b'", 'b"'} else text
    return "".join(character if character.isprintable() else " " for character in text)[:160]
