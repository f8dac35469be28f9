"""MIME parts to body text, attachments, calendar answers and reports, within limits (RFC 2045-2049, 2183).

The tree is walked as the parser gives it, whatever is broken in it; where it gives no text although text stands there,
the raw bytes are read. What the sender calls a file is a label, never a path.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import InvalidBase64LengthDefect
from email.message import Message as MimePart

from intake.mail import calendar, report, rescue
from intake.mail.charset import clean, decode, stored
from intake.mail.headers import decoded, one_line
from intake.mail.html import to_text
from intake.mail.message import Attachment, CalendarReply, Report

_MOST_PARTS = 400
_DEEPEST = 30
_MOST_PAGES = 8  # of HTML that are read: each may cost a tenth of a second
_LARGEST_MESSAGE = 50 << 20  # bytes of an attached message
_MOST_MESSAGES = 10  # that were attached and are read
_LARGEST_TEXT = 1 << 20  # characters of body text
_BODY_TYPES = frozenset({"text/plain", "text/html", "text/richtext", "text/enriched"})
_NO_BODY_TYPES = frozenset({"text/calendar", "text/vcard", "text/x-vcard", "text/directory", "text/rfc822-headers"})
_READABLE = frozenset({"text/plain", "text/csv", "text/markdown"})


@dataclass(slots=True)
class Parts:
    """What the parts of a message hold."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    forwarded: list[str] = field(default_factory=list)  # messages that were attached, as text
    attachments: list[Attachment] = field(default_factory=list)
    calendar: CalendarReply | None = None
    report: Report | None = None
    defects: list[str] = field(default_factory=list)
    is_rescued: bool = False  # text was looked for where the structure shows none


def read(root: MimePart, raw: bytes) -> Parts:
    """Return what *root*, parsed from *raw*, holds."""
    parts = Parts()
    for number, (part, depth) in enumerate(_walk(root)):
        if number >= _MOST_PARTS or depth > _DEEPEST:
            parts.defects.append("mime: too many parts, or too deep; the rest was not read")
            break
        _sort(part, parts, is_alone=part is root)
    if report_type(root):
        parts.report = report.read(root)
    silent = not _has_words(parts) and not parts.attachments and not parts.report and not parts.forwarded
    if silent and not _is_empty(root, parts):
        _rescue(rescue.body_of(raw), parts)
    return parts


def _is_empty(root: MimePart, parts: Parts) -> bool:
    """Tell whether nothing was written: the structure is sound, and its text is blank. All may stand in the subject."""
    if not parts.plain and not parts.html:
        return False
    sound = not root.defects and not any(part.defects for part, _ in _walk(root))
    return sound and not f"{root.preamble or ''}{root.epilogue or ''}".strip()


def _has_words(parts: Parts) -> bool:
    return any(text.strip() for text in (*parts.plain, *parts.html))


def report_type(root: MimePart) -> str | None:
    """Return the report-type of a multipart/report (RFC 6522 §3), in lower case."""
    if root.get_content_type() != "multipart/report":
        return None
    value = root.get_param("report-type")
    return str(value).lower() if value else "unknown"


def body(parts: Parts) -> str:
    """Return the text of the message: the plain alternative where it says as much as the HTML one."""
    plain = "\n".join(parts.plain).strip("\n")
    html = "\n".join(to_text(markup) for markup in parts.html[:_MOST_PAGES]).strip("\n")
    if any(len(text) > _LARGEST_TEXT for text in (plain, *parts.html)) or len(parts.html) > _MOST_PAGES:
        parts.defects.append("text: too long; the rest of it was not read")
    if html and len(re.findall(r"\w", plain)) * 2 < len(re.findall(r"\w", html)):
        return html[:_LARGEST_TEXT]
    return plain[:_LARGEST_TEXT]


def _walk(root: MimePart) -> Iterator[tuple[MimePart, int]]:
    """Yield the leaves of the tree and its attached messages, without recursion and without going into the latter."""
    stack = [(root, 0)]
    while stack:
        part, depth = stack.pop()
        if part.is_multipart() and part.get_content_maintype() != "message":
            payloads = part.get_payload()
            children = payloads if isinstance(payloads, list) else []
            stack.extend((child, depth + 1) for child in reversed(children) if isinstance(child, MimePart))
        else:
            yield part, depth


def _sort(part: MimePart, parts: Parts, *, is_alone: bool) -> None:
    """Put one leaf where it belongs."""
    kind, name = part.get_content_type(), filename(part)
    disposition = str(part.get("Content-Disposition") or "").strip().lower()
    if kind == "message/rfc822" or (
        part.get_content_maintype() == "message" and part.is_multipart() and "status" not in kind
    ):
        _attached_message(part, parts, name, is_alone=is_alone)
        return
    if kind.startswith("message/") and "notification" not in kind and "status" not in kind:
        kind = "application/octet-stream" if kind == "message/external-body" else kind
    content = payload(part)
    if kind.startswith("multipart/"):  # no boundary of it was found
        if content.strip():
            _rescue(content, parts)
        return
    if kind == "text/calendar" or (name or "").lower().endswith(".ics"):
        parts.calendar = parts.calendar or calendar.reply(content)
    if _is_body(kind, name, disposition, is_alone=is_alone):
        text = decode(content, part.get_content_charset())
        if text.defect:
            parts.defects.append(text.defect)
        (parts.html if kind == "text/html" else parts.plain).append(_plain(kind, clean(text.text)))
    elif content or name:
        readable = clean(decode(content[:_LARGEST_TEXT], part.get_content_charset()).text) if kind in _READABLE else ""
        parts.attachments.append(
            Attachment(name, kind, content, hashlib.sha256(content).hexdigest(), readable, _why_unread(kind, readable))
        )


