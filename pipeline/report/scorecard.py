"""What an agent's scorecard shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.figures import agents
from pipeline.records import Outcome
from pipeline.report import charts
from pipeline.report.tables import Period, gravest
from pipeline.report.team import scale

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.report.team import Standing
    from pipeline.store.schema import CallRow, FindingRow

SHOWN = 12
"""Places of one rule that a scorecard quotes; the rest are counted."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A finding with its call."""

    event: FindingRow
    call: CallRow
    date: str


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What one rule cost an agent, the newest places first."""

    figures: agents.RuleFigures
    places: Sequence[Place]
    more: int


@dataclass(frozen=True, kw_only=True)
class Others:
    """Whom an agent is compared with: every agent's standing, all together, and date by date."""

    standings: Sequence[Standing]
    whole: agents.AgentFigures | None
    by_date: Mapping[str, float | None]

    @classmethod
    def of(cls, period: Period, standings: Sequence[Standing]) -> Others:
        """The others over a period."""
        level = period.norms.level
        days = {d.date: agents.together(list(d.figures.values()), level) for d in period.days}
        return cls(
            standings=standings,
            whole=agents.together(period.figures, level),
            by_date={date: whole.mean if whole else None for date, whole in days.items()},
        )


def scorecard_view(period: Period, own: Standing, others: Others) -> dict[str, Any]:
    """The context of one agent's page."""
    agent_id = own.figures.agent_id
    places = _places(period, agent_id)
    rates = [rate for day in period.days for rate in day.rates.get(agent_id, ())]
    norm = period.norms.rate_norm
    trend = _trend(period, agent_id, others.by_date)
    return {
        "period": period,
        "norms": period.norms,
        "own": own,
        "whole": others.whole,
        "standings": others.standings,
        "scale": scale(others.standings),
        "losses": _losses(places),
        "doubts": [p for p in places if p.event.outcome == Outcome.REVIEW],
        "spread": agents.rate_spread(rates, norm) if norm else None,
        "rate_norm": norm,
        "rate_chart": charts.rates(rates, norm, name=f"rates {agent_id}") if rates and norm else "",
        "trend": trend,
        "trend_chart": charts.trend(trend, name=f"trend {agent_id}") if len(trend) > 1 else "",
        "calls": _calls(period, agent_id),
    }


def _places(period: Period, agent_id: str) -> list[Place]:
    """Everything an agent was charged with, the newest call first."""
    return [
        Place(event=event, call=call, date=day.date)
        for day, call in reversed(period.calls)
        if call.agent_id == agent_id
        for event in gravest(day.events[call.call_id])
    ]


def _losses(places: Sequence[Place]) -> list[Loss]:
    losses = []
    for figures in agents.by_rule(p.event for p in places):
        own = [
            p
            for p in places
            if p.event.rule_id == figures.rule_id and p.event.outcome == Outcome.VIOLATION
        ]
        losses.append(Loss(figures=figures, places=own[:SHOWN], more=max(0, len(own) - SHOWN)))
    return losses


def _trend(
    period: Period, agent_id: str, everybody: Mapping[str, float | None]
) -> list[charts.Point]:
    """The agent's mean of each date that has one, beside everybody's."""
    return [
        charts.Point(
            date=day.date,
            mean=row.score,
            low=row.score_low,
            high=row.score_high,
            scored=row.scored,
            everybody=everybody[day.date],
        )
        for day in period.days
        if (row := day.agents.get(agent_id)) is not None and row.score is not None
    ]


def _calls(period: Period, agent_id: str) -> list[dict[str, Any]]:
    """The agent's calls, the newest first, each with its date and its count of violations."""
    return [
        {
            "call": call,
            "date": day.date,
            "violations": sum(e.outcome == Outcome.VIOLATION for e in day.events[call.call_id]),
        }
        for day, call in reversed(period.calls)
        if call.agent_id == agent_id
    ]
