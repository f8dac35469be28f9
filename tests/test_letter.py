"""From the facts of a record to the bytes of its acknowledgement."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import timedelta
from email import policy
from email.parser import BytesHeaderParser

import pytest

from intake.judgement.values import Timeliness
from intake.letters.facts import EXPIRING, Enclosure, LetterKind, Piece
from intake.letters.letter import compose
from intake.letters.rehearsal import samples
from tests.letters import (
    LATE,
    OFFICE,
    ON_TIME,
    Page,
    approved,
    at,
    consultation,
    facts,
    letter,
    office_rules,
    office_templates,
    page,
    parsed,
    part,
    text,
    words,
)

KINDS = list(LetterKind)
WITH_CALENDAR = {
    LetterKind.ATTENDANCE,
    LetterKind.ATTENDANCE_CHANGED,
    LetterKind.ATTENDANCE_LATE,
    LetterKind.MIXED,
    LetterKind.MOVED,
    LetterKind.CORRECTED,
    LetterKind.REMINDER,
}
OWN_LINKS = {
    "mailto:k.dabrowska@um.torun.pl",
    "mailto:konsultacje@um.torun.pl",
    "https://konsultacje.torun.pl",
    "https://bip.torun.pl/konsultacje/dane-osobowe",
}
HOSTILE = (
    "x\r\nBcc: victim@example.org\r\n\r\nbody",
    "=?utf-8?q?x=0D=0ABcc:_victim=40example=2Eorg?=",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    '"><a href="https://evil.example/">tu</a>',
    "{{ 7 * 7 }}{% include 'pl/attendance.j2' %}",
    "https://evil.example/kasyno www.evil.example evil.com victim@evil.example <https://evil.example>",
    "ｈｔｔｐｓ：／／evil.example ｅｖｉｌ．ｃｏｍ",
    "\u202egnp.exe\u202c \u200b\u2066zero\u2069\ufeff",
    "NUL\x00 \x1b[31m \x07 \u2028## Nagłówek\n## Nagłówek\n- Etykieta: wartość\n| wiersz",
    "## Nagłówek",
    "- Etykieta: wartość",
    '=HYPERLINK("https://evil.example";"x")',
    "@SUM(A1:A9) +48 -1",
    "a" * 10_000,
    "ą " * 5_000,
    "z\u0301\u0302\u0303\u0304\u0305\u0306\u0307" * 500,
    "\ud800 lone",
    "--_boundary--",
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_is_seven_bit_lines_for_any_relay(kind: LetterKind) -> None:
    """Nothing on the way needs to convert it: ASCII, CRLF, at most 998 octets a line (RFC 5322 §2.1.1)."""
    raw = letter(kind).raw

    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_reads_back_without_defects(kind: LetterKind) -> None:
    """The standard library's strict reader finds two parts in UTF-8, the plainer first."""
    message = parsed(letter(kind).raw)
    kinds = [inner.get_content_type() for inner in message.walk() if not inner.is_multipart()]

    assert [] == [defect for inner in message.walk() for defect in inner.defects]
    assert kinds[:2] == ["text/plain", "text/html"]
    assert {inner.get_content_charset() for inner in message.walk() if not inner.is_multipart()} == {"utf-8"}


@pytest.mark.parametrize("kind", KINDS)
def test_header_fields(kind: LetterKind) -> None:
    """From us, to one recipient, answers to where we read, tied to what it answers, marked as sent by a program."""
    composed = letter(kind, references=("<first@kolatka.example>",))
    message = parsed(composed.raw)

    assert message["From"] == "Urząd Miasta Torunia – konsultacje <konsultacje@um.torun.pl>"
    assert message["To"] == composed.recipient == "biuro@kolatka.example"
    assert message["Reply-To"] == "k.dabrowska@um.torun.pl"
    assert message["Date"].datetime == facts(kind).received + timedelta(minutes=1)
    assert message["Message-ID"] == composed.message_id == "<ack.0123456789abcdef@um.torun.pl>"
    assert message["In-Reply-To"] == "<their.letter@kolatka.example>"
    assert message["References"] == "<first@kolatka.example> <their.letter@kolatka.example>"
    assert message["Auto-Submitted"] == ("auto-generated" if kind in EXPIRING else "auto-replied")
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Content-Language"] == "pl"
    assert message["Subject"] == composed.subject
    assert message["Precedence"] is None


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_letter_gives_the_same_bytes(kind: LetterKind) -> None:
    """A letter sent again is the same letter, to the last boundary."""
    assert letter(kind).raw == letter(kind).raw


