"""The office day for staff: its facts and, composed from them, the digest."""

from __future__ import annotations

from intake.letters.digest_facts import (
    Account,
    Decision,
    DecisionKind,
    DigestFacts,
    Entry,
    Letters,
    TopicCount,
    Totals,
)

__all__ = ["Account", "Decision", "DecisionKind", "DigestFacts", "Entry", "Letters", "TopicCount", "Totals"]
