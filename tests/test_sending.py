"""Sending over several connections: outcomes are written down together, and a letter that hangs delays no other."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from intake.delivery.outbox import Claimed
from intake.delivery.smtp import Outcome
from intake.worker import sending
from intake.worker.desk import Desk
from tests.office import Office, furnish, letter
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import SILENCE, Sink

pytestmark = pytest.mark.dovecot
COMING = "Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak\nFundacja Przystań\n"


@pytest.fixture
def office(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Office:
    """Give an office that owes eight letters."""
    office = furnish(tmp_path, dovecot, sink)
    for number in range(8):
        mail = letter(COMING, sender=f"ngo{number}@fundacja{number}.example")
        office.mail("rsvp", mail, f"2023-07-10 11:59:{10 + number}")
    office.poll()
    return office


def test_outcomes_of_letters_that_are_offered_together_share_a_commit(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One commit for the four connections, none of which takes its next letter before that."""
    together: list[int] = []
    record = sending._record

    def counted(desk: Desk, outcomes: Sequence[tuple[Claimed, Outcome]]) -> None:
        together.append(len(outcomes))
        record(desk, outcomes)

    monkeypatch.setattr(sending, "_record", counted)
    sent = office.drain()

    assert 8 == sent.accepted == sum(together)
    assert max(together) <= office.desk.settings.config.smtp.connections
    assert len(together) < 8


def test_a_letter_that_hangs_holds_up_no_outcome_of_others(office: Office) -> None:
    """The others are written down within moments, and their connections go on."""
    office.sink.silence = 10.0
    office.sink.script.append(("DOT", SILENCE))
    began = time.monotonic()
    asyncio.run(asyncio.wait_for(_sent(office, 7), 30))

    assert time.monotonic() - began < 5


async def _sent(office: Office, count: int) -> None:
    """Drain until so many letters are written down as sent."""
    draining = asyncio.create_task(sending.drain(office.desk))
    while _count(office) < count:  # noqa: ASYNC110  (the database tells, and nobody else)
        await asyncio.sleep(0.02)
    draining.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await draining


def _count(office: Office) -> int:
    return sum(record["acknowledgement"]["status"] == "sent" for record in office.records())
