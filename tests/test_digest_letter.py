"""The digest: what staff read at half past seven, in both parts."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

import pytest
from selectolax.lexbor import LexborHTMLParser

from intake.errors import TemplateError
from intake.judgement import rules as office_rules
from intake.judgement.values import Category, Punctuality, Timeliness
from intake.letters import templates as office_templates
from intake.letters.digest import DigestLetter, compose_digest, mailto
from intake.letters.digest_facts import (
    Account,
    Debt,
    DebtState,
    Decision,
    DecisionKind,
    DigestFacts,
    Entry,
    Letters,
    Login,
    Seal,
    TopicCount,
    Totals,
)
from intake.letters.digest_rehearsal import rehearse
from intake.letters.facts import Enclosure, Office

ROOT = Path(__file__).parents[1]
WARSAW = ZoneInfo("Europe/Warsaw")
RULES = office_rules.load(ROOT / "rules", WARSAW)
TEMPLATES = office_templates.load(ROOT / "templates")
OFFICE = Office(name="Wydział Komunikacji Społecznej i Informacji", sender="konsultacje@um.torun.pl")
ON_TIME = Timeliness(attendance=Punctuality.ON_TIME)
LATE = Timeliness(attendance=Punctuality.LATE)
PROPOSED = Timeliness(proposal=Punctuality.ON_TIME)


def july(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """Return an instant of July 2023."""
    return datetime(2023, 7, day, hour, minute, second, tzinfo=WARSAW)


def account(mailbox: str = "konsultacje", **counts: Any) -> Account:
    """Return the account of a mailbox that works."""
    return Account(mailbox, f"{mailbox}@um.torun.pl", last_reached=july(13, 7, 29), **counts)


def quiet(day: int = 13, **changes: Any) -> DigestFacts:
    """Return a day on which nothing happened, with *changes*."""
    morning = july(day, 7, 30)
    accounts = tuple(
        replace(account(mailbox), last_reached=morning - timedelta(minutes=1)) for mailbox in ("konsultacje", "rsvp")
    )
    facts = DigestFacts(
        day=date(2023, 7, day),
        since=morning - timedelta(days=1),
        until=morning,
        message_id=f"<zestawienie.2023-07-{day}@um.torun.pl>",
        sender="konsultacje@um.torun.pl",
        recipients=("k.dabrowska@um.torun.pl",),
        accounts=accounts,
        totals=Totals(people=96, people_before=65, organisations=41, proposals=41, proposal_organisations=30),
    )
    return replace(facts, **changes)


def late(number: int, minute: int, people: int | None, organisation: str | None) -> Decision:
    """Return a registration that came *minute* minutes after the cutoff."""
    return Decision(
        kind=DecisionKind.LATE_ATTENDANCE,
        mailbox="rsvp",
        received=july(12, 15) + timedelta(minutes=minute),
        case=f"KONS-2023-{number:04}",
        personal=True,
        sender=f"biuro@ngo{number}.example",
        organisation=organisation,
        people=people,
        acknowledged=True,
        category=Category.ATTENDANCE,
    )


QUESTION = Decision(
    kind=DecisionKind.QUESTION,
    mailbox="konsultacje",
    received=july(12, 17, 20),
    case="KONS-2023-0086",
    sender="biuro@glos.example",
    organisation="Stowarzyszenie Głos",
    acknowledged=True,
    category=Category.QUESTION,
    excerpt="Czy będzie tłumacz języka migowego?",
)
LOCKED = Decision(
    kind=DecisionKind.UNREADABLE,
    mailbox="konsultacje",
    received=july(12, 18, 2),
    case="KONS-2023-0088",
    sender="zarzad@mosty.example",
    category=Category.PROPOSAL,
    enclosures=(Enclosure("uwagi.pdf", 1_800_000, readable=False), Enclosure("list.pdf", 2000)),
)
REFUSED = Decision(
    kind=DecisionKind.LETTER_FAILED,
    mailbox="rsvp",
    received=july(12, 9),
    case="KONS-2023-0075",
    sender="biuro@literowka.example",
    organisation="Klub Jesień",
    category=Category.PROPOSAL,
    problem="550 5.1.1 User unknown.",
)
PRIVATE = Decision(
    kind=DecisionKind.UNSURE,
    mailbox="rsvp",
    received=july(12, 19, 41),
    case="KONS-2023-0999",
    personal=True,
    sender="siostra@poczta.example",
    organisation="Poradnia Zdrowia",
    category=Category.ATTENDANCE,
    excerpt="W sobotę urodziny mamy",
    enclosures=(Enclosure("wyniki.pdf", 10, readable=False),),
)


def attendance(number: int, people: int | None = 2, timeliness: Timeliness = ON_TIME) -> Entry:
    """Return a new registration."""
    return Entry(
        f"KONS-2023-{number:04}",
        Category.ATTENDANCE,
        july(12, 9),
        timeliness,
        organisation=f"Fundacja {number}",
        people=people,
    )


def proposal(number: int, *topics: str, excerpt: str = "Więcej ławek.", supplement: bool = False) -> Entry:
    """Return a new proposal."""
    return Entry(
        f"KONS-2023-{number:04}",
        Category.PROPOSAL,
        july(12, 10),
        PROPOSED,
        organisation=f"Stowarzyszenie {number}",
        topics=topics,
        excerpt=excerpt,
        supplement=supplement,
    )


RICH = quiet(
    accounts=(
        account(seen=14, taken_in=12, automatic=2, unrelated=1),
        account("rsvp", seen=17, taken_in=15, automatic=1, private=1),
    ),
    decisions=(
        REFUSED,
        LOCKED,
        QUESTION,
        late(85, 309, 1, None),
        late(83, 21, 2, "Fundacja Druga Nuta"),
        late(84, 125, 2, "Fundacja Pod Progiem"),
        PRIVATE,
    ),
    entries=(
        attendance(70),
        attendance(71, None),
        attendance(83, 2, LATE),
        replace(attendance(37, 5), registered_before=True, people_before=3),
        Entry("KONS-2023-0015", Category.CANCELLATION, july(12, 11), Timeliness(), "Lokomotywa", people_before=1),
        proposal(90, "seniors", "priorities"),
        proposal(91, "procedure", supplement=True),
        proposal(88),
        Entry("KONS-2023-0034", Category.MIXED, july(12, 14), ON_TIME, "Ładna Historia", 2, topics=("forum",)),
        Entry("KONS-2023-0086", Category.QUESTION, july(12, 17, 20), Timeliness()),
    ),
    totals=Totals(
        registrations=45,
        people=96,
        people_before=65,
        organisations=41,
        organisations_before=30,
        without_people=1,
        late_registrations=3,
        late_people=5,
        proposals=34,
        proposals_before=29,
        proposal_organisations=27,
        topics=(TopicCount("priorities", 15), TopicCount("procedure", 9)),
        proposals_without_topic=2,
    ),
    letters=Letters(due=30, sent=26, failed=1, waiting=2, written_off=1, oldest_waiting=july(11, 9, 3)),
    debts=(
        Debt("KONS-2023-0061", "rsvp", july(11, 9, 2), july(11, 9, 4), DebtState.DEFERRED, 9, "451 4.7.1 Greylisted."),
        Debt("KONS-2023-0066", "konsultacje", july(12, 22), july(12, 22, 1), DebtState.WAITING),
        Debt("KONS-2023-0067", "konsultacje", july(12, 23), None, DebtState.UNWRITTEN),
    ),
    seal=Seal(318, "3f2a 91cc 07de 55ab 0c12"),
)
ALARM = replace(
    RICH,
    accounts=(
        replace(RICH.accounts[0], seen=15),
        replace(RICH.accounts[1], failing_since=july(13, 1, 30), last_error="[AUTHENTICATIONFAILED] No."),
    ),
)


def compose(facts: DigestFacts) -> DigestLetter:
    """Compose *facts* by the office's own rules and templates."""
    return compose_digest(facts, OFFICE, RULES.consultation, RULES.cutoffs, TEMPLATES, facts.until)


