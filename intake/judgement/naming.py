"""A name around the word for a kind of organisation: where it begins and ends, and its nominative.

"Z ramienia Towarzystwa Śpiewaczego Halka" names the *Towarzystwo Śpiewacze Halka*. Only what surely agrees with the
head is turned; all else stands as it was written. Every step looks at the line once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from intake.judgement.clues import Clues, Form
from intake.judgement.sentences import fold, words

LONGEST = 120  # characters of a name
_MOST_LINES = 300
_LONG = 4000  # characters of a line
_QUOTED = re.compile(r"\s{0,3}[„“\"«»‚‘']([^\n„”“\"«»]{1,80}?)[”“\"»«’]")
_LINK = (
    r"(?:i|oraz|na|w|we|z|ze|dla|od|do|pod|nad|znad|bez|im\.?|ds\.?|o|pw\.?|św\.?|przy|za|po|ku|nr|of|the|for|and|und|&|та|і|spod|"
    r"rzecz|spraw|u|ul\.|przy parafii|przy szkole|przy kościele|wsi|gminy|osiedla|parafii|dzielnicy|powiatu|ziemi)"
)
_NEXT = re.compile(rf"\s{{1,3}}((?:{_LINK}\s{{1,3}}){{0,3}})([A-ZĄĆĘŁŃÓŚŹŻА-ЯІЇЄҐ0-9][^\s,;:()|/„”“\"«»!?]{{0,40}})")
_PLACE = re.compile(
    r"\s((?:(?:w|we|na)\s)?[A-ZĄĆĘŁŃÓŚŹŻ][\w-]{2,30}(?:\s[A-ZĄĆĘŁŃÓŚŹŻ][\w-]{2,30})?)\s{0,3}$"
)  # ends the line
_HONOURED = re.compile(r"\s(im\. [A-ZĄĆĘŁŃÓŚŹŻ][\w.-]{0,30}(?:\s(?:i\s)?[A-ZĄĆĘŁŃÓŚŹŻ][\w.-]{0,30}){0,4})")
_SUFFIX = re.compile(r",?\s{1,2}(?:sp\. z o\.\s?o\.|s\.a\.|e\. ?v\.|s\.c\.|gmbh)", re.IGNORECASE)
_DEDICATED = frozenset({"pw", "sw"})  # "parafia pw. św. Izydora"
_DOTTED = frozenset({"o.o.", "s.a.", "s.c.", ". v.", "e.v."})
_AGREES = re.compile(r"(?:ego|ej|ym|im)$")
_FEMININE = re.compile(r"(.{3,}(?:sk|ck|dzk|zn|ln|rn|dn|yjn|czn|arn|w))i?ej")
_EVERYDAY = frozenset(words("dom rada grupa forum szkoła biblioteka centrum zespół polski gmina firma sieć ruch"))
_FIRST_PERSON = re.compile(r"(?:[uo]ję|szę|szam|dzam|ujemy|szamy|dzamy|simy|[^aeiouy]my|[^aeiouy]iam|[^aeiouy]iamy)$")
_ADVERB = re.compile(r"(?:cznie|lnie|wnie|znie|tnie|snie|nnie|rdzo|iaj|isiaj|stwo|owo|orem|ano|iedys|nak)$")
_BEFORE = 8  # characters
_DENIED = re.compile(r"(?:^|\W)nie [„“\"«]?$")  # "nie Fundacja …, tylko Stowarzyszenie …"
_COMMON = frozenset(
    words(
        "nasze nasza nasz biuro zarząd w z ze od dla dzień dobry jako my i pani pan prezes prezeska uwagi propozycje "
        "stanowisko wniosek członek członkini sekretariat za udział postulaty głos redakcja cała całe całą całym "
        "jestem the our from "
        "na po przy do o u co to ten ta te gdyby kiedy gdy bo ale lecz oto skoro czy jak nie jednak więc "
        "zatem ponieważ jeśli jeżeli żeby "
        "pod nad przez bez jest są wasze państwa drużyna ekipa załoga zgłoszenie uczestnictwo przez także "
        "również oraz skrzynka vertrieb tylko tu tutaj teraz obecnie dzisiaj dziś wtedy natomiast ponadto oprócz "
        "dodatkowo wczoraj jutro zawsze nigdy właśnie może chyba nawet też potem dlatego dotychczas "
    )
)
_ADDRESSED = ("program", "konsultac", "urzed", "wydzial")
_BODIES = frozenset(words("zespół rada samorząd ekipa drużyna"))  # of an organisation that is named behind them
_BODIES_INFLECTED = frozenset(words("zespołu zespole zespołem zespołowi"))
_GENERIC = frozenset(words("організація група organizacja grupa"))  # a head behind these is the name's own


def candidates(text: str, clues: Clues, *, signed: bool = False, inflected: bool = True) -> Iterator[str]:
    """Find names that begin with, or hold, a word for a kind of organisation.

    Kinds that are everyday words as well count only where *signed*: in a signature, a sender's name, or after "in the
    name of …". Without *inflected* only those count that stand in the nominative: who does something.
    """
    for whole in text.splitlines()[:_MOST_LINES]:
        line = whole[:_LONG]
        folded = fold(line)
        if len(folded) != len(line):  # a letter that folding widens: places would not agree
            continue
        position = 0
        while match := clues.heads.search(folded, position):
            position = match.end()
            form = clues.forms[match[0]]
            if _DENIED.search(folded[max(0, match.start() - _BEFORE) : match.start()]):
                continue
            if (form.signed and not signed) or (not inflected and fold(form.name) != match[0]):
                continue
            name, position = _grown(line, match.start(), match.end(), clues)
            if name and not is_ours(name, clues):
                yield name


def is_ours(name: str, clues: Clues) -> bool:
    """Tell whether *name* is the office's own, or of those that everybody writes about."""
    folded = " ".join(words(name))
    if any(phrase in folded for phrase in clues.not_ours_unless):
        return False
    return any(phrase in folded for phrase in clues.not_ours)


