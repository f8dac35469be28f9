"""Every way in which a message can be read to say how many come, each with what speaks for it.

A number, a number and the writer, a sum, a number and the people named beside it, a list, any set of the people
mentioned, or nobody counted. ``people`` chooses among these readings by learned weights. A feature that begins with a
tilde is a word as it stands; it counts less than what the office's file says of words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from intake.judgement.clues import Clues
from intake.judgement.mentions import Mention, Signers, mentions, several
from intake.judgement.numerals import Numeral
from intake.judgement.persons import Person, persons
from intake.judgement.sentences import Origin, Sentence, words
from intake.judgement.spoken import LIKELY, MOST, Clause

_NEAR = 3  # words on each side of a number
_WIDE = 7
_EARLIER = 6  # words before a number among which the writer may stand
_LONGEST = 12  # words of an item that is a person and what they do
_LINES = 400
_BULLET = re.compile(r"\s{0,8}(?:[-–—•*·▪]|[0-9]{1,2}[.)])\s{0,4}(.{3,110})$")
_FULL_NAME = re.compile(
    r"(?:(?:p|pan|pani|ks|o|dr|s)\.? )?[A-ZĄĆĘŁŃÓŚŹŻ][\w-]{1,30} [A-ZĄĆĘŁŃÓŚŹŻ][\w-]{2,30}\s{0,2}(?:$|[,;(–-])"
)
_DENIAL = frozenset({"nie", "not", "не"})
_BRACKETS = re.compile(r"\(([^()]{1,200})\)?")


@dataclass(frozen=True, slots=True)
class Headcount:
    """One reading: how many, what speaks for or against it, and where it stands."""

    value: int | None  # None: the message does not say
    features: tuple[str, ...]
    words: str = ""
    people: tuple[Person, ...] = ()


def readings(
    clauses: Sequence[Clause], items: Sequence[str], signers: Signers, clues: Clues, *, earlier: bool = False
) -> tuple[Headcount, ...]:
    """Return all readings; *items* are those of a list of people, *earlier* says that a case is continued."""
    found: list[Headcount] = []
    counted = any(_counts(clause, number, clues) for clause in clauses for number in clause.numbers)
    total = sum(len(clause.numbers) for clause in clauses)
    seen = 0
    for clause in clauses:
        for number in clause.numbers:
            found += _by_number(clause, number, clues, _place(seen, total))
            seen += 1
        found += _by_sum(clause, clues)
        found += _by_row(clause, clues)
    found += _by_list(items)
    found += _by_mentions(mentions(clauses, signers, clues), total, counted=counted)
    found.append(_nobody(clauses, total, items, clues, earlier=earlier, counted=counted))
    return tuple(_agreeing(found))


def _counts(clause: Clause, number: Numeral, clues: Clues) -> bool:
    """Tell whether *number* plainly counts who comes: people, in a clause about coming."""
    if clause.mood != "coming" or number.value == 1:
        return False
    after = clause.words[number.end : number.end + _NEAR]
    return number.collective or any(hit.start == 0 for hit in clues.counted.find(after))


def _place(seen: int, total: int) -> str:
    if total == 1:
        return "only number"
    return "first number" if seen == 0 else "last number" if seen == total - 1 else "one of numbers"


def _by_number(clause: Clause, number: Numeral, clues: Clues, place: str) -> Iterator[Headcount]:
    told = clause.words
    before = told[max(0, number.start - _NEAR) : number.start]
    after = told[number.end : number.end + _NEAR]
    kind = "c" if number.collective else "+" if number.signed else "d" if told[number.start].isdigit() else "w"
    text = clause.sentence.text
    earlier = told[max(0, number.start - _EARLIER) : number.start]
    follows = _writer_follows(told[number.end : number.end + _EARLIER], clues)
    first = follows or bool(clues.writer & set(earlier))
    linked = follows or number.signed or bool(clues.links & set(before))
    features = [f"number {kind}", f"size {_size(number.value)}", f"{kind} in {clause.mood}", place]
    features += [f"number in {trait}" for trait in (clause.mood, *clause.traits)]
    features += [*_neighbours(before, after), *_said_of(clause, number, before, after, clues), *_around(clause, number)]
    told_all = bool((clues.total | _TOGETHER) & set(before[-1:]))
    tied = first and linked and not told_all and not (number.collective and follows)
    if tied:
        features.append("writer besides")
    company = bool((clues.accompanied | {"soba", "sobą"}) & set(before[-2:])) and not told_all
    brought = any(clues.bringing.find(earlier))
    speaker = (
        "s" if any(clues.singular.find(told)) or _FIRST.search(text) else "p" if any(clues.plural.find(told)) else "-"
    )
    around = [f"{name} {speaker}" for name, holds in (("in company", company), ("brought", brought)) if holds]
    features += [f"number {name}" for name in around]
    others = [one.value for one in clause.numbers if one is not number]
    if len(others) > 1 and sum(others) == number.value:
        features.append("number is the sum")
    elif any(
        one.value == sum(other.value for other in clause.numbers if other is not one)
        for one in clause.numbers
        if len(others) > 1 and one is not number
    ):
        features.append("number within the sum")
    present = {person.key for person in clause.people if not person.absent and not person.replaced}
    if len(present) > 1 and len(present) == number.value:
        features.append("number told by names")
    yield Headcount(number.value, tuple(features), text)
    if first or linked or speaker == "s":
        said = {"plus": linked, "first person": first, "tied": tied, "signed": number.signed}
        said |= dict.fromkeys(around, True)
        said["alone"] = not around and not first and not linked
        said["total"] = bool(clues.total & set(before))
        extra = ["number and writer", f"and writer in {clause.mood}"]
        extra += [f"and writer: {name}" for name, holds in said.items() if holds]
        yield Headcount(number.value + 1, tuple(extra), text)
    companions = [person for person in clause.people if not person.writer]
    if 0 < len(companions) <= 8:
        yield from _with_people(clause, number, companions, before)


def _writer_follows(after: Sequence[str], clues: Clues) -> bool:
    """Tell whether the writer is added behind the number: "czworo radnych plus ja"; "ze mną" is within it."""
    return any(word in clues.links and other in _ME for word, other in pairwise(after))


_FIRST = re.compile(
    r"\b(?:biorę|zabieram|zabiorę|przyprowadz\w{1,2}|wezmę|przywioz\w|ciągnę|przychodzę|jadę|idę|przyjeżdżam|wpadam|zjawi\w|zajd\w|stawi\w|biore|zabiore|wezme|ide|jade)\b",
    re.IGNORECASE,
)
_TOGETHER = frozenset({"we", "czyli", "nas", "jest", "tj"})
_ME = frozenset({"ja", "me", "myself", "я", "podpisany", "podpisana"})


def _with_people(
    clause: Clause, number: Numeral, companions: Sequence[Person], before: Sequence[str]
) -> Iterator[Headcount]:
    for also in {0, int(len(clause.people) > len(companions))}:
        within = number.value in {len(companions) + also, len(companions)}
        features: tuple[str, ...] = ("number and people", f"number and people {'within' if within else 'besides'}")
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


_COLON = re.compile(r": ?[0-9]{1,2}\b")


def _is_thing(clause: Clause, number: Numeral, clues: Clues) -> bool:
    """Tell whether a noun follows the number that is not one for people, as far as the office's words go."""
    if number.end >= len(clause.words):
        return False
    after = clause.words[number.end]
    known = after in clues.following or after in clues.links or clause.groups[number.end] & _VERBS
    return len(after) > 3 and not known and not after.isdigit()


