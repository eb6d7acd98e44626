"""Figures of the call record."""

from __future__ import annotations

import pytest

from pipeline.records import Finding, Outcome, Severity
from tests.helpers import findings_of

TURNS = (
    "C 0.0-1.0 喂？\nA 2.0-4.0 您好，请讲。\nC 5.0-7.0 我想开户。\nA 8.0-10.0 请您稍等，我查一下。\n"
    "A 70.0-73.0 感谢您的等待。"
)


def figured(rule_id: str, turns: str = TURNS, **call: float) -> Finding:
    """The one row of a rule of the exchange's about a figure."""
    (found,) = findings_of(rule_id, turns, rubric="exchange-400", **call)
    return found


@pytest.mark.parametrize(
    ("duration", "deduct", "severity"),
    [
        (180, 0, None),
        (180.5, 2, Severity.MINOR),
        (300, 2, Severity.MINOR),
        (300.5, 5, Severity.MAJOR),
    ],
)
def test_the_last_limit_that_is_passed_counts(
    duration: float, deduct: float, severity: Severity | None
) -> None:
    """The limits themselves are allowed, and the higher one replaces the lower."""
    found = figured("timing.duration", duration=duration)
    assert (found.outcome is Outcome.PASS) == (severity is None)
    assert (found.deduct, found.severity) == (deduct, severity or found.severity)


def test_a_long_call_is_shown_from_the_limit_on() -> None:
    """With the agent's last words, and how much of it was a hold."""
    found = figured("timing.duration", duration=320)
    assert (found.kind, found.start, found.end) == ("record", 300.0, 320.0)
    assert (found.turn, found.quote) == (4, "感谢您的等待。")
    assert "通话320秒，超过300秒（其中离线60秒）" in found.message


def test_the_operator_takes_fewer_points() -> None:
    """The same limits at another price."""
    (found,) = findings_of("timing.duration", TURNS, rubric="mobile-operator", duration=320)
    assert found.deduct == 3


@pytest.mark.parametrize(("seconds", "outcome"), [(9, Outcome.PASS), (9.5, Outcome.VIOLATION)])
def test_ringing_is_shown_at_the_agents_first_words(seconds: float, outcome: Outcome) -> None:
    """Nine seconds are three rings; the customer's 喂 before them is not what is shown."""
    found = figured("opening.ring", ring_seconds=seconds)
    assert found.outcome is outcome
    if outcome is Outcome.VIOLATION:
        assert (found.turn, found.start, found.end) == (1, 2.0, 4.0)
        assert "振铃9.5秒" in found.message


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        ("不好意思让您久等了。", "请讲。", Outcome.PASS),
        ("您好，请讲。", "不好意思让您久等了。", Outcome.VIOLATION),
    ],
)
def test_the_apology_for_the_ringing_comes_first(first: str, second: str, outcome: Outcome) -> None:
    """In the agent's second turn it is too late."""
    turns = f"A 0.5-2.0 {first}\nC 2.5-4.0 喂？\nA 5.0-7.0 {second}"
    assert figured("opening.late_answer", turns, ring_seconds=18).outcome is outcome
