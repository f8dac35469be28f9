"""Numbers that make a headcount only together: so many of each, so many less, so many more in another sentence.

"Po dwie osoby z każdej z trzech sekcji" are six; "miał być tuzin, dwie panie wyjeżdżają" are ten.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from intake.judgement.clues import Clues
from intake.judgement.numerals import Numeral
from intake.judgement.rows import Headcount, is_peopled
from intake.judgement.spoken import MOST, Clause

_MANY = 6  # numbers of a message; more are a table
_FAR = 10  # words between how many and of how many
_TWICE = frozenset({"obu", "oba", "obie", "obydwu", "oboje", "both"})
_EACH = ("kazd", "each", "every")
_ORDINALS = {
    "trzeci": 3,
    "czwarta": 4,
    "czwarty": 4,
    "czwarte": 4,
    "piata": 5,
    "piaty": 5,
    "szost": 6,
    "siodm": 7,
    "osm": 8,
}  # folded; "czwartek" is a day
_ORDINAL = 9  # letters of the longest
_LEAVING = (  # folded beginnings of verbs: somebody drops out
    *("odpad", "odlicz", "odejm", "wykrusz", "rezygn", "wypad", "wyjezdz", "wyjech", "choruj", "rozchor", "ubyw"),
    *("ubyl", "skresl", "wykresl", "zachorow", "odchod", "ubedz", "minus", "mniej", "zostaja w domu", "zarazil"),
)
_ADDING = (
    *("dopis", "dolicz", "dolacz", "doda", "dosz", "dochodz", "dorzuc", "dojd", "dodatk", "wiecej", "jeszcze"),
    *("takze", "rowniez", "liczniej", "plus", "ponadto", "oprocz", "poza"),
)


def by_numbers(clauses: Sequence[Clause], clues: Clues) -> Iterator[Headcount]:
    """Return what the numbers of all *clauses* come to together: products, differences, sums over sentences."""
    yield from (one for clause in clauses if clause.joins for one in _ordinals(clause))
    told = [(place, clause, number) for place, clause in enumerate(clauses) for number in clause.numbers]
    if not 0 < len(told) <= _MANY:
        return
    for _, clause, number in told:
        yield from _products(clause, number)
    for at, clause, number in told:
        for later, behind, other in told:
            if (later, other.start) > (at, number.start):
                yield from _pair(clause, number, behind, other, clues)


def _ordinals(clause: Clause) -> Iterator[Headcount]:
    """Return the place of who joins: with a third one they are three."""
    for word in clause.words:
        value = next((number for stem, number in _ORDINALS.items() if word.startswith(stem)), None)
        if value is not None and len(word) <= _ORDINAL and not word.startswith("czwartek"):
            yield Headcount(value, ("ordinal", f"ordinal in {clause.mood}"), clause.sentence.text)


def _products(clause: Clause, number: Numeral) -> Iterator[Headcount]:
    """Return *number* of each: "po trzech z obu biur"."""
    told = clause.words
    each = "po" in told[max(0, number.start - 2) : number.start]
    everyone = any(word.startswith(_EACH) for word in told)
    if not each and not everyone:
        return
    near = told[max(0, number.start - _FAR) : number.end + _FAR]
    factors = {2} if _TWICE & set(near) else set()
    factors |= {
        one.value
        for one in clause.numbers
        if one is not number and max(one.start - number.end, number.start - one.end) <= _FAR
    }
    for factor in sorted(factors):
        value = number.value * factor
        if 1 < value <= MOST:
            said = ["product", f"product in {clause.mood}", f"product po {each}", f"product each {everyone}"]
            yield Headcount(value, tuple(said), clause.sentence.text)


def _pair(clause: Clause, number: Numeral, behind: Clause, other: Numeral, clues: Clues) -> Iterator[Headcount]:
    """Return *number* less or more than before by the *other*, which stands *behind* it."""
    same = "same" if behind is clause else "later"
    around = behind.words[max(0, other.start - _FAR) : other.end + _FAR]
    counted = sum((is_peopled(clause, number, clues), is_peopled(behind, other, clues)))
    traits = (f"clauses {clause.mood} {behind.mood}", f"of people {counted}", same)
    if number.value > other.value:
        leaving = any(word.startswith(_LEAVING) for word in around)
        said = ("difference", f"difference leaving {leaving}", *(f"difference {trait}" for trait in traits))
        yield Headcount(number.value - other.value, said, behind.sentence.text)
    if behind is not clause and number.value + other.value <= MOST:
        adding = behind.joins or any(word.startswith(_ADDING) for word in around)
        said = ("sum over clauses", f"sum over clauses adding {adding}", *(f"over clauses {trait}" for trait in traits))
        yield Headcount(number.value + other.value, said, behind.sentence.text)
