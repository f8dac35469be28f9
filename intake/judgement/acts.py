"""The acts of a whole message: what is read, sentence by sentence, and what it adds up to.

Read are the subject, the sender's own words, with less weight the attachments, and the forwarded text where the
sender's own words (or their want) make it the message. Quotes, signatures and footers are nobody's act.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from types import MappingProxyType

from intake.judgement.below import answered_below
from intake.judgement.learned import ACTS, CATEGORIES, SentenceReading, Weights, read_sentence, softmax
from intake.judgement.lexicon import Act, Lexicon
from intake.judgement.ours import Ours
from intake.judgement.sentences import Origin, Sentence, sentences, words
from intake.judgement.values import Category
from intake.mail.message import Message, PassageKind

OWN_LIMIT = 60_000  # characters; nobody writes a longer letter to a city
ATTACHED_LIMIT = 12_000
_LITTLE = 40  # words of one's own beside which a forward is the message
_ATTACHED = 0.6  # weight of an attachment's sentence
_SAY = 0.4  # how loudly a phrase of weight 1 speaks for its act
_FLOOR = 1e-4
_TRACE = 0.05  # of an act that nobody does
_GREETING = frozenset(
    words("dzień dobry wieczór witam witajcie serdecznie szanowni szanowna szanowny państwo pani pan cześć hej")
    + words("hello hi dear all good morning sir madam добрий день вітаю шановні guten tag")
)
_REPLY = re.compile(
    r"(?:re|odp|ha|aw|antw|sv|відп|ответ)\.?(?: ?[\[(][0-9]{1,3}[\])])?", re.IGNORECASE
)  # "Odp.:", "RE[2]:"
_FORWARDED = re.compile(r"(?:fwd?|pd|wg|przek|przesłano dalej|переслано)\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """A message read: its sentences, and how likely each category is."""

    sentences: tuple[SentenceReading, ...]
    categories: tuple[float, ...]  # probabilities, as CATEGORIES

    def strongest(self, act: Act) -> float:
        """Return how likely the likeliest sentence does *act*."""
        place = ACTS.index(act)
        return max((reading.acts[place] for reading in self.sentences), default=0.0)


def read(message: Message, lexicon: Lexicon, weights: Weights, *, ours: Ours, hints: Sequence[str] = ()) -> Reading:
    """Read *message* but for what is *ours*; *hints* name what is known of its arrival: ``expects:attendance``."""
    return together(hear(message, lexicon, weights, ours=ours), (*hints, *subject_hints(message.subject)), weights)


def hear(message: Message, lexicon: Lexicon, weights: Weights, *, ours: Ours) -> tuple[SentenceReading, ...]:
    """Read each sentence of *message* on its own."""
    return tuple(read_sentence(sentence, lexicon, weights) for sentence in spoken(message, ours))


def together(
    readings: tuple[SentenceReading, ...],
    hints: Sequence[str],
    weights: Weights,
    signs: Mapping[str, float] = MappingProxyType({}),
) -> Reading:
    """Read a message by its sentences; *signs* say what else is known of it, such as whether somebody is counted."""
    return Reading(readings, _categories({**profile(readings, hints), **signs}, leaning(readings), weights))


def spoken(message: Message, ours: Ours) -> tuple[Sentence, ...]:
    """Return the sentences of *message* that are its sender's, to us; what the office has written is not."""
    message = answered_below(message, ours)
    own = message.own[:OWN_LIMIT]
    found = list(sentences(own))
    if "reply" not in subject_hints(message.subject):  # a reply's subject is what was written to it
        found = [*sentences(bare(message.subject or ""), Origin.SUBJECT), *found]
    forwarded = message.words_of(PassageKind.FORWARD)[:OWN_LIMIT]
    if forwarded and len(words(own[:2000])) <= _LITTLE and not ours.wrote(forwarded):
        found += sentences(forwarded, Origin.FORWARD)
    for attachment in message.attachments:
        if attachment.text:
            found += sentences(attachment.text[:ATTACHED_LIMIT], Origin.ATTACHMENT)
    kept = tuple(ours.without(found))
    return () if all(_GREETING.issuperset(one.words) for one in kept) else kept  # a greeting says nothing


def bare(subject: str) -> str:
    """Return *subject* without the prefixes of replies and forwards."""
    rest = subject.strip()
    for _ in range(8):
        prefix, colon, after = rest.partition(":")
        if not colon or not (_REPLY.fullmatch(prefix.strip()) or _FORWARDED.fullmatch(prefix.strip())):
            break
        rest = after.strip()
    return rest


def subject_hints(subject: str | None) -> tuple[str, ...]:
    """Return what the prefix of a subject tells: a reply, a forward."""
    prefix, colon, _ = (subject or "").partition(":")
    if not colon:
        return ()
    if _FORWARDED.fullmatch(prefix.strip()):
        return ("forward",)
    return ("reply",) if _REPLY.fullmatch(prefix.strip()) else ()


