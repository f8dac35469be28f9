"""``rules/automatic.toml``: the words and addresses by which machines are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field

from intake.judgement.phrases import Finder, Phrase
from intake.tables import Line, Many, Table


class Sign(Table):
    """Phrases that weigh alike, and where they are looked for."""

    id: Line
    where: Literal["subject", "text", "sender"]
    weight: float
    phrases: Annotated[Many[Phrase], Field(min_length=1)]

    def __hash__(self) -> int:
        return hash(self.id)


class AutomaticTable(Table):
    """What the office's file says."""

    threshold: Annotated[float, Field(gt=0)]
    first_words: Annotated[int, Field(gt=0, le=1000)] = 120
    reply_share: Annotated[float, Field(ge=0, le=1)] = 0.2
    unanswered_names: Many[Line] = ()
    unanswered_beginnings: Many[Line] = ()
    unanswered_endings: Many[Line] = ()
    sign: Many[Sign] = ()


@dataclass(frozen=True, slots=True)
class Signs:
    """The file, ready to be looked up."""

    threshold: float
    first_words: int
    reply_share: float
    names: frozenset[str]
    beginnings: tuple[str, ...]
    endings: tuple[str, ...]
    finders: Mapping[str, Finder[Sign]]

    @classmethod
    def of(cls, table: AutomaticTable) -> Signs:
        """Prepare *table*."""
        finders = {
            where: Finder((phrase, sign) for sign in table.sign if sign.where == where for phrase in sign.phrases)
            for where in ("subject", "text", "sender")
        }
        return cls(
            threshold=table.threshold,
            first_words=table.first_words,
            reply_share=table.reply_share,
            names=frozenset(name.lower() for name in table.unanswered_names),
            beginnings=tuple(name.lower() for name in table.unanswered_beginnings),
            endings=tuple(name.lower() for name in table.unanswered_endings),
            finders=MappingProxyType(finders),
        )

    def finder(self, where: str) -> Finder[Sign]:
        """Return the phrases looked for in *where*."""
        return self.finders[where]

    def unanswered(self, local: str) -> bool:
        """Tell whether the part of an address before the @, in small letters, is never answered."""
        return local in self.names or local.startswith(self.beginnings) or local.endswith(self.endings)
