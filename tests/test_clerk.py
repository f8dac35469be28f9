"""Staff decide by mail: through real IMAP and SMTP, from the digest to the corrected letter and back."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from intake import config as office_config
from intake.worker import morning
from intake.worker.desk import prepare
from tests.office import Office, furnish, letter, text_of, warsaw
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Sink

pytestmark = pytest.mark.dovecot
STAFF = "Kinga Dąbrowska <k.dabrowska@um.torun.pl>"
LATE = "Dzień dobry, potwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak, Fundacja Przystań\n"
ASKS = "Dzień dobry, czy na spotkaniu będzie tłumacz języka migowego?\n\nEwa Głos\n"
PROPOSES = "Proponujemy uprościć sprawozdania z małych dotacji.\n\nJan Lis, Stowarzyszenie Brzeg\n"


@pytest.fixture
def office(tmp_path: Path, dovecot: Dovecot, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Give an office whose server vouches for senders, on the morning after the cutoff of attendance."""
    monkeypatch.setenv("INTAKE_ACTIONS_KEY", "klucz-do-odnośników")
    office = furnish(tmp_path, dovecot, sink)
    rules = tmp_path / "rules"
    shutil.copytree(Path(__file__).parents[1] / "rules", rules)
    automatic = rules / "automatic.toml"
    automatic.write_text(
        automatic.read_text(encoding="utf-8").replace("servers = []", 'servers = ["mx.um.torun.pl"]', 1),
        encoding="utf-8",
    )
    path = tmp_path / "config.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("[digest]", '[digest]\nactions_key = { env = "INTAKE_ACTIONS_KEY" }'),
        encoding="utf-8",
    )
    office.desk = prepare(office_config.load(path), office.desk.clock)
    office.now = warsaw("2023-07-12 16:00")
    office.mail("konsultacje", letter(LATE), "2023-07-12 15:21")
    office.mail("konsultacje", letter(ASKS, sender="Ewa <ewa@glos.example>", subject="pytanie"), "2023-07-12 15:40")
    office.mail("konsultacje", letter(PROPOSES, sender="Jan Lis <jan@brzeg.example>"), "2023-07-12 15:50")
    office.poll()
    office.drain()
    office.now = warsaw("2023-07-13 07:30")
    morning.write(office.desk, office.now.date())
    office.drain()
    return office


def digest(office: Office) -> EmailMessage:
    """Return the last digest that left."""
    return [each for each in office.letters() if "zestawienie." in each["Message-ID"]][-1]


def vouched(raw: bytes, result: str = "pass") -> bytes:
    """Return a message as our server hands it over: with what it found out about the sender."""
    return (
        f"Authentication-Results: mx.um.torun.pl; dmarc={result} header.from=um.torun.pl\r\n"
        "Received: from [10.0.0.7] by mx.um.torun.pl; Thu, 13 Jul 2023 07:40:00 +0200\r\n"
    ).encode() + raw


def number_of(office: Office, words: str) -> int:
    """Return the number of the decision that tells *words*."""
    text = digest(office).get_body(("plain",)).get_content().replace("\u00a0", " ")  # type: ignore[union-attr]
    item = next(part for part in re.split(r"\n(?=[0-9]+\) )", text) if words in " ".join(part.split()))
    return int(re.match(r"([0-9]+)\)", item)[1])  # type: ignore[index]


def reply(
    office: Office, text: str, *, to: str | None = None, sender: str = STAFF, result: str = "pass"
) -> list[EmailMessage]:
    """Answer the digest, or the letter *to*; return the letters that left then."""
    office.now += timedelta(minutes=1)
    answered = to or digest(office)["Message-ID"]
    raw = letter(text, sender=sender, subject="Re: zestawienie", In_Reply_To=answered, References=answered)
    office.mail("konsultacje", vouched(raw, result), office.now.strftime("%Y-%m-%d %H:%M"))
    before = len(office.letters())
    office.poll()
    office.drain()
    return office.letters()[before:]


def case(office: Office, sender: str) -> dict[str, object]:
    """Return the record of a sender's message."""
    return next(each for each in office.records() if each["sender"]["address"] == sender)


