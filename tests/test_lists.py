"""Lists for people: the sign-in sheet, what was corrected, what other rules would change."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from intake.__main__ import cli
from intake.errors import RulesError
from intake.judgement import as_if
from intake.judgement.values import Category
from intake.letters import signin
from intake.letters.digest_facts import Guest
from intake.records.corrections import Wish
from intake.worker import settling
from intake.worker.settling import By
from tests.letters import office_rules
from tests.office import Office, furnish, letter
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Sink

WARSAW = ZoneInfo("Europe/Warsaw")
ROOT = Path(__file__).parents[1]
SHEET = signin.Sheet(
    title="Lista obecności: Spotkanie",
    place="ul. Łokietka 3",
    starts=datetime(2023, 7, 13, 16, tzinfo=WARSAW),
    written=datetime(2023, 7, 13, 8, tzinfo=WARSAW),
    topics={"seniors": "polityka senioralna", "forum": "Forum"},
    needs={"interpreter": "tłumacz języka migowego"},
    words={
        "no_group": "Bez grupy",
        "unnamed": "nie podano",
        "late": "po terminie",
        "columns": "Lp. | Organizacja | Kto | Osoby | Sprawa | Potrzeby | Podpis",
    },
    guests=(
        Guest("KONS-2023-0001", "Klub Żółw, ąćęłńóśźż", 2, ("Jan Żak",), ("seniors", "forum"), ("interpreter",)),
        Guest("KONS-2023-0002", None, None, late=True),
        Guest("KONS-2023-0003", '=HYPERLINK("http://zly.example")', 3, (), ("forum",)),
    ),
)


def test_the_sheet_prints_who_is_expected_by_group() -> None:
    """Every name, with its diacritics, under the group that it chose first; the same bytes each time."""
    pages = PdfReader(io.BytesIO(signin.pdf(SHEET))).pages
    text = "\n".join(page.extract_text() for page in pages)

    assert "Klub Żółw, ąćęłńóśźż" in text
    assert "13 lipca 2023 r. (czwartek), godz. 16.00" in text.replace("\u00a0", " ")
    assert text.index("polityka senioralna: 2") < text.index("Forum: 3") < text.index("Bez grupy")
    assert signin.pdf(SHEET) == signin.pdf(SHEET)


def test_a_sheet_of_hundreds_goes_on_over_pages() -> None:
    """With its heading on each."""
    many = tuple(Guest(f"KONS-2023-{number:04}", f"Fundacja {number}", 1) for number in range(300))
    pages = PdfReader(io.BytesIO(signin.pdf(replace(SHEET, guests=many)))).pages

    assert len(pages) > 8
    assert all("Lista obecności" in page.extract_text() for page in pages)


def test_the_workbook_holds_text_and_no_formula() -> None:
    """What a stranger called themselves stays what it is."""
    content = zipfile.ZipFile(io.BytesIO(signin.xlsx(SHEET)))
    sheets = "".join(content.read(name).decode() for name in content.namelist() if "worksheets/sheet" in name)

    assert "<f>" not in sheets
    assert "HYPERLINK" in content.read("xl/sharedStrings.xml").decode()


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs Debian's libreoffice-calc-nogui")
def test_libreoffice_opens_the_workbook_without_loss(tmp_path: Path) -> None:
    """Every tab's cells come out as they went in."""
    (tmp_path / "lista.xlsx").write_bytes(signin.xlsx(SHEET))
    form = "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true,false,false,false,-1"
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation=file://{tmp_path}/p",
            "--headless",
            "--convert-to",
            form,
            "lista.xlsx",
        ],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        timeout=110,
    )
    told = "\n".join(path.read_text(encoding="utf-8") for path in sorted(tmp_path.glob("lista-*.csv")))

    assert 3 == len(list(tmp_path.glob("lista-*.csv")))
    assert "Klub Żółw, ąćęłńóśźż" in told
    assert '=HYPERLINK(""http://zly.example"")' in told


