"""What a digest may say: the facts of one office day, as ``records`` hands them over.

The digest says only what stands here. Texts are strangers': cut, defused and escaped where they land. Instants are
aware, in whatever zone. Of private mail of a personal mailbox nothing stands here but a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from intake.judgement.values import Category, Timeliness
from intake.letters.facts import Enclosure


class DecisionKind(StrEnum):
    """Why a person must look. The first nine are the ``Review`` of a verdict, under the same names."""

    UNSURE = "unsure"  # two readings are too close
    UNREADABLE = "unreadable"  # text or attachment that may matter could not be read
    SENDER = "sender"  # who wrote cannot be told with certainty
    ARRIVAL = "arrival"  # the server gave no usable time of arrival
    TENTATIVE = "tentative"  # comes perhaps, or under a condition
    PEOPLE = "people"  # how many come can be read in several ways
    ORGANISATION = "organisation"  # the same organisation is registered from another address
    COLLEAGUE = "colleague"  # somebody who never wrote in a case answers our letter about it
    QUARANTINED = "quarantined"  # the program failed on it; kept as it came
    LATE_ATTENDANCE = "late_attendance"  # after the cutoff: does the place stand?
    LATE_PROPOSAL = "late_proposal"  # after the cutoff: is it still heard?
    LETTER_FAILED = "letter_failed"  # a server refused our acknowledgement for good
    LETTERS_CAPPED = "letters_capped"  # more answers to one address than a day allows: they wait for staff
    QUESTION = "question"  # waits for a person's answer
    MOVED = "moved"  # the rules give another hour or room than those who come were told


@dataclass(frozen=True, slots=True)
class Decision:
    """One message, or one letter of ours, that a person must decide about.

    A message with several reasons is one decision: the weightiest is its kind, the others stand in *also*.
    """

    kind: DecisionKind
    mailbox: str  # id
    received: datetime | None  # INTERNALDATE; None where the server gave none
    case: str | None = None
    personal: bool = False  # a person's own mailbox: what is unsure there shows as time and mailbox alone
    also: tuple[DecisionKind, ...] = ()
    sender: str | None = None  # addr-spec, for answering directly
    organisation: str | None = None
    people: int | None = None
    acknowledged: bool = False  # an acknowledgement has left, or will leave by itself
    category: Category | None = None  # as the program reads it
    runner_up: Category | None = None  # the second best reading
    excerpt: str = ""  # the first lines of the sender's own words
    enclosures: tuple[Enclosure, ...] = ()
    size: int | None = None  # bytes of the whole message, where that is all we know of it
    other_case: str | None = None  # of the same organisation, registered from another address
    problem: str = ""  # what the refusing server said, or what failed, in one line
    server: datetime | None = None  # the Received field of our mail server, where the clocks disagree …
    dated: datetime | None = None  # … and the sender's Date, which never decides
    letters: int = 0  # how many letters wait (LETTERS_CAPPED)
    record_id: int | None = None  # what a reply settles: the record …
    case_id: int | None = None
    letter_ids: tuple[int, ...] = ()  # … or letters of ours
    old: bool = False  # an earlier digest told it, and nobody decided
    why: str = ""  # of what was set aside: "limits", "time", "broken", "program"; empty where that is not known


@dataclass(frozen=True, slots=True)
class Entry:
    """A message taken in since the last digest that speaks of the consultation, as it was recorded.

    Category is one of attendance, cancellation, proposal, mixed, question: others have no entry.
    """

    case: str
    category: Category
    received: datetime | None
    timeliness: Timeliness
    organisation: str | None = None
    people: int | None = None
    registered_before: bool = False  # a registration stood when this message came: a change, not a new one
    people_before: int | None = None  # its number of people then; of a cancellation: how many were withdrawn
    topics: tuple[str, ...] = ()  # ids
    excerpt: str = ""  # the first lines of the sender's own words
    enclosures: int = 0  # how many attachments
    supplement: bool = False  # continues an earlier proposal: counted with it
    unsure: bool = False  # Review.UNSURE: told among the decisions, and here only counted
    campaign: int | None = None  # letters of many hands with nearly the same words


@dataclass(frozen=True, slots=True)
class Account:
    """What became of a mailbox's messages since the last digest, and whether the mailbox answers.

    Every UID seen has one fate: ``seen`` should be the sum of taken_in, automatic, private, set_aside, left_alone,
    staff, known and gone. Where it is not, the digest begins with an alarm.
    """

    mailbox: str  # id
    address: str
    seen: int = 0  # UIDs that the server listed
    taken_in: int = 0  # recorded as a person's message
    automatic: int = 0  # recorded as a machine's
    private: int = 0  # nobody's business, untouched
    set_aside: int = 0  # broke the program; kept, waiting for a person
    left_alone: int = 0  # arrived before the consultation opened
    known: int = 0  # taken in earlier (a restored mailbox, a new UIDVALIDITY)
    gone: int = 0  # listed, but no longer there when it was to be fetched
    unrelated: int = 0  # of taken_in: something else than this consultation
    copies: int = 0  # of taken_in: reached another mailbox of ours too, and is told there
    last_reached: datetime | None = None  # the last poll that succeeded; None: never yet
    failing_since: datetime | None = None  # the first poll of those that fail now; None: it works
    last_error: str = ""  # what the server said, in one line
    gap: bool = False  # a UID below the cursor has no fate
    compared: datetime | None = None  # when the server's whole list was last held against the record; None: never yet
    on_server: int = 0  # how many messages lay there then
    passed_by: int = 0  # of them, those that had no fate: taken in then
    withheld: int = 0  # the server lists them now and does not give them
    misfiled: int = 0  # lie in its folder of junk and speak to the consultation
    staff: int = 0  # from staff: decisions, or mail of their own

    @property
    def arrived(self) -> int:
        """Return how many messages came in the consultation's time and are new to us."""
        return self.seen - self.left_alone - self.known - self.gone

    @property
    def settled(self) -> int:
        """Return of how many of those that arrived it is known what became of them."""
        return self.taken_in + self.automatic + self.private + self.set_aside + self.staff


