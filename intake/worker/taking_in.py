"""Taking in: one look into one mailbox, from the server's list of UIDs to records and letters in the outbox.

Each batch of messages is one transaction: the fates of its UIDs, the cursor, the records and the letters owed are all
there afterwards, or none. Within it each message stands or falls alone: one that the program fails on is undone,
set aside and shown to staff, and the next one goes on.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from intake import events, failpoints
from intake.config import MailboxConfig
from intake.delivery import outbox
from intake.errors import LoginRefused, MailboxError, RecordError
from intake.mail.mailbox import Fetched, Mailbox
from intake.records import accounts, record, shares
from intake.records.accounts import Cursor, Folder, Look
from intake.records.foreseen import Kind
from intake.records.shares import Range
from intake.records.store import Fate
from intake.worker import memory
from intake.worker.desk import Desk
from intake.worker.logins import access
from intake.worker.reading import CORES, Read, Unreadable

if TYPE_CHECKING:
    from intake.worker.entering import Entering

# What is once on record whoever enters it; that an organisation wrote twice at one moment, the next letter may see.
_MEANT = frozenset({Kind.SENDER, Kind.FINGERPRINT, Kind.LETTER, Kind.RECIPIENT})
_DATABASE = (OperationalError, InterfaceError)
_CHUNK = 500  # UIDs whose arrival is asked for at once
_SUSPICIOUS = 5  # looks in a row that failed: then one message at a time, in case one of them is the reason
_ASKED_AGAIN = 5  # messages that the server kept back, a look
_BATCH = 50  # messages that share a transaction
_BATCH_BYTES = 4 << 20
_LARGE = 1 << 20  # bytes of a message that is a batch of its own, with none read ahead of it or behind it
_WORTH_A_CHILD = 25  # messages for which one more child is started: it takes as long to come up as to read them
_Reading = tuple[Fetched, "Future[Read]"]


@dataclass(slots=True)
class PollLine:
    """What one look into a mailbox came to."""

    mailbox: str
    listed: int = 0
    fates: Counter[Fate] = field(default_factory=Counter)
    error: str | None = None
    withheld: int = 0  # of those left over: the server lists them and does not give them
    refused: bool = False  # the login was: trying again soon would not help

    @property
    def left_over(self) -> int:
        """Return how many of the listed UIDs have no fate yet: they are read at the next look."""
        return self.listed - sum(self.fates.values())


def poll(
    desk: Desk,
    box: MailboxConfig,
    is_ending: Callable[[], bool] = lambda: False,
    door: AbstractContextManager[Mailbox] | None = None,
) -> PollLine:
    """Take in what is new in *box*; an error of its server ends the look early and stands in the line.

    So does *is_ending*, between two batches. *door* gives the mailbox where it is open already.
    """
    line = PollLine(box.id)
    try:
        with door or Mailbox.open(access(desk.settings, box), box.id) as mailbox:
            look(desk, box, mailbox, line, is_ending)
            uidvalidity = mailbox.uidvalidity
        if line.fates[Fate.STAFF]:
            from intake.worker import clerk  # noqa: PLC0415  (loaded for what is there to be done)

            clerk.work(desk)
        if box.filing:
            from intake.worker import filing  # noqa: PLC0415  (loaded for what is there to be done)

            filing.file(desk, box, uidvalidity, is_ending)
    except MailboxError as error:
        line.refused = isinstance(error, LoginRefused)
        line.error = events.one_line(str(error))
        close(desk, line)
    return line


def look(
    desk: Desk, box: MailboxConfig, mailbox: Mailbox, line: PollLine, is_ending: Callable[[], bool] = lambda: False
) -> None:
    """Take in what is new in an open *mailbox*; raise ``MailboxError`` where the server fails."""
    folder = Folder(box.id, box.folder, mailbox.uidvalidity)
    with desk.store.reading() as session:
        cursor = accounts.cursor(session, folder, mailbox.uidnext)
        if cursor.renumbered:  # or others have read further since it was opened: one state of the records tells which
            mailbox.examine()
            folder = Folder(box.id, box.folder, mailbox.uidvalidity)
            cursor = accounts.cursor(session, folder, mailbox.uidnext)
        withheld = accounts.having(session, folder, Fate.WITHHELD)
        step = 1 if accounts.failures(session, box.id) >= _SUSPICIOUS else _CHUNK
        is_shared = shares.are_kept(session) and step == _CHUNK and not cursor.renumbered
    if cursor.renumbered:
        events.renumbered(box.id, folder.uidvalidity)
    uids = mailbox.uids_after(cursor.last_uid)
    if uids or withheld:
        _ = desk.templates  # a mistake in them stops us before a message is read
    reader = _Reader(
        desk, box, mailbox, folder, cursor, line, is_ending, frozenset(withheld), desk.now(), cursor.last_uid
    )
    if is_shared:
        reader.read_shares(uids)
    else:
        line.listed = len(uids)
        reader.read_alone(uids, step)
    reader.read_withheld(random.sample(withheld, min(len(withheld), _ASKED_AGAIN)))
    close(desk, line)


def catch_up(desk: Desk, box: MailboxConfig, mailbox: Mailbox, uids: Sequence[int]) -> PollLine:
    """Take in *uids* that were passed by, ascending, below the cursor."""
    folder = Folder(box.id, box.folder, mailbox.uidvalidity)
    line = PollLine(box.id, listed=len(uids))
    with desk.store.reading() as session:
        cursor = accounts.cursor(session, folder, mailbox.uidnext)
    reader = _Reader(desk, box, mailbox, folder, cursor, line, lambda: False, frozenset(), desk.now(), cursor.last_uid)
    for start in range(0, len(uids), _CHUNK):
        reader.read(uids[start : start + _CHUNK])
    close(desk, line)
    return line


def close(desk: Desk, line: PollLine) -> None:
    """Write the line of a look into the accounts."""
    failpoints.reach("closing")
    with desk.store.writing() as session:
        failures = accounts.polled(session, line.mailbox, Look(line.listed, line.left_over, line.error), desk.now())
    if line.error:
        events.unreachable(line.mailbox, failures, line.error)
    else:
        events.polled(line.mailbox, line.listed, {fate.value: count for fate, count in line.fates.items()})


@dataclass(slots=True)
class _Reader:
    """Reads a mailbox chunk by chunk, and commits batch by batch."""

    desk: Desk
    box: MailboxConfig
    mailbox: Mailbox
    folder: Folder
    cursor: Cursor
    line: PollLine
    is_ending: Callable[[], bool]
    withheld: frozenset[int]  # before this look
    began: datetime
    reached: int  # every UID up to it is accounted for
    held: Range | None = None  # of the UIDs that are being read, where several workers share them

    @property
    def entering(self) -> Entering:
        """Return what enters messages of this mailbox."""
        from intake.worker.entering import Entering  # noqa: PLC0415  (loaded for what is there to be done)

        return Entering(self.desk, self.box, self.cursor.renumbered)

    def read_alone(self, uids: Sequence[int], step: int) -> None:
        """Read *uids*, ascending, so many at once."""
        if self.cursor.renumbered:
            with self.desk.store.writing() as session:
                if shares.are_kept(session):
                    shares.forget(session, self.folder)
        for start in range(0, len(uids), step):
            if self.is_ending():
                return
            try:
                self.read(uids[start : start + step])
            except MailboxError:
                if step == 1:  # the server broke off at this one message, time and again
                    self.withhold(uids[start])
                raise

    def read_shares(self, uids: Sequence[int]) -> None:
        """Read those of *uids*, ascending, that no other worker reads, range by range."""
        while uids and not self.is_ending():
            with self.desk.store.writing() as session:
                self.held = shares.take(session, self.folder, uids, outbox.worker_name(), outbox.lives)
            if self.held is None:
                return
            ours = self.held.of(uids)
            with self.desk.store.reading() as session:
                done = accounts.sighted(session, self.folder, ours)
            self.line.listed += len(ours) - len(done)
            try:
                self.read([uid for uid in ours if uid not in done])
            except MailboxError:
                with self.desk.store.writing() as session:
                    shares.release(session, self.held)
                raise
            with self.desk.store.writing() as session:
                if self.is_ending():
                    shares.release(session, self.held)
                else:
                    shares.finish(session, self.held)
            self.held = None

    def read(self, uids: Sequence[int]) -> None:
        """Give each of *uids*, ascending, its fate; the cursor follows behind the first that has none."""
        pending = set(uids)
        before_opening, wanted = self._by_arrival(uids)
        if before_opening:
            self._commit(pending, settled=[(uid, Fate.LEFT_ALONE, None) for uid in before_opening])
        self._take_all(pending, wanted)
        if pending and not self.is_ending():
            self._commit(pending, settled=[(uid, self._absence(uid), None) for uid in sorted(pending)])

    def _take_all(self, pending: set[int], wanted: Sequence[int]) -> None:
        """Fetch, read and commit *wanted*; what the server does not give stays in *pending*."""
        memory.bound()
        memory.settle()
        children = min(CORES, 1 + len(wanted) // _WORTH_A_CHILD)
        parser = ThreadPoolExecutor(max_workers=children, thread_name_prefix="parse")
        try:
            for batch in _one_ahead(_batches(self._coming(parser, wanted))):  # the next is read during the commit
                wait([reading for _, reading in batch])  # so that no transaction waits for a parser
                self._commit(pending, batch=batch)
                is_large = any(map(_is_large, batch))
                batch.clear()  # whoever else still holds the list holds no bytes
                if is_large:
                    memory.give_back()
                if self.is_ending():
                    return
        finally:
            parser.shutdown(cancel_futures=True)

    def _coming(self, parser: ThreadPoolExecutor, wanted: Sequence[int]) -> Iterator[_Reading]:
        """Yield each message that the server gives, being read; a generator's variables would hold the last one."""
        return map(partial(self._begun, parser), self.mailbox.fetch(wanted))

    def _begun(self, parser: ThreadPoolExecutor, fetched: Fetched) -> _Reading:
        return fetched, parser.submit(self._read, fetched)

    def _absence(self, uid: int) -> Fate:
        if uid not in self.mailbox.withheld:
            return Fate.GONE
        events.withheld(self.box.id, uid)
        return Fate.WITHHELD

    def withhold(self, uid: int) -> None:
        """Go on behind a message at which the server breaks off; it is asked for again later."""
        events.withheld(self.box.id, uid)
        self._commit({uid}, settled=[(uid, Fate.WITHHELD, None)])

    def read_withheld(self, uids: Sequence[int]) -> None:
        """Ask again for messages that the server kept back; what it still keeps back stays as it is."""
        for uid in uids:
            if self.is_ending():
                return
            self.mailbox.withheld.clear()
            pending = {uid}
            self._take_all(pending, [uid])
            if pending and not self.mailbox.withheld:
                self._commit(pending, settled=[(uid, Fate.GONE, None)])

    def _by_arrival(self, uids: Sequence[int]) -> tuple[list[int], list[int]]:
        """Divide *uids* into those that arrived before the consultation opened, and those to be fetched."""
        opened = self.desk.rules.cutoffs.opened
        arrivals = {arrival.uid: arrival.internaldate for arrival in self.mailbox.arrivals(uids)}
        old: list[int] = []
        wanted: list[int] = []
        for uid in uids:
            when = arrivals.get(uid)
            (old if when is not None and when < opened else wanted).append(uid)
        return old, wanted

    def _read(self, fetched: Fetched) -> Read:
        failpoints.reach("fetched")
        read = self.desk.readers.judged(fetched.raw, self.desk.arrival(self.box, fetched, None))
        _ = fetched.sha256, fetched.packed  # here, beside the other threads, and not in the transaction
        failpoints.reach("parsed")
        return read

    def _commit(
        self, pending: set[int], *, batch: Sequence[_Reading] = (), settled: Sequence[tuple[int, Fate, int | None]] = ()
    ) -> None:
        """Write the fates *settled* and those of *batch*, with all that follows from them, and move the cursor."""
        try:
            self._write(pending, batch, settled, each_alone=False)
        except RecordError as error:
            if isinstance(error.__cause__, _DATABASE):
                raise  # its trouble is no fault of a message
            self._write(pending, batch, settled, each_alone=True)
        except Exception:  # noqa: BLE001  (one of the messages: whichever it is, it is found out and set aside)
            self._write(pending, batch, settled, each_alone=True)

    def _write(
        self,
        pending: set[int],
        batch: Sequence[_Reading],
        settled: Sequence[tuple[int, Fate, int | None]],
        *,
        each_alone: bool,
    ) -> None:
        """Do so in one piece, or with *each_alone* in a savepoint, which takes longer."""
        now = self.desk.now()
        uids = [fetched.uid for fetched, _ in batch] + [uid for uid, _, _ in settled]
        with self.desk.store.writing() as session:
            read = [reading.result() for _, reading in batch if reading.exception() is None]
            accounts.lock(session, self._meant(batch, read))
            record.expect(session, self.folder.mailbox, [fetched.sha256 for fetched, _ in batch])
            if not each_alone:
                self._foresee(session, read)
            taken = accounts.sighted(session, self.folder, uids, self.began if self.cursor.renumbered else None)
            rows = [row for row in settled if row[0] not in taken]
            rows += [
                self._settle(session, reading, now, each_alone=each_alone)
                for reading in batch
                if reading[0].uid not in taken
            ]
            accounts.settle(session, self.folder, rows, now)
            remaining = pending.difference(uids)
            reached = min(remaining) - 1 if remaining else max(pending)
            if self.held is not None:
                shares.renew(session, self.held)
            elif reached > self.reached or self.cursor.renumbered:  # not where an earlier one is asked for again
                accounts.advance(session, self.folder, reached)
            failpoints.reach("settling")
        failpoints.reach("committed")
        self.reached = max(self.reached, reached)
        pending.difference_update(uids)
        self.line.listed -= len(taken)  # another worker was faster, and accounts for them
        for uid, fate, _ in rows:
            self.line.listed += uid in self.withheld  # it was counted when it was listed first, and as left over then
            self.line.fates.update([fate] if fate is not Fate.WITHHELD else [])
            self.line.withheld += fate is Fate.WITHHELD

    def _meant(self, batch: Sequence[_Reading], read: Sequence[Read]) -> list[tuple[str, str | None]]:
        """Return what others must not enter beside these messages."""
        from intake.worker.entering import meant  # noqa: PLC0415  (loaded for what is there to be done)

        about = [(kind.value, value) for kind, values in meant(read).items() if kind in _MEANT for value in values]
        return about + [("bytes", fetched.sha256) for fetched, _ in batch]

    def _foresee(self, session: Session, read: Sequence[Read]) -> None:
        from intake.worker.entering import foresee  # noqa: PLC0415  (loaded for what is there to be done)

        foresee(session, read)

    def _settle(
        self, session: Session, reading: _Reading, now: datetime, *, each_alone: bool
    ) -> tuple[int, Fate, int | None]:
        """Take in one message, or set it aside where the program fails on it."""
        fetched, future = reading
        known = record.known(session, fetched.mailbox, fetched.sha256)
        if known is not None:
            return fetched.uid, Fate.KNOWN, known
        if not each_alone and future.exception() is None:
            read = future.result()
            return self.entering.take_in(session, fetched, read.message, now, read.verdict)
        try:
            with session.begin_nested():
                read = future.result()
                taken = self.entering.take_in(session, fetched, read.message, now, read.verdict)
                session.flush()  # what the database refuses is undone here
                return taken
        except _DATABASE:
            raise  # its trouble is no fault of the message
        except Exception as error:  # noqa: BLE001  (the quarantine: whatever went wrong, the next message goes on)
            consultation = self.desk.rules.consultation
            why = str(error) if isinstance(error, Unreadable) else f"the program fails on it: {type(error).__name__}"
            aside = record.set_aside(session, fetched, consultation, now, keep=not self.box.personal, why=why)
            events.set_aside(aside, fetched.mailbox, fetched.uid, error)
            return fetched.uid, Fate.SET_ASIDE, aside


def _one_ahead(batches: Iterator[list[_Reading]]) -> Iterator[list[_Reading]]:
    """Yield each batch when the next was begun; what goes wrong with that one is raised after the one before."""
    batch = next(batches, None)
    while batch is not None:
        following, trouble = None, None
        is_large = any(map(_is_large, batch))
        if is_large:
            yield batch
        try:
            following = next(batches, None)
        except MailboxError as error:
            trouble = error
        if not is_large:
            yield batch
        if trouble is not None:
            raise trouble
        batch = following


def _batches(readings: Iterable[_Reading]) -> Iterator[list[_Reading]]:
    """Gather messages that share a transaction: not too many, not too large; a large one comes alone."""
    batch: list[_Reading] = []
    size = 0
    for reading in readings:
        if batch and _is_large(reading):
            yield batch
            batch, size = [], 0
        batch.append(reading)
        size += len(reading[0].raw)
        is_full = len(batch) >= _BATCH or size >= _BATCH_BYTES or _is_large(reading)
        del reading  # while the next is fetched only the batch holds it
        if is_full:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _is_large(reading: _Reading) -> bool:
    return len(reading[0].raw) > _LARGE
