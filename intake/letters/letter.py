"""From the facts of a record to the bytes of its acknowledgement: header fields by standards, words by templates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from functools import lru_cache

from intake.errors import TemplateError
from intake.judgement.consultation import Consultation, Cutoffs
from intake.letters import calendar, mime
from intake.letters.facts import EXPIRING, LetterFacts, LetterKind, Office
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
    message = mime.new()
    _address(message, facts, sender_name(templates), office, recipient)
    message["Subject"] = subject  # RFC 3834 §3.1.5 would carry theirs: a stranger's words are not for lock screens
    message["Date"] = now
    _answer(message, facts)
    titled = Sheet({**sheet.fields, "Subject": subject}, sheet.blocks)
    mime.set_parts(message, as_text(titled), templates.layout(titled))
    form = calendar.form(facts, invite=consultation.meeting.invite, ahead=now < cutoffs.meeting)
    if form in {calendar.Form.INVITATION, calendar.Form.WITHDRAWN}:
        guest = calendar.Guest(recipient, form is calendar.Form.INVITATION, now)
        text = calendar.request(templates, values, consultation, cutoffs, guest)
        method = "REQUEST" if guest.comes else "CANCEL"  # the header's and the object's must agree: RFC 6047 §2.4
        message.add_alternative(text, subtype="calendar", charset="utf-8", cte="base64", params={"method": method})
    elif form is calendar.Form.FILE:
        name, text = calendar.publish(templates, values, consultation, cutoffs, now)
        message.add_attachment(
            text, subtype="calendar", charset="utf-8", cte="base64", filename=name, params={"method": "PUBLISH"}
        )
    message["Content-Language"] = LANGUAGE  # last: what stands before an attachment is added goes into the first part
    return Letter(facts.kind, recipient, subject, facts.message_id, mime.final(message))


@lru_cache(4)
def sender_name(templates: Templates) -> str:
    """Return the name that stands in From."""
    name = templates.sheet("sender", {}, ("From",)).fields["From"]
    if set(name) & set('@:,"<>'):
        raise TemplateError(f'{templates.directory / LANGUAGE}/sender.j2: From: none of @ : , " < > is allowed')
    return name


def _address(message: EmailMessage, facts: LetterFacts, name: str, office: Office, recipient: str) -> None:
    message["From"] = _mailbox(name, office.sender)
    message["To"] = recipient if mime.is_plain(recipient) else _mailbox("", recipient)
    message["Reply-To"] = _mailbox("", facts.mailbox_address)  # an answer comes back to where we read


@lru_cache(64)
def _mailbox(name: str, address: str) -> Address:
    return Address(name, addr_spec=address)


def _answer(message: EmailMessage, facts: LetterFacts) -> None:
    """Tie the letter to what it answers, and say that a program sent it."""
    message["Message-ID"] = facts.message_id
    if answers := mime.identifier(facts.answers):
        message["In-Reply-To"] = answers
    if references := mime.thread(facts.references, facts.answers):
        message["References"] = " ".join(references)
    message["Auto-Submitted"] = (
        "auto-generated" if facts.by_staff or facts.kind in EXPIRING else "auto-replied"
    )  # RFC 3834 §5.2, §3.1.7
    message["X-Auto-Response-Suppress"] = "All"  # what Exchange reads instead: MS-OXCMAIL §2.1.3.2.20
    # No Precedence: RFC 3834 §3.1.8 recommends none, and "bulk" makes some servers file a wanted letter as advertising.
