"""Fit ``intake/judgement/subjects.tsv``: ``python -m learning.fit_topics`` (needs the dependency group ``fit``).

First what a sentence is about, on labelled sentences and on the sentences of labelled mails: those of a mail without a
topic are not about it, and of a mail with it those that most plainly are. Then what the sentences of a mail add up to.
Both read the acts that ``python -m learning.fit`` has fitted before. ``--check`` writes nothing, but tells how mails
that were not fitted to are judged (folds of whole mails).
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from intake.errors import RulesError
from intake.judgement import acts, learned, subjects, topics
from intake.judgement.acts import Reading
from intake.judgement.clues import FactsTable
from intake.judgement.consultation import Consultation
from intake.judgement.lexicon import Wording, compiled
from intake.judgement.phrases import Finder
from intake.judgement.rules import ours_of
from intake.judgement.sentences import Origin, Sentence, sentences
from intake.tables import read
from learning.mails import Labelled, labelled

HERE = Path(__file__).parent
RARE = 2  # features of fewer texts than this are left out
FIRST, SECOND = 12.0, 1.0  # how little the two stages are held back
ROUNDS = 1  # in which sentences of mails are given their topics
FOLDS = 6
_WEIGHED = {0: 1.0, 1: 2.5}  # of sentences that are not, and are, about a topic: these are fewer
_SURE = 0.5


@dataclass(frozen=True, slots=True)
class Mail:
    """A labelled mail, read."""

    reading: Reading
    names: tuple[tuple[str, ...], ...]
    topics: frozenset[str]
    source: str


@dataclass(frozen=True, slots=True)
class Material:
    """What is fitted to."""

    topics: tuple[str, ...]
    general: str | None  # the topic of what is proposed on no other
    names: tuple[str, ...]
    sentences: csr_matrix
    labels: np.ndarray[Any, Any]
    mails: tuple[Mail, ...]
    within: tuple[csr_matrix, ...]


def material(mails: Sequence[Labelled]) -> Material:
    """Read the labelled sentences and *mails* as the program itself would."""
    rules = HERE.parent / "rules"
    consultation = read(rules / "consultation.toml", Consultation, RulesError)
    lexicon, weights = compiled(read(rules / "acts.toml", Wording, RulesError)), learned.load()
    ours = ours_of(consultation)
    words = Finder((phrase, topic.id) for topic in consultation.topic for phrase in topic.words)
    choices = Finder((phrase, topic.id) for topic in consultation.topic for phrase in topic.choice)
    ids = tuple(sorted(topic.id for topic in consultation.topic))
    known = [*_sentences(), *_written()]
    sets = [subjects.features(sentence, words, choices) for sentence, _ in known]
    heard = []
    for mail in mails:
        reading = acts.read(mail.message, lexicon, weights, ours=ours, hints=mail.hints)
        names = tuple(subjects.features(one.sentence, words, choices) for one in reading.sentences)
        heard.append(Mail(reading, names, frozenset(mail.labels["topics"]), mail.source))
    counts = Counter(name for names in (*sets, *(names for mail in heard for names in mail.names)) for name in names)
    kept = tuple(sorted(name for name, count in counts.items() if count >= RARE))
    place = {name: number for number, name in enumerate(kept)}
    labels = np.array([[topic in given for topic in ids] for _, given in known], dtype=int)
    within = tuple(_matrix(mail.names, place) for mail in heard)
    general = read(rules / "facts.toml", FactsTable, RulesError).topics.general
    return Material(ids, general, kept, _matrix(sets, place), labels, tuple(heard), within)


def _sentences() -> Iterator[tuple[Sentence, frozenset[str]]]:
    for path in sorted(HERE.glob("sentences-*.jsonl")):
        for line in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            yield _single(line["text"]), frozenset(line["topics"])


def _written() -> Iterator[tuple[Sentence, frozenset[str]]]:
    """Read the sentences that were written for the topics alone."""
    for line in (HERE / "topics.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            given, _, text = line.partition(":")
            yield _single(text.strip()), frozenset(given.split()) - {"none"}


def _single(text: str) -> Sentence:
    found = sentences(text)
    folded = tuple(word for sentence in found for word in sentence.words)
    return Sentence(text, folded, Origin.OWN, found[-1].asks if found else False)


def _matrix(sets: Sequence[Sequence[str]], place: dict[str, int]) -> csr_matrix:
    data: list[float] = []
    columns: list[int] = []
    ends = [0]
    for names in sets:
        inside = [name for name in names if name in place]
        values = np.array([subjects.strength(name) for name in inside], dtype=np.float64)
        data.extend(values / (np.sqrt((values**2).sum()) or 1.0))
        columns.extend(place[name] for name in inside)
        ends.append(len(data))
    return csr_matrix((data, columns, ends), shape=(len(ends) - 1, len(place)), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class First:
    """The first stage: what a sentence is about."""

    weights: np.ndarray[Any, Any]
    bias: np.ndarray[Any, Any]

    def chances(self, table: csr_matrix) -> np.ndarray[Any, Any]:
        """Return how likely each row of *table* is about each topic."""
        return np.asarray(1 / (1 + np.exp(-(table @ self.weights.T + self.bias))))


def fit_sentences(known: Material, used: Sequence[int]) -> First:
    """Fit what a sentence is about, on the labelled sentences and on the mails *used*."""
    first = _fitted(known.sentences, known.labels)
    for _ in range(ROUNDS):
        guessed = [_guessed(known, number, first) for number in used if known.within[number].shape[0]]
        table = vstack([known.sentences, *(known.within[number] for number in used if known.within[number].shape[0])])
        first = _fitted(table.tocsr(), np.vstack([known.labels, *guessed]))
    return first


def _fitted(table: csr_matrix, labels: np.ndarray[Any, Any]) -> First:
    models = [
        LogisticRegression(C=FIRST, max_iter=200, tol=1e-3, class_weight=_WEIGHED).fit(table, column)
        for column in labels.T
    ]
    return First(np.vstack([model.coef_ for model in models]), np.array([model.intercept_[0] for model in models]))


def _guessed(known: Material, number: int, first: First) -> np.ndarray[Any, Any]:
    """Give the sentences of a mail its topics: none that it has not, and each that it has to the plainest sentence."""
    mail = known.mails[number]
    chances = first.chances(known.within[number])
    heard = topics.hear(mail.reading, mail.names, chances.tolist(), _empty(known))
    gated = chances * np.array(heard.gates)[:, None]
    result = (chances >= _SURE).astype(int)
    for place, topic in enumerate(known.topics):
        if topic not in mail.topics:
            result[:, place] = 0
        else:
            result[gated[:, place].argmax(), place] = 1
    return result


def _empty(known: Material) -> subjects.Subjects:
    return subjects.Subjects(known.topics, {}, (0.0,) * len(known.topics), {})


def rows(known: Material, first: First, used: Sequence[int]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the traits of the mails *used*, five rows each, and whether the mail has the topic."""
    table, labels = [], []
    for number in used:
        mail = known.mails[number]
        chances = first.chances(known.within[number]).tolist()
        heard = topics.hear(mail.reading, mail.names, chances, _empty(known))
        for topic, row in topics.summed(heard, _empty(known), known.general).items():
            table.append([row[name] for name in subjects.TRAITS])
            labels.append(topic in mail.topics)
    return np.array(table), np.array(labels)


