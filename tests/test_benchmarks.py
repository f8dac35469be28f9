"""The benchmarks' own logic: their letters are the same everywhere, and their tables say what was measured."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

from benchmarks import growth, latency, letters, multiplied, old_mail, processes, report, stages, starting, wording
from benchmarks.__main__ import PARTS
from benchmarks.end_to_end import Result, Run, told
from benchmarks.processes import Measured
from benchmarks.report import Block
from intake.mail.reader import parse
from tests.office import furnish, letter
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Sink

_SAMPLE = [letters.letter(number) for number in range(200)]


def cells(table: str) -> list[list[str]]:
    """Return the cells of a table in Markdown, row by row."""
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()]


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


def test_a_message_is_told_without_the_start() -> None:
    """A start of two seconds would make a thousand messages dear and a hundred thousand cheap."""
    start = Measured(2.0, 1.5, 100, 110, 0, "")
    found = [
        growth.Taken(1_000, Measured(12.0, 11.5, 100, 200, 0, ""), start, 10),
        growth.Taken(10_000, Measured(122.0, 101.5, 110, 220, 0, ""), start, 100),
    ]
    behind = [
        growth.Taken(1_000, Measured(12.0, 11.5, 100, 200, 0, ""), start, 10, old=100),
        growth.Taken(1_000, Measured(22.0, 11.5, 100, 200, 0, ""), start, 900, old=100_000),
    ]

    assert [10.0, 12.0] == [one.milliseconds for one in found]
    rows = cells(growth.told(found, behind).text)
    assert ["10,000", "122", "2.00", "12.0", "1.20"] == rows[3][:5]
    assert ["1,000 behind 100,000", "22.0", "2.00", "20.0", "2.00"] == rows[5][:5]


def test_the_work_of_children_is_counted() -> None:
    """What is handed to another process, which may still run, costs its processor all the same."""
    before = processes.processor(os.getpid())
    subprocess.run([sys.executable, "-c", "sum(range(3_000_000))"], check=True)

    assert processes.processor(os.getpid()) > before


def test_the_slowest_answers_are_not_averaged_away() -> None:
    """A median of half a second is no comfort to the hundredth person."""
    answers = latency.Answers(10, 110, (*[0.5] * 98, 4.0, 5.0), 100, 200)

    assert (0.5, 4.0, 5.0) == (answers.share(0.5), answers.share(0.98), answers.share(1.0))


def test_polls_are_held_against_those_of_a_small_mailbox() -> None:
    """What counts is how much dearer the many old messages make the one new."""
    found = [old_mail.Polls(100, (1.0, 2.0, 9.0), (1.0,), 90, 100), old_mail.Polls(100_000, (3.0,), (2.0,), 90, 100)]

    assert ["100,000", "Maildir", "3.00", "1.50"] == cells(old_mail.told(found).text)[3][:4]


def test_a_stage_within_another_is_not_counted_twice() -> None:
    """Own text is found while a message is parsed."""
    found = [stages.Stage("parse", 4.0, "readers"), stages.Stage("own text", 1.0, "readers", within="parse")]

    assert "All together 4.0 ms: 250 messages a second and core" in stages.told(found).text


def test_starts_are_held_against_the_library() -> None:
    """The library's import is the machine's measure."""
    found = [
        starting.Start("python -c 'import sqlalchemy'", 0.2, 0.2, 30),
        starting.Start("intake --help", 0.1, 0.1, 20),
    ]

    assert ["`intake --help`", "0.10", "0.50"] == cells(starting.told(found).text)[3][:3]


def test_every_part_has_its_place_on_the_page() -> None:
    """A part whose table is nowhere would be measured for nothing."""
    page = report.PAGE.read_text(encoding="utf-8")

    assert [] == [name for name in PARTS if f"<!-- measured: {name} -->" not in page]


@pytest.mark.dovecot
def test_multiplied_records_are_as_many_as_they_say(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> None:
    """Two messages' records become those of ten: each case, letter and UID of its own, and none points to nowhere."""
    office = furnish(tmp_path, dovecot, sink)
    for name in ("Przystań", "Mosty"):
        text = f"Dzień dobry,\n\nproponujemy dyżury prawnika dla organizacji.\n\nFundacja {name}\n"
        office.mail("konsultacje", letter(text, sender=f"Anna Nowak <anna@{len(name)}.example>"), "2023-07-10 11:00")
    office.poll()
    database = tmp_path / "var" / "intake.db"
    multiplied.multiply(database, 2, 5)

    with contextlib.closing(sqlite3.connect(database)) as connection:
        counted = "SELECT count(DISTINCT sha256), count(DISTINCT case_id), count(DISTINCT sender_address) FROM record"
        assert (10, 10, 10) == connection.execute(counted).fetchone()
        assert (1, 10, 10) == connection.execute("SELECT min(uid), max(uid), count(*) FROM sighting").fetchone()
        assert (10,) == connection.execute("SELECT count(DISTINCT recipient) FROM outgoing").fetchone()
        assert [] == connection.execute("PRAGMA foreign_key_check").fetchall()
