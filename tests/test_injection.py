"""What a stranger writes stays what a stranger wrote, at every place where it lands: one set of strings, one test each.

The whole set goes through one office: from real IMAP to real SMTP, into the digest, the lists and the spreadsheets.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import socket
import sqlite3
import sys
import threading
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Self

import pytest

from intake import events, terminal
from intake.__main__ import main
from intake.delivery.smtp import Courier, Refused, Relay
from intake.letters import mime
from intake.letters.facts import LetterKind
from intake.mail.reader import parse
from intake.worker import morning
from intake.worker.taking_in import PollLine
from tests import hostile
from tests.letters import letter
from tests.office import Office, furnish
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Sink

pytestmark = pytest.mark.dovecot
FIELDS = {
    *("from", "to", "reply-to", "subject", "date", "message-id", "in-reply-to", "references", "auto-submitted"),
    *("x-auto-response-suppress", "mime-version", "content-type", "content-language", "content-transfer-encoding"),
}
Intake = Callable[..., tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Played:
    """What became of the whole set."""

    office: Office
    line: PollLine
    log: tuple[str, ...]
    answers: tuple[EmailMessage, ...]
    digest: EmailMessage
    outside: frozenset[str]  # files beside the office's folder, which were not there before


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot) -> Iterator[Played]:
    """Give an office that has taken in, answered and told every string of the set."""
    above = tmp_path_factory.mktemp("wyrwany")
    folder = above / "office"
    folder.mkdir()
    heard: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: heard.append(handler.format(record))  # type: ignore[method-assign]  # the whole sink
    handler.addFilter(lambda record: record.name != "mail.log")  # the server of the test speaks there
    log = logging.getLogger()
    log.addHandler(handler)
    level, log.level = log.level, logging.DEBUG
    sink = Sink().start()
    office = furnish(folder, dovecot, sink, acknowledge="per_hour = 0")
    for number, text in enumerate(hostile.ALL):
        office.mail("konsultacje", hostile.mail(number, text), "2023-07-10 11:00")
    before = {str(path) for path in above.rglob("*")}
    line = office.poll()["konsultacje"]
    office.drain()
    answers = tuple(office.letters())
    morning.write(office.desk, date(2023, 7, 10))
    office.drain()
    (digest,) = office.letters()[len(answers) :]
    log.removeHandler(handler)
    log.level = level
    outside = frozenset(str(path) for path in above.rglob("*") if not path.is_relative_to(folder / "var")) - before
    yield Played(office, line, tuple(heard), answers, digest, outside)
    sink.stop()


@pytest.fixture
def intake(played: Played, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Intake:
    """Give a way to call the program on that office: status and all output."""

    def call(*words: str) -> tuple[int, str]:
        config = str(played.office.folder / "config.toml")
        monkeypatch.setattr(sys, "argv", ["intake", "--config", config, "--as-of", "2023-07-10T12:00:00", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out + captured.err

    return call


def part(message: EmailMessage, kind: str) -> str:
    """Return the text of the part of *kind*."""
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_the_set_is_taken_in_and_most_of_it_is_answered(played: Played) -> None:
    """Else nothing below would be tested."""
    assert (len(hostile.ALL), 0, None) == (played.line.listed, played.line.left_over, played.line.error)
    assert len(hostile.ALL) == len(played.office.records())
    assert len(played.answers) > len(hostile.ALL) * 0.7  # the others bear another address as their name


def test_in_header_fields(played: Played) -> None:
    """No answer has a field that we did not give it, or a line that is none of a field's."""
    for message, delivered in zip((*played.answers, played.digest), played.office.sink.delivered, strict=True):
        head = delivered.raw.partition(b"\r\n\r\n")[0]
        assert {name.lower() for name in message.keys()} <= FIELDS  # noqa: SIM118  (a message yields no names)
        assert all(re.match(rb"[A-Za-z-]+: |[ \t]\S", line) for line in head.split(b"\r\n"))
        assert head.isascii()


def test_in_smtp_commands(played: Played) -> None:
    """Each answer has one recipient, its own sender, and none begot another."""
    delivered = played.office.sink.delivered[: len(played.answers)]

    assert {""} == {each.reverse_path.strip("<>") for each in delivered}
    assert all(re.fullmatch(r"ngo(\d+)@d\1\.example", each.recipients[0]) for each in delivered)
    assert {1} == {len(each.recipients) for each in delivered}
    assert len(delivered) == len({each.recipients for each in delivered})


