"""Reconciling: every message on the server is held against the record, and every record against its message.

It is done every night, and by ``intake reconcile``. A look comes first, so that only what was passed by is found
missing; that is taken in at once, and told all the same. In the folder of junk, where one is configured, nothing is
taken in: what speaks to the consultation there is shown to staff, who move it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from intake import events
from intake.config import MailboxConfig
from intake.errors import MailboxError
from intake.judgement.values import Category
from intake.mail.mailbox import Fetched, Mailbox
from intake.records import accounts, reckonings
from intake.records.accounts import Folder
from intake.records.reckonings import Reckoning
from intake.records.store import Fate
from intake.worker import taking_in
from intake.worker.desk import Desk
from intake.worker.logins import access
from intake.worker.reading import Unreadable
from intake.worker.taking_in import PollLine

_OURS = frozenset({Category.ATTENDANCE, Category.CANCELLATION, Category.PROPOSAL, Category.MIXED})
_JUNK_AT_ONCE = 200  # messages whose fates are written together


def reconcile(desk: Desk, box: MailboxConfig, is_ending: Callable[[], bool] = lambda: False) -> Reckoning:
    """Compare *box* with the record in both directions, and keep what came of it."""
    line = PollLine(box.id)
    reckoning = Reckoning(box.id, desk.now())
    try:
        with Mailbox.open(access(desk.settings, box), box.id) as mailbox:
            taking_in.look(desk, box, mailbox, line, is_ending)
            if is_ending():
                return reckoning
            reckoning = _compare(desk, box, mailbox)
        if box.junk is not None:
            reckoning = replace(reckoning, misfiled=_sift(desk, box, box.junk))
    except MailboxError as error:
        reckoning = replace(reckoning, error=events.one_line(str(error)))
    with desk.store.writing() as session:
        reckonings.keep(session, reckoning)
    events.reconciled(box.id, reckoning.listed, reckoning.missing, reckoning.error or "")
    return reckoning


def _compare(desk: Desk, box: MailboxConfig, mailbox: Mailbox) -> Reckoning:
    """Hold the server's list against the fates, and take in what is missing."""
    folder = Folder(box.id, box.folder, mailbox.uidvalidity)
    there = mailbox.uids_after(0)
    with desk.store.reading() as session:
        fates = accounts.fates(session, folder)
        newest = accounts.cursor(session, folder, mailbox.uidnext).last_uid
        unseen = accounts.unseen_records(session, box.id)
    missing = [uid for uid in there if uid <= newest and uid not in fates]
    if missing:
        taking_in.catch_up(desk, box, mailbox, missing)
    counted = Counter(fates[uid] for uid in there if uid in fates)
    return Reckoning(
        mailbox=box.id,
        at=desk.now(),
        listed=sum(uid <= newest for uid in there),
        fates={fate.value: count for fate, count in counted.items()},
        missing=len(missing),
        vanished=len(set(fates).difference(there)),
        unseen=unseen,
    )


@dataclass(slots=True)
class _Sieve:
    """Judges what lies in the folder of junk."""

    desk: Desk
    box: MailboxConfig
    folder: Folder
    fates: list[tuple[int, Fate, int | None]] = field(default_factory=list)

    def put(self, fetched: Fetched) -> None:
        """Judge one message; of junk nothing is kept but its UID."""
        self.fates.append((fetched.uid, self._fate(fetched), None))
        if len(self.fates) >= _JUNK_AT_ONCE:
            self.empty()

    def left_alone(self, uids: Sequence[int]) -> None:
        """Pass by what arrived before the consultation opened."""
        self.fates += [(uid, Fate.JUNK, None) for uid in uids]
        self.empty()

    def empty(self) -> None:
        """Write down what was judged."""
        with self.desk.store.writing() as session:
            accounts.settle(session, self.folder, self.fates, self.desk.now())
        self.fates.clear()

    def _fate(self, fetched: Fetched) -> Fate:
        from intake.judgement.verdict import judge  # noqa: PLC0415  (few mailboxes have such a folder)

        arrival = self.desk.arrival(self.box, fetched, None)
        try:
            verdict = judge(self.desk.readers.read(fetched.raw, arrival), arrival, self.desk.rules)
        except Unreadable:
            return Fate.JUNK
        return Fate.MISFILED if verdict.category in _OURS and not verdict.private else Fate.JUNK


def _sift(desk: Desk, box: MailboxConfig, junk: str) -> int:
    """Judge what is new in the folder of junk; return how many messages there speak to the consultation."""
    way = replace(access(desk.settings, box), folder=junk)
    with Mailbox.open(way, box.id) as mailbox:
        folder = Folder(box.id, junk, mailbox.uidvalidity)
        there = mailbox.uids_after(0)
        with desk.store.reading() as session:
            known = accounts.fates(session, folder)
        sieve = _Sieve(desk, box, folder)
        opened = desk.rules.cutoffs.opened
        new = list(mailbox.arrivals([uid for uid in there if uid not in known]))
        old = {each.uid for each in new if each.internaldate is not None and each.internaldate < opened}
        moved = [uid for uid, fate in known.items() if fate is Fate.MISFILED and uid not in set(there)]
        sieve.left_alone([*old, *moved])
        for fetched in mailbox.fetch([each.uid for each in new if each.uid not in old]):
            sieve.put(fetched)
        sieve.empty()
    with desk.store.reading() as session:
        return len(accounts.having(session, folder, Fate.MISFILED))
