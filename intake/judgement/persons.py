"""The people whom a sentence mentions: the writer, people named, and companions by their role.

A role and the name beside it are one person. Who stays away or is replaced is found too, and marked so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from intake.judgement.clues import Clues
from intake.judgement.guesses import guesses
from intake.judgement.phrases import Hit
from intake.judgement.sentences import Sentence, fold

TITLES = frozenset(
    (
        *(
            "p",
            "pan",
            "pani",
            "pania",
            "pana",
            "panu",
            "panem",
            "panie",
            "panowie",
            "ks",
            "ksiadz",
            "o",
            "s",
            "siostra",
        ),
        *("brat", "dr", "mgr", "inz", "prof", "mec", "phm", "pwd", "hm", "dh", "mr", "mrs", "ms"),
    )
)
_MOST_WORDS = 120
_WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)?")
_BREAK = re.compile(r"[,;:()–—•]| - |\n| ale | lecz | natomiast | zaś | bo | gdyż | ponieważ ")
_PARTS = re.compile(r"[,:;(+&]")
_LINKED = re.compile(
    r"\b(?:i|oraz|plus|and|та|і|z|ze)\b(?! (?:nas|fundac|stow|klub|zarz|biur|kół|koł))|"
    r"(?<!\b\w{1})(?<!\b\w{2})(?<!\b\w{3})(?<!\b\w{4})[.]|[;+&]"  # the full stop of a title links nothing
)
_BESIDE = re.compile(r"\s*[,(–—-]|\s*$|\s+(?:jako|nasz\w{0,3}|to|czyli)\b")
_NOBODY = re.compile(  # endings of the plural, of adjectives and of bodies: "ze znajomymi", "fotograficzny", "rektorat"
    r"\w{3,}(?:osci|oscia|icy|owie|rzy|iele|isci|ysci|enci|anci|edzy|usze|ow|ami|ymi|imi|om|ach|czn\w{1,3}|ski|ska|skie|skiego|skiej|skich|skim|at|atu|acie|atem|ura|ury|urze|ium|"
    r"stwo|stwa|stwie|stwem)"
)
_ROW = frozenset({",", "i", "oraz", ", i", ", oraz", "/", "+", "&", ";", "and", ", p.", "та", "і"})
_GREETING = frozenset(
    (
        *("dzien", "witam", "witaj", "witajcie", "czesc", "hej", "siema", "czolem", "pani", "panie", "droga", "drogi"),
        *(
            "dobry",
            "dobrego",
            "wieczor",
            "dnia",
            "kochana",
            "kochani",
            "mila",
            "dear",
            "hello",
            "hi",
            "добрий",
            "доброго",
        ),
        *("raz", "jeszcze", "ponownie", "znowu", "uszanowanie", "druhno", "druhu", "siemka", "hejka", "ahoj", "czuwaj"),
        *("день", "дня", "пані", "шановна"),
    )
)
_GREETED = 5  # words that a greeting without a comma has at most
_QUOTED = re.compile(r"[„“«\"][^„”“«»\"\n]{1,60}[”“»\"]")
_ALONG = frozenset({"razem", "wraz", "tez", "rowniez", "przyjde", "bede", "pojde"})
_THEM = frozenset({"nia", "nim"})  # "zapisuję się razem z nią"
_WHOSE = frozenset({"naszej", "naszego", "mojej", "mojego", "pani", "pana", "jej", "jego", "p"})
_PLACES = frozenset({"im", "imienia", "ul", "ulicy", "ulica", "sw", "swietego", "swietej", "plac", "pl", "al"})
_OPENINGS = frozenset(
    (
        *("drugi", "druga", "i", "a", "z", "w", "czyli", "ale", "oraz", "no", "plus", "tu", "ja", "my", "witam"),
        *("zamiast", "oprocz", "poza", "dla", "od", "takze", "rowniez", "razem", "wraz", "bedzie", "beda"),
        *("przyjdzie", "przyjda", "zapraszam", "zapisuje", "zglaszam", "potwierdzam", "deleguje"),
    )
)
_AND = frozenset({"i", "oraz", "and", "та"})
_NO_NAMES = frozenset(
    {"ale", "ode", "witam", "witom", "witaj", "witajcie", "mario", "szczesc", "dla", "pana", "bog", "boze"}
)
_NAME = 3  # words of a name at most
_APPOSED = 4  # words between a role and the name of the same person


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody mentioned: the writer, or another by name or role."""

    key: str  # the same for the same person, as far as can be told
    name: str | None  # as written
    writer: bool
    start: int  # words of the sentence
    end: int
    absent: bool = False  # in a clause that says who does not come
    replaced: bool = False  # "zamiast pani Ewy"
    aside: bool = False  # in a clause about another: "junior, którego mama …"
    role: str | None = None  # key of the role that stands beside a name: "prezes Jan Kos"
    guessed: bool = False  # known by the ending of a word alone: "z puzonistą"


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    folded: str
    start: int  # characters of the sentence
    end: int


