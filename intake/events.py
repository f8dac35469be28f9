"""The log: one function per event in a message's life, each line beginning with what it is about.

Lines hold ids, numbers and the program's own words; never a name, an address or a word of a citizen.
``grep 'record=17 '`` tells one message's story, ``grep 'mailbox=rsvp '`` one mailbox's.
"""

from __future__ import annotations

import logging

_log = logging.getLogger("intake")


def polled(mailbox: str, listed: int, fates: dict[str, int]) -> None:
    """A mailbox was read to its end."""
    counted = " ".join(f"{fate}={count}" for fate, count in fates.items() if count)
    _log.log(logging.INFO if listed else logging.DEBUG, "mailbox=%s polled listed=%d %s", mailbox, listed, counted)


def unreachable(mailbox: str, failures: int, error: str) -> None:
    """A mailbox could not be read to its end."""
    _log.warning("mailbox=%s unreachable failures=%d error=%s", mailbox, failures, one_line(error))


def withheld(mailbox: str, uid: int) -> None:
    """A server lists a message and does not give it: it is asked for again at each look."""
    _log.error("mailbox=%s uid=%d withheld", mailbox, uid)


def silent(mailbox: str) -> None:
    """Staff are told that a mailbox has not been read for too long."""
    _log.error("mailbox=%s silent", mailbox)


def reconciled(mailbox: str, listed: int, missing: int, error: str) -> None:
    """A mailbox was held against the record."""
    level = logging.WARNING if missing or error else logging.INFO
    _log.log(level, "mailbox=%s reconciled listed=%d missing=%d error=%s", mailbox, listed, missing, error or "-")


def renumbered(mailbox: str, uidvalidity: int) -> None:
    """A mailbox has a new uidvalidity, or its UIDs begin anew: it is read from the start."""
    _log.warning("mailbox=%s renumbered uidvalidity=%d", mailbox, uidvalidity)


def taken_in(record: int, mailbox: str, uid: int, category: str, *, answer: bool) -> None:
    """A message was recorded."""
    _log.info("record=%d taken_in mailbox=%s uid=%d category=%s answer=%s", record, mailbox, uid, category, answer)


def set_aside(record: int, mailbox: str, uid: int, error: BaseException) -> None:
    """The program failed on a message: it is kept for a person. Only the kind of error is told, not its words."""
    _log.error("record=%d set_aside mailbox=%s uid=%d error=%s", record, mailbox, uid, type(error).__name__)
    _log.debug("record=%d traceback", record, exc_info=error)


def attempted(letter: int, outcome: str, code: int | None, attempts: int) -> None:
    """A letter was offered to the relay."""
    level = logging.INFO if outcome == "accepted" else logging.WARNING
    _log.log(level, "letter=%d %s code=%s attempts=%d", letter, outcome, code or "-", attempts)


def freed(letters: int) -> None:
    """Letters of a worker that stopped in mid-attempt go out again."""
    _log.warning("outbox freed letters=%d", letters)


def braked(waiting: int, per_hour: int) -> None:
    """The brake holds answers back, and staff are told."""
    _log.warning("outbox braked waiting=%d per_hour=%d", waiting, per_hour)


def filed(mailbox: str, filed: int, corrected: int, taken_in: int) -> None:
    """Messages were put into their folders, or staff said something by moving them."""
    _log.info("mailbox=%s filed=%d corrected=%d taken_in=%d", mailbox, filed, corrected, taken_in)


def announced(letters: int) -> None:
    """Reminders or invitations were put into the outbox."""
    _log.info("announced letters=%d", letters)


def ordered(record: int, carried_out: int, refused: int) -> None:
    """Staff decided by mail."""
    _log.info("record=%d of staff carried_out=%d refused=%d", record, carried_out, refused)


def refiled(record: int, mailbox: str, shelf: str) -> None:
    """Staff put a message into another folder."""
    _log.info("record=%d mailbox=%s moved by staff to=%s", record, mailbox, shelf or "where mail arrives")


def unread(record: int) -> None:
    """A message could not be read again, so what staff said of it could not be carried out."""
    _log.error("record=%d cannot be read again", record)


def digest_written(day: str, decisions: int) -> None:
    """A digest was put into the outbox."""
    _log.info("digest=%s written decisions=%d", day, decisions)


def stopping(signal: str) -> None:
    """The worker was asked to end."""
    _log.info("worker stopping signal=%s", signal)


def left_unfinished(works: int) -> None:
    """The worker ends though something is still in hand, as a stalled connection: the next start goes on with it."""
    _log.warning("worker ends unfinished=%d", works)


def started(mailboxes: int, schema: str) -> None:
    """The worker begins its work."""
    _log.info("worker started mailboxes=%d schema=%s", mailboxes, schema)


def failed(work: str, error: BaseException) -> None:
    """A piece of work could not be done; it is tried again at its next hour."""
    _log.error("work=%s failed error=%s: %s", work, type(error).__name__, one_line(str(error)))
    _log.debug("work=%s traceback", work, exc_info=error)


def one_line(text: str) -> str:
    """Make *text* safe to stand in a line of its own: no control character, no line end, not longer than 200."""
    return "".join(character if character.isprintable() else " " for character in text)[:200]
