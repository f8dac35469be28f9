"""What a clerk writes down: organisation, people, topics, needs, telephone number."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from intake.judgement import acts, extract
from intake.judgement.people import People
from intake.judgement.rules import load
from intake.judgement.values import Arrival, Earlier
from intake.mail.message import Address, CalendarReply, Message, Passage, PassageKind

RULES = load(Path(__file__).parents[1] / "rules", ZoneInfo("Europe/Warsaw"))
ARRIVAL = Arrival("rsvp", None)


def people_of(message: Message) -> People:
    """Count with the sentences read as ``judge`` reads them."""
    heard = acts.hear(message, RULES.acts, RULES.learned, ours=RULES.ours)
    return extract.people(message, extract.counted(message, heard, RULES), RULES)


def letter(
    own: str, signature: str = "", *, subject: str = "Spotkanie", name: str = "Ewa Lis", forward: str = ""
) -> Message:
    """Return a message with the sender's own words, signature and what they pass on."""
    passages = ((PassageKind.OWN, own), (PassageKind.SIGNATURE, signature), (PassageKind.FORWARD, forward))
    return Message(
        headers=(),
        message_id=None,
        in_reply_to=(),
        references=(),
        reverse_path=None,
        author=Address(name, "ewa@poczta.example"),
        reply_to=None,
        date=None,
        subject=subject,
        content_type="text/plain",
        passages=tuple(Passage(kind, text) for kind, text in passages if text),
    )


@pytest.mark.parametrize(
    ("own", "signature", "name", "expected"),
    [
        ("Potwierdzam udział.", "Ewa Lis\nFundacja „Srebrna Nić”", "Ewa Lis", "Fundacja Srebrna Nić"),
        ("Zgłaszam udział w imieniu Fundacji Srebrna Nić.", "", "Ewa Lis", "Fundacja Srebrna Nić"),
        ("Reprezentuję Towarzystwo Śpiewacze Halka.", "", "Ewa Lis", "Towarzystwo Śpiewacze Halka"),
        ("Będę z ramienia Towarzystwa Śpiewaczego Halka.", "", "Ewa Lis", "Towarzystwo Śpiewacze Halka"),
        ("Nikt z Klubu Wioślarskiego „Nurt” nie przyjdzie.", "", "Ewa Lis", "Klub Wioślarski Nurt"),
        ("Przyjdziemy we dwie ze Stowarzyszenia Polana.", "", "Ewa Lis", "Stowarzyszenie Polana"),
        ("Będę.", "", "Koło Seniora Jarzębina", "Koło Seniora Jarzębina"),
        ("Będę.", "Ewa Lis / Podwórkowa Ferajna", "Ewa Lis", "Podwórkowa Ferajna"),
        ("Organizacja: Zielona Ławka\nLiczba osób: 2", "", "Formularz", "Zielona Ławka"),
        ("Będę.", "Ewa Lis\nprezes", "Ewa Lis", None),
        ("Będę jako osoba prywatna.", "Ewa Lis", "Ewa Lis", None),
        ("Dzień dobry, piszę do Urzędu Miasta Torunia. Będę.", "", "Ewa Lis", None),
    ],
)
def test_organisation(own: str, signature: str, name: str, expected: str | None) -> None:
    """The name is as the message gives it, in the nominative, without quotation marks; a private person has none."""
    assert expected == extract.organisation(letter(own, signature, name=name), ARRIVAL, RULES)


def test_organisation_passed_on() -> None:
    """A letter that is passed on is written for whom it names, not for who passes it on."""
    passed = "Od: Jan Kos\nTemat: uwagi\n\nProsimy o nowe ławki.\n\nJan Kos\nFundacja Srebrna Nić"
    message = letter("Przesyłam dalej, przyszło do nas.", "Ewa Lis\nCentrum Wsparcia Most", forward=passed)

    assert extract.organisation(message, ARRIVAL, RULES) == "Fundacja Srebrna Nić"


