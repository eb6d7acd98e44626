"""What the agent has to ask before he hangs up on a silent customer."""

from __future__ import annotations

import pytest

from pipeline.records import Finding, Outcome, Reason
from tests.helpers import findings_of

GOODBYE = "C 0.2-0.6 再见。\nA 1.0-3.0 感谢您的来电，再见。"
FIRST, SECOND = "A 6.0-8.0 请问您还有什么问题吗？", "A 11.0-13.0 没有的话请您挂机。"


def prompted(
    turns: str, duration: float, rule_id: str = "closing.prompts", by: str = "agent"
) -> Finding:
    """The one row of a rule about prompts."""
    (found,) = findings_of(rule_id, turns, ended_by=by, duration=duration)
    return found


def test_the_finding_runs_from_the_last_words_to_the_end() -> None:
    """What is missing is counted; it quotes what the agent said instead."""
    found = prompted(f"{GOODBYE}\n{FIRST}", 12)
    assert (found.kind, found.outcome) == ("prompts", Outcome.REVIEW)
    assert (found.turn, found.start, found.end) == (2, 6.0, 12.0)
    assert "提示应有2次，只有1次" in found.message
    assert "等候不足" not in found.message


@pytest.mark.parametrize(("duration", "outcome"), [(15.5, Outcome.PASS), (15.25, Outcome.REVIEW)])
def test_the_wait_after_the_last_question_ends_with_the_call(
    duration: float, outcome: Outcome
) -> None:
    """Two and a half seconds."""
    assert prompted(f"{GOODBYE}\n{FIRST}\n{SECOND}", duration).outcome is outcome


def test_all_that_is_missing_stands_in_one_row() -> None:
    """On a line without a voice: a question, the wait after it, and the last explanation."""
    found = prompted("A 0.5-3.0 您好，请讲。\nA 4.0-5.0 啧。", 5.5, "procedure.no_voice")
    assert found.message.endswith("只有1次、提示后等候不足2.5秒、挂机前的说明")


@pytest.mark.parametrize(("duration", "missing"), [(17.5, ""), (17.25, "说明后停顿不足1.5秒")])
def test_the_pause_behind_the_explanation(duration: float, missing: str) -> None:
    """A last chance to be heard."""
    asked = "A 0.5-3.0 您好，请讲话。\nA 6.0-8.5 您好，请问您能听见我的声音吗？"
    found = prompted(
        f"{asked}\nA 12.0-16.0 听不见您的声音，请您再拨，再见。", duration, "procedure.no_voice"
    )
    assert (found.outcome is Outcome.PASS) == (not missing)
    assert found.message.endswith(missing)


@pytest.mark.parametrize("by", ["customer", "system"])
def test_who_is_cut_short_owes_no_more(by: str) -> None:
    """The silent caller hangs up, or the line breaks, right after the first question."""
    assert prompted("A 0.5-3.0 您好，请讲。", 3.5, "procedure.no_voice", by).outcome is Outcome.PASS


def test_last_words_that_were_heard_badly() -> None:
    """They may have been the second question."""
    before = "C 0.2-0.6 (0.95) 再见。\nA 1.0-5.0 (0.95) 感谢您的来电，祝您生活愉快，再见。"
    found = prompted(f"{before}\nA 8.0-9.0 (0.3) 王大爷。", 12)
    assert (found.outcome, found.reason) == (Outcome.REVIEW, Reason.LOW_CONFIDENCE)
    assert found.deduct == 0
