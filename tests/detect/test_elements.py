"""Parts that have to be said at the beginning, at the end, or anywhere."""

from __future__ import annotations

import pytest

from pipeline.records import Finding, Outcome, Reason
from tests.helpers import findings_of


def said(rule_id: str, turns: str, rubric: str = "gas-hotline", duration: float = 90) -> Finding:
    """The one row of a rule about parts."""
    (found,) = findings_of(rule_id, turns, rubric=rubric, duration=duration)
    return found


def test_a_greeting_without_anything_points_at_the_first_turn() -> None:
    """Each missing part is named, in the order of the norm, and costs its own points."""
    found = said("opening.inbound", "C 0.0-1.0 喂？\nA 1.5-3.0 什么事？\nC 4.0-6.0 我要报修。")
    assert (found.kind, found.outcome) == ("elements", Outcome.VIOLATION)
    assert (found.turn, found.start, found.end, found.quote) == (1, 1.5, 3.0, "什么事？")
    assert "缺少：问候、单位名称、工号、主动提供帮助" in found.message
    assert found.deduct == 8


def test_a_closing_points_at_the_last_turn() -> None:
    """That is where the goodbye was due; what was said costs nothing."""
    found = said(
        "closing.standard", "A 0.5-4.0 您好。\nC 4.2-6.0 好，谢谢。\nA 30.0-33.0 感谢您的来电。"
    )
    assert (found.turn, found.start, found.end) == (2, 30.0, 33.0)
    assert found.message.endswith("缺少：道别")
    assert found.deduct == 3


@pytest.mark.parametrize(
    ("second", "outcome"), [("4.0-13.0", Outcome.PASS), ("4.0-16.0", Outcome.VIOLATION)]
)
def test_the_opening_is_fifteen_seconds_of_the_agents_speech(second: str, outcome: Outcome) -> None:
    """A third turn still belongs to it while the first two were shorter than that."""
    found = said(
        "opening.inbound",
        f"A 0.0-3.0 您好，江城中燃。\nA {second} 请问有什么可以帮您？\nA 20.0-22.0 八号为您服务。",
    )
    assert found.outcome is outcome


@pytest.mark.parametrize(
    ("duration", "outcome"), [(60, Outcome.NOT_APPLICABLE), (60.5, Outcome.VIOLATION)]
)
def test_a_part_that_only_longer_calls_need(duration: float, outcome: Outcome) -> None:
    """Nobody has to ask for a name within a minute; who does it all the same passes."""
    asked = "opening.ask_name"
    assert said(asked, "A 3.5-6.0 请您稍等。", "exchange-400", duration).outcome is outcome
    named = said(asked, "A 3.5-6.0 好的，请问您贵姓？", "exchange-400", duration)
    assert named.outcome is Outcome.PASS


@pytest.mark.parametrize(
    "said", ["我明天上午给您去电", "两小时之内给您回电答复", "查到了就回您电话"]
)
def test_who_will_call_back_need_not_ask_for_more(said: str) -> None:
    """The matter is not over; the silent line has nothing to ask either."""
    turns = f"C 0.5-3.0 退款在哪办？\nA 3.5-8.0 {said}。\nC 8.5-9.0 好。\nA 9.5-11.0 再见。"
    assert asked_more(turns) is Outcome.NOT_APPLICABLE
    assert asked_more(turns.replace(said, "在柜台")) is Outcome.VIOLATION
    assert asked_more("A 0.5-3.0 您好。\nA 6.0-8.0 喂，再见。") is Outcome.NOT_APPLICABLE


def asked_more(turns: str) -> Outcome:
    """What the rule about a last question says."""
    return said("closing.anything_else", turns).outcome


@pytest.mark.parametrize(
    ("last", "outcome", "reason"),
    [
        ("这个师傅都跟您讲过的。", Outcome.VIOLATION, None),
        ("回头您再看看。", Outcome.REVIEW, Reason.PERHAPS_SAID),
        ("再见。", Outcome.PASS, None),
    ],
)
def test_what_may_have_been_said_otherwise_is_for_a_person(
    last: str, outcome: Outcome, reason: Reason | None
) -> None:
    """The farewell: not there, half found by the model of acts, said in words that the list has."""
    found = said("closing.standard", f"C 0.5-3.0 好的，谢谢。\nA 3.5-6.0 感谢您的来电。{last}")
    assert (found.outcome, found.reason) == (outcome, reason)
    assert found.deduct == (3 if outcome is Outcome.VIOLATION else 0)


def test_one_badly_heard_turn_in_the_window_is_doubt() -> None:
    """The missing words may be in it, though the turn pointed at was heard well."""
    found = said(
        "opening.inbound",
        "A 0.0-6.0 (0.95) 您好，江城中燃，请问有什么可以帮您？\nA 7.0-8.0 (0.3) 把好为您。",
    )
    assert (found.outcome, found.reason, found.turn) == (Outcome.REVIEW, Reason.LOW_CONFIDENCE, 0)
    assert "工号" in found.message
    assert found.deduct == 0


def test_a_badly_heard_turn_that_lacks_nothing_passes() -> None:
    """Doubt is only for what was not found."""
    words = "您好，江城中燃，八号为您服务，请问有什么可以帮您？"
    assert said("opening.inbound", f"A 0.0-6.0 (0.3) {words}").outcome is Outcome.PASS
