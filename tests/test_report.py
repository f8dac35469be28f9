"""The consultation report: what it tells, what it keeps to itself, and what it looks like on screen and paper."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image
from pypdf import PdfReader

from intake.__main__ import cli
from intake.errors import TemplateError
from intake.judgement.values import Category
from intake.letters import templates
from intake.records.corrections import Wish
from intake.records.store import Record
from intake.report import html, pdf, rehearsal, xlsx
from intake.report.facts import Day, Late, Pattern, Proposal, Registration, ReportFacts, Ruling, Topic
from intake.report.short import LIMIT, short
from intake.report.wording import Wording, wording
from intake.worker import settling
from intake.worker.settling import By
from tests.browser import AXE, Browser, chromium
from tests.conftest import lacking
from tests.letters import OFFICE, ROOT, at, office_rules, office_templates
from tests.office import Office, furnish, letter
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Sink

HOSTILE = '=HYPERLINK("http://zly.example") <script>alert(1)</script>'
NAMES = ("Fundacja Kołatka", "Stowarzyszenie Łódź na Wiśle", "Ćwir", "Żółw", "Akademia Trzeciego Wieku")


def said() -> Wording:
    """Return the words of the shipped rules and templates."""
    return wording(office_templates(), OFFICE, office_rules())


def sample(proposals: int = 8) -> ReportFacts:
    """Return what a rich report is made of."""
    topics = tuple(topic.id for topic in office_rules().consultation.topic)

    def each(topic: str) -> Iterator[Proposal]:
        for number in range(proposals):
            yield Proposal(
                case=f"KONS-2023-{number:04}",
                organisation=HOSTILE if number == 1 else NAMES[number % len(NAMES)],
                received=at(7, 5 + number % 20, 9, 12),
                topics=(topic, *topics[-1:]) if number % 3 == 1 and topic != topics[-1] else (topic,),
                text=f"Proponujemy uprościć sprawozdania z małych dotacji, punkt {number}. " * (1 + number % 7),
                enclosures=number % 3,
                late=number == 5,
                ruling=Ruling.ADMITTED if number == 5 else Ruling.OPEN,
                supplement=number == 4,
                campaign=4 if number == 6 else None,
                added="I dodajemy punkt o bibliotekach." if number == 6 else "",
                erased=number == 7,
            )

    whole = rehearsal.full(at(8, 2, 7, 30), topics)
    return replace(
        whole,
        registrations=tuple(
            Registration(
                f"KONS-2023-{number:04}",
                None if number == 9 else f"{NAMES[number % len(NAMES)]} {number}",
                None if number == 3 else number % 4 + 1,
                topics[number % 4 : number % 4 + 1],
                late=number > 10,
                received=at(7, 10, 9),
            )
            for number in range(14)
        ),
        proposals=proposals * 2,
        topics=(
            Topic(topics[0], proposals, proposals, lambda: each(topics[0])),
            Topic(topics[4], proposals, proposals, lambda: each(topics[4])),
        ),
        late=(
            Late("KONS-2023-0083", "Fundacja Druga Nuta", "attendance", at(7, 12, 15, 21), Ruling.ADMITTED),
            Late("KONS-2023-0102", HOSTILE, "proposal", at(8, 1, 8, 5), Ruling.OPEN),
        ),
        patterns=(Pattern(4, 14, 12, "Prosimy o więcej zajęć dla dzieci i młodzieży na osiedlach."),),
        days=tuple(Day(date(2023, 7, day), day % 5, day % 3, day % 2) for day in range(4, 32)),
    )


def page(facts: ReportFacts) -> str:
    """Return the page of the report."""
    return "".join(html.page(facts, said()))


def words_of(source: str) -> list[str]:
    """Return the words of a page as they are read."""
    body = source.partition("<main>")[2]
    text = re.sub(r"<[^>]*>", " ", body)
    for escaped, sign in (("&#34;", '"'), ("&lt;", "<"), ("&gt;", ">"), ("&#39;", "'"), ("&amp;", "&")):
        text = text.replace(escaped, sign)
    return text.split()


def paper(content: bytes) -> list[str]:
    """Return the words of a PDF file as they are read."""
    return " ".join(each.extract_text() for each in PdfReader(io.BytesIO(content)).pages).split()


def test_page_and_paper_say_the_same() -> None:
    """From the same blocks: no word of the page is missing from the paper."""
    facts = sample()
    printed = "".join(paper(pdf.pdf(facts, said())))
    printed = re.sub(r"Strona\d+", "", printed)
    missing = [word for word in words_of(page(facts)) if word not in printed]

    assert [] == missing


@pytest.mark.parametrize(
    ("count", "told"), [(1, "1 propozycja"), (2, "2 propozycje"), (5, "5 propozycji"), (22, "22 propozycje")]
)
def test_numbers_stand_with_their_nouns(count: int, told: str) -> None:
    """In Polish, whatever their number is."""
    topics = tuple(topic.id for topic in office_rules().consultation.topic)
    facts = replace(sample(), topics=(Topic(topics[0], count, 0, lambda: ()),))

    assert f"– {told}</h3>" in page(facts).replace("\u00a0", " ")


def test_a_consultation_without_letters_has_a_report() -> None:
    """Which says so, in every form."""
    facts = rehearsal.empty(at(7, 4, 0))
    read = " ".join(words_of(page(facts)))

    assert "Nie wpłynęła żadna propozycja." in read
    assert "Nikt się nie zapisał." in read
    assert "Nic nie wpłynęło po terminie." in read
    assert b"%PDF" == pdf.pdf(facts, said())[:4]


def test_strangers_text_is_text_in_every_form(tmp_path: Path) -> None:
    """No markup, no formula, no link."""
    facts = sample()
    xlsx.save(tmp_path / "r.xlsx", facts, said())
    book = zipfile.ZipFile(tmp_path / "r.xlsx")
    sheets = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))

    assert "<script" not in page(facts)
    assert "&lt;script&gt;" in page(facts)
    assert "<f>" not in sheets
    assert "<hyperlink" not in sheets
    assert not any("/Annots" in each for each in PdfReader(io.BytesIO(pdf.pdf(facts, said()))).pages)


def test_the_page_fetches_and_runs_nothing() -> None:
    """It is one file, and a browser that knows how is told so."""
    found = page(sample())

    assert [] == re.findall(r"<(?:script|link|img|iframe|object|form)\b|\bsrc=|url\(|@import|\bon\w+=", found)
    assert "default-src 'none'" in found


@pytest.mark.parametrize(
    ("text", "persons", "told"),
    [
        ("Szanowni Państwo,\n\nproponujemy ławki.", (), "Proponujemy ławki."),
        ("Dzień dobry. Proszę o kontakt: 56 611 87 24 albo jan@x.example", (), "Proszę o kontakt: […] albo […]"),
        ("PESEL 44051401359, koszt 150 000 zł, lata 2024 2028", (), "PESEL […], koszt 150 000 zł, lata 2024 2028"),
        ("Nazywam się Jan  Nowak-Lis i proponuję", ("Jan Nowak-Lis", "Jan"), "Nazywam się […] i proponuję"),
        ("Zobacz www.zly.example/x", (), "Zobacz […]"),
        ("a" * 500, (), "[…]"),
        ("", (), ""),
    ],
)  # fmt: skip
def test_a_proposal_in_short_names_nobody(text: str, persons: tuple[str, ...], told: str) -> None:
    """Greeting, addresses, telephone numbers and the sender's name are left out."""
    assert told == short(text, persons)


