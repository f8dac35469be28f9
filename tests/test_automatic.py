"""Machine or person, and whether an answer is allowed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from intake.judgement import automatic
from intake.judgement.rules import load
from intake.judgement.values import Arrival
from intake.mail.message import Address, Attachment, CalendarReply, Message, Passage, PassageKind, Report

RULES = load(Path(__file__).parents[1] / "rules", ZoneInfo("Europe/Warsaw"))
ARRIVAL = Arrival("rsvp", None, own_addresses=frozenset({"konsultacje@um.torun.pl"}))


def letter(
    subject: str, text: str, *headers: tuple[str, str], sender: str = "ewa@kolo.example", name: str = ""
) -> Message:
    """Return a message as a person's program would send it."""
    return Message(
        headers=headers,
        message_id="<1@kolo.example>",
        in_reply_to=(),
        references=(),
        reverse_path=sender,
        author=Address(name, sender),
        reply_to=None,
        date=None,
        subject=subject,
        content_type="text/plain",
        passages=(Passage(PassageKind.OWN, text),),
    )


PERSON = letter("Spotkanie", "Potwierdzam udział dwóch osób.")


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Odpowiedź automatyczna: Zaproszenie", "Do 14 lipca jestem na urlopie."),
        ("Odp. automatyczna: Zaproszenie", "Dziękuję za list."),
        ("Re: Zaproszenie", "Przebywam na urlopie do 20 lipca. W sprawach pilnych proszę dzwonić do sekretariatu."),
        ("Automatic reply: Invitation", "I am out of the office until Monday."),
        ("Abwesenheitsnotiz", "Ich bin nicht im Büro."),
        ("Автоматична відповідь: Zaproszenie", "Я у відпустці до 20 липня."),
        ("Przeczytano: Zaproszenie", "Wiadomość została przeczytana."),
        ("Not read: Invitation", "Your message was deleted without being read."),
        ("Niedostarczalne: Zaproszenie", "Nie można dostarczyć wiadomości do: a@b.example"),
        ("Potwierdź, że jesteś człowiekiem", "Kliknij, a list trafi do odbiorcy."),
        ("[#481] Przyjęliśmy Twoje zgłoszenie", "Numer zgłoszenia: 481."),
        ("Zaproszenie", "Pani Nowak nie pracuje już w naszej fundacji. Wiadomość nie została przekazana dalej."),
        ("Urzędowe poświadczenie odbioru", "Dokument wpłynął do systemu."),
        ("Re: Spotkanie", "Thank you for your message. I am currently on annual leave."),
        ("Re: Spotkanie", "Cześć! Jestem wirtualnym asystentem firmy X."),
        ("Automatická odpověď: Spotkanie", "Dobrý den."),
        ("Onbestelbaar: Spotkanie", ""),
    ],
)
def test_known_by_words(subject: str, text: str) -> None:
    """A machine that sets no header is known by its subject and its first words."""
    reason = automatic.machine(letter(subject, text), RULES)

    assert reason is not None
    assert reason.rule.startswith("automatic:")


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Spotkanie", "W czwartek jestem na urlopie, przyjdzie koleżanka."),
        ("Re: Spotkanie", "I am currently on annual leave, but I will attend."),
        ("Spotkanie", "Interesuje nas praca z wirtualnym asystentem, przyjdą dwie osoby."),
        ("Spotkanie", "Z powodu nieobecności prezesa zgłaszam panią Annę Lis."),
        ("Nieobecność 13 lipca", "Niestety nie możemy wziąć udziału, ale przesyłam nasze propozycje."),
        ("Re: Odpowiedź automatyczna: Spotkanie", "Już jestem po urlopie i potwierdzam obecność."),
        ("Fwd: Undelivered Mail Returned to Sender", "Wróciło do mnie, więc ślę drugi raz: będą dwie osoby."),
        ("Spotkanie", "Proponujemy, żeby miasto odpowiadało na wnioski po powrocie z urlopu, w ciągu dwóch tygodni."),
    ],
)
def test_person(subject: str, text: str) -> None:
    """A person who mentions holidays or returned mail is no machine."""
    assert automatic.machine(letter(subject, text), RULES) is None


