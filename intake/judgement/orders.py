"""What staff say in short words when they answer a digest: ``1 tak, 3 zmiana``; ``5: 4 osoby``; ``cofnij 2``.

Pure and linear: the words of ``rules/orders.toml`` and a text in, orders out. Each order stands alone. What is not
understood is an order too, of the action UNKNOWN, so that it is said back and never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from intake.judgement.sentences import fold
from intake.judgement.values import Category
from intake.tables import Many, Table

_LONGEST = 8000  # characters that are read
_MOST = 100  # orders of one letter
_LEADING = frozenset({"i", "oraz", "pkt", "punkt", "nr", "poz", "sprawa", "w"})
_NUMBER = 999  # items of a digest end well below
_TOKEN = re.compile(
    r"(?P<case>[A-Z]{2,8}-[0-9]{4}-[0-9]{4,9})|(?P<address>[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190})"
    r"|(?P<number>[0-9]{1,9})|(?P<word>[^\W\d_]+(?:-[^\W\d_]+)*)|(?P<sign>[,;:.)(–—-])"
)


class Action(StrEnum):
    """What is to be done."""

    YES = "yes"  # as the digest suggests
    NO = "no"
    CHANGE = "change"  # the second registration takes the place of the first
    SEPARATE = "separate"  # both stand
    DONE = "done"  # a person did it
    ANSWER = "answer"  # with the standard text
    SEND = "send"  # what is held back
    ADMIT = "admit"  # a late one, for a reason
    CATEGORY = "category"
    PEOPLE = "people"
    ORGANISATION = "organisation"
    TOPIC = "topic"
    ADDRESS = "address"
    SILENCE = "silence"
    UNDO = "undo"
    ENTER = "enter"  # what came by phone, post or in person
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Order:
    """One thing that is to be done."""

    action: Action
    words: str  # as they were said
    numbers: tuple[int, ...] = ()  # items of the digest, or of the letter that is answered
    cases: tuple[str, ...] = ()
    everything: bool = False  # all items
    category: Category | None = None
    number: int | None = None  # of people
    text: str = ""  # organisation, topic, address, or what was entered
    channel: str | None = None  # phone, post, in_person
    reason: str | None = None
    silent: bool = False  # without a letter to the sender


class WordsTable(Table):
    """The words of each action."""

    yes: Many[str]
    no: Many[str]
    change: Many[str]
    separate: Many[str]
    done: Many[str]
    answer: Many[str]
    send: Many[str]
    admit: Many[str]
    undo: Many[str]
    silence: Many[str]
    silent: Many[str]
    all: Many[str]
    people: Many[str]
    organisation: Many[str]
    topic: Many[str]
    address: Many[str]
    because: Many[str]
    closing: Many[str]
    greeting: Many[str]


class CategoriesTable(Table):
    """The words of each category."""

    attendance: Many[str]
    cancellation: Many[str]
    proposal: Many[str]
    mixed: Many[str]
    question: Many[str]
    unrelated: Many[str]
    automatic: Many[str]


class ChannelsTable(Table):
    """The words of each way other than mail."""

    phone: Many[str]
    post: Many[str]
    in_person: Many[str]


class OrdersTable(Table):
    """``rules/orders.toml``."""

    words: WordsTable
    category: CategoriesTable
    channel: ChannelsTable
    offer: Mapping[str, Many[str]]


@dataclass(frozen=True, slots=True)
class Orders:
    """The words, folded: each phrase as its words, with what it means; longer phrases first."""

    phrases: tuple[tuple[tuple[str, ...], str], ...]
    channels: tuple[tuple[tuple[str, ...], str], ...]
    offers: Mapping[str, tuple[str, ...]]  # by the kind of a decision: the words that a digest suggests

    @classmethod
    def of(cls, table: OrdersTable) -> Orders:
        """Return the words of *table*, ready to be looked for."""
        named = {name: getattr(table.words, name) for name in WordsTable.model_fields}
        named |= {f"category:{name}": getattr(table.category, name) for name in CategoriesTable.model_fields}
        channels = {name: getattr(table.channel, name) for name in ChannelsTable.model_fields}
        return cls(_phrases(named), _phrases(channels), dict(table.offer))


def _phrases(named: Mapping[str, Sequence[str]]) -> tuple[tuple[tuple[str, ...], str], ...]:
    pairs = [(tuple(fold(phrase).split()), name) for name, phrases in named.items() for phrase in phrases]
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # case, address, number, word, sign
    text: str
    start: int
    end: int

    @property
    def folded(self) -> str:
        return fold(self.text)


def parse(text: str, orders: Orders) -> tuple[Order, ...]:
    """Return what *text*, the writer's own words, orders; none where it says nothing."""
    found: list[Order] = []
    silent = False
    for line in text[:_LONGEST].splitlines():
        if line.startswith("-- ") or line.strip() == "--":  # RFC 3676 §4.3: what follows is a signature
            break
        polite = _polite(line, orders)
        if polite == "closing" and found:
            break
        if polite is not None:
            continue
        entered = _entered(line, orders)
        several = [entered] if entered else list(_line(line, orders))
        if several == [_SILENT]:
            silent = True
            continue
        found += [each for each in several if each is not _SILENT]
        if len(found) >= _MOST:
            break
    return tuple(replace(each, silent=True) if silent else each for each in found[:_MOST])


