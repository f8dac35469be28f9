"""A name without a word for its kind counts where the sender's own domain repeats it; a domain alone names nobody."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from intake.judgement.domains import registered
from intake.judgement.organisation import organisation
from intake.judgement.rules import load
from intake.judgement.values import Arrival
from intake.mail.reader import parse

RULES = load(Path(__file__).parents[1] / "rules", ZoneInfo("Europe/Warsaw"))


def named(text: str, address: str, display: str = "Ola Kos") -> str | None:
    """Return the organisation of such a mail."""
    raw = f"From: {display} <{address}>\nSubject: czwartek\nContent-Type: text/plain; charset=utf-8\n\n{text}"
    return organisation(parse(raw.encode()), Arrival("rsvp", None), RULES)


@pytest.mark.parametrize(
    ("text", "address", "expected"),
    [
        ("Będzie nas troje. Rowerem Pod Wiatr", "ola@rowerempodwiatr.example", "Rowerem Pod Wiatr"),
        ("Będzie nas troje.\nOla Kos, grupa Zakole", "ola@zakole.example", "grupa Zakole"),
        ("tu Ola z Deskorolkowo, wpadam", "ola@deskorolkowo.example", "Deskorolkowo"),
        ("As much as we would love to come, Paper Boat will miss it.", "o@paperboat.example", "Paper Boat"),
        ("Przyjdziemy.\nOla Kos / Tkalnia Słów", "ola@tkalnia-slow.org.example", "Tkalnia Słów"),
        (
            "Piszę ze Stowarzyszenia Kajakarzy Bystra Woda.",
            "ola@bystrawoda.example",
            "Stowarzyszenie Kajakarzy Bystra Woda",
        ),
        ("Przyjdziemy we troje, my z Wrzosów.", "ola@rowerempodwiatr.example", None),
        ("Przyjdę.\nOla Kos", "ola@olakos.example", None),
        ("Przyjdę. Toruń żyje.", "ola@biegacztorun.example", None),
        ("Poczta przyszła późno.\nOla", "ola@poczta.example", None),
    ],
)
def test_the_domain_bears_a_name_out(text: str, address: str, expected: str | None) -> None:
    """The text must give the name; a person's, a town's and a provider's are none."""
    assert expected == named(text, address)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("biuro@zakole.pl", "zakole"),
        ("biuro@poczta.zakole.org.pl", "zakole"),
        ("ola@gmail.com", ""),
        ("ola@localhost", ""),
        ("", ""),
    ],
)
def test_the_label_that_was_registered(address: str, expected: str) -> None:
    """Second-level domains and hosts are left out, and what belongs to everybody."""
    assert expected == registered(address, RULES.clues)
