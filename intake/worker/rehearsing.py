"""Saying every sentence of every letter once: a mistake stops a start, not a letter or a morning."""

from __future__ import annotations

from intake.config import Settings
from intake.judgement.rules import Rules
from intake.letters import answer, brake, digest_rehearsal, rehearsal, silence
from intake.letters import templates as office_templates
from intake.letters.facts import Office
from intake.letters.templates import Templates
from intake.report import rehearsal as report_rehearsal


def rehearse(settings: Settings, rules: Rules) -> Templates:
    """Load the templates and say every sentence once: a mistake stops a start, not a letter or a morning."""
    templates = office_templates.load(settings.templates)
    office = Office(settings.config.office.name, settings.config.smtp.sender)
    rehearsal.rehearse(office, rules.consultation, rules.cutoffs, templates)
    digest_rehearsal.rehearse(office, rules.consultation, rules.cutoffs, templates)
    brake.rehearse(office, templates, rules.cutoffs.meeting)
    silence.rehearse(office, templates, rules.cutoffs.meeting)
    topics = {topic.id: topic.short for topic in rules.consultation.topic}
    answer.rehearse(office, templates, topics, rules.cutoffs.meeting)
    report_rehearsal.rehearse(office, rules, templates)
    return templates
