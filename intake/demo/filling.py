"""Replies of the play: their {{…}} filled from the letter that they answer, as that letter really left.

A file may hold ``{{message-id}}``, ``{{references}}``, ``{{subject}}``, the text of the letter quoted as different
programs quote (``{{quote}}``, ``{{quote-plain}}``, ``{{quote-html}}``), and ``{{letter}}``, the letter itself.
"""

from __future__ import annotations

import html
import re
from email import message_from_bytes, policy

_FIELD = re.compile(rb"\{\{([a-z-]+)\}\}")


def answers(letter: bytes) -> str:
    """Return the Message-ID of the message that *letter* answers, or "" where it answers none."""
    return str(message_from_bytes(letter, policy=policy.compat32)["In-Reply-To"] or "").strip()


def message_id(raw: bytes) -> str:
    """Return the Message-ID of a message of the play, or "" where it has none."""
    return str(message_from_bytes(raw, policy=policy.compat32)["Message-ID"] or "").strip()


def filled(raw: bytes, letter: bytes) -> bytes:
    """Return *raw* with its {{…}} filled from *letter*."""
    known = _fields(letter)
    return _FIELD.sub(lambda match: known[match[1].decode()], raw)


def _fields(letter: bytes) -> dict[str, bytes]:
    headers = message_from_bytes(letter, policy=policy.compat32)  # leaves folds and encoded words as they are
    own = str(headers["Message-ID"]).strip()
    chain = [*str(headers["References"] or "").split(), own]
    lines = text_of(letter).splitlines()
    quoted = "\r\n".join(f"> {line}".rstrip() for line in lines)
    return {
        "message-id": own.encode(),
        "references": "\r\n ".join(chain).encode(),
        "subject": str(headers["Subject"]).encode(),
        "quote": quoted.encode(),
        "quote-plain": "\r\n".join(lines).encode(),
        "quote-html": "<br>\r\n".join(html.escape(line, quote=False) for line in lines).encode(),
        "letter": letter,
    }


def text_of(letter: bytes) -> str:
    """Return the text part of a letter of ours."""
    return _part(letter, "plain")


def html_of(letter: bytes) -> str:
    """Return the HTML part of a letter of ours."""
    return _part(letter, "html")


def _part(letter: bytes, kind: str) -> str:
    message = message_from_bytes(letter, policy=policy.default)  # our own letter, not a stranger's
    body = message.get_body((kind,))
    return "" if body is None else str(body.get_content())
