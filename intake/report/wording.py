"""The words of the report: what the office's template says, with no-break spaces where a line may not end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from intake.judgement.rules import Rules
from intake.letters.facts import Office
from intake.letters.polish import tied
from intake.letters.templates import Templates
from intake.letters.vocabulary import ConsultationView, Deadline, MeetingView, OfficeView, ProposalsView, StageView

WORDS: Final = "report.words"


@dataclass(frozen=True, slots=True)
class Wording:
    """What the report is written with."""

    templates: Templates
    office: OfficeView
    consultation: ConsultationView
    meeting: MeetingView
    proposals: ProposalsView
    topics: Mapping[str, str]  # names by ids, in the order of the rules
    brief: Mapping[str, str]  # the same, short
    zone: tzinfo | None

    def lines(self, name: str, *values: object) -> list[str]:
        """Return the lines that a macro of the template yields, without empty ones."""
        said = self.templates.said(WORDS, name, *values)
        return [tied(line) for line in (" ".join(each.split()) for each in said.splitlines()) if line]

    def line(self, name: str, *values: object) -> str:
        """Return what a macro of the template yields, as one line."""
        return " ".join(self.lines(name, *values))

    def pairs(self, name: str, *values: object) -> tuple[tuple[str, str], ...]:
        """Return the lines of a macro as labels and facts."""
        found = (line.partition(": ") for line in self.lines(name, *values))
        return tuple((label, fact) for label, _, fact in found)

    def columns(self, name: str) -> tuple[str, ...]:
        """Return the heads of a table."""
        return tuple(self.line(name).split(" | "))

    def sheet(self) -> dict[str, str]:
        """Return the words of the workbook by their keys."""
        return dict(self.pairs("sheet_words"))

    def topic(self, topic: str | None) -> str:
        """Return the name of a topic."""
        return self.topics[topic] if topic else self.line("no_topic")

    def local(self, moment: datetime | None) -> datetime | None:
        """Return a moment in the office's zone."""
        return moment.astimezone(self.zone) if moment else None


def wording(templates: Templates, office: Office, rules: Rules) -> Wording:
    """Return what the report of these *rules* is written with."""
    consultation, cutoffs = rules.consultation, rules.cutoffs
    meeting, proposals = consultation.meeting, consultation.proposals
    return Wording(
        templates=templates,
        office=OfficeView(office.name, consultation.phone),
        consultation=ConsultationView(
            title=consultation.title,
            about=consultation.subject,
            document=consultation.document,
            url=consultation.url,
            stages=tuple(StageView(stage.when, stage.what, stage.next_chance) for stage in consultation.stage),
        ),
        meeting=MeetingView(
            name=meeting.name,
            starts=cutoffs.meeting,
            ends=meeting.ends.replace(tzinfo=rules.zone) if meeting.ends else None,
            place=meeting.place,
            street=meeting.street,
            city=meeting.city,
            room=meeting.room,
            until=Deadline(cutoffs.attendance),
            write_to=meeting.confirm_to,
            open=False,
            ahead=False,
        ),
        proposals=ProposalsView(
            until=Deadline(cutoffs.proposals, whole_day=not isinstance(proposals.until, datetime)),
            address=proposals.send_to,
            open=False,
        ),
        topics={topic.id: topic.name for topic in consultation.topic},
        brief={topic.id: topic.short for topic in consultation.topic},
        zone=rules.zone,
    )
