"""What the office has published itself is nobody's word, in whatever mail it comes back."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from intake.judgement import acts
from intake.judgement.ours import Ours
from intake.judgement.rules import load
from intake.judgement.sentences import Origin, sentences
from intake.judgement.values import Arrival, Category, Verdict
from intake.judgement.verdict import judge
from intake.mail.attachments import understand

RULES = load(Path(__file__).parent.parent / "rules", ZoneInfo("Europe/Warsaw"))
KONSULTACJE = Arrival("konsultacje", datetime(2023, 7, 10, 9, tzinfo=UTC), Category.PROPOSAL)
PUBLISHED = RULES.consultation.published
TEXT = """Zapraszamy wszystkie organizacje pozarządowe na spotkanie w trybie warsztatowym,
na którym zbierzemy propozycje do programu.
- polityka senioralna miasta
Prosimy o potwierdzenie udziału do środy do godziny piętnastej."""
OURS = Ours.of(["urzad@um.example"], [TEXT])


def judged(text: str, attached: str | None = None) -> Verdict:
    """Judge a letter, to which a text file may be attached."""
    mail = EmailMessage()
    mail["From"] = "Anna Wilk <anna@sender.example>"
    mail["Subject"] = "pismo"
    mail.set_content(text)
    if attached is not None:
        mail.add_attachment(attached, filename="zaproszenie.txt")
    return judge(understand(mail.as_bytes()), KONSULTACJE, RULES)


def said(text: str, origin: Origin) -> list[str]:
    """Return the sentences of *text* that are left."""
    return [one.text for one in OURS.without(sentences(text, origin))]


@pytest.mark.parametrize("published", PUBLISHED)
def test_what_we_published_is_no_proposal_when_it_is_sent_back(published: str) -> None:
    """Pasted without a mark of quotation, or attached, our letters neither register nor propose."""
    found = [judged(published).category, judged("Dzień dobry,", published).category]

    assert [] == [category for category in found if category.attends]
    assert not judged(published).category.proposes


@pytest.mark.parametrize("published", PUBLISHED)
def test_who_confirms_with_our_letter_attached_only_confirms(published: str) -> None:
    """The invitation that comes back beside a confirmation adds no proposal to it, and no group."""
    verdict = judged(
        "Dotyczy zaproszenia w załączniku: przyjdziemy z mężem, oboje ze Stowarzyszenia Zakole.", published
    )

    assert (Category.ATTENDANCE, 2, ()) == (verdict.category, verdict.people, verdict.topics)


@pytest.mark.parametrize("origin", [Origin.FORWARD, Origin.ATTACHMENT])
def test_a_published_sentence_is_left_out(origin: Origin) -> None:
    """Also where a line was wrapped elsewhere or a word was changed, and a point of its list on its own."""
    changed = TEXT.replace("zbierzemy", "zbierzemy\n").replace("do środy", "do czwartku")

    assert [] == said(changed, origin)
    assert ["Przyjdą dwie osoby."] == said(f"{TEXT}\nPrzyjdą dwie osoby.", origin)


def test_a_group_may_be_chosen_by_its_published_name() -> None:
    """The sender's own line with the words of the announcement stays; a whole letter of them goes."""
    assert ["- polityka senioralna miasta"] == said("- polityka senioralna miasta", Origin.OWN)
    assert [] == said(TEXT, Origin.OWN)


def test_a_sentence_that_only_shares_words_stays() -> None:
    """Few words in a row are everybody's."""
    assert ["Zbierzemy propozycje do programu od naszych członków i prześlemy."] == said(
        "Zbierzemy propozycje do programu od naszych członków i prześlemy.", Origin.ATTACHMENT
    )


def test_a_forward_of_the_office_is_not_read() -> None:
    """By the address in the header that the mail program writes above what it forwards."""
    assert OURS.wrote("Od: K. Dąbrowska <Urzad@um.example>\nWysłano: poniedziałek\nTreść")
    assert not OURS.wrote("Od: Jan Kos <jan@sender.example>\nDo: K. Dąbrowska <urzad@um.exampla>")


def test_without_anything_published_all_is_read() -> None:
    """An office that has kept nothing loses nothing."""
    mail = EmailMessage()
    mail.set_content(TEXT)

    assert len(sentences(TEXT)) == len(acts.spoken(understand(mail.as_bytes()), Ours()))
