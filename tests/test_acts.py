"""Sentences, phrases of the rules, and what a sentence does."""

from __future__ import annotations

import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.errors import RulesError
from intake.judgement import learned
from intake.judgement.learned import read_sentence
from intake.judgement.lexicon import Act
from intake.judgement.rules import load
from intake.judgement.sentences import MOST, fold, sentences, words

RULES = load(Path(__file__).parents[1] / "rules", ZoneInfo("Europe/Warsaw"))


def phrases(text: str) -> set[str]:
    """Return the acts of the phrases that the rules find in *text*."""
    found: set[str] = set()
    for sentence in sentences(text):
        symbols = RULES.acts.groups(sentence.words)
        found |= {f"{hit.phrase}/{hit.act}" for hit in RULES.acts.find(symbols, asks=sentence.asks)}
    return found


def act(text: str) -> Act:
    """Return what the single sentence *text* does."""
    (sentence,) = sentences(text)
    return read_sentence(sentence, RULES.acts, RULES.learned).act


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Będą 2 os. z Fundacji im. A. Lis. Pozdrawiam.", 2),
        ("Przyjdziemy 13 lipca 2023 r. o godz. 16.00.", 1),
        ("Tak! Będziemy. Gdzie jest parking?", 3),
        ("- krótsze sprawozdania\n- jawne karty\n- małe granty", 3),
        ("Bardzo dziękujemy za zaproszenie na spotkanie, które odbędzie\nsię w czwartek", 1),
        ("", 0),
        (" \n\t\n", 0),
    ],
)
def test_text_is_divided_where_sentences_end(text: str, expected: int) -> None:
    """Abbreviations and wrapped lines do not end a sentence; lists and question marks do."""
    assert expected == len(sentences(text))


def test_a_question_is_marked() -> None:
    """Only the sentence that asks is a question."""
    assert [False, True] == [sentence.asks for sentence in sentences("Będziemy. Czy jest winda?")]


@given(st.text(max_size=400))
def test_any_text_divides_within_bounds(text: str) -> None:
    """Whatever a stranger writes, no sentence is empty, and there are not too many."""
    found = sentences(text)

    assert len(found) <= MOST
    assert all(sentence.words for sentence in found)


@given(st.sampled_from(["Potwierdzamy udział", "Będę na spotkaniu", "Prosimy o ławki", "ŻÓŁTA ĆMA"]))
def test_folding_is_idempotent(text: str) -> None:
    """Folded text folds to itself, and its words are the same."""
    assert fold(text) == fold(fold(text))
    assert words(text) == words(fold(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Potwierdzamy nasz udział", "udzial/confirm"),
        ("potwierdzam udzial", "udzial/confirm"),
        ("POTWIERDZAMY OBECNOŚĆ", "udzial/confirm"),
        ("Potwierdamy udział", "udzial/confirm"),
        ("Nie możemy wziąć udziału", "niemoznosc/decline"),
        ("Nie potwierdzamy naszego udziału", "udzial/decline"),
        ("Nie możemy nie przyjść", "podwojne-przeczenie/confirm"),
        ("Zamiast udziału przesyłamy kilka zdań", "niemoznosc/decline"),
        ("Postaram się przyjść", "warunek/tentative"),
        ("Może przyjdziemy, jeszcze nie wiadomo", "warunek/tentative"),
        ("Czy potwierdzać udział mailem?", "udzial/ask"),
        ("A może ogłaszać konkursy wcześniej?", "propozycja/propose"),
        ("Będziemy na weselu w sobotę", "inne-wydarzenie/elsewhere"),
        ("Mam udział w działce przy lesie", "inne-wydarzenie/elsewhere"),
        ("Propozycja współpracy: pozycjonowanie", "reklama/advertise"),
    ],
)
def test_phrases_follow_inflection_slips_and_negation(text: str, expected: str) -> None:
    """The rules find a phrase inflected, without diacritics or with a slip, and turn it under a negation."""
    assert expected in phrases(text)


def test_a_negated_confirmation_does_not_confirm() -> None:
    """A negation turns the phrase that it governs."""
    assert "udzial/confirm" not in phrases("Nie potwierdzamy naszego udziału")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Potwierdzam udział w spotkaniu.", Act.CONFIRM),
        ("Będziemy we troje.", Act.CONFIRM),
        ("Nie przyjdziemy na spotkanie.", Act.DECLINE),
        ("Musimy zrezygnować z udziału w warsztacie.", Act.DECLINE),
        ("Proponujemy więcej zajęć dla młodzieży.", Act.PROPOSE),
        ("Termin naboru powinien być dłuższy.", Act.PROPOSE),
        ("W załączniku przesyłamy nasze uwagi.", Act.ENCLOSE),
        ("Czy na miejscu jest parking?", Act.ASK),
        ("Dziękuję za zaproszenie.", Act.THANK),
        ("Oferujemy fotowoltaikę z rabatem 20%.", Act.ADVERTISE),
        ("Jestem na urlopie do 20 lipca.", Act.MACHINE),
        ("Wir bieten nichts an.", Act.BACKGROUND),
    ],
)
def test_usual_sentences_are_understood(text: str, expected: Act) -> None:
    """What is said in the usual way is read in the usual way."""
    if expected is not Act.BACKGROUND:
        assert expected == act(text)
    else:
        assert act(text) not in {Act.CONFIRM, Act.DECLINE}


def test_probabilities_are_a_distribution() -> None:
    """The chances of all acts add up to one."""
    (sentence,) = sentences("Przyjdziemy, ale prosimy o windę")
    reading = read_sentence(sentence, RULES.acts, RULES.learned)

    assert abs(1 - sum(reading.acts)) < 1e-9
    assert len(reading.acts) == len(Act)


def test_the_weights_are_written_as_they_are_read(tmp_path: Path) -> None:
    """Writing the table and reading it again changes nothing."""
    path = tmp_path / "weights.tsv"
    path.write_text(learned.written(RULES.learned), encoding="utf-8")

    assert learned.load(path) == RULES.learned


@pytest.mark.parametrize("content", ["", "nothing", "# weights of intake, format 1\nfeature\tw=a\t1\n"])
def test_weights_that_are_none_are_refused(tmp_path: Path, content: str) -> None:
    """A file that is no table of weights stops the program with its name."""
    path = tmp_path / "weights.tsv"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(RulesError, match=r"weights\.tsv"):
        learned.load(path)


@settings(max_examples=8, deadline=None)
@given(st.sampled_from(["nie ", "potwierdzam ", "a", "?", ". ", "\n", "nie potwierdzam udzialu ", "ą", "-- \n"]))
def test_a_megabyte_of_hostile_text_is_read_in_linear_time(piece: str) -> None:
    """A megabyte takes no more than a few seconds, whatever it repeats."""
    text = piece * (1_000_000 // len(piece))
    begun = time.process_time()
    for sentence in sentences(text):
        read_sentence(sentence, RULES.acts, RULES.learned)

    assert time.process_time() - begun < 5
