"""What letters and digests look like: in headless Chromium, on a phone and on a desk, by day and by night.

With PICTURES=DIR in the environment the pictures are kept there, to be looked at.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.browser import AXE, Browser, chromium
from tests.conftest import lacking
from tests.render import pages, views

pytestmark = pytest.mark.chromium
PAGES = pages()
DARK, LIGHT = "rgb(28, 28, 28)", "rgba(0, 0, 0, 0)"  # of the page's own; without one the mail program's white shows
NARROWEST = 320  # WCAG 2.1, 1.4.10: at this width nothing is scrolled to the side
# WCAG 2.1, 1.4.12: as far apart as readers may set lines, paragraphs, letters and words.
SPACED = "* {line-height: 1.5em !important; letter-spacing: .12em !important; word-spacing: .16em !important}"
SPACED_PARAGRAPHS = "p {margin-bottom: 2em !important}"


@pytest.fixture(scope="module", name="browser")
def _browser() -> Iterator[Browser]:
    program = chromium()
    if program is None:
        lacking("Chromium")
    if not AXE.exists():
        lacking("axe-core")
    assert program is not None
    with Browser(program) as browser:
        yield browser


@pytest.fixture(scope="module", name="album")
def _album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the directory where pictures are kept."""
    kept = os.environ.get("PICTURES")
    album = Path(kept) if kept else tmp_path_factory.mktemp("pictures")
    album.mkdir(parents=True, exist_ok=True)
    return album


def styled(html: str, style: str) -> str:
    """Return the page with a further *style*."""
    assert "</head>" in html
    return html.replace("</head>", f"<style>{style}</style></head>")


def in_webmail(html: str) -> str:
    """Return the page as webmails show it: no style sheet, no html, head and body, and in a page of their own."""
    tree = LexborHTMLParser(html)
    for style in tree.css("style"):
        style.decompose()
    assert tree.body is not None
    inner = "".join(child.html or "" for child in tree.body.iter(include_text=True))
    return f"<!DOCTYPE html><html lang='en'><title>Mail</title><body style='margin:0'><div>{inner}</div></body></html>"


def size(picture: Path) -> tuple[int, int]:
    """Return the width and height of a PNG (ISO/IEC 15948, 11.2.2)."""
    width, height = struct.unpack(">II", picture.read_bytes()[16:24])
    return width, height


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_for_everybody(browser: Browser, album: Path, name: str) -> None:
    """On phones and desks, light and dark: axe-core finds nothing, nothing is cut, nothing is fetched."""
    for view, width, dark in views():
        browser.show(PAGES[name], width, dark=dark)
        picture = album / f"{name}-{view}.png"
        browser.picture(picture)

        assert browser.violations() == []
        assert browser.overflow(width) == 0
        assert browser.fetched == []
        assert browser.evaluate("getComputedStyle(document.body).backgroundColor") == (DARK if dark else LIGHT)
        assert size(picture)[0] == width
        assert size(picture)[1] >= 400


@pytest.mark.parametrize("name", PAGES)
def test_a_page_holds_where_webmails_take_its_styles(browser: Browser, album: Path, name: str) -> None:
    """Set inline, all that matters stays, in the reader's language."""
    html = in_webmail(PAGES[name])
    for width in (360, 1000):
        browser.show(html, width)
        browser.picture(album / f"{name}-{width}-webmail.png")

        assert browser.violations() == []
        assert browser.overflow(width) == 0
        assert browser.evaluate("document.querySelector('h1').closest('[lang]').lang") == "pl"
        assert browser.evaluate("document.querySelector('.preheader').offsetHeight") == 0


@pytest.mark.parametrize("name", PAGES)
def test_a_page_reflows(browser: Browser, name: str) -> None:
    """In the narrowest window, and where readers set lines and letters as far apart as they may."""
    browser.show(PAGES[name], NARROWEST)
    narrow = browser.overflow(NARROWEST)
    browser.show(styled(PAGES[name], SPACED + SPACED_PARAGRAPHS), 360)
    spaced = browser.overflow(360)

    assert (narrow, spaced) == (0, 0)


def test_a_fault_would_be_seen(browser: Browser) -> None:
    """A pale word, a wide word and a picture from elsewhere are told: what finds nothing does look."""
    faulty = PAGES["attendance"].replace(
        "<h1", f'<p style="color:#ccc">{"w" * 99}</p><img src="https://tracking.example/a.png"><h1', 1
    )
    browser.show(faulty.replace("word-break:break-word", ""), 360)
    told = " ".join(browser.violations())

    assert "color-contrast" in told
    assert "image-alt" in told
    assert browser.overflow(360) > 0
    assert browser.fetched == ["https://tracking.example/a.png"]


def test_a_reader_without_colours_misses_nothing(browser: Browser) -> None:
    """WCAG 2.1, 1.4.1: every link is underlined, in every letter."""
    plain = "[...document.links].filter(link => getComputedStyle(link).textDecorationLine !== 'underline').length"
    for html in PAGES.values():
        browser.show(html, 1000)

        assert browser.evaluate(plain) == 0
