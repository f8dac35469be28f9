"""The house: what may import what, and that the documents name what the program has."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from intake.__main__ import COMMANDS
from intake.config import Config
from intake.judgement.consultation import Consultation

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "intake"

# From the ground up: a module imports only from rows before its own, or from its own row.
ROWS = (
    ("errors", "events", "terminal", "failpoints", "__init__"),
    ("tables",),
    ("config",),
    ("judgement.values", "judgement.sentences", "judgement.phrases", "judgement.ours", "judgement.weighing"),
    ("judgement.numerals",),
    (
        "judgement.machines",
        "judgement.clues",
        "judgement.orders",
        "judgement.lexicon",
        "judgement.learned",
        "judgement.subjects",
    ),
    ("judgement.replies",),
    ("judgement.consultation", "judgement.rules"),
    ("mail",),
    ("judgement",),
    ("pages",),
    ("letters.facts", "letters.digest_facts", "report.facts"),  # what the records hand to letters and report
    ("records",),
    ("letters",),
    ("report",),
    ("delivery",),
    ("worker",),
    ("__main__", "commands", "demo"),
)
# Each library has one door; what stands here may open it.
DOORS = {
    "imapclient": {"mail/connection.py", "mail/mailbox.py", "mail/folders.py", "demo/servers.py"},
    "aiosmtplib": {"delivery/smtp.py"},
    "apscheduler": {"worker/loop.py"},
    "mailparser": {"mail/reader.py"},
    "jinja2": {"letters/templates.py", "pages/frame.py"},
    "fpdf": {"letters/signin.py", "report/pdf.py"},
    "xlsxwriter": {"letters/workbook.py", "commands/export.py"},
}


def modules() -> list[Path]:
    """Return every module of the program."""
    return sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)


def row(module: str) -> int:
    """Return the row of *module*, a dotted name below ``intake``."""
    best = max(
        (
            (len(name), number)
            for number, names in enumerate(ROWS)
            for name in names
            if module == name or module.startswith(f"{name}.")
        ),
        default=None,
    )
    assert best is not None, f"{module} has no row"
    return best[1]


def imports(path: Path) -> set[str]:
    """Return the dotted names that a module imports, wherever in it."""
    found = set[str]()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def dotted(path: Path) -> str:
    """Return the name of a module below ``intake``."""
    name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    return name.removesuffix(".__init__") or "__init__"


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_no_module_imports_one_above_it(path: Path) -> None:
    """Data flows one way, and so do imports."""
    own = row(dotted(path))
    known = {dotted(module) for module in modules()}
    below = {name.removeprefix("intake.") for name in imports(path) if name.startswith("intake.")}

    assert [] == sorted(name for name in below if name in known and row(name) > own)


@pytest.mark.parametrize("library", sorted(DOORS))
def test_each_library_has_one_door(library: str) -> None:
    """What a library does is known in one place, so that it can be replaced there."""
    users = {
        str(path.relative_to(PACKAGE))
        for path in modules()
        if any(name == library or name.startswith(f"{library}.") for name in imports(path))
    }

    assert users <= DOORS[library]
    assert users


def keys(model: type[BaseModel], path: str = "") -> list[str]:
    """Return the dotted keys of a table and of the tables in it."""
    found = []
    for name, field in model.model_fields.items():
        inner = [part for part in _types(field.annotation) if isinstance(part, type) and issubclass(part, BaseModel)]
        found.append(f"{path}{name}")
        for part in inner:
            found += keys(part, f"{path}{name}.")
    return found


def _types(annotation: object) -> list[object]:
    arguments = getattr(annotation, "__args__", ())
    return [annotation, *(part for argument in arguments for part in _types(argument))]


def documents() -> str:
    """Return all that the documents say."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_is_in_the_documents(command: str) -> None:
    """Nobody has to guess what there is."""
    assert f"intake {command}" in documents()


@pytest.mark.parametrize("key", keys(Config))
def test_every_configuration_key_is_in_the_documents(key: str) -> None:
    """A key that no document names is a secret of its author."""
    assert re.search(rf"`[^`]*\b{re.escape(key.rpartition('.')[2])}\b[^`]*`", documents())


@pytest.mark.parametrize("key", keys(Consultation))
def test_every_rules_key_is_in_the_documents(key: str) -> None:
    """The same for the office's rules."""
    assert re.search(rf"`[^`]*\b{re.escape(key.rpartition('.')[2])}\b[^`]*`", documents())


def test_no_todo_is_left_in_the_code() -> None:
    """A thing to do is an issue, not a comment."""
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")

    assert [] == [dotted(path) for path in modules() if marks.search(path.read_text(encoding="utf-8"))]


def test_every_test_that_a_document_names_is_there() -> None:
    """A proof that is pointed to must exist."""
    named = set(re.findall(r"`(test_\w+\.py)::(test_\w+)`", documents()))
    there = {
        (path.name, node.name)
        for path in (ROOT / "tests").glob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }

    assert len(named) > 50
    assert set() == named - there
