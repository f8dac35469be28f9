"""``intake score`` on a small corpus of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from intake.__main__ import Call
from intake.commands.score import command
from intake.errors import ConfigError
from tests.office import letter


def label(**changes: Any) -> dict[str, Any]:
    """Return the label of a plain confirmation, with *changes*."""
    plain: dict[str, Any] = {
        "file": "1.eml",
        "mailbox": "rsvp",
        "received": "2023-07-12T15:00:01+02:00",
        "category": "attendance",
        "timeliness": {"attendance": "late"},
        "organisation": None,
        "people": 2,
        "topics": [],
        "acknowledge": True,
        "trap": "",
    }
    return plain | changes


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Give a corpus of one message."""
    (tmp_path / "1.eml").write_bytes(letter("Potwierdzam udział dwóch osób w spotkaniu konsultacyjnym 13 lipca.\n"))
    return tmp_path


def run(corpus: Path, *labels: dict[str, Any]) -> str:
    """Return what the command prints for *corpus* with *labels*."""
    text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in labels)
    (corpus / "labels.jsonl").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(command, [str(corpus)], obj=Call(None, None))
    if result.exception:
        raise result.exception
    return result.output


def test_what_is_met_and_what_is_missed_is_printed(corpus: Path) -> None:
    """Figures, tables and every miss with what led to it."""
    output = run(corpus, label(), label(category="proposal", timeliness={"proposal": "on_time"}, people=None))

    assert "messages                    2" in output
    assert "category                    0.500" in output
    assert "1.eml: proposal, judged attendance" in output


def test_a_label_that_cannot_be_read_is_named_by_its_line(corpus: Path) -> None:
    """A mistake in a corpus is one line, as in any other file."""
    with pytest.raises(ConfigError, match=r"labels\.jsonl:2: .*'no_category' is not a valid Category"):
        run(corpus, label(), label(category="no_category"))


def test_a_missing_message_is_named(corpus: Path) -> None:
    """The labels may name a file that is not there."""
    with pytest.raises(ConfigError, match=r"2\.eml: cannot be read"):
        run(corpus, label(file="2.eml"))


def test_a_corpus_without_labels_is_told(tmp_path: Path) -> None:
    """So is a folder that is no corpus."""
    with pytest.raises(ConfigError, match=r"labels\.jsonl: cannot be read"):
        raise CliRunner().invoke(command, [str(tmp_path)], obj=Call(None, None)).exception or AssertionError
