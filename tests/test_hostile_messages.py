"""Broken and hostile messages: each is read and judged within its budget, whatever it is, and the next one too.

The budgets are seconds on a slow machine. They hold in this very process; the worker reads in another, which it stops
(see ``test_reading.py``), for the case that nobody thought of.
"""

from __future__ import annotations

import base64
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from intake.judgement.values import Arrival, Category
from intake.judgement.verdict import judge
from intake.mail.attachments import understand
from intake.mail.message import Message
from tests.documents import archive
from tests.letters import office_rules

FROM = b"From: Ewa <ewa@kolo.example>\r\nSubject: Spotkanie\r\n"
TEXT = "Potwierdzam udział dwóch osób w spotkaniu 13 lipca.\r\n".encode()
PLAIN = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + TEXT
MIXED = FROM + b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
ARRIVAL = Arrival("rsvp", datetime(2023, 7, 10, 10, tzinfo=UTC), Category.ATTENDANCE)


def enclosing(content: bytes, kind: str, name: str) -> bytes:
    """Return a message with TEXT and a file."""
    return b"".join(
        (
            MIXED,
            b"--b\r\n",
            PLAIN,
            b"\r\n--b\r\nContent-Type: " + kind.encode(),
            b"\r\nContent-Transfer-Encoding: base64\r\n",
            f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'.encode(),
            base64.encodebytes(content),
            b"\r\n--b--\r\n",
        )
    )


def nested_parts() -> bytes:
    """Return five thousand multiparts, each in the one before."""
    opening = b"".join(
        b'--b%d\r\nContent-Type: multipart/mixed; boundary="b%d"\r\n\r\n' % (depth, depth + 1) for depth in range(5000)
    )
    return FROM + b'Content-Type: multipart/mixed; boundary="b0"\r\n\r\n' + opening + b"--b5000\r\n" + PLAIN


def nested_messages() -> bytes:
    """Return a message in a message in a message."""
    return FROM + b"Content-Type: message/rfc822\r\n\r\n" * 5000 + FROM + PLAIN


def many_parts() -> bytes:
    """Return a hundred thousand parts."""
    return MIXED + b"--b\r\n" + PLAIN + b"--b\r\n\r\nx\r\n" * 100_000 + b"--b--\r\n"


def million_line_header() -> bytes:
    """Return a header field of a million lines."""
    return FROM + b"X-Long: a\r\n" + b"\tb\r\n" * 1_000_000 + PLAIN


def million_fields() -> bytes:
    """Return a million header fields."""
    return FROM + b"X: y\r\n" * 1_000_000 + PLAIN


def hundred_megabytes() -> bytes:
    """Return a message of a hundred megabytes, most of it a file."""
    return enclosing(b"\xff\x00" * (36 << 20), "image/tiff", "skan.tif")


def hundred_megabytes_of_text() -> bytes:
    """Return a hundred megabytes of words."""
    return FROM + PLAIN + b"Potwierdzam. " * (8 << 20)


def one_line() -> bytes:
    """Return twenty megabytes without a line end."""
    return FROM + PLAIN + b"a" * (20 << 20)


def zip_bomb() -> bytes:
    """Return a document that expands to four gigabytes."""
    content = archive({"word/document.xml": bytes(64 << 20)})
    return enclosing(_lying(content), "application/zip", "uwagi.docx")


def _lying(content: bytes) -> bytes:
    """Return an archive whose directory says that its file is small."""
    size = (64 << 20).to_bytes(4, "little")
    return content.replace(size, (1000).to_bytes(4, "little"))


def honest_zip_bomb() -> bytes:
    """Return a document that says how large it becomes."""
    return enclosing(archive({"word/document.xml": bytes(300 << 20)}), "application/zip", "uwagi.docx")


def many_members() -> bytes:
    """Return an archive of sixty thousand files."""
    return enclosing(archive({f"{number}.xml": b"" for number in range(60_000)}), "application/zip", "uwagi.xlsx")


def zip_in_zip() -> bytes:
    """Return archives in archives."""
    content = b"x"
    for _ in range(60):
        content = archive({"a.docx": content})
    return enclosing(content, "application/zip", "a.zip")


def entity_bomb() -> bytes:
    """Return a document whose ten entities expand to ten billion."""
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(10))
    xml = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">{entities}]><x>&e10;</x>'
    return enclosing(archive({"word/document.xml": xml}), "application/zip", "uwagi.docx")


def deep_document() -> bytes:
    """Return a document of a million elements, each in the one before."""
    xml = "<a>" * 1_000_000
    return enclosing(archive({"word/document.xml": xml}), "application/zip", "uwagi.docx")


