"""Each person whom a message mentions, once, with all that speaks for or against their coming.

The writer is always one of them: whoever writes may come, whether they say "ja" or only "przyjdę".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from intake.judgement.clues import Clues
from intake.judgement.persons import TITLES, Person, is_given
from intake.judgement.sentences import Origin, fold, words
from intake.judgement.spoken import LIKELY, Clause

_MOST = 6  # people beside the writer who are weighed one by one
_BEFORE, _AFTER = 4, 4  # words around a mention that tie it to coming
_GOING = frozenset({"come", "be", "take", "delegate", "confirm"})  # groups of rules/acts.toml
_AROUND = frozenset({"meeting", "part", "negation", "hedge", "self", "event", "weekday", "family", "month"})
_FIRST_PERSON = re.compile(r"\b\w{2,20}(?:ę|am|em)\b")
_DENIAL = frozenset({"nie", "not", "не"})
_POSSESSIVE = frozenset(
    (
        *("nasz", "nasza", "nasze", "naszego", "naszej", "moj", "moja", "mojego", "mojej", "swoj", "swoja", "swojego"),
        *("jeszcze", "my", "nowy", "nowa", "druga", "drugi", "jedna", "jeden", "pewnie"),
    )
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A person, and what is said of them wherever they are mentioned."""

    person: Person
    features: frozenset[str]
    coming: float  # of the likeliest clause
    words: str
    beside: frozenset[str] = frozenset()  # keys of those named in one row with the person: they come together, or not

    @property
    def accompanies(self) -> bool:
        """Tell whether the person comes with somebody: "z żoną"."""
        return "p with" in self.features


@dataclass(frozen=True, slots=True)
class Signers:
    """Who signs: the names of the writer, and who signs beside them."""

    writer: str
    beside: tuple[str, ...] = ()


def mentions(clauses: Sequence[Clause], signers: Signers, clues: Clues) -> tuple[Mention, ...]:
    """Return the writer and the others whom *clauses* and *signers* name, the likeliest to come first."""
    plural = several(clauses, clues)
    found: dict[str, Mention] = {}
    own = frozenset(words(signers.writer)) - TITLES
    told: list[Mention] = []  # of the writer
    known_as = {one.role: one for clause in clauses for one in clause.people if one.name and one.role}
    for clause in clauses:
        if clause.sentence.origin is Origin.SUBJECT and len(clauses) > 1:
            continue
        for mention in _in_clause(clause, own, clues):
            one = mention
            if one.person.name is None and one.person.key in known_as and not one.person.writer:
                who = known_as[one.person.key]
                one = replace(one, person=replace(one.person, key=who.key, name=who.name))
            known = found.get(one.person.key)
            if one.person.writer:
                told.append(one)
            else:
                found[one.person.key] = one if known is None else _both(known, one)
    for name in signers.beside:
        person = Person(fold(name)[:4], name, writer=False, start=0, end=1)
        signs = Mention(person, frozenset({"signs too", f"signs too plural {plural}"}), 1.0, name)
        known = found.get(person.key)
        found[person.key] = signs if known is None else replace(known, features=known.features | signs.features)
    others = sorted(found.values(), key=lambda one: -one.coming)
    me = _of_writer(told)
    features: set[str] = {f"writer others {min(len(others), 4)}", f"writer plural {plural}"}
    if len(me.features) == 1:
        features |= {"writer implicit", f"writer implicit plural {plural}"}
        if not plural and any(_another_comes(clause, clues) for clause in clauses):
            features.add("writer implicit where another comes")
    if any(_stands_in(clause, clues) for clause in clauses):
        features.add("writer has a deputy")
    return (replace(me, features=me.features | features), *others[:_MOST])


def _of_writer(told: Sequence[Mention]) -> Mention:
    """Join what is said of the writer; what was denied before they say that they do come is left out."""
    affirmed = max((place for place, one in enumerate(told) if _affirms(one)), default=-1)
    kept = [one for place, one in enumerate(told) if place >= affirmed or not _SPOKEN_AGAINST & one.features]
    me = Mention(_WRITER, frozenset({"writer"}), 1.0, "")
    for one in kept:
        me = _joined(me, one)
    return me


