"""Where the sender's own words end: signatures (RFC 3676 §4.3 and custom), and footers below them.

A signature begins at "-- ", at a closing formula, or at the sender's name in the last lines. What is said after it, a
postscript or a paragraph of speech, is the sender's own again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from intake.mail.footers import is_notice, is_program_footer
from intake.mail.lines import (
    LONGEST_LINE,
    counts,
    goes_on,
    is_closing,
    is_contact,
    is_greeting,
    is_listed,
    is_postscript,
    is_speech,
    may_sign,
)
from intake.mail.message import Passage, PassageKind
from intake.mail.names import head_of, is_act, is_body, is_known, is_person, signs, words_of

_DELIMITER = re.compile(r"^(--|—) ?$")
_ON_BEHALF = re.compile(r"^(w imieniu|z upoważnienia|za)\s+(\w+\s+)?[A-ZĄĆĘŁŃÓŚŹŻ„]|^w imieniu \w+$", re.IGNORECASE)
_MOST_LINES = 16  # of a signature, without empty ones
_TAIL = 200  # lines in which a signature is looked for


def divide_own(text: str, author: str = "", *, below: bool = False) -> list[Passage]:
    """Divide a run of own lines, by a sender called *author*, into what is said, signature and footers.

    *below* says that something stands above the run, a quote mostly: then a footer or a signature may be all of it.
    """
    lines = text.split("\n")
    kinds = [PassageKind.OWN] * len(lines)
    end = _mark_footers(lines, kinds, said=below)
    for start, stop in _signatures(lines[:end], words_of(author), below=below):
        for index in range(start, stop):
            if kinds[index] is PassageKind.OWN:
                kinds[index] = PassageKind.SIGNATURE
    passages: list[Passage] = []
    run: list[str] = []
    for index, line in enumerate(lines):
        run.append(line)
        if index + 1 == len(lines) or kinds[index + 1] is not kinds[index]:
            body = "\n".join(run).strip("\n")
            if body.strip():
                passages.append(Passage(kinds[index], body))
            run = []
    return passages


def _mark_footers(lines: Sequence[str], kinds: list[PassageKind], *, said: bool) -> int:
    """Mark what programs and lawyers added; return where it begins, for a signature stands above it.

    A notice is a footer only below something that was *said*.
    """
    for index, line in enumerate(lines):
        if is_program_footer(line):
            kinds[index] = PassageKind.FOOTER
        elif said and is_notice(lines, index):
            kinds[index:] = [PassageKind.FOOTER] * (len(lines) - index)
            break
        said = said or bool(line.strip() and not (is_greeting(line) and len(line.split()) <= 4))
    end = len(lines)
    while end and (kinds[end - 1] is PassageKind.FOOTER or not lines[end - 1].strip()):
        end -= 1
    return end


def _signatures(lines: Sequence[str], author: frozenset[str], *, below: bool) -> list[tuple[int, int]]:
    """Return the lines from which and to before which signatures stand; only the last lines are looked at.

    There may be two: what the sender typed, and what the program added below it.
    """
    skipped = max(0, len(lines) - _TAIL)
    tail = lines[skipped:]
    delimiter = _delimiter(tail)
    above = tail[:delimiter]
    found: list[tuple[int, int]] = []
    start = _closing(above)
    if start is None:
        start = _unannounced(above, author, below=below)
    if start is None:
        start = _unannounced(above[: _postscript(above)], author)
    if start is not None:
        found.append((start, _end_of_signature(tail, start, len(tail))))
        upper = _typed(tail[:start], author)
        if upper is not None:
            found.append((upper, start))
    if delimiter is not None and (not found or found[0][1] < delimiter):
        found.append((delimiter, _end_of_signature(tail, delimiter, len(tail))))
    return [(first + skipped, last + skipped) for first, last in found]


def _typed(lines: Sequence[str], author: frozenset[str]) -> int | None:
    """Return where the sender's own signature begins that ends right above another one."""
    start = _closing(lines)
    if start is None:
        start = _unannounced(lines, author)
        if start is not None and not _of_author(lines[start], author):
            return None
    return start if start is not None and _end_of_signature(lines, start, len(lines)) == len(lines) else None


def _of_author(line: str, author: frozenset[str]) -> bool:
    """Tell whether a line holds a name of the sender, or is but an initial of it."""
    initial = line.strip(" .,").lower()
    return bool(author & words_of(line)) or (len(initial) == 1 and any(name.startswith(initial) for name in author))


def _postscript(lines: Sequence[str]) -> int:
    """Return the line at which a postscript begins; 0 where there is none."""
    return next((index for index, line in enumerate(lines) if is_postscript(line)), 0)


def _delimiter(lines: Sequence[str]) -> int | None:
    """Return the last line that is a signature delimiter with what can be a signature below."""
    for index in range(len(lines) - 1, -1, -1):
        if _DELIMITER.match(lines[index]):
            rest = [line for line in lines[index + 1 :] if line.strip()]
            speech = sum(is_speech(line) for line in rest)
            return index if speech <= 2 and len(rest) <= 2 * _MOST_LINES else None
    return None


