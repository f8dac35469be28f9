"""Letters of the 2023 consultation for tests: its rules and templates, and facts to change where a test needs it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from intake.judgement import rules
from intake.judgement.consultation import Consultation, Cutoffs
from intake.judgement.rules import Rules
from intake.judgement.values import Category, Punctuality, Timeliness
from intake.letters import templates
from intake.letters.facts import Change, Enclosure, LetterFacts, LetterKind, Office, Piece
from intake.letters.letter import Letter, compose
from intake.letters.templates import Templates

ROOT = Path(__file__).parent.parent
ZONE = ZoneInfo("Europe/Warsaw")
OFFICE = Office("Wydział Komunikacji Społecznej i Informacji, Urząd Miasta Torunia", "konsultacje@um.torun.pl")
ON_TIME, LATE = Punctuality.ON_TIME, Punctuality.LATE


def at(month: int, day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """Return an instant of 2023, in Toruń."""
    return datetime(2023, month, day, hour, minute, second, tzinfo=ZONE)


@cache
def office_rules() -> Rules:
    """Return the rules that are shipped."""
    return rules.load(ROOT / "rules", ZONE)


@cache
def office_templates() -> Templates:
    """Return the templates that are shipped."""
    return templates.load(ROOT / "templates")


def consultation(**changes: Any) -> Consultation:
    """Return the consultation, changed."""
    return office_rules().consultation.model_copy(update=changes)


def approved() -> Consultation:
    """Return the consultation as it is once the office has filled in every sentence and the whole notice."""
    shipped = office_rules().consultation
    sentences = {
        "late_welcome": "Zapraszamy Państwa na spotkanie. Jeśli zabraknie miejsc, damy znać przed jego rozpoczęciem.",
        "late_proposal": "Zespół zdecyduje, czy rozważy ją jeszcze na tym etapie.",
        "access": "Jeśli ktoś z Państwa potrzebuje na spotkaniu wsparcia, prosimy odpisać do 10 lipca. Nie trzeba"
        " podawać przyczyny.",
        "answer_by": "w ciągu 2 dni roboczych",
    }
    notice = {
        "period": "przez 5 lat od końca roku, w którym zakończą się konsultacje",
        "recipients": "dostawca poczty elektronicznej urzędu i operator jego serwerów",
        "publication": "Propozycje publikujemy w raporcie z konsultacji bez nazwisk i adresów osób fizycznych.",
        "officer": "inspektor@um.torun.pl",
        "url": "https://bip.torun.pl/konsultacje/dane-osobowe",
    }
    return shipped.model_copy(
        update={
            "letters": shipped.letters.model_copy(update=sentences),
            "data_protection": shipped.data_protection.model_copy(update=notice),
        }
    )


_USUAL = LetterFacts(
    kind=LetterKind.ATTENDANCE,
    case="KONS-2023-0042",
    recipient="biuro@kolatka.example",
    mailbox_address="k.dabrowska@um.torun.pl",
    message_id="<ack.0123456789abcdef@um.torun.pl>",
    answers="<their.letter@kolatka.example>",
    references=(),
    received=at(7, 11, 9, 12),
    timeliness=Timeliness(ON_TIME, ON_TIME),
    subject="Zgłoszenie na spotkanie",
    organisation="Fundacja Kołatka",
    people=2,
    topics=("seniors", "forum"),
)
_CHANGES: dict[LetterKind, dict[str, Any]] = {
    LetterKind.ATTENDANCE_CHANGED: {"people": 3, "people_before": 2, "registered_before": True, "first": False},
    LetterKind.ATTENDANCE_LATE: {"received": at(7, 12, 15, 21), "timeliness": Timeliness(LATE, None)},
    LetterKind.ATTENDANCE_AFTER: {"received": at(7, 14, 9, 5), "timeliness": Timeliness(LATE, None)},
    LetterKind.CANCELLATION: {"registered_before": True, "first": False},
    LetterKind.PROPOSAL: {
        "received": at(7, 24, 9, 12),
        "enclosures": (Enclosure("wnioski.pdf", 120_000), Enclosure("skan.tif", 1_800_000, readable=False)),
    },
    LetterKind.PROPOSAL_LATE: {"received": at(8, 1, 8, 5), "timeliness": Timeliness(None, LATE)},
    LetterKind.SUPPLEMENT: {
        "received": at(7, 26, 14, 40),
        "first": False,
        "pieces": (Piece(at(7, 24, 9, 12), supplement=False, enclosures=2), Piece(at(7, 26, 14, 40), True, 1)),
        "enclosures": (Enclosure("uzupełnienie.docx", 88_000),),
    },
    LetterKind.MIXED: {"enclosures": (Enclosure("wnioski.pdf", 120_000),)},
    LetterKind.CORRECTED: {
        "people": 4,
        "first": False,
        "attends": True,
        "needs": ("interpreter",),
        "changes": (
            Change("kind", (Category.QUESTION.value,), (Category.ATTENDANCE.value,)),
            Change("people", ("2",), ("4",)),
            Change("needs", (), ("interpreter",)),
        ),
    },
}


def facts(kind: LetterKind, **changes: Any) -> LetterFacts:
    """Return the usual facts of a letter of *kind*, changed."""
    usual = {"organisation_before": "Fundacja Kołatka"} if kind is LetterKind.ATTENDANCE_CHANGED else {}
    return replace(_USUAL, kind=kind, **{**usual, **_CHANGES.get(kind, {}), **changes})


def letter(kind: LetterKind, *, now: datetime | None = None, of: Consultation | None = None, **changes: Any) -> Letter:
    """Compose a letter, a minute after the message came unless *now* is given."""
    given = facts(kind, **changes)
    office = office_rules()
    cutoffs: Cutoffs = office.cutoffs
    moment = now or given.received + timedelta(minutes=1)
    return compose(given, OFFICE, of or office.consultation, cutoffs, office_templates(), moment)


def parsed(raw: bytes) -> EmailMessage:
    """Read a letter back as a mail program would."""
    message = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(message, EmailMessage)
    return message


def part(raw: bytes, kind: str) -> str:
    """Return the text or the HTML part of a letter, lines ended by LF."""
    body = parsed(raw).get_body((kind,))
    assert isinstance(body, EmailMessage)
    content: str = body.get_content()
    return content.replace("\r\n", "\n")


def text(raw: bytes) -> str:
    """Return the text part."""
    return part(raw, "plain")


def words(string: str) -> str:
    """Return *string* with every run of white space, no-break ones too, as one space."""
    return " ".join(string.split())


class Page(HTMLParser):
    """An HTML part as it is read: its words in order, tags, links and attributes."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.visible: list[str] = []
        self.title = self.preheader = ""
        self._hidden = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag, and set what it means for the words around it."""
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if tag in {"title", "style"}:
            self._hidden = tag
        elif attributes.get("class") == "preheader":
            self._hidden = "preheader"
        self.visible.append({"th": "- ", "li": "- "}.get(tag, " " if tag in {"br", "p", "h1", "h2"} else ""))

    def handle_endtag(self, tag: str) -> None:
        """Close what a tag opened."""
        if tag in {"title", "style"} or (tag == "div" and self._hidden == "preheader"):
            self._hidden = ""
        self.visible.append({"th": ": ", "td": " ", "li": " "}.get(tag, ""))

    def handle_data(self, data: str) -> None:
        """Keep the words of the page, of the title and of the preheader apart."""
        if self._hidden == "title":
            self.title += data
        elif self._hidden == "preheader":
            self.preheader += data
        elif not self._hidden:
            self.visible.append(data)

    @property
    def words(self) -> str:
        """Return what a reader sees."""
        return words("".join(self.visible))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of every *tag*."""
        return [attributes for name, attributes in self.tags if name == tag]


def page(raw: bytes) -> Page:
    """Return the HTML part."""
    return Page(part(raw, "html"))