def test_a_long_proposal_ends_with_a_word() -> None:
    """And takes no longer for a megabyte."""
    told = short("Proponujemy place zabaw, " * 40_000)

    assert LIMIT - 30 < len(told) <= LIMIT + 2
    assert told.endswith(" …")


def test_the_page_is_written_while_it_is_read() -> None:
    """Ten thousand proposals are never all there at once."""
    taken = []
    topic = sample().topics[0]

    def each() -> Iterator[Proposal]:
        (first,) = (one for number, one in enumerate(topic.each()) if number == 0)
        for number in range(10_000):
            taken.append(number)
            yield first

    facts = replace(sample(), topics=(replace(topic, each=each),))
    pieces = html.page(facts, said())
    behind = 0
    written = 0
    for piece in pieces:
        written += piece.count('class="entry"')
        behind = max(behind, len(taken) - written)

    assert 10_000 == len(taken)
    assert behind < 20


def test_a_mistake_in_the_wording_is_found_at_start(tmp_path: Path) -> None:
    """With file and line, before anybody asks for a report."""
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    path = tmp_path / "templates" / "pl" / "report.words.j2"
    path.write_text(path.read_text(encoding="utf-8").replace("r.messages.questions", "r.messages.pytania"), "utf-8")
    with pytest.raises(TemplateError) as wrong:
        rehearsal.rehearse(OFFICE, office_rules(), templates.load(tmp_path / "templates"))

    assert re.search(r"report\.words\.j2:\d+: .*pytania", str(wrong.value))


