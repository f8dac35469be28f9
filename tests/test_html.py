"""HTML is read as a person sees it."""

from __future__ import annotations

import pytest

from intake.mail.html import to_text

READ = [
    ("<p>jeden</p><p>dwa</p>", "jeden\n\ndwa"),
    ("<div>jeden</div><div>dwa</div>", "jeden\ndwa"),
    ("jeden<br>dwa<br><br>trzy", "jeden\ndwa\n\ntrzy"),
    ("jeden\n  dwa&nbsp;&amp;\ttrzy", "jeden dwa\u00a0& trzy"),
    ("<ul><li>jeden</li><li>dwa</li></ul>", "- jeden\n- dwa"),
    ("<table><tr><td>jeden</td><td>dwa</td></tr><tr><td>trzy</td></tr></table>", "jeden | dwa\ntrzy"),
    ("<blockquote>jeden<p>dwa</p></blockquote>", "> jeden\n>\n> dwa"),
    ('jeden<span style="DISPLAY: none">dwa</span><b hidden>trzy</b>', "jeden"),
    ("<title>a</title><style>b</style><script>c</script>jeden<!-- dwa -->", "jeden"),
    ('<span style="font-size:0">dwa</span><span style="font-size:0.9em">jeden</span>', "jeden"),
    ("<o:p></o:p>jeden<x-y>dwa</x-y>", "jedendwa"),
    ("", ""),
]


@pytest.mark.parametrize(("markup", "text"), READ)
def test_text_of_markup(markup: str, text: str) -> None:
    """Blocks are lines, quotes are marked, what is hidden is left out."""
    assert text == to_text(markup)


def test_text_behind_too_many_tags_is_kept_and_stays_quoted() -> None:
    """Behind the tags that are parsed the text is read without structure, but still as a quote."""
    markup = "<p>moje</p><blockquote>" + "<i>x</i>" * 5000 + "<p>potwierdzam</p></blockquote>"
    lines = to_text(markup).splitlines()

    assert ("moje", "> potwierdzam") == (lines[0], lines[-1])
