"""A promise to call back, and what became of it."""

from __future__ import annotations

from datetime import datetime

import pytest

from pipeline.conversation.timing import measure
from pipeline.detect import detect
from pipeline.detect.history import Attempt, History
from pipeline.records import Direction, Finding, Outcome, Reason
from tests.helpers import call_of, judge

CUSTOMER = "13800000001"
HALF_AN_HOUR = "A 3.5-8.0 请您先挂机，我半小时内给您回电。"


def clock(time: str) -> datetime:
    """A time on the day of the call."""
    return datetime.fromisoformat(f"2026-11-18T{time}+08:00")


def promised(
    turns: str,
    *calls: str,
    until: str = "23:00:00",
    customer: str = CUSTOMER,
    rubric: str = "gas-hotline",
) -> Finding:
    """What the rule says of a ten minutes' call at nine, with calls to a customer at later times."""
    call = call_of(turns, started_at=clock("09:00:00"), customer=CUSTOMER, duration=600)
    out = Direction.OUTBOUND
    attempts = [Attempt(customer=customer, direction=out, started_at=clock(t)) for t in calls]
    history = History.of(attempts, until=clock(until))
    by = judge(rubric)
    found = detect(call, measure(call, by.cues), by.rubric, by.cues, history)
    return next(f for f in found if f.rule_id == "procedure.callback")


def test_the_finding_points_at_the_promise() -> None:
    """It quotes the turn; its seconds are those of the words that promise."""
    found = promised(f"C 0.5-3.0 这个能查到吗？\n{HALF_AN_HOUR}")
    assert (found.kind, found.turn, found.outcome) == ("callback", 1, Outcome.VIOLATION)
    assert found.quote == "请您先挂机，我半小时内给您回电。"
    assert found.start == pytest.approx(6.6, abs=0.4)
    assert "答应在11-18 09:40前回电，没有回电" in found.message


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        ("09:05:00", Outcome.VIOLATION),  # the promising call itself still goes on
        ("09:40:00", Outcome.PASS),
        ("09:40:01", Outcome.VIOLATION),
    ],
)
def test_half_an_hour_runs_from_the_end_of_the_call(at: str, outcome: Outcome) -> None:
    """Ten minutes of call, thirty of promise; the last second is in time."""
    found = promised(HALF_AN_HOUR, at, "15:00:00")
    assert found.outcome is outcome
    assert ("09:40 才回电" in found.message) == (at == "09:40:01")


def test_a_call_to_somebody_else_keeps_no_promise() -> None:
    """Only the customer's own number counts."""
    assert promised(HALF_AN_HOUR, "09:20:00", customer="13800000002").outcome is Outcome.VIOLATION


def test_the_time_named_last_counts() -> None:
    """The agent corrects himself; a promise without a time behind it changes nothing."""
    later = "A 12.0-16.0 不好意思，两小时内给您回复。\nA 20.0-24.0 好的，到时候我给您回电。"
    assert "11-18 11:10前" in promised(f"{HALF_AN_HOUR}\n{later}").message


@pytest.mark.parametrize(
    ("rubric", "deadline"),
    [("gas-hotline", "11-18 09:40"), ("mall", "11-18 11:10"), ("exchange-400", "11-18 21:10")],
)
def test_without_a_time_the_rubric_names_one(rubric: str, deadline: str) -> None:
    """Half an hour for gas, two hours for the mall, half a day for the exchange."""
    assert deadline in promised("A 3.5-8.0 查好了我给您回电。", rubric=rubric).message


def test_before_the_deadline_the_promise_is_open() -> None:
    """The data end too early to tell; the reason says so, for the promise is looked at again."""
    found = promised(HALF_AN_HOUR, until="09:40:00")
    assert (found.outcome, found.reason) == (Outcome.NOT_MEASURABLE, Reason.PROMISE_OPEN)
    assert "11-18 09:40" in found.message
