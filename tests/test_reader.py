"""Messages as they come: what is read of each stands in its twin, and whatever comes is read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.mail.message import Message, PassageKind
from intake.mail.reader import parse

MAIL = Path(__file__).parent / "mail"
FIRST_MEBIBYTE = 1 << 20


def words(text: str) -> str:
    """Return *text* with single spaces."""
    return " ".join(text.split())


def facts(message: Message) -> dict[str, object]:
    """Return the facts that a twin may state as they are."""
    report, calendar = message.report, message.calendar
    return {
        "own": words(message.own),
        "subject": message.subject,
        "author": message.author.address if message.author else "",
        "author_name": message.author.name if message.author else "",
        "message_id": message.message_id or "",
        "date": message.date.isoformat() if message.date else "",
        "reverse_path": None if message.reverse_path is None else f"<{message.reverse_path}>",
        "attachments": [attachment.filename for attachment in message.attachments],
        "report": report
        and [value or "" for value in (report.kind, report.action, report.status, report.recipient)]
        + [report.original_message_id or ""],
        "calendar": calendar and [calendar.partstat, calendar.attendee, calendar.uid],
    }


def stated(message: Message, fact: str, expected: object) -> object:
    """Return what *message* says of *fact*; of lists of pieces, those that are as stated."""
    if not isinstance(expected, list) or fact in {"attachments", "report", "calendar"}:
        return facts(message)[fact]
    if fact == "defects":
        found = list(message.defects)
        same = len(found) == len(expected) and all(map(str.startswith, found, expected))
        return expected if same else found
    kind, _, holds = fact.partition("_")
    text = words(message.words_of(PassageKind(kind)))
    return [piece for piece in expected if (piece in text) == (holds == "has")]


@pytest.mark.parametrize("name", sorted(path.stem for path in MAIL.glob("*.eml")))
def test_twin(name: str) -> None:
    """A message is read as its twin states."""
    expected = tomllib.loads((MAIL / f"{name}.toml").read_text("utf-8"))
    message = parse((MAIL / f"{name}.eml").read_bytes())

    actual = {fact: stated(message, fact, value) for fact, value in expected.items()}

    assert expected == actual


def test_every_message_has_its_twin() -> None:
    """No message without facts, no facts without a message."""
    messages = {path.stem for path in MAIL.glob("*.eml")}

    assert messages == {path.stem for path in MAIL.glob("*.toml")}


def everything(message: Message) -> list[str]:
    """Return all text of a message."""
    texts = [text for field in message.headers for text in field]
    texts += [passage.text for passage in message.passages] + list(message.defects)
    texts += [message.subject or "", message.message_id or "", message.content_type, message.reverse_path or ""]
    texts += [value for each in (message.author, message.reply_to) if each for value in (each.name, each.address)]
    texts += [value for each in message.attachments for value in (each.filename or "", each.content_type, each.text)]
    return texts


def assert_sound(message: Message) -> None:
    """Assert what holds of every message that was read."""
    texts = everything(message)
    assert all(text.encode("utf-8").decode("utf-8") == text for text in texts)
    assert not any("\0" in text for text in texts)
    assert not any(re.search(r"[\r\n]", text) for field in message.headers for text in field)
    assert not any(re.search(r"[\r\n/\\]", attachment.filename or "") for attachment in message.attachments)


PIECES = st.sampled_from(
    [
        b"From: ",
        b"Subject: ",
        b"Content-Type: ",
        b"multipart/mixed; boundary=b",
        b"message/rfc822",
        b"text/html",
        b"\r\n",
        b"\r\n\r\n",
        b"--b\r\n",
        b"--b--\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"=?utf-8?b?",
        b"?=",
        b"=?x?q?=00",
        b"text/calendar",
        b"message/delivery-status",
        b"multipart/report; report-type=delivery-status; boundary=b",
        b"Content-Disposition: attachment; filename=",
        b"filename*0*=utf-8''%00",
        b"; charset=",
        b"utf-7",
        b"hex",
        b"\xb3",
        b"<div>",
        b"<!--",
        b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n",
        b"> ",
        b"-- \r\n",
        b"\x00",
        b"\r",
        b"\xed\xa0\x80",
        b":",
        b'"',
        b"a@b.pl",
        b"<",
        b">",
        b"(",
        b",",
        b"Return-Path: ",
        b"Date: ",
        b"text/enriched",
        b"uuencode",
        b"begin 644 x\r\n",
    ]
)


@given(st.binary(max_size=400) | st.lists(PIECES | st.binary(max_size=8), max_size=60).map(b"".join))
@settings(max_examples=600, deadline=None)
def test_any_bytes_are_read(raw: bytes) -> None:
    """Any bytes parse, to text that any database keeps and to header values of one line."""
    assert_sound(parse(raw))


PLAIN = b"From: a@b.pl\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
HTML = PLAIN.replace(b"plain", b"html")


def filled(piece: str) -> Callable[[], bytes]:
    """Return a plain message whose body is one mebibyte of *piece*."""
    data = piece.encode()
    return lambda: PLAIN + data * (FIRST_MEBIBYTE // len(data))


HOSTILE: dict[str, Callable[[], bytes]] = {
    "marks": filled("> "),
    "marked lines": filled("> x\n"),
    "letters": filled("a "),
    "fields": filled("Od: x\n"),
    "fields in one line": filled("Od: x "),
    "dashes": filled("-"),
    "dashed lines": filled("-\n"),
    "delimiters": filled("-- \n"),
    "attributions": filled("napisał(a):"),
    "attribution lines": filled("W dniu 2023,\n"),
    "closings": filled("Z poważaniem\n"),
    "names": filled("Jan Kowalski\n"),
    "notices": filled("Zgodnie z art. 13 RODO\n"),
    "blank lines": filled("\n"),
    "unclosed elements": lambda: HTML + b"<div>" * 30_000 + "słowo".encode(),
    "unknown elements": lambda: HTML + b"<x>" * 100_000 + "słowo".encode(),
    "elements closed in comments": lambda: HTML + b"<x><!--</x>--></p>" * 50_000 + "słowo".encode(),
    "paragraphs that end in unknown elements": lambda: HTML + b"</p><x>" * 60_000 + "słowo".encode(),
    "quotes in quotes": lambda: HTML + b"<blockquote>x" * 60_000 + "słowo".encode(),
    "a million fields": lambda: b"From: a@b.pl\r\n" + b"X-A: b\r\n" * 1_000_000 + b"\r\nx",
    "a million folds": lambda: b"From: a@b.pl\r\nX-A: " + b"\r\n b" * 1_000_000 + b"\r\n\r\nx",
    "encoded words": lambda: b"From: a@b.pl\r\nSubject: " + b"=?utf-8?b?YQ==?= " * 20_000 + b"\r\n\r\nx",
    "quotes in From": lambda: b"From: " + b'"a",<' * 20_000 + b"\r\n\r\nx",
    "comments in From": lambda: b"From: " + b"(" * 100_000 + b"\r\n\r\nx",
    "recipients": lambda: b"From: a@b.pl\r\nTo: " + b'"Jan" <a@b.pl>,\r\n ' * 10_000 + b"\r\n\r\nx",
    "parameters": lambda: b"From: a@b.pl\r\nContent-Type: text/plain; " + b"a=b; " * 20_000 + b"\r\n\r\nx",
    "parts": lambda: (
        b"From: a@b.pl\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 200_000
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.timeout(20)
def test_hostile_messages_end(name: str) -> None:
    """A message made to be slow is read like any other."""
    message = parse(HOSTILE[name]())

    assert_sound(message)


@pytest.mark.parametrize("name", [name for name in HOSTILE if "elements" in name])
@pytest.mark.timeout(20)
def test_text_in_deep_markup_is_kept(name: str) -> None:
    """However deep the markup, the text in it is read."""
    message = parse(HOSTILE[name]())

    assert "słowo" in message.text


def test_a_long_header_is_cut_and_said_so() -> None:
    """A header that no program writes costs no more than its beginning, and the body is kept."""
    message = parse(HOSTILE["a million fields"]())

    assert ("x", ("header: too long; the rest of it was not read",)) == (message.own, message.defects)


def test_copies_have_one_fingerprint() -> None:
    """Copies of a letter by two routes have one fingerprint; another letter has another."""
    letter = (
        b"From: a@b.pl\r\nDate: Wed, 05 Jul 2023 10:00:00 +0200\r\nMessage-ID: <1@b.pl>\r\nSubject: x\r\n\r\ntekst\r\n"
    )
    routes = [parse(b"Received: from " + host + b"\r\n" + letter).fingerprint for host in (b"one", b"two")]

    assert routes[0] is not None
    assert routes[0] == routes[1]
    assert routes[0] != parse(letter.replace(b"tekst", b"inny")).fingerprint
