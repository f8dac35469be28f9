"""Attachments are read as far as they can be, and a hostile one costs nothing but itself."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import resource
import shutil
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.mail.attachments import read
from intake.mail.documents import extract
from intake.mail.kinds import Kind, kind_of
from intake.mail.message import Attachment, Message
from tests import documents

PARTICIPANTS = "Żaneta Łącka"
IS_SEEING = all(shutil.which(program) for program in ("tesseract", "pdftoppm"))


def attached(content: bytes, name: str | None = None, content_type: str = "application/octet-stream") -> Attachment:
    """Return an attachment as the parser hands it on."""
    return Attachment(name, content_type, content, hashlib.sha256(content).hexdigest(), unread="not read")


def message(*attachments: Attachment) -> Message:
    """Return a message with nothing but attachments."""
    return Message((), None, (), (), None, None, None, None, None, "multipart/mixed", (), attachments)


def after_reading(*attachments: Attachment) -> list[tuple[str, str | None]]:
    """Return the text of each of *attachments*, and why it was not read."""
    return [(each.text, each.unread) for each in read(message(*attachments)).attachments]


def text_of(content: bytes, name: str | None = None) -> str:
    """Return the text of a document that is read whole."""
    found = extract(content, name, "application/octet-stream")

    assert found.unread is None
    return found.text


def test_every_attachment_is_answered_in_its_place() -> None:
    """One process reads them all, and none takes another's answer."""
    letter = documents.word(documents.paragraph(PARTICIPANTS))
    row = documents.opendocument("<text:p>Uwagi</text:p>")

    assert [(PARTICIPANTS, None), ("", "a file of an unknown kind"), ("Uwagi", None)] == after_reading(
        attached(letter, "lista.docx"), attached(b"\0\1\2\3", "x.bin"), attached(row, "uwagi.odt")
    )


def test_what_was_read_already_is_left_alone() -> None:
    """An attached message came with its text."""
    known = Attachment(None, "message/rfc822", b"Subject: x\n\nTak", "0", "Tak")

    assert [("Tak", None)] == after_reading(known)


def test_a_table_of_a_word_file_comes_row_by_row() -> None:
    """A list of participants is mostly a table."""
    content = documents.word(
        documents.paragraph("Lista") + documents.table(("Lp.", "Imię i nazwisko"), ("1.", PARTICIPANTS))
    )

    assert f"Lista\nLp. | Imię i nazwisko\n1. | {PARTICIPANTS}" == text_of(content)


def test_the_fields_of_a_form_are_read_and_its_hints_are_not() -> None:
    """What the sender typed into a content control is theirs; "click here" is the form's."""
    filled = f"<w:sdt><w:sdtPr/><w:sdtContent>{documents.paragraph('Fundacja Arka')}</w:sdtContent></w:sdt>"
    empty = (
        "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr>"
        f"<w:sdtContent>{documents.paragraph('Kliknij, aby wpisać')}</w:sdtContent></w:sdt>"
    )
    box = "<w:checkBox><w:default w:val='0'/><w:checked/></w:checkBox>"
    boxed = f"<w:p><w:r><w:fldChar><w:ffData>{box}</w:ffData></w:fldChar></w:r><w:r><w:t>wezmę udział</w:t></w:r></w:p>"

    assert "Fundacja Arka\n☒ wezmę udział" == text_of(documents.word(filled + empty + boxed))


def test_deleted_text_of_a_word_file_is_not_read() -> None:
    """With changes tracked, what was struck out still stands in the file."""
    content = documents.word(
        "<w:p><w:del><w:r><w:delText>dwie</w:delText><w:t>dwie</w:t></w:r></w:del>"
        "<w:r><w:t>trzy osoby</w:t></w:r></w:p>"
    )

    assert "trzy osoby" == text_of(content)


def test_the_letterhead_stands_above_the_letter() -> None:
    """It says who writes, and often nothing else does."""
    content = documents.word(documents.paragraph("Będziemy."), head=documents.paragraph("Koło Gospodyń"))

    assert "Koło Gospodyń\nBędziemy." == text_of(content)


def test_list_items_of_a_word_file_keep_their_marks() -> None:
    """Each is a proposal of its own."""
    item = documents.paragraph("ławki", "<w:numPr/><w:tabs><w:tab/></w:tabs>")

    assert "- ławki" == text_of(documents.word(item))