def _affirms(one: Mention) -> bool:
    said = (
        "verb in coming" in one.features or "verb of coming" in one.features or "writer alone in coming" in one.features
    )
    return said and not _SPOKEN_AGAINST & one.features


_SPOKEN_AGAINST = frozenset({"verb denied", "p absent", "p denied"})


_WRITER = Person("ja", None, writer=True, start=0, end=0)


def several(clauses: Sequence[Clause], clues: Clues) -> bool:
    """Tell whether a verb of several stands where coming is spoken of: "będziemy"."""
    return any(any(clues.plural.find(clause.words)) for clause in clauses if clause.coming >= LIKELY)


def _another_comes(clause: Clause, clues: Clues) -> bool:
    """Tell whether *clause* says of somebody else that they come: "przyjedzie prezes z zastępcą"."""
    others = any(not (person.writer or person.absent or person.replaced) for person in clause.people)
    return others and clause.coming >= LIKELY and any(clues.one.find(clause.words))


def _stands_in(clause: Clause, clues: Clues) -> bool:
    """Tell whether *clause* says that somebody comes in the writer's place, and nothing of the writer themselves."""
    alone = not clause.speaks and not any(person.writer for person in clause.people)
    return alone and clause.coming >= LIKELY and any(clues.deputies.find(clause.words))


def _joined(one: Mention, other: Mention) -> Mention:
    return Mention(
        person=one.person if one.person.name else other.person,
        features=one.features | other.features,
        coming=max(one.coming, other.coming),
        words=one.words or other.words,
        beside=one.beside | other.beside,
    )


def _both(one: Mention, other: Mention) -> Mention:
    """Keep what the plainer clause says of another; that they stay away counts where it is said later."""
    best = max(one, other, key=lambda each: (bool(_TIED & each.features), each.coming))
    later = other.features & _STAYING if "in declining" in other.features else frozenset()
    return replace(best, features=best.features | later, beside=one.beside | other.beside)


_STAYING = frozenset({"p absent", "p replaced"})  # where the clause declines
_TIED = frozenset(
    f"p {tie} in coming" for tie in ("with", "and others", "brought", "too", "after coming", "before coming", "listed")
)


def _in_clause(clause: Clause, own: frozenset[str], clues: Clues) -> Iterator[Mention]:
    text = clause.sentence.text
    for person in clause.people:
        if _counted(clause, person):
            continue
        told = words(person.name or "")
        if _is_writer(clause, person, own, clues):
            if clause.words == told:
                continue  # the writer signs
            who = replace(person, key="ja", writer=True)
        else:
            who = person
        features = frozenset(_of_person(clause, who, clues))
        yield Mention(who, features, clause.coming, text, _row(clause, person, clues))
    for start, end in clause.speaks or _first_persons(clause):
        yield Mention(_WRITER, frozenset(_of_verb(clause, start, end)), clause.coming, text)
    for place in alone(clause, clues):
        said = {"writer alone", f"writer alone in {clause.mood}", f"~alone {clause.words[place]}"}
        yield Mention(_WRITER, frozenset(said), clause.coming, text)


def alone(clause: Clause, clues: Clues) -> Iterator[int]:
    """Yield where *clause* says that somebody is alone: "sama", and not "ta sama" or "nie sama"."""
    for hit in clues.alone.find(clause.words):
        if not hit.start or clause.words[hit.start - 1] not in _NOT_ALONE:
            yield hit.start


_NOT_ALONE = _DENIAL | {"ten", "ta", "to", "te", "tak", "taki", "taka", "tym", "tej", "tego", "tych", "takze"}


