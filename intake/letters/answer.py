"""The letter that answers a decision by mail: what changed, what was not understood and why, and how to undo it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from intake.letters import brake
from intake.letters.brake import Envelope
from intake.letters.facts import Change, Office
from intake.letters.inert import inert
from intake.letters.templates import Templates

TEMPLATE = "digest.orders"
NOTES = (
    *("resent", "released", "silenced", "written_off", "entered", "entered_late", "answered", "admitted", "replaced"),
    *("forwarded", "known", "announced", "unannounced", ""),
)
_WORDS = 120  # characters of what was said


class Problem(StrEnum):
    """Why something was not carried out."""

    NOT_UNDERSTOOD = "not_understood"
    NO_TARGET = "no_target"  # it does not say what it is about
    NO_ITEM = "no_item"  # that digest has no such number
    NO_CASE = "no_case"
    NO_TOPIC = "no_topic"
    NOT_POSSIBLE = "not_possible"  # makes no sense of that decision
    NOT_VOUCHED = "not_vouched"  # our server does not vouch for the sender
    NOT_STAFF = "not_staff"
    NO_DIGEST = "no_digest"  # it answers no digest of ours, and holds no code
    CODE_WRONG = "code_wrong"
    CODE_USED = "code_used"
    CODE_EXPIRED = "code_expired"
    NOT_COMING = "not_coming"  # nobody is registered there, so there is no number of people
    NO_LETTER = "no_letter"  # there is no letter of ours to be sent, or it has left
    WHICH_KIND = "which_kind"  # what was entered does not tell whether somebody comes, proposes or asks
    OWN_MAIL = "own_mail"  # what was passed on is a letter of the office itself
    FAILED = "failed"  # the program failed on it
    UNREADABLE = "unreadable"  # the message could not be read again
    NOTHING_TO_UNDO = "nothing_to_undo"
    BAD_ADDRESS = "bad_address"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one order."""

    words: str  # as they were said
    problem: Problem | None = None
    case: str | None = None
    organisation: str | None = None
    changes: tuple[Change, ...] = ()
    letter: bool = False  # the sender is told
    undone: bool = False
    kept: tuple[str, ...] = ()  # of an undoing: fields that others changed since
    note: str = ""  # what else was done
    number: int | None = None  # of the decision, and the words that would settle it
    offers: tuple[str, ...] = ()
    instructions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Shown:
    """A result as the template sees it."""

    number: int
    result: Result


def compose_answer(
    results: Sequence[Result],
    envelope: Envelope,
    office: Office,
    templates: Templates,
    topics: Mapping[str, str],
    now: datetime,
) -> bytes:
    """Return the letter to staff that tells *results*, dated *now*; raise ``TemplateError``."""
    shown = tuple(_Shown(number, _inert(result)) for number, result in enumerate(results, start=1))
    sheet = templates.sheet(TEMPLATE, {"results": shown, "topics": topics})
    return brake.notice(sheet, envelope, office, templates, now)


def _inert(result: Result) -> Result:
    def shown(change: Change) -> Change:
        return Change(change.name, tuple(map(inert, change.before)), tuple(map(inert, change.after)))

    return replace(
        result,
        words=inert(result.words)[:_WORDS],
        organisation=inert(result.organisation) or None if result.organisation else None,
        changes=tuple(map(shown, result.changes)),
    )


def rehearse(office: Office, templates: Templates, topics: Mapping[str, str], now: datetime) -> None:
    """Say the letter once with all that it may say; raise ``TemplateError`` where it cannot be said."""
    change = Change("people", ("2",), ("3",))
    results = [
        *(Result("1 tak", problem) for problem in Problem),
        *(Result("1 tak", case="KONS-2023-0001", organisation="Abc", changes=(change,), note=note) for note in NOTES),
        Result("1 tak", Problem.NOT_POSSIBLE, number=1, offers=("nie", "tak")),
        Result("1 tak", case="KONS-2023-0001", changes=(change,), letter=True),
        Result("cofnij", case="KONS-2023-0001", changes=(change,), undone=True, kept=("people",)),
    ]
    compose_answer(results, Envelope((office.sender,), "<trial@example.org>", None), office, templates, topics, now)
