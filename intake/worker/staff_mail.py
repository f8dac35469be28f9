"""What mail from staff answers: a digest, or our answer to what they decided by mail before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.letters import links
from intake.mail.message import Message
from intake.records.store import Outgoing

ANSWER = "orders"  # the kind of our answers
_DIGEST = "digest"
_REFERENCES = 20  # the newest, of a long thread


@dataclass(frozen=True, slots=True)
class Context:
    """What a mail of staff answers."""

    day: date | None = None  # of the digest
    answered: int | None = None  # record of the mail that our answer, answered here, answered


def may_be_for_us(session: Session, message: Message) -> bool:
    """Tell whether a mail from staff answers a letter to staff, or holds a code: in somebody's own mailbox too."""
    return context_of(session, message) != Context() or links.find(message.own) is not None


def context_of(session: Session, message: Message) -> Context:
    """Return what a mail answers, by our Message-IDs, which nobody can guess."""
    named = [*message.in_reply_to, *reversed(message.references[-_REFERENCES:])]
    if not named:
        return Context()
    query = select(Outgoing).where(Outgoing.message_id.in_(named), Outgoing.kind.in_((_DIGEST, ANSWER)))
    found = {letter.message_id: letter for letter in session.scalars(query)}
    for identifier in named:
        letter = found.get(identifier)
        if letter is not None and letter.kind == _DIGEST:
            return Context(day=letter.digest_day)
        if letter is not None and letter.occasion:
            return Context(answered=int(letter.occasion.split(":")[1]))
    return Context()