def every_letter() -> list[tuple[str, bytes]]:
    """Compose every kind at each side of each cutoff, of much and of little."""
    rules = office_rules()
    composed = [
        compose(given, OFFICE, approved(), rules.cutoffs, office_templates(), now)
        for given, now in samples(rules.consultation, rules.cutoffs)
    ]
    return [(one.subject, one.raw) for one in composed]


@pytest.fixture(scope="module", name="every")
def _every() -> list[tuple[str, bytes]]:
    return every_letter()


def test_a_subject_is_short_and_ends_with_the_case(every: list[tuple[str, bytes]]) -> None:
    """Phones show some 35 characters, so the result stands first; the number finds the case again."""
    subjects = {subject for subject, _ in every}

    assert all(subject.endswith(" [KONS-2023-0001]") for subject in subjects)
    assert [] == [subject for subject in subjects if len(subject.removesuffix(" [KONS-2023-0001]")) > 45]


def test_a_preheader_goes_on_where_the_subject_ends(every: list[tuple[str, bytes]]) -> None:
    """Between 60 and 110 characters, no greeting."""
    preheaders = {Page(part(raw, "html")).preheader for _, raw in every}

    assert [] == [preheader for preheader in preheaders if not 60 <= len(preheader) <= 110]
    assert [] == [preheader for preheader in preheaders if "Szanowni" in preheader]


def test_both_parts_say_the_same(every: list[tuple[str, bytes]]) -> None:
    """Word for word, in the same order."""
    for _, raw in every:
        assert words(text(raw)) == Page(part(raw, "html")).words


def test_lines_of_the_text_part_fit(every: list[tuple[str, bytes]]) -> None:
    """72 columns, but for links and addresses, which are never broken."""
    lines = {line for _, raw in every for line in text(raw).splitlines()}

    assert [] == [line for line in lines if len(line) > 72 and "://" not in line and "@" not in line]


def test_the_text_part_has_no_leftovers(every: list[tuple[str, bytes]]) -> None:
    """No markup, no holes where a value was missing, no signature mark that clients would grey out."""
    leftovers = re.compile(r"[{}<>*]|&nbsp;|None|##|\( |,,|\.\.|  \S|-- $|\u200b", re.MULTILINE)
    bare = [re.sub(r"^  ", "", text(raw), flags=re.MULTILINE) for _, raw in every]

    assert [] == [match[0] for one in bare for match in leftovers.finditer(one)]
    assert [] == [one for one in bare if "\n\n\n" in one]


def test_words_that_the_office_does_not_use(every: list[tuple[str, bytes]]) -> None:
    """No cold or gendered word, no exclamation, no word that reads as approval."""
    never = re.compile(
        r"niestety|odrzucono|należy|uprzejmie|niniejsz|nawiązaniu|przedmiotow|przyjęt|witam|pan[ai]?\b|pani\b"
        r"|uczestni|urzędnik|nie odpowiadać|!|pilne|\(a\)|dokonan|w dniu",
        re.IGNORECASE,
    )

    assert [] == [match[0] for _, raw in every for match in never.finditer(text(raw))]


def test_sentences_are_short(every: list[tuple[str, bytes]]) -> None:
    """At most 20 words; the one that quotes statutes, whose length is theirs, is left out."""
    running = {words(block) for _, raw in every for block in text(raw).split("\n\n") if "\n- " not in f"\n{block}"}
    sentences = {sentence for block in running for sentence in re.split(r"(?<=[.?:;]) (?=[A-ZŁŚŻ])", block)}

    assert [] == [one for one in sentences if len(one.split()) > 20 and "RODO" not in one]


