"""How good the judgement is: labels that a person gave against verdicts. Pure: values in, figures out.

A label is a line of a corpus: the ``file`` it stands for, ``category``, ``timeliness``, ``organisation``, ``people``,
``topics`` and ``acknowledge``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from intake.judgement.sentences import words
from intake.judgement.values import Category, Punctuality, Timeliness, Verdict

_BINS = 10


@dataclass(frozen=True, slots=True)
class Label:
    """What a clerk wrote down of one message."""

    file: str
    category: Category
    timeliness: Timeliness
    organisation: str | None
    people: int | None
    topics: tuple[str, ...]
    acknowledge: bool


@dataclass(frozen=True, slots=True)
class Quality:
    """How well one category is told; 0 where there was nothing to divide by."""

    labelled: int
    judged: int
    right: int

    @property
    def precision(self) -> float:
        """Return the share of right ones among those judged so."""
        return _share(self.right, self.judged)

    @property
    def recall(self) -> float:
        """Return the share of those labelled so that were found."""
        return _share(self.right, self.labelled)

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall."""
        return _share(2 * self.right, self.judged + self.labelled)


@dataclass(frozen=True, slots=True)
class Bin:
    """The verdicts whose confidence lies from *low* (included) to *high*."""

    low: float
    high: float
    number: int
    right: int
    confidence: float  # on average

    @property
    def accuracy(self) -> float:
        """Return the share that was right."""
        return _share(self.right, self.number)


@dataclass(frozen=True, slots=True)
class Miss:
    """A message whose category was not the labelled one."""

    label: Label
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Wrong:
    """A fact that was not the labelled one."""

    file: str
    fact: str
    labelled: object
    judged: object


@dataclass(frozen=True, slots=True)
class Scored:
    """All figures of one comparison. Shares are of all messages unless the name says otherwise."""

    number: int
    accuracy: float
    categories: dict[Category, Quality]
    confusion: dict[tuple[Category, Category], int]  # (labelled, judged) to how many
    organisation: float
    people: float  # of those labelled attendance or mixed
    topics_f1: float  # over all topic ids together
    timeliness: float  # of those whose category is right
    acknowledge: float
    automatic_acknowledged: int  # must be none
    review: float
    unsure: float
    wrong_unreviewed: float
    calibration: tuple[Bin, ...]
    misses: tuple[Miss, ...]
    wrong_facts: tuple[Wrong, ...]


def label(line: Mapping[str, object]) -> Label:
    """Read a *line* of ``labels.jsonl``; raise ``ValueError`` with the key that is missing or not understood."""
    try:
        times = line["timeliness"]
        topics = line["topics"]
        organisation, people = line["organisation"], line["people"]
        if not isinstance(times, Mapping) or not isinstance(topics, list):
            raise ValueError("timeliness must be an object and topics a list")  # noqa: TRY004 (one kind for all)
        return Label(
            file=str(line["file"]),
            category=Category(str(line["category"])),
            timeliness=Timeliness(**{str(cutoff): Punctuality(str(value)) for cutoff, value in times.items()}),
            organisation=None if organisation is None else str(organisation),
            people=None if people is None else int(str(people)),
            topics=tuple(sorted(str(topic) for topic in topics)),
            acknowledge=bool(line["acknowledge"]),
        )
    except KeyError as error:
        raise ValueError(f"a label without {error}") from error
    except TypeError as error:
        raise ValueError(f"a label that cannot be read: {error}") from error


def score(labels: Sequence[Label], verdicts: Sequence[Verdict]) -> Scored:
    """Compare *labels* with *verdicts*, which stand in the same order."""
    pairs = list(zip(labels, verdicts, strict=True))
    number = len(pairs)
    right = [(known, verdict) for known, verdict in pairs if known.category is verdict.category]
    coming = [(known, verdict) for known, verdict in pairs if known.category.attends]
    misses = tuple(Miss(known, verdict) for known, verdict in pairs if known.category is not verdict.category)
    return Scored(
        number=number,
        accuracy=_share(len(right), number),
        categories={category: _quality(category, pairs) for category in Category},
        confusion=dict(Counter((known.category, verdict.category) for known, verdict in pairs)),
        organisation=_share(
            sum(same_name(known.organisation, verdict.organisation) for known, verdict in pairs), number
        ),
        people=_share(sum(known.people == verdict.people for known, verdict in coming), len(coming)),
        topics_f1=_topics(pairs),
        timeliness=_share(sum(known.timeliness == verdict.timeliness for known, verdict in right), len(right)),
        acknowledge=_share(sum(known.acknowledge == verdict.acknowledge for known, verdict in pairs), number),
        automatic_acknowledged=sum(
            known.category is Category.AUTOMATIC and verdict.acknowledge for known, verdict in pairs
        ),
        review=_share(sum(bool(verdict.review) for _, verdict in pairs), number),
        unsure=_share(sum("unsure" in verdict.review for _, verdict in pairs), number),
        wrong_unreviewed=_share(sum(not miss.verdict.review for miss in misses), number),
        calibration=_calibration(pairs),
        misses=misses,
        wrong_facts=tuple(_wrong_facts(pairs)),
    )


def same_name(one: str | None, other: str | None) -> bool:
    """Tell whether two names of an organisation are the same but for case, quotation marks and spaces."""
    if one is None or other is None:
        return one is other
    return words(one) == words(other)


def _quality(category: Category, pairs: Sequence[tuple[Label, Verdict]]) -> Quality:
    return Quality(
        labelled=sum(known.category is category for known, _ in pairs),
        judged=sum(verdict.category is category for _, verdict in pairs),
        right=sum(known.category is category is verdict.category for known, verdict in pairs),
    )


def _topics(pairs: Sequence[tuple[Label, Verdict]]) -> float:
    """Return F1 over every topic of every message; 1 where neither side names any."""
    both = sum(len(set(known.topics) & set(verdict.topics)) for known, verdict in pairs)
    either = sum(len(known.topics) + len(verdict.topics) for known, verdict in pairs)
    return 2 * both / either if either else 1.0


def _calibration(pairs: Sequence[tuple[Label, Verdict]]) -> tuple[Bin, ...]:
    bins: list[Bin] = []
    for place in range(_BINS):
        inside = [pair for pair in pairs if min(int(pair[1].confidence * _BINS), _BINS - 1) == place]
        if inside:
            bins.append(
                Bin(
                    low=place / _BINS,
                    high=(place + 1) / _BINS,
                    number=len(inside),
                    right=sum(known.category is verdict.category for known, verdict in inside),
                    confidence=sum(verdict.confidence for _, verdict in inside) / len(inside),
                )
            )
    return tuple(bins)


def _wrong_facts(pairs: Sequence[tuple[Label, Verdict]]) -> list[Wrong]:
    facts: tuple[tuple[str, Callable[[Label | Verdict], object]], ...] = (
        ("organisation", lambda one: one.organisation and words(one.organisation)),
        ("people", lambda one: one.people),
        ("topics", lambda one: one.topics),
        ("timeliness", lambda one: one.timeliness),
        ("acknowledge", lambda one: one.acknowledge),
    )
    return [
        Wrong(known.file, fact, getattr(known, fact), getattr(verdict, fact))
        for known, verdict in pairs
        for fact, value in facts
        if value(known) != value(verdict)
    ]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
