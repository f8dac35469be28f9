"""The office day for staff: from its facts the digest, text and HTML, as the bytes that go to the relay.

Both parts are set from the same words of ``digest.words``, so that neither can say what the other does not. Decisions
are never cut; of what is new as much is shown as leaves the letter whole in webmails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from intake.judgement.consultation import Consultation, Cutoffs
from intake.letters import digest_sheets, mime
from intake.letters.digest_facts import (
    Account,
    Decision,
    DecisionKind,
    DigestFacts,
    Entry,
    Letters,
    TopicCount,
    Totals,
)
from intake.letters.digest_view import arrange
from intake.letters.facts import Office
from intake.letters.inert import inert
from intake.letters.letter import sender_name
from intake.letters.polish import NBSP, tied
from intake.letters.sheet import COLUMNS, Sheet, parse, wrapped
from intake.letters.templates import LANGUAGE, Templates

__all__ = [
    "Account",
    "Decision",
    "DecisionKind",
    "DigestFacts",
    "DigestLetter",
    "Entry",
    "Letters",
    "TopicCount",
    "Totals",
    "compose_digest",
]

# Entries of each kind, and registrations in the list of who comes: the first that fits.
_ROOMS = (*((room, 300) for room in (25, 8, 2, 0)), (0, 75), (0, 25))
_XLSX = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LARGEST = 60_000  # octets of HTML; Gmail clips a letter near 102 kB
_SPACES = re.compile(r"[ \t]+")
_BULLET = re.compile(r"( *(?:- |[0-9]+\) )?)(.*)")


@dataclass(frozen=True, slots=True)
class DigestLetter:
    """A digest, composed."""

    subject: str
    text: str
    html: str
    raw: bytes  # as it goes over the wire


def compose_digest(
    facts: DigestFacts,
    office: Office,
    consultation: Consultation,
    cutoffs: Cutoffs,
    templates: Templates,
    now: datetime,
) -> DigestLetter:
    """Compose the digest of *facts*, dated *now*; raise ``TemplateError`` where a template has a mistake."""
    words = _words(templates)
    topics = {topic.id: topic.short for topic in consultation.topic}
    values: dict[str, object] = {
        "words": words,
        "office": office,
        "rules": consultation,
        "topics": topics,
        "mailto": mailto,
        "offers": _offers(facts),
        "answers_to": facts.answers_to,
        "language": LANGUAGE,
    }
    sheet = None
    for room, listed in _ROOMS if facts.listed else _ROOMS[:-2]:
        values["d"] = arranged = arrange(facts, consultation, cutoffs, inert, room, listed)
        if sheet is None:  # its fields say the same in every room
            values["sheet"] = sheet = Sheet(
                parse(templates.text("digest.text", values).partition("\n\n")[0]).fields, ()
            )
        html = templates.html("digest.html", values)
        if len(html.encode()) < _LARGEST:
            break
    _, _, body = templates.text("digest.text", values).partition("\n\n")
    assert sheet is not None  # noqa: S101  (there is a first room)
    text = _set(body)
    subject = sheet.fields["Subject"]
    message = _message(facts, subject, Address(sender_name(templates), addr_spec=facts.sender), now)
    mime.set_parts(message, text, html)
    if arranged.attached:
        for name, content in digest_sheets.sheets(facts, consultation, templates, cutoffs.opened.tzinfo):
            message.add_attachment(content, maintype="application", subtype=_XLSX, filename=name)
    message["Content-Language"] = LANGUAGE  # RFC 3282; of the whole, so after the parts are in their places
    return DigestLetter(subject, text, html, mime.final(message))


@dataclass(frozen=True, slots=True)
class Choice:
    """Words that settle a decision, as they may be sent or tapped."""

    number: int
    words: str  # without the number
    body: str | None  # of the letter that the link writes; None: no link


def _offers(facts: DigestFacts) -> dict[int, list[Choice]]:
    """Return what may be answered, by the numbers of decisions."""
    choices: dict[int, list[Choice]] = {}
    for offer in facts.offers if facts.answers_to else ():
        body = f"{offer.number} {offer.words}\r\n\r\nKod: {offer.code}\r\n" if offer.code else None
        choices.setdefault(offer.number, []).append(Choice(offer.number, offer.words, body))
    return choices


def mailto(address: str, subject: str, body: str | None = None) -> str:
    """Return a link that opens a letter to *address* (RFC 6068 §2: everything but unreserved characters encoded).

    Lines of *body* end in CRLF (§5).
    """
    local, _, domain = address.rpartition("@")
    written = f"&body={quote(body, safe='')}" if body else ""
    title = quote(subject.replace(NBSP, " "), safe="")
    return f"mailto:{quote(local, safe='')}@{quote(domain, safe='')}?subject={title}{written}"


def _words(templates: Templates) -> SimpleNamespace:
    """Return the macros of ``digest.words`` as functions of plain text, its lines tied and without needless spaces.

    They give plain ``str``, which HTML escapes: what a macro gives inside an HTML template would count as safe.
    """
    macros: dict[str, Callable[..., str]] = {}
    for name in ("digest.words", "digest.meeting"):
        templates.text(name, {})  # a mistake in it is told here
        module = templates.environment.get_template(f"{LANGUAGE}/{name}.j2").module
        macros |= {key: macro for key, macro in vars(module).items() if callable(macro)}
    return SimpleNamespace(**{name: _plain(macro) for name, macro in macros.items()})


def _plain(macro: Callable[..., str]) -> Callable[..., str]:
    def words(*values: Any) -> str:
        lines = (_SPACES.sub(" ", line).strip() for line in str(macro(*values)).split("\n"))
        return "\n".join(tied(line) for line in lines if line)

    return words


def _set(body: str) -> str:
    """Set *body* in 72 columns, further lines under the first letter of theirs; at most one empty line in a row."""
    lines = [wrapped_line for line in body.strip().split("\n") for wrapped_line in _hanging(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def _hanging(line: str) -> Iterator[str]:
    match = _BULLET.fullmatch(line.rstrip())
    prefix, words = (match[1], match[2]) if match else ("", line)
    for number, piece in enumerate(wrapped(words, columns=COLUMNS - len(prefix))):
        yield f"{prefix if number == 0 else ' ' * len(prefix)}{piece}".rstrip(" ")


def _message(facts: DigestFacts, subject: str, sender: Address, now: datetime) -> EmailMessage:
    """Return the header fields of a digest; the same facts at the same time give the same ones."""
    message = mime.new()
    message["From"] = sender
    message["To"] = [Address(addr_spec=recipient) for recipient in facts.recipients]
    message["Subject"] = subject
    message["Date"] = now
    message["Message-ID"] = facts.message_id
    if facts.answers_to:
        message["Reply-To"] = Address(addr_spec=facts.answers_to)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5.2: it answers nothing
    message["X-Auto-Response-Suppress"] = "All"  # what Exchange reads instead: MS-OXCMAIL §2.1.3.2.20
    return message
