"""Something was said, and an answer is due."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.records import Finding, Outcome, Reason
from tests.helpers import findings_of

FAINT = "抱歉，听不清您的声音，请大声一点，好吗？"


def replied(rule_id: str, turns: str, *, rubric: str = "gas-hotline", **call: Any) -> list[Finding]:
    """What one of the rules about answers says."""
    return findings_of(f"procedure.{rule_id}", turns, rubric=rubric, **call)


def test_the_finding_points_at_the_turn_that_should_have_been_the_answer() -> None:
    """And tells what asked for it."""
    (found,) = replied("re_explain", "C 0.5-3.0 你说的我没听懂。\nA 3.5-5.0 您上网查吧。")
    assert (found.kind, found.outcome) == ("reply", Outcome.VIOLATION)
    assert (found.turn, found.start, found.quote) == (1, 3.5, "您上网查吧。")
    assert "客户说“没听懂”，缺少致歉、再解释一遍" in found.message


@pytest.mark.parametrize(
    ("between", "outcome"), [("嗯。", Outcome.PASS), ("您上网查吧。", Outcome.VIOLATION)]
)
def test_a_sound_of_listening_uses_up_no_turn(between: str, outcome: Outcome) -> None:
    """The next two turns of substance count."""
    late = f"A 3.5-4.0 {between}\nA 5.0-6.0 您看。\nA 8.0-12.0 不好意思，我再跟您讲一遍。"
    assert [f.outcome for f in replied("re_explain", f"C 0.5-3.0 我没听懂。\n{late}")] == [outcome]


def test_each_place_is_a_row_unless_one_apology_is_for_all() -> None:
    """Twice not understood is two duties, twice complained one."""
    twice = "C 0.5-3.0 我没听懂。\nA 4.0-5.0 哦。\nC 6.0-8.0 还是没听懂。\nA 9.0-11.0 那算了吧。"
    assert [f.turn for f in replied("re_explain", twice)] == [1, 3]
    complaint = "C 0.5-3.0 我要投诉。\nA 4.0-5.0 哦。\nC 6.0-8.0 我要投诉你。\nA 9.0-11.0 您说。"
    found = replied("complaint_apology", complaint, rubric="mobile-operator")
    assert [(f.outcome, f.turn) for f in found] == [(Outcome.VIOLATION, 1)]


def test_a_trigger_known_by_its_sound_takes_no_points() -> None:
    """The recogniser wrote other characters for 大声一点."""
    (found,) = replied("faint_customer", "A 0.5-3.0 你打生一点，行不行。\nC 4.0-5.0 喂。")
    assert (found.outcome, found.reason) == (Outcome.REVIEW, Reason.TRIGGER_BY_SOUND)
    assert found.deduct == 0


def test_asked_too_often() -> None:
    """The third time the agent has to do something else: that turn is shown."""
    lines = [f"A {10 * i}-{10 * i + 4} {FAINT}\nC {10 * i + 5}-{10 * i + 6} 喂。" for i in range(4)]
    assert [f.outcome for f in replied("faint_customer", "\n".join(lines[:2]))] == [Outcome.PASS]
    (found,) = replied("faint_customer", "\n".join(lines))
    assert (found.reason, found.turn, found.start) == (Reason.JUDGEMENT, 4, 20.0)
    assert found.message.endswith("缺少请客户重新拨打（需人工判断）")


def test_key_tones_ask_too() -> None:
    """Those before the agent has ended his first words; all of them are one place."""
    tones = [
        {"key": k, "start": s, "end": s + 0.1} for k, s in (("1", 0.6), ("0", 1.2), ("2", 9.0))
    ]
    turns = "A 0.5-3.0 喂，说话。\nC 10.0-11.0 喂？\nA 12.0-14.0 请讲。"
    (found,) = replied("dialing", turns, tones=tones)
    assert (found.outcome, found.turn) == (Outcome.VIOLATION, 0)
    assert "按键音 10）" in found.message
    (late,) = replied("dialing", turns, tones=tones[2:])
    assert late.outcome is Outcome.NOT_APPLICABLE


def test_a_rude_third_time_lacks_both() -> None:
    """The courtesy and the redial are both missing in that turn."""
    ask = "抱歉，听不清您的声音，请大声一点，好吗？"
    found = findings_of(
        "procedure.faint_customer",
        f"A 0.0-3.0 {ask}\nC 4.0-5.0 喂。\nA 6.0-9.0 {ask}\nC 9.5-10.0 喂。\nA 11.0-12.0 大声点！",
    )
    told = "".join(f.message for f in found)
    assert all(part in told for part in ("致歉", "请求的口气", "请客户重新拨打"))