def test_organisation_of_the_case() -> None:
    """Where the message names nobody, the case that it continues does."""
    earlier = Earlier("KONS-2023-0001", attends=True, proposes=False, organisation="Fundacja Srebrna Nić", people=2)

    assert (
        extract.organisation(letter("Będziemy trzy."), replace(ARRIVAL, earlier=earlier), RULES)
        == "Fundacja Srebrna Nić"
    )


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("Przyjdę w czwartek.", 1),
        ("Będziemy we dwoje, ja i mąż.", 2),
        ("Przyjdziemy w 3 osoby.", 3),
        ("Potwierdzam obecność dwóch osób.", 2),
        ("Będzie nas czworo.", 4),
        ("Przyjdę z mężem.", 2),
        ("Będzie nas pięcioro, opieką obejmujemy 120 osób.", 5),
        ("Zamiast dwóch osób przyjdą cztery osoby.", 4),
        ("Korekta: miało być 4 osoby, będą 2 osoby.", 2),
        ("Two of us will attend.", 2),
        ("I will attend.", 1),
        ("Нас буде троє.", 3),
        ("Nasze stowarzyszenie weźmie udział w spotkaniu.", None),
        ("Będziemy o 16 w sali na 5 piętrze, KRS 0000123456, tel. 600 100 200.", None),
        ("Liczba osób: 3", 3),
    ],
)
def test_people(own: str, expected: int | None) -> None:
    """Digits, words and collective numerals count; numbers of other things do not; the last corrected one holds."""
    assert expected == people_of(letter(own)).number


def test_list_of_names() -> None:
    """People in a list are counted, and kept as written."""
    found = people_of(letter("Od nas przyjdą:\n- Anna Kowal\n- Piotr Nowak\n- Maria Zięba"))

    assert (found.number, found.names) == (3, ("Anna Kowal", "Piotr Nowak", "Maria Zięba"))


def test_accepted_invitation() -> None:
    """An accepted invitation is one person."""
    message = replace(letter(""), calendar=CalendarReply("ACCEPTED", "ewa@poczta.example", "1", ""))

    assert people_of(message).number == 1


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("Proponujemy dwudniową formułę Forum.", ("forum",)),
        ("Prosimy o prostsze sprawozdania i uproszczenie generatora ofert.", ("procedure",)),
        ("Miastu brakuje polityki wobec seniorów: teleopieki i dziennych domów.", ("seniors",)),
        ("Czy w budynku jest winda i toaleta?", ()),
    ],
)
def test_topics(own: str, expected: tuple[str, ...]) -> None:
    """The sender's own words tell the group; the building's lift does not."""
    assert expected == extract.topics(letter(own), RULES)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("Przyjdę z koleżanką na wózku, prosimy o tłumacza języka migowego.", ("interpreter", "wheelchair")),
        ("Potrzebna pętla indukcyjna. Jedna osoba je wegańsko, gdzie jest parking?", ("diet", "loop", "parking")),
        ("Przyjdę.", ()),
    ],
)
def test_needs(own: str, expected: tuple[str, ...]) -> None:
    """What is asked for at the meeting is noted."""
    assert expected == extract.needs(letter(own), RULES)


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("tel. 600 100 200", "600 100 200"),
        ("NIP 879-000-11-22, tel. +48 56 000 12 34", "+48 56 000 12 34"),
        ("KRS 0000123456", None),
        ("dzwoniłam na 56 611 87 24", None),
        ("13.07.2023 godz. 16.00", None),
    ],
)
def test_phone(signature: str, expected: str | None) -> None:
    """The sender's number is kept as written; registers, dates and the office's own number are none."""
    assert expected == extract.phone(letter("Będę.", signature), RULES)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("Przyjdziemy: ja, doktorant Filip Dobosz oraz troje studentów.", 5),
        ("Na spotkanie stawi się kwartet: trzech trenerów i statystyk.", 4),
        ("W czwartek zjawi się u Państwa pół tuzina pań z koła.", 6),
        ("Przyjdą do Państwa trzy małżeństwa z naszego klubu.", 6),
        ("Na konferencję przybędę z puzonistą.", 2),
        ("Przyjadę z dorosłą córką.", 2),
        ("Przyjdę z trójką wychowawców.", 4),
        ("Do tej trójki proszę dopisać jeszcze dwie osoby.", 5),
        ("Przybędą: Leszek Lis, Żaneta Lis, Oleg Mazur.", 3),
        ("Idziemy we dwie, Lucyna i ja.", 2),
        ("Zamiast mnie przyjdzie kolega Andrzej Kos.", 1),
        ("Przychodzi z nami dwudziestu czterech druhów, tylu nas będzie na spotkaniu.", 24),
        ("Fundacja Cztery Strony będzie obecna na spotkaniu.", None),
        ("Z obu naszych biur przyjedzie na spotkanie po trzech prawników.", 6),
        ("Na spotkanie przyjdzie po dwóch przedstawicieli z każdej z trzech sekcji.", 6),
        ("Na spotkanie przyjdą komandor i bosman.", 2),
        ("Ze mną przyjdzie leśniczy.", 2),
        ("Klub Skała przyjdzie trzyosobowo, oprócz mnie Hubert i Nela.", 3),
        ("Proszę jednak podnieść liczbę osób z 1 do 2, dołącza skarbniczka.", 2),
    ],
)
def test_people_by_the_language(own: str, expected: int | None) -> None:
    """Rows, chains, couples, those who are told by their work, and those who come instead are counted."""
    assert expected == people_of(letter(own, "Ewa Lis")).number


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("Potwierdzamy udział dwóch osób. Zarząd liczy siedem osób.", 2),
        ("Na spotkanie przyjdzie sześcioro harcerzy oraz drużynowa.", 7),
        ("W spotkaniu weźmie udział czworo uczniów pod opieką nauczycielki.", 5),
        ("Potwierdzam przyjście swoje i dwóch koleżanek.", 3),
        ("Zgłaszam siebie i trzech mieszkańców bloku.", 4),
        ("Zgłaszam grupę 9 seniorów. Dwie osoby są na wózkach.", 9),
        ("Zgłaszamy obecność 2os.", 2),
        ("Będę na spotkaniu, a kolega z zarządu raczej nie.", 1),
        ("Na spotkaniu będzie asystent przewodniczącej.", 1),
        ("Na spotkaniu będzie prezes oddziału Irena Mak wraz z księgową.", 2),
        ("Zgłaszam Kacpra Nowaka, Annę Rybę i siebie.", 3),
        ("Przyjdę na spotkanie z Hanią i Zosią.", 3),
        ("Będę na spotkaniu, jestem mamą Kuby, który zostaje w domu.", 1),
        ("Z fundacji „Razem z Kujawami” przyjdę ja.", 1),
        ("Proszę o poprawienie liczby osób na dwie.", 2),
        ("Zapisuję się na spotkanie razem z nią.", 2),
        ("Klub będzie reprezentować moja zastępczyni, Barbara Las.", 1),
        ("Zgłaszamy się na spotkanie z mężem, Ewa i Jan Lisowie.", 2),
        ("Na spotkanie przyjdą:\nOlga Kit (czyli ja),\nPiotr Kit,\nDarek Mol,\nEwa Sum.", 4),
        ("Przyjdą dwie osoby ze Stowarzyszenia Rodziców Dzieci Niepełnosprawnych.", 2),
        ("Przyjdą trzy osoby z fundacji „Mama i Ja”.", 3),
        ("Przyjdą trzy osoby z prezesem na czele.", 3),
        ("Będą trzy osoby wraz ze mną.", 3),
        ("Będziemy w trójkę z mężem i córką.", 3),
        ("Przyjdą dwie osoby z zespołu, koordynatorka i wolontariusz.", 2),
        ("Potwierdzam obecność dwóch osób oraz dziękuję pani kierownik za zaproszenie.", 2),
        ("Przyjdą cztery osoby z Klubu Seniora i Młodzieżowej Rady Osiedla.", 4),
    ],
)
def test_people_as_they_are_told(own: str, expected: int) -> None:
    """Sizes of bodies count nobody, who accompanies counts beside a number, a name and its role are one person."""
    assert expected == people_of(letter(own, "Ewa Lis")).number