@pytest.fixture(name="browser")
def _browser() -> Iterator[Browser]:
    program = chromium()
    if program is None or not AXE.exists():
        lacking("Chromium or axe-core")
    assert program is not None
    with Browser(program) as browser:
        yield browser


@pytest.mark.chromium
@pytest.mark.parametrize("name", ["rich", "empty"])
def test_the_page_is_for_everybody(browser: Browser, tmp_path: Path, name: str) -> None:
    """On phones and desks, light and dark: axe-core finds nothing, nothing is cut, nothing is fetched."""
    album = Path(os.environ.get("PICTURES") or tmp_path)
    source = page(sample() if name == "rich" else rehearsal.empty(at(7, 4, 0)))
    for width in (360, 1000):
        for dark in (False, True):
            browser.show(source, width, dark=dark)
            browser.picture(album / f"report-{name}-{width}-{'dark' if dark else 'light'}.png")

            assert browser.violations() == []
            assert browser.overflow(width) == 0
            assert browser.fetched == []
    browser.show(source, 320)

    assert browser.overflow(320) == 0


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="needs Debian's poppler-utils")
def test_the_paper_is_printed_within_its_margins(tmp_path: Path) -> None:
    """Turned into pictures: every page has words, nothing runs over an edge, and ink is spared."""
    album = Path(os.environ.get("PICTURES") or tmp_path)
    (tmp_path / "r.pdf").write_bytes(pdf.pdf(sample(), said()))
    subprocess.run(["pdftoppm", "-r", "50", "-png", tmp_path / "r.pdf", album / "report"], check=True, timeout=60)
    pictures = sorted(album.glob("report-*[0-9].png"))
    shares = []
    for picture in pictures:
        with Image.open(picture) as opened:
            grey = opened.convert("L")
        width, height = grey.size
        edges = [grey.crop(box) for box in ((0, 0, 30, height), (width - 30, 0, width, height))]
        dark = sum(grey.histogram()[:128]) / (width * height)
        shares.append(0.002 < dark < 0.15 and all(edge.getextrema() == (255, 255) for edge in edges))

    assert len(pictures) > 4
    assert all(shares)


def test_the_paper_knows_its_language_and_its_sections() -> None:
    """For those who have it read to them, and the same bytes each time."""
    content = pdf.pdf(sample(), said())
    reader = PdfReader(io.BytesIO(content))
    outline = [str(each.title).replace("\u00a0", " ") for each in reader.outline if not isinstance(each, list)]

    assert b"/Lang (pl)" in content
    assert {"W skrócie", "Propozycje do programu", "Po terminie"} <= set(outline)
    assert content == pdf.pdf(sample(), said())


