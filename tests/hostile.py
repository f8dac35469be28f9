"""What strangers write to get out of the place where their words stand: one set, used at every place."""

from __future__ import annotations

import base64

HEADER = (
    "Uwagi\r\nBcc: ofiara@evil.example",
    "Uwagi\nBcc: ofiara@evil.example",
    "Uwagi\rBcc: ofiara@evil.example",
    "Uwagi\u2028Bcc: ofiara@evil.example",
    "Uwagi\x85Bcc: ofiara@evil.example\x0b\x0c",
    "Uwagi\r\n\r\n<html><script>alert(1)</script>",
    "=?utf-8?q?Uwagi=0D=0ABcc=3A_ofiara=40evil.example?=",
)
COMMAND = (
    "a\r\n.\r\nMAIL FROM:<evil@evil.example>\r\nRCPT TO:<ofiara@evil.example>\r\nDATA\r\nx\r\n.\r\n",
    "a\n.\nMAIL FROM:<evil@evil.example>\nRCPT TO:<ofiara@evil.example>\nDATA\n",
    "a\r.\rMAIL FROM:<evil@evil.example>\r",
    "a\n.\r\nMAIL FROM:<evil@evil.example>\r\n",
    "a\r\n.\nMAIL FROM:<evil@evil.example>\r\n",
    ".\r\n..\r\n...\r\n.x\r\n",
)
MARKUP = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'--></style></title><iframe src=javascript:alert(1)>",
    '<a href="javascript:alert(1)">tutaj</a>',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "{{ 7 * 191 }}{% for x in ().__class__.__mro__ %}{{ x }}{% endfor %}",
    "<https://evil.example/kliknij>",
)
FORMULA = (
    '=HYPERLINK("https://evil.example","kliknij")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    "=1+1;=2+2\n=3+3",
)
TERMINAL = (
    "\x1b[2J\x1b]0;przejęty\x07",
    "\x9b31mczerwony",
    "\u202egpj.exe",
    "\x08\x08\x08ok",
    "a\x00b\x7fc",
    "\u2066a\u2069\u200b\ufeff",
)
PATH = (
    "../../../../tmp/wyrwany.pdf",
    "..\\..\\wyrwany.pdf",
    "/etc/passwd",
    "C:\\Windows\\wyrwany.exe",
    "wyrwany.pdf\x00.exe",
    "~/.ssh/authorized_keys",
    "CON",
    "." * 300,
    "a/" * 400 + "b",
)
LOG = ("ok\n2023-07-10 12:00:00 INFO record=1 taken_in", "ok\r\nrecord=999 set_aside", "%s%s%n %(name)s {0} {name}")
STATEMENT = (
    "'; DROP TABLE record; --",
    "Robert'); DELETE FROM affair; --",
    '" OR ""="',
    "%_\\%",
    "1; PRAGMA writable_schema=ON",
    "\\x00\\'",
)
DATA = ('"}\n{"case": "KONS-2023-9999"', '\\"', "\ud800", "\u2029", "𐐷" * 50, "NaN", "null")
ALL = (*HEADER, *COMMAND, *MARKUP, *FORMULA, *TERMINAL, *PATH, *LOG, *STATEMENT, *DATA)


def encoded(text: str) -> str:
    """Return *text* as an encoded word (RFC 2047), in which anything can be carried past a mail server."""
    return f"=?utf-8?b?{base64.b64encode(text.encode('utf-8', 'surrogatepass')).decode()}?="


def parameter(text: str) -> str:
    """Return *text* as the value of an extended parameter (RFC 2231), in which a path can be carried."""
    return "utf-8''" + "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


def mail(number: int, text: str) -> bytes:
    """Return a letter, the *number*-th, that has *text* in its sender's name, its subject, its words and a file."""
    words = f"Potwierdzamy udział {number % 7 + 1} osób w spotkaniu 13 lipca.\n\nZ poważaniem\nFundacja {text}\n"
    body = base64.encodebytes(words.encode("utf-8", "surrogatepass")).decode()
    return "\r\n".join(
        (
            f"Return-Path: <ngo{number}@d{number}.example>",
            f"From: {encoded(text)} <ngo{number}@d{number}.example>",
            "To: k.dabrowska@um.torun.pl",
            f"Subject: {encoded(text)}",
            f"Message-ID: <{number}@d{number}.example>",
            "MIME-Version: 1.0",
            'Content-Type: multipart/mixed; boundary="b"',
            "",
            "--b",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64",
            "",
            body,
            "--b",
            "Content-Type: application/octet-stream",
            f"Content-Disposition: attachment; filename*={parameter(text)}",
            "",
            "x",
            "--b--",
            "",
        )
    ).encode("ascii")
