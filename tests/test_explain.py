"""``intake explain FILE`` and the pages: every word marked, nothing of a stranger's let loose."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.__main__ import Call
from intake.commands import explain as explain_command
from intake.commands import score as score_command
from intake.judgement.explained import Explained, Whose, explain
from intake.judgement.rules import load
from intake.judgement.score import Bin
from intake.judgement.values import Arrival
from intake.judgement.verdict import judge, read
from intake.mail.reader import parse
from intake.pages import plot
from intake.pages.frame import shown
from tests.office import letter

RULES = load(Path(__file__).parents[1] / "rules", ZoneInfo("Europe/Warsaw"))
ARRIVAL = Arrival("konsultacje", datetime(2023, 7, 10, 9, tzinfo=UTC))
LETTER = """Dzień dobry,

potwierdzam udział dwóch osób w spotkaniu konsultacyjnym 13 lipca.

Z poważaniem
Anna Nowak

W dniu 4.07.2023 o 10:12, Konsultacje pisze:
> Prosimy o potwierdzenie udziału w spotkaniu.
"""
HOSTILE = "Potwierdzam udział \x1b[2J\u202e</mark><script>alert(1)</script> {{ 7 * 7 }} w spotkaniu."


def explained(text: str, subject: str = "Spotkanie") -> Explained:
    """Return what is read in a letter that says *text*."""
    message = parse(letter(text, subject=subject))
    return explain(message, read(message, ARRIVAL, RULES), judge(message, ARRIVAL, RULES))


def run(command: click.Command, *arguments: str) -> str:
    """Return what *command* prints."""
    result = CliRunner().invoke(command, arguments, obj=Call(None, None), standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.output


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give a letter in a file."""
    path = tmp_path / "letter.eml"
    path.write_bytes(letter(LETTER))
    return path


def test_each_part_says_whose_words_it_holds() -> None:
    """Own sentences are read; signature and quote are passed over, whole."""
    sections = explained(LETTER).sections

    assert [Whose.SUBJECT, Whose.OWN, Whose.SIGNATURE, Whose.QUOTE] == [section.whose for section in sections]
    assert [True, True, False, False] == [bool(section.spoken) for section in sections]
    assert "Prosimy o potwierdzenie udziału" in sections[3].text


def test_the_words_that_a_rule_found_are_marked() -> None:
    """The mark stands on the very words, as they were written, and names the rule."""
    pieces = [piece for one in explained(LETTER).sections[1].spoken for piece in one.pieces]

    assert ["potwierdzam udział"] == [piece.text for piece in pieces if "acts:confirm.udzial" in piece.rules]


def test_the_words_of_a_machine_are_marked() -> None:
    """So are those by which a machine was known."""
    away = explained("Jestem na urlopie do 20 lipca, bez dostępu do poczty.", subject="Odpowiedź automatyczna")
    rules = {
        rule for section in away.sections for one in section.spoken for piece in one.pieces for rule in piece.rules
    }

    assert any(rule.startswith("automatic:") for rule in rules)


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("potwierdzam udział nieżİß 13.?\u0301"), max_size=120))
def test_marking_changes_no_text(text: str) -> None:
    """The pieces of the sentences are the sentences, whatever folds to more letters than it has."""
    message = parse(letter(f"Potwierdzam udział. {text}\n"))
    reading = read(message, ARRIVAL, RULES)
    told = explain(message, reading, judge(message, ARRIVAL, RULES))
    spoken = [one for section in told.sections for one in section.spoken]

    assert sorted(one.sentence.text for one in reading.sentences) == sorted(
        "".join(piece.text for piece in one.pieces) for one in spoken
    )


def test_the_readings_share_one_certainty() -> None:
    """The verdict's confidence and what is left for the others make one."""
    told = explained("Może przyjdziemy, a może prześlemy uwagi. Czy można?")

    assert told.verdict.category is told.readings[0][0]
    assert told.verdict.runner_up is told.readings[1][0]
    assert sum(chance for _, chance in told.readings) == pytest.approx(1)


def test_the_terminal_shows_sentences_marks_and_reasons(file: Path) -> None:
    """Without a terminal the marks are brackets, and there is no escape sequence."""
    output = run(explain_command.command, str(file))

    assert "[[potwierdzam udział" in output
    assert re.search(r"confirm 0\.\d\d.*acts:confirm\.udzial", output)
    assert "quoted, not counted\n  W dniu 4.07.2023" in output
    assert "category     attendance" in output
    assert "\x1b" not in output


def test_a_strangers_text_moves_no_cursor(tmp_path: Path) -> None:
    """Escapes and reversed writing reach neither the terminal nor the page."""
    path, page = tmp_path / "hostile.eml", tmp_path / "hostile.html"
    path.write_bytes(letter(HOSTILE, subject="<img src=x onerror=alert(1)>"))
    output = run(explain_command.command, "--html", str(page), str(path))
    html = page.read_text(encoding="utf-8")

    for text in (output, html):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7 * 7 }}" in html