def persons(sentence: Sentence, clues: Clues) -> tuple[Person, ...]:
    """Return whom *sentence* mentions, in order."""
    text = sentence.text
    words = [_Word(match[0], fold(match[0]), match.start(), match.end()) for match in _WORD.finditer(text)]
    words = words[:_MOST_WORDS]
    folded = [word.folded for word in words]
    names = _told_apart(_named(text, words, clues))
    hits = [hit for hit in _apart(clues.companions.find(folded)) if not _NOBODY.fullmatch(folded[hit.end - 1])]
    roles = [Person(folded[hit.start][:5], None, writer=False, start=hit.start, end=hit.end) for hit in hits]
    known = {place for one in (*names, *roles) for place in range(one.start, one.end)}
    parted = _parted(text, words)
    roles += [
        Person(folded[place][:5], None, writer=False, start=place, end=place + 1, guessed=True)
        for place in guesses([word.text for word in words], folded, parted, clues)
        if place not in known and (place - 1 not in known or place in parted)  # "z asystentką osobistą"
    ]
    roles = [role for role in roles if not _of_a_name(words, role, clues)]
    roles = _of_another(folded, sorted(roles, key=lambda role: role.start), parted)
    roles += [
        Person(f"z {folded[place]}", None, writer=False, start=place, end=place + 1, guessed=True)
        for place in range(2, len(folded))
        if folded[place] in _THEM and folded[place - 1] in {"z", "ze"} and folded[place - 2] in _ALONG
    ]
    names, roles = _merged(text, words, names, roles)
    writer = [
        Person("ja", None, writer=True, start=place, end=place + 1)
        for place, word in enumerate(folded)
        if word in clues.writer
        or _my_person(folded, place)
        or (words[place].text == "I" and place and folded[place - 1] == "and")
    ]
    quoted = [match.span() for match in _QUOTED.finditer(text)]  # what an organisation is called
    others = [one for one in (*names, *roles) if not _within(words[one.start].start, quoted)]
    everyone = sorted((*writer, *others), key=lambda person: person.start)
    if quoted:
        everyone = [one for one in everyone if not (one.writer and _within(words[one.start].start, quoted))]
    absent = _absent(text, words, clues)
    return tuple(
        replace(
            person,
            absent=_within(person.start, absent),
            replaced=_replaced(words, person, clues),
            aside=_aside(text, words, person) or _of_who_writes(folded, person),
        )
        for person in everyone
        if person.writer or not _greeted(text, words, person)
    )


def _my_person(folded: list[str], place: int) -> bool:
    """Tell whether the word at *place* ends "moja skromna osoba"."""
    return folded[place] in {"osoba", "osobe"} and bool(_MY & set(folded[max(0, place - 2) : place]))


_MY = frozenset({"moja", "moje"})


