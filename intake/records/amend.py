"""What a later word changes in a case: a reply, a second letter.

What was on time stays on time, and what is late by then is late. A message that is not understood with certainty
changes nothing before a person has looked.
"""

from __future__ import annotations

from intake.judgement.values import Category, Punctuality, Review, Verdict
from intake.records.cases import Standing, organisation_key, standing
from intake.records.store import Case

UNDECIDED = frozenset(
    {Review.UNSURE, Review.TENTATIVE, Review.SENDER, Review.ARRIVAL, Review.COLLEAGUE, Review.QUARANTINED}
)


def decided(verdict: Verdict) -> bool:
    """Tell whether *verdict* is sure enough to change what stands."""
    return not UNDECIDED.intersection(verdict.review)


def apply(case: Case, verdict: Verdict) -> dict[str, list[object]]:
    """Change *case* by *verdict*; return what changed, as [before, after] for each field."""
    if not decided(verdict):
        return {}
    before = standing(case)
    if verdict.organisation and verdict.category not in {Category.UNRELATED, Category.AUTOMATIC}:
        case.organisation = verdict.organisation
        case.organisation_key = organisation_key(verdict.organisation)
    if verdict.category.attends:
        _register(case, verdict, before)
    if verdict.category is Category.CANCELLATION:
        case.attends, case.people, case.attendance = False, None, None
    if verdict.category.proposes:
        case.proposes = True
    return _difference(before, standing(case)) | _noted(case, verdict)


def _noted(case: Case, verdict: Verdict) -> dict[str, list[object]]:
    """Keep what the meeting needs and who comes, as it was said last; return what changed."""
    if not verdict.category.attends:
        return {}
    needs = sorted({*(case.needs or ()), *verdict.needs}) or None
    names = list(verdict.names) or case.names
    changed: dict[str, list[object]] = {}
    if needs != case.needs:
        changed["needs"] = [case.needs, needs]
    if names != case.names:
        changed["names"] = [case.names, names]
    case.needs, case.names = needs, names
    return changed


def _register(case: Case, verdict: Verdict, before: Standing) -> None:
    case.attends = True
    if verdict.people is not None:
        case.people = verdict.people
    if before.attends and before.attendance is Punctuality.ON_TIME:
        return  # a late change never endangers a registration that was on time
    case.attendance = verdict.timeliness.attendance.value if verdict.timeliness.attendance else None


def _difference(before: Standing, after: Standing) -> dict[str, list[object]]:
    fields = ("organisation", "people", "attends", "attendance", "proposes")
    pairs = {name: [getattr(before, name), getattr(after, name)] for name in fields}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