def plain(text: str) -> str:
    """Return *text* on one line, no-break spaces as spaces."""
    return " ".join(text.split())


def preheader(letter: DigestLetter) -> str:
    """Return what stands beside the subject in a list of letters."""
    found = LexborHTMLParser(letter.html).css_first(".preheader")
    assert found is not None
    return found.text()


def words_of_html(letter: DigestLetter) -> list[str]:
    """Return the words that the HTML part shows."""
    tree = LexborHTMLParser(letter.html)
    for hidden in tree.css(".preheader, style, title"):
        hidden.decompose()
    assert tree.body is not None
    return re.findall(r"\w+", tree.body.text(separator=" "))


def test_subject_says_how_much_is_to_decide() -> None:
    """The subject counts the decisions, like cases as one, and names the day."""
    letter = compose(RICH)

    assert letter.subject == "5 spraw do decyzji – konsultacje, 13 lipca"
    assert plain(letter.text.split("\n")[0]) == "5 spraw do decyzji"


def test_preheader_continues_the_subject() -> None:
    """The preheader tells what is urgent and the sums."""
    letter = compose(RICH)

    assert preheader(letter) == (
        "3 sprawy przed spotkaniem o godz. 16.00. Wpłynęło 31, rozliczono 31. Skrzynki i wysyłka działają."
    )


@pytest.mark.parametrize("facts", [RICH, ALARM, quiet(), quiet(25), replace(RICH, first=True)])
def test_preheader_fills_its_line(facts: DigestFacts) -> None:
    """A preheader has 60 to 110 characters, whatever the day was like."""
    assert 60 <= len(preheader(compose(facts))) <= 110


