"""A mailbox on an IMAP server: what is new in it, and its bytes, without a trace left there [imapclient].

The folder is examined, never selected, and bodies come by BODY.PEEK[], so that no flag can change (RFC 9051 §6.3.3,
§6.4.5). INTERNALDATE is kept with the offset in which the server said it. Everything that goes wrong is a
``MailboxError`` in one line, and the connection is thrown away then, for the stream may be out of step. One object has
one owner at a time.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from typing import Any

from imapclient import IMAPClient

from intake.errors import MailboxError
from intake.mail import connection
from intake.mail.connection import Access, shut, told

_ANSWER = 300.0  # seconds that one answer may take in all
_BATCH_BYTES = 4 << 20  # bodies asked for in one FETCH
_BATCH = 50
_PIECE = 1 << 20  # a larger body comes in pieces of this, so that no answer is larger
_ARRIVALS = 1000  # UIDs whose INTERNALDATE and size are asked for at once
_ONE_ANSWER = 50_000  # hits that fit one SEARCH answer: a line over 1 MB breaks imaplib
_NO_BOUND = 1 << 32  # above every UID, which is 32 bits wide
_IDLE_SPAN = 1500.0  # seconds, under the 29 minutes of RFC 2177
_IDLE_CHECK = 1.0  # seconds between looks at whether to stop


@dataclass(frozen=True, slots=True)
class Listed:
    """A message as its server lists it."""

    uid: int
    internaldate: datetime | None  # aware
    size: int  # RFC822.SIZE, which may be wrong


@dataclass(frozen=True)  # without slots: what is worked out of the bytes is kept
class Fetched:
    """A message as IMAP gave it."""

    mailbox: str  # id
    folder: str
    uidvalidity: int
    uid: int
    internaldate: datetime | None  # when the server took it in, aware; None where it gave none that can be read
    raw: bytes

    @cached_property
    def sha256(self) -> str:
        """Return the digest of the bytes, hexadecimal."""
        return hashlib.sha256(self.raw).hexdigest()

    @cached_property
    def packed(self) -> bytes:
        """Return the bytes as they are kept [zlib]; what packs them lets other threads work meanwhile."""
        if len(self.raw) <= _PIECE:
            return zlib.compress(self.raw, 6)
        packer, packed = zlib.compressobj(6), io.BytesIO()  # zlib.compress would hold what it made twice
        with memoryview(self.raw) as view:
            for start in range(0, len(view), _PIECE):
                packed.write(packer.compress(view[start : start + _PIECE]))
        packed.write(packer.flush())
        return packed.getvalue()


class Mailbox:
    """An open folder of a mailbox, examined."""

    def __init__(self, client: IMAPClient, mailbox: str, access: Access, state: dict[bytes, Any]) -> None:
        self._client = client
        self._mailbox = mailbox
        self._access = access
        self.missing: list[int] = []  # UIDs that were to be fetched and that the server has no more
        self.withheld: list[int] = []  # those that it still lists, and does not give
        self._examined(state)

    def _examined(self, state: dict[bytes, Any]) -> None:
        self._exists = int(state[b"EXISTS"])
        self.uidvalidity = int(state[b"UIDVALIDITY"])
        self.uidnext = int(state.get(b"UIDNEXT", 0)) or _NO_BOUND  # RFC 9051 §6.3.2 requires it; older servers may not

    @classmethod
    @contextlib.contextmanager
    def open(cls, access: Access, mailbox: str = "") -> Iterator[Mailbox]:
        """Log in and examine the folder; *mailbox* names it in what is fetched.

        Raise ``LoginRefused`` where the credentials are refused, ``MailboxError`` for anything else.
        """
        with connection.opened(access) as client:
            with told(access):
                state = client.select_folder(access.folder, readonly=True)
                mailbox_ = cls(client, mailbox, access, state)
            yield mailbox_

    def examine(self) -> None:
        """Examine the folder again: it is known then as it is now."""
        with told(self._access):
            self._examined(self._client.select_folder(self._access.folder, readonly=True))

    @property
    def can_idle(self) -> bool:
        """Tell whether the server offers IDLE (RFC 2177)."""
        with told(self._access):
            return bool(self._client.has_capability("IDLE"))

    def uids_after(self, uid: int) -> list[int]:
        """Return the UIDs above *uid*, ascending; servers promise no order, and ``n:*`` names the last even below n."""
        found = set[int]()
        with told(self._access):
            if self._exists <= _ONE_ANSWER or self.uidnext == _NO_BOUND:
                found.update(self._client.search(["UID", f"{uid + 1}:*"]))
            else:
                for start in range(uid + 1, self.uidnext, _ONE_ANSWER):
                    end = min(start + _ONE_ANSWER, self.uidnext) - 1
                    found.update(self._client.search(["UID", f"{start}:{end}"]))
                found.update(self._client.search(["UID", f"{max(uid + 1, self.uidnext)}:*"]))  # came since the opening
        return sorted(each for each in found if each > uid)

    def arrivals(self, uids: Sequence[int]) -> Iterator[Listed]:
        """Yield when each of *uids* arrived and how large it is; a UID that is gone meanwhile yields nothing."""
        for start in range(0, len(uids), _ARRIVALS):
            chunk = list(uids[start : start + _ARRIVALS])
            answers = self._ask(chunk, ["INTERNALDATE", "RFC822.SIZE"])
            for uid in chunk:
                answer = answers.get(uid)
                if answer is not None and b"RFC822.SIZE" in answer:
                    yield Listed(uid, _aware(answer.get(b"INTERNALDATE")), int(answer[b"RFC822.SIZE"]))

    def fetch(self, uids: Sequence[int]) -> Iterator[Fetched]:
        """Yield the messages *uids*, in order.

        One that is gone meanwhile stands in ``missing`` afterwards; one that the server still lists and keeps back
        stands in ``withheld``, for nobody may pass it by.
        """
        absent = set(uids)
        for batch in _batches(list(self.arrivals(uids))):
            bodies = self._bodies(batch)
            for listed in batch:
                if listed.uid in bodies:
                    absent.remove(listed.uid)
                    yield self._fetched(listed, bodies.pop(listed.uid))  # nothing here holds it then
        if absent:
            self._account_for(sorted(absent))

    def _fetched(self, listed: Listed, raw: bytes) -> Fetched:
        return Fetched(self._mailbox, self._access.folder, self.uidvalidity, listed.uid, listed.internaldate, raw)

    def _account_for(self, absent: Sequence[int]) -> None:
        """Tell UIDs that gave nothing because they are gone from those that the server keeps back."""
        listed = set[int]()
        with told(self._access):
            self._client.noop()  # lets the server say what is expunged (RFC 9051 §7.5.1)
            for start in range(0, len(absent), _ARRIVALS):
                chunk = absent[start : start + _ARRIVALS]
                listed.update(self._client.search(["UID", ",".join(map(str, chunk))]))
        self.withheld += [uid for uid in absent if uid in listed]
        self.missing += [uid for uid in absent if uid not in listed]

    def idle(self, seconds: float, stop: threading.Event) -> bool:
        """Wait up to *seconds* or until *stop*; return True as soon as something may have come."""
        deadline = time.monotonic() + seconds
        with told(self._access):
            if _rang(self._client.noop()[1]):  # what came before the waiting began
                return True
            while not stop.is_set() and (left := deadline - time.monotonic()) > 0:
                if self._idle_once(min(left, _IDLE_SPAN), stop):
                    return True
        return False

    def _idle_once(self, seconds: float, stop: threading.Event) -> bool:
        """Idle for a span that no server takes for absence."""
        self._client.idle()
        if self._has_more():
            return _rang(self._client.idle_done()[1])
        deadline = time.monotonic() + seconds
        rang = False
        while not rang and not stop.is_set() and (left := deadline - time.monotonic()) > 0:
            asked = time.monotonic()
            span = min(left, _IDLE_CHECK)
            answers = self._client.idle_check(timeout=span)
            if not answers and time.monotonic() - asked < span * 0.5:  # imapclient#565: so a lost connection looks
                raise ConnectionAbortedError("the server closed the connection")
            if any(answer and answer[0] == b"BYE" for answer in answers):
                raise ConnectionAbortedError("the server said BYE")
            rang = _rang(answers)
        return _rang(self._client.idle_done()[1]) or rang

    def _has_more(self) -> bool:
        """Tell whether more came in the packet that began the waiting: idle_check looks at the socket alone."""
        imap, stream = self._client._imap, self._client.socket()  # noqa: SLF001  (imapclient shows no buffer)
        file = getattr(imap, "file", None) or imap._file  # noqa: SLF001  (its name from Python 3.14 on)
        stream.setblocking(False)
        try:
            return bool(file.peek(1))
        except OSError:  # TLS has nothing more
            return False
        finally:
            stream.settimeout(connection.TIMEOUT.read)

    @contextlib.contextmanager
    def _limited(self) -> Iterator[None]:
        """Hang up on a server whose answer trickles: each byte is in time, and the last one never comes."""
        stream = self._client.socket()
        timer = threading.Timer(_ANSWER, shut, (stream,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _ask(self, uids: Sequence[int], items: Sequence[str]) -> dict[int, dict[bytes, Any]]:
        """FETCH *items*; where the server says NO to many at once, one message may be the reason: ask for fewer."""
        try:
            with told(self._access), self._limited():
                answers: dict[int, dict[bytes, Any]] = self._client.fetch(list(uids), items)
                return answers
        except MailboxError as error:
            if not str(error.__cause__).startswith("fetch failed"):  # imapclient's words for a tagged NO
                raise
        if len(uids) == 1:
            return {}
        middle = len(uids) // 2
        return self._ask(uids[:middle], items) | self._ask(uids[middle:], items)

    def _bodies(self, batch: Sequence[Listed]) -> dict[int, bytes]:
        """Return the bodies that the server gives."""
        if len(batch) == 1 and batch[0].size > _PIECE:
            body = self._in_pieces(batch[0].uid)
            return {} if body is None else {batch[0].uid: body}
        answers = self._ask([listed.uid for listed in batch], ["BODY.PEEK[]"])
        return {uid: answer[b"BODY[]"] for uid, answer in answers.items() if isinstance(answer.get(b"BODY[]"), bytes)}

    def _in_pieces(self, uid: int) -> bytes | None:
        """Return a large body, asked for piece by piece, until the server has no more."""
        body = io.BytesIO()  # gives what was written to it without a copy
        size = 0
        while True:
            answer = self._ask([uid], [f"BODY.PEEK[]<{size}.{_PIECE}>"]).get(uid, {})
            key = f"BODY[]<{size}>".encode()
            if key not in answer or (answer[key] is None and not size):
                return None  # gone between two pieces: its beginning is not the message
            piece = answer[key] or b""  # NIL where there is no more
            body.write(piece)
            size += len(piece)
            if len(piece) < _PIECE:  # RFC822.SIZE may be wrong; a short piece is the last one
                return body.getvalue()


def _batches(listed: Sequence[Listed]) -> Iterator[list[Listed]]:
    """Gather messages that are fetched at once; a large one comes alone."""
    batch: list[Listed] = []
    size = 0
    for each in listed:
        if batch and (len(batch) >= _BATCH or size + each.size > _BATCH_BYTES or each.size > _PIECE):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += each.size
        if each.size > _PIECE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _aware(when: object) -> datetime | None:
    """Return an aware time under a zone of the standard library; imapclient's own cannot be sent to another process."""
    try:
        offset = when.utcoffset() if isinstance(when, datetime) else None
        return when.replace(tzinfo=timezone(offset)) if isinstance(when, datetime) and offset is not None else None
    except ValueError:  # an offset of a day or more
        return None


def _rang(answers: Sequence[Sequence[Any]] | None) -> bool:
    """Tell whether unasked answers say that the folder holds more than before."""
    return any(len(answer) > 1 and answer[1] in {b"EXISTS", b"RECENT"} for answer in answers or ())
