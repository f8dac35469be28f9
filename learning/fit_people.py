"""Fit ``intake/judgement/people.tsv``: ``python -m learning.fit_people`` (needs the dependency group ``fit``).

Among all readings of how many come, the right ones are made likely (a conditional log-linear model; where several
readings come to the right number, any of them may be meant). The weights are drawn towards what a clerk would say, not
towards nothing, so that a few hundred labelled mails suffice. ``--check`` writes nothing, but tells how mails that were
not fitted to are read (folds of whole mails).
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from intake.judgement import acts, weighing
from intake.judgement.organisation import organisation
from intake.judgement.people import headcounts
from intake.judgement.rows import Headcount
from intake.judgement.rules import Rules, load
from intake.judgement.values import Arrival
from intake.mail.message import Message
from intake.mail.reader import parse
from learning.mails import labelled

HERE = Path(__file__).parent
RARE = 2  # features of fewer mails than this are left out
FREEDOM = 0.15  # how far from the clerk's word the weights may go
HARD = {"edges": 0.4, "offices": 0.4, "clubs": 0.4}  # circles written around difficulties: most mail is plainer
SENTENCE = 0.5  # what a sentence on its own counts beside a mail
FOLDS = 8
_ANYWHERE = Arrival("", None)
CLERK = {
    "p with in coming": 1.2,
    "p with": 0.6,
    "p and others": 0.5,
    "p and others in coming": 0.6,
    "p listed in coming": 1.0,
    "p listed": 0.3,
    "p brought": 1.0,
    "p too in coming": 1.0,
    "p after coming": 0.6,
    "p after coming in coming": 0.4,
    "p before coming in coming": 0.6,
    "p absent": -4.0,
    "p replaced": -4.0,
    "p of another": -1.2,
    "p denied": -1.0,
    "untied in coming": -0.3,
    "untied in telling": -0.6,
    "in declining": -1.5,
    "in telling": -0.7,
    "in proposing": -1.2,
    "in other": -1.2,
    "in asking": -0.8,
    "verb": 1.2,
    "verb in coming": 0.8,
    "verb denied": -2.5,
    "verb in proposing": -0.7,
    "verb in telling": -0.5,
    "verb in declining": -1.5,
    "writer implicit": -1.2,
    "writer plural True": -0.3,
    "number in A2=need": -1.2,
    "number in A2=choose": -0.7,
    "number in coming": 1.0,
    "number in proposing": -1.5,
    "number in telling": -0.8,
    "number in other": -1.2,
    "number in declining": -0.5,
    "number says coming": 0.5,
    "is said": 1.0,
    "counts people": 1.3,
    "number c": 1.3,
    "counts a body": -3.0,
    "of a group": 1.5,
    "corrected to": 2.0,
    "writer has a deputy": -3.0,
    "number and people brought along": 1.5,
    "number and people signed": 3.0,
    "set as many roles as names": -2.0,
    "writer implicit where another comes": -1.0,
    "was": -1.0,
    "denied": -2.5,
    "of which": -3.0,
    "in brackets": -1.5,
    "counts others": -1.5,
    "in all": 1.0,
    "nothing else": 1.0,
    "writer besides": -2.5,
    "and writer: tied": 4.5,
    "number and writer": -1.0,
    "sum": -1.5,
    "sum linked": 2.0,
    "number and people": -1.0,
    "number and people besides": 1.0,
    "list": 2.0,
    "list opened True": 1.5,
    "list named True": 1.5,
    "number is the sum": 2.0,
    "chain": 0.5,
    "chain in coming": 1.0,
    "chain says coming": 3.0,
    "chain told by names": -4.0,
    "chain linked True": 1.0,
    "chain whole True": 0.5,
    "chain peopled True": 0.5,
    "chain writer True": 1.0,
    "p aside": -2.5,
    "number untold": -1.0,
    "number within the sum": -2.0,
    "sum of people": 1.0,
    "sum of parts": 2.0,
    "set despite a count": -1.0,
    "nobody despite a count": -1.0,
    "set splits a row": -2.5,
    "set without whom they accompany": -2.0,
    "set with whom they accompany": 1.0,
    "told earlier": -1.2,
    "set instead of the writer": 1.5,
    "set of all who sign": 2.0,
    "sum added up": 3.5,
    "number added to": -1.5,
    "number within a chain": -2.0,
    "number before somebody": -3.0,
    "p with me": 1.5,
    "p with a verb": 1.2,
    "p joining": 0.6,
    "number joining": 0.5,
    "number opens a list": 2.0,
    "number behind a total": -2.0,
    "number beside another": -2.0,
    "despite unchanged": -1.5,
    "despite untold": -1.0,
    "despite a list": -1.0,
    "writer alone": 1.0,
    "writer alone in coming": 0.5,
    "signs too": 0.5,
    "signs too plural True": 1.0,
    "signs too plural False": -0.5,
    "number in company s": -2.5,
    "and writer: in company s": 3.0,
    "number brought s": -0.5,
    "and writer: brought s": 1.0,
    "number told by names": 1.0,
    "counts something": -0.8,
    "row": 1.0,
    "row coming True": 1.0,
    "row known 4": 1.0,
    "nobody private": -1.0,
    "writer alone and private": 0.5,
    "set role and name apart": -1.0,
    "despite alone": -3.0,
    "number of men opens": 1.0,
    "ordinal": 1.5,
    "product": -1.0,
    "product po True": 5.0,
    "product each True": 2.0,
    "nobody unchanged": 1.0,
    "nobody untold": 1.0,
    "nobody earlier": 0.5,
    "nobody confirms 0": 0.5,
    "nobody organisation True": 0.7,
    "nobody singular False": 0.7,
    "nobody numbers 0": 0.4,
    "nobody mentioned False": 0.4,
    "nobody plural True": 0.4,
}


@dataclass(frozen=True, slots=True)
class Case:
    """A mail or a sentence, all its readings, and the right number."""

    found: tuple[Headcount, ...]
    right: int | None
    weight: float
    source: str

    @property
    def reachable(self) -> bool:
        """Tell whether any reading is right."""
        return any(one.value == self.right for one in self.found)


def mails(rules: Rules) -> Iterator[Case]:
    """Read the labelled mails that speak of coming."""
    for mail in labelled():
        if mail.category in {"attendance", "mixed"}:
            found = _read(mail.message, rules, earlier="earlier" in mail.hints)
            yield Case(found, mail.labels["people"], HARD.get(mail.source, 1.0), mail.source)


def sentences(rules: Rules) -> Iterator[Case]:
    """Read the labelled sentences that speak of coming, each as a mail of its own."""
    for path in sorted(HERE.glob("sentences-*.jsonl")):
        for line in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            if line["act"] in {"confirm", "change", "tentative"}:
                yield Case(_read(_alone(line["text"]), rules), line.get("people"), SENTENCE, path.stem)


def _alone(text: str) -> Message:
    mail = EmailMessage()
    mail["From"] = "someone@sender.example"
    mail.set_content(text)
    return parse(mail.as_bytes())


def _read(message: Message, rules: Rules, *, earlier: bool = False) -> tuple[Headcount, ...]:
    heard = acts.hear(message, rules.acts, rules.learned, ours=rules.ours)
    private = organisation(message, _ANYWHERE, rules) is None
    return headcounts(message, heard, rules, earlier=earlier, private=private)


@dataclass(frozen=True, slots=True)
class Table:
    """Readings as rows: which case each is of, whether it is right, and what the case counts."""

    features: csr_matrix
    first: np.ndarray[Any, Any]  # row of each case's first reading
    case: np.ndarray[Any, Any]  # of each row
    right: np.ndarray[Any, Any]
    weight: np.ndarray[Any, Any]  # of each case; nothing where no reading is right


def table(cases: Sequence[Case], place: dict[str, int]) -> Table:
    """Lay *cases* out with the features of *place*."""
    data: list[float] = []
    columns: list[int] = []
    ends, of, right = [0], [], []
    for number, case in enumerate(cases):
        for one in case.found:
            known = [name for name in one.features if name in place]
            data += [weighing.strength(name) for name in known]
            columns += [place[name] for name in known]
            ends.append(len(data))
            of.append(number)
            right.append(one.value == case.right)
    rows = np.array(of)
    return Table(
        features=csr_matrix((data, columns, ends), shape=(len(of), len(place))),
        first=np.searchsorted(rows, np.arange(len(cases))),
        case=rows,
        right=np.array(right, dtype=float),
        weight=np.array([case.weight * case.reachable for case in cases]),
    )


def fitted(cases: Sequence[Case]) -> dict[str, float]:
    """Return the weights of the features that are not rare."""
    counts = Counter(name for case in cases for name in {name for one in case.found for name in one.features})
    names = sorted(name for name, count in counts.items() if count >= RARE)
    known = table(cases, {name: number for number, name in enumerate(names)})
    start = np.array([CLERK.get(name, 0.0) for name in names])

    def loss(weights: np.ndarray[Any, Any]) -> tuple[float, np.ndarray[Any, Any]]:
        sums = known.features @ weights
        powers = np.exp(sums - np.maximum.reduceat(sums, known.first)[known.case])
        every = np.add.reduceat(powers, known.first)
        good = np.add.reduceat(powers * known.right, known.first)
        good = np.where(known.weight > 0, good, 1.0)
        told = np.log(np.where(known.weight > 0, good / every, 1.0) + 1e-300)
        away = weights - start
        slope = (powers / every[known.case] - powers * known.right / good[known.case]) * known.weight[known.case]
        value = float(-(known.weight * told).sum() + away @ away / (2 * FREEDOM))
        return value, known.features.T @ slope + away / FREEDOM

    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return {**CLERK, **dict(zip(names, map(float, best.x), strict=True))}


def chosen(case: Case, weights: dict[str, float]) -> tuple[int | None, float]:
    """Return the likeliest number of *case*, and how likely it is."""
    totals: dict[int | None, float] = {}
    chances = weighing.likelihoods([one.features for one in case.found], weights)
    for one, chance in zip(case.found, chances, strict=True):
        totals[one.value] = totals.get(one.value, 0.0) + chance
    best = max(totals, key=lambda value: totals[value])
    return best, totals[best]


def told(cases: Sequence[Case], beside: Sequence[Case]) -> str:
    """Tell how mails that were not fitted to were read; *beside* is always fitted to."""
    folds = np.random.RandomState(0).permutation(len(cases)) % FOLDS
    answers: dict[int, tuple[int | None, float]] = {}
    for fold in range(FOLDS):
        weights = fitted([case for case, at in zip(cases, folds, strict=True) if at != fold] + list(beside))
        answers.update({place: chosen(cases[place], weights) for place in map(int, np.flatnonzero(folds == fold))})
    right = [answers[place][0] == case.right for place, case in enumerate(cases)]
    lines = [f"all: {np.mean(right):.3f} of {len(cases)}; reachable {np.mean([case.reachable for case in cases]):.3f}"]
    for source in sorted({case.source for case in cases}):
        of = [one for one, case in zip(right, cases, strict=True) if case.source == source]
        lines.append(f"{source}: {np.mean(of):.3f} of {len(of)}")
    for low in (0.2, 0.4, 0.6, 0.8):
        of = [one for place, one in enumerate(right) if low <= answers[place][1] < low + 0.2001]
        lines.append(f"likelihood {low:.1f}: {np.mean(of) if of else 0:.2f} right of {len(of)}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, tell, and unless only asked to tell, write."""
    parser = argparse.ArgumentParser(prog="python -m learning.fit_people", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)
    rules = load(HERE.parent / "rules", ZoneInfo("Europe/Warsaw"))
    known, beside = list(mails(rules)), list(sentences(rules))
    print(told(known, beside))
    if not options.check:
        weighing.PEOPLE.write_text(weighing.written(fitted([*known, *beside])), encoding="utf-8")


if __name__ == "__main__":
    main()
