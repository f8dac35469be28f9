"""Fit ``intake/judgement/weights.tsv``: ``python -m learning.fit`` (needs the dependency group ``fit``).

First the acts, on labelled sentences; then the categories, on labelled mails read by those acts, and by whether they
count anybody (``learning.fit_people``, which reads by the acts: after it, fit again). ``--check`` writes nothing, but
tells how mails that were not fitted to are judged (folds of whole mails).
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from intake.judgement import acts, learned
from intake.judgement.lexicon import Found
from intake.judgement.organisation import organisation
from intake.judgement.people import counted
from intake.judgement.rules import Rules, load
from intake.judgement.sentences import Origin, Sentence, sentences
from intake.judgement.values import Arrival
from intake.mail.message import Message
from learning.mails import Labelled, labelled
from learning.patterns import expanded

HERE = Path(__file__).parent
RARE = 2  # features of fewer texts than this are left out
FIRST, SECOND = 20.0, 2.0  # how little the two stages are held back
RARER = 0.25  # how much more than its share a rare category counts: 0 not at all, 1 as much as a frequent one
LOUDNESS = 2.0  # of the sentences' own leaning beside the acts
FOLDS = 5
NESTED = 2  # folds within which the acts of tagged mails are told by what was not fitted to them
WIDTH = len(learned.ACTS)
_ANYWHERE = Arrival("", None)


@dataclass(frozen=True, slots=True)
class Material:
    """Sentences and mails as features."""

    names: tuple[str, ...]
    sentences: csr_matrix  # labelled ones, each of length one
    acts: np.ndarray[Any, Any]
    spoken: tuple[tuple[Sentence, ...], ...]  # of each mail
    found: tuple[tuple[tuple[Found, ...], ...], ...]  # in each sentence of each mail
    within: tuple[csr_matrix, ...]
    categories: np.ndarray[Any, Any]
    hints: tuple[tuple[str, ...], ...]
    messages: tuple[Message, ...]
    private: tuple[bool, ...]  # no organisation is named
    rules: Rules
    tagged: csr_matrix  # the stretches of mails that are labelled sentence by sentence
    tagged_acts: np.ndarray[Any, Any]
    tagged_mail: np.ndarray[Any, Any]  # the mail that each stretch is of


def material(rules: Rules, mails: Sequence[Labelled]) -> Material:
    """Read the labelled sentences and *mails* as the program itself would."""
    lexicon = rules.acts
    known = [*_sentences(), *_of_patterns()]
    texts = [_single(line["text"]) for line in known]
    spoken = tuple(acts.spoken(mail.message, rules.ours) for mail in mails)
    sets = [learned.features(sentence, lexicon)[0] for sentence in texts]
    stretches = [(place, *one) for place, mail in enumerate(mails) for one in mail.labels.get("stretches", ())]
    parts = [learned.features(_single(text), lexicon)[0] for _, _, text in stretches]
    heard = [[learned.features(sentence, lexicon) for sentence in mail] for mail in spoken]
    within = [[names for names, _ in mail] for mail in heard]
    counts = Counter(name for names in [*sets, *parts, *(names for mail in within for names in mail)] for name in names)
    kept = tuple(sorted(name for name, count in counts.items() if count >= RARE))
    place = {name: number for number, name in enumerate(kept)}
    return Material(
        names=kept,
        sentences=_matrix(sets, place),
        acts=np.array([line["act"] for line in known]),
        spoken=spoken,
        found=tuple(tuple(hits for _, hits in mail) for mail in heard),
        within=tuple(_matrix(mail, place) for mail in within),
        categories=np.array([mail.category for mail in mails]),
        hints=tuple((*mail.hints, *acts.subject_hints(mail.message.subject)) for mail in mails),
        messages=tuple(mail.message for mail in mails),
        private=tuple(organisation(mail.message, _ANYWHERE, rules) is None for mail in mails),
        rules=rules,
        tagged=_matrix(parts, place),
        tagged_acts=np.array([act for _, act, _ in stretches]),
        tagged_mail=np.array([number for number, _, _ in stretches], dtype=int),
    )


def _sentences() -> Iterable[dict[str, Any]]:
    for path in sorted(HERE.glob("sentences-*.jsonl")):
        yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())


def _of_patterns() -> Iterable[dict[str, Any]]:
    """Make some sentences of every pattern; the same ones each time."""
    yield from expanded((HERE / "patterns.txt").read_text(encoding="utf-8"))


def _single(text: str) -> Sentence:
    found = sentences(text)
    if len(found) == 1:
        return found[0]
    folded = tuple(word for sentence in found for word in sentence.words)
    return Sentence(text, folded, Origin.OWN, found[-1].asks if found else False)


def _matrix(sets: Iterable[Sequence[str]], place: dict[str, int]) -> csr_matrix:
    data: list[float] = []
    columns: list[int] = []
    ends = [0]
    for names in sets:
        inside = [name for name in names if name in place]
        values = np.array([learned.strength(name) for name in inside], dtype=np.float64)
        data.extend(values / (np.sqrt((values**2).sum()) or 1.0))
        columns.extend(place[name] for name in inside)
        ends.append(len(data))
    return csr_matrix((data, columns, ends), shape=(len(ends) - 1, len(place)), dtype=np.float64)


def fit_acts(known: Material, without: Sequence[int] = ()) -> LogisticRegression:
    """Fit what a sentence does, to all but the stretches of the mails *without*."""
    kept = ~np.isin(known.tagged_mail, without)
    rows = vstack([known.sentences, known.tagged[kept]]).tocsr()
    return LogisticRegression(C=FIRST, max_iter=100, tol=1e-3).fit(rows, [*known.acts, *known.tagged_acts[kept]])


def _chances(known: Material, without: Sequence[int]) -> list[np.ndarray[Any, Any]]:
    """Return the acts of each mail's sentences, told by a model that was not fitted to that mail, nor to *without*."""
    chances = [np.zeros((0, WIDTH))] * len(known.spoken)
    told = np.setdiff1d(np.unique(known.tagged_mail), without)
    parts = [np.setdiff1d(np.arange(len(known.spoken)), told), *(told[fold::NESTED] for fold in range(NESTED))]
    for number, part in enumerate(parts):
        if len(part):
            model = fit_acts(known, [*without, *(part if number else ())])
            for mail in part:
                if known.spoken[mail]:
                    chances[mail] = model.predict_proba(known.within[mail])
    return chances