def test_letters_are_small(every: list[tuple[str, bytes]]) -> None:
    """Under 25 kB with the whole notice: far from where Gmail cuts."""
    assert max(len(raw) for _, raw in every) < 25_000


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_is_made_for_every_reader(kind: LetterKind) -> None:
    """Language on page and wrapper, a title, one h1, layout tables said to be none, facts with row headers."""
    composed = letter(kind)
    read = page(composed.raw)
    tables = read.of("table")

    assert read.of("html")[0]["lang"] == read.of("div")[1]["lang"] == "pl"
    assert read.title == composed.subject
    assert len(read.of("h1")) == 1
    assert tables[0]["role"] == "presentation"
    assert {table.get("class") for table in tables if table.get("role") is None} == {"facts"}
    assert {header["scope"] for header in read.of("th")} == {"row"}
    assert read.of("div")[0]["aria-hidden"] == "true"
    assert {"img", "script", "form", "link", "section", "button"}.isdisjoint(tag for tag, _ in read.tags)


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_needs_no_style_sheet(kind: LetterKind) -> None:
    """What matters stands at the tag itself: many webmails drop everything else."""
    read = page(letter(kind).raw)

    assert all(attributes.get("style") for tag in ("h1", "h2", "p", "a", "th", "td") for attributes in read.of(tag))


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_strings_stay_inert(kind: LetterKind) -> None:
    """What a stranger wrote is a short line of words: no field, tag, link, template or hidden sign comes of it."""
    usual = hostile(kind, "Abc")
    fields = BytesHeaderParser(policy=policy.compat32).parsebytes(usual).keys()
    tags = [tag for tag, _ in page(usual).tags]
    for string in HOSTILE:
        raw = hostile(kind, string)
        read = page(raw)

        assert fields == BytesHeaderParser(policy=policy.compat32).parsebytes(raw).keys()
        assert parsed(raw)["To"] == "biuro@kolatka.example"
        assert tags == [tag for tag, _ in read.tags]
        assert {link["href"] for link in read.of("a")} <= OWN_LINKS
        assert words(text(raw)) == read.words
        assert_harmless(text(raw))
        assert len(raw) < 45_000
        assert raw.isascii()


def hostile(kind: LetterKind, string: str) -> bytes:
    """Compose a letter with *string* wherever a stranger's words may stand."""
    return letter(
        kind,
        of=approved(),
        first=True,
        organisation=string,
        organisation_before=f"Inna {string}",
        subject=string,
        registered_before=True,
        enclosures=tuple(Enclosure(string, 10**number, readable=False) for number in range(12)),
    ).raw


def assert_harmless(shown: str) -> None:
    """Assert that nothing in a text part can be clicked but our own, and that nothing is hidden in it."""
    for own in OWN_LINKS | {link.removeprefix("mailto:") for link in OWN_LINKS} | {"inspektor@um.torun.pl"}:
        shown = shown.replace(own, "")
    assert re.search(r"://|www\.|@|evil\.", shown) is None
    assert "49" not in shown
    assert [] == [one for one in shown if unicodedata.category(one) in {"Cc", "Cf", "Cs", "Co"} and one != "\n"]
    assert max(map(len, shown.splitlines())) <= 72


@pytest.mark.parametrize("kind", KINDS)
def test_a_strangers_words_are_not_in_the_subject(kind: LetterKind) -> None:
    """Lock screens are public."""
    composed = letter(kind, organisation="Zwierciadło", subject="Zwierciadło")

    assert "Zwierciadło" not in composed.subject


def test_a_name_keeps_its_spelling_and_is_cut_at_eighty() -> None:
    """As they wrote it, unless it is longer than any name."""
    shown = letter(LetterKind.PROPOSAL, organisation="Stowarzyszenie „Razem” & s-ka <3").raw
    cut = words(text(letter(LetterKind.PROPOSAL, organisation="Koło " * 40).raw))

    assert "- Organizacja: Stowarzyszenie „Razem” & s-ka <3" in text(shown)
    assert f"Organizacja: {('Koło ' * 40)[:79]}…" in cut


