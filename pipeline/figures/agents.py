"""Figures of an agent over many calls: means with their uncertainty, violations by rule."""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from pipeline.conversation.timing import SHORTEST_RATED_TURN
from pipeline.detect import interruption
from pipeline.figures.tally import Sum, Tally
from pipeline.judging.score import FULL
from pipeline.records import Finding, Outcome, ScoredCall, Status
from pipeline.text.normal import spoken_characters

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from pipeline.store.parts import FindingPoints, TurnText
    from pipeline.store.schema import CallRow, FindingRow


@dataclass(frozen=True, kw_only=True)
class CallFigures:
    """What of one call goes into its agent's figures.

    ``score`` is the one that means are made of, the machine's or the one after people. ``violations``
    counts them by rule, ``lost`` says what they cost (0 or less); ``kept`` are the rules that it passed,
    ``tags`` those that say what it is about.
    """

    agent_id: str
    agent_name: str
    team: str
    score: float | None
    review: bool
    vetoed: bool
    rate_turn: float | None
    interruptions: int | None
    sections: Mapping[str, float]
    violations: Mapping[str, int]
    level: str = ""
    lost: Mapping[str, float] = field(default_factory=dict)
    kept: Collection[str] = ()
    tags: Collection[str] = ()
    call_id: str = ""
    machine: float | None = None
    final: float | None = None


@dataclass(frozen=True, kw_only=True)
class AgentFigures:
    """One agent over some calls. Means are over the scored calls; None where there is none.

    ``mean`` is that of the scores that count, ``machine`` of the machine's and ``final`` of those after
    people; ``changed`` are the calls in which the two differ.

    ``low`` and ``high`` bound the 95 % confidence interval of the mean score (Student's t over the
    calls' scores, cut to 0-100); None for fewer than two calls. ``per_100`` counts violations by rule
    for each hundred scored calls.
    """

    agent_id: str
    agent_name: str
    team: str
    calls: int
    scored: int
    mean: float | None
    low: float | None
    high: float | None
    level: str
    sections: Mapping[str, float]
    per_100: Mapping[str, float]
    rate_turn: float | None
    interruptions: int | None
    review: int
    vetoed: int
    machine: float | None = None
    final: float | None = None
    changed: int = 0


def figures_of(scored: ScoredCall) -> CallFigures:
    """What of one scored call goes into its agent's figures."""
    card, record = scored.card, scored.call.record
    judged = card.status is Status.SCORED
    charged = [f for f in card.findings if f.finding.outcome is Outcome.VIOLATION]
    violations = [f.finding for f in charged]
    return CallFigures(
        agent_id=record.agent_id or "",
        agent_name=record.agent_name or "",
        team=record.team or "",
        score=card.score,
        review=card.review,
        vetoed=card.vetoed,
        rate_turn=scored.measures.rates.rate_turn if judged else None,
        interruptions=sum(f.kind == interruption.NAME for f in violations)
        if scored.call.channels > 1
        else None,
        sections={s.section: s.score for s in card.sections if s.score is not None},
        violations=Counter(f.rule_id for f in violations),
        level=card.level,
        lost=_by_rule((f.finding.rule_id, f.points) for f in charged),
        kept=_rules_passed(f.finding for f in card.findings),
        tags=[f.finding.rule_id for f in card.findings if f.finding.outcome is Outcome.TAG],
        call_id=scored.call.call_id,
        machine=card.score,
        final=card.score if scored.final is None else scored.final,
    )


def _by_rule(points: Iterable[tuple[str, float]]) -> dict[str, float]:
    lost: dict[str, float] = defaultdict(float)
    for rule_id, own in points:
        lost[rule_id] += own
    return lost


def _rules_passed(findings: Iterable[Finding | FindingPoints | FindingRow]) -> list[str]:
    return [f.rule_id for f in findings if f.outcome == Outcome.PASS]


