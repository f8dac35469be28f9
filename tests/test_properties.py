"""What holds of every mail: quotes and footers decide nothing, nor do diacritics or the sender's clock."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.judgement.rules import load
from intake.judgement.values import Arrival, Category, Verdict
from intake.judgement.verdict import judge
from intake.mail.message import PassageKind
from intake.mail.reader import parse
from tests.test_quoting import ATTRIBUTIONS, BLOCKS

HERE = Path(__file__).parent
WARSAW = ZoneInfo("Europe/Warsaw")
RULES = load(HERE.parent / "rules", WARSAW)
EARLY = datetime(2023, 7, 10, 9, tzinfo=UTC)
KONSULTACJE = Arrival("konsultacje", EARLY, Category.PROPOSAL)
RSVP = Arrival("rsvp", EARLY, Category.ATTENDANCE, personal=True)

ANNOUNCEMENT = (HERE / "announcement.txt").read_text(encoding="utf-8").strip()
REMINDER = """Szanowni Państwo,

przypominamy o spotkaniu konsultacyjnym 13 lipca o godz. 16.00 w MCSM, ul. Łokietka 3, sala D.
Jeszcze do środy 12 lipca do godz. 15.00 czekamy na potwierdzenie udziału i liczbę osób.
Kto nie może przyjść, może przesłać swoje propozycje i uwagi do 31 lipca na adres konsultacje@um.torun.pl.

Do zobaczenia!
Wydział Komunikacji Społecznej i Informacji
Urząd Miasta Torunia"""
CARRIED = [ANNOUNCEMENT, REMINDER]
TOPS = [
    "",
    "Dzień dobry",
    "Dzień dobry,\n\nPozdrawiam\nAnna Wilk",
    "Szanowni Państwo,\n\n-- \nAnna Wilk\nFundacja Nowy Brzeg\ntel. 56 000 00 00",
    "Z poważaniem\nAnna Wilk\nprezeska Fundacji Nowy Brzeg",
    "Anna Wilk",
    "Wysłane z iPhone'a",
]
SUBJECTS = ["Re: Wspólnie o Programie na 2024 rok - zaproszenie", "Odp: Zaproszenie na konsultacje", "", None]
NOTICES = [
    "Niniejsza wiadomość jest przeznaczona wyłącznie dla adresata i może zawierać informacje poufne.",
    "Zgodnie z art. 13 RODO informujemy, że administratorem danych osobowych jest Fundacja Nowy Brzeg.",
    "Wysłane z iPhone'a",
    "Wysłano z mojego smartfona Galaxy.",
]
FOLDED: dict[int, int] = str.maketrans("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "acelnoszzACELNOSZZ")


def marked(text: str) -> str:
    """Return *text* as a quote with marks."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def quotes(text: str) -> Iterator[str]:
    """Yield *text* as every program quotes it."""
    yield marked(text)
    for head in ATTRIBUTIONS:
        yield f"{head}\n\n{text}"
        yield f"{head}\n{marked(text)}"
    for block in BLOCKS:
        yield f"{block}\n\n{text}"


def in_html(text: str) -> Iterator[str]:
    """Yield *text* as programs quote it in HTML, with what stands above it to be put at ``{top}``."""
    body = text.replace("\n", "<br>\n")
    head = "wt., 4 lip 2023 o 10:12 Konsultacje &lt;k@um.torun.pl&gt; napisał(a):"
    sent = "<b>Wysłano:</b> wtorek, 4 lipca 2023"
    block = f"<b>Od:</b> Konsultacje &lt;k@um.torun.pl&gt;<br>{sent}<br><b>Temat:</b> Spotkanie"
    yield (
        f'<div dir="ltr">{{top}}</div><div class="gmail_quote"><div class="gmail_attr">{head}<br></div>'
        f'<blockquote class="gmail_quote" style="margin:0 0 0 .8ex">{body}</blockquote></div>'
    )
    yield (
        '<p>{top}</p><div class="moz-cite-prefix">W dniu 4.07.2023 o 10:12, K pisze:<br></div>'
        f'<blockquote type="cite">{body}</blockquote>'
    )
    yield (
        '<p class="MsoNormal">{top}</p><div style="border:none;border-top:solid #E1E1E1 1.0pt">'
        f"<p>{block}</p></div><p>{body}</p>"
    )
    yield f'<div>{{top}}</div><hr id="stopSpelling"><div id="divRplyFwdMsg">{block}</div><div>{body}</div>'
    yield f'<div>{{top}}</div><br><div><blockquote type="cite"><div>{head}</div><div>{body}</div></blockquote></div>'


def mail(text: str, subject: str | None = "Spotkanie", *, sender: str = "Anna Wilk", html: bool = False) -> bytes:
    """Return a message that says *text*."""
    message = EmailMessage()
    message["From"] = f"{json.dumps(sender, ensure_ascii=False)} <someone@ngo.example>"
    message["To"] = "konsultacje@um.torun.pl"
    if subject is not None:
        message["Subject"] = " ".join(subject.split())
    message.set_content(text, subtype="html" if html else "plain")
    return message.as_bytes()


def verdict(raw: bytes, arrival: Arrival = KONSULTACJE) -> Verdict:
    """Judge *raw*."""
    return judge(parse(raw), arrival, RULES)


