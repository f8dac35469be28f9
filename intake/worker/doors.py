"""Doors: the mailboxes logged in to side by side, each in a thread of its own, and looked into once.

Who opened a door hands it to whoever takes the mail in, so that a login is made once; a door that nobody goes through
is shut without harm. One connection has one owner at a time: the thread that opens it, then whoever entered.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from intake.config import MailboxConfig, Settings
from intake.mail.mailbox import Mailbox
from intake.worker.logins import access

_FRESH = 60.0  # seconds in which no server takes a silent client for gone


@dataclass(frozen=True, slots=True)
class Found:
    """What a first look into a mailbox found."""

    uidvalidity: int
    uidnext: int
    has_more: bool  # above the UID that was asked for


@dataclass(slots=True)
class Door:
    """One mailbox, logged in to and looked into."""

    settings: Settings
    box: MailboxConfig
    above: int  # the UID above which is looked
    held: ExitStack = field(default_factory=ExitStack)
    mailbox: Mailbox | None = None
    opened: float = 0.0  # monotonic
    _first: Future[Found] | None = None

    def knock(self, threads: ThreadPoolExecutor) -> Self:
        """Begin to open it."""
        self._first = threads.submit(self._look)
        return self

    def found(self) -> Found:
        """Return what the first look found; raise what went wrong with it."""
        assert self._first is not None  # noqa: S101  (knocked at where it is made)
        return self._first.result()

    @property
    def has_more(self) -> bool:
        """Tell whether the first look found something."""
        return self._first is not None and self._first.exception() is None and self._first.result().has_more

    def __enter__(self) -> Mailbox:
        """Give the mailbox as it was examined at first; raise what went wrong then."""
        self.found()
        if self.mailbox is not None and time.monotonic() - self.opened < _FRESH:
            return self.mailbox
        self.shut()
        return self._open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        """Log out, or hang up after an error."""
        self.mailbox = None
        return self.held.pop_all().__exit__(kind, error, trace)

    def shut(self) -> None:
        """Log out where nobody went in."""
        self.mailbox = None
        self.held.pop_all().close()

    def _open(self) -> Mailbox:
        opening = Mailbox.open(access(self.settings, self.box), self.box.id)
        self.mailbox = self.held.enter_context(opening)
        self.opened = time.monotonic()
        return self.mailbox

    def _look(self) -> Found:
        mailbox = self._open()
        try:
            more = mailbox.uids_after(self.above)
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise
        return Found(mailbox.uidvalidity, mailbox.uidnext, bool(more))


def opened(settings: Settings, above: Iterable[tuple[MailboxConfig, int]], shutting: ExitStack) -> list[Door]:
    """Open the doors of mailboxes side by side; *shutting* shuts at its end those that nobody went through."""
    doors = [Door(settings, box, uid) for box, uid in above]
    with ThreadPoolExecutor(len(doors), thread_name_prefix="door") as threads:
        for door in doors:
            shutting.callback(door.shut)
            door.knock(threads)
    return doors
