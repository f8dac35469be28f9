"""Which letter answers a message, and what it may say: from the record, pure."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace

from intake.judgement.consultation import Cutoffs
from intake.judgement.values import Arrival, Category, Punctuality, Review, Timeliness, Verdict
from intake.letters import corrected, mime
from intake.letters.facts import Change, Enclosure, LetterFacts, LetterKind, Piece
from intake.mail.message import Message
from intake.records.record import Entered

_ALWAYS = {
    Category.CANCELLATION: LetterKind.CANCELLATION,
    Category.MIXED: LetterKind.MIXED,
    Category.QUESTION: LetterKind.QUESTION,
}


def choose(entered: Entered, cutoffs: Cutoffs) -> LetterKind:
    """Return the kind of letter that answers a message."""
    verdict = entered.judged.verdict
    if {Review.UNSURE, Review.TENTATIVE, Review.ARRIVAL, Review.COLLEAGUE}.intersection(verdict.review):
        return LetterKind.RECEIPT
    if _corrects(entered):
        return LetterKind.CORRECTED
    if verdict.category is Category.ATTENDANCE:
        return _attendance(entered, cutoffs)
    if verdict.category is Category.PROPOSAL:
        return _proposal(entered)
    return _ALWAYS.get(verdict.category, LetterKind.RECEIPT)


def _corrects(entered: Entered) -> bool:
    """Tell whether a reply changed what the case is about, and not only how many come."""
    before, after = entered.before, entered.after
    if entered.corrected is not None and entered.corrected.told:
        return True
    renamed = before is not None and after is not None and before.organisation not in {None, after.organisation}
    return renamed and entered.judged.verdict.category.proposes and not entered.judged.message.attachments


def timely(entered: Entered) -> Timeliness:
    """Return how a message stands to the cutoffs: where it makes an earlier one plain, that one's arrival counts."""
    timeliness, after = entered.judged.verdict.timeliness, entered.after
    if entered.since is None or after is None:
        return timeliness
    return replace(timeliness, attendance=after.attendance if timeliness.attendance else None)


def _attendance(entered: Entered, cutoffs: Cutoffs) -> LetterKind:
    received = entered.since or entered.judged.fetched.internaldate
    late = timely(entered).attendance is Punctuality.LATE
    if received is not None and received >= cutoffs.meeting:
        return LetterKind.ATTENDANCE_AFTER
    if entered.before is not None and entered.before.attends and (late or entered.before != entered.after):
        return LetterKind.ATTENDANCE_CHANGED
    return LetterKind.ATTENDANCE_LATE if late else LetterKind.ATTENDANCE


def _proposal(entered: Entered) -> LetterKind:
    if entered.before is not None and entered.before.proposes:
        return LetterKind.SUPPLEMENT
    late = entered.judged.verdict.timeliness.proposal is Punctuality.LATE
    return LetterKind.PROPOSAL_LATE if late else LetterKind.PROPOSAL


def answerable(verdict: Verdict, message: Message, arrival: Arrival) -> Verdict:
    """Return *verdict* without its acknowledgement where no letter can be written: no address, no time of arrival."""
    if not verdict.acknowledge:
        return verdict
    if recipient(message) is None:
        return replace(verdict, acknowledge=False, suppression="no address that mail can be sent to")
    if arrival.received is None:
        return replace(verdict, acknowledge=False, suppression="no time of arrival that could be stated")
    return verdict


def recipient(message: Message) -> str | None:
    """Return where the answer goes: to Reply-To where given, else to From; None where no mail can be sent there."""
    address = message.reply_to or message.author
    return mime.writable(address.address) if address else None


def gather(
    entered: Entered, kind: LetterKind, *, to: str, mailbox_address: str, message_id: str, debt: bool
) -> LetterFacts:
    """Return all that the letter may say."""
    message, verdict, fetched = entered.judged.message, entered.judged.verdict, entered.judged.fetched
    before, after = entered.before, entered.after
    if entered.case is None or fetched.internaldate is None:
        raise ValueError("only a message with a case and a time of arrival is answered")
    known = after if after is not None and kind is not LetterKind.RECEIPT else None
    return LetterFacts(
        kind=kind,
        case=entered.case,
        recipient=to,
        mailbox_address=mailbox_address,
        message_id=message_id,
        answers=message.message_id,
        references=message.references or message.in_reply_to,  # RFC 5322 §3.6.4
        received=entered.since or fetched.internaldate,
        timeliness=timely(entered),
        subject=message.subject,
        organisation=(known.organisation if known else None) or verdict.organisation,
        people=known.people if known and verdict.category.attends else verdict.people,
        topics=verdict.topics,
        enclosures=_enclosures(entered),
        organisation_before=before.organisation if before else None,
        people_before=before.people if before else None,
        registered_before=bool(before and before.attends),
        pieces=_pieces(entered, kind),
        repeats=entered.repeats,
        first=before is None,
        debt=debt,
        changes=_changes(entered) if kind is LetterKind.CORRECTED else (),
        attends=kind is LetterKind.CORRECTED and bool(after and after.attends),
        proposes=kind is LetterKind.CORRECTED and bool(after and after.proposes),
        needs=verdict.needs,
        names=verdict.names if verdict.category.attends else (),
    )


def _changes(entered: Entered) -> tuple[Change, ...]:
    """Return what a reply changed, as a letter tells it."""
    told = corrected.changes(entered.corrected) if entered.corrected else ()
    before, after = entered.before, entered.after
    if before is None or after is None:
        return told
    more = [
        Change(name, _said(was), _said(now))
        for name, was, now in (
            ("people", before.people, after.people),
            ("organisation", before.organisation, after.organisation),
        )
        if was != now and now is not None and name not in {change.name for change in told}
    ]
    return (*told, *more)


def _said(value: object) -> tuple[str, ...]:
    return () if value is None else (str(value),)


def _enclosures(entered: Entered) -> tuple[Enclosure, ...]:
    return tuple(
        Enclosure(part.filename or "", part.size, readable=part.unread is None)
        for part in entered.judged.message.attachments
    )


def _pieces(entered: Entered, kind: LetterKind) -> tuple[Piece, ...]:
    received = entered.judged.fetched.internaldate
    if kind is not LetterKind.SUPPLEMENT or received is None:
        return ()
    past = [Piece(piece.received, index > 0, piece.attachments) for index, piece in enumerate(entered.past)]
    return (*past, Piece(received, bool(past), len(entered.judged.message.attachments)))


def message_id(key: str, purpose: str, *parts: str, domain: str) -> str:
    """Return the Message-ID of our letter: the same for the same *parts*, and not to be guessed without *key*.

    A reply that names it proves that its writer had the letter (RFC 5322 §3.6.4 asks for uniqueness alone).
    """
    digest = hmac.new(key.encode(), "\0".join((purpose, *parts)).encode(), hashlib.sha256).hexdigest()
    return f"<{purpose}.{digest[:32]}@{domain}>"
