"""The reckonings: what the last comparison of each mailbox with the record came to, kept for the digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.records.store import Setting

_NAME = "reckoning "  # followed by the mailbox's id


@dataclass(frozen=True, slots=True)
class Reckoning:
    """A mailbox held against the record, in both directions."""

    mailbox: str  # id
    at: datetime  # aware
    listed: int = 0  # messages on the server
    fates: Mapping[str, int] = field(default_factory=dict)  # of them, by fate
    missing: int = 0  # of them, those without a fate: passed by, and taken in now
    vanished: int = 0  # on record, and no more on the server: deleted or moved there, which is nobody's fault
    unseen: int = 0  # records that no message of the server ever stood for
    misfiled: int = 0  # in the folder of junk, and speaking to the consultation
    error: str | None = None  # why nothing could be compared

    @property
    def is_right(self) -> bool:
        """Tell whether both sides agree."""
        return self.error is None and not self.missing and not self.unseen


def keep(session: Session, reckoning: Reckoning) -> None:
    """Keep *reckoning* as the last one of its mailbox."""
    told = asdict(reckoning) | {"at": reckoning.at.isoformat()}
    session.merge(Setting(name=_NAME + reckoning.mailbox, value=json.dumps(told)))


def last(session: Session) -> dict[str, Reckoning]:
    """Return the last reckoning of each mailbox."""
    found = {}
    for setting in session.scalars(select(Setting).where(Setting.name.startswith(_NAME))):
        told = json.loads(setting.value)
        found[told["mailbox"]] = Reckoning(**told | {"at": datetime.fromisoformat(told["at"])})
    return found
