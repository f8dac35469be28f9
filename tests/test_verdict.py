"""What a message means: the verdict as a whole."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.judgement.rules import load
from intake.judgement.score import Label, label, score
from intake.judgement.sentences import fold
from intake.judgement.values import Arrival, Category, Punctuality, Review, Timeliness
from intake.judgement.verdict import judge
from intake.mail.message import Address, Attachment, CalendarReply, Message, Passage, PassageKind, Report

WARSAW = ZoneInfo("Europe/Warsaw")
RULES = load(Path(__file__).parents[1] / "rules", WARSAW)
OURS = frozenset({"konsultacje@um.torun.pl", "k.dabrowska@um.torun.pl"})
EARLY = datetime(2023, 7, 10, 9, 0, tzinfo=WARSAW)
KONSULTACJE = Arrival("konsultacje", EARLY, Category.PROPOSAL, personal=False, own_addresses=OURS)
RSVP = Arrival("rsvp", EARLY, Category.ATTENDANCE, personal=True, own_addresses=OURS)
ANNOUNCEMENT = """Wszystkie organizacje pozarządowe zapraszamy na spotkanie konsultacyjne, na którym
zbierzemy propozycje w ramach grup tematycznych: polityka senioralna miasta, procedura konkursowa.
Prosimy organizacje o potwierdzenie udziału w spotkaniu do dnia 12 lipca 2023 r. do godziny 15.00.
Jeśli nie możesz wziąć udziału w spotkaniu konsultacyjnym, prześlij nam swoje propozycje do programu."""
FOOTER = "Niniejsza wiadomość jest poufna. Jeśli nie są Państwo adresatem, prosimy o jej usunięcie."


def letter(own: str, *, subject: str | None = "Spotkanie", more: tuple[Passage, ...] = ()) -> Message:
    """Return a plain message that says *own*."""
    return Message(
        headers=(),
        message_id="<1@ngo.example>",
        in_reply_to=(),
        references=(),
        reverse_path="ewa@ngo.example",
        author=Address("Ewa Lis", "ewa@ngo.example"),
        reply_to=None,
        date=None,
        subject=subject,
        content_type="text/plain",
        passages=(*((Passage(PassageKind.OWN, own),) if own else ()), *more),
    )


MAILS = {
    Category.ATTENDANCE: [
        "Dzień dobry,\npotwierdzam udział naszej fundacji w spotkaniu 13 lipca. Będą dwie osoby.",
        "Przyjdziemy w czwartek we troje.",
        "Zgłaszam na warsztaty 2 osoby: Annę Kos i Jana Lisa.",
        "Zamiast dwóch osób będą trzy, proszę o zmianę zgłoszenia.",
    ],
    Category.CANCELLATION: [
        "Niestety nie możemy wziąć udziału w spotkaniu.",
        "Wycofuję nasze zgłoszenie, proszę nas skreślić z listy. Nie przyjdziemy.",
    ],
    Category.PROPOSAL: [
        "Proponujemy zwiększenie środków na zajęcia dla młodzieży oraz skrócenie sprawozdań.",
        "Termin naboru powinien być dłuższy. Postulujemy też niższy wkład własny w konkursach.",
    ],
    Category.QUESTION: [
        "Czy na miejscu jest parking? O której kończy się spotkanie?",
    ],
    Category.UNRELATED: [
        "Oferujemy fotowoltaikę w atrakcyjnych cenach. Kliknij i zamów katalog z rabatem 20%.",
    ],
}
EVERY = [(category, text) for category, texts in MAILS.items() for text in texts]


@pytest.mark.parametrize(("expected", "text"), EVERY)
def test_usual_mail_is_read_as_a_clerk_would(expected: Category, text: str) -> None:
    """Mail that says plainly what it wants is told by its words alone."""
    assert expected == judge(letter(text), KONSULTACJE, RULES).category


@pytest.mark.parametrize(("expected", "text"), EVERY)
def test_quotes_signatures_and_footers_change_nothing(expected: Category, text: str) -> None:
    """What is not the sender's own word to us decides nothing about the category."""
    added = (
        Passage(PassageKind.SIGNATURE, "Z poważaniem\nEwa Lis"),
        Passage(PassageKind.QUOTE, ANNOUNCEMENT),
        Passage(PassageKind.FOOTER, FOOTER),
    )
    plain, longer = judge(letter(text), RSVP, RULES), judge(letter(text, more=added), RSVP, RULES)

    assert (expected, plain.confidence, plain.review) == (longer.category, longer.confidence, longer.review)


