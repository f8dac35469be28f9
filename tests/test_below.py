"""An answer below our own letter, quoted without any mark."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from intake.judgement.rules import load
from intake.judgement.values import Arrival, Category, Verdict
from intake.judgement.verdict import judge
from intake.mail.reader import parse

RULES = load(Path(__file__).parent.parent / "rules", ZoneInfo("Europe/Warsaw"))
RSVP = Arrival("rsvp", datetime(2023, 7, 10, 9, tzinfo=UTC), Category.ATTENDANCE, personal=True)
WROTE = "Dnia 4 lipca 2023 10:02 Konsultacje <konsultacje@um.torun.pl> napisał(a):\n\n"
ANSWER = "Dobry wieczór,\nprzyjdziemy we dwoje, ja z mężem.\nStowarzyszenie Zakole"


def judged(text: str) -> Verdict:
    """Judge an answer that says *text*."""
    mail = EmailMessage()
    mail["From"] = "Anna Wilk <anna@zakole.example>"
    mail["Subject"] = "Odp.: Wspólnie o Programie"
    mail.set_content(text)
    return judge(parse(mail.as_bytes()), RSVP, RULES)


@pytest.mark.parametrize("published", RULES.consultation.published)
def test_an_answer_below_is_read(published: str) -> None:
    """What stands below ours is the sender's: they come, two of them, for an organisation."""
    verdict = judged(f"{WROTE}{published}\n\n{ANSWER}")

    assert (verdict.category, verdict.people, verdict.organisation) == (
        Category.ATTENDANCE,
        2,
        "Stowarzyszenie Zakole",
    )


@pytest.mark.parametrize("published", RULES.consultation.published)
def test_ours_alone_says_nothing(published: str) -> None:
    """A quote of ours with nothing below it registers nobody."""
    assert not judged(f"{WROTE}{published}").category.attends


def test_what_others_wrote_is_not_the_senders() -> None:
    """A quote of somebody else's letter is never taken for an answer, however it ends."""
    assert not judged(f"{WROTE}Dzień dobry,\nzapraszamy na festyn.\nBędą lody.\n\n{ANSWER}").category.attends
