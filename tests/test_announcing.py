"""What is told about the meeting unasked: reminders, invitations and their answers, a new hour or room; each once."""

from __future__ import annotations

import shutil
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from icalendar import Calendar

from intake import config as office_config
from intake.worker import announcing, morning
from intake.worker.desk import prepare
from tests.office import Office, furnish, letter, text_of, warsaw
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Sink

pytestmark = pytest.mark.dovecot
COMING = "Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak\nFundacja Przystań\n"
UID = "wspolnie-o-programie-2024-1@um.torun.pl"


@pytest.fixture
def office(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Office:
    """Give an office that has registered two organisations."""
    office = furnish(tmp_path, dovecot, sink)
    shutil.copytree(Path(__file__).parents[1] / "rules", tmp_path / "rules")
    office.now = warsaw("2023-07-10 12:00")
    return office


def ruled(office: Office, *changes: tuple[str, str]) -> None:
    """Change the rules of the consultation, and open the office anew."""
    path = office.folder / "rules" / "consultation.toml"
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    office.desk = prepare(office_config.load(office.folder / "config.toml"), office.desk.clock)


def registered(office: Office) -> None:
    """Register two organisations, a day apart."""
    announcing.work(office.desk)
    office.mail("konsultacje", letter(COMING), "2023-07-10 11:00")
    office.poll()
    office.drain()
    office.now = warsaw("2023-07-12 09:00")
    second = COMING.replace("Fundacja Przystań", "Klub Żagiel").replace("dwóch osób", "trzech osób")
    office.mail("konsultacje", letter(second, sender="Jan Żak <jan@zagiel.example>"), "2023-07-12 08:50")
    office.poll()
    office.drain()


def announced(office: Office) -> list[EmailMessage]:
    """Do what is due; return the letters that left."""
    before = len(office.letters())
    announcing.work(office.desk)
    office.drain()
    return office.letters()[before:]


def calendar_of(message: EmailMessage) -> Calendar:
    """Return the calendar object that stands among a letter's alternatives."""
    (part,) = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    calendar = Calendar.from_ical(part.get_content())
    assert part.get_param("method") == str(calendar["METHOD"])
    return calendar


def test_one_reminder_goes_to_those_registered_for_a_day(office: Office) -> None:
    """Place, hour and number; once, whatever is tried; not to who registered this morning."""
    ruled(office, ("# remind = 2023-07-12T17:00:00", "remind = 2023-07-12T17:00:00"))
    registered(office)
    early = announced(office)
    office.now = warsaw("2023-07-12 17:00")
    sent = announced(office)
    again = announced(office)

    assert ([], ["anna@fundacja-przystan.example"], []) == (early, [each["To"] for each in sent], again)
    assert ("auto-generated", True) == (sent[0]["Auto-Submitted"], "Przypomnienie" in sent[0]["Subject"])
    assert "Liczba osób: 2" in text_of(sent[0])


def test_a_reminder_that_missed_the_meeting_does_not_leave(office: Office) -> None:
    """What waits for the relay until the meeting has begun is written off."""
    ruled(office, ("# remind = 2023-07-12T17:00:00", "remind = 2023-07-12T17:00:00"))
    registered(office)
    office.now = warsaw("2023-07-12 17:00")
    announcing.work(office.desk)
    office.now = warsaw("2023-07-13 16:00")

    assert 0 == office.drain().accepted


def test_without_the_rules_nothing_is_announced(office: Office) -> None:
    """A reminder and invitations are the office's choice."""
    registered(office)
    office.now = warsaw("2023-07-13 10:00")

    assert [] == announced(office)


def test_an_invitation_has_the_buttons_of_every_program(office: Office) -> None:
    """REQUEST among the alternatives, one attendee, the reading mailbox as organizer; no file with the receipt."""
    ruled(office, ("# invite = true", "invite = true"))
    registered(office)
    receipt = office.letters()[0]
    (first, _) = announced(office)
    event = calendar_of(first).walk("VEVENT")[0]

    assert [] == [part for part in receipt.walk() if part.get_content_type() == "text/calendar"]
    assert "multipart/alternative" == first.get_content_type()
    assert ("REQUEST", UID, 0) == (str(calendar_of(first)["METHOD"]), str(event["UID"]), event["SEQUENCE"])
    assert "mailto:anna@fundacja-przystan.example" == str(event["ATTENDEE"])
    assert ("NEEDS-ACTION", "TRUE") == (event["ATTENDEE"].params["PARTSTAT"], event["ATTENDEE"].params["RSVP"])
    assert "mailto:k.dabrowska@um.torun.pl" == str(event["ORGANIZER"]) == f"mailto:{first['Reply-To']}"
    assert [] == announced(office)


OUTLOOK = """BEGIN:VCALENDAR
METHOD:REPLY
PRODID:Microsoft Exchange Server 2010
VERSION:2.0
BEGIN:VTIMEZONE
TZID:Central European Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
ATTENDEE;PARTSTAT={partstat};CN=Anna Nowak:mailto:Anna@fundacja-przystan.example
COMMENT;LANGUAGE=pl-PL:\\n
UID:{uid}
SUMMARY;LANGUAGE=pl-PL:Zaakceptowano: Spotkanie konsultacyjne
DTSTART;TZID=Central European Standard Time:20230713T160000
DTSTAMP:20230712T120000Z
SEQUENCE:0
X-MICROSOFT-CDO-APPT-SEQUENCE:0
END:VEVENT
END:VCALENDAR
"""
GMAIL = """BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:REPLY
BEGIN:VEVENT
DTSTART:20230713T140000Z
DTSTAMP:20230712T120000Z
ORGANIZER:mailto:k.dabrowska@um.torun.pl
UID:{uid}
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={partstat};CN=anna@
 fundacja-przystan.example;X-NUM-GUESTS=0:mailto:anna@fundacja-przystan.example
SEQUENCE:0
STATUS:CONFIRMED
SUMMARY:Spotkanie konsultacyjne
END:VEVENT
END:VCALENDAR
"""
THUNDERBIRD = """BEGIN:VCALENDAR
PRODID:-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN
VERSION:2.0
METHOD:REPLY
BEGIN:VEVENT
DTSTAMP:20230712T120000Z
UID:{uid}
ATTENDEE;RSVP=TRUE;PARTSTAT={partstat};ROLE=REQ-PARTICIPANT:mailto:anna@fund
 acja-przystan.example
ORGANIZER:mailto:k.dabrowska@um.torun.pl
DTSTART;TZID=Europe/Warsaw:20230713T160000
SEQUENCE:0
END:VEVENT
END:VCALENDAR
"""


def answered(office: Office, source: str, partstat: str) -> list[EmailMessage]:
    """Answer the invitation as a program does; return the letters that left then."""
    message = EmailMessage()
    message["From"], message["To"] = "Anna Nowak <anna@fundacja-przystan.example>", "k.dabrowska@um.torun.pl"
    message["Subject"] = f"{partstat.title()}: Spotkanie konsultacyjne"
    message["Message-ID"] = f"<{partstat}@fundacja-przystan.example>"
    message["Return-Path"] = "<anna@fundacja-przystan.example>"
    message.set_content("")
    text = source.format(partstat=partstat, uid=UID).replace("\n", "\r\n")
    message.add_alternative(text, subtype="calendar", params={"method": "REPLY"}, cte="base64")
    office.mail("rsvp", message.as_bytes(), "2023-07-12 12:00")
    before = len(office.letters())
    office.now = warsaw("2023-07-12 12:01")
    office.poll()
    office.drain()
    return office.letters()[before:]


@pytest.fixture
def invited(office: Office) -> Office:
    """Give an office whose guests are invited."""
    ruled(office, ("# invite = true", "invite = true"))
    registered(office)
    announced(office)
    return office


@pytest.mark.parametrize("source", [OUTLOOK, GMAIL, THUNDERBIRD], ids=["outlook", "gmail", "thunderbird"])
def test_who_accepts_is_registered_already_and_hears_nothing_more(invited: Office, source: str) -> None:
    """Two people were registered, and two they stay, though one clicked."""
    letters = answered(invited, source, "ACCEPTED")
    record = invited.records()[-1]

    assert [] == letters
    assert ("KONS-2023-0001", "attendance") == (record["case"], record["category"])
    office_case = next(each for each in invited.records() if each["case"] == "KONS-2023-0001")
    assert 2 == office_case["people"]


@pytest.mark.parametrize("source", [OUTLOOK, GMAIL, THUNDERBIRD], ids=["outlook", "gmail", "thunderbird"])
def test_who_declines_is_struck_off_and_told(invited: Office, source: str) -> None:
    """The same case, and a letter that takes the meeting out of the calendar."""
    letters = answered(invited, source, "DECLINED")

    assert "Wykreśliliśmy Państwa zgłoszenie" in text_of(letters[0])
    assert ("CANCEL", "CANCELLED") == (
        str(calendar_of(letters[0])["METHOD"]),
        str(calendar_of(letters[0]).walk("VEVENT")[0]["STATUS"]),
    )
    assert "cancellation" == invited.records()[-1]["category"]


def test_a_tentative_answer_goes_to_staff(invited: Office) -> None:
    """Perhaps is for a person to settle; the registration stands."""
    answered(invited, GMAIL, "TENTATIVE")

    assert "tentative" == invited.records()[-1]["review_reason"]


def test_a_new_room_is_told_once_and_only_when_staff_say_so(office: Office) -> None:
    """The digest asks; nothing leaves before that; then one letter with the new place goes to each who comes."""
    registered(office)
    ruled(office, ("sequence = 0", "sequence = 1"), ('room = "Sala D na V piętrze"', 'room = "Aula na parterze"'))
    before = announced(office)
    asked = morning.preview(office.desk, office.now.date())
    announcing.announce(office.desk, send=True)
    announcing.announce(office.desk, send=True)
    sent = announced(office)

    assert [] == before
    assert "nowa godzina albo sala" in asked.text.replace("\u00a0", " ")
    assert "Listów do wysłania: 2" in " ".join(asked.text.replace("\u00a0", " ").split())
    assert 2 == len(sent)
    assert "Aula na parterze" in text_of(sent[0])
    assert "nowa godzina albo sala" not in morning.preview(office.desk, office.now.date()).text.replace("\u00a0", " ")


def test_two_workers_remind_once(office: Office) -> None:
    """The occasion of a letter is unique in the outbox."""
    ruled(office, ("# remind = 2023-07-12T17:00:00", "remind = 2023-07-12T17:00:00"))
    registered(office)
    office.now = warsaw("2023-07-12 17:00") + timedelta(minutes=1)
    other = prepare(office_config.load(office.folder / "config.toml"), office.desk.clock)

    assert (1, 0) == (announcing.work(office.desk), announcing.work(other))
