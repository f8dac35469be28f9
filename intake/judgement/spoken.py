"""The clauses of a message with what the count of those who come asks of each: its mood, its people, its numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from intake.judgement.clues import Clues
from intake.judgement.learned import ACTS, SentenceReading, Weights, read_sentence
from intake.judgement.lexicon import Act, Lexicon
from intake.judgement.numerals import Numeral, numerals
from intake.judgement.persons import Person, persons
from intake.judgement.sentences import Origin, Sentence, words

MOST = 60  # people of one organisation; more is a mistake or a crowd elsewhere
LIKELY, PLAIN = 0.25, 0.6  # of an act
_READ = 60  # clauses of a mail that are searched
_LONG = 7  # words from which a sentence is divided
COMING = (Act.CONFIRM, Act.CHANGE, Act.TENTATIVE, Act.CHOOSE, Act.NEED)
_TURN = re.compile(
    r"\s{0,3}[,;–—(-]{1,3}\s{0,3}(?=(?:ale|lecz|natomiast|więc|wiec|bo|zatem|gdyż|ponieważ|choć|za to|zaś|tylko|który|"
    r"która|którzy|but|so|because|бо|але)\b)|\s{0,3}[;—]\s|(?<=\w)\s{0,3}\((?=[^)]{25})"
)
_DAYS = ("czwart", "srod", "wtor", "piatek", "poniedz", "thursday", "четвер")
_WORD = re.compile(r"[^\W_]+")
_PARTS = re.compile(r"[,:;(+&–—]")
_OPENS = re.compile(r"[:(]")
_FIELD = re.compile(r"[\s>*]*(?:\w{2,12}(?: \w{2,10})?:|-{3,})")  # "Od: …", "---- Wiadomość przekazana ----"
_BEING = ("obecn", "swo", "moj", "osobi", "udzial", "uczestn")
_THIRD = frozenset(
    {"bedzie", "beda", "deklaruje", "potwierdza", "zglasza", "zapewnia", "potwierdzaja", "zglaszaja", "jest"}
)
_ONE_OF = frozenset({(link, whom) for link in ("z", "ze", "of") for whom in ("nich", "nas", "tych", "them", "us")})
_MEASURED = re.compile(r"[0-9][.,:/-]\Z|§ ?\Z")
_MEASURES = re.compile(r"[.,:/][0-9]|-[0-9]| ?%|²")


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause, who and how many it mentions, and what it does."""

    sentence: Sentence
    people: tuple[Person, ...]
    numbers: tuple[Numeral, ...]
    groups: tuple[frozenset[str], ...]  # of the office's words that each word is in
    coming: float  # how likely it speaks of coming
    confirms: float  # how likely it confirms or changes a coming
    mood: str  # coming, declining, proposing or none of these, most likely
    traits: tuple[str, ...]
    speaks: tuple[tuple[int, int], ...]  # where the writer says that they come
    joins: bool  # a verb of coming along is in it
    untold: bool  # it says that the number will be told later
    parted: frozenset[int]  # places of the words before which a comma stands, or another mark that parts
    opened: frozenset[int]  # the same of brackets and colons: what follows explains what stood before

    @property
    def words(self) -> tuple[str, ...]:
        """Return its folded words."""
        return self.sentence.words


def clauses(
    sentences: Sequence[SentenceReading], clues: Clues, lexicon: Lexicon, weights: Weights
) -> tuple[Clause, ...]:
    """Divide *sentences* where they turn ("…, ale …"), and look at each clause.

    Forwarded text is among *sentences* where it is what the sender passes on.
    """
    spoken = [clause for one in sentences if not _is_field(one) for clause in _divided(one, lexicon, weights)][:_READ]
    return tuple(_clause(one, clues, lexicon, last=place == len(spoken)) for place, one in enumerate(spoken, 1))


def _is_field(reading: SentenceReading) -> bool:
    """Tell whether a sentence is of the header of a forwarded message: its date counts nobody."""
    return reading.sentence.origin is Origin.FORWARD and _FIELD.match(reading.sentence.text) is not None


def _divided(reading: SentenceReading, lexicon: Lexicon, weights: Weights) -> Iterator[SentenceReading]:
    sentence = reading.sentence
    parts = [part for part in _TURN.split(sentence.text) if words(part)] if len(sentence.words) >= _LONG else []
    if len(parts) <= 1:
        yield reading
        return
    for place, part in enumerate(parts, 1):
        asks = sentence.asks and place == len(parts)
        yield read_sentence(Sentence(part, words(part), sentence.origin, asks), lexicon, weights)


