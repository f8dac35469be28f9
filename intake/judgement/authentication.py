"""What our own receiving server found out about a sender: its Authentication-Results, and nobody else's (RFC 8601).

Anybody may write such a field, so a field counts only where it names our server and stands above the Received field by
which that server took the message in (§5); what stands below came with the message. The topmost field wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from intake.judgement.machines import Authentication
from intake.mail.message import Message

_LONGEST = 8000  # characters of a field that are read
_BY = re.compile(r"\bby\s+([A-Za-z0-9_.\[\]:-]{1,255})")
_PROPERTY = re.compile(
    r"(?<!\S)((?:header|smtp|policy|body)\.[A-Za-z0-9_-]{1,40})\s*=\s*(?:\"([^\"]{1,320})\"|([^\s;\"]{1,320}))"
    r"|\"[^\"]*\""  # another's quoted value: what stands in it is none of ours
)
_METHOD = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9_-]{0,40})\s*(?:/\s*[0-9]{1,9}\s*)?=\s*([A-Za-z0-9_-]{1,40})(?=\s|$)")


def dmarc(message: Message, rules: Authentication) -> str | None:
    """Return our server's result of DMARC (RFC 8601 §2.7.6), such as "pass"; None where it says none."""
    for value in _trusted(message, rules):
        for method, result in results(value)[1]:
            if method == "dmarc":
                return result
    return None


def forged(message: Message, rules: Authentication) -> str | None:
    """Return the result for which *message* is not answered: an answer would go to whom it was forged upon."""
    result = dmarc(message, rules)
    return result if result in rules.unanswered_results else None


def vouched(message: Message, rules: Authentication) -> bool:
    """Tell whether our own server vouches for the one address in From.

    It does where that passed DMARC for the very domain in From (RFC 8601 §2.7.6), and where somebody logged in to send
    it, they did so by that address (§2.7.4): who may send through our server may not write in another's name. Where
    the rules name no server of ours, or From can be read in two ways, nobody is vouched for.
    """
    if message.author is None or any(defect.startswith("sender:") for defect in message.defects):
        return False
    local, _, domain = message.author.address.lower().rpartition("@")
    said: dict[str, bool] = {}
    for value in _trusted(message, rules):
        for method, result, properties in statements(value):
            if method == "dmarc":
                holds = properties.get("header.from", domain).rpartition("@")[2] == domain
            elif method == "auth":
                holds = properties.get("smtp.auth") in {local, f"{local}@{domain}"}
            else:
                continue
            said.setdefault(method, result == "pass" and holds)  # the topmost wins
    return bool(said) and all(said.values())


def _trusted(message: Message, rules: Authentication) -> Iterator[str]:
    """Yield the fields of our own server, topmost first; none where it did not note that it took the message in."""
    if not rules.servers:
        return
    found: list[str] = []
    for name, value in message.headers:
        if name == "received" and _took_in(value, rules):
            yield from found
            return
        if name == "authentication-results" and results(value)[0] in rules.servers:
            found.append(value)


def _took_in(received: str, rules: Authentication) -> bool:
    """Tell whether a Received field is the one of our receiving server (RFC 5321 §4.4)."""
    by = _BY.search(without_comments(received[:_LONGEST]))
    return by is not None and by[1].lower().rstrip(".") in (rules.received_by or rules.servers)


def results(value: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return who says it and its (method, result) pairs, in small letters, of a field's value (RFC 8601 §2.2).

    The authserv-id is "" where the field is of a version that is not known.
    """
    identity, found = _read(value)
    return identity, tuple((method, result) for method, result, _ in found)


def statements(value: str) -> tuple[tuple[str, str, dict[str, str]], ...]:
    """Return the method, result and properties of each statement in a field's value, in small letters."""
    return _read(value)[1]


def _read(value: str) -> tuple[str, tuple[tuple[str, str, dict[str, str]], ...]]:
    first, *rest = _divided(without_comments(value[:_LONGEST]))
    identity, *version = first.replace('"', " ").split() or [""]
    if version not in ([], ["1"]):
        return "", ()
    found = [(match, part) for part in rest if (match := _METHOD.match(part))]
    return identity.lower(), tuple((match[1].lower(), match[2].lower(), _properties(part)) for match, part in found)


def _properties(part: str) -> dict[str, str]:
    """Return the properties of a statement, the first of each name (RFC 8601 §2.2: ptype "." property "=" pvalue)."""
    found: dict[str, str] = {}
    for match in _PROPERTY.finditer(part):
        if match[1] is not None:
            found.setdefault(match[1].lower(), (match[2] or match[3]).lower().rstrip("."))
    return found


def _divided(text: str) -> list[str]:
    """Split *text* at semicolons that stand outside of quoted strings."""
    parts, start, quoted, escaped = [], 0, False, False
    for place, character in enumerate(text):
        if escaped:
            escaped = False
        elif quoted and character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif character == ";" and not quoted:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def without_comments(text: str) -> str:
    """Return *text* without its comments, which nest; quoted strings stay as they are (RFC 5322 §3.2.2, §3.2.4)."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for character in text:
        if escaped:
            escaped = False
        elif character == "\\" and (quoted or depth):
            escaped = True
        elif character == '"' and not depth:
            quoted = not quoted
        elif character == "(" and not quoted:
            depth += 1
            kept.append(" " if depth == 1 else "")
            continue
        elif character == ")" and depth:
            depth -= 1
            continue
        if not depth:
            kept.append(character)
    return "".join(kept)
