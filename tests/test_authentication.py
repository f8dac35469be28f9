"""Whose word on a sender's authentication counts (RFC 8601)."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.judgement import authentication, automatic
from intake.judgement.authentication import dmarc, forged, results, vouched, without_comments
from intake.judgement.machines import Authentication
from intake.judgement.values import Arrival, Review
from intake.judgement.verdict import judge
from intake.mail.message import Message
from intake.mail.reader import parse
from tests.letters import office_rules

OURS = Authentication(servers=("mx.um.torun.pl",))
TAKEN = "Received: from mail.kolo.example (mail.kolo.example [192.0.2.7])\r\n\tby mx.um.torun.pl (Postfix) with ESMTPS"
STORED = "Received: from mx.um.torun.pl by imap.um.torun.pl with LMTP"
REST = (
    "From: Ewa <ewa@kolo.example>\r\nSubject: Spotkanie\r\n\r\nPotwierdzam udzial dwoch osob w spotkaniu 13 lipca.\r\n"
)


def said(result: str, who: str = "mx.um.torun.pl") -> str:
    """Return a field in which *who* tells the *result* of DMARC."""
    return (
        f"Authentication-Results: {who};\r\n\tspf=pass smtp.mailfrom=kolo.example; dmarc={result} header.from=a.example"
    )


def mail(*fields: str) -> bytes:
    """Return a letter that begins with *fields*."""
    return "\r\n".join((*fields, REST)).encode()


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        ((said("fail"), TAKEN), "fail"),
        ((STORED, said("fail"), TAKEN), "fail"),
        ((STORED, said("pass"), said("fail"), TAKEN), "pass"),
        ((said("fail", "MX.um.torun.pl"), TAKEN), "fail"),
        ((said("fail", "mx.evil.example"), TAKEN), None),
        ((said("fail", "mx.um.torun.pl.evil.example"), TAKEN), None),
        ((TAKEN, said("pass")), None),
        ((said("fail"), TAKEN, said("pass")), "fail"),
        ((said("pass"),), None),
        ((said("pass"), "Received: from x by mx.evil.example"), None),
        ((TAKEN,), None),
    ],
)
def test_only_what_our_own_server_wrote_on_top_counts(fields: tuple[str, ...], result: str | None) -> None:
    """What stands below the field by which our server took the message in came with the message (RFC 8601 §5)."""
    assert result == dmarc(parse(mail(*fields)), OURS)


def test_a_server_may_call_itself_otherwise_in_received() -> None:
    """An authserv-id need not be a host's name (RFC 8601 §2.5)."""
    message = parse(mail(said("fail", "um.torun.pl"), TAKEN))

    assert dmarc(message, Authentication(servers=("um.torun.pl",))) is None
    assert "fail" == dmarc(message, Authentication(servers=("um.torun.pl",), received_by=("mx.um.torun.pl",)))


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("mx.example; none", ("mx.example", ())),
        ("mx.example 1; dmarc=pass", ("mx.example", (("dmarc", "pass"),))),
        ("mx.example 2; dmarc=pass", ("", ())),
        ('"mx.example"; dmarc = fail (p=none; dis=none) header.from=a.example', ("mx.example", (("dmarc", "fail"),))),
        ("(a (nested) comment) MX.Example (v)1 ; DMARC/1 = Fail", ("mx.example", (("dmarc", "fail"),))),
        (
            'mx.example; spf=pass reason="x; dmarc=pass"; dmarc=fail',
            ("mx.example", (("spf", "pass"), ("dmarc", "fail"))),
        ),
        ("mx.example; spf=pass (x; dmarc=pass)", ("mx.example", (("spf", "pass"),))),
        ('mx.example; spf=pass reason="a\\"; dmarc=pass"', ("mx.example", (("spf", "pass"),))),
        ("mx.example; xdmarc=fail; dmarc=", ("mx.example", (("xdmarc", "fail"),))),
        ("", ("", ())),
        (";;;", ("", ())),
    ],
)
def test_the_field_is_read_by_its_grammar(value: str, read: tuple[str, tuple[tuple[str, str], ...]]) -> None:
    """Comments, quoted strings, versions and spaces are where RFC 8601 §2.2 lets them be."""
    assert read == results(value)


@given(st.text(alphabet='abc;="\\() /dmr', max_size=80))
def test_any_value_can_be_read(value: str) -> None:
    """No comment survives, and nothing is raised."""
    results(value)

    assert len(without_comments(value)) <= len(value)


