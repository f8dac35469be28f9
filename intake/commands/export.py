"""``intake export``: the records, for other programs and for people's spreadsheets."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import click

from intake.__main__ import Call
from intake.records import day
from intake.records.export import exported
from intake.terminal import inert

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
    "needs",
    "campaign",
    "corrected",
)
_WIDTHS = {"organisation": 40, "subject": 50, "sender_address": 34, "sender_name": 28, "topics": 40, "sha256": 66}


@click.command()
@click.option("--format", "form", type=click.Choice(["jsonl", "csv", "xlsx"]), default="jsonl", show_default=True)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The file to write (xlsx needs one)."
)
@click.option(
    "--attachments",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the kept attachments below this folder instead, one folder a case.",
)
@click.pass_obj
def command(call: Call, form: str, output: Path | None, attachments: Path | None) -> int:
    """Write the records: an object or a row for each message taken in, oldest first.

    CSV is for a Polish Excel: UTF-8 with BOM, semicolons. XLSX has a sheet of those who come, one of proposals with
    their full text, and one of all messages. Text that looks like a formula stays text.

    Example: intake export --format xlsx -o records.xlsx
    """
    if attachments is not None:
        return _attachments(call, attachments)
    if form == "xlsx" and output is None:
        raise click.UsageError("xlsx is no text: name a file with -o")
    if form == "xlsx" and output is not None:
        output.write_bytes(_workbook(call))
        return 0
    ledger = call.ledger()
    with ledger.store.reading() as session:
        lines = exported(session, ledger.consultation.id, ledger.zone)
        with _opened(output, "utf-8-sig" if form == "csv" else "utf-8") as stream:
            (_csv if form == "csv" else _jsonl)(lines, stream)
    return 0


def _workbook(call: Call) -> bytes:
    """Return all sheets: who comes, what was proposed, and every message."""
    from intake.letters import digest_sheets  # noqa: PLC0415  (only this format needs them)
    from intake.letters.workbook import Column, Kind, Tab, workbook  # noqa: PLC0415

    desk = call.desk()
    rules = desk.rules
    said = digest_sheets.wording(desk.templates, rules.consultation, rules.zone)
    with desk.store.reading() as session:
        guests = day.guests(session, rules.consultation.id, rules.cutoffs.meeting)
        proposed = day.proposed(session, rules.consultation.id)
        lines = [_row(line) for line in exported(session, rules.consultation.id, rules.zone)]
    kinds = {"people": Kind.NUMBER, "received": Kind.MOMENT, "acknowledged_at": Kind.MOMENT}
    columns = tuple(Column(name, _WIDTHS.get(name, 16), kinds.get(name, Kind.TEXT)) for name in _COLUMNS)
    rows = [[_typed(name, cell) for name, cell in zip(_COLUMNS, line, strict=True)] for line in lines]
    every = Tab(said.told["messages"], columns, rows)
    tabs = [every, digest_sheets.attendance(guests, said), digest_sheets.proposals(proposed, said)]
    return workbook(tabs, title=rules.consultation.title, written=desk.now())


def _typed(name: str, cell: Any) -> Any:
    """Return a cell as a spreadsheet types it: moments as moments, yes and no as words."""
    if name in {"received", "acknowledged_at"} and cell:
        return datetime.fromisoformat(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return cell if cell is None or isinstance(cell, int) else str(cell)


def _attachments(call: Call, folder: Path) -> int:
    """Write every kept attachment of the messages taken in, and say what could not be had."""
    from intake.worker import unpacking  # noqa: PLC0415  (reads the originals again)

    left = 0
    for done in unpacking.unpack(call.desk(), folder):
        if done.problem:
            left += 1
            click.echo(f"{done.case}: {inert(done.name, 80)}: {done.problem}", err=True)
        else:
            click.echo(str(done.path))
    return 1 if left else 0


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


def _row(line: dict[str, Any]) -> list[Any]:
    sender, timeliness = line["sender"] or {}, line["timeliness"] or {}
    letter = line["acknowledgement"] or {}
    flat = line | {
        "topics": ", ".join(line["topics"] or ()),
        "needs": ", ".join(line["needs"] or ()),
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
