"""What this database alone knows: the key that makes its Message-IDs unguessable."""

from __future__ import annotations

import secrets

from sqlalchemy.orm import Session

from intake.records.store import Setting

_KEY = "message-id key"


def letter_key(session: Session) -> str:
    """Return the key of this office's Message-IDs, made at the first call and kept with the records."""
    setting = session.get(Setting, _KEY)
    if setting is None:
        setting = Setting(name=_KEY, value=secrets.token_hex(32))
        session.add(setting)
        session.flush()
    return setting.value