def _of_a_name(words: Sequence[_Word], role: Person, clues: Clues) -> bool:
    """Tell whether a role belongs to what an organisation is called: "Towarzystwo Przyjaciół Barbarki"."""
    if not words[role.start].text[0].isupper():
        return False
    for place in range(role.start - 1, max(-1, role.start - _NAMED), -1):
        if clues.heads.fullmatch(words[place].folded):
            return words[place].text[0].isupper()
        if not (words[place].text[0].isupper() or words[place].folded in _AND):
            return False
    return False


_NAMED = 6  # words of an organisation's name before the one that could be a role


def _of_another(folded: Sequence[str], roles: Sequence[Person], parted: Collection[int]) -> list[Person]:
    """Make a role and whose it is one person: "asystent przewodniczącej", "mąż naszej skarbniczki"."""
    kept: list[Person] = []
    for role in roles:
        last = kept[-1] if kept else None
        between = range(last.end, role.start) if last else range(0)
        if (
            last is not None
            and len(between) <= 1
            and all(folded[place] in _WHOSE for place in between)
            and not any(place in parted for place in (*between, role.start))
        ):
            kept[-1] = replace(last, end=role.end)
        else:
            kept.append(role)
    return kept


def _parted(text: str, words: list[_Word]) -> set[int]:
    """Return the places of words before which a comma stands, or another mark that parts."""
    if _PARTS.search(text) is None:
        return set()
    return {place for place in range(1, len(words)) if _PARTS.search(text, words[place - 1].end, words[place].start)}


def _merged(
    text: str, words: list[_Word], names: list[Person], roles: list[Person]
) -> tuple[list[Person], list[Person]]:
    """Make a role and the name beside it one person: "kolega z biura, Jan Kos"."""
    wider = list(names)
    apart = []
    for role in roles:
        place = next((place for place, name in enumerate(wider) if _same(text, words, role, name)), None)
        if place is None:
            apart.append(role)
        else:
            name = wider[place]
            start, end = min(name.start, role.start), max(name.end, role.end)
            wider[place] = replace(name, start=start, end=end, role=name.role or role.key)
    return wider, apart


def is_given(word: str, clues: Clues) -> bool:
    """Tell whether folded *word* is a first name in some case."""
    cut = (word + "a" if word.endswith("i") else word, word[:-1] + "a", word[:-1], word[:-2], word[:-2] + "a")
    stems = (word, *cut, *_with_ek(word), *_cyrillic(word))
    return any(stem in clues.first_names for stem in stems if len(stem) >= _NAME)


def _cyrillic(word: str) -> tuple[str, ...]:
    """Return the nominatives of "Оксаною", "Тараса", "Марією"."""
    return () if word.isascii() else (word[:-1] + "а", word[:-2] + "а", word[:-2] + "я", word[:-1] + "я")


def _with_ek(word: str) -> tuple[str, ...]:
    """Return the nominatives of "Markiem", "Jackowi", "Henrykiem", "Heńka", "Pawła", "Kacprem"."""
    if word.endswith(("kiem", "kowi")):
        return (word[:-3] + "ek", word[:-4] + "ek", word[:-4] + "iek", word[:-3])
    if word.endswith("ka"):
        return (word[:-2] + "ek", word[:-2] + "iek")
    if word.endswith("owi"):
        return (word[:-3],)
    if word.endswith(("ra", "la")):
        return (f"{word[:-2]}e{word[-2]}",)
    return (f"{word[:-3]}e{word[-3]}",) if word.endswith(("rem", "lem")) else ()


def _apart(hits: Iterable[Hit[str]]) -> list[Hit[str]]:
    """Return hits that do not overlap: a role of two words is one."""
    kept: list[Hit[str]] = []
    for hit in hits:
        if not kept or hit.start >= kept[-1].end:
            kept.append(hit)
    return kept


def _greeted(text: str, words: list[_Word], person: Person) -> bool:
    """Tell whether *person* is only addressed: "Pani Kingo, …"."""
    if person.start > _GREETED or not all(_greets(word.folded) for word in words[: person.start]):
        return False
    comma = _BREAK.search(text)
    alone = person.end >= len(words)
    addressed = any(word.folded not in TITLES for word in words[: person.start])
    if comma is None:
        return (alone and addressed) or _vocative(person)
    followed = text[words[person.end - 1].end :].lstrip().startswith((",", "!", ".")) or _vocative(person)
    return (addressed or followed) and words[person.start].start < comma.start()


