"""Greetings against the clock and the calendar."""

from __future__ import annotations

import pytest

from pipeline.records import Finding, Outcome, Reason
from tests.helpers import findings_of


def greeted(turns: str, at: str, rule_id: str = "opening.daypart") -> list[Finding]:
    """What the rule about greetings says of a call at a local time."""
    return findings_of(rule_id, turns, started_at=f"{at}+08:00")


@pytest.mark.parametrize(
    ("words", "clock", "outcome"),
    [
        ("早上好", "10:00:00", Outcome.PASS),
        ("早上好", "10:01:00", Outcome.VIOLATION),
        ("中午好", "10:59:00", Outcome.VIOLATION),
        ("中午好", "11:00:00", Outcome.PASS),
        ("下午好", "11:59:59", Outcome.PASS),  # said two seconds later, it is noon
        ("晚上好", "16:58:00", Outcome.VIOLATION),
        ("晚上好", "05:00:00", Outcome.PASS),
        ("晚上好", "05:01:00", Outcome.VIOLATION),
    ],
)
def test_the_borders_of_the_day(words: str, clock: str, outcome: Outcome) -> None:
    """Both ends of the hours fit, and either the call's start or the greeting's own time will do."""
    found = greeted(f"A 2.0-4.0 {words}，请讲。", f"2026-11-18T{clock}")
    assert [f.outcome for f in found] == [outcome]


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        ("2026-11-20T16:58:00", Outcome.VIOLATION),
        ("2026-11-20T17:00:00", Outcome.PASS),
        ("2026-11-22T23:58:00", Outcome.PASS),
        ("2026-11-23T00:00:00", Outcome.VIOLATION),
    ],
)
def test_the_weekend_lasts_from_friday_evening_to_sunday_midnight(
    at: str, outcome: Outcome
) -> None:
    """Friday 17:00 to Monday."""
    found = greeted("A 0.5-4.0 祝您周末愉快，再见。", at, "opening.holiday")
    assert [f.outcome for f in found] == [outcome]


def test_the_finding_points_at_the_greeting_and_tells_the_time_it_was_said() -> None:
    """Only the word is quoted; a minute and a half into the call the clock has moved on."""
    (found,) = greeted(
        "A 0.5-4.0 您好，请讲。\nA 90.0-94.0 感谢您的来电，祝您周末愉快",
        "2026-11-18T15:30:00",
        "opening.holiday",
    )
    assert (found.kind, found.turn, found.quote) == ("calendar", 1, "周末愉快")
    assert found.start is not None
    assert found.end is not None
    assert 92.0 < found.start < found.end <= 94.0
    assert "2026-11-18 15:31" in found.message


def test_each_wrong_greeting_is_a_row() -> None:
    """The one that fits says nothing for the others."""
    found = greeted("A 0.5-6.0 下午好，早上好，哦不，晚上好。", "2026-11-18T15:30:00")
    assert [f.quote for f in found] == ["早上好", "晚上好"]


def test_a_title_and_what_comes_long_after_the_opening_are_no_greetings() -> None:
    """The name of a song, and words behind the agent's first fifteen seconds."""
    turns = "A 0.5-9.0 您好，您点的是《早上好》。\nA 20.0-29.0 好的。\nA 40.0-42.0 早上好。"
    (found,) = greeted(turns, "2026-11-18T15:30:00")
    assert found.outcome is Outcome.NOT_APPLICABLE


def test_a_greeting_in_a_badly_heard_turn() -> None:
    """It may have been another: for a person, and no points."""
    (found,) = greeted(
        "A 0.5-4.0 (0.95) 您好，江城中燃，请问有什么可以帮您？\nA 5.0-6.0 (0.3) 早上好。",
        "2026-11-18T15:30:00",
    )
    assert (found.outcome, found.reason) == (Outcome.REVIEW, Reason.LOW_CONFIDENCE)
    assert found.deduct == 0