@pytest.mark.parametrize(
    ("environment", "colours"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colours_are_for_a_terminal_that_wants_them(file: Path, environment: dict[str, str], colours: bool) -> None:
    """On a terminal the marks are colours; NO_COLOR and a dumb one get brackets."""
    primary, secondary = pty.openpty()
    plain = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    subprocess.run(
        [sys.executable, "-m", "intake", "explain", str(file)],
        env={**plain, "TERM": "xterm", **environment},
        stdout=secondary,
        check=True,
        timeout=60,
    )
    os.close(secondary)
    output = ""
    try:
        while block := os.read(primary, 65536):
            output += block.decode("utf-8", "replace")
    except OSError:  # Linux says EIO at the end of a pseudo-terminal
        pass
    os.close(primary)

    assert colours == ("\x1b[1;30;43mpotwierdzam" in output)
    assert colours != ("[[potwierdzam udział" in output)


def test_what_is_for_files_is_refused_for_a_case(tmp_path: Path) -> None:
    """A case has no file to make a page of."""
    with pytest.raises(click.UsageError, match="for a file"):
        run(explain_command.command, "--html", str(tmp_path / "x.html"), "KONS-2023-0001")


def label(name: str, category: str) -> str:
    """Return a line of labels."""
    return json.dumps(
        {
            "file": name,
            "mailbox": "konsultacje",
            "received": "2023-07-10T09:00:00+02:00",
            "category": category,
            "timeliness": {},
            "organisation": None,
            "people": None,
            "topics": [],
            "acknowledge": True,
        }
    )


@pytest.fixture
def score_page(tmp_path: Path) -> str:
    """Give the page of a corpus with a hit, and a miss that is hostile."""
    (tmp_path / "1.eml").write_bytes(letter(LETTER))
    (tmp_path / "2.eml").write_bytes(letter(HOSTILE))
    (tmp_path / "labels.jsonl").write_text(f"{label('1.eml', 'attendance')}\n{label('2.eml', 'proposal')}\n")
    page = tmp_path / "pages" / "score.html"
    run(score_command.command, "--html", str(page), str(tmp_path))
    return page.read_text(encoding="utf-8")


def test_the_score_page_shows_counts_shades_and_misses(score_page: str) -> None:
    """The confusion table holds the counts, and each miss its text with the words that led there."""
    assert '<td class="right deep" style="--share: 1.000">1</td>' in score_page
    assert '<td class="wrong deep" style="--share: 1.000">1</td>' in score_page
    assert 1 == score_page.count("<article")
    assert re.search(r'<mark title="[^"]*acts:confirm.udzial[^"]*">Potwierdzam udział</mark>', score_page)
    assert "<b>attendance</b> <small>judged</small>" in score_page
    assert "<b>proposal</b> <small>what it is</small>" in score_page


def test_the_score_page_draws_the_calibration(score_page: str) -> None:
    """There is a dashed diagonal, and a point with its numbers for each bin."""
    assert '<line class="ideal" x1="44" y1="314" x2="344" y2="14"/>' in score_page
    assert score_page.count('<circle class="dot"') == score_page.count('<rect class="count"') >= 1
    assert re.search(r'class="of"[^>]*>of \d+</text>', score_page)


def test_a_page_runs_nothing_and_fetches_nothing(score_page: str) -> None:
    """It is one file, and a browser is told so."""
    assert "default-src 'none'" in score_page
    assert not re.search(r"<script|<link|<img|<iframe|\bsrc=|url\(|@import|javascript:|\son\w+=", score_page)
    assert set(re.findall(r'href="([^"]*)"', score_page)) == {"#misses"}


def test_a_bin_stands_where_its_numbers_are() -> None:
    """Confidence runs to the right, what was right upwards; the fullest bin is the largest."""
    sure, unsure = plot.points((Bin(0.5, 0.6, 4, 2, 0.5), Bin(0.9, 1.0, 16, 16, 1.0)))

    assert (plot.LEFT + plot.SIDE / 2, plot.TOP + plot.SIDE / 2) == (sure.x, sure.y)
    assert (plot.LEFT + plot.SIDE, plot.TOP) == (unsure.x, unsure.y)
    assert unsure.radius == 2 * sure.radius


def test_what_cannot_be_seen_is_shown_as_such() -> None:
    """A control or a turn of direction becomes a mark, a line stays a line, and long text ends."""
    assert "a\ufffdb\nc d" == shown("a\u202eb\nc\td")
    assert len(shown("x" * 30_000)) == 20_001
