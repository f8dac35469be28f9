"""The benchmarks' own logic: their letters are the same everywhere, and their tables say what was measured."""

from __future__ import annotations

from statistics import median

import pytest

from benchmarks import letters, report, wording
from benchmarks.end_to_end import Result, Run, told
from benchmarks.report import Block
from intake.mail.reader import parse

_SAMPLE = [letters.letter(number) for number in range(200)]


def test_a_letter_is_the_same_each_time_it_is_made() -> None:
    """A figure can be compared with yesterday's only where the letters are yesterday's."""
    assert _SAMPLE[:20] == [letters.letter(number) for number in range(20)]


def test_another_seed_is_another_mailbox() -> None:
    """What one mailbox flatters, another shows."""
    assert _SAMPLE[0].raw != letters.letter(0, seed=2).raw


def test_letters_are_as_large_as_it_is_said() -> None:
    """Small ones are many and the largest rare: the middle one lies far below the mean of the bounds."""
    sizes = sorted(len(each.raw) for each in _SAMPLE)

    assert sizes[0] >= letters.SMALLEST
    assert sizes[-1] <= letters.LARGEST * 1.5
    assert median(sizes) < (letters.SMALLEST + letters.LARGEST) / 2


def test_a_tenth_has_documents_and_one_in_a_thousand_is_huge() -> None:
    """Documents and ten megabytes are where time and memory go."""
    documents = [parse(each.raw).attachments for each in _SAMPLE]
    with_documents = [found for found in documents if any(one.filename != "logo.png" for one in found)]
    huge = letters.letter(letters.ONE_IN // 2 - 1)

    assert 0.05 < len(with_documents) / len(_SAMPLE) < 0.15
    assert letters.HUGE * 0.95 < len(huge.raw) < letters.HUGE * 1.1


def test_letters_are_whole() -> None:
    """A generator's own faults would be measured as the reader's trouble."""
    assert [] == [number for number, each in enumerate(_SAMPLE) if parse(each.raw).defects]


def test_senders_are_many_and_belong_to_nobody() -> None:
    """Limits per address and domain meet real numbers of people, and no address of a living one is used."""
    senders = {wording.sender(number).address for number in range(500)}

    assert len(senders) == 500
    assert all(address.isascii() and address.endswith(".example") for address in senders)


def test_a_table_says_what_was_not_measured() -> None:
    """A dash is no zero."""
    lines = report.table(("program", "a second"), (("one", 1234.4), ("another", None), ("third", 0.75))).splitlines()

    assert [
        "| program | a second |",
        "| ------- | -------: |",
        "| one     |    1,234 |",
        "| another |        – |",
        "| third   |     0.75 |",
    ] == lines


def test_ratios_are_of_rates() -> None:
    """Programs that dealt with different numbers of messages are held against each other by the second."""
    result = Result(1000, (Run("intake", 2000, 10.0), Run("mbsync", 2000, 1.0), Run("django-helpdesk", 300, 10.0)))

    assert result.ratio("intake", "mbsync") == pytest.approx(0.1)
    assert "mbsync does 10.0 times as many messages a second as intake" in told(result).text
    assert "intake does 6.7 times as many messages a second as django-helpdesk" in told(result).text


def test_what_is_missing_is_said() -> None:
    """A table without mbsync does not pretend that there was none to compare with."""
    result = Result(1000, (Run("intake", 2000, 10.0),), ("mbsync is not installed",))

    assert result.ratio("intake", "mbsync") is None
    assert "Not measured: mbsync is not installed." in told(result).text


def test_a_block_replaces_what_stood_between_its_marks() -> None:
    """Prose around a table stays; a block that the page does not ask for changes nothing."""
    page = "above\n\n<!-- measured: stages -->\nold\n<!-- end -->\n\nbelow <!-- end -->\n"

    assert "above\n\n<!-- measured: stages -->\n\nnew\n\n<!-- end -->\n\nbelow <!-- end -->\n" == report.replaced(
        page, Block("stages", "new")
    )
    assert page == report.replaced(page, Block("other", "new"))
