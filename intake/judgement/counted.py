"""A number as a reading of how many come: what stands around it speaks for or against it.

Beside the number itself: the number and the writer, the number and the people named with it, the sum of several.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from intake.judgement.clues import Clues
from intake.judgement.numerals import Numeral
from intake.judgement.persons import Person
from intake.judgement.rows import Headcount, Link, adds, chained, chains, is_peopled, opens
from intake.judgement.sentences import words
from intake.judgement.spoken import Clause

_NEAR = 3  # words on each side of a number
_WIDE = 7
_EARLIER = 6  # words before a number among which the writer may stand
_GAP = 6  # words between numbers that are added up
_SUMMED = 6  # numbers of a clause among which one may be the sum
_DENIAL = frozenset({"nie", "not", "не"})
_BRACKETS = re.compile(r"\(([^()]{1,200})\)?")
_COLON = re.compile(r": ?[0-9]{1,2}\b")
_FIRST = re.compile(
    r"\b(?:biorę|zabieram|zabiorę|przyprowadz\w{1,2}|wezmę|przywioz\w|ciągnę|przychodzę|jadę|idę|przyjeżdżam|wpadam|"
    r"zjawi\w|zajd\w|stawi\w|biore|zabiore|wezme|ide|jade)\b",
    re.IGNORECASE,
)
_VERBS = frozenset({"come", "be", "take", "confirm", "delegate", "role", "people", "self"})  # of rules/acts.toml
_TOGETHER = frozenset({"we", "czyli", "nas", "jest", "tj"})  # before a number that holds all
_ADDS = frozenset({"i", "oraz", "plus", "jeszcze", "and", "та", "і"})
_BOTH = frozenset({"oboje", "obie", "obaj", "obydwoje", "obydwie"})  # counts who was named before
_BESIDE_ALL = frozenset({"dodatkowo", "oczywiscie", "rowniez", "takze", "osobiscie", "naturalnie", "ewentualnie"})
_VIRILE = frozenset({"dwoch", "trzech", "czterech", "pieciu", "szesciu", "siedmiu", "osmiu"})  # of men
_ME = frozenset({"ja", "siebie", "me", "myself", "я", "podpisany", "podpisana"})


@dataclass(frozen=True, slots=True)
class _Told:
    """A number in its clause, and who is told with it."""

    clause: Clause
    number: Numeral
    before: Sequence[str]
    after: Sequence[str]
    first: bool  # the writer is named near it
    linked: bool  # something links it to what stands before
    total: bool  # it holds all who come
    rowed: bool  # the writer and more people stand in one row with it
    around: tuple[str, ...]  # in company, brought; and whether one or several speak
    one: bool  # the writer speaks of themselves

    @property
    def tied(self) -> bool:
        """Tell whether the writer comes besides the number."""
        return self.first and self.linked and not self.total and not self.rowed


def by_number(clause: Clause, number: Numeral, clues: Clues, place: str) -> Iterator[Headcount]:
    """Return the readings of *number*, which is the first, the last, or the only one: *place*."""
    it = _told(clause, number, clues)
    text = clause.sentence.text
    yield Headcount(number.value, tuple(_features(it, clues, place)), text)
    if it.first or it.linked or it.one:
        said = {"plus": it.linked, "first person": it.first, "tied": it.tied, "signed": number.signed}
        said |= dict.fromkeys(it.around, True)
        said["alone"] = not it.around and not it.first and not it.linked
        said["total"] = bool(clues.total & set(it.before))
        extra = ["number and writer", f"and writer in {clause.mood}"]
        extra += [f"and writer: {name}" for name, holds in said.items() if holds]
        yield Headcount(number.value + 1, tuple(extra), text)
    companions = [person for person in clause.people if not person.writer]
    if 0 < len(companions) <= 8:
        yield from _with_people(clause, number, companions, it.before, clues)


def _told(clause: Clause, number: Numeral, clues: Clues) -> _Told:
    told = clause.words
    before = told[max(0, number.start - _NEAR) : number.start]
    earlier = told[max(0, number.start - _EARLIER) : number.start]
    follows = any(person.writer and person.start >= number.end for person in clause.people)
    follows = follows and _writer_follows(told[number.end : number.end + _EARLIER], clues)
    whole = opens(clause, number) or bool((clues.total | _TOGETHER) & set(before[-1:])) or told[number.start] in _BOTH
    one = bool(clause.speaks) or _FIRST.search(clause.sentence.text) is not None
    speaker = "s" if one else "p" if any(clues.plural.find(told)) else "-"
    company = bool((clues.accompanied | {"soba"}) & set(before[-2:])) and not whole
    brought = any(clues.bringing.find(earlier))
    return _Told(
        clause=clause,
        number=number,
        before=before,
        after=told[number.end : number.end + _NEAR],
        first=follows or bool(clues.writer & set(earlier)) or _own(earlier),
        linked=follows or number.signed or bool(clues.links & set(before)),
        total=whole,
        rowed=chained(clause, number, clues),
        around=tuple(f"{name} {speaker}" for name, holds in (("in company", company), ("brought", brought)) if holds),
        one=one,
    )


def _features(it: _Told, clues: Clues, place: str) -> Iterator[str]:
    clause, number = it.clause, it.number
    written = "d" if clause.words[number.start].isdigit() else "w"
    kind = "c" if number.collective else "+" if number.signed else written
    yield from (f"number {kind}", f"size {_size(number.value)}", f"{kind} in {clause.mood}", place)
    yield from (f"number in {trait}" for trait in (clause.mood, *clause.traits))
    yield from _neighbours(it.before, it.after)
    yield from _said_of(clause, number, it.before, it.after, clues)
    yield from _around(clause, number)
    if number.start == 0 and clause.words[0] in _VIRILE:
        yield "number of men opens"
    if it.tied:
        yield "writer besides"
    yield from (f"number {name}" for name in it.around)
    yield from _beside_others(it, clues)
    if clause.untold:
        yield "number untold"
    if clause.joins:
        yield from ("number joining", f"number joining in {clause.mood}")


def _beside_others(it: _Told, clues: Clues) -> Iterator[str]:
    """Tell how the number stands to the other numbers and to the people of its clause."""
    clause, number = it.clause, it.number
    if opens(clause, number):
        yield "number opens a list"
    elif any(one.end <= number.start and opens(clause, one) for one in clause.numbers):
        yield "number behind a total"
    if _is_part(clause, number, clues):
        yield "number beside another"
    if 2 < len(clause.numbers) <= _SUMMED and not clues.former & set(it.before):
        sums = [one for one in clause.numbers if 2 * one.value == sum(each.value for each in clause.numbers)]
        if number in sums:
            yield "number is the sum"
        elif sums:
            yield "number within the sum"
    if len(clause.numbers) > 1 and _adds_up(clause):
        yield "number added to"
    within = any(_holds(chain, number, clause, clues) for chain in chains(clause, clues))
    if within and not it.total:
        yield from _of_the_chain(clause, number, clues)
    present = {
        person.key
        for person in clause.people
        if not (person.absent or person.replaced or 0 <= person.start - number.end <= 1)
    }
    if 1 < len(present) == number.value and (it.total or not within):
        yield "number told by names"


def _own(earlier: Sequence[str]) -> bool:
    """Tell whether the writer speaks of their own coming and adds others: "przyjście swoje i dwóch koleżanek"."""
    return any(word in _OWN and other in _ADDS for word, other in pairwise(earlier))


_OWN = frozenset({"swoje", "swoja", "swoj", "wlasne", "wlasna", "wlasny"})


def _writer_follows(after: Sequence[str], clues: Clues) -> bool:
    """Tell whether the writer is added behind the number: "czworo radnych plus ja"; "ze mną" is within it."""
    said = [word for word in after if word not in _BESIDE_ALL]
    return any(word in clues.links and other in _ME for word, other in pairwise(said))


def _holds(chain: Sequence[Link], number: Numeral, clause: Clause, clues: Clues) -> bool:
    """Tell whether a chain links the number to people told by name, by role or by "ja"."""
    linked = (clues.links | clues.accompanied) & set(clause.words[chain[0][1] : chain[-1][0]])
    told = any(link[0] == number.start for link in chain) and any(link[3] is not None for link in chain)
    return bool(linked) and told


def _of_the_chain(clause: Clause, number: Numeral, clues: Clues) -> Iterator[str]:
    yield "number within a chain"
    if any(_joins(person, number, clause, clues) for person in clause.people):
        yield "number before somebody"


def _joins(person: Person, number: Numeral, clause: Clause, clues: Clues) -> bool:
    """Tell whether *person* is linked to what the number counts: "sześcioro harcerzy oraz drużynowa"."""
    between = clause.words[number.end : person.start]
    near = 2 <= len(between) <= _JOINED and not (person.absent or person.replaced or person.aside)
    return near and adds(clause, person) and not clues.part & set(between)


_JOINED = 5  # words between a number and who is added to it


def _adds_up(clause: Clause) -> bool:
    """Tell whether a number is added to an earlier one: "do tej trójki proszę dopisać dwie mamy"."""
    first = clause.numbers[0]
    before = clause.words[max(0, first.start - 3) : first.start]
    return "do" in before and any(word.startswith(_ADDING) for word in clause.words)


_ADDING = ("dopis", "dolicz", "dolacz", "doda", "dosz", "dochodz", "dorzuc")


def _is_part(clause: Clause, number: Numeral, clues: Clues) -> bool:
    """Tell whether another number of people is added to this one: "dwie osoby z biura i jedna z zarządu"."""
    if not is_peopled(clause, number, clues):
        return False
    place = clause.numbers.index(number)
    for other in (*clause.numbers[max(0, place - 1) : place], *clause.numbers[place + 1 : place + 2]):
        low, high = sorted((number, other), key=lambda one: one.start)
        between = clause.words[low.end : high.start]
        linked = any(word in _ADDS for word in between) and not clues.part & set(between)
        both = number.collective and other.collective and len(between) > 0 and _comma(clause, low, high)
        if (linked or both) and len(between) <= _GAP and is_peopled(clause, other, clues):
            return not clues.former & set(clause.words[max(0, low.start - 2) : low.start])
    return False


def _comma(clause: Clause, low: Numeral, high: Numeral) -> bool:
    return any(place in clause.parted for place in range(low.end, high.start + 1))


def _with_people(
    clause: Clause, number: Numeral, companions: Sequence[Person], before: Sequence[str], clues: Clues
) -> Iterator[Headcount]:
    brought = all(
        person.start >= number.end and clause.words[person.start - 1] in clues.accompanied for person in companions
    )
    for also in {0, int(len(clause.people) > len(companions))}:
        within = number.value in {len(companions) + also, len(companions)}
        features: tuple[str, ...] = ("number and people", f"number and people {'within' if within else 'besides'}")
        features += ("number and people brought along",) if brought else ()
        if number.signed and any(person.end == number.start for person in companions):
            features += ("number and people signed",)  # "prezes + 1"
        features += (f"number and people writer {also}", *(f"~number and people {word}" for word in before[-2:]))
        value = number.value + len(companions) + also
        yield Headcount(value, features, clause.sentence.text, clause.people)


def _neighbours(before: Sequence[str], after: Sequence[str]) -> list[str]:
    features = [f"~b{place} {word[:6]}" for place, word in enumerate(reversed(before), 1)]
    features += [f"~a{place} {word[:6]}" for place, word in enumerate(after, 1)]
    return features


def _said_of(
    clause: Clause, number: Numeral, before: Sequence[str], after: Sequence[str], clues: Clues
) -> Iterator[str]:
    counted = [hit.start for hit in clues.counted.find(after)]
    near = set(before[-2:])
    inside = words(" ".join(_BRACKETS.findall(clause.sentence.text)))
    said = {
        "counts people": 0 in counted,
        "counts people soon": bool(counted) and 0 not in counted,
        "counts others": any(clues.elsewhere.find(clause.words[max(0, number.start - 5) : number.start])),
        "counts a body": _is_size(before, clues),
        "of a group": bool(before) and before[-1].startswith(_GROUPS),
        "corrected to": before[-1:] == ("na",) and any(word.startswith(_CORRECTING) for word in clause.words),
        "was": bool(clues.former & near),
        "is said": bool(clues.saying & near),
        "of which": bool(clues.part & near),
        "in all": bool(clues.total & set(before)),
        "told earlier": bool((clues.former - clues.links - _DENIAL) & set(clause.words[: number.start])),
        "denied": bool(_DENIAL & set(before[-1:])),
        "stands at the end": not after or after[0] in clues.following,
        "nothing else": len(clause.words) == 1,
        "counts something": 0 not in counted and _is_thing(clause, number, clues),
        "after a colon": _COLON.search(clause.sentence.text) is not None and number.start > 0,
        "in brackets": clause.words[number.start] in inside,
    }
    yield from (name for name, holds in said.items() if holds)


_CORRECTING = ("popraw", "zmien", "zmian", "skoryg", "korekt", "zmniejsz", "zwieksz")
_GROUPS = ("grup", "delegacj", "ekip", "reprezentacj", "przedstawicielstw")  # "zgłaszam grupę 15 seniorów"


def _is_size(before: Sequence[str], clues: Clues) -> bool:
    """Tell whether a verb before the number says how large an organisation is: "zarząd liczy pięć osób"."""
    return bool(before) and before[-1] != "na" and any(clues.sizes.find(before[-2:]))


def _is_thing(clause: Clause, number: Numeral, clues: Clues) -> bool:
    """Tell whether a noun follows the number that is not one for people, as far as the office's words go."""
    if number.end >= len(clause.words):
        return False
    after = clause.words[number.end]
    known = after in clues.following or after in clues.links or clause.groups[number.end] & _VERBS
    return len(after) > 3 and not known and not after.isdigit()