COMING = "Dzień dobry,\n\npotwierdzam udział dwóch osób w spotkaniu 13 lipca.\n\nAnna Nowak\nFundacja Przystań\n"
PROPOSING = "Proponujemy uprościć sprawozdania z małych dotacji.\n\nJan Lis, Stowarzyszenie Brzeg\n"


@pytest.fixture
def office(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Office:
    """Give an office with a registration, and a proposal that a person called a question."""
    office = furnish(tmp_path, dovecot, sink)
    office.mail("konsultacje", letter(COMING), "2023-07-10 11:00")
    office.mail("konsultacje", letter(PROPOSING, sender="Jan Lis <jan@brzeg.example>"), "2023-07-10 11:05")
    office.poll()
    settling.settle(office.desk, 2, Wish(category=Category.QUESTION), By("command", "2 pytanie"))
    return office


def said(office: Office, *words: str) -> tuple[int, str]:
    """Return exit status and output of a command."""
    arguments = ["--config", str(office.folder / "config.toml"), *words]
    done = CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert done.exception is None, done.exception
    return int(done.return_value or 0), done.output


@pytest.mark.dovecot
def test_a_review_names_the_rules_that_misled(office: Office) -> None:
    """The case, what it was taken for and what it is, and the phrase."""
    status, output = said(office, "review")

    assert 0 == status
    assert "KONS-2023-0002" in output
    assert "proposal" in output
    assert "misled by acts:" in output


@pytest.mark.dovecot
def test_a_replay_shows_what_would_differ_and_writes_nothing(office: Office) -> None:
    """By the same rules only the corrected one; by others also who is no longer understood."""
    rules = office.folder / "other"
    shutil.copytree(ROOT / "rules", rules)
    path = rules / "consultation.toml"
    text = path.read_text(encoding="utf-8").replace("2023-07-12T15:00:00", "2023-07-10T10:00:00")
    path.write_text(text, encoding="utf-8")
    before = office.records()
    same = said(office, "replay")
    other = said(office, "replay", "--rules", str(rules))

    assert (1, True) == (same[0], "1 of 2 would differ" in same[1])
    assert (1, True) == (other[0], "attendance: on_time -> late" in other[1])
    assert "letter: attendance -> attendance_late" in other[1]
    assert before == office.records()


@pytest.mark.dovecot
def test_a_replay_as_if_a_cutoff_were_another_says_whom_it_concerns(office: Office) -> None:
    """Without a folder of rules: the verdict, the letter, the people; a reply that corrected is no difference."""
    office.drain()
    (acknowledgement,) = (each for each in office.letters() if "KONS-2023-0001" in each["Subject"])
    reply = letter("Jednak będą trzy osoby.\n", In_Reply_To=acknowledgement["Message-ID"])
    office.mail("konsultacje", reply, "2023-07-11 09:00")
    office.poll()
    before = office.records()
    status, output = said(office, "replay", "--as-if", "cutoff.attendance=2023-07-10T23:00")
    lines = output.splitlines()

    assert 1 == status
    assert "KONS-2023-0001 (konsultacje, people: 3)" in lines
    assert "  attendance: on_time -> late" in lines
    assert "  letter: attendance_changed, reworded" in lines
    assert "2 of 3 would differ" in output  # the corrected proposal is one by these rules too
    assert "affected: 3 people in 2 cases" in output
    assert before == office.records()


@pytest.mark.dovecot
def test_a_replay_as_if_more_were_doubted_tells_who_would_be_looked_at(office: Office) -> None:
    """A threshold changes no category, and yet who must look and which letter leaves."""
    _, output = said(office, "replay", "--as-if", "doubt.below=1")

    assert "  looked at for: - -> unsure" in output
    assert "  letter: attendance -> receipt" in output


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("cutoff.attendace=2023-07-12T16:00", "'cutoff.attendace': unknown key; allowed keys are cutoff.attendance,"),
        ("cutoff.attendance", "'cutoff.attendance': KEY=VALUE is allowed"),
        ("cutoff.attendance=jutro", "cutoff.attendance: a time in ISO 8601, such as 2023-07-12T16:00, is allowed"),
        ("cutoff.attendance=2023-07-12", "cutoff.attendance: a time in ISO 8601"),
        ("doubt.below=nan", "doubt.below: a number from 0 to 1 is allowed, not 'nan'"),
        ("automatic.threshold=0", "automatic.threshold: a number above 0 is allowed, not '0'"),
        ("automatic.first_words=1.5", "automatic.first_words: a whole number from 1 to 1000 is allowed"),
    ],
)
def test_a_setting_that_is_none_names_key_and_what_is_allowed(setting: str, told: str) -> None:
    """A mistake in the wording of a rehearsal rehearses nothing."""
    with pytest.raises(RulesError) as wrong:
        as_if.changed(office_rules(), [setting])

    assert told in str(wrong.value)


