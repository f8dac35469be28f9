"""Numbers as people write them: digits, Polish, English and Ukrainian words, and collective numerals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from intake.judgement.sentences import Sentence, fold

_CARDINALS = {
    1: "jeden jedna jedno jednego jednej jedną jedne jednym one один одна одну",
    2: "dwa dwie dwóch dwoma dwiema dwu two два дві двох",
    3: "trzy trzech trzema trzej three три трьох",
    4: "cztery czterech czterema czterej four чотири чотирьох",
    5: "pięć pięciu pięcioma five п'ять п'яти",
    6: "sześć sześciu six шість шести",
    7: "siedem siedmiu seven сім семи",
    8: "osiem ośmiu eight вісім восьми",
    9: "dziewięć dziewięciu nine дев'ять",
    10: "dziesięć dziesięciu ten десять",
    11: "jedenaście jedenastu eleven",
    12: "dwanaście dwunastu twelve",
    15: "piętnaście piętnastu",
    20: "dwadzieścia dwudziestu",
}
_COLLECTIVES = {
    2: "dwoje dwojga dwójka dwójkę dwójki dwójką dwojgiem dwaj oboje obydwoje duet duecie dwuosobowa dwuosobowe "
    "dwuosobowej dwuosobowy dwuosobową удвох вдвох двоє",
    3: "troje trojga trójka trójkę trójki trójką trzyosobowa trzyosobowej trzyosobowe trzyosobowy tercet trio утрьох "
    "втрьох троє",
    4: "czworo czworga czwórka czwórkę czwórki czwórką czteroosobowa czteroosobowej czteroosobowe kwartet "
    "вчотирьох четверо",
    5: "pięcioro pięciorga piątka piątkę piątką pięcioosobowa pięcioosobowej п'ятеро вп'ятьох",
    6: "sześcioro sześciorga szóstka szóstkę szóstką sześcioosobowa półtuzina шестеро",
    7: "siedmioro siedmiorga siódemka siódemkę siódemką siedmioosobowa семеро",
    8: "ośmioro ośmiorga ósemka ósemkę ósemką ośmioosobowa восьмеро",
    9: "dziewięcioro dziewiątka dziewiątkę",
    10: "dziesięcioro dziesiątka dziesiątkę",
    11: "jedenaścioro",
    12: "dwanaścioro tuzin",
}
_WORDS = {fold(word).replace("'", ""): value for value, line in _CARDINALS.items() for word in line.split()}
_GROUPS = {fold(word).replace("'", ""): value for value, line in _COLLECTIVES.items() for word in line.split()}
_OTHERS = ("godz", "dni", "tygod", "mies", "lat", "rok", "miejsc", "grup", "spraw", "temat", "konkurs", "punkt", "etap")
_SIGNED = re.compile(r"\+\s{0,2}([0-9]{1,2})(?![0-9])")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number, and the words of the sentence from *start* to before *end* that say it."""

    value: int
    start: int
    end: int
    collective: bool  # said of people only
    signed: bool = False  # "+2"


def numerals(sentence: Sentence) -> Iterator[Numeral]:
    """Find the numbers from 1 to 99 in *sentence*."""
    words = sentence.words
    plus = {match[1] for match in _SIGNED.finditer(sentence.text)}
    for place, word in enumerate(words):
        previous = words[place - 1] if place else ""
        if word in _GROUPS:
            yield Numeral(_GROUPS[word], place, place + 1, collective=True)
        elif word in _WORDS:
            value = _WORDS[word]
            together = previous in {"we", "w", "nas"} or (previous == "my" and value > 1)
            hours = place + 1 < len(words) and words[place + 1].startswith(_OTHERS)
            yield Numeral(value, place, place + 1, collective=together and value > 1 and not hours)
        elif word.isascii() and word.isdigit() and 1 <= len(word) <= 2 and 0 < int(word) < 100:
            yield Numeral(int(word), place, place + 1, collective=False, signed=word in plus)
