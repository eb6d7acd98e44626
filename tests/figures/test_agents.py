"""An agent's figures over many calls, and who is marked for them."""

from __future__ import annotations

import pytest

from pipeline.figures.agents import (
    AgentFigures,
    CallFigures,
    Mark,
    by_agent,
    figures_of_rows,
    interval,
    marks,
)
from pipeline.figures.tally import Sum
from tests.report import made_up


def call(agent: str, score: float | None, **more: int) -> CallFigures:
    """One call of an agent; ``more`` are violations by rule."""
    return CallFigures(
        agent_id=agent,
        agent_name="",
        team="",
        score=score,
        review=False,
        vetoed=score == 0.0,
        rate_turn=None if score is None else 190.0,
        interruptions=0,
        sections={} if score is None else {"wording": score},
        violations=more,
    )


def level(score: float) -> str:
    """A level for a score."""
    return "优秀" if score >= 90 else "不合格"


def test_a_call_without_a_score_stays_out_of_every_mean() -> None:
    """It counts as a call, and as nothing else."""
    (agent,) = by_agent([call("8", 80.0), call("8", 100.0), call("8", None)], level)
    assert (agent.calls, agent.scored, agent.mean, agent.level) == (3, 2, 90.0, "优秀")
    assert agent.sections == {"wording": 90.0}


def test_an_agent_without_a_scored_call_has_no_mean() -> None:
    """None, not 0."""
    (agent,) = by_agent([call("8", None)], level)
    assert (agent.mean, agent.low, agent.high, agent.level) == (None, None, None, "")
    assert agent.per_100 == {}


def test_violations_are_counted_for_a_hundred_scored_calls() -> None:
    """Three in four calls are 75."""
    calls = [
        call("8", 90.0, refusal=2),
        call("8", 90.0, refusal=1),
        call("8", 90.0),
        call("8", 90.0),
    ]
    (agent,) = by_agent(calls, level)
    assert agent.per_100 == {"refusal": 75.0}


def scores(*values: float) -> Sum:
    """These scores, added up."""
    found = Sum()
    for value in values:
        found.add(value)
    return found


def test_the_interval_is_students_t() -> None:
    """80, 90, 100: mean 90, standard error 5.77, t(0.975, 2) = 4.303; cut at 100."""
    low, high = interval(scores(80.0, 90.0, 100.0))
    assert low == pytest.approx(90 - 4.3027 * 5.7735, abs=0.01)
    assert high == 100.0
    assert interval(scores(90.0)) == (None, None)


def test_agents_come_by_their_ids() -> None:
    """Each with his own calls."""
    found = by_agent([call("9", 50.0), call("10", 100.0)], level)
    assert [(a.agent_id, a.mean) for a in found] == [("10", 100.0), ("9", 50.0)]


def agent_with(agent_id: str, scores: list[float]) -> AgentFigures:
    """The figures of an agent with these scores."""
    calls = [
        made_up.call(f"{agent_id}{n}", agent_id=agent_id, score=s) for n, s in enumerate(scores)
    ]
    return by_agent([figures_of_rows(c, [], {}) for c in calls], level)[0]


def test_only_the_surely_best_tenth_and_the_surely_weak_are_marked() -> None:
    """Of ten one is the best; the weak one's whole interval is under 80."""
    middle = [agent_with(f"m{n}", [84.0, 90.0, 87.0, 85.0, 89.0]) for n in range(8)]
    best, weak = agent_with("b", [99.0, 100.0] * 3), agent_with("w", [70.0, 72.0, 71.0, 70.0, 72.0])
    assert marks([best, weak, *middle], 80.0) == {
        "b": Mark.TOP,
        "w": Mark.COACH,
    }
    assert marks([best, weak, *middle[:7]], 80.0) == {"w": Mark.COACH}


def test_few_calls_and_overlapping_intervals_are_not_marked() -> None:
    """Two equal scores have an interval without width, and still say little."""
    middle = [agent_with(f"m{n}", [84.0, 90.0, 87.0, 85.0, 89.0]) for n in range(9)]
    assert marks([agent_with("two", [100.0, 100.0]), *middle], 80.0) == {}
    assert marks([agent_with("two", [10.0, 10.0]), *middle], 80.0) == {}
    assert marks([agent_with("wide", [70.0, 90.0, 60.0, 85.0, 75.0])], 80.0) == {}