def _closing(lines: Sequence[str]) -> int | None:
    """Return the line of the last closing formula that closes something."""
    for index in range(len(lines) - 1, -1, -1):
        if len(lines[index]) <= LONGEST_LINE and is_closing(lines[index]):
            following = next((line for line in lines[index + 1 :] if line.strip()), "")
            stop = _end_of_signature(lines, index, len(lines))
            count = sum(1 for line in lines[index:stop] if line.strip())
            ends = stop == len(lines) or not any(line.strip() for line in lines[:index])
            if not goes_on(following) and count <= _MOST_LINES + 1 and (ends or count <= 6):
                return index
    return None


def _end_of_signature(lines: Sequence[str], start: int, end: int) -> int:
    """Return where a signature that begins at *start* ends: at a postscript, or where somebody speaks again."""
    for index in range(start + 1, end):
        if is_postscript(lines[index]):
            return index
        if not lines[index - 1].strip() and is_speech(_paragraph(lines, index, end)):
            return index
    return end


def _paragraph(lines: Sequence[str], index: int, end: int) -> str:
    taken: list[str] = []
    for line in lines[index : min(end, index + 8)]:
        if not line.strip():
            break
        taken.append(line[:400])
    return " ".join(taken).strip()


def _unannounced(lines: Sequence[str], author: frozenset[str], *, below: bool = False) -> int | None:
    """Return where a signature without a formula begins: at the sender's name in the last lines.

    Only *below* something else may it be all there is.
    """
    found: int | None = None
    people = taken = 0
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index]
        if not line.strip():
            continue
        taken += 1
        if taken > _MOST_LINES or not may_sign(line) or (found is not None and not _may_stand_above(line, author)):
            break
        if signs(line, author) or _names_a_body(lines, index):
            people += is_known(head_of(line))
            if _is_announced(lines, index):
                return None
            alone = index == 0 and bool(author) and words_of(line) <= author  # nothing but the sender's name
            if (
                _may_begin(lines, index, below=below)
                or alone
                or (index and _is_beyond_doubt(line, author) and not _runs_on(lines[index - 1]))
            ):
                found = index
    return found if people <= 1 or found is None or _names_stand_apart(lines, found) else None


def _is_beyond_doubt(line: str, author: frozenset[str]) -> bool:
    """Tell whether a line holds the sender's own name, or a person with an organisation."""
    head, comma, rest = line.partition(",")
    own = is_person(head, author) and bool(author & words_of(head)) and " i " not in head
    return own or (bool(comma) and is_body(rest)) or (bool(author) and words_of(head) <= author)


def _runs_on(line: str) -> bool:
    """Tell whether the sentence of a line goes on below it."""
    return (is_act(line) and len(line.split()) <= 3) or line.rstrip().endswith(
        (",", ":", ";", "-", "–", " i", " oraz", " z", " w", " na", " dla", " od", " i,")
    )


def _names_a_body(lines: Sequence[str], index: int) -> bool:
    """Tell whether a paragraph begins with an organisation, or in whose name somebody signs."""
    line = lines[index].strip(" *_")
    words = re.findall(r"[^\W\d_]+", line)
    apart = index == 0 or not lines[index - 1].strip()
    named = (is_body(line) and not counts(line)) or bool(_ON_BEHALF.match(line))
    return apart and named and line[:1] in line[:1].upper() and len(words) <= 9 and not line.endswith((".", "!", ","))


def _may_stand_above(line: str, author: frozenset[str]) -> bool:
    """Tell whether a line above a found name can belong to the signature as well."""
    line = line.strip()
    short = len(line.split()) <= 4 and not line.endswith((".", "!", ",", ")"))
    return signs(line, author) or is_contact(line) or ((short or is_body(line)) and not is_greeting(line))


def _may_begin(lines: Sequence[str], index: int, *, below: bool) -> bool:
    """Tell whether a line can begin a signature: nothing announces it, and no sentence runs on into it."""
    above = lines[index - 1].rstrip() if index else ""
    if index == 0:
        return below and len(lines) > 1
    if _is_announced(lines, index):
        return False
    return (
        not above
        or above.endswith((".", "!", "?", "…", ")", ";)", "(", "D", ":-"))
        or (len(above.split()) <= 3 and not is_act(above))
    )


def _is_announced(lines: Sequence[str], index: int) -> bool:
    """Tell whether the words above announce a list."""
    above = next((line for line in reversed(lines[max(0, index - 3) : index]) if line.strip()), "")
    return above.rstrip().endswith(":") or bool(index and is_listed(lines[index - 1]))


def _names_stand_apart(lines: Sequence[str], start: int) -> bool:
    """Tell whether several names are signed rather than listed: apart, with contact data or an organisation below."""
    apart = start == 0 or not lines[start - 1].strip()
    return apart and any(is_contact(line) or is_body(line) for line in lines[start + 1 :])
