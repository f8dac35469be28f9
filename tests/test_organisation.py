"""Who the sender writes for: names without a word for their kind, inflected names, and people who are none."""

from __future__ import annotations

import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from intake.judgement.organisation import organisation
from intake.judgement.rules import load
from intake.judgement.values import Arrival
from intake.mail.message import Address, Attachment, Message, Passage, PassageKind, Report

RULES = load(Path(__file__).parents[1] / "rules", ZoneInfo("Europe/Warsaw"))


def letter(
    own: str, signature: str = "", *, name: str = "", subject: str = "", report: Report | None = None
) -> Message:
    """Return a message with these words, signature and sender's name."""
    passages = ((PassageKind.OWN, own), (PassageKind.SIGNATURE, signature))
    return Message(
        headers=(),
        message_id=None,
        in_reply_to=(),
        references=(),
        reverse_path=None,
        author=Address(name, "ktos@poczta.example"),
        reply_to=None,
        date=None,
        subject=subject,
        content_type="text/plain",
        passages=tuple(Passage(kind, text) for kind, text in passages if text),
        report=report,
    )


def named(own: str, signature: str = "", name: str = "", subject: str = "") -> str | None:
    """Return the organisation of such a message."""
    return organisation(letter(own, signature, name=name, subject=subject), Arrival("rsvp", None), RULES)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("Jesteśmy grupą nieformalną Ciotki z Wrzosów.", "Ciotki z Wrzosów"),
        ("Nasza grupa nazywa się Rowerowe Sowy, przyjdziemy we troje.", "Rowerowe Sowy"),
        ("Gramy w bule jako „Srebrna Kula”, grupa nieformalna.", "Srebrna Kula"),
        ("Two of us from Open Lantern will attend.", "Open Lantern"),
        ("Podpisujemy się pod tym całą Zieloną Huśtawką.", "Zielona Huśtawka"),
        ("Przyjdę sama, z Mimozy (klub pań po chorobie).", "Mimoza"),
        ("W imieniu Kongresu Ruchów Podwórkowych zgłaszam dwie osoby.", "Kongres Ruchów Podwórkowych"),
        ("W imieniu Pani Jolanty Kos potwierdzam obecność.", None),
        ("Wykreślono nam to jako „niezwiązane z celem”.", None),
        ("Jako Stowarzyszenie Igła od 2016 roku szyjemy.", "Stowarzyszenie Igła"),
        ("Od pani Kubś z Koła Gospodyń Miejskich wiem o spotkaniu. Klub Żagiel popiera.", "Klub Żagiel"),
        ("Mała poprawka: nie Fundacja Kłos, tylko Stowarzyszenie Kłos.", "Stowarzyszenie Kłos"),
        ("Zapisuję Stowarzyszenie Dolina: Norbert Gaj, jedna osoba.", "Stowarzyszenie Dolina"),
        ('Ja i moja siostra, my z organizacji "Wspolny dom".', "Wspolny dom"),
        ("Будемо вдвох. Галина, ГО «Паросток»", "ГО Паросток"),
        ("Two of us from Bread & Roses will come.", "Bread & Roses"),
        ("Piszę do Gminy Miasta Toruń i Straży Miejskiej.", None),
    ],
)
def test_text(own: str, expected: str | None) -> None:
    """The text names who is written for, with or without a word for its kind, and it is put in the nominative."""
    assert expected == named(own)


@pytest.mark.parametrize(
    ("signature", "name", "expected"),
    [
        ("Patryk, opiekun klienta\nSEO Strzała", "Patryk z SEO Strzała", "SEO Strzała"),
        ("Ciche Wzgórze, Tuchola", "Ciche Wzgórze", "Ciche Wzgórze"),
        ("Vertrieb FarbenHaus GmbH", "Vertrieb FarbenHaus", "FarbenHaus GmbH"),
        ("AKW Fala (Akademicki Klub Wodny „Fala”)", "Jan Kos", "Akademicki Klub Wodny Fala"),
        ("Ewa Lis\nKomitet Opieki Domowej\nOddział w Toruniu", "Ewa Lis", "Komitet Opieki Domowej Oddział w Toruniu"),
        ("Fundacja Razem bo Raźniej", "Jan Kos", "Fundacja Razem bo Raźniej"),
        ("Aldona Kos\nEcho Bulwaru", "Redakcja Echo Bulwaru", "Echo Bulwaru"),
        ("Apolonia Kos, 50+ na Fali", "Apolonia Kos", "50+ na Fali"),
        ("Amarachi Okoro", "Amarachi Okoro", None),
        ("", "Danka z Jaśminowej", None),
        ("Mr. Desmond Vale", "Mr. Desmond Vale", None),
        ("Hela, Jadzia, Zocha, p. Genia i p. Lodzia", "", None),
        ("Biuro Zarządu", "Biuro Zarządu", None),
    ],
)
def test_signature(signature: str, name: str, expected: str | None) -> None:
    """A signature names a firm or a society by what stands beside the person, who is none."""
    assert expected == named("Potwierdzam.", signature, name)