@pytest.mark.parametrize("text", hostile.ALL)
def test_in_an_envelope(text: str) -> None:
    """An address that is none is refused before a server hears of it, and none is written to."""
    import asyncio  # noqa: PLC0415

    async def offered(recipient: str, sender: str) -> object:
        async with Courier(Relay("127.0.0.1", 9, "none")) as courier:  # nobody listens there: it is never asked
            return await courier.deliver(sender, recipient, b"x\r\n")

    for address in (text, f"{text}@example.org", f"a@{text}", f"<{text}>"):
        assert mime.writable(address) is None or re.fullmatch(r"[!-~]+@[a-z0-9.-]+", address.lower())
        if re.search(r"[\x00-\x20<>\x7f]", address):
            assert isinstance(asyncio.run(offered(address, "")), Refused)
            assert isinstance(asyncio.run(offered("a@example.org", address)), Refused)


def test_on_the_wire() -> None:
    """Whatever a letter's bytes are, the relay hears one letter: no bare CR or LF, each leading dot doubled."""
    import asyncio  # noqa: PLC0415

    with _Wire() as wire:

        async def offer() -> None:
            async with Courier(Relay("127.0.0.1", wire.port, "none")) as courier:
                for text in hostile.COMMAND:
                    await courier.deliver("", "a@example.org", b"Subject: x\r\n\r\n" + text.encode() + b"\r\n")

        asyncio.run(offer())
    heard = wire.heard
    commands = re.findall(rb"(?m)^(MAIL|RCPT|DATA)\b", _without_data(heard))

    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", heard)
    assert len(hostile.COMMAND) == heard.count(b"\r\n.\r\n")
    assert [b"MAIL", b"RCPT", b"DATA"] * len(hostile.COMMAND) == commands
    assert all(line[:2] == b".." or line == b"." for line in heard.split(b"\r\n") if line.startswith(b"."))


def _without_data(heard: bytes) -> bytes:
    return re.sub(rb"(?s)(DATA\r\n).*?\r\n\.\r\n", rb"\1", heard)


class _Wire:
    """A server that takes everything and keeps each byte it heard."""

    def __enter__(self) -> Self:
        self.heard = b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(10)
        self._socket.close()

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            connection.sendall(b"220 ready\r\n")
            in_data, unread = False, b""
            while received := connection.recv(65536):
                self.heard += received
                unread += received
                while (end := unread.find(b"\r\n")) >= 0:
                    line, unread = unread[:end], unread[end + 2 :]
                    if in_data and line != b".":
                        continue
                    was_data, in_data = in_data, not in_data and line.upper() == b"DATA"
                    connection.sendall(b"354 go\r\n" if in_data else b"250 ok\r\n")
                    if not was_data and line.upper() == b"QUIT":
                        return


class _Page(HTMLParser):
    """Notes what could do something on a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.harm: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "iframe", "img", "object", "embed", "form", "input", "svg", "base", "link"}:
            self.harm.append(tag)
        for name, value in attributes:
            foreign = name in {"href", "src"} and not re.match(r"(?i)mailto:|https?://", value or "")
            if name.startswith("on") or foreign or "evil.example" in (value or ""):
                self.harm.append(f"{tag} {name}={value}")


def test_in_the_html_of_acknowledgements(played: Played) -> None:
    """Nothing on the page runs, loads, or leads to where a stranger wants."""
    assert [] == [harm for message in played.answers for harm in _Page(part(message, "html")).harm]


def test_in_the_html_of_the_digest(played: Played) -> None:
    """The same for staff; what looks like a template is not one."""
    page = part(played.digest, "html")

    assert [] == _Page(page).harm
    assert "1337" not in page


def test_in_text_parts(played: Played) -> None:
    """No control, no override, no link; what looks like a template is not one."""
    for message in (*played.answers, played.digest):
        text = part(message, "plain").replace("\r", "").replace("\n", "")
        assert not {unicodedata.category(each) for each in text} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
        assert "1337" not in text
        assert "https://evil.example" not in text


def test_in_subjects(played: Played) -> None:
    """The subject of an answer is ours alone: a stranger's words are not for lock screens."""
    words = {word for message in played.answers for word in re.findall(r"\w+", message["Subject"].partition("[")[0])}

    assert {True} == {bool(re.search(r" \[KONS-2023-\d{4}\]$", message["Subject"])) for message in played.answers}
    assert not words & {"Uwagi", "Bcc", "ofiara", "evil", "script", "alert", "HYPERLINK", "DROP", "etc", "Windows"}