@pytest.mark.parametrize(
    "value",
    [
        "auto-replied",
        "Auto-Generated",
        "auto-replied; type=vacation",
        "(a (nested) comment) auto-notified",
        "x-unknown",
    ],
)
def test_auto_submitted(value: str) -> None:
    """Auto-Submitted with any keyword but "no" is a machine's, and is not answered (RFC 3834 §5)."""
    message = letter("Spotkanie", "Potwierdzam udział.", ("auto-submitted", value))

    assert automatic.machine(message, RULES) is not None
    assert (automatic.suppression(message, ARRIVAL, RULES) or "").startswith("Auto-Submitted: ")


@pytest.mark.parametrize("value", ["no", "NO", "no; because=person", "no (auto-replied)"])
def test_auto_submitted_no(value: str) -> None:
    """Auto-Submitted: no is a person's, whatever its case, parameters and comments."""
    message = letter("Spotkanie", "Potwierdzam udział.", ("auto-submitted", value))

    assert automatic.machine(message, RULES) is None
    assert automatic.suppression(message, ARRIVAL, RULES) is None


def test_second_instance() -> None:
    """Of several Auto-Submitted fields each is read."""
    message = letter("Spotkanie", "Będę.", ("auto-submitted", "no"), ("auto-submitted", "auto-replied"))

    assert automatic.machine(message, RULES) is not None


def test_signed_header_names() -> None:
    """A DKIM signature that names the field says nothing about the message."""
    message = letter(
        "Spotkanie", "Będę.", ("dkim-signature", "v=1; h=from:auto-submitted:list-id:precedence; b=auto-replied")
    )

    assert automatic.machine(message, RULES) is None
    assert automatic.suppression(message, ARRIVAL, RULES) is None


def test_calendar_answer() -> None:
    """A person answered the invitation, though the program calls itself a machine; nobody answers the program."""
    message = replace(
        letter("Zaakceptowano: Spotkanie", "", ("auto-submitted", "auto-generated")),
        calendar=CalendarReply("ACCEPTED", "ewa@kolo.example", "1", ""),
    )

    assert automatic.machine(message, RULES) is None
    assert automatic.suppression(message, ARRIVAL, RULES) == "Auto-Submitted: auto-generated"


def test_reaction() -> None:
    """A thumb under our letter is nothing to record or answer."""
    thumb = Attachment(None, "text/vnd.google.email-reaction+json", b"{}", "0" * 64)

    assert automatic.machine(replace(PERSON, attachments=(thumb,)), RULES) is not None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("precedence", "bulk"),
        ("precedence", "List (mailman)"),
        ("list-id", "<zarzad.kolo.example>"),
        ("list-unsubscribe", "<mailto:x@kolo.example>"),
        ("x-auto-response-suppress", "DR, OOF, AutoReply"),
        ("x-auto-response-suppress", "All"),
        ("x-loop", "biuro@kolo.example"),
    ],
)
def test_silence_is_no_robot(name: str, value: str) -> None:
    """Lists and wishes for silence are obeyed, and yet a person wrote the message."""
    message = letter("Spotkanie", "Potwierdzam udział dwóch osób.", (name, value))

    assert automatic.machine(message, RULES) is None
    assert automatic.suppression(message, ARRIVAL, RULES) is not None


@pytest.mark.parametrize(
    ("name", "value"), [("x-auto-response-suppress", "DR, RN, NRN"), ("precedence", "normal"), ("x-autoreply", "no")]
)
def test_answered_all_the_same(name: str, value: str) -> None:
    """What asks for no delivery reports, or says no, forbids no answer."""
    message = letter("Spotkanie", "Potwierdzam udział.", (name, value))

    assert automatic.machine(message, RULES) is None
    assert automatic.suppression(message, ARRIVAL, RULES) is None


