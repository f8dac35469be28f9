"""``rules/automatic.toml``: by what machines are known, whose word on a sender counts, and how much is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from intake.judgement.phrases import Finder, Phrase
from intake.tables import Duration, Line, Many, Table


class Sign(Table):
    """Phrases that weigh alike, and where they are looked for."""

    id: Line
    where: Literal["subject", "text", "sender"]
    weight: float
    phrases: Annotated[Many[Phrase], Field(min_length=1)]

    def __hash__(self) -> int:
        return hash(self.id)


def _small(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.lower().rstrip(".") for name in names)


Hosts = Annotated[Many[Line], AfterValidator(_small)]


class Authentication(Table):
    """Whose word on a sender's authentication counts, and which result of DMARC forbids an answer."""

    servers: Hosts = ()  # authserv-ids of our own receiving servers (RFC 8601 §2.5); none: nobody's word counts
    received_by: Hosts = ()  # what those servers call themselves in Received, where it is something else
    unanswered_results: Many[Literal["fail", "none", "temperror", "permerror"]] = ("fail",)


class Limits(Table):
    """How many answers are too many; the limit for one address stands in config.toml."""

    per_domain_per_day: Annotated[int, Field(ge=1)] = 60
    per_day: Annotated[int, Field(ge=1)] = 3000
    equal_letters: Annotated[int, Field(ge=1)] = 2
    equal_within: Duration = timedelta(days=1)
    shared_domains: Hosts = ()  # of mail providers: their users have nothing in common


class AutomaticTable(Table):
    """What the office's file says."""

    threshold: Annotated[float, Field(gt=0)]
    first_words: Annotated[int, Field(gt=0, le=1000)] = 120
    reply_share: Annotated[float, Field(ge=0, le=1)] = 0.2
    unanswered_names: Many[Line] = ()
    unanswered_beginnings: Many[Line] = ()
    unanswered_endings: Many[Line] = ()
    authentication: Authentication = Authentication()
    limits: Limits = Limits()
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
    authentication: Authentication
    limits: Limits
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
            authentication=table.authentication,
            limits=table.limits,
            finders=MappingProxyType(finders),
        )

    def finder(self, where: str) -> Finder[Sign]:
        """Return the phrases looked for in *where*."""
        return self.finders[where]

    def unanswered(self, local: str) -> bool:
        """Tell whether the part of an address before the @, in small letters, is never answered."""
        return local in self.names or local.startswith(self.beginnings) or local.endswith(self.endings)
