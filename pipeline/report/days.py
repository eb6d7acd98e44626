"""What each date comes to, read once and kept small: the pages of any period are made of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.figures import agents
from pipeline.figures.answers import given_answers
from pipeline.figures.attempts import contacts
from pipeline.figures.periods import Calendar
from pipeline.figures.repeats import next_calls
from pipeline.figures.tally import Tally, tally, together
from pipeline.records import Outcome, Severity, Status
from pipeline.report import names
from pipeline.store.queries import gravest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from pipeline.figures.agents import CallFigures
    from pipeline.figures.answers import Given
    from pipeline.figures.attempts import Contact
    from pipeline.figures.periods import Period
    from pipeline.figures.repeats import Asked
    from pipeline.report.norms import Library, Norms
    from pipeline.report.worth import Worth
    from pipeline.settings import Mean
    from pipeline.store.parts import FindingPoints
    from pipeline.store.queries import Query
    from pipeline.store.schema import CallRow, FailureRow, FindingRow


SCOPES = 40
"""Teams, queues or shifts that have a page of their own."""
REMEMBERED = 40
"""Periods whose agents are remembered: a scorecard's trend asks for a dozen again and again."""


@dataclass(frozen=True)
class Scope:
    """A team, a queue, a shift or an agent (``agent_id``); without a kind: everybody."""

    kind: str = ""
    name: str = ""

    def holds(self, row: Cell | CallRow | Contact | Given) -> bool:
        """Whether it is about this."""
        return not self.kind or getattr(row, self.kind) == self.name


EVERYBODY = Scope()


@dataclass(frozen=True, kw_only=True)
class WorthHearing:
    """A call, and what in it is worth hearing; ``page`` is empty where no page is written for it.

    ``waits``: whoever looks has still to rate it, blind, and ``page`` is where he does.
    """

    call: CallRow
    date: str
    page: str
    event: FindingRow | None = None
    waits: bool = False

    @property
    def link(self) -> str:
        """The page, at the second of the event."""
        return names.link(self.page, self.event.start_s if self.event else None)


@dataclass(frozen=True, kw_only=True)
class Needed:
    """A call that needs a person: why, where to begin, and how many such places more it has."""

    order: int
    why: str
    place: WorthHearing
    others: int


@dataclass(frozen=True, kw_only=True)
class Cell:
    """The calls of one agent in one team, queue and shift; ``worst`` is the lowest with a finding."""

    agent: agents.Agent
    team: str
    queue: str
    shift: str
    tally: Tally
    worst: WorthHearing | None

    @property
    def agent_id(self) -> str:
        """Whose they are."""
        return self.agent.agent_id


@dataclass(frozen=True, kw_only=True)
class Day:
    """One date; ``needed`` has the gravest first, ``contacts`` every call, unrecorded ones too."""

    date: str
    cells: Sequence[Cell]
    needed: Sequence[Needed]
    contacts: Sequence[Contact]
    failures: Sequence[FailureRow]
    kept: Mapping[str, Mapping[str, int]]
    """By agent and rule: his scored calls that passed it."""
    answers: Sequence[Given]


@dataclass(frozen=True, kw_only=True)
class Own:
    """An agent over a period."""

    agent: agents.Agent
    tally: Tally
    worst: WorthHearing | None


