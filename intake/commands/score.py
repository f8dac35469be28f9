"""``intake score``: how often a labelled corpus is judged as its labels say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from intake.__main__ import Call
from intake.commands.classify import box_called
from intake.config import Settings
from intake.errors import ConfigError
from intake.judgement import rules as office_rules
from intake.judgement import score
from intake.judgement.explained import explain
from intake.judgement.rules import Rules
from intake.judgement.score import Label, Scored
from intake.judgement.values import Arrival, Category, Verdict
from intake.judgement.verdict import judge, read
from intake.mail.attachments import understand
from intake.mail.message import Message
from intake.pages import scoring
from intake.pages.explanation import Shown
from intake.pages.frame import write
from intake.pages.scoring import ShownMiss
from intake.terminal import inert, progress, table


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--misses/--no-misses", default=True, show_default=True, help="List what was judged otherwise.")
@click.option(
    "--html", "page", type=click.Path(path_type=Path, dir_okay=False), help="Write a page to look at as well."
)
@click.pass_obj
def command(call: Call, folder: Path, *, misses: bool, page: Path | None) -> int:
    """Decide on the labelled corpus in FOLDER (labels.jsonl beside the .eml files) and compare.

    Prints precision and recall per category, the confusion of categories, how well facts are found, how far confidence
    can be trusted, and every miss. The page shows the same, and of each miss the text with the words that led there.

    Example: intake score --html score.html corpus
    """
    settings = call.settings(shipped=True)
    rules = office_rules.load(settings.rules, settings.config.zone)
    lines = list(_labels(folder / "labels.jsonl"))
    labels = [label for _, label in lines]
    verdicts = [judge(*_letter(settings, folder, line), rules) for line, _ in progress(lines, "judging")]
    scored = score.score(labels, verdicts)
    click.echo("\n".join(_told(scored)))
    if misses:
        click.echo("\n".join(_missed(scored)))
    if page is not None:
        missed = [
            _shown(known, _letter(settings, folder, line), verdict, rules)
            for (line, known), verdict in zip(lines, verdicts, strict=True)
            if known.category is not verdict.category
        ]
        write(page, scoring.page(folder.resolve().name, scored, missed))
    return 0


def _labels(path: Path) -> Iterator[tuple[dict[str, Any], Label]]:
    """Yield each line of the labels; raise ``ConfigError`` naming the one that cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    for number, line in enumerate(text.splitlines(), 1):
        try:
            values = json.loads(line)
            datetime.fromisoformat(values["received"])
            yield values, score.label(values)
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"{path}:{number}: {error}") from error


def _letter(settings: Settings, folder: Path, line: dict[str, Any]) -> tuple[Message, Arrival]:
    """Return the message that a *line* of the labels stands for, and how it arrived."""
    box = box_called(settings, line["mailbox"])
    try:
        raw = (folder / line["file"]).read_bytes()
    except OSError as error:
        raise ConfigError(f"{folder / line['file']}: cannot be read ({error.strerror})") from error
    arrival = Arrival(
        mailbox=box.id,
        received=datetime.fromisoformat(line["received"]),
        expects=Category(box.expects) if box.expects else None,
        personal=box.personal,
        own_addresses=settings.config.own_addresses,
    )
    return understand(raw), arrival


def _shown(known: Label, letter: tuple[Message, Arrival], verdict: Verdict, rules: Rules) -> ShownMiss:
    message, arrival = letter
    explained = explain(message, read(message, arrival, rules), verdict)
    return ShownMiss(known, Shown(known.file, message, explained))


def _told(scored: Scored) -> list[str]:
    figures = [
        ("messages", f"{scored.number}"),
        ("category", f"{scored.accuracy:.3f}"),
        ("wrong, not sent to review", f"{scored.wrong_unreviewed:.3f}"),
        ("sent to review", f"{scored.review:.3f} (unsure {scored.unsure:.3f})"),
        ("organisation", f"{scored.organisation:.3f}"),
        ("people", f"{scored.people:.3f} (of attendance and mixed)"),
        ("topics F1", f"{scored.topics_f1:.3f}"),
        ("timeliness", f"{scored.timeliness:.3f} (where the category is right)"),
        ("acknowledge", f"{scored.acknowledge:.3f}"),
        ("automatic, but acknowledged", f"{scored.automatic_acknowledged}"),
    ]
    lines = [f"{name:<28}{figure}" for name, figure in figures]
    return [*lines, "", _per_category(scored), _confusion(scored), _calibration(scored)]


def _per_category(scored: Scored) -> str:
    rows = [
        (category.value, str(each.labelled), f"{each.precision:.2f}", f"{each.recall:.2f}", f"{each.f1:.2f}")
        for category, each in scored.categories.items()
    ]
    return table(("category", "labelled", "precision", "recall", "F1"), rows)


def _confusion(scored: Scored) -> str:
    rows = [
        (known.value, *(str(scored.confusion.get((known, judged), 0) or "·") for judged in Category))
        for known in Category
    ]
    return table(("labelled \\ judged", *(category.value[:6] for category in Category)), rows)


def _calibration(scored: Scored) -> str:
    rows = [
        (f"{each.low:.1f}-{each.high:.1f}", str(each.number), f"{each.confidence:.2f}", f"{each.accuracy:.2f}")
        for each in scored.calibration
    ]
    return table(("confidence", "messages", "said", "right"), rows)


def _missed(scored: Scored) -> Iterator[str]:
    for miss in scored.misses:
        known, verdict = miss.label, miss.verdict
        sent = " -> review" if verdict.review else ""
        yield f"{inert(known.file)}: {known.category}, judged {verdict.category} ({verdict.confidence:.2f}){sent}"
        for reason in sorted(verdict.reasons, key=lambda each: -abs(each.weight))[:4]:
            spoke = f"{inert(reason.rule, 50)}: {inert(reason.words, 60)}"
            yield f"    {reason.weight:+.2f} {reason.category or '':<13}{spoke}"
    for wrong in scored.wrong_facts:
        labelled, judged = inert(repr(wrong.labelled), 80), inert(repr(wrong.judged), 80)
        yield f"{inert(wrong.file)}: {wrong.fact}: {labelled}, judged {judged}"
