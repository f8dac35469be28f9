"""What stands where in a digest: facts to ordered, counted and shortened values, without a word of wording.

Order: faults, decisions, what is new by kind, letters, totals, dates. What is unsure is told among the decisions alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from intake.judgement.consultation import Consultation, Cutoffs
from intake.judgement.values import Category, Punctuality
from intake.letters.digest_decisions import Deadline, Inert, Item, Span, ahead, concealed, items, span
from intake.letters.digest_facts import Account, Debt, DigestFacts, Entry, Letters, Login, Seal, Totals
from intake.letters.digest_standing import Standing, standing

_EXCERPT, _NAME, _PROBLEM = 160, 80, 160  # characters


class FaultKind(StrEnum):
    """What is broken, the gravest first."""

    UNBALANCED = "unbalanced"  # more was seen than is accounted for
    GAP = "gap"  # a UID that nobody accounted for
    WITHHELD = "withheld"  # the server lists messages and does not give them
    MISFILED = "misfiled"  # what speaks to the consultation lies in the folder of junk
    MAILBOX = "mailbox"  # not read for too long
    SENDING = "sending"  # our SMTP server is out of reach
    LETTERS = "letters"  # of a letter owed it is not known what became of it
    BRAKE = "brake"  # too many letters in an hour: they are held back
    LOGIN = "login"  # a login ends soon, or has ended


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that makes everything else in the digest incomplete, as it stood at its end."""

    kind: FaultKind
    account: Account | None = None  # of a mailbox's fault
    since: datetime | None = None  # None: it has never worked, or nobody knows since when
    lasting: Span | None = None
    problem: str = ""
    login: Login | None = None
    days: int = 0  # that the login still holds after the digest's day; negative: since when it holds no more


@dataclass(frozen=True, slots=True)
class News:
    """One kind of what is new: as many entries as there is room for, and the counts of all of them."""

    count: int
    shown: tuple[Entry, ...]
    more: int  # entries left out
    people: int
    withdrawn: int  # people who were registered before, by the entries that stand
    difference: int  # how many people more, by the entries that name a number
    nameless: int  # entries that name no number of people
    late: int
    late_people: int


class GroupName(StrEnum):
    """The kinds of what is new, in the order of the digest. A message is counted in one of those that are not TOPIC."""

    ATTENDANCES = "attendances"
    CHANGES = "changes"
    CANCELLATIONS = "cancellations"
    MIXED = "mixed"  # its entries stand among the proposals
    PROPOSALS = "proposals"
    ALIKE = "alike"  # of the proposals, letters of many hands with nearly the same words
    TOPIC = "topic"  # the proposals and mixed ones of one topic: one with several stands under the first of them
    QUESTIONS = "questions"  # told among the decisions
    UNSURE = "unsure"  # told among the decisions


@dataclass(frozen=True, slots=True)
class Group:
    """One kind of what is new."""

    name: GroupName
    news: News
    topic: str | None = None  # id; of TOPIC, None where no topic was found


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What became of all messages since the last digest, both mailboxes together."""

    arrived: int
    settled: int
    private: int
    automatic: int
    unrelated: int
    copies: int
    set_aside: int
    left_alone: int
    known: int
    gone: int
    staff: int


@dataclass(frozen=True, slots=True)
class DigestView:
    """Everything that a digest shows, in the office's zone."""

    since: datetime
    until: datetime
    first: bool
    arrivals: Arrivals
    accounts: tuple[Account, ...]
    faults: tuple[Fault, ...]
    items: tuple[Item, ...]
    urgent: int  # items with the earliest deadline that any has
    urgent_before: Deadline | None
    groups: tuple[Group, ...]  # those that are not empty
    letters: Letters
    letters_waiting: Span | None  # how long the oldest of them has waited
    debts: tuple[Debt, ...]  # as many as there is room for
    debts_more: int  # left out
    seal: Seal | None
    totals: Totals
    deadlines: tuple[Deadline, ...]  # those still ahead
    meeting: Deadline | None  # while it is ahead
    answered: tuple[str, ...]  # cases whose question staff answered by a letter of their own
    standing: Standing
    second: bool  # the short digest before the meeting
    with_list: bool  # with the list of who comes
    attached: bool  # with spreadsheets
    quiet: bool  # nothing to decide, nothing broken, nothing new: a few lines will do

    @property
    def news(self) -> int:
        """Return how many messages are new and speak of the consultation."""
        apart = {GroupName.TOPIC, GroupName.ALIKE}
        return sum(group.news.count for group in self.groups if group.name not in apart)

    @property
    def overnight(self) -> bool:
        """Tell whether the last digest was yesterday's."""
        return (self.until.date() - self.since.date()).days == 1


