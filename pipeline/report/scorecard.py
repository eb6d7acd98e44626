"""An agent's scorecard: two sheets for the talk with him, and everything behind them.

``agent_view`` is a function of the tables, a period and an agent, as the team's page is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.figures import agents
from pipeline.figures.periods import PeriodKind
from pipeline.figures.tally import Tally
from pipeline.records import Outcome, Status
from pipeline.report import charts, names
from pipeline.report.asked import question_lines
from pipeline.report.days import Scope
from pipeline.report.team import Choice, Compared, recent
from pipeline.store.queries import gravest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from pipeline.figures.agents import AgentFigures, RateSpread
    from pipeline.figures.periods import Period
    from pipeline.report.asked import QuestionLine
    from pipeline.report.days import Days, WorthHearing
    from pipeline.report.norms import Norms
    from pipeline.report.team import AgentStanding
    from pipeline.settings import QuestionSettings
    from pipeline.store.schema import CallRow, FindingRow

MONTHS = 3
"""Calendar months that have a scorecard of their own, the newest ones."""
WEEKS = 12
"""Weeks of the trend."""
WORK, STRENGTHS = 3, 4
"""Things to work on, and strengths, that a talk has room for."""
PLACES, DOUBTS, CALLS = 12, 40, 200
"""Places of a rule, doubts and calls behind the fold; the list of calls has them all."""
BATCH = 20_000
"""Calls of so many are held at once, while the scorecards of some agents are made."""
OFTEN = 10
"""A rule is a strength where it was kept in so many calls at least."""
_QUOTE = 90
"""Characters of a quote on the two sheets."""
_NUMBER = re.compile(r"[0-9零〇一二三四五六七八九十百幺两]+(?=号)")
"""An agent's number as he says it: the example from another's call is nobody's."""


@dataclass(frozen=True, kw_only=True)
class OwnRows:
    """An agent's calls of a period, the newest first, each with its date, events and turns' rates."""

    calls: Sequence[tuple[str, CallRow]]
    events: Mapping[tuple[str, str], Sequence[FindingRow]]
    rates: Sequence[float]


@dataclass(frozen=True, kw_only=True)
class SectionLine:
    """A section of the rubric: his mean and everybody's, 0-100."""

    title: str
    own: float | None
    everybody: float | None

    @property
    def apart(self) -> float | None:
        """How much better he is."""
        return Compared(now=self.own, before=self.everybody).change


@dataclass(frozen=True, kw_only=True)
class WeakRule:
    """Something to work on: a rule that costs him most, beside everybody.

    ``said`` is a good example, who (A the agent, C the customer) says what; ``real``: from a call of
    the team, and not the rule's own. ``path`` leads to his calls that broke it.
    """

    rule_id: str
    title: str
    why: str
    source: str
    events: int
    points: float
    per_100: float
    everybody: float
    weakest: WorthHearing
    quote: str
    said: Sequence[tuple[str, str]]
    real: bool
    path: str


@dataclass(frozen=True, kw_only=True)
class Strength:
    """A rule that he kept in so many calls, and that others break ``everybody`` times in 100 calls."""

    title: str
    kept: int
    own: float
    everybody: float


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What one rule cost, the newest places first; ``more`` are not shown."""

    figures: agents.RuleFigures
    places: Sequence[WorthHearing]
    more: int


@dataclass(frozen=True, kw_only=True)
class CallLine:
    """One of his calls and its count of violations."""

    place: WorthHearing
    violations: int


@dataclass(frozen=True, kw_only=True)
class AgentView:
    """The scorecard; see ``reports/templates/agent.html`` for where each part stands."""

    period: Period
    label: str
    periods: Sequence[Choice]
    norms: Norms
    own: AgentStanding
    agents: int
    before: float | None
    whole: AgentFigures
    sections: Sequence[SectionLine]
    trend: charts.Trend | None
    work: Sequence[WeakRule]
    strengths: Sequence[Strength]
    rate_norm: tuple[float, float] | None
    spread: RateSpread | None
    rates: charts.Spread | None
    losses: Sequence[Loss]
    doubts: Sequence[WorthHearing]
    doubts_more: int
    calls: Sequence[CallLine]
    calls_more: int
    path: str
    """The list of calls with his."""
    asked: Sequence[QuestionLine]
    """The house's own questions that inspectors answered of his calls."""


@dataclass(frozen=True, kw_only=True)
class Team:
    """What scorecards of a period share: everybody's sums, standings, and good examples by rule.

    ``questions`` are the house's own.
    """

    whole: Tally
    standings: Sequence[AgentStanding]
    examples: Mapping[str, Sequence[tuple[str, str]]]
    """By rule: an agent's id and his words, of different agents."""
    questions: Sequence[QuestionSettings] = ()


def periods(days: Days) -> list[Period]:
    """The periods that have scorecards: the newest dates, and the newest months."""
    return [recent(days), *reversed(days.calendar.months[-MONTHS:])]