def test_a_thread_keeps_its_beginning_and_its_end() -> None:
    """Four first and six last of a long thread, the message answered being the last (RFC 5322 §3.6.4)."""
    references = tuple(f"<{number}@x.example>" for number in range(30))
    kept = str(parsed(letter(LetterKind.QUESTION, references=references).raw)["References"]).split()

    assert kept == [*references[:4], *references[-5:], "<their.letter@kolatka.example>"]


def test_long_message_ids_stay_whole() -> None:
    """An id longer than a line is folded before, never encoded: other programs would not find the thread."""
    long = f"<{'A1b-' * 60}@prod.outlook.example>"
    raw = letter(LetterKind.QUESTION, answers=long, references=(long.replace("A1b", "Z9y"), long)).raw
    unfolded = raw.split(b"\r\n\r\n", 1)[0].replace(b"\r\n ", b" ").decode("ascii")

    assert f"\r\nIn-Reply-To: {long}\r\n" in f"\r\n{unfolded}\r\n"
    assert f"\r\nReferences: {long.replace('A1b', 'Z9y')} {long}\r\n" in f"\r\n{unfolded}\r\n"


@pytest.mark.parametrize(
    "answers", [None, "", "no brackets", "<ż@x>", "<a b@x>", "<a@x>\r\nBcc: v@x", f"<{'a' * 999}@x>"]
)
def test_what_is_no_message_id_is_left_out(answers: str | None) -> None:
    """A strange id costs the thread, never the letter."""
    message = parsed(letter(LetterKind.QUESTION, answers=answers, references=(answers or "", "<ok@x.example>")).raw)

    assert message["In-Reply-To"] is None
    assert message["References"] == "<ok@x.example>"
    assert message["Bcc"] is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b",
        "a@x.example\r\nBcc: v@x.example",
        "ż@x.example",
        "a b@x.example",
        "a@x..example",
        "<a@x.example>",
    ],
)
def test_an_address_that_takes_no_mail_is_refused(address: str) -> None:
    """Such a letter cannot be owed: whoever records the message asks first."""
    with pytest.raises(ValueError, match="cannot be written to"):
        letter(LetterKind.RECEIPT, recipient=address)


def test_a_domain_in_polish_is_written_for_smtp() -> None:
    """IDNA, since the relay may know no SMTPUTF8."""
    assert letter(LetterKind.RECEIPT, recipient="biuro@kołatka.example").recipient == "biuro@xn--koatka-4db.example"


@pytest.mark.parametrize("kind", KINDS)
def test_who_is_on_the_list_gets_the_calendar(kind: LetterKind) -> None:
    """As an attachment beside both parts, METHOD:PUBLISH, and only with letters about coming."""
    message = parsed(letter(kind).raw)
    calendars = [inner for inner in message.iter_attachments() if inner.get_content_type() == "text/calendar"]

    assert len(calendars) == (kind in WITH_CALENDAR)
    assert message.get_content_type() == ("multipart/mixed" if kind in WITH_CALENDAR else "multipart/alternative")
    for calendar in calendars:
        assert calendar["Content-Disposition"].content_disposition == "attachment"
        assert calendar.get_filename() == "spotkanie-2023-07-13.ics"
        assert calendar["Content-Type"].params["method"] == "PUBLISH"