def test_summary_states_the_sums() -> None:
    """The first lines say from when to when, how much arrived, how many come and how much is to decide."""
    lines = [plain(line) for line in compose(RICH).text.split("\n")]

    assert lines[2:10] == [
        "Dzień dobry,",
        "",
        "od środy 12 lipca, godz. 7.30, do czwartku 13 lipca 2023 r., godz. 7.30:",
        "- Wpłynęło wiadomości: 31, rozliczono: 31. Skrzynki i wysyłka działają.",
        "- Spotkanie 13 lipca, godz. 16.00: 96 osób (wczoraj 65), 41 organizacji,",
        "zgłoszenia bez liczby osób: 1.",
        "- Do decyzji: 5 spraw, z tego 3 przed spotkaniem o godz. 16.00.",
        "",
    ]


def test_sections_stand_in_their_order() -> None:
    """Decisions stand before what is new, totals and dates last."""
    headings = [heading.text() for heading in LexborHTMLParser(compose(RICH).html).css("h2")]

    assert [plain(heading) for heading in headings] == [
        "Do decyzji: 5 spraw",
        "Nowe",
        "Potwierdzenia dla nadawców",
        "Zaległe potwierdzenia",
        "Razem w tych konsultacjach",
        "Propozycje według tematów",
        "Skrzynki",
        "Terminy",
    ]


def test_decisions_stand_by_deadline_and_like_ones_together() -> None:
    """The earliest deadline comes first; late registrations are one item; what can wait is last."""
    titles = [plain(line) for line in compose(RICH).text.split("\n") if re.match(r"[0-9]+\) ", line)]

    assert titles == [
        "1) Przed godz. 16.00: 3 zgłoszenia po terminie, razem 5 osób",
        "2) Przed godz. 16.00: pytanie czeka na odpowiedź od 14 godzin",
        "3) Przed godz. 16.00: 1 wiadomość w skrzynce rsvp, niejasna",
        "4) Do 31 lipca: załącznik, którego program nie odczytał",
        "5) Bez terminu: serwer nie przyjął potwierdzenia",
    ]


def test_a_late_registration_says_how_late() -> None:
    """Each late case has its number, organisation, people and lateness; what was not found is said to be missing."""
    text = plain(compose(RICH).text)

    assert "KONS-2023-0083 Fundacja Druga Nuta: 2 osoby, 21 minut po terminie" in text
    assert "KONS-2023-0084 Fundacja Pod Progiem: 2 osoby, 2 godziny po terminie" in text
    assert "KONS-2023-0085 organizacja: nie podano, 1 osoba, 5 godzin po terminie" in text


def test_a_decision_tells_what_to_open_and_what_the_server_said() -> None:
    """An unread file is named with its size, a refusal with the server's words; a file that was read is not named."""
    text = plain(compose(RICH).text)

    assert "Nieodczytany plik: uwagi.pdf, 1,8 MB" in text
    assert "list.pdf" not in text
    assert "Odpowiedź serwera: „550 5.1.1 User unknown”." in text


@pytest.mark.parametrize("kind", DecisionKind)
@pytest.mark.parametrize("hour", [7, 17])
def test_every_kind_of_decision_has_its_words(kind: DecisionKind, hour: int) -> None:
    """Each kind has a title, a suggestion and words beside others, before and after the meeting, known or unknown."""
    full = replace(
        QUESTION, kind=kind, also=tuple(DecisionKind), people=2, letters=3, problem="No", size=1, other_case="K"
    )
    bare = Decision(kind, "konsultacje", None)
    letter = compose(quiet(until=july(13, hour, 30), decisions=(full, bare)))

    assert letter.text.count("Podpowiedź: ") == len(re.findall(r"(?m)^[0-9]+\) ", letter.text))
    assert "  " not in LexborHTMLParser(letter.html).css("h3")[0].text()


def test_after_the_meeting_a_late_registration_needs_nothing() -> None:
    """What came too late for the meeting does not ask for an answer about places."""
    text = plain(compose(quiet(14, decisions=(late(1, 5, 2, "A"),))).text)

    assert "1) Bez terminu: zgłoszenie po terminie, 2 osoby" in text
    assert "spotkanie już się odbyło" in text
    assert "czy można przyjść" not in text


def test_nothing_is_promised_that_nobody_reads() -> None:
    """The digest takes no answer words yet, so it must not ask for any."""
    text = plain(compose(RICH).text)

    assert "odpisać na ten list" not in text
    assert not re.search(r"„[0-9]+ \w+”", text)


@pytest.mark.parametrize("facts", [RICH, ALARM, quiet(), quiet(25), replace(RICH, first=True)])
def test_both_parts_say_the_same(facts: DigestFacts) -> None:
    """Word for word, in the same order."""
    letter = compose(facts)

    assert words_of_html(letter) == re.findall(r"\w+", letter.text)


