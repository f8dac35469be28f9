"""The day of the meeting: the list in the morning, and a short second digest where something came after it."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from intake.records import items
from intake.worker import before_meeting, morning
from tests.office import Office, furnish, letter, text_of, warsaw
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Sink

pytestmark = pytest.mark.dovecot
COMING = "Dzień dobry,\n\npotwierdzam udział {people} osób w spotkaniu 13 lipca.\n\nAnna Nowak\n{organisation}\n"


@pytest.fixture
def office(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Office:
    """Give an office on the morning of the meeting, with one organisation registered and its digest written."""
    office = furnish(tmp_path, dovecot, sink)
    office.now = warsaw("2023-07-10 12:00")
    came(office, "Fundacja Przystań", "dwóch", "2023-07-10 11:00")
    office.now = warsaw("2023-07-13 07:30")
    assert morning.write(office.desk, office.now.date()) is not None
    office.drain()
    return office


def came(office: Office, organisation: str, people: str, when: str) -> None:
    """Have an organisation write, and read it."""
    sender = f"Anna Nowak <biuro@{abs(hash(organisation))}.example>"
    office.mail("konsultacje", letter(COMING.format(people=people, organisation=organisation), sender=sender), when)
    office.poll()
    office.drain()


def digests(office: Office) -> list[EmailMessage]:
    """Return the digests that left."""
    return [each for each in office.letters() if "KONS" not in str(each["Subject"])]


def test_the_morning_of_the_meeting_lists_who_comes(office: Office) -> None:
    """With the people noted, and the workbook beside it."""
    (digest,) = digests(office)

    assert "Kto przyjdzie: 2 osoby, 1 organizacja" in text_of(digest)
    assert "- Fundacja Przystań: KONS-2023-0001, 2 osoby" in text_of(digest)
    assert ["udzial-2023-07-13.xlsx"] == [part.get_filename() for part in digest.iter_attachments()]


def test_what_came_since_is_told_an_hour_before_once(office: Office) -> None:
    """Late ones are decisions whose numbers follow the morning's; what both tell is told in the next morning too."""
    office.now = warsaw("2023-07-13 12:45")
    came(office, "Klub Żagiel", "trzech", "2023-07-13 12:40")
    early = before_meeting.write(office.desk)
    office.now = warsaw("2023-07-13 15:00")
    told = before_meeting.write(office.desk)
    again = before_meeting.write(office.desk)
    office.drain()
    with office.desk.store.reading() as session:
        numbered = items.of(session, office.desk.rules.consultation.id, office.now.date())
    office.now = warsaw("2023-07-14 07:30")
    after = morning.write(office.desk, office.now.date())

    assert (None, None) == (early, again)
    assert told is not None
    assert after is not None
    assert "Klub Żagiel" in text_of(digests(office)[1])
    assert "po terminie" in text_of(digests(office)[1])
    assert list(range(1, len(numbered) + 1)) == list(numbered)
    assert f"{len(numbered)}) Przed" in told.text.replace("\u00a0", " ")
    assert len({digest["Message-ID"] for digest in digests(office)}) == 2
    assert "Klub Żagiel" in after.text
    assert "Kto przyjdzie" not in after.text


def test_where_nothing_came_nothing_leaves(office: Office) -> None:
    """Nor when the meeting has begun."""
    office.now = warsaw("2023-07-13 15:10")
    nothing = before_meeting.write(office.desk)
    office.now = warsaw("2023-07-13 16:05")
    came(office, "Klub Żagiel", "trzech", "2023-07-13 16:01")

    assert (None, None) == (nothing, before_meeting.write(office.desk))


def test_who_registers_after_the_meeting_is_not_counted(office: Office) -> None:
    """They have a case and a letter, and do not come."""
    office.now = warsaw("2023-07-13 17:00")
    came(office, "Klub Żagiel", "trzech", "2023-07-13 16:30")
    office.now = warsaw("2023-07-14 07:30")
    digest = morning.write(office.desk, office.now.date())

    assert digest is not None
    assert "Zapisane osoby: 2 (" in digest.text.replace("\u00a0", " ")


def test_disputed_clocks_are_told(office: Office) -> None:
    """A decision shows the sender's Date beside the arrival where they are hours apart; the arrival decides."""
    office.now = warsaw("2023-07-13 08:00")
    came(office, "Klub Żagiel", "trzech", "2023-07-13 07:55")  # the letter says 10 July, 9.00
    office.now = warsaw("2023-07-13 15:01")
    digest = before_meeting.write(office.desk)

    assert digest is not None
    text = " ".join(digest.text.replace("\u00a0", " ").split())
    assert "Zegary: skrzynka 13 lipca, godz. 7.55 (ten decyduje)" in text
    assert "komputer nadawcy 10 lipca, godz. 9.00" in text
