"""What the team's page shows of a period: what is new, who needs help, which rules fail, and since when.

``team_view`` is a function of the tables, a period and a team, queue or shift; the page is a function of
the view alone, so that the same template serves a file and a web application.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.figures import agents, connect
from pipeline.figures.periods import Period, PeriodKind
from pipeline.figures.repeats import Repeats, repeats
from pipeline.figures.shifts import Shift, by_shift
from pipeline.report import charts, names
from pipeline.report.asked import question_lines
from pipeline.report.days import EVERYBODY, Scope

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pipeline.figures.agents import AgentFigures
    from pipeline.figures.connect import Connect
    from pipeline.figures.periods import Calendar
    from pipeline.figures.tally import Tally
    from pipeline.report.asked import QuestionLine
    from pipeline.report.days import Days, Needed, Own, WorthHearing
    from pipeline.report.norms import Norms
    from pipeline.report.overall import Overall
    from pipeline.store.schema import FailureRow

FIRST, SHOWN = 7, 40
"""Calls that need a person: so many in sight, so many on the page; the list of calls has them all."""
RULES = 8
"""Rules in sight; the others are folded in."""
TREND, SPARK = 14, 8
"""Periods of the trend, and of the small bars beside a rule."""
RECENT = 31
"""Dates that the scorecards go back, unless a month is chosen."""
RATED = 20
"""Calls that people scored which are listed on the page; the workbook has them all."""


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
class Choice:
    """Something that can be chosen; ``path`` is empty where it cannot, ``now``: it is chosen."""

    label: str
    path: str
    now: bool = False


@dataclass(frozen=True, kw_only=True)
class Chooser:
    """The periods of each kind, the one before and after, all of this kind; teams, queues, shifts."""

    kinds: Sequence[Choice]
    earlier: Choice
    later: Choice
    periods: Sequence[Choice]
    scopes: Mapping[str, Sequence[Choice]]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A figure and the same of the period before; ``change`` is None where one of them is not known."""

    now: float | None
    before: float | None

    @property
    def change(self) -> float | None:
        """How much more than before."""
        return None if self.now is None or self.before is None else self.now - self.before


@dataclass(frozen=True, kw_only=True)
class AgentStanding:
    """An agent among the others; ``rank`` is the best and the worst that his interval allows."""

    figures: AgentFigures
    before: float | None
    """His mean of the period before."""
    rank: tuple[int, int] | None
    mark: agents.Mark | None
    violations: float | None
    """For each hundred scored calls, all rules together."""
    rules: Sequence[tuple[str, float]]
    worst: WorthHearing | None
    """His lowest call's gravest moment."""

    @property
    def small(self) -> bool:
        """Whether there are too few calls to say much."""
        return self.figures.scored < agents.SMALL

    @property
    def change(self) -> float | None:
        """How much higher his mean is than in the period before."""
        return Compared(now=self.figures.mean, before=self.before).change


@dataclass(frozen=True, kw_only=True)
class RuleLine:
    """One rule's violations in a period; ``per_100`` scored calls, now and before."""

    rule_id: str
    events: int
    calls: int
    points: float
    per_100: Compared
    spark: Sequence[charts.Bar]
    path: str
    """The list of calls with those that broke it."""


@dataclass(frozen=True, kw_only=True)
class TagLine:
    """What calls of a period are about: so many, percent of all now and before, their mean score."""

    rule_id: str
    calls: int
    share: Compared
    mean: float | None
    path: str
    """The list of calls with those that are about it."""


@dataclass(frozen=True, kw_only=True)
class LevelShare:
    """How many scored calls have a level, percent of all; before likewise."""

    level: str
    calls: int
    share: float
    before: float | None


@dataclass(frozen=True, kw_only=True)
class Newest:
    """The newest date, beside the one before it: what came since yesterday."""

    date: str
    page: str
    calls: int
    scored: int
    mean: Compared
    vetoed: int
    review: int
    failures: int
    needed: int