def _clause(reading: SentenceReading, clues: Clues, lexicon: Lexicon, *, last: bool) -> Clause:
    sentence = reading.sentence
    chances = dict(zip(ACTS, reading.acts, strict=True))
    return Clause(
        sentence=sentence,
        people=persons(sentence, clues),
        numbers=tuple(one for one in numerals(sentence) if one.value <= MOST and not _measures(one, sentence, clues)),
        groups=tuple(lexicon.groups(sentence.words)),
        coming=sum(chances[act] for act in COMING),
        confirms=chances[Act.CONFIRM] + chances[Act.CHANGE] + chances[Act.TENTATIVE],
        mood=_mood(chances),
        traits=tuple(_traits(sentence, chances, clues, last=last)),
        speaks=tuple(_speaking(sentence.words, clues)),
        joins=any(clues.joining.find(sentence.words)),
        untold=any(clues.untold.find(sentence.words)),
        parted=frozenset(_parted(sentence.text, _PARTS)),
        opened=frozenset(_parted(sentence.text, _OPENS)),
    )


def _speaking(told: Sequence[str], clues: Clues) -> Iterator[tuple[int, int]]:
    """Return where the writer says that they come: "przyjdę"; "Fundacja będzie obecna" says it of another."""
    for hit in clues.singular.find(told):
        if not (told[hit.start].startswith(_BEING) and _THIRD & set(told[max(0, hit.start - 3) : hit.end])):
            yield hit.start, hit.end


def _parted(text: str, marks: re.Pattern[str]) -> Iterator[int]:
    if marks.search(text) is None:
        return
    spans = [match.span() for match in _WORD.finditer(text)]
    for place, (one, other) in enumerate(pairwise(spans), 1):
        if marks.search(text, one[1], other[0]):
            yield place


def _mood(chances: dict[Act, float]) -> str:
    told = {
        "coming": sum(chances[act] for act in COMING),
        "declining": chances[Act.DECLINE],
        "proposing": chances[Act.PROPOSE] + chances[Act.ENCLOSE] + chances[Act.PROMISE],
        "other": chances[Act.ELSEWHERE] + chances[Act.ADVERTISE] + chances[Act.MACHINE],
        "asking": chances[Act.ASK],
        "telling": chances[Act.BACKGROUND] + chances[Act.THANK],
    }
    return max(told, key=lambda mood: told[mood])


def _traits(sentence: Sentence, chances: dict[Act, float], clues: Clues, *, last: bool) -> Iterator[str]:
    yield f"o={sentence.origin}"
    for act, chance in chances.items():
        if chance >= LIKELY:
            yield f"A2={act}" if chance >= PLAIN else f"A={act}"
    if sentence.asks:
        yield "asks"
    if any(clues.coming.find(sentence.words)):
        yield "says coming"
    if len(sentence.words) <= 4:
        yield "short"
    if last:
        yield "final"


def _measures(number: Numeral, sentence: Sentence, clues: Clues) -> bool:
    """Tell whether *number* plainly counts something else: an hour, a date, an age, a number of a house."""
    told = sentence.words
    after, before = told[number.end : number.end + 2], told[number.start - 1] if number.start else ""
    if any(hit.start == 0 for hit in clues.measures.find(after)):
        return True
    one_of = number.value == 1 and tuple(after) in _ONE_OF  # "asystentka jednej z nich"
    if one_of or (sentence.origin is Origin.SUBJECT and not _of_people(number, after, clues)):
        return True
    digits = told[number.start]
    if not digits.isdigit():
        return not number.collective and _is_of_a_name(digits, sentence)
    raised = number.start > 2 and told[number.start - 3] == "z" and before == "do"  # "z 1 do 2"
    if (
        (before in clues.hours and not raised)
        or before.isdigit()
        or (after and after[0].isdigit() and not number.signed)
    ):
        return True
    hour = before.startswith(_DAYS) and not any(clues.counted.find(after))  # "czwartek 16"
    return hour or any(
        _MEASURED.search(sentence.text[max(0, place.start() - 3) : place.start()])
        or _MEASURES.match(sentence.text, place.end())
        for place in re.finditer(rf"(?<![0-9]){digits}(?![0-9])", sentence.text)
    )


def _of_people(number: Numeral, after: Sequence[str], clues: Clues) -> bool:
    """Tell whether a number in a subject is one of people: nothing but such a word follows it."""
    return number.collective or not after or after[0] in clues.following or any(clues.counted.find(after[:1]))


def _is_of_a_name(numeral: str, sentence: Sentence) -> bool:
    """Tell whether the numeral is written with a capital within the sentence, as in "Fundacja Cztery Strony"."""
    if sentence.text.isupper():
        return False
    capitals = re.findall(r"(?<=\w )[A-ZŚĆŻ]\w{2,20}|(?<=[„\"])[A-ZŚĆŻ]\w{2,20}", sentence.text)
    return any(numeral in words(capital) for capital in capitals)
