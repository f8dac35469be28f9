"""The quick way to write header fields: the same bytes as the library's, whatever stands in them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.letters import mime, prepared
from intake.letters.facts import LetterKind
from intake.letters.mime import Value
from intake.letters.prepared import Calendar, Parts
from tests.letters import letter

_REFERENCES = ("<a@b.example>", f"<{'x' * 200}@long.example>", "<c=?utf-8?q?d?=@b.example>")
_NAMES = ("Subject", "Reply-To", "Content-Language", "X-Auto-Response-Suppress", "Auto-Submitted")
_ID_NAMES = ("Message-ID", "In-Reply-To", "References")
_WORDS = st.text(alphabet="aZ09.,:+@/-=?_ <>;()\"'ą–\u00a0\t\r\n\x0b\u2028", min_size=1, max_size=120)
_IDS = st.lists(st.from_regex(r"<[!-;=?-~]{1,90}>", fullmatch=True), min_size=1, max_size=4).map(" ".join)


@given(name=st.sampled_from(_NAMES), value=_WORDS)
def test_a_field_has_the_bytes_that_the_library_writes(name: str, value: str) -> None:
    """Whether the quick way takes it, or leaves it to the library."""
    assert _written(mime.POLICY, name, value) == _written(mime.QUICK, name, value)


@given(name=st.sampled_from(_ID_NAMES), value=_IDS)
def test_identifiers_have_the_bytes_that_the_library_writes(name: str, value: str) -> None:
    """One on a line, never encoded."""
    assert _written(mime.POLICY, name, value) == _written(mime.QUICK, name, value)


@given(when=st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  (naive: hypothesis adds the zone)
def test_a_date_and_an_address_have_the_bytes_that_the_library_writes(when: datetime) -> None:
    """Values that are not text as well."""
    for value in (when, Address(addr_spec=f"a{when.year}@x.example"), Address("Urząd, Toruń", addr_spec="b@x.example")):
        name = "Date" if value is when else "To"

        assert _written(mime.POLICY, name, value) == _written(mime.QUICK, name, value)


@pytest.mark.parametrize("kind", list(LetterKind))
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"references": _REFERENCES, "answers": _REFERENCES[1]},
        {"recipient": f"{'dlugi.' * 9}adres@{'stowarzyszenie-' * 3}torun.example"},
        {"recipient": "x+y=z'a{b}@żółć.example"},
    ],
)
def test_a_letter_has_the_bytes_that_the_library_writes(
    kind: LetterKind, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of every kind, with every kind of stranger in its header."""
    quick = letter(kind, **changes).raw
    monkeypatch.setattr(prepared, "letter", _by_the_library)

    assert letter(kind, **changes).raw == quick


def _by_the_library(fields: Iterable[tuple[str, Value]], message_id: str, parts: Parts, language: str) -> bytes:
    """Write what ``prepared.letter`` writes, with nothing prepared."""
    message = EmailMessage(mime.POLICY)
    for name, value in fields:
        message[name] = value
    message.set_content(parts.text, cte="quoted-printable")
    message.add_alternative(parts.html, subtype="html", cte="quoted-printable")
    if parts.calendar:
        form: dict[str, Any] = {"subtype": "calendar", "charset": "utf-8", "cte": "base64"}
        form["params"] = {"method": parts.calendar.method}
        if parts.calendar.file:
            message.add_attachment(parts.calendar.text, filename=parts.calendar.file, **form)
        else:
            message.add_alternative(parts.calendar.text, **form)
    message["Content-Language"] = language
    assert message_id == message["Message-ID"]
    return mime.final(message)


@given(words=_WORDS, number=st.from_regex(r"\[[A-Z0-9-]{1,40}\]", fullmatch=True))
def test_a_subject_has_the_bytes_that_the_library_writes(words: str, number: str) -> None:
    """Whether its number stands in a line of its own, in an encoded word, or twice."""
    for subject in (f"{words}{number}", f"{words} {number}", f"{words} {number} ą {number}"):
        message = EmailMessage(mime.POLICY)
        try:
            message["Subject"] = subject
        except ValueError:
            with pytest.raises(ValueError, match=r"."):
                mime.field("Subject", subject)
        else:
            assert mime.POLICY.fold_binary("Subject", message["Subject"]) == mime.field("Subject", subject)


@pytest.mark.parametrize(
    "calendar", [None, Calendar("BEGIN:VCALENDAR\r\n", "REQUEST"), Calendar("x", "PUBLISH", "ż.ics")]
)
@given(text=st.text(max_size=60), html=st.text(max_size=60), number=st.integers(0, 99))
def test_a_prepared_letter_has_the_bytes_that_the_library_writes(
    calendar: Calendar | None, text: str, html: str, number: int
) -> None:
    """Whatever the parts say, also where one says what the library writes around it."""
    name = f"<a{number}@b.example>"
    fields: list[tuple[str, Value]] = [("Subject", "x"), ("Message-ID", name)]
    said = f"{text}\nContent-Type: text/plain\n--{mime.boundary(0, name)}"
    parts = Parts(said, html, calendar)

    assert _by_the_library(fields, name, parts, "pl") == prepared.letter(fields, name, parts, "pl")


@given(text=st.text(alphabet="aZ09=.?_ \t\r\n\x0b\x0c\x1c\x85\u2028ąĄ–„”\u00a0😀", max_size=400))
def test_a_body_has_the_bytes_that_the_library_writes(text: str) -> None:
    """Long lines, spaces at their ends, line ends of every kind, and what only Python takes for one."""
    message = EmailMessage(mime.QUICK)
    message.set_content(text, cte="quoted-printable")

    assert message.get_payload() == mime.quoted(text)


@given(text=st.text(max_size=200), columns=st.integers(60, 170))
def test_a_long_line_is_broken_where_the_library_breaks_it(text: str, columns: int) -> None:
    """Whatever stands where a line is full."""
    line = f"{'x' * columns}{text}"
    message = EmailMessage(mime.QUICK)
    message.set_content(line, subtype="html", cte="quoted-printable")

    assert message.get_payload() == mime.quoted(line)


def _written(policy: object, name: str, value: object) -> bytes | str:
    message = EmailMessage(policy)  # type: ignore[arg-type]  # one of ours
    try:
        message[name] = value
        message.set_content("x")
        return message.as_bytes()
    except Exception as error:  # noqa: BLE001  (what the library refuses must be refused)
        return type(error).__name__