def _is_writer(clause: Clause, person: Person, own: frozenset[str], clues: Clues) -> bool:
    """Tell whether *person* is the writer by name: a namesake in the family has another first name."""
    told = [word for word in words(person.name or "") if word not in TITLES]
    if not told:
        return False
    if person.name and _presented(clause.sentence.text, person.name, whole=len(told) > 1):
        return True
    given = [word for word in told if is_given(word, clues)]
    if given:
        named = [word for word in own if is_given(word, clues)]
        same = all(any(word == other or _short(word, other) for other in named) for word in given)
        return same and (len(told) == 1 or not named or len(given) == len(told) or _shares(told, given, own))
    if len(told[0]) == 1:
        return any(word in own for word in told[1:]) and any(word[0] == told[0] for word in own)
    return all(word in own for word in told)


_PRESENTED = re.compile(
    r"(?:\b(?:jestem|nazywam się|tu|podpisan[yae]|podpisanego)\s|\b(?:ja|mnie|siebie)\s?,\s)(?:\w{2,5}\. )?$",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"\b(?:ja|mnie|siebie|mną)\s?\($", re.IGNORECASE)
_EXPLAINED = re.compile(r"\s?[(,–-]*\s?(?:czyli|to) ja\b")


def _presented(text: str, name: str, *, whole: bool) -> bool:
    """Tell whether the writer gives the name as their own: "ja, Hanna Wilk", "Jan Kos, czyli ja", "ja (Hania)"."""
    place = text.find(name)
    if place < 0:
        return False
    if not whole:
        return _BRACKETED.search(text[max(0, place - 30) : place]) is not None
    return _PRESENTED.search(text[max(0, place - 30) : place]) is not None or (
        _EXPLAINED.match(text, place + len(name)) is not None
    )


def _shares(told: Sequence[str], given: Sequence[str], own: frozenset[str]) -> bool:
    """Tell whether a surname is the writer's, or the writer gives none."""
    surnames = [word for word in told if word not in given]
    return any(word in own or any(_short(word, other) for other in own) for word in surnames)


def _short(one: str, other: str) -> bool:
    """Tell whether two names begin alike: "Bożenka" and "Bożena", "Kowalskim" and "Kowalski"."""
    length = max(3, min(len(one), len(other)) - 2)
    return one[:length] == other[:length] and min(len(one), len(other)) >= 3


def _counted(clause: Clause, person: Person) -> bool:
    """Tell whether a number before a role counts it already: "dwie koleżanki"."""
    if person.name or person.writer:
        return False
    return any(one.value > 1 and 0 <= person.start - one.end <= 1 for one in clause.numbers)


def _first_persons(clause: Clause) -> list[tuple[int, int]]:
    """Return verbs of coming that end as the first person does: "doczłapię", "wybieram"."""
    ending = {fold(word) for word in _FIRST_PERSON.findall(clause.sentence.text)}
    places = enumerate(zip(clause.words, clause.groups, strict=True))
    return [(place, place + 1) for place, (word, groups) in places if word in ending and "come" in groups]


def _of_person(clause: Clause, person: Person, clues: Clues) -> Iterator[str]:
    kind = "writer" if person.writer else "named" if person.name else "guessed" if person.guessed else "role"
    yield from (kind, f"{kind} in {clause.mood}", f"in {clause.mood}")
    place = person.start
    while place and clause.words[place - 1] in TITLES | _POSSESSIVE:
        place -= 1
    before = clause.words[max(0, place - _BEFORE) : place]
    after = clause.words[person.end : person.end + _AFTER]
    ties = set(_ties(clause, person, before, after, clues))
    for tie in ties:
        yield from (f"{kind} {tie}", f"p {tie}", f"p {tie} in {clause.mood}")
    if not ties:
        yield from (f"{kind} untied", f"untied in {clause.mood}")
    yield f"~p b1 {before[-1][:6] if before else '^'}"
    yield f"~p a1 {after[0][:6] if after else '$'}"
    if clause.numbers:
        yield from ("beside a number", f"{kind} beside a number")
    if clause.sentence.asks:
        yield "asked"


