"""Arithmetic only: findings in, points and a scorecard out. Nothing here reads text.

Deduct mode: 100 minus deductions, each rule capped, each section capped, floor 0; a critical
violation vetoes (score 0). Weighted mode: points earned / points applicable x 100. In both modes the
points of a call's findings add up to ``score - 100`` unless it is vetoed or floored.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pipeline.records import (
    Finding,
    Outcome,
    Scorecard,
    ScoredFinding,
    SectionScore,
    Severity,
    Status,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

FULL = 100.0


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """The numbers of a rubric.

    ``sections``: section -> (title, cap). ``caps``, ``weights`` and ``titles``: rule -> the most it
    can cost, its weight in weighted mode, its name for people. ``levels``: (name, at least), falling.
    """

    mode: Literal["deduct", "weighted"]
    sections: Mapping[str, tuple[str, float]]
    caps: Mapping[str, float]
    weights: Mapping[str, float]
    titles: Mapping[str, str]
    levels: Sequence[tuple[str, float]]

    def level(self, score: float) -> str:
        """The name of the level that a score reaches."""
        return next(name for name, at_least in self.levels if score >= at_least)

    def cap(self, section: str) -> float | None:
        """The most that a section can cost; None for that of tags, which cost nothing."""
        return self.sections[section][1] if section else None

    @property
    def lowest(self) -> str:
        """The level of a vetoed call."""
        return self.levels[-1][0]


def not_scored(reason: str, findings: Sequence[Finding] = ()) -> Scorecard:
    """The card of a call that cannot be judged: no score, and no points for what was found."""
    return Scorecard(
        status=Status.NOT_SCORED,
        reason=reason,
        score=None,
        level="",
        vetoed=False,
        floored=False,
        review=any(f.outcome is Outcome.REVIEW for f in findings),
        findings=tuple(ScoredFinding(finding=f, points=0.0) for f in findings),
    )


def score(findings: Sequence[Finding], scheme: Scheme) -> Scorecard:
    """The card of a call."""
    costed = (
        _by_deduction(findings, scheme) if scheme.mode == "deduct" else _by_weight(findings, scheme)
    )
    total = round(FULL + sum(f.points for f in costed), 6)
    vetoed = any(
        f.outcome is Outcome.VIOLATION and f.severity is Severity.CRITICAL for f in findings
    )
    final = 0.0 if vetoed else max(0.0, total)
    return Scorecard(
        status=Status.SCORED,
        reason="",
        score=final,
        level=scheme.lowest if vetoed else scheme.level(final),
        vetoed=vetoed,
        floored=total < 0 and not vetoed,
        review=any(f.outcome is Outcome.REVIEW for f in findings),
        findings=tuple(costed),
        sections=tuple(_sections(costed, scheme)),
    )


def _by_deduction(findings: Sequence[Finding], scheme: Scheme) -> list[ScoredFinding]:
    asked = [ScoredFinding(finding=f, points=-f.deduct if f.deduct else 0.0) for f in findings]
    once = _same_seconds_once(asked, scheme)
    by_rule = _cap(once, lambda f: (f.rule_id, scheme.caps.get(f.rule_id)), "已到本规则扣分上限")
    return _cap(by_rule, lambda f: (f.section, scheme.cap(f.section)), "已到本部分扣分上限")


def _same_seconds_once(scored: Sequence[ScoredFinding], scheme: Scheme) -> list[ScoredFinding]:
    """Where rules that share their seconds fire on one stretch, the dearer takes the points."""
    result = list(scored)
    for index, one in enumerate(scored):
        if not one.points or not one.finding.shares:
            continue
        dearer = [
            other
            for position, other in enumerate(scored)
            if _share(one.finding, other.finding)
            and (-other.points, -position) > (-one.points, -index)
        ]
        if dearer:
            rule = dearer[0].finding.rule_id
            note = f"与“{scheme.titles.get(rule, rule)}”同一段时间，不重复扣分"
            result[index] = replace(one, points=0.0, note=note)
    return result


def _share(one: Finding, other: Finding) -> bool:
    if one.shares != other.shares or one.rule_id == other.rule_id:
        return False
    if one.start is None or one.end is None or other.start is None or other.end is None:
        return False
    return one.start < other.end and other.start < one.end


def _cap(
    scored: Iterable[ScoredFinding],
    group: Callable[[Finding], tuple[str, float | None]],
    note: str,
) -> list[ScoredFinding]:
    """The findings in order, each group's points cut off once they reach its cap."""
    spent: dict[str, float] = defaultdict(float)
    result = []
    for item in scored:
        name, cap = group(item.finding)
        points = item.points if cap is None else max(item.points, -(cap - spent[name]))
        points = points or 0.0
        spent[name] -= points
        cut = points != item.points
        result.append(replace(item, points=points, note=note) if cut else item)
    return result


def _by_weight(findings: Sequence[Finding], scheme: Scheme) -> list[ScoredFinding]:
    """Each rule that was judged carries its weight; a violation loses it by the share deducted."""
    judged = {f.rule_id for f in findings if f.outcome in {Outcome.VIOLATION, Outcome.PASS}}
    applicable = sum(scheme.weights.get(rule, 1.0) for rule in judged)
    result = []
    left = {rule: scheme.weights.get(rule, 1.0) for rule in judged}
    asked = [ScoredFinding(finding=f, points=-f.deduct if f.deduct else 0.0) for f in findings]
    for item in _same_seconds_once(asked, scheme):
        rule = item.finding.rule_id
        lost = min(-item.points, left.get(rule, 0.0))
        left[rule] = left.get(rule, 0.0) - lost
        points = -FULL * lost / applicable if lost else 0.0
        result.append(replace(item, points=points))
    return result


def _sections(scored: Sequence[ScoredFinding], scheme: Scheme) -> list[SectionScore]:
    sections = []
    for section, (title, cap) in scheme.sections.items():
        own = [s for s in scored if s.finding.section == section]
        judged = any(s.finding.outcome in {Outcome.VIOLATION, Outcome.PASS} for s in own)
        points = sum(s.points for s in own) or 0.0
        share = round(FULL * (1 + points / cap), 6) if judged else None
        sections.append(
            SectionScore(section=section, title=title, points=points, cap=cap, score=share)
        )
    return sections
