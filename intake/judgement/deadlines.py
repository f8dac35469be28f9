"""Whether an arrival was on time: the server's clock against a cutoff, never the sender's.

Both are aware instants and are compared as such, so the zone that a server writes INTERNALDATE in does not matter.
"""

from __future__ import annotations

from datetime import datetime

from intake.judgement.consultation import Cutoffs
from intake.judgement.values import Category, Punctuality, Timeliness


def punctuality(received: datetime, cutoff: datetime) -> Punctuality:
    """Compare *received* with *cutoff*, both aware; what arrives at the cutoff itself is on time."""
    if received.tzinfo is None or cutoff.tzinfo is None:
        raise ValueError("an instant without offset cannot be compared")
    return Punctuality.ON_TIME if received <= cutoff else Punctuality.LATE


def timeliness(category: Category, received: datetime | None, cutoffs: Cutoffs) -> Timeliness:
    """Compare *received* with every cutoff that *category* knows; nothing is on time or late that has no arrival."""
    if received is None:
        return Timeliness()
    return Timeliness(
        attendance=punctuality(received, cutoffs.attendance) if category.attends else None,
        proposal=punctuality(received, cutoffs.proposals) if category.proposes else None,
    )
