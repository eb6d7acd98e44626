"""Figures over many dates, from the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.figures import agents
from pipeline.figures.rows import agent_rows
from pipeline.records import Role
from pipeline.store.files import Store
from pipeline.store.parts import TurnText
from pipeline.store.schema import AgentRow, CallRow, FindingRow
from tests.report.made_up import RUBRIC, SETTINGS, call, finding, rubric

if TYPE_CHECKING:
    from pathlib import Path


def _level(score: float) -> str:
    levels = rubric(RUBRIC).file.levels
    return next(level.name for level in levels if score >= level.at_least)


def test_the_rows_give_the_same_figures_as_the_calls(sample_out: Path) -> None:
    """What the run put into ``agents`` comes out of ``calls`` and ``findings`` again."""
    store = Store(sample_out, SETTINGS.timezone)
    caps = {name: section.cap for name, section in rubric(RUBRIC).file.sections.items()}
    for date in store.table_dates(CallRow):
        findings = store.read(FindingRow, date)
        figures = [
            agents.figures_of_rows(c, [f for f in findings if f.call_id == c.call_id], caps)
            for c in store.read(CallRow, date)
        ]
        assert agent_rows(agents.by_agent(figures, _level)) == store.read(AgentRow, date)


def _agent(agent_id: str, scores: list[float]) -> agents.AgentFigures:
    calls = [call(f"{agent_id}{n}", agent_id=agent_id, score=s) for n, s in enumerate(scores)]
    return agents.by_agent([agents.figures_of_rows(c, [], {}) for c in calls], _level)[0]


def test_a_rank_is_a_range_where_intervals_overlap() -> None:
    """Who is surely better stands ahead; who has one call has no rank."""
    best, mid, like = (
        _agent("a", [99, 100, 99, 100]),
        _agent("b", [80, 90, 85]),
        _agent("c", [84, 86, 85, 85]),
    )
    assert agents.ranks([best, mid, like, _agent("d", [50.0])]) == {
        "a": (1, 1),
        "b": (2, 3),
        "c": (2, 3),
    }


def test_only_turns_that_are_long_enough_have_a_rate() -> None:
    """Five spoken characters in 1.5 s are 200 a minute."""
    rows = [
        TurnText(
            call_id="c", role=Role.AGENT, start_s=0.0, end_s=1.5, text="您好，请**。", characters=5
        ),
        TurnText(call_id="c", role=Role.AGENT, start_s=2.0, end_s=3.0, text="好的。", characters=2),
    ]
    assert agents.turn_rates(rows) == [pytest.approx(200)]


def test_tables_of_before_the_masking_have_rates_too() -> None:
    """They do not count the characters of a turn; its text is plain there."""
    row = TurnText(
        call_id="c", role=Role.AGENT, start_s=0.0, end_s=1.5, text="您好，请稍等。", characters=None
    )
    assert agents.turn_rates([row]) == [pytest.approx(200)]


def test_the_norm_s_bounds_lie_within_it() -> None:
    """180 and 200 keep it."""
    spread = agents.rate_spread([150, 180, 200, 201], (180, 200))
    assert spread == agents.RateSpread(slow=1, within=2, fast=1, median=190)
    assert agents.rate_spread([], (180, 200)) is None


def test_violations_by_rule_count_events_and_calls() -> None:
    """The dearest first; a review costs nothing and counts nowhere."""
    rows = [
        finding("a"),
        finding("a"),
        finding("b", "closing.standard", points=-3.0),
        finding("b", outcome="review"),
    ]
    assert agents.by_rule(rows) == [
        agents.RuleFigures(rule_id="wording.quarrel", events=2, calls=1, points=-10.0),
        agents.RuleFigures(rule_id="closing.standard", events=1, calls=1, points=-3.0),
    ]
