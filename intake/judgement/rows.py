"""People and numbers told in a row: a marked list, a row behind a colon, a chain of people and numbers.

"Ja, doktorant Filip Dobosz oraz troje studentów" are five.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from intake.judgement.clues import Clues
from intake.judgement.numerals import Numeral
from intake.judgement.persons import TITLES, Person, persons
from intake.judgement.sentences import Origin, Sentence, words
from intake.judgement.spoken import LIKELY, MOST, Clause

_NEAR = 3  # words behind a number
_GAP = 6  # words between the links of a chain
_LONGEST = 12  # words of an item that is a person and what they do
_ITEM = 6  # words of an item in a row
_LINES = 400
_MANY = 12  # numbers of a clause; more are a table
_OPENED = 4  # words of what is counted: "pięć osób z naszego koła: …"
_BULLET = re.compile(r"\s{0,8}(?:[-–—•*·▪]|[0-9]{1,2}[.)])\s{0,4}(.{3,110})$")
_FULL_NAME = re.compile(
    r"(?:(?:p|pan|pani|ks|o|dr|s)\.? )?[A-ZĄĆĘŁŃÓŚŹŻ][\w-]{1,30} [A-ZĄĆĘŁŃÓŚŹŻ][\w-]{2,30}\s{0,2}(?:$|[,;(–-])"
)
_COLON = re.compile(r":(?:\s|$)")
_BRACKETED = re.compile(r"\([^()]{0,60}\)")
_OPENS = re.compile(r":\s")
_ASIDE = re.compile(r"\([^()]{0,120}\)|\s[–—-]\s[^,;:]{1,60}")
_PARTED = re.compile(
    r"\s{0,2}(?:,\s{0,2}(?:i|oraz|no i|a także|and|та)\s|[,;+&]|\s(?:i|oraz|plus|and|та|і|a także)\s)\s{0,2}"
)
_STARTS = re.compile(r"(?:[a-ząćęłńóśźż.]{1,20} ){0,2}(?:[A-ZĄĆĘŁŃÓŚŹŻА-ЯІЇЄҐ][\w-]{1,30}|[A-ZŁŚŻ]\.)")
_BOTH = frozenset({"oboje", "obie", "obaj", "obydwoje", "obydwie"})  # counts who was named before
Link = tuple[
    int, int, int, Person | None
]  # first word, word behind the last, how many, who  # first word, word behind the last, how many, who


@dataclass(frozen=True, slots=True)
class Headcount:
    """One reading: how many, what speaks for or against it, and where it stands."""

    value: int | None  # None: the message does not say
    features: tuple[str, ...]
    words: str = ""
    people: tuple[Person, ...] = ()


def listed(text: str, clues: Clues) -> tuple[str, ...]:
    """Return the items of a list of people in *text*, marked or numbered.

    Short lines between the items, such as the name of a group, do not end the list. Behind a colon names in lines of
    their own need no mark: "przyjdą:", "Jan Kos,", "Ewa Lis (czyli ja)".
    """
    best: list[str] = []
    run: list[str] = []
    named: list[str] = []
    opened = False
    for line in text.splitlines()[:_LINES]:
        bare = _BRACKETED.sub("", line[:130]).strip(" ,;.")
        if opened and _FULL_NAME.fullmatch(bare):
            named.append(bare)
        elif line.strip():
            opened = line.rstrip().endswith(":")
            best, named = max(best, named, key=len), []
        item = _BULLET.match(line[:130])
        cell = _cell(item[1]) if item else ""
        if item and _is_person(cell, clues):
            run.append(cell.strip(" .,;"))
        elif item or len(line.split()) > _LONGEST:
            best, run = max(best, run, key=len), []
    best = max(best, run, named, key=len)
    return tuple(best[:MOST]) if len(best) > 1 else ()


def _cell(item: str) -> str:
    """Return what a row of a table begins with: a name and what they are; remarks may be long."""
    cells = [cell.strip() for cell in item.split("|")]
    return ", ".join([cell for cell in cells if cell][:2])


def _is_person(item: str, clues: Clues) -> bool:
    if len(item.split()) > _LONGEST:
        return False
    sentence = Sentence(item, words(item), Origin.OWN, asks=False)
    named = bool(sentence.words) and (bool(persons(sentence, clues)) or any(clues.singular.find(sentence.words)))
    return named or _FULL_NAME.match(item) is not None


def by_list(items: Sequence[str], clauses: Sequence[Clause]) -> Iterator[Headcount]:
    """Return how many the *items* of a list are, which one of *clauses* may open."""
    if len(items) > 1:
        text = ", ".join(items)
        named = all(_FULL_NAME.match(item) for item in items)
        opened = any(one.coming >= LIKELY and _COLON.search(one.sentence.text) is not None for one in clauses)
        told = ("list", f"list of {min(len(items), 6)}", f"list named {named}", f"list opened {opened}")
        yield Headcount(len(items), told, text)
        yield Headcount(len(items) + 1, ("list and writer",), text)


def by_row(clause: Clause, clues: Clues) -> Iterator[Headcount]:
    """Count the items of a row behind a colon or a dash, where each may be a person."""
    text = clause.sentence.text
    colon = _OPENS.search(text)
    if colon is None:
        return
    rest = _ASIDE.sub(" ", text[colon.end() :])
    items = [item.strip(" .–—-") for item in _PARTED.split(rest)]
    items = [item for item in items if item]
    if not 2 <= len(items) <= MOST or not all(_may_be_person(item, clues) for item in items):
        return
    known = sum(_is_person(item, clues) for item in items)
    lead = clause.words[0] if clause.words else ""
    features = ["row", f"row in {clause.mood}", f"row known {round(4 * known / len(items))}", f"~row {lead[:6]}"]
    features.append(f"row coming {any(clues.coming.find(words(text[: colon.start()])))}")
    yield Headcount(len(items), tuple(features), text, clause.people)


def _may_be_person(item: str, clues: Clues) -> bool:
    """Tell whether *item* may be a person: a name after a role at most, a role or the writer."""
    said = words(item)
    if not said or len(said) > _ITEM or any(clues.heads.fullmatch(word) for word in said) or said[0].isdigit():
        return False
    if _STARTS.match(item) and not any(clues.not_names.find(said[:1])):
        return True
    return _is_person(item, clues) or any(word in clues.writer for word in said)


def by_chain(clause: Clause, clues: Clues) -> Iterator[Headcount]:
    """Add up people and numbers that are told one after another: "ja, doktorant Filip Dobosz oraz troje studentów"."""
    every = list(chains(clause, clues))
    for chain in every:
        yield from _of_chain(clause, chain, sum(map(len, every)), clues)


def chains(clause: Clause, clues: Clues) -> Iterator[list[Link]]:
    """Return the people and numbers of *clause* in the rows in which they are told."""
    if len(clause.numbers) > _MANY:
        return
    links: list[Link] = [
        (number.start, number.end, number.value, None)
        for number in clause.numbers
        if clause.words[number.start] not in _BOTH
    ]
    links += [
        (person.start, person.end, 1, person)
        for person in clause.people
        if not (person.absent or person.replaced or person.aside or _is_counted(clause, person))
    ]
    links.sort(key=lambda link: link[0])
    chain: list[Link] = []
    for link in links:
        if chain and not _goes_on(clause, chain[-1][1], link[0], clues):
            yield chain
            chain = []
        chain.append(link)
    if chain:
        yield chain


def _is_counted(clause: Clause, person: Person) -> bool:
    """Tell whether a number counts the person's role: "dwie koleżanki"."""
    if person.name or person.writer:
        return False
    return any(
        0 <= person.start - number.end <= 2 and not _LINKING & set(clause.words[number.end : person.start])
        for number in clause.numbers
    )


