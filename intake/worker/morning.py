"""The morning: whether a digest is owed, and its writing, once per office day whatever happened to the worker.

Whether one is owed is told by the database, never by a timer's memory: a restart or a missed hour changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from intake import events
from intake.config import Config
from intake.delivery import outbox
from intake.letters import choice, digest_decisions, links
from intake.letters.digest import DigestLetter, compose_digest
from intake.letters.digest_facts import Decision, DecisionKind, DigestFacts, Login, Offer, Seal
from intake.records import chain, debts, digests, items
from intake.records import day as days
from intake.records.day import Span
from intake.worker import announcing
from intake.worker.desk import Desk

_SOON = timedelta(days=7)


def write(desk: Desk, day: date) -> DigestLetter | None:
    """Write the digest of *day* into the outbox; None where another worker was faster."""
    now = desk.now()
    with desk.store.writing() as session:
        last = digests.last(session, desk.rules.consultation.id)
        if last is not None and last.day >= day:
            return None
        span = Span(desk.rules.consultation.id, last.until if last else None, now)
        facts = gather(desk, session, span, day)
        letter = compose(desk, facts, now)
        days.written(session, span, day)
        kept = list(numbered(desk, facts))
        items.write(session, span.consultation, day, kept)
        for recipient in facts.recipients:
            own = compose(desk, replace(facts, offers=tuple(offers(desk, day, kept, recipient))), now)
            outbox.put(session, posting(desk, facts, recipient, own.raw), now)
    events.digest_written(day.isoformat(), len(facts.decisions))
    return letter


def posting(desk: Desk, facts: DigestFacts, recipient: str, raw: bytes) -> outbox.Posting:
    """Return a digest as the outbox takes it."""
    return outbox.Posting(
        kind="digest",
        recipient=recipient,
        reverse_path=desk.settings.config.smtp.bounce_address or "",
        message_id=facts.message_id,
        raw=raw,
        digest_day=facts.day,
    )


def preview(desk: Desk, day: date) -> DigestLetter:
    """Compose the digest of *day* as it was written, or as it would be written now; nothing is changed."""
    now = desk.now()
    with desk.store.reading() as session:
        consultation = desk.rules.consultation.id
        kept = digests.of(session, consultation, day)
        last = digests.last(session, consultation)
        span = Span(consultation, kept.since if kept else last.until if last else None, kept.until if kept else now)
        facts = gather(desk, session, span, day)
        if kept:  # the head of that moment stands in the letter that left, and nowhere else
            facts = replace(facts, seal=None)
        return compose(desk, facts, now)


def _expiring(config: Config, day: date) -> Iterator[Login]:
    """Name the logins that end within the week after *day*, or have ended."""
    logins = [Login(box.id, box.address, box.login_until) for box in config.mailbox if box.login_until]
    if config.smtp.login_until:
        logins.append(Login(None, config.smtp.sender, config.smtp.login_until))
    soon = (login for login in logins if login.until - day <= _SOON)
    yield from sorted(soon, key=lambda login: login.until)


def gather(desk: Desk, session: Session, span: Span, day: date) -> DigestFacts:
    """Return all that the digest of *day* is made of."""
    config, meeting = desk.settings.config, desk.rules.cutoffs.meeting
    found = days.rows(session, span)
    standing = [*days.undecided(session, span, meeting), *found]
    head = chain.head(session)
    key = choice.message_id(desk.letter_key, "zestawienie", span.consultation, day.isoformat(), domain=desk.domain)
    return DigestFacts(
        day=day,
        since=span.since or desk.rules.cutoffs.opened,
        until=span.until,
        message_id=key,
        sender=config.smtp.sender,
        recipients=config.digest.to,
        accounts=days.mailboxes(session, config.mailbox, span),
        decisions=(
            *days.decisions(session, standing, config.mailbox, span),
            *_moved(desk, session),
        ),
        entries=days.entries(found),
        totals=days.totals(session, span, meeting),
        guests=days.guests(session, span.consultation, meeting),
        proposed=days.proposed(session, span.consultation),
        listed=span.until < meeting and _is_eve(desk, day),
        campaigns=days.alike(session, span.consultation),
        letters=days.letters(session, span, config.acknowledge.per_hour),
        expiring=tuple(_expiring(config, day)),
        debts=debts.listed(session, span.consultation, span.until),
        seal=Seal(head.entries, head.short),
        answered=days.answered(session, span),
        answers_to=_answers_to(desk),
        first=span.since is None,
    )


def _is_eve(desk: Desk, day: date) -> bool:
    """Tell whether *day* is that of the meeting, or the last day of a digest before it."""
    meeting, schedule = desk.rules.cutoffs.meeting.date(), desk.settings.config.schedule
    between = (day + timedelta(days=number) for number in range(1, (meeting - day).days))
    return day == meeting or (day < meeting and not any(each.weekday() in schedule.weekdays for each in between))


def _moved(desk: Desk, session: Session) -> Iterator[Decision]:
    """Ask whether those who come are to be told of a new hour or room."""
    letters = announcing.waiting(session, desk)
    if letters:
        yield Decision(DecisionKind.MOVED, "", None, letters=letters)


def numbered(desk: Desk, facts: DigestFacts) -> Iterator[items.Numbered]:
    """Yield the decisions of a digest as they are numbered there, and what each is about."""
    until = facts.until.astimezone(desk.rules.zone)
    for item in digest_decisions.items(facts.decisions, desk.rules.cutoffs, until, lambda text, _: text):
        matters = [matter.fact for matter in item.matters]
        yield items.Numbered(
            number=item.number + facts.told_before,
            kind=item.kind.value,
            records=tuple(fact.record_id for fact in matters if fact.record_id is not None),
            cases=tuple(fact.case_id for fact in matters if fact.case_id is not None),
            letters=tuple(letter for fact in matters for letter in fact.letter_ids),
        )


def offers(desk: Desk, day: date, kept: list[items.Numbered], person: str) -> Iterator[Offer]:
    """Yield the words that settle each decision, with a code where *person* may use it by a tap."""
    config = desk.settings.config
    if person not in config.office.staff:
        return
    key = desk.actions_key
    expires = day + timedelta(days=config.digest.actions_days)
    for item in kept:
        for words in desk.rules.orders.offers.get(item.kind, ()):
            bound = links.Bound(day, item.number, words, person, (*item.records, *item.letters), expires)
            yield Offer(item.number, words, links.code(key, bound).text if key else None)


def _answers_to(desk: Desk) -> str | None:
    """Return the mailbox that reads staff's answers; None where our server vouches for nobody."""
    config = desk.settings.config
    if not desk.rules.automatic.authentication.servers or not config.office.staff:
        return None
    shared = [box.address for box in config.mailbox if not box.personal]
    return config.smtp.sender if config.smtp.sender in shared else next(iter(shared), None)


def compose(desk: Desk, facts: DigestFacts, now: datetime) -> DigestLetter:
    """Return the digest of *facts*, dated *now*."""
    rules = desk.rules
    return compose_digest(facts, desk.office, rules.consultation, rules.cutoffs, desk.templates, now)
