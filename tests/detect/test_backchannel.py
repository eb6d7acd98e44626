"""A long story that the agent listens to without a sound."""

from __future__ import annotations

import pytest

from pipeline.records import Finding, Outcome, Reason
from tests.helpers import findings_of

STORY = "我家的燃气表上个月就坏了，打了两次电话都说来人，结果一直没有人来"


def unanswered(turns: str) -> list[Finding]:
    """What the rule about listening says of a call that begins with the agent's greeting."""
    return findings_of("listening.backchannel", f"A 0.0-2.0 您好，请讲。\n{turns}")


def test_the_finding_spans_the_whole_story() -> None:
    """From the customer's first word to his last, over his own pause; it quotes where he begins."""
    (found,) = unanswered(f"C 2.5-14.0 {STORY}\nC 14.8-26.0 今天又没来。\nA 26.5-28.0 非常抱歉。")
    assert (found.kind, found.outcome) == ("backchannel", Outcome.VIOLATION)
    assert (found.turn, found.start, found.end, found.quote) == (1, 2.5, 26.0, STORY)
    assert "23.5秒" in found.message


@pytest.mark.parametrize(
    ("end", "outcome"), [(22.5, Outcome.NOT_APPLICABLE), (22.75, Outcome.VIOLATION)]
)
def test_twenty_seconds_are_not_yet_long(end: float, outcome: Outcome) -> None:
    """The limit itself is allowed."""
    assert [f.outcome for f in unanswered(f"C 2.5-{end} {STORY}")] == [outcome]


@pytest.mark.parametrize(
    ("start", "outcome"), [(17.0, Outcome.VIOLATION), (17.25, Outcome.NOT_APPLICABLE)]
)
def test_after_a_long_pause_the_customer_begins_anew(start: float, outcome: Outcome) -> None:
    """Over three seconds of quiet make two short stories out of one long one."""
    found = unanswered(f"C 2.5-14.0 {STORY}\nC {start}-28.0 昨天又打，等到现在也没有来。")
    assert [f.outcome for f in found] == [outcome]


def test_a_sound_counts_anywhere_in_the_story_but_not_after_it() -> None:
    """One 嗯 behind the customer's pause answers to all of it; behind his last word it is too late."""
    story = f"C 2.5-14.0 {STORY}\nC 15.0-30.0 今天又没有来，我等了一天。"
    assert [f.outcome for f in unanswered(f"{story}\nA 22.0-22.4 嗯。")] == [Outcome.PASS]
    assert [f.outcome for f in unanswered(f"{story}\nA 30.2-30.6 嗯。")] == [Outcome.VIOLATION]


def test_each_story_is_judged_alone() -> None:
    """The first was answered, the second not, nor the third, which has a pause in it."""
    found = unanswered(
        f"C 3.0-26.0 {STORY}\nA 12.0-12.4 嗯。\nA 27.0-29.0 请问您住在哪里？\n"
        f"C 30.0-55.0 {STORY}\nA 56.0-58.0 请问您的户号是多少？\n"
        f"C 60.0-72.0 {STORY}\nC 74.0-85.0 {STORY}"
    )
    assert {f.outcome for f in found} == {Outcome.VIOLATION}
    assert [(f.start, f.end) for f in found] == [(30.0, 55.0), (60.0, 85.0)]


def test_one_badly_heard_part_of_the_story_is_enough_for_doubt() -> None:
    """Perhaps the agent's own words went into it: no points are taken."""
    (found,) = unanswered(f"C 2.5-22.0 (0.95) {STORY}\nC 22.8-26.0 (0.3) 等到现在。")
    assert (found.outcome, found.reason) == (Outcome.REVIEW, Reason.LOW_CONFIDENCE)
    assert found.deduct == 0
