"""``python -m tests.chaos``: play, count, print the table; exit status 1 where a promise was broken."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import fields
from pathlib import Path

import trustme

from tests.chaos.count import Outcome, count
from tests.chaos.play import Director, Servers
from tests.servers.dovecot import Dovecot
from tests.servers.nursery import Nursery
from tests.servers.postgresql import PostgreSQL, binaries

_ROWS = {
    "seed": "seed",
    "messages": "messages",
    "owed": "  owed an answer",
    "hostile": "  hostile",
    "machines": "  machines' answers to ours",
    "crashes": "crashes (kill -9)",
    "faults": "faults of servers",
    "lost": "lost",
    "twice": "recorded twice",
    "unanswered": "unanswered",
    "doubled": "doubled",
    "in_hand": "  of so many in hand",
    "loops": "loops",
}


def table(outcomes: list[Outcome]) -> str:
    """Return the table of *outcomes*, a column each."""
    lines = [" " * 28 + "".join(f"{outcome.database:>12}" for outcome in outcomes)]
    known = [field.name for field in fields(Outcome)]
    for name, title in _ROWS.items():
        assert name in known
        lines.append(f"{title:<28}" + "".join(f"{getattr(outcome, name):>12}" for outcome in outcomes))
    return "\n".join(lines)


def main() -> int:
    """Play once on each database."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=90, help="how long each play lasts (default 90)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of all that is left to chance")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("-v", action="store_true", help="name every fault")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        certificate = authority.issue_cert("localhost", "127.0.0.1")
        certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
        dovecot = Dovecot(folder / "server.pem")
        dovecot.start()
        databases = ("sqlite", "postgresql") if options.database == "both" else (options.database,)
        if "postgresql" in databases and binaries() is None:
            sys.exit("PostgreSQL is not installed: tests/install-servers, or --database sqlite")
        outcomes = [_play(database, folder, dovecot, options) for database in databases]
        dovecot.stop()
    print(table(outcomes))
    for outcome in outcomes:
        for promise in outcome.broken:
            print(f"BROKEN on {outcome.database}: {promise}")
    return 1 if any(outcome.broken for outcome in outcomes) else 0


def _play(database: str, folder: Path, dovecot: Dovecot, options: argparse.Namespace) -> Outcome:
    programs = binaries()
    server = PostgreSQL(programs) if database == "postgresql" and programs else None
    own = folder / database
    own.mkdir()
    if server:
        server.start()
    nursery = Nursery(own)
    try:
        servers = Servers(own, dovecot, str(folder / "ca.pem"), server)
        play = Director(servers, nursery, options.seed, seconds=options.seconds).perform()
        if options.v:
            for fault, times in sorted(play.faults.items()):
                print(f"{database}: {fault}: {times}")
        return count(play, dovecot)
    finally:
        nursery.close()
        if server:
            server.stop()


if __name__ == "__main__":
    sys.exit(main())
