"""Whose words are whose: in every style of quoting the own text stays, whole and alone."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.mail.message import PassageKind
from intake.mail.quoting import divide

ANNOUNCEMENT = """Szanowni Państwo,

zapraszamy wszystkie organizacje na spotkanie konsultacyjne 13 lipca 2023 r.
Prosimy o potwierdzenie udziału do 12 lipca. Propozycje czekamy do 31 lipca.

Z poważaniem
K. Dąbrowska"""
MARKED = "\n".join(f"> {line}".rstrip() for line in ANNOUNCEMENT.split("\n"))

ATTRIBUTIONS = [
    "W dniu wt., 4 lip 2023 o 10:12 Konsultacje <k@um.torun.pl> napisał(a):",
    "wt., 4 lip 2023 o 10:12 Konsultacje <k@um.torun.pl> napisał(a):",
    "wt., 4 lip 2023, 10:12 użytkownik Konsultacje <k@um.torun.pl>\nnapisał:",
    "On Tue, Jul 4, 2023 at 10:12 AM Konsultacje\n<k@um.torun.pl> wrote:",
    "On Tuesday, July 4, 2023 at 10:12:00 AM GMT+2, Konsultacje <k@um.torun.pl> wrote:",
    "вт, 4 лип. 2023 р. о 10:12 Konsultacje <k@um.torun.pl> пише:",
    "W dniu 04.07.2023 o 10:12, Konsultacje pisze:",
    "W dniu 2023-07-04 10:12:37 użytkownik Konsultacje <k@um.torun.pl> napisał:",
    "Dnia 4 lipca 2023 10:12 Konsultacje <k@um.torun.pl> napisał(a):",
    "Dnia 2023-07-04, o godz. 10:12:37\nKonsultacje <k@um.torun.pl> napisał(a):",
    "Wiadomość napisana przez Konsultacje <k@um.torun.pl> w dniu 4 lip 2023, o godz. 10:12:",
    "On 4 Jul 2023, at 10:12, Konsultacje <k@um.torun.pl> wrote:",
    "Am Di., 4. Juli 2023 um 10:12 Uhr schrieb Konsultacje <k@um.torun.pl>:",
    "Le mar. 4 juil. 2023 à 10:12, Konsultacje <k@um.torun.pl> a écrit :",
    "Użytkownik Konsultacje <k@um.torun.pl> w dniu 4 lipca 2023 10:12 napisał:",
    "---- Wł. Wt, 04 lip 2023 10:12:37 +0200 Konsultacje <k@um.torun.pl> napisał(a) ----",
    "2023-07-04 10:12 GMT+02:00 Konsultacje <k@um.torun.pl>:",
    "Cytowanie Konsultacje <k@um.torun.pl>:",
]
BLOCKS = [
    "Temat: Zaproszenie\nData: 2023-07-04 10:12\nNadawca: Konsultacje <k@um.torun.pl>\nAdresat: x@ngo.example",
    'Od: "Konsultacje" <k@um.torun.pl>\nDo: x@ngo.example;\nWysłane: 10:12 Wtorek 2023-07-04\nTemat: Zaproszenie',
    "________________________________\nOd: Konsultacje <k@um.torun.pl>\nWysłane: 4 lipca 2023\nTemat: Zaproszenie",
    "From: Konsultacje <k@um.torun.pl>\nSent: Tuesday, July 4, 2023 10:12 AM\nTo: x@ngo.example\nSubject: Zaproszenie",
    "*Od:* Konsultacje <k@um.torun.pl>\n*Wysłano:* wtorek, 4 lipca 2023 10:12\n*Do:* x\n*Temat:* Zaproszenie",
    "Gesendet: Dienstag, 4. Juli 2023 um 10:12 Uhr\nVon: Konsultacje <k@um.torun.pl>\nAn: x\nBetreff: Zaproszenie",
    "Від: Konsultacje <k@um.torun.pl>\nНадіслано: вівторок, 4 липня 2023 р. 10:12\nКому: x\nТема: Zaproszenie",
    "-----Original Message-----\nFrom: Konsultacje\nSent: x\nTo: y\nSubject: z",
    "-------- Wiadomość oryginalna --------\nOd: Konsultacje <k@um.torun.pl>\nData: 04.07.2023\nTemat: Zaproszenie",
]
QUOTES = [
    *(f"{head}\n\n{body}" for head in ATTRIBUTIONS for body in (ANNOUNCEMENT, MARKED)),
    *(f"{head}\n\n{ANNOUNCEMENT}" for head in BLOCKS),
    MARKED,
]
TAILS = [
    *QUOTES,
    "-- \nAnna Wilk\nFundacja Nowy Brzeg\ntel. 56 000 00 00",
    "Z poważaniem\nAnna Wilk\nFundacja Nowy Brzeg",
    "Pozdrawiam serdecznie,\nAnna Wilk",
    "Anna Wilk\nprezeska\nul. Letnia 1, 87-100 Toruń",
    "Wysłane z iPhone'a",
    "Wysłano z mojego smartfona Galaxy.",
    "Ta wiadomość jest przeznaczona wyłącznie dla adresata i może być poufna.",
    "Zgodnie z art. 13 RODO informujemy, że administratorem danych osobowych jest Fundacja.",
]
SENTENCES = [
    "Dzień dobry,",
    "Szanowni Państwo,",
    "potwierdzam udział dwóch osób.",
    "Nie przyjdziemy, mamy wtedy ligę.",
    "Prosimy o prostsze sprawozdania!",
    "- ławki na Bydgoskim,",
    "- kosze przy szkołach.",
    "1. Małe granty.",
    "Temat: polityka senioralna",
    "Uwaga: brak windy.",
    "Do zobaczenia w czwartek!",
    "Czy winda działa?",
    "Będziemy w trójkę :)",
    "Napisała o tym pani Nowak, zgadzamy się z nią.",
    "Zgodnie z ustawą zadania publiczne trzeba zlecać.",
    "",
]
LETTERS = st.lists(st.sampled_from(SENTENCES), max_size=8).map(
    lambda lines: "\n".join(["Proszę o wpisanie nas na listę.", *lines, "Tyle od nas w tej sprawie."])
)


def words(text: str) -> list[str]:
    """Return the words of *text*, in order."""
    return re.findall(r"\w+", text)


def own(text: str, subject: str = "Re: Zaproszenie") -> str:
    """Return the own words in *text*."""
    return "\n\n".join(each.text for each in divide(text, subject) if each.kind is PassageKind.OWN)


@pytest.mark.parametrize("quote", QUOTES)
def test_a_quote_alone_holds_nothing_of_the_senders_own(quote: str) -> None:
    """A message made only of the quoted announcement has no own text, in any style."""
    assert own(quote) == ""


@given(letter=LETTERS, tail=st.sampled_from(TAILS))
@settings(max_examples=500, deadline=None)
def test_what_is_appended_changes_no_own_text(letter: str, tail: str) -> None:
    """A quote, a signature or a footer below leaves the own text as it was."""
    assert words(letter) == words(own(f"{letter}\n\n{tail}"))


@given(letter=LETTERS, quote=st.sampled_from([f"{head}\n{MARKED}" for head in ATTRIBUTIONS]))
@settings(max_examples=200, deadline=None)
def test_an_answer_below_a_marked_quote_is_own(letter: str, quote: str) -> None:
    """An answer below a quote with marks is the sender's own, whole."""
    assert words(letter) == words(own(f"{quote}\n\n{letter}"))