@dataclass(frozen=True, kw_only=True)
class TeamView:
    """The team's page; see the templates for where each part stands."""

    period: Period
    scope: Scope
    before: Period | None
    chooser: Chooser
    norms: Norms
    newest: Newest | None
    whole: AgentFigures
    violations: Compared
    mean: Compared
    vetoed: Compared
    rate: Compared
    connected: Compared
    levels: Sequence[LevelShare]
    needed: Sequence[Needed]
    needed_more: int
    fresh: str
    """The newest date of all: what needs a person since then is marked as new."""
    standings: Sequence[AgentStanding]
    scale: Scale
    ranked: int
    rules: Sequence[RuleLine]
    tags: Sequence[TagLine]
    trend: charts.Trend | None
    repeats: Repeats | None
    connect: Connect
    shifts: Sequence[Shift]
    failures: Sequence[FailureRow]
    carded: Collection[str]
    """The agents who have a scorecard: those of the newest dates."""
    hours: Mapping[str, str]
    """The shifts' hours by their names."""
    asked: Sequence[QuestionLine]
    """The house's own questions that inspectors answered."""
    overall: Overall | None
    """Callbacks and people's scores: on the page of everybody only."""
    pages: Mapping[str, str]
    """By call: the page of each that ``repeats`` and people's scores name and that has one."""

    @property
    def first(self) -> int:
        """Calls that need a person that are in sight."""
        return FIRST

    @property
    def rules_first(self) -> int:
        """How many rules the page shows before the others are asked for."""
        return RULES

    @property
    def rated_shown(self) -> int:
        """Calls that people scored that are listed."""
        return RATED

    @property
    def needed_path(self) -> str:
        """The list of calls with those that need a person."""
        chosen = {"from_": self.period.first, "to": self.period.last, "state": "needed"}
        return names.calls_page(**chosen, **_scope_filter(self.scope))

    @property
    def empty(self) -> bool:
        """Whether the period has no recorded call."""
        return not self.whole.calls


def page_of(calendar: Calendar, period: Period, scope: Scope = EVERYBODY) -> str:
    """Where a period's page lies: everybody's newest seven days are the index."""
    if period == front(calendar) and scope == EVERYBODY:
        return "index.html"
    return names.period_page(period.key, scope.kind, scope.name)


def front(calendar: Calendar) -> Period:
    """The period of the index: the newest seven days."""
    return calendar.recent[-1] if calendar.recent else calendar.whole


def recent(days: Days) -> Period:
    """The newest dates, which the scorecards are about."""
    return Period(kind=PeriodKind.ALL, key="newest", dates=days.calendar.whole.dates[-RECENT:])


def team_view(
    days: Days, period: Period, scope: Scope = EVERYBODY, overall: Overall | None = None
) -> TeamView:
    """The view of a period, of everybody or of a team, queue or shift."""
    calendar, norms = days.calendar, days.norms
    before = calendar.before(period)
    now = days.total(period, scope)
    then = days.total(before, scope) if before else None
    known = days.contacts(period, scope)
    listed = standings(days, period, scope)
    needed = days.calls_for_people(period, scope)
    again = _repeats(days, period, scope)
    return TeamView(
        period=period,
        scope=scope,
        before=before,
        chooser=_chooser(days, period, scope),
        norms=norms,
        newest=_newest(days, scope),
        whole=agents.sum_up(now, norms.level),
        violations=Compared(now=now.violations, before=then.violations if then else None),
        mean=Compared(now=now.scores.mean, before=then.scores.mean if then else None),
        vetoed=Compared(now=_share_vetoed(now), before=_share_vetoed(then)),
        rate=Compared(now=now.rate.mean, before=then.rate.mean if then else None),
        connected=_compare_connection(days, period, scope, before),
        levels=_levels(norms, now, then),
        needed=needed[:SHOWN],
        needed_more=max(0, len(needed) - SHOWN),
        fresh=calendar.whole.last,
        standings=listed,
        scale=scale(listed),
        ranked=sum(one.rank is not None for one in listed),
        rules=_rules(days, period, scope, now, then),
        tags=_tags(period, scope, now, then),
        trend=charts.trend([_mean(days, p, scope) for p in calendar.until(period, TREND)]),
        repeats=again,
        connect=connect.connect(known),
        shifts=shifts(days, period, overall, scope),
        failures=days.failures(period) if scope == EVERYBODY else (),
        carded=days.agents(recent(days)).keys(),
        hours=overall.hours if overall else {},
        asked=question_lines(days, period, scope, overall.questions if overall else ()),
        overall=overall if scope == EVERYBODY else None,
        pages=_pages(days, again, overall),
    )


