"""Strangers' text made harmless."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.letters.inert import GONE, LIMIT, inert


@pytest.mark.parametrize(
    "name",
    [
        "Fundacja Kołatka",
        "Stowarzyszenie „Razem” im. św. Jana, oddz. 3",
        "Towarzystwo m.st. Warszawy",
        "Koło im.Kopernika sp. z o.o.",
        "wnioski.pdf",
        "Zał. nr 1 – uwagi_v2.1.docx",
        "KRS 0000123456, 13.07.2023",
        "Ośrodek «Świt» & Spółka <3",
        "Łódź, Zielona Góra",
    ],
)
def test_an_honest_name_keeps_its_spelling(name: str) -> None:
    """Names are facts; only what could be clicked or hidden is touched."""
    assert name == inert(name)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("zobacz https://evil.example/x?y#z teraz", f"zobacz {GONE} teraz"),
        ("HTTP://EVIL.EXAMPLE", GONE),
        ("www.evil.example", GONE),
        ("victim@evil.example", GONE),
        ("mailto:victim", GONE),
        ("javascript:alert(1)", GONE),
        ("ｈｔｔｐ：／／evil.example", GONE),
        ("Portal ngo.pl", "Portal ngo[.]pl"),
        ("(kolatka.org.pl)", "(kolatka[.]org[.]pl)"),
        ("evil.com, evil.shop.", "evil[.]com, evil[.]shop."),
        ("t.co/abc", "t[.]co/abc"),
        ("wnioski.pdf/x", "wnioski[.]pdf/x"),
        ("ｅｖｉｌ．ｃｏｍ", "evil[.]com"),
        ("пример.рф", "пример[.]рф"),
        ("paczka.zip", "paczka[.]zip"),
        ("evil.xn--p1ai", "evil[.]xn--p1ai"),
    ],
)
def test_what_looks_like_a_link_cannot_be_clicked(written: str, shown: str) -> None:
    """Links go; names with dots stay legible and broken."""
    assert shown == inert(written)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a\r\nBcc: x", "a Bcc: x"),
        ("a\x00b\x1b[31mc\x7f", "a b [31mc"),
        ("\u202eexe.fdp\u202c", "exe.fdp"),
        ("a\u200bb\ufeffc\u00ad\u2066d", "abcd"),
        ("a\u2028b\u2029c\u00a0d\u3000e", "a b c d e"),
        ("\ud800x\ue000", "x"),
        ("o\u0308\u0301\u0302\u0303\u0304", "ö\u0301\u0302"),
        (" \t\r\n", ""),
        ("\u200b", ""),
    ],
)
def test_what_cannot_be_seen_is_gone(written: str, shown: str) -> None:
    """Controls, overrides and zero widths can hide or reverse what stands beside them."""
    assert shown == inert(written)


def test_a_long_text_is_cut() -> None:
    """With a sign that it was."""
    assert inert("ab " * 100) == ("ab " * 100)[:79].rstrip() + "…"
    assert inert("a " * 10, 7) == "a a a…"


@given(st.text(alphabet=st.characters(), max_size=400))
def test_any_text_gives_one_harmless_line(text: str) -> None:
    """Whatever it is."""
    line = inert(text)

    assert len(line) <= LIMIT
    assert line == line.strip()
    assert "://" not in line
    assert "@" not in line
    assert not {unicodedata.category(character) for character in line} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@pytest.mark.parametrize("piece", ["a.", "a-", ".", "@", "www.", "a\u0301", "://", "<a "])
def test_hostile_text_costs_no_time(piece: str) -> None:
    """A megabyte of anything is read no further than a name could be long."""
    begun = time.perf_counter()
    inert(piece * (1_000_000 // len(piece)))

    assert time.perf_counter() - begun < 1
