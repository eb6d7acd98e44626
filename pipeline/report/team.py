"""What the team's page shows: the agents, the calls that need a person, the common faults."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.figures import agents, connect, ratings
from pipeline.records import Outcome, Severity, Status
from pipeline.report.tables import Day, Period, gravest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.report.overall import Overall
    from pipeline.store.schema import CallRow, FindingRow

RATED = 20
"""Calls that people scored which are listed on the page; the workbook has them all."""
SHOWN = 20
"""Calls that need a person which are open on the page; older dates are folded in beyond that."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The axis that range bars share: from ``low`` points at its left end to 100."""

    low: float

    def at(self, score: float) -> float:
        """Where a score stands, percent of the axis."""
        return 100 * (max(score, self.low) - self.low) / (100 - self.low)

    @property
    def ticks(self) -> list[float]:
        """Scores to label: both ends, and round ones between."""
        step = 5.0 if self.low >= 80 else 10.0 if self.low >= 50 else 20.0
        first = math.ceil((self.low + 1) / step) * step
        return [self.low, *(first + step * i for i in range(int((100 - first) / step) + 1))]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An agent among the others; ``rank`` is the best and the worst that his interval allows."""

    figures: agents.AgentFigures
    rank: tuple[int, int] | None
    mark: agents.Mark | None
    violations: float | None
    """For each hundred scored calls, all rules together."""
    rules: Sequence[tuple[str, float]]

    @property
    def small(self) -> bool:
        """Whether there are too few calls to say much."""
        return self.figures.scored < agents.SMALL


@dataclass(frozen=True, kw_only=True)
class Needed:
    """A call that needs a person, and the place to begin with."""

    order: int
    why: str
    call: CallRow
    date: str
    event: FindingRow | None
    others: int


def standings(period: Period) -> list[Standing]:
    """The agents, the best mean first; those without a scored call last."""
    figures = agents.by_agent(period.figures, period.norms.level)
    ranks = agents.ranks(figures)
    marks = agents.marks(figures, period.norms.good)
    listed = [
        Standing(
            figures=f,
            rank=ranks.get(f.agent_id),
            mark=marks.get(f.agent_id),
            violations=math.fsum(f.per_100.values()) if f.scored else None,
            rules=sorted(f.per_100.items(), key=lambda item: (-item[1], item[0])),
        )
        for f in figures
    ]
    return sorted(listed, key=lambda s: -(-1.0 if s.figures.mean is None else s.figures.mean))


def scale(listed: Sequence[Standing]) -> Scale:
    """An axis that holds every interval, and never less than 80 to 100."""
    bounds = [b for s in listed for b in (s.figures.low, s.figures.mean) if b is not None]
    return Scale(low=min([80.0, *(math.floor(b / 10) * 10 for b in bounds)]))


def team_view(period: Period, overall: Overall) -> dict[str, Any]:
    """The context of the team's page."""
    listed = standings(period)
    charged = [f for day in period.days for found in day.events.values() for f in found]
    needed = _by_date(_for_a_person(period))
    shown = _open(needed)
    return {
        "period": period,
        "norms": period.norms,
        "whole": agents.together(period.figures, period.norms.level),
        "standings": listed,
        "scale": scale(listed),
        "ranked": sum(one.rank is not None for one in listed),
        "small": agents.SMALL,
        "overall": overall,
        "bound": connect.CONNECT_NORM,
        "bounds": connect.CONNECT_NORMS,
        "raters": ratings.RATERS,
        "rated_shown": RATED,
        "rules": agents.by_rule(charged),
        "needed": needed,
        "open_dates": shown,
        "folded": sum(len(own) for date, own in needed.items() if date not in shown),
    }


def _for_a_person(period: Period) -> list[Needed]:
    found = (_why_a_person(day, call) for day, call in period.calls)
    return [n for n in found if n is not None]


def _why_a_person(day: Day, call: CallRow) -> Needed | None:
    """Why a person has to look at a call; None where nobody has to."""
    events = gravest(day.events[call.call_id])
    doubts = [f for f in events if f.outcome == Outcome.REVIEW]
    grave = [f for f in events if f.severity == Severity.CRITICAL]
    if any(f.outcome == Outcome.REVIEW for f in grave):
        order, why, shown = 0, "疑似否决项", [f for f in grave if f in doubts]
    elif call.vetoed:
        order, why, shown = 1, "否决", grave
    elif call.review:
        order, why, shown = 2, "待复核", doubts
    elif call.status != Status.SCORED:
        order, why, shown = 3, "不评分", []
    else:
        return None
    return Needed(
        order=order,
        why=why,
        call=call,
        date=day.date,
        event=shown[0] if shown else None,
        others=len(shown) - 1,
    )


def _by_date(needed: Sequence[Needed]) -> dict[str, list[Needed]]:
    """The newest date first, and in it the gravest."""
    dates = sorted({n.date for n in needed}, reverse=True)
    return {d: sorted((n for n in needed if n.date == d), key=lambda n: n.order) for d in dates}


def _open(needed: Mapping[str, Sequence[Needed]]) -> set[str]:
    """The dates that are not folded in: the newest, and older ones as long as the list is short."""
    shown = 0
    dates: set[str] = set()
    for date, own in needed.items():
        if dates and shown + len(own) > SHOWN:
            break
        dates.add(date)
        shown += len(own)
    return dates