def _readings(known: Material, number: int, chances: list[np.ndarray[Any, Any]]) -> list[learned.SentenceReading]:
    nothing = (0.0,) * len(learned.CATEGORIES)
    return [
        learned.SentenceReading(sentence, found, tuple(row), nothing)
        for sentence, found, row in zip(known.spoken[number], known.found[number], chances[number], strict=True)
    ]


def _profile(known: Material, number: int, chances: list[np.ndarray[Any, Any]]) -> dict[str, float]:
    """Return what a mail's sentences add up to, and how likely they count somebody by the table as it stands."""
    readings, hints = _readings(known, number, chances), known.hints[number]
    told = counted(
        known.messages[number], readings, known.rules, earlier="earlier" in hints, private=known.private[number]
    )
    return acts.profile(readings, hints) | told.signs()


def profiles(known: Material, chances: list[np.ndarray[Any, Any]]) -> tuple[tuple[str, ...], csr_matrix]:
    """Return the names of the second stage's own features, and all its features."""
    every = range(len(known.spoken))
    found = [_profile(known, number, chances) for number in every]
    names = tuple(sorted({name for one in found for name in one}))
    dense = csr_matrix([[one.get(name, 0.0) for name in names] for one in found])
    damped = vstack([csr_matrix(within.sum(0)) / max(1, within.shape[0]) ** 0.5 * LOUDNESS for within in known.within])
    return names, hstack([dense, damped]).tocsr()


def fit_categories(table: csr_matrix, categories: np.ndarray[Any, Any]) -> LogisticRegression:
    """Fit what a mail is; a rare category counts somewhat more than its share."""
    return LogisticRegression(C=SECOND, max_iter=250, class_weight=_weights(categories)).fit(table, categories)


