"""Where the sender's own words end, and where they go on."""

from __future__ import annotations

import pytest

from intake.mail.message import PassageKind
from intake.mail.signing import divide_own


def passages(text: str, author: str = "") -> list[tuple[str, str]]:
    """Return kinds and texts."""
    return [(each.kind.value, each.text) for each in divide_own(text, author)]


SIGNED = [
    ("Będę.\n\nPozdrawiam\nJan Kos", "Pozdrawiam\nJan Kos"),
    ("Będę.\nJan", "Jan"),
    ("Będę.\nR.", "R."),
    ("Będę.\n\nbuziaki, G.", "buziaki, G."),
    ("Będę.\n\nKos, Klub Wędkarski", "Kos, Klub Wędkarski"),
    ("Będę.\n\nks. Jan Kos\nParafia św. Anny", "ks. Jan Kos\nParafia św. Anny"),
    ("Będę.\n\nSekretariat\nFundacja Arka", "Sekretariat\nFundacja Arka"),
    ("Będę.\n\nW imieniu zarządu\nJan Kos, skarbnik", "W imieniu zarządu\nJan Kos, skarbnik"),
    ("Będę.\n\nJan Kos\n\n-- \nFundacja Arka", "Jan Kos\n\n-- \nFundacja Arka"),
    ("Будемо вдвох.\n\nЗ повагою,\nОксана Гайдук", "З повагою,\nОксана Гайдук"),
    ("We will come.\n\nKind regards,\nSeun Adeyinka", "Kind regards,\nSeun Adeyinka"),
    ("Będę.\n\nZ szachowym pozdrowieniem\nTomasz Gręda", "Z szachowym pozdrowieniem\nTomasz Gręda"),
    ("Będę.\n\nŁączę wyrazy szacunku\ndr Maria Lewicka-Pająk", "Łączę wyrazy szacunku\ndr Maria Lewicka-Pająk"),
]


@pytest.mark.parametrize(("text", "signature"), SIGNED)
def test_a_signature_is_told_from_what_is_said(text: str, signature: str) -> None:
    """Names, formulas and organisations in the last lines are the signature, and all else is own."""
    assert [("own", text.split("\n", 1)[0]), ("signature", signature)] == passages(text, "Kos")


OWN = [
    "Dzień dobry,\n\nPotwierdzam",
    "Zgłaszam udział:\nAnna Nowak",
    "Przyjdą dwie osoby.\nAnna Nowak\nJan Nowak",
    "Obecni będą\nAnna Nowak – prezes\nJan Kos – skarbnik",
    "Nasza lista:\n\n* Anna Nowak\n* o. Rajmund Cieśla",
    "Dzień dobry,\n\nFundacja Arka\n2 osoby",
    "Dzień dobry,\n\nAnna Nowak, Jan Kos, Ewa Lis",
    "Pozdrawiam serdecznie i potwierdzam obecność",
    "Z poważaniem odnosimy się do pracy urzędu i\nproponujemy zmiany.",
    "Wysłane z telefonu, więc krótko: będę.",
    "Wysłane z prośbą o potwierdzenie dwóch osób",
    "Uwaga: brak punktu informacyjnego.",
    "Proponujemy:\n\nZgodnie z art. 5a ustawy zlecać zadania publiczne.",
    "Dbajmy o środowisko, czyli sadźmy drzewa.",
    "Zgodnie z art. 17 RODO proszę o usunięcie moich danych osobowych.",
    "Do zobaczenia w czwartek!",
]


@pytest.mark.parametrize("text", OWN)
def test_what_is_said_is_not_cut(text: str) -> None:
    """Lists of people, counts, formulas in sentences and talk of law stay the sender's own."""
    assert [("own", text)] == passages(text)


@pytest.mark.parametrize(
    "text", ["Przyjdą\nAnna Nowak i Jan Kos", "Obecna będzie\nAnna Nowak", "Przyjdzie też\nAnna Nowak"]
)
def test_the_sender_among_those_who_come_is_said(text: str) -> None:
    """The sender's own name is no signature where it completes a sentence."""
    assert [("own", text)] == passages(text, "Anna Nowak")


def test_words_below_a_signature_are_own_again() -> None:
    """A postscript and a sentence below the signature are said."""
    text = "Będę.\n\nPozdrawiam\nJan Kos\n\nPS. Jednak będą trzy osoby.\n"

    assert ["own", "signature", "own"] == [kind for kind, _ in passages(text)]


def test_a_footer_stands_below_a_signature() -> None:
    """The signature above a line of the phone and a legal notice is found."""
    text = "Będę.\n\nJan Kos\n\nWysłane z iPhone'a\n\nTa wiadomość jest poufna.\nPotwierdzenie udziału."

    assert ["own", "signature", "footer", "footer"] == [kind for kind, _ in passages(text)]


def test_the_display_name_tells_who_signs() -> None:
    """A single surname is a signature where the sender is called so, and a word where not."""
    text = "Co mam z tym zrobić?\nĆwiek"

    assert [PassageKind.OWN, PassageKind.SIGNATURE] == [each.kind for each in divide_own(text, "Kazimierz Ćwiek")]
    assert [PassageKind.OWN] == [each.kind for each in divide_own(text, "Biuro")]


def test_a_notice_below_a_quote_is_a_footer() -> None:
    """A server writes it below everything; the sender said nothing there."""
    notice = "Niniejsza wiadomość jest przeznaczona wyłącznie dla adresata."

    assert [PassageKind.FOOTER] == [each.kind for each in divide_own(notice, below=True)]
    assert [PassageKind.OWN] == [each.kind for each in divide_own(notice)]


def test_what_was_typed_and_what_the_program_adds_are_both_signatures() -> None:
    """The name typed above the program's signature is not what the sender says."""
    for added in ("Z poważaniem\nAnna Wilk\nFundacja Nowy Brzeg", "-- \nAnna Wilk\ntel. 56 000 00 00"):
        divided = divide_own(f"Będą dwie osoby.\n\nAnna Wilk\n\n{added}", "Anna Wilk")

        assert [PassageKind.OWN, PassageKind.SIGNATURE] == [each.kind for each in divided][:2]
        assert "Będą dwie osoby." == divided[0].text


def test_names_of_those_who_come_are_no_second_signature() -> None:
    """A list above the closing formula is what the sender says, the sender's name in it or not."""
    text = "Będą:\nAnna Wilk\nJan Kos\n\nPozdrawiam\nAnna Wilk"

    assert "Będą:\nAnna Wilk\nJan Kos" == divide_own(text, "Anna Wilk")[0].text
