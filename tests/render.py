"""Every letter and the digests as people see them: ``python -m tests.render DIR`` (needs Chromium).

``python -m tests.render --documents docs/pictures`` takes anew the pictures of docs/dla-urzedu.md.

Each as its text, and as the page on a phone of 360 pixels and in a window of 1000, light and dark.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from intake.delivery.restraint import Brake
from intake.judgement.values import Timeliness
from intake.letters.answer import Problem, Result, compose_answer
from intake.letters.brake import Envelope, compose_brake
from intake.letters.digest import DigestLetter, compose_digest
from intake.letters.digest_facts import Alike, DigestFacts, Guest, Letters, Offer
from intake.letters.facts import Change, Enclosure, LetterKind
from intake.letters.letter import Letter
from intake.letters.silence import Silence, compose_silence
from tests import test_digest_letter as office_day
from tests.browser import Browser, chromium
from tests.letters import LATE, OFFICE, approved, at, letter, office_rules, office_templates, parsed, part, text

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
    """Yield the digests of a rich day, of faults, of the meeting's eve and its last hour, and of an empty day."""
    disputed = replace(office_day.QUESTION, server=at(7, 12, 17, 20), dated=at(7, 12, 14, 58))
    rich = replace(
        office_day.RICH,
        decisions=tuple(disputed if one is office_day.QUESTION else one for one in office_day.RICH.decisions),
        offers=_OFFERS,
        answers_to="konsultacje@um.torun.pl",
        guests=tuple(_guest(number) for number in range(14)),
        campaigns=(Alike(4, "KONS-2023-0048", 14, 12, "Prosimy o więcej zajęć dla dzieci i młodzieży na osiedlach."),),
    )
    yield "digest_rich", _digest(rich)
    yield "digest_alarm", _digest(office_day.ALARM)
    eve = replace(
        rich,
        day=date(2023, 7, 12),
        since=at(7, 11, 7, 30),
        until=at(7, 12, 7, 30),
        accounts=tuple(replace(one, last_reached=at(7, 12, 7, 29)) for one in rich.accounts),
        decisions=(replace(office_day.QUESTION, received=at(7, 11, 17, 20)),),
        entries=tuple(replace(entry, received=at(7, 11, 9)) for entry in rich.entries[:2]),
        letters=Letters(due=5, sent=5),
        debts=(),
        offers=tuple(replace(offer, number=1) for offer in _OFFERS[2:4]),
        campaigns=(),
        listed=True,
    )
    yield "digest_eve", _digest(eve)
    fresh = tuple(replace(one, last_reached=at(7, 12, 14, 59)) for one in eve.accounts)
    last = replace(eve, until=at(7, 12, 15), accounts=fresh, second=True, told_before=3, offers=())
    yield "digest_last_hour", _digest(last)
    yield "digest_empty", _digest(office_day.quiet(26))


def _digest(facts: DigestFacts) -> DigestLetter:
    office = office_rules()
    room = office.consultation.meeting.model_copy(update={"capacity": 90})
    whole = office.consultation.model_copy(update={"meeting": room})
    return compose_digest(facts, OFFICE, whole, office.cutoffs, office_templates(), facts.until)


_OFFERS = tuple(
    Offer(number, words, code="k7" * 20)
    for number, offered in enumerate(
        (("tak", "nie"), ("gotowe", "odpowiedz"), ("udział", "inne"), ("propozycja", "inne"), ("gotowe",)), start=1
    )
    for words in offered
)


_NAMES = (
    *("Fundacja Kołatka", "Stowarzyszenie Widzimy Głos", "Klub Jesień", "Towarzystwo Łódź na Wiśle", "Chór Świt"),
    *("Stowarzyszenie Szachowe Długa Roszada", "Fundacja Pod Progiem", "Zielona Skarpa", "Fundacja Druga Nuta"),
    *("Koło Pszczelarzy", "Hospicjum Światło", "Akademia Trzeciego Wieku", "Rada Osiedla Bielany"),
)