@pytest.mark.parametrize("facts", [RICH, ALARM, quiet()])
def test_text_is_set_in_72_columns(facts: DigestFacts) -> None:
    """No line is longer, none ends in a space, none is empty twice."""
    text = compose(facts).text

    assert max(map(len, text.split("\n"))) <= 72
    assert not re.search(r"[ \t]\n|\n\n\n", text)


def test_new_messages_are_counted_before_they_are_named() -> None:
    """Each kind says how many and how many people, and the counts of all kinds add up to the entries."""
    text = plain(compose(RICH).text)

    assert "- Zgłoszenia udziału: 3 (4 osoby), bez podanej liczby osób 1, po terminie 1 (2 osoby)" in text
    assert "- Zmiany w zgłoszeniach: 1 (o 2 osoby więcej) KONS-2023-0037 Fundacja 37: było 3, jest 5" in text
    assert "- Odwołania: 1 (o 1 osobę mniej)" in text
    assert "- Udział i propozycja w jednej wiadomości: 1 (2 osoby)" in text
    assert "- Propozycje: 3" in text
    assert "- Pytania: 1" in text


def test_proposals_stand_by_topic_in_the_order_of_the_rules() -> None:
    """A proposal with several topics stands once, under the first; the topicless stand last."""
    text = plain(compose(RICH).text)
    topics = re.findall(r"Temat (?:„([^”]+)”|(nierozpoznany)): 1", text)

    assert ["".join(topic) for topic in topics] == [
        "zadania priorytetowe",
        "procedura konkursowa",
        "Forum Organizacji",
        "nierozpoznany",
    ]
    assert text.count("KONS-2023-0090") == 1
    assert "KONS-2023-0091 Stowarzyszenie 91: uzupełnienie „Więcej ławek.”" in text


def test_excerpts_are_cut() -> None:
    """Of a proposal at most 160 characters are shown."""
    text = plain(compose(quiet(entries=(proposal(1, "forum", excerpt="ławka " * 100),))).text)
    found = re.search(r"„(ławka[^”]*)”", text)

    assert found is not None
    assert 120 < len(found[1]) <= 160
    assert found[1].endswith("…")


def test_an_empty_day_takes_a_few_lines() -> None:
    """A quiet day says so in its subject and first line, then how the accounts stand, and no more."""
    letter = compose(quiet(25))

    assert letter.subject == "Nic do decyzji – konsultacje, 25 lipca"
    assert plain(letter.text) == plain("""Nic do decyzji Dzień dobry,
        od poniedziałku 24 lipca, godz. 7.30, do wtorku 25 lipca 2023 r., godz. 7.30:
        - Wpłynęło wiadomości: 0, rozliczono: 0. Nic nie czeka na decyzję.
        - Skrzynka konsultacje odczytana o godz. 7.29. Skrzynka rsvp odczytana o godz. 7.29. Wysyłka działa.
        - Zaległe potwierdzenia: 0.
        - Propozycje razem: 41 od 30 organizacji. Termin: 31 lipca, za 6 dni.
        Ten list przychodzi także wtedy, gdy nic się nie dzieje. Jeśli go nie ma, coś nie działa.
        Konsultacje „Wspólnie o Programie na 2024 rok, I etap”, Wydział Komunikacji Społecznej i Informacji""")


def test_a_day_of_robots_and_private_mail_is_quiet_too() -> None:
    """What needs nobody is a number in the first line."""
    facts = quiet(accounts=(account(seen=3, automatic=2, private=1),))

    assert "rozliczono: 3. Bez odpowiedzi: automatyczne 2, prywatne 1 (nietknięte). Nic nie czeka" in plain(
        compose(facts).text
    )


def test_after_the_last_cutoff_no_date_is_left() -> None:
    """When all is over the digest says so."""
    facts = replace(RICH, since=july(31, 7, 30), until=datetime(2023, 8, 1, 7, 30, tzinfo=WARSAW), decisions=())

    assert "Terminy\n- Wszystkie terminy minęły.\n" in compose(facts).text


def test_an_alarm_stands_first_everywhere() -> None:
    """Sums that do not agree are the subject, the heading and the first fault, with what to do."""
    letter = compose(ALARM)
    text = plain(letter.text)

    assert letter.subject == "Skrzynka konsultacje: wpłynęło 15, rozliczono 14 – konsultacje, 13 lipca"
    assert "Wpłynęło wiadomości: 32, rozliczono: 31. Awarie: 2, opis niżej." in text
    assert "Skrzynki i wysyłka działają" not in text
    assert text.index("Awarie (stan na godz. 7.30)") < text.index("Do decyzji: 5 spraw Przy")


