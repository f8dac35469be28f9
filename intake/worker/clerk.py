"""The clerk: mail from staff is read for what it decides, carried out, and answered with what changed.

Only who our own server vouches for may decide, only against a digest of ours: by answering it, by answering our answer,
or by a link whose code fits. Anything else is refused, and staff alone are told why. The work is done after a look into
the mailboxes is committed; what was carried out is written down order by order, so a crash repeats nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from intake import events
from intake.delivery import outbox
from intake.errors import IntakeError
from intake.judgement import authentication, orders
from intake.judgement.orders import Action, Order
from intake.letters import answer, choice, links
from intake.letters.answer import Problem, Result
from intake.letters.brake import Envelope
from intake.mail.mailbox import Fetched
from intake.mail.message import Message
from intake.records import items, record
from intake.records.cases import address_key
from intake.records.store import Fate, Instruction, Record, Sighting, UsedToken
from intake.worker import orders as carrying
from intake.worker import staff_mail
from intake.worker.desk import Desk
from intake.worker.orders import Table
from intake.worker.reading import Unreadable
from intake.worker.settling import By
from intake.worker.staff_mail import Context, context_of


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
        except IntakeError as error:
            events.failed(f"record={record_id} of staff", error)
    return len(waiting)


def _read(desk: Desk, record_id: int) -> None:
    """Carry out what one mail says, and answer it."""
    with desk.store.reading() as session:
        row = session.get(Record, record_id)
        raw = record.original(session, record_id)
    box = next((box for box in desk.settings.config.mailbox if row and box.id == row.mailbox), None)
    if row is None or raw is None or box is None:
        _close(desk, record_id, None, [])
        return
    try:
        fetched = Fetched(box.id, box.folder, 0, 0, row.received, raw)
        message = desk.readers.read(raw, desk.arrival(box, fetched, None))
    except Unreadable:
        _close(desk, record_id, None, [Result("", Problem.UNREADABLE)])
        return
    _close(desk, record_id, message, list(_results(desk, record_id, message)))


def _results(desk: Desk, record_id: int, message: Message) -> Iterator[Result]:
    """Yield what becomes of each order of a mail."""
    with desk.store.reading() as session:
        context = context_of(session, message)
        done = session.scalar(select(Instruction.id).where(Instruction.message_id == record_id).limit(1))
    code = links.find(message.own)
    said = [order for order in orders.parse(_before_code(message.own), desk.rules.orders) if order.words]
    if context == Context() and code is None:
        if any(order.action is not Action.UNKNOWN and (order.numbers or order.cases) for order in said):
            yield Result(said[0].words, Problem.NO_DIGEST)
        return
    sender = address_key(message) or ""
    first = said[0].words if said else ""
    if not authentication.vouched(message, desk.rules.automatic.authentication):
        yield Result(first, Problem.NOT_VOUCHED)
    elif sender not in desk.settings.config.office.staff:
        yield Result(first, Problem.NOT_STAFF)
    elif done is not None:  # a crash fell between carrying out and answering
        yield Result(first, note="written_off", settled=True)
    else:
        by = By("reply" if code is None else "link", first, sender, record_id)
        yield from _carried_out(desk, said, context, code, by)


def _carried_out(desk: Desk, said: list[Order], context: Context, code: links.Code | None, by: By) -> Iterator[Result]:
    if code is not None:
        problem = _check(desk, said, code, by)
        if problem is not None:
            yield Result(by.words, problem)
            return
        context, said = Context(day=code.day), said[:1]
    table = _table(desk, context)
    if not said:
        yield Result("", Problem.NOT_UNDERSTOOD)
    for order in said:
        yield from carrying.carry_out(desk, order, table, by)


def _check(desk: Desk, said: list[Order], code: links.Code, by: By) -> Problem | None:
    """Return why the code of a link does not hold; where it does, it is used up."""
    key = desk.actions_key
    item = _table(desk, Context(day=code.day)).items.get(code.number)
    if key is None or item is None or not said or by.address is None:
        return Problem.CODE_WRONG
    words = said[0].words.removeprefix(str(code.number)).strip(" .:)")
    bound = links.Bound(code.day, code.number, words, by.address, (*item.records, *item.letters), code.expires)
    if said[0].numbers != (code.number,) or not links.is_right(code, key, bound):
        return Problem.CODE_WRONG
    if desk.now().date() > code.expires:
        return Problem.CODE_EXPIRED
    with desk.store.writing() as session:
        if session.get(UsedToken, code.digest) is not None:
            return Problem.CODE_USED
        session.add(UsedToken(digest=code.digest, used_at=desk.now()))
    return None


def _before_code(text: str) -> str:
    """Return the words above the code of a link."""
    kept = []
    for line in text.splitlines():
        if links.find(line) is not None:
            break
        kept.append(line)
    return "\n".join(kept)


def _table(desk: Desk, context: Context) -> Table:
    """Return what the numbers in a mail mean."""
    with desk.store.reading() as session:
        if context.answered is not None:
            row = session.get(Record, context.answered)
            told = row.facts.get("results", []) if row else []
            return Table({}, tuple(number or 0 for number in told))
        if context.day is None:
            return Table({})
        return Table(items.of(session, desk.rules.consultation.id, context.day))


def _close(desk: Desk, record_id: int, message: Message | None, results: list[Result]) -> None:
    """Write that a mail was read, and the answer to it, once."""
    now = desk.now()
    config = desk.settings.config
    recipients = config.digest.to or config.office.staff
    with desk.store.writing() as session:
        row = session.get(Record, record_id)
        if row is None or row.settled_at is not None:
            return
        row.settled_at = now
        row.facts = row.facts | {"results": [result.instruction for result in results]}
        record.noted(session, row, now)
        if not results or not recipients:
            return
        identifier = choice.message_id(desk.letter_key, "decyzje", str(record_id), domain=desk.domain)
        envelope = Envelope(recipients, identifier, message.message_id if message else None)
        topics = {topic.id: topic.short for topic in desk.rules.consultation.topic}
        raw = answer.compose_answer(results, envelope, desk.office, desk.templates, topics, now)
        for number, recipient in enumerate(recipients):
            posting = outbox.Posting(
                kind=staff_mail.ANSWER,
                recipient=recipient,
                reverse_path=config.smtp.bounce_address or "",
                message_id=identifier,
                raw=raw,
                occasion=f"orders:{record_id}:{number}",
            )
            outbox.put(session, posting, now)
    carried = sum(result.problem is None for result in results)
    events.ordered(record_id, carried, len(results) - carried)
