"""The office's rules: what may stand in them, and how a mistake is told."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from intake.errors import RulesError
from intake.judgement.rules import load

WARSAW = ZoneInfo("Europe/Warsaw")
SHIPPED = Path(__file__).parents[1] / "rules"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """Return a copy of the rules that an official may spoil."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "rules"))


def _change(path: Path, old: str, new: str) -> int:
    """Replace *old* in the file and return the number of its line."""
    source = path.read_text(encoding="utf-8")
    assert source.count(old) >= 1
    path.write_text(source.replace(old, new, 1), encoding="utf-8")
    return source[: source.index(old)].count("\n") + 1


def _mistake(office: Path) -> str:
    with pytest.raises(RulesError) as caught:
        load(office, WARSAW)
    return str(caught.value)


def test_the_shipped_rules_are_those_of_july_2023() -> None:
    """The cutoffs of the consultation are aware instants in the office's zone."""
    cutoffs = load(SHIPPED, WARSAW).cutoffs

    assert datetime(2023, 7, 12, 15, 0, tzinfo=WARSAW) == cutoffs.attendance
    assert datetime(2023, 7, 13, 16, 0, tzinfo=WARSAW) == cutoffs.meeting


def test_an_unknown_act_is_told_with_file_line_and_key(office: Path) -> None:
    """A phrase that does what no sentence can do names its line and what is allowed."""
    line = _change(office / "acts.toml", 'act = "tentative"', 'act = "dither"')
    told = _mistake(office)

    assert f"acts.toml:{line}: phrase[" in told
    assert ".act" in told
    assert "'tentative'" in told
    assert "dither" in told


def test_an_unknown_group_is_told_with_the_phrase_that_names_it(office: Path) -> None:
    """A phrase made of a group that [words] does not have is refused by name."""
    _change(office / "acts.toml", '"<take> .. <part>"', '"<grab> .. <part>"')
    told = _mistake(office)

    assert "acts.toml" in told
    assert "'udzial'" in told
    assert "<grab>" in told


def test_a_pattern_that_is_no_word_is_refused(office: Path) -> None:
    """Signs of a regular expression are no part of a phrase."""
    _change(office / "acts.toml", '"<take> .. <part>"', '"(a+)+ .. <part>"')

    assert "(a+)+" in _mistake(office)


def test_an_unknown_key_is_told_with_its_line(office: Path) -> None:
    """A key that means nothing is refused, not ignored."""
    line = _change(office / "acts.toml", "tentative = 0.5", "tentativ = 0.5")

    assert f"acts.toml:{line}: doubt.tentativ: unknown key" in _mistake(office)


def test_a_threshold_must_be_a_share(office: Path) -> None:
    """A confidence above one is impossible."""
    line = _change(office / "acts.toml", "below = 0.71", "below = 6")

    assert f"acts.toml:{line}: doubt.below" in _mistake(office)


def test_a_file_that_is_no_toml_is_told(office: Path) -> None:
    """A forgotten quotation mark stops the program with the file's name."""
    (office / "acts.toml").write_text('[words]\nnegation = ["nie\n', encoding="utf-8")

    assert "acts.toml: not TOML" in _mistake(office)


def test_a_missing_file_is_told(office: Path) -> None:
    """A rules file that is not there stops the program with its name."""
    (office / "acts.toml").unlink()

    assert "acts.toml: cannot be read" in _mistake(office)


def test_an_official_teaches_a_word(office: Path) -> None:
    """A word added to a group makes the phrases of that group find it."""
    before = load(office, WARSAW).acts
    _change(office / "acts.toml", 'come = ["przyjd*"', 'come = ["fruw*", "przyjd*"')
    after = load(office, WARSAW).acts

    assert "come" not in before.symbols("fruwamy")
    assert "come" in after.symbols("fruwamy")
