"""Messages that a server lists and does not give: they hold up no other, are asked for again, and are not forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.records.store import Fate
from tests.office import Office, furnish, letter
from tests.servers.dovecot import Dovecot
from tests.servers.imap import HANG_UP, Scripted, body, listing
from tests.servers.smtp import Sink

pytestmark = pytest.mark.dovecot
DONE = b"{tag} OK done\r\n"
COMING = "Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak\nFundacja Przystań\n"
RAWS = {uid: letter(COMING, sender=f"Anna <anna{uid}@x{uid}.example>") for uid in (1, 2, 3)}
SIZES = {uid: len(raw) for uid, raw in RAWS.items()}


@pytest.fixture
def office(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Office:
    """Give an office."""
    return furnish(tmp_path, dovecot, sink)


@pytest.fixture
def server() -> Iterator[Scripted]:
    """Give a server with three messages that gives any of them, alone or together."""
    answers = {"UID SEARCH UID 4:*": b"* SEARCH\r\n" + DONE}
    for uid, raw in RAWS.items():
        answers[f"UID SEARCH UID {uid}"] = f"* SEARCH {uid}\r\n".encode() + DONE
        answers[f"UID FETCH {uid} (INTERNALDATE"] = listing({uid: SIZES[uid]}) + DONE
        answers[f"UID FETCH {uid} (BODY"] = body(uid, uid, raw) + DONE
    answers["UID SEARCH UID 1:*"] = b"* SEARCH 1 2 3\r\n" + DONE
    answers["UID FETCH 1,2,3 (INTERNALDATE"] = listing(SIZES) + DONE
    answers["UID FETCH 1,2,3 (BODY"] = b"".join(body(uid, uid, raw) for uid, raw in RAWS.items()) + DONE
    server = Scripted(answers)
    yield server
    server.close()


def test_a_message_that_the_server_keeps_back_is_read_when_it_gives_it(office: Office, server: Scripted) -> None:
    """The others are taken in at once, the polls go on without an error, and the sums are right in the end."""
    server.answers["UID FETCH 1,2,3 (BODY"] = body(1, 1, RAWS[1]) + body(3, 3, RAWS[3]) + DONE
    given, server.answers["UID FETCH 2 (BODY"] = server.answers["UID FETCH 2 (BODY"], DONE
    office.reconfigure(("port", str(server.port)), mailbox="konsultacje")
    first = office.poll()["konsultacje"]
    second = office.poll()["konsultacje"]
    server.answers["UID FETCH 2 (BODY"] = given
    third = office.poll()["konsultacje"]
    fourth = office.poll()["konsultacje"]

    assert (3, {Fate.TAKEN_IN: 2}, 1, None) == (first.listed, dict(first.fates), first.withheld, first.error)
    assert (0, {}, None) == (second.listed, dict(second.fates), second.error)
    assert (1, {Fate.TAKEN_IN: 1}, None) == (third.listed, dict(third.fates), third.error)
    assert (0, {}, None) == (fourth.listed, dict(fourth.fates), fourth.error)
    assert 3 == len(office.records())


def test_a_message_at_which_the_server_breaks_off_holds_up_no_other_for_ever(office: Office, server: Scripted) -> None:
    """After some looks that failed each message comes alone, and the one that breaks the connection is passed by."""
    server.answers["UID FETCH 1,2,3 (BODY"] = HANG_UP
    given, server.answers["UID FETCH 2 (BODY"] = server.answers["UID FETCH 2 (BODY"], HANG_UP
    server.answers["UID SEARCH UID 3:*"] = b"* SEARCH 3\r\n" + DONE
    office.reconfigure(("port", str(server.port)), mailbox="konsultacje")
    errors = [office.poll()["konsultacje"].error is not None for _ in range(6)]
    taken = len(office.records())
    office.poll()
    then = len(office.records())
    server.answers["UID FETCH 2 (BODY"] = given
    last = office.poll()["konsultacje"]

    assert [True] * 6 == errors
    assert (1, 2, 3) == (taken, then, len(office.records()))
    assert last.error is None