def charset_lie() -> bytes:
    """Return bytes of no charset under the names of many."""
    charsets = (b"utf-7", b"utf-16", b"unicode_escape", b"rot13", b"base64", b"idna", b"\xff\xfe", b"x" * 9000, b"zlib")
    part = b"--b\r\nContent-Type: text/plain; charset=%s\r\n\r\n+AGEA\xff\xfe\x80\xd8\r\n"
    return MIXED + b"--b\r\n" + PLAIN + b"".join(part % charset for charset in charsets) + b"--b--\r\n"


def nuls() -> bytes:
    """Return NULs in the header, in names and in the text."""
    head = b"From: E\x00wa <ewa@kolo.example>\r\nSub\x00ject: x\r\nSubject: Spot\x00kanie\r\n"
    return head + PLAIN + b"\x00" * 1_000_000


def bare_ends() -> bytes:
    """Return line ends of every kind in one message."""
    return (
        b"From: Ewa <ewa@kolo.example>\nSubject: Spotkanie\r\nX: y\rBcc: z\n\r\n"
        + TEXT.replace(b"\r\n", b"\r") * 3
        + b"\n\r.\r"
    )


def equal_boundaries() -> bytes:
    """Return multiparts that share a boundary, begin another's, or have an empty one."""
    inner = b'--b\r\nContent-Type: multipart/mixed; boundary="%s"\r\n\r\n'
    return (
        MIXED
        + inner % b"b"
        + inner % b"bb"
        + inner % b""
        + inner % b"b--"
        + b"--b\r\n"
        + PLAIN
        + b"--b--\r\n--bb--\r\n"
    )


def quadratic_boundaries() -> bytes:
    """Return twenty thousand lines that nearly are a boundary."""
    head = FROM + b'Content-Type: multipart/mixed; boundary="' + b"-" * 60 + b'"\r\n\r\n'
    return head + b"--" + b"-" * 59 + b"\r\n" + PLAIN + (b"--" + b"-" * 59 + b"x\r\n") * 19_000


def path_names() -> bytes:
    """Return files whose names lead out of any folder, in two thousand pieces (RFC 2231 §3)."""
    pieces = b"".join(b";\r\n filename*%d*=%%2e%%2e%%2f" % number for number in range(2000))
    file = b"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment%s\r\n\r\nx\r\n"
    odd = b"; filename*=utf-8''%2e%2e%2f%2e%2e%2fetc%2fpasswd; filename*99999999999*=x; filename*-1=y"
    return MIXED + b"--b\r\n" + PLAIN + file % pieces + file % odd + b"--b--\r\n"


def ten_thousand_recipients() -> bytes:
    """Return a message to ten thousand."""
    to = b",\r\n ".join(b'"Osoba %d" <o%d@kolo.example>' % (number, number) for number in range(10_000))
    return FROM + b"To: " + to + b"\r\nCc: " + to + b"\r\n" + PLAIN


def ten_thousand_senders() -> bytes:
    """Return a message from ten thousand."""
    authors = b",\r\n ".join(b"<o%d@kolo.example>" % number for number in range(10_000))
    return b"From: " + authors + b"\r\nSubject: Spotkanie\r\n" + PLAIN


def nested_comments() -> bytes:
    """Return addresses and a date in comments without end."""
    return b"From: " + b"(" * 100_000 + b" <ewa@kolo.example>\r\nDate: " + b"(" * 100_000 + b"\r\n" + PLAIN


def year(number: str) -> Callable[[], bytes]:
    """Return the making of a message of that year."""

    def of_year() -> bytes:
        return FROM + f"Date: Mon, 1 Jan {number} 00:00:00 +9999\r\n".encode() + PLAIN

    return of_year


def million_recurrences() -> bytes:
    """Return an answer to an invitation that recurs a million times, with a million exceptions."""
    lines = [
        *("BEGIN:VCALENDAR", "METHOD:REPLY", "BEGIN:VEVENT", "UID:1", "DTSTART:00010101T000000Z"),
        "RRULE:FREQ=SECONDLY;COUNT=1000000;BYSETPOS=" + ",".join(str(n % 366 + 1) for n in range(100_000)),
        *("EXDATE:99991231T235959Z" for _ in range(200_000)),
        *("ATTENDEE;PARTSTAT=ACCEPTED:mailto:ewa@kolo.example", "END:VEVENT", "END:VCALENDAR", ""),
    ]
    part = b"Content-Type: text/calendar; method=REPLY; charset=utf-8\r\n\r\n" + "\r\n".join(lines).encode()
    return MIXED + b"--b\r\n" + PLAIN + b"\r\n--b\r\n" + part + b"--b--\r\n"