def spread(known: Material, used: Sequence[int]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the traits of mails as a first stage sees them that was not fitted to them."""
    tables, labels = [], []
    for train, test in KFold(FOLDS, shuffle=True, random_state=1).split(used):
        first = fit_sentences(known, [used[number] for number in train])
        table, label = rows(known, first, [used[number] for number in test])
        tables.append(table)
        labels.append(label)
    return np.vstack(tables), np.hstack(labels)


def fit_mails(table: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Fit what a mail is about."""
    model = LogisticRegression(C=SECOND, max_iter=500, fit_intercept=False).fit(table, labels)
    return np.asarray(model.coef_[0])


def told(known: Material, used: Sequence[int]) -> str:
    """Tell how mails that were not fitted to are judged, by what they are."""
    table, labels = spread(known, used)
    order = [used[number] for _, test in KFold(FOLDS, shuffle=True, random_state=1).split(used) for number in test]
    judged = np.zeros(len(labels), dtype=bool)
    width = len(known.topics)
    for train, _ in KFold(FOLDS, shuffle=True, random_state=2).split(order):
        inside = np.repeat(np.isin(np.arange(len(order)), train), width)
        weights = fit_mails(table[inside], labels[inside])
        judged[~inside] = table[~inside] @ weights >= 0
    lines = [_figure("all", judged, labels)]
    for place, topic in enumerate(known.topics):
        lines.append(_figure(topic, judged[place::width], labels[place::width]))
    return "\n".join(lines)


def _figure(name: str, judged: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]) -> str:
    right, over, missed = (judged & labels).sum(), (judged & ~labels).sum(), (~judged & labels).sum()
    return (
        f"{name}: F1 {2 * right / max(1, 2 * right + over + missed):.3f} (right {right}, over {over}, missed {missed})"
    )


def table_of(known: Material, used: Sequence[int]) -> subjects.Subjects:
    """Fit both stages."""
    mail = fit_mails(*spread(known, used))
    first = fit_sentences(known, used)
    scaled = {
        name: tuple(subjects.strength(name) * value for value in row)
        for name, row in zip(known.names, first.weights.T, strict=True)
    }
    weights = dict(zip(subjects.TRAITS, mail.tolist(), strict=True))
    kept = {name: row for name, row in scaled.items() if any(round(value * 100) for value in row)}
    return subjects.Subjects(known.topics, kept, tuple(first.bias.tolist()), weights)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, tell, and unless only asked to tell, write."""
    parser = argparse.ArgumentParser(prog="python -m learning.fit_topics", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)
    mails = [mail for mail in labelled() if mail.category not in {"automatic", "unrelated"}]
    known = material(mails)
    used = list(range(len(mails)))
    print(told(known, used))
    if not options.check:
        subjects.WEIGHTS.write_text(subjects.written(table_of(known, used)), encoding="utf-8")


if __name__ == "__main__":
    main()