_VERBS = frozenset({"come", "be", "take", "confirm", "delegate", "role", "people", "self"})


def _around(clause: Clause, number: Numeral) -> Iterator[str]:
    sides = (("gb", range(max(0, number.start - 4), number.start)), ("ga", range(number.end, number.end + 4)))
    for side, places in sides:
        groups = {group for place in places if place < len(clause.groups) for group in clause.groups[place]}
        yield from sorted(f"{side} {group}" for group in groups if group[0] != "=")
    wide = clause.words[max(0, number.start - _WIDE) : number.end + _WIDE]
    yield from sorted({f"~near {word[:5]}" for word in wide if not word.isdigit()})


def _peopled(clause: Clause, number: Numeral, clues: Clues) -> bool:
    after = clause.words[number.end : number.end + _NEAR]
    counted = any(hit.start == 0 for hit in clues.counted.find(after))
    return number.collective or counted or not after or after[0] in clues.following


def _size(value: int) -> str:
    for top, name in ((5, str(value)), (9, "6-9"), (12, "10-12"), (20, "13-20")):
        if value <= top:
            return name
    return "more"


def _by_sum(clause: Clause, clues: Clues) -> Iterator[Headcount]:
    numbers = clause.numbers
    if 2 <= len(numbers) <= 4:
        between = clause.words[numbers[0].end : numbers[-1].start]
        features = ["sum", f"sum of {len(numbers)}", f"sum in {clause.mood}"]
        features += sorted({f"~sum over {word[:5]}" for word in between[:8]})
        if all(_peopled(clause, one, clues) for one in numbers):
            features.append("sum of people")
        if between and between[-1] in {"i", "oraz", "plus", "and", "та", "і"}:
            features.append("sum linked")
        yield Headcount(sum(number.value for number in numbers), tuple(features), clause.sentence.text)