def _weights(categories: np.ndarray[Any, Any]) -> dict[str, float]:
    """Return what a mail of each category counts: of a hundred times as many each counts a third."""
    counts = Counter(categories)
    return {name: (len(categories) / len(counts) / count) ** RARER for name, count in counts.items()}


def unseen(known: Material, seed: int = 0) -> np.ndarray[Any, Any]:
    """Return, for each mail, the sums of a model of both stages that was not fitted to it."""
    sums = np.zeros((len(known.categories), len(learned.CATEGORIES)))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for train, test in folds.split(known.categories, known.categories):
        _, table = profiles(known, _chances(known, test))
        sums[test] = fit_categories(table[train], known.categories[train]).decision_function(table[test])
    return sums


def temperature(sums: np.ndarray[Any, Any], categories: np.ndarray[Any, Any]) -> float:
    """Return the divisor of the sums with which confidence says most truly how often it is right."""
    right = np.array([learned.CATEGORIES.index(category) for category in categories])

    def loss(divisor: float) -> float:
        scaled = sums / divisor
        top = scaled.max(1, keepdims=True)
        powers = np.exp(scaled - top)
        chances = powers[np.arange(len(right)), right] / powers.sum(1)
        return float(-np.log(chances).mean())

    return min((round(step * 0.05, 2) for step in range(10, 60)), key=loss)


def table_of(known: Material, divisor: float) -> learned.Weights:
    """Fit both stages, and return the table."""
    first = fit_acts(known)
    names, table = profiles(known, _chances(known, ()))
    second = fit_categories(table, known.categories)
    own = len(names)
    rows = np.hstack([first.coef_.T, second.coef_.T[own:] * LOUDNESS])
    scaled = {
        name: tuple(learned.strength(name) * value for value in row)
        for name, row in zip(known.names, rows, strict=True)
    }
    return learned.Weights(
        features=scaled,
        profile={name: tuple(row) for name, row in zip(names, second.coef_.T[:own], strict=True)},
        act_bias=tuple(first.intercept_),
        category_bias=tuple(second.intercept_),
        temperature=divisor,
    )


def told(sums: np.ndarray[Any, Any], known: Material, mails: Sequence[Labelled], divisor: float) -> str:
    """Tell how mails that were not fitted to were judged."""
    scaled = sums / divisor
    chances = np.exp(scaled - scaled.max(1, keepdims=True))
    chances /= chances.sum(1, keepdims=True)
    judged = np.array(learned.CATEGORIES)[chances.argmax(1)]
    right, sure = judged == known.categories, chances.max(1)
    lines = [f"temperature {divisor}"]
    for source in sorted({mail.source for mail in mails}):
        mask = np.array([mail.source == source for mail in mails])
        lines.append(f"{source}: {right[mask].mean():.3f} of {mask.sum()}")
    for low in (0.3, 0.5, 0.6, 0.7, 0.8, 0.9):
        mask = (sure >= low) & (sure < low + 0.1)
        lines.append(f"confidence {low:.1f}: {right[mask].mean() if mask.any() else 0:.2f} right of {mask.sum()}")
    wrong = Counter((want, got) for want, got in zip(known.categories, judged, strict=True) if want != got)
    lines += [f"{count:3} {want} judged {got}" for (want, got), count in wrong.most_common(16)]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, tell, and unless only asked to tell, write."""
    parser = argparse.ArgumentParser(prog="python -m learning.fit", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--quick", action="store_true", help="tell nothing, and keep the temperature as it is")
    options = parser.parse_args(arguments)
    warnings.filterwarnings("ignore", category=FutureWarning)
    mails = labelled()
    known = material(load(HERE.parent / "rules", ZoneInfo("Europe/Warsaw")), mails)
    divisor = learned.load().temperature
    if not options.quick:
        sums = unseen(known)
        divisor = temperature(sums, known.categories)
        print(told(sums, known, mails, divisor))
    if not options.check:
        learned.WEIGHTS.write_text(learned.written(table_of(known, divisor)), encoding="utf-8")


if __name__ == "__main__":
    main()
