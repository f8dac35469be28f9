"""The count: what the servers have, held against what the program has, and every promise that was broken."""

from __future__ import annotations

import email
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from intake.records.store import Fate, Outgoing, Record, Sighting, Status, Store
from tests.chaos.play import Play
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Delivered

_STAFF = "k.dabrowska@um.torun.pl"  # gets the digests


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a play came to."""

    seed: int
    database: str
    messages: int  # on the server
    owed: int  # of them, those that are owed an answer
    hostile: int
    machines: int  # that answered our letters, or brought them back
    crashes: int
    faults: int
    lost: int
    twice: int  # recorded more than once
    unanswered: int
    doubled: int  # copies beyond the first, all with the same Message-ID
    in_hand: int  # letters that were being sent at a kill, or whose acceptance we were never told
    loops: int  # letters to machines and to ourselves
    broken: tuple[str, ...]  # every promise that was broken, in words


def count(play: Play, dovecot: Dovecot) -> Outcome:
    """Count what *play* came to."""
    store = Store(play.database)
    there = {mailbox: _on_server(dovecot, user) for mailbox, user in play.users.items()}
    lost, twice, fateless = _recorded(store, there, {box: _validity(dovecot, user) for box, user in play.users.items()})
    letters = [each for each in play.relay.delivered if _STAFF not in each.recipients]
    answered = Counter(each.recipients[0] for each in letters)
    names = Counter(_message_id(each.raw) for each in letters)
    owed = [sent.sender for sent in play.sent if sent.answered]
    refused = set(play.relay.refused)
    unanswered = [address for address in owed if not answered[address] and address not in refused]
    never = {sent.sender for sent in play.sent if sent.answered is False} | {*play.users}
    loops = sum(answered[address] for address in never) + _to_parrots(letters, play)
    unsaid = {_message_id(each.raw) for each in play.relay.unsaid}
    in_hand = play.in_hand | unsaid
    doubled = {name: copies for name, copies in names.items() if copies > 1}
    outcome = Outcome(
        seed=play.seed,
        database="PostgreSQL" if play.database.startswith("postgresql") else "SQLite",
        messages=sum(len(digests) for digests in there.values()),
        owed=len(owed),
        hostile=sum(sent.hostile for sent in play.sent),
        machines=len(play.parrots) + play.returned,
        crashes=play.crashes,
        faults=play.faults.total(),
        lost=len(lost),
        twice=len(twice),
        unanswered=len(unanswered),
        doubled=sum(doubled.values()) - len(doubled),
        in_hand=len(in_hand),
        loops=loops,
        broken=tuple(play.broken)
        + tuple(_told("lost", lost))
        + tuple(_told("recorded twice", twice))
        + tuple(_told("without a fate", fateless))
        + tuple(_told("unanswered", unanswered))
        + tuple(_told("doubled, and not in hand", sorted(set(doubled) - in_hand)))
        + tuple(_told("two different answers", _different(letters)))
        + tuple(_told("still owed", _still_owed(store)))
        + ((f"{loops} letters to machines",) if loops else ()),
    )
    store.close()
    return outcome


def _told(what: str, found: list[str]) -> Iterator[str]:
    if found:
        yield f"{what}: {len(found)}, such as {found[0]}"


def _on_server(dovecot: Dovecot, user: str) -> dict[int, str]:
    """Return the digest of every message in *user*'s INBOX by its UID."""
    found: dict[int, str] = {}
    with dovecot.client(user) as client:
        uids = client.search()
        for start in range(0, len(uids), 100):
            for uid, answer in client.fetch(uids[start : start + 100], ["BODY.PEEK[]"]).items():
                found[uid] = hashlib.sha256(answer[b"BODY[]"]).hexdigest()
    return found


def _validity(dovecot: Dovecot, user: str) -> int:
    with dovecot.client(user) as client:
        return int(client.folder_status("INBOX", ["UIDVALIDITY"])[b"UIDVALIDITY"])


def _recorded(
    store: Store, there: dict[str, dict[int, str]], validity: dict[str, int]
) -> tuple[list[str], list[str], list[str]]:
    """Return what is missing from the record, what is there twice, and what has no fate under its present UID."""
    lost: list[str] = []
    twice: list[str] = []
    fateless: list[str] = []
    with store.reading() as session:
        records = Counter((row.mailbox, row.sha256) for row in session.execute(select(Record.mailbox, Record.sha256)))
        senders = Counter(
            (row.mailbox, row.sender_address)
            for row in session.execute(select(Record.mailbox, Record.sender_address, Record.category))
            if row.sender_address and row.sender_address.startswith("osoba") and row.category != "automatic"
        )
        for mailbox, digests in there.items():
            query = select(Sighting.uid, Sighting.fate).where(
                Sighting.mailbox == mailbox, Sighting.uidvalidity == validity[mailbox]
            )
            fates = {row.uid: row.fate for row in session.execute(query)}
            for uid, digest in digests.items():
                if not records[mailbox, digest]:
                    lost.append(f"{mailbox} UID {uid}")
                if fates.get(uid) in {None, Fate.GONE.value}:
                    fateless.append(f"{mailbox} UID {uid}")
    twice += [f"{mailbox} {digest[:12]}" for (mailbox, digest), times in records.items() if times > 1]
    twice += [f"{mailbox} {address}" for (mailbox, address), times in senders.items() if times > 1]
    return lost, twice, fateless


def _still_owed(store: Store) -> list[str]:
    """Return the letters that neither left nor were refused."""
    ended = (Status.SENT.value, Status.FAILED.value)
    with store.reading() as session:
        query = select(Outgoing.message_id).where(Outgoing.status.not_in(ended), Outgoing.held.is_(None))
        return list(session.scalars(query))


def _message_id(raw: bytes) -> str:
    return str(email.message_from_bytes(raw)["Message-ID"])


def _different(letters: list[Delivered]) -> list[str]:
    """Return the addresses that got more than one answer to their one letter."""
    names: dict[str, set[str]] = {}
    for each in letters:
        names.setdefault(each.recipients[0], set()).add(_message_id(each.raw))
    return sorted(address for address, found in names.items() if len(found) > 1)


def _to_parrots(letters: list[Delivered], play: Play) -> int:
    """Count the answers to what machines said of our letters: there is one letter an address, and no more."""
    parrots = set(play.parrots)
    return sum(each in parrots for each in _different(letters))
