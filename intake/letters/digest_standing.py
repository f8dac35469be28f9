"""How the consultation stands, as the digest shows it: seats, needs, groups, topics, letters alike, who comes.

Strangers' text is made inert here. Nothing of wording.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import tzinfo

from intake.judgement.consultation import Consultation
from intake.letters.digest_facts import Alike, DigestFacts, Guest, TopicCount
from intake.letters.polish import alphabetical

Inert = Callable[[str, int], str]
NEEDS = ("interpreter", "wheelchair", "loop", "assistant", "diet", "parking")  # in this order
_NAME, _PERSON, _PERSONS, _EXCERPT = 80, 60, 12, 160  # characters; people named of one registration
_CASES = 8  # case numbers behind one need
_CAMPAIGNS = 6


@dataclass(frozen=True, slots=True)
class Seats:
    """The room, and how full it is."""

    capacity: int
    taken: int

    @property
    def left(self) -> int:
        """Return how many seats are free; negative where there are too few."""
        return self.capacity - self.taken

    @property
    def share(self) -> int:
        """Return how full it is, in percent, for a bar."""
        return min(100, round(100 * self.taken / self.capacity))


@dataclass(frozen=True, slots=True)
class Need:
    """Something that the meeting must have."""

    name: str  # id
    count: int  # registrations that ask for it
    cases: tuple[str, ...]
    more: int  # cases left out


@dataclass(frozen=True, slots=True)
class Bar:
    """A thematic group with the people who chose it, or a topic with its proposals."""

    topic: str | None  # id; None: none was found
    count: int
    share: int  # percent of the longest bar
    nameless: int = 0  # registrations of it that name no number of people


@dataclass(frozen=True, slots=True)
class Member:
    """One registration of a list."""

    fact: Guest
    others: tuple[str, ...]  # ids of further groups that it chose
    unnamed: int  # names left out


@dataclass(frozen=True, slots=True)
class Roll:
    """Who comes for one group: one that chose several stands under the first."""

    topic: str | None  # id; None: no group was chosen
    people: int
    nameless: int  # registrations that name no number
    members: tuple[Member, ...]
    more: int  # registrations left out


@dataclass(frozen=True, slots=True)
class Standing:
    """How the consultation stands."""

    seats: Seats | None  # None: the rules do not say how many there are
    needs: tuple[Need, ...]
    groups: tuple[Bar, ...]
    topics: tuple[Bar, ...]
    campaigns: tuple[Alike, ...]
    campaigns_more: int
    rolls: tuple[Roll, ...]  # empty but on the eve of the meeting and on its day
    late: int  # registrations of the list that came after the cutoff


def standing(facts: DigestFacts, consultation: Consultation, inert: Inert, zone: tzinfo | None, room: int) -> Standing:
    """Put in order how the consultation stands, with at most *room* registrations in the list of who comes."""
    topics = tuple(topic.id for topic in consultation.topic)
    coming = [_harmless(each, inert, zone) for each in facts.guests]
    capacity = consultation.meeting.capacity
    return Standing(
        seats=Seats(capacity, facts.totals.people) if capacity else None,
        needs=tuple(_needs(coming)),
        groups=tuple(_groups(coming, topics)),
        topics=tuple(_bars(facts.totals.topics, facts.totals.proposals_without_topic, topics)),
        campaigns=tuple(_campaign(each, inert) for each in facts.campaigns[:_CAMPAIGNS]),
        campaigns_more=max(0, len(facts.campaigns) - _CAMPAIGNS),
        rolls=tuple(_rolls(coming, topics, room)) if facts.listed else (),
        late=sum(each.late for each in coming),
    )


def _harmless(each: Guest, inert: Inert, zone: tzinfo | None) -> Guest:
    names = tuple(name for name in (inert(name, _PERSON) for name in each.names) if name)
    return replace(
        each,
        organisation=inert(each.organisation, _NAME) or None if each.organisation else None,
        names=names,
        received=each.received.astimezone(zone) if each.received else None,
    )


def _campaign(each: Alike, inert: Inert) -> Alike:
    return replace(each, excerpt=inert(each.excerpt, _EXCERPT))


def _needs(coming: Iterable[Guest]) -> Iterator[Need]:
    asked: dict[str, list[str]] = {}
    for each in coming:
        for need in each.needs:
            asked.setdefault(need, []).append(each.case)
    for name in (*NEEDS, *sorted(asked.keys() - set(NEEDS))):
        cases = asked.get(name, [])
        shown = cases if len(cases) <= _CASES + 1 else cases[:_CASES]
        if cases:
            yield Need(name, len(cases), tuple(shown), len(cases) - len(shown))


def _groups(coming: Iterable[Guest], topics: tuple[str, ...]) -> Iterator[Bar]:
    """Yield the groups in the order of the rules; who chose several counts in each."""
    people: dict[str | None, int] = {}
    nameless: dict[str | None, int] = {}
    for each in coming:
        chosen: list[str | None] = [topic for topic in topics if topic in each.topics]
        for topic in chosen or [None]:
            people[topic] = people.get(topic, 0) + (each.people or 0)
            nameless[topic] = nameless.get(topic, 0) + (each.people is None)
    longest = max(people.values(), default=0)
    for group in (*topics, None):
        if group in people:
            yield Bar(group, people[group], _share(people[group], longest), nameless[group])


def _bars(counts: Iterable[TopicCount], without: int, topics: tuple[str, ...]) -> Iterator[Bar]:
    known = [(count.topic, count.proposals) for count in counts if count.topic in topics]
    longest = max((count for _, count in (*known, (None, without))), default=0)
    yield from (Bar(topic, count, _share(count, longest)) for topic, count in known)
    if without:
        yield Bar(None, without, _share(without, longest))


def _share(count: int, longest: int) -> int:
    return max(1, round(100 * count / longest)) if count else 0


def _rolls(coming: list[Guest], topics: tuple[str, ...], room: int) -> Iterator[Roll]:
    chosen = [(each, [one for one in topics if one in each.topics]) for each in coming]
    left = room
    for topic in (*topics, None):
        own = [(each, rest[1:]) for each, rest in chosen if next(iter(rest), None) == topic]
        if not own:
            continue
        own.sort(key=lambda pair: (pair[0].organisation is None, alphabetical(pair[0].organisation or "")))
        shown = own[:left]
        left -= len(shown)
        yield Roll(
            topic=topic,
            people=sum(each.people or 0 for each, _ in own),
            nameless=sum(each.people is None for each, _ in own),
            members=tuple(_member(each, tuple(others)) for each, others in shown),
            more=len(own) - len(shown),
        )


def _member(each: Guest, others: tuple[str, ...]) -> Member:
    unnamed = max(0, len(each.names) - _PERSONS)
    return Member(replace(each, names=each.names[:_PERSONS]), others, unnamed)
