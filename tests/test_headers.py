"""Header fields are one line of text each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.mail.headers import decoded, fields, message_ids

DECODED = [
    ("=?utf-8?q?za=C5=BC=C3=B3=C5=82=C4=87?=", "zażółć"),
    ("=?UTF-8?B?xYI=?=", "ł"),
    ("=?utf-8?b?xQ==?=\r\n =?utf-8?b?gg==?=", "ł"),
    ("=?utf-8?q?a?= =?iso-8859-2?q?=B1?=", "aą"),
    ("=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
    ("=?iso-8859-2*pl?q?=B1?=", "ą"),
    ("=?utf-8?q?a_b?=", "a b"),
    ("=?utf-8?b?YQ?=", "a"),
    ("=?x-unknown?q?a?=", "a"),
    ("jeden\r\n dwa", "jeden dwa"),
    ("=?utf-8?q?x=0D=0ABcc:_a?=", "x Bcc: a"),
    ("a\0b\x1b[31m", "ab [31m"),
]


@pytest.mark.parametrize(("raw", "text"), DECODED)
def test_values_are_decoded(raw: str, text: str) -> None:
    """Encoded words and folds are undone, control characters are gone."""
    assert text.split() == decoded(raw).split()


def test_names_are_in_lower_case() -> None:
    """A field is found whatever case its name was written in."""
    assert [("auto-submitted", "no")] == list(fields([("AUTO-Submitted", " no")]))


def test_message_ids_stand_once_and_in_order() -> None:
    """Of repeated Message-IDs the first stays; what is none is passed over (RFC 5322 §3.6.4)."""
    assert ("<b@x>", "<a@x>") == message_ids(["<b@x> słowo <a@x>", "<b@x> <a b@x>"])


@given(
    value=st.text(max_size=200)
    | st.lists(st.sampled_from(["=?utf-8?b?", "?=", "=?", "q?", "=0D", " ", "\r\n"])).map("".join)
)
def test_no_value_holds_a_second_line(value: str) -> None:
    """Whatever a value is made of, it is one line."""
    assert len(decoded(value).splitlines()) <= 1