def figures_of_rows(
    call: CallRow, findings: Sequence[FindingRow | FindingPoints], caps: Mapping[str, float]
) -> CallFigures:
    """A call's figures out of its ``calls`` row, its ``findings`` rows and each section's cap."""
    judged = call.status == Status.SCORED
    counted = {Outcome.VIOLATION, Outcome.PASS}
    own = [f for f in findings if f.outcome in counted and f.section in caps]
    charged = [f for f in findings if f.outcome == Outcome.VIOLATION]
    lost = {s: math.fsum(f.points for f in own if f.section == s) for s in caps}
    return CallFigures(
        agent_id=call.agent_id,
        agent_name=call.agent_name,
        team=call.team,
        score=call.score,
        review=call.review,
        vetoed=call.vetoed,
        rate_turn=call.rate_turn if judged else None,
        interruptions=call.interruptions,
        sections={s: FULL * (1 + lost[s] / caps[s]) for s in {f.section for f in own}},
        violations=Counter(f.rule_id for f in charged),
        level=call.level,
        lost=_by_rule((f.rule_id, f.points) for f in charged),
        kept=_rules_passed(findings),
        tags=call.tags or (),
        call_id=call.call_id,
        machine=call.score,
        final=call.score if call.score_final is None else call.score_final,
    )


def after_people(call: CallFigures, level: Callable[[float], str]) -> CallFigures:
    """A call whose score after people counts, and its level with it."""
    if call.final is None:
        return call
    return replace(call, score=call.final, level=level(call.final))


def without_means(call: CallFigures) -> CallFigures:
    """A call that no mean is made of: it is counted as a call, and may need a person."""
    return replace(
        call,
        score=None,
        machine=None,
        final=None,
        vetoed=False,
        rate_turn=None,
        interruptions=None,
        sections={},
        kept=(),
    )


def by_agent(calls: Iterable[CallFigures], level: Callable[[float], str]) -> list[AgentFigures]:
    """The figures of each agent, by id; ``level`` names the level of a score when all have been seen.

    The calls are added up as they come: there may be a hundred thousand.
    """
    agents: dict[str, Agent] = {}
    tallies: dict[str, Tally] = defaultdict(Tally)
    for call in calls:
        agents[call.agent_id] = Agent(call.agent_id, call.agent_name, call.team)
        tallies[call.agent_id].add(call)
    return [sum_up(tallies[agent], level, agents[agent]) for agent in sorted(agents)]


@dataclass(frozen=True)
class Agent:
    """An agent's id, name and team as his last call has them."""

    agent_id: str
    agent_name: str
    team: str


NOBODY = Agent("", "", "")
"""Whose figures are those of many agents."""


def sum_up(own: Tally, level: Callable[[float], str], agent: Agent = NOBODY) -> AgentFigures:
    """The figures of what some calls add up to."""
    middle = own.scores.mean
    low, high = interval(own.scores)
    return AgentFigures(
        agent_id=agent.agent_id,
        agent_name=agent.agent_name,
        team=agent.team,
        calls=own.calls,
        scored=own.scores.count,
        mean=middle,
        low=low,
        high=high,
        level="" if middle is None else level(middle),
        sections={
            s: mean for s in sorted(own.sections) if (mean := own.sections[s].mean) is not None
        },
        per_100=own.per_100,
        rate_turn=own.rate.mean,
        interruptions=own.interruptions if own.told else None,
        review=own.review,
        vetoed=own.vetoed,
        machine=own.machine.mean,
        final=own.final.mean,
        changed=own.changed,
    )


def mean(values: Sequence[float]) -> float | None:
    """The arithmetic mean; None of nothing."""
    return math.fsum(values) / len(values) if values else None


def interval(scores: Sum) -> tuple[float | None, float | None]:
    """The 95 % confidence interval of the mean of scores from 0 to 100; None for fewer than two."""
    middle, variance = scores.mean, scores.variance
    if middle is None or variance is None:
        return None, None
    reach = t_quantile(scores.count - 1) * math.sqrt(variance / scores.count)
    return max(0.0, middle - reach), min(100.0, middle + reach)


@cache
def t_quantile(freedom: int) -> float:
    """Student's t at 97.5 %, as ``scipy.stats.t.ppf`` has it; that takes a second longer to load."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))


def ranks(agents: Iterable[AgentFigures]) -> dict[str, tuple[int, int]]:
    """The best and the worst rank that each agent's interval allows, 1 the best.

    An agent is surely behind another only where their intervals are apart; an agent without an
    interval (fewer than two scored calls) has no rank and takes none from the others.
    """
    known = {
        a.agent_id: (a.low, a.high) for a in agents if a.low is not None and a.high is not None
    }
    return {
        agent_id: (
            1 + sum(other > high for other, _ in known.values()),
            len(known) - sum(other < low for _, other in known.values()),
        )
        for agent_id, (low, high) in known.items()
    }


@dataclass(frozen=True, kw_only=True)
class RuleFigures:
    """One rule's violations over some calls; ``points`` is what they cost, 0 or less."""

    rule_id: str
    events: int
    calls: int
    points: float