def test_lists_and_tables_of_an_opendocument_text_are_read() -> None:
    """LibreOffice is common among small organisations."""
    content = documents.opendocument(
        "<text:tracked-changes><text:p>skreślone</text:p></text:tracked-changes>"
        "<text:list><text:list-item><text:p>ławki<text:s/>co 200 m</text:p></text:list-item></text:list>"
        "<table:table><table:table-row><table:table-cell><text:p>Jest</text:p></table:table-cell>"
        "<table:table-cell><text:p>Powinno być</text:p></table:table-cell></table:table-row></table:table>"
    )

    assert "- ławki co 200 m\nJest | Powinno być" == text_of(content)


def test_the_rows_of_an_excel_file_are_read() -> None:
    """Strings are shared, numbers stand in the cell, formulas beside their value."""
    content = documents.sheet(
        ["Osoba", PARTICIPANTS],
        '<row><c t="s"><v>0</v></c><c t="inlineStr"><is><t>Liczba</t></is></c></row>'
        '<row><c t="s"><v>1</v></c><c><f>SUM(A1)</f><v>3</v></c><c t="s"><v>99</v></c><c t="b"><v>1</v></c></row>',
    )

    assert f"Osoba | Liczba\n{PARTICIPANTS} | 3 | tak" == text_of(content)


def test_a_repeated_cell_of_a_sheet_is_read_once() -> None:
    """A sheet says "a million empty columns" in one attribute, and may say so of a full one."""
    content = documents.opendocument(
        '<table:table><table:table-row table:number-rows-repeated="1000000">'
        '<table:table-cell table:number-columns-repeated="16000"><text:p>raz</text:p></table:table-cell>'
        "</table:table-row></table:table>",
        "spreadsheet",
    )

    assert "raz" == text_of(content)


def test_a_page_and_a_filled_form_of_a_pdf_file_are_read() -> None:
    """What is typed into a form is not part of any page."""
    content = documents.pdf(
        documents.typed("Stanowisko w  sprawie"),
        extra=[b"<< /FT /Tx /T (organizacja) /TU (Nazwa) /V (Fundacja Arka) >>", b"<< /FT /Btn /T (zgoda) /V /Off >>"],
        catalog=b"/AcroForm << /Fields [10 0 R 11 0 R] >>",
    )

    assert "Stanowisko w sprawie\nNazwa: Fundacja Arka" == text_of(content)


def test_a_scan_without_text_says_so() -> None:
    """A clerk must open it."""
    image = documents.stream(
        b"\xff" * 1000 * 1000,
        b"/Type /XObject /Subtype /Image /Width 1000 /Height 1000 /ColorSpace /DeviceGray /BitsPerComponent 8",
    )
    content = documents.pdf(b"q 595 0 0 842 0 0 cm /I Do Q", extra=[image], resources=b"/XObject << /I 10 0 R >>")

    assert [("", "no text layer")] == after_reading(attached(content, "skan.pdf"))


@pytest.mark.skipif(not IS_SEEING, reason="needs Debian's tesseract-ocr-pol and poppler-utils")
def test_a_scan_is_read_where_tesseract_is_installed() -> None:
    """A photographed letter is a letter."""
    page = documents.pdf(documents.typed("Zapraszamy na spotkanie", size=30))
    shown = subprocess.run(
        ["pdftoppm", "-r", "150", "-png", "-singlefile", "-"], input=page, capture_output=True, check=True
    ).stdout

    assert [("Zapraszamy na spotkanie", None)] == after_reading(attached(shown, "zdjęcie.png", "image/png"))


def test_a_logo_is_nothing_to_read() -> None:
    """Half of all signatures carry one; a person need not look at it."""
    assert [("", None)] == after_reading(attached(documents.picture(180, 60), "image001.png", "image/png"))


def test_a_picture_as_large_as_a_page_is_not_passed_over() -> None:
    """It may be the letter."""
    [(text, unread)] = after_reading(attached(documents.picture(1200, 1600), "IMG_2.png", "image/png"))

    assert ("", "a picture") == (text, unread)


