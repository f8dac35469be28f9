"""Which thematic groups the sender's own words are about, or which one they choose."""

from __future__ import annotations

from collections import Counter

from intake.judgement.rules import Rules
from intake.judgement.sentences import words
from intake.mail.message import Message, PassageKind

_READ = 20_000  # characters of a text that are read
_MEETING = frozenset(words("winda windy windę toaleta toalety podjazd wejście wejściu"))  # of the building, no topic
_SHARE = 0.34  # of the strongest topic's hits that another needs to stand beside it


def topics(message: Message, rules: Rules) -> tuple[str, ...]:
    """Return the ids of the groups that *message* is about, sorted; its subject and attachments speak too."""
    own = message.own or message.words_of(PassageKind.FORWARD)
    attached = (part.text[:_READ] for part in message.attachments[:5])
    return about("\n".join((message.subject or "", own[:_READ], *attached)), rules)


def about(text: str, rules: Rules) -> tuple[str, ...]:
    """Return the ids of the groups that *text* is about, sorted."""
    folded = words(text)
    hits: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    for hit in rules.topics.find(folded):
        said = (hit.means, folded[hit.start][:5])
        if said not in seen:  # a word that is repeated says no more
            seen.add(said)
            hits[hit.means] += 1
    most = max(hits.values(), default=0)
    return tuple(sorted(topic for topic, count in hits.items() if count >= _SHARE * most))
