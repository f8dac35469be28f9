"""The tables, the constraints that keep them true, and the transactions through which they are used [sqlalchemy].

Every instant is stored in UTC and read aware. "Only once" is a unique constraint here, never care elsewhere: a message
by mailbox and digest of its bytes, a place in a mailbox by uidvalidity and uid, one letter a message, a digest by day.
"""

from __future__ import annotations

import re
from collections import Counter as Counted
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import chain, count, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    func,
    inspect,
    select,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.types import TypeDecorator

from intake.errors import RecordError
from intake.records.versions import LOCK_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
    from sqlalchemy.orm import InstrumentedAttribute, SessionTransaction
    from sqlalchemy.pool import ConnectionPoolEntry

_LAST = "last"  # key of Session.info
_AFTER = "told when committed"  # the same
_KEPT = "kept"  # the same
_HELD = "written rows"  # the same


class Instant(TypeDecorator[datetime]):
    """An instant: refuses a naive datetime, stores UTC, reads aware (SQLite would drop the offset silently)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (interface)
        """Turn an aware *value* to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give back what SQLite forgets: that it was UTC."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
_JSON = JSON(none_as_null=True)  # None is NULL, not JSON's null
_Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up INTEGER keys only


class Base(DeclarativeBase):
    """The schema; its changes are migrations."""

    metadata = MetaData(naming_convention=_NAMING)
    type_annotation_map = {datetime: Instant, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012 (SQLAlchemy's interface)


class Fate(StrEnum):
    """What became of a UID: each that a server ever listed has exactly one."""

    TAKEN_IN = "taken_in"  # recorded as a human's message to the consultation, or unrelated mail in a shared mailbox
    AUTOMATIC = "automatic"  # recorded as a machine's
    PRIVATE = "private"  # in a personal mailbox, and not for the consultation: nothing of it is kept
    LEFT_ALONE = "left_alone"  # arrived before the consultation opened: never fetched
    KNOWN = "known"  # these bytes were recorded before, under another UID or UIDVALIDITY
    SET_ASIDE = "set_aside"  # could not be read or judged; shown to staff
    GONE = "gone"  # listed, but no longer there when it was to be fetched
    WITHHELD = "withheld"  # listed, and not given: it is asked for again at each look, and shown to staff till then
    JUNK = "junk"  # in the folder of junk, and junk: nothing of it is kept
    MISFILED = "misfiled"  # in the folder of junk, and speaks to the consultation: shown to staff while it lies there
    STAFF = "staff"  # from staff: an instruction that was carried out or refused, or mail of their own


class Place(Base):
    """How far a mailbox is accounted for, and how it is."""

    __tablename__ = "place"

    mailbox: Mapped[str] = mapped_column(String(64), primary_key=True)
    folder: Mapped[str] = mapped_column(Text)
    uidvalidity: Mapped[int] = mapped_column(BigInteger)
    last_uid: Mapped[int] = mapped_column(BigInteger)  # every UID up to this one is accounted for
    reached_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)


class Sighting(Base):
    """One UID of one mailbox, and its fate."""

    __tablename__ = "sighting"
    __table_args__ = (Index(None, "mailbox", "fate"),)  # those withheld are few, and asked for at every look

    mailbox: Mapped[str] = mapped_column(String(64), primary_key=True)
    folder: Mapped[str] = mapped_column(String(255), primary_key=True)
    uidvalidity: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    uid: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    fate: Mapped[str] = mapped_column(String(16))
    seen_at: Mapped[datetime] = mapped_column(index=True)
    record_id: Mapped[int | None] = mapped_column(_Id, ForeignKey("record.id"), index=True)


class Share(Base):
    """A range of UIDs that one of several workers reads; ``records/shares.py`` owns it."""

    __tablename__ = "share"

    mailbox: Mapped[str] = mapped_column(String(64), primary_key=True)
    folder: Mapped[str] = mapped_column(String(255), primary_key=True)
    uidvalidity: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    first: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)
    holder: Mapped[str] = mapped_column(String(128))
    until: Mapped[datetime]  # by the database's clock: then anybody may take it
    done: Mapped[bool] = mapped_column(default=False)  # waits for those before it, to be accounted for in order


class Poll(Base):
    """What one look into a mailbox found: so many UIDs listed above the cursor, so many left for the next look."""

    __tablename__ = "poll"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    mailbox: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(index=True)
    listed: Mapped[int]
    left_over: Mapped[int]
    error: Mapped[str | None] = mapped_column(Text)