_LINKING = frozenset({"i", "oraz", "z", "ze", "wraz", "plus", "a", "and"})


def _goes_on(clause: Clause, end: int, start: int, clues: Clues) -> bool:
    between = clause.words[end:start]
    if len(between) > _GAP or any(word in clues.part or word in clues.total for word in between):
        return False
    if _aside_begins(clause, end, start):
        return False
    linked = any(word in clues.links or word in clues.accompanied for word in between)
    return linked or any(place in clause.parted for place in range(end, start + 1))


def _aside_begins(clause: Clause, end: int, start: int) -> bool:
    """Tell whether a bracket or a colon stands before one of the words from *end* to *start*: what follows explains."""
    return any(place in clause.opened for place in range(end, start + 1))


def _of_chain(clause: Clause, chain: Sequence[Link], links: int, clues: Clues) -> Iterator[Headcount]:
    numbers = [value for _, _, value, person in chain if person is None]
    people = tuple(person for _, _, _, person in chain if person is not None)
    if not numbers or len(chain) < 2 or not people:
        return
    writer = any(person.writer for person in people)
    peopled = all(
        is_peopled(clause, number, clues)
        for number in clause.numbers
        if any(start == number.start for start, *_ in chain)
    )
    features = ["chain", f"chain in {clause.mood}", f"chain peopled {peopled}", f"chain writer {writer}"]
    features += [f"chain numbers {min(len(numbers), 3)}", f"chain whole {len(chain) == links}"]
    last = clause.words[max(0, chain[-1][0] - 2) : chain[-1][0]]
    features.append(f"chain linked {bool((clues.links | clues.accompanied) & set(last))}")
    behind = chain[1][3] if chain[0][3] is None else None
    if behind is not None and adds(clause, behind) and any(clues.coming.find(clause.words)):
        features.append("chain says coming")  # "przyjdzie sześcioro harcerzy oraz drużynowa"
    if len(numbers) == 1 and chain[0][3] is None and not writer:
        together = clause.words[max(0, chain[0][0] - 1) : chain[0][0]] in {("w",), ("we",)}
        if numbers[0] - len(people) in ({0, 1} if together else {0}):
            features.append(
                "chain told by names"
            )  # "dwie osoby, koordynatorka i wolontariusz", "we trójkę z mężem i synem"
    value = sum(one for _, _, one, _ in chain)
    if any(one == value - one for one in numbers):
        features.append("chain told twice")
    yield Headcount(value, tuple(features), clause.sentence.text, people)