def standings(days: Days, period: Period, scope: Scope = EVERYBODY) -> list[AgentStanding]:
    """The agents of a period, the lowest mean first; those without a scored call last."""
    before = days.calendar.before(period)
    then = days.agents(before, scope) if before else {}
    own = days.agents(period, scope)
    figures = {a: agents.sum_up(o.tally, days.norms.level, o.agent) for a, o in own.items()}
    ranks = agents.ranks(figures.values())
    marks = agents.marks(figures.values(), days.norms.good)
    listed = [
        AgentStanding(
            figures=f,
            before=_mean_of(then.get(agent_id)),
            rank=ranks.get(agent_id),
            mark=marks.get(agent_id),
            violations=own[agent_id].tally.violations,
            rules=sorted(f.per_100.items(), key=lambda item: (-item[1], item[0])),
            worst=own[agent_id].worst,
        )
        for agent_id, f in figures.items()
    ]
    return sorted(listed, key=lambda s: 101.0 if s.figures.mean is None else s.figures.mean)


def scale(listed: Sequence[AgentStanding]) -> Scale:
    """An axis that holds every interval, and never less than 80 to 100."""
    bounds = [b for s in listed for b in (s.figures.low, s.figures.mean) if b is not None]
    return Scale(low=min([80.0, *(math.floor(b / 10) * 10 for b in bounds)]))


def _mean_of(own: Own | None) -> float | None:
    return own.tally.scores.mean if own else None


def _share_vetoed(tally: Tally | None) -> float | None:
    """Vetoed calls for each hundred scored ones."""
    if tally is None or not tally.scores.count:
        return None
    return 100 * tally.vetoed / tally.scores.count


def _mean(days: Days, period: Period, scope: Scope) -> charts.PeriodMean:
    figures = agents.sum_up(days.total(period, scope), days.norms.level)
    return charts.PeriodMean(
        label=names.brief(period),
        mean=figures.mean,
        low=figures.low,
        high=figures.high,
        scored=figures.scored,
    )


def _compare_connection(
    days: Days, period: Period, scope: Scope, before: Period | None
) -> Compared:
    shares = [
        connect.connect(days.contacts(p, scope)).whole if p else None for p in (period, before)
    ]
    now, then = (one.share.value if one and one.share else None for one in shares)
    return Compared(now=now, before=then)


def _levels(norms: Norms, now: Tally, then: Tally | None) -> list[LevelShare]:
    scored, before = now.scores.count, then.scores.count if then else 0
    names_of = [name for name, _ in norms.levels]
    others = sorted(set(now.levels) - {*names_of, ""})
    return [
        LevelShare(
            level=name,
            calls=now.levels[name],
            share=100 * now.levels[name] / scored,
            before=100 * then.levels[name] / before if then and before else None,
        )
        for name in [*names_of, *others]
        if scored
    ]


def _rules(
    days: Days, period: Period, scope: Scope, now: Tally, then: Tally | None
) -> list[RuleLine]:
    past = [days.total(p, scope).per_100 for p in days.calendar.until(period, SPARK)]
    before = then.per_100 if then and then.scores.count else None
    chosen = {"from_": period.first, "to": period.last, **_scope_filter(scope)}
    lines = [
        RuleLine(
            rule_id=rule_id,
            events=own.events,
            calls=own.calls,
            points=own.points,
            per_100=Compared(
                now=now.per_100[rule_id],
                before=None if before is None else before.get(rule_id, 0.0),
            ),
            spark=charts.spark([one.get(rule_id, 0.0) for one in past]),
            path=names.calls_page(**chosen, rule=rule_id),
        )
        for rule_id, own in now.rules.items()
    ]
    return sorted(lines, key=lambda r: (-r.events, r.points, r.rule_id))


def _tags(period: Period, scope: Scope, now: Tally, then: Tally | None) -> list[TagLine]:
    """What the calls are about, the most frequent first."""
    chosen = {"from_": period.first, "to": period.last, **_scope_filter(scope)}
    lines = [
        TagLine(
            rule_id=rule_id,
            calls=own.calls,
            share=Compared(now=_share_tagged(now, rule_id), before=_share_tagged(then, rule_id)),
            mean=own.scores.mean,
            path=names.calls_page(**chosen, tag=rule_id),
        )
        for rule_id, own in now.tags.items()
    ]
    return sorted(lines, key=lambda t: (-t.calls, t.rule_id))


def _share_tagged(tally: Tally | None, rule_id: str) -> float | None:
    """Percent of calls that are about it; None where there is no call."""
    if tally is None or not tally.calls:
        return None
    return 100 * (tally.tags[rule_id].calls if rule_id in tally.tags else 0) / tally.calls


def _scope_filter(scope: Scope) -> dict[str, str]:
    return {scope.kind: scope.name} if scope.kind else {}