class Case(Base):
    """A correspondent's affair: what stands now, after all that was said on it."""

    __tablename__ = "affair"  # "case" is a word of SQL
    __table_args__ = (UniqueConstraint("consultation", "number"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    consultation: Mapped[str] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(String(32))
    opened_at: Mapped[datetime]
    address: Mapped[str | None] = mapped_column(String(320), index=True)  # of the first sender, lower case
    organisation: Mapped[str | None] = mapped_column(Text)
    organisation_key: Mapped[str | None] = mapped_column(String(255), index=True)  # folded: finds the same organisation
    people: Mapped[int | None]
    attends: Mapped[bool | None]  # None: never said; False: withdrawn
    attendance: Mapped[str | None] = mapped_column(String(8))  # punctuality of the registration that stands
    proposes: Mapped[bool] = mapped_column(default=False)
    topics: Mapped[list[Any] | None] = mapped_column(_JSON)  # as corrected; None: as its messages read
    needs: Mapped[list[Any] | None] = mapped_column(_JSON)  # for the meeting; None: never said
    names: Mapped[list[Any] | None] = mapped_column(_JSON)  # of those who come, as written; None: never said
    channel: Mapped[str | None] = mapped_column(String(16))  # how it came: phone, post, in_person; None: by mail
    admitted: Mapped[dict[str, Any] | None] = mapped_column(_JSON)  # late, and let in: cutoff -> staff's reason
    invited: Mapped[int | None]  # SEQUENCE of the last invitation sent (RFC 5545 §3.8.7.4)


class Record(Base):
    """A message that was taken in, as it was judged then; nothing is overwritten, amendments are events."""

    __tablename__ = "record"
    __table_args__ = (UniqueConstraint("mailbox", "sha256"), Index(None, "fingerprint"), Index(None, "message_id"))

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    mailbox: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    consultation: Mapped[str] = mapped_column(String(64))
    received: Mapped[datetime | None] = mapped_column(index=True)  # INTERNALDATE
    received_offset: Mapped[int | None]  # minutes east of UTC, as the server said it
    entered_at: Mapped[datetime] = mapped_column(index=True)
    case_id: Mapped[int | None] = mapped_column(_Id, ForeignKey("affair.id"), index=True)
    duplicate_of: Mapped[int | None] = mapped_column(_Id, ForeignKey("record.id"))
    campaign_id: Mapped[int | None] = mapped_column(_Id, index=True)
    forwarded_by: Mapped[str | None] = mapped_column(String(320))  # staff who forwarded it as an attachment
    settled_at: Mapped[datetime | None]  # when a person decided what was to be decided; None: nobody yet, or nothing

    category: Mapped[str | None] = mapped_column(String(16))  # as judged; None: could not be judged
    corrected: Mapped[str | None] = mapped_column(String(16))  # category as a person corrected it; None: as judged
    confidence: Mapped[float] = mapped_column(default=0.0)
    runner_up: Mapped[str | None] = mapped_column(String(16))
    attendance: Mapped[str | None] = mapped_column(String(8))  # punctuality
    proposal: Mapped[str | None] = mapped_column(String(8))
    organisation: Mapped[str | None] = mapped_column(Text)
    people: Mapped[int | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)  # topics, names, needs, phone, attachments
    acknowledge: Mapped[bool] = mapped_column(default=False)
    suppression: Mapped[str | None] = mapped_column(Text)
    review: Mapped[list[Any]] = mapped_column(default=list)
    private: Mapped[bool] = mapped_column(default=False)
    erased_at: Mapped[datetime | None]  # when the person's data went; None: they are all here
    reasons: Mapped[list[Any]] = mapped_column(default=list)

    message_id: Mapped[str | None] = mapped_column(Text)  # the sender's: a hint, never an identity
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    references: Mapped[list[Any]] = mapped_column(default=list)
    sender_name: Mapped[str | None] = mapped_column(Text)
    sender_address: Mapped[str | None] = mapped_column(String(320), index=True)
    subject: Mapped[str | None] = mapped_column(Text)
    own_text: Mapped[str | None] = mapped_column(Text)
    defects: Mapped[list[Any]] = mapped_column(default=list)


class Original(Base):
    """The bytes as IMAP gave them, compressed: the evidence."""

    __tablename__ = "original"

    record_id: Mapped[int] = mapped_column(_Id, ForeignKey("record.id"), primary_key=True)
    raw: Mapped[bytes] = mapped_column(LargeBinary)  # zlib
    size: Mapped[int]  # before compression


class Event(Base):
    """Something that happened to a case or a message: appended, never changed."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(32))
    case_id: Mapped[int | None] = mapped_column(_Id, ForeignKey("affair.id"), index=True)
    record_id: Mapped[int | None] = mapped_column(_Id, ForeignKey("record.id"), index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Link(Base):
    """The place of an event in the chain: appended, never changed or deleted; ``records/chain.py`` owns it."""

    __tablename__ = "link"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)  # 1, 2, 3 … without a gap
    event_id: Mapped[int] = mapped_column(_Id, ForeignKey("event.id"), unique=True)
    body: Mapped[str] = mapped_column(Text)  # JSON, exactly as it was digested
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of body, hexadecimal


class Salt(Base):
    """What the digests of a link's personal parts were made with: gone once the person's data are erased."""

    __tablename__ = "salt"

    position: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("link.position"), primary_key=True, autoincrement=False
    )
    value: Mapped[str] = mapped_column(String(64))  # hexadecimal


class Status(StrEnum):
    """Where a letter is; to the outside the first three are all ``queued``."""

    QUEUED = "queued"  # written with its record, not yet tried
    SENDING = "sending"  # claimed by a worker
    DEFERRED = "deferred"  # 4yz or no connection: waits for its next attempt
    SENT = "sent"  # 250 after the final dot: the relay has it
    FAILED = "failed"  # 5yz, given up, or returned: a person must look
    WRITTEN_OFF = "written_off"  # staff let it be: no longer owed


class Outgoing(Base):
    """A letter in the outbox; ``delivery/outbox.py`` owns its states."""

    __tablename__ = "outgoing"
    __table_args__ = (
        Index(None, "status", "next_attempt"),
        Index(None, "recipient", "queued_at"),
        Index(None, "claimed_at"),
        Index(None, "queued_at", "recipient"),  # how many a day had, without a look at the letters
        Index(None, "occasion", unique=True),
    )

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    record_id: Mapped[int | None] = mapped_column(_Id, ForeignKey("record.id"), unique=True)  # None: a digest
    case_id: Mapped[int | None] = mapped_column(_Id, index=True)  # of a letter about a case that answers no message
    occasion: Mapped[str | None] = mapped_column(String(128))  # what such a letter is written for, once
    digest_day: Mapped[date | None] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(32))
    status: Mapped[str] = mapped_column(String(16))
    held: Mapped[str | None] = mapped_column(Text)  # why it waits for staff; None: it does not
    recipient: Mapped[str] = mapped_column(String(320))
    reverse_path: Mapped[str] = mapped_column(String(320))  # "" is the null one
    message_id: Mapped[str] = mapped_column(String(255), index=True)
    raw: Mapped[bytes] = mapped_column(LargeBinary)  # as it goes over the wire
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # what it was composed from
    queued_at: Mapped[datetime]
    due_at: Mapped[datetime]
    next_attempt: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(128))
    last_reply: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[datetime | None]  # sent or failed


class DigestDay(Base):
    """A digest that was written: once per office day."""

    __tablename__ = "digest_day"

    consultation: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    since: Mapped[datetime]
    until: Mapped[datetime]


class Item(Base):
    """A numbered decision of a digest that left: what a reply to it may settle."""

    __tablename__ = "item"

    consultation: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    record_ids: Mapped[list[Any]] = mapped_column(default=list)
    case_ids: Mapped[list[Any]] = mapped_column(default=list)
    letter_ids: Mapped[list[Any]] = mapped_column(default=list)


class Instruction(Base):
    """What a person of staff had done, by whatever way they said it; appended, and taken back by a later one."""

    __tablename__ = "instruction"
    __table_args__ = (Index(None, "at"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(String(16))  # reply, link, move, command
    by: Mapped[str | None] = mapped_column(String(320))  # address; None: at the command line
    message_id: Mapped[int | None] = mapped_column(_Id, ForeignKey("record.id"))  # record of the mail that says it
    words: Mapped[str] = mapped_column(Text)  # as it was said
    action: Mapped[str] = mapped_column(String(32))
    case_id: Mapped[int | None] = mapped_column(_Id, ForeignKey("affair.id"), index=True)
    record_id: Mapped[int | None] = mapped_column(_Id, ForeignKey("record.id"), index=True)
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)  # field -> [before, after]
    reason: Mapped[str | None] = mapped_column(Text)
    undone_by: Mapped[int | None] = mapped_column(_Id, ForeignKey("instruction.id"))


class UsedToken(Base):
    """A link of a digest that was used: it works once."""

    __tablename__ = "used_token"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of the token, hexadecimal
    used_at: Mapped[datetime]


class Silenced(Base):
    """An address that staff said is not to be answered."""

    __tablename__ = "silenced"

    address: Mapped[str] = mapped_column(String(320), primary_key=True)  # lower case
    since: Mapped[datetime]
    instruction_id: Mapped[int | None] = mapped_column(_Id, ForeignKey("instruction.id"))


class Campaign(Base):
    """Letters of many hands with nearly the same words: linked, never merged."""

    __tablename__ = "campaign"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    consultation: Mapped[str] = mapped_column(String(64), index=True)
    first_record: Mapped[int] = mapped_column(_Id)  # whose words stand for it
    began_at: Mapped[datetime]


class Signature(Base):
    """By which a letter's likeness to others is told; of proposals only."""

    __tablename__ = "signature"

    record_id: Mapped[int] = mapped_column(_Id, ForeignKey("record.id"), primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary)


class Band(Base):
    """A stretch of a signature: letters that are alike share one, so that few need to be compared."""

    __tablename__ = "band"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)  # hexadecimal
    record_id: Mapped[int] = mapped_column(_Id, ForeignKey("record.id"), primary_key=True)


class Filing(Base):
    """Where a message lies that we file by category, and where it ought to."""

    __tablename__ = "filing"

    record_id: Mapped[int] = mapped_column(_Id, ForeignKey("record.id"), primary_key=True)
    mailbox: Mapped[str] = mapped_column(String(64), index=True)
    folder: Mapped[str | None] = mapped_column(Text)  # where we put it, or saw it last; None: still where it arrived
    uidvalidity: Mapped[int | None] = mapped_column(BigInteger)
    uid: Mapped[int | None] = mapped_column(BigInteger)
    wanted: Mapped[str | None] = mapped_column(
        Text
    )  # the folder that it is to be put into; None: it lies where it ought
    moved_at: Mapped[datetime | None]


class Counter(Base):
    """A number that only grows: the last case number given."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class Setting(Base):
    """What this database alone knows, such as the key of its Message-IDs."""

    __tablename__ = "setting"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


def kept(session: Session) -> dict[str, Any]:
    """Return what outlives the transactions of a ``Store``: no truth, only what saves asking again."""
    remembered: dict[str, Any] = session.info.setdefault(_KEPT, {})
    return remembered


def last(session: Session, work: Callable[[Session], None]) -> None:
    """Have *work* done once, when all else in the transaction of ``Store.writing`` is done and before its commit."""
    session.info.setdefault(_LAST, {})[work] = work


def afterwards(session: Session, tell: Callable[[], None]) -> None:
    """Have *tell* called when the transaction is committed, and not at all where it is undone."""
    session.info.setdefault(_AFTER, []).append(tell)


class Writing(Session):
    """Numbers rows itself, and writes them together, in the order in which tables refer to each other.

    So a row can be named as soon as it is added, and a batch of messages is a few statements instead of a few a
    message. It also holds the rows that its transaction wrote: a session forgets what nobody else holds, and asks for
    it again.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        """Open a session that nothing waits in."""
        super().__init__(*args, **options)
        self._waiting: dict[type, dict[object, Base]] = {}
        self._numbers: dict[type, Iterator[int]] = {}
        self._added: Counted[tuple[type, str, object]] = Counted()

    def add(self, instance: object, *, _warn: bool = True) -> None:
        """Have a row written at the next flush; one of a table with numbers has its own from now on."""
        kind = type(instance)
        self._added.update((kind, name, getattr(instance, name)) for name in _ASKED.get(kind, ()))
        if not isinstance(instance, Base) or not inspect(instance).transient:
            super().add(instance, _warn=_warn)
            return
        if kind in _NUMBERED and getattr(instance, "id") is None:  # noqa: B009  (no class of all has one)
            instance.id = next(self._numbers.setdefault(kind, _numbers(self, kind)))  # type: ignore[attr-defined]
        key = getattr(instance, "id", None) if kind in _NUMBERED else id(instance)
        self._waiting.setdefault(kind, {})[key] = instance

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """Return a row by its key, as it was added too."""
        if entity not in _NUMBERED:
            return super().get(entity, ident, **options)
        waiting = self._waiting.get(entity, {})
        if ident in waiting:
            return waiting[ident]
        with nullcontext() if options else self.no_autoflush:  # nothing that waits can have this key
            return super().get(entity, ident, **options)

    def added(self, column: InstrumentedAttribute[Any], value: object) -> int:
        """Return how many rows with this *value* this transaction added, undone ones among them."""
        kind: Any = column.class_  # no alias
        if column.key not in _ASKED[kind]:
            raise LookupError(f"{column} is not counted")
        return self._added[kind, column.key, value]

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write what waits, table by table."""
        for kind in sorted(self._waiting, key=_RANKS.__getitem__):
            for row in self._waiting.pop(kind).values():
                super().add(row)
            super().flush(objects)
        super().flush(objects)


@event.listens_for(Writing, "after_soft_rollback")
def _forget(session: Writing, _transaction: SessionTransaction) -> None:
    session._waiting.clear()  # noqa: SLF001  (its own listener); all of it came after the savepoint that is undone


@event.listens_for(Writing, "pending_to_persistent")
def _hold(session: Session, row: object) -> None:
    if not isinstance(row, Original):  # large, and never asked for
        session.info.setdefault(_HELD, []).append(row)


# By what a batch asks for rows that it may have added itself.
_ASKED: Mapping[type, tuple[str, ...]] = {
    Case: ("address",),
    Record: ("sender_address", "fingerprint", "case_id"),
    Outgoing: ("message_id", "recipient"),
}
_NUMBERED = frozenset({Poll, Case, Record, Event, Outgoing, Instruction, Campaign})
_TABLES = [table.name for table in Base.metadata.sorted_tables]  # each behind those that it refers to
_RANKS = {mapper.class_: _TABLES.index(mapper.class_.__tablename__) for mapper in Base.registry.mappers}


def _numbers(session: Session, kind: type) -> Iterator[int]:
    """Yield new numbers for rows of *kind*: SQLite's transaction is alone, PostgreSQL keeps count for all."""
    table = Base.metadata.tables[kind.__tablename__]  # type: ignore[attr-defined]
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        yield from count((connection.execute(select(func.max(table.c.id))).scalar() or 0) + 1)
    sequence = func.pg_get_serial_sequence(table.name, "id")
    for some in chain((1, 4, 16), repeat(64)):
        drawn = select(func.nextval(sequence)).select_from(func.generate_series(1, some))
        yield from connection.execute(drawn).scalars().all()


class Store:
    """The database: opened once, used through short transactions."""

    def __init__(self, url: str) -> None:
        """Prepare the engine for *url*; nothing is read before the first transaction."""
        self.url = url
        self._engine = _engine(url)
        self._kept: dict[str, Any] = {}

    @property
    def engine(self) -> Engine:
        """Return the engine, for migrations."""
        return self._engine

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session whose changes are committed together at the end, or not at all."""
        with self._session("IMMEDIATE", kind=Writing) as session:
            with session.begin():
                yield session
                for work in session.info.pop(_LAST, {}).values():
                    work(session)
                session.flush()
            for tell in session.info.pop(_AFTER, ()):
                tell()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that sees one state of the database and holds nobody up."""
        with self._session("DEFERRED", "REPEATABLE READ") as session:
            yield session

    @contextmanager
    def _session(
        self, begin: str, isolation: str = "READ COMMITTED", kind: type[Session] = Session
    ) -> Iterator[Session]:
        """Give a session: how it begins is for SQLite to know, how it is isolated for PostgreSQL."""
        sqlite = self._engine.dialect.name == "sqlite"
        options: dict[str, Any] = {"sqlite_begin": begin} if sqlite else {"isolation_level": isolation}
        try:
            with kind(self._engine.execution_options(**options), expire_on_commit=False) as session:
                session.info[_KEPT] = self._kept
                yield session
        except SQLAlchemyError as error:
            raise RecordError(f"database {self.place}: {_first_line(error)}") from error

    def forget(self) -> None:
        """Have the database's own files forget what was deleted; raise ``RecordError`` where others are at work."""
        sqlite = self._engine.dialect.name == "sqlite"
        work = ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)") if sqlite else ("VACUUM",)
        try:
            connection = self._engine.raw_connection()
            try:
                driver: Any = connection.driver_connection
                if not sqlite:
                    driver.autocommit = True  # no transaction may be open around it
                for statement in work:
                    driver.execute(statement).close()
            finally:
                connection.invalidate()  # it is not as the pool lends them
        except (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error) as error:
            raise RecordError(f"database {self.place}: {_first_line(error)}") from error

    @property
    def place(self) -> str:
        """Return where the database is, without a password."""
        return make_url(self.url).render_as_string(hide_password=True)

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()


def _first_line(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return re.sub(r"\s+", " ", str(cause)).strip()[:200]


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 10})
    path = Path(str(make_url(url).database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordError(f"database {path}: {error.strerror}") from error
    engine = create_engine(url, connect_args={"timeout": LOCK_TIMEOUT, "check_same_thread": False})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's own comes too late
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    kind = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {kind}")
