"""The standing in the digest: seats, needs, groups, topics, letters alike, the list of who comes, spreadsheets."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from selectolax.lexbor import LexborHTMLParser

from intake.judgement.values import Category
from intake.letters.digest import DigestLetter, compose_digest
from intake.letters.digest_facts import Alike, DigestFacts, Guest, Proposed
from tests.test_digest_letter import (
    OFFICE,
    QUESTION,
    RICH,
    RULES,
    TEMPLATES,
    attendance,
    july,
    plain,
    proposal,
    quiet,
    words_of_html,
)

COMING = (
    Guest("KONS-2023-0001", "Łódka", 2, ("Anna Nowak", "Jan Kowal"), ("seniors", "forum"), ("interpreter",)),
    Guest("KONS-2023-0002", "Zaułek", None, topics=("forum",), late=True),
    Guest(
        "KONS-2023-0003", "Ławka", 3, needs=("interpreter", "wheelchair"), topics=("forum",), late=True, admitted=True
    ),
    Guest("KONS-2023-0004", None, 1, channel="phone", address="a@b.example", received=july(10, 9, 5)),
    Guest("KONS-2023-0005", "Lipa", 4, topics=("forum",)),
)
PROPOSALS = (Proposed("KONS-2023-0007", "=1+1", july(12, 10), False, ("seniors",), "@SUM(A1)", ("a.pdf",)),)
EVE = replace(RICH, guests=COMING, proposed=PROPOSALS, listed=True)


def compose(facts: DigestFacts, capacity: int | None = None) -> DigestLetter:
    """Compose *facts*, in a room of so many seats."""
    meeting = RULES.consultation.meeting.model_copy(update={"capacity": capacity})
    consultation = RULES.consultation.model_copy(update={"meeting": meeting})
    return compose_digest(facts, OFFICE, consultation, RULES.cutoffs, TEMPLATES, facts.until)


@pytest.mark.parametrize(
    ("capacity", "said"),
    [
        (120, "Sala: 96 z 120, wolnych miejsc: 24"),
        (98, "Sala: 96 z 98, wolnych miejsc: 2"),
        (96, "Sala: 96 z 96, wszystkie miejsca zajęte"),
        (60, "Sala: 96 z 60, brakuje miejsc: 36"),
    ],
)
def test_people_stand_against_the_seats(capacity: int, said: str) -> None:
    """Where the rules say how many there are."""
    letter = compose(RICH, capacity)

    assert said in plain(letter.text)
    assert "Sala:" not in compose(RICH).text
    assert LexborHTMLParser(letter.html).css_first(f'table[width="{min(100, round(9600 / capacity))}%"] .bar')


def test_needs_are_counted_with_their_cases() -> None:
    """The most wanted first by the order of the house, each with the cases that ask."""
    text = plain(compose(EVE).text)

    assert "- tłumacz języka migowego: 2 zgłoszenia (KONS-2023-0001, KONS-2023-0003)" in text
    assert "- osoba na wózku: 1 zgłoszenie (KONS-2023-0003)" in text
    assert "pętla" not in text


def test_people_are_counted_in_each_group_they_chose() -> None:
    """In the order of the rules; without a group apart."""
    text = plain(compose(EVE).text)

    assert "- Forum Organizacji (bez podanej liczby: 1): 9 - polityka senioralna: 2 - bez wybranej grupy: 1" in text


def test_bars_are_pictures_of_the_numbers_beside_them() -> None:
    """The longest fills its cell; no program that drops it loses anything."""
    tree = LexborHTMLParser(compose(EVE).html)
    bars = [(bar.attributes["width"], bar.attributes["aria-hidden"]) for bar in tree.css("table[aria-hidden]")]

    assert ("100%", "true") in bars
    assert ("60%", "true") in bars  # 9 of 15 proposals
    assert all(bar.text().strip("\xa0\n ") == "" for bar in tree.css("table[aria-hidden]"))


def test_the_list_is_by_group_and_alphabet() -> None:
    """Under the first group that each chose, with the others told; nobody twice; ł after l."""
    listed = compose(EVE).text.partition("Kto przyjdzie: ")[2].partition("\nNowe\n")[0]

    assert re.findall(r"KONS-2023-[0-9]{4}", listed) == [
        "KONS-2023-0005",
        "KONS-2023-0003",
        "KONS-2023-0001",
        "KONS-2023-0002",
        "KONS-2023-0004",
    ]
    text = plain(listed)
    assert "Grupa „Forum Organizacji”: 9 osób, bez podanej liczby: 1 zgłoszenie" in text
    assert "- Ławka: KONS-2023-0003, 3 osoby, po terminie, przyjęte" in text
    assert "- Zaułek: KONS-2023-0002, liczba osób: nie podano, po terminie" in text
    assert "- Łódka: KONS-2023-0001, 2 osoby Także: polityka senioralna Anna Nowak, Jan Kowal Potrzeby: tłumacz" in text
    assert "Bez wybranej grupy: 1 osoba - organizacja: nie podano: KONS-2023-0004, 1 osoba" in text
    assert "Po terminie: 2 zgłoszenia, z dopiskiem." in text


def test_a_list_stands_on_the_eve_and_the_day_only() -> None:
    """On other mornings the numbers are enough."""
    assert "Kto przyjdzie:" not in compose(replace(EVE, listed=False)).text


def test_a_calm_eve_is_no_empty_day() -> None:
    """With nothing to decide, the list is what the letter is about."""
    letter = compose(replace(quiet(), guests=COMING, listed=True))

    assert letter.subject == "Lista na spotkanie: 96 osób – konsultacje, 13 lipca"
    assert "Ławka" in letter.text


def test_both_parts_of_an_eve_say_the_same() -> None:
    """Word for word, with bars and tables."""
    for facts in (EVE, replace(EVE, second=True, told_before=7)):
        letter = compose(facts, 60)
        assert words_of_html(letter) == re.findall(r"\w+", letter.text)
        assert max(map(len, letter.text.split("\n"))) <= 72


def test_a_long_list_gives_way_to_the_attachment() -> None:
    """Five hundred registrations: the letter stays whole, and says how many are left out."""
    crowd = tuple(replace(COMING[0], case=f"KONS-2023-{number:04}") for number in range(500))
    letter = compose(replace(EVE, guests=crowd))

    assert len(letter.html.encode()) < 60_000
    assert re.search(r"… i [0-9]{3} dalszych", plain(letter.text))


def test_the_second_digest_goes_on_counting() -> None:
    """Its numbers follow the morning's, it says what is new and who comes, and leaves the sums to the morning."""
    facts = replace(
        EVE, until=july(13, 15), decisions=(QUESTION,), entries=(attendance(70),), second=True, told_before=5
    )
    accounts = tuple(replace(each, last_reached=july(13, 14, 59)) for each in facts.accounts)
    letter = compose(replace(facts, accounts=accounts))
    text = plain(letter.text)

    assert letter.subject == "Przed spotkaniem: 1 nowa sprawa – konsultacje, 13 lipca"
    assert "6) Przed godz. 16.00: pytanie" in text
    assert "Kto przyjdzie" in text
    assert "Razem w tych konsultacjach" not in text