def test_a_correction_reaches_case_sender_and_staff_and_is_undone(office: Office) -> None:
    """One short answer; the sender gets before and after, staff what changed; „cofnij” takes it all back."""
    number = number_of(office, "Fundacja Przystań")
    before = office.records()[:3]
    told, answer = sorted(
        reply(office, f"{number}: 4 osoby"), key=lambda each: str(each["To"]) != "anna@fundacja-przystan.example"
    )
    changed = case(office, "anna@fundacja-przystan.example")
    undone = reply(office, "cofnij", to=answer["Message-ID"])

    assert 4 == changed["people"]
    assert "Liczba osób: było 2, jest 4" in text_of(told)
    assert ("auto-generated", "k.dabrowska@um.torun.pl") == (answer["Auto-Submitted"], answer["To"])
    assert "liczba osób: było 2, jest 4" in text_of(answer)
    assert "Liczba osób: było 4, jest 2" in text_of(undone[0])
    assert before == office.records()[:3]


def test_several_decisions_in_one_answer(office: Office) -> None:
    """What was late stays on the list by the office's decision; the question is done; nothing returns tomorrow."""
    letters = reply(office, "Dzień dobry,\nwszystkie tak\n\nPozdrawiam\nKinga")
    office.now = warsaw("2023-07-14 07:30")
    morning.write(office.desk, office.now.date())
    office.drain()

    assert ["k.dabrowska@um.torun.pl"] == [each["To"] for each in letters]
    assert "uznane mimo terminu" in text_of(letters[0])
    assert "Odpowiedź: „1" not in text_of(digest(office))
    assert "late" == case(office, "anna@fundacja-przystan.example")["timeliness"]["attendance"]  # type: ignore[index]


def test_a_decision_returns_until_it_is_settled(office: Office) -> None:
    """An unanswered question does not leave the digest after a day."""
    office.now = warsaw("2023-07-14 07:30")
    morning.write(office.desk, office.now.date())
    office.drain()

    assert "tłumacz języka migowego" in text_of(digest(office))


def test_the_kind_is_corrected_and_the_sender_told(office: Office) -> None:
    """A question that was a proposal: the case proposes, in time, and its sender knows."""
    number = number_of(office, "tłumacz")
    letters = reply(office, f"{number} propozycja")

    assert "proposal" == case(office, "ewa@glos.example")["category"]
    assert any("było „pytanie”, jest „propozycja do programu”" in text_of(each) for each in letters)


def test_a_question_is_answered_with_the_standard_text(office: Office) -> None:
    """The facts of the meeting leave as a letter of their own, and the question is closed."""
    letters = reply(office, f"{number_of(office, 'tłumacz')} odpowiedz")

    assert {"ewa@glos.example", "k.dabrowska@um.torun.pl"} == {each["To"] for each in letters}
    assert any("Odpowiedź na Państwa pytanie" in each["Subject"] for each in letters)


def test_what_came_by_phone_is_entered(office: Office) -> None:
    """Read by the same rules, counted, its channel told, and nobody written to."""
    letters = reply(office, "tel.: Fundacja Latarnia zgłasza udział, będą 2 osoby")
    entered = office.records()[-1] if office.records()[-1]["category"] == "attendance" else office.records()[-2]

    assert ("attendance", 2, "Fundacja Latarnia") == (entered["category"], entered["people"], entered["organisation"])
    assert ["k.dabrowska@um.torun.pl"] == [each["To"] for each in letters]


def test_an_address_is_answered_no_more(office: Office) -> None:
    """Staff say so; the next letter of that address is recorded and not answered."""
    reply(office, "nie odpowiadaj anna@fundacja-przystan.example")
    office.mail("konsultacje", letter("Jednak przyjdą trzy osoby na spotkanie 13 lipca."), "2023-07-13 08:00")
    office.poll()

    assert "none" == office.records()[-1]["acknowledgement"]["status"]


