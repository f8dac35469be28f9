"""Which thematic groups the sender's own words are about, or which one they choose.

Every sentence is asked how likely it is about each group (``subjects.py``) and how likely it proposes, chooses or sends
anything at all (``acts.py``); a group is the mail's where both meet plainly enough. A mention is not enough: a fund
with "seniors" in its name writes about whatever it proposes, and a lift for the meeting is no topic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from intake.judgement import acts, subjects
from intake.judgement.acts import Reading
from intake.judgement.learned import ACTS, CATEGORIES
from intake.judgement.lexicon import Act
from intake.judgement.rules import Rules
from intake.judgement.sentences import Origin
from intake.judgement.values import Category
from intake.mail.message import Message

THRESHOLD = 0.5
_LITTLE = 0.2  # of a proposal in any mail: the reading may be wrong
_HEADER = 500  # characters of a forward in which its author stands
_SPEAKING = tuple(
    (ACTS.index(act), weight)
    for act, weight in (
        (Act.PROPOSE, 1.0),
        (Act.ENCLOSE, 0.9),
        (Act.PROMISE, 0.3),
        (Act.ASK, 0.5),
        (Act.CHANGE, 0.3),
        (Act.BACKGROUND, 0.35),
        (Act.ELSEWHERE, 0.25),
    )
)


@dataclass(frozen=True, slots=True)
class Heard:
    """What the sentences of a message say of the groups."""

    columns: tuple[tuple[float, ...], ...]  # for each topic, how likely each sentence is about it
    gates: tuple[float, ...]  # how likely each sentence proposes, chooses or sends anything
    subject: tuple[bool, ...]  # the sentence is the message's subject
    named: frozenset[str]  # topics whose words stand in a sentence that proposes or chooses
    proposes: float  # how likely the message is a proposal, and a sentence of it proposes


def topics(message: Message, rules: Rules, reading: Reading | None = None) -> tuple[str, ...]:
    """Return the ids of the groups that *message* is about or chooses, sorted.

    *reading* is the message as ``acts.read`` has read it already; without it, the message is read once more.
    """
    known = reading or acts.read(message, rules.acts, rules.learned, ours=rules.ours)
    ids = {topic.id for topic in rules.consultation.topic}
    return tuple(
        sorted(topic for topic, chance in likely(known, rules).items() if chance >= THRESHOLD and topic in ids)
    )


def likely(reading: Reading, rules: Rules) -> dict[str, float]:
    """Return how likely the message that was read is about each group."""
    names = [subjects.features(one.sentence, rules.topics, rules.choices) for one in reading.sentences]
    heard = hear(reading, names, [subjects.chances(one, rules.subjects) for one in names], rules.subjects)
    result: dict[str, float] = {}
    for topic, row in summed(heard, rules.subjects, rules.clues.general).items():
        result[topic] = subjects.logistic(sum(rules.subjects.mail[name] * value for name, value in row.items()))
    return result


def hear(
    reading: Reading,
    names: Sequence[Sequence[str]],
    chances: Sequence[Sequence[float]],
    learned: subjects.Subjects,
) -> Heard:
    """Bring together what the sentences do and what, by *names* and *chances*, they are about."""
    sentences = reading.sentences
    proposal = _proposal(reading)
    likely_said = max(_LITTLE, proposal)  # in a mail that only confirms, a group is chosen or it is no topic
    choosing = ACTS.index(Act.CHOOSE)
    gates = tuple(
        min(1.0, one.acts[choosing] + likely_said * sum(one.acts[place] * weight for place, weight in _SPEAKING))
        for one in sentences
    )
    spoken = [set(features) for features, gate in zip(names, gates, strict=True) if gate >= 0.5]
    proposing = ACTS.index(Act.PROPOSE)
    return Heard(
        columns=tuple(tuple(row[place] for row in chances) for place in range(len(learned.topics))),
        gates=gates,
        subject=tuple(one.sentence.origin is Origin.SUBJECT for one in sentences),
        named=frozenset(
            topic for topic in learned.topics if any({f"T={topic}1", f"C={topic}"} & features for features in spoken)
        ),
        proposes=max((one.acts[proposing] for one in sentences), default=0.0) * proposal,
    )


def _proposal(reading: Reading) -> float:
    """Return how likely the message writes about something, a question less so than a proposal."""
    chance = dict(zip(CATEGORIES, reading.categories, strict=True))
    return chance[Category.PROPOSAL] + chance[Category.MIXED] + 0.5 * chance[Category.QUESTION]


def summed(heard: Heard, learned: subjects.Subjects, general: str | None) -> dict[str, dict[str, float]]:
    """Return the traits of the whole mail for each topic; what is proposed on no other is on the *general* one."""
    sums = [sum(map(_product, column, heard.gates)) for column in heard.columns]
    most = max(sums, default=0.0)
    rows: dict[str, dict[str, float]] = {}
    others = 1.0
    for topic, column in zip(learned.topics, heard.columns, strict=True):
        rows[topic] = subjects.traits(column, heard.gates, heard.subject, named=topic in heard.named, most=most)
        rows[topic]["rest"] = 0.0
        others *= 1.0 if topic == general else 1 - rows[topic]["any"]
    if general in rows:
        rows[general]["rest"] = heard.proposes * others
    return rows


def _product(one: float, other: float) -> float:
    return one * other