def _greets(word: str) -> bool:
    return word in _GREETING or word in TITLES or word.startswith(("szanown", "kochan", "drog", "mil", "zlot"))


def _vocative(person: Person) -> bool:
    return person.name is not None and fold(person.name.split()[0]).endswith(("o", "u"))


def _told_apart(names: list[Person]) -> list[Person]:
    """Give namesakes in a row keys of their own: "Mikołaj, drugi Mikołaj"; who is named again later stays one."""
    seen: dict[str, Person] = {}
    result = []
    for name in names:
        other = seen.get(name.key)
        twin = other is not None and other.name == name.name and name.start - other.end <= _APPOSED
        told = replace(name, key=f"{name.key} {name.start}") if twin else name
        seen[name.key] = told
        result.append(told)
    return result


def _absent(text: str, words: list[_Word], clues: Clues) -> list[tuple[int, int]]:
    """Return the words of the clauses that say who does not come."""
    if next(iter(clues.absent.find([word.folded for word in words])), None) is None:
        return []
    bounds = [0, *(match.end() for match in _BREAK.finditer(text)), len(text) + 1]
    found = []
    for low, high in pairwise(bounds):
        inside = [place for place, word in enumerate(words) if low <= word.start < high]
        if inside and any(clues.absent.find([words[place].folded for place in inside])):
            found.append((inside[0], inside[-1] + 1))
    return found


def _within(place: int, spans: list[tuple[int, int]]) -> bool:
    return any(low <= place < high for low, high in spans)


def _aside(text: str, words: list[_Word], person: Person) -> bool:
    """Tell whether *person* stands behind "który" in its own clause."""
    for place in range(person.start - 1, max(-1, person.start - 7), -1):
        if words[place].folded.startswith("ktor"):
            return True
        if "," in text[words[place].end : words[place + 1].start]:
            return False
    return False


def _of_who_writes(folded: Sequence[str], person: Person) -> bool:
    """Tell whether a role says who the writer is, and the name whose: "jestem mamą Kuby"."""
    return not person.writer and bool(_BEING & set(folded[max(0, person.start - 2) : person.start]))


_BEING = frozenset({"jestem", "jestesmy", "jako", "bylam", "bylem"})


def _replaced(words: list[_Word], person: Person, clues: Clues) -> bool:
    place = person.start
    while place and words[place - 1].folded in TITLES:
        place -= 1
    before = [word.folded for word in words[max(0, place - 2) : place]]
    if not before:
        return False
    if before[-1] == "oprocz" and any(word.folded in clues.too or word.folded == "jeszcze" for word in words):
        return False  # "oprócz prezesa jeszcze ja"
    return before[-1] in clues.instead or before[-1] == "za" or before == ["w", "miejsce"]


def _same(text: str, words: list[_Word], role: Person, name: Person) -> bool:
    """Tell whether *role* says what the named person is: "kolega z biura, Jan Kos", "Anna Nowak – skarbniczka"."""
    if role.end <= name.start:
        between = text[words[role.end - 1].end : words[name.start].start]
        return name.start - role.end <= _APPOSED and not _LINKED.search(between) and between.count(",") <= 1
    if name.end <= role.start:
        between = text[words[name.end - 1].end : words[role.start].start]
        return role.start - name.end <= 2 and _BESIDE.match(between) is not None and not _LINKED.search(between)
    return True