def listed(text: str, clues: Clues) -> tuple[str, ...]:
    """Return the items of a list of people in *text*, marked or numbered.

    Short lines between the items, such as the name of a group, do not end the list.
    """
    best: list[str] = []
    run: list[str] = []
    for line in text.splitlines()[:_LINES]:
        item = _BULLET.match(line[:130])
        if item and _is_person(item[1], clues):
            run.append(item[1].strip(" .,;"))
        elif item or len(line.split()) > _LONGEST:
            best, run = max(best, run, key=len), []
    best = max(best, run, key=len)
    return tuple(best[:MOST]) if len(best) > 1 else ()


def _is_person(item: str, clues: Clues) -> bool:
    if len(item.split()) > _LONGEST:
        return False
    sentence = Sentence(item, words(item), Origin.OWN, asks=False)
    named = bool(sentence.words) and (bool(persons(sentence, clues)) or any(clues.singular.find(sentence.words)))
    return named or _FULL_NAME.match(item) is not None


def _by_list(items: Sequence[str]) -> Iterator[Headcount]:
    if len(items) > 1:
        text = ", ".join(items)
        named = all(_FULL_NAME.match(item) for item in items)
        yield Headcount(len(items), ("list", f"list of {min(len(items), 6)}", f"list named {named}"), text)
        yield Headcount(len(items) + 1, ("list and writer",), text)


def _by_row(clause: Clause, clues: Clues) -> Iterator[Headcount]:
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


_OPENS = re.compile(r":\s")
_ASIDE = re.compile(r"\([^()]{0,120}\)|\s[–—-]\s[^,;:]{1,60}")
_PARTED = re.compile(
    r"\s{0,2}(?:,\s{0,2}(?:i|oraz|no i|a także|and|та)\s|[,;+&]|\s(?:i|oraz|plus|and|та|і|a także)\s)\s{0,2}"
)
_STARTS = re.compile(r"(?:[a-ząćęłńóśźż.]{1,20} ){0,2}(?:[A-ZĄĆĘŁŃÓŚŹŻА-ЯІЇЄҐ][\w-]{1,30}|[A-ZŁŚŻ]\.)")


