"""From the facts of a record to the bytes of its acknowledgement: header fields by standards, words by templates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from functools import lru_cache

from intake.errors import TemplateError
from intake.judgement.consultation import Consultation, Cutoffs
from intake.letters import calendar, mime, prepared
from intake.letters.facts import EXPIRING, LetterFacts, LetterKind, Office
from intake.letters.mime import Value
from intake.letters.prepared import Calendar, Parts
from intake.letters.sheet import Sheet, as_text
from intake.letters.templates import LANGUAGE, Templates
from intake.letters.view import view

_SUBJECT = 100  # characters before the case number, at most; 45 are readable


@dataclass(frozen=True, slots=True)
class Letter:
    """An acknowledgement as it goes to the relay."""

    kind: LetterKind
    recipient: str  # addr-spec, ASCII: RCPT TO
    subject: str
    message_id: str
    raw: bytes  # 7-bit, CRLF


def compose(
    facts: LetterFacts,
    office: Office,
    consultation: Consultation,
    cutoffs: Cutoffs,
    templates: Templates,
    now: datetime,
) -> Letter:
    """Return the letter that says *facts*, dated *now*.

    Raise ``TemplateError`` for a template that cannot say them, and ``ValueError`` for an address that takes no mail.
    """
    values = view(facts, office.name, consultation, cutoffs, now)
    sheet = templates.sheet(facts.kind, values)
    recipient = mime.writable(facts.recipient)
    if recipient is None:
        raise ValueError("the address of the sender cannot be written to")
    subject = f"{sheet.fields['Subject'][:_SUBJECT]} [{facts.case}]"
    titled = Sheet({**sheet.fields, "Subject": subject}, sheet.blocks)
    form = calendar.form(facts, invite=consultation.meeting.invite, ahead=now < cutoffs.meeting)
    meeting = None
    if form in {calendar.Form.INVITATION, calendar.Form.WITHDRAWN}:
        guest = calendar.Guest(recipient, form is calendar.Form.INVITATION, now)
        method = "REQUEST" if guest.comes else "CANCEL"  # the header's and the object's must agree: RFC 6047 §2.4
        meeting = Calendar(calendar.request(templates, values, consultation, cutoffs, guest), method)
    elif form is calendar.Form.FILE:
        name, text = calendar.publish(templates, values, consultation, cutoffs, now)
        meeting = Calendar(text, "PUBLISH", name)
    fields = [
        *_addressed(facts, sender_name(templates), office, recipient),
        ("Subject", subject),  # RFC 3834 §3.1.5 would carry theirs: a stranger's words are not for lock screens
        ("Date", now),
        *_answering(facts),
    ]
    parts = Parts(as_text(titled), templates.layout(titled), meeting)
    raw = prepared.letter(fields, facts.message_id, parts, LANGUAGE)
    return Letter(facts.kind, recipient, subject, facts.message_id, raw)


@lru_cache(4)
def sender_name(templates: Templates) -> str:
    """Return the name that stands in From."""
    name = templates.sheet("sender", {}, ("From",)).fields["From"]
    if set(name) & set('@:,"<>'):
        raise TemplateError(f'{templates.directory / LANGUAGE}/sender.j2: From: none of @ : , " < > is allowed')
    return name


def _addressed(facts: LetterFacts, name: str, office: Office, recipient: str) -> Iterator[tuple[str, Value]]:
    yield "From", _mailbox(name, office.sender)
    yield "To", recipient if mime.is_plain(recipient) else _mailbox("", recipient)
    yield "Reply-To", _mailbox("", facts.mailbox_address)  # an answer comes back to where we read


@lru_cache(64)
def _mailbox(name: str, address: str) -> Address:
    return Address(name, addr_spec=address)


def _answering(facts: LetterFacts) -> Iterator[tuple[str, Value]]:
    """Tie the letter to what it answers, and say that a program sent it."""
    yield "Message-ID", facts.message_id
    if answers := mime.identifier(facts.answers):
        yield "In-Reply-To", answers
    if references := mime.thread(facts.references, facts.answers):
        yield "References", " ".join(references)
    asked = facts.by_staff or facts.kind in EXPIRING
    yield "Auto-Submitted", "auto-generated" if asked else "auto-replied"  # RFC 3834 §5.2, §3.1.7
    yield "X-Auto-Response-Suppress", "All"  # what Exchange reads instead: MS-OXCMAIL §2.1.3.2.20
    # No Precedence: RFC 3834 §3.1.8 recommends none, and "bulk" makes some servers file a wanted letter as advertising.
