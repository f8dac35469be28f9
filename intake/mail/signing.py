"""Where the sender's own words end: signatures (RFC 3676 §4.3 and custom), and footers below them.

A signature begins at "-- ", at a closing formula, or at the sender's name in the last lines. What is said after it, a
postscript or a paragraph of speech, is the sender's own again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from intake.mail.footers import is_notice, is_program_footer
from intake.mail.message import Passage, PassageKind
from intake.mail.names import is_body, is_known, is_person, signs, words_of

_DELIMITER = re.compile(r"^(--|—) ?$")
_CLOSING = re.compile(
    r"^[\s*]{0,6}(z (wyrazami|wyr\.) szacunku|z (głębokim )?poważaniem|z powazaniem|z uszanowaniem|z szacunkiem"
    r"|z (\w+ ){0,2}pozdrowieni(em|ami)"
    r"|(z )?wyrazy szacunku|łącz(ę|ymy) (\w+ ){0,2}(wyrazy|pozdrowienia|ukłony|uściski)|pozdraw(iam|im)\w*|pozdr\b"
    r"|pozdrowienia|pozdro|serdeczności|(serdeczn\w+|gor\w+|ciep\w+) pozdr(awiam\w*|owienia)"
    r"|ukłony|z ukłonami|kłaniam się|ściskam\w*|uściski|buziaki|całuję|całusy"
    r"|(z góry )?(dziękuj\w+|dziekuj\w+|dzięki) i (serdecznie )?(pozdrawiam\w*|życzę miłego dnia)"
    r"|(życzę )?miłego (dnia|weekendu|popołudnia)"
    r"|(best|kind|warm) regards|regards|(yours )?(sincerely|faithfully)( yours)?|yours|best wishes|all the best|best"
    r"|cheers"
    r"|many thanks"
    r"|mit freundlichen grüßen|mit freundlichen gruessen|(viele|liebe|beste) grüße|mfg"
    r"|з повагою|з найкращими побажаннями|щиро|з любов'ю|с уважением)\b(?P<rest>[^.?!;:]{0,80})[\s,.!*:;)(-]*$",
    re.IGNORECASE,
)
_COURTESIES = """
    serdecznie ciepło gorąco słonecznie cieplutko mocno i oraz z ze życzę życzymy miłego miłej dobrego udanego
    dnia weekendu popołudnia wieczoru wyrazy wyrazami szacunku szacunkiem poważaniem poważania najlepsze
    najlepszymi życzeniami pozdrowieniami pozdrowienia pozdrawiam pozdrawiamy dziękuję dziękujemy za uwagę pomoc
    odpowiedź wszystkich państwa pani pana panią cały całego zespół zespołu zespołem od całej ekipy ekipa nad
    znad spod w imieniu szacunek and to you the from team
