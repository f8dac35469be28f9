"""An answer below a quote that no mark ends: some programs put the cursor there, and quote without any mark.

To a reader of marks all of such a mail is the quote, and its sender says nothing. What the office has published tells
where its own words end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from intake.judgement.ours import Ours
from intake.judgement.sentences import sentences
from intake.mail.message import Message, Passage, PassageKind
from intake.mail.quoting import divide

_KNOWN = 4  # lines of a quote that are ours, before it may end
_LINES = 400  # of a quote that are looked at
_ENDS = 12  # places at which ours may end that are tried


def answered_below(message: Message, ours: Ours) -> Message:
    """Give back to the sender what stands below a quote of *ours*, where they say nothing above it."""
    first = message.passages[0] if message.passages else None
    if first is None or first.kind is not PassageKind.QUOTE or message.own.strip():
        return message
    lines = first.text.split("\n")[:_LINES]
    if any(line.lstrip().startswith((">", "|")) for line in lines):
        return message
    known = [_published(line, ours) for line in lines]
    author = message.author.name if message.author else ""
    for end in list(_ends(lines, known))[:_ENDS]:
        below = divide("\n".join(lines[end:]), None, author)
        if not any(_published(line, ours) for one in below if _is_own(one) for line in one.text.split("\n")):
            quote = Passage(PassageKind.QUOTE, "\n".join(lines[:end]))
            return replace(message, passages=(quote, *below, *message.passages[1:]))
    return message


def _ends(lines: Sequence[str], known: Sequence[bool]) -> Iterator[int]:
    """Return where the office's words may end: behind a line of theirs, before one that is not."""
    count = 0
    last = False  # whether the last line with words was ours
    for place, line in enumerate(lines):
        if line.strip():
            if last and not known[place] and count >= _KNOWN:
                yield place
            last = known[place]
            count += known[place]


def _is_own(passage: Passage) -> bool:
    return passage.kind is PassageKind.OWN


def _published(line: str, ours: Ours) -> bool:
    found = sentences(line)
    return bool(found) and all(ours.repeats(one) for one in found)