def adds(clause: Clause, person: Person) -> bool:
    """Tell whether *person* is added to what stands before: "oraz pani prezes", "wraz z opiekunem"; "z" may not add."""
    place = person.start
    while place and clause.words[place - 1] in _BESIDE_ROLE:
        place -= 1
    before = clause.words[max(0, place - 2) : place]
    if not before or (person.writer and before[-1] in {"z", "ze"}):
        return False
    return before[-1] in _ADDING or before in {("wraz", "z"), ("wraz", "ze"), ("pod", "opieka")}


_ADDING = frozenset({"i", "oraz", "plus", "and", "та", "і"})
_BESIDE_ROLE = TITLES | {
    "nasz",
    "nasza",
    "naszego",
    "naszej",
    "moj",
    "moja",
    "jej",
    "jego",
    "ich",
    "jeden",
    "jedna",
    "jeszcze",
}


def chained(clause: Clause, number: Numeral, clues: Clues) -> bool:
    """Tell whether the writer and the number are told in one row with more: "ja i Maks Tondera oraz dwójka"."""
    own = [chain for chain in chains(clause, clues) if any(link[0] == number.start for link in chain)]
    return any(len(chain) > 2 and any(link[3] is not None and link[3].writer for link in chain) for chain in own)


def opens(clause: Clause, number: Numeral) -> bool:
    """Tell whether the number is told in detail behind a colon or a bracket: "kwartet: trzech trenerów i statystyk"."""
    places = [place for place in clause.opened if number.end <= place <= number.end + _OPENED]
    if not places:
        return False
    behind = [person.start for person in clause.people] + [one.start for one in clause.numbers]
    return sum(place >= places[0] for place in behind) > 1


def is_peopled(clause: Clause, number: Numeral, clues: Clues) -> bool:
    """Tell whether *number* counts people, as far as what follows it says."""
    after = clause.words[number.end : number.end + _NEAR]
    counted = any(hit.start == 0 for hit in clues.counted.find(after))
    return number.collective or counted or not after or after[0] in clues.following