def by_rule(findings: Iterable[FindingRow]) -> list[RuleFigures]:
    """The violations among ``findings`` rows by rule, the dearest first."""
    grouped: dict[str, list[FindingRow]] = defaultdict(list)
    for finding in findings:
        if finding.outcome == Outcome.VIOLATION:
            grouped[finding.rule_id].append(finding)
    figures = [
        RuleFigures(
            rule_id=rule_id,
            events=len(own),
            calls=len({f.call_id for f in own}),
            points=round(math.fsum(f.points for f in own), 2),
        )
        for rule_id, own in grouped.items()
    ]
    return sorted(figures, key=lambda f: (f.points, -f.events, f.rule_id))


def turn_rates(turns: Iterable[TurnText]) -> list[float]:
    """The speaking rate of each ``transcripts`` row that is long enough, characters a minute."""
    rated = [(_characters_of(t), t.end_s - t.start_s) for t in turns]
    return [60 * n / length for n, length in rated if n >= SHORTEST_RATED_TURN and length > 0]


def _characters_of(turn: TurnText) -> int:
    """A turn's spoken characters; tables of earlier versions hold only its text, and that plain."""
    return spoken_characters(turn.text) if turn.characters is None else turn.characters


@dataclass(frozen=True, kw_only=True)
class RateSpread:
    """How an agent's turns lie about the norm: counts of turns, and their median rate."""

    slow: int
    within: int
    fast: int
    median: float


def rate_spread(rates: Sequence[float], norm: tuple[float, float]) -> RateSpread | None:
    """The spread of ``rates`` about ``norm``, its bounds included; None of nothing."""
    if not rates:
        return None
    slow = sum(rate < norm[0] for rate in rates)
    fast = sum(rate > norm[1] for rate in rates)
    return RateSpread(
        slow=slow, within=len(rates) - slow - fast, fast=fast, median=statistics.median(rates)
    )


@dataclass(frozen=True, kw_only=True)
class Arithmetic:
    """How a call's points add up: ``total`` is 100 and the points, before veto and floor.

    ``sections`` are those that lost points, with what they lost.
    """

    total: float
    floored: bool
    sections: Mapping[str, float]


def arithmetic(call: CallRow, findings: Sequence[FindingRow]) -> Arithmetic:
    """The arithmetic of a ``calls`` row from its ``findings`` rows."""
    lost: dict[str, float] = defaultdict(float)
    for finding in findings:
        lost[finding.section] += finding.points
    total = round(FULL + math.fsum(lost.values()), 2)
    return Arithmetic(
        total=total,
        floored=total < 0 and not call.vetoed,
        sections={section: points for section, points in lost.items() if points},
    )


SMALL = 5
"""Fewer scored calls than this say little about an agent, whatever their interval."""
TOP = 10
"""The best one in so many is rewarded (duty desk: 排名前10%的客服人员将获得绩效奖金)."""


class Mark(StrEnum):
    """What an agent's rank says for sure."""

    TOP = "top"
    COACH = "coach"


def marks(figures: Iterable[AgentFigures], good: float) -> dict[str, Mark]:
    """Who is surely among the best tenth, and who surely stays under ``good`` points, by agent.

    ``TOP``: the worst rank that his interval allows is still in the top tenth of those with a rank.
    ``COACH``: the upper bound of his mean's interval is under ``good``. Of fewer than ``SMALL`` scored
    calls neither is said.
    """
    listed = list(figures)
    placed = ranks(listed)
    found = {}
    for one in listed:
        if one.scored < SMALL or one.high is None:
            continue
        if placed[one.agent_id][1] * TOP <= len(placed):
            found[one.agent_id] = Mark.TOP
        elif one.high < good:
            found[one.agent_id] = Mark.COACH
    return found