def test_in_csv_cells(intake: Intake, tmp_path: Path) -> None:
    """No cell is a formula, and no cell begins a row."""
    intake("export", "--format", "csv", "-o", str(tmp_path / "records.csv"))
    rows = list(csv.reader(io.StringIO((tmp_path / "records.csv").read_text(encoding="utf-8-sig")), delimiter=";"))

    assert 1 + len(hostile.ALL) == len(rows)
    assert {len(rows[0])} == {len(row) for row in rows}
    assert [] == [cell for row in rows for cell in row if cell.lstrip()[:1] in set("=+-@") and cell.strip()]


def test_in_xlsx_cells(intake: Intake, tmp_path: Path) -> None:
    """No formula, no link, no row of a stranger's."""
    intake("export", "--format", "xlsx", "-o", str(tmp_path / "records.xlsx"))
    with zipfile.ZipFile(tmp_path / "records.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        names = book.namelist()

    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert 1 + len(hostile.ALL) == sheet.count("<row ")
    assert not [name for name in names if "externalLink" in name or "vba" in name.lower()]


def test_on_the_terminal(played: Played, intake: Intake) -> None:
    """No cursor moves, no colour changes, no direction turns, whatever is asked for."""
    cases = sorted({record["case"] for record in played.office.records() if record["case"]})
    said = [intake("list")[1], intake("digest", "--print")[1]]
    for case in cases:
        said += [intake("show", case)[1], intake("explain", case)[1]]
    for number, text in enumerate(hostile.ALL[:20]):
        path = played.office.folder / f"{number}.eml"
        path.write_bytes(hostile.mail(number, text))
        said.append(intake("classify", str(path))[1])
    shown = "".join((*said, *(terminal.inert(text) for text in hostile.ALL))).replace("\n", "")

    assert len(cases) > 20
    assert not {unicodedata.category(each) for each in shown} & {"Cc", "Cf", "Cs"}


def test_in_file_names(played: Played) -> None:
    """A name is a label: no path, no control, no end of its own; and nothing was written outside of the folder."""
    for number, text in enumerate(hostile.ALL):
        for attachment in parse(hostile.mail(number, text)).attachments:
            name = attachment.filename or ""
            assert not set(name) & set("/\\\x00\r\n")
            assert name not in {".", ".."}
            assert len(name) <= 200
    assert frozenset() == played.outside
    assert not list(Path("/tmp").glob("wyrwany*.*"))  # noqa: S108  (where the strings want to write)


def test_in_log_lines(played: Played) -> None:
    """A line of the log is one line, ids only; a server's words cannot begin another."""
    assert played.log
    assert [] == [line for line in played.log if "\n" in line or "\r" in line]
    words = ("evil.example", "ofiara", "wyrwany", "Fundacja", "Bcc", "DROP", "alert(")
    assert [] == [line for line in played.log if any(word in line for word in words)]
    assert [] == [text for text in hostile.ALL if not events.one_line(text).isprintable()]


def test_in_json(played: Played, intake: Intake) -> None:
    """An object a line, one for each message; no line is a stranger's."""
    status, out = intake("export", "--format", "jsonl")
    found = [json.loads(line) for line in out.split("\n") if line]

    assert 0 == status
    assert len(hostile.ALL) == len(found)
    assert "KONS-2023-9999" not in {line["case"] for line in found}
    assert [] == [line for line in found if not isinstance(line["category"], str)]


def test_in_sql(played: Played, intake: Intake) -> None:
    """Statements are text: on record as written, and harmless as an argument."""
    with sqlite3.connect(played.office.folder / "var" / "intake.db") as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        subjects = {subject for (subject,) in database.execute("SELECT subject FROM record")}

    assert {"record", "affair", "outgoing", "event"} <= tables
    assert set(hostile.STATEMENT) <= subjects
    for text in hostile.STATEMENT:
        status, said = intake("show", "--", text)
        assert (1, False) == (status, "Traceback" in said)
    assert len(hostile.ALL) == len(played.office.records())


def test_in_facts_of_a_letter() -> None:
    """Names that reach a letter by any fact break no field and no page."""
    for text in hostile.ALL:
        composed = letter(LetterKind.PROPOSAL, subject=text, organisation=text, answers=text, references=(text, text))
        head = composed.raw.partition(b"\r\n\r\n")[0]
        assert all(re.match(rb"[A-Za-z-]+: |[ \t]\S", line) for line in head.split(b"\r\n"))
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)", composed.raw)
        assert composed.raw.isascii()
