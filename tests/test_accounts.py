"""The accounts of a mailbox: the cursor, the fates, and that they add up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from intake.records import accounts
from intake.records.accounts import Cursor, Folder, Look
from intake.records.store import Fate, Store

NOW = datetime(2023, 7, 10, 10, 0, tzinfo=UTC)
INBOX = Folder("rsvp", "INBOX", 7)


def cursor(store: Store, folder: Folder = INBOX, uidnext: int = 1000) -> Cursor:
    """Return where reading goes on."""
    with store.reading() as session:
        return accounts.cursor(session, folder, uidnext)


def settle(store: Store, uids: range, fate: Fate = Fate.LEFT_ALONE, now: datetime = NOW) -> None:
    """Give *uids* a fate and move the cursor behind them."""
    with store.writing() as session:
        accounts.settle(session, INBOX, [(uid, fate, None) for uid in uids], now)
        accounts.advance(session, INBOX, uids[-1])


def test_a_mailbox_that_was_never_read_is_read_from_the_start(store: Store) -> None:
    """First contact is told apart from a renumbered mailbox."""
    assert Cursor(0, first_contact=True, renumbered=False) == cursor(store)


def test_a_mailbox_that_failed_at_first_is_still_at_first_contact(store: Store) -> None:
    """A wrong password on the first day does not make old mail new on the second."""
    with store.writing() as session:
        accounts.polled(session, "rsvp", Look(0, error="refused"), NOW)

    assert cursor(store).first_contact


def test_reading_goes_on_behind_the_last_uid_with_a_fate(store: Store) -> None:
    """A poll costs what is new."""
    settle(store, range(1, 6))

    assert Cursor(5, first_contact=False, renumbered=False) == cursor(store)


@pytest.mark.parametrize("folder", [Folder("rsvp", "INBOX", 8), Folder("rsvp", "Archiwum", 7)])
def test_a_new_uidvalidity_or_folder_means_reading_from_the_start(store: Store, folder: Folder) -> None:
    """UIDs of another uidvalidity say nothing (RFC 9051 §2.3.1.1)."""
    settle(store, range(1, 6))

    assert Cursor(0, first_contact=False, renumbered=True) == cursor(store, folder)


def test_uids_that_begin_anew_are_noticed(store: Store) -> None:
    """A mailbox restored from an older backup may keep its uidvalidity."""
    settle(store, range(1, 6))

    assert cursor(store, uidnext=5).renumbered
    assert not cursor(store, uidnext=6).renumbered


def test_a_uid_that_is_given_anew_has_one_fate(store: Store) -> None:
    """After a restore the same UID may be another message: its new fate replaces the old one."""
    settle(store, range(1, 4), Fate.TAKEN_IN)
    settle(store, range(1, 4), Fate.KNOWN, NOW + timedelta(hours=1))

    with store.reading() as session:
        tally = accounts.tally(session, "rsvp", None, NOW + timedelta(days=1))
    assert {Fate.KNOWN: 3} == {fate: count for fate, count in tally.items() if count}


def test_what_was_listed_can_be_held_against_what_became_of_it(store: Store) -> None:
    """The two sums of the digest come from different rows."""
    settle(store, range(1, 4))
    with store.writing() as session:
        accounts.polled(session, "rsvp", Look(listed=5, left_over=2, error="gone"), NOW)
        accounts.polled(session, "rsvp", Look(listed=2), NOW + timedelta(minutes=1))
    settle(store, range(4, 6), now=NOW + timedelta(minutes=1))

    with store.reading() as session:
        until = NOW + timedelta(hours=1)
        assert 5 == accounts.listed(session, "rsvp", None, until)
        assert 5 == sum(accounts.tally(session, "rsvp", None, until).values())
        assert 2 == accounts.listed(session, "rsvp", NOW, until)


def test_failures_are_counted_until_the_mailbox_is_reached(store: Store) -> None:
    """The digest can say since when a mailbox is silent."""
    with store.writing() as session:
        assert 1 == accounts.polled(session, "rsvp", Look(0, error="refused"), NOW)
        assert 2 == accounts.polled(session, "rsvp", Look(0, error="refused"), NOW + timedelta(minutes=1))
        place = accounts.places(session)["rsvp"]
        assert (NOW, 2) == (place.failing_since, place.failures)
        assert 0 == accounts.polled(session, "rsvp", Look(0), NOW + timedelta(minutes=2))
        assert (None, NOW + timedelta(minutes=2)) == (place.failing_since, place.reached_at)