def test_a_mailbox_out_of_reach_is_told_with_its_hours() -> None:
    """Since when, what the server said, and that no message is lost."""
    text = plain(compose(ALARM).text)

    assert "Skrzynka rsvp (rsvp@um.torun.pl): bez odczytu od 6 godzin, czyli od 13 lipca, godz. 1.30." in text
    assert "Odpowiedź serwera: „[AUTHENTICATIONFAILED] No”." in text


def test_mailboxes_that_cancel_each_other_out_are_an_alarm() -> None:
    """One message too many here and one too few there do not balance."""
    facts = quiet(accounts=(account(seen=2, taken_in=1), account("rsvp", seen=1, taken_in=2)))

    assert compose(facts).subject.startswith("Skrzynka konsultacje: wpłynęło 2, rozliczono 1 –")


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        ({"accounts": (replace(account(), gap=True),)}, "Skrzynka konsultacje: nierozliczone wiadomości"),
        ({"accounts": (replace(account(), last_reached=None),)}, "Skrzynka konsultacje bez odczytu"),
        (
            {"accounts": (replace(account(), last_reached=july(13, 5, 29)),)},
            "Skrzynka konsultacje bez odczytu od 2 godzin",
        ),
        ({"letters": Letters(failing_since=july(13, 7, 9))}, "Wysyłka nie działa od 21 minut"),
        ({"letters": Letters(paused_since=july(13, 6, 29))}, "Potwierdzenia wstrzymane od 1 godziny"),
        ({"letters": Letters(due=2, sent=1)}, "Rachunek potwierdzeń się nie zgadza"),
    ],
)
def test_every_fault_reaches_the_subject(changes: dict[str, Any], subject: str) -> None:
    """Whatever is broken stands before anything else."""
    letter = compose(quiet(**changes))

    assert letter.subject == f"{subject} – konsultacje, 13 lipca"
    assert "Awarie: 1, opis niżej." in plain(letter.text)


@pytest.mark.parametrize(
    ("login", "said"),
    [
        (Login("rsvp", "k.dabrowska@um.torun.pl", date(2023, 7, 12)), "Hasło do skrzynki rsvp straciło ważność"),
        (Login("rsvp", "k.dabrowska@um.torun.pl", date(2023, 7, 13)), "Hasło do skrzynki rsvp traci ważność dziś"),
        (Login("rsvp", "k.dabrowska@um.torun.pl", date(2023, 7, 14)), "Hasło do skrzynki rsvp traci ważność jutro"),
        (Login("rsvp", "k.dabrowska@um.torun.pl", date(2023, 7, 15)), "Hasło do skrzynki rsvp traci ważność za 2 dni"),
        (Login(None, "konsultacje@um.torun.pl", date(2023, 7, 18)), "Hasło do wysyłki poczty traci ważność za 5 dni"),
    ],
)
def test_a_login_that_ends_is_told_before_it_ends(login: Login, said: str) -> None:
    """The day stands in the subject, its date in both parts."""
    letter = compose(quiet(expiring=(login,)))
    told = plain(letter.text)

    assert letter.subject == f"{said} – konsultacje, 13 lipca"
    assert f"{said}: {login.until.day} lipca 2023 r. (" in told
    assert said in plain(LexborHTMLParser(letter.html).text())


def test_a_mailbox_read_within_the_hour_is_no_fault() -> None:
    """A pause of exactly what is allowed is not yet silence."""
    facts = quiet(accounts=(replace(account(), last_reached=july(13, 6, 30)),))

    assert compose(facts).subject == "Nic do decyzji – konsultacje, 13 lipca"


def test_the_first_digest_says_so_and_counts_old_mail_apart() -> None:
    """It has no yesterday to compare with; what lay there before the opening is counted and is not an arrival."""
    first = replace(RICH, first=True, since=july(4, 0), accounts=(account(seen=315, taken_in=3, left_alone=312),))
    text = plain(compose(first).text)

    assert "to pierwsze zestawienie. Obejmuje czas od wtorku 4 lipca, godz. 0.00, do czwartku 13 lipca 2023 r." in text
    assert "Wpłynęło wiadomości: 3, rozliczono: 3." in text
    assert "Sprzed otwarcia konsultacji: 312 (policzone, nietknięte)" in text
    assert "wczoraj" not in text


def test_after_a_weekend_the_comparison_is_not_yesterdays() -> None:
    """On Monday the earlier number is called the previous one."""
    text = plain(compose(quiet(10, since=july(7, 7, 30))).text)

    assert "od piątku 7 lipca, godz. 7.30, do poniedziałku 10 lipca 2023 r." in text
    assert "96 osób (poprzednio 65)" in text


