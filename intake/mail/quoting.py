"""Whose words are whose: the body of a message divided into own text, quotes, forwards, signature and footers.

Programs mark a quote by ``>``, by a line that names its author, by a block of header fields, or by nothing at all
behind one of these. Lines are labelled one by one, then runs of labels become passages. All is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from intake.mail.message import Passage, PassageKind
from intake.mail.signing import divide_own

_MOST_LINES = 20_000
_LONGEST_LINE = 2000  # characters of a line that patterns look at
_SEPARATOR = re.compile(
    r"^[\s>*]*[-_=–—]{2,}\s*"
    r"(original message|oryginalna wiadomość|wiadomość oryginalna|wiadomosc oryginalna|treść oryginalnej wiadomości"
    r"|odpowiedź na wiadomość|ursprüngliche nachricht|originalnachricht|оригінальне повідомлення|исходное сообщение"
    r"|message d'origine|reply message|cytowana wiadomość|wiadomość od .{1,80})\s*[-_=–—]*\s*$",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"^[\s>*]*(?:[-_=–—]{2,}\s*)?"
    r"(forwarded message|begin forwarded message|wiadomość przekazana( dalej)?|przekazana wiadomość"
    r"|przekazywana wiadomość"
    r"|początek przekazanej wiadomości|wiadomość przesłana dalej|przesłana wiadomość|treść przekazanej wiadomości"
    r"|weitergeleitete nachricht|anfang der weitergeleiteten (nachricht|e-mail)|переслане повідомлення"
    r"|пересланное сообщение|forwarded by .{1,80})\s*:?\s*[-_=–—]*\s*$",
    re.IGNORECASE,
)
_FIELDS = {
    "from": "from|od|von|від|от|de|nadawca|expéditeur",
    "date": "sent|date|wysłano|wyslano|data|data wysłania|gesendet|datum|надіслано|дата|envoyé|wysłane|dnia",
    "to": "to|do|an|кому|à|adresat|odbiorca",
    "subject": "subject|temat|betreff|тема|objet|dotyczy",
    "copy": "cc|bcc|dw|udw|kopia|kopie|do wiadomości|копія|reply-to|odpowiedz do|ważność|priorytet"
    "|załączniki|attachments",
}
_FIELD = re.compile(
    r"^[\s>*|]*(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in _FIELDS.items())
    + r")\s*\*?:\*?\s*(?P<value>.*)$",
    re.IGNORECASE,
)
_WROTE = re.compile(
    r"\b(napisał\(a\)|napisał/a|napisał\(-a\)|napisała|napisał|napisali|pisze|pisał|pisała|nadesłał\(a\)|wrote|writes|schrieb"
    r"|написав|написала|пише|написал|a écrit|napisal\(a\)|napisal|napisala)\s*:?\s*$",
    re.IGNORECASE,
)
_WROTE_WITHIN = re.compile(  # with an address, or after a date: nobody writes so by hand
    r"^(am|on|le)\b.{0,80}\d.{0,80}\b(schrieb|wrote|a écrit)\b.{0,120}:\s*$"
    r"|^.{0,120}<?[\w.+-]{1,64}@[\w.-]{1,100}.{0,60}\b(napisał\(a\)|schrieb|wrote|пише)(?!\w).{0,80}(:|--)\s*$"
    r"|^(cytowanie|zitat von|quoting)\b.{0,80}@.{0,80}:\s*$"
    r"|^(19|20)\d\d-\d\d-\d\d \d\d:\d\d\b.{0,120}<[^<>\s]{1,100}@[^<>\s]{1,100}>:\s*$",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"\d{1,2}[.:/-]\d{2}|\b(19|20)\d{2}\b|<[^<>@\s]{1,80}@[^<>\s]{1,200}>|\b[\w.+-]{1,64}@[\w-]{1,60}\.[\w.-]{2,60}"
    r"|^\s*>?\s*użytkownik\b|\bo \d{1,2}[:.]\d{2}\b",
    re.IGNORECASE,
)
_APPLE = re.compile(r"^\s*wiadomość napisana przez .{1,200}(\d{4}|\d{1,2}[:.]\d{2})", re.IGNORECASE)
_RULE = re.compile(r"^\s*_{10,}\s*$")
_QUOTED = re.compile(r"^\s{0,3}>|^\s{0,3}\|\s")
_ARROW = re.compile(r"^\s{0,3}>\s*\d|^\s{0,3}>>*\s*$")
_FORWARD_SUBJECT = re.compile(r"^\s*(fwd?|pd|przek|przesłano dalej|wg|tr|fw|переслано|пересл)\.?\s*:", re.IGNORECASE)
_REPLY_SUBJECT = re.compile(r"^\s*(re|odp|aw|ha|відп|sv|antw)\.?(\[\d+\])?\s*:", re.IGNORECASE)
_CASE = re.compile(r"\[[A-Z]{2,12}-\d{4}-\d{3,6}\]$")  # of our letters


def divide(text: str, subject: str | None = None, author: str = "") -> tuple[Passage, ...]:
    """Divide the body *text* into passages, in its order; every line with words is in one of them.

    *author* is the sender's display name: a line that repeats it near the end is a signature.
    """
    lines = text.split("\n")
    if len(lines) > _MOST_LINES:  # nobody writes so much: the rest is taken along without a look at each line
        lines = [*lines[: _MOST_LINES - 1], "\n".join(lines[_MOST_LINES - 1 :])]
    kinds = _Labels(lines, subject or "").kinds()
    passages: list[Passage] = []
    for kind, run in _runs(lines, kinds):
        body = "\n".join(run).strip("\n")
        if not body.strip():
            continue
        own = kind is PassageKind.OWN
        passages.extend(divide_own(body, author, below=bool(passages)) if own else [Passage(kind, body)])
    return _joined(passages)


class _Labels:
    """Labels every line with its passage."""

    def __init__(self, lines: Sequence[str], subject: str) -> None:
        self._lines = [line[:_LONGEST_LINE] for line in lines]
        self._subject = subject.strip()
        self._is_forward = bool(_FORWARD_SUBJECT.match(subject))
        self._answers = self._is_forward or bool(_REPLY_SUBJECT.match(subject))
        self._kinds: list[PassageKind] = []

    def kinds(self) -> list[PassageKind]:
        """Return a kind for each line."""
        while len(self._kinds) < len(self._lines):
            here = len(self._kinds)
            self._kinds.extend(self._next(here))
        return self._kinds

    def _next(self, here: int) -> list[PassageKind]:
        """Return the kinds of the lines from *here* on that belong together."""
        if _FORWARD.match(self._lines[here]) and not self._is_marked(here):
            return self._foreign(here, here + 1, PassageKind.FORWARD)
        if _SEPARATOR.match(self._lines[here]) and not self._is_marked(here):
            return self._foreign(here, here + 1, self._kind_of_block())
        block = self._block(here) or self._bare_subject(here)
        if block:
            return self._foreign(here, here + block, self._kind_of_block())
        intro = self._attribution(here)
        if intro:
            return self._quote(here, here + intro)
        if self._is_quote_line(here):
            return self._quote(here, here)
        return [PassageKind.OWN]

    def _kind_of_block(self) -> PassageKind:
        return PassageKind.FORWARD if self._is_forward else PassageKind.QUOTE

    def _is_marked(self, index: int) -> bool:
        return bool(_QUOTED.match(self._lines[index]))

    def _is_quote_line(self, index: int) -> bool:
        """Tell whether a line is quoted by a mark of its own; a lone arrow before a number may be the author's."""
        if not self._is_marked(index):
            return False
        if not _ARROW.match(self._lines[index]) or PassageKind.QUOTE in self._kinds:
            return True
        near = self._lines[max(0, index - 1) : index] + self._lines[index + 1 : index + 2]
        return any(_QUOTED.match(line) for line in near)

    def _block(self, here: int) -> int:
        """Return how many lines a block of header fields takes from *here* on, a rule above it included; 0 for none."""
        start = here + 1 if _RULE.match(self._lines[here]) else here
        while start < len(self._lines) and start <= here + 2 and not self._lines[start].strip():
            start += 1
        if start > here and not _RULE.match(self._lines[here]):
            return 0
        found: set[str] = set()
        index, other = start, 0
        while index < len(self._lines) and index < start + 16:
            match = _FIELD.match(self._lines[index])
            if match and match.lastgroup:
                found.add(next(name for name in _FIELDS if match[name] is not None))
                other = 0
            elif not self._lines[index].strip():
                if len(found) >= 3:
                    break
                other += 1
            else:
                other += 1  # a folded value
            if other > 1 or (index == start and not match):
                break
            index += 1
        is_block = (len(found) >= 3 and "from" in found) or {"from", "subject"} <= found
        return index - here if is_block and not self._is_own_form(here, index) else 0

    def _bare_subject(self, here: int) -> int:
        """Return 1 where a letter of ours is carried along with its subject alone, below what the sender says."""
        match = _FIELD.match(self._lines[here])
        if not match or match["subject"] is None or here == 0 or self._lines[here - 1].strip():
            return 0
        value = match["value"].strip()
        return int(bool(_CASE.search(value)) or (self._answers and bool(value) and self._subject.endswith(value)))

    def _is_own_form(self, start: int, end: int) -> bool:
        """Tell whether fields are how the author begins a letter: at its top, in no reply, and with no address."""
        above = any(line.strip() and not _FIELD.match(line) for line in self._lines[:start])
        return not (above or self._answers or any("@" in line for line in self._lines[start:end]))

    def _attribution(self, here: int) -> int:
        """Return how many lines a line like "W dniu … X napisał(a):" takes from *here* on; 0 for none."""
        line = self._lines[here]
        if _APPLE.match(line) or not line.strip() or self._is_marked(here):
            return int(bool(_APPLE.match(line)))
        joined = ""
        for count in range(1, 4):
            index = here + count - 1
            if index >= len(self._lines) or not self._lines[index].strip():
                return 0
            joined = f"{joined} {self._lines[index].strip()}".strip()
            if len(joined) > 400:
                return 0
            if _WROTE.search(joined) or _WROTE_WITHIN.search(joined):
                return count if self._introduces(joined, here + count) else 0
            if count == 1 and not _WHEN.search(joined) and not joined.endswith((",", ">")):
                return 0
        return 0

    def _introduces(self, line: str, start: int) -> bool:
        """Tell whether a line that says who wrote introduces a quote that begins at *start*."""
        quoted_next = self._next_words_are_marked(start)
        ends_well = line.endswith((":", "--"))
        return bool(_WHEN.search(line) and (ends_well or quoted_next)) or (ends_well and quoted_next)

    def _next_words_are_marked(self, index: int) -> bool:
        while index < len(self._lines) and not self._lines[index].strip():
            index += 1
        return index < len(self._lines) and self._is_marked(index)

    def _quote(self, here: int, start: int) -> list[PassageKind]:
        """Label a quote whose text begins at *start*: the marked lines; where none is marked, all to the end."""
        if start > here and not self._next_words_are_marked(start):
            return self._foreign(here, start, PassageKind.QUOTE)
        index = last = start
        while index < len(self._lines):
            line = self._lines[index]
            if self._is_marked(index) or self._is_wrapped(index):
                last = index + 1
            elif line.strip():
                break
            index += 1
        return [PassageKind.QUOTE] * (max(last, start) - here)

    def _is_wrapped(self, index: int) -> bool:
        """Tell whether a line is the rest of a quoted one that was wrapped without its mark."""
        if index == 0 or index + 1 >= len(self._lines) or not self._lines[index].strip():
            return False
        before, line, after = self._lines[index - 1 : index + 2]
        return (
            bool(_QUOTED.match(before) and _QUOTED.match(after))
            and len(before) >= 60
            and len(line) <= 40
            and not before.rstrip().endswith((".", "?", "!", ":"))
            and not line[:1].isupper()
        )

    def _foreign(self, here: int, start: int, kind: PassageKind) -> list[PassageKind]:
        """Label somebody else's message: to the end, but for an answer below a quote that is marked."""
        if kind is PassageKind.QUOTE and self._next_words_are_marked(start):
            return self._quote(here, start)
        rest = len(self._lines) - here
        if kind is not PassageKind.FORWARD:
            return [kind] * rest
        return self._answered(here, start) or [kind] * rest

    def _answered(self, here: int, start: int) -> list[PassageKind] | None:
        """Label a forwarded answer: what it answers is a quote, ours mostly; None where it quotes nothing."""
        speaks = False
        for index in range(start, len(self._lines)):
            intro = self._attribution(index) if speaks else 0
            if intro:
                quote = self._quote(index, index + intro)
                after = len(self._lines) - index - len(quote)
                return [PassageKind.FORWARD] * (index - here) + quote + [PassageKind.FORWARD] * after
            speaks = speaks or bool(self._lines[index].strip() and not _FIELD.match(self._lines[index]))
        return None


def _runs(lines: Sequence[str], kinds: Sequence[PassageKind]) -> list[tuple[PassageKind, list[str]]]:
    runs: list[tuple[PassageKind, list[str]]] = []
    for line, kind in zip(lines, kinds, strict=True):
        if runs and runs[-1][0] is kind:
            runs[-1][1].append(line)
        else:
            runs.append((kind, [line]))
    return runs


def _joined(passages: Sequence[Passage]) -> tuple[Passage, ...]:
    joined: list[Passage] = []
    for passage in passages:
        if joined and joined[-1].kind is passage.kind:
            joined[-1] = Passage(passage.kind, f"{joined[-1].text}\n\n{passage.text}")
        else:
            joined.append(passage)
    return tuple(joined)