@dataclass(frozen=True, slots=True)
class Letters:
    """What became of the acknowledgements owed: for messages since the last digest, and debts from before."""

    due: int = 0  # sent, waiting, failed and written off together; counted from the records, not from the outbox
    sent: int = 0  # taken by our server, which is all we can know
    waiting: int = 0  # queued or deferred
    failed: int = 0
    written_off: int = 0  # by staff
    oldest_waiting: datetime | None = None  # since when the oldest of them has been owed
    failing_since: datetime | None = None  # our own SMTP server is out of reach since; None: it works
    last_error: str = ""
    paused_since: datetime | None = None  # the brake (acknowledge.per_hour) holds letters back since


class DebtState(StrEnum):
    """Why an acknowledgement has not left."""

    WAITING = "waiting"  # written, and not tried since, or being tried now
    DEFERRED = "deferred"  # tried: our server or theirs did not take it yet
    UNWRITTEN = "unwritten"  # owed by its record, and in no outbox


@dataclass(frozen=True, slots=True)
class Debt:
    """An acknowledgement whose due time has passed: told every day until it has left or staff wrote it off.

    Refused and returned ones, and those held for staff, are decisions.
    """

    case: str
    mailbox: str  # id
    received: datetime  # INTERNALDATE of what it answers
    due: datetime | None  # None: it was never written
    state: DebtState
    attempts: int = 0
    problem: str = ""  # what the server said last, in one line


@dataclass(frozen=True, slots=True)
class Seal:
    """The head of the chain of events: who keeps it can tell later whether the record was changed since."""

    entries: int
    digits: str  # the beginning of the last entry's digest, in groups of four


