"""The page of ``intake explain``: each message with its own words marked, and why it was judged as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from intake.judgement.explained import HEADS, Explained
from intake.judgement.lexicon import Act
from intake.judgement.values import Verdict
from intake.mail.message import Message
from intake.pages.frame import render, told

TONES = {  # of acts: what they bear on, for the eye
    Act.CONFIRM: "comes",
    Act.TENTATIVE: "comes",
    Act.CHANGE: "comes",
    Act.CHOOSE: "comes",
    Act.NEED: "comes",
    Act.DECLINE: "declines",
    Act.PROPOSE: "proposes",
    Act.ENCLOSE: "proposes",
    Act.PROMISE: "proposes",
    Act.ASK: "asks",
}

PARTS = {"tones": TONES, "heads": HEADS}  # what the text of a message is shown with


@dataclass(frozen=True, slots=True)
class Shown:
    """A message to show: where it lies, and what was read in it."""

    label: str
    message: Message
    explained: Explained

    @property
    def sender(self) -> str:
        """Return the author as From names them."""
        author = self.message.author
        return f"{author.name} <{author.address}>".strip() if author else "?"

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Return what a clerk would write down."""
        return facts(self.explained.verdict)


def page(messages: Sequence[Shown]) -> str:
    """Return the page of *messages*."""
    return render("explain", {"messages": messages, **PARTS})


def facts(verdict: Verdict) -> tuple[tuple[str, str], ...]:
    """Return what a clerk would write down by *verdict*, a dash where there is nothing."""
    return (
        ("organisation", told(verdict.organisation)),
        ("people", told(verdict.people)),
        ("names", told(verdict.names)),
        ("topics", told(verdict.topics)),
        ("needs", told(verdict.needs)),
        ("arrived", told(verdict.timeliness)),
        ("answer", "yes" if verdict.acknowledge else f"no: {verdict.suppression or 'nothing to answer'}"),
        ("a person looks", ", ".join(verdict.review) or "no"),
    )
