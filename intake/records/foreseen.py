"""What a batch of messages will ask of the record, asked once: of whom and of what nothing is on record yet.

In a storm nearly every message is its sender's first, and a dozen questions a message have the answer "nothing". So a
batch asks once for each kind of thing; who then writes such a thing says that it ``appears``. Only what is absent is
remembered: for anything else the record itself is asked. Other writers must be shut out meanwhile, as
``accounts.lock`` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import InstrumentedAttribute

from intake.records.store import Case, Outgoing, Record, Silenced

_ABSENT = "absent"  # key of Session.info
_ONE_QUESTION = 1000  # values; a database bounds its parameters


class Kind(StrEnum):
    """What can be asked for."""

    SENDER = "sender"  # address of a record or of a case, lower case
    FINGERPRINT = "fingerprint"  # of a record
    LETTER = "letter"  # Message-ID of a letter of ours
    RECIPIENT = "recipient"  # of a letter of ours
    ORGANISATION = "organisation"  # its key, of a case
    SILENCED = "silenced"  # an address that is not answered


_COLUMNS: Mapping[Kind, tuple[InstrumentedAttribute[str] | InstrumentedAttribute[str | None], ...]] = {
    Kind.SENDER: (Record.sender_address, Case.address),
    Kind.FINGERPRINT: (Record.fingerprint,),
    Kind.LETTER: (Outgoing.message_id,),
    Kind.RECIPIENT: (Outgoing.recipient,),
    Kind.ORGANISATION: (Case.organisation_key,),
    Kind.SILENCED: (Silenced.address,),
}


def foresee(session: Session, wanted: Mapping[Kind, Iterable[str | None]]) -> None:
    """Find out which of *wanted* are on record nowhere, for the rest of this transaction."""
    absent = session.info.setdefault(_ABSENT, set())
    for kind, values in wanted.items():
        asked = sorted({value for value in values if value is not None})
        known = set[str | None]()
        for start in range(0, len(asked), _ONE_QUESTION):
            for column in _COLUMNS[kind]:
                some = asked[start : start + _ONE_QUESTION]
                known.update(session.scalars(select(func.distinct(column)).where(column.in_(some))))
        absent.update((kind, value) for value in asked if value not in known)


def is_foreseen(session: Session) -> bool:
    """Tell whether this transaction enters a batch, of which none is undone alone."""
    return _ABSENT in session.info


def is_absent(session: Session, kind: Kind, value: str | None) -> bool:
    """Tell whether it is known that nothing is on record for *value*."""
    return (kind, value) in session.info.get(_ABSENT, ())


def appears(session: Session, kind: Kind, value: str | None) -> None:
    """Note that from now on something is."""
    session.info.get(_ABSENT, set()).discard((kind, value))
