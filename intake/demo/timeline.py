"""``mail/timeline.toml``: which message arrives where and when, and what a clerk would make of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from intake.errors import ConfigError
from intake.judgement.values import Category, Punctuality
from intake.tables import Line, LocalTime, Many, Table, read

FOLDER: Final = Path(__file__).parent / "mail"


class Arriving(Table):
    """A message of the play. What is expected of it serves the acceptance test; the play itself never looks at it."""

    file: Line
    mailbox: Literal["konsultacje", "rsvp"]
    arrives: LocalTime  # in the office's zone; the files are in order of arrival
    answers: Line | None = None  # the file whose acknowledgement, as it left in this play, fills this one's {{…}}
    note: Line | None = None  # what it is there to show
    left_alone: bool = False  # arrived before the consultation opened
    category: Category | None = Field(default=None, strict=False)
    attendance: Punctuality | None = Field(default=None, strict=False)
    proposal: Punctuality | None = Field(default=None, strict=False)
    people: int | None = None
    organisation: Line | None = None
    topics: Many[Line] | None = None
    private: bool = False
    answered: bool = True  # of a machine's, private or early message always False

    @property
    def raw(self) -> bytes:
        """Return the message as its author's program wrote it, its {{…}} not yet filled."""
        return (FOLDER / self.file).read_bytes()

    @property
    def owed(self) -> bool:
        """Tell whether an acknowledgement must leave for it."""
        return self.answered and not (self.private or self.left_alone) and self.category is not Category.AUTOMATIC


class Timeline(Table):
    """The whole play, in order of arrival."""

    mail: Annotated[Many[Arriving], Field(min_length=1)]


def load() -> tuple[Arriving, ...]:
    """Read the timeline; raise ``ConfigError`` where it is broken."""
    return tuple(read(FOLDER / "timeline.toml", Timeline, ConfigError).mail)
