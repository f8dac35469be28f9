"""Each person whom a message mentions, once, with all that speaks for or against their coming.

The writer is always one of them: whoever writes may come, whether they say "ja" or only "przyjdę".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from intake.judgement.clues import Clues
from intake.judgement.persons import TITLES, Person
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


def mentions(clauses: Sequence[Clause], own_name: str, clues: Clues) -> tuple[Mention, ...]:
    """Return the writer, called *own_name*, and the others whom *clauses* mention, the likeliest to come first."""
    found = {"ja": Mention(_WRITER, frozenset({"writer"}), 1.0, "")}
    own = frozenset(words(own_name)) - TITLES
    for clause in clauses:
        if clause.sentence.origin is Origin.SUBJECT and len(clauses) > 1:
            continue
        for one in _in_clause(clause, own, clues):
            known = found.get(one.person.key)
            found[one.person.key] = one if known is None else _both(known, one)
    others = sorted((one for key, one in found.items() if key != "ja"), key=lambda one: -one.coming)
    me = found["ja"]
    features = {f"writer others {min(len(others), 4)}", f"writer plural {several(clauses, clues)}"}
    if len(me.features) == 1:
        features.add("writer implicit")
    return (replace(me, features=me.features | features), *others[:_MOST])


_WRITER = Person("ja", None, writer=True, start=0, end=0)


def several(clauses: Sequence[Clause], clues: Clues) -> bool:
    """Tell whether a verb of several stands where coming is spoken of: "będziemy"."""
    return any(any(clues.plural.find(clause.words)) for clause in clauses if clause.coming >= LIKELY)


def _both(one: Mention, other: Mention) -> Mention:
    """Join what is said of the writer; of another, what the likelier clause says counts alone."""
    if not one.person.writer:
        return replace(max(one, other, key=lambda each: each.coming), beside=one.beside | other.beside)
    return Mention(
        person=one.person if one.person.name else other.person,
        features=one.features | other.features,
        coming=max(one.coming, other.coming),
        words=one.words or other.words,
        beside=one.beside | other.beside,
    )


def _in_clause(clause: Clause, own: frozenset[str], clues: Clues) -> Iterator[Mention]:
    text = clause.sentence.text
    for person in clause.people:
        if _counted(clause, person):
            continue
        told = words(person.name or "")
        if told and own and 2 * sum(word in own for word in told) >= len(set(told) - TITLES):
            if clause.words == told:
                continue  # the writer signs
            who = replace(person, key="ja", writer=True)
        else:
            who = person
        features = frozenset(_of_person(clause, who, clues))
        yield Mention(who, features, clause.coming, text, _row(clause, person, clues))
    hits = [(hit.start, hit.end) for hit in clues.singular.find(clause.words)] or _first_persons(clause)
    for start, end in hits:
        yield Mention(_WRITER, frozenset(_of_verb(clause, start, end)), clause.coming, text)


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
    kind = "writer" if person.writer else "named" if person.name else "role"
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
        "with": last in clues.accompanied,
        "and": last in clues.links - clues.accompanied,
        "brought": any(clues.bringing.find(before)),
        "too": following in clues.too,
        "after coming": _going(clause, person.start - _BEFORE, person.start),
        "before coming": _going(clause, person.end, person.end + _AFTER),
        "denied": bool(_DENIAL & {*before[-2:], *after[:2]}),
        "listed": bool(_row(clause, person, clues)),
        "of another": last in clues.away,
    }
    yield from (tie for tie, holds in ties.items() if holds)
    if ties["and"]:
        yield "and others" if any(one is not person and not one.absent for one in clause.people) else "and nobody"


def _going(clause: Clause, start: int, end: int) -> bool:
    return any(_GOING & groups for groups in clause.groups[max(0, start) : end])


def _row(clause: Clause, person: Person, clues: Clues) -> frozenset[str]:
    """Return the keys of those parted from the person by nothing but a link, a title or a possessive."""
    return frozenset(
        other.key
        for other in clause.people
        if other is not person and not other.absent and not other.replaced and _adjoin(clause, person, other, clues)
    )


def _adjoin(clause: Clause, one: Person, other: Person, clues: Clues) -> bool:
    low, high = sorted((one, other), key=lambda each: each.start)
    between = clause.words[low.end : high.start]
    return len(between) <= 2 and all(word in clues.links | TITLES | _POSSESSIVE for word in between)


def _of_verb(clause: Clause, start: int, end: int) -> Iterator[str]:
    told = clause.words
    yield from ("verb", f"~verb {' '.join(word[:6] for word in told[start:end])}", f"verb in {clause.mood}")
    if start and told[start - 1] in _DENIAL:
        yield "verb denied"
    for word in told[end : end + 1]:
        yield f"~verb a1 {word[:6]}"
    places = (*range(max(0, start - 3), start), *range(end, min(len(told), end + 3)))
    for group in sorted(_AROUND & {group for place in places for group in clause.groups[place]}):
        yield f"verb near <{group}>"