def arrange(
    facts: DigestFacts, consultation: Consultation, cutoffs: Cutoffs, inert: Inert, room: int, listed: int = 1000
) -> DigestView:
    """Put *facts* in order; *inert* makes a stranger's text harmless.

    There is room for so many entries of each kind, and for so many registrations *listed*.
    """
    zone = cutoffs.opened.tzinfo
    until = facts.until.astimezone(zone)
    decisions = tuple(
        replace(item, number=item.number + facts.told_before) for item in items(facts.decisions, cutoffs, until, inert)
    )
    accounts = tuple(_account(account, inert, zone) for account in facts.accounts)
    letters = _letters(facts.letters, inert, zone)
    faults = (*_faults(accounts, letters, until, facts.silent_after), *_ending(facts.expiring, facts.day))
    deadlines = ahead(cutoffs, until)
    urgent_before = next((item.before for item in decisions if item.before), None)
    entries = [_entry(entry, inert, zone) for entry in _told(facts)]
    topics = tuple(topic.id for topic in consultation.topic)
    folded = frozenset(campaign.id for campaign in facts.campaigns)
    fits = len(facts.debts) <= room + 1  # "and one more" would take the room of that one
    debts = facts.debts if fits else facts.debts[:room]
    return DigestView(
        since=facts.since.astimezone(zone),
        until=until,
        first=facts.first,
        arrivals=_arrivals(accounts),
        accounts=accounts,
        faults=faults,
        items=decisions,
        urgent=sum(item.before == urgent_before for item in decisions if item.before),
        urgent_before=urgent_before,
        groups=tuple(group for group in _groups(entries, topics, folded, room) if group.news.count),
        letters=letters,
        letters_waiting=span(until - letters.oldest_waiting) if letters.oldest_waiting else None,
        debts=tuple(_debt(debt, inert, zone) for debt in debts),
        debts_more=len(facts.debts) - len(debts),
        seal=facts.seal,
        totals=facts.totals,
        deadlines=deadlines,
        meeting=next((deadline for deadline in deadlines if deadline.name == "meeting"), None),
        answered=facts.answered,
        standing=standing(facts, consultation, inert, zone, listed),
        second=facts.second,
        with_list=facts.listed,
        attached=has_sheets(facts),
        quiet=not (
            (decisions or faults or facts.entries or facts.debts or letters.waiting or letters.failed)
            or (facts.listed or facts.second)
        ),
    )


def _told(facts: DigestFacts) -> Iterator[Entry]:
    """Yield the entries, as unsure what came in the very second of a message that may not be shown."""
    hidden = {decision.received for decision in facts.decisions if concealed(decision)}
    for entry in facts.entries:
        yield replace(entry, unsure=True) if entry.received in hidden else entry


def _account(account: Account, inert: Inert, zone: tzinfo | None) -> Account:
    return replace(
        account,
        last_reached=_local(account.last_reached, zone),
        failing_since=_local(account.failing_since, zone),
        compared=_local(account.compared, zone),
        last_error=inert(account.last_error, _PROBLEM),
    )


def _letters(letters: Letters, inert: Inert, zone: tzinfo | None) -> Letters:
    return replace(
        letters,
        oldest_waiting=_local(letters.oldest_waiting, zone),
        failing_since=_local(letters.failing_since, zone),
        paused_since=_local(letters.paused_since, zone),
        last_error=inert(letters.last_error, _PROBLEM),
    )


def _debt(debt: Debt, inert: Inert, zone: tzinfo | None) -> Debt:
    return replace(
        debt,
        received=debt.received.astimezone(zone),
        due=_local(debt.due, zone),
        problem=inert(debt.problem, _PROBLEM),
    )


def _local(instant: datetime | None, zone: tzinfo | None) -> datetime | None:
    return instant.astimezone(zone) if instant else None


def _arrivals(accounts: Iterable[Account]) -> Arrivals:
    def total(name: str) -> int:
        return sum(getattr(account, name) for account in accounts)

    return Arrivals(
        arrived=total("arrived"),
        settled=total("settled"),
        private=total("private"),
        automatic=total("automatic"),
        unrelated=total("unrelated"),
        copies=total("copies"),
        set_aside=total("set_aside"),
        left_alone=total("left_alone"),
        known=total("known"),
        gone=total("gone"),
        staff=total("staff"),
    )


