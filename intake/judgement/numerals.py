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
    13: "trzynaście trzynastu thirteen",
    14: "czternaście czternastu fourteen",
    15: "piętnaście piętnastu fifteen",
    16: "szesnaście szesnastu sixteen",
    17: "siedemnaście siedemnastu",
    18: "osiemnaście osiemnastu",
    19: "dziewiętnaście dziewiętnastu",
    20: "dwadzieścia dwudziestu dwudziestoma twenty двадцять",
    30: "trzydzieści trzydziestu thirty тридцять",
    40: "czterdzieści czterdziestu forty сорок",
    50: "pięćdziesiąt pięćdziesięciu fifty",
    60: "sześćdziesiąt sześćdziesięciu",
    70: "siedemdziesiąt siedemdziesięciu",
    80: "osiemdziesiąt osiemdziesięciu",
    90: "dziewięćdziesiąt dziewięćdziesięciu",
}
_COLLECTIVES = {
    2: "dwoje dwojga dwojgu dwójka dwójkę dwójki dwójką dwójce dwojgiem dwaj oboje obydwoje obojgiem obie obydwie obaj "
    "duet duecie samowtór parka удвох вдвох двоє",
    3: "troje trojga trojgu trojgiem trzej trójka trójkę trójki trójką trójce tercet trio утрьох втрьох троє",
    4: "czworo czworga czworgu czworgiem czterej czwórka czwórkę czwórki czwórką czwórce kwartet вчотирьох четверо",
    5: "pięcioro pięciorga pięciorgu pięciorgiem piątka piątkę piątką piątki piątce kwintet пятеро впятьох ятеро ятьох",
    6: "sześcioro sześciorga sześciorgu sześciorgiem szóstka szóstkę szóstką szóstki półtuzina półtuzin шестеро",
    7: "siedmioro siedmiorga siedmiorgiem siódemka siódemkę siódemką siódemki семеро",
    8: "ośmioro ośmiorga ośmiorgiem ósemka ósemkę ósemką ósemki восьмеро",
    9: "dziewięcioro dziewięciorga dziewięciorgiem dziewiątka dziewiątkę dziewiątką dziewiątki",
    10: "dziesięcioro dziesięciorga dziesięciorgiem dziesiątka dziesiątkę dziesiątką dziesiątki",
    11: "jedenaścioro jedenaściorga",
    12: "dwanaścioro dwanaściorga tuzin",
    13: "trzynaścioro",
    14: "czternaścioro",
    15: "piętnaścioro",
}
_PAIRS = frozenset(fold("para pary par parą parę pair pairs małżeństwo małżeństwa małżeństw małżeństwem").split())
_THINGS = frozenset(  # what is told in pairs and is no couple of people
    fold(
        "skarpet butów rąk okularów spodni rękawic nożyczek kapci minut godzin dni lat zdań słów uwag tygodni złotych"
    ).split()
)
_TENS = frozenset(range(20, 100, 10))
_WORDS = {fold(word).replace("'", ""): value for value, line in _CARDINALS.items() for word in line.split()}
_GROUPS = {fold(word).replace("'", ""): value for value, line in _COLLECTIVES.items() for word in line.split()}
_HALF, _DOZEN = frozenset({"pol"}), frozenset({"tuzina", "tuzinem"})
_OTHERS = (
    *("godz", "egzempl", "kopi", "wersj", "slow", "zdani", "jezy", "dni", "tygod", "miesi", "lat", "rok", "miejsc"),
    *("grup", "spraw", "temat", "konkurs", "punkt", "etap"),
)
_STEMS = ("dwu", "trzy", "cztero", "piecio", "szescio", "siedmio", "osmio", "dziewiecio", "dziesiecio")
_STRONG = {stem: value for value, stem in enumerate(_STEMS, 2)}
_PERSONS = re.compile(rf"({'|'.join(_STEMS)})osobow\w{{1,4}}")  # "trzyosobowo", "w sześcioosobowym składzie"
_TIMES = re.compile(r"([1-9][0-9]?)(?:x|os|osoby|osob)|x([1-9][0-9]?)")  # "2x", "3os."
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
    """Find the numbers from 1 to 99 in *sentence*; a couple is two, half a dozen six."""
    words = sentence.words
    plus = {match[1] for match in _SIGNED.finditer(sentence.text)}
    place = 0
    while place < len(words):
        found = _spelled(words, place) or _digits(words[place], place, plus)
        if found:
            yield found
        place = found.end if found else place + 1


def _spelled(words: tuple[str, ...], place: int) -> Numeral | None:
    word = words[place]
    previous = words[place - 1] if place else ""
    following = words[place + 1] if place + 1 < len(words) else ""
    if word in _HALF and following in _DOZEN:
        return Numeral(6, place, place + 2, collective=True)
    group = 2 if word in _PAIRS and following not in _THINGS else _GROUPS.get(word) or _strong(word)
    if group is not None:
        return Numeral(group, place, place + 1, collective=True)
    if word not in _WORDS:
        return None
    return _cardinal(_WORDS[word], previous, following, place)


def _strong(word: str) -> int | None:
    match = _PERSONS.fullmatch(word)
    return _STRONG[match[1]] if match else None


def _cardinal(value: int, previous: str, following: str, place: int) -> Numeral:
    if value > 1 and following in _PAIRS:
        return Numeral(2 * value, place, place + 2, collective=True)
    unit = _WORDS.get(following) or _GROUPS.get(following)
    if value in _TENS and unit is not None and unit < min(_TENS) // 2:
        return Numeral(value + unit, place, place + 2, collective=following in _GROUPS)
    together = previous in {"we", "w", "nas"} or (previous == "my" and value > 1)
    hours = following.startswith(_OTHERS) if following else False
    return Numeral(value, place, place + 1, collective=together and value > 1 and not hours)


def _digits(word: str, place: int, plus: set[str]) -> Numeral | None:
    times = _TIMES.fullmatch(word)
    if times:
        return Numeral(int(times[1] or times[2]), place, place + 1, collective="o" in word)
    if word.isascii() and word.isdigit() and 1 <= len(word) <= 2 and 0 < int(word) < 100:
        return Numeral(int(word), place, place + 1, collective=False, signed=word in plus)
    return None
