"""MIME parts become text and attachments, within limits."""

from __future__ import annotations

import email
from email.message import EmailMessage

import pytest

from intake.mail import parts as mime
from intake.mail.parts import Parts


def read(raw: bytes) -> Parts:
    """Return the parts of *raw*."""
    return mime.read(email.message_from_bytes(raw), raw)


def test_html_stands_in_for_a_plain_part_that_says_less() -> None:
    """The HTML alternative is read where the plain one is a stub."""
    message = EmailMessage()
    message.set_content("Zobacz w HTML")
    message.add_alternative("<p>Potwierdzamy udział trzech osób na spotkaniu konsultacyjnym.</p>", subtype="html")

    assert mime.body(read(message.as_bytes())) == "Potwierdzamy udział trzech osób na spotkaniu konsultacyjnym."


def test_the_plain_part_is_read_where_it_says_as_much() -> None:
    """Of two alternatives that say the same the plain one is read."""
    message = EmailMessage()
    message.set_content("Potwierdzamy udział.\n> cytat\n")
    message.add_alternative("<p>Potwierdzamy udział.</p><blockquote>cytat</blockquote>", subtype="html")

    assert mime.body(read(message.as_bytes())) == "Potwierdzamy udział.\n> cytat"


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
def test_an_empty_body_is_empty(encoding: str) -> None:
    """Where all is said in the subject, the coding of nothing is no text."""
    message = EmailMessage()
    message.set_content(" \n\n", cte=encoding)

    assert not mime.body(read(message.as_bytes())).strip()


def test_text_that_is_attached_is_no_body() -> None:
    """A text file with a name is an attachment, and its text is read."""
    message = EmailMessage()
    message.set_content("W załączniku lista.")
    message.add_attachment("Jan Kos\n", filename="lista.txt")
    parts = read(message.as_bytes())

    assert ("W załączniku lista.", [("lista.txt", "Jan Kos\n")]) == (
        mime.body(parts),
        [(each.filename, each.text) for each in parts.attachments],
    )


def test_a_document_without_a_name_is_no_body() -> None:
    """A PDF as the whole message is an attachment, not text."""
    parts = read(b"Content-Type: application/pdf\r\n\r\n%PDF-1.4\r\n")

    assert ("", ["application/pdf"]) == (mime.body(parts), [each.content_type for each in parts.attachments])


def test_parts_beyond_the_limit_are_left_and_said_so() -> None:
    """Too many parts cost a defect, not the message."""
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 1000 + b"--b--\r\n"
    parts = read(raw)

    assert (400, ["mime: too many parts, or too deep; the rest was not read"]) == (len(parts.plain), parts.defects)


def test_attached_messages_beyond_the_limit_are_kept_unread() -> None:
    """Of many attached messages the first are read; the others are kept with their bytes."""
    inner = b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ntekst\r\n"
    parts = read(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + inner * 12 + b"--b--\r\n")

    assert (10, 12, "not read") == (len(parts.forwarded), len(parts.attachments), parts.attachments[-1].unread)


NAMES = [
    ('attachment; filename="../../etc/passwd"', "passwd"),
    ('attachment; filename="C:\\\\dokumenty\\\\lista.pdf"', "lista.pdf"),
    ("attachment; filename*=utf-8''za%C5%82.pdf", "zał.pdf"),
    ("attachment; filename*=utf-8''a%00b%0D%0Ac.pdf", "abc.pdf"),
    ('attachment; filename="..."', None),
    ("attachment", None),
]


@pytest.mark.parametrize(("disposition", "name"), NAMES)
def test_file_names_are_labels(disposition: str, name: str | None) -> None:
    """A name loses its path and its control characters, and keeps the rest."""
    part = email.message_from_bytes(b"Content-Disposition: " + disposition.encode() + b"\r\n\r\nx")
    found = mime.filename(part)

    assert (name and name.split()) == (found and found.split())
