"""The same thing asked again and again."""

from __future__ import annotations

import pytest

from pipeline.records import Finding, Outcome, Reason
from tests.helpers import findings_of

TWICE = (
    "A 0.0-2.0 请问您的户号是多少？\nC 3.0-4.0 零零三五。\n"
    "A 5.0-6.0 户号是多少？\nC 7.0-8.0 零零三五。"
)


def asked(turns: str) -> list[Finding]:
    """What the rule about asking again says."""
    return findings_of("listening.repeat_ask", turns)


def test_the_finding_points_at_the_last_time() -> None:
    """From where the thing is named to the end of that turn."""
    (found,) = asked(f"{TWICE}\nA 10.0-14.0 好的，那麻烦您，户号再说一遍？\nC 15.0-16.0 哎呀！")
    assert (found.kind, found.outcome) == ("repetition", Outcome.VIOLATION)
    assert (found.turn, found.end) == (4, 14.0)
    assert found.start is not None
    assert 11.0 < found.start < 13.0
    assert "“户号”还问了3遍" in found.message


def test_twice_is_allowed() -> None:
    """The first answer may have been lost."""
    assert [f.outcome for f in asked(TWICE)] == [Outcome.PASS]


@pytest.mark.parametrize(
    "third",
    ["户号是零零三五，对吗？", "户号已经登记好了。", "您的地址在哪里？", "您看户号在燃气卡上。"],
)
def test_what_is_not_asking_a_third_time(third: str) -> None:
    """Making sure, telling, another thing, saying where it stands."""
    assert [f.outcome for f in asked(f"{TWICE}\nA 10.0-13.0 {third}")] == [Outcome.PASS]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("没听清，你说什么？", Outcome.PASS),
        ("嗯。", Outcome.PASS),
        ("零三五。", Outcome.VIOLATION),
    ],
)
def test_only_an_answer_makes_the_next_time_one_too_many(answer: str, outcome: Outcome) -> None:
    """Who did not understand the question, or said next to nothing, has not answered."""
    first, second = TWICE.split("零零三五。", 1)
    found = asked(f"{first}{answer}{second}\nA 10.0-12.0 户号是多少来着？")
    assert [f.outcome for f in found] == [outcome]


def test_two_things_are_two_rows() -> None:
    """Each with its own count, in the order of the norm's list."""
    addresses = "".join(
        f"A {20 + 6 * i}-{22 + 6 * i} 您住在哪里？\nC {23 + 6 * i}-{25 + 6 * i} 江城花园。\n"
        for i in range(4)
    )
    found = asked(f"{TWICE}\nA 10.0-12.0 户号多少？\nC 13.0-14.0 零零三五。\n{addresses}")
    assert ["户号”还问了3遍" in found[0].message, "地址”还问了4遍" in found[1].message] == [
        True,
        True,
    ]
    assert [f.turn for f in found] == [4, 12]


def test_one_badly_heard_question_is_doubt() -> None:
    """It may have been about something else."""
    heard = TWICE.replace("0 请", "0 (0.95) 请").replace("0 零", "0 (0.95) 零")
    (found,) = asked(
        f"{heard}\nA 10.0-12.0 (0.4) 户号多少？".replace("0 户号是", "0 (0.95) 户号是")
    )
    assert (found.outcome, found.reason) == (Outcome.REVIEW, Reason.LOW_CONFIDENCE)
    assert found.deduct == 0
