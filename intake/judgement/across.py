"""Numbers that make a headcount in a roundabout way: so many of each, and who joins as the third.

"Po dwie osoby z każdej z trzech sekcji" are six; with "dołączy trzecia, Ewa Kos" they are three.
"""

from __future__ import annotations

from collections.abc import Iterator

from intake.judgement.numerals import Numeral
from intake.judgement.rows import Headcount
from intake.judgement.spoken import MOST, Clause

_MANY = 6  # numbers of a clause; more are a table
_FAR = 10  # words between how many and of how many
_TWICE = frozenset({"obu", "oba", "obie", "obydwu", "oboje", "both"})
_EACH = ("kazd", "each", "every")
_ORDINALS = {  # folded endings and all: "czwartek" is a day
    **dict.fromkeys(("trzeci", "trzecia", "trzeciego", "trzecie", "third"), 3),
    **dict.fromkeys(("czwarty", "czwarta", "czwartego", "fourth"), 4),
    **dict.fromkeys(("piaty", "piata", "piatego", "fifth"), 5),
    **dict.fromkeys(("szosty", "szosta", "szostego", "sixth"), 6),
    **dict.fromkeys(("siodmy", "siodma", "siodmego", "seventh"), 7),
    **dict.fromkeys(("osmy", "osma", "osmego", "eighth"), 8),
}


def by_ordinal(clause: Clause) -> Iterator[Headcount]:
    """Return the place of who joins: with a third one they are three."""
    for word in clause.words if clause.joins else ():
        if word in _ORDINALS:
            yield Headcount(_ORDINALS[word], ("ordinal", f"ordinal in {clause.mood}"), clause.sentence.text)


def by_product(clause: Clause) -> Iterator[Headcount]:
    """Return each number of *clause* of so many: "po trzech z obu biur"."""
    if len(clause.numbers) <= _MANY:
        for number in clause.numbers:
            yield from _products(clause, number)


def _products(clause: Clause, number: Numeral) -> Iterator[Headcount]:
    told = clause.words
    by = "po" in told[max(0, number.start - 2) : number.start]
    each = any(word.startswith(_EACH) for word in told)
    if not by and not each:
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
            said = ("product", f"product in {clause.mood}", f"product po {by}", f"product each {each}")
            yield Headcount(value, said, clause.sentence.text)