def scripts() -> bytes:
    """Return a page of scripts, styles, forms and words."""
    page = b"<script>alert(document.cookie)</script><style>p{background:url(//evil.example)}</style>" * 20_000
    return (
        FROM
        + b"Content-Type: text/html; charset=utf-8\r\n\r\n"
        + page
        + b"<p onclick=x()>"
        + TEXT
        + b"</p><iframe src=x>"
    )


def deep_page() -> bytes:
    """Return a page of three hundred thousand elements, each in the one before."""
    return FROM + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + b"<div><table><tr><td>" * 75_000 + TEXT


def quotes() -> bytes:
    """Return quotes in quotes."""
    return FROM + PLAIN + b"\r\n".join(b">" * (number % 2000) + b" ale" for number in range(20_000))


def encoded_words() -> bytes:
    """Return a subject of a hundred thousand encoded words."""
    return b"From: Ewa <ewa@kolo.example>\r\nSubject: " + b"=?utf-8?q?=F0=9F?= " * 100_000 + b"\r\n" + PLAIN


def broken_pdf() -> bytes:
    """Return a PDF of streams in streams that is none."""
    stream = zlib.compress(bytes(80 << 20))
    objects = b"".join(
        b"%d 0 obj<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n" % (n, len(stream)) for n in range(3)
    )
    pages = b"1 0 obj<</Type/Pages/Kids[1 0 R 1 0 R]/Count 9999999>>endobj\n"
    return enclosing(
        b"%PDF-1.7\n" + pages + objects + stream + b"endstream endobj trailer<</Root 1 0 R>>",
        "application/pdf",
        "a.pdf",
    )


def is_coming(message: Message) -> bool:
    """Tell whether the words of a person are still read."""
    return "Potwierdzam udział dwóch osób" in message.text


READ, LOST = True, False
CASES: list[tuple[Callable[[], bytes], float, bool]] = [
    (nested_parts, 10, LOST),
    (nested_messages, 10, LOST),
    (many_parts, 10, LOST),
    (million_line_header, 10, READ),
    (million_fields, 10, READ),
    (hundred_megabytes, 60, READ),
    (hundred_megabytes_of_text, 60, READ),
    (one_line, 20, READ),
    (zip_bomb, 20, READ),
    (honest_zip_bomb, 20, READ),
    (many_members, 20, READ),
    (zip_in_zip, 10, READ),
    (entity_bomb, 10, READ),
    (deep_document, 20, READ),
    (charset_lie, 10, READ),
    (nuls, 10, READ),
    (bare_ends, 10, READ),
    (equal_boundaries, 10, READ),
    (quadratic_boundaries, 15, READ),
    (path_names, 10, READ),
    (ten_thousand_recipients, 10, READ),
    (ten_thousand_senders, 10, READ),
    (nested_comments, 10, READ),
    (year("0000"), 10, READ),
    (year("9999"), 10, READ),
    (year("-1"), 10, READ),
    (million_recurrences, 20, READ),
    (scripts, 20, LOST),
    (deep_page, 20, LOST),
    (quotes, 20, READ),
    (encoded_words, 10, READ),
    (broken_pdf, 30, READ),
]


@pytest.mark.parametrize(("make", "seconds", "is_read"), CASES, ids=lambda value: getattr(value, "__name__", None))
def test_a_hostile_message_is_read_and_judged_in_time(make: Callable[[], bytes], seconds: float, is_read: bool) -> None:
    """It costs its budget at most; and the person's words in it are read where any program would show them."""
    raw = make()
    rules = office_rules()
    begun = time.perf_counter()
    message = understand(raw)
    verdict = judge(message, ARRIVAL, rules)
    spent = time.perf_counter() - begun

    assert spent < seconds
    assert is_coming(message) or not is_read
    assert is_read or message.defects
    assert verdict.reasons or verdict.category is Category.UNRELATED


@pytest.mark.parametrize("make", [entity_bomb, zip_bomb, honest_zip_bomb, many_members, deep_document, broken_pdf])
def test_what_could_not_be_read_says_why(make: Callable[[], bytes]) -> None:
    """A clerk is told the reason, and how the file is called."""
    (part,) = understand(make()).attachments

    assert part.unread
    assert part.filename


def test_names_lead_nowhere() -> None:
    """Of a path its last part is left."""
    names = [part.filename for part in understand(path_names()).attachments]

    assert [] == [name for name in names if name and set(name) & set("/\\\0")]


def test_dates_beyond_the_calendar_decide_nothing() -> None:
    """The arrival is the server's; the sender's clock is at best a claim."""
    for number in ("0000", "9999", "-1", "99999999999999999999"):
        verdict = judge(understand(year(number)()), ARRIVAL, office_rules())
        assert "on_time" == verdict.timeliness.attendance