def _ties(clause: Clause, person: Person, before: Sequence[str], after: Sequence[str], clues: Clues) -> Iterator[str]:
    """Tell by what the person is bound to coming."""
    last, following = before[-1] if before else "", after[0] if after else ""
    ties = {
        "absent": person.absent,
        "replaced": person.replaced,
        "with": last in clues.accompanied or _accompanied(clause, person, clues),
        "with me": _with_me(clause, person),
        "with a verb": _with_a_verb(clause, person, last, clues),
        "joining": clause.joins,
        "and": last in clues.links - clues.accompanied,
        "brought": any(clues.bringing.find(before)),
        "too": following in clues.too,
        "after coming": _going(clause, person.start - _BEFORE, person.start),
        "before coming": _going(clause, person.end, person.end + _AFTER),
        "denied": bool(_DENIAL & {*before[-2:], *after[:2]}),
        "listed": bool(_row(clause, person, clues)),
        "of another": last in clues.away,
        "aside": person.aside,
    }
    yield from (tie for tie, holds in ties.items() if holds)
    if ties["and"]:
        yield "and others" if any(one is not person and not one.absent for one in clause.people) else "and nobody"


def _accompanied(clause: Clause, person: Person, clues: Clues) -> bool:
    """Tell whether "z" stands before the person and what describes them: "z naszym młodym organistą"."""
    written = _WORD.findall(clause.sentence.text)
    place = person.start - 1
    while place >= 0 and person.start - place <= 3 and written[place].lower().endswith(_DESCRIBES):
        place -= 1
    return 0 <= place < person.start - 1 and clause.words[place] in clues.accompanied


_WORD = re.compile(r"[^\W_]+")


def _with_a_verb(clause: Clause, person: Person, last: str, clues: Clues) -> bool:
    """Tell whether somebody who says that they come comes with the person: "wpadnę z Olą"."""
    accompanied = last in clues.accompanied or _accompanied(clause, person, clues)
    return accompanied and bool(clause.speaks or _first_persons(clause))


def _with_me(clause: Clause, person: Person) -> bool:
    before, after = clause.words[max(0, person.start - 5) : person.start], clause.words[person.end : person.end + 3]
    return not person.writer and any(
        one in {"ze", "зі", "with"} and other in {"mna", "мною", "me"}
        for told in (before, after)
        for one, other in pairwise(told)
    )


_DESCRIBES = ("ą", "ym", "im", "ymi", "imi")  # of the instrumental


def _going(clause: Clause, start: int, end: int) -> bool:
    return any(_GOING & groups for groups in clause.groups[max(0, start) : end])


def _row(clause: Clause, person: Person, clues: Clues) -> frozenset[str]:
    """Return the keys of those parted from the person by nothing but a link, a title or a possessive."""
    return frozenset(
        other.key
        for other in clause.people
        if other is not person and _may_come(person) and _may_come(other) and _adjoin(clause, person, other, clues)
    )


def _may_come(person: Person) -> bool:
    return not (person.absent or person.replaced or person.aside)


def _adjoin(clause: Clause, one: Person, other: Person, clues: Clues) -> bool:
    low, high = sorted((one, other), key=lambda each: each.start)
    between = clause.words[low.end : high.start]
    plain = [word for word in between if word not in clues.links | TITLES | _POSSESSIVE]
    if not between and high.start not in clause.parted:
        return False
    return len(between) <= 3 and (not plain or (len(plain) == 1 and plain[0].endswith(_DESCRIBING)))


_DESCRIBING = ("y", "a", "i", "ym", "im", "ego", "ej")  # endings of adjectives


def _of_verb(clause: Clause, start: int, end: int) -> Iterator[str]:
    told = clause.words
    yield from ("verb", f"~verb {' '.join(word[:6] for word in told[start:end])}", f"verb in {clause.mood}")
    if start and told[start - 1] in _DENIAL:
        yield "verb denied"
    if any("come" in groups for groups in clause.groups[start:end]):
        yield "verb of coming"
    for word in told[end : end + 1]:
        yield f"~verb a1 {word[:6]}"
    places = (*range(max(0, start - 3), start), *range(end, min(len(told), end + 3)))
    for group in sorted(_AROUND & {group for place in places for group in clause.groups[place]}):
        yield f"verb near <{group}>"