@pytest.mark.parametrize("invite", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_says_of_the_calendar_what_it_carries(kind: LetterKind, invite: bool) -> None:
    """No file is promised that is not there, and no invitation that is already in the reader's hands."""
    meeting = office_rules().consultation.meeting.model_copy(update={"invite": invite})
    raw = letter(kind, of=consultation(meeting=meeting)).raw
    carried = [
        inner["Content-Type"].params["method"]
        for inner in parsed(raw).walk()
        if inner.get_content_type() == "text/calendar"
    ]
    said = words(text(raw))

    assert ("plik .ics w załączniku" in said) == (carried == ["PUBLISH"])
    assert ("zaproszenie w tym liście" in said) == (carried == ["REQUEST"])
    assert ("zaproszenie wysyłamy osobno" in said) <= (invite and not carried)
    assert (carried == ["CANCEL"]) == (invite and kind is LetterKind.CANCELLATION)
    assert (kind in WITH_CALENDAR) <= (bool(carried) or invite)


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_written_after_the_meeting_invites_nobody(kind: LetterKind) -> None:
    """A debt is paid with the truth of the day on which it is paid: no calendar, no room, no goodbye until then."""
    composed = letter(kind, now=at(7, 20, 8), debt=True, of=approved())
    shown = text(composed.raw)

    assert [] == list(parsed(composed.raw).iter_attachments())
    assert "Do zobaczenia" not in shown
    assert "Kiedy:" not in shown
    assert ".ics" not in shown
    assert "będą 3 osoby" not in shown


@pytest.mark.parametrize("kind", KINDS)
def test_after_the_proposals_cutoff_nobody_is_sent_there(kind: LetterKind) -> None:
    """A door that is shut is not shown as open."""
    shown = text(letter(kind, now=at(8, 20, 8)).raw)

    assert "można przysłać na adres" not in shown
    assert "Prosimy odpisać na ten list do 31 lipca" not in shown


@pytest.mark.parametrize("kind", KINDS)
def test_a_debt_is_told_first(kind: LetterKind) -> None:
    """With the true time of arrival; the sentence after it begins with a capital."""
    shown = words(text(letter(kind, debt=True).raw))
    apology, _, rest = shown.partition("Przepraszamy. O terminie decyduje chwila, w której wiadomość wpłynęła: ")

    assert apology.endswith("Szanowni Państwo, potwierdzenie wysyłamy z opóźnieniem z powodu błędu po naszej stronie. ")
    assert re.match(r"[0-9]+ \w+ 2023 r\. \(\w+\), godz\. [0-9]+\.[0-9]+\. [A-Z]", rest)


def test_attendance() -> None:
    """A1: on the list, in time, what was recorded."""
    shown = words(text(letter(LetterKind.ATTENDANCE).raw))

    assert "potwierdzamy: zapisaliśmy Państwa na spotkanie konsultacyjne o programie współpracy" in shown
    assert "Zgłoszenie wpłynęło w terminie." in shown
    assert "- Kiedy: 13 lipca 2023 r. (czwartek), godz. 16.00 - Gdzie:" in shown
    assert "- Numer sprawy: KONS-2023-0042 - Organizacja: Fundacja Kołatka - Liczba osób: 2 - Grupy" in shown
    assert "formuła i pomysły programowe; polityka senioralna miasta" in shown
    assert "- Wpłynęło: 11 lipca 2023 r. (wtorek), godz. 9.12" in shown
    assert "Nie udało się" not in shown


def test_what_was_not_found_is_said() -> None:
    """Never guessed, never left out in silence; the number is asked for until the cutoff."""
    shown = words(text(letter(LetterKind.ATTENDANCE, people=None, organisation=None, subject="\u200b ", topics=()).raw))

    assert "Organizacja: nie podano - Liczba osób: nie podano - Wpłynęło" in shown
    assert "Prosimy odpisać, ile osób przyjdzie, do 12 lipca 2023 r. (środa), godz. 15.00." in shown
    assert "Temat Państwa wiadomości: brak" in shown


def test_a_number_is_not_asked_for_until_a_moment_that_has_passed() -> None:
    """The letter stays true when it leaves late."""
    shown = words(text(letter(LetterKind.ATTENDANCE, people=None, now=at(7, 13, 8)).raw))

    assert "Prosimy odpisać, ile osób przyjdzie. Coś" in shown


def test_a_change_tells_before_and_after() -> None:
    """A2: in words, since colours are not read aloud."""
    composed = letter(LetterKind.ATTENDANCE_CHANGED, organisation="Fundacja Kołatka i Przyjaciele")
    shown = words(text(composed.raw))

    assert composed.subject == "Zmiana zapisana: 3 osoby, 13 lipca [KONS-2023-0042]"
    assert "- Liczba osób: było 2, jest 3" in shown
    assert "- Organizacja: było Fundacja Kołatka, jest Fundacja Kołatka i Przyjaciele" in shown
    assert "Wiadomość wpłynęła w terminie." in shown


def test_a_late_change_leaves_the_confirmation_standing() -> None:
    """Nobody loses a place by writing again."""
    shown = words(
        text(letter(LetterKind.ATTENDANCE_CHANGED, received=at(7, 12, 17), timeliness=Timeliness(LATE, None)).raw)
    )

    assert "- Termin zgłoszeń: 12 lipca 2023 r. (środa), godz. 15.00 - Wiadomość wpłynęła: 12 lipca" in shown
    assert "Wcześniejsze potwierdzenie pozostaje ważne." in shown


def test_who_writes_the_same_again_is_told_of_no_change() -> None:
    """Only what the record holds is said."""
    composed = letter(LetterKind.ATTENDANCE_CHANGED, people=2)

    assert composed.subject == "Zgłoszenie bez zmian – 13 lipca [KONS-2023-0042]"
    assert "Co się zmieniło" not in text(composed.raw)
    assert "zmieniliśmy" not in text(composed.raw)


def test_a_first_number_is_no_change_of_an_old_one() -> None:
    """Where none was given before, none is made up."""
    shown = words(text(letter(LetterKind.ATTENDANCE_CHANGED, people_before=None).raw))

    assert "- Liczba osób: nie była podana, jest 3" in shown


def test_a_late_attendance_is_told_both_instants() -> None:
    """A3: whose clock, why there is a deadline, who decides."""
    shown = words(text(letter(LetterKind.ATTENDANCE_LATE).raw))

    assert "- Termin zgłoszeń: 12 lipca 2023 r. (środa), godz. 15.00" in shown
    assert "- Zgłoszenie wpłynęło: 12 lipca 2023 r. (środa), godz. 15.21, według serwera poczty urzędu" in shown
    assert "Termin pomaga nam przygotować salę i materiały." in shown
    assert "na adres konsultacje@um.torun.pl do 31 lipca 2023 r. włącznie." in shown


def test_in_the_minute_of_the_cutoff_seconds_are_told() -> None:
    """In the list of facts, in the record and in the preheader."""
    raw = letter(LetterKind.ATTENDANCE_LATE, received=at(7, 12, 15, 0, 41), timeliness=Timeliness(LATE, None)).raw

    assert words(text(raw)).count("godz. 15.00 i 41 sekund") == 2
    assert "godz. 15.00 i 41 sekund, termin minął o godz. 15.00" in words(page(raw).preheader)


def test_after_the_meeting_the_next_door_is_open() -> None:
    """A4: nobody travels in vain, and everybody can still write."""
    shown = words(text(letter(LetterKind.ATTENDANCE_AFTER).raw))

    assert "Państwa zgłoszenie wpłynęło 14 lipca 2023 r. (piątek), godz. 9.05" in shown
    assert "odbyło się wcześniej, 13 lipca 2023 r. (czwartek), godz. 16.00" in shown
    assert "Nadal mogą Państwo mieć wpływ na program." in shown


def test_a_cancellation_is_struck_off_only_where_something_stood() -> None:
    """A5: without a reproach, and without a number of people."""
    stood = words(text(letter(LetterKind.CANCELLATION).raw))
    none_stood = words(text(letter(LetterKind.CANCELLATION, registered_before=False).raw))

    assert "Wykreśliliśmy Państwa zgłoszenie z listy na spotkanie 13 lipca 2023 r. (czwartek)." in stood
    assert "prosimy je z niego usunąć" in stood
    assert "Zapisaliśmy, że nie będzie Państwa na spotkaniu" in none_stood
    assert "usunąć" not in none_stood
    assert "Liczba osób" not in stood + none_stood


def test_a_proposal_is_received_and_not_yet_decided() -> None:
    """P1: attachments with their sizes, and what this letter is not."""
    shown = words(text(letter(LetterKind.PROPOSAL).raw))

    assert "propozycję do programu współpracy na 2024 rok. Wpłynęła w terminie. Dziękujemy." in shown
    assert "- Załączniki: 2 (wnioski.pdf, 120 kB; skan.tif, 1,8 MB)" in shown
    assert "Nie udało się nam otworzyć pliku: skan.tif. Prosimy przysłać go jeszcze raz" in shown
    assert "Nie oznacza decyzji, czy znajdzie się w programie." in shown
    assert "Wrzesień i październik: opublikujemy projekt programu" in shown


def test_many_attachments_are_cut_short() -> None:
    """Ten are named, the others counted."""
    enclosures = tuple(Enclosure(f"plik-{number}.pdf", 1000, readable=False) for number in range(22))
    shown = words(text(letter(LetterKind.PROPOSAL, enclosures=enclosures).raw))

    assert "- Załączniki: 22 (plik-0.pdf, 1 kB; " in shown
    assert "plik-9.pdf, 1 kB; … i 12 dalszych)" in shown
    assert "otworzyć plików: plik-0.pdf; " in shown
    assert "plik-9.pdf; … i 12 dalszych. Prosimy przysłać je" in shown


def test_a_late_proposal_is_told_its_next_chance() -> None:
    """P2: both instants, people decide, and where it can be said again."""
    shown = words(text(letter(LetterKind.PROPOSAL_LATE).raw))

    assert "- Termin: koniec dnia 31 lipca 2023 r. (poniedziałek)" in shown
    assert "- Propozycja wpłynęła: 1 sierpnia 2023 r. (wtorek), godz. 8.05, według serwera" in shown
    assert "Nie odrzucamy jej automatycznie: zobaczy ją nasz zespół." in shown
    assert "Następna możliwość - Wrzesień i październik: opublikujemy projekt programu" in shown


def test_a_supplement_lists_all_that_we_have() -> None:
    """P3: joined, with dates, nothing to send again."""
    composed = letter(LetterKind.SUPPLEMENT, repeats=True)
    shown = words(text(composed.raw))

    assert "- 24 lipca 2023 r. (poniedziałek), godz. 9.12: propozycja, załączniki: 2" in shown
    assert "- 26 lipca 2023 r. (środa), godz. 14.40: uzupełnienie, załączniki: 1" in shown
    assert "Ta wiadomość ma tę samą treść co wcześniejsza, więc liczymy ją raz." in shown
    assert "W tej sprawie mamy już 2 Państwa wiadomości." in words(page(composed.raw).preheader)


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (at(7, 24, 9), "Propozycja pozostaje złożona w terminie."),
        (at(8, 1, 9), "Propozycja i uzupełnienie wpłynęły po terminie, który minął 31 lipca."),
    ],
)
def test_a_late_supplement_says_of_each_piece_when_it_came(first: object, expected: str) -> None:
    """A proposal in time stays in time; one that came late does not become so."""
    second = at(8, 2, 10)
    pieces = (Piece(first, supplement=False, enclosures=0), Piece(second, supplement=True, enclosures=0))  # type: ignore[arg-type]  # parametrized
    shown = words(
        text(letter(LetterKind.SUPPLEMENT, received=second, timeliness=Timeliness(None, LATE), pieces=pieces).raw)
    )

    assert expected in shown