def _entered(line: str, orders: Orders) -> Order | None:
    """Read a line such as ``tel.: Fundacja X, 2 osoby``."""
    head, colon, rest = line.partition(":")
    words = tuple(fold(head).replace(".", " ").split())
    if not colon or not rest.strip() or not words or len(words) > 3:
        return None
    for phrase, channel in orders.channels:
        if _matches(words, phrase) and len(words) == len(phrase):
            return Order(Action.ENTER, line.strip(), text=rest.strip(), channel=channel)
    return None


def _polite(line: str, orders: Orders) -> str | None:
    """Tell whether *line* only greets or takes leave."""
    words = [match[0] for match in re.finditer(r"\w+", fold(line[:200]))]
    for phrase, name in orders.phrases:
        if name in {"greeting", "closing"} and _matches(words, phrase):
            return name
    return None


_SILENT = Order(Action.UNKNOWN, "", silent=True)


@dataclass(slots=True)
class _Reader:
    """Reads one line from left to right."""

    line: str
    tokens: list[_Token]
    orders: Orders
    place: int = 0
    numbers: list[int] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)
    everything: bool = False
    said: bool = False  # these targets have got an order

    def at(self, ahead: int = 0) -> _Token | None:
        """Return a token ahead."""
        place = self.place + ahead
        return self.tokens[place] if place < len(self.tokens) else None

    def meaning(self, ahead: int = 0) -> tuple[str, int] | None:
        """Return what the words ahead mean, and how many they are."""
        words = [token.folded for token in self.tokens[self.place + ahead : self.place + ahead + 5]]
        for phrase, name in self.orders.phrases:
            if _matches(words[: len(phrase)], phrase):
                return name, len(phrase)
        return None

    def targets(self) -> None:
        """Begin a new order's targets where the last one's had their order."""
        if self.said:
            self.numbers, self.cases, self.everything, self.said = [], [], False, False

    def order(self, action: Action, begin: int, **more: object) -> Order:
        """Return an order for the targets read so far."""
        self.said = True
        end = self.tokens[min(self.place, len(self.tokens)) - 1].end if self.tokens else len(self.line)
        begin = max(0, min(begin, end))
        order = Order(
            action, self.line[begin:end].strip(" ,;"), tuple(self.numbers), tuple(self.cases), self.everything
        )
        return replace(order, **more)  # type: ignore[arg-type]  # fields of an Order, named by our own calls


