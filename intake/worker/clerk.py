"""The clerk: mail from staff is read for what it decides, carried out, and answered with what changed.

Only who our own server vouches for may decide, only against a digest of ours: by answering it, by answering our answer,
or by a link whose code fits. Anything else is refused, and staff alone are told why. What one mail says is one
transaction, with its answer: no crash and no second worker carries it out twice, or in part.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from intake import events, failpoints
from intake.config import MailboxConfig
from intake.delivery import outbox
from intake.errors import RecordError
from intake.judgement import authentication, orders
from intake.judgement.orders import Action, Order
from intake.judgement.values import Category
from intake.letters import answer, choice, links
from intake.letters.answer import Problem, Result
from intake.letters.brake import Envelope
from intake.mail.mailbox import Fetched
from intake.mail.message import Message
from intake.records import accounts, items, record
from intake.records.cases import address_key
from intake.records.corrections import Wish
from intake.records.store import Fate, Outgoing, Record, Sighting, UsedToken
from intake.worker import forwarding, settling, staff_mail
from intake.worker import orders as carrying
from intake.worker.desk import Desk
from intake.worker.forwarding import Passed
from intake.worker.orders import Hand, Table
from intake.worker.reading import Unreadable
from intake.worker.settling import By, Deed, Manner, Task
from intake.worker.staff_mail import Context, context_of
from intake.worker.telling import Original

_REFUSALS = 5  # a day, of mail that nobody vouches for: whoever forges it is not to fill a mailbox of ours
_WORDS_OF_ORDER = 12  # more words are a letter, and no order


def work(desk: Desk) -> int:
    """Read what staff wrote since the last time; return how many mails there were."""
    with desk.store.reading() as session:
        query = (
            select(Record.id)
            .join(Sighting, Sighting.record_id == Record.id)
            .where(Sighting.fate == Fate.STAFF.value, Record.settled_at.is_(None), Record.erased_at.is_(None))
            .order_by(Record.id)
        )
        waiting = list(dict.fromkeys(session.scalars(query)))
    for record_id in waiting:
        try:
            _read(desk, record_id)
        except (OperationalError, InterfaceError, RecordError) as error:  # the database's trouble: at the next look
            events.failed(f"record={record_id} of staff", error)
        except Exception as error:  # noqa: BLE001  (as in the quarantine: what it says is told as not done, and the next goes on)
            events.failed(f"record={record_id} of staff", error)
            _give_up(desk, record_id)
    return len(waiting)


@dataclass(slots=True)
class _Mail:
    """One mail of staff, and what was read for it before the transaction."""

    record_id: int
    box: MailboxConfig
    received: datetime | None
    message: Message
    context: Context
    code: links.Code | None
    vouched: bool
    said: list[Order]
    passed: list[Passed] = field(default_factory=list)
    originals: dict[tuple[int, Category], Original | None] = field(default_factory=dict)

    @property
    def by(self) -> By:
        """Return who says it, and how."""
        first = self.said[0].words if self.said else ""
        way = "reply" if self.code is None else "link"
        return By(way, first, address_key(self.message), self.record_id)

    @property
    def is_for_us(self) -> bool:
        """Tell whether it answers a letter of ours to staff, or holds a code."""
        return self.context != Context() or self.code is not None


def _read(desk: Desk, record_id: int) -> None:
    """Carry out what one mail says, and answer it."""
    try:
        mail = _opened(desk, record_id)
    except Unreadable:
        with desk.store.writing() as session:
            _close(desk, session, record_id, None, [Result("", Problem.UNREADABLE)])
        return
    if mail is not None and mail.vouched:
        _foresee(desk, mail)
    with desk.store.writing() as session:
        accounts.lock(session)
        row = session.get(Record, record_id, with_for_update=True)
        if row is None or row.settled_at is not None:
            return  # another worker was faster
        if _came_before(session, row):
            mail = None
        results = list(_results(desk, session, mail)) if mail is not None else []
        failpoints.reach("ordered")
        _close(desk, session, record_id, mail, results)
    failpoints.reach("answered")


def _came_before(session: Session, row: Record) -> bool:
    """Tell whether the same mail was read from another mailbox, or came a second time: it decides once."""
    if row.fingerprint is None:
        return False
    query = select(Record.id).where(
        Record.fingerprint == row.fingerprint,
        Record.id != row.id,
        Record.suppression == staff_mail.FROM_STAFF,
        Record.settled_at.is_not(None),
    )
    return session.scalar(query.limit(1)) is not None


def _opened(desk: Desk, record_id: int) -> _Mail | None:
    """Read a mail again; None where its bytes or its mailbox are no more."""
    with desk.store.reading() as session:
        row = session.get(Record, record_id)
        raw = record.original(session, record_id)
    box = next((box for box in desk.settings.config.mailbox if row and box.id == row.mailbox), None)
    if row is None or raw is None or box is None:
        return None
    fetched = Fetched(box.id, box.folder, 0, 0, accounts.received_by(row), raw)
    message = desk.readers.read(raw, desk.arrival(box, fetched, None))
    with desk.store.reading() as session:
        context = context_of(session, message)
    said = [order for order in orders.parse(_before_code(message.own), desk.rules.orders) if order.words]
    vouched = authentication.vouched(message, desk.rules.automatic.authentication)
    code = links.find(message.own)
    return _Mail(record_id, box, fetched.internaldate, message, context, code, vouched, said)


def _foresee(desk: Desk, mail: _Mail) -> None:
    """Read what has to be read before the transaction, which others wait for."""
    if _sender(mail) not in desk.settings.config.office.staff:
        return
    if mail.is_for_us:
        with desk.store.reading() as session:
            table = _table(desk, session, Context(day=mail.code.day) if mail.code else mail.context)
        mail.originals = carrying.foresee(desk, iter(mail.said), table)
    else:
        mail.passed = forwarding.opened(desk, mail.box, staff_mail.passed_on(mail.message), mail.received)


def _results(desk: Desk, session: Session, mail: _Mail) -> Iterator[Result]:
    """Yield what becomes of each thing that a mail says."""
    if not mail.vouched:
        if mail.is_for_us:
            yield Result(mail.by.words, Problem.NOT_VOUCHED)
    elif _sender(mail) not in desk.settings.config.office.staff:
        if mail.is_for_us:
            yield Result(mail.by.words, Problem.NOT_STAFF)
    elif mail.is_for_us:
        yield from _carried_out(desk, session, mail)
    elif mail.passed:
        kind = next((order.category for order in mail.said if order.action is Action.CATEGORY), None)
        for passed in mail.passed:
            yield forwarding.enter(desk, session, mail.box, passed, mail.by, kind)
    elif _only_orders(mail):
        yield Result(mail.by.words, Problem.NO_DIGEST)
    else:
        _answered_by_mail(desk, session, mail)


def _sender(mail: _Mail) -> str:
    return address_key(mail.message) or ""


def _only_orders(mail: _Mail) -> bool:
    """Tell whether a mail says nothing but orders: their numbers mean nothing without a digest, or another mail's."""
    short = len(_before_code(mail.message.own).split()) <= _WORDS_OF_ORDER
    return short and bool(mail.said) and all(each.action is not Action.UNKNOWN for each in mail.said)


