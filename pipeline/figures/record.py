"""The machine's record: how right each rule is, by what people said of its findings.

Precision is the share of a rule's violations that stood. Recall is estimated from the calls that people
looked through whole, each weighted with one over its probability of being drawn (Horvitz and Thompson,
J. Am. Stat. Assoc. 47, 1952, 663), as a ratio; its interval is Wilson's at the number of independent
events that would vary as much (linearised variance of a ratio, Cochran, Sampling Techniques, 1977, 6.3).
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.figures.shares import Share, share, wilson
from pipeline.judging.reviewed import WHOLE
from pipeline.records import ASKED, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.store.schema import ReviewRow, SampleRow

PROVEN = 0.9
"""A rule whose precision is at least this, beyond doubt, needs no person before it takes points: 35
verdicts of which none is wrong show it."""


REVIEWS = 200
"""Verdicts on findings from which on changes of the rules are proposed: fewer tell of a few calls."""


@dataclass(frozen=True, kw_only=True)
class Recall:
    """The share of what was there that the machine found, estimated; ``events`` were seen by people."""

    value: float
    low: float
    high: float
    events: int


@dataclass(frozen=True, kw_only=True)
class RuleRecord:
    """What people said of one rule; ``precision`` and ``recall`` are None where nothing shows them.

    ``confirmed``: of its places for review, how many were faults. ``rejected`` are the quotes of
    violations that did not stand.
    """

    rule_id: str
    precision: Share | None
    confirmed: Share | None
    recall: Recall | None
    rejected: tuple[str, ...]

    @property
    def proven(self) -> bool:
        """Whether it is right often enough beyond doubt."""
        return self.precision is not None and self.precision.low >= PROVEN

    @property
    def failing(self) -> bool:
        """Whether it is beyond doubt that it is not."""
        return self.precision is not None and surely_worse(self.precision.count, self.precision.of)

    @property
    def to_prove(self) -> int:
        """How many more verdicts would prove it, if every one of them stands."""
        count, of = (self.precision.count, self.precision.of) if self.precision else (0, 0)
        more = 0
        while of + more == 0 or wilson((count + more) / (of + more), of + more)[0] < PROVEN:
            more += 1
        return more


def surely_worse(count: int, of: int) -> bool:
    """Whether ``count`` right of ``of`` are too few for a rule that is as right as a proven one.

    The exact binomial tail at 2.5 %: of one verdict Wilson's interval says too much.
    """
    from scipy.special import bdtr

    return bool(bdtr(count, of, PROVEN) < 0.025)


def latest(reviews: Iterable[ReviewRow]) -> list[ReviewRow]:
    """Of several verdicts on one finding, or on one that was missed, the last; none on whole calls.

    What only people judge tells nothing of the machine.
    """
    judged = (r for r in reviews if r.verdict not in WHOLE and r.kind != ASKED)
    return list({(r.call_id, r.rule_id, r.turn): r for r in judged}.values())


def record(reviews: Sequence[ReviewRow], samples: Iterable[SampleRow]) -> list[RuleRecord]:
    """The record of each rule of which anybody said anything, by its id.

    Of several verdicts on one finding the last one counts.
    """
    done = {r.call_id for r in reviews if r.verdict is Verdict.DONE}
    weights = {s.call_id: 1 / s.probability for s in samples if s.drawn and s.call_id in done}
    by_rule: dict[str, list[ReviewRow]] = defaultdict(list)
    for row in latest(reviews):
        by_rule[row.rule_id].append(row)
    return [_of(rule, by_rule[rule], weights) for rule in sorted(by_rule)]


def _of(rule: str, rows: Sequence[ReviewRow], weights: Mapping[str, float]) -> RuleRecord:
    return RuleRecord(
        rule_id=rule,
        precision=_share_standing(rows, Outcome.VIOLATION),
        confirmed=_share_standing(rows, Outcome.REVIEW),
        recall=_recall(rows, weights),
        rejected=tuple(
            r.quote
            for r in rows
            if r.verdict is Verdict.WRONG and r.outcome is Outcome.VIOLATION and r.quote
        ),
    )


def _share_standing(rows: Sequence[ReviewRow], outcome: Outcome) -> Share | None:
    """How many findings of an outcome stood, of those on which somebody could tell."""
    told = [r.verdict for r in rows if r.outcome is outcome]
    stood, wrong = (told.count(verdict) for verdict in (Verdict.STANDS, Verdict.WRONG))
    return share(stood, stood + wrong)


def _recall(rows: Sequence[ReviewRow], weights: Mapping[str, float]) -> Recall | None:
    """What was found of what was there, over the calls that were drawn and looked through whole."""
    found: dict[str, int] = defaultdict(int)
    there: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.call_id not in weights:
            continue
        seen = row.verdict is Verdict.STANDS and row.outcome is not None
        found[row.call_id] += seen
        there[row.call_id] += seen or row.verdict is Verdict.MISSED
    total = math.fsum(weights[c] * n for c, n in there.items())
    if not total:
        return None
    value = math.fsum(weights[c] * n for c, n in found.items()) / total
    variance = (
        math.fsum((weights[c] * (found[c] - value * n)) ** 2 for c, n in there.items()) / total**2
    )
    alike = total**2 / math.fsum(weights[c] ** 2 * n for c, n in there.items())
    events = value * (1 - value) / variance if variance > 0 else alike
    low, high = wilson(min(1.0, max(0.0, value)), events)
    return Recall(value=value, low=low, high=high, events=sum(there.values()))
