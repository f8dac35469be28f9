"""``rules/facts.toml``: the words by which organisations, people and needs are known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field

from intake.judgement.phrases import Finder, Phrase
from intake.judgement.sentences import fold, words
from intake.tables import Line, Many, Table


class Form(Table):
    """A kind of organisation: its nominative, its other cases, and the gender that adjectives agree with."""

    name: Line
    gender: Literal["m", "f", "n"]
    forms: Many[Line] = ()
    signed: bool = False  # an everyday word too: it counts in signatures, senders' names, and after "in the name of"


class OrganisationTable(Table):
    """Words around names of organisations."""

    fields: Many[Line]
    speaking: Many[Phrase]
    naming: Many[Phrase]
    naming_inflected: Many[Phrase]
    naming_quoted: Many[Phrase]
    nobody: Many[Phrase]
    others: Many[Phrase]
    passing: Many[Phrase]
    machines: Many[Phrase]
    offices: Many[Line]
    providers: Many[Line]
    not_ours: Many[Line]
    not_ours_unless: Many[Line]
    roles: Many[Phrase]
    closing: Many[Phrase]
    first_names: Line
    forms: Annotated[Many[Form], Field(min_length=1)]


class PeopleTable(Table):
    """Words around numbers and names of those who come."""

    counted: Many[Phrase]
    elsewhere: Many[Phrase]
    sizes: Many[Phrase]
    coming: Many[Phrase]
    absent: Many[Phrase]
    alone: Many[Phrase]
    joining: Many[Phrase]
    deputies: Many[Phrase]
    unchanged: Many[Phrase]
    untold: Many[Phrase]
    singular: Many[Phrase]
    one: Many[Phrase]
    companions: Many[Phrase]
    writer: Line
    writers: Many[Line]
    instead: Line
    former: Line
    saying: Line
    total: Line
    part: Line
    links: Line
    accompanied: Line
    bringing: Many[Phrase]
    too: Line
    away: Line
    following: Line
    measures: Many[Phrase]
    hours: Line
    plural: Many[Phrase]


class NeedTable(Table):
    """What somebody who comes may need, and how people say it."""

    id: Line
    phrases: Annotated[Many[Phrase], Field(min_length=1)]
    unless: Many[Phrase] = ()


class TopicsTable(Table):
    """Words by which proposing is told from choosing a group."""

    proposing: Many[Phrase]
    general: Line | None = None


class FactsTable(Table):
    """What the office's file says."""

    organisation: OrganisationTable
    people: PeopleTable
    need: Many[NeedTable] = ()
    topics: TopicsTable


