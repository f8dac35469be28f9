"""Where the sender's own text ends: signatures (RFC 3676 §4.3 and custom) and footers that programs and lawyers add."""

from __future__ import annotations

import re
from collections.abc import Sequence

from intake.mail.message import Passage, PassageKind

_DELIMITER = re.compile(r"^--\s?$|^—\s?$")
_CLOSING = re.compile(
    r"^[\s*]*(z (wyrazami|wyr\.) szacunku|z poważaniem|z powazaniem|z uszanowaniem|z pozdrowieniami"
    r"|łączę wyrazy szacunku|łączę pozdrowienia|pozdrawiam\w*|pozdrowienia|pozdro|serdeczności"
    r"|serdecznie pozdrawiam\w*|serdeczne pozdrowienia|ukłony|z wyrazami|kłaniam się"
    r"|z góry dziękuję i pozdrawiam|dziękuję i pozdrawiam|dziękujemy i pozdrawiamy"
    r"|dzięki i pozdrawiam|miłego dnia|do zobaczenia|życzę miłego dnia"
    r"|best regards|kind regards|regards|yours sincerely|yours faithfully|sincerely|best wishes|best|cheers|many thanks"
    r"|mit freundlichen grüßen|viele grüße|mfg|з повагою|з найкращими побажаннями|с уважением)"
    r"(?P<rest>[^.?!]{0,80})[\s,.!*:)]*$",
    re.IGNORECASE,
)
_POSTSCRIPT = re.compile(r"^\s*(p\.?\s?s\.?|ps)\b\s*[:.,–-]?", re.IGNORECASE)
_FOOTER = re.compile(
    r"^[\s*_\-–—]*(wysłan[eoay] (z|ze|za pomocą|przy użyciu|przez)\b.{0,80}"
    r"|sent from (my|outlook|mail|yahoo|the)\b.{0,80}"
    r"|get outlook for\b.{0,60}|pobierz (aplikację )?outlook\b.{0,60}|uzyskaj (aplikację )?outlook\b.{0,60}"
    r"|von meinem .{1,60} gesendet|gesendet von\b.{0,60}|надіслано з\b.{0,60}|отправлено с\b.{0,60}"
    r"|(ta )?wiadomość (została )?(sprawdzona|przeskanowana|wysłana z)\b.{0,120}"
    r"|wolny od wirusów.{0,80}|virus-free.{0,80})",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"^[\s*_\-–—]*("
    r"(klauzula|informacja|nota|zastrzeżenie|uwaga)[\s:,–-]+.{0,60}(poufno|rodo|informacyjn|prawn|danych osobow)"
    r"|(klauzula informacyjna|klauzula poufności|informacja rodo|informacje prawne|nota prawna|disclaimer)\b"
    r"|confidentiality notice\b"
    r"|(niniejsza|ta|powyższa|(treść|zawartość) (tej|niniejszej)|informacje zawarte w (tej|niniejszej))"
    r" (wiadomoś|korespondenc|poczt|e-mail|mail|przesyłk)"
    r".{0,200}(poufn|przeznaczon|adresat|chronion|tajemnic|zastrzeżon)"
    r"|jeżeli (nie są państwo|nie jesteś|nie jest pan|otrzymał).{0,40}(adresat|omyłk|pomyłk|błęd)"
    r"|administratorem (pani|pana|państwa|twoich|danych|podanych).{0,80}dan"
    r"|zgodnie z (art|rodo|rozporządzeniem).{0,80}(rodo|dan|2016/679)"
    r"|(pani|pana|państwa) dane osobowe.{0,80}(przetwarz|administr)"
    r"|w związku z (wejściem|rozporządzeniem).{0,80}(rodo|dan)"
    r"|this (e-?mail|message|communication).{0,120}(confidential|intended|privileged)"
    r"|the information (contained )?in this (e-?mail|message)"
    r"|diese (e-?mail|nachricht).{0,120}(vertraulich|bestimmt)"
    r"|це повідомлення.{0,120}(конфіденц|призначен)"
    r"|(pomyśl|pomyślmy|zastanów się|chroń|dbaj).{0,40}(środowisk|drukow|drukiem|wydruk|planet)"
    r"|please consider the environment)",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"(\b(tel|kom|mob|fax|faks|phone|m|t)\b[.:]|\+?\d[\d\s()/-]{7,}\d|\b[\w.+-]{1,64}@[\w-]{1,60}\.[\w.-]{2,60}"
    r"|\bwww\.|https?://"
    r"|\bKRS\b|\bNIP\b|\bREGON\b|\bul\.\s|\b\d{2}-\d{3}\b|facebook\.com|instagram)",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"^[\s*]*(?:(?:dr|mgr|inż|prof|ks|lek|hab|s)\.\s*){0,3}[A-ZĄĆĘŁŃÓŚŹŻІЇЄҐА-Я][\w'’-]{1,30}\.?"
    r"(?:\s+[A-ZĄĆĘŁŃÓŚŹŻІЇЄҐА-Я][\w'’-]{0,30}\.?){1,3}\s*,?\s*\*?$"
)
_LONGEST_SIGNATURE = 16  # lines
_LONGEST_LINE = 100