@pytest.mark.parametrize(
    ("received", "timeliness", "expected"),
    [
        (
            at(7, 11, 9),
            Timeliness(ON_TIME, ON_TIME),
            ("Zgłoszenie wpłynęło w terminie.", "Propozycja Wpłynęła w terminie."),
        ),
        (at(7, 12, 16), Timeliness(LATE, ON_TIME), ("- Termin zgłoszeń: 12 lipca", "Propozycja Wpłynęła w terminie.")),
        (
            at(7, 20, 9),
            Timeliness(LATE, ON_TIME),
            ("odbyło się wcześniej, 13 lipca", "Propozycja Wpłynęła w terminie."),
        ),
        (at(8, 2, 9), Timeliness(LATE, LATE), ("odbyło się wcześniej, 13 lipca", "- Termin: koniec dnia 31 lipca")),
    ],
)
def test_a_mixed_letter_answers_each_with_its_own_deadline(
    received: object, timeliness: Timeliness, expected: tuple[str, str]
) -> None:
    """M1: two answers in one letter."""
    shown = words(text(letter(LetterKind.MIXED, received=received, timeliness=timeliness).raw))

    assert [] == [one for one in expected if one not in shown]


def test_a_question_is_answered_by_a_person() -> None:
    """Q1: who answers, whom to call, and what is known already."""
    shown = words(text(letter(LetterKind.QUESTION, of=approved()).raw))

    assert "Odpowie na nie osoba z naszego wydziału w ciągu 2 dni roboczych." in shown
    assert "prosimy zadzwonić: tel. 56 611 87 24." in shown
    assert "- Kiedy: 13 lipca 2023 r. (czwartek), godz. 16.00" in shown
    assert ".ics" not in shown


