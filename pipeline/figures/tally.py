"""Sums over calls that add up: from them come the figures of any period, team, queue, shift or agent.

Scores, section scores and rates are summed as whole numbers of ten-thousandths, so that the order in
which sums are added changes nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipeline.figures.agents import CallFigures

_UNIT = 10_000


@dataclass(slots=True)
class Sum:
    """So many values, their sum and the sum of their squares, in ten-thousandths."""

    count: int = 0
    total: int = 0
    squares: int = 0

    def add(self, value: float) -> None:
        """One value more."""
        whole = round(value * _UNIT)
        self.count += 1
        self.total += whole
        self.squares += whole * whole

    def merge(self, other: Sum) -> None:
        """The values of another sum too."""
        self.count += other.count
        self.total += other.total
        self.squares += other.squares

    @property
    def mean(self) -> float | None:
        """The arithmetic mean; None of nothing."""
        return self.total / (_UNIT * self.count) if self.count else None

    @property
    def variance(self) -> float | None:
        """The sample variance; None of fewer than two values."""
        if self.count < 2:
            return None
        apart = self.count * self.squares - self.total**2
        return apart / (self.count * (self.count - 1) * _UNIT**2)


@dataclass(slots=True)
class RuleSum:
    """One rule's violations: so many, in so many calls, for so many points (0 or less)."""

    events: int = 0
    calls: int = 0
    points: float = 0.0

    def merge(self, other: RuleSum) -> None:
        """Those of another sum too."""
        self.events += other.events
        self.calls += other.calls
        self.points = round(self.points + other.points, 4)


@dataclass(slots=True)
class TagSum:
    """The calls about one thing, and the scores of those that were scored."""

    calls: int = 0
    scores: Sum = field(default_factory=Sum)

    def merge(self, other: TagSum) -> None:
        """Those of another sum too."""
        self.calls += other.calls
        self.scores.merge(other.scores)


@dataclass(slots=True)
class Tally:
    """What some calls add up to; ``told`` are the calls in which interruptions could be told.

    ``scores`` are those that count; ``machine`` and ``final`` the machine's and those after people, and
    ``changed`` the calls in which these differ. ``levels`` counts scored calls by their level, ``rules``
    their violations; ``tags`` are all calls by what they are about.
    """

    calls: int = 0
    review: int = 0
    vetoed: int = 0
    interruptions: int = 0
    told: int = 0
    changed: int = 0
    scores: Sum = field(default_factory=Sum)
    machine: Sum = field(default_factory=Sum)
    final: Sum = field(default_factory=Sum)
    rate: Sum = field(default_factory=Sum)
    levels: Counter[str] = field(default_factory=Counter)
    sections: dict[str, Sum] = field(default_factory=dict)
    rules: dict[str, RuleSum] = field(default_factory=dict)
    tags: dict[str, TagSum] = field(default_factory=dict)

    def add(self, call: CallFigures) -> None:
        """One call more."""
        self.calls += 1
        self.review += call.review
        self.vetoed += call.vetoed
        if call.interruptions is not None:
            self.interruptions += call.interruptions
            self.told += 1
        if call.rate_turn is not None:
            self.rate.add(call.rate_turn)
        for section, score in call.sections.items():
            self.sections.setdefault(section, Sum()).add(score)
        for tag in call.tags:
            self._add_tagged(tag, call.score)
        if call.score is not None:
            self._add_scored(call, call.score)

    def _add_tagged(self, tag: str, score: float | None) -> None:
        own = self.tags.setdefault(tag, TagSum())
        own.calls += 1
        if score is not None:
            own.scores.add(score)

    def _add_scored(self, call: CallFigures, score: float) -> None:
        self.scores.add(score)
        self.levels[call.level] += 1
        if call.machine is not None and call.final is not None:
            self.machine.add(call.machine)
            self.final.add(call.final)
            self.changed += call.machine != call.final
        for rule_id, events in call.violations.items():
            points = round(call.lost.get(rule_id, 0.0), 4)
            self.rules.setdefault(rule_id, RuleSum()).merge(RuleSum(events, 1, points))

    def merge(self, other: Tally) -> None:
        """The calls of another tally too."""
        self.calls += other.calls
        self.review += other.review
        self.vetoed += other.vetoed
        self.interruptions += other.interruptions
        self.told += other.told
        self.changed += other.changed
        self.scores.merge(other.scores)
        self.machine.merge(other.machine)
        self.final.merge(other.final)
        self.rate.merge(other.rate)
        for level, calls in other.levels.items():
            self.levels[level] += calls
        for section, own in other.sections.items():
            self.sections.setdefault(section, Sum()).merge(own)
        for rule_id, rule in other.rules.items():
            self.rules.setdefault(rule_id, RuleSum()).merge(rule)
        for tag, tagged in other.tags.items():
            self.tags.setdefault(tag, TagSum()).merge(tagged)

    @property
    def per_100(self) -> Mapping[str, float]:
        """Violations by rule for each hundred scored calls; nothing where none was scored."""
        scored = self.scores.count
        return {rule: 100 * self.rules[rule].events / scored for rule in sorted(self.rules)}

    @property
    def violations(self) -> float | None:
        """Violations of all rules for each hundred scored calls; None where none was scored."""
        if not self.scores.count:
            return None
        return 100 * sum(rule.events for rule in self.rules.values()) / self.scores.count


def tally(calls: Iterable[CallFigures]) -> Tally:
    """What these calls add up to."""
    found = Tally()
    for call in calls:
        found.add(call)
    return found


def together(tallies: Iterable[Tally]) -> Tally:
    """What these tallies add up to."""
    found = Tally()
    for one in tallies:
        found.merge(one)
    return found
