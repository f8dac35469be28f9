"""What a message says, as plain immutable values (RFC 5322, RFC 2045-2049); ``reader.parse`` makes them of bytes.

What was broken in the bytes stands in ``defects``. A missing fact is ``None``, never a plausible guess. Everything in
these values was written by a stranger; text is free of NUL and lone surrogates, but otherwise as the stranger wrote it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class PassageKind(StrEnum):
    """Whose words a passage of the body is."""

    OWN = "own"  # the sender's own words, to us, in this message
    QUOTE = "quote"  # what somebody wrote earlier and the reply carries along, attribution line included
    FORWARD = "forward"  # a message passed on, its header block included
    SIGNATURE = "signature"  # who the sender is: after "-- " or a closing formula (RFC 3676 §4.3)
    FOOTER = "footer"  # legal notices, "sent from my phone", advertising of the mail provider


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of the body's text, in the order of the body."""

    kind: PassageKind
    text: str


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox of RFC 5322 §3.4: display name (decoded, may be empty) and addr-spec (domain in lower case)."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is not the body: kept with its bytes, named as the sender named it."""

    filename: str | None  # decoded, without path and control characters; a label, never a path
    content_type: str  # lower case, without parameters
    content: bytes = field(repr=False)  # transfer decoding undone
    sha256: str  # of content, hexadecimal
    text: str = ""  # what could be read of it
    unread: str | None = None  # why nothing, or not all, of it could be read; None where all was
    left_out: int = 0  # bytes of a content that is not carried along

    @property
    def size(self) -> int:
        """Return the size of the content in bytes."""
        return self.left_out or len(self.content)


@dataclass(frozen=True, slots=True)
class CalendarReply:
    """An answer to an invitation (RFC 5546 §3.2.3): METHOD:REPLY with the attendee's PARTSTAT."""

    partstat: str  # ACCEPTED, DECLINED, TENTATIVE, … in upper case
    attendee: str | None  # addr-spec of the ATTENDEE
    uid: str | None  # of the event that is answered
    comment: str  # what the attendee wrote, or ""


@dataclass(frozen=True, slots=True)
class Report:
    """A multipart/report (RFC 6522): what a mail system says of a message of ours."""

    kind: (
        str  # "delivery-status" (RFC 3464), "disposition-notification" (RFC 8098), or another report-type in lower case
    )
    action: str | None  # failed, delayed, delivered, relayed, expanded (RFC 3464 §2.3.3), or a disposition's type
    status: str | None  # such as 5.1.1 (RFC 3463)
    recipient: str | None  # Final-Recipient, or Original-Recipient where that is all there is
    original_message_id: str | None  # of the message reported on, with its angle brackets


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it can be read. See the module for what holds of all its text."""

    headers: tuple[tuple[str, str], ...]  # (name in lower case, decoded and unfolded value), in order of appearance
    message_id: str | None  # with its angle brackets; a hint, never an identity
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    reverse_path: str | None  # of Return-Path: "" is the null reverse-path <>, None means that the server noted none
    author: Address | None  # From
    reply_to: Address | None
    date: datetime | None  # what the sender's clock claims, aware; decides nothing
    subject: str | None
    content_type: str  # of the whole message, lower case, without parameters
    passages: tuple[Passage, ...]
    attachments: tuple[Attachment, ...] = ()
    calendar: CalendarReply | None = None
    report: Report | None = None
    defects: tuple[str, ...] = ()  # what was broken; "sender: …" where the author cannot be told with certainty
    fingerprint: str | None = None  # equal for copies of one letter by different routes; None where none can be told

    def header(self, name: str) -> tuple[str, ...]:
        """Return the values of all fields called *name* (in lower case), in order of appearance."""
        return tuple(value for key, value in self.headers if key == name)

    def words_of(self, *kinds: PassageKind) -> str:
        """Return the text of the passages of *kinds*, in order, with an empty line between them."""
        return "\n\n".join(passage.text for passage in self.passages if passage.kind in kinds)

    @property
    def own(self) -> str:
        """Return the sender's own words, without signature, footers, quoted and forwarded text."""
        return self.words_of(PassageKind.OWN)

    @property
    def text(self) -> str:
        """Return the whole readable body."""
        return self.words_of(*PassageKind)