def test_known_mail_of_a_restored_mailbox_is_not_an_arrival() -> None:
    """What was taken in before is counted apart."""
    text = plain(compose(quiet(accounts=(account(seen=5001, taken_in=1, known=5000),), entries=(attendance(1),))).text)

    assert "Wpłynęło wiadomości: 1, rozliczono: 1." in text
    assert "Przyjęte już wcześniej: 5000" in text


@pytest.mark.parametrize("kind", [DecisionKind.UNSURE, DecisionKind.QUARANTINED, DecisionKind.LATE_ATTENDANCE])
def test_of_private_mail_nothing_is_told(kind: DecisionKind) -> None:
    """What is unsure in a person's own mailbox shows as mailbox and time, even where the records handed over more."""
    hidden = replace(PRIVATE, kind=kind, also=(DecisionKind.UNSURE,))
    entry = Entry("KONS-2023-0999", Category.PROPOSAL, PRIVATE.received, PROPOSED, "Poradnia", excerpt="urodziny mamy")
    letter = compose(quiet(decisions=(hidden,), entries=(entry,)))
    shown = f"{letter.subject} {letter.text} {letter.html}"

    assert "12 lipca, godz. 19.41" in plain(letter.text)
    for secret in ("siostra", "Poradnia", "urodziny", "wyniki", "0999", "po terminie"):
        assert secret not in shown
    assert "- Niejasne: 1" in letter.text


def test_private_messages_of_a_mailbox_are_one_item() -> None:
    """Several are one decision: to look into the mailbox."""
    other = replace(PRIVATE, received=july(12, 20, 5))

    assert compose(quiet(decisions=(PRIVATE, other))).subject == "1 sprawa do decyzji – konsultacje, 13 lipca"


@pytest.mark.parametrize("count", [1, 2, 5, 12, 22, 25, 112])
def test_numbers_take_their_forms(count: int) -> None:
    """1 sprawa, 2 sprawy, 5 spraw, 12 spraw, 22 sprawy; of people likewise."""
    questions = tuple(replace(QUESTION, case=f"KONS-2023-{number:04}") for number in range(count))
    letter = compose(quiet(decisions=questions, totals=Totals(people=count, organisations=count)))
    forms = {1: ("sprawa", "osoba", "organizacja"), 2: ("sprawy", "osoby", "organizacje")}
    matters, people, organisations = forms.get(2 if count in {2, 22} else count, ("spraw", "osób", "organizacji"))

    assert letter.subject.startswith(f"{count} {matters} do decyzji")
    assert f": {count} {people} (wczoraj 0), {count} {organisations}." in plain(letter.text)


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (timedelta(seconds=1), "1 sekundę"),
        (timedelta(seconds=41), "41 sekund"),
        (timedelta(minutes=1), "1 minutę"),
        (timedelta(minutes=22), "22 minuty"),
        (timedelta(hours=1), "1 godzinę"),
        (timedelta(hours=16), "16 godzin"),
    ],
)
def test_lateness_is_told_as_people_tell_it(after: timedelta, words: str) -> None:
    """In one unit, in its form."""
    decision = replace(late(1, 0, 2, "A"), received=july(12, 15) + after)

    assert f"A: 2 osoby, {words} po terminie" in plain(compose(quiet(decisions=(decision,))).text)


HOSTILE = "<script>alert(1)</script> {{ 7*7 }} https://evil.example/x www.evil.example\r\nBcc: x@evil.example\u202egpj"


def test_hostile_strings_stay_inert() -> None:
    """Markup, templates, links and line breaks of strangers do nothing, wherever they stand."""
    decision = replace(
        LOCKED,
        organisation=HOSTILE,
        excerpt=HOSTILE,
        problem=HOSTILE,
        sender="a@b.example\r\nBcc: x@evil.example",
        enclosures=(Enclosure(HOSTILE, 5, readable=False),),
    )
    entry = replace(proposal(1, "forum", excerpt=HOSTILE), organisation=HOSTILE)
    broken = replace(account(), last_error=HOSTILE, failing_since=july(13, 1))
    letter = compose(quiet(decisions=(decision,), entries=(entry,), accounts=(broken,)))
    parsed = message_from_bytes(letter.raw, policy=default)

    assert not LexborHTMLParser(letter.html).css("script, img, iframe, form")
    assert LexborHTMLParser(letter.html).css("a") == []
    for part in (letter.text, letter.html):
        assert "evil.example" not in part
        assert "\u202e" not in part
        assert "{{ 7*7 }}" in part
    assert "Bcc" not in parsed


def test_links_open_a_letter_to_the_sender() -> None:
    """The link text is the address, its target a letter with the case in its subject."""
    link = LexborHTMLParser(compose(quiet(decisions=(QUESTION,))).html).css_first("a")
    assert link is not None
    target = urlsplit(str(link.attributes["href"]))

    assert (target.scheme, unquote(target.path)) == ("mailto", "biuro@glos.example")
    assert parse_qs(target.query) == {"subject": ["Odpowiedź na Państwa pytanie [KONS-2023-0086]"]}
    assert link.text() == "biuro@glos.example"


