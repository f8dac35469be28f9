"""The ledger: the records opened for reading alone, without words, templates or servers."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from intake.config import Settings
from intake.errors import RulesError
from intake.judgement.consultation import Consultation
from intake.records import schema
from intake.records.store import Store
from intake.tables import read


@dataclass(frozen=True, slots=True)
class Ledger:
    """An office's records, and what they are about."""

    consultation: Consultation
    zone: ZoneInfo
    store: Store


def open_ledger(settings: Settings) -> Ledger:
    """Open the records that *settings* speak of; raise ``RulesError`` or ``RecordError``."""
    consultation = read(settings.rules / "consultation.toml", Consultation, RulesError)
    store = Store(settings.database_url)
    schema.upgrade(store)
    return Ledger(consultation, settings.config.zone, store)
