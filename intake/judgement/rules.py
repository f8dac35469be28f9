"""The office's rules: ``rules/*.toml`` read once, at start, into frozen values.

Local times in the files are times of the office's zone. A mistake stops the program with file, line and key (see
``tables.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from intake.errors import RulesError
from intake.judgement.clues import Clues, FactsTable
from intake.judgement.consultation import Consultation, Cutoffs, cutoffs
from intake.judgement.consultation import load as load_consultation
from intake.judgement.learned import Weights
from intake.judgement.learned import load as load_weights
from intake.judgement.lexicon import Doubt, Lexicon, Wording, compiled
from intake.judgement.machines import AutomaticTable, Signs
from intake.judgement.orders import Orders, OrdersTable
from intake.judgement.ours import Ours
from intake.judgement.phrases import Finder
from intake.judgement.replies import RepliesTable
from intake.judgement.replies import Wording as Replies
from intake.judgement.subjects import Subjects
from intake.judgement.subjects import load as load_subjects
from intake.judgement.weighing import load as load_heads
from intake.tables import read

if TYPE_CHECKING:
    from pathlib import Path
    from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Rules:
    """All that the office has decided beforehand."""

    consultation: Consultation
    cutoffs: Cutoffs
    zone: ZoneInfo
    automatic: Signs
    clues: Clues
    topics: Finder[str]  # ids of topics
    choices: Finder[str]  # the same, where a group is only chosen
    acts: Lexicon
    doubt: Doubt
    orders: Orders
    replies: Replies
    ours: Ours

    @property
    def learned(self) -> Weights:
        """Return what was learned of sentences; it is read when the first is: a look that finds nothing needs none."""
        return _weights()

    @property
    def heads(self) -> Mapping[str, float]:
        """Return by what the number of those who come is chosen."""
        return _heads()

    @property
    def subjects(self) -> Subjects:
        """Return what was learned of the groups' subjects."""
        return _subjects()


_weights, _heads, _subjects = cache(load_weights), cache(load_heads), cache(load_subjects)


def load(directory: Path, zone: ZoneInfo) -> Rules:
    """Read the rules in *directory*, whose local times are times of *zone*; raise ``RulesError`` with every mistake."""
    consultation = load_consultation(directory)
    wording = read(directory / "acts.toml", Wording, RulesError)
    return Rules(
        consultation=consultation,
        cutoffs=cutoffs(consultation, zone),
        zone=zone,
        automatic=Signs.of(read(directory / "automatic.toml", AutomaticTable, RulesError)),
        clues=Clues.of(read(directory / "facts.toml", FactsTable, RulesError)),
        topics=Finder((phrase, topic.id) for topic in consultation.topic for phrase in topic.words),
        choices=Finder((phrase, topic.id) for topic in consultation.topic for phrase in topic.choice),
        acts=compiled(wording),
        doubt=wording.doubt,
        orders=Orders.of(read(directory / "orders.toml", OrdersTable, RulesError)),
        replies=Replies.of(read(directory / "replies.toml", RepliesTable, RulesError)),
        ours=ours_of(consultation),
    )


def ours_of(consultation: Consultation) -> Ours:
    """Return what *consultation* says of the office's own addresses and letters."""
    addresses = (consultation.meeting.confirm_to, consultation.proposals.send_to)
    return Ours.of(addresses, consultation.published)