@pytest.mark.parametrize("charset", ["utf-8", "cp1250", "iso8859-2", "utf-16"])
def test_text_files_are_read_in_every_polish_charset(charset: str) -> None:
    """A text file has no label to lie."""
    said = "Zgłaszamy żądanie: wąskie gardło jest w świetlicy, a mąż też łączy się źle."

    assert said == text_of(said.encode(charset), "uwagi.txt")


def test_a_web_page_is_read_by_the_charset_it_names() -> None:
    """Word saves pages, and names them .doc."""
    markup = '<html><meta charset="iso-8859-2"><style>p{}</style><p>Będziemy żegnać źle</p></html>'.encode("iso8859-2")

    assert "Będziemy żegnać źle" == text_of(markup, "strona.doc")


def test_rich_text_is_read_in_both_ways_of_writing_polish_letters() -> None:
    """WordPad writes bytes of the code page, Word writes numbers."""
    content = rb"{\rtf1\ansi\ansicpg1250{\fonttbl{\f0 Arial;}}Wi\'eaksze \u347?wietlice\par dla seniorow}"

    assert "Większe świetlice\ndla seniorow" == text_of(content, "uwagi.rtf")


def test_a_message_in_a_message_gives_its_attachments_too() -> None:
    """A forwarded message carries the list that was meant."""
    letter = base64.encodebytes(documents.word(documents.paragraph(PARTICIPANTS)))
    inner = (
        b"From: Jan <jan@example.org>\r\nSubject: Lista\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nW pliku.\r\n"
        b"--b\r\nContent-Type: application/octet-stream; name=lista.docx\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        b"%s\r\n--b--\r\n" % letter
    )

    assert f"Od: Jan <jan@example.org>\nTemat: Lista\nW pliku.\nlista.docx\n{PARTICIPANTS}" == text_of(inner, "x.eml")


def test_an_archive_is_read_file_by_file() -> None:
    """Three organisations may send one archive."""
    content = documents.archive(
        {
            "a/pismo.docx": documents.word(documents.paragraph("Pierwsze")),
            "b.txt": "Drugie",
            "__MACOSX/b.txt": "dwa razy",
        }
    )

    assert "pismo.docx\nPierwsze\nb.txt\nDrugie" == text_of(content, "pisma.zip")


def test_an_archive_says_what_in_it_could_not_be_read() -> None:
    """Its other files are read all the same."""
    found = extract(documents.archive({"a.txt": "Tak", "b.bin": b"\0\1\2"}), "a.zip", "application/zip")

    assert ("a.txt\nTak", "in it: a file of an unknown kind") == (found.text, found.unread)


def test_the_letter_in_winmail_dat_is_read() -> None:
    """Outlook sends it when it takes the office for another Outlook."""
    plain = struct.pack("<IHHII", 1, 0x1F, 0x1000, 1, 26) + "Będziemy obie".encode("utf-16-le").ljust(28, b"\0")
    content = documents.winmail(
        (0x9003, plain), (0x9002, b""), (0x8010, b"lista.txt\0"), (0x800F, PARTICIPANTS.encode())
    )

    assert f"body.txt\nBędziemy obie\nlista.txt\n{PARTICIPANTS}" == text_of(content, "winmail.dat")


def test_compressed_rich_text_in_winmail_dat_is_expanded() -> None:
    """The example of MS-OXRTFCP §4.1."""
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    plain = struct.pack("<IHHII", 1, 0x102, 0x1009, 1, len(packed)) + packed + b"\0\0\0"

    assert "hello world" in extract(documents.winmail((0x9003, plain)), "winmail.dat", "application/ms-tnef").text


_ENCRYPTED_TEXT = documents.archive(
    {"mimetype": "x", "content.xml": b"\x93\xa1", "META-INF/manifest.xml": "<manifest:encryption-data/>"}
)


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (documents.compound("EncryptedPackage"), "x.docx", "encrypted"),
        (documents.compound("Workbook"), "x.xls", "an old Excel file"),
        (documents.compound("PowerPoint Document"), "x.ppt", "an old Office file"),
        (_ENCRYPTED_TEXT, "x.odt", "encrypted"),
        (b"%PDF-1.4 broken", "x.pdf", "damaged"),
        (b"PK\x03\x04broken", "x.docx", "damaged"),
        (documents.word("<w:p>"), "x.docx", "damaged"),
        (b"Rar!\x1a\x07\x00", "x.rar", "a file of an unknown kind"),
    ],
)
def test_what_cannot_be_read_says_why(content: bytes, name: str, reason: str) -> None:
    """A clerk needs to know whether to ask for a password or for another file."""
    assert reason == extract(content, name, "application/octet-stream").unread


