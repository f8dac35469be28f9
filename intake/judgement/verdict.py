"""``judge``: what a message means, whether it is answered, who must look, and the reasons for all of it.

Pure: a message, its arrival and the rules in, a verdict out. No clock, no database, no letters. What the sender's clock
claims decides nothing.
"""

from __future__ import annotations

from intake.judgement.deadlines import timeliness
from intake.judgement.rules import Rules
from intake.judgement.values import Arrival, Category, Reason, Review, Verdict
from intake.mail.message import Message

_UNANSWERED = frozenset({Category.UNRELATED, Category.AUTOMATIC})
_STEMS = {
    Category.ATTENDANCE: ("potwierdz", "będziemy", "będę", "przyjd", "weźm", "zgłasza", "obecnoś"),
    Category.PROPOSAL: ("propon", "propozycj", "uwag", "wniosk", "wnosimy", "postulu", "powinn"),
    Category.CANCELLATION: ("nie możemy", "nie będzie", "nie przyj", "rezygn", "odwołu"),
    Category.QUESTION: ("czy ", "?"),
}


def judge(message: Message, arrival: Arrival, rules: Rules) -> Verdict:
    """Read *message* as a clerk would who knows where and when it arrived."""
    text = f"{message.subject or ''}\n{message.own}".lower()
    counts = {category: sum(text.count(stem) for stem in stems) for category, stems in _STEMS.items()}
    best = max(counts, key=lambda category: counts[category])
    category = best if counts[best] else Category.UNRELATED
    if counts[Category.ATTENDANCE] and counts[Category.PROPOSAL] and category in _STEMS:
        category = Category.MIXED
    if not message.author or message.reverse_path == "" or message.report:
        category = Category.AUTOMATIC
    review = [Review.ARRIVAL] if arrival.received is None else []
    suppression = _suppression(message, arrival)
    if any(defect.startswith("sender:") for defect in message.defects):
        review.append(Review.SENDER)
        suppression = suppression or "sender cannot be told"
    acknowledge = category not in _UNANSWERED and suppression is None
    return Verdict(
        category=category,
        confidence=0.5,
        runner_up=None,
        timeliness=timeliness(category, arrival.received, rules.cutoffs),
        organisation=None,
        people=None,
        names=(),
        topics=(),
        needs=(),
        phone=None,
        acknowledge=acknowledge,
        suppression=None if acknowledge else suppression or f"category: {category}",
        review=tuple(review),
        private=arrival.personal and category in _UNANSWERED,
        reasons=(Reason("verdict:words", text[:60], 1.0, category),),
    )


def _suppression(message: Message, arrival: Arrival) -> str | None:
    if message.reverse_path == "":  # RFC 3834 §2
        return "null reverse-path"
    if message.author and message.author.address.lower() in arrival.own_addresses:
        return "own address"
    return None
