"""A fuzzer over the message reader and all that is judged from it: messages grown from a grammar, and mutilated ones.

It runs for some seconds here and for as long as wanted under ``make fuzz``. What it found stays in ``tests/fuzz/`` and
is read again each time; a new find is written there by ``make fuzz`` itself, under the digest of its bytes.
"""

from __future__ import annotations

import base64
import hashlib
import os
import time
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from intake.judgement import automatic
from intake.judgement.values import Arrival
from intake.judgement.verdict import judge
from intake.letters import choice, mime
from intake.mail.attachments import understand
from intake.mail.message import Message
from tests.letters import letter, office_rules

HERE = Path(__file__).parent
FOUND = HERE / "fuzz"
SEEDS = sorted((HERE / "mail").glob("*.eml"))
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "60"))
KEEPS = "FUZZ_EXAMPLES" in os.environ
BUDGET = 10.0  # seconds for a message of a few kilobytes, on a slow machine
ARRIVAL = Arrival("rsvp", datetime(2023, 7, 10, 10, tzinfo=UTC), personal=True)
fuzzing = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)

ENDS = st.sampled_from([b"\r\n"] * 8 + [b"\n", b"\r", b"\r\r\n", b"\n\r", b""])
CHARSETS = st.sampled_from(
    [
        *(b"utf-8", b"iso-8859-2", b"windows-1250", b"utf-7", b"utf-16", b"idna", b"punycode", b"rot13", b"hex"),
        *(b"unicode_escape", b"cp65001", b"x-unknown", b"", b'"', b"utf-8'pl'", b"utf_8_sig", b"ascii\x00", b"\xb3"),
    ]
)
WORDS = st.sampled_from(
    [
        *("Potwierdzam udział dwóch osób.".encode(), b"Proponujemy", "Z poważaniem".encode(), b"> > cytat", b"-- "),
        *(b"=?utf-8?b?", b"?=", b"=?idna?q?=F0?=", b"=C4=85", b"=\r\n", b"<b>", b"</blockquote>", b"<!--", b"&#0;"),
        *(b"begin 644 a.txt", b"%PDF-1.7", b"PK\x03\x04", b"\x78\x9f\x3e\x22", b"From ", b".", b"\x1b[31m", b"\x00"),
        *(b"W dniu 10.07.2023 o 12:00, Jan pisze:", b"----- Original Message -----", b"KONS-2023-0001"),
        "Фундація".encode(),
    ]
)
TEXTS = st.lists(st.one_of(WORDS, st.binary(max_size=12), ENDS), max_size=14).map(b" ".join)
VALUES = st.one_of(
    TEXTS,
    st.sampled_from(
        [
            *(
                b"Ewa <ewa@kolo.example>",
                b"<>",
                b"ewa@kolo.example, jan@x.example",
                b'"a@b.example" <ewa@kolo.example>',
            ),
            *(b"((((", b"=?utf-8?q?=00=0D=0A?= <a@b>", b"undisclosed-recipients:;", b"<a@[127.0.0.1]>", b"\xb3 <@>"),
            *(b"Mon, 1 Jan 0000 00:00:00 +0000", b"Mon, 99 Foo 9999 99:99:99 +9999", b"Tue, 11 Jul 2023 9:12 -0000"),
            *(b"auto-replied; x=y", b"no (auto)", b"<1@x.example> <2@x.example>", b"mx; dmarc=fail", b"bulk"),
        ]
    ),
)
NAMES = st.sampled_from(
    [
        *(b"From", b"To", b"Subject", b"Date", b"Message-ID", b"In-Reply-To", b"References", b"Return-Path", b"Sender"),
        *(b"Reply-To", b"Auto-Submitted", b"Precedence", b"List-Id", b"X-Failed-Recipients", b"Received", b"from"),
        *(
            b"Authentication-Results",
            b"Content-Language",
            b"X-Auto-Response-Suppress",
            b"",
            b"A B",
            b"\xb3",
            b"Bcc\x00",
        ),
    ]
)
KINDS = st.sampled_from(
    [
        *(b"text/plain", b"text/html", b"text/calendar; method=REPLY", b"text/enriched", b"text/rfc822-headers"),
        *(b"message/rfc822", b"message/delivery-status", b"message/partial", b"message/external-body", b"text"),
        *(b"application/pdf", b"application/zip", b"application/ms-tnef", b"image/png", b"application/octet-stream"),
        *(b"multipart/mixed", b"multipart/", b"x/y/z", b"", b"text/plain; charset", b"application/rtf", b"audio/*"),
    ]
)
ENCODINGS = st.sampled_from(
    [b"7bit", b"8bit", b"base64", b"quoted-printable", b"x-uuencode", b"BASE64 (x)", b"", b"\x00"]
)
FILES = st.sampled_from(
    [
        *(b"", b"", b'; filename="wnioski.pdf"', b"; filename*=utf-8''%2e%2e%2fa", b"; filename*0*=a; filename*1=b"),
        *(b'; filename="../../x.docx"', b"; filename*=idna''%C4%85", b"; filename=winmail.dat", b"; filename*9999=x"),
        *(b'; filename="a.ics"', b"; filename*x*=y", b'; filename="=?utf-8?b?Li4vLi4v?=.zip"', b"; filename=\xb3\x00"),
    ]
)
BOUNDARIES = st.sampled_from([b"b", b"bb", b"b--", b"=_x", b"", b" ", b"\xb3", b"b" * 80])