def _around(clause: Clause, number: Numeral) -> Iterator[str]:
    sides = (("gb", range(max(0, number.start - 4), number.start)), ("ga", range(number.end, number.end + 4)))
    for side, places in sides:
        groups = {group for place in places if place < len(clause.groups) for group in clause.groups[place]}
        yield from sorted(f"{side} {group}" for group in groups if group[0] != "=")
    wide = clause.words[max(0, number.start - _WIDE) : number.end + _WIDE]
    yield from sorted({f"~near {word[:5]}" for word in wide if not word.isdigit()})


def _size(value: int) -> str:
    for top, name in ((5, str(value)), (9, "6-9"), (12, "10-12"), (20, "13-20")):
        if value <= top:
            return name
    return "more"


def by_sum(clause: Clause, clues: Clues) -> Iterator[Headcount]:
    """Return the sum of the numbers of *clause*."""
    numbers = clause.numbers
    if 2 <= len(numbers) <= 4:
        between = clause.words[numbers[0].end : numbers[-1].start]
        features = ["sum", f"sum of {len(numbers)}", f"sum in {clause.mood}"]
        features += sorted({f"~sum over {word[:5]}" for word in between[:8]})
        if all(is_peopled(clause, one, clues) for one in numbers):
            features.append("sum of people")
        if all(_is_part(clause, one, clues) for one in numbers):
            features.append("sum of parts")
        if _adds_up(clause):
            features.append("sum added up")
        if between and between[-1] in {"i", "oraz", "plus", "and", "та", "і"}:
            features.append("sum linked")
        yield Headcount(sum(number.value for number in numbers), tuple(features), clause.sentence.text)
