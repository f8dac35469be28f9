"""``templates/``: what is said, text and HTML; read once, at start, and checked there.

A mistake is one line with file, line and what is allowed. A template sees plain frozen values in a sandbox; a value
that is missing, or ``None`` where words should stand, is an error and never an empty place in a sentence.
"""

from __future__ import annotations

import dataclasses
import re
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import css_inline
import jinja2
from jinja2 import StrictUndefined, meta, nodes
from jinja2.runtime import Context, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment

from intake.errors import TemplateError
from intake.letters import polish, vocabulary
from intake.letters.inert import inert
from intake.letters.sheet import Block, Sheet, parse

LANGUAGE = "pl"
LETTERS = (
    "attendance",
    "attendance_changed",
    "attendance_late",
    "attendance_after",
    "cancellation",
    "proposal",
    "proposal_late",
    "supplement",
    "mixed",
    "question",
    "corrected",
    "reminder",
    "invitation",
    "moved",
    "answer",
    "receipt",
)
LAYOUT = "layout.html"
FIELDS = ("Subject", "Preheader", "Heading")  # with which a letter begins
_REMEMBERED = 500  # blocks of letters as macros set them
_SURROUNDINGS = frozenset({"_loop_vars", "_block_vars"})  # jinja adds them to every call; no macro sees them
_SUFFIX = ".j2"
_EMPTY_LINES = re.compile(r"\n\s*\n")
_NEEDED = (
    *(*LETTERS, LAYOUT, "sender", "calendar", "digest.brake", "digest.silence", "digest.orders"),
    *("report.words", "report.html"),
)
_LAYOUT_NAMES = frozenset({"sheet", "language"})
_OTHERS = ("digest", "report")  # templates whose name begins so are no letters: they are checked where they are known

# What a template can run into; anything else is a defect of ours and not the office's.
_MISTAKES = (jinja2.TemplateError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)