def test_an_encrypted_archive_says_so() -> None:
    """The general purpose bit of its entries tells."""
    content = bytearray(documents.archive({"a.txt": "tajne"}))
    content[content.index(b"PK\x01\x02") + 8] |= 1

    assert "encrypted" == extract(bytes(content), "a.zip", "application/zip").unread


def _bomb_of_entities() -> bytes:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    root = f'<!DOCTYPE w [<!ENTITY e0 "ha">{entities}]><w:document xmlns:w="w"><w:t>&e9;</w:t></w:document>'
    return documents.archive({"word/document.xml": root})


def _bomb_of_zeros() -> bytes:
    return documents.archive({"word/document.xml": bytes(64 << 20)})


def _bomb_in_bombs() -> bytes:
    content = b"x" * 100
    for depth in range(12):
        content = documents.archive({f"{depth}-{each}.zip": content for each in range(4)})
    return content


def _bomb_of_pages() -> bytes:
    return documents.pdf(b"\0" * (400 << 20))


def _bomb_of_braces() -> bytes:
    return b"{\\rtf1 " + b"{" * (30 << 20)


@pytest.mark.parametrize("bomb", [_bomb_of_entities, _bomb_of_zeros, _bomb_in_bombs, _bomb_of_pages, _bomb_of_braces])
def test_a_bomb_costs_itself_alone(bomb: object) -> None:
    """The attachments before and behind it are read, and it says that it was not."""
    assert callable(bomb)
    good = attached(documents.word(documents.paragraph(PARTICIPANTS)), "lista.docx")
    before, hostile, behind = read(message(good, attached(bomb(), "b"), good), seconds=2).attachments

    assert [PARTICIPANTS] * 2 == [before.text, behind.text]
    assert hostile.unread is not None
    assert len(hostile.text) < 1000


