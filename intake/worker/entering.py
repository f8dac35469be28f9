"""Entering one message that was read: judged, recorded with its case, answered; inside the transaction of a caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from intake import events, failpoints
from intake.config import MailboxConfig
from intake.delivery import outbox, restraint
from intake.judgement import authentication, automatic, replies
from intake.judgement.replies import Correction
from intake.judgement.values import Arrival, Category, Earlier, Verdict
from intake.judgement.verdict import judge
from intake.letters import choice
from intake.letters.facts import dump, is_debt
from intake.mail.mailbox import Fetched
from intake.mail.message import Message, PassageKind
from intake.records import campaigns, cases, foreseen, record
from intake.records.foreseen import Kind
from intake.records.record import Entered, Judged
from intake.records.store import Fate, afterwards
from intake.worker import staff_mail
from intake.worker.desk import Desk
from intake.worker.reading import Read


@dataclass(frozen=True, slots=True)
class Entering:
    """Enters the messages of one mailbox."""

    desk: Desk
    box: MailboxConfig
    renumbered: bool = False  # the mailbox is read anew: its letters may be on record with other bytes
    said: Category | None = None  # what a person said that it is

    def take_in(
        self, session: Session, fetched: Fetched, message: Message, now: datetime, verdict: Verdict | None = None
    ) -> tuple[int, Fate, int | None]:
        """Judge and enter one message, write the letter that is owed for it; return UID, fate and record.

        *verdict* is what it means if nothing is on record of its sender, where that was found before.
        """
        consultation = self.desk.rules.consultation
        if self.said is None and self._is_for_clerk(session, message):
            return self._from_staff(session, fetched, message, now)
        if self.renumbered and (same := record.restored(session, fetched.mailbox, message)) is not None:
            return fetched.uid, Fate.KNOWN, same
        answered = cases.by_thread(session, message, consultation) or cases.by_invitation(
            session, message, consultation
        )
        case = answered or cases.by_sender(session, message, consultation)
        arrival = self.desk.arrival(self.box, fetched, cases.earlier(case))
        correction = self._correction(message, cases.earlier(answered))
        verdict = choice.answerable(self._judged(message, arrival, correction, verdict), message, arrival)
        verdict = restraint.silenced(session, verdict, message)
        verdict = restraint.once(session, verdict, message, self.desk.rules.automatic.limits, now)
        failpoints.reach("decided")
        entered = record.enter(session, Judged(fetched, message, verdict), consultation, now)
        entered = record.correct_earlier(session, entered, correction.kind, self.desk.rules.cutoffs, now)
        failpoints.reach("entered")
        is_answered = self.answer(session, entered, now)
        self._returned(session, message, now)
        told = partial(events.taken_in, entered.record_id, fetched.mailbox, fetched.uid, verdict.category)
        afterwards(session, partial(told, answer=is_answered))
        return fetched.uid, entered.fate, entered.record_id

    def decided(self, message: Message, arrival: Arrival, answered: Earlier | None) -> Verdict:
        """Return what is decided of a message that answers the case *answered*, before the records have their say."""
        return choice.answerable(self._judged(message, arrival, self._correction(message, answered)), message, arrival)

    def _correction(self, message: Message, earlier: Earlier | None) -> Correction:
        """Read what an answer to a letter of ours corrects; nothing where it answers none, or a machine writes."""
        rules = self.desk.rules
        if earlier is None or self.said is not None or message.calendar or automatic.machine(message, rules):
            return Correction()
        enclosures = len(message.attachments)
        return replies.correction(message.own, earlier, rules.replies, rules.clues, enclosures=enclosures)

    def _judged(
        self, message: Message, arrival: Arrival, correction: Correction, first: Verdict | None = None
    ) -> Verdict:
        """Judge a message in the light of what a person, or its own reply, says that it is."""
        said = self.said or correction.said or (Category.UNRELATED if correction.agreed else None)
        known = first if said is None and arrival.earlier is None else None
        verdict = known or judge(message, arrival, self.desk.rules, said)
        if correction.organisation is not None:
            verdict = replace(verdict, organisation=correction.organisation)
        if correction.people is not None and verdict.category.attends:
            verdict = replace(verdict, people=correction.people)
        if message.calendar and message.calendar.partstat == "ACCEPTED" and arrival.earlier and arrival.earlier.attends:
            return replace(verdict, people=None, acknowledge=False, suppression="calendar: accepted as registered")
        return verdict

    def _is_for_clerk(self, session: Session, message: Message) -> bool:
        """Tell whether a mail is staff's: what answers a letter of ours to them, and in a shared mailbox all of theirs.

        A message that they pass on within their own is read as ever: it is somebody's registration. So is what a form
        sends in the office's name for somebody else.
        """
        config, rules = self.desk.settings.config, self.desk.rules
        sender = cases.address_key(message)
        if sender not in config.own_addresses or automatic.machine(message, rules):
            return False
        if staff_mail.may_be_for_us(session, message):
            return True
        if message.reply_to is not None and message.reply_to.address.lower() not in config.own_addresses:
            return False
        if not message.words_of(PassageKind.FORWARD):
            return not self.box.personal
        may_pass_on = sender in config.office.staff and not self.box.personal
        vouched = authentication.vouched(message, rules.automatic.authentication)
        return may_pass_on and vouched and bool(staff_mail.passed_on(message))

    def _from_staff(
        self, session: Session, fetched: Fetched, message: Message, now: datetime
    ) -> tuple[int, Fate, int | None]:
        """Record a mail of staff: it opens no case, is not answered, and the clerk reads it afterwards."""
        arrival = self.desk.arrival(self.box, fetched, None)
        verdict = judge(message, arrival, self.desk.rules, Category.UNRELATED)
        verdict = replace(verdict, acknowledge=False, suppression=staff_mail.FROM_STAFF, review=())
        verdict = replace(verdict, organisation=None, people=None, names=(), topics=(), needs=(), phone=None)
        entered = record.enter(session, Judged(fetched, message, verdict), self.desk.rules.consultation, now)
        told = partial(events.taken_in, entered.record_id, fetched.mailbox, fetched.uid, verdict.category)
        afterwards(session, partial(told, answer=False))
        return fetched.uid, Fate.STAFF, entered.record_id

    def answer(self, session: Session, entered: Entered, now: datetime) -> bool:
        """Write the letter that is owed, if one is."""
        fetched, verdict = entered.judged.fetched, entered.judged.verdict
        to = choice.recipient(entered.judged.message)
        if not verdict.acknowledge or entered.case is None or fetched.internaldate is None or to is None:
            return False
        desk, config, rules = self.desk, self.desk.settings.config, self.desk.rules
        facts = choice.gather(
            entered,
            choice.choose(entered, rules.cutoffs),
            to=to,
            mailbox_address=self.box.address,
            message_id=choice.message_id(desk.letter_key, "odp", self.box.id, fetched.sha256, domain=desk.domain),
            debt=is_debt(fetched.internaldate, now, rules.consultation.letters.debt_after),
        )
        posting = outbox.Posting(
            kind=facts.kind.value,
            recipient=facts.recipient,
            reverse_path=config.smtp.bounce_address or "",
            message_id=facts.message_id,
            raw=desk.compose(facts, now),
            facts=dump(facts),
            record_id=entered.record_id,
        )
        most = config.acknowledge.per_address_per_day
        held = restraint.held(session, facts.recipient, most, rules.automatic.limits, now)
        outbox.put(session, posting, now, held=held)
        failpoints.reach("composed")
        return True

    def _returned(self, session: Session, message: Message, now: datetime) -> None:
        """Tie a report of non-delivery to the letter of ours that it returns."""
        returned = automatic.bounced(message)
        if returned is not None:
            status = message.report.status if message.report else None
            outbox.bounced(session, returned, status or "DSN", now)


def meant(read: Sequence[Read]) -> dict[Kind, list[str | None]]:
    """Return what the messages *read* are about, as the record knows it: senders, letters answered, organisations."""
    messages = [one.message for one in read]
    addresses = [message.reply_to or message.author for message in messages]
    return {
        Kind.SENDER: [cases.address_key(message) for message in messages],
        Kind.FINGERPRINT: [message.fingerprint for message in messages],
        Kind.LETTER: [name for message in messages for name in (*message.in_reply_to, *message.references[-50:])],
        Kind.RECIPIENT: [choice.recipient(message) for message in messages],
        Kind.ORGANISATION: [cases.organisation_key(one.verdict.organisation) for one in read],
        Kind.SILENCED: [address.address.lower()[:320] for address in addresses if address],
    }


def foresee(session: Session, read: Sequence[Read]) -> None:
    """Ask the record once for all that entering the messages *read* will ask of it, and that it does not hold."""
    foreseen.foresee(session, meant(read))
    campaigns.foresee(session, [one.message.own for one in read if one.verdict.category.proposes])
