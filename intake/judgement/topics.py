"""Which thematic groups the sender's own words are about, or which one they choose."""

from __future__ import annotations

from collections import Counter

from intake.judgement.rules import Rules
from intake.judgement.sentences import sentences
from intake.mail.message import Message, PassageKind

_READ = 20_000  # characters of a text that are read
_SHARE = 0.34  # of the strongest topic's hits that another needs to stand beside it


def topics(message: Message, rules: Rules) -> tuple[str, ...]:
    """Return the ids of the groups that *message* is about, sorted; its subject and attachments speak too."""
    own = message.own or message.words_of(PassageKind.FORWARD)
    attached = (part.text[:_READ] for part in message.attachments[:5])
    return about("\n".join((message.subject or "", own[:_READ], *attached)), rules)


def about(text: str, rules: Rules) -> tuple[str, ...]:
    """Return the ids of the groups that *text* is about or chooses, sorted."""
    lines = sentences(text)
    proposing = [line for line in lines if any(rules.clues.proposing.find(line.words))]
    proposes = bool(proposing) or not any(any(rules.clues.coming.find(line.words)) for line in lines)
    hits: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    for line in lines:
        needed = {hit.means for hit in rules.clues.needs.find(line.words)} and line not in proposing
        finder = rules.topics if proposes and not needed else rules.choices
        for hit in finder.find(line.words):
            said = (hit.means, line.words[hit.start][:5])
            if said not in seen:  # a word that is repeated says no more
                seen.add(said)
                hits[hit.means] += 1
    general = rules.clues.general
    most = max(hits.values(), default=0)
    named = {hit.means for line in lines for hit in rules.choices.find(line.words)}
    weak = {general} - named if most > hits[general or ""] else set()
    return tuple(sorted(topic for topic, count in hits.items() if count >= _SHARE * most and topic not in weak))