def _may_be_person(item: str, clues: Clues) -> bool:
    """Tell whether *item* may be a person: a name after a role at most, a role or the writer."""
    said = words(item)
    if not said or len(said) > _ITEM or any(clues.heads.fullmatch(word) for word in said) or said[0].isdigit():
        return False
    if _STARTS.match(item) and not any(clues.not_names.find(said[:1])):
        return True
    return _is_person(item, clues) or any(word in clues.writer for word in said)


_ITEM = 6  # words of an item in a row


def _by_mentions(known: Sequence[Mention], numbers: int, *, counted: bool) -> Iterator[Headcount]:
    """Count every set of the people mentioned: what is said of each speaks for or against having them in."""
    among = {one.person.key for one in known}
    for chosen in range(1, 1 << len(known)):
        inside = [one for place, one in enumerate(known) if chosen >> place & 1]
        size = f"{'w' if inside[0].person.writer else ''}{min(len(inside), 4)}"
        whole: tuple[str, ...] = ("set whole",) if len(inside) == len(known) else ()
        whole += ("set despite a count",) if counted else ()
        features = ("set", f"set {size}", f"set numbers {min(numbers, 2)}", *whole)
        features += tuple(feature for one in inside for feature in one.features)
        keys = {one.person.key for one in inside}
        if any((one.beside & among) - keys for one in inside):
            features += ("set splits a row",)
        if not inside[0].person.writer and any(one.accompanies for one in inside):
            features += ("set without whom they accompany",)
        text = next((one.words for one in reversed(inside) if one.words), "")
        yield Headcount(len(inside), features, text, tuple(one.person for one in inside))


def _nobody(
    clauses: Sequence[Clause], total: int, items: Sequence[str], clues: Clues, *, earlier: bool, counted: bool
) -> Headcount:
    coming = [clause for clause in clauses if clause.coming >= LIKELY]
    organised = any(clues.heads.match(word) for clause in coming for word in clause.words)
    singular = any(any(clues.singular.find(clause.words)) for clause in clauses)
    plural = several(clauses, clues)
    features = ["nobody", f"nobody numbers {min(total, 3)}", f"nobody clauses {min(len(clauses), 6)}"]
    features += [f"nobody list {bool(items)}", f"nobody mentioned {any(clause.people for clause in coming)}"]
    features += [f"nobody organisation {organised}", f"nobody singular {singular}", f"nobody plural {plural}"]
    features.append(f"nobody {int(organised)}{int(singular)}{int(plural)}")
    surest = max((clause.confirms for clause in clauses), default=0.0)
    features.append(f"nobody confirms {int(surest * 3.99)}")
    if counted:
        features.append("nobody despite a count")
    if earlier:
        features += [
            "nobody earlier",
            f"nobody earlier confirms {int(surest * 3.99)}",
            f"nobody earlier numbers {min(total, 1)}",
        ]
    if any(any(clues.unchanged.find(clause.words)) for clause in clauses):
        features += ["nobody unchanged", f"nobody unchanged earlier {earlier}"]
    if any(any(clues.untold.find(clause.words)) for clause in clauses):
        features.append("nobody untold")
    said = {f"~nobody {word[:6]}" for clause in coming for word in clause.words[:40]}
    return Headcount(None, (*features, *sorted(said)))


def _agreeing(found: Iterable[Headcount]) -> Iterator[Headcount]:
    """Say with each reading which other kinds of reading come to the same number."""
    known = list(found)
    kinds: dict[int | None, dict[str, int]] = {}
    for one in known:
        counts = kinds.setdefault(one.value, {})
        counts[_kind(one)] = counts.get(_kind(one), 0) + 1
    for one in known:
        if one.value is None:
            yield one
            continue
        own = _kind(one)
        others = sorted(kind for kind, count in kinds[one.value].items() if kind != own or count > 1)
        yield replace(one, features=(*one.features, *(f"{own} agrees {kind}" for kind in others)))


def _kind(one: Headcount) -> str:
    return one.features[0].split()[0]
