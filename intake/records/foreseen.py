"""What a batch of messages will ask of the record, asked once: of whom and of what nothing is on record yet.

In a storm nearly every message is its sender's first, and a dozen questions a message have the answer "nothing". So a
batch asks once for each kind of thing; who then writes such a thing says that it ``appears``. Only what is absent is
remembered: for anything else the record itself is asked, and what a batch has written so far need not be written down
before such a question where it cannot be an answer (``past_waiting``). Other writers must be shut out meanwhile, as
``accounts.lock`` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import InstrumentedAttribute

from intake.records.store import Case, Outgoing, Record, Silenced, Writing

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


def past_waiting(
    session: Session, column: InstrumentedAttribute[Any], values: Iterable[object], *, known: int = 0
) -> AbstractContextManager[object]:
    """Give the context for a question after rows with these *values*: what waits is not written down for it in vain.

    It is, as ever, where this transaction added a row with one of them, or more than the *known* ones.
    """
    if not is_foreseen(session) or not isinstance(session, Writing):
        return nullcontext()
    return session.no_autoflush if sum(session.added(column, value) for value in values) <= known else nullcontext()
