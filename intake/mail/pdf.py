"""PDF files with a text layer, and what was filled in in their forms (ISO 32000) [pypdf]."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError

from intake.mail.reading import Unreadable

MOST_PAGES = 60
_MOST_FIELDS = 500
_LARGE_IMAGE = 600  # pixels of each side: a page that was scanned, rather than a logo
_OFF = frozenset({"", "Off", "/Off", "None"})


def lines(content: bytes) -> Iterator[str]:
    """Yield the lines of a PDF file and of its form; raise ``Unreadable`` at the end for pages without text."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it quotes what it trips over
    try:
        reader = PdfReader(io.BytesIO(content))
        yield from _read(reader)
    except (DependencyError, FileNotDecryptedError) as error:  # pypdf leaves AES to another library
        raise Unreadable("encrypted") from error
    except (Unreadable, MemoryError):
        raise
    except LimitReachedError as error:
        raise Unreadable("expands to too much") from error
    except Exception as error:  # a damaged file raises whatever its damage leads to
        raise Unreadable("damaged") from error


def _read(reader: PdfReader) -> Iterator[str]:
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("encrypted")
    scanned, spoken = 0, False
    for number, page in enumerate(reader.pages):
        if number >= MOST_PAGES:
            raise Unreadable(f"only its first {MOST_PAGES} pages were read")
        text = page.extract_text()
        if text.strip():
            spoken = True
            yield from (" ".join(line.split()) for line in text.splitlines())
        else:
            scanned += _is_scan(page)
    for line in _form(reader):
        spoken = True
        yield line
    if scanned or not spoken:
        raise Unreadable("some pages have no text layer" if spoken else "no text layer")


def _is_scan(page: PageObject) -> bool:
    """Tell whether a page without text shows a picture as large as a page."""
    resources = page.get("/Resources")
    objects = resources.get_object().get("/XObject") if resources is not None else None
    for each in list(objects.get_object().values())[:20] if objects is not None else []:
        image = each.get_object()
        sides = (image.get("/Width", 0), image.get("/Height", 0))
        if image.get("/Subtype") == "/Image" and min(int(side) for side in sides) >= _LARGE_IMAGE:
            return True
    return False


def _form(reader: PdfReader) -> Iterator[str]:
    """Yield "field: value" for what was filled in (§12.7): a page's text does not hold it."""
    fields: dict[str, Any] = reader.get_fields() or {}
    for name, field in list(fields.items())[:_MOST_FIELDS]:
        value = field.get("/V")
        if value is not None and str(value) not in _OFF and field.get("/FT") != "/Sig":
            label = str(field.get("/TU") or name)
            yield label if field.get("/FT") == "/Btn" else f"{label}: {value}"