"""
_COURTESY = frozenset(_COURTESIES.split())
_POSTSCRIPT = re.compile(r"^\s*(p\.?\s?s\.?|ps)(?!\w)\s*[:.,–-]?", re.IGNORECASE)
_CONTACT = re.compile(
    r"(\b(tel|kom|mob|fax|faks|phone|m|t|e-?mail)\b\s?[.:]|\btel\b|\+?\d[\d\s()/-]{7,}\d"
    r"|\b[\w.+-]{1,64}@[\w-]{1,60}\.[\w.-]{2,60}|\bwww\.|https?://|\bKRS\b|\bNIP\b|\bREGON\b|\bul\.\s|\b\d{2}-\d{3}\b"
    r"|facebook\.com|instagram|\bczynn[ea]\b|\bbiuro:|\bgodziny\b|1,5 ?%|\bpn\b.{0,3}\bpt\b)",
    re.IGNORECASE,
)
_APPEAL = re.compile(
    r"1,5 ?%|podatku|darowizn|wesprzyj|przekaż nam|numer konta|nr konta|konto:|polub nas", re.IGNORECASE
)
_LISTED = re.compile(r"^\s*([-*•–+>]|\(?\d{1,2}[.)]|[a-z]\))\s")
_COUNT = re.compile(r"\bos(\.|ob[aęy]?\b|ób\b)|\b(dwie|dwoje|troje|trzy|czworo|cztery)\b", re.IGNORECASE)
_ON_BEHALF = re.compile(r"^(w imieniu|z upoważnienia|za)\s+(\w+\s+)?[A-ZĄĆĘŁŃÓŚŹŻ„]|^w imieniu \w+$", re.IGNORECASE)
_MOST_LINES = 16  # of a signature, without empty ones
_LONGEST_LINE = 100
_TAIL = 200  # lines in which a signature is looked for
_GREETING = re.compile(
    r"^\s*(dzie[nń] dobry|dobry|witam|szanown|cze[sś][cć]|hej|droga|drogi|dear|hello|hi\b|guten|добр)", re.IGNORECASE
)


def divide_own(text: str, author: str = "") -> list[Passage]:
    """Divide a run of own lines, by a sender called *author*, into what is said, signature and footers."""
    lines = text.split("\n")
    kinds = [PassageKind.OWN] * len(lines)
    end = _mark_footers(lines, kinds)
    start = _signature(lines[:end], words_of(author))
    if start is not None:
        for index in range(start, _end_of_signature(lines, start, end)):
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


def _mark_footers(lines: Sequence[str], kinds: list[PassageKind]) -> int:
    """Mark what programs and lawyers added; return where it begins, for a signature stands above it."""
    said = False  # a notice is a footer only below something
    for index, line in enumerate(lines):
        if is_program_footer(line):
            kinds[index] = PassageKind.FOOTER
        elif said and is_notice(lines, index):
            kinds[index:] = [PassageKind.FOOTER] * (len(lines) - index)
            break
        said = said or bool(line.strip() and not _GREETING.match(line))
    end = len(lines)
    while end and (kinds[end - 1] is PassageKind.FOOTER or not lines[end - 1].strip()):
        end -= 1
    return end


def _signature(lines: Sequence[str], author: frozenset[str]) -> int | None:
    """Return the line at which the signature begins, or None; only the last lines are looked at."""
    skipped = max(0, len(lines) - _TAIL)
    tail = lines[skipped:]
    delimiter = _delimiter(tail)
    above = tail[:delimiter]
    start = _closing(above)
    if start is None:
        start = _unannounced(above, author)
    if delimiter is not None and (start is None or _end_of_signature(above, start, delimiter) < delimiter):
        start = delimiter
    return None if start is None else start + skipped


def _delimiter(lines: Sequence[str]) -> int | None:
    """Return the last line that is a signature delimiter with what can be a signature below."""
    for index in range(len(lines) - 1, -1, -1):
        if _DELIMITER.match(lines[index]):
            rest = [line for line in lines[index + 1 :] if line.strip()]
            speech = sum(_is_speech(line) for line in rest)
            return index if speech <= 2 and len(rest) <= 2 * _MOST_LINES else None
    return None


def _closing(lines: Sequence[str]) -> int | None:
    """Return the line of the last closing formula that closes something."""
    for index in range(len(lines) - 1, -1, -1):
        if len(lines[index]) <= _LONGEST_LINE and _is_closing(lines[index]):
            following = next((line for line in lines[index + 1 :] if line.strip()), "")
            stop = _end_of_signature(lines, index, len(lines))
            count = sum(1 for line in lines[index:stop] if line.strip())
            ends = stop == len(lines) or not any(line.strip() for line in lines[:index])
            if not _goes_on(following) and count <= _MOST_LINES + 1 and (ends or count <= 6):
                return index
    return None


def _is_closing(line: str) -> bool:
    match = _CLOSING.match(line)
    if not match:
        return False
    words = re.findall(r"[^\W\d_]+", match["rest"])
    return (
        len(words) <= 9
        and not re.search(r"\d", match["rest"])
        and all(w[:1].isupper() or w in _COURTESY for w in words)
    )


def _goes_on(line: str) -> bool:
    """Tell whether a line continues the sentence above it."""
    return line[:1].islower() and len(line.split()) >= 4 and not (_CONTACT.search(line) or is_body(line) or signs(line))


def _end_of_signature(lines: Sequence[str], start: int, end: int) -> int:
    """Return where a signature that begins at *start* ends: at a postscript, or where somebody speaks again."""
    for index in range(start + 1, end):
        if _POSTSCRIPT.match(lines[index]):
            return index
        if not lines[index - 1].strip() and _is_speech(_paragraph(lines, index, end)):
            return index
    return end


def _paragraph(lines: Sequence[str], index: int, end: int) -> str:
    taken: list[str] = []
    for line in lines[index : min(end, index + 8)]:
        if not line.strip():
            break
        taken.append(line[:400])
    return " ".join(taken).strip()


def _is_speech(text: str) -> bool:
    """Tell whether *text* is a sentence rather than a role, an address, a motto or an appeal."""
    words = re.findall(r"[^\W\d_]+", text)
    small = sum(word[:1].islower() for word in words)
    ends = text.rstrip(" )").endswith((".", "?", "!", ":", "…")) or len(text) > 2 * _LONGEST_LINE
    quoted = text.startswith(("„", '"', "“", "«"))
    return (
        ends
        and len(words) >= 4
        and 2 * small > len(words)
        and not (_CONTACT.search(text) or _APPEAL.search(text) or quoted)
    )


def _unannounced(lines: Sequence[str], author: frozenset[str]) -> int | None:
    """Return where a signature without a formula begins: at the sender's name in the last lines."""
    found: int | None = None
    people = taken = 0
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index]
        if not line.strip():
            continue
        taken += 1
        if taken > _MOST_LINES or not _may_sign(line) or (found is not None and not _may_stand_above(line, author)):
            break
        if signs(line, author) or _names_a_body(lines, index):
            people += is_known(line)
            if _is_announced(lines, index):
                return None
            if _may_begin(lines, index) or (
                index and _is_beyond_doubt(line, author) and not _runs_on(lines[index - 1])
            ):
                found = index
    return found if people <= 1 or found is None or _names_stand_apart(lines, found) else None