def test_what_is_not_understood_is_said_back(office: Office) -> None:
    """Nothing is guessed; the rest of the letter is carried out."""
    letters = reply(office, "99 tak\nproszę zadzwonić do pani Nowak")

    assert "w tamtym zestawieniu nie ma takiego numeru" in text_of(letters[0])
    assert "tych słów program nie rozumie" in text_of(letters[0])


@pytest.mark.parametrize(
    ("sender", "result", "told"),
    [
        (STAFF, "fail", "nie potwierdził, że list wysłał ten nadawca"),
        ("konsultacje@um.torun.pl", "pass", "nie należy do osób, które mogą decydować"),
    ],
)
def test_who_is_not_vouched_for_decides_nothing(office: Office, sender: str, result: str, told: str) -> None:
    """A forged From is easily written: staff alone hear of it, and nothing changes."""
    before = office.records()[:3]
    letters = reply(office, "wszystkie nie", sender=sender, result=result)

    assert before == office.records()[:3]
    assert ["k.dabrowska@um.torun.pl"] == [each["To"] for each in letters]
    assert told in text_of(letters[0])


def test_a_stranger_who_quotes_the_digest_decides_nothing(office: Office) -> None:
    """Knowing the Message-ID is not enough: it is a message like any other."""
    before = office.records()[:3]
    reply(office, "wszystkie nie", sender="Obcy <obcy@zly.example>")

    assert before == office.records()[:3]


def tap(office: Office, words: str) -> tuple[str, str]:
    """Return subject and body of the letter that a link of the digest writes."""
    html = digest(office).get_body(("html",)).get_content()  # type: ignore[union-attr]
    links = re.findall(r'href="(mailto:[^"]+body=[^"]+)"', html)
    for link in links:
        query = parse_qs(urlsplit(link.replace("&amp;", "&")).query)
        body = unquote(query["body"][0])
        if body.split("\r\n")[0] == words:
            return query["subject"][0], body
    raise AssertionError(words)


def send_link(office: Office, body: str, sender: str = STAFF) -> list[EmailMessage]:
    """Send what a link wrote; return the letters that left then."""
    office.now += timedelta(minutes=1)
    raw = letter(body, sender=sender, subject="Decyzja", Message_ID=f"<{office.now:%H%M%S}@um.torun.pl>")
    office.mail("konsultacje", vouched(raw), office.now.strftime("%Y-%m-%d %H:%M"))
    before = len(office.letters())
    office.poll()
    office.drain()
    return office.letters()[before:]


def test_a_link_works_once(office: Office) -> None:
    """A tap is enough; a second one, or a forwarded link, is told and changes nothing."""
    number = number_of(office, "tłumacz")
    _, body = tap(office, f"{number} gotowe")
    first = send_link(office, body)
    second = send_link(office, body)

    assert "bez zmian w zapisie, sprawa zamknięta" in text_of(first[0])
    assert "ten odnośnik był już użyty" in text_of(second[0])


def test_a_link_is_bound_to_its_words_person_and_time(office: Office) -> None:
    """Other words, a forged code, another person, an expired one: refused."""
    number = number_of(office, "Fundacja Przystań")
    _, body = tap(office, f"{number} tak")
    before = office.records()[:3]
    other_words = send_link(office, body.replace("tak", "nie", 1))
    forged = send_link(office, re.sub(r"[0-9a-f]{32}", "0" * 32, body))
    office.now += timedelta(days=20)
    expired = send_link(office, body)

    assert before == office.records()[:3]
    assert "kod z odnośnika nie pasuje" in text_of(other_words[0])
    assert "kod z odnośnika nie pasuje" in text_of(forged[0])
    assert "ten odnośnik już wygasł" in text_of(expired[0])


def test_a_staff_letter_with_a_copy_to_the_mailbox_is_no_case(office: Office) -> None:
    """An official's own answer to a citizen is neither counted nor answered."""
    raw = letter("Dzień dobry, tak, tłumacz będzie.", sender=STAFF, to="ewa@glos.example", subject="Re: pytanie")
    office.mail("konsultacje", vouched(raw), "2023-07-13 08:00")
    before = len(office.letters())
    office.poll()
    office.drain()

    assert before == len(office.letters())
    assert None is office.records()[-1]["case"]