@dataclass(slots=True)
class _Line:
    """What was found in a line so far."""

    reader: _Reader
    found: list[Order] = field(default_factory=list)
    unread: int | None = None  # where words begin that mean nothing
    begin: int = 0  # of the order that is being read
    silent: bool = False

    def read(self) -> Iterator[Order]:
        """Read the line to its end, and yield its orders."""
        while (token := self.reader.at()) is not None:
            meaning = self.reader.meaning()
            if token.kind in {"number", "case"} and not _is_people(self.reader):
                self._target(token)
            elif meaning is None and (token.kind == "sign" or _leads(self.reader)):
                self.reader.place += 1
            elif meaning is not None and meaning[0] in {"silent", "all"}:
                self._how(token, *meaning)
            else:
                self._order(token, meaning)
        yield from self._ended()

    def _target(self, token: _Token) -> None:
        if self.unread is not None:
            self.found.append(Order(Action.UNKNOWN, self.reader.line[self.unread : token.start].strip(" ,;:-")))
            self.unread = None
        if self.reader.said or not (self.reader.numbers or self.reader.cases):
            self.begin = token.start
        _target(self.reader, token)

    def _how(self, token: _Token, name: str, length: int) -> None:
        self.reader.place += length
        if name == "silent":
            self.silent = True
            return
        self.reader.targets()
        self.begin, self.reader.everything = token.start, True

    def _order(self, token: _Token, meaning: tuple[str, int] | None) -> None:
        order = _order(self.reader, meaning, token.start if self.reader.said else self.begin)
        if order is not None:
            self.found.append(order)
            self.unread = None
            return
        self.unread = token.start if self.unread is None else self.unread
        self.reader.place += 1

    def _ended(self) -> Iterator[Order]:
        reader = self.reader
        if self.unread is not None:
            self.found.append(Order(Action.UNKNOWN, reader.line[self.unread :].strip(" ,;")))
        elif (reader.numbers or reader.cases or reader.everything) and not reader.said:
            self.found.append(reader.order(Action.UNKNOWN, self.begin))
        if self.silent and not self.found:
            yield _SILENT
            return
        yield from (replace(order, silent=True) if self.silent else order for order in self.found)


def _line(line: str, orders: Orders) -> Iterator[Order]:
    tokens = [_Token(match.lastgroup or "", match[0], match.start(), match.end()) for match in _TOKEN.finditer(line)]
    return _Line(_Reader(line, tokens, orders)).read()


def _leads(reader: _Reader) -> bool:
    """Tell whether the word ahead only leads to a number: "pkt 1", "1 i 2"."""
    token, after = reader.at(), reader.at(1)
    leads = token is not None and token.folded in _LEADING
    if after is not None and after.text == ".":
        after = reader.at(2)
    return leads and after is not None and after.kind in {"number", "case"}


def _is_people(reader: _Reader) -> bool:
    """Tell whether the number ahead counts people: "4 osoby", and not "5 osób 4"."""
    token = reader.at()
    if token is None or token.kind != "number" or (reader.meaning(1) or ("",))[0] != "people":
        return False
    after = reader.at(2)
    if after is not None and after.text == ":":
        after = reader.at(3)
    return bool(reader.numbers or reader.cases or reader.everything) or after is None or after.kind != "number"


def _target(reader: _Reader, token: _Token) -> None:
    """Read a number, a span of numbers or a case as what the order is about."""
    reader.targets()
    reader.place += 1
    if token.kind == "case":
        reader.cases.append(token.text.upper())
        return
    first = last = int(token.text)
    sign, end = reader.at(), reader.at(1)
    if sign is not None and sign.text in {"-", "–", "—"} and end is not None and end.kind == "number":
        last = int(end.text)
        reader.place += 2
    if 0 < first <= last <= _NUMBER:
        reader.numbers += range(first, last + 1)


