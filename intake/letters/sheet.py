"""A letter between its template and its two parts: subject, preheader, heading, and a body of a few kinds of block.

A template of a letter yields plain text that reads as the letter does::

    Subject: Potwierdzenie udziału – 13 lipca
    Preheader: Zapisaliśmy 2 osoby. Sala D na V piętrze.
    Heading: Udział potwierdzony

    Szanowni Państwo,

    lines of one paragraph are joined,
    until an empty line.

    ## A heading
    - Label: a fact, a row of a table in HTML
    - without a label it is an item of a list

    | a line that
    | stays a line

    <https://example.org>

Both parts are made from it, so that neither can say what the other does not. Addresses and links in angle brackets, and
only those, can be clicked in HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from intake.letters.polish import tied

COLUMNS = 72
_REMEMBERED = 400  # pieces of letters
_FIELD = re.compile(r"([A-Z][a-z]+):[ \t]*(.*)")
_ADDRESS = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+"
_LINK = re.compile(rf"<(?:({_ADDRESS})|(https?://[^\s<>\"]+))>")
_LABELLED = re.compile(r"((?:„[^”]*”|[^„])*?): (.*)")  # a colon in what is quoted ends no label
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line: words, or a link that shows its own target."""

    text: str
    href: str | None = None


Line = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a section."""

    text: str
    kind: str = "heading"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One or more lines that belong together."""

    lines: tuple[Line, ...]
    kind: str = "paragraph"


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels, each with its fact."""

    rows: tuple[tuple[str, Line], ...]
    kind: str = "facts"


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Line, ...]
    kind: str = "items"


Block = Heading | Paragraph | Facts | Items


@dataclass(frozen=True, slots=True)
class Sheet:
    """A letter as it was written, not yet set."""

    fields: dict[str, str]  # Subject, Preheader, Heading: one line each, without control characters
    blocks: tuple[Block, ...]


def parse(source: str) -> Sheet:
    """Read what a template yielded."""
    lines = [line.rstrip() for line in source.split("\n")]
    fields: dict[str, str] = {}
    position = 0
    for position, line in enumerate(lines):  # noqa: B007  (where the fields end)
        match = _FIELD.fullmatch(line)
        if match:
            fields[match[1]] = _one_line(match[2])
        elif line or fields:
            break
    return Sheet(fields, tuple(_blocks(lines[position:])))


def _one_line(text: str) -> str:
    return " ".join(_UNSEEN.sub(" ", text).split())


def _blocks(lines: list[str]) -> Iterator[Block]:
    goes_on = False  # after "Szanowni Państwo," the sentence goes on with a small letter
    for filled, group in groupby(lines, key=bool):
        if filled:
            for block in _sections(tuple(group)):
                capital = isinstance(block, Paragraph) and not goes_on
                yield _capitalised(block) if capital and isinstance(block, Paragraph) else block
                goes_on = isinstance(block, Paragraph) and block.lines[-1][-1].text.endswith(",")


@lru_cache(_REMEMBERED)
def _sections(lines: tuple[str, ...]) -> tuple[Block, ...]:
    """Part what stands together without an empty line; most of it is the same in every letter."""
    return tuple(_parted(lines))


def _parted(lines: Sequence[str]) -> Iterator[Block]:
    """Part lines: a heading, rows, lines, running text."""
    for mark, group in groupby(_joined(lines), key=lambda line: line[0]):
        texts = [text for _, text in group]
        match mark:
            case "#":
                yield from (Heading(tied(text)) for text in texts)
            case "-":
                yield from _rows(texts)
            case _:
                yield Paragraph(tuple(_line(text) for text in texts))


def _joined(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (mark, text): "#", "-" or "", with every running line joined to the one before."""
    pending: tuple[str, str] | None = None
    alone = True  # nothing may be joined to the line before
    for line in lines:
        mark, text = _marked(line)
        if pending and mark == " " and not alone:
            pending = (pending[0], f"{pending[1]} {text}")
            continue
        if pending:
            yield pending
        pending = ("" if mark in {" ", "|", "<"} else mark, text)
        alone = mark in {"#", "|", "<"}
    if pending:
        yield pending


def _marked(line: str) -> tuple[str, str]:
    text = _one_line(line)
    if _LINK.fullmatch(text):
        return "<", text
    if text.startswith("## "):
        return "#", text[3:]
    if text.startswith(("- ", "| ")):
        return text[0], text[2:]
    return " ", text


def _rows(texts: list[str]) -> Iterator[Block]:
    rows = [(_LABELLED.fullmatch(text), text) for text in texts]
    for labelled, group in groupby(rows, key=lambda row: row[0] is not None):
        if labelled:
            yield Facts(tuple((tied(match[1]), _line(match[2])) for match, _ in group if match))
        else:
            yield Items(tuple(_line(text) for _, text in group))


def _line(text: str) -> Line:
    runs: list[Run] = []
    end = 0
    for match in _LINK.finditer(text):
        if match.start() > end:
            runs.append(Run(tied(text[end : match.start()])))
        target = match[1] or match[2]
        runs.append(Run(target, f"mailto:{target}" if match[1] else target))
        end = match.end()
    if end < len(text) or not runs:
        runs.append(Run(tied(text[end:])))
    return tuple(runs)


def _capitalised(paragraph: Paragraph) -> Paragraph:
    """Begin a paragraph with a capital where a sentence begins, so that no template need know what stands before it."""
    first, *others = paragraph.lines
    run, *runs = first
    if run.href or not run.text[:1].islower():
        return paragraph
    return Paragraph(((Run(run.text[:1].upper() + run.text[1:]), *runs), *others))


def as_text(sheet: Sheet) -> str:
    """Set *sheet* as plain text of 72 columns; only links and addresses may be longer."""
    pieces = ["\n".join(wrapped(tied(sheet.fields["Heading"])))] if sheet.fields.get("Heading") else []
    previous: Block | None = None
    for block in sheet.blocks:
        text = _text(block)
        if isinstance(previous, Heading) and pieces:
            pieces[-1] += f"\n{text}"
        else:
            pieces.append(text)
        previous = block
    return "\n\n".join(pieces) + "\n"


@lru_cache(_REMEMBERED)
def _text(block: Block) -> str:
    return "\n".join(_set(block))


def _set(block: Block) -> Iterator[str]:
    match block:
        case Heading(text=text):
            yield from wrapped(text)
        case Paragraph(lines=lines):
            for line in lines:
                yield from wrapped(plain(line))
        case Facts(rows=rows):
            for label, fact in rows:
                yield from wrapped(f"- {label}: {plain(fact)}", indent="  ")
        case Items(items=items):
            for item in items:
                yield from wrapped(f"- {plain(item)}", indent="  ")


def plain(line: Line) -> str:
    """Return the words of *line*."""
    return "".join(run.text for run in line)


def wrapped(text: str, *, indent: str = "", columns: int = COLUMNS) -> Iterator[str]:
    """Break *text* at its spaces, never at no-break ones or within a link; further lines begin with *indent*."""
    line = ""
    for word in (piece for token in text.split(" ") for piece in _chopped(token, columns - len(indent))):
        if line.strip() and len(line) + 1 + len(word) > columns:
            yield line
            line = indent + word
        else:
            line = f"{line} {word}" if line.strip() else line + word
    yield line


def _chopped(word: str, room: int) -> Iterator[str]:
    """Yield a link whole; what else is longer than a line, in pieces."""
    if len(word) <= room or "://" in word or "@" in word:
        yield word
        return
    yield from (word[start : start + room] for start in range(0, len(word), room))