def divide_own(text: str) -> list[Passage]:
    """Divide a run of the sender's own lines into what is said, signature and footers."""
    lines = text.split("\n")
    kinds = [PassageKind.OWN] * len(lines)
    end = _mark_footers(lines, kinds)
    start = _signature(lines[:end])
    if start is not None:
        _mark_signature(lines, kinds, start, end)
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
    first = len(lines)
    index = 0
    while index < len(lines):
        line = lines[index][:600]
        if _FOOTER.match(line):
            kinds[index] = PassageKind.FOOTER
            first = min(first, index)
        elif _is_notice(lines, index):
            for rest in range(index, len(lines)):
                kinds[rest] = PassageKind.FOOTER
            return min(first, index)
        index += 1
    return (
        first
        if all(
            kind is PassageKind.FOOTER or not line.strip()
            for kind, line in zip(kinds[first:], lines[first:], strict=True)
        )
        else len(lines)
    )


def _is_notice(lines: Sequence[str], index: int) -> bool:
    """Tell whether a legal notice begins at a line; it may be wrapped over the next ones."""
    if not lines[index].strip() or (index and lines[index - 1].strip() and not lines[index][:1].isupper()):
        return False
    return bool(_NOTICE.match(" ".join(lines[index : index + 4])[:800]))


def _signature(lines: Sequence[str]) -> int | None:
    """Return the line at which the signature begins, or None."""
    for index, line in enumerate(lines):
        if _DELIMITER.match(line):
            return index
    for index in range(len(lines) - 1, -1, -1):
        if len(lines[index]) <= _LONGEST_LINE and _CLOSING.match(lines[index]):
            rest = [line for line in lines[index + 1 :] if line.strip()]
            if _looks_signed(rest):
                return index
    return _unannounced(lines)


def _looks_signed(rest: Sequence[str]) -> bool:
    """Tell whether the lines behind a closing formula are a signature: few, short, and no sentences, but for a P.S."""
    count = next((number for number, line in enumerate(rest) if _POSTSCRIPT.match(line)), len(rest))
    own = rest[:count]
    sentences = sum(len(line) > _LONGEST_LINE or line.rstrip().endswith(("?", "!")) for line in own)
    return len(own) <= _LONGEST_SIGNATURE and sentences == 0


def _unannounced(lines: Sequence[str]) -> int | None:
    """Return where a signature without a formula begins: a name, perhaps with contact data, after an empty line."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    start = end
    while start and lines[start - 1].strip() and end - start < _LONGEST_SIGNATURE:
        start -= 1
    block = lines[start:end]
    if not block or start == 0 or len(block) > 8:
        return None
    short = all(
        (len(line) <= _LONGEST_LINE and not line.rstrip().endswith((".", "?", "!", ":"))) or _CONTACT.search(line)
        for line in block
    )
    named = bool(_NAME.match(block[0])) or (len(block) > 1 and bool(_NAME.match(block[1])))
    listed = sum(bool(_NAME.match(line)) for line in block) > 2 or block[0].lstrip().startswith(("-", "*", "•"))
    return start if short and named and not listed else None


def _mark_signature(lines: Sequence[str], kinds: list[PassageKind], start: int, end: int) -> None:
    for index in range(start, end):
        if index > start and _POSTSCRIPT.match(lines[index]):
            return  # what comes after it is said, not signed
        if kinds[index] is PassageKind.OWN:
            kinds[index] = PassageKind.SIGNATURE
