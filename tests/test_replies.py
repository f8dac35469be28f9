"""Organisations correct us by replying in plain Polish: what a reply changes, alone and through real IMAP and SMTP."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.judgement.replies import correction
from intake.judgement.rules import load
from intake.judgement.values import Category, Earlier
from tests.office import Office, furnish, letter, text_of, warsaw
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Sink

RULES = load(Path(__file__).parents[1] / "rules", ZoneInfo("Europe/Warsaw"))
COMING = Earlier("KONS-2023-0001", attends=True, proposes=False, organisation="Klub X", people=2)
PROPOSED = Earlier("KONS-2023-0002", attends=False, proposes=True, organisation="Klub X", people=None)
UNKNOWN = Earlier("KONS-2023-0003", attends=False, proposes=False, organisation=None, people=None)


def corrected(text: str, earlier: Earlier, enclosures: int = 0) -> tuple[Category | None, str | None, int | None]:
    """Return what *text* says that the earlier message was, the organisation, and a bare number."""
    found = correction(text, earlier, RULES.replies, RULES.clues, enclosures=enclosures)
    return found.kind, found.organisation, found.people


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("To nie była propozycja, tylko pytanie.", Category.QUESTION),
        ("to było pytanie, nie propozycja", Category.QUESTION),
        ("Nie chodziło mi o potwierdzenie udziału, to było pytanie o salę.", Category.QUESTION),
        ("Proszę traktować moją wiadomość jako pytanie, nie jako uwagi do programu.", Category.QUESTION),
        ("Przepraszam, ale to było zgłoszenie udziału, a nie propozycja.", Category.ATTENDANCE),
        ("to zgloszenie na spotkanie", Category.ATTENDANCE),
        ("To propozycja do programu.", Category.PROPOSAL),
        ("Proszę potraktować to jako propozycję.", Category.PROPOSAL),
        ("To była rezygnacja.", Category.CANCELLATION),
        ("Czy nasza propozycja dotarła?", None),
        ("Mamy jeszcze jedną propozycję: więcej ławek.", None),
        ("Dziękuję, wszystko się zgadza.", None),
        ("Będą trzy osoby, nie dwie.", None),
    ],
)
def test_a_reply_says_what_the_message_was(text: str, kind: Category | None) -> None:
    """Only where it speaks of the message, and not where it says something new."""
    assert kind == corrected(text, PROPOSED)[0]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Organizacja nazywa się Fundacja Zielony Most.", "Fundacja Zielony Most"),
        ("Powinno być Stowarzyszenie Brzeg, a nie Fundacja Brzeg.", "Stowarzyszenie Brzeg"),
        ("Proszę poprawić nazwę na Towarzystwo Miłośników Torunia, dziękuję", "Towarzystwo Miłośników Torunia"),
        ('Nazwa to "Ocalić od zapomnienia".', "Ocalić od zapomnienia"),
        ("Właściwa nazwa: Koło Gospodyń Wiejskich w Kaszczorku", "Koło Gospodyń Wiejskich w Kaszczorku"),
        ("W zapisie jest błąd, nasza nazwa to Fundacja „Dobry Start”, proszę o korektę.", "Fundacja „Dobry Start”"),
        ("ma być Klub Sportowy Orzeł", "Klub Sportowy Orzeł"),
        ("Powinno być 5 osób.", None),
        ("Powinna być winda.", None),
        ("Jak brzmi nazwa sali?", None),
    ],
)
def test_a_reply_gives_the_right_name(text: str, name: str | None) -> None:
    """As it is written, without what stands around it."""
    assert name == corrected(text, COMING)[1]


@pytest.mark.parametrize(
    ("text", "earlier", "people"),
    [
        ("3", COMING, 3),
        ("Jednak 4 osoby.", COMING, 4),
        ("trzy", COMING, 3),
        ("zgłaszamy 2 osoby", UNKNOWN, 2),
        ("Mamy jeszcze jedną propozycję.", PROPOSED, None),
        ("W 2023 roku było nas 15 na trzech spotkaniach, a teraz nie wiem.", COMING, None),
    ],
)
def test_a_bare_number_counts_who_comes(text: str, earlier: Earlier, people: int | None) -> None:
    """Who answers "3" to "ile osób przyjdzie" has said it all."""
    assert people == corrected(text, earlier)[2]


def test_thanks_change_nothing_and_want_no_answer() -> None:
    """Two programs and two polite people write to each other no longer than needed."""
    found = correction("Dziękujemy za potwierdzenie, do zobaczenia!", COMING, RULES.replies, RULES.clues)

    assert found.agreed


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_reply_is_read(text: str) -> None:
    """Nothing that anybody writes raises."""
    correction(text, COMING, RULES.replies, RULES.clues)


FIRST = "Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak\nFundacja Przystań\n"
PROPOSES = "Proponujemy uprościć sprawozdania z małych dotacji.\n\nAnna Nowak\nFundacja Przystań\n"
UNCLEAR = "Dzień dobry,\nuwagi ewentualnie później, a na razie tylko się meldujemy.\n\nAnna Nowak\n"


@pytest.fixture
def office(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Office:
    """Give an office on the day before the cutoff."""
    office = furnish(tmp_path, dovecot, sink)
    office.now = warsaw("2023-07-11 12:00")
    return office


def write(
    office: Office, text: str, when: str, *, answers: EmailMessage | None = None, **more: str
) -> EmailMessage | None:
    """Send a message, in answer to a letter of ours or not; return the letter that it is answered with."""
    fields = {"In_Reply_To": answers["Message-ID"], "References": answers["Message-ID"]} if answers else {}
    office.now = warsaw(when)
    office.mail(
        "konsultacje", letter(text, subject="Re: spotkanie" if answers else "spotkanie", **fields, **more), when
    )
    before = len(office.letters())
    office.poll()
    office.drain()
    new = office.letters()[before:]
    return new[-1] if new else None


def begun(office: Office, text: str = FIRST, when: str = "2023-07-11 12:00") -> EmailMessage:
    """Send the first message of a case; return our answer."""
    answer = write(office, text, when)
    assert answer is not None
    return answer


@pytest.mark.dovecot
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Będą trzy osoby, nie dwie.", "Liczba osób: było 2, jest 3"),
        ("jednak 4", "Liczba osób: było 2, jest 4"),
        (
            "Organizacja nazywa się Fundacja Bezpieczna Przystań.",
            "było Fundacja Przystań, jest Fundacja Bezpieczna Przystań",
        ),
        ("Jednak rezygnujemy, przepraszamy.", "Wykreśliliśmy Państwa zgłoszenie"),
        ("Proszę dopisać tłumacza języka migowego.", "tłumaczenie na język migowy"),
    ],
)
def test_a_reply_changes_just_that(office: Office, text: str, told: str) -> None:
    """The answer shows what was and what is; the case number is the same."""
    first = begun(office)
    answer = write(office, text, "2023-07-11 13:00", answers=first)

    assert answer is not None
    assert told in text_of(answer)
    assert "[KONS-2023-0001]" in answer["Subject"]


@pytest.mark.dovecot
def test_a_proposal_that_was_a_question_is_one(office: Office) -> None:
    """The kind is corrected on record, and the answer names both."""
    first = begun(office, PROPOSES)
    answer = write(office, "To nie była propozycja, tylko pytanie.", "2023-07-11 13:00", answers=first)

    assert answer is not None
    assert "było „propozycja do programu”, jest „pytanie”" in text_of(answer)
    assert ["question", "question"] == [each["category"] for each in office.records()]


@pytest.mark.dovecot
def test_what_a_late_reply_makes_plain_arrived_when_it_arrived(office: Office) -> None:
    """The neutral receipt promised that the first message's hour counts: it does."""
    first = begun(office, UNCLEAR, "2023-07-12 14:30")
    answer = write(office, "zgłaszamy 2 osoby na spotkanie", "2023-07-12 16:10", answers=first)
    record = office.records()[0]

    assert "Wiadomość wpłynęła" in first["Subject"]
    assert answer is not None
    assert "Zgłoszenie wpłynęło w terminie" in text_of(answer)
    assert ("attendance", {"attendance": "on_time"}) == (record["category"], record["timeliness"])


