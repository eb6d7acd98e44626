"""The tables as the pages need them: read date by date, and only what a page shows is kept."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from pipeline.figures import agents
from pipeline.records import Outcome, Role, Severity, Status
from pipeline.store.parts import TurnText
from pipeline.store.schema import AgentRow, CallRow, FailureRow, FindingRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.report.norms import Library, Norms
    from pipeline.store.files import Store

DATES = 31
"""How many dates the team's and the agents' pages go back."""

_GRAVITY = {Severity.CRITICAL: 0, Severity.MAJOR: 1, Severity.MINOR: 2}


@dataclass(frozen=True, kw_only=True)
class Day:
    """One date: its calls in order, what each was charged with, and its agents."""

    date: str
    calls: Sequence[CallRow]
    events: Mapping[str, Sequence[FindingRow]]
    """By call: violations and reviews, by start."""
    figures: Mapping[str, agents.CallFigures]
    """By call."""
    agents: Mapping[str, AgentRow]
    rates: Mapping[str, Sequence[float]]
    """By agent: the speaking rate of each of his turns."""


@dataclass(frozen=True, kw_only=True)
class Period:
    """The newest dates, oldest first; ``norms`` are those of the newest calls."""

    days: Sequence[Day]
    failures: Sequence[FailureRow]
    norms: Norms

    @property
    def calls(self) -> list[tuple[Day, CallRow]]:
        """Every call with its day, oldest first."""
        return [(day, call) for day in self.days for call in day.calls]

    @property
    def figures(self) -> list[agents.CallFigures]:
        """What of each call goes into figures, oldest first."""
        return [day.figures[call.call_id] for day, call in self.calls]


def read_period(store: Store, library: Library) -> Period:
    """The newest ``DATES`` dates of the tables, and every failure."""
    dates = store.table_dates(CallRow)[-DATES:]
    read = (_read_day(store, date, library) for date in dates)
    days = [day for day in read if day.calls]
    calls = [call for day in days for call in day.calls]
    failures = [f for d in store.table_dates(FailureRow) for f in store.read(FailureRow, d)]
    return Period(
        days=days,
        failures=sorted(failures, key=lambda f: (f.last_seen, f.file), reverse=True),
        norms=library(calls[-1].rubric, calls[-1].rubric_version) if calls else library("", ""),
    )


def _read_day(store: Store, date: str, library: Library) -> Day:
    calls = store.read(CallRow, date)
    findings = by_call(store.read(FindingRow, date))
    turns = store.read(TurnText, date)
    spoken = by_call(t for t in turns if t.role == Role.AGENT)
    rates: dict[str, list[float]] = defaultdict(list)
    for call in (c for c in calls if c.status == Status.SCORED):
        rates[call.agent_id] += agents.turn_rates(spoken[call.call_id])
    return Day(
        date=date,
        calls=calls,
        events={c.call_id: events(findings[c.call_id]) for c in calls},
        figures={
            c.call_id: agents.figures_of_rows(
                c, findings[c.call_id], library(c.rubric, c.rubric_version).caps
            )
            for c in calls
        },
        agents={row.agent_id: row for row in store.read(AgentRow, date)},
        rates=rates,
    )


class OfCall(Protocol):
    """A row that belongs to a call."""

    @property
    def call_id(self) -> str:
        """The call."""


C = TypeVar("C", bound=OfCall)


def by_call(rows: Iterable[C]) -> dict[str, list[C]]:
    """Rows of any table by their call; a call without rows has an empty list."""
    grouped: dict[str, list[C]] = defaultdict(list)
    for row in rows:
        grouped[row.call_id].append(row)
    return grouped


def events(findings: Iterable[FindingRow]) -> list[FindingRow]:
    """The violations and reviews, by start; what points nowhere comes first."""
    pointed = [f for f in findings if f.outcome in {Outcome.VIOLATION, Outcome.REVIEW}]
    return sorted(pointed, key=lambda f: (f.start_s or 0.0, f.rule_id))


def gravest(found: Iterable[FindingRow]) -> list[FindingRow]:
    """Events as a person should look at them: the gravest first, then violations, then by time."""
    return sorted(
        found,
        key=lambda f: (_GRAVITY[f.severity], f.outcome != Outcome.VIOLATION, f.start_s or 0.0),
    )
