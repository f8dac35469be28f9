"""The short play of chaos, once on each database; ``make chaos`` plays longer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.count import count
from tests.chaos.play import Director, Servers
from tests.servers.dovecot import Dovecot
from tests.servers.nursery import Nursery

SEED = 20230710
pytestmark = pytest.mark.dovecot


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[Nursery]:
    """Give processes of the program."""
    nursery = Nursery(tmp_path)
    yield nursery
    nursery.close()


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_nothing_is_lost_doubled_or_unanswered(
    request: pytest.FixtureRequest, tmp_path: Path, dovecot: Dovecot, ca_file: str, nursery: Nursery, database: str
) -> None:
    """Killed again and again between servers that fail, the program keeps every promise."""
    server = request.getfixturevalue("postgresql") if database == "postgresql" else None
    servers = Servers(tmp_path, dovecot, ca_file, server)
    outcome = count(Director(servers, nursery, SEED, seconds=12).perform(), dovecot)

    assert () == outcome.broken
    assert (0, 0, 0, 0) == (outcome.lost, outcome.twice, outcome.unanswered, outcome.loops)
    assert outcome.doubled <= outcome.in_hand
    assert outcome.crashes >= 1
    assert outcome.owed > 20
