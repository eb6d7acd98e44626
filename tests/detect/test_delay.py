"""How long the customer waits for an answer."""

from __future__ import annotations

import pytest

from pipeline.records import Finding, Outcome
from tests.helpers import findings_of


def answered(turns: str) -> Finding:
    """The one row of the rule about prompt answers."""
    (found,) = findings_of("timing.response", f"A 0.0-0.5 您好。\n{turns}", rubric="telesales")
    return found


def test_the_finding_is_the_longest_wait() -> None:
    """From the end of that question to the answer; the message tells mean and worst."""
    found = answered(
        "C 1.0-3.0 订单到哪里了？\nA 4.0-6.0 在路上。\n"
        "C 7.0-9.0 哪天能到我家？\nA 17.0-19.0 明天。\n"
        "C 20.0-22.0 运费要多少钱？\nA 28.0-30.0 不要钱。"
    )
    assert (found.kind, found.turn, found.quote) == ("delay", 3, "哪天能到我家？")
    assert (found.start, found.end) == (9.0, 17.0)
    assert "平均5秒，最长8秒" in found.message


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        (1.0, 5.0, Outcome.PASS),  # both limits met to the second
        (0.5, 5.25, Outcome.VIOLATION),  # one answer too late, the mean is fine
        (2.5, 4.0, Outcome.VIOLATION),  # none too late, the mean is
    ],
)
def test_three_on_average_and_five_at_worst(first: float, second: float, outcome: Outcome) -> None:
    """The limits themselves are allowed."""
    turns = (
        f"C 1.0-3.0 订单到哪里了？\nA {3 + first}-7.0 在路上。\n"
        f"C 8.0-10.0 哪天能到？\nA {10 + second}-17.0 明天。"
    )
    assert answered(turns).outcome is outcome


@pytest.mark.parametrize("words", ["好的，谢谢，再见。", "你等一下，我找一支笔。", "嗯。"])
def test_words_that_wait_for_no_answer(words: str) -> None:
    """Thanks and goodbye, the customer's own pause, a back-channel."""
    assert answered(f"C 1.0-3.0 {words}\nA 20.0-22.0 好的。").outcome is Outcome.NOT_APPLICABLE


def test_an_answer_into_the_question_is_no_wait() -> None:
    """The agent who begins early has not made anybody wait, nor does it shorten other waits."""
    found = answered(
        "C 1.0-9.0 订单到哪里了？\nA 4.0-12.0 在路上。\nC 13.0-14.0 哪天能到？\nA 20.0-22.0 明天。"
    )
    assert "平均3秒，最长6秒" in found.message


def test_the_customer_who_asks_on_waits_from_his_last_question() -> None:
    """What he says in his own pause is not an answer; only the last turn before the agent's counts."""
    found = answered("C 1.0-3.0 订单到哪里了？\nC 10.0-12.0 喂，听得到吗？\nA 14.0-16.0 在路上。")
    assert found.outcome is Outcome.PASS


def test_a_question_that_was_heard_badly() -> None:
    """It may have been none: no points."""
    (found,) = findings_of(
        "timing.response",
        "A 0.0-0.5 您好。\nC 1.0-3.0 (0.2) 订蛋到那里\nA 12.0-14.0 路上。",
        rubric="telesales",
    )
    assert found.outcome is Outcome.REVIEW