def _is_body(kind: str, name: str | None, disposition: str, *, is_alone: bool) -> bool:
    """Tell whether a part is what the sender wrote, rather than a file that comes along."""
    if is_alone and not name:
        return kind.startswith("text/") and kind not in _NO_BODY_TYPES  # whatever else is said of it: there is no other
    return kind in _BODY_TYPES and not disposition.startswith("attachment") and (not name or is_alone)


def _why_unread(kind: str, readable: str) -> str | None:
    """Say why nothing of an attachment was read; what is no document has nothing to read."""
    if readable or kind.startswith(("message/", "text/calendar", "text/rfc822-headers", "multipart/")):
        return None
    return "not read"


def _attached_message(part: MimePart, parts: Parts, name: str | None, *, is_alone: bool) -> None:
    """Keep a message that was passed on: its header block and text are forwarded, its bytes an attachment."""
    children = part.get_payload()
    inner = children[0] if isinstance(children, list) and children else None
    if isinstance(inner, MimePart) and not inner.keys():
        inner = rescue.encoded_message(part, inner) or inner
    if not isinstance(inner, MimePart) or len(parts.forwarded) >= _MOST_MESSAGES:
        _keep_unread(part, parts, name)
        return
    content = _whole(inner)
    fields = [
        f"{label}: {decoded(str(inner[key]))}"
        for label, key in (("Od", "From"), ("Data", "Date"), ("Do", "To"), ("Temat", "Subject"))
        if inner[key]
    ]
    leaves = Parts()
    for number, (leaf, depth) in enumerate(_walk(inner)):
        if number >= _MOST_PARTS or depth > _DEEPEST:
            break
        if leaf.get_content_maintype() != "message":
            _sort(leaf, leaves, is_alone=leaf is inner)
    parts.forwarded.append("\n".join([*fields, "", body(leaves)]))
    parts.calendar = parts.calendar or leaves.calendar
    if is_alone:
        parts.attachments.extend(leaves.attachments)
        return
    parts.attachments.append(
        Attachment(name, "message/rfc822", content, hashlib.sha256(content).hexdigest(), body(leaves))
    )
    parts.attachments.extend(leaves.attachments)


def _keep_unread(part: MimePart, parts: Parts, name: str | None) -> None:
    """Keep an attached message whose text is not read: it is no message, or one of too many."""
    inner = part.get_payload()
    first = inner[0] if isinstance(inner, list) and inner else None
    content = _whole(first) if isinstance(first, MimePart) else payload(part)
    digest = hashlib.sha256(content).hexdigest()
    parts.attachments.append(Attachment(name, "message/rfc822", content, digest, unread="not read"))


def _whole(message: MimePart) -> bytes:
    """Return an attached message as bytes again; nothing where it cannot be written or is huge."""
    if sum(len(str(stored(leaf))) for leaf, _ in _walk(message) if not leaf.is_multipart()) > _LARGEST_MESSAGE:
        return b""
    try:
        return message.as_bytes()
    except Exception:  # noqa: BLE001  (the writer trips over what the parser let pass; the text is read all the same)
        return b""


def payload(part: MimePart) -> bytes:
    """Return the bytes of a leaf, its transfer encoding undone as far as it can be."""
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AssertionError):
        content = None
    text = stored(part)
    if isinstance(text, str) and str(part.get("Content-Transfer-Encoding") or "").strip().lower() == "base64":
        if not rescue.is_base64(text):
            content = None  # text under a wrong label
        elif any(isinstance(defect, InvalidBase64LengthDefect) for defect in part.defects):
            content = rescue.from_base64(text)
    if isinstance(content, bytes):
        return content
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else b""


def filename(part: MimePart) -> str | None:
    """Return the name that the sender gave a part: decoded, without path, control characters and overrides."""
    try:
        name = part.get_filename()
    except (ValueError, LookupError, TypeError):
        name = None
    if not name:
        return None
    last = re.split(r"[/\\]", one_line(decoded(str(name))))[-1].strip(". ")
    return last[:200] or None


def _plain(kind: str, text: str) -> str:
    """Undo the marks of text/richtext and text/enriched (RFC 1896)."""
    if kind not in {"text/richtext", "text/enriched"}:
        return text
    lines = (
        re.sub(r"\n(?!\n)", " ", text)
        if kind == "text/enriched"
        else re.sub(r"<(nl|np)>", "\n", text, flags=re.IGNORECASE)
    )
    return re.sub(r"<(?!<)/?[\w-]{1,40}>", "", lines).replace("<<", "<")


def _rescue(body: bytes, parts: Parts) -> None:
    """Read the text of a body whose structure hides it."""
    if parts.is_rescued:  # one look is enough: each may cost as much as the message itself
        return
    parts.is_rescued = True
    root = rescue.reparsed(body)
    if root is not None:
        parts.defects.append("mime: the boundary is not the one that was declared")
        for number, (part, depth) in enumerate(_walk(root)):
            if number >= _MOST_PARTS or depth > _DEEPEST:
                break
            _sort(part, parts, is_alone=False)
        if _has_words(parts) or parts.attachments:
            return
    text = rescue.text_of(body)
    if text.strip():
        parts.defects.append("mime: no part holds the text; the raw body was read")
        (parts.html if re.search(r"<(html|body|div|p)\b", text[:5000], re.IGNORECASE) else parts.plain).append(text)