def test_a_receipt_claims_to_understand_nothing() -> None:
    """Q2: it arrived, that moment counts, a person reads it."""
    shown = words(text(letter(LetterKind.RECEIPT).raw))

    assert "wpłynęła 11 lipca 2023 r. (wtorek), godz. 9.12." in shown
    assert "przeczyta ją osoba z naszego wydziału" in shown
    assert "Organizacja" not in shown


@pytest.mark.parametrize("kind", KINDS)
def test_sentences_wait_for_the_office(kind: LetterKind) -> None:
    """What nobody has approved is not said, and leaves no hole."""
    sentences = approved().letters
    unapproved = words(text(letter(kind).raw))

    for sentence in (sentences.late_welcome, sentences.late_proposal, sentences.access, sentences.answer_by):
        assert sentence not in unapproved


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (LetterKind.ATTENDANCE, "access"),
        (LetterKind.ATTENDANCE_LATE, "late_welcome"),
        (LetterKind.PROPOSAL_LATE, "late_proposal"),
        (LetterKind.QUESTION, "answer_by"),
    ],
)
def test_an_approved_sentence_is_said(kind: LetterKind, field: str) -> None:
    """Where the rules file gives it, and only in its letter."""
    assert getattr(approved().letters, field) in words(text(letter(kind, of=approved()).raw))