@dataclass
class Days:
    """The dates of an output folder, each read when it is first asked for."""

    query: Query
    library: Library
    worth: Worth
    mean: Mean = "machine"
    """Which of a call's scores means, intervals and ranks are made of."""
    unrated: Mapping[str, str] = field(default_factory=dict)
    """By call that whoever looks has still to rate, blind: the page on which he does."""
    _days: dict[str, Day] = field(default_factory=dict)
    _totals: dict[tuple[str, Scope], Tally] = field(default_factory=dict)
    _dated: dict[tuple[str, Scope], Tally] = field(default_factory=dict)
    _agents: dict[tuple[str, Scope], dict[str, Own]] = field(default_factory=dict)

    def renew(self, worth: Worth, library: Library, stale: Collection[str]) -> Days:
        """The dates as they are now, of which those that are not ``stale`` need not be read again."""
        days = Days(self.query, library, worth, self.mean)
        days._days = {date: day for date, day in list(self._days.items()) if date not in stale}
        return days

    @cached_property
    def calendar(self) -> Calendar:
        """The days, weeks and months of the calls; what failed is dated by the run that met it."""
        return Calendar.of(self.query.called or self.query.dates)

    @cached_property
    def scopes(self) -> Mapping[str, Sequence[Scope]]:
        """The teams, queues and shifts that can be chosen, the busiest first; of each several."""
        found = {}
        for kind in ("team", "queue", "shift"):
            sums = self.by(kind, self.calendar.whole)
            busiest = sorted((n for n in sums if n), key=lambda name: (-sums[name].calls, name))
            if len(busiest) > 1:
                found[kind] = [Scope(kind, name) for name in busiest[:SCOPES]]
        return found

    @cached_property
    def norms(self) -> Norms:
        """Those of the newest calls."""
        for date in reversed(self.query.dates):
            if calls := self.query.calls(date):
                return self.library(calls[-1].rubric, calls[-1].rubric_version)
        return self.library("", "")

    @cached_property
    def asked(self) -> Mapping[str, Sequence[Asked]]:
        """By date: the answered calls of known customers, each with his next one."""
        known = [c for date in self.calendar.whole.dates for c in self.day(date).contacts]
        grouped: dict[str, list[Asked]] = defaultdict(list)
        for pair in next_calls(known):
            grouped[pair[0].date].append(pair)
        return grouped

    def day(self, date: str) -> Day:
        """What a date comes to."""
        if date not in self._days:
            self._days[date] = self._read(date)
        return self._days[date]

    def cells(self, period: Period, scope: Scope = EVERYBODY) -> Iterable[Cell]:
        """The cells of a period that a scope holds."""
        return (cell for date in period.dates for cell in self.day(date).cells if scope.holds(cell))

    def total(self, period: Period, scope: Scope = EVERYBODY) -> Tally:
        """What the calls of a period add up to."""
        key = period.key, scope
        if key not in self._totals:
            dated = (self._of_date(date, scope) for date in period.dates)
            self._totals[key] = together(dated)
        return self._totals[key]

    def _of_date(self, date: str, scope: Scope) -> Tally:
        """What the calls of one date add up to: those of longer periods are made of it."""
        if (date, scope) not in self._dated:
            cells = (cell for cell in self.day(date).cells if scope.holds(cell))
            self._dated[date, scope] = together(cell.tally for cell in cells)
        return self._dated[date, scope]

    def agents(self, period: Period, scope: Scope = EVERYBODY) -> dict[str, Own]:
        """By id: what each agent's calls of a period add up to; a few periods are remembered."""
        key = period.key, scope
        if key not in self._agents:
            if len(self._agents) >= REMEMBERED:
                self._agents.clear()
            self._agents[key] = self._by_agent(period, scope)
        return self._agents[key]

    def _by_agent(self, period: Period, scope: Scope) -> dict[str, Own]:
        grouped: dict[str, list[Cell]] = defaultdict(list)
        for cell in self.cells(period, scope):
            grouped[cell.agent.agent_id].append(cell)
        return {agent_id: _own(cells) for agent_id, cells in sorted(grouped.items())}

    def by(self, kind: str, period: Period, scope: Scope = EVERYBODY) -> dict[str, Tally]:
        """By team, queue or shift: what the calls of a period add up to."""
        cells = list(self.cells(period, scope))
        there = sorted({getattr(cell, kind) for cell in cells})
        if scope == EVERYBODY:
            return {name: self.total(period, Scope(kind, name)) for name in there}
        return {
            name: together(c.tally for c in cells if getattr(c, kind) == name) for name in there
        }

    def calls_kept(self, period: Period, agent_id: str) -> Mapping[str, int]:
        """By rule: in how many calls of a period an agent kept it."""
        found: Counter[str] = Counter()
        for date in period.dates:
            found.update(self.day(date).kept.get(agent_id, {}))
        return found

    def contacts(self, period: Period, scope: Scope = EVERYBODY) -> list[Contact]:
        """The calls of a period, recorded or not."""
        return [c for date in period.dates for c in self.day(date).contacts if scope.holds(c)]

    def answers(self, period: Period, scope: Scope = EVERYBODY) -> list[Given]:
        """What inspectors answered of the calls of a period."""
        return [a for date in period.dates for a in self.day(date).answers if scope.holds(a)]

    def failures(self, period: Period) -> list[FailureRow]:
        """The files that failed since a period began and before the next one did."""
        after = self.calendar.after(period)
        found = [
            row
            for date in self.query.dates
            if date >= period.first and (after is None or date < after.first)
            for row in self.day(date).failures
        ]
        return sorted(found, key=lambda f: (f.last_seen, f.file), reverse=True)

    def calls_for_people(self, period: Period, scope: Scope = EVERYBODY) -> list[Needed]:
        """The calls that need a person, the newest date first, and in it the gravest."""
        return [
            one
            for date in reversed(period.dates)
            for one in self.day(date).needed
            if scope.holds(one.place.call)
        ]

    def place(self, call: CallRow, date: str, event: FindingRow | None = None) -> WorthHearing:
        """A call as a place to go to."""
        page, waits = self.page_of(date, call.call_id), call.call_id in self.unrated
        return WorthHearing(call=call, date=date, page=page, event=event, waits=waits)

    def page_of(self, date: str, call_id: str) -> str:
        """The page to which a call leads; empty where it has none."""
        if call_id in self.unrated:
            return self.unrated[call_id]
        return names.call_page(date, call_id) if self.worth.has_page(date, call_id) else ""

    def _read(self, date: str) -> Day:
        calls = self.query.calls(date)
        events = self.query.events(date)
        figures = self._figures(date, calls)
        needed = [
            one
            for call in calls
            if (one := self._need_of(call, date, gravest(events[call.call_id]))) is not None
        ]
        return Day(
            date=date,
            cells=self._cells(date, calls, figures, events),
            needed=sorted(needed, key=lambda n: n.order),
            contacts=contacts(calls, self.query.attempts(date)),
            failures=self.query.failures(date),
            kept=_count_kept(figures.values()),
            answers=given_answers(self.query.answers(date), calls),
        )

    def _figures(self, date: str, calls: Sequence[CallRow]) -> dict[str, CallFigures]:
        points = self.query.points(date)
        apart = {*self.query.in_sessions(date), *self.query.calls_excluded(date)}
        figures = {c.call_id: self._figures_of(c, points[c.call_id]) for c in calls}
        return {
            call_id: agents.without_means(own) if call_id in apart else own
            for call_id, own in figures.items()
        }

    def _figures_of(self, call: CallRow, points: Sequence[FindingPoints]) -> CallFigures:
        norms = self.library(call.rubric, call.rubric_version)
        figures = agents.figures_of_rows(call, points, norms.caps)
        return agents.after_people(figures, norms.level) if self.mean == "final" else figures

    def _cells(
        self,
        date: str,
        calls: Sequence[CallRow],
        figures: Mapping[str, CallFigures],
        events: Mapping[str, list[FindingRow]],
    ) -> list[Cell]:
        grouped: dict[tuple[str, str, str, str], list[CallRow]] = defaultdict(list)
        for call in calls:
            grouped[call.agent_id, call.team, call.queue, call.shift].append(call)
        return [
            Cell(
                agent=agents.Agent(agent_id, own[-1].agent_name, team),
                team=team,
                queue=queue,
                shift=shift,
                tally=tally(figures[call.call_id] for call in own),
                worst=self._worst(date, own, events),
            )
            for (agent_id, team, queue, shift), own in grouped.items()
        ]

    def _worst(
        self, date: str, calls: Iterable[CallRow], events: Mapping[str, list[FindingRow]]
    ) -> WorthHearing | None:
        """The lowest call with an event that has a time, at its gravest one."""
        for call in sorted((c for c in calls if c.score is not None), key=lambda c: c.score or 0.0):
            placed = [e for e in gravest(events[call.call_id]) if e.start_s is not None]
            if placed:
                return self.place(call, date, placed[0])
        return None

    def _need_of(self, call: CallRow, date: str, events: Sequence[FindingRow]) -> Needed | None:
        """Why a person has to look at a call; None where nobody has to."""
        doubts = [e for e in events if e.outcome == Outcome.REVIEW]
        grave = [e for e in events if e.severity == Severity.CRITICAL]
        if any(e.outcome == Outcome.REVIEW for e in grave):
            order, why, shown = 0, "疑似否决项", [e for e in grave if e in doubts]
        elif call.vetoed:
            order, why, shown = 1, "否决", grave
        elif call.review:
            order, why, shown = 2, "待复核", doubts
        elif call.status != Status.SCORED:
            order, why, shown = 3, "不评分", []
        else:
            return None
        place = self.place(call, date, shown[0] if shown else None)
        return Needed(order=order, why=why, place=place, others=len(shown) - 1)


def _count_kept(figures: Iterable[CallFigures]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for one in figures:
        if one.score is not None:
            found[one.agent_id].update(one.kept)
    return found


def _own(cells: Sequence[Cell]) -> Own:
    last = cells[-1].agent
    name = next((c.agent.agent_name for c in reversed(cells) if c.agent.agent_name), "")
    worst = [c.worst for c in cells if c.worst is not None]
    return Own(
        agent=agents.Agent(last.agent_id, name, last.team),
        tally=together(c.tally for c in cells),
        worst=min(worst, key=lambda p: p.call.score or 0.0, default=None),
    )
