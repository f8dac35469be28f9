"""Filing: each message into the folder of its category, and what staff say by putting it into another.

Asked for by a mailbox's configuration; without that nothing is ever moved. What is wanted is written down before a
message is moved, and where it lies after it was seen there, so a crash between the two is understood at the next look:
a message found where we wanted it was moved by us, one found elsewhere by a person. A move changes nothing of when a
message arrived. In somebody's own mailbox what may be private lies where it lies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from intake import events, failpoints
from intake.config import MailboxConfig
from intake.judgement.values import Category, Review
from intake.mail.folders import Cabinet, State, Way
from intake.mail.mailbox import Fetched, Mailbox
from intake.records import accounts, filing, record
from intake.records.accounts import Folder, Look
from intake.records.filing import Filed, Place
from intake.records.store import Fate
from intake.worker import moving
from intake.worker.desk import Desk
from intake.worker.logins import access
from intake.worker.reading import Unreadable

_AT_ONCE = 500  # messages that one look files
_GRACE = timedelta(minutes=10)  # a letter that a move causes waits so long: the mouse may have slipped
_REVIEW = "review"
_TAG = "konsultacje-"  # keywords begin so, where a server can neither move nor copy by UID
_MAY_BE_PRIVATE = frozenset({Review.UNSURE, Review.QUARANTINED, Review.SENDER})

_states: dict[tuple[str, str, str], State] = {}  # of folders at the last look: an unchanged one is not opened


@dataclass(slots=True)
class Done:
    """What one look at the folders came to."""

    filed: int = 0
    corrected: int = 0  # by staff who moved them
    taken_in: int = 0  # that staff brought from elsewhere


@dataclass(slots=True)
class _Filer:
    """Files one mailbox."""

    desk: Desk
    box: MailboxConfig
    cabinet: Cabinet
    inbox: Folder
    done: Done = field(default_factory=Done)
    folders: Mapping[str, str] = field(default_factory=dict)  # the server's name by shelf, as the rules name them

    def work(self) -> None:
        """Look at what staff moved, then move what is to be moved."""
        for shelf, name in self.folders.items():
            self._look(shelf, name)
        self._take_back()
        self._put_away()

    def tag(self) -> None:
        """Mark messages where they lie, by a keyword for each shelf; who gives one another keyword has corrected it."""
        for shelf, keyword in self.folders.items():
            for uid in self.cabinet.marked(self.inbox.name, keyword):
                self._tagged(shelf, keyword, uid)
        with self.desk.store.reading() as session:
            waiting = filing.unfiled(session, self.inbox, _AT_ONCE)
        for each in waiting:
            keyword = self.folders.get(_shelf(each, personal=self.box.personal) or "", "")
            if keyword and each.place is not None and self.cabinet.there(self.inbox.name, [each.place.uid]):
                self.cabinet.mark(self.inbox.name, [each.place.uid], keyword, ())
                self._put(each.record_id, Place(keyword, self.inbox.uidvalidity, each.place.uid))
                self.done.filed += 1

    def _tagged(self, shelf: str, keyword: str, uid: int) -> None:
        with self.desk.store.reading() as session:
            found = filing.tagged(session, self.inbox, uid)
        if found is None or found[1] == keyword:
            return
        record_id, before = found
        with Mailbox.open(access(self.desk.settings, self.box), self.box.id) as mailbox:
            fetched = next(iter(mailbox.fetch([uid])), None)
        if fetched is not None:
            self.cabinet.mark(self.inbox.name, [uid], keyword, [before] if before else [])
            self._correct(record_id, shelf, fetched, Place(keyword, self.inbox.uidvalidity, uid))

    def _look(self, shelf: str, name: str) -> None:
        """Find what is new in a folder: put there by us, or by a person."""
        key = (self.desk.store.url, self.box.id, name)
        state = self.cabinet.state(name)
        if state is None or state == _states.get(key):
            return
        with Mailbox.open(replace(access(self.desk.settings, self.box), folder=name), self.box.id) as mailbox:
            there = mailbox.uids_after(0)
            with self.desk.store.reading() as session:
                known = filing.lying(session, self.box.id, name, mailbox.uidvalidity)
            for fetched in mailbox.fetch([uid for uid in there if uid not in known]):
                self._found(shelf, fetched)
        _states[key] = state

    def _found(self, shelf: str, fetched: Fetched) -> None:
        """Understand why a message lies in the folder of *shelf*."""
        place = Place(fetched.folder, fetched.uidvalidity, fetched.uid)
        with self.desk.store.reading() as session:
            known = record.known(session, self.box.id, fetched.sha256)
            row = filing.row(session, known) if known is not None else None
            before = (filing.place_of(row) if row else None) or (
                filing.arrived_at(session, known, self.inbox) if known is not None else None
            )
        if known is None:
            self._bring_in(shelf, fetched)
        elif row is not None and place.folder in {row.wanted, row.folder}:
            self._put(known, place)  # we did it, or its server numbers it anew
        elif before is not None and self.cabinet.there(before.folder, [before.uid]):
            self._account(fetched, Fate.KNOWN, known)  # a copy: what lies where it lay says nothing new
        else:
            self._correct(known, shelf, fetched, place)

    def _bring_in(self, shelf: str, fetched: Fetched) -> None:
        """Take in what staff brought from elsewhere: it is what they say, and arrived when its server says."""
        try:
            taken = moving.take_in(self.desk, self.box, fetched, _category(shelf))
        except Unreadable as error:
            with self.desk.store.writing() as session:
                aside = record.set_aside(
                    session, fetched, self.desk.rules.consultation, self.desk.now(), keep=True, why=str(error)
                )
            self._account(fetched, Fate.SET_ASIDE, aside)
            return
        self._account(fetched, taken.fate, taken.record_id)
        self._put(taken.record_id, Place(fetched.folder, fetched.uidvalidity, fetched.uid))
        self.done.taken_in += 1

    def _correct(self, record_id: int, shelf: str, fetched: Fetched, place: Place) -> None:
        """Carry out what a move says, and then have it that the message lies where it ought."""
        moving.moved(self.desk, record_id, _category(shelf), fetched, _GRACE)
        self._put(record_id, place)
        self.done.corrected += 1
        events.refiled(record_id, self.box.id, shelf)

    def _take_back(self) -> None:
        """Undo what was said by a move that was undone: the message lies where mail arrives again."""
        with self.desk.store.reading() as session:
            returned = list(filing.returned(session, self.inbox))
        for record_id, place in returned:
            if moving.moved_back(self.desk, record_id):
                self.done.corrected += 1
                events.refiled(record_id, self.box.id, "")
            self._put(record_id, place)

    def _put_away(self) -> None:
        """Move what lies elsewhere than it ought to."""
        with self.desk.store.reading() as session:
            waiting = [
                *filing.unsettled(session, self.box.id),
                *filing.unfiled(session, self.inbox, _AT_ONCE),
            ]
        wanted: dict[tuple[Place, str], list[Filed]] = {}
        for each in waiting:
            target = self.folders.get(_shelf(each, personal=self.box.personal) or "")
            if target is not None and each.place is not None and each.place.folder != target:
                where = Place(each.place.folder, each.place.uidvalidity, 0)
                wanted.setdefault((where, target), []).append(each)
        for (where, target), several in wanted.items():
            self._move(where.folder, target, several)

    def _move(self, source: str, target: str, several: Iterable[Filed]) -> None:
        by_uid = {each.place.uid: each for each in several if each.place is not None}
        there = self.cabinet.there(source, list(by_uid))
        if self.cabinet.state(target) is None:
            self.cabinet.make(target)
        now = self.desk.now()
        with self.desk.store.writing() as session:
            for uid in there:
                filing.want(session, by_uid[uid].record_id, self.box.id, target, now)
        failpoints.reach("filing")
        moved = self.cabinet.move(source, there, target)
        failpoints.reach("filed")
        with self.desk.store.writing() as session:
            for old, new in moved.uids.items():
                if old in by_uid:
                    place = Place(target, moved.uidvalidity, new)
                    filing.put(session, by_uid[old].record_id, self.box.id, place, now)
        self.done.filed += len(there)

    def _put(self, record_id: int, place: Place) -> None:
        with self.desk.store.writing() as session:
            filing.put(session, record_id, self.box.id, place, self.desk.now())

    def _account(self, fetched: Fetched, fate: Fate, record_id: int) -> None:
        """Give a UID of one of our folders its fate; the accounts know then that it was listed."""
        folder = Folder(self.box.id, fetched.folder, fetched.uidvalidity)
        with self.desk.store.writing() as session:
            accounts.settle(session, folder, [(fetched.uid, fate, record_id)], self.desk.now())
            accounts.polled(session, self.box.id, Look(listed=1), self.desk.now())


def file(desk: Desk, box: MailboxConfig, uidvalidity: int, is_ending: Callable[[], bool] = lambda: False) -> Done:
    """File what is to be filed in *box*, and learn from what staff moved; raise ``MailboxError``."""
    if not box.filing or is_ending():
        return Done()
    with Cabinet.open(access(desk.settings, box)) as cabinet:
        filer = _Filer(desk, box, cabinet, Folder(box.id, box.folder, uidvalidity))
        if cabinet.way is Way.KEYWORD:
            filer.folders = {shelf: f"{_TAG}{shelf}" for shelf, path in _shelves(desk) if path}
            filer.tag()
        else:
            filer.folders = _named(_shelves(desk), cabinet)
            filer.work()
    done = filer.done
    if done.filed or done.corrected or done.taken_in:
        events.filed(box.id, done.filed, done.corrected, done.taken_in)
    return done


def _shelves(desk: Desk) -> tuple[tuple[str, str], ...]:
    """Return the shelves of the rules and their folders."""
    return tuple(desk.rules.consultation.folders.model_dump().items())


def _named(shelves: Iterable[tuple[str, str]], cabinet: Cabinet) -> dict[str, str]:
    """Return the server's folder by shelf; where several shelves share one, the first gives it its meaning."""
    named = {shelf: cabinet.name(path) for shelf, path in shelves if path}
    first = {name: shelf for shelf, name in reversed(named.items())}
    return {shelf: name for shelf, name in named.items() if first[name] == shelf} | named


def _shelf(filed: Filed, *, personal: bool) -> str | None:
    """Return where a message belongs; None where it stays where it is."""
    if personal and _MAY_BE_PRIVATE.intersection(filed.reviews):
        return None
    if filed.category is None or filed.reviews:
        return _REVIEW
    return filed.category.value


def _category(shelf: str) -> Category | None:
    """Return what staff say who put a message onto *shelf*; None: that a person must look."""
    return None if shelf == _REVIEW else Category(shelf)
