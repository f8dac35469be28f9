"""Letters as bytes: 7-bit, CRLF, header fields that no stranger's text can break (RFC 5322, RFC 2045-2047)."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime
from email import quoprimime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy, Policy
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

_REFERENCES = (4, 6)  # how many of the first and of the last are kept
_ID = re.compile(r"<[!-;=?-~]{1,900}>")  # no longer than a line may be: RFC 5322 §2.1.1
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*")  # dot-atom, RFC 5322 §3.2.3
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+")


class Ids(UnstructuredHeader, BaseHeader):
    """Message-IDs, folded between each other and never encoded: an encoded word breaks threading (cpython#79986)."""

    max_count = 1

    def fold(self, *, policy: Policy) -> str:
        """Write the field with one id on a line."""
        return f"{self.name}: " + (policy.linesep + " ").join(self.split()) + policy.linesep


_registry = HeaderRegistry()
for _name in ("message-id", "in-reply-to", "references"):
    _registry.map_to_type(_name, Ids)
POLICY = SMTP.clone(header_factory=_registry, cte_type="7bit")

Value = str | datetime | Address  # of a field

_ADDRESSED = frozenset({"from", "to", "cc", "reply-to"})
_LISTED = re.compile("[:,]")  # several addresses, or a group of them (RFC 5322 §3.4)
_IDS = frozenset({"message-id", "in-reply-to", "references"})
_LINE = 78  # characters: RFC 5322 §2.1.1
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9.,:+@/-]*(?: [A-Za-z0-9+][A-Za-z0-9.,:+@/-]*)*")
_NUMBERED = re.compile(r"(.*)(\[[A-Z0-9-]{1,40}\])")  # the number of a case, behind what many letters have in common
_DIGIT = re.compile(r"[0-9]")
_MARKS = tuple(f"=_{secrets.token_hex(16)}" for _ in range(4))  # as long as a boundary, and known to nobody


