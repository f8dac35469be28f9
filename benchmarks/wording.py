"""Who writes and what they say: senders and texts of generated letters, drawn by a generator of random numbers.

The texts are the project's own, those that its weights are fitted to (``learning/``). The senders are made of lists
(``names.toml``), so many that limits and campaigns meet them as they meet real people; every domain is reserved for
examples (RFC 2606).
"""

from __future__ import annotations

import functools
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

ROOT = Path(__file__).parent.parent
ZONE = ZoneInfo("Europe/Warsaw")
SHARED_DOMAIN = "poczta.example"  # of a provider, whose users nothing links
_NAMES = Path(__file__).with_name("names.toml")
_GREETINGS = ("Dzień dobry,", "Szanowni Państwo,", "Szanowna Pani,", "Witam,", "Dzień dobry Państwu,")
_OPENINGS = (
    "przesyłam propozycje do programu współpracy na przyszły rok.",
    "w odpowiedzi na zaproszenie zgłaszam nasze uwagi.",
    "poniżej to, co ustaliliśmy na zebraniu.",
    "piszę w sprawie konsultacji programu.",
    "",
)
_CLOSINGS = ("Z poważaniem", "Pozdrawiam", "Pozdrawiam serdecznie", "Z wyrazami szacunku")
_CAMPAIGNS = 12  # letters that are passed on for others to sign
_SUBJECTS = ("Konsultacje programu współpracy", "Re: Zaproszenie na konsultacje", "Propozycje na 2024", "Uwagi")
_LATIN = str.maketrans("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ ", "acelnoszzACELNOSZZ-")


@dataclass(frozen=True, slots=True)
class Sender:
    """Somebody who writes."""

    name: str
    address: str
    organisation: str | None


@dataclass(frozen=True, slots=True)
class Words:
    """What a letter says."""

    subject: str
    text: str
    by_machine: bool = False


def sender(number: int) -> Sender:
    """Return the sender of that *number*: a quarter write for themselves, from a provider's domain."""
    rng = Random(f"sender {number}")
    first, last = rng.choice(_names()["first"]), rng.choice(_names()["last"])
    local = f"{first}.{last}{number}".translate(_LATIN).lower()
    if rng.random() < 0.25:
        return Sender(f"{first} {last}", f"{local}@{SHARED_DOMAIN}", None)
    organisation = " ".join(rng.choice(_names()[part]) for part in ("kinds", "names", "places"))
    domain = f"{organisation.translate(_LATIN).lower()}.example"
    return Sender(f"{first} {last}", f"{local}@{domain}", organisation)


def words(rng: Random, who: Sender) -> Words:
    """Return what *who* writes.

    Of twenty letters nine propose in words of their own, three sign a campaign's letter, five say whether they come,
    one is a whole proposal of ``learning/`` and two are unrelated or written by machines.
    """
    kind = rng.randrange(20)
    if kind < 9:
        return Words(rng.choice(_SUBJECTS), _signed(rng, who, _listed(rng, rng.randint(2, 12))))
    if kind < 12:
        return _campaign(rng, who)
    source = "attendance" if kind < 17 else "proposal" if kind == 17 else "noise"
    mail = rng.choice(_mails(source))
    by_machine = bool(mail.get("machine_headers"))
    return Words(mail["subject"] or "", mail["text"] if by_machine else _resigned(mail, who), by_machine)


def _listed(rng: Random, count: int) -> str:
    sentences = rng.sample(_sentences(), count)
    if count > 4 and rng.random() < 0.5:
        return "\n".join(f"{number}. {sentence}" for number, sentence in enumerate(sentences, 1))
    return "\n\n".join(" ".join(sentences[start : start + 3]) for start in range(0, count, 3))


def _campaign(rng: Random, who: Sender) -> Words:
    number = rng.randrange(_CAMPAIGNS)
    own = f"\n\n{rng.choice(_sentences())}" if rng.random() < 0.3 else ""
    text = _listed(Random(f"campaign {number}"), 8)
    return Words(f"Apel w sprawie programu ({number + 1})", _signed(rng, who, text + own))


def _signed(rng: Random, who: Sender, body: str) -> str:
    opening = rng.choice(_OPENINGS)
    lines = [rng.choice(_GREETINGS), "", *([opening, ""] if opening else []), body, "", rng.choice(_CLOSINGS), who.name]
    return "\n".join([*lines, *([who.organisation] if who.organisation else [])])


def _resigned(mail: dict[str, str], who: Sender) -> str:
    return mail["text"].replace(mail["from_name"], who.name) if mail.get("from_name") else mail["text"]


@functools.cache
def _names() -> dict[str, list[str]]:
    return tomllib.loads(_NAMES.read_text(encoding="utf-8"))


@functools.cache
def _mails(source: str) -> list[dict[str, str]]:
    path = ROOT / "learning" / f"mails-{source}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@functools.cache
def _sentences() -> list[str]:
    path = ROOT / "learning" / "sentences-proposal.jsonl"
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]


@functools.cache
def announcement() -> str:
    """Return the announcement that people quote below their answers."""
    return (ROOT / "tests" / "announcement.txt").read_text(encoding="utf-8")


def sources() -> list[Path]:
    """Return the files that letters are made of: where one changes, kept letters are made anew."""
    names = ("learning/mails-*.jsonl", "learning/sentences-proposal.jsonl", "tests/announcement.txt")
    return [_NAMES, *(path for name in names for path in sorted(ROOT.glob(name)))]