@dataclass(frozen=True, slots=True)
class Clues:
    """The file, ready to be looked up. Words are folded."""

    fields: frozenset[str]
    speaking: re.Pattern[str]
    naming: re.Pattern[str]  # before a name that may have no word for its kind
    naming_inflected: re.Pattern[str]  # the same, before another case than the nominative
    naming_quoted: re.Pattern[str]  # the same, where the name stands in quotation marks
    nobody: Finder[str]
    others: Finder[str]
    passing: Finder[str]
    machines: Finder[str]
    offices: frozenset[str]
    providers: frozenset[str]  # labels of domains that many share
    not_ours: tuple[str, ...]
    not_ours_unless: tuple[str, ...]  # bodies that are others' though their names hold one of these
    not_names: Finder[str]
    first_names: frozenset[str]
    writers: frozenset[str]  # a form's fields for the writer's own name
    forms: Mapping[str, Form]
    heads: re.Pattern[str]
    counted: Finder[str]
    elsewhere: Finder[str]
    sizes: Finder[str]  # verbs before how many an organisation has or helps
    coming: Finder[str]
    absent: Finder[str]
    alone: Finder[str]
    deputies: Finder[str]  # who comes in the writer's place
    joining: Finder[str]  # verbs of coming along, or in another's place
    unchanged: Finder[str]  # an earlier number holds
    untold: Finder[str]  # the number will be told later
    singular: Finder[str]
    one: Finder[str]
    companions: Finder[str]
    writer: frozenset[str]  # the first person: "ja", "ze mną"
    instead: frozenset[str]  # before who is replaced
    former: frozenset[str]  # before a number that held earlier, or is denied
    saying: frozenset[str]  # before a number that is being told
    total: frozenset[str]  # before a number that holds all
    part: frozenset[str]  # before a number that is a part of another
    links: frozenset[str]
    accompanied: frozenset[str]  # before who comes along: "z mężem"
    bringing: Finder[str]
    too: frozenset[str]
    away: frozenset[str]  # before who is spoken of, and need not come: "od pani Ewy"
    following: frozenset[str]  # after a number that no noun follows
    measures: Finder[str]  # after a number that counts no people
    hours: frozenset[str]  # before a number that is an hour, a date, a room
    plural: Finder[str]  # verbs of several who come
    proposing: Finder[str]
    general: str | None  # the topic that yields to a more special one
    needs: Finder[str]
    needless: Finder[str]

    @classmethod
    def of(cls, facts: FactsTable) -> Clues:
        """Prepare *facts*."""
        table = facts.organisation
        forms = {fold(given): form for form in table.forms for given in (form.name, *form.forms)}
        longest = sorted(forms, key=len, reverse=True)
        return cls(
            fields=frozenset(" ".join(words(field)) for field in table.fields),
            writers=frozenset(" ".join(words(field)) for field in facts.people.writers),
            speaking=_pattern(table.speaking),
            naming=_pattern(table.naming),
            naming_inflected=_pattern(table.naming_inflected),
            naming_quoted=_pattern(table.naming_quoted),
            nobody=_finder(table.nobody),
            others=_finder(table.others),
            passing=_finder(table.passing),
            machines=_finder(table.machines),
            offices=frozenset(word for line in table.offices for word in words(line)),
            not_ours=tuple(" ".join(words(phrase)) for phrase in table.not_ours),
            not_ours_unless=tuple(" ".join(words(phrase)) for phrase in table.not_ours_unless),
            not_names=Finder((phrase, "role") for phrase in (*table.roles, *table.closing)),
            providers=frozenset(map(fold, table.providers)),
            first_names=frozenset(words(table.first_names)),
            forms=MappingProxyType(forms),
            heads=re.compile(rf"(?<![\w@.-])(?:{'|'.join(map(re.escape, longest))})(?![\w@-])"),
            counted=_finder((*facts.people.counted, *facts.people.companions)),
            elsewhere=_finder(facts.people.elsewhere),
            sizes=_finder(facts.people.sizes),
            coming=_finder(facts.people.coming),
            absent=_finder(facts.people.absent),
            alone=_finder(facts.people.alone),
            deputies=_finder(facts.people.deputies),
            joining=_finder(facts.people.joining),
            unchanged=_finder(facts.people.unchanged),
            untold=_finder(facts.people.untold),
            singular=_finder(facts.people.singular),
            one=_finder(facts.people.one),
            companions=_finder(facts.people.companions),
            writer=frozenset(words(facts.people.writer)),
            instead=frozenset(words(facts.people.instead)),
            former=frozenset(words(facts.people.former)),
            saying=frozenset(words(facts.people.saying)),
            total=frozenset(words(facts.people.total)),
            part=frozenset(words(facts.people.part)),
            links=frozenset(words(facts.people.links)),
            accompanied=frozenset(words(facts.people.accompanied)),
            bringing=_finder(facts.people.bringing),
            too=frozenset(words(facts.people.too)),
            away=frozenset(words(facts.people.away)),
            following=frozenset(words(facts.people.following)),
            measures=_finder(facts.people.measures),
            hours=frozenset(words(facts.people.hours)),
            plural=_finder(facts.people.plural),
            proposing=_finder(facts.topics.proposing),
            general=facts.topics.general,
            needs=Finder((phrase, need.id) for need in facts.need for phrase in need.phrases),
            needless=Finder((phrase, need.id) for need in facts.need for phrase in need.unless),
        )


def _finder(phrases: Iterable[str]) -> Finder[str]:
    return Finder((phrase, phrase) for phrase in phrases)


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    told = (r"\s+".join(_stemmed(word) for word in fold(phrase).split()) for phrase in phrases)
    return re.compile(rf"\b(?:{'|'.join(told)})(?!\w)")


def _stemmed(word: str) -> str:
    return re.escape(word[:-1]) + r"\w*" if word.endswith("*") else re.escape(word)
