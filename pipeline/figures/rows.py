"""What is published of agents' figures: the rows of the ``agents`` table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.store.rows import rounded
from pipeline.store.schema import AgentRow, RuleRate, SectionMean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.figures.agents import AgentFigures


def agent_rows(figures: Iterable[AgentFigures]) -> list[AgentRow]:
    """One row an agent."""
    return [
        AgentRow(
            agent_id=f.agent_id,
            agent_name=f.agent_name,
            team=f.team,
            calls=f.calls,
            scored=f.scored,
            score=rounded(f.mean, 2),
            score_final=rounded(f.final, 2),
            score_low=rounded(f.low, 2),
            score_high=rounded(f.high, 2),
            level=f.level,
            sections=tuple(
                SectionMean(section=s, mean=rounded(m, 2)) for s, m in f.sections.items()
            ),
            violations=tuple(
                RuleRate(rule_id=r, per_100_calls=rounded(n, 2)) for r, n in f.per_100.items()
            ),
            rate_turn=rounded(f.rate_turn, 1),
            interruptions=f.interruptions,
            review=f.review,
            vetoed=f.vetoed,
        )
        for f in figures
    ]