def test_a_program_that_hangs_is_ended_with_what_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document may stop the program that reads it; it may not stop us."""
    program = tmp_path / "antiword"
    program.write_text(f"#!/bin/sh\n: > {tmp_path}/$$.pid\nexec sleep 600\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    old, other = read(
        message(attached(documents.compound("WordDocument"), "pismo.doc"), attached(b"Tak", "a.txt")), seconds=0.5
    ).attachments
    [started] = tmp_path.glob("*.pid")

    assert "took too long" == old.unread
    assert "Tak" == other.text
    assert is_gone(int(started.stem))


def is_gone(process: int) -> bool:
    """Tell whether a process has ended, within a few seconds; somebody else may have to bury it."""
    status = Path(f"/proc/{process}/stat")
    for _ in range(100):
        if not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def test_an_old_word_file_is_read_where_a_program_for_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program gets the document by a descriptor, though the reading process may write no file."""
    program = tmp_path / "antiword"
    program.write_text('#!/bin/sh\nfor last; do :; done\nwc -c < "$last"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    content = documents.compound("WordDocument")

    assert [(str(len(content)), None)] == after_reading(attached(content, "pismo.doc"))


def test_where_no_process_can_be_started_the_letter_is_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is out of processes costs the attachments, not the message."""
    monkeypatch.setattr("sys.executable", "/nonexistent/python")

    assert [("", "could not be read")] * 2 == after_reading(attached(b"Tak", "a.txt"), attached(b"Nie", "b.txt"))


def test_the_reading_process_may_write_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a stranger's document makes a program do, it does without our disk, and without our secrets."""
    program = tmp_path / "antiword"
    left = tmp_path / "left"
    program.write_text(f'#!/bin/sh\nenv > {left}\necho "${{INTAKE_SECRET:-none}}"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("INTAKE_SECRET", "hunter2")

    assert [("none", None)] == after_reading(attached(documents.compound("WordDocument"), "pismo.doc"))
    assert 0 == left.stat().st_size


def test_a_long_document_is_read_from_its_beginning() -> None:
    """More than a clerk would read is said not to have been read."""
    found = extract(b"wers\n" * 100_000, "a.txt", "text/plain")

    assert 200_000 >= len(found.text)
    assert "only its beginning was read" == found.unread


def test_of_very_many_attachments_the_first_are_read() -> None:
    """Forty letters in one message are no letter."""
    found = after_reading(*[attached(b"Tak", f"{number}.txt") for number in range(41)])

    assert [("Tak", None)] * 40 + [("", "one of too many")] == found


@pytest.mark.parametrize(
    ("content", "name", "content_type", "kind"),
    [
        (b"x", "smime.p7s", "application/pkcs7-signature", Kind.NOTHING),
        (b"BEGIN:VCARD", "jan.vcf", "text/vcard", Kind.NOTHING),
        (b"", "empty.pdf", "application/pdf", Kind.NOTHING),
        (b"\n%PDF-1.7", "skan.jpg", "image/jpeg", Kind.PDF),
        (b"PK\x03\x04", "winmail.dat", "application/ms-tnef", Kind.ZIP),
        ("zwykły tekst".encode(), "bez_nazwy", "application/octet-stream", Kind.TEXT),
        (b"\xff\xd8\xff\xe0\x00\x02", "obcięte.jpg", "image/jpeg", Kind.PICTURE),
    ],
)
def test_the_bytes_tell_more_than_the_label(content: bytes, name: str, content_type: str, kind: Kind) -> None:
    """Senders name files at will."""
    assert kind is kind_of(content, name, content_type)


@given(
    st.sampled_from([b"", b"%PDF-1.4\n", b"PK\x03\x04", b"{\\rtf1 ", b"\x78\x9f\x3e\x22", b"\xff\xd8\xff", b"<html>"]),
    st.binary(max_size=400),
    st.sampled_from(["a.eml", "a.html", "a.csv", "a.docx", None]),
)
@settings(max_examples=150, deadline=None)
def test_any_bytes_give_an_answer(start: bytes, content: bytes, name: str | None) -> None:
    """A broken document never breaks the message."""
    found = extract(start + content, name, "application/octet-stream")

    assert "\0" not in found.text


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_damaged_document_gives_an_answer(data: st.DataObject) -> None:
    """Bytes are flipped where the structure is."""
    whole = data.draw(st.sampled_from([_LETTER, _SHEET, _PAGE, _WINMAIL]))
    place = data.draw(st.integers(0, len(whole) - 1))
    broken = whole[:place] + data.draw(st.binary(max_size=8)) + whole[place + data.draw(st.integers(0, 8)) :]

    assert "\0" not in extract(broken, None, "application/octet-stream").text


_LETTER = documents.word(documents.paragraph(PARTICIPANTS))
_SHEET = documents.sheet(["x"], '<row><c t="s"><v>0</v></c></row>')
_PAGE = documents.pdf(documents.typed("x"))
_WINMAIL = documents.winmail((0x9003, struct.pack("<IHHII", 1, 0x1F, 0x1000, 1, 4) + b"a\0b\0"), (0x800F, b"x"))


def test_an_archive_that_lies_about_its_sizes_expands_no_further() -> None:
    """A size of zero in the directory is believed, so that nothing more is expanded."""
    content = bytearray(_bomb_of_zeros())
    place = content.rindex(b"PK\x01\x02") + 24
    content[place : place + 4] = struct.pack("<I", 10)
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as lying:
        told = lying.infolist()[0].file_size

    assert 10 == told
    assert "damaged" == extract(bytes(content), "a.docx", "application/zip").unread


def test_a_process_without_a_limit_gets_none_from_a_program() -> None:
    """Who has worked for long before would be ended by a limit that starts from nothing."""
    before = resource.getrlimit(resource.RLIMIT_CPU)
    within = subprocess.run(
        [sys.executable, "-c", _ASKS_WITHIN], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    )

    assert "-1" == within.stdout.strip()
    assert before == resource.getrlimit(resource.RLIMIT_CPU)


_ASKS_WITHIN = """
import resource, subprocess
from intake.mail import tools
resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY, resource.getrlimit(resource.RLIMIT_CPU)[1]))
run = subprocess.run
def shown(*args, **more):
    print(resource.getrlimit(resource.RLIMIT_CPU)[0])
    return run(["true"], capture_output=True, check=False)
subprocess.run = shown
tools._raw(["true"])
"""
