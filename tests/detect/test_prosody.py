"""How the agent's voice sounds."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.records import Finding, Outcome, Reason, Role
from tests.helpers import findings_of

DRAWLED = "A 0.5-2.5 好啊\nA 4.0-8.5 行啊。\nA 9.5-11.5 是吧"
"""A second, a second and a half, and again a second for the last character."""


def sounded(rule_id: str, turns: str = "A 0.5-3.0 您好，请讲。", **call: Any) -> Finding:
    """The one row of a rule about the voice."""
    (found,) = findings_of(f"voice.{rule_id}", turns, **call)
    return found


@pytest.mark.parametrize(
    ("loudness", "outcome"),
    [
        (-40.0, Outcome.PASS),
        (-40.5, Outcome.VIOLATION),
        (-10.0, Outcome.PASS),
        (-9.5, Outcome.VIOLATION),
    ],
)
def test_the_band_holds_its_ends(loudness: float, outcome: Outcome) -> None:
    """Minus forty is still audible, minus ten not yet a shout."""
    assert sounded("volume", loudness=loudness).outcome is outcome


def test_the_message_tells_the_figure_and_the_band() -> None:
    """With their signs."""
    found = sounded("volume", loudness=-46.3)
    assert (found.kind, found.turn, found.deduct) == ("prosody", 0, 2)
    assert "音量-46.3 dBFS（应在-40到-10之间）" in found.message


def test_a_complaint_alone_is_for_a_person() -> None:
    """It quotes the customer; the meter says that the agent was loud enough."""
    turns = "A 0.5-3.0 您好，请讲。\nC 4.0-6.0 你声音太小了。\nA 7.0-9.0 您好，请讲。"
    found = sounded("volume", turns, loudness=-24)
    assert (found.outcome, found.reason) == (Outcome.REVIEW, Reason.COMPLAINT)
    assert (found.role, found.turn, found.quote) == (Role.CUSTOMER, 1, "你声音太小了。")
    assert found.deduct == 0


def test_a_measured_fault_goes_before_a_complaint() -> None:
    """The agent's own turn is shown."""
    turns = "C 0.5-2.0 喂？你声音太小了。\nA 3.0-5.0 您好，请讲。"
    found = sounded("volume", turns, loudness=-46)
    assert (found.outcome, found.role, found.turn) == (Outcome.VIOLATION, Role.AGENT, 1)


def test_drawling_is_a_habit_at_the_third_time() -> None:
    """The longest is shown; punctuation behind the last character is none of it."""
    found = sounded("drawl", DRAWLED)
    assert (found.outcome, found.turn, found.quote) == (Outcome.VIOLATION, 1, "行啊。")
    assert "3句" in found.message
    assert found.message.endswith("1.5秒")
    assert sounded("drawl", DRAWLED.replace("是吧", "您请讲")).outcome is Outcome.PASS


def test_the_melody_never_costs_points() -> None:
    """Too flat or too lively: a person listens."""
    for spread in (0.7, 8.5):
        found = sounded("energy", loudness=-24, pitch_spread=spread)
        assert (found.outcome, found.reason) == (Outcome.REVIEW, Reason.JUDGEMENT)
        assert found.deduct == 0
        assert f"{spread}个半音" in found.message
    for spread in (0.8, 8.0):
        assert sounded("energy", loudness=-24, pitch_spread=spread).outcome is Outcome.PASS
