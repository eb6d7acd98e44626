"""What nobody should hear: always for a person, never points."""

from __future__ import annotations

import pytest

from pipeline.records import Finding, Outcome, Reason, Severity
from tests.helpers import findings_of


def told(turns: str) -> list[Finding]:
    """What the rule about confidential matters says."""
    return findings_of("wording.confidential", turns)


def test_the_finding_is_the_number_and_its_seconds() -> None:
    """Not the whole turn; critical and yet without points, for a person decides."""
    (found,) = told("C 0.0-2.0 帮我查一下。\nA 3.0-9.0 好的，登记的是320102199001011234，您看。")
    assert (found.kind, found.outcome) == ("disclosure", Outcome.REVIEW)
    assert (found.reason, found.severity) == (Reason.JUDGEMENT, Severity.CRITICAL)
    assert (found.deduct, found.turn, found.quote) == (0, 1, "320102199001011234")
    assert found.start is not None
    assert found.end is not None
    assert 4.0 < found.start < found.end < 9.0


@pytest.mark.parametrize(
    ("words", "quotes"),
    [
        ("号码是12345678901234。", []),
        ("号码是123456789012345。", ["123456789012345"]),
        ("您的密码是一二三。", []),
        ("您的密码是一二三四。", ["密码是一二三四"]),
        ("您的密码是六个八。", ["密码是六个八"]),
        ("您记一下，13900000009。", ["13900000009"]),
        ("师傅的电话，13900000009。", []),
    ],
)
def test_how_long_a_number_has_to_be(words: str, quotes: list[str]) -> None:
    """Fifteen digits for any number, four behind the word password, a mobile that is not at work."""
    found = told(f"A 3.0-9.0 {words}")
    assert [f.quote for f in found if f.outcome is Outcome.REVIEW] == quotes
    assert len(found) == max(1, len(quotes))


def test_a_number_is_only_repeated_if_the_customer_gave_it_before() -> None:
    """What he repeats after the agent was news to him."""
    number = "320102199001011234"
    (found,) = told(f"A 3.0-9.0 登记的是{number}。\nC 10.0-15.0 {number}，对的。")
    assert found.outcome is Outcome.REVIEW
    (spared,) = told(f"C 0.0-5.0 {number}。\nA 6.0-11.0 登记的是{number}。")
    assert spared.outcome is Outcome.PASS


def test_the_customer_may_give_a_number_in_pieces() -> None:
    """The agent reads it out whole."""
    turns = "C 0.0-3.0 320102\nC 4.0-7.0 199001011234\nA 8.0-13.0 是320102199001011234，对吗？"
    assert [f.outcome for f in told(turns)] == [Outcome.PASS]


def test_each_place_is_a_row_in_the_order_of_the_call() -> None:
    """Two turns, two matters."""
    found = told(
        "A 0.0-5.0 他住在江城路三号。\nC 6.0-7.0 哦。\nA 8.0-12.0 您的密码是八八六六二二。"
    )
    assert [(f.turn, f.quote) for f in found] == [(0, "他住在"), (2, "密码是八八六六二二")]
