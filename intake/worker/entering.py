"""Entering one message that was read: judged, recorded with its case, answered; inside the transaction of a caller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from intake import events, failpoints
from intake.config import MailboxConfig
from intake.delivery import outbox, restraint
from intake.judgement import automatic
from intake.judgement.values import Category
from intake.judgement.verdict import judge
from intake.letters import choice
from intake.letters.facts import dump
from intake.mail.mailbox import Fetched
from intake.mail.message import Message
from intake.records import cases, record
from intake.records.record import Entered, Judged
from intake.records.store import Fate
from intake.worker.desk import Desk


@dataclass(frozen=True, slots=True)
class Entering:
    """Enters the messages of one mailbox."""

    desk: Desk
    box: MailboxConfig
    renumbered: bool = False  # the mailbox is read anew: its letters may be on record with other bytes
    said: Category | None = None  # what a person said that it is

    def take_in(
        self, session: Session, fetched: Fetched, message: Message, now: datetime
    ) -> tuple[int, Fate, int | None]:
        """Judge and enter one message, write the letter that is owed for it; return UID, fate and record."""
        consultation = self.desk.rules.consultation
        if self.renumbered and (same := record.restored(session, fetched.mailbox, message)) is not None:
            return fetched.uid, Fate.KNOWN, same
        case = cases.by_thread(session, message, consultation) or cases.by_sender(session, message, consultation)
        arrival = self.desk.arrival(self.box, fetched, cases.earlier(case))
        verdict = choice.answerable(judge(message, arrival, self.desk.rules, self.said), message, arrival)
        verdict = restraint.silenced(session, verdict, message)
        verdict = restraint.once(session, verdict, message, self.desk.rules.automatic.limits, now)
        failpoints.reach("decided")
        entered = record.enter(session, Judged(fetched, message, verdict), consultation, now)
        failpoints.reach("entered")
        answered = self._answer(session, entered, now)
        self._returned(session, message, now)
        events.taken_in(entered.record_id, fetched.mailbox, fetched.uid, verdict.category, answer=answered)
        return fetched.uid, entered.fate, entered.record_id

    def _answer(self, session: Session, entered: Entered, now: datetime) -> bool:
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
            debt=choice.is_debt(fetched.internaldate, now, rules.consultation.letters.debt_after),
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
