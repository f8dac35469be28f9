"""``intake report``: the consultation report, as a page, to print and as a workbook."""

from __future__ import annotations

from pathlib import Path

import click

from intake.__main__ import Call


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="The folder to write to; a report that is there already is replaced.",
)
@click.pass_obj
def command(call: Call, output: Path) -> int:
    """Write the consultation report to a folder: HTML, PDF and XLSX, of the same facts in the same words.

    It tells what was announced, who registered and what was proposed, in short, what came late and what the office
    decided of it, and how many letters came when. Names and addresses of people are left out as far as a program can:
    read it before it is published. --as-of sets the moment that it names.

    Example: intake report -o raport
    """
    from intake.records import reporting  # noqa: PLC0415  (these and their libraries are asked for by this alone)
    from intake.report import html, pdf, wording, xlsx  # noqa: PLC0415

    desk = call.desk()
    said = wording.wording(desk.templates, desk.office, desk.rules)
    name = said.sheet()["file"]
    output.mkdir(parents=True, exist_ok=True)
    page, paper, book = (output / f"{name}.{ending}" for ending in ("html", "pdf", "xlsx"))
    with desk.store.reading() as session:
        facts = reporting.gather(session, desk.rules, desk.now())
        with page.open("w", encoding="utf-8") as stream:
            stream.writelines(html.page(facts, said))
        paper.write_bytes(pdf.pdf(facts, said))
        xlsx.save(book, facts, said)
    for path in (page, paper, book):
        click.echo(str(path))
    return 0