def test_letters_alike_are_told_once() -> None:
    """With how many organisations wrote them; the counts of new proposals still add up."""
    entries = (proposal(1, "forum"), *(replace(proposal(number, "seniors"), campaign=4) for number in (2, 3, 4)))
    told = Alike(4, "KONS-2023-0002", 14, 12, "Prosimy o dzienny dom.")
    text = plain(compose(quiet(entries=entries, campaigns=(told,))).text)

    assert "- Propozycje: 4 - Z tego listy według jednego wzoru: 3 (opis niżej)" in text
    assert "- 14 listów od 12 organizacji, pierwszy: KONS-2023-0002 „Prosimy o" in text
    assert "KONS-2023-0003" not in text


def test_a_proposal_tells_its_other_topics() -> None:
    """It stands under the first and says where else it belongs."""
    text = plain(compose(quiet(entries=(proposal(1, "seniors", "forum"),))).text)

    assert "Temat „Forum Organizacji”: 1 KONS-2023-0001 Stowarzyszenie 1: także: polityka senioralna" in text


def test_clocks_stand_side_by_side_where_they_disagree() -> None:
    """The one that decides, our mail server's, the sender's."""
    disputed = replace(QUESTION, server=july(12, 17, 19), dated=july(12, 14, 2))
    text = plain(compose(quiet(decisions=(disputed,))).text)

    assert (
        "Zegary: skrzynka 12 lipca, godz. 17.20 (ten decyduje); serwer poczty 12 lipca, godz. 17.19;"
        " komputer nadawcy 12 lipca, godz. 14.02" in text
    )
    assert "Zegary" not in compose(quiet(decisions=(QUESTION,))).text


def attached(letter: DigestLetter) -> dict[str, bytes]:
    """Return the files that come with a digest."""
    message = message_from_bytes(letter.raw, policy=default)
    assert isinstance(message, EmailMessage)
    return {str(part.get_filename()): part.get_content() for part in message.iter_attachments()}


def test_spreadsheets_come_with_it() -> None:
    """Who comes, and what was proposed: text as text, numbers as numbers, the same bytes for the same facts."""
    letter = compose(EVE)
    files = attached(letter)

    assert list(files) == ["udzial-2023-07-13.xlsx", "propozycje-2023-07-13.xlsx"]
    assert "W załączniku arkusze" in plain(letter.text)
    assert compose(EVE).raw == letter.raw
    strings = [zipfile.ZipFile(io.BytesIO(raw)).read("xl/sharedStrings.xml").decode() for raw in files.values()]
    assert "tłumacz języka migowego" in strings[0]
    assert "tak" in strings[0]
    assert "telefon" in strings[0]
    assert "=1+1" in strings[1]
    assert "@SUM(A1)" in strings[1]


def test_a_quiet_day_brings_no_spreadsheets() -> None:
    """Where nothing happened nothing is attached."""
    assert attached(compose(replace(quiet(), guests=COMING, proposed=PROPOSALS))) == {}


def test_what_strangers_wrote_stays_inert_in_the_list() -> None:
    """Names and organisations are lines of text, neither markup nor links."""
    hostile = Guest("KONS-2023-0009", "<b>x</b> https://evil.example", 1, ("<script>\r\nBcc: x@evil.example",))
    letter = compose(replace(EVE, guests=(hostile,), campaigns=(Alike(1, "K", 3, 3, excerpt="www.evil.example"),)))

    assert not LexborHTMLParser(letter.html).css("script, b")
    for part in (letter.text, letter.html):
        assert "evil.example" not in part


def test_a_mixed_letter_of_a_campaign_is_counted_once() -> None:
    """What is folded is a proposal; who comes by it is still counted among those."""
    entry = replace(attendance(1), category=Category.MIXED, campaign=4)
    text = plain(compose(quiet(entries=(entry,), campaigns=(Alike(4, "K", 3, 3),))).text)

    assert "Udział i propozycja w jednej wiadomości: 1 (2 osoby)" in text
    assert "wzoru: 1 (opis niżej)" in text