def test_moments_and_days_are_typed_in_the_workbook(tmp_path: Path) -> None:
    """With widths, filters and a header that stays."""
    xlsx.save(tmp_path / "r.xlsx", sample(), said())
    book = zipfile.ZipFile(tmp_path / "r.xlsx")
    styles = book.read("xl/styles.xml").decode()
    sheets = [book.read(f"xl/worksheets/sheet{number}.xml").decode() for number in range(1, 7)]

    assert 'formatCode="yyyy-mm-dd"' in styles
    assert all('state="frozen"' in sheet and "<autoFilter" in sheet and "<cols>" in sheet for sheet in sheets)
    assert re.search(r'<c r="D2" s="\d+"><v>45112\.38', sheets[1])  # 5 July 2023, 9.12
    assert re.search(r'<c r="A2" s="\d+"><v>45111</v>', sheets[4])  # 4 July 2023


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs Debian's libreoffice-calc-nogui")
def test_libreoffice_opens_the_workbook(tmp_path: Path) -> None:
    """Every tab, with its diacritics."""
    xlsx.save(tmp_path / "r.xlsx", sample(), said())
    form = "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true,false,false,false,-1"
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/p", "--headless", "--convert-to", form, "r.xlsx"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=110)
    told = "\n".join(path.read_text(encoding="utf-8") for path in sorted(tmp_path.glob("r-*.csv")))

    assert 6 == len(list(tmp_path.glob("r-*.csv")))
    assert "Stowarzyszenie Łódź na Wiśle" in told
    assert "2023-07-05 09:12" in told


# Through real servers -------------------------------------------------------------------------------------------------

COMING = "Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak\nFundacja Przystań\n"
PROPOSING = (
    "Szanowni Państwo,\n\nproponujemy uprościć sprawozdania z małych dotacji. Proszę o telefon: 501 222 333, "
    "e-mail jan.lis@brzeg.example, pyta Jan Lis.\n\nJan Lis\nStowarzyszenie Brzeg\n"
)
PRIVATE = "Cześć Kasiu, dziękuję za wczorajszą wizytę u lekarza, wyniki odbiorę w piątek. Buziaki, mama\n"


