"""The office's TOML files as closed, strict, frozen tables.

Every mistake is one line with file, line, key and what is allowed.
"""

from __future__ import annotations

import re
import tomllib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from intake.errors import OfficeError

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration(value: object) -> object:
    """Read a length of time such as ``60s``, ``15m``, ``24h`` or ``2d``."""
    if isinstance(value, timedelta):  # a default
        return value
    match = re.fullmatch(r"([0-9]{1,6})([smhd])", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('a number with s, m, h or d is allowed, such as "60s" or "24h"')
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


def _local(value: datetime) -> datetime:
    if value.tzinfo is not None:
        raise ValueError("a local time without offset is allowed, such as 2023-07-12T15:00:00")
    return value


T = TypeVar("T")
Duration = Annotated[timedelta, BeforeValidator(duration)]
LocalTime = Annotated[datetime, AfterValidator(_local)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\r\n\x00]*$")]
OptionalLine = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\r\n\x00]*$")]
_ADDR_SPEC = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+$"
AddrSpec = Annotated[str, StringConstraints(pattern=_ADDR_SPEC, to_lower=True)]
Many = Annotated[tuple[T, ...], Field(strict=False)]  # TOML knows arrays only; kept as a tuple


class Table(BaseModel):
    """A table of an office's file: unknown keys are refused, nothing is converted, nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


TableT = TypeVar("TableT", bound=Table)


def read(path: Path, table: type[TableT], problem: type[OfficeError]) -> TableT:
    """Read the TOML file at *path* as *table*; raise *problem* with a line for every mistake."""
    try:
        source = path.read_text(encoding="utf-8")
    except OSError as error:
        raise problem(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise problem(f"{path}: only UTF-8 is allowed (byte {error.start})") from error
    try:
        content = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise problem(f"{path}: not TOML: {error}") from error
    try:
        return table.model_validate(content)
    except ValidationError as error:
        raise problem(*_lines(path, source, error)) from error


def _lines(path: Path, source: str, error: ValidationError) -> Iterator[str]:
    details = error.errors(include_url=False)
    locations = {detail["loc"] for detail in details}
    for detail in details:
        if detail["type"] == "too_short" and any(other[:-1] == detail["loc"] for other in _prefixes(locations)):
            continue  # follows from mistakes inside, which have lines of their own
        location = list(detail["loc"])
        number = _line_of(source, location)
        place = f"{path}:{number}" if number else f"{path}"
        yield f"{place}: {_key(location)}: {_allowed(detail)}"


def _prefixes(locations: set[tuple[int | str, ...]]) -> set[tuple[int | str, ...]]:
    return {location[:length] for location in locations for length in range(1, len(location) + 1)}


def _key(location: list[int | str]) -> str:
    key = ""
    for part in location:
        key += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if key else part
    return key or "(the file)"


def _allowed(detail: ErrorDetails) -> str:
    context: dict[str, Any] = detail.get("ctx", {})
    given = _given(detail)
    match detail["type"]:
        case "extra_forbidden":
            return "unknown key"
        case "missing":
            return "missing; it must be given"
        case "value_error":
            return f"{context['error']}{given}"
        case "literal_error" | "enum":
            return f"{context['expected']} is allowed{given}"
        case _:
            return f"{detail['msg'][0].lower()}{detail['msg'][1:]}{given}"


def _given(detail: ErrorDetails) -> str:
    """Quote what stands in the file, unless it is a whole table or may be a secret in the wrong place."""
    secret = {"password", "oauth2"} & set(map(str, detail["loc"]))
    value = detail.get("input")
    return "" if secret or isinstance(value, (dict, list, tuple)) else f", not {value!r}"


def _line_of(source: str, location: list[int | str]) -> int | None:
    """Find the line that *location* stands on, as far as a line-wise look tells; None where it does not."""
    tables = [part for part in location if isinstance(part, str)]
    if not tables:
        return None
    wanted = next((part for part in location if isinstance(part, int)), None)
    header, count, fallback = "", -1, None
    for number, line in enumerate(source.splitlines(), 1):
        if match := re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line):
            header = match[1]
            if header == tables[0] and line.lstrip().startswith("[["):
                count += 1
            if header.split(".")[0] == tables[0] and (wanted is None or count in {-1, wanted}):
                fallback = fallback or number
        elif match := re.match(r"\s*([A-Za-z0-9_-]+|\"[^\"]+\")\s*=", line):
            path = [*header.split("."), match[1].strip('"')] if header else [match[1].strip('"')]
            inside = wanted is None or count in {-1, wanted}
            if inside and (path == tables or path == tables[: len(path)]):
                return number
    return fallback
