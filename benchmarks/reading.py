"""What each stage of reading and deciding costs, by letters of three kinds: ``python -m benchmarks.reading [ROUNDS]``.

*Letters* are those of the demonstration; *usual* is such a letter as programs send it, 10 KB with its HTML twin and the
announcement quoted below; *long* is 10 KB of the sender's own sentences, as nobody but an attachment says them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from zoneinfo import ZoneInfo

from intake.config import shipped
from intake.judgement import acts, automatic, extract
from intake.judgement import rules as office_rules
from intake.judgement.acts import Reading
from intake.judgement.rules import Rules
from intake.judgement.values import Arrival, Category
from intake.judgement.verdict import judge, read
from intake.mail.message import Message
from intake.mail.quoting import divide
from intake.mail.reader import parse

ROOT = Path(__file__).parent.parent
SIZE = 10_000  # bytes of a usual letter, with its header
_ARRIVAL = Arrival("konsultacje", datetime(2023, 7, 10, 12, tzinfo=UTC), Category.PROPOSAL)


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of one core that a stage takes for a letter."""

    stage: str
    milliseconds: float

    @property
    def a_second(self) -> float:
        """Return how many letters a core does in a second."""
        return 1000 / self.milliseconds if self.milliseconds else 0.0


def letters() -> list[bytes]:
    """Return the raw letters of the demonstration."""
    return [path.read_bytes() for path in sorted((ROOT / "intake" / "demo" / "mail").glob("*.eml"))]


def usual() -> list[bytes]:
    """Return the own words of those letters as a usual program sends them: 10 KB each, or little more."""
    quoted = "\n".join(f"> {line}" for line in (ROOT / "tests" / "announcement.txt").read_text("utf-8").splitlines())
    head = "wt., 4 lip 2023 o 10:12 Konsultacje <konsultacje@um.torun.pl> napisał(a):"
    return [_written(f"{own}\n\n{head}\n{quoted}") for own in _own()]


def long() -> list[bytes]:
    """Return letters of 10 KB of own words."""
    sentences = "\n\n".join(_own() * 5)
    return [_plain(sentences[start : start + SIZE]) for start in range(0, len(sentences) - SIZE, SIZE)]


def _own() -> list[str]:
    return [own for own in (parse(raw).own for raw in letters()) if own]


def _plain(text: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = "Anna Wilk <anna@ngo.example>", "konsultacje@um.torun.pl"
    message["Subject"], message["Message-ID"] = "Re: Zaproszenie", "<1@ngo.example>"
    message.set_content(text, cte="8bit")
    return message.as_bytes()


def _written(text: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    for number in range(4):
        message["Received"] = (
            f"from relay{number}.ngo.example by mx{number}.example; Mon, 10 Jul 2023 12:00:0{number} +0200"
        )
    message["From"], message["To"] = "Anna Wilk <anna@ngo.example>", "konsultacje@um.torun.pl"
    message["Subject"], message["Message-ID"] = "Re: Zaproszenie", "<1@ngo.example>"
    message.set_content(text, cte="8bit")
    paragraphs = "".join(f'<p class="MsoNormal" style="margin:0cm">{line}</p>\n' for line in text.split("\n"))
    message.add_alternative(f"<html><body>{paragraphs}</body></html>", subtype="html", cte="8bit")
    raw = message.as_bytes()
    padding = f"X-Spam-Report: {'x' * 60}\r\n".encode()
    return padding * max(0, (SIZE - len(raw)) // len(padding)) + raw


def costs(raws: Sequence[bytes], rules: Rules, rounds: int) -> list[Cost]:
    """Return what each stage costs for a letter of *raws*; every stage begins with what the one before it made."""
    messages = [parse(raw) for raw in raws]
    readings = [read(message, _ARRIVAL, rules) for message in messages]
    texts = [(message.text, message.subject) for message in messages]
    stages: dict[str, Callable[[], object]] = {
        "parse": lambda: [parse(raw) for raw in raws],
        "own text": lambda: [divide(text, subject) for text, subject in texts],
        "machine": lambda: [automatic.machine(message, rules) for message in messages],
        "acts": lambda: [acts.read(message, rules.acts, rules.learned, ours=rules.ours) for message in messages],
        "topics": lambda: [extract.topics(one, rules, known) for one, known in zip(messages, readings, strict=True)],
        "extract": lambda: [_extract(one, rules, known) for one, known in zip(messages, readings, strict=True)],
        "decide": lambda: [judge(message, _ARRIVAL, rules) for message in messages],
    }
    return [Cost(stage, timed(work, rounds, len(raws))) for stage, work in stages.items()]


def _extract(message: Message, rules: Rules, reading: Reading) -> tuple[object, ...]:
    return (
        extract.organisation(message, _ARRIVAL, rules),
        extract.people(message, extract.counted(message, reading.sentences, rules), rules),
        extract.needs(message, rules),
        extract.phone(message, rules),
    )


def timed(work: Callable[[], object], rounds: int, count: int) -> float:
    """Return the milliseconds of this process that *work* takes a message, the best of some *rounds*."""
    best = float("inf")
    for _ in range(rounds):
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
    return best * 1000 / count


def told(name: str, raws: Sequence[bytes], found: Sequence[Cost]) -> str:
    """Return a table of what the letters called *name* cost."""
    lines = [f"{name}: {len(raws)} letters, {sum(map(len, raws)) // len(raws)} bytes on average"]
    lines += [f"  {each.stage:<10}{each.milliseconds:8.2f} ms{each.a_second:10.0f} a second" for each in found]
    return "\n".join(lines)


def main(rounds: int) -> None:
    """Print a table for each kind of letter."""
    rules = office_rules.load(shipped("rules"), ZoneInfo("Europe/Warsaw"))
    for name, some in {"demonstration": letters(), "usual": usual(), "long": long()}.items():
        print(told(name, some, costs(some, rules, rounds)))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
