"""From acts to a category: the rules by which what the sentences do makes the message what it is.

What was learned gives each category a chance; these rules correct it where the office's phrases leave no doubt, where
nothing could be read, and where a hedge or a closeness of two readings means that a person must look.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from intake.judgement.acts import Reading
from intake.judgement.learned import ACTS, CATEGORIES, SentenceReading
from intake.judgement.lexicon import Act
from intake.judgement.rules import Rules
from intake.judgement.sentences import Origin
from intake.judgement.values import Arrival, Category, Reason, Review
from intake.mail.message import Message

CLEAR = 0.45  # a sentence that does an act so likely counts as doing it
_SHORT = 90  # characters of the words quoted in a reason
_MOST_REASONS = 12
_MACHINE = 0.7  # without a header or a known phrase, only clear words make a machine
_PLAIN = 0.6  # a sentence that does an act so likely does it plainly
_GUARDED = 0.75  # confidence where a rule has ruled the other reading out: above what a person looks at
_PHRASES = 4.0  # weight of phrases that no learned word outweighs
_TWICE = 2
_TELLING = 2.0  # weight of a phrase that says what it does
_BLIND = 0.4  # confidence where what mattered could not be read
_TRACE = 0.02  # below this no sentence has anything of an act
_UNHEARD = 0.05  # a withdrawal that no sentence makes likelier than this is none
_FAINT = 0.25  # a sentence that does no act so likely says nothing that is known
_MEANT_BESIDE_ASKING = (Act.CONFIRM, Act.CHANGE, Act.PROPOSE, Act.ENCLOSE, Act.ELSEWHERE, Act.ADVERTISE)
_BEARING = {
    Act.CONFIRM: Category.ATTENDANCE,
    Act.CHANGE: Category.ATTENDANCE,
    Act.TENTATIVE: Category.ATTENDANCE,
    Act.NEED: Category.ATTENDANCE,
    Act.CHOOSE: Category.ATTENDANCE,
    Act.DECLINE: Category.CANCELLATION,
    Act.PROPOSE: Category.PROPOSAL,
    Act.ENCLOSE: Category.PROPOSAL,
    Act.ASK: Category.QUESTION,
    Act.THANK: Category.UNRELATED,
    Act.ELSEWHERE: Category.UNRELATED,
    Act.ADVERTISE: Category.UNRELATED,
    Act.MACHINE: Category.AUTOMATIC,
}

_COMING = (Act.CONFIRM, Act.CHANGE, Act.TENTATIVE, Act.CHOOSE, Act.NEED)
_BORNE = tuple(place for place, act in enumerate(ACTS) if act in _BEARING)


@dataclass(frozen=True, slots=True)
class Finding:
    """A category, how sure it is, the second best, who must look, and why."""

    category: Category
    confidence: float
    runner_up: Category | None
    review: tuple[Review, ...]
    reasons: tuple[Reason, ...]


def compose(message: Message, arrival: Arrival, reading: Reading, rules: Rules) -> Finding:
    """Make one finding of all sentences of *message*."""
    if not reading.sentences or not _says_anything(reading):
        return _silent(message, arrival)
    chances = dict(zip(CATEGORIES, reading.categories, strict=True))
    if chances[Category.AUTOMATIC] < _MACHINE or not _sounds_like_a_machine(reading):
        chances[Category.AUTOMATIC] = min(chances.values())
    total = sum(chances.values()) or 1.0  # what is ruled out below makes nothing else surer
    if not _withdraws(reading):
        chances[Category.CANCELLATION] = min(chances.values())  # whoever withdraws says so
    if not _speaks_of_coming(reading):
        chances[Category.ATTENDANCE] = chances[Category.MIXED] = min(chances.values())
    guard = _guard(arrival, reading, chances)
    if guard is not None:
        chances = guard.chances
    ranked = sorted(chances, key=lambda category: chances[category], reverse=True)
    category, runner_up = ranked[0], ranked[1]
    confidence = chances[category] / (total if guard is None else sum(chances.values()) or 1.0)
    if _is_plain(category, reading) or (guard is not None and category is not Category.UNRELATED):
        confidence = max(confidence, _GUARDED)
    review = tuple(_review(message, reading, category, confidence, rules))
    if category is Category.UNRELATED and Review.UNSURE not in review and _is_proposing(arrival, reading):
        review = (Review.UNSURE, *review)  # a person looks before a proposal is lost
    told = () if guard is None else (guard.reason,)
    return Finding(category, confidence, runner_up, review, (*told, *_reasons(reading)))


def _says_anything(reading: Reading) -> bool:
    """Tell whether any sentence is known to do something; of words never seen, the odds alone would decide."""
    return any(one.found or any(one.acts[place] >= _FAINT for place in _BORNE) for one in reading.sentences)


def _speaks_of_coming(reading: Reading) -> bool:
    """Tell whether anything is said of coming at all: where nothing is known, the odds would register people."""
    if any(one.sentence.origin is Origin.ATTACHMENT for one in reading.sentences):
        return True  # a list of names says no more
    by_phrase = any(hit.act in _COMING for one in reading.sentences for hit in one.found)
    return by_phrase or max(reading.strongest(act) for act in _COMING) >= _TRACE


def _withdraws(reading: Reading) -> bool:
    """Tell whether anything is said that could withdraw: a phrase, or a sentence that may decline or change."""
    acts = (Act.DECLINE, Act.CHANGE)
    by_phrase = any(hit.act in acts for one in reading.sentences for hit in one.found)
    return by_phrase or max(reading.strongest(act) for act in acts) >= _UNHEARD


def _is_plain(category: Category, reading: Reading) -> bool:
    """Tell whether phrases leave no doubt: one confirms, or one asks and nothing else is said that could be meant."""
    if category.attends:
        return any(_confirms_by_phrase(one) and max(one.acts) >= _PLAIN for one in reading.sentences)
    if category is Category.PROPOSAL:
        beside = (Act.CONFIRM, Act.CHANGE, Act.DECLINE, Act.ELSEWHERE, Act.ADVERTISE)
        proposes = any(_proposes_by_phrases(one) and max(one.acts) >= _PLAIN for one in reading.sentences)
        return proposes and all(reading.strongest(act) < CLEAR for act in beside)
    if category is not Category.QUESTION or any(reading.strongest(act) >= CLEAR for act in _MEANT_BESIDE_ASKING):
        return False
    return any(one.act is Act.ASK and max(one.acts) >= _PLAIN and _asks(one) for one in reading.sentences)


def _asks(one: SentenceReading) -> bool:
    return any(hit.act is Act.ASK for hit in one.found)


def _sounds_like_a_machine(reading: Reading) -> bool:
    """Tell whether a phrase of the office says so too: in a strange language any word may sound like a machine's."""
    own = [one for one in reading.sentences if one.sentence.origin is not Origin.FORWARD]
    if any(_confirms_by_phrase(one) for one in own):  # a form of a web site that carries a person's words
        return False
    return any(hit.act is Act.MACHINE for one in own for hit in one.found)