@pytest.mark.parametrize("subject", ["Re: Zaproszenie na konsultacje", None, "Odp: spotkanie"])
def test_a_quoted_announcement_alone_is_neither_attendance_nor_proposal(subject: str | None) -> None:
    """The announcement holds the words of every category, and they are ours."""
    quoted = letter("", subject=subject, more=(Passage(PassageKind.QUOTE, ANNOUNCEMENT),))
    for arrival in (KONSULTACJE, RSVP):
        verdict = judge(quoted, arrival, RULES)

        assert not verdict.category.attends
        assert not verdict.category.proposes


@pytest.mark.parametrize(("expected", "text"), EVERY)
def test_dropped_diacritics_change_no_usual_mail(expected: Category, text: str) -> None:
    """People on telephones write without Polish letters."""
    assert expected == judge(letter(fold(text)), KONSULTACJE, RULES).category


@given(st.datetimes(timezones=st.just(UTC)))
def test_the_date_field_decides_nothing(claimed: datetime) -> None:
    """Whatever the sender's clock claims, the verdict is the same."""
    text = letter("Potwierdzam udział w spotkaniu.")

    assert judge(text, RSVP, RULES) == judge(replace(text, date=claimed), RSVP, RULES)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=300), st.text(max_size=40))
def test_any_text_at_all_gets_a_verdict(own: str, subject: str) -> None:
    """No words make judgement fail, and a confidence is a share."""
    verdict = judge(letter(own, subject=subject), KONSULTACJE, RULES)

    assert 0 <= verdict.confidence <= 1
    assert verdict.category != verdict.runner_up