@pytest.fixture(name="office")
def _office(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Office:
    office = furnish(tmp_path, dovecot, sink)
    office.mail("konsultacje", letter(COMING), "2023-07-10 11:00")
    late = letter(COMING.replace("Przystań", "Poniewczasie"), sender="Ewa Bąk <ewa@poniewczasie.example>")
    office.mail("konsultacje", late, "2023-07-12 15:00:01")
    office.mail("konsultacje", letter(PROPOSING, sender="Jan Lis <jan@brzeg.example>"), "2023-07-10 11:05")
    tardy = (
        PROPOSING.replace("Jan Lis", "Ola Ul").replace("Brzeg", "Po Czasie").replace("dotacji.", "dotacji i rozliczeń.")
    )
    office.mail("konsultacje", letter(tardy, sender="Ola Ul <ola@poczasie.example>"), "2023-08-01 00:00:01")
    office.mail("rsvp", letter(PRIVATE, sender="Mama <mama@dom.example>", subject="Wyniki"), "2023-07-11 20:00")
    office.poll()
    office.drain()
    return office


def report(office: Office) -> tuple[str, str, dict[str, Any]]:
    """Write the report; return the words of the page and of the paper, and the facts by their labels."""
    folder = office.folder / "raport"
    arguments = ["--config", str(office.folder / "config.toml"), "--as-of", "2023-08-02T07:30", "report", "-o"]
    done = CliRunner().invoke(cli, [*arguments, str(folder)], standalone_mode=False)
    assert done.exception is None, done.exception
    assert [str(folder / f"raport.{ending}") for ending in ("html", "pdf", "xlsx")] == done.output.split()
    source = (folder / "raport.html").read_text(encoding="utf-8")
    rows = re.findall(r'<th scope="row" class="label">(.*?)</th><td>(.*?)</td>', source.replace("\u00a0", " "))
    return " ".join(words_of(source)), " ".join(paper((folder / "raport.pdf").read_bytes())), dict(rows)


@pytest.mark.dovecot
def test_the_report_counts_what_came(office: Office) -> None:
    """On time and late by one second, private mail as a number."""
    _, _, facts = report(office)

    assert "4" == facts["Wiadomości w sprawie konsultacji"]
    assert "2 zgłoszenia, 4 osoby" == facts["Zapisy na spotkanie"]
    assert ("1 (2 osoby)", "1 (2 osoby)") == (facts["Zgłoszenia w terminie"], facts["Zgłoszenia po terminie"])
    assert ("1", "1") == (facts["Propozycje w terminie"], facts["Propozycje po terminie"])
    assert "1" == facts["Prywatne, w skrzynce osobistej"]
    assert "do 12 lipca 2023 r. (środa), godz. 15.00, na adres k.dabrowska@um.torun.pl" == facts["Zgłoszenia udziału"]


@pytest.mark.dovecot
def test_the_report_says_what_the_office_decided_of_late_ones(office: Office) -> None:
    """Let in, closed, or not decided yet."""
    before, _, _ = report(office)
    with office.desk.store.reading() as session:
        numbers = {record.organisation: record.id for record in session.query(Record) if record.organisation}
    late = next(number for name, number in numbers.items() if "Poniewczasie" in name)
    proposal = next(number for name, number in numbers.items() if "Po Czasie" in name)
    settling.settle(office.desk, late, Wish(admit={"attendance": "dzwonili"}), By("command", "przyjmij"))
    settling.settle(office.desk, proposal, Wish(), By("command", "nie"))
    after, printed, _ = report(office)

    assert 2 == before.count("decyzja jeszcze nie zapadła") - before.count("po terminie: decyzja jeszcze")
    assert "zgłoszenie udziału · 12 lipca, godz. 15.00 · uznano mimo terminu" in after
    assert "propozycja · 1 sierpnia, godz. 0.00 · sprawa zamknięta, terminu nie przywrócono" in after
    assert "uznano mimo terminu" in printed
    assert "dzwonili" not in after


@pytest.mark.dovecot
def test_the_report_names_nobody(office: Office) -> None:
    """Neither who wrote, nor where they can be reached, nor anything of private mail; in no form."""
    read, printed, _ = report(office)
    book = zipfile.ZipFile(office.folder / "raport" / "raport.xlsx")
    sheets = "".join(book.read(name).decode() for name in book.namelist() if name.startswith("xl/"))
    private = (
        "Anna Nowak",
        "Jan Lis",
        "Ewa Bąk",
        "Ola Ul",
        "501 222",
        "brzeg.example",
        "przystan.example",
        "lekarza",
        "Wyniki",
        "mama",
    )

    assert [] == [word for word in private for text in (read, printed, sheets) if word in text]
    assert all("roponujemy uprościć sprawozdania z małych dotacji" in text for text in (read, printed, sheets))


@pytest.mark.dovecot
def test_what_people_corrected_is_reported_as_corrected(office: Office) -> None:
    """A question that was taken for a proposal is no proposal in the report."""
    with office.desk.store.reading() as session:
        number = next(one.id for one in session.query(Record) if one.organisation and "Brzeg" in one.organisation)
    settling.settle(office.desk, number, Wish(category=Category.QUESTION), By("command", "pytanie"))
    read, _, facts = report(office)

    assert ("0", "1", "1") == (facts["Propozycje w terminie"], facts["Propozycje po terminie"], facts["Pytania"])
    assert "Stowarzyszenie Brzeg" not in read
