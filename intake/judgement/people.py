"""How many will come, and who: numbers, collective numerals, names and companions in the sender's own text.

The last corrected number holds. What says how many there are elsewhere (members, people in care, hours, years,
telephone numbers) says nothing about who comes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from intake.judgement.clues import Clues
from intake.judgement.numerals import Numeral, numerals
from intake.judgement.rules import Rules
from intake.judgement.sentences import Origin, Sentence, fold, sentences, words
from intake.judgement.values import Reason
from intake.mail.message import Message

_MOST = 60  # people of one organisation; more is a mistake or a crowd elsewhere
_BULLET = re.compile(r"\s*(?:[-–—•*·▪]|[0-9]{1,2}[.)])\s*(.{3,90})$")
_NAME = re.compile(
    r"(?:(?:p\.|pan|pani|panią|pana|ks\.|dr|mgr|inż\.|phm\.|pwd\.|dh|siostra|brat)\s+)*"
    r"[A-ZĄĆĘŁŃÓŚŹŻА-ЯІЇЄҐ][\w’'-]{1,30}(?:[ -]{1,2}[A-ZĄĆĘŁŃÓŚŹŻА-ЯІЇЄҐ][\w’'-]{0,30}\.?){0,2}"
)
_CLAUSE = re.compile(r"[,;–—]| ale | lecz | a(?= )|\bbo\b")
_FORM = re.compile(r"\b(?:liczba|ilosc)(?: \w{1,15}){0,3}\s{0,2}[:=–-]\s{0,2}([0-9]{1,2})\b")


@dataclass(frozen=True, slots=True)
class People:
    """How many come, as far as the message says, and who of them is named."""

    number: int | None
    names: tuple[str, ...] = ()
    contradictory: bool = False  # numbers that no word of correction reconciles
    reasons: tuple[Reason, ...] = ()


def people(message: Message, rules: Rules) -> People:
    """Count who will come by what *message* says; an accepted invitation is one."""
    if message.calendar and message.calendar.partstat == "ACCEPTED":  # RFC 5546 §3.2.3: one attendee answers
        return People(1, reasons=(Reason("RFC 5546 §3.2.3", "ACCEPTED", 1.0),))
    own = [line for line in sentences(message.own) if not line.asks or re.search("[0-9]", line.text)]
    subject = list(sentences(message.subject or "", Origin.SUBJECT))
    attached = [line for part in message.attachments[:3] for line in sentences(part.text[:20_000], Origin.ATTACHMENT)]
    names = _listed(message.own, rules.clues) or _listed(
        "\n".join(part.text for part in message.attachments[:3]), rules.clues
    )
    for texts in (own, attached, subject):
        found = count(texts, rules.clues, len(names) if texts is not subject else 0)
        if found is not None:
            return People(found.number, names or found.names, found.contradictory, found.reasons)
    return People(None, names)


def count(texts: list[Sentence], clues: Clues, listed: int = 0) -> People | None:
    """Count by the sentences *texts*; *listed* is how many names stand in a list among them."""
    stated = [(number, line) for line in texts for number in _stated(line, clues) if _speaks(line, clues)]
    if stated:
        later = [entry for entry in stated[1:] if _corrects(entry[1])]
        chosen, sentence = later[-1] if later else stated[0]
        differing = len({value for value, _ in stated}) > 1 and not any(_corrects(line) for _, line in stated)
        reason = Reason("facts:people.number", sentence.text[:80], 1.0)
        return People(chosen, _names(sentence, clues), differing, (reason,))
    if listed >= 2:
        return People(listed, reasons=(Reason("facts:people.list", f"{listed}", 1.0),))
    best: People | None = None
    for sentence in texts:
        if not any(clues.coming.find(sentence.words)) and sentence.words[0] not in {"ja", "my", "me"}:
            continue
        number = _enumerated(sentence, clues)
        if number and (best is None or best.number is None or number > best.number):
            best = People(
                number, _names(sentence, clues), reasons=(Reason("facts:people.named", sentence.text[:80], 0.8),)
            )
    return best


def _speaks(sentence: Sentence, clues: Clues) -> bool:
    """Tell whether the sentence may be about coming: it says so, or is too short to be about anything else."""
    return len(sentence.words) <= 8 or any(clues.coming.find(sentence.words))


def _corrects(sentence: Sentence) -> bool:
    return bool(_CORRECTING & set(sentence.words))


_CORRECTING = frozenset(
    words(
        "zamiast korekta jednak ostatecznie poprawić zmienić zmiana było miało miała miały mieliśmy razem "
        "łącznie sumie czyli nie pisałem pisałam pisaliśmy zgłaszałam zgłaszałem zgłosiliśmy poprzednio not "
        "instead total makes leaves"
    )
)
_FORMER = frozenset(
    words(
        "było były była miała miało miały mieliśmy pisałem pisałam pisaliśmy zgłaszałam zgłaszałem "
        "zgłosiliśmy zapisane wpisano mówiłam mówiłem zamiast that"
    )
)
_SAYING = frozenset(
    words(
        "będą będzie będziemy być ostatecznie razem łącznie sumie czyli makes leaves przyjdziemy przyjdą "
        "jesteśmy na tylko"
    )
)
_MONTHS = frozenset(
    words("lipca godz godzinie godziny sierpnia czerwca minut lat zł piętro piętrze rok roku proc procent")
)


_HOURS = frozenset(words("przed o od do po około godz godzinie at before by"))


def _stated(sentence: Sentence, clues: Clues) -> Iterator[int]:
    """Find the number that the sentence states of those who come; of several, what corrections leave."""
    if form := _FORM.search(fold(sentence.text)):
        yield int(form[1])
        return
    found = [
        numeral for numeral in numerals(sentence) if numeral.value <= _MOST and _of_people(numeral, sentence, clues)
    ]
    found = [numeral for numeral in found if not _elsewhere(numeral, sentence, clues)]
    kept = [numeral for numeral in found if not _denied(numeral, sentence)] or found
    if not kept:
        return
    if len(kept) > 1 and not _corrects(sentence) and _joined(kept, sentence):
        yield sum(numeral.value for numeral in kept)
        return
    last = kept[-1]
    yield last.value + (1 if _writer_besides(last, sentence) else 0)


def _of_people(numeral: Numeral, sentence: Sentence, clues: Clues) -> bool:
    if numeral.collective:
        return True
    after = sentence.words[numeral.end : numeral.end + 3]
    before = sentence.words[max(0, numeral.start - 2) : numeral.start]
    if after[:1] and after[0] in _MONTHS:
        return False
    if any(hit.start == 0 or (hit.start == 1 and not after[0].isdigit()) for hit in clues.counted.find(after)):
        return True
    if before and before[-1] in _HOURS:
        return False
    last = not after or after[0] in {"a", "nie", "i", "ja", "bo", "czyli", "proszę", "but"}
    said = bool(_SAYING & set(before)) and last and numeral.value <= 20
    return said or "nas" in before or "plus" in before or numeral.signed or after[:2] == ("of", "us")


def _elsewhere(numeral: Numeral, sentence: Sentence, clues: Clues) -> bool:
    """Tell whether the number speaks of members, of people in care, or of a part of those who come."""
    before = sentence.words[max(0, numeral.start - 4) : numeral.start]
    return any(hit.end >= len(before) - 1 for hit in clues.elsewhere.find(before))


def _denied(numeral: Numeral, sentence: Sentence) -> bool:
    """Tell whether the number is what it was before: "nie dwie", "zamiast trzech", "było 4"."""
    before = sentence.words[max(0, numeral.start - 3) : numeral.start]
    if not before:
        return False
    return before[-1] in {"nie", "not", "не"} or "zamiast" in before or bool(_FORMER & set(before[-2:]))


def _joined(found: list[Numeral], sentence: Sentence) -> bool:
    for left, right in pairwise(found):
        between = sentence.words[left.end : right.start]
        if len(between) > 6 or not {"i", "oraz", "plus", "and", "та", "і"} & set(between):
            return False
    return True


def _writer_besides(numeral: Numeral, sentence: Sentence) -> bool:
    """Tell whether the writer comes on top: "ja i jeszcze dwie osoby", "ja + 2"."""
    before = sentence.words[max(0, numeral.start - 6) : numeral.start]
    if "lacznie" in before or "razem" in before or "czyli" in before or "sumie" in before:
        return False
    first = {"ja", "me", "i", "я"} & set(before[:5])
    linked = {"plus", "jeszcze", "oraz", "i", "and", "та", "ще", "і"} & set(before[-2:])
    besides = "ja" in before and (bool(linked) or numeral.signed or ("plus" in before))
    return besides or (bool({"me", "я"} & first) and bool(linked)) or ("mna" in before and "jeszcze" in before)


def _enumerated(sentence: Sentence, clues: Clues) -> int | None:
    """Count the writer, companions and names of a sentence that states no number."""
    text = _present(sentence, clues)
    if not text:
        return None
    folded = words(text)
    if any(clues.alone.find(folded)):
        return 1
    if _PAIR & set(folded):
        return 2
    writer = bool({"ja", "me", "я"} & set(folded)) or any(clues.singular.find(folded)) or _for_oneself(folded)
    named = [_given_word(name) for name in _names_in(text, clues)]
    places = {folded.index(name) for name in named if name in folded} | {
        hit.start for hit in clues.companions.find(folded)
    }
    separate = [place for place in sorted(places) if place - 1 not in places]  # a role and its name are one person
    if writer:
        enumerates = folded[0] in {"ja", "me", "я"} or bool({"ja", "me", "я", "siebie"} & set(folded))
        return 1 + sum(enumerates or bool(_LINKS & set(folded[max(0, place - 2) : place])) for place in separate)
    if separate:
        return len(separate) + any(word.startswith("podpisan") for word in folded)  # "oraz niżej podpisana"
    return 1 if any(clues.one.find(folded)) and _SOMEBODY & set(folded) else None


def _given_word(name: str) -> str:
    """Return the first word of *name* that is no title: titles repeat, and so may surnames."""
    parts = words(name)
    return next((part for part in parts if part not in _TITLES), parts[-1])


_TITLES = frozenset(words("p pan pani panią pana ks dr mgr inż phm pwd dh siostra brat"))


def _for_oneself(folded: tuple[str, ...]) -> bool:
    """Tell whether one person confirms with nobody else as the object: "potwierdzam udział w …"."""
    for verb, thing, after in zip(folded, folded[1:], (*folded[2:], ""), strict=False):
        own = thing in {"swoj", "swoja", "moj", "moja", "wlasny"}
        bare = thing in {"udzial", "obecnosc", "przybycie"} and after in {"", "w", "na", "podczas", "spotkania"}
        if verb in {"potwierdzam", "zglaszam", "deklaruje", "zapowiadam"} and (own or bare):
            return True
    return False


_PAIR = frozenset(words("oboje obydwoje obie obaj obydwie obu both"))
_LINKS = frozenset(words("z ze wraz razem oraz plus i zabiorę wezmę jeszcze siebie with and із з та і bring"))
_SOMEBODY = frozenset(
    words(
        "ktoś pani pan kolega koleżanka przedstawiciel przedstawicielka przedstawiciela moja mój nasz nasza "
        "babcia ksiądz"
    )
)


def _present(sentence: Sentence, clues: Clues) -> str:
    """Return the sentence without the clauses that say who does not come, and without those who are replaced."""
    clauses = [part for part in _CLAUSE.split(sentence.text) if not _absent(part, clues)]
    text = ", ".join(clauses)
    return re.sub(
        r"(?i)\b(?:zamiast|w miejsce|za|poza)\s+(?:p\.|pani|pana|pan|ks\.)?\s?\w{1,30}(?:\s[A-ZĄĆĘŁŃÓŚŹŻ]\w{1,30})?",
        " ",
        text,
    )


def _absent(clause: str, clues: Clues) -> bool:
    return any(clues.absent.find(words(clause)))


def _names(sentence: Sentence, clues: Clues) -> tuple[str, ...]:
    return tuple(_names_in(_present(sentence, clues), clues))


def _names_in(text: str, clues: Clues) -> list[str]:
    """Return the people named in *text*: a known first name in any case, alone or with a surname."""
    return [match[0].strip(" .") for match in _NAME.finditer(text) if _is_name(match[0], clues)][:_MOST]


def _is_name(name: str, clues: Clues) -> bool:
    titled = re.match(r"(?:p\.|pan|pani|panią|pana|ks\.|dr|siostra|brat)\s", name, re.IGNORECASE) is not None
    return titled or any(_given(word, clues) for word in fold(name).split())


def _given(word: str, clues: Clues) -> bool:
    if len(word) < 3:
        return False
    return any(
        stem in clues.first_names
        for stem in (
            word,
            word[:-1] + "a",
            word[:-1],
            word[:-2],
            word[:-2] + "a",
            word[:-3] + "ek" if word.endswith("kiem") else word,
        )
        if len(stem) >= 3
    )


def _listed(text: str, clues: Clues) -> tuple[str, ...]:
    """Return the names of a list, one a line, with or without marks before them."""
    best: list[str] = []
    run: list[str] = []
    for line in [*text.splitlines()[:400], ""]:
        match = _BULLET.match(line[:120])
        name = match and _NAME.match(match[1])
        if (
            name
            and (len(name[0].split()) >= 2 or _is_name(name[0], clues))
            and len(match[1].split() if match else ()) <= 8
        ):
            run.append(name[0].strip(" .,;"))
        elif line.strip():
            best, run = (run if len(run) > len(best) else best), []
    best = run if len(run) > len(best) else best
    return (
        tuple(best[:_MOST]) if len(best) >= 2 and sum(_is_name(name, clues) for name in best) * 2 >= len(best) else ()
    )
