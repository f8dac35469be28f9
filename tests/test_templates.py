"""The office's templates: read once, at start, and every mistake in them named there."""

from __future__ import annotations

import shutil
from dataclasses import fields
from pathlib import Path

import pytest

from intake.errors import TemplateError
from intake.letters import templates, vocabulary
from intake.letters.facts import LetterKind
from intake.letters.letter import compose
from intake.letters.polish import FILTERS
from intake.letters.rehearsal import rehearse
from intake.letters.templates import LETTERS, load
from intake.letters.view import view
from tests.letters import OFFICE, ROOT, approved, consultation, facts, office_rules, office_templates, parsed

SHIPPED = ROOT / "templates"
FILES = sorted(path.relative_to(SHIPPED).as_posix() for path in SHIPPED.rglob("*.j2"))


@pytest.fixture(name="office")
def _office(tmp_path: Path) -> Path:
    """Give a copy of the shipped templates to change."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "templates"))


def rewrite(path: Path, old: str, new: str) -> None:
    """Change *path*, which holds *old*."""
    source = path.read_text(encoding="utf-8")
    assert old in source
    path.write_text(source.replace(old, new, 1), encoding="utf-8")


def refusal(office: Path) -> str:
    """Return what loading and rehearsing the templates in *office* is refused with."""
    rules = office_rules()
    with pytest.raises(TemplateError) as caught:
        rehearse(OFFICE, rules.consultation, rules.cutoffs, load(office))
    return str(caught.value)


def test_the_shipped_templates_say_every_letter() -> None:
    """With the notice as shipped, with everything filled in, and with next to nothing."""
    rules = office_rules()
    bare = consultation(url="", phone="", document="", stage=())

    for whole in (rules.consultation, approved(), bare):
        rehearse(OFFICE, whole, rules.cutoffs, office_templates())


def test_there_is_a_template_for_every_kind_of_letter() -> None:
    """The two lists are one."""
    assert set(LETTERS) == set(LetterKind)


@pytest.mark.parametrize("name", FILES)
def test_every_file_says_what_it_is(name: str) -> None:
    """In its first line, to the person who changes words."""
    assert (SHIPPED / name).read_text(encoding="utf-8").startswith("{#")


def test_every_file_and_every_value_is_explained_to_the_office() -> None:
    """What no document names, nobody can use."""
    readme = (SHIPPED / "README.md").read_text(encoding="utf-8")
    values = [f"`{name}.{field.name}`" for name, value in vocabulary.LETTER.items() for field in fields(value)]
    names = [f"`{Path(name).name}`" for name in FILES if "blocks/" not in name]

    assert [] == [value for value in [*values, *names] if value not in readme]
    assert [] == [name for name in FILTERS if name not in readme]


@pytest.mark.parametrize(
    ("mistake", "told"),
    [
        ("{% if letter.people %}", ": Unexpected end of template"),
        ("{{ letter.people | osoby }}", ":1: No filter named 'osoby'"),
        ("{{ organizacja }}", ":1: 'organizacja' is unknown; allowed: consultation, letter, meeting"),
        ("{{ letter.organizacja }}", ":1: letter.organizacja is unknown; allowed: case, received"),
        ("{% if false %}{{ letter.organizacja }}{% endif %}", ":1: letter.organizacja is unknown"),
        ("{{ letter.__class__ }}", ":1: letter.__class__ is unknown"),
        ("{% include 'pl/blocks/podpis.j2' %}", ":1: 'pl/blocks/podpis.j2' is missing; it must be given"),
        ("{% for piece in letter.pieces %}{{ piece.data }}{% endfor %}", ":1: "),
        ("{{ ''.__class__.__mro__ }}", ":1: "),
        ("{{ letter.received + 1 }}", ":1: "),
        ("{{ 1 / 0 }}", ":1: division by zero"),
    ],
)
def test_a_mistake_is_told_with_its_file_and_line(office: Path, mistake: str, told: str) -> None:
    """Before the first letter, and with what is allowed."""
    path = office / "pl" / "supplement.j2"
    path.write_text(mistake + path.read_text(encoding="utf-8"), encoding="utf-8")

    assert told in refusal(office).partition(str(path))[2]


def test_a_mistake_far_down_in_a_block_is_found_there(office: Path) -> None:
    """Not in the letter that includes it."""
    path = office / "pl" / "blocks" / "record.j2"
    rewrite(path, "- Numer sprawy: {{ letter.case }}", "- Numer sprawy: {{ letter.sprawa }}")

    assert f"{path}:3: letter.sprawa is unknown" in refusal(office)


def test_a_missing_value_is_never_an_empty_place(office: Path) -> None:
    """Jinja would write None; here the sentence needs an „if”."""
    path = office / "pl" / "blocks" / "record.j2"
    rewrite(path, '{{ letter.organisation or "nie podano" }}', "{{ letter.organisation }}")

    assert f"{path}:4: a value that is not there would be printed" in refusal(office)


def test_a_mistake_in_a_rare_branch_is_found_at_start(office: Path) -> None:
    """Here in the words for a second and later proposal that came late."""
    path = office / "pl" / "supplement.j2"
    rewrite(path, "{% if letter.pieces[0].late %}", "{% if letter.pieces[0].spóźniona %}")

    assert f"{path}:" in refusal(office)


def test_every_mistake_is_told_at_once(office: Path) -> None:
    """Nobody wants to start ten times."""
    for name in ("attendance.j2", "proposal.j2"):
        path = office / "pl" / name
        path.write_text("{{ a }}\n{{ b }}\n" + path.read_text(encoding="utf-8"), encoding="utf-8")

    assert len(refusal(office).splitlines()) == 4


@pytest.mark.parametrize("name", ["mixed.j2", "sender.j2", "calendar.j2", "layout.html.j2"])
def test_a_missing_file_is_told(office: Path, name: str) -> None:
    """By its whole path."""
    (office / "pl" / name).unlink()

    assert f"{office / 'pl' / name}: missing; it must be given" in refusal(office)


def test_a_folder_without_templates_is_told(tmp_path: Path) -> None:
    """Each file that must be there."""
    assert f"{tmp_path / 'pl' / 'attendance.j2'}: missing" in refusal(tmp_path)


def test_only_utf8_is_read(office: Path) -> None:
    """An editor's code page would turn up as odd letters in citizens' mail."""
    path = office / "pl" / "question.j2"
    path.write_bytes("Państwo".encode("cp1250"))

    assert f"{path}: only UTF-8 is allowed (byte 2)" in refusal(office)


@pytest.mark.parametrize("field", ["Subject", "Preheader", "Heading"])
def test_a_letter_begins_with_its_fields(office: Path, field: str) -> None:
    """Without a subject no letter leaves."""
    path = office / "pl" / "question.j2"
    rewrite(path, f"{field}:", f"Wynik {field}:")

    assert f"{path}: {field}: missing; it begins with the lines Subject, Preheader, Heading" in refusal(office)


@pytest.mark.parametrize("sign", list('@:,"<>'))
def test_the_senders_name_is_plain(office: Path, sign: str) -> None:
    """Some servers read signs in it as an address."""
    rewrite(office / "pl" / "sender.j2", "– konsultacje", f"{sign} konsultacje")

    assert "sender.j2: From: none of @" in refusal(office)


def test_a_template_cannot_break_the_header(office: Path) -> None:
    """Line breaks and control characters in a subject are spaces; nothing becomes a field of its own."""
    rewrite(
        office / "pl" / "question.j2",
        "Subject: Otrzymaliśmy",
        'Subject: {{ "A\\r\\nBcc: v@x.example\\r\\n\\x0b\\0" }}O',
    )
    rules = office_rules()
    given = facts(LetterKind.QUESTION)
    with pytest.raises(TemplateError, match="Preheader: missing"):
        compose(given, OFFICE, rules.consultation, rules.cutoffs, load(office), given.received)
    rewrite(office / "pl" / "question.j2", "\\r\\nBcc: v@x.example\\r\\n", "\\r\\x0b\\x85\\u2028Bcc: v@x.example\\r")
    letter = compose(given, OFFICE, rules.consultation, rules.cutoffs, load(office), given.received)

    assert letter.subject.startswith("A Bcc: v@x.example O")
    assert parsed(letter.raw)["Bcc"] is None


def test_the_page_escapes_and_the_text_does_not(office: Path) -> None:
    """By the ending of the file's name."""
    (office / "pl" / "digest.try.j2").write_text("{{ words }}", encoding="utf-8")
    (office / "pl" / "digest.try.html.j2").write_text("{{ words }}", encoding="utf-8")
    loaded = load(office)

    assert loaded.text("digest.try", {"words": "<b>"}) == "<b>"
    assert "&lt;b&gt;" in loaded.text("digest.try.html", {"words": "<b>"})


def test_what_changes_in_the_files_counts_after_a_restart(office: Path) -> None:
    """A half-written file is never sent."""
    loaded = load(office)
    (office / "pl" / "sender.j2").write_text("{{ broken", encoding="utf-8")

    assert loaded.sheet("sender", {}, ("From",)).fields["From"] == "Urząd Miasta Torunia – konsultacje"


def test_styles_are_never_fetched(office: Path) -> None:
    """A link to a style sheet costs no connection: the page is set from what stands in it."""
    rewrite(
        office / "pl" / "layout.html.j2", "<style>", '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">\n<style>'
    )
    sheet = load(office).sheet("question", _values())

    assert "<h1 style=" in templates.load(office).layout(sheet)


def _values() -> dict[str, object]:
    rules = office_rules()
    given = facts(LetterKind.QUESTION)
    return view(given, OFFICE.name, rules.consultation, rules.cutoffs, given.received)
