"""Staff decide by mail: through real IMAP and SMTP, from the digest to the corrected letter and back."""

from __future__ import annotations

import email
import re
import shutil
import zlib
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from sqlalchemy import select

from intake import config as office_config
from intake.delivery import outbox
from intake.records import reach, retention
from intake.records.audit import audit
from intake.records.store import Base, Case, Original, Outgoing
from intake.worker import clerk, morning
from intake.worker.desk import prepare
from tests.office import Office, furnish, letter, text_of, warsaw
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Sink

pytestmark = pytest.mark.dovecot
KEY = "klucz-do-odnośników"
STAFF = "Kinga Dąbrowska <k.dabrowska@um.torun.pl>"
LATE = "Dzień dobry, potwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak, Fundacja Przystań\n"
ASKS = "Dzień dobry, czy na spotkaniu będzie tłumacz języka migowego?\n\nEwa Głos\n"
PROPOSES = "Proponujemy uprościć sprawozdania z małych dotacji.\n\nJan Lis, Stowarzyszenie Brzeg\n"


@pytest.fixture(scope="module")
def vouching(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give rules that name the server that vouches for senders; one folder, so that one process reads for all."""
    rules = Path(shutil.copytree(Path(__file__).parents[1] / "rules", tmp_path_factory.mktemp("vouching") / "rules"))
    automatic = rules / "automatic.toml"
    automatic.write_text(
        automatic.read_text(encoding="utf-8").replace("servers = []", 'servers = ["mx.um.torun.pl"]', 1),
        encoding="utf-8",
    )
    return rules


@pytest.fixture
def office(tmp_path: Path, dovecot: Dovecot, sink: Sink, vouching: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Give an office whose server vouches for senders, on the morning after the cutoff of attendance."""
    monkeypatch.setenv("INTAKE_ACTIONS_KEY", KEY)
    office = furnish(tmp_path, dovecot, sink)
    path = tmp_path / "config.toml"
    text = path.read_text(encoding="utf-8").replace(
        "[digest]", '[digest]\nactions_key = { env = "INTAKE_ACTIONS_KEY" }'
    )
    path.write_text(f'{text}\n[paths]\nrules = "{vouching}"\n', encoding="utf-8")
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
    own = f"<{office.now:%H%M%S}.{len(office.letters())}@um.torun.pl>"
    thread = {"In_Reply_To": answered, "References": answered}
    raw = letter(text, sender=sender, subject="Re: zestawienie", Message_ID=own, **thread)
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


def test_the_same_mail_in_both_mailboxes_decides_once(office: Office) -> None:
    """Staff answer with a copy to themselves; what they enter is entered once, and told once."""
    answered = digest(office)["Message-ID"]
    raw = vouched(letter("tel.: Fundacja Latarnia, 2 osoby", sender=STAFF, In_Reply_To=answered))
    office.mail("konsultacje", raw, "2023-07-13 08:00")
    office.mail("rsvp", raw, "2023-07-13 08:00")
    before = len(office.letters())
    office.poll()
    office.poll()
    office.drain()

    assert 1 == len(office.letters()) - before
    assert 1 == sum(each["organisation"] == "Fundacja Latarnia" for each in office.records())


def test_a_crash_carries_nothing_out_in_part(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one mail says is one transaction: after a crash it is all done at the next look, once."""
    number = number_of(office, "tłumacz")
    answered = digest(office)["Message-ID"]
    text = f"tel.: Fundacja Latarnia, 2 osoby\n{number} gotowe"
    office.mail("konsultacje", vouched(letter(text, sender=STAFF, In_Reply_To=answered)), "2023-07-13 08:00")

    def crash(name: str) -> None:
        if name == "ordered":
            raise KeyboardInterrupt

    monkeypatch.setattr("intake.failpoints.reach", crash)
    with pytest.raises(KeyboardInterrupt):
        office.poll()
    monkeypatch.undo()
    monkeypatch.setenv("INTAKE_ACTIONS_KEY", KEY)
    half_done = [each for each in office.records() if each["organisation"] == "Fundacja Latarnia"]
    clerk.work(office.desk)
    clerk.work(office.desk)
    office.drain()

    assert [] == half_done
    assert 1 == sum(each["organisation"] == "Fundacja Latarnia" for each in office.records())
    assert "Wykonane: 2" == office.letters()[-1]["Subject"]


def test_a_no_to_a_late_change_keeps_what_was_on_time(office: Office) -> None:
    """Who registered in time and wants more places too late stays with the places they had."""
    office.now = warsaw("2023-07-10 12:00")
    office.mail("konsultacje", letter(LATE, sender="Ola <ola@most.example>"), "2023-07-10 11:00")
    office.poll()
    office.drain()
    receipt = office.letters()[-1]["Message-ID"]
    office.now = warsaw("2023-07-12 17:00")
    change = letter("Jednak będzie pięć osób.", sender="Ola <ola@most.example>", In_Reply_To=receipt)
    office.mail("konsultacje", change, "2023-07-12 16:30")
    office.poll()
    number = next_morning(office, "2023-07-13 07:31", "KONS-2023-0004")
    letters = reply(office, f"{number} nie")
    standing = case_of(office, "KONS-2023-0004")

    assert (True, 2, "on_time") == (standing.attends, standing.people, standing.attendance)
    assert any("Liczba osób: było 5, jest 2" in text_of(each) for each in letters)


def test_a_plain_yes_says_nothing_where_two_things_may_be_meant(office: Office) -> None:
    """Two registrations of one organisation: nothing is guessed, and the words that would settle it are told."""
    twice = letter(LATE, sender="Biuro <biuro@fundacja-przystan.example>")
    office.mail("konsultacje", twice, "2023-07-13 07:30")
    office.now = warsaw("2023-07-13 07:31")
    office.poll()
    number = next_morning(office, "2023-07-14 07:30", "KONS-2023-0004", before_meeting=True)
    (answer,) = reply(office, f"{number} tak")

    assert f"Tę sprawę rozstrzyga: „{number} zmiana”, „{number} osobno”" in text_of(answer)


def test_a_change_takes_the_earlier_place_and_its_punctuality_and_is_undone(office: Office) -> None:
    """One organisation is counted once; „cofnij” brings both registrations back."""
    office.now = warsaw("2023-07-10 12:00")
    office.mail("konsultacje", letter(LATE, sender="Ola <ola@most.example>"), "2023-07-10 11:00")
    office.mail("konsultacje", letter(LATE, sender="Jan <jan@most.example>"), "2023-07-10 11:30")
    office.poll()
    office.drain()
    number = next_morning(office, "2023-07-13 07:31", "KONS-2023-0005")
    answer = reply(office, f"{number} zmiana")[-1]
    changed = [case_of(office, f"KONS-2023-000{each}").attends for each in (4, 5)]
    reply(office, "cofnij", to=answer["Message-ID"])

    assert [False, True] == changed
    assert [True, True] == [case_of(office, f"KONS-2023-000{each}").attends for each in (4, 5)]


def test_an_entry_and_a_silence_are_undone_too(office: Office) -> None:
    """What was entered counts no more, and the address is answered again."""
    answer = reply(office, "osobiście: Klub Most, 3 osoby\nnie odpowiadaj nowy@x.example")[-1]
    entered = [case_of(office, "KONS-2023-0004").people]
    reply(office, "cofnij", to=answer["Message-ID"])
    office.mail("konsultacje", letter(PROPOSES, sender="Nowy <nowy@x.example>"), "2023-07-13 09:00")
    office.poll()

    assert [3] == entered
    assert (None, None, "in_person") == tuple(
        getattr(case_of(office, "KONS-2023-0004"), name) for name in ("attends", "people", "channel")
    )
    assert "none" != office.records()[-1]["acknowledgement"]["status"]


def test_an_undoing_is_undone(office: Office) -> None:
    """Whoever takes back too much gets it again."""
    number = number_of(office, "Fundacja Przystań")
    answer = reply(office, f"{number}: 4 osoby")[-1]
    answer = next(each for each in (answer, *office.letters()[::-1]) if each["To"] == "k.dabrowska@um.torun.pl")
    reply(office, "cofnij", to=answer["Message-ID"])
    back = next(each for each in office.letters()[::-1] if each["To"] == "k.dabrowska@um.torun.pl")
    reply(office, "cofnij", to=back["Message-ID"])

    assert 4 == case_of(office, "KONS-2023-0001").people


def test_who_calls_and_leaves_an_address_is_answered(office: Office) -> None:
    """The acknowledgement goes to the address in the words, by the same rules."""
    letters = reply(office, "tel.: Fundacja Latarnia zgłasza 2 osoby, biuro@latarnia.example")

    assert {"biuro@latarnia.example", "k.dabrowska@um.torun.pl"} == {each["To"] for each in letters}
    assert all("localhost" not in str(each["References"]) for each in letters)


def test_an_answer_by_letter_closes_the_question_and_the_digest_tells_it(office: Office) -> None:
    """Staff write to the citizen with a copy to the mailbox, as they always did: nothing else is to be done."""
    raw = letter(
        "Dzień dobry, tak, tłumacz będzie.",
        sender=STAFF,
        to="ewa@glos.example, konsultacje@um.torun.pl",
        subject="Re: pytanie [KONS-2023-0002]",
    )
    office.mail("konsultacje", vouched(raw), "2023-07-13 08:00")
    office.now = warsaw("2023-07-13 08:01")
    office.poll()
    office.now = warsaw("2023-07-13 08:30")
    morning.write(office.desk, warsaw("2023-07-14 07:30").date())
    office.drain()
    text = text_of(digest(office))

    assert "pytania zamknięte: KONS-2023-0002" in text
    assert "tłumacz języka migowego" not in text
    assert "od zespołu 1" in text
    assert "nie zgadza się" not in text


def test_an_answer_that_nobody_vouches_for_closes_nothing(office: Office) -> None:
    """Anybody may write what staff would."""
    raw = letter("tak", sender=STAFF, to="ewa@glos.example", subject="[KONS-2023-0002]")
    office.mail("konsultacje", vouched(raw, "fail"), "2023-07-13 08:00")
    office.poll()
    office.now = warsaw("2023-07-13 09:00")
    morning.write(office.desk, warsaw("2023-07-14 07:30").date())
    office.drain()

    assert "tłumacz języka migowego" in text_of(digest(office))


def forward(inner: bytes, text: str = "Do konsultacji", sender: str = STAFF) -> bytes:
    """Return a mail that passes *inner* on as an attachment, as Outlook and Thunderbird do."""
    outer = EmailMessage(policy=SMTP)
    outer["From"], outer["To"], outer["Subject"] = sender, "konsultacje@um.torun.pl", "FW: zgłoszenie"
    outer["Message-ID"], outer["Date"] = "<fw@um.torun.pl>", "Thu, 13 Jul 2023 08:00:00 +0200"
    outer.set_content(text + "\n")
    outer.add_attachment(email.message_from_bytes(inner, policy=SMTP))
    return outer.as_bytes()


def test_a_message_passed_on_as_an_attachment_is_its_senders(office: Office) -> None:
    """It arrived when our server took it in first, its own sender is answered, and staff are told and may undo."""
    inner = letter(LATE, sender="Ola <ola@most.example>")
    taken = b"Received: from m.example by mx.um.torun.pl; Wed, 12 Jul 2023 14:59:00 +0200\r\n"
    before = len(office.letters())
    office.mail("konsultacje", vouched(forward(taken + inner)), "2023-07-13 08:00")
    office.now = warsaw("2023-07-13 08:01")
    office.poll()
    office.drain()
    record = case(office, "ola@most.example")
    letters = {each["To"]: each for each in office.letters()[before:]}
    reply(office, "cofnij", to=letters["k.dabrowska@um.torun.pl"]["Message-ID"])

    assert ("attendance", {"attendance": "on_time"}) == (record["category"], record["timeliness"])
    assert {"ola@most.example", "k.dabrowska@um.torun.pl"} == set(letters)
    assert "przyjęte z przesłanego załącznika" in text_of(letters["k.dabrowska@um.torun.pl"])
    assert "unrelated" == case(office, "ola@most.example")["category"]


def test_who_is_not_vouched_for_passes_nothing_on_in_anothers_name(office: Office) -> None:
    """A forged forward may not put words into a citizen's mouth, and its sender is not answered."""
    before = len(office.letters())
    office.mail(
        "konsultacje", vouched(forward(letter(LATE, sender="Ola <ola@most.example>")), "fail"), "2023-07-13 08:00"
    )
    office.poll()
    office.drain()

    assert before == len(office.letters())
    assert all(each["sender"]["address"] != "ola@most.example" for each in office.records() if each["sender"])


def test_a_forger_cannot_fill_a_mailbox_of_staff(office: Office) -> None:
    """Refusals of mail that nobody vouches for are told a few times a day, not more."""
    answered = digest(office)["Message-ID"]
    for number in range(12):
        raw = letter(f"{number} tak", sender=STAFF, In_Reply_To=answered, subject=f"Re: {number}")
        office.mail("konsultacje", vouched(raw, "fail"), "2023-07-13 08:00")
    before = len(office.letters())
    office.poll()
    office.drain()

    assert 5 == len(office.letters()) - before


def test_orders_without_a_digest_are_refused_and_letters_are_not_taken_for_orders(office: Office) -> None:
    """„1 tak” of a new mail means nothing; „spotkanie o 16, 2 osoby potwierdziły” is a letter among colleagues."""
    alone = vouched(letter("1 tak", sender=STAFF, subject="decyzja"))
    among = vouched(letter("Cześć, spotkanie o 16, ok, 2 osoby już potwierdziły.", sender=STAFF, subject="sala"))
    before = len(office.letters())
    office.mail("konsultacje", alone, "2023-07-13 08:00")
    office.mail("konsultacje", among, "2023-07-13 08:01")
    office.poll()
    office.drain()
    letters = office.letters()[before:]

    assert ["k.dabrowska@um.torun.pl"] == [each["To"] for each in letters]
    assert "nie odpowiada na żadne zestawienie" in text_of(letters[0])


def test_that_a_message_is_not_for_us_is_told_to_nobody(office: Office) -> None:
    """Who was told only that their mail came needs no letter that it is spam."""
    unsure = letter("Może coś będzie, zobaczymy.", sender="Kto <kto@x.example>", subject="konsultacje")
    office.mail("konsultacje", unsure, "2023-07-13 07:40")
    office.now = warsaw("2023-07-13 07:41")
    office.poll()
    office.drain()
    number = next_morning(office, "2023-07-14 07:30", "Może coś będzie", before_meeting=True)
    letters = reply(office, f"{number} inne")

    assert ["k.dabrowska@um.torun.pl"] == [each["To"] for each in letters]
    assert "unrelated" == case(office, "kto@x.example")["category"]


def test_what_bears_on_the_meeting_leaves_the_digest_when_that_has_begun(office: Office) -> None:
    """Whether a late one may come is no question any more; whether a question was answered still is."""
    office.now = warsaw("2023-07-14 07:30")
    morning.write(office.desk, office.now.date())
    office.drain()
    text = text_of(digest(office))

    assert "Fundacja Przystań" not in text
    assert "tłumacz języka migowego" in text


def test_erasure_takes_what_staff_said_of_a_person_too(office: Office) -> None:
    """Reasons, words, silenced addresses, answers to staff and their own mails hold names; the chain still verifies."""
    number = number_of(office, "Fundacja Przystań")
    reply(office, f"{number} przyjmij, bo Anna Nowak prosiła na korytarzu")
    reply(office, "nie odpowiadaj anna@fundacja-przystan.example")
    reply(office, "KONS-2023-0001 organizacja Fundacja Przystań Morska")
    with office.desk.store.writing() as session:
        planned = reach.plan(session, office.desk.rules.consultation.id, "KONS-2023-0001")
        for owed in planned.owed:
            outbox.written_off(session, owed, "erased", office.now)
        retention.erase(session, planned, "request", office.now)
    left = everything(office)

    assert [] == [mark for mark in ("Nowak", "Przysta", "anna@", "korytarz") if mark in left]
    assert "ewa@glos.example" in left
    with office.desk.store.reading() as session:
        assert [] == list(audit(session).findings)


def everything(office: Office) -> str:
    """Return all that the tables hold, with originals and letters unpacked."""
    told = []
    with office.desk.store.reading() as session:
        for table in Base.metadata.sorted_tables:
            told += [str(tuple(row)) for row in session.execute(select(table))]
        raws = [row.raw for row in session.scalars(select(Outgoing))]
        raws += [zlib.decompress(row.raw) for row in session.scalars(select(Original))]
    for raw in raws:
        parts = email.message_from_bytes(raw).walk()
        told += [bytes(part.get_payload(decode=True) or b"").decode() for part in parts if not part.is_multipart()]
    return "\n".join(told)


def next_morning(office: Office, when: str, words: str, *, before_meeting: bool = False) -> int:
    """Write one more digest, and return the number of the decision that tells *words*."""
    office.now = warsaw("2023-07-13 09:00") if before_meeting else warsaw(when)
    morning.write(office.desk, warsaw("2023-07-14 07:30").date())
    office.drain()
    return number_of(office, words)


def case_of(office: Office, number: str) -> Case:
    """Return how a case stands."""
    with office.desk.store.reading() as session:
        return session.scalars(select(Case).where(Case.number == number)).one()


def test_a_staff_letter_with_a_copy_to_the_mailbox_is_no_case(office: Office) -> None:
    """An official's own answer to a citizen is neither counted nor answered."""
    raw = letter("Dzień dobry, tak, tłumacz będzie.", sender=STAFF, to="ewa@glos.example", subject="Re: pytanie")
    office.mail("konsultacje", vouched(raw), "2023-07-13 08:00")
    before = len(office.letters())
    office.poll()
    office.drain()

    assert before == len(office.letters())
    assert None is office.records()[-1]["case"]
