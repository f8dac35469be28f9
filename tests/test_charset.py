"""Bytes become the text that their writer saw, whatever the label says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.mail.charset import clean, decode

TEXTS = ["Zażółć gęślą jaźń, potwierdzam obecność trzech osób.", "Świątek, Łoś i Śnieżka będą w środę.", "Kąt źdźbła"]


@pytest.mark.parametrize("label", ["utf-8", "iso-8859-2", "windows-1250", "iso-8859-1", "us-ascii", "x-nieznane", None])
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-2", "cp1250"])
@pytest.mark.parametrize("text", TEXTS)
def test_polish_is_read_under_any_label(text: str, charset: str, label: str | None) -> None:
    """Polish in any charset is read right under any label that is likely to stand on it."""
    assert text == decode(text.encode(charset), label).text


@pytest.mark.parametrize(
    "label",
    [
        "hex",
        "zlib",
        "base64",
        "rot13",
        "unicode_escape",
        "idna",
        "punycode",
        "undefined",
        "",
        "\0",
        "utf-8\r\n",
        "x" * 5000,
    ],
)
def test_labels_that_are_no_charsets_do_no_harm(label: str) -> None:
    """A label that names a codec of bytes, or nothing, is passed over."""
    assert decode(rb"tekst \y", label).text == r"tekst \y"


@given(
    data=st.binary(),
    label=st.sampled_from(["utf-8", "utf-7", "utf-16", "idna", "punycode", "unicode_escape", "cp037", None]),
)
def test_any_bytes_decode(data: bytes, label: str | None) -> None:
    """Decoding never raises, and what is cleaned can be kept by any database."""
    text = clean(decode(data, label).text)

    assert text.encode("utf-8").decode("utf-8") == text
    assert "\0" not in text