# What may be wrong with the messages of a mailbox, the gravest first.
_IN_MAILBOXES: tuple[tuple[FaultKind, Callable[[Account], object]], ...] = (
    (FaultKind.UNBALANCED, lambda account: account.arrived != account.settled),
    (FaultKind.GAP, lambda account: account.gap),
    (FaultKind.WITHHELD, lambda account: account.withheld),
    (FaultKind.MISFILED, lambda account: account.misfiled),
)


def _faults(
    accounts: tuple[Account, ...], letters: Letters, until: datetime, silent_after: timedelta
) -> Iterator[Fault]:
    for kind, applies in _IN_MAILBOXES:
        yield from (Fault(kind, account) for account in accounts if applies(account))
    for account in accounts:
        since = account.failing_since or account.last_reached
        if account.failing_since or since is None or until - since > silent_after:
            lasting = span(until - since) if since else None
            yield Fault(FaultKind.MAILBOX, account, since, lasting, account.last_error)
    if letters.failing_since:
        lasting = span(until - letters.failing_since)
        yield Fault(FaultKind.SENDING, None, letters.failing_since, lasting, letters.last_error)
    if letters.due != letters.sent + letters.waiting + letters.failed + letters.written_off:
        yield Fault(FaultKind.LETTERS)
    if letters.paused_since:
        yield Fault(FaultKind.BRAKE, None, letters.paused_since, span(until - letters.paused_since))


def _ending(logins: tuple[Login, ...], day: date) -> Iterator[Fault]:
    yield from (Fault(FaultKind.LOGIN, login=login, days=(login.until - day).days) for login in logins)


def _entry(entry: Entry, inert: Inert, zone: tzinfo | None) -> Entry:
    return replace(
        entry,
        received=_local(entry.received, zone),
        organisation=inert(entry.organisation, _NAME) or None if entry.organisation else None,
        excerpt=inert(entry.excerpt, _EXCERPT),
    )


def has_sheets(facts: DigestFacts) -> bool:
    """Tell whether spreadsheets come with a digest: where somebody comes or proposed, and something happened."""
    happened = facts.decisions or facts.entries or facts.listed or facts.second
    return bool(happened and (facts.guests or facts.proposed))


def _groups(entries: list[Entry], topics: tuple[str, ...], folded: frozenset[int], room: int) -> Iterator[Group]:
    sure = [entry for entry in entries if not entry.unsure]
    unsure = [entry for entry in entries if entry.unsure]
    coming = [entry for entry in sure if entry.category is Category.ATTENDANCE]
    yield Group(GroupName.ATTENDANCES, _news([entry for entry in coming if not entry.registered_before], room))
    yield Group(GroupName.CHANGES, _news([entry for entry in coming if entry.registered_before], room))
    yield Group(GroupName.CANCELLATIONS, _news([e for e in sure if e.category is Category.CANCELLATION], room))
    yield Group(GroupName.MIXED, _news([e for e in sure if e.category is Category.MIXED], None))
    yield Group(GroupName.PROPOSALS, _news([e for e in sure if e.category is Category.PROPOSAL], None))
    proposing = [entry for entry in sure if entry.category.proposes]
    proposals = [entry for entry in proposing if entry.campaign not in folded]
    yield Group(GroupName.ALIKE, _news([entry for entry in proposing if entry.campaign in folded], None))
    first = [(next((topic for topic in topics if topic in entry.topics), None), entry) for entry in proposals]
    for topic in (*topics, None):
        yield Group(GroupName.TOPIC, _news([entry for found, entry in first if found == topic], room), topic)
    yield Group(GroupName.QUESTIONS, _news([e for e in sure if e.category is Category.QUESTION], None))
    yield Group(GroupName.UNSURE, _news(unsure, None))


def _news(entries: list[Entry], room: int | None) -> News:
    """Count *entries* and keep those there is room for; None where they are only counted."""
    fits = room is not None and len(entries) <= room + 1  # "and one more" would take the room of that one
    late = [entry for entry in entries if Punctuality.LATE in {entry.timeliness.attendance, _of_proposal(entry)}]
    shown = entries if fits else entries[: room or 0]
    return News(
        count=len(entries),
        shown=tuple(shown),
        more=0 if room is None else len(entries) - len(shown),
        people=sum(entry.people or 0 for entry in entries),
        withdrawn=sum(entry.people_before or 0 for entry in entries),
        difference=sum(entry.people - (entry.people_before or 0) for entry in entries if entry.people is not None),
        nameless=sum(entry.people is None for entry in entries),
        late=len(late),
        late_people=sum(entry.people or 0 for entry in late),
    )


def _of_proposal(entry: Entry) -> Punctuality | None:
    """Return how a pure proposal stands to its cutoff; one with attendance is counted by its attendance."""
    return entry.timeliness.proposal if entry.category is Category.PROPOSAL else None