def test_a_hostile_value_costs_no_time() -> None:
    """However often a comment begins."""
    begun = time.perf_counter()
    for piece in ("(", '"', ";", "dmarc=", "\\", "by ", " = "):
        results(piece * 500_000)
        without_comments(piece * 500_000)
    parse(mail(*(said("fail") for _ in range(500)), TAKEN))

    assert time.perf_counter() - begun < 5


def test_what_fails_dmarc_is_not_answered_and_shown_to_staff() -> None:
    """An answer would go to whom it was forged upon; what was written is taken in all the same."""
    rules = office_rules()
    strict = replace(rules, automatic=replace(rules.automatic, authentication=OURS))
    arrival = Arrival("rsvp", None)
    failed, passed = parse(mail(said("fail"), TAKEN)), parse(mail(said("pass"), TAKEN))

    assert "DMARC: fail" == automatic.suppression(failed, arrival, strict)
    assert automatic.suppression(passed, arrival, strict) is None
    assert automatic.suppression(failed, arrival, rules) is None
    assert "attendance" == judge(failed, arrival, strict).category
    assert Review.SENDER in judge(failed, arrival, strict).review
    assert Review.SENDER not in judge(passed, arrival, strict).review


def test_the_rules_say_which_results_forbid_an_answer() -> None:
    """A check that could not be made forbids nothing, unless the office says so."""
    unsure = parse(mail(said("temperror"), TAKEN))

    assert forged(unsure, OURS) is None
    assert "temperror" == forged(unsure, OURS.model_copy(update={"unanswered_results": ("fail", "temperror")}))
    assert authentication.forged(parse(mail(said("fail"), TAKEN)), Authentication()) is None


def ours(*said: str, sender: str = "Kinga <k.dabrowska@um.torun.pl>") -> Message:
    """Return a mail of *sender* with what our server *said* of it."""
    fields = [f"Authentication-Results: mx.um.torun.pl; {each}" for each in said]
    return parse("\r\n".join((*fields, TAKEN, f"From: {sender}", "Subject: Re: zestawienie", "", "1 tak", "")).encode())


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (("dmarc=pass header.from=um.torun.pl",), True),
        (("dmarc=pass (p=reject) header.from=UM.Torun.PL",), True),
        (("spf=pass; dkim=pass; dmarc=pass",), True),
        (("auth=pass smtp.auth=k.dabrowska@um.torun.pl",), True),
        (("auth=pass (PLAIN) smtp.auth=k.dabrowska",), True),
        (("auth=pass smtp.auth=k.dabrowska@um.torun.pl", "dmarc=pass header.from=um.torun.pl"), True),
        (("dmarc=fail header.from=um.torun.pl",), False),
        (("dmarc=none",), False),
        (("dmarc=pass header.from=evil.example",), False),
        (("dmarc=pass header.from=um.torun.pl.evil.example",), False),
        (("auth=pass",), False),
        (("auth=pass smtp.auth=j.nowak@um.torun.pl",), False),
        (("auth=pass smtp.auth=j.nowak", "dmarc=pass header.from=um.torun.pl"), False),
        (("dmarc=pass header.from=um.torun.pl", "auth=pass smtp.auth=j.nowak"), False),
        (('auth=pass reason="x smtp.auth=k.dabrowska" smtp.auth=j.nowak',), False),
        (("auth=pass smtp.mailfrom=smtp.auth=k.dabrowska smtp.auth=j.nowak",), False),
        (("dmarc=fail header.from=um.torun.pl", "dmarc=pass header.from=um.torun.pl"), False),
        (("spf=pass smtp.mailfrom=um.torun.pl; dkim=pass header.d=um.torun.pl",), False),
        ((), False),
    ],
)
def test_our_server_vouches_for_the_very_address_in_from(said: tuple[str, ...], expected: bool) -> None:
    """A pass of another domain, or of a colleague's login, is none; nor is a forged field below our server's."""
    assert expected == vouched(ours(*said), OURS)
    assert not vouched(ours(*said), Authentication())


@pytest.mark.parametrize(
    "sender",
    [
        "x@evil.example\r\nFrom: k.dabrowska@um.torun.pl",
        "k.dabrowska@um.torun.pl\r\nFrom: x@evil.example",
        "k.dabrowska@um.torun.pl, x@evil.example",
        '"k.dabrowska@um.torun.pl" <k.dabrowska@um.torun.pl.evil.example>',
    ],
)
def test_nobody_is_vouched_for_where_from_can_be_read_in_two_ways(sender: str) -> None:
    """Our server may have checked the other one."""
    assert not vouched(ours("dmarc=pass", sender=sender), OURS)
