"""Text of messages whose structure hides it: a boundary that never matches, a body in no part, base64 that is cut."""

from __future__ import annotations

import base64
import email
import quopri
import re
from email.message import Message as MimePart

from intake.mail.charset import clean, decode, stored

_LARGEST = 4 << 20  # bytes that are looked at
_BOUNDARY = re.compile(rb"^--(\S[^\r\n\"]{0,200}?)[ \t]*\r?\n(?:content-|mime-version)", re.IGNORECASE | re.MULTILINE)
_STRUCTURE = re.compile(
    rb"--[^\s].{0,200}$|content-(type|transfer-encoding|disposition|id|language)\s*:|\tboundary=", re.IGNORECASE
)


def reparsed(payload: bytes) -> MimePart | None:
    """Return a multipart parsed again by the boundary that stands in its *payload*, or None where none does."""
    found = _BOUNDARY.search(payload, 0, _LARGEST)
    if not found:
        return None
    try:
        head = b'Content-Type: multipart/mixed; boundary="' + found[1].replace(b"\\", b"\\\\") + b'"\r\n\r\n'
        root = email.message_from_bytes(head + payload)
    except Exception:  # noqa: BLE001  (nested too deep, or worse: the text is read as it stands then)
        return None
    return root if root.is_multipart() else None


def encoded_message(part: MimePart, inner: MimePart) -> MimePart | None:
    """Return an attached message that was encoded, which RFC 2046 §5.2.1 forbids and programs do all the same."""
    encoding = str(part.get("Content-Transfer-Encoding") or "").strip().lower()
    text = stored(inner)
    if encoding not in {"base64", "quoted-printable"} or not isinstance(text, str):
        return None
    raw = text.encode("utf-8", "surrogateescape")
    try:
        return email.message_from_bytes(from_base64(text) if encoding == "base64" else quopri.decodestring(raw))
    except Exception:  # noqa: BLE001  (nested too deep, or worse: it is kept as it is)
        return None


def body_of(raw: bytes) -> bytes:
    """Return what stands below the header of *raw*, or all of it where there is no header."""
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n")
    head, blank, rest = lines.partition(b"\n\n")
    return head if not rest.strip() and not blank and b":" not in head.split(b"\n", 1)[0] else rest


def text_of(body: bytes) -> str:
    """Return the lines of *body* that are no MIME structure, as text."""
    lines = [line for line in body[:_LARGEST].split(b"\n") if not _STRUCTURE.match(line)]
    return clean(decode(b"\n".join(lines), None).text).strip("\n")


def is_base64(payload: str) -> bool:
    """Tell whether *payload* can be base64: hardly a foreign character, and no spaces between words."""
    sample = payload[:20_000].strip()
    foreign = len(re.findall(r"[^A-Za-z0-9+/=\s]", sample))
    return foreign * 20 <= len(sample) and len(re.findall(r"\S +\S", sample)) * 40 <= len(sample)


def from_base64(payload: str) -> bytes:
    """Return what can be decoded of base64 with foreign characters in it, or without its end."""
    kept = re.sub(r"[^A-Za-z0-9+/]", "", payload)
    whole = kept[:-1] if len(kept) % 4 == 1 else kept  # six bits are no byte
    return base64.b64decode(whole + "=" * (-len(whole) % 4))
