"""Generated letters as mail programs send them: the same number and seed give the same bytes, on any machine.

From 1 KB to 60 KB, spread evenly over the orders of magnitude; a tenth with attachments; one in a thousand with 10 MB
of them. Short ones are plain text, longer ones have an HTML twin and quote what they answer, the longest carry the
sender's emblem.
"""

from __future__ import annotations

import base64
import binascii
import email
import email.policy
import functools
import io
import math
import quopri
import struct
import zipfile
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.header import Header
from email.utils import format_datetime
from html import escape
from pathlib import Path
from random import Random

from benchmarks import wording
from benchmarks.wording import Sender, Words

SMALLEST, LARGEST, HUGE = 1_000, 60_000, 10_000_000  # bytes
ONE_IN = 1_000  # of which one is huge
FIRST = datetime(2023, 7, 7, 16, tzinfo=wording.ZONE)  # a Friday, in time for everything
_APART = timedelta(seconds=0.5)  # a hundred thousand in fourteen hours
_PAGE = (1240, 1754)  # pixels: A4 at 150 dots per inch
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_STYLES = ".MsoNormal{margin:0cm;font-size:11.0pt;font-family:Calibri,sans-serif;}\n"
_HEAD = "wt., 4 lip 2023 o 10:12 Konsultacje <konsultacje@um.torun.pl> napisał(a):"
_DOCX = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter and when it reaches the mailbox."""

    raw: bytes  # lines end with CR LF
    when: datetime  # aware


@dataclass(frozen=True, slots=True)
class _Part:
    head: str
    body: bytes


def letter(number: int, seed: int = 1, to: str = "konsultacje@um.torun.pl") -> Letter:
    """Return the letter of that *number* in the mailbox that *seed* names; one in ten has a sender who wrote before."""
    rng = Random(f"{seed} {number}")
    who = wording.sender(rng.randrange(number) if number and rng.random() < 0.1 else number)
    what = wording.words(rng, who)
    size = int(math.exp(rng.uniform(math.log(SMALLEST), math.log(LARGEST))))
    when = FIRST + number * _APART
    root = _huge(rng, what) if number % ONE_IN == ONE_IN // 2 - 1 else _usual(rng, what, size)
    head = _head(rng, who, what, when, number, to)
    return Letter((head + root.head).encode("ascii") + b"\r\n" + root.body, when)


def _head(rng: Random, who: Sender, what: Words, when: datetime, number: int, to: str) -> str:
    host = who.address.partition("@")[2]
    date = format_datetime(when)
    subject = Header(" ".join(what.subject.split()), "utf-8", header_name="Subject").encode(linesep="\r\n")
    signature = _folded(base64.b64encode(rng.randbytes(256)).decode())
    fields = [
        f"Return-Path: <{who.address}>",
        f"Delivered-To: {to}",
        f"Received: from mail.{host} (mail.{host} [198.51.100.{number % 250 + 1}])",
        f"\tby mx1.um.torun.pl (Postfix) with ESMTPS id {rng.getrandbits(44):011X}",
        f"\tfor <{to}>; {date}",
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={host}; s=mail;",
        f"\th=from:to:subject:date;\r\n\tb={signature}",
        f"From: {Header(who.name, 'utf-8').encode()} <{who.address}>",
        f"To: {to}",
        f"Subject: {subject}",
        f"Date: {date}",
        f"Message-ID: <{rng.getrandbits(96):024x}.{number}@{host}>",
        *(["Auto-Submitted: auto-replied"] if what.by_machine else []),
        "MIME-Version: 1.0",
    ]
    return "\r\n".join(fields) + "\r\n"


def _usual(rng: Random, what: Words, size: int) -> _Part:
    """Write a letter of about *size* bytes, its header included; but never cut it."""
    quotes = size > 5_000 and rng.random() < 0.6
    quoted = "\n".join(f"> {line}" for line in wording.announcement().splitlines())
    text = f"{what.text}\n\n{_HEAD}\n\n{quoted}\n" if quotes else f"{what.text}\n"
    plain = _text(text, "plain", rng)
    if rng.random() < 0.1 and not what.by_machine:
        return _multipart("mixed", [plain, _attachment(rng, size)], rng)
    if size < 4_000:
        return plain
    paragraphs = "\n".join(f'<p class="MsoNormal">{escape(line) or "&nbsp;"}</p>' for line in text.split("\n"))
    styles = _STYLES * min(40, size // 2_000)
    html = f"<html><head><style>\n{styles}</style></head><body>\n{paragraphs}\n</body></html>\n"
    both = _multipart("alternative", [plain, _text(html, "html", rng)], rng)
    missing = size - len(both.body) - 1_200
    return (
        _multipart(
            "related",
            [both, _file(_picture(rng, 220, 80, missing * 3 // 4), "image/png", "logo.png", inline=True)],
            rng,
        )
        if missing > 2_000
        else both
    )


def _huge(rng: Random, what: Words) -> _Part:
    """Write a letter with scanned pages, or with a document full of them."""
    size = HUGE * 3 // 4
    if rng.random() < 0.5:
        document = _file(_docx(rng, picture=size), _WORD, "Oferta.docx")
        return _multipart("mixed", [_text(what.text, "plain", rng), document], rng)
    pages = [_file(_picture(rng, *_PAGE, size // 3), "image/png", f"skan{number}.png") for number in range(3)]
    return _multipart("mixed", [_text(what.text, "plain", rng), *pages], rng)


def _attachment(rng: Random, size: int) -> _Part:
    """Write a document: half of them are Word's, a seventh are scanned pages."""
    kind = rng.randrange(14)
    if kind < 7:
        return _file(_docx(rng, picture=max(0, size * 3 // 4 - 4_000)), _WORD, "Propozycje.docx")
    if kind < 12:
        content, type_, name = rng.choice(_demonstrated())
        return _file(content, type_, name)
    return _file(_picture(rng, *_PAGE, size * 3 // 4), "image/png", "skan.png")


def _picture(rng: Random, width: int, height: int, size: int) -> bytes:
    """Draw dark bars on white, as print looks from afar; a private chunk fills the picture up to *size* bytes."""
    bars = [
        bytes([0] + [255 if row % 24 < 14 or column % 90 < 9 else 40 for column in range(width)]) for row in range(24)
    ]
    rows = b"".join(bars[row % 24] for row in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)  # 8 bits of grey
    pixels = zlib.compress(rows)
    filling = rng.randbytes(max(0, size - len(pixels) - 69))
    chunks = ((b"IHDR", head), (b"prVt", filling), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def _docx(rng: Random, picture: int) -> bytes:
    sentences = wording.words(rng, wording.sender(0)).text.split("\n")
    paragraphs = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in sentences)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in (
            ("word/document.xml", _DOCX.format(paragraphs).encode()),
            ("word/media/image1.jpeg", rng.randbytes(picture)),
        ):
            archive.writestr(zipfile.ZipInfo(name, (2023, 7, 7, 12, 0, 0)), content)
    return target.getvalue()


@functools.cache
def _demonstrated() -> list[tuple[bytes, str, str]]:
    """Return the documents that people attach in the demonstration."""
    found = []
    for path in sorted((wording.ROOT / "intake" / "demo" / "mail").glob("*.eml")):
        for part in email.message_from_bytes(path.read_bytes(), policy=email.policy.compat32).walk():
            content, ending = part.get_payload(decode=True), Path(part.get_filename() or "").suffix
            if isinstance(content, bytes) and ending in {".pdf", ".odt", ".docx"}:
                found.append((content, part.get_content_type(), f"zalacznik{ending}"))
    return found


def _text(text: str, subtype: str, rng: Random) -> _Part:
    """Write a text as one of the usual programs does; what ISO 8859-2 cannot say is in UTF-8."""
    charset = "iso-8859-2" if rng.random() < 0.15 else "utf-8"
    try:
        content = text.encode(charset)
    except UnicodeEncodeError:
        charset, content = "utf-8", text.encode()
    encoding = rng.choice(("8bit", "quoted-printable", "quoted-printable", "base64"))
    if encoding == "base64":
        content = base64.encodebytes(content)
    elif encoding == "quoted-printable":
        content = quopri.encodestring(content)
    head = f'Content-Type: text/{subtype}; charset="{charset}"\r\nContent-Transfer-Encoding: {encoding}\r\n'
    return _Part(head, content.replace(b"\n", b"\r\n"))


def _file(content: bytes, type_: str, name: str, *, inline: bool = False) -> _Part:
    disposition = "inline" if inline else "attachment"
    head = (
        f'Content-Type: {type_}; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
        f'Content-Disposition: {disposition}; filename="{name}"\r\n'
    )
    if inline:
        head += "Content-ID: <logo>\r\n"
    lines = (binascii.b2a_base64(content[at : at + 57], newline=False) for at in range(0, len(content), 57))
    return _Part(head, b"\r\n".join(lines) + b"\r\n")


def _multipart(subtype: str, parts: list[_Part], rng: Random) -> _Part:
    boundary = f"=_{rng.getrandbits(80):020x}"
    written = b"".join(b"--%b\r\n%b\r\n%b\r\n" % (boundary.encode(), part.head.encode(), part.body) for part in parts)
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n'
    return _Part(head, written + b"--%b--\r\n" % boundary.encode())


def _folded(text: str) -> str:
    return "\r\n\t".join(text[at : at + 70] for at in range(0, len(text), 70))
