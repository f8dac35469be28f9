"""Letters as bytes: 7-bit, CRLF, header fields that no stranger's text can break (RFC 5322, RFC 2045-2047)."""

from __future__ import annotations

import hashlib
import re
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy

_REFERENCES = (4, 6)  # how many of the first and of the last are kept
_ID = re.compile(r"<[!-;=?-~]{1,900}>")  # no longer than a line may be: RFC 5322 §2.1.1
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*")  # dot-atom, RFC 5322 §3.2.3
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+")


class Ids(UnstructuredHeader, BaseHeader):
    """Message-IDs, folded between each other and never encoded: an encoded word breaks threading (cpython#79986)."""

    max_count = 1

    def fold(self, *, policy: Policy) -> str:
        """Write the field with one id on a line."""
        return f"{self.name}: " + (policy.linesep + " ").join(self.split()) + policy.linesep


_registry = HeaderRegistry()
for _name in ("message-id", "in-reply-to", "references"):
    _registry.map_to_type(_name, Ids)
POLICY = SMTP.clone(header_factory=_registry, cte_type="7bit")


def new() -> EmailMessage:
    """Return an empty letter."""
    return EmailMessage(POLICY)


def set_parts(message: EmailMessage, text: str, html: str) -> None:
    """Give *message* its two parts, the plainer first (RFC 2046 §5.1.4)."""
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")


def final(message: EmailMessage) -> bytes:
    """Return the bytes of *message* as they go to SMTP; the same letter gives the same bytes."""
    seed = str(message["Message-ID"])
    for depth, part in enumerate(part for part in message.walk() if part.is_multipart()):
        digest = hashlib.sha256(f"{depth}{seed}".encode()).hexdigest()
        part.set_boundary(f"=_{digest[:32]}")  # "=_" cannot stand in quoted-printable or base64: RFC 2045 §6.7
    return message.as_bytes()


def thread(references: tuple[str, ...], answers: str | None) -> tuple[str, ...]:
    """Return the References of an answer (RFC 5322 §3.6.4): of a long thread the beginning and the end."""
    ids = [one for one in (*references, answers or "") if _ID.fullmatch(one)]
    if answers in ids[:-1]:
        ids = [one for one in ids if one != answers] + [ids[-1]] * (ids[-1] == answers)
    first, last = _REFERENCES
    return tuple(ids) if len(ids) <= first + last else (*ids[:first], *ids[-last:])


def identifier(text: str | None) -> str | None:
    """Return *text* where it is a Message-ID that can be written on one line."""
    return text if text and _ID.fullmatch(text) else None


def writable(address: str) -> str | None:
    """Return *address* as SMTP takes it, its domain in IDNA; None where it takes none such (RFC 5321 §4.1.2)."""
    local, _, domain = address.rpartition("@")
    if len(address) > 254 or len(local) > 64 or not _LOCAL.fullmatch(local):
        return None
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return f"{local}@{ascii_domain}" if _DOMAIN.fullmatch(ascii_domain) else None
