"""Every way in which a message can be read to say how many come, each with what speaks for it.

A number, a number and the writer, a sum, a number and the people named beside it, a list, a row, any set of the people
mentioned, or nobody counted. ``people`` chooses among these readings by learned weights. A feature that begins with a
tilde is a word as it stands; it counts less than what the office's file says of words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from intake.judgement.across import by_ordinal, by_product
from intake.judgement.clues import Clues
from intake.judgement.counted import by_number, by_sum
from intake.judgement.mentions import Mention, Signers, alone, mentions, several
from intake.judgement.numerals import Numeral
from intake.judgement.rows import Headcount, by_chain, by_list, by_row
from intake.judgement.spoken import LIKELY, Clause

_NEAR = 3  # words behind a number


def readings(
    clauses: Sequence[Clause],
    items: Sequence[str],
    signers: Signers,
    clues: Clues,
    *,
    earlier: bool = False,
    private: bool = False,
) -> tuple[Headcount, ...]:
    """Return all readings; *items* are those of a list of people.

    *earlier* says that a case is continued, *private* that no organisation is named.
    """
    found: list[Headcount] = []
    counted = any(_counts(clause, number, clues) for clause in clauses for number in clause.numbers)
    total = sum(len(clause.numbers) for clause in clauses)
    seen = 0
    for clause in clauses:
        for number in clause.numbers:
            found += by_number(clause, number, clues, _place(seen, total))
            seen += 1
        found += by_sum(clause, clues)
        found += by_row(clause, clues)
        found += by_chain(clause, clues)
        found += by_product(clause)
        found += by_ordinal(clause)
    found += by_list(items, clauses)
    found += _by_mentions(mentions(clauses, signers, clues), total, counted=counted)
    kept = any(_unchanged(clause, clues) for clause in clauses)
    if kept and earlier:
        found = [replace(one, features=(*one.features, "despite unchanged")) for one in found]
    if any(_alone(clause, clues) for clause in clauses):
        found = [one if _of_writer(one) else replace(one, features=(*one.features, "despite alone")) for one in found]
    if any(clause.untold for clause in clauses):
        found = [replace(one, features=(*one.features, "despite untold")) for one in found]
    if len(items) > 1:
        found = [
            one if one.features[0].startswith("list") else replace(one, features=(*one.features, "despite a list"))
            for one in found
        ]
    found.append(_nobody(clauses, total, items, clues, earlier=earlier, counted=counted))
    if private:
        found = [replace(one, features=(*one.features, *_privately(one))) for one in found]
    return tuple(_agreeing(found))


def _privately(one: Headcount) -> tuple[str, ...]:
    """Say what a reading of who writes for nobody but themselves counts."""
    if one.value is None:
        return ("nobody private",)
    return ("writer alone and private",) if _of_writer(one) else ()


def _of_writer(one: Headcount) -> bool:
    """Tell whether a reading counts the writer and nobody else."""
    return one.value == 1 and bool(one.people) and one.people[0].writer


def _alone(clause: Clause, clues: Clues) -> bool:
    """Tell whether the writer says in *clause* that they come alone: "zjawię się sama"."""
    return clause.mood == "coming" and bool(clause.speaks) and next(alone(clause, clues), None) is not None


def _unchanged(clause: Clause, clues: Clues) -> bool:
    """Tell whether a clause says that all stays as it was, and not the group alone."""
    return any(
        not hit.start or "group" not in clause.groups[hit.start - 1] for hit in clues.unchanged.find(clause.words)
    )


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


def _by_mentions(known: Sequence[Mention], numbers: int, *, counted: bool) -> Iterator[Headcount]:
    """Count every set of the people mentioned: what is said of each speaks for or against having them in."""
    among = {one.person.key for one in known}
    gone = bool({"p absent", "p replaced"} & known[0].features)  # the writer
    signing = {one.person.key for one in known if "signs too" in one.features}
    for chosen in range(1, 1 << len(known)):
        inside = [one for place, one in enumerate(known) if chosen >> place & 1]
        size = f"{'w' if inside[0].person.writer else ''}{min(len(inside), 4)}"
        whole: tuple[str, ...] = ("set whole",) if len(inside) == len(known) else ()
        whole += ("set despite a count",) if counted else ()
        features = ("set", f"set {size}", f"set numbers {min(numbers, 2)}", *whole)
        features += tuple(feature for one in inside for feature in one.features)
        keys = {one.person.key for one in inside}
        if gone and not inside[0].person.writer:
            features += ("set instead of the writer",)
        if signing and "writer implicit" in known[0].features and keys == {"ja", *signing}:
            features += ("set of all who sign",)
        if any((one.beside & among) - keys for one in inside):
            features += ("set splits a row",)
        along = [one.accompanies for one in inside]
        if not inside[0].person.writer and any(along):
            features += ("set without whom they accompany",) if all(along) else ("set with whom they accompany",)
        if _told_apart(inside):
            features += ("set role and name apart",)
        if _explained(inside):
            features += ("set as many roles as names",)
        text = next((one.words for one in reversed(inside) if one.words), "")
        yield Headcount(len(inside), features, text, tuple(one.person for one in inside))


def _told_apart(inside: Sequence[Mention]) -> bool:
    """Tell whether a role and a name of different sentences are counted as two: "z koleżanką. … ja i Beata"."""
    others = [one for one in inside if not one.person.writer and one.words]
    roles = {one.words for one in others if one.person.name is None}
    named = {one.words for one in others if one.person.name is not None}
    return bool(roles and named) and not roles & named


_APART = 2  # words between whom somebody brings and the names of both


def _explained(inside: Sequence[Mention]) -> bool:
    """Tell whether roles are told first and the names of the same people after them, of one sentence."""
    others = [one for one in inside if not one.person.writer and one.words]
    roles = [one.person for one in others if one.person.name is None]
    named = [one.person for one in others if one.person.name is not None]
    if not roles or len(roles) != len(named) or len({one.words for one in others}) > 1:
        return False
    along = all(one.accompanies for one in others if one.person.name is None)
    if len(roles) == 1 and (not along or any(one.accompanies for one in others if one.person.name is not None)):
        return False
    return max(role.end for role in roles) + _APART <= min(name.start for name in named)


def _nobody(
    clauses: Sequence[Clause], total: int, items: Sequence[str], clues: Clues, *, earlier: bool, counted: bool
) -> Headcount:
    coming = [clause for clause in clauses if clause.coming >= LIKELY]
    organised = any(clues.heads.match(word) for clause in coming for word in clause.words)
    singular = any(clause.speaks for clause in clauses)
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
    if any(_unchanged(clause, clues) for clause in clauses):
        features += ["nobody unchanged", f"nobody unchanged earlier {earlier}"]
    if any(clause.untold for clause in clauses):
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