def _part(kind: bytes, charset: bytes, encoding: bytes, file: bytes, content: bytes) -> bytes:
    if encoding == b"base64":
        content = base64.encodebytes(content)
    return b"".join(
        (
            b"Content-Type: " + kind + b"; charset=" + charset + b"\r\n",
            b"Content-Transfer-Encoding: " + encoding + b"\r\n",
            b"Content-Disposition: attachment" + file + b"\r\n" if file else b"",
            b"\r\n",
            content,
        )
    )


def _multipart(kind: bytes, boundary: bytes, declared: bytes, children: list[bytes], closing: bytes) -> bytes:
    head = b"Content-Type: multipart/" + kind + b'; boundary="' + declared + b'"\r\n\r\n'
    return head + b"".join(b"--" + boundary + b"\r\n" + child + b"\r\n" for child in children) + closing


def _message(fields: list[tuple[bytes, bytes, bytes]], body: bytes) -> bytes:
    return b"".join(name + b": " + value + end for name, value, end in fields) + body


LEAVES = st.builds(_part, KINDS, CHARSETS, ENCODINGS, FILES, TEXTS)
FIELDS = st.lists(st.tuples(NAMES, VALUES, ENDS), max_size=8)


def _above(children: SearchStrategy[bytes]) -> SearchStrategy[bytes]:
    """Grow parts that hold parts: multiparts whose boundary is mostly the declared one, and whole messages."""
    kind = st.sampled_from([b"mixed", b"alternative", b"related", b"report; report-type=delivery-status", b"signed"])
    closing = st.sampled_from([b"", b"--b--\r\n", b"--bb--", b"--\r\n"])
    several = st.lists(children, max_size=4)
    equal = BOUNDARIES.flatmap(lambda each: st.builds(_multipart, kind, st.just(each), st.just(each), several, closing))
    other = st.builds(_multipart, kind, BOUNDARIES, BOUNDARIES, several, closing)
    inner = st.builds(
        lambda fields, body: b"Content-Type: message/rfc822\r\n\r\n" + _message(fields, body), FIELDS, children
    )
    return st.one_of(equal, equal, other, inner)


MESSAGES = st.builds(_message, FIELDS, st.recursive(LEAVES, _above, max_leaves=8))


@st.composite
def mutilated(draw: st.DrawFn) -> bytes:
    """Return a real message with pieces cut out, doubled, exchanged and put in."""
    raw = draw(st.sampled_from(SEEDS)).read_bytes()[:20_000]
    for _ in range(draw(st.integers(1, 6))):
        start, end = sorted((draw(st.integers(0, len(raw))), draw(st.integers(0, len(raw)))))
        end = min(end, start + 2000)
        piece = draw(st.one_of(WORDS, ENDS, st.binary(max_size=8), st.just(raw[start:end] * 3), CHARSETS))
        raw = raw[:start] + piece + (raw[start:] if draw(st.booleans()) else raw[end:])
    return raw


def read(raw: bytes) -> Message:
    """Read, judge and answer *raw* as the worker does, and say what must hold of any message."""
    begun = time.perf_counter()
    message = understand(raw)
    rules = office_rules()
    verdict = judge(message, ARRIVAL, rules)
    automatic.bounced(message)
    automatic.recipient(message)
    to = choice.recipient(message)
    spent = time.perf_counter() - begun
    said = [message.text, message.subject or "", *(value for _, value in message.headers)]
    said += [part.filename or "" for part in message.attachments] + [part.text for part in message.attachments]
    said += [verdict.organisation or "", *verdict.names, verdict.phone or ""]

    assert spent < BUDGET
    assert not [text for text in said if "\0" in text or any(unicodedata.category(each) == "Cs" for each in text)]
    assert not [part.filename for part in message.attachments if set(part.filename or "") & set("/\\\r\n")]
    assert not [value for _, value in message.headers if "\r" in value or "\n" in value]
    assert to is None or mime.writable(to) == to
    assert 0 <= verdict.confidence <= 1
    assert verdict.acknowledge is (verdict.suppression is None)
    return message


def kept(raw: bytes) -> None:
    """Read *raw*; a find of ``make fuzz`` is kept as a file."""
    try:
        read(raw)
    except BaseException:
        if KEEPS:
            FOUND.mkdir(exist_ok=True)
            (FOUND / f"{hashlib.sha256(raw).hexdigest()[:12]}.eml").write_bytes(raw)
        raise


@fuzzing
@given(MESSAGES)
def test_any_message_of_the_grammar_is_read(raw: bytes) -> None:
    """However its parts and labels contradict each other."""
    kept(raw)


@fuzzing
@given(mutilated())
def test_any_mutilated_message_is_read(raw: bytes) -> None:
    """Whatever is missing of a real one."""
    kept(raw)


@fuzzing
@given(MESSAGES)
def test_any_message_can_be_answered(raw: bytes) -> None:
    """What a letter takes over from a message breaks none of its fields."""
    message = understand(raw)
    composed = letter(
        "receipt",  # type: ignore[arg-type]  # a LetterKind is its value
        subject=message.subject,
        answers=message.message_id,
        references=message.references,
    )
    head = composed.raw.partition(b"\r\n\r\n")[0]

    assert composed.raw.isascii()
    assert all(line[:1] in b" \t" or b":" in line for line in head.split(b"\r\n"))


@pytest.mark.parametrize("path", sorted(FOUND.glob("*.eml")), ids=lambda path: path.stem)
def test_what_the_fuzzer_found_is_read_now(path: Path) -> None:
    """Each find is kept, named for what was wrong."""
    read(path.read_bytes())