def profile(readings: Sequence[SentenceReading], hints: Sequence[str]) -> dict[str, float]:
    """Return what a mail's sentences add up to: how plainly each act is done, and which acts stand together."""
    rows = [_weighed(reading) for reading in readings] or [(0.0,) * len(ACTS)]
    result: dict[str, float] = dict.fromkeys(hints, 1.0)
    result["length"] = math.log1p(len(rows))
    most: dict[Act, float] = {}
    for place, act in enumerate(ACTS):
        column = [row[place] for row in rows]
        most[act] = result[f"max:{act}"] = max(column)
        result[f"any:{act}"] = 1 - math.prod(1 - 0.95 * value for value in column)
        result[f"mean:{act}"] = sum(column) / len(column)
    result.update(_together(most, expected="expects:attendance" in hints))
    result.update(_attached(readings, rows, most))
    for act in (Act.CONFIRM, Act.CHANGE, Act.DECLINE, Act.PROPOSE):
        place = ACTS.index(act)
        result[f"late:{act}"] = max(row[place] * number for number, row in enumerate(rows, 1)) / len(rows)
    return result


def _attached(
    readings: Sequence[SentenceReading], rows: Sequence[Sequence[float]], most: Mapping[Act, float]
) -> dict[str, float]:
    """Return what the attachments do by themselves: a list of those who come is enclosed as proposals are."""
    pairs = zip(readings, rows, strict=False)
    inside = [row for reading, row in pairs if reading.sentence.origin is Origin.ATTACHMENT]
    if not inside:
        return {}
    found = {act: max(row[ACTS.index(act)] for row in inside) / _ATTACHED for act in (Act.PROPOSE, Act.CONFIRM)}
    return {
        "attached": 1.0,
        "attached proposes": found[Act.PROPOSE],
        "attached confirms": found[Act.CONFIRM],
        "attached proposes nothing": most[Act.ENCLOSE] * (1 - found[Act.PROPOSE]),
    }


def _together(most: dict[Act, float], *, expected: bool) -> dict[str, float]:
    """Return how plainly the message attends, declines, proposes or strays, and which of them meet."""
    coming = (1 - most[Act.CONFIRM]) * (1 - most[Act.CHANGE]) * (1 - 0.8 * most[Act.TENTATIVE])
    attends = 1 - coming * (1 - 0.3 * most[Act.NEED]) * (1 - 0.4 * most[Act.CHOOSE])
    declines = most[Act.DECLINE]
    proposes = 1 - (1 - most[Act.PROPOSE]) * (1 - most[Act.ENCLOSE])
    other = 1 - (1 - most[Act.ELSEWHERE]) * (1 - most[Act.ADVERTISE])
    nothing = (1 - attends) * (1 - proposes)
    return {
        **{
            f"without {name}": math.log(value + _TRACE)
            for name, value in (
                ("attending", attends),
                ("declining", declines),
                ("proposing", proposes),
                ("asking", most[Act.ASK]),
                ("straying", other),
            )
        },
        "attends": attends,
        "proposes": proposes,
        "other": other,
        "attends proposes": attends * proposes,
        "attends declines": attends * declines,
        "declines proposes": declines * proposes,
        "asks only": most[Act.ASK] * nothing * (1 - declines),
        "thanks only": most[Act.THANK] * nothing * (1 - declines) * (1 - most[Act.ASK]),
        "machine only": most[Act.MACHINE] * nothing,
        "proposes only": proposes * (1 - attends),
        "attends only": attends * (1 - proposes),
        "attends still": attends * (1 - declines),
        "declines only": declines * (1 - attends),
        "declines and no more": declines * (1 - proposes),
        "other attends": other * attends,
        "other proposes": other * proposes,
        "other declines": other * declines,
        "other asks": other * most[Act.ASK],
        "other where coming is expected": other * expected,
        "declines where coming is expected": declines * expected,
    }


def leaning(readings: Sequence[SentenceReading]) -> tuple[float, ...]:
    """Return what the sentences say of the category together, damped so that a long mail is not too loud."""
    if not readings:
        return (0.0,) * len(CATEGORIES)
    scale = 1 / math.sqrt(len(readings))
    return tuple(scale * sum(column) for column in zip(*(reading.leaning for reading in readings), strict=True))


def _weighed(reading: SentenceReading) -> tuple[float, ...]:
    """Return the acts of a sentence: what was learned, and the phrases of the rules beside it."""
    boosts: dict[Act, float] = {}
    for hit in reading.found:
        boosts[hit.act] = max(boosts.get(hit.act, 0.0), hit.weight)
    if boosts:
        raised = [
            (value + _FLOOR) * math.exp(_SAY * boosts.get(act, 0.0))
            for act, value in zip(ACTS, reading.acts, strict=True)
        ]
        total = sum(raised)
        acts = tuple(value / total for value in raised)
    else:
        acts = reading.acts
    if reading.sentence.origin is not Origin.ATTACHMENT:
        return acts
    return tuple(_ATTACHED * value for value in acts)


def _categories(found: Mapping[str, float], leans: Sequence[float], weights: Weights) -> tuple[float, ...]:
    starts = [bias + lean for bias, lean in zip(weights.category_bias, leans, strict=True)]
    said = {name: value for name, value in found.items() if value and name in weights.profile}
    columns = zip(*(weights.profile[name] for name in said), strict=True)
    sums = [sum(map(mul, said.values(), column), start) for start, column in zip(starts, columns, strict=False)]
    return softmax([total / weights.temperature for total in sums or starts])


def probability(reading: Reading, category: Category) -> float:
    """Return how likely *category* is."""
    return reading.categories[CATEGORIES.index(category)]