def test_an_address_cannot_add_fields_to_a_link() -> None:
    """Everything that means something in a mailto link is encoded."""
    assert (
        mailto("a?bcc=x&y%z@b.example", "T & ?ó") == "mailto:a%3Fbcc%3Dx%26y%25z@b.example?subject=T%20%26%20%3F%C3%B3"
    )


@pytest.mark.parametrize("kind", [DecisionKind.SENDER, DecisionKind.LETTER_FAILED])
def test_an_address_that_is_not_to_be_trusted_is_no_link(kind: DecisionKind) -> None:
    """Where it is unclear who wrote, or the address takes no mail, nothing can be clicked."""
    assert not LexborHTMLParser(compose(quiet(decisions=(replace(QUESTION, kind=kind),))).html).css("a")


def test_five_hundred_new_cases_fit() -> None:
    """Long lists are shortened and say by how much; the HTML stays under 60 kB."""
    entries = tuple(attendance(number) for number in range(300))
    entries += tuple(
        proposal(number, RULES.consultation.topic[number % 5].id, excerpt="Zażółć gęślą jaźń <&> " * 20)
        for number in range(300, 500)
    )
    letter = compose(replace(RICH, entries=entries))

    assert len(letter.html.encode()) < 60_000
    assert "- Zgłoszenia udziału: 300 (600 osób)" in plain(letter.text)
    assert re.search(r"… i [0-9]+ dalsz(a|e|ych)\b", plain(letter.text))
    assert words_of_html(letter) == re.findall(r"\w+", letter.text)


def test_decisions_are_never_cut() -> None:
    """However many there are, each stands in both parts, and what is new gives way."""
    questions = tuple(replace(QUESTION, case=f"KONS-2023-{number:04}") for number in range(2000, 2400))
    letter = compose(replace(RICH, decisions=questions, entries=tuple(attendance(number) for number in range(100))))

    for number in range(2000, 2400):
        assert f"KONS-2023-{number:04}" in letter.text
        assert f"KONS-2023-{number:04}" in letter.html
    assert "… i 100 dalszych" in plain(letter.text)


def test_one_entry_more_than_there_is_room_for_is_shown() -> None:
    """To say "and one more" would take the line of that one."""
    text = plain(compose(quiet(entries=tuple(attendance(number) for number in range(26)))).text)

    assert "KONS-2023-0025" in text
    assert "dalsz" not in text