@dataclass(frozen=True, slots=True)
class _Guarded:
    """Chances after a rule of composition has ruled a reading out, and the rule."""

    chances: dict[Category, float]
    reason: Reason


def _guard(arrival: Arrival, reading: Reading, chances: dict[Category, float]) -> _Guarded | None:
    """Rule out ``unrelated`` where a sentence plainly is for us: a confirmation, two proposals, a known case."""
    strays = max(reading.strongest(Act.ELSEWHERE), reading.strongest(Act.ADVERTISE))
    if max(chances, key=lambda category: chances[category]) is not Category.UNRELATED:
        return None
    by_phrases = _is_proposing(arrival, reading)
    if by_phrases and _is_titled_otherwise(reading):
        return None
    if strays >= CLEAR and not by_phrases:
        return None
    rule = "proposes-by-phrases" if by_phrases else _plainly_ours(arrival, reading)
    if rule is None:
        return None
    reason = Reason(f"composition:{rule}", "", -2.0, Category.UNRELATED)
    left = {**chances, Category.UNRELATED: min(chances.values())}
    if by_phrases and max(reading.strongest(Act.CONFIRM), reading.strongest(Act.CHANGE)) < CLEAR:
        left[Category.PROPOSAL] = max(left.values()) + left[Category.PROPOSAL]
    return _Guarded(left, reason)


def _is_proposing(arrival: Arrival, reading: Reading) -> bool:
    by_phrases = any(_proposes_by_phrases(one) for one in reading.sentences)
    return by_phrases or _proposes_where_expected(arrival, reading)


def _is_titled_otherwise(reading: Reading) -> bool:
    """Tell whether the subject names another matter, and no sentence plainly proposes: the city consults much else."""
    titled = any(_strays(one) for one in reading.sentences if one.sentence.origin is Origin.SUBJECT)
    return titled and reading.strongest(Act.PROPOSE) < _PLAIN


def _plainly_ours(arrival: Arrival, reading: Reading) -> str | None:
    if any(_confirms_by_phrase(one) for one in reading.sentences):
        return "confirms"
    proposing = sum(one.act is Act.PROPOSE and max(one.acts) >= _PLAIN for one in reading.sentences)
    if proposing >= _TWICE:
        return "proposes-twice"
    moves = (Act.CONFIRM, Act.CHANGE, Act.DECLINE, Act.PROPOSE, Act.ENCLOSE)
    if arrival.earlier is not None and any(reading.strongest(act) >= CLEAR for act in moves):
        return "continues-a-case"
    return None