def _carried_out(desk: Desk, session: Session, mail: _Mail) -> Iterator[Result]:
    context, said, by = mail.context, mail.said, mail.by
    if mail.code is not None:
        problem = _check(desk, session, mail, mail.code)
        if problem is not None:
            yield Result(by.words, problem)
            return
        context, said = Context(day=mail.code.day), said[:1]
    if not said:
        yield Result("", Problem.NOT_UNDERSTOOD)
    hand = Hand(desk, session, _table(desk, session, context), by, mail.originals)
    for order in said:
        yield from hand.carry_out(order)


def _check(desk: Desk, session: Session, mail: _Mail, code: links.Code) -> Problem | None:
    """Return why the code of a link does not hold; where it does, it is used up."""
    key = desk.actions_key
    item = _table(desk, session, Context(day=code.day)).items.get(code.number)
    if key is None or item is None or not mail.said:
        return Problem.CODE_WRONG
    first = mail.said[0]
    words = first.words.removeprefix(str(code.number)).strip(" .:)")
    bound = links.Bound(code.day, code.number, words, _sender(mail), (*item.records, *item.letters), code.expires)
    if first.numbers != (code.number,) or not links.is_right(code, key, bound):
        return Problem.CODE_WRONG
    if desk.now().date() > code.expires:
        return Problem.CODE_EXPIRED
    if session.get(UsedToken, code.digest) is not None:
        return Problem.CODE_USED
    session.add(UsedToken(digest=code.digest, used_at=desk.now()))
    session.flush()
    return None