def _grown(line: str, start: int, end: int, clues: Clues) -> tuple[str | None, int]:
    """Return the name around the head at *start* in the nominative, and where it ends."""
    form = clues.forms[fold(line[start:end])]
    nominative = fold(form.name) == fold(line[start:end])
    head = line[start:end] if nominative else _cased(form.name, line[start:end])
    parts, position = _following(line, end, clues)
    if not nominative and parts and form.name.endswith(_ADJECTIVES) and (noun := clues.forms.get(fold(parts[0]))):
        parts = [noun.name, *_agreeing(parts[1:], noun)]  # "Parafialnego Klubu …"
    if fold(form.name) in _GENERIC | _BODIES and parts and _of_another(parts, clues):
        return None, end
    before = _without_roles(_preceding(line, start), clues)
    bodies = [place for place, word in enumerate(before) if fold(word) in _BODIES]
    if bodies:  # "Zespół Środowiskowego Domu …": who of it writes
        before = before[bodies[-1] + 1 :]
    if any(fold(word) in clues.forms or fold(word) in _BODIES_INFLECTED for word in before):  # another case hid a name
        return None, end
    if any(fold(word) in clues.first_names for word in before) or (nominative and _governed(line, start, before)):
        before = []
    if nominative and form.gender == "n" and parts and parts[0].endswith("ego"):  # "Kolegium" is the same in all cases
        nominative = False
    if not nominative:
        parts, before = _agreeing(parts, form), _agreeing([word for word in before if _AGREES.search(word)], form)
    dedicated = bool(parts) and fold(parts[0].rstrip(".")) in _DEDICATED
    if not line[start].isupper() and (
        not parts or (parts[0].islower() and not dedicated) or fold(form.name) in _EVERYDAY
    ):
        return None, end
    if not parts and not before:
        return None, end
    name = clean(" ".join((*before, head, *parts)))
    return (name if len(name) <= LONGEST else None), position


def _without_roles(before: list[str], clues: Clues) -> list[str]:
    """Leave out who signs for the name: "Kierownik WTZ …"."""
    while before and any(clues.not_names.find([fold(before[0])])):
        before = before[1:]
    return before


_ADJECTIVES = ("ny", "ski", "cki")


def _following(line: str, end: int, clues: Clues) -> tuple[list[str], int]:
    parts: list[str] = []
    position = end
    while len(parts) < 14:
        if suffix := _SUFFIX.match(line, position):
            parts.append(suffix[0].strip(" "))
            return parts, suffix.end()
        if quoted := _QUOTED.match(line, position):
            place = _PLACE.match(line, quoted.end())
            if place and fold(place[1].split()[0]) in clues.first_names:  # who signs, in the same line
                place = None
            place = place or _HONOURED.match(line, quoted.end())
            return [*parts, quoted[1].strip(), *(place[1].split() if place else ())], (place or quoted).end()
        match = _NEXT.match(line, position)
        if match is None:
            break
        word = match[2]
        bare = word.rstrip(".")
        if bare.isdigit() and fold(match[1]).split()[-1:] != ["nr"] and not parts:
            break
        if bare.isdigit() and len(bare) == 4 and match[1]:  # "since 2016"
            break
        if match[1] and fold(word).startswith(_ADDRESSED):  # "… do Programu": what the letter is about
            break
        parts += [*match[1].split(), bare if word.endswith(".") and len(bare) > 2 else word]
        position = match.end()
        if word.endswith(".") and len(bare) > 2:
            break
    return parts, position


