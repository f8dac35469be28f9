"""Sentences from patterns: the usual ways to say a thing, which hard examples are short of."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

EACH = 14  # sentences of one pattern, at most
_TRIES = 40
_CHOICE = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"(?<!\w)@([A-Za-z]+)")


def expanded(source: str) -> Iterator[dict[str, str]]:
    """Make sentences of the patterns in *source*, each with its act; the same ones each time."""
    names: dict[str, list[str]] = {}
    dice = random.Random(2023)  # noqa: S311 (chooses words, guards nothing)
    for line in source.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("@"):
            name, _, choices = line[1:].partition("=")
            names[name.strip()] = [choice.strip() for choice in choices.split("|")]
            continue
        act, _, pattern = line.partition(":")
        for text in list(dict.fromkeys(_once(pattern.strip(), names, dice) for _ in range(_TRIES)))[:EACH]:
            yield {"act": act.strip(), "text": text}


def _once(pattern: str, names: dict[str, list[str]], dice: random.Random) -> str:
    text = pattern
    while _CHOICE.search(text):
        text = _CHOICE.sub(lambda match: dice.choice(match[1].split("|")), text)
    text = _NAME.sub(lambda match: dice.choice(names[match[1]]), text)
    text = re.sub(r"\s+([,?.:])", r"\1", re.sub(r"\s{2,}", " ", text)).strip()
    if dice.random() < 0.6:
        text = text[:1].upper() + text[1:] + ("" if text.endswith("?") else dice.choice([".", ".", "!", ""]))
    return text
