"""Dead air."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.records import Finding, Outcome, Role
from tests.helpers import findings_of

ASKED = "A 0.0-3.0 您好，请讲。\nC 3.5-6.0 我家没有气了。"


def quiet(turns: str, **call: Any) -> list[Finding]:
    """What the rule about dead air says."""
    return findings_of("listening.dead_air", turns, **call)


def test_the_finding_is_the_silence_itself() -> None:
    """It quotes the last words before it, whoever said them."""
    (found,) = quiet(f"{ASKED}\nA 18.5-20.0 是整栋楼都没有气吗？")
    assert (found.kind, found.outcome) == ("silence", Outcome.VIOLATION)
    assert (found.start, found.end) == (6.0, 18.5)
    assert (found.role, found.turn, found.quote) == (Role.CUSTOMER, 1, "我家没有气了。")
    assert "双方沉默12.5秒" in found.message


@pytest.mark.parametrize(("back", "outcome"), [(14.0, Outcome.PASS), (14.25, Outcome.VIOLATION)])
def test_eight_seconds_are_the_longest_pause(back: float, outcome: Outcome) -> None:
    """The limit itself is allowed."""
    assert [f.outcome for f in quiet(f"{ASKED}\nA {back}-20.0 整栋楼都没有吗？")] == [outcome]


def test_each_silence_is_a_row() -> None:
    """In order; the announced one between them is left out."""
    found = quiet(
        f"{ASKED}\nA 16.0-18.0 请您稍等，我查一下。\nA 40.0-42.0 感谢您的等待，在抢修。\n"
        "C 43.0-45.0 什么时候能修好？\nA 60.0-62.0 今天晚上。"
    )
    assert [(f.start, f.end) for f in found] == [(6.0, 16.0), (45.0, 60.0)]


def test_the_end_of_the_recording() -> None:
    """Whoever asked and got no answer at all waited to the end; after an answer nobody did."""
    (found,) = quiet(ASKED, duration=30)
    assert (found.start, found.end) == (6.0, 30.0)
    answered = f"{ASKED}\nA 7.0-9.0 师傅半小时到。"
    assert [f.outcome for f in quiet(answered, duration=30)] == [Outcome.PASS]


@pytest.mark.parametrize(
    "turns",
    [
        "C 0.0-2.0 喂，有人吗？\nA 15.0-17.0 您好，请讲。",  # he waits in the queue
        f"{ASKED}\nC 6.8-8.0 你等一下，我看看。\nA 8.2-9.0 好的。\nC 25.0-26.0 关着的。",
        f"{ASKED}\nA 6.5-9.0 您家的户号是多少？\nC 25.0-26.0 零零三五。",
        "A 0.0-3.0 您好，请讲。\nA 15.0-17.0 您好，请讲。",  # a line without a customer
    ],
)
def test_silences_that_are_not_the_agents(turns: str) -> None:
    """Before his first word, at the customer's own wish, after his question, with nobody there."""
    assert [f.outcome for f in quiet(turns)] == [Outcome.PASS]


def test_badly_heard_words_do_not_fill_a_silence() -> None:
    """Nobody spoke: that needs no words."""
    (found,) = quiet("A 0.0-3.0 (0.3) 您好。\nC 3.5-6.0 (0.3) 没气。\nA 18.0-20.0 (0.3) 哦。")
    assert found.outcome is Outcome.VIOLATION
