"""A letter between its template and its two parts."""

from __future__ import annotations

from intake.letters.polish import NBSP
from intake.letters.sheet import Facts, Heading, Items, Paragraph, Run, as_text, parse, plain, wrapped

SOURCE = """Subject: Temat
Preheader:   Zapowiedź:  ciąg dalszy
Heading: Nagłówek

Szanowni Państwo,

pierwszy wiersz
drugi wiersz.
trzeci wiersz.

nowe zdanie

## Część
- Etykieta: wartość: dalej
- Druga: wartość,
  która ma dwa wiersze
- bez etykiety

| linia
| linia
Adres:
<https://example.org>
pisać na <a@example.org> do jutra
"""


def test_a_letter_is_read_as_it_was_written() -> None:
    """Fields, then blocks, each of the lines that stand together."""
    sheet = parse(SOURCE)

    assert sheet.fields == {"Subject": "Temat", "Preheader": "Zapowiedź: ciąg dalszy", "Heading": "Nagłówek"}
    assert [type(block) for block in sheet.blocks] == [
        Paragraph,
        Paragraph,
        Paragraph,
        Heading,
        Facts,
        Items,
        Paragraph,
    ]


def test_running_lines_are_joined_and_a_new_sentence_begins_with_a_capital() -> None:
    """After „Szanowni Państwo,” the sentence goes on; after a full stop it does not."""
    paragraphs = [block for block in parse(SOURCE).blocks if isinstance(block, Paragraph)]

    assert plain(paragraphs[1].lines[0]) == "pierwszy wiersz drugi wiersz. trzeci wiersz."
    assert plain(paragraphs[2].lines[0]) == "Nowe zdanie"


def test_facts_have_a_label() -> None:
    """Up to the first colon; a row may go on in a further line."""
    facts = next(block for block in parse(SOURCE).blocks if isinstance(block, Facts))

    assert [(label, plain(fact)) for label, fact in facts.rows] == [
        ("Etykieta", "wartość: dalej"),
        ("Druga", "wartość, która ma dwa wiersze"),
    ]


def test_a_colon_in_what_is_quoted_ends_no_label() -> None:
    """What staff wrote holds colons, and stands whole beside what became of it."""
    quoted = parse("- 1) „tel.: Fundacja „X”, 2 osoby”: wpisane\n- 2) „5: 4 osoby”: nie ma\n- tak: „a: b\n- „a: b")

    assert quoted.blocks == (
        Facts(
            (
                (f"1) „tel.: Fundacja „X”, 2{NBSP}osoby”", (Run("wpisane"),)),
                (f"2) „5: 4{NBSP}osoby”", (Run("nie ma"),)),
                ("tak", (Run("„a: b"),)),
            )
        ),
        Items(((Run("„a: b"),),)),
    )


def test_a_link_stands_alone_on_its_line() -> None:
    """An address in running words does not."""
    last = parse(SOURCE).blocks[-1]

    assert isinstance(last, Paragraph)
    assert last.lines[2:] == (
        (Run("Adres:"),),
        (Run("https://example.org", "https://example.org"),),
        (Run("pisać na "), Run("a@example.org", "mailto:a@example.org"), Run(" do jutra")),
    )


def test_only_addresses_and_web_links_become_links() -> None:
    """Anything else between angle brackets is words."""
    (paragraph,) = parse("\n<javascript:x> <b> <https://a b> <a@b> a@b https://c").blocks

    assert isinstance(paragraph, Paragraph)
    assert [run.href for run in paragraph.lines[0] if run.href] == ["mailto:a@b"]


def test_the_text_part_is_set_in_72_columns() -> None:
    """A heading stands with its section; further lines of a fact are indented."""
    text = as_text(parse("Heading: H\n\n## Część\n- Etykieta: " + "słowo " * 30))

    assert text.startswith("H\n\nCzęść\n- Etykieta: słowo")
    assert all(len(line) <= 72 for line in text.splitlines())
    assert all(line.startswith("  słowo") for line in text.splitlines()[4:])


def test_no_break_pairs_and_links_are_never_broken() -> None:
    """A link is whole even where it is longer than a line; a longer word is not."""
    link = "https://example.org/" + "a" * 100
    pair = f"{'x' * 40}{NBSP}{'y' * 30}"

    assert list(wrapped(f"zob. {link} dalej")) == ["zob.", link, "dalej"]
    assert list(wrapped(f"a b {pair}")) == ["a b", pair]
    assert [len(line) for line in wrapped("z" * 150)] == [72, 72, 6]


def test_a_field_is_one_line_without_control_characters() -> None:
    """Whatever a template yields cannot begin another header field."""
    sheet = parse("Subject: a\r\x0b\x00b\x85c\u2028d\nBcc: x@y\n\nText")

    assert sheet.fields["Subject"] == "a b c d"
