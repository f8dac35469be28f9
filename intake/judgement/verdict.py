"""``judge``: what a message means, whether it is answered, who must look, and the reasons for all of it.

Pure: a message, its arrival and the rules in, a verdict out. No clock, no database, no letters. What the sender's clock
claims decides nothing. The order of judgement: a calendar's answer, a machine, then the words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from intake.judgement import acts, authentication, automatic, extract
from intake.judgement.acts import Reading
from intake.judgement.below import answered_below
from intake.judgement.composition import CLEAR, Finding, compose
from intake.judgement.deadlines import timeliness
from intake.judgement.extract import Counted
from intake.judgement.lexicon import Act
from intake.judgement.rules import Rules
from intake.judgement.sentences import words
from intake.judgement.values import Arrival, Category, Reason, Review, Verdict
from intake.mail.message import CalendarReply, Message

UNANSWERED = frozenset({Category.UNRELATED, Category.AUTOMATIC})
_MACHINE = 0.98  # how often what headers and known phrases call a machine is one
_CALENDAR = {
    "ACCEPTED": Category.ATTENDANCE,
    "DECLINED": Category.CANCELLATION,
    "TENTATIVE": Category.ATTENDANCE,
}  # RFC 5546 §3.2.3
_NAMED = 4  # letters of a word of an address that is more than "ul."
_MONTHS = ("styc", "lut", "mar", "kwie", "maj", "czerw", "lip", "sierp", "wrze", "pazdz", "listop", "grud")
_AT = frozenset({"o", "po", "kolo", "okolo", "ok", "przed"})  # before an hour
_ORDINALS = words("pierwszej drugiej trzeciej czwartej piątej szóstej siódmej ósmej dziewiątej dziesiątej jedenastej")
_HOURS = {ordinal: hour for hour, ordinal in enumerate(_ORDINALS, 1)}
_HOURS |= {"dwunastej": 12, "osiemnastej": 18, "dziewietnastej": 19, "dwudziestej": 20}
_VISIT = "przyjscie"  # the phrase of rules/acts.toml for verbs of coming
_SIGNS = 20_000  # characters in which a mail is searched for the consultation
_OURS = frozenset(Act) - {Act.THANK, Act.ELSEWHERE, Act.ADVERTISE, Act.MACHINE, Act.BACKGROUND}


def judge(message: Message, arrival: Arrival, rules: Rules, said: Category | None = None) -> Verdict:
    """Read *message* as a clerk would who knows where and when it arrived.

    Where a person *said* what it is, that is settled: the rest is read in its light.
    """
    message = answered_below(message, rules.ours)
    organisation = extract.organisation(message, arrival, rules)
    reading, counted = _read(message, arrival, rules, private=organisation is None)
    finding = _finding(message, arrival, rules, reading) if said is None else _said(said)
    category = finding.category
    facts = _facts(message, rules, counted, finding)
    review = tuple(dict.fromkeys((*_review(message, arrival, rules), *finding.review, *facts.review)))
    suppression = _suppression(message, arrival, rules, category, review)
    return Verdict(
        category=category,
        confidence=finding.confidence,
        runner_up=finding.runner_up,
        timeliness=timeliness(category, arrival.received, rules.cutoffs),
        organisation=organisation,
        people=facts.people,
        names=facts.names,
        topics=() if category in UNANSWERED else extract.topics(message, rules, reading),
        needs=extract.needs(message, rules) if category.attends else (),
        phone=extract.phone(message, rules),
        acknowledge=suppression is None,
        suppression=suppression,
        review=review,
        private=said is None and _private(message, arrival, rules, category),
        reasons=(*finding.reasons, *facts.reasons),
    )


@dataclass(frozen=True, slots=True)
class _People:
    people: int | None = None
    names: tuple[str, ...] = ()
    review: tuple[Review, ...] = ()
    reasons: tuple[Reason, ...] = ()


def _finding(message: Message, arrival: Arrival, rules: Rules, reading: Reading) -> Finding:
    if message.calendar is not None and message.calendar.partstat in _CALENDAR:
        return _answered(message.calendar)
    machine = automatic.machine(message, rules)
    if machine is not None:
        return Finding(Category.AUTOMATIC, _MACHINE, None, (), (machine,))
    finding = compose(message, arrival, reading, rules)
    if _goes_unheard(arrival, finding, reading):
        return replace(finding, review=(*finding.review, Review.UNSURE))
    doubtful = arrival.personal and (_may_be_private(finding, rules) or _at_another_hour(message, finding, rules))
    if not doubtful or _bears_a_sign(message, arrival, rules, reading):
        return finding
    reason = Reason("verdict:personal-without-a-sign", "", 2.0, Category.UNRELATED)
    review = finding.review if _may_be_private(finding, rules) else (*finding.review, Review.UNSURE)  # somebody looks
    return Finding(Category.UNRELATED, finding.confidence, finding.category, review, (reason, *finding.reasons))


def _said(category: Category) -> Finding:
    return Finding(category, 1.0, None, (), (Reason("staff:said", "", 5.0, category),))


def _may_be_private(finding: Finding, rules: Rules) -> bool:
    unsure = Review.UNSURE in finding.review or finding.confidence < rules.doubt.private
    return unsure and finding.category not in UNANSWERED


def _at_another_hour(message: Message, finding: Finding, rules: Rules) -> bool:
    """Tell whether somebody comes at an hour that is not within one of the meeting's: "przyjdę o dziesiątej"."""
    if not finding.category.attends:
        return False
    start = rules.consultation.meeting.starts.hour
    near = {(start + away) % 24 for away in (-1, 0, 1)}
    near |= {hour % 12 for hour in near}
    said = words(message.own[:_SIGNS])
    hours = (_hour(other) for one, other in pairwise(said) if one in _AT)
    return any(hour is not None and hour not in near and hour % 12 not in near for hour in hours)


