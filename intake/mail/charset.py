"""Bytes to text: what a charset label says is tried, and not believed against the evidence (RFC 2045 §5, RFC 2978)."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, replace
from email.message import Message as MimePart

import chardet

_POLISH = frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ")
_PLAUSIBLE = _POLISH | frozenset("–—„”“’‘…§°×€«»éüöäßÉÜÖÄçñ\u00a0\u00ad•")
_LATIN = frozenset({"iso8859-1", "cp1252", "ascii", "iso8859-15"})
_GUESSED = ("cp1250", "iso8859-2")
_NO_CHARSETS = frozenset({"unicode-escape", "raw-unicode-escape", "idna", "punycode", "undefined"})  # Python's own
_SINGLE_BYTE = ("iso8859", "cp125", "koi8", "mac-", "cp852")  # these decode nearly any bytes
_TWICE = ("Ä", "Å", "Ã", "Ĺ", "Ă")  # what the first bytes of Polish letters look like in a code page
_SAMPLE = 20_000  # bytes that are looked at: more would tell the same


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, and what was wrong with its label."""

    text: str
    defect: str | None = None


def decode(data: bytes, label: str | None) -> Decoded:
    """Decode *data*, labelled *label* by its sender; never raises, and loses no byte while another reading fits."""
    codec = _codec(label)
    if codec is None:
        return _guessed(data, None if label is None else f"charset: unknown {label[:40]!r}")
    if codec in _LATIN:
        return _latin(data, codec)
    if codec.startswith(_SINGLE_BYTE) and not data.isascii() and _is_utf8(data):
        return Decoded(data.decode("utf-8"), f"charset: utf-8 labelled {codec}")
    try:
        text = data.decode(codec)
    except (UnicodeDecodeError, ValueError):
        return _guessed(data, f"charset: not {codec}")
    if codec in _GUESSED and not data.isascii():
        other = _better(data, codec)
        if other != codec:
            return Decoded(data.decode(other, "replace"), f"charset: {other} labelled {codec}")
    return _once(text) if codec == "utf-8" else Decoded(text)


def _once(text: str) -> Decoded:
    """Undo what a program did that took UTF-8 for a code page and encoded it again ("udziaÅ‚").

    All of the text must allow it: what was encoded once hardly ever does.
    """
    if not any(mark in text for mark in _TWICE):
        return Decoded(text)
    for codec in ("cp1252", "cp1250"):
        try:
            encoded = b"".join(bytes([ord(each)]) if "\x80" <= each <= "\x9f" else each.encode(codec) for each in text)
            return Decoded(encoded.decode("utf-8"), f"charset: utf-8 encoded twice, as {codec}")
        except UnicodeError:
            continue
    return Decoded(text)


def _is_utf8(data: bytes) -> bool:
    """Tell whether *data* is UTF-8, which no text in a code page is by chance."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _codec(label: str | None) -> str | None:
    try:
        name = codecs.lookup((label or "").strip().strip("\"'").lower()).name
    except (LookupError, ValueError, TypeError):
        return None
    text_codec = getattr(codecs.lookup(name), "_is_text_encoding", True)
    return name if text_codec and name not in _NO_CHARSETS else None  # "hex" or "zlib" are no charsets either


def _latin(data: bytes, codec: str) -> Decoded:
    """Western labels stand on Polish text so often that Polish letters are looked for first."""
    if data.isascii():
        return Decoded(data.decode("ascii"))
    try:
        return Decoded(data.decode("utf-8"), f"charset: utf-8 labelled {codec}")
    except UnicodeDecodeError:
        pass
    western = "cp1252" if codec in {"ascii", "iso8859-1"} else codec
    best = max((western, *_GUESSED), key=lambda name: (_score(data, name), name == western))
    defect = f"charset: {best} labelled {codec}" if best != western else None
    return Decoded(data.decode(best, "replace"), defect)


def _guessed(data: bytes, defect: str | None) -> Decoded:
    """Read *data* without a label: UTF-8 where it is, else Polish code pages, else what chardet says."""
    text = data.decode("utf-8", "replace")
    if "\ufffd" not in text:
        return replace(_once(text), defect=defect)
    if sum(character in _POLISH for character in text[:_SAMPLE]) > 4 * text[:_SAMPLE].count("\ufffd"):
        return Decoded(text, "charset: broken utf-8")  # cut in the middle of a letter, or with a foreign line below
    best = _better(data, _GUESSED[0])
    if _score(data, best) <= 0:
        found = chardet.detect(data[:_SAMPLE])
        best = _codec(found.get("encoding")) or best
    return Decoded(data.decode(best, "replace"), defect or f"charset: guessed {best}")


def _better(data: bytes, first: str) -> str:
    return max(_GUESSED, key=lambda name: (_score(data, name), name == first))


def _score(data: bytes, codec: str) -> int:
    """Count what is plausible beyond ASCII in Polish text, and hold against it what is not."""
    text = data[:_SAMPLE].decode(codec, "replace")
    strange = [character for character in text if not character.isascii()]
    polish = sum(character in _POLISH for character in strange)
    odd = sum(character not in _PLAUSIBLE for character in strange)
    return 2 * polish - 3 * odd


def stored(part: MimePart) -> object:
    """Return the payload of a leaf as it was sent, "" where its charset cannot even replace what it cannot read."""
    try:
        return part.get_payload()
    except (LookupError, ValueError):  # charset=idna
        return ""


def clean(text: str) -> str:
    """Drop NUL and lone surrogates, which no database keeps, and make line ends LF."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return text.encode("utf-8", "replace").decode("utf-8") if _has_surrogates(text) else text


def _has_surrogates(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False
