"""The facts of a letter as its template sees them: instants in the office's zone, strangers' text inert."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from intake.judgement.consultation import Consultation, Cutoffs
from intake.judgement.values import Punctuality
from intake.letters import calendar
from intake.letters.facts import EXPIRING, Change, LetterFacts, LetterKind
from intake.letters.inert import inert
from intake.letters.vocabulary import (
    ChangeView,
    ConsultationView,
    Deadline,
    EnclosureView,
    LetterView,
    MeetingView,
    NoticeView,
    OfficeView,
    PieceView,
    ProposalsView,
    SentencesView,
    StageView,
)

_ATTENDING = frozenset(
    {
        LetterKind.ATTENDANCE,
        LetterKind.ATTENDANCE_CHANGED,
        LetterKind.ATTENDANCE_LATE,
        LetterKind.ATTENDANCE_AFTER,
        LetterKind.MIXED,
        *EXPIRING,
    }
)
_PROPOSING = frozenset({LetterKind.PROPOSAL, LetterKind.PROPOSAL_LATE, LetterKind.SUPPLEMENT, LetterKind.MIXED})


def view(
    facts: LetterFacts, office: str, consultation: Consultation, cutoffs: Cutoffs, now: datetime
) -> dict[str, object]:
    """Return all that the template of a letter written *now* in the name of *office* may name."""
    meeting, proposals = consultation.meeting, consultation.proposals
    ahead = now < cutoffs.meeting
    return {
        "letter": _letter(facts, consultation, cutoffs, calendar.form(facts, invite=meeting.invite, ahead=ahead)),
        "meeting": MeetingView(
            name=meeting.name,
            starts=cutoffs.meeting,
            ends=meeting.ends.replace(tzinfo=cutoffs.meeting.tzinfo) if meeting.ends else None,
            place=meeting.place,
            street=meeting.street,
            city=meeting.city,
            room=meeting.room,
            until=Deadline(cutoffs.attendance),
            write_to=meeting.confirm_to,
            open=now <= cutoffs.attendance,
            ahead=ahead,
        ),
        "proposals": ProposalsView(
            until=Deadline(cutoffs.proposals, whole_day=not isinstance(proposals.until, datetime)),
            address=proposals.send_to,
            open=now <= cutoffs.proposals,
        ),
        "consultation": ConsultationView(
            title=consultation.title,
            about=consultation.subject,
            document=consultation.document,
            url=consultation.url,
            stages=tuple(StageView(stage.when, stage.what, stage.next_chance) for stage in consultation.stage),
        ),
        "office": OfficeView(office, consultation.phone),
        "sentences": SentencesView(**consultation.letters.model_dump(exclude={"debt_after"})),
        "notice": NoticeView(**consultation.data_protection.model_dump()),
    }


def _letter(facts: LetterFacts, consultation: Consultation, cutoffs: Cutoffs, form: calendar.Form | None) -> LetterView:
    received = facts.received.astimezone(cutoffs.meeting.tzinfo)
    organisation, before = _shown(facts.organisation), _shown(facts.organisation_before)
    attends = facts.kind in _ATTENDING or facts.attends
    return LetterView(
        case=facts.case,
        received=received,
        exact=_same_minute(received, cutoffs.attendance) or _same_minute(received, cutoffs.proposals),
        subject=_shown(facts.subject),
        organisation=organisation,
        people=facts.people,
        topics=tuple(topic.name for topic in consultation.topic if topic.id in facts.topics),
        enclosures=tuple(EnclosureView(_shown(enclosure.name), enclosure.size) for enclosure in facts.enclosures),
        unreadable=tuple(_shown(enclosure.name) for enclosure in facts.enclosures if not enclosure.readable),
        attends=attends,
        proposes=facts.kind in _PROPOSING or facts.proposes,
        attendance_late=facts.timeliness.attendance is Punctuality.LATE,
        proposal_late=facts.timeliness.proposal is Punctuality.LATE,
        after_meeting=received >= cutoffs.meeting,
        registered_before=facts.registered_before,
        organisation_before=before,
        people_before=facts.people_before,
        people_changed=_changed(facts) and facts.people is not None and facts.people != facts.people_before,
        organisation_changed=_changed(facts) and organisation is not None and organisation != before,
        pieces=_pieces(facts, cutoffs),
        repeats=facts.repeats,
        first=facts.first,
        debt=facts.debt,
        reply_to=facts.mailbox_address,
        changes=tuple(_change(change, consultation) for change in facts.changes),
        by_staff=facts.by_staff,
        our_mistake=facts.our_mistake,
        needs=facts.needs,
        names=tuple(_inert(facts.names)),
        calendar=form,
    )


def _change(change: Change, consultation: Consultation) -> ChangeView:
    def shown(values: tuple[str, ...]) -> tuple[str, ...]:
        if change.name == "topics":
            return tuple(topic.name for topic in consultation.topic if topic.id in values)
        return tuple(_inert(values))

    return ChangeView(change.name, shown(change.before), shown(change.after))


def _inert(values: Iterable[str]) -> Iterator[str]:
    yield from filter(None, map(inert, values))


def _pieces(facts: LetterFacts, cutoffs: Cutoffs) -> tuple[PieceView, ...]:
    return tuple(
        PieceView(
            received=piece.received.astimezone(cutoffs.proposals.tzinfo),
            supplement=piece.supplement,
            enclosures=piece.enclosures,
            late=piece.received > cutoffs.proposals,
        )
        for piece in facts.pieces
    )


def _changed(facts: LetterFacts) -> bool:
    """Tell whether there was a registration that the message could change."""
    return facts.registered_before and facts.kind in _ATTENDING


def _same_minute(received: datetime, cutoff: datetime) -> bool:
    return abs((received - cutoff).total_seconds()) < 60 and received.minute == cutoff.minute


def _shown(text: str | None) -> str | None:
    return inert(text) or None if text else None