def _before_code(text: str) -> str:
    """Return the words above the code of a link."""
    kept = []
    for line in text.splitlines():
        if links.find(line) is not None:
            break
        kept.append(line)
    return "\n".join(kept)


def _table(desk: Desk, session: Session, context: Context) -> Table:
    """Return what the numbers in a mail mean."""
    if context.answered is not None:
        row = session.get(Record, context.answered)
        told = row.facts.get("results", []) if row else []
        return Table({}, tuple(tuple(point) for point in told))
    if context.day is None:
        return Table({})
    return Table(items.of(session, desk.rules.consultation.id, context.day))


def _answered_by_mail(desk: Desk, session: Session, mail: _Mail) -> None:
    """Close the questions that staff answered by a letter of their own, which reached us as a copy."""
    for row in list(staff_mail.answered_questions(session, mail.message, desk.rules.consultation)):
        task = Task(row.id, Wish())
        settling.settle_within(desk, session, task, mail.by, Manner(letter=False, deed=Deed.ANSWERED))


def _give_up(desk: Desk, record_id: int) -> None:
    """Tell that the program failed on a mail: nothing of it was carried out."""
    with desk.store.writing() as session:
        _close(desk, session, record_id, None, [Result("", Problem.FAILED)])


def _close(desk: Desk, session: Session, record_id: int, mail: _Mail | None, results: list[Result]) -> None:
    """Write that a mail was read, and the answer to it, once."""
    now = desk.now()
    config = desk.settings.config
    recipients = config.digest.to or config.office.staff
    row = session.get(Record, record_id, with_for_update=True)
    if row is None or row.settled_at is not None:
        return
    row.settled_at = now
    row.facts = row.facts | {"results": [list(result.instructions) for result in results]}
    record.noted(session, row, now)
    is_refusal = mail is not None and not mail.vouched
    carried = sum(result.problem is None for result in results)
    events.ordered(record_id, carried, len(results) - carried)
    if not results or not recipients or (is_refusal and _refused_enough(session, now)):
        return
    identifier = choice.message_id(desk.letter_key, "decyzje", str(record_id), domain=desk.domain)
    envelope = Envelope(recipients, identifier, mail.message.message_id if mail else None)
    topics = {topic.id: topic.short for topic in desk.rules.consultation.topic}
    raw = answer.compose_answer(results, envelope, desk.office, desk.templates, topics, now)
    for number, recipient in enumerate(recipients):
        posting = outbox.Posting(
            kind=staff_mail.REFUSAL if is_refusal else staff_mail.ANSWER,
            recipient=recipient,
            reverse_path=config.smtp.bounce_address or "",
            message_id=identifier,
            raw=raw,
            occasion=f"orders:{record_id}:{number}",
        )
        outbox.put(session, posting, now)


def _refused_enough(session: Session, now: datetime) -> bool:
    """Tell whether staff were told of mail that nobody vouches for often enough today."""
    told = select(func.count(func.distinct(Outgoing.message_id))).where(
        Outgoing.kind == staff_mail.REFUSAL, Outgoing.queued_at > now - timedelta(days=1)
    )
    return (session.scalar(told) or 0) >= _REFUSALS