def _guest(number: int) -> Guest:
    """Return one of those who come, each a little otherwise."""
    return Guest(
        f"KONS-2023-{number + 30:04}",
        None if number == 5 else _NAMES[number % len(_NAMES)],
        None if number == 7 else 1 + number % 4,
        names=("Anna Nowak", "Jan Zieliński") if number % 4 == 1 else (),
        topics=(("seniors",), ("forum", "disability"), ())[number % 3],
        needs=("interpreter",) if number % 6 == 1 else (),
        late=number == 11,
    )


def notices() -> Iterator[tuple[str, bytes]]:
    """Yield the short letters to staff: what their decisions did, what is held back, what is not read."""
    now = at(7, 13, 9)
    to = ("k.dabrowska@um.torun.pl",)
    results = (
        Result("1 tak", case="KONS-2023-0083", organisation="Fundacja Druga Nuta", note="admitted", letter=True),
        Result("3 zmiana", case="KONS-2023-0037", changes=(Change("people", ("3",), ("5",)),), letter=True),
        Result("tel.: Fundacja Lipa, 2 osoby", case="KONS-2023-0101", organisation="Fundacja Lipa", note="entered"),
        Result("9: 4 osoby", Problem.NO_ITEM),
    )
    envelope = Envelope(to, "<odpowiedz@um.torun.pl>", "<zestawienie@um.torun.pl>")
    yield "staff_answer", compose_answer(results, envelope, OFFICE, office_templates(), {}, now)
    held = Brake(waiting=23, per_hour=500, until=at(7, 13, 9, 17))
    yield "staff_brake", compose_brake(held, to, "<hamulec@um.torun.pl>", OFFICE, office_templates(), now)
    silence = Silence("rsvp", "k.dabrowska@um.torun.pl", at(7, 13, 7, 45), "[AUTHENTICATIONFAILED] No.")
    yield "staff_silence", compose_silence(silence, to, "<cisza@um.torun.pl>", OFFICE, office_templates(), now)


def pages() -> dict[str, str]:
    """Return the page of each of them, by its name."""
    return {
        **{name: part(composed.raw, "html") for name, composed in letters()},
        **{name: composed.html for name, composed in digests()},
        **{name: part(raw, "html") for name, raw in notices()},
    }


def views() -> Iterator[tuple[str, int, bool]]:
    """Yield each way in which a page is looked at: the end of its picture's name, the width, whether dark."""
    for width in WIDTHS:
        for dark in (False, True):
            yield f"{width}-{'dark' if dark else 'light'}", width, dark


def main(directory: Path) -> None:
    """Write texts, letters and pictures to *directory*."""
    directory.mkdir(parents=True, exist_ok=True)
    composed: list[tuple[str, Letter | DigestLetter]] = [*letters(), *digests()]
    for name, raw in (*((name, one.raw) for name, one in composed), *notices()):
        (directory / f"{name}.txt").write_text(f"{parsed(raw)['Subject']}\n\n{text(raw)}", encoding="utf-8")
        (directory / f"{name}.eml").write_bytes(raw)
    with Browser(chromium() or "chromium") as browser:
        for name, page in pages().items():
            for view, width, dark in views():
                browser.show(page, width, dark=dark)
                browser.picture(directory / f"{name}-{view}.png")
            print(directory / f"{name}-{view}.png")


# What the page for the office shows: name of the picture, of the page, its width, from which heading to which.
_SHOWN = (
    ("zestawienie", "digest_rich", 680, "", "Nowe"),
    ("zestawienie-koniec", "digest_rich", 680, "Razem", "Skrzynki"),
    ("zestawienie-lista", "digest_eve", 680, "Kto przyjdzie", "Nowe"),
    ("zestawienie-puste", "digest_empty", 680, "", ""),
    ("zestawienie-telefon", "digest_eve", 360, "", "Kto przyjdzie"),
    ("potwierdzenie", "attendance_whole_notice", 680, "", "Dane osobowe"),
)


def documents(directory: Path) -> None:
    """Write the pictures of the page for the office to *directory*."""
    shown = pages()
    with Browser(chromium() or "chromium") as browser:
        for name, page, width, begins, ends in _SHOWN:
            browser.show(shown[page], width, dark=False)
            browser.picture(directory / f"{name}.png", begins, ends, scale=0.72)


if __name__ == "__main__":
    if sys.argv[1] == "--documents":
        documents(Path(sys.argv[2]).resolve())
    else:
        main(Path(sys.argv[1]).resolve())
