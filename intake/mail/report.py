"""Reports of mail systems: delivery status (RFC 3464) and disposition (RFC 8098) notifications, as multipart/report."""

from __future__ import annotations

from email.message import Message as MimePart

from intake.mail.charset import stored
from intake.mail.headers import decoded, message_ids
from intake.mail.message import Report


def read(root: MimePart) -> Report:
    """Return what a multipart/report says; what it does not say is None."""
    kind = str(root.get_param("report-type") or "unknown").lower()
    fields: dict[str, str] = {}
    original: str | None = None
    for number, part in enumerate(root.walk()):
        if number > 100:
            break
        content_type = part.get_content_type()
        if content_type in {"message/delivery-status", "message/disposition-notification"}:
            fields |= _fields(part)
        elif content_type == "message/rfc822":
            inner = stored(part)
            if isinstance(inner, list) and inner and isinstance(inner[0], MimePart):
                original = original or _id(str(inner[0].get("Message-ID", "")))
        elif content_type == "text/rfc822-headers":
            original = original or _id(_named(str(stored(part)), "message-id"))
    disposition = fields.get("disposition", "").rpartition(";")[2].strip().lower()
    return Report(
        kind=kind,
        action=fields.get("action", disposition).lower() or None,
        status=fields.get("status") or None,
        recipient=_address(fields.get("final-recipient") or fields.get("original-recipient")),
        original_message_id=original or _id(fields.get("original-message-id", "")),
    )


def _fields(part: MimePart) -> dict[str, str]:
    """Return the fields of all groups of a status part, the first of a name where it repeats."""
    groups = stored(part)
    found: dict[str, str] = {}
    for group in groups[:50] if isinstance(groups, list) else [part]:
        if isinstance(group, MimePart):
            for name, value in group.items():
                found.setdefault(name.lower(), decoded(str(value)[:2000]))
    if not isinstance(groups, list):
        for line in str(groups)[:50_000].splitlines():
            name, colon, value = line.partition(":")
            if colon:
                found.setdefault(name.strip().lower(), decoded(value.strip()[:2000]))
    return found


def _named(text: str, name: str) -> str:
    for line in text[:100_000].splitlines():
        key, _, value = line.partition(":")
        if key.strip().lower() == name:
            return value
    return ""


def _id(text: str) -> str | None:
    found = message_ids([decoded(text[:2000])])
    return found[0] if found else None


def _address(text: str | None) -> str | None:
    """Return the address of a "rfc822; a@b" field (RFC 3464 §2.3.2)."""
    if not text:
        return None
    address = text.rpartition(";")[2].strip().strip("<>")
    return address[:320] if "@" in address else None