def _newest(days: Days, scope: Scope) -> Newest | None:
    """The newest day of the calendar; None without any."""
    if not days.calendar.days:
        return None
    period = days.calendar.days[-1]
    before = days.calendar.before(period)
    now = days.total(period, scope)
    then = days.total(before, scope).scores.mean if before else None
    return Newest(
        date=period.key,
        page=page_of(days.calendar, period, scope),
        calls=now.calls,
        scored=now.scores.count,
        mean=Compared(now=now.scores.mean, before=then),
        vetoed=now.vetoed,
        review=now.review,
        failures=len(days.failures(period)),
        needed=len(days.calls_for_people(period, scope)),
    )


def _repeats(days: Days, period: Period, scope: Scope) -> Repeats | None:
    asked = [
        pair for date in period.dates for pair in days.asked.get(date, ()) if scope.holds(pair[0])
    ]
    return repeats(asked, days.calendar.whole.last)


def shifts(
    days: Days, period: Period, overall: Overall | None, scope: Scope = EVERYBODY
) -> Sequence[Shift]:
    """The shifts of a period; none where no call lies in one."""
    order = list(overall.hours) if overall else []
    tallies = days.by("shift", period, scope)
    listed = by_shift(tallies, days.contacts(period, scope), days.norms.level, order)
    return listed if any(one.name for one in listed) else []


def _pages(days: Days, again: Repeats | None, overall: Overall | None) -> dict[str, str]:
    called = [c for one in (again.customers[:SHOWN] if again else ()) for c in one.calls]
    wanted = {c.call_id: c.date for c in called if c.recorded}
    wanted |= overall.rated_dates if overall else {}
    pages = {call_id: days.page_of(date, call_id) for call_id, date in wanted.items()}
    return {call_id: page for call_id, page in pages.items() if page}


def _chooser(days: Days, period: Period, scope: Scope) -> Chooser:
    calendar = days.calendar

    def choice(one: Period | None, label: str, *, now: bool = False) -> Choice:
        there = one is not None and one in periods_with_page(calendar, one.kind, scope)
        path = page_of(calendar, one, scope) if one is not None and there else ""
        return Choice(label=label, path=path, now=now)

    kinds = [
        choice(_of_kind(calendar, kind, period), names.KINDS[kind], now=kind is period.kind)
        for kind in PeriodKind
    ]
    earlier, later = calendar.before(period), calendar.after(period)
    return Chooser(
        kinds=kinds,
        earlier=choice(earlier, names.period(earlier) if earlier else ""),
        later=choice(later, names.period(later) if later else ""),
        periods=[
            choice(one, names.period(one), now=one == period)
            for one in reversed(periods_with_page(calendar, period.kind, scope))
        ],
        scopes={
            kind: [
                Choice(label="全部", path=page_of(calendar, period), now=scope == EVERYBODY),
                *(
                    Choice(label=s.name, path=page_of(calendar, period, s), now=s == scope)
                    for s in own
                ),
            ]
            for kind, own in days.scopes.items()
            if period in periods_with_page(calendar, period.kind, Scope(kind))
        },
    )


def _of_kind(calendar: Calendar, kind: PeriodKind, period: Period) -> Period | None:
    """The period of another kind that holds the last date of this one."""
    if kind is period.kind:
        return period
    if kind is PeriodKind.ALL:
        return calendar.whole
    if kind is PeriodKind.RECENT:
        return front(calendar)
    return calendar.holding(kind, period.last)


WRITTEN = {
    PeriodKind.RECENT: 1,
    PeriodKind.DAY: 31,
    PeriodKind.WEEK: 13,
    PeriodKind.MONTH: 13,
    PeriodKind.ALL: 1,
}
"""Periods of each kind, the newest ones, that have a page of everybody …"""
WRITTEN_SCOPED = {
    PeriodKind.RECENT: 1,
    PeriodKind.DAY: 7,
    PeriodKind.WEEK: 5,
    PeriodKind.MONTH: 3,
    PeriodKind.ALL: 1,
}
"""… and of a team, queue or shift: what is older is asked of the served application."""


def periods_with_page(
    calendar: Calendar, kind: PeriodKind, scope: Scope = EVERYBODY
) -> Sequence[Period]:
    """The periods of a kind that have a page, the oldest first."""
    count = (WRITTEN_SCOPED if scope.kind else WRITTEN)[kind]
    return calendar.kind(kind)[-count:]