def test_signed_name() -> None:
    """The name as it is signed is preferred to another case of it in the text."""
    assert named("Zgłaszam udział w imieniu Cichej Przystani.", "Ola Kos / Cicha Przystań") == "Cicha Przystań"


def test_for_others() -> None:
    """Who writes for neighbours writes for them, not for whom they sign."""
    own = "Piszę nie w naszej sprawie: panie z Koła Gospodyń Wrzos poprosiły mnie o zgłoszenie."

    assert named(own, "Jan Kos\nFundacja Grusza") == "Koło Gospodyń Wrzos"


def test_machine() -> None:
    """A mail system writes for nobody, whatever the message that it returns says."""
    report = Report("delivery-status", "failed", "5.1.1", None, None)
    returned = letter("W imieniu Fundacji Grusza zgłaszam dwie osoby.", name="Jan Kos", report=report)

    assert organisation(returned, Arrival("rsvp", None), RULES) is None
    assert named("W imieniu Fundacji Grusza zgłaszam dwie osoby.", name="Mail Delivery Subsystem") is None


def test_attachment() -> None:
    """Where the message itself names nobody, the form that it brings does."""
    form = Attachment("formularz.txt", "text/plain", b"", "", "Nazwa organizacji: Fundacja Grusza\nLiczba osób: 2")
    bare = letter("W załączniku formularz.", "Jan Kos", name="Jan Kos")
    message = Message(**{field: getattr(bare, field) for field in bare.__slots__} | {"attachments": (form,)})

    assert organisation(message, Arrival("rsvp", None), RULES) == "Fundacja Grusza"


@pytest.mark.parametrize("unit", ["w imieniu Fundacji ", "Fundacja A ", "jako „", "Z (A ", "UKS (", "Fundacja ", "a\n"])
def test_hostile(unit: str) -> None:
    """A megabyte of what names begin with is read in linear time."""
    text = unit * (1_000_000 // len(unit))
    started = time.process_time()
    organisation(letter(text, text, name=text, subject=text), Arrival("rsvp", None), RULES)

    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("own", "signature", "name", "expected"),
    [
        ("Zielone Sąsiedztwo zjawi się z radością.", "Bianka Łysiak", "Bianka Łysiak", "Zielone Sąsiedztwo"),
        (
            "Będę.",
            "Jadwiga Tarka\nPrzyjaciele Biblioteki w Lulkowie",
            "Jadwiga Tarka",
            "Przyjaciele Biblioteki w Lulkowie",
        ),
        ("Proszę o komentarz.", "Patryk Olejnik\nPrasa Powiatowa", "Prasa Powiatowa", "Prasa Powiatowa"),
        ("Proszę nas skreślić.", "Piotr Grajek", "Piotr z OSP", None),
        ("Przyjdę.\nL. Orzech Świetlica Przy Piecu", "", "Lidia Orzech", "Świetlica Przy Piecu"),
        ("Proszę o dwa miejsca: Blanka Surma, Hortensja Drop (Fundacja Szuflada).", "", "", "Fundacja Szuflada"),
        ("Rada Sołecka wsi Obory Wielkie będzie.", "E. Morus", "E. Morus", "Rada Sołecka wsi Obory Wielkie"),
        ("Będziemy.", "Rysiek Baran\nKlub Szachowy „Goniec” Kończewice", "", "Klub Szachowy Goniec Kończewice"),
        ("Będziemy.", "Kierownik WTZ „Iskra” Beata Las", "Beata Las", "WTZ Iskra"),
        ("Z naszego Parafialnego Zespołu Charytatywnego ktoś przyjdzie.", "", "", "Parafialny Zespół Charytatywny"),
        ("Stowarzyszenie Nasz Brzeg potwierdza udział.", "", "Nasz Brzeg", "Stowarzyszenie Nasz Brzeg"),
        ("Będziemy.", "Igor\nMłodzieżowa Rada Miasta", "MRM", "Młodzieżowa Rada Miasta"),
        ("bedziemy", "", "osp wilkowo", "OSP Wilkowo"),
        ("Ostatecznie Stowarzyszenie Bez Bólu wystawia lekarza.", "", "Ewa Lis", "Stowarzyszenie Bez Bólu"),
    ],
)
def test_where_a_name_begins_and_ends(own: str, signature: str, name: str, expected: str | None) -> None:
    """Those of another, places behind a quoted name and names that do something belong to it; initials do not."""
    assert expected == named(own, signature, name=name)