@dataclass(frozen=True, slots=True)
class TopicCount:
    """How many proposals speak of a topic; one may speak of several."""

    topic: str  # id
    proposals: int


@dataclass(frozen=True, slots=True)
class Guest:
    """A registration that stands, as the list of those who come shows it."""

    case: str
    organisation: str | None
    people: int | None
    names: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()  # ids
    needs: tuple[str, ...] = ()  # ids
    late: bool = False
    admitted: bool = False  # late, and staff let it stand
    channel: str | None = None  # phone, post, in_person; None: by mail
    received: datetime | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Proposed:
    """A message with proposals, as the workbook shows it."""

    case: str
    organisation: str | None
    received: datetime | None
    late: bool
    topics: tuple[str, ...]  # ids
    text: str
    enclosures: tuple[str, ...]  # names


@dataclass(frozen=True, slots=True)
class Alike:
    """Letters of many hands with nearly the same words: recorded and answered each, told as one."""

    id: int  # of the campaign
    case: str  # of the letter whose words stand for all
    letters: int
    organisations: int
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """How the consultation stands at ``until``, and stood at ``since``. Withdrawn registrations are not counted."""

    registrations: int = 0  # cases that come, late ones among them
    people: int = 0
    people_before: int = 0  # at ``since``
    organisations: int = 0  # distinct, of those that come
    organisations_before: int = 0
    without_people: int = 0  # registrations that name no number: counted as nobody in ``people``
    late_registrations: int = 0
    late_people: int = 0
    proposals: int = 0  # cases with a proposal, late ones among them
    proposals_before: int = 0
    proposal_organisations: int = 0
    late_proposals: int = 0
    topics: tuple[TopicCount, ...] = ()
    proposals_without_topic: int = 0


@dataclass(frozen=True, slots=True)
class Login:
    """A login that ends: of a mailbox, or of the server that takes our letters."""

    mailbox: str | None  # id; None: of the SMTP server
    address: str  # of the mailbox, or our sender
    until: date  # the last day on which it holds


@dataclass(frozen=True, slots=True)
class Offer:
    """Words that settle a decision, and the code of the link that writes them."""

    number: int  # of the decision
    words: str
    code: str | None = None  # None: no link, since no key is configured


@dataclass(frozen=True, slots=True)
class DigestFacts:
    """All that the digest of one office day is made of."""

    day: date  # the office day it stands for
    since: datetime  # the end of the last digest; of the first one: the opening, or our first look
    until: datetime
    message_id: str  # ours, with angle brackets; the same whenever this digest leaves
    sender: str  # addr-spec of our From
    recipients: tuple[str, ...]  # addr-specs
    accounts: tuple[Account, ...]
    decisions: tuple[Decision, ...] = ()
    entries: tuple[Entry, ...] = ()  # in order of arrival
    totals: Totals = Totals()
    letters: Letters = Letters()
    debts: tuple[Debt, ...] = ()  # the message that has waited longest first
    seal: Seal | None = None
    expiring: tuple[Login, ...] = ()  # logins that end soon, the first to end first
    answered: tuple[str, ...] = ()  # cases whose question staff answered by a letter of their own
    offers: tuple[Offer, ...] = ()  # of the person who gets this copy
    guests: tuple[Guest, ...] = ()  # all who come, by organisation
    proposed: tuple[Proposed, ...] = ()  # all proposals, by arrival
    listed: bool = False  # the eve or the day of the meeting: those who come are listed
    answers_to: str | None = None  # addr-spec of the mailbox that reads the answers; None: nobody reads them
    campaigns: tuple[Alike, ...] = ()  # the largest first
    second: bool = False  # the short one shortly before the meeting; its numbers go on where the morning's ended
    told_before: int = 0  # the last number of the morning's decisions
    first: bool = False  # no digest has left before
    silent_after: timedelta = timedelta(hours=1)  # a mailbox not reached for longer is a fault