def _proposes_by_phrases(one: SentenceReading) -> bool:
    """Tell whether the office's phrases, more than one, say that a sentence proposes, and none says otherwise."""
    proposing = sum(hit.weight for hit in one.found if hit.act is Act.PROPOSE)
    return proposing >= _PHRASES and not any(hit.act in {Act.ELSEWHERE, Act.ADVERTISE} for hit in one.found)


def _proposes_where_expected(arrival: Arrival, reading: Reading) -> bool:
    """Tell whether a phrase proposes in a mailbox for proposals, and nothing points elsewhere but perhaps its words."""
    if arrival.expects is not Category.PROPOSAL:
        return False
    proposing = [one for one in reading.sentences if _proposes_by_a_phrase(one)]
    beside = [one for one in reading.sentences if one not in proposing and one.sentence.origin is not Origin.SUBJECT]
    return bool(proposing) and not any(_strays(one) for one in beside)


def _proposes_by_a_phrase(one: SentenceReading) -> bool:
    acts = {hit.act for hit in one.found if hit.weight >= _TELLING}
    return Act.PROPOSE in acts and not acts & {Act.ELSEWHERE, Act.ADVERTISE, Act.CONFIRM, Act.TENTATIVE}


def _strays(one: SentenceReading) -> bool:
    return max(one.acts[ACTS.index(act)] for act in (Act.ELSEWHERE, Act.ADVERTISE)) >= _PLAIN


def _confirms_by_phrase(one: SentenceReading) -> bool:
    """Tell whether words and phrases agree that a sentence confirms, and nothing in it points elsewhere."""
    acts = {hit.act for hit in one.found}
    return one.act is Act.CONFIRM and max(one.acts) >= CLEAR and Act.CONFIRM in acts and Act.ELSEWHERE not in acts


def _silent(message: Message, arrival: Arrival) -> Finding:
    """Judge a message without a word: what is attached, or the mailbox, is all there is to go by."""
    expected = arrival.expects or Category.UNRELATED
    category = expected if message.attachments else Category.UNRELATED
    runner_up = Category.UNRELATED if category is not Category.UNRELATED else expected
    reason = Reason("composition:silent", "", -1.0, category)
    return Finding(category, _BLIND, runner_up, (Review.UNSURE, *_unread(message)), (reason,))


def _review(
    message: Message, reading: Reading, category: Category, confidence: float, rules: Rules
) -> Iterator[Review]:
    if confidence < rules.doubt.below or (category is Category.CANCELLATION and not _declines(reading)):
        yield Review.UNSURE
    tentative = reading.strongest(Act.TENTATIVE)
    plain = max(reading.strongest(Act.CONFIRM), reading.strongest(Act.CHANGE))
    if category.attends and tentative >= rules.doubt.tentative and tentative > plain:
        yield Review.TENTATIVE
    if category is not Category.UNRELATED:
        yield from _unread(message)


def _declines(reading: Reading) -> bool:
    """Tell whether any sentence says so: nobody is struck off by the odds alone."""
    return max(reading.strongest(Act.DECLINE), reading.strongest(Act.CHANGE)) >= _FAINT


def _unread(message: Message) -> Iterator[Review]:
    if any(attachment.unread is not None for attachment in message.attachments):
        yield Review.UNREADABLE


def _reasons(reading: Reading) -> Iterator[Reason]:
    """Tell, sentence by sentence, the phrases found and the act that was learned for such words."""
    told = 0
    for one in sorted(reading.sentences, key=_loudness, reverse=True):
        for reason in _of_sentence(one):
            yield reason
            told += 1
        if told >= _MOST_REASONS:
            return


def _loudness(reading: SentenceReading) -> float:
    weights = sum(hit.weight for hit in reading.found)
    return weights + max(chance for act, chance in zip(ACTS, reading.acts, strict=True) if act is not Act.BACKGROUND)


def _of_sentence(reading: SentenceReading) -> Iterator[Reason]:
    discount = 0.6 if reading.sentence.origin is Origin.ATTACHMENT else 1.0
    for hit in reading.found[:4]:
        said = " ".join(reading.sentence.words[hit.start : hit.end])
        yield Reason(f"acts:{hit.act}.{hit.phrase}", said[:_SHORT], hit.weight * discount, _BEARING.get(hit.act))
    act = reading.act
    chance = max(reading.acts)
    if act in _BEARING and chance >= CLEAR:
        yield Reason(f"learned:{act}", _shortened(reading.sentence.text), round(chance * discount, 2), _BEARING[act])


def _shortened(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHORT else flat[: _SHORT - 1] + "…"