def test_who_writes_again_need_not_repeat_the_number() -> None:
    """In a case that is continued, what leaves all as it was says no number."""
    message = letter("Zapomniałam dodać, że jestem weganką. Poza tym wszystko po staremu.", "Ewa Lis")
    heard = acts.hear(message, RULES.acts, RULES.learned, ours=RULES.ours)
    counted = extract.counted(message, heard, RULES, earlier=True)

    assert extract.people(message, counted, RULES).number is None


def test_who_fills_a_form_in_is_one() -> None:
    """The name in the form's own field is the writer's where the address names nobody."""
    form = "Imię i nazwisko: Emilia Kos\nTreść: Proszę o wpisanie mnie na listę warsztatów 13 lipca."

    assert people_of(letter(form, name="Formularz")).number == 1


def test_two_who_sign_are_two() -> None:
    """Whoever signs beside the writer comes with them."""
    message = letter("Na konsultacje chętnie przyjdziemy, siadamy przy Forum.", "Lena i Kaja", name="Lena i Kaja")

    assert people_of(message).number == 2


def test_a_number_that_can_be_read_in_several_ways_is_unsure() -> None:
    """Three numbers, each told as if it held, are for staff to settle; one number is not."""
    several = letter("Od nas będą dwie osoby. Od nas będą trzy osoby. Od nas będą cztery osoby.", "Ewa Lis")

    assert people_of(several).unsure
    assert not people_of(letter("Od nas będą dwie osoby.", "Ewa Lis")).unsure