@pytest.mark.parametrize("piece", ["potwierdzam udział ", "nie ", "a", "proponujemy\n", "?!", "1, 2 i 3 osoby "])
def test_a_megabyte_of_hostile_text_is_judged_in_time(piece: str) -> None:
    """A megabyte of anything is judged within seconds."""
    text = letter(piece * (1_000_000 // len(piece)))
    begun = time.process_time()
    judge(text, KONSULTACJE, RULES)

    assert time.process_time() - begun < 10


@pytest.mark.parametrize(
    ("partstat", "category", "people", "review"),
    [
        ("ACCEPTED", Category.ATTENDANCE, 1, ()),
        ("DECLINED", Category.CANCELLATION, None, ()),
        ("TENTATIVE", Category.ATTENDANCE, 1, (Review.TENTATIVE,)),
    ],
)
def test_a_calendar_answer_is_a_persons(
    partstat: str, category: Category, people: int | None, review: tuple[Review, ...]
) -> None:
    """RFC 5546 §3.2.3: accepted comes, declined does not, and tentative is asked after."""
    answered = replace(
        letter("", subject="Zaakceptowano: Spotkanie"),
        headers=(("auto-submitted", "auto-generated"),),
        calendar=CalendarReply(partstat, "ewa@ngo.example", None, ""),
    )
    verdict = judge(answered, RSVP, RULES)

    assert (category, people, review) == (verdict.category, verdict.people, verdict.review)


def test_a_machine_is_told_before_its_words_are_read() -> None:
    """A delivery report that carries a confirmation confirms nothing, and is not answered."""
    report = replace(
        letter("Potwierdzam udział w spotkaniu."),
        reverse_path="",
        report=Report("delivery-status", "failed", "5.1.1", "x@ngo.example", None),
    )
    verdict = judge(report, KONSULTACJE, RULES)

    assert Category.AUTOMATIC == verdict.category
    assert not verdict.acknowledge
    assert verdict.suppression is not None


def test_late_attendance_and_early_proposal_are_told_apart() -> None:
    """Each cutoff stands for itself."""
    arrival = replace(KONSULTACJE, received=datetime(2023, 7, 12, 15, 0, 1, tzinfo=WARSAW))

    late = judge(letter("Potwierdzam udział w spotkaniu."), arrival, RULES)
    early = judge(letter(MAILS[Category.PROPOSAL][0]), arrival, RULES)

    assert Timeliness(attendance=Punctuality.LATE) == late.timeliness
    assert Timeliness(proposal=Punctuality.ON_TIME) == early.timeliness


def test_without_a_time_of_arrival_a_person_looks() -> None:
    """No arrival, no punctuality, and a review that says so."""
    verdict = judge(letter("Potwierdzam udział w spotkaniu."), replace(KONSULTACJE, received=None), RULES)

    assert Timeliness() == verdict.timeliness
    assert Review.ARRIVAL in verdict.review


def test_a_sender_who_cannot_be_told_is_not_answered() -> None:
    """Two parsers that read the sender differently leave the message to a person."""
    verdict = judge(
        replace(letter("Potwierdzam udział w spotkaniu."), defects=("sender: two addresses",)), KONSULTACJE, RULES
    )

    assert Review.SENDER in verdict.review
    assert not verdict.acknowledge


def test_our_own_address_is_never_answered() -> None:
    """The office does not write to itself."""
    own = replace(letter("Potwierdzam udział w spotkaniu."), author=Address("", "konsultacje@um.torun.pl"))

    assert not judge(own, KONSULTACJE, RULES).acknowledge


def test_a_plain_proposal_is_one_where_proposals_go() -> None:
    """Though the words after "proponujemy" are those of other business."""
    verdict = judge(letter("Proponujemy ławki na bulwarze i poidełka. " * 3, subject="wniosek"), KONSULTACJE, RULES)

    assert (Category.PROPOSAL, True) == (verdict.category, verdict.acknowledge)


@pytest.mark.parametrize(
    "text",
    [
        "Jesteśmy na miejscu, woda cudowna! Podlej proszę nasze pomidory.",
        "Będę o szóstej, zrób herbatę.",
        "Przyjdę o 10 z ciastem, będą też Iga i Leon :)",
        "W czwartek po 18 wpadamy do Was we trójkę, ciasto biorę na siebie.",
    ],
)
def test_what_only_sounds_like_a_confirmation_is_private(text: str) -> None:
    """In somebody's own mailbox a middling likeness is not enough where nothing else speaks of us."""
    verdict = judge(letter(text, subject="Chorwacja"), RSVP, RULES)

    assert (Category.UNRELATED, False) == (verdict.category, verdict.acknowledge)


def test_who_comes_at_the_meetings_hour_is_not_private() -> None:
    """Nor who tells the hour of the meeting, or one beside it, in whatever way."""
    texts = ["Przyjdziemy o czwartej we dwoje.", "Będę o 16, może parę minut po czasie."]
    verdicts = [judge(letter(text, subject="czwartek"), RSVP, RULES) for text in texts]

    assert [Category.ATTENDANCE] * 2 == [verdict.category for verdict in verdicts]


def test_nothing_leaves_a_personal_mailbox_before_a_person_has_looked() -> None:
    """An unsure verdict is acknowledged from the office's mailbox only."""
    doubtful = replace(RULES, doubt=RULES.doubt.model_copy(update={"below": 1.0}))
    text = letter("Potwierdzam udział w spotkaniu.")
    office, personal = judge(text, KONSULTACJE, doubtful), judge(text, RSVP, doubtful)

    assert Review.UNSURE in office.review
    assert office.acknowledge
    assert Review.UNSURE in personal.review
    assert not personal.acknowledge
    assert "person" in (personal.suppression or "")


def test_unrelated_mail_of_a_person_is_private() -> None:
    """In a personal mailbox, what is not for the consultation is nobody's business."""
    text = letter(MAILS[Category.UNRELATED][0])

    assert judge(text, RSVP, RULES).private
    assert not judge(text, KONSULTACJE, RULES).private
    assert not judge(letter(MAILS[Category.ATTENDANCE][0]), RSVP, RULES).private


def test_people_are_counted_only_where_somebody_comes() -> None:
    """A number in a proposal is no headcount."""
    proposal = judge(letter("Proponujemy zajęcia dla 120 osób. Powinny być dwa razy w tygodniu."), KONSULTACJE, RULES)

    assert proposal.people is None
    assert judge(letter("Potwierdzam udział, będą 2 osoby."), KONSULTACJE, RULES).people == 2


def test_an_attachment_is_read_with_the_letter() -> None:
    """A covering note says nothing; what is attached makes the proposal."""
    enclosed = Attachment(
        "uwagi.docx", "application/msword", b"x", "0" * 64, "Proponujemy krótsze sprawozdania i niższy wkład własny."
    )
    verdict = judge(
        replace(letter("W załączniku przesyłamy nasze uwagi."), attachments=(enclosed,)), KONSULTACJE, RULES
    )

    assert Category.PROPOSAL == verdict.category


def test_an_attachment_that_could_not_be_read_is_shown() -> None:
    """A scan may hold what matters: a person looks."""
    scan = Attachment("skan.pdf", "application/pdf", b"x", "0" * 64, "", "no text layer")
    verdict = judge(replace(letter("W załączniku przesyłamy nasze uwagi."), attachments=(scan,)), KONSULTACJE, RULES)

    assert Category.PROPOSAL == verdict.category
    assert Review.UNREADABLE in verdict.review


def test_a_forward_counts_as_what_it_passes_on() -> None:
    """Two words above a member's letter make the letter the message."""
    forwarded = letter(
        "Przesyłam stanowisko naszego członka.",
        subject="Fwd: uwagi",
        more=(Passage(PassageKind.FORWARD, "Postulujemy jawne karty oceny. Termin naboru powinien być dłuższy."),),
    )

    assert Category.PROPOSAL == judge(forwarded, KONSULTACJE, RULES).category


def test_a_verdict_carries_its_reasons() -> None:
    """The phrase, its words and what it speaks for stand in the verdict."""
    reasons = judge(letter("Potwierdzam udział w spotkaniu."), KONSULTACJE, RULES).reasons

    assert any(
        reason.rule == "acts:confirm.udzial" and "potwierdzam udzial" in reason.words and reason.weight > 0
        for reason in reasons
    )


def test_what_a_person_said_is_settled_and_the_rest_read_in_its_light() -> None:
    """Nothing is unsure or private any more, and the facts and the cutoff of that category apply."""
    mine = letter("Kinga, to może w czwartek wpadnę z Olą, co? Dzwoń.", subject="co słychać")
    left_to_the_program = judge(mine, RSVP, RULES)
    said = judge(mine, RSVP, RULES, Category.ATTENDANCE)

    assert Category.ATTENDANCE != left_to_the_program.category or Review.UNSURE in left_to_the_program.review
    assert (Category.ATTENDANCE, False, ()) == (said.category, said.private, said.review)
    assert Punctuality.ON_TIME == said.timeliness.attendance
    assert said.people is not None


def test_scores_compare_labels_with_verdicts() -> None:
    """Shares, confusion, calibration and misses follow from labels and verdicts alone."""
    right = judge(letter("Potwierdzam udział w spotkaniu, będą 2 osoby."), KONSULTACJE, RULES)
    labels = [
        Label("1.eml", Category.ATTENDANCE, right.timeliness, right.organisation, 2, right.topics, acknowledge=True),
        Label("2.eml", Category.QUESTION, Timeliness(), "Fundacja Sowa", None, ("seniors",), acknowledge=True),
    ]
    result = score(labels, [right, right])

    assert result.accuracy == 0.5
    assert result.confusion == {
        (Category.ATTENDANCE, Category.ATTENDANCE): 1,
        (Category.QUESTION, Category.ATTENDANCE): 1,
    }
    assert result.categories[Category.ATTENDANCE].precision == 0.5
    assert result.categories[Category.ATTENDANCE].recall == 1.0
    assert result.people == 1.0
    assert result.organisation == 0.5
    assert ["2.eml"] == [miss.label.file for miss in result.misses]
    assert {"organisation", "people", "topics", "timeliness"} == {wrong.fact for wrong in result.wrong_facts}
    assert sum(each.number for each in result.calibration) == 2


def test_a_label_that_is_none_is_told_by_its_key() -> None:
    """A line without a key names the key."""
    with pytest.raises(ValueError, match="timeliness"):
        label({"file": "1.eml"})
    with pytest.raises(ValueError, match="picnic"):
        label(
            {
                "file": "1.eml",
                "category": "picnic",
                "timeliness": {},
                "organisation": None,
                "people": None,
                "topics": [],
                "acknowledge": False,
            }
        )
