"""Pictures of every letter, for people to look at: ``python -m tests.render DIR`` (needs Chromium).

Each letter as its text, and as the page in a wide light window, a wide dark one, and on a phone of 360 pixels.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from intake.judgement.values import Timeliness
from intake.letters.facts import Enclosure, LetterKind
from intake.letters.letter import Letter
from tests.letters import LATE, approved, at, letter, part, text

_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_DARK = "--blink-settings=preferredColorScheme=0"
_PHONE = '<body style="margin:0"><iframe src="{name}.html" style="border:0;width:360px;height:2600px"></iframe>'


def letters() -> Iterator[tuple[str, Letter]]:
    """Yield every kind as usual, and those that look different in other circumstances."""
    for kind in LetterKind:
        yield kind.value, letter(kind)
    late: dict[str, Any] = {"received": at(7, 12, 15, 0, 41), "timeliness": Timeliness(LATE, None), "of": approved()}
    yield "attendance_whole_notice", letter(LetterKind.ATTENDANCE, of=approved())
    yield "attendance_little", letter(LetterKind.ATTENDANCE, people=None, organisation=None, subject=None, topics=())
    yield "attendance_debt", letter(LetterKind.ATTENDANCE, debt=True, now=at(7, 20, 8))
    yield "attendance_late_by_seconds", letter(LetterKind.ATTENDANCE_LATE, **late)
    yield "attendance_changed_late", letter(LetterKind.ATTENDANCE_CHANGED, **late)
    yield "mixed_late", letter(LetterKind.MIXED, received=at(8, 2, 9), timeliness=Timeliness(LATE, LATE))
    enclosures = tuple(
        Enclosure(f"{'bardzo_długa_nazwa_' * 3}{number}.pdf", 99_000, readable=False) for number in range(12)
    )
    yield "proposal_many", letter(LetterKind.PROPOSAL, enclosures=enclosures, organisation="Wół" * 40, subject="ą" * 90)


def picture(source: Path, target: Path, size: str, *options: str) -> None:
    """Write what Chromium shows of *source* in a window of *size*."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or "chromium"
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                browser,
                *_QUIET,
                *options,
                f"--user-data-dir={profile}",
                f"--window-size={size}",
                f"--screenshot={target}",
                source.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=60,
        )


def main(directory: Path) -> None:
    """Write texts, pages and pictures to *directory*."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, composed in letters():
        page, phone = directory / f"{name}.html", directory / f"{name}-phone.html"
        page.write_text(part(composed.raw, "html"), encoding="utf-8")
        phone.write_text(_PHONE.format(name=name), encoding="utf-8")
        (directory / f"{name}.txt").write_text(f"{composed.subject}\n\n{text(composed.raw)}", encoding="utf-8")
        (directory / f"{name}.eml").write_bytes(composed.raw)
        picture(page, directory / f"{name}.png", "760,1900")
        picture(page, directory / f"{name}-dark.png", "760,1900", _DARK)
        picture(phone, directory / f"{name}-phone.png", "500,2600")
        print(directory / f"{name}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