def takes_part(raw: bytes) -> list[Category]:
    """Return the readings of *raw*, in either mailbox, that would register somebody or record a proposal."""
    read = [verdict(raw, arrival).category for arrival in (KONSULTACJE, RSVP)]
    return [category for category in read if category.attends or category.proposes]


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("top", TOPS)
@pytest.mark.parametrize("carried", CARRIED, ids=["announcement", "reminder"])
def test_our_own_words_carried_back_register_nobody(carried: str, top: str, subject: str | None) -> None:
    """A reply that says nothing is neither attendance nor proposal, however its program quotes ours."""
    plain = [mail(f"{top}\n\n{quote}".strip("\n"), subject) for quote in quotes(carried)]
    rich = [mail(quote.replace("{top}", top.replace("\n", "<br>")), subject, html=True) for quote in in_html(carried)]

    assert [] == [raw for raw in (*plain, *rich) if takes_part(raw)]


def corpus() -> list[dict[str, Any]]:
    """Return the labelled mails that the project keeps."""
    paths = sorted((HERE.parent / "learning").glob("mails-*.jsonl"))
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


MAILS = corpus()


def judged(letter: dict[str, Any], add: str = "", change: dict[int, int] | None = None) -> Verdict:
    """Judge a mail of the corpus with something added below it, its letters changed."""
    text, subject = (part.translate(change or {}) for part in (f"{letter['text']}{add}", letter["subject"] or ""))
    return verdict(mail(text, subject, sender=letter["from_name"]))


def is_forward(letter: dict[str, Any]) -> bool:
    """Tell whether a mail passes another one on: what is added below it is added to that one."""
    if re.match(r"\s*(fwd?|pd|wg)\s*:", letter["subject"] or "", re.IGNORECASE):
        return True
    return PassageKind.FORWARD in {
        passage.kind for passage in parse(mail(letter["text"], letter["subject"], sender=letter["from_name"])).passages
    }


WRITTEN = [letter for letter in MAILS if not is_forward(letter)]
AS_THEY_ARE = [judged(letter) for letter in WRITTEN]


def changed(additions: list[str]) -> list[str]:
    """Return the mails whose verdict another one of *additions* below them changes, and how."""
    found = []
    for number, (letter, before) in enumerate(zip(WRITTEN, AS_THEY_ARE, strict=True)):
        after = judged(letter, "\n\n" + additions[number % len(additions)].format(name=letter["from_name"]))
        if (before.category, before.people, before.topics) != (after.category, after.people, after.topics):
            found.append(f"{letter['text'][-60:]!r}: {before.category} {after.category}")
    return found


@pytest.mark.parametrize("carried", CARRIED, ids=["announcement", "reminder"])
def test_a_quote_below_changes_no_verdict(carried: str) -> None:
    """Each mail of the corpus means what it means with our letter below it, quoted in one style after the other."""
    assert [] == changed(list(quotes(carried)))


def test_a_notice_below_changes_no_verdict() -> None:
    """Nor does what a server or a lawyer adds, whether the mail ends in a quote or not."""
    assert [] == changed(NOTICES)


def test_a_signature_below_changes_no_verdict() -> None:
    """Nor the sender's name as programs add it, though one is typed above: seen in one mail, which two people sign."""
    added = ["Z poważaniem\n{name}", "-- \n{name}\ntel. 56 000 00 00", "Pozdrawiam serdecznie,\n{name}"]

    assert len(changed(added)) <= 2


def test_dropped_diacritics_change_hardly_a_verdict() -> None:
    """People on telephones write without Polish letters: no mail was seen to change its category, at most three may."""
    folded = [judged(letter, change=FOLDED) for letter in WRITTEN]

    assert sum(one.category is not other.category for one, other in zip(AS_THEY_ARE, folded, strict=True)) <= 3


@pytest.mark.parametrize(
    "text", ["This is email reply 2.", "And this is another reply.", "Das ist eine Antwort.", "Ceci est ma réponse."]
)
def test_a_strange_language_is_no_machine(text: str) -> None:
    """Where hardly a word is known, nobody is taken for a machine by how the words sound."""
    assert Category.AUTOMATIC is not verdict(mail(text, "Re: Spotkanie")).category


PIECES = [
    "nie ",
    "potwierdzam udział ",
    "proponujemy\n",
    "1, 2 i 3 osoby ",
    "a",
    "ą",
    "(",
    "?!",
    "> ",
    ">\n",
    "-- \n",
    "\n\n",
    "Z poważaniem\n",
    "Od: a\nDo: b\n",
    "W dniu 4.07.2023 o 10:12 ",
    "Fundacja ",
    "„",
    "Anna Kos, ",
    "@a.b ",
    "<div>",
]


def cost(text: str, subject: str) -> float:
    """Return the seconds of this process that reading and judging *text* takes."""
    raw = mail(text, subject)
    begun = time.process_time()
    verdict(raw)
    return time.process_time() - begun


@pytest.mark.parametrize("piece", PIECES)
def test_hostile_text_costs_no_more_than_its_length(piece: str) -> None:
    """A megabyte of anything takes about twice as long as half of it: linear is 2, quadratic would be 4."""
    whole, half = piece * (1_000_000 // len(piece)), piece * (500_000 // len(piece))

    assert any(
        cost(whole, "Spotkanie") <= 3 * cost(half, "Spotkanie") + 0.1 for _ in range(3)
    )  # once in three, undisturbed


@settings(deadline=None, max_examples=40)
@given(
    letter=st.sampled_from(MAILS),
    claimed=st.datetimes(timezones=st.just(UTC)).map(lambda when: when.strftime("%a, %d %b %Y %H:%M:%S +0000"))
    | st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
)
def test_no_verdict_depends_on_the_date_field(letter: dict[str, Any], claimed: str) -> None:
    """Whatever the sender's clock claims, in whatever form, all of the verdict is the same."""
    raw = mail(letter["text"], letter["subject"], sender=letter["from_name"])

    assert verdict(raw) == verdict(b"Date: " + claimed.encode() + b"\n" + raw)