@pytest.mark.dovecot
def test_a_late_change_leaves_the_registration_on_time(office: Office) -> None:
    """What was on time stays on time; the change is recorded, late."""
    first = begun(office)
    answer = write(office, "będzie nas troje", "2023-07-12 17:00", answers=first)

    assert answer is not None
    assert "Liczba osób: było 2, jest 3" in text_of(answer)
    assert "Wcześniejsze potwierdzenie pozostaje ważne" in text_of(answer)


@pytest.mark.dovecot
def test_thanks_are_not_answered(office: Office) -> None:
    """Nothing changes, nobody writes."""
    first = begun(office)

    assert None is write(office, "Dziękuję, wszystko się zgadza.", "2023-07-11 13:00", answers=first)


@pytest.mark.dovecot
def test_a_stranger_who_answers_our_letter_changes_nothing(office: Office) -> None:
    """Who never wrote in the case may be a colleague, or have found the letter: a person looks first."""
    first = begun(office)
    answer = write(
        office, "jednak rezygnujemy", "2023-07-11 13:00", answers=first, sender="Obcy <obcy@inna-domena.example>"
    )
    record = office.records()[-1]

    assert answer is not None
    assert "Wykreśliliśmy" not in text_of(answer)
    assert ("colleague", True) == (record["review_reason"], record["review"])
