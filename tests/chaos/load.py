"""What people and machines send: letters that are owed an answer, and all that must never get one."""

from __future__ import annotations

import email.policy
import io
import itertools
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage

from tests.office import letter

_NAMES = ("Przystań", "Pomost", "Barka", "Kotwica", "Latarnia", "Żagiel", "Ster", "Maszt")
_FIRST = ("Anna", "Jan", "Łucja", "Stanisław", "Żaneta", "Piotr")
_PRIVATE = "Kasiu, przypominam o wizycie u dentysty w piątek. Ciocia Halina"
RSVP, OFFICE = "rsvp", "konsultacje"


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as it is sent to one or more of our mailboxes."""

    mailboxes: tuple[str, ...]
    raw: bytes
    sender: str
    answered: bool | None  # it is owed an answer, exactly one; False: must never get one; None: as it may be
    hostile: bool = False


def letters(chance: random.Random, run: str) -> Iterator[Sent]:
    """Yield messages without end, each from an address of its own; *run* makes the addresses those of this run."""
    for number in itertools.count():
        address = f"osoba{number}@{run}-{number}.example"
        kind = chance.random()
        if kind < 0.55:
            yield _registration(chance, address)
        elif kind < 0.65:
            yield _proposal(chance, address)
        elif kind < 0.72:
            yield _to_both(chance, address)
        elif kind < 0.80:
            yield Sent(
                (RSVP,), letter(f"{_PRIVATE} {number}", sender=address, subject="dentysta"), address, answered=False
            )
        elif kind < 0.90:
            yield _machine(chance, address)
        else:
            yield Sent((OFFICE,), _hostile(chance, address), address, answered=None, hostile=True)


def _signed(chance: random.Random, address: str) -> tuple[str, str]:
    first, last = chance.choice(_FIRST), f"Nowak-{address.partition('@')[0]}"
    return f"{first} {last} <{address}>", f"{first} {last}\nFundacja {chance.choice(_NAMES)} {address}\n"


def _registration(chance: random.Random, address: str) -> Sent:
    sender, signature = _signed(chance, address)
    many = chance.choice(("dwóch", "trzech", "czterech"))
    text = f"Dzień dobry,\n\npotwierdzam udział {many} osób w spotkaniu 13 lipca.\n\n{signature}"
    return Sent((chance.choice((RSVP, OFFICE)),), letter(text, sender=sender), address, answered=True)


def _proposal(chance: random.Random, address: str) -> Sent:
    sender, signature = _signed(chance, address)
    text = (
        "Dzień dobry,\n\nproponujemy dopisać do programu współpracy na 2024 rok zadanie z zakresu edukacji "
        f"ekologicznej.\n\n{signature}"
    )
    raw = letter(text + "x" * chance.choice((0, 0, 200_000)), sender=sender, subject="Uwagi do programu współpracy")
    return Sent((OFFICE,), raw, address, answered=True)


def _to_both(chance: random.Random, address: str) -> Sent:
    sender, signature = _signed(chance, address)
    text = f"Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\n{signature}"
    raw = letter(text, sender=sender, to="konsultacje@um.torun.pl, k.dabrowska@um.torun.pl")
    return Sent((OFFICE, RSVP), raw, address, answered=True)


def _machine(chance: random.Random, address: str) -> Sent:
    text = f"Potwierdzam udział dwóch osób w spotkaniu 13 lipca. {address}"
    fields = chance.choice(
        (
            {"Auto_Submitted": "auto-replied"},
            {"Precedence": "bulk", "List_Id": "<lista.x.example>"},
            {"X_Autoreply": "yes", "Auto_Submitted": "auto-generated"},
        )
    )
    return Sent((OFFICE,), letter(text, sender=address, **fields), address, answered=False)


def automatic_answer(to: str, reference: str) -> bytes:
    """Return what a vacation responder at *to* says to our letter *reference*."""
    text = f"Jestem na urlopie. Potwierdzam otrzymanie wiadomości {reference}."
    return letter(text, sender=to, subject="Re: Potwierdzenie", In_Reply_To=reference, Auto_Submitted="auto-replied")


def own_letter_returned(raw: bytes) -> bytes:
    """Return one of our own letters as a forwarding rule brings it back."""
    return b"X-Forwarded-To: konsultacje@um.torun.pl\r\n" + raw


def _hostile(chance: random.Random, address: str) -> bytes:
    """Return what was made to break programs; each is unlike the others by *address*."""
    head = f"From: {address}\r\nMessage-ID: <{address}>\r\n".encode()
    kinds = (
        head + b"Subject: \x00\x07\x1b[31m\r\n\r\n\x00\r\n",
        head + b"Subject: =?utf-8?Q?x=0D=0ABcc:_ofiara@x.example?=\r\n\r\nPotwierdzam.\r\n",
        head + b"Content-Type: multipart/mixed; boundary=nigdy\r\n\r\nbez granicy\r\n",
        head + b"Content-Type: text/plain; charset=utf-99\r\n\r\n\xb1\xea\xff\r\n",
        head + b"Date: Mon, 99 Foo 0000 99:99:99 +9999\r\n\r\nrok zerowy\r\n",
        head + b"To: " + b", ".join(b"o%d@x.example" % number for number in range(2_000)) + b"\r\n\r\nwielu\r\n",
        head + b"X-Long: " + b"x" * 300_000 + b"\r\n\r\nnaglowek\r\n",
        head + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 3_000 + b"gleboko",
        head + _nested(60),
        _bomb(address),
    )
    return chance.choice(kinds)


def _nested(depth: int) -> bytes:
    lines = [b'Content-Type: multipart/mixed; boundary="0"\r\n\r\n']
    lines += [
        b'--%d\r\nContent-Type: multipart/mixed; boundary="%d"\r\n\r\n' % (level, level + 1) for level in range(depth)
    ]
    return b"".join(lines) + b"--%d\r\n\r\ndno\r\n" % depth


def _bomb(address: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * (30 << 20))
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"], message["Subject"], message["Message-ID"] = address, "dokument", f"<{address}>"
    message.set_content("w załączniku")
    message.add_attachment(packed.getvalue(), maintype="application", subtype="zip", filename="bomba.docx")
    return message.as_bytes()