def test_settings_change_what_they_name_and_nothing_else() -> None:
    """Times are the office's unless they say otherwise; a day lasts to its last moment."""
    rules = office_rules()
    other = as_if.changed(rules, ["cutoff.attendance=2023-07-12T14:00Z", "cutoff.proposals=2023-08-02"])

    assert datetime(2023, 7, 12, 16, tzinfo=WARSAW) == other.cutoffs.attendance
    assert datetime(2023, 8, 2, 23, 59, 59, 999999, tzinfo=WARSAW) == other.cutoffs.proposals
    assert (rules.cutoffs.meeting, rules.doubt) == (other.cutoffs.meeting, other.doubt)
    assert rules.cutoffs == office_rules().cutoffs


@pytest.mark.dovecot
def test_a_wrong_setting_is_wrong_use(office: Office) -> None:
    """Exit status 2, like every mistake in what the office says."""
    command = [sys.executable, "-m", "intake", "--config", str(office.folder / "config.toml")]
    wrong = [*command, "replay", "--as-if", "meeting.start=x"]
    done = subprocess.run(wrong, check=False, capture_output=True, timeout=60)

    assert (2, b"") == (done.returncode, done.stdout)
    assert b"--as-if 'meeting.start': unknown key" in done.stderr


@pytest.mark.dovecot
def test_a_sign_in_sheet_is_written(office: Office) -> None:
    """From the records, by one command, in both forms."""
    for name in ("lista.pdf", "lista.xlsx"):
        assert (0, "") == said(office, "signin", "-o", str(office.folder / name))

    text = PdfReader(office.folder / "lista.pdf").pages[0].extract_text()
    assert "Fundacja Przystań" in text
    assert "KONS-2023-0001" in text


@pytest.mark.dovecot
def test_attachments_are_written_by_case_and_nothing_is_overwritten(office: Office) -> None:
    """A stranger's name is a name and no path; two of the same name are two files."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Ewa <ewa@x.example>", "konsultacje@um.torun.pl", "uwagi"
    message["Message-ID"] = "<uwagi@x.example>"
    message.set_content("Proponujemy to, co w załącznikach. Stowarzyszenie Brzeg")
    for content in (b"raz", b"dwa"):
        message.add_attachment(content, maintype="text", subtype="plain", filename="../../etc/uwagi ż.txt")
    office.mail("konsultacje", message.as_bytes(), "2023-07-10 12:00")
    office.poll()
    status, output = said(office, "export", "--attachments", str(office.folder / "pliki"))
    written = sorted(path for path in (office.folder / "pliki").rglob("*") if path.is_file())

    assert (0, 2) == (status, len(output.splitlines()))
    assert {b"raz", b"dwa"} == {path.read_bytes() for path in written}
    assert {office.folder / "pliki" / "KONS-2023-0003"} == {path.parent for path in written}


@pytest.mark.dovecot
def test_the_exported_workbook_has_a_sheet_for_each_purpose(office: Office) -> None:
    """Who comes, what was proposed, and every message; moments are moments."""
    assert (0, "") == said(office, "export", "--format", "xlsx", "-o", str(office.folder / "all.xlsx"))
    content = zipfile.ZipFile(office.folder / "all.xlsx")
    book = content.read("xl/workbook.xml").decode()

    assert all(f'name="{name}"' in book for name in ("Obecność", "Propozycje", "Wszystkie wiadomości"))
    assert "<f>" not in content.read("xl/worksheets/sheet1.xml").decode()