def parsed(letter: DigestLetter) -> EmailMessage:
    """Return the letter as a mail program reads it."""
    message = message_from_bytes(letter.raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def test_header_fields() -> None:
    """A digest is from the office to its staff, made by a program, and wants no automatic answer."""
    message = parsed(compose(RICH))
    names = ("From", "To", "Auto-Submitted", "X-Auto-Response-Suppress", "Message-ID", "Content-Language", "Date")

    assert [str(message[name]) for name in names] == [
        "Urząd Miasta Torunia – konsultacje <konsultacje@um.torun.pl>",
        "k.dabrowska@um.torun.pl",
        "auto-generated",
        "All",
        "<zestawienie.2023-07-13@um.torun.pl>",
        "pl",
        "Thu, 13 Jul 2023 07:30:00 +0200",
    ]
    assert message["Subject"] == "5 spraw do decyzji – konsultacje, 13 lipca"


def test_the_bytes_are_for_any_relay_and_hold_both_parts() -> None:
    """7-bit lines of CRLF; the plainer part first; composing again gives the same bytes."""
    letter = compose(RICH)
    parts = [part.get_content() for part in parsed(letter).iter_parts() if isinstance(part, EmailMessage)]

    assert letter.raw.isascii()
    assert max(map(len, letter.raw.split(b"\r\n"))) <= 998
    assert [part.replace("\r\n", "\n").rstrip() for part in parts] == [letter.text.rstrip(), letter.html.rstrip()]
    assert compose(RICH).raw == letter.raw


def test_the_page_is_made_for_reading_programs() -> None:
    """Language, title, one h1, data tables with row headers, layout tables marked as such, nothing remote."""
    tree = LexborHTMLParser(compose(RICH).html)
    title = tree.css_first("title")
    tables = tree.css("table:not([role=presentation])")

    assert title is not None
    assert title.text() == "5 spraw do decyzji – konsultacje, 13 lipca"
    assert [node.attributes["lang"] for node in tree.css("[lang]")] == ["pl", "pl"]
    assert len(tree.css("h1")) == 1
    assert tables
    assert all(table.css("th[scope=row]") for table in tables)
    assert not tree.css("[src], link, script")


@pytest.mark.parametrize("name", ["digest.words.j2", "digest.text.j2", "digest.html.j2"])
def test_a_mistake_in_a_template_names_its_file(name: str, tmp_path: Path) -> None:
    """A template that asks for what is not there is the office's mistake, told with its file."""
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    path = tmp_path / "templates" / "pl" / name
    path.write_text(path.read_text(encoding="utf-8").replace("d.until", "d.untill").replace("d.items", "d.itemz"))
    templates = office_templates.load(tmp_path / "templates")

    with pytest.raises(TemplateError, match=re.escape(name)):
        compose_digest(RICH, OFFICE, RULES.consultation, RULES.cutoffs, templates, RICH.until)


def test_a_digest_to_nobody_can_still_be_printed() -> None:
    """Without recipients it is composed all the same."""
    assert parsed(compose(quiet(recipients=())))["Subject"] == "Nic do decyzji – konsultacje, 13 lipca"


def test_the_shipped_templates_pass_their_rehearsal() -> None:
    """Every sentence can be said."""
    rehearse(OFFICE, RULES.consultation, RULES.cutoffs, TEMPLATES)


@pytest.mark.parametrize(
    "sentence",
    [
        "zajrzeć do skrzynki",
        '{{ told(e, "nie było zgłoszenia") }}',
        "o {{ n.difference|counted",
        "o {{ (-n.difference)|counted",
        "Usunięte ze skrzynki",
        "Wszystkie terminy minęły",
        "Najstarsze czeka",
        "ani razu nie udało się",
        "spotkanie już się odbyło",
        "… i {{",
    ],
)
def test_a_rehearsal_reaches_rare_sentences(sentence: str, tmp_path: Path) -> None:
    """A mistake in a sentence that most mornings never say is found at start."""
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    path = tmp_path / "templates" / "pl" / "digest.words.j2"
    source = path.read_text(encoding="utf-8")
    assert sentence in source
    path.write_text(source.replace(sentence, "{{ nobody }}" + sentence), encoding="utf-8")

    with pytest.raises(TemplateError, match="'nobody' is undefined"):
        rehearse(OFFICE, RULES.consultation, RULES.cutoffs, office_templates.load(tmp_path / "templates"))


def test_people_whom_nobody_counted_are_not_none() -> None:
    """Where no message names a number, no sum of people is told."""
    nameless = tuple(late(number, 5, None, "A") for number in (1, 2))
    text = plain(compose(quiet(decisions=nameless, entries=(attendance(1, None),))).text)

    assert "1) Przed godz. 16.00: 2 zgłoszenia po terminie, bez podanej liczby osób: 2" in text
    assert "- Zgłoszenia udziału: 1, bez podanej liczby osób 1" in text
    assert "0 osób" not in text


@pytest.mark.parametrize(
    "line",
    [
        "KONS-2023-0061: wiadomość z 11 lipca, godz. 9.02, skrzynka rsvp, serwer jeszcze nie przyjął: 451 4.7.1",
        "Greylisted., należne od 11 lipca, godz. 9.04, prób: 9",
        "KONS-2023-0066: wiadomość z 12 lipca, godz. 22.00, skrzynka konsultacje, jeszcze nie wysłane, należne od 12",
        "KONS-2023-0067: wiadomość z 12 lipca, godz. 23.00, skrzynka konsultacje, potwierdzenie nie powstało: to błąd",
    ],
)
def test_an_owed_answer_is_named(line: str) -> None:
    """Staff reads whom we owe an answer, since when, and why it has not left."""
    letter = compose(RICH)

    assert line in plain(letter.text)
    assert line in plain(LexborHTMLParser(letter.html).text())


def test_debts_beyond_the_room_are_counted() -> None:
    """A relay that was down all night fills no page."""
    debt = RICH.debts[1]
    letter = compose(replace(RICH, debts=(debt,) * 200))

    assert re.search(r"… i 1[0-9]{2} dalszych", plain(letter.text))


@pytest.mark.parametrize("facts", [RICH, quiet(seal=RICH.seal)])
def test_the_head_of_the_chain_is_printed_every_day(facts: DigestFacts) -> None:
    """On a quiet day too, as verify reads it: whoever keeps the letter can tell later what was changed."""
    letter = compose(facts)

    assert "Pieczęć zapisu 318: 3f2a 91cc 07de 55ab 0c12" in plain(letter.text)
    assert "Pieczęć zapisu 318: 3f2a 91cc 07de 55ab 0c12" in plain(LexborHTMLParser(letter.html).text())


def test_a_letter_that_was_written_off_is_accounted_for() -> None:
    """It is no letter of which nobody knows what became of it."""
    even = compose(quiet(letters=Letters(due=3, sent=2, written_off=1)))
    odd = compose(quiet(letters=Letters(due=3, sent=2)))

    assert ("Rachunek" not in even.subject, "Rachunek" in odd.subject) == (True, True)
