"""Every letter and the digests as people see them: ``python -m tests.render DIR`` (needs Chromium).

Each as its text, and as the page on a phone of 360 pixels and in a window of 1000, light and dark.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from intake.judgement.values import Timeliness
from intake.letters.digest import DigestLetter
from intake.letters.digest_facts import DigestFacts, Offer
from intake.letters.facts import Enclosure, LetterKind
from intake.letters.letter import Letter
from tests import test_digest_letter as office_day
from tests.browser import Browser, chromium
from tests.letters import LATE, approved, at, letter, part, text

WIDTHS = (360, 1000)


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


def digests() -> Iterator[tuple[str, DigestLetter]]:
    """Yield the digests of a rich day, of one with faults, of the meeting's eve, and of a day without anything."""
    yield "digest_rich", office_day.compose(_answerable(office_day.RICH))
    yield "digest_alarm", office_day.compose(office_day.ALARM)
    eve = office_day.july(12, 7, 30)
    yield "digest_eve", office_day.compose(replace(office_day.RICH, day=eve.date(), until=eve, decisions=()))
    yield "digest_empty", office_day.compose(office_day.quiet(26))


def _answerable(facts: DigestFacts) -> DigestFacts:
    """Return *facts* with words for each decision, as the person sees them who may answer."""
    offers = tuple(
        Offer(number, words, code="k7" * 20)
        for number in range(1, len(facts.decisions) + 1)
        for words in ("tak", "nie", "to pytanie")
    )
    return replace(facts, offers=offers, answers_to="konsultacje@um.torun.pl")


def pages() -> dict[str, str]:
    """Return the page of each of them, by its name."""
    return {
        **{name: part(composed.raw, "html") for name, composed in letters()},
        **{name: composed.html for name, composed in digests()},
    }


def views() -> Iterator[tuple[str, int, bool]]:
    """Yield each way in which a page is looked at: the end of its picture's name, the width, whether dark."""
    for width in WIDTHS:
        for dark in (False, True):
            yield f"{width}-{'dark' if dark else 'light'}", width, dark


def main(directory: Path) -> None:
    """Write texts, letters and pictures to *directory*."""
    directory.mkdir(parents=True, exist_ok=True)
    written: list[tuple[str, Letter | DigestLetter]] = [*letters(), *digests()]
    for name, composed in written:
        (directory / f"{name}.txt").write_text(f"{composed.subject}\n\n{text(composed.raw)}", encoding="utf-8")
        (directory / f"{name}.eml").write_bytes(composed.raw)
    with Browser(chromium() or "chromium") as browser:
        for name, page in pages().items():
            for view, width, dark in views():
                browser.show(page, width, dark=dark)
                browser.picture(directory / f"{name}-{view}.png")
            print(directory / f"{name}-{view}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
