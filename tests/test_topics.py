"""Which groups a message is about: what it proposes or chooses decides, not every word that it mentions."""

from __future__ import annotations

import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from intake.errors import RulesError
from intake.judgement import acts, subjects
from intake.judgement.rules import load
from intake.judgement.topics import likely, topics
from intake.mail.message import Address, Message, Passage, PassageKind

RULES = load(Path(__file__).parents[1] / "rules", ZoneInfo("Europe/Warsaw"))


def letter(own: str, *, subject: str = "Konsultacje", forward: str = "") -> Message:
    """Return a message with these words of its sender, and what they pass on."""
    passages = ((PassageKind.OWN, own), (PassageKind.FORWARD, forward))
    return Message(
        headers=(),
        message_id=None,
        in_reply_to=(),
        references=(),
        reverse_path=None,
        author=Address("", "ktos@poczta.example"),
        reply_to=None,
        date=None,
        subject=subject,
        content_type="text/plain",
        passages=tuple(Passage(kind, text) for kind, text in passages if text),
    )


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("Proponujemy, aby miasto sfinansowało świetlicę dla młodzieży na naszym osiedlu.", ("priorities",)),
        ("Prosimy o prostsze sprawozdania i dłuższy termin składania ofert w konkursach.", ("procedure",)),
        ("Jesienne Forum powinno trwać dwa dni i mieć więcej warsztatów, a mniej przemówień.", ("forum",)),
        ("Postulujemy więcej asystentów osobistych i lekcje orientacji dla niewidomych.", ("disability",)),
        ("Miasto powinno otworzyć dzienny dom dla seniorów i uruchomić teleopiekę.", ("seniors",)),
        (
            "Po pierwsze, sprawozdania powinny być krótsze.\nPo drugie, Forum niech będzie w sobotę.",
            ("forum", "procedure"),
        ),
        ("Potwierdzam udział dwóch osób, wybieramy grupę o polityce senioralnej.", ("seniors",)),
        ("Klub Seniora Jarzębina potwierdza udział dwóch osób.", ()),
        ("Czy w budynku jest winda? Jedna z nas porusza się na wózku.", ()),
        ("Prosimy o tłumacza języka migowego na spotkanie.", ()),
        ("Potwierdzam udział w spotkaniu 13 lipca.", ()),
    ],
)
def test_own_words(own: str, expected: tuple[str, ...]) -> None:
    """A proposal and the choice of a group give a topic; a name and a need at the meeting give none."""
    assert expected == topics(letter(own), RULES)


def test_announcement() -> None:
    """The office's own message, sent back with a word above it, is about nothing."""
    announcement = (
        "Od: Konsultacje <konsultacje@um.torun.pl>\nTemat: Zaproszenie\n\nPropozycje do zadań priorytetowych, "
        "procedury konkursowej, Forum, programu dla osób z niepełnosprawnościami i polityki senioralnej prosimy słać."
    )

    assert topics(letter("Przyjdziemy we dwie.", subject="FW: Zaproszenie", forward=announcement), RULES) == ()


def test_read_already() -> None:
    """A reading at hand is used, and says the same as reading once more."""
    message = letter("Prosimy o prostsze sprawozdania i dłuższy termin składania ofert.")
    reading = acts.read(message, RULES.acts, RULES.learned, ours=RULES.ours)

    assert topics(message, RULES, reading) == topics(message, RULES)
    assert max(likely(reading, RULES), key=lambda topic: likely(reading, RULES)[topic]) == "procedure"


def test_hostile() -> None:
    """A megabyte of topic words is read in linear time."""
    text = "proponujemy forum seniorów, procedury konkursowe i priorytety. " * 16_000
    message = letter(text)
    reading = acts.read(message, RULES.acts, RULES.learned, ours=RULES.ours)
    started = time.process_time()
    topics(message, RULES, reading)

    assert time.process_time() - started < 2


def test_table_written_and_read(tmp_path: Path) -> None:
    """The table of weights is the same after it was written and read."""
    path = tmp_path / "subjects.tsv"
    path.write_text(subjects.written(RULES.subjects), encoding="utf-8")

    assert subjects.load(path) == RULES.subjects


@pytest.mark.parametrize(
    "text", ["", "something else\n", "# topic weights of intake, format 1\ntopics\ta\nfeature\tx\n"]
)
def test_broken_table(tmp_path: Path, text: str) -> None:
    """A table that is none stops the program, and says which command writes it."""
    path = tmp_path / "subjects.tsv"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(RulesError, match=r"learning\.fit_topics"):
        subjects.load(path)
