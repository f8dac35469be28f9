"""The three clocks of a message, whatever a stranger wrote into its fields."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from intake.mail.reader import parse
from intake.records.clocks import read

NOON = datetime(2023, 7, 10, 12, 0, tzinfo=UTC)


def raw(received: str, date: str = "Mon, 10 Jul 2023 12:00:00 +0000") -> bytes:
    """Return a message with these two clocks; other servers' fields stand below ours."""
    return (
        f"Received: {received}\r\nReceived: from x by far.example; Mon, 3 Jul 2023 01:00:00 +0000\r\n"
        f"Date: {date}\r\nFrom: a@b.example\r\n\r\nx\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("received", "date", "disagree"),
    [
        ("from a by mx; Mon, 10 Jul 2023 12:05:00 +0000", "Mon, 10 Jul 2023 13:00:00 +0000", False),
        ("from a by mx; Mon, 10 Jul 2023 12:05:01 +0000", "Mon, 10 Jul 2023 12:00:00 +0000", True),
        ("from a by mx; Mon, 10 Jul 2023 11:54:59 +0000", "Mon, 10 Jul 2023 12:00:00 +0000", True),
        ("from a by mx; Mon, 10 Jul 2023 12:00:00 +0000", "Mon, 10 Jul 2023 13:00:01 +0000", True),
        ("from a by mx; Mon, 10 Jul 2023 14:00:00 +0200", "Mon, 10 Jul 2023 08:00:00 -0400", False),
        ("nonsense", "yesterday", False),
    ],
)
def test_clocks_disagree_beyond_their_limits(received: str, date: str, *, disagree: bool) -> None:
    """Five minutes among servers, an hour for a sender; what cannot be read says nothing."""
    assert disagree == read(parse(raw(received, date)), NOON).disagree


def test_ours_is_the_topmost_field() -> None:
    """Fields below it were written by others, and may be invented."""
    clocks = read(
        parse(raw("from by-the-way.example (by me) by mx.um.torun.pl with LMTP; Mon, 10 Jul 2023 12:00:01 +0000")), NOON
    )

    assert datetime(2023, 7, 10, 12, 0, 1, tzinfo=UTC) == clocks.received


@pytest.mark.parametrize(
    "stamp",
    ["Fri, 31 Dec 9999 23:59:59 -1200", "Mon, 10 Jul 2023 12:00:00", "", "x" * 9000],
)
def test_a_hostile_stamp_says_nothing(stamp: str) -> None:
    """A date at the edge of the calendar could not be told in another zone."""
    clocks = read(parse(raw(f"from a by mx; {stamp}", stamp or "x")), NOON)

    assert (None, False) == (clocks.received, clocks.disagree)


def test_a_message_without_fields_has_one_clock() -> None:
    """A letter that was put into the mailbox by hand was never received by a mail server."""
    clocks = read(parse(b"From: a@b.example\r\n\r\nx\r\n"), NOON)

    assert (NOON, None, None, None, False) == (
        clocks.internaldate,
        clocks.received,
        clocks.by,
        clocks.date,
        clocks.disagree,
    )