def _order(reader: _Reader, meaning: tuple[str, int] | None, begin: int) -> Order | None:
    """Read one order at the words ahead; None where they say nothing known."""
    token = reader.at()
    if token is not None and token.kind == "number" and _is_people(reader):
        reader.place += 2
        return reader.order(Action.PEOPLE, begin, number=int(token.text))
    if meaning is None or meaning[0] in _NO_ORDER:
        return None
    name, length = meaning
    special = _SPECIAL.get(name)
    if special is not None:
        return special(reader, name, length, begin)
    reader.place += length
    if name.startswith("category:"):
        return reader.order(Action.CATEGORY, begin, category=Category(name.removeprefix("category:")))
    reason = _reason(reader) if name in {"admit", "yes", "no"} else None
    return reader.order(Action(name), begin, reason=reason)


def _named(reader: _Reader, name: str, length: int, begin: int) -> Order:
    """Read "organizacja Fundacja X"."""
    reader.place += length
    return reader.order(Action(name), begin, text=_rest(reader))


def _people(reader: _Reader, _name: str, length: int, begin: int) -> Order | None:
    """Read "osób 4"."""
    place = length
    while (token := reader.at(place)) is not None and token.kind == "sign":
        place += 1
    if token is None or token.kind != "number":
        return None
    reader.place += place + 1
    return reader.order(Action.PEOPLE, begin, number=int(token.text))


def _address(reader: _Reader, name: str, length: int, begin: int) -> Order | None:
    place = length
    while (token := reader.at(place)) is not None and token.kind in {"sign", "word"} and place < length + 3:
        place += 1
    if token is not None and token.kind == "address":
        reader.place += place + 1
        return reader.order(Action(name), begin, text=token.text.strip(".").lower())
    if name == "silence" and (reader.numbers or reader.cases):
        reader.place += length
        return reader.order(Action.SILENCE, begin)
    return None


def _undo(reader: _Reader, _name: str, length: int, begin: int) -> Order:
    """Read "cofnij" and "cofnij 2, 3"; with nothing behind it all is undone."""
    reader.place += length
    if not reader.numbers:
        while (token := reader.at()) is not None and (token.kind == "number" or token.text in {",", "i"}):
            if token.kind == "number":
                reader.numbers.append(int(token.text))
            reader.place += 1
    return reader.order(Action.UNDO, begin)


def _rest(reader: _Reader) -> str:
    """Return the words up to a semicolon or the end of the line."""
    first = reader.at()
    while first is not None and first.text in {":", "-", "–"}:
        reader.place += 1
        first = reader.at()
    if first is None:
        return ""
    start = end = first.start
    while (token := reader.at()) is not None and token.text != ";" and not _begins_anew(reader):
        end = token.end
        reader.place += 1
    return reader.line[start:end].strip(" .,;")


def _begins_anew(reader: _Reader) -> bool:
    """Tell whether a comma and a number with an order behind it stand ahead: "5 organizacja X, 6 tak"."""
    sign, number = reader.at(), reader.at(1)
    if sign is None or sign.text != "," or number is None or number.kind not in {"number", "case"}:
        return False
    meaning = reader.meaning(2)
    return meaning is not None and meaning[0] not in {"people", "because"}


def _reason(reader: _Reader) -> str | None:
    """Return what stands behind "bo …", up to the end of the line; None where nothing does."""
    place = 0
    while (token := reader.at(place)) is not None and token.kind == "sign":
        place += 1
    for phrase, name in reader.orders.phrases:
        words = [each.folded for each in reader.tokens[reader.place + place : reader.place + place + len(phrase)]]
        if name == "because" and _matches(words, phrase):
            reader.place += place + len(phrase)
            return _rest(reader) or None
    return None


def _matches(words: Sequence[str], phrase: Sequence[str]) -> bool:
    if len(words) < len(phrase):
        return False
    return all(
        word.startswith(part[:-1]) if part.endswith("*") else word == part
        for word, part in zip(words, phrase, strict=False)
    )


_NO_ORDER = frozenset({"because", "all", "silent", "closing", "greeting"})
_SPECIAL: Mapping[str, Callable[[_Reader, str, int, int], Order | None]] = {
    "people": _people,
    "organisation": _named,
    "topic": _named,
    "address": _address,
    "silence": _address,
    "undo": _undo,
}
