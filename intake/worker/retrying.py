"""Trying again what was set aside: after an upgrade, or where whatever failed then does not fail now.

The bytes come from the record, or from the server where the record may not keep them. What is understood now takes the
place of what was set aside: its arrival is what it was, and its answer says that it is late.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.exc import InterfaceError, OperationalError

from intake import events
from intake.config import MailboxConfig
from intake.errors import MailboxError
from intake.mail.mailbox import Fetched, Mailbox
from intake.records import accounts, record
from intake.records.accounts import Aside
from intake.worker.desk import Desk
from intake.worker.entering import Entering
from intake.worker.logins import access

_MOST = 200  # messages of a mailbox, in one go


@dataclass(slots=True)
class Retried:
    """What trying again came to."""

    read: int = 0
    left: int = 0  # still set aside


def retry(desk: Desk) -> Retried:
    """Try again everything that is set aside, in all mailboxes."""
    retried = Retried()
    for box in desk.settings.config.mailbox:
        with desk.store.reading() as session:
            found = accounts.aside(session, box.id)[:_MOST]
            kept = {each.record_id: record.original(session, each.record_id) for each in found}
        given = _from_server(desk, box, [each for each in found if kept[each.record_id] is None])
        for each in found:
            raw = kept[each.record_id] or given.get(each.uid)
            if raw is not None and _enter(desk, box, each, raw):
                retried.read += 1
            else:
                retried.left += 1
    return retried


def _from_server(desk: Desk, box: MailboxConfig, asides: list[Aside]) -> dict[int, bytes]:
    """Return the bytes that only the server has; those that it no longer has, or numbers anew, are left out."""
    if not asides:
        return {}
    try:
        with Mailbox.open(access(desk.settings, box), box.id) as mailbox:
            uids = [each.uid for each in asides if each.uidvalidity == mailbox.uidvalidity]
            return {fetched.uid: fetched.raw for fetched in mailbox.fetch(uids)}
    except MailboxError as error:
        events.failed(f"retry {box.id}", error)
        return {}


def _enter(desk: Desk, box: MailboxConfig, aside: Aside, raw: bytes) -> bool:
    """Read and enter one message; return whether that succeeded."""
    fetched = Fetched(box.id, aside.folder, aside.uidvalidity, aside.uid, aside.received, raw)
    if fetched.sha256 != aside.sha256:
        return False  # another message stands under its UID
    now = desk.now()
    try:
        message = desk.readers.read(raw, desk.arrival(box, fetched, None))
        with desk.store.writing() as session:
            accounts.lock(session)
            _, fate, _ = Entering(desk, box).take_in(session, fetched, message, now)
            accounts.read_at_last(session, aside.record_id, fate)
    except (OperationalError, InterfaceError):
        raise  # the database's trouble is no fault of the message
    except Exception as error:  # noqa: BLE001  (it stays set aside, and the next is tried)
        events.set_aside(aside.record_id, box.id, aside.uid, error)
        return False
    return True