def page_of(period: Period, agent_id: str) -> str:
    """Where a scorecard lies."""
    month = period.key if period.kind is PeriodKind.MONTH else ""
    return names.agent_page(agent_id, month)


def batches(days: Days, period: Period) -> Iterator[list[str]]:
    """The agents of a period in groups whose calls can be held at once."""
    own: list[str] = []
    held = 0
    for agent_id, one in days.agents(period).items():
        if own and held + one.tally.calls > BATCH:
            yield own
            own, held = [], 0
        own.append(agent_id)
        held += one.tally.calls
    if own:
        yield own


def own_rows(days: Days, period: Period, wanted: Collection[str]) -> dict[str, OwnRows]:
    """The calls of these agents, with what they were charged with and how fast they spoke."""
    calls: dict[str, list[tuple[str, CallRow]]] = defaultdict(list)
    events: dict[str, dict[tuple[str, str], Sequence[FindingRow]]] = defaultdict(dict)
    rates: dict[str, list[float]] = defaultdict(list)
    for date in period.dates:
        found = days.query.events(date, wanted)
        rows = days.query.calls(date, wanted)
        scored = [c.call_id for c in rows if c.status == Status.SCORED]
        turns = days.query.turns(date, scored)
        for call in rows:
            calls[call.agent_id].append((date, call))
            events[call.agent_id][date, call.call_id] = gravest(found[call.call_id])
            rates[call.agent_id] += agents.turn_rates(turns[call.call_id])
    return {
        agent_id: OwnRows(calls=list(reversed(own)), events=events[agent_id], rates=rates[agent_id])
        for agent_id, own in calls.items()
    }


def agent_view(
    days: Days, period: Period, own: AgentStanding, team: Team, rows: OwnRows
) -> AgentView:
    """The view of one agent's period."""
    norms, agent_id = days.norms, own.figures.agent_id
    placed = list(_moments(days, rows))
    whole = agents.sum_up(team.whole, norms.level)
    doubts = [p for p in placed if p.event and p.event.outcome == Outcome.REVIEW]
    norm = norms.rate_norm
    return AgentView(
        period=period,
        label=_label(period),
        periods=[
            Choice(label=_label(p), path=page_of(p, agent_id), now=p == period)
            for p in periods(days)
            if agent_id in days.agents(p)
        ],
        norms=norms,
        own=own,
        agents=len(team.standings),
        before=own.before,
        whole=whole,
        sections=[
            SectionLine(
                title=title, own=own.figures.sections.get(s), everybody=whole.sections.get(s)
            )
            for s, title in norms.sections.items()
        ],
        trend=charts.trend(_weeks(days, period, agent_id)),
        work=_work(days, own, team, placed, period),
        strengths=_strengths(norms, own.figures, days.calls_kept(period, agent_id), team.whole),
        rate_norm=norm,
        spread=agents.rate_spread(rows.rates, norm) if norm else None,
        rates=charts.rates(rows.rates, norm) if rows.rates and norm else None,
        losses=_losses(placed),
        doubts=doubts[:DOUBTS],
        doubts_more=max(0, len(doubts) - DOUBTS),
        calls=[_call_line(days, rows, date, call) for date, call in rows.calls[:CALLS]],
        calls_more=max(0, len(rows.calls) - CALLS),
        path=_path(period, agent_id),
        asked=question_lines(days, period, Scope("agent_id", agent_id), team.questions),
    )


def _label(period: Period) -> str:
    if period.kind is PeriodKind.MONTH:
        return names.period(period)
    return f"最近 {len(period.dates)} 天" if len(period.dates) > 1 else period.last


def _path(period: Period, agent_id: str, rule_id: str = "") -> str:
    chosen = {"from_": period.first, "to": period.last, "agent": agent_id, "rule": rule_id}
    return names.calls_page(**chosen)


def _moments(days: Days, rows: OwnRows) -> Iterator[WorthHearing]:
    """Everything that he was charged with, the newest call first."""
    for date, call in rows.calls:
        for event in rows.events[date, call.call_id]:
            yield days.place(call, date, event)


def _call_line(days: Days, rows: OwnRows, date: str, call: CallRow) -> CallLine:
    events = rows.events[date, call.call_id]
    violations = sum(e.outcome == Outcome.VIOLATION for e in events)
    return CallLine(place=days.place(call, date), violations=violations)


def _weeks(days: Days, period: Period, agent_id: str) -> list[charts.PeriodMean]:
    """His mean of each week up to the period's end, beside everybody's; of a first week its days."""
    calendar = days.calendar
    last = calendar.holding(PeriodKind.WEEK, period.last)
    weeks: Sequence[Period] = calendar.until(last, WEEKS) if last else ()
    if len(weeks) < 2:
        weeks = [d for d in calendar.days if d.key in period.dates]
    return [_mean(days, week, agent_id) for week in weeks]


def _mean(days: Days, period: Period, agent_id: str) -> charts.PeriodMean:
    own = days.agents(period).get(agent_id)
    figures = agents.sum_up(own.tally if own else Tally(), days.norms.level)
    return charts.PeriodMean(
        label=names.brief(period),
        mean=figures.mean,
        low=figures.low,
        high=figures.high,
        scored=figures.scored,
        beside=days.total(period).scores.mean,
    )


