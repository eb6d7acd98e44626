"""Words that pile up."""

from __future__ import annotations

import pytest

from pipeline.records import Finding, Outcome, Reason
from tests.helpers import findings_of


def counted(rule_id: str, turns: str, rubric: str = "gas-hotline") -> Finding:
    """The one row of a rule that counts words."""
    (found,) = findings_of(rule_id, turns, rubric=rubric)
    return found


def test_the_finding_runs_from_the_first_use_to_the_last() -> None:
    """It quotes the turn with the most of them, and counts over the call."""
    found = counted(
        "wording.particles",
        "A 0.0-3.0 明天来嘛\nC 4.0-5.0 啊？\nA 6.0-9.0 等着呗，来嘛\nA 20.0-24.0 就行喽，您放心",
    )
    assert (found.kind, found.outcome) == ("density", Outcome.VIOLATION)
    assert (found.turn, found.quote) == (2, "等着呗，来嘛")
    assert found.start is not None
    assert found.end is not None
    assert 2.0 < found.start < 3.0
    assert 21.0 < found.end < 23.0
    assert "嘛、呗、喽共4次" in found.message


@pytest.mark.parametrize(("characters", "outcome"), [(75, Outcome.VIOLATION), (76, Outcome.PASS)])
def test_eight_in_a_hundred_characters(characters: int, outcome: Outcome) -> None:
    """Six in 75 are eight in a hundred; one character more, and they are fewer."""
    words = "表要换呢，" * 6 + "气" * (characters - 24)
    assert counted("wording.particles", f"A 0.0-30.0 {words}。").outcome is outcome


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("你的号码，您的套餐。", Outcome.VIOLATION),
        ("你的号码，您的套餐，您看一下。", Outcome.PASS),
    ],
)
def test_half_of_both_words(words: str, outcome: Outcome) -> None:
    """As many 你 as 您 is too much, one of three a slip."""
    assert counted("wording.you", f"A 0.0-6.0 {words}", "mobile-operator").outcome is outcome


def test_the_share_is_told_in_percent() -> None:
    """Two of three; the 您 of a greeting is nobody's merit."""
    found = counted("wording.you", "A 0.0-6.0 您好，你的号码，你说，您的。", "mobile-operator")
    assert "“你”2次，占66.7%" in found.message


def test_only_one_and_the_same_catchphrase_counts() -> None:
    """Four of one and four of another are no habit."""
    mixed = "A 0.0-12.0 那个，反正，那个，反正，那个，反正，那个，反正，先关上。"
    assert counted("wording.catchphrase", mixed).outcome is Outcome.PASS
    found = counted("wording.catchphrase", mixed.replace("先", "反正，"))
    assert found.message.endswith("“反正”说了5次")


@pytest.mark.parametrize(("heard", "outcome"), [(0.4, Outcome.REVIEW), (0.6, Outcome.VIOLATION)])
def test_badly_heard_uses_are_outvoted(heard: float, outcome: Outcome) -> None:
    """Two sure ones against one doubtful one take points; one against two do not."""
    turns = (
        "C 0.0-6.0 (0.99) 我想问一下，师傅什么时候能来，我一直在家里等着他上门。\n"
        f"A 7.0-8.0 (0.99) 明天来嘛\nA 9.0-10.0 ({heard}) 等着呗\nA 11.0-12.0 (0.4) 就行喽"
    )
    found = counted("wording.particles", turns)
    assert found.outcome is outcome
    assert (found.reason is Reason.LOW_CONFIDENCE) == (outcome is Outcome.REVIEW)


def test_the_share_is_true_where_the_number_alone_breaks_the_limit() -> None:
    """Three 你 beside eight 您 are 27 percent, not a hundred."""
    words = (
        "你的号码，你说，你看，您看一下，您的套餐，您还有，您这边，您稍等，您可以，您用的，您放心。"
    )
    (found,) = findings_of("wording.you", f"A 0.0-20.0 {words}", rubric="mobile-operator")
    assert "“你”3次，占27.3%" in found.message