ANY_LINES = st.lists(
    st.sampled_from([*SENTENCES, *TAILS, *BLOCKS, *ATTRIBUTIONS, "> ", "--", ">"]) | st.text(max_size=30)
)


@given(lines=ANY_LINES, subject=st.sampled_from(["", "Re: x", "Fwd: x"]))
@settings(max_examples=400, deadline=None)
def test_no_word_is_lost(lines: list[str], subject: str) -> None:
    """Dividing loses no word and adds none, whatever the text is."""
    text = "\n".join(lines)
    divided = " \n".join(each.text for each in divide(text, subject))

    assert Counter(words(text)) == Counter(words(divided))


@pytest.mark.parametrize(
    "text",
    [
        "Pan Nowak napisał do nas w lipcu, że:\nnie ma ławek.",
        "W dniu 13 lipca przyjdziemy, jak pisałam:\nja i Ola.",
        "Od: nas wszystkich\nDo: urzędu\nTemat: ławki\n\nProsimy o ławki.",
        "Koszt:\n> 5 tys. zł rocznie",
        "Termin:\n13 lipca",
        "Data: 13 lipca\nMiejsce: MCSM\nUdział: dwie osoby",
        "Zgłaszamy uwagi\n---------------\n1. Ławki",
    ],
)
def test_what_only_looks_like_a_quote_is_own(text: str) -> None:
    """Colons, labels, rules and arrows of the author's own cut nothing."""
    assert text == own(text, "uwagi")


def test_forwarded_text_is_told_from_quoted() -> None:
    """The same header block begins a forward under Fwd: and a quote under Re:."""
    text = f"Podaję dalej.\n\n{BLOCKS[3]}\n\nProponuję stały konkurs."
    kinds = [[each.kind for each in divide(text, subject)] for subject in ("Fwd: uwagi", "Re: uwagi")]

    assert [[PassageKind.OWN, PassageKind.FORWARD], [PassageKind.OWN, PassageKind.QUOTE]] == kinds


def test_our_letter_below_its_bare_subject_is_a_quote() -> None:
    """A letter of ours that is carried along with nothing but its subject is not the sender's own."""
    text = "Jednak cztery osoby.\n\nTemat: Potwierdzenie udziału [KONS-2023-0036]\n\nPotwierdzamy: dwie osoby."

    assert own(text) == "Jednak cztery osoby."


def test_what_a_forwarded_answer_quotes_is_not_forwarded() -> None:
    """A member's answer is passed on; our announcement below it is what it answers."""
    text = f"Podaję dalej.\n\n{BLOCKS[3]}\n\nProponuję stały konkurs.\n\n{ATTRIBUTIONS[1]}\n{MARKED}\n\nTyle od Jana."
    divided = [(each.kind, "Proponuję" in each.text or "Tyle" in each.text) for each in divide(text, "Fwd: uwagi")]

    assert [
        (PassageKind.OWN, False),
        (PassageKind.FORWARD, True),
        (PassageKind.QUOTE, False),
        (PassageKind.FORWARD, True),
    ] == divided


def test_a_bare_name_above_a_quote_is_a_signature() -> None:
    """Whoever only signs a reply says nothing."""
    divided = divide(f"Anna Wilk\n\n{MARKED}", "Re: Zaproszenie", "Anna Wilk")

    assert [PassageKind.SIGNATURE, PassageKind.QUOTE] == [each.kind for each in divided]