class _Quick(EmailPolicy):
    """Writes the bytes that ``POLICY`` writes; what is plain, or the same in every letter, costs next to nothing.

    The library parses every value into a tree and folds that, a millisecond a field: half of a letter's cost.
    """

    def header_max_count(self, name: str) -> int | None:
        """Tell how many fields of that name a letter may have; the library makes a class at each question."""
        return _most(name)

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        """Keep what stands on one line as it is; it is parsed where somebody asks for it."""
        if isinstance(value, (datetime, Address)):
            value = format_datetime(value) if isinstance(value, datetime) else str(value)
        if type(value) is str:
            if not (_on_one_line(name, value) or (name.lower() in _IDS and _ids(value))):
                if len(value.splitlines()) > 1:
                    raise ValueError("a field has no line ends")
                _header(name, value)  # refuses what else no header may hold
            return name, value
        return super().header_store_parse(name, value)

    def header_fetch_parse(self, name: str, value: Any) -> Any:
        """Return a value as a header."""
        return value if hasattr(value, "name") else _header(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Write a field."""
        if type(value) is str:
            if name.lower() in _IDS and _ids(value):
                return f"{name}: {f'{self.linesep} '.join(value.split())}{self.linesep}".encode("ascii")
            if _on_one_line(name, value):
                return f"{name}: {value}{self.linesep}".encode("ascii")
            return _folded(name, value)
        return super().fold_binary(name, value)


def _on_one_line(name: str, value: str) -> bool:
    fits = len(name) + 2 + len(value) <= _LINE and _PLAIN.fullmatch(value) is not None
    return fits and not (name.lower() in _ADDRESSED and _LISTED.search(value))


def _ids(value: str) -> bool:
    return "=?" not in value and all(_ID.fullmatch(one) for one in value.split(" "))


@lru_cache(256)
def _most(name: str) -> int | None:
    most: int | None = POLICY.header_max_count(name)
    return most


@lru_cache(256)
def _header(name: str, value: str) -> Any:
    return _registry(name, value)


@lru_cache(256)
def _folded(name: str, value: str) -> bytes:
    """Return a field as ``POLICY`` writes it; most stand in every letter."""
    return POLICY.fold_binary(name, _header(name, value))


QUICK = _Quick(linesep="\r\n", cte_type="7bit", header_factory=_registry)


def field(name: str, value: Value) -> bytes:
    """Return a field as a letter of ours has it, which has each but once."""
    if name == "Subject" and type(value) is str and (numbered := _NUMBERED.fullmatch(value)):
        words, number = numbered.groups()
        alike = _DIGIT.sub("0", number)
        folded = QUICK.fold_binary(*QUICK.header_store_parse(name, words + alike))
        if folded.count(alike.encode()) == 1:  # as it is and in one piece: so would be any other number
            return folded.replace(alike.encode(), number.encode())
    return QUICK.fold_binary(*QUICK.header_store_parse(name, value))


def new() -> EmailMessage:
    """Return an empty letter."""
    return EmailMessage(QUICK)


def set_parts(message: EmailMessage, text: str, html: str) -> None:
    """Give *message* its two parts, the plainer first (RFC 2046 §5.1.4)."""
    message.set_content("", cte="quoted-printable")
    message.set_payload(quoted(text))
    message.add_alternative("", subtype="html", cte="quoted-printable")
    message.get_payload()[-1].set_payload(quoted(html))  # type: ignore[index, union-attr]  # a list of parts now


def quoted(text: str) -> str:
    """Return *text* in quoted-printable as the library holds it."""
    return quoted_lines(text).decode("ascii").replace("\r\n", "\n")


def quoted_lines(text: str) -> bytes:
    """Return *text* in quoted-printable as the library writes it, line by line: most stand in every letter."""
    return b"\r\n".join(map(_quoted_line, text.encode().splitlines())) + b"\r\n"


@lru_cache(1000)
def _quoted_line(line: bytes) -> bytes:
    return quoprimime.body_encode(line.decode("latin-1"), _LINE).encode("ascii").replace(b"\n", b"\r\n")


def final(message: EmailMessage) -> bytes:
    """Return the bytes of *message* as they go to SMTP; the same letter gives the same bytes."""
    seed = str(message["Message-ID"])
    boundaries = []
    for depth, part in enumerate(part for part in message.walk() if part.is_multipart()):
        boundaries.append(boundary(depth, seed))
        part.set_boundary(_MARKS[depth] if depth < len(_MARKS) else boundaries[-1])
    raw = message.as_bytes()
    for mark, border in zip(_MARKS, boundaries, strict=False):  # so that its field is the same in every letter
        raw = raw.replace(mark.encode(), border.encode())
    return raw


def boundary(depth: int, message_id: str) -> str:
    """Return what parts the parts of a letter, so deep within others: "=_" can stand in no part (RFC 2045 §6.7)."""
    digest = hashlib.sha256(f"{depth}{message_id}".encode()).hexdigest()
    return f"=_{digest[:32]}"


def thread(references: tuple[str, ...], answers: str | None) -> tuple[str, ...]:
    """Return the References of an answer (RFC 5322 §3.6.4): of a long thread the beginning and the end."""
    ids = [one for one in (*references, answers or "") if _ID.fullmatch(one)]
    if answers in ids[:-1]:
        ids = [one for one in ids if one != answers] + [ids[-1]] * (ids[-1] == answers)
    first, last = _REFERENCES
    return tuple(ids) if len(ids) <= first + last else (*ids[:first], *ids[-last:])


def identifier(text: str | None) -> str | None:
    """Return *text* where it is a Message-ID that can be written on one line."""
    return text if text and _ID.fullmatch(text) else None


def is_plain(address: str) -> bool:
    """Tell whether *address* stands in a header field as it is: of letters, digits, dots and the like, on one line."""
    return _on_one_line("Reply-To", address) and address.isascii()


def writable(address: str) -> str | None:
    """Return *address* as SMTP takes it, its domain in IDNA; None where it takes none such (RFC 5321 §4.1.2)."""
    local, _, domain = address.rpartition("@")
    if len(address) > 254 or len(local) > 64 or not _LOCAL.fullmatch(local):
        return None
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return f"{local}@{ascii_domain}" if _DOMAIN.fullmatch(ascii_domain) else None
