"""Measure the stages of a message: parse, judge, record, compose, and within the judgement each reading.

``python -m benchmarks.stages [ROUNDS]`` prints milliseconds of one core a message, each stage's share, and how many
messages a second that is. The letters are those that the program ships for its demonstration (``reading.py`` makes
others of them), judged as if they had come to the mailbox that they came to there.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import reading
from benchmarks.reading import letters, timed
from intake.config import load, shipped
from intake.judgement.values import Arrival, Category, Verdict
from intake.judgement.verdict import judge
from intake.letters import choice
from intake.mail.mailbox import Fetched
from intake.mail.message import Message
from intake.mail.reader import parse
from intake.records import record
from intake.records.record import Entered, Judged
from intake.worker.desk import Desk, prepare

_NOW = datetime(2023, 7, 10, 12, tzinfo=UTC)


def main(rounds: int) -> None:
    """Print the table."""
    raws = letters()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        config.write_text(shipped("config.toml").read_text(encoding="utf-8"), encoding="utf-8")
        desk = prepare(load(config), lambda: _NOW)
        arrival = Arrival("konsultacje", _NOW, Category.PROPOSAL, personal=False)
        messages = [parse(raw) for raw in raws]
        verdicts = [judge(message, arrival, desk.rules) for message in messages]
        stages = {
            "parse": timed(lambda: [parse(raw) for raw in raws], rounds, len(raws)),
            "judge": timed(lambda: [judge(message, arrival, desk.rules) for message in messages], rounds, len(raws)),
            "record": timed(lambda: enter(desk, raws, messages, verdicts), rounds, len(raws)),
        }
        entered = enter(desk, raws, messages, verdicts)
        stages["compose"] = timed(lambda: compose(desk, entered), rounds, max(1, len(entered)))
        desk.store.close()
    kinds = {"letters": raws, "usual": reading.usual(), "long": reading.long()}
    for name, some in kinds.items():
        print(reading.told(name, some, reading.costs(some, desk.rules, rounds)))
    whole = sum(stages.values())
    print(f"{len(raws)} letters, {sum(map(len, raws)) // len(raws)} bytes on average, best of {rounds}")
    for name, cost in stages.items():
        print(f"{name:<10}{cost:8.2f} ms{cost / whole:8.0%}")
    print(f"{'all':<10}{whole:8.2f} ms, {1000 / whole:.0f} messages a second on one core")


_serial = iter(range(1_000_000_000))


def enter(desk: Desk, raws: list[bytes], messages: list[Message], verdicts: list[Verdict]) -> list[Entered]:
    """Record all messages in one transaction, as a batch is; each round as new ones."""
    entered = []
    with desk.store.writing() as session:
        for raw, message, verdict in zip(raws, messages, verdicts, strict=True):
            number = next(_serial)
            fresh = replace(message, fingerprint=hashlib.sha256(str(number).encode()).hexdigest())
            fetched = Fetched("konsultacje", "INBOX", 1, number, _NOW, raw + str(number).encode())
            one = record.enter(session, Judged(fetched, fresh, verdict), desk.rules.consultation, _NOW)
            if verdict.acknowledge and one.case is not None:
                entered.append(one)
    return entered


def compose(desk: Desk, entered: list[Entered]) -> None:
    """Write the letter that answers each message."""
    for one in entered:
        kind = choice.choose(one, desk.rules.cutoffs)
        facts = choice.gather(
            one, kind, to="a@x.example", mailbox_address="b@x.example", message_id="<c@x.example>", debt=False
        )
        desk.compose(facts, _NOW)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
