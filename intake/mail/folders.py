"""The folders of a mailbox that we file into: made, looked at, and messages moved between them [imapclient].

MOVE where the server has it (RFC 6851); COPY and UID EXPUNGE with UIDPLUS (RFC 4315) where it has not, so that nobody
else's deleted messages go with ours; a keyword on the message where it has neither. None of them changes INTERNALDATE
(RFC 9051 §6.4.7 says SHOULD for COPY, RFC 6851 §3.3 for MOVE). Each is one step on the wire that may be lost after it
was done: the caller writes down first what it wants, and looks afterwards.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from imapclient import IMAPClient

from intake.errors import MailboxError
from intake.mail import connection
from intake.mail.connection import Access, told

_AT_ONCE = 200  # UIDs in one command
_SPANS = 100_000  # UIDs that a COPYUID may name before we stop to believe it


class Way(StrEnum):
    """How a server lets messages be filed."""

    MOVE = "move"
    COPY = "copy"  # and expunge by UID
    KEYWORD = "keyword"  # the message stays where it is


@dataclass(frozen=True, slots=True)
class State:
    """What STATUS says of a folder: the same State means that nothing was put in or taken out."""

    uidvalidity: int
    uidnext: int
    messages: int


@dataclass(frozen=True, slots=True)
class Moved:
    """Where messages went: the new UIDs by the old ones, where the server told them (COPYUID, RFC 4315 §3)."""

    uidvalidity: int
    uids: Mapping[int, int]


class Cabinet:
    """The folders of an account, and its connection; one owner at a time."""

    def __init__(self, client: IMAPClient, access: Access) -> None:
        self._client = client
        self._access = access
        self._selected: str | None = None
        with told(access):
            self.way = _way(client)
            self._prefix, self._delimiter = _naming(client)

    @classmethod
    @contextlib.contextmanager
    def open(cls, access: Access) -> Iterator[Cabinet]:
        """Log in; raise ``MailboxError`` where that fails."""
        with connection.opened(access) as client:
            yield cls(client, access)

    def name(self, path: str) -> str:
        """Return the server's name of the folder that the office calls *path*, its levels parted by "/"."""
        parts = [part.strip() for part in path.split("/")]
        return self._prefix + self._delimiter.join(part.replace(self._delimiter, "_") for part in parts if part)

    def state(self, folder: str) -> State | None:
        """Return how *folder* is; None where there is none."""
        with told(self._access):
            if not self._client.folder_exists(folder):
                return None
            answer: dict[bytes, Any] = self._client.folder_status(folder, ["MESSAGES", "UIDNEXT", "UIDVALIDITY"])
        return State(int(answer[b"UIDVALIDITY"]), int(answer[b"UIDNEXT"]), int(answer[b"MESSAGES"]))

    def make(self, folder: str) -> None:
        """Make *folder*, and have mail programs show it."""
        with told(self._access):
            self._client.create_folder(folder)
            self._client.subscribe_folder(folder)

    def there(self, folder: str, uids: Sequence[int]) -> list[int]:
        """Return those of *uids* that lie in *folder*, ascending."""
        self._select(folder)
        found = set[int]()
        with told(self._access):
            for chunk in _chunks(uids):
                found.update(self._client.search(["UID", ",".join(map(str, chunk))]))
        return sorted(found.intersection(uids))

    def move(self, folder: str, uids: Sequence[int], target: str) -> Moved:
        """Move *uids* from *folder* to *target*, and return where they are now, as far as the server says."""
        self._select(folder)
        moved: dict[int, int] = {}
        uidvalidity = 0
        for chunk in _chunks(uids):
            with told(self._access):
                told_by = self._move(chunk, target) if self.way is Way.MOVE else self._copy(chunk, target)
            uidvalidity, pairs = _copyuid(told_by) or (uidvalidity, {})
            moved |= pairs
        return Moved(uidvalidity, moved)

    def _move(self, uids: Sequence[int], target: str) -> bytes:
        imap = self._client._imap  # noqa: SLF001  (imapclient gives no COPYUID of a MOVE)
        imap.response("COPYUID")  # an earlier one is of no use
        self._client.move(list(uids), target)
        answer = imap.response("COPYUID")[1]
        return b"[COPYUID " + answer[-1] + b"]" if answer and answer[-1] else b""

    def _copy(self, uids: Sequence[int], target: str) -> bytes:
        answer: bytes | None = self._client.copy(list(uids), target)
        self.remove(uids)
        return answer or b""  # imaplib drops the code of a tagged answer: where they lie is seen at the next look

    def remove(self, uids: Sequence[int]) -> None:
        """Take *uids* out of the selected folder: copies of them lie elsewhere."""
        with told(self._access):
            for chunk in _chunks(uids):
                self._client.add_flags(chunk, [b"\\Deleted"], silent=True)
                self._client.uid_expunge(chunk)

    def marked(self, folder: str, keyword: str) -> list[int]:
        """Return the UIDs in *folder* that bear *keyword*, ascending."""
        self._select(folder)
        with told(self._access):
            return sorted(self._client.search(["KEYWORD", keyword]))

    def mark(self, folder: str, uids: Sequence[int], keyword: str, others: Sequence[str]) -> None:
        """Give *uids* in *folder* one *keyword* and take *others* from them; raise where the server keeps none."""
        self._select(folder)
        with told(self._access):
            for chunk in _chunks(uids):
                if others:
                    self._client.remove_flags(chunk, [other.encode() for other in others], silent=True)
                self._client.add_flags(chunk, [keyword.encode()], silent=True)
        if set(uids).difference(self.marked(folder, keyword)):
            raise MailboxError(f"{self._access.host}: keeps no keywords, and can neither move nor copy by UID")

    def _select(self, folder: str) -> None:
        if folder != self._selected:
            self._selected = None
            with told(self._access):
                self._client.select_folder(folder)
            self._selected = folder


