"""Mails labelled sentence by sentence: ``tagged/*.txt``, whose README says how they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "tagged"
NOT_SPOKEN = frozenset({"sig", "quote"})
_TAGS = (
    *("confirm", "tentative", "decline", "change", "choose", "need", "propose", "enclose", "promise", "ask", "thank"),
    *("elsewhere", "advertise", "machine", "background", *sorted(NOT_SPOKEN)),
)
_TAG = re.compile(r"\[(" + "|".join(_TAGS) + r")\] ?")
_KEY = re.compile(r"@@ (\w+):\s?(.*)$")


def mails() -> Iterator[tuple[str, dict[str, Any]]]:
    """Read all: the name of the circle, and the labels as of ``mails-*.jsonl`` with ``stretches`` of act and text."""
    for path in sorted(HERE.glob("*.txt")):
        for block in re.split(r"(?m)^===\s*$", path.read_text(encoding="utf-8")):
            if block.strip():
                yield path.stem, _mail(block.strip("\n").split("\n"))


def _mail(lines: list[str]) -> dict[str, Any]:
    head: dict[str, str] = {}
    for place, line in enumerate(lines):
        key = _KEY.match(line)
        if key is None:
            parts = _TAG.split("\n".join(lines[place:]))
            break
        head[key[1]] = key[2].strip()
    else:
        parts = [""]  # all stands in the subject
    stretches = list(zip(parts[1::2], parts[2::2], strict=True))
    return {
        "mailbox": head["mailbox"],
        "from_name": head["from"],
        "address": head["address"],
        "subject": head["subject"],
        "text": "".join(text for _, text in stretches),
        "category": head["category"],
        "organisation": _given(head["organisation"]),
        "people": int(head["people"]) if _given(head["people"]) else None,
        "topics": (_given(head["topics"]) or "").split(),
        "reply": head["thread"] == "reply",
        "stretches": [(act, text.strip()) for act, text in stretches if act not in NOT_SPOKEN and text.strip()],
    }


def _given(value: str) -> str | None:
    return None if value in {"-", "null", ""} else value
