"""Documents as people send them, and as nobody should: written here, so that no binary file has to be kept."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"


def archive(files: Mapping[str, bytes | str]) -> bytes:
    """Return a ZIP file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return stream.getvalue()


def word(body: str, head: str = "") -> bytes:
    """Return a Word file with the WordprocessingML *body*, and the letterhead *head*."""
    files = {"word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'}
    if head:
        files["word/header1.xml"] = f'<w:hdr xmlns:w="{_WORD}">{head}</w:hdr>'
    return archive(files)


def paragraph(text: str, properties: str = "") -> str:
    """Return a paragraph of a Word file."""
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def table(*rows: Sequence[str]) -> str:
    """Return a table of a Word file."""
    lines = ("".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return "<w:tbl>" + "".join(f"<w:tr>{line}</w:tr>" for line in lines) + "</w:tbl>"


def opendocument(body: str, kind: str = "text") -> bytes:
    """Return an OpenDocument file with the elements *body*."""
    root = (
        f'<office:document-content xmlns:office="{_OFFICE}:office:1.0" xmlns:text="{_OFFICE}:text:1.0"'
        f' xmlns:table="{_OFFICE}:table:1.0"><office:body><office:{kind}>{body}</office:{kind}></office:body>'
        "</office:document-content>"
    )
    return archive({"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": root})


def sheet(strings: Sequence[str], rows: str) -> bytes:
    """Return an Excel file of one sheet whose SpreadsheetML *rows* point to *strings*."""
    shared = "".join(f"<si><t>{string}</t></si>" for string in strings)
    return archive(
        {
            "xl/workbook.xml": f'<workbook xmlns="{_SHEET}"/>',
            "xl/sharedStrings.xml": f'<sst xmlns="{_SHEET}">{shared}</sst>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_SHEET}"><sheetData>{rows}</sheetData></worksheet>',
        }
    )


def pdf(*pages: bytes, extra: Sequence[bytes] = (), catalog: bytes = b"", resources: bytes = b"") -> bytes:
    """Return a PDF file whose *pages* are content streams; *extra* objects are numbered from 10 on."""
    numbers = [100 + 2 * number for number in range(len(pages))]
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog,
        2: b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    }
    objects |= dict(enumerate(extra, 10))
    for number, page in zip(numbers, pages, strict=True):
        objects[number] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F 3 0 R >> %s >> >>" % (number + 1, resources)
        )
        objects[number + 1] = stream(page)
    out = b"%PDF-1.4\n"
    places = {}
    for number in sorted(objects):
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, objects[number])
    table_of_places = b"".join(b"%d 1\n%010d 00000 n \n" % place for place in sorted(places.items()))
    return out + b"xref\n%strailer << /Root 1 0 R /Size 1000 >>\nstartxref\n%d\n%%%%EOF" % (table_of_places, len(out))


def stream(content: bytes, keys: bytes = b"") -> bytes:
    """Return a compressed stream object of a PDF file."""
    packed = zlib.compress(content, 9)
    return b"<< /Filter /FlateDecode /Length %d %s >>\nstream\n%s\nendstream" % (len(packed), keys, packed)


def typed(*lines: str, size: int = 12) -> bytes:
    """Return the content stream of a page with *lines*."""
    shown = "".join(f"({line}) Tj T* " for line in lines)
    return f"BT /F {size} Tf {size + 4} TL 60 760 Td {shown}ET".encode("cp1252")


def picture(width: int, height: int) -> bytes:
    """Return a white PNG picture."""
    rows = zlib.compress((b"\0" + b"\xff" * width) * height)
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b""))
    body = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def winmail(*attributes: tuple[int, bytes]) -> bytes:
    """Return a winmail.dat of (attribute, data)."""
    told = (b"\2" + struct.pack("<HHI", identifier, 6, len(data)) + data + b"\0\0" for identifier, data in attributes)
    return b"\x78\x9f\x3e\x22\x01\x00" + b"".join(told)


def compound(*streams: str) -> bytes:
    """Return what begins like an old Office file and names *streams*."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + b"".join(name.encode("utf-16-le") for name in streams)