def _way(client: IMAPClient) -> Way:
    if client.has_capability("MOVE"):
        return Way.MOVE
    return Way.COPY if client.has_capability("UIDPLUS") else Way.KEYWORD


def _naming(client: IMAPClient) -> tuple[str, str]:
    """Return the prefix and the delimiter of the account's own folders (RFC 9051 §6.3.10)."""
    if client.has_capability("NAMESPACE"):
        personal = client.namespace().personal
        if personal:
            prefix, delimiter = personal[0]
            return _text(prefix), _text(delimiter) or "/"
    listed = client.list_folders("", "")  # the root, and what parts levels there (§6.3.9)
    return "", (_text(listed[0][1]) if listed else "") or "/"


def _text(value: bytes | str | None) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else value or ""


def _chunks(uids: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(uids), _AT_ONCE):
        yield list(uids[start : start + _AT_ONCE])


def _copyuid(answer: bytes) -> tuple[int, dict[int, int]] | None:
    """Read the response code COPYUID (RFC 4315 §3); None where *answer* holds none that makes sense."""
    _, found, rest = answer.partition(b"[COPYUID ")
    words = rest.partition(b"]")[0].split()
    if not found or len(words) != 3 or not words[0].isdigit():
        return None
    old, new = _numbers(words[1]), _numbers(words[2])
    if old is None or new is None or len(old) != len(new):
        return None
    return int(words[0]), dict(zip(old, new, strict=True))


def _numbers(uid_set: bytes) -> list[int] | None:
    """Return the numbers of a set such as ``4,7:9``, in its order."""
    numbers: list[int] = []
    for part in uid_set.split(b","):
        first, _, last = part.partition(b":")
        if not first.isdigit() or (last and not last.isdigit()):
            return None
        low, high = int(first), int(last or first)
        if high - low > _SPANS:
            return None
        numbers += range(low, high + 1) if low <= high else range(low, high - 1, -1)
    return numbers