def _hour(word: str) -> int | None:
    """Return the hour that *word* names: "20", "szostej"."""
    if word.isascii() and word.isdigit():
        return int(word) if int(word) < 24 else None
    return _HOURS.get(word)


def _goes_unheard(arrival: Arrival, finding: Finding, reading: Reading) -> bool:
    """Tell whether somebody with a case says what no category holds, an objection perhaps: more than thanks."""
    if arrival.earlier is None or finding.category is not Category.UNRELATED or Review.UNSURE in finding.review:
        return False
    return reading.strongest(Act.THANK) < CLEAR


def _bears_a_sign(message: Message, arrival: Arrival, rules: Rules, reading: Reading) -> bool:
    """Tell whether an unsure message in somebody's own mailbox is for us.

    A case, a phrase, the word itself, the day or the street of the meeting, a topic, or an organisation are signs;
    a verb of coming is none, as friends come too. What only sounds like a confirmation is private there; its owner is
    told that something came, and when.
    """
    phrases = any(hit.act in _OURS and hit.phrase != _VISIT for one in reading.sentences for hit in one.found)
    if phrases or arrival.earlier is not None or _speaks_of_consultation(message, rules):
        return True
    if _names_the_meeting(message, rules) or extract.topics(message, rules, reading):
        return True
    return extract.organisation(message, arrival, rules) is not None


def read(message: Message, arrival: Arrival, rules: Rules) -> Reading:
    """Read the sentences of *message* with what is known of its *arrival*."""
    return _read(message, arrival, rules, private=extract.organisation(message, arrival, rules) is None)[0]


def _read(message: Message, arrival: Arrival, rules: Rules, *, private: bool) -> tuple[Reading, Counted]:
    """Read the sentences, then how many come by them, then all together: who is counted mostly comes."""
    earlier = arrival.earlier is not None
    heard = acts.hear(message, rules.acts, rules.learned, ours=rules.ours)
    counted = extract.counted(message, heard, rules, earlier=earlier, private=private)
    hints = (
        *((f"expects:{arrival.expects}",) if arrival.expects else ()),
        *(("earlier",) if earlier else ()),
        *acts.subject_hints(message.subject),
    )
    return acts.together(heard, hints, rules.learned, counted.signs()), counted


def _answered(calendar: CalendarReply) -> Finding:
    category = _CALENDAR[calendar.partstat]
    review = (Review.TENTATIVE,) if calendar.partstat == "TENTATIVE" else ()
    reason = Reason("RFC 5546 §3.2.3", f"PARTSTAT={calendar.partstat}", 5.0, category)
    return Finding(category, _MACHINE, None, review, (reason,))


def _facts(message: Message, rules: Rules, counted: Counted, finding: Finding) -> _People:
    if not finding.category.attends:
        return _People()
    if message.calendar is not None:
        return _People(people=1)
    found = extract.people(message, counted, rules)
    review = (Review.PEOPLE,) if found.unsure else ()
    return _People(found.number, found.names, review, found.reasons)


def _review(message: Message, arrival: Arrival, rules: Rules) -> Iterator[Review]:
    if arrival.received is None:
        yield Review.ARRIVAL
    if _sender_unclear(message) or authentication.forged(message, rules.automatic.authentication):
        yield Review.SENDER


def _sender_unclear(message: Message) -> bool:
    return any(defect.startswith("sender:") for defect in message.defects)


def _suppression(
    message: Message, arrival: Arrival, rules: Rules, category: Category, review: tuple[Review, ...]
) -> str | None:
    """Return why *message* is not answered: what forbids it stands before what makes it needless."""
    forbidden = automatic.suppression(message, arrival, rules)
    if forbidden is not None:
        return forbidden
    if category in UNANSWERED:
        return f"category: {category}"
    if _sender_unclear(message):
        return "the sender cannot be told with certainty"
    if arrival.personal and Review.UNSURE in review:
        return "personal mailbox: a person looks first"
    return None


def _private(message: Message, arrival: Arrival, rules: Rules, category: Category) -> bool:
    if not arrival.personal or category not in UNANSWERED or arrival.earlier is not None:
        return False  # whoever has a case writes to us
    return category is Category.UNRELATED or not _speaks_of_consultation(message, rules)


def _names_the_meeting(message: Message, rules: Rules) -> bool:
    """Tell whether a mail names the meeting's day by its date, or its street."""
    said = words(f"{message.subject or ''} {message.own[:_SIGNS]}")
    meeting = rules.consultation.meeting
    day, month = str(meeting.starts.day), meeting.starts.month
    numbers = {str(month), f"{month:02}"}
    dated = any(
        one == day and (other in numbers or other.startswith(_MONTHS[month - 1])) for one, other in pairwise(said)
    )
    street = {word for word in words(meeting.street) if len(word) > _NAMED}
    return dated or not street.isdisjoint(said)


def _speaks_of_consultation(message: Message, rules: Rules) -> bool:
    """Tell whether a mail names the consultation: by a case number, or by the word itself."""
    said = words(f"{message.subject or ''} {message.text[:_SIGNS]}")
    prefix = words(rules.consultation.case_prefix)
    if any(said[place : place + len(prefix)] == prefix for place in range(len(said))):
        return True
    return any(word.startswith(("konsultacj", "consultation")) for word in said)
