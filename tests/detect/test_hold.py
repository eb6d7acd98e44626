"""Leaving the line: said before, thanked for after, not for too long."""

from __future__ import annotations

import pytest

from pipeline.records import Finding, Outcome, Reason, Role
from tests.helpers import findings_of

ASKED = "A 0.0-0.4 您好。\nC 0.5-3.0 我这个月多少钱？"
HELD = f"{ASKED}\nA 3.5-6.0 请您稍等，我帮您查询一下。"


def held(rule_id: str, turns: str) -> list[Finding]:
    """What one of the three rules about holds says."""
    return findings_of(f"procedure.hold_{rule_id}", turns)


@pytest.mark.parametrize(
    ("back", "outcome"), [(8.0, Outcome.NOT_APPLICABLE), (8.25, Outcome.VIOLATION)]
)
def test_a_hold_is_longer_than_five_seconds(back: float, outcome: Outcome) -> None:
    """Five seconds are a pause."""
    found = held("announce", f"{ASKED}\nA {back}-12.0 是五十六元。")
    assert [f.outcome for f in found] == [outcome]


def test_two_silent_holds_and_one_announced() -> None:
    """A row for each, in order, that spans the wait and quotes the words the customer was left with."""
    found = held(
        "announce",
        f"{HELD}\nA 14.0-16.0 是五十六元。\nC 17.0-19.0 上个月呢？\nA 27.0-29.0 四十元。\n"
        "C 30.0-32.0 前个月呢？\nA 39.5-41.0 三十元。",
    )
    assert [(f.kind, f.role) for f in found] == [("hold", Role.CUSTOMER)] * 2
    assert [(f.turn, f.start, f.end) for f in found] == [(4, 19.0, 27.0), (6, 32.0, 39.5)]
    assert [f.quote for f in found] == ["上个月呢？", "前个月呢？"]
    assert ["8秒" in found[0].message, "7.5秒" in found[1].message] == [True, True]


def test_the_first_words_back_are_judged() -> None:
    """The finding quotes them and tells how long the customer waited; thanks later do not help."""
    (found,) = held("return", f"{HELD}\nA 14.5-17.0 五十六元。\nA 20.0-22.0 让您久等了。")
    assert (found.outcome, found.role, found.turn) == (Outcome.VIOLATION, Role.AGENT, 3)
    assert (found.start, found.end, found.quote) == (14.5, 17.0, "五十六元。")
    assert "8.5秒" in found.message


def test_words_back_that_were_heard_badly() -> None:
    """They may have been thanks; where they sound like thanks, they were."""
    before = "C 0.5-3.0 (0.95) 我这个月多少钱？\nA 3.5-6.0 (0.95) 请您稍等，我帮您查询一下。"
    (found,) = held("return", f"{before}\nA 14.0-15.0 (0.3) 这个月是灯带。")
    assert [f.outcome for f in held("return", f"{before}\nA 14.0-15.0 (0.3) 敢写等带。")] == [
        Outcome.PASS
    ]
    assert (found.outcome, found.reason) == (Outcome.REVIEW, Reason.LOW_CONFIDENCE)
    assert found.confidence == pytest.approx(0.3)
    assert found.deduct == 0


@pytest.mark.parametrize(
    ("back", "outcome"), [(66.0, Outcome.NOT_APPLICABLE), (66.25, Outcome.VIOLATION)]
)
def test_a_minute_is_long(back: float, outcome: Outcome) -> None:
    """The limit itself is allowed."""
    found = held("long", f"{HELD}\nA {back}-70.0 感谢您的等待，是五十六元。")
    assert [f.outcome for f in found] == [outcome]


def test_an_offer_before_the_long_hold_spares_the_agent() -> None:
    """The customer chose to wait; an offer four turns back is forgotten."""
    offer = "A 3.5-6.0 您可以先挂机，查好了我给您回电。"
    near = f"{ASKED}\n{offer}\nC 7.0-8.0 我等着。\nA 9.0-11.0 请您稍等。\nA 80.0-82.0 久等了。"
    assert [f.outcome for f in held("long", near)] == [Outcome.PASS]
    between = (
        "A 9.0-10.0 好的。\nA 11.0-12.0 您的户号？\nC 13.0-14.0 零零三五。\nA 15.0-16.0 好的。"
    )
    far = f"{ASKED}\n{offer}\n{between}\nA 17.0-19.0 请您稍等。\nA 90.0-92.0 久等了。"
    assert [f.outcome for f in held("long", far)] == [Outcome.VIOLATION]