def _of_another(parts: Sequence[str], clues: Clues) -> bool:
    """Tell whether a word for a kind begins what follows, as in "Zespół Środowiskowego Domu Samopomocy"."""
    if fold(parts[0]) in clues.forms:
        return True
    found = clues.heads.search(fold(" ".join(parts[:4])))
    return found is not None and found.start() <= len(parts[0]) + 1 and fold(clues.forms[found[0]].name) != found[0]


def _governed(line: str, start: int, before: Sequence[str]) -> bool:
    """Tell whether a preposition or an initial stands before the words *before*: then they are no part of a name."""
    if not before:
        return False
    rest = line[:start].rstrip("(„“\"' ")
    beside = rest[: max(0, rest.rfind(before[0]))].split()
    return bool(beside) and (beside[-1].lower() in _PREPOSITIONS or re.fullmatch(r"[^\W\d_]\.", beside[-1]) is not None)


_PREPOSITIONS = frozenset({"z", "ze", "w", "we", "na", "dla", "od", "do", "przy", "o", "za", "u", "po", "pod"})


def _preceding(line: str, start: int) -> list[str]:
    """Return the capitalised words directly before the head, such as "Toruńskie" or "Torun Board Games"."""
    before: list[str] = []
    if line[:start].endswith(("(", "„", "“", '"')):
        return before
    beside = line[max(0, start - 80) : start]
    for given in reversed(beside.split(" ")[:-1]):
        word = given.lstrip("(„“\"'")
        if not word or not word[0].isupper() or not word.replace("-", "").isalpha():
            break
        before.insert(0, word)
        if word != given:  # an opening bracket or quotation mark
            break
    lead = line[: line.rfind(before[0], 0, start)].rstrip() if before else ""
    opens = not lead or lead.endswith((".", "!", "?"))
    while before and (fold(before[0]) in _COMMON or (opens and _begins_a_sentence(before[0]))):  # capital anyway
        before.pop(0)
    return before[-4:]


def _begins_a_sentence(word: str) -> bool:
    """Tell whether *word* is an adverb, or a verb of the first person: "Zgłaszam Stowarzyszenie …"."""
    return bool(_ADVERB.search(fold(word)) or _FIRST_PERSON.search(word.lower()))


def _agreeing(parts: list[str], form: Form) -> list[str]:
    """Turn the adjectives that agree with the head from the genitive or locative to the nominative."""
    turned = list(parts)
    for index, part in enumerate(parts):
        if " " in part:
            break
        match = re.fullmatch(r"(.{2,}?)(?:ego|ym|im)", part)
        if match is None or form.gender == "f":
            if form.gender == "f" and (adjective := _FEMININE.fullmatch(part)):
                turned[index] = adjective[1] + "a"
                continue
            break
        stem = match[1] + ("i" if part.endswith("im") else "")
        soft = stem.endswith("i")
        turned[index] = stem + ("" if soft else "y") if form.gender == "m" else stem + "e"
    return turned


def nominative(name: Sequence[str], clues: Clues) -> list[str]:
    """Turn a name without a word for its kind from the genitive or instrumental, as far as its first noun."""
    turned: list[str] = []
    for place, word in enumerate(name):
        if word[0].isupper() and (form := clues.forms.get(fold(word))):
            return [*turned, form.name, *_agreeing(list(name[place + 1 :]), form)]
        adjective = re.fullmatch(r"(.{2,}?)(i?ej|iego|ego|ą)", word)
        if adjective and place + 1 < len(name) and name[place + 1][:1].isalpha() and len(name[place + 1]) > 3:
            stem, ending = adjective[1], adjective[2]
            soft = stem.endswith(("k", "g")) and ending.startswith("i")
            masculine = stem + ("i" if soft else "y")
            turned.append(masculine if ending.endswith("ego") else stem + "a")
            continue
        return [*turned, _noun(word), *name[place + 1 :]]
    return turned


def _noun(word: str) -> str:
    for ending, instead in (("ią", "ia"), ("ą", "a"), ("ki", "ka"), ("gi", "ga"), ("cji", "cja"), ("ni", "nia")):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word.removesuffix(ending) + instead
    return word[:-1] + "a" if word.endswith("y") and len(word) > 4 else word


def _cased(name: str, given: str) -> str:
    return name.upper() if given.isupper() and len(given) > 4 else name


def clean(name: str) -> str:
    """Return *name* without quotation marks, and without what a sentence leaves at its ends."""
    bare = name
    for mark in '„”“"«»‚‘':
        bare = bare.replace(mark, " ")
    bare = " ".join(bare.split()).strip(" ,;:-–—")
    return bare if bare[-4:].lower() in _DOTTED else bare.rstrip(".")
