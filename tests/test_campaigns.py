"""Letters with nearly the same words are linked and never merged."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from intake.judgement import likeness
from intake.records import campaigns
from intake.records.store import Campaign, Record
from tests.office import Office, furnish, letter
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Sink

TEMPLATE = (
    "Szanowni Państwo, jako organizacja działająca na rzecz zwierząt wnosimy o zwiększenie w programie współpracy na "
    "2024 rok środków na zadania związane z opieką nad zwierzętami bezdomnymi. Proponujemy osobny konkurs na "
    "sterylizację kotów wolno żyjących oraz na prowadzenie domów tymczasowych. Dotychczasowa pula wystarcza na trzy "
    "miesiące w roku. Prosimy także o uproszczenie sprawozdań z małych dotacji i o rozliczanie ryczałtem."
)
VOCABULARY = (
    *("dzieci", "młodzież", "seniorzy", "rower", "ścieżka", "dotacja", "konkurs", "kryteria"),
    *("oferta", "sport", "kultura", "teatr", "biblioteka", "park", "drzewo", "zajęcia"),
    *("warsztaty", "wolontariat", "szkoła", "osiedle", "transport", "dostępność", "pętla", "winda"),
    *("tłumacz", "asystent", "świetlica", "festyn", "muzyka", "chór", "taniec", "zdrowie"),
    *("profilaktyka", "uzależnienia", "pomoc", "psycholog", "rodzina", "żywność", "bezdomność"),
)


def other(seed: int, length: int = 60) -> str:
    """Return a letter of its own."""
    chance = random.Random(seed)  # noqa: S311  (the same letters each time)
    return " ".join(chance.choice(VOCABULARY) for _ in range(length))


def variant(seed: int) -> str:
    """Return the template under another name, with a sentence of its own, or with one left out."""
    chance = random.Random(seed)  # noqa: S311
    parts = TEMPLATE.split(". ")
    if seed % 3 == 0:
        parts.insert(2, f"Nasze koło numer {seed} ma {seed + 20} członków i kota")
    if seed % 4 == 0:
        parts.pop(chance.randrange(len(parts)))
    return ". ".join(parts) + f" Z poważaniem, Koło {seed}"


def test_variants_of_a_template_are_alike_and_other_letters_are_not() -> None:
    """Every variant, and none of two thousand others."""
    template = likeness.signature(TEMPLATE)
    assert template is not None
    variants = [likeness.likeness(template, likeness.signature(variant(seed)) or ()) for seed in range(100)]
    others = [likeness.likeness(template, likeness.signature(other(seed)) or ()) for seed in range(2000)]

    assert 95 <= sum(alike >= likeness.ALIKE for alike in variants)
    assert 0 == sum(alike >= likeness.ALIKE for alike in others)


def test_letters_that_are_alike_share_a_band() -> None:
    """Candidates are found without comparing all pairs."""
    first = set(likeness.bands(likeness.signature(TEMPLATE) or ()))

    assert 98 <= sum(bool(first & set(likeness.bands(likeness.signature(variant(seed)) or ()))) for seed in range(100))


@pytest.mark.parametrize("text", ["", "Popieramy uwagę Fundacji X w sprawie kotów.", "Zgadzamy się z propozycją. " * 3])
def test_a_short_letter_is_of_no_campaign(text: str) -> None:
    """Who supports another's remark in a sentence says it in words that many use."""
    assert None is likeness.signature(text)


def test_what_a_letter_adds_is_told() -> None:
    """By sentences, whatever the line ends."""
    own = TEMPLATE.replace(". ", ".\n") + "\nNasze koło ma dwadzieścia kotów."

    assert "Nasze koło ma dwadzieścia kotów." == likeness.added(own, TEMPLATE)


def test_hostile_text_is_signed_in_linear_time() -> None:
    """A megabyte costs what its first pages cost."""
    began = time.perf_counter()
    likeness.signature("a b " * 500_000)
    likeness.signature("x" * 1_000_000)

    assert time.perf_counter() - began < 5


@pytest.mark.dovecot
def test_a_campaign_is_linked_counted_and_answered_letter_by_letter(
    tmp_path: Path, dovecot: Dovecot, sink: Sink
) -> None:
    """Five organisations, six letters of which one is sent again, and two others that only happen to be near."""
    office: Office = furnish(tmp_path, dovecot, sink)
    for number in range(1, 6):
        sender = f"Koło {number} <kolo{number}@kolo{number}.example>"
        office.mail("konsultacje", letter(variant(number), sender=sender, subject="wniosek"), "2023-07-10 11:00")
    again = letter(variant(1) + " Jeszcze raz.", sender="Koło 1 <kolo1@kolo1.example>", subject="wniosek")
    office.mail("konsultacje", again, "2023-07-10 11:10")
    alone = "Proponujemy ławki na bulwarze i poidełka. " * 8
    office.mail("konsultacje", letter(alone, sender="Jan <jan@x.example>", subject="wniosek"), "2023-07-10 11:20")
    office.poll()
    sent = office.drain()
    with office.desk.store.reading() as session:
        (group,) = campaigns.groups(session, office.desk.rules.consultation.id)
        unlinked = session.scalar(select(func.count()).where(Record.campaign_id.is_(None)))
        first = session.get(Record, session.scalar(select(Campaign.first_record)))
        third = session.scalar(select(Record).where(Record.sender_address == "kolo3@kolo3.example"))
        assert third is not None
        adds = campaigns.added(session, third)

    assert (6, 1) == (group.letters, unlinked)
    assert 7 == sent.accepted
    assert first is not None
    assert "Nasze koło numer 3 ma 23 członków i kota." in (adds or "")
