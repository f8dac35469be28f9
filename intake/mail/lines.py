"""What single lines at the end of a text are: closing formulas, contact data, sentences, items of lists."""

from __future__ import annotations

import re

from intake.mail.names import is_body, signs

_CLOSING = re.compile(
    r"^[\s*]{0,6}(z (wyrazami|wyr\.) szacunku|z (głębokim )?poważaniem|z powazaniem|z uszanowaniem|z szacunkiem"
    r"|z (\w+ ){0,2}pozdrowieni(em|ami)"
    r"|pozostaj(ę|emy) z (szacunkiem|wyrazami szacunku|poważaniem)"
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
    r"|facebook\.com|instagram|\bczynn[ea]\b|\bbiuro:|\bgodziny\b|1,5 ?%|\bpn\b\.?.{0,3}\b(śr|czw|pt|sob)\b)",
    re.IGNORECASE,
)
_APPEAL = re.compile(
    r"1,5 ?%|podatku|darowizn|wesprzyj|przekaż nam|numer konta|nr konta|konto:|polub nas", re.IGNORECASE
)
_LISTED = re.compile(r"^\s*([-*•–+>]|\(?\d{1,2}[.)]|[a-z]\))\s")
_COUNT = re.compile(
    r"\d[\s-]*os(\.|ob|ób)|\bos(oba|oby|obę|ób)\b|\b(dwie|dwoje|troje|trzy|czworo|cztery)\b", re.IGNORECASE
)
_GREETING = re.compile(
    r"^\s*(dzie[nń] dobry|dobry|witam|szanown|cze[sś][cć]|hej|droga|drogi|dear|hello|hi\b|guten|добр)", re.IGNORECASE
)
LONGEST_LINE = 100  # of a signature, in characters
_LOOKED_AT = 1000  # characters of any line


def is_contact(line: str) -> bool:
    """Tell whether a line holds a telephone number, an address, a registry number."""
    return bool(_CONTACT.search(line[:_LOOKED_AT]))


def is_listed(line: str) -> bool:
    """Tell whether a line is an item of a list."""
    return bool(_LISTED.match(line))


def is_postscript(line: str) -> bool:
    """Tell whether a postscript begins."""
    return bool(_POSTSCRIPT.match(line))


def is_greeting(line: str) -> bool:
    """Tell whether a line begins with a salutation."""
    return bool(_GREETING.match(line))


def counts(line: str) -> bool:
    """Tell whether a line says how many people there are."""
    return bool(_COUNT.search(line[:_LOOKED_AT]))


def is_closing(line: str) -> bool:
    """Tell whether a line is a closing formula and nothing else, but for a name and courtesies."""
    match = _CLOSING.match(line)
    if not match:
        return False
    words = re.findall(r"[^\W\d_]+", match["rest"])
    return (
        len(words) <= 9
        and not re.search(r"\d", match["rest"])
        and all(w[:1].isupper() or w in _COURTESY for w in words)
    )


def goes_on(line: str) -> bool:
    """Tell whether a line continues the sentence above it."""
    return line[:1].islower() and len(line.split()) >= 4 and not (_CONTACT.search(line) or is_body(line) or signs(line))


def is_speech(text: str) -> bool:
    """Tell whether *text* is a sentence rather than a role, an address, a motto or an appeal."""
    is_long = len(text) > 2 * LONGEST_LINE
    text = text[:_LOOKED_AT]
    words = re.findall(r"[^\W\d_]+", text)
    small = sum(word[:1].islower() for word in words)
    ends = text.rstrip(" )").endswith((".", "?", "!", ":", "…")) or is_long
    quoted = text.startswith(("„", '"', "“", "«"))
    return (
        ends
        and len(words) >= 4
        and 2 * small > len(words)
        and not (_CONTACT.search(text) or _APPEAL.search(text) or quoted)
    )


def may_sign(line: str) -> bool:
    """Tell whether a line can be one of a signature."""
    if _LISTED.match(line) or line.rstrip().endswith(("?", ":", ";")):
        return False
    if _CONTACT.search(line):
        return True
    return not _COUNT.search(line) and (
        len(line) <= LONGEST_LINE and not is_speech(line) and not (line.endswith(".") and len(line.split()) > 4)
    )
