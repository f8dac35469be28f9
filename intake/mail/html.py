"""HTML to text, as a reader sees it: blocks on lines of their own, quotes marked with ``>``, what is hidden left out.

Only the tree is walked; nothing is fetched, run or shown. Size and number of tags are capped, for parsing is quadratic
in depth and an unknown tag nests as deep as any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

_LARGEST = 1 << 20  # characters
_MOST_TAGS = 8000  # that are parsed; what stands behind them is read without structure
_DEEPEST_QUOTE = 5  # marks before a line
_SKIPPED = frozenset(
    {"script", "style", "head", "title", "template", "noscript", "object", "svg", "select", "textarea"}
)
_BLOCKS = frozenset(
    {"address", "article", "blockquote", "center", "dd", "div", "dl", "dt", "fieldset", "footer", "form", "header"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "main", "ol", "p", "pre", "section", "table", "tr", "ul"}
)
_APART = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "blockquote", "pre"})
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(px|pt)?\s*(;|$)", re.IGNORECASE
)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_INVISIBLE = re.compile(r"<(?:style|script)\b[^<]{0,20000}")


def to_text(markup: str) -> str:
    """Return the text of *markup*; quoted blocks come with ``> `` at their lines."""
    head, rest = _divided(markup[:_LARGEST])
    root = LexborHTMLParser(head).body
    text = _Writer().write(root) if root is not None else ""
    return f"{text}\n{_bare(head, rest)}" if rest else text


def _divided(markup: str) -> tuple[str, str]:
    """Divide *markup* behind the tags that are parsed; how they nest cannot be told without parsing them."""
    tags = islice(re.finditer(r"<[/a-zA-Z]", markup), _MOST_TAGS, None)
    beyond = next(tags, None)
    return (markup, "") if beyond is None else (markup[: beyond.start()], markup[beyond.start() :])


def _bare(head: str, rest: str) -> str:
    """Return the text of *rest* without its tags, marked as quoted where *head* left a quote open."""
    opened = head.lower().count("<blockquote") - head.lower().count("</blockquote")
    text = unescape(_TAG.sub("\n", _INVISIBLE.sub(" ", rest)))
    lines = (re.sub(r"\s+", " ", line).strip() for line in text.split("\n"))
    return "\n".join(("> " if opened > 0 else "") + line for line in lines if line)


class _Writer:
    """Gathers lines while the tree is walked."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._words: list[str] = []
        self._quotes = 0
        self._blank = True

    def write(self, root: LexborNode) -> str:
        """Return the text below *root*."""
        for kind, node in _walk(root):
            if kind == "text":
                self._words.append(re.sub(r"[ \t\r\n\f\v]+", " ", node.text_content or ""))
            elif kind == "open":
                self._open(node)
            else:
                self._close(node)
        self._break()
        while self._lines and self._lines[-1] in {"", ">"}:
            self._lines.pop()
        return "\n".join(self._lines).strip("\n")

    def _open(self, node: LexborNode) -> None:
        tag = node.tag
        if tag == "br":
            self._break(empty=True)
        elif tag in _BLOCKS:
            self._break()
            if tag in _APART:
                self._apart()
            if tag == "blockquote":
                self._quotes += 1
            if tag == "li":
                self._words.append("- ")
            if tag == "hr":
                self._words.append("________________________________")
                self._break()
        elif tag in {"td", "th"} and "".join(self._words).strip():
            self._words.append(" | ")

    def _close(self, node: LexborNode) -> None:
        if node.tag not in _BLOCKS:
            return
        self._break()
        if node.tag == "blockquote":
            self._quotes -= 1
        if node.tag in _APART:
            self._apart()

    def _break(self, *, empty: bool = False) -> None:
        """End the line; *empty* keeps one without words, as ``<br>`` does."""
        line = re.sub(r" {2,}", " ", "".join(self._words)).strip(" ")
        self._words = []
        if line.strip("\u00a0 "):
            self._lines.append("> " * min(self._quotes, _DEEPEST_QUOTE) + line)
            self._blank = False
        elif empty:
            self._apart()

    def _apart(self) -> None:
        if not self._blank:
            self._lines.append(">" * min(self._quotes, 1))
            self._blank = True


def _walk(root: LexborNode) -> Iterator[tuple[str, LexborNode]]:
    """Yield text, and where elements open and close, in the order of reading; without recursion."""
    stack: list[tuple[str, LexborNode]] = [("open", root)]
    while stack:
        kind, node = stack.pop()
        if kind == "close" or node.tag == "-text":
            yield ("text" if kind == "open" else "close"), node
            continue
        if node.tag in _SKIPPED or (node.tag or "").startswith(("-", "!")) or _is_hidden(node):
            continue
        yield "open", node
        stack.append(("close", node))
        stack.extend(("open", child) for child in reversed(list(node.iter(include_text=True))))


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or ""))
