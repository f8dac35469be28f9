"""Workbooks: what a spreadsheet program finds in them."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import zipfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from intake.letters.workbook import Column, Kind, Tab, workbook

WRITTEN = datetime(2023, 7, 13, 7, 30, tzinfo=ZoneInfo("Europe/Warsaw"))
HOSTILE = ("=1+1", "+48 56", "-2", "@SUM(A1)", "\t=1", "{=A1}", "http://evil.example", "_x0041_", "a\x00\x0bb\ud800")


def book(*rows: tuple[object, ...]) -> bytes:
    """Return a workbook of one tab."""
    columns = (Column("Tekst", 20), Column("Liczba", 8, Kind.NUMBER), Column("Wpłynęło", 18, Kind.MOMENT))
    return workbook([Tab("Kto: przyjdzie", columns, rows)], title="Udział", written=WRITTEN)  # type: ignore[arg-type]


def inside(raw: bytes, name: str) -> str:
    """Return a file of the archive."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return archive.read(name).decode()


def test_the_same_rows_give_the_same_bytes() -> None:
    """No clock but the one that is handed over leaves a trace."""
    assert book(("a", 1, WRITTEN)) == book(("a", 1, WRITTEN))
    assert "2023-07-13T05:30:00Z" in inside(book(), "docProps/core.xml")


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text(text: str) -> None:
    """Nothing that a stranger wrote becomes a formula or a link."""
    sheet = inside(book((text, None, None)), "xl/worksheets/sheet1.xml")

    assert 't="s"' in sheet.partition('r="A2"')[2].partition(">")[0]
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet


def test_the_header_stays_in_sight_and_filters() -> None:
    """Frozen, with a filter over all columns and rows, repeated on every printed page."""
    raw = book(("a", 1, WRITTEN), ("b", 2, None))
    sheet = inside(raw, "xl/worksheets/sheet1.xml")

    assert 'state="frozen"' in sheet
    assert '<autoFilter ref="A1:C3"/>' in sheet
    assert "$1:$1" in inside(raw, "xl/workbook.xml")


def test_numbers_and_moments_are_typed() -> None:
    """A moment is told by the clock of its zone: half past seven in Toruń is half past seven in the cell."""
    sheet = inside(book(("a", 7, WRITTEN)), "xl/worksheets/sheet1.xml")
    cells = dict(re.findall(r'<c r="([A-Z][0-9])"[^>]*><v>([^<]+)</v>', sheet))

    assert cells["B2"] == "7"
    assert float(cells["C2"]) == pytest.approx(45120.3125)


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is missing")
def test_libreoffice_opens_it_without_loss(tmp_path: Path) -> None:
    """Each text, number and moment comes out as it went in."""
    (tmp_path / "a.xlsx").write_bytes(book(*((text, 3, WRITTEN) for text in HOSTILE[:-1]), ("Łódź\n„tak”", 12, None)))
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):59,34,76,1",
            "--outdir",
            str(tmp_path),
            str(tmp_path / "a.xlsx"),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    rows = list(csv.reader((tmp_path / "a.csv").read_text(encoding="utf-8").splitlines(keepends=True), delimiter=";"))

    assert rows[0] == ["Tekst", "Liczba", "Wpłynęło"]
    assert [row[0] for row in rows[1:-1]] == list(HOSTILE[:-1])
    assert rows[1][1:] == ["3", "2023-07-13 07:30"]
    assert rows[-1] == ["Łódź\n„tak”", "12", ""]