def _is_beyond_doubt(line: str, author: frozenset[str]) -> bool:
    """Tell whether a line is the sender's own display name, or a person with an organisation."""
    head, comma, rest = line.partition(",")
    return (
        (bool(author) and is_person(head, author) and not is_person(head))
        or (bool(comma) and is_body(rest))
        or (bool(author) and words_of(head) <= author)
    )


def _runs_on(line: str) -> bool:
    """Tell whether the sentence of a line goes on below it."""
    return line.rstrip().endswith((",", ":", ";", "-", "–", " i", " oraz", " z", " w", " na", " dla", " od", " i,"))


def _names_a_body(lines: Sequence[str], index: int) -> bool:
    """Tell whether a paragraph begins with an organisation, or in whose name somebody signs."""
    line = lines[index].strip(" *_")
    words = re.findall(r"[^\W\d_]+", line)
    apart = index == 0 or not lines[index - 1].strip()
    named = (is_body(line) and not _COUNT.search(line)) or bool(_ON_BEHALF.match(line))
    return apart and named and line[:1] in line[:1].upper() and len(words) <= 9 and not line.endswith((".", "!", ","))


def _may_stand_above(line: str, author: frozenset[str]) -> bool:
    """Tell whether a line above a found name can belong to the signature as well."""
    line = line.strip()
    short = len(line.split()) <= 4 and not line.endswith((".", "!", ",", ")"))
    return (
        signs(line, author) or bool(_CONTACT.search(line)) or ((short or is_body(line)) and not _GREETING.match(line))
    )


def _may_sign(line: str) -> bool:
    if _LISTED.match(line) or line.rstrip().endswith(("?", ":", ";")):
        return False
    return bool(_CONTACT.search(line)) or (
        len(line) <= _LONGEST_LINE and not _is_speech(line) and not (line.endswith(".") and len(line.split()) > 4)
    )


def _may_begin(lines: Sequence[str], index: int) -> bool:
    """Tell whether a line can begin a signature: nothing announces it, and no sentence runs on into it."""
    above = lines[index - 1].rstrip() if index else ""
    if _is_announced(lines, index) or index == 0:
        return False
    return not above or above.endswith((".", "!", "?", "…", ")", ";)", "(", "D", ":-")) or len(above.split()) <= 3


def _is_announced(lines: Sequence[str], index: int) -> bool:
    """Tell whether the words above announce a list."""
    above = next((line for line in reversed(lines[max(0, index - 3) : index]) if line.strip()), "")
    return above.rstrip().endswith(":") or bool(index and _LISTED.match(lines[index - 1]))


def _names_stand_apart(lines: Sequence[str], start: int) -> bool:
    """Tell whether several names are signed rather than listed: with contact data or an organisation below."""
    return any(_CONTACT.search(line) or is_body(line) for line in lines[start + 1 :])
