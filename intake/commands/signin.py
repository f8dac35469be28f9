"""``intake signin``: the sheet that those who come sign at the door."""

from __future__ import annotations

from pathlib import Path

import click

from intake.__main__ import Call
from intake.letters import digest_sheets, signin
from intake.records import day


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The file to write: .pdf to print, .xlsx to work on.",
)
@click.pass_obj
def command(call: Call, output: Path) -> int:
    """Write the sign-in sheet of the meeting: who is expected, by thematic group, with needs and room to sign.

    Example: intake signin -o lista.pdf
    """
    if output.suffix not in {".pdf", ".xlsx"}:
        raise click.UsageError("-o names a file that ends in .pdf or .xlsx")
    desk = call.desk()
    said = digest_sheets.words(desk.templates)
    rules = desk.rules
    meeting = rules.consultation.meeting
    with desk.store.reading() as session:
        guests = day.guests(session, rules.consultation.id, rules.cutoffs.meeting)
    sheet = signin.Sheet(
        title=f"{said['signin_title']}: {meeting.name}",
        place=f"{meeting.place}, {meeting.street}, {meeting.city}, {meeting.room}",
        starts=rules.cutoffs.meeting,
        written=desk.now(),
        topics={topic.id: topic.short for topic in rules.consultation.topic},
        needs=said,
        words={name.removeprefix("signin_"): text for name, text in said.items() if name.startswith("signin_")},
        guests=guests,
    )
    output.write_bytes(signin.pdf(sheet) if output.suffix == ".pdf" else signin.xlsx(sheet))
    return 0