def _work(
    days: Days, own: AgentStanding, team: Team, placed: Sequence[WorthHearing], period: Period
) -> list[WeakRule]:
    """The rules that cost him most; where none cost anything, those that he broke most."""
    found = agents.by_rule(p.event for p in placed if p.event)
    everybody = team.whole.per_100
    work = []
    for figures in found[:WORK]:
        rule_id = figures.rule_id
        weakest = min(
            (p for p in placed if p.event and _is(p.event, rule_id)),
            key=lambda p: (p.event is None or p.event.start_s is None, _weight(p)),
        )
        said, real = _example(days.norms, team, rule_id, own.figures.agent_id)
        event = weakest.event
        work.append(
            WeakRule(
                rule_id=rule_id,
                title=days.norms.rule(rule_id),
                why=days.norms.why(rule_id),
                source=event.source if event else "",
                events=figures.events,
                points=figures.points,
                per_100=own.figures.per_100.get(rule_id, 0.0),
                everybody=everybody.get(rule_id, 0.0),
                weakest=weakest,
                quote=_short(event.quote if event else ""),
                said=said,
                real=real,
                path=_path(period, own.figures.agent_id, rule_id),
            )
        )
    return work


def _is(event: FindingRow, rule_id: str) -> bool:
    return event.rule_id == rule_id and event.outcome == Outcome.VIOLATION


def _weight(place: WorthHearing) -> tuple[float, float]:
    """The dearest first, and of these that of the lowest call."""
    return place.event.points if place.event else 0.0, place.call.score or 0.0


def _example(
    norms: Norms, team: Team, rule_id: str, agent_id: str
) -> tuple[Sequence[tuple[str, str]], bool]:
    for whose, words in team.examples.get(rule_id, ()):
        if whose != agent_id:
            return [("A", words)], True
    return [(who, _short(text)) for who, text in norms.example(rule_id)], False


def _short(text: str) -> str:
    return text if len(text) <= _QUOTE else f"{text[: _QUOTE - 1]}…"


def _strengths(
    norms: Norms, own: AgentFigures, kept: Mapping[str, int], everybody: Tally
) -> list[Strength]:
    """The rules that he kept most surely where others break them."""
    mine, theirs = own.per_100, everybody.per_100
    found = [
        Strength(
            title=norms.rule(rule_id),
            kept=kept[rule_id],
            own=mine.get(rule_id, 0.0),
            everybody=rate,
        )
        for rule_id, rate in theirs.items()
        if kept.get(rule_id, 0) >= OFTEN and mine.get(rule_id, 0.0) < rate / 2
    ]
    return sorted(found, key=lambda s: (s.own - s.everybody, s.title))[:STRENGTHS]


def _losses(placed: Sequence[WorthHearing]) -> list[Loss]:
    losses = []
    for figures in agents.by_rule(p.event for p in placed if p.event):
        own = [p for p in placed if p.event and _is(p.event, figures.rule_id)]
        losses.append(Loss(figures=figures, places=own[:PLACES], more=max(0, len(own) - PLACES)))
    return losses


FROM_EACH, OF_CALLS = 2, 60
"""Examples of each rule, of different agents, sought in so many of the best calls."""
_FIRST_WORDS, _LAST_WORDS = "opening", "closing"


def examples(days: Days, period: Period) -> dict[str, list[tuple[str, str]]]:
    """By rule of the opening and closing: how it was kept in the best calls, without number or name.

    A rule that was passed points at no turn; of these two sections it is the agent's first or last.
    """
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for date in reversed(period.dates):
        scored = [c for c in days.query.calls(date) if c.score is not None]
        best = sorted(scored, key=lambda c: (-(c.score or 0.0), c.call_id))[:OF_CALLS]
        turns = days.query.turns(date, [c.call_id for c in best])
        points = days.query.points(date)
        for call in best:
            said = sorted(turns[call.call_id], key=lambda t: t.start_s)
            kept = [p for p in points[call.call_id] if p.outcome == Outcome.PASS]
            for rule_id, section in ((p.rule_id, p.section) for p in kept if said):
                turn = {_FIRST_WORDS: said[0], _LAST_WORDS: said[-1]}.get(section)
                if turn is not None:
                    _offer(found[rule_id], call, turn.text)
        if found and all(len(own) >= FROM_EACH for own in found.values()):
            break
    return found


def _offer(own: list[tuple[str, str]], call: CallRow, text: str) -> None:
    """Keep an agent's words where there is room, and they say nothing of who he is."""
    words = _NUMBER.sub("××", text)
    named = [part for part in (call.agent_name, call.agent_id) if part and part in words]
    room = len(own) < FROM_EACH and call.agent_id not in dict(own)
    if room and not named and "*" not in words and 4 <= len(words) <= _QUOTE:
        own.append((call.agent_id, words))