class _Sandbox(ImmutableSandboxedEnvironment):
    """A sandbox that works out but once what is the same in every letter: most of a letter is."""

    def __init__(self, **options: Any) -> None:
        """Prepare the sandbox; what it remembers is bounded."""
        super().__init__(**options)
        self._safe: dict[tuple[type, str], bool] = {}
        self._made: dict[tuple[Macro, bool, Block], Any] = {}
        self._fields: set[tuple[type, str]] = set()

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return an attribute; one that is a field of a value of ours is as safe, and as plain, as it was before."""
        if (type(obj), attribute) in self._fields:
            return getattr(obj, attribute)
        value = super().getattr(obj, attribute)
        if dataclasses.is_dataclass(obj) and self.is_safe_attribute(obj, attribute, value):
            self._fields.update((type(obj), field.name) for field in dataclasses.fields(obj) if field.name == attribute)
        return value

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Tell whether a template may see *attr*: the sandbox asks for the type of *obj* and for the name alone."""
        key = type(obj), attr
        if key not in self._safe:
            self._safe[key] = super().is_safe_attribute(obj, attr, value)
        return self._safe[key]

    def call(self, context: Context, obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Call *obj*; what a macro makes of a block of a letter depends on nothing but the block."""
        alone = kwargs.keys() <= _SURROUNDINGS and len(args) == 1
        if not alone or type(obj) is not Macro or not isinstance(args[0], Block):
            return super().call(context, obj, *args, **kwargs)
        key = obj, context.eval_ctx.autoescape, args[0]  # one that sees more is another macro at each rendering
        made = self._made.get(key)
        if made is None:
            made = super().call(context, obj, args[0])
            if len(self._made) >= _REMEMBERED:
                self._made.clear()
            self._made[key] = made
        return made


@dataclass(frozen=True, slots=True)
class Templates:
    """The office's templates, compiled; ``name`` is a path below the language's folder, without ``.j2``."""

    directory: Path
    environment: jinja2.Environment
    inliner: css_inline.CSSInliner

    def text(self, name: str, values: Mapping[str, object]) -> str:
        """Return what the template *name* yields; raise ``TemplateError``."""
        path = f"{LANGUAGE}/{name}{_SUFFIX}"
        try:
            return self.environment.get_template(path).render(values)
        except jinja2.TemplateNotFound as error:
            raise TemplateError(f"{self.directory / str(error)}: missing; it must be given") from error
        except _MISTAKES as error:
            raise TemplateError(_told(self.directory, path, error)) from error

    def pieces(self, name: str, values: Mapping[str, object]) -> Iterator[str]:
        """Yield what the template *name* yields, a piece at a time; raise ``TemplateError``."""
        path = f"{LANGUAGE}/{name}{_SUFFIX}"
        try:
            yield from self.environment.get_template(path).generate(values)
        except _MISTAKES as error:
            raise TemplateError(_told(self.directory, path, error)) from error

    def said(self, name: str, macro: str, *values: object) -> str:
        """Return what a *macro* of the template *name* yields; raise ``TemplateError``."""
        path = f"{LANGUAGE}/{name}{_SUFFIX}"
        try:
            words: Callable[..., object] = getattr(self.environment.get_template(path).module, macro)
            return str(words(*values))
        except _MISTAKES as error:
            raise TemplateError(_told(self.directory, path, error)) from error

    def html(self, name: str, values: Mapping[str, object]) -> str:
        """Return the page that the template *name* yields, its styles set inline."""
        page = self.inliner.inline(self.text(name, values))
        return _EMPTY_LINES.sub("\n", page)

    def sheet(self, name: str, values: Mapping[str, object], fields: Collection[str] = FIELDS) -> Sheet:
        """Return the letter that the template *name* yields; raise ``TemplateError`` where *fields* are missing."""
        sheet = parse(self.text(name, values))
        for field in fields:
            if not sheet.fields.get(field):
                path = self.directory / LANGUAGE / f"{name}{_SUFFIX}"
                raise TemplateError(f"{path}: {field}: missing; it begins with the lines {', '.join(fields)}")
        return sheet

    def layout(self, sheet: Sheet) -> str:
        """Return *sheet* as the HTML page of a letter."""
        return self.html(LAYOUT, {"sheet": sheet, "language": LANGUAGE})


def load(directory: Path) -> Templates:
    """Read and compile every template below *directory*; raise ``TemplateError`` with every mistake."""
    sources = dict(_read(directory))
    problems = [
        f"{directory / LANGUAGE / name}{_SUFFIX}: missing; it must be given"
        for name in _NEEDED
        if f"{LANGUAGE}/{name}{_SUFFIX}" not in sources
    ]
    environment = _environment(directory, sources)
    for name in sources:
        problems.extend(_problems(environment, directory, name, frozenset(sources)))
    if problems:
        raise TemplateError(*problems)
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True, minify_css=True)
    return Templates(directory, environment, inliner)


def _read(directory: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(directory.rglob(f"*{_SUFFIX}")):
        try:
            yield path.relative_to(directory).as_posix(), path.read_text(encoding="utf-8")
        except OSError as error:
            raise TemplateError(f"{path}: cannot be read ({error.strerror})") from error
        except UnicodeDecodeError as error:
            raise TemplateError(f"{path}: only UTF-8 is allowed (byte {error.start})") from error


def _environment(directory: Path, sources: Mapping[str, str]) -> jinja2.Environment:
    """Return a sandbox over *sources* as they were read: what changes in the files later counts after a restart."""
    environment = _Sandbox(
        loader=_Parsed(directory, sources),
        undefined=StrictUndefined,
        autoescape=lambda name: bool(name) and ".html" in str(name),
        finalize=_given,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        cache_size=-1,
    )
    environment.filters.update(polish.FILTERS)
    environment.filters["inert"] = inert
    return environment


class _Parsed(jinja2.BaseLoader):
    """Gives sources as they were read; what was parsed to be checked is compiled without being parsed again."""

    def __init__(self, directory: Path, sources: Mapping[str, str]) -> None:
        self._directory, self._sources = directory, sources
        self._trees: dict[str, nodes.Template] = {}

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, None]:  # noqa: ARG002
        """Return source and path of *template*."""
        if template not in self._sources:
            raise jinja2.TemplateNotFound(template)
        return self._sources[template], str(self._directory / template), None

    def tree(self, environment: jinja2.Environment, name: str) -> nodes.Template:
        """Parse the template *name*, and keep that until it is compiled."""
        source, path, _ = self.get_source(environment, name)
        tree = self._trees[name] = environment.parse(source, name, path)
        return tree

    def load(
        self,
        environment: jinja2.Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002
    ) -> jinja2.Template:
        """Compile the template *name*."""
        tree = self._trees.pop(name, None)
        if tree is None:
            return super().load(environment, name, globals)
        code = environment.compile(tree, name, str(self._directory / name))
        return environment.template_class.from_code(environment, code, {} if globals is None else globals, None)


def _given(value: object) -> object:
    """Refuse to print None, which Jinja would write as a word."""
    if value is None:
        raise jinja2.UndefinedError("a value that is not there would be printed; ask with {% if %} first")
    return value


def _problems(environment: jinja2.Environment, directory: Path, name: str, known: frozenset[str]) -> Iterator[str]:
    try:
        tree = _tree(environment, name)
        environment.get_template(name)
    except jinja2.TemplateSyntaxError as error:
        yield f"{directory / (error.name or name)}:{error.lineno}: {_sentence(error.message)}"
        return
    for node in tree.find_all((nodes.Include, nodes.Extends, nodes.Import, nodes.FromImport)):
        target = node.template  # type: ignore[attr-defined]  # all four have it
        if isinstance(target, nodes.Const) and target.value not in known:
            yield f"{directory / name}:{node.lineno}: {target.value!r} is missing; it must be given"
    names = _names_for(name)
    if names is not None:
        yield from _strangers(tree, directory, name, names)


def _names_for(name: str) -> frozenset[str] | None:
    """Return what the template *name* may use; None where it is checked elsewhere."""
    stem = name.rpartition("/")[2]
    if stem.startswith(_OTHERS):
        return None
    if stem.startswith("sender"):
        return frozenset()
    return _LAYOUT_NAMES if ".html" in stem else frozenset(vocabulary.LETTER)


def _strangers(tree: nodes.Template, directory: Path, name: str, names: frozenset[str]) -> Iterator[str]:
    """Yield a line for each variable, and each part of a known one, that does not exist."""
    unknown = meta.find_undeclared_variables(tree) - names - _own_names(tree)
    for node in tree.find_all(nodes.Name):
        if node.name in unknown and node.ctx == "load":
            allowed = ", ".join(sorted(names))
            yield f"{directory / name}:{node.lineno}: {node.name!r} is unknown; allowed: {allowed or 'none'}"
    for part in tree.find_all(nodes.Getattr):
        parts = _parts_of(part.node, names)
        if parts is not None and part.attr not in parts:
            owner = part.node.name  # type: ignore[attr-defined]  # _parts_of gives None for anything but a Name
            yield f"{directory / name}:{part.lineno}: {owner}.{part.attr} is unknown; allowed: {', '.join(parts)}"


def _own_names(tree: nodes.Template) -> set[str]:
    """Return the names that a template gives itself; jinja counts those of another block or branch as undeclared."""
    assigned = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "store"}
    return assigned | {node.target for node in tree.find_all(nodes.Import)}


def _parts_of(node: nodes.Expr, names: frozenset[str]) -> tuple[str, ...] | None:
    if not isinstance(node, nodes.Name) or node.name not in names:
        return None
    value = vocabulary.LETTER.get(node.name)
    return tuple(field.name for field in dataclasses.fields(value)) if value else None


def _tree(environment: jinja2.Environment, name: str) -> nodes.Template:
    if not isinstance(environment.loader, _Parsed):
        raise jinja2.TemplateNotFound(name)
    return environment.loader.tree(environment, name)


def _told(directory: Path, path: str, error: BaseException) -> str:
    """Say in which file and line *error* happened."""
    inside = [
        frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(directory)
    ]
    where = f"{inside[-1].filename}:{inside[-1].lineno}" if inside else str(directory / path)
    return f"{where}: {_sentence(str(error))}"


def _sentence(text: str | None) -> str:
    return " ".join((text or "not usable").split())
