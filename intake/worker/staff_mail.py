"""What mail from staff is: an answer to a letter of ours to them, a message passed on, their answer to a citizen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from email.utils import getaddresses

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.judgement.consultation import Consultation
from intake.judgement.values import Category
from intake.letters import links
from intake.mail.message import Attachment, Message
from intake.records import corrections
from intake.records.store import Case, Outgoing, Record

ANSWER = "orders"  # the kind of our answers
REFUSAL = "refusal"  # of those to mail that nobody vouches for
FROM_STAFF = "from staff"  # why such mail is not answered as a citizen's is
_DIGEST = "digest"
_REFERENCES = 20  # the newest, of a long thread
_MOST = 20  # messages that one mail passes on
_ADDRESSES = 50  # of one mail that are looked at


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
    named = _named(message)
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


def passed_on(message: Message) -> tuple[Attachment, ...]:
    """Return the messages that are attached to *message*, without those that are attached to one of them."""
    whole: list[Attachment] = []
    for part in message.attachments:
        is_inside = any(part.content in other.content for other in whole)
        if part.content_type == "message/rfc822" and part.content and not is_inside:
            whole.append(part)
    return tuple(whole[:_MOST])


def answered_questions(session: Session, message: Message, consultation: Consultation) -> Iterator[Record]:
    """Yield the open questions that *message* answers: it goes to who asked, and names their letter, ours, or the case.

    The identifiers of a thread alone would not do: colleagues write about a letter among themselves too.
    """
    to = _recipients(message)
    for case in _cases(session, message, consultation):
        query = select(Record).where(
            Record.case_id == case.id,
            Record.settled_at.is_(None),
            Record.duplicate_of.is_(None),
            Record.sender_address.in_(to),
        )
        for row in session.scalars(query.order_by(Record.id)):
            if corrections.category(row) is Category.QUESTION:
                yield row


def _cases(session: Session, message: Message, consultation: Consultation) -> list[Case]:
    named = _named(message)
    number = re.search(rf"\b{re.escape(consultation.case_prefix)}-[0-9]{{4,9}}\b", message.subject or "")
    theirs = select(Record.case_id).where(Record.message_id.in_(named), Record.consultation == consultation.id)
    ours = select(Record.case_id).join(Outgoing, Outgoing.record_id == Record.id).where(Outgoing.message_id.in_(named))
    found = {*session.scalars(theirs), *session.scalars(ours)} if named else set()
    query = select(Case).where(
        Case.consultation == consultation.id,
        Case.id.in_([case for case in found if case is not None]) | (Case.number == (number[0] if number else "")),
    )
    return list(session.scalars(query.order_by(Case.id)))


def _named(message: Message) -> list[str]:
    return [*message.in_reply_to, *reversed(message.references[-_REFERENCES:])]


def _recipients(message: Message) -> set[str]:
    values = [value[:4000] for name in ("to", "cc") for value in message.header(name)]
    return {address.lower() for _, address in getaddresses(values)[:_ADDRESSES] if address}