@pytest.mark.parametrize(
    "sender",
    [
        "no-reply@kolo.example",
        "MAILER-DAEMON@kolo.example",
        "owner-ngo@kolo.example",
        "ngo-request@kolo.example",
        "konsultacje@um.torun.pl",
    ],
)
def test_unanswered_senders(sender: str) -> None:
    """Robots' addresses and our own are never answered, as sender or in Reply-To."""
    assert automatic.suppression(letter("Spotkanie", "Będę.", sender=sender), ARRIVAL, RULES) is not None
    assert automatic.suppression(replace(PERSON, reply_to=Address("", sender)), ARRIVAL, RULES) is not None


def test_null_reverse_path() -> None:
    """The null reverse-path forbids an answer (RFC 3834 §2); one that the server did not note does not."""
    assert automatic.suppression(replace(PERSON, reverse_path=""), ARRIVAL, RULES) == "null reverse-path"
    assert automatic.suppression(replace(PERSON, reverse_path=None), ARRIVAL, RULES) is None


def test_nobody_to_answer() -> None:
    """Without a sender's address there is nobody to answer."""
    assert automatic.suppression(replace(PERSON, author=None), ARRIVAL, RULES) == "no sender address"


def test_own_message_id() -> None:
    """A letter that bears our Message-ID and another's address is ours, come back."""
    returned = replace(PERSON, message_id="<KONS-2023-0001@um.torun.pl>")

    assert automatic.suppression(returned, ARRIVAL, RULES) == "Message-ID of our own domain"


def test_bounce_by_rfc_3464() -> None:
    """A delivery report names the letter of ours and whom it did not reach."""
    failed = Report("delivery-status", "failed", "5.1.1", "biuro@kolo.example", "<ours@um.torun.pl>")
    delayed = replace(failed, action="delayed")
    read = replace(failed, kind="disposition-notification", action="displayed")

    assert automatic.bounced(replace(PERSON, report=failed)) == "<ours@um.torun.pl>"
    assert automatic.recipient(replace(PERSON, report=failed)) == "biuro@kolo.example"
    assert automatic.bounced(replace(PERSON, report=delayed)) is None
    assert automatic.bounced(replace(PERSON, report=read)) is None


QMAIL = """Hi. This is the qmail-send program at mail.kolo.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<biuro@kolo.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <zwroty@um.torun.pl>
Message-ID: <ours@um.torun.pl>
Subject: Potwierdzenie
"""


def test_bounce_in_old_style() -> None:
    """A bounce that is no RFC 3464 is tied to the letter it returns."""
    bounce = replace(letter("failure notice", QMAIL, sender="MAILER-DAEMON@mail.kolo.example"), reverse_path="")

    assert automatic.bounced(bounce) == "<ours@um.torun.pl>"
    assert automatic.recipient(bounce) == "biuro@kolo.example"


def test_bounce_in_polish() -> None:
    """A Polish bounce without the letter in it is tied by In-Reply-To."""
    text = "Wiadomość nie została doręczona na adres biuro@kolo.example, ponieważ skrzynka jest przepełniona."
    bounce = replace(
        letter("Zwrot wiadomości", text, sender="postmaster@kolo.example"),
        in_reply_to=("<ours@um.torun.pl>",),
        reverse_path="",
    )

    assert automatic.bounced(bounce) == "<ours@um.torun.pl>"
    assert automatic.recipient(bounce) == "biuro@kolo.example"


def test_person_is_no_bounce() -> None:
    """A person's reply to our letter returns nothing."""
    assert automatic.bounced(replace(PERSON, in_reply_to=("<ours@um.torun.pl>",))) is None


def test_hostile_length() -> None:
    """A megabyte of one sign after another costs no more than its length."""
    text = "nie ma mnie .. w sprawach pilnych (" * 30_000

    assert automatic.machine(letter("Re: " * 10_000, text, ("auto-submitted", "(" * 100_000)), RULES) is not None
