"""Rates, interruptions, holds and silences, as the design defines them."""

from __future__ import annotations

import pytest

from pipeline.records import Floor
from tests.helpers import measured


def test_rate_is_characters_over_turn_length_pauses_included() -> None:
    """12 characters in 4 s are 180 a minute; over the 3.5 s of voice they are more."""
    rates = measured("A 0.0-2.0,2.5-4.0 请您先关好阀门再打开门窗").rates
    assert rates.rate_turn == pytest.approx(60 * 12 / 4)
    assert rates.rate_voiced == pytest.approx(60 * 12 / 3.5)


def test_short_turns_do_not_count_for_the_rate() -> None:
    """Fewer than five characters say nothing about speed."""
    rates = measured("A 0.0-0.2 您好\nA 2.0-5.0 请您先关好阀门").rates
    assert rates.rate_turn == pytest.approx(60 * 7 / 3)
    assert measured("A 0.0-1.0 您好").rates.rate_turn is None
    assert measured("").rates.rate_turn is None


def test_an_interruption_is_described_in_full() -> None:
    """Start, overlap, intrusion, how long the customer had spoken, and who goes on."""
    (event,) = measured("C 2.0-6.0 我家的燃气表坏了我昨天\nA 5.0-9.0 您先告诉我户号").interruptions
    assert event.start == 5.0
    assert event.overlap == pytest.approx(1.0)
    assert event.intrusion == pytest.approx(1.0)
    assert event.customer_spoke == pytest.approx(3.0)
    assert event.characters == 7
    assert (event.backchannel, event.floor) == (False, Floor.AGENT)


@pytest.mark.parametrize(
    ("agent", "floor"),
    [("5.0-9.0", Floor.AGENT), ("3.0-4.0", Floor.CUSTOMER), ("3.0-6.2", Floor.BOTH_STOP)],
)
def test_the_floor_is_whose_turn_ends_later(agent: str, floor: Floor) -> None:
    """Within 0.3 s both stop."""
    (event,) = measured(f"C 2.0-6.0 我家的燃气表坏了\nA {agent} 您先告诉我").interruptions
    assert event.floor is floor


def test_starting_together_is_no_interruption() -> None:
    """Of two starts within 0.1 s nobody interrupts."""
    assert measured("C 2.0-6.0 我家的表坏了\nA 2.1-4.0 您先告诉我").interruptions == ()


def test_a_jump_into_a_pause_counts_although_little_sound_overlaps() -> None:
    """The customer pauses for breath inside his turn; the agent uses it."""
    (event,) = measured(
        "C 2.0-5.0,5.6-8.0 我家的燃气表坏了然后昨天\nA 5.05-5.55,6.0-7.0 您先告诉我户号"
    ).interruptions
    assert event.intrusion > event.overlap
    assert event.customer_spoke == pytest.approx(3.05)


def test_an_unfinished_sentence_reaches_over_a_longer_pause() -> None:
    """The customer breaks off on 可是 and resumes within 2 s: one turn for the interruption."""
    spoken = "C 2.0-5.0 我想报修可是\nA 5.9-7.0 您先告诉我户号\nC 7.5-9.0 可是我不在家"
    (event,) = measured(spoken).interruptions
    assert event.floor is Floor.CUSTOMER
    assert len(measured(spoken.replace("可是\n", "可是。\n")).interruptions) == 1
    for sure, count in ((0.6, 1), (0.4, 0)):
        heard = spoken.replace("C 2.0-5.0", f"C 2.0-5.0 ({sure})")
        assert len(measured(heard).interruptions) == count
    finished = spoken.replace("我想报修可是", "我想报修。")
    assert measured(finished).interruptions == ()


@pytest.mark.parametrize(
    ("resumed", "interrupted"),
    [
        ("你先听我说完，是二楼的", True),
        ("哎，小姑娘，你先听我说完", True),
        ("不是不是，您能不能让我说完", True),
        ("行，那我记一下，不过你先听我说完这件事再登记", False),
        ("上次那个师傅也是这样，我说你先听我说完他不听", False),
    ],
)
def test_a_protest_joins_two_turns_only_where_it_begins_the_second(
    resumed: str, interrupted: bool
) -> None:
    """Further on in the turn it is about something else, and nobody broke in."""
    spoken = f"C 2.0-5.0 我家的燃气表坏了\nA 5.9-7.0 您先告诉我户号\nC 7.5-12.0 {resumed}"
    assert len(measured(spoken).interruptions) == interrupted


def test_backchannels_are_recognised_doubled_ones_too() -> None:
    """嗯嗯，好的 only shows that the agent listens."""
    (event,) = measured("C 2.0-9.0 我家的表坏了\nA 5.0-5.8 嗯嗯，好的。").interruptions
    assert event.backchannel


def test_a_hold_begins_after_words_that_need_an_answer() -> None:
    """The customer asked, the agent is away for 7 s."""
    (hold,) = measured("A 0.0-1.0 您好\nC 1.2-3.0 这个月多少钱？\nA 10.0-12.0 五十六元").holds
    assert (hold.start, hold.end, hold.announced) == (3.0, 10.0, False)


def test_an_announced_hold_reaches_over_the_customers_backchannel() -> None:
    """好 during the wait does not end it."""
    (hold,) = measured(
        "A 0.0-2.0 请您稍等，我帮您查询一下。\nC 2.2-2.5 好。\nA 12.0-14.0 感谢您的等待。"
    ).holds
    assert (hold.start, hold.announced) == (2.0, True)


@pytest.mark.parametrize(
    "turns",
    [
        "A 0.0-2.0 请问您的户号是多少？\nC 12.0-14.0 零零三五。",
        "A 0.0-2.0 请您报一下户号。\nC 2.2-3.5 你等一下，我找找。\nA 12.0-13.0 不着急。",
        "C 0.0-2.0 再见。\nA 2.2-4.0 感谢您的来电，再见。\nC 14.0-14.5 好。",
        "C 1.0-3.0 喂，有人吗？\nA 10.0-12.0 您好。",
        "A 0.0-1.0 您好\nC 1.2-3.0 这个月多少钱？\nA 7.9-9.0 五十六元",
    ],
    ids=["thinking", "own wait", "after both farewells", "before the first word", "under 5 s"],
)
def test_what_is_no_hold(turns: str) -> None:
    """It is not the agent's turn, or it is too short."""
    assert measured(turns).holds == ()


def test_silence_is_what_neither_side_fills() -> None:
    """Union, not sum: double talk fills its seconds once."""
    figures = measured("A 1.0-4.0 您好请讲\nC 3.0-6.0 我要报修", duration=10)
    assert figures.silence == pytest.approx(5.0)
    assert figures.overlap == pytest.approx(1.0)
    assert figures.agent_talk == pytest.approx(3.0)
    assert figures.customer_talk == pytest.approx(3.0)
