"""Short words of staff become orders, and what is not understood is said back."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.judgement.orders import Action, Order, parse
from intake.judgement.rules import load
from intake.judgement.values import Category

WORDS = load(Path(__file__).parents[1] / "rules", ZoneInfo("Europe/Warsaw")).orders
A = Action


def told(order: Order) -> tuple[object, ...]:
    """Return what matters of an order: action, what it is about, and its value."""
    about: object = order.numbers or order.cases or ("all" if order.everything else ())
    value = order.category or order.text or order.reason
    return (order.action, about, order.number if value is None or value == "" else value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 tak", [(A.YES, (1,), None)]),
        ("1 Tak.", [(A.YES, (1,), None)]),
        ("1tak", [(A.YES, (1,), None)]),
        ("1) tak\n2) nie", [(A.YES, (1,), None), (A.NO, (2,), None)]),
        ("pkt 1 tak", [(A.YES, (1,), None)]),
        ("nr 7: tak", [(A.YES, (7,), None)]),
        ("1 tak, 3 zmiana", [(A.YES, (1,), None), (A.CHANGE, (3,), None)]),
        ("1 tak 2 nie 3 gotowe", [(A.YES, (1,), None), (A.NO, (2,), None), (A.DONE, (3,), None)]),
        ("1-3 tak", [(A.YES, (1, 2, 3), None)]),
        ("1 – 3 tak", [(A.YES, (1, 2, 3), None)]),
        ("1, 2 i 5 tak", [(A.YES, (1, 2, 5), None)]),
        ("1, 2, 5: nie", [(A.NO, (1, 2, 5), None)]),
        ("wszystkie tak", [(A.YES, "all", None)]),
        ("WSZYSTKIE TAK", [(A.YES, "all", None)]),
        ("2 załatwione", [(A.DONE, (2,), None)]),
        ("2 odpowiedziano", [(A.DONE, (2,), None)]),
        ("3 osobno", [(A.SEPARATE, (3,), None)]),
        ("4 propozycja", [(A.CATEGORY, (4,), Category.PROPOSAL)]),
        ("4 to propozycja", [(A.CATEGORY, (4,), Category.PROPOSAL)]),
        ("3 udział i propozycja", [(A.CATEGORY, (3,), Category.MIXED)]),
        ("4 inne, 5 pytanie", [(A.CATEGORY, (4,), Category.UNRELATED), (A.CATEGORY, (5,), Category.QUESTION)]),
        ("6 rezygnacja", [(A.CATEGORY, (6,), Category.CANCELLATION)]),
        ("6 automat", [(A.CATEGORY, (6,), Category.AUTOMATIC)]),
        ("5: 4 osoby", [(A.PEOPLE, (5,), 4)]),
        ("5 osób 4", [(A.PEOPLE, (5,), 4)]),
        ("5 osoby: 12", [(A.PEOPLE, (5,), 12)]),
        ("5 3 osoby, 6 tak", [(A.PEOPLE, (5,), 3), (A.YES, (6,), None)]),
        ("KONS-2023-0042 3 osoby", [(A.PEOPLE, ("KONS-2023-0042",), 3)]),
        ("KONS-2023-0042: organizacja Klub X", [(A.ORGANISATION, ("KONS-2023-0042",), "Klub X")]),
        ("5 organizacja Fundacja X, Toruń", [(A.ORGANISATION, (5,), "Fundacja X, Toruń")]),
        ("5 organizacja: Fundacja X; 6 tak", [(A.ORGANISATION, (5,), "Fundacja X"), (A.YES, (6,), None)]),
        ("5 nazwa Klub 60 plus, 6 tak", [(A.ORGANISATION, (5,), "Klub 60 plus"), (A.YES, (6,), None)]),
        ("5 temat seniorzy, forum", [(A.TOPIC, (5,), "seniorzy, forum")]),
        ("5 adres Kto@Gdzie.example", [(A.ADDRESS, (5,), "kto@gdzie.example")]),
        ("1 przyjmij, bo dzwonili przed terminem", [(A.ADMIT, (1,), "dzwonili przed terminem")]),
        ("13 nie bo brak miejsc", [(A.NO, (13,), "brak miejsc")]),
        ("2 odpowiedz", [(A.ANSWER, (2,), None)]),
        ("6 wyślij", [(A.SEND, (6,), None)]),
        ("nie odpowiadaj kto@gdzie.example", [(A.SILENCE, (), "kto@gdzie.example")]),
        ("nie odpowiadaj na adres kto@gdzie.example", [(A.SILENCE, (), "kto@gdzie.example")]),
        ("7 nie odpowiadaj", [(A.SILENCE, (7,), None)]),
        ("cofnij", [(A.UNDO, (), None)]),
        ("cofnij 3", [(A.UNDO, (3,), None)]),
        ("cofnij 2, 3", [(A.UNDO, (2, 3), None)]),
        ("tel.: Fundacja X, 2 osoby", [(A.ENTER, (), "Fundacja X, 2 osoby")]),
        ("Poczta: Klub Y proponuje ławki", [(A.ENTER, (), "Klub Y proponuje ławki")]),
        ("osobiście: pani Nowak, 1 osoba", [(A.ENTER, (), "pani Nowak, 1 osoba")]),
        ("Dzień dobry,\n1 tak\nPozdrawiam\nKinga Dąbrowska\ntel. 56 611 87 24", [(A.YES, (1,), None)]),
        ("1 tak\n-- \nKinga, 2 nie", [(A.YES, (1,), None)]),
        ("4", [(A.UNKNOWN, (4,), None)]),
        ("proszę zadzwonić do pani Nowak", [(A.UNKNOWN, (), None)]),
        ("", []),
        ("Dzień dobry", []),
    ],
)
def test_what_staff_write_is_understood(text: str, expected: list[tuple[object, ...]]) -> None:
    """In the order in which it stands, each order with what it is about."""
    assert expected == [told(order) for order in parse(text, WORDS)]


@pytest.mark.parametrize("text", ["1 tak bez listu", "bez listu\n1 tak", "1 tak, po cichu"])
def test_an_order_may_say_that_nobody_is_told(text: str) -> None:
    """For one line, or on a line of its own for all that follows and precedes."""
    (order,) = parse(text, WORDS)

    assert (Action.YES, True) == (order.action, order.silent)


def test_a_channel_is_recorded() -> None:
    """Three ways other than mail."""
    found = [parse(f"{word}: Klub X, 2 osoby", WORDS)[0].channel for word in ("telefon", "list", "w urzędzie")]

    assert ["phone", "post", "in_person"] == found


@given(st.text(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_to_its_end(text: str) -> None:
    """Nothing that anybody writes raises, and no order is about nothing that was said."""
    for order in parse(text, WORDS):
        assert order.words or order.action is Action.UNKNOWN


def test_a_long_letter_is_read_in_part() -> None:
    """What no person writes costs no time."""
    assert 100 >= len(parse("1 tak, " * 100_000, WORDS))