def _named(text: str, words: list[_Word], clues: Clues) -> list[Person]:
    """Return the people named: runs of capitals that hold a first name, an initial, or follow a title.

    In a row of such runs, parted by commas or "i", what stands beside a name is a name too.
    """
    runs = _runs(text, words)
    known = {run: _people_of(text, words, run, clues) for run in runs}
    pairs = list(pairwise(runs))
    for known_one, other in (*pairs, *((after, before) for before, after in reversed(pairs))):
        low, high = sorted((known_one, other))
        if (
            known[known_one]
            and not known[other]
            and _in_a_row(text, words, low, high)
            and _may_name(words, other, clues)
        ):
            known[other] = [_person(text, words, other[0], min(other[1], other[0] + _NAME))]
    return [person for run in runs for person in known[run]]


def _runs(text: str, words: list[_Word]) -> list[tuple[int, int]]:
    """Return the runs of words that begin with capitals, from the first to before the last."""
    runs: list[tuple[int, int]] = []
    place = 0
    while place < len(words):
        end = place
        while (
            end < len(words)
            and words[end].text[0].isupper()
            and (end == place or _joined(text, words, end))
            and words[end].folded not in _AND
        ):
            end += 1
        if end > place:
            runs.append((place, end))
        place = max(end, place + 1)
    return runs


def _joined(text: str, words: list[_Word], place: int) -> bool:
    between = text[words[place - 1].end : words[place].start]
    return between in {" ", "-"} or (between in {". ", "."} and len(words[place - 1].text) <= _NAME)


def _in_a_row(text: str, words: list[_Word], one: tuple[int, int], other: tuple[int, int]) -> bool:
    return text[words[one[1] - 1].end : words[other[0]].start].strip().lower() in _ROW


def _may_name(words: list[_Word], run: tuple[int, int], clues: Clues) -> bool:
    inside = words[run[0] : run[1]]
    if any(clues.not_names.find([word.folded for word in inside])):
        return False
    if len(inside) > 1 and _OF_MANY.search(inside[0].folded) and not is_given(inside[0].folded, clues):
        return False
    return not any(
        clues.heads.match(word.folded) or len(word.text) < _NAME or word.text.isupper() or word.folded in clues.offices
        for word in inside
    )


_OF_MANY = re.compile(r"(?:n|w|sc|sk|c|z|dz|l)(?:i|e|y|ie)$")  # adjectives of the plural: "Nocni Biegacze"


def _people_of(text: str, words: list[_Word], run: tuple[int, int], clues: Clues) -> list[Person]:
    start, end = run
    while end - start > 1 and (words[start].folded in _OPENINGS or _greets(words[start].folded)):
        start += 1
    end = next((place for place in range(start + 1, end) if clues.heads.fullmatch(words[place].folded)), end)
    before = words[start - 1].folded if start else ""
    inside = words[start:end]
    if start and _PARTS.search(text[words[start - 1].end : words[start].start].replace(" – ", ",")):
        before = ""
    if before in _PLACES or clues.heads.match(inside[0].folded):
        return []
    if before and clues.heads.fullmatch(before) and not _signs(before, inside, clues):
        return []
    if len(inside) == 1 and inside[0].folded in _NO_NAMES:
        return []
    given = sum(is_given(word.folded, clues) for word in inside)
    initial = len(inside) > 1 and len(inside[0].text) == 1 and len(inside[1].text) >= _NAME
    titled = before in TITLES and len(inside[0].text) > 1
    if not given and not initial and not titled:
        return []
    if given > 1 and len(inside) > _NAME:  # "MAŚLANKA KRYSTYNA MAŚLANKA JÓZEF" without a comma
        middle = start + len(inside) // 2
        return [_person(text, words, start, middle), _person(text, words, middle, end)]
    return [_person(text, words, start, min(end, start + _NAME))]


def _signs(before: str, inside: Sequence[_Word], clues: Clues) -> bool:
    """Tell whether somebody of an organisation is named behind it: "prezes oddziału Danuta Klin"."""
    return len(inside) > 1 and fold(clues.forms[before].name) != before and inside[0].folded in clues.first_names


def _person(text: str, words: list[_Word], start: int, end: int) -> Person:
    name = text[words[start].start : words[end - 1].end]
    return Person(words[start].folded[:4], name, writer=False, start=start, end=end)
