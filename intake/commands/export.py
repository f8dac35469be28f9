"""``intake export``: the records, for other programs and for people's spreadsheets."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click

from intake.__main__ import Call
from intake.records.export import exported

_COLUMNS = (
    "case",
    "mailbox",
    "received",
    "category",
    "organisation",
    "people",
    "topics",
    "attendance",
    "proposal",
    "sender_name",
    "sender_address",
    "subject",
    "review",
    "review_reason",
    "acknowledgement",
    "acknowledged_at",
    "message_id",
    "sha256",
)


@click.command()
@click.option("--format", "form", type=click.Choice(["jsonl", "csv", "xlsx"]), default="jsonl", show_default=True)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The file to write (xlsx needs one)."
)
@click.pass_obj
def command(call: Call, form: str, output: Path | None) -> int:
    """Write the records: an object or a row for each message taken in, oldest first.

    CSV is for a Polish Excel: UTF-8 with BOM, semicolons. Text that looks like a formula stays text.

    Example: intake export --format xlsx -o records.xlsx
    """
    if form == "xlsx" and output is None:
        raise click.UsageError("xlsx is no text: name a file with -o")
    ledger = call.ledger()
    with ledger.store.reading() as session:
        lines = exported(session, ledger.consultation.id, ledger.zone)
        if form == "xlsx" and output is not None:
            _xlsx(lines, output)
            return 0
        with _opened(output, "utf-8-sig" if form == "csv" else "utf-8") as stream:
            (_csv if form == "csv" else _jsonl)(lines, stream)
    return 0


@contextmanager
def _opened(output: Path | None, encoding: str) -> Iterator[IO[str]]:
    if output is None:
        yield sys.stdout
        return
    with output.open("w", encoding=encoding, newline="") as stream:
        yield stream


def _jsonl(lines: Iterator[dict[str, Any]], stream: IO[str]) -> None:
    for line in lines:
        stream.write(json.dumps(line, ensure_ascii=False) + "\n")


def _csv(lines: Iterator[dict[str, Any]], stream: IO[str]) -> None:
    writer = csv.writer(stream, delimiter=";")
    writer.writerow(_COLUMNS)
    for line in lines:
        writer.writerow(_tame(cell) for cell in _row(line))


def _xlsx(lines: Iterator[dict[str, Any]], output: Path) -> None:
    import xlsxwriter  # noqa: PLC0415  (only this format needs it)

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(output), options) as book:
        sheet = book.add_worksheet("records")
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(_COLUMNS):
            sheet.write_string(0, column, name, book.add_format({"bold": True}))
        for number, line in enumerate(lines, 1):
            for column, cell in enumerate(_row(line)):
                if isinstance(cell, int) and not isinstance(cell, bool):
                    sheet.write_number(number, column, cell)
                elif cell is not None:
                    sheet.write_string(number, column, str(cell)[:32_000])


def _row(line: dict[str, Any]) -> list[Any]:
    sender, timeliness = line["sender"] or {}, line["timeliness"] or {}
    letter = line["acknowledgement"] or {}
    flat = line | {
        "topics": ", ".join(line["topics"] or ()),
        "attendance": timeliness.get("attendance"),
        "proposal": timeliness.get("proposal"),
        "sender_name": sender.get("name"),
        "sender_address": sender.get("address"),
        "acknowledgement": letter.get("status"),
        "acknowledged_at": letter.get("sent_at"),
    }
    return [flat[name] for name in _COLUMNS]


def _tame(cell: Any) -> Any:
    """Keep a cell of text from being read as a formula by a spreadsheet (OWASP, CSV injection)."""
    if not isinstance(cell, str):
        return "" if cell is None else cell
    shown = cell.replace("\r", " ").replace("\n", " ")
    return f"'{shown}" if shown.lstrip()[:1] in {"=", "+", "-", "@", "\t"} and shown.strip() else shown