def test_the_whole_notice_is_in_the_first_letter_alone() -> None:
    """Afterwards its address is enough (art. 13 in two layers)."""
    first = words(text(letter(LetterKind.PROPOSAL, of=approved()).raw))
    later = words(text(letter(LetterKind.PROPOSAL, of=approved(), first=False).raw))

    for said in (
        "Administratorem Państwa danych jest Gmina Miasta Toruń",
        "w związku z art. 5a ustawy",
        "Dane przechowujemy przez 5 lat od końca roku",
        "Otrzymują je: dostawca poczty",
        "Propozycje publikujemy w raporcie",
        "Inspektor ochrony danych: inspektor@um.torun.pl.",
        "Prawo sprzeciwu",
    ):
        assert said in first
        assert said not in later
    assert later.endswith("Informacja o danych osobowych: https://bip.torun.pl/konsultacje/dane-osobowe")


def test_an_empty_notice_leaves_no_hole() -> None:
    """Each part that nobody has filled in takes its sentence with it."""
    bare = office_rules().consultation.data_protection.model_copy(update={"controller": "", "basis": ""})
    shown = words(text(letter(LetterKind.PROPOSAL, of=consultation(data_protection=bare)).raw))

    assert "Administratorem" not in shown
    assert "(art. 6 ust. 1 lit. e RODO)." in shown
    assert "Inspektor" not in shown
    assert "Pełna informacja" not in shown


def test_those_who_were_named_are_to_be_told() -> None:
    """Whoever registers others passes the notice on."""
    others = "Prosimy przekazać tę informację osobom, które Państwo zgłosili."

    assert others in words(text(letter(LetterKind.ATTENDANCE).raw))
    assert others not in words(text(letter(LetterKind.ATTENDANCE, people=1).raw))


def test_an_office_without_address_or_phone_has_no_empty_lines() -> None:
    """What the rules file does not give is not announced."""
    for kind in KINDS:
        shown = text(letter(kind, of=consultation(url="", phone="", stage=(), document="")).raw)

        assert "tel." not in shown
        assert "informacje:" not in shown
        assert "ogłoszenie:" not in shown
        assert "\n\n\n" not in shown


def test_a_letter_says_when_in_the_offices_zone() -> None:
    """The server may tell the time in any zone."""
    given = facts(LetterKind.RECEIPT)
    utc = replace(given, received=given.received.astimezone(tz=None))

    assert "godz. 9.12" in words(text(letter(LetterKind.RECEIPT, received=utc.received).raw))
