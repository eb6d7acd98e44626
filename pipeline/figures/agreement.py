"""How well raters agree on whether there is a fault: raw, and beyond chance, with intervals.

Cohen's kappa (Educ. Psychol. Meas. 20, 1960, 37), Fleiss' (Psychol. Bull. 76, 1971, 378),
Krippendorff's alpha (Content Analysis, 2004, ch. 11) and Gwet's AC1 (Br. J. Math. Stat. Psychol. 61,
2008, 29) differ only in the agreement that they expect by chance. Their variances are those of Gwet
(Handbook of Inter-Rater Reliability, 4th ed. 2014, ch. 5), linearised, summed by call: the rules of one
call are not judged independently. The packages that compute them cannot be depended on: irrCAC 0.4.4
asks for SciPy 1.12 and takes a missing rating for a category of its own under today's pandas,
krippendorff is under the GPL, statsmodels has neither alpha nor AC1. Of complete ratings the figures
are irrCAC's, those of the textbook's example with missing ones are the textbook's.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.figures.agents import t_quantile
from pipeline.figures.shares import wilson

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    Ratings = Sequence[Sequence[int | None]]
    """By unit, what each rater said: a category counted from 0, or None where he said nothing."""
    Vector = np.ndarray[tuple[int], np.dtype[np.float64]]
    Table = np.ndarray[tuple[int, int], np.dtype[np.float64]]

FAULT_OR_NOT = 2
"""The categories of a rule."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A figure with its 95 % interval; ``low`` and ``high`` are None where too little is known."""

    value: float
    low: float | None
    high: float | None
    of: int
    """Units that it was made of."""


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Agreement of two raters or more on ``units`` that two or more of them rated.

    ``raw`` is the share of pairs of ratings of one unit that are alike. ``kappa`` is Cohen's for two
    raters and Fleiss' for more. What chance alone would make certain (all units of one category for
    kappa and alpha) is None.
    """

    units: int
    raters: int
    raw: Estimate
    kappa: Estimate | None
    alpha: Estimate | None
    ac1: Estimate | None


def estimate(values: Sequence[float], clusters: Sequence[Hashable]) -> Estimate | None:
    """The mean of values with its interval (Student's t); those of one cluster hang together.

    None of nothing, no interval for fewer than two clusters.
    """
    if not values:
        return None
    middle = math.fsum(values) / len(values)
    error = _error(np.asarray(values), middle, clusters)
    if error is None:
        return Estimate(value=middle, low=None, high=None, of=len(values))
    reach = t_quantile(len(set(clusters)) - 1) * error
    return Estimate(value=middle, low=middle - reach, high=middle + reach, of=len(values))


def _error(values: Vector, middle: float, clusters: Sequence[Hashable]) -> float | None:
    """The standard error of a mean; None for fewer than two clusters."""
    apart: dict[Hashable, float] = defaultdict(float)
    for value, cluster in zip(values, clusters, strict=True):
        apart[cluster] += value - middle
    many = len(apart)
    if many < 2:
        return None
    squares = math.fsum(one * one for one in apart.values())
    return math.sqrt(many / (many - 1) * squares) / len(values)


def agreement(
    ratings: Ratings, clusters: Sequence[Hashable], categories: int = FAULT_OR_NOT
) -> Agreement | None:
    """How well raters agree; ``clusters`` says which units hang together (those of a call).

    None where no unit was rated by two.
    """
    kept = [(own, c) for own, c in zip(ratings, clusters, strict=True) if _is_rated(own)]
    counts = _counts([own for own, _ in kept], categories)
    whose = [c for _, c in kept]
    twice = counts.sum(axis=1) >= 2
    if not twice.any():
        return None
    paired = [c for c, both in zip(whose, twice, strict=True) if both]
    raw = _raw(_alike(counts[twice]), paired)
    two = len(ratings[0]) == 2
    both = np.asarray([own for own, b in zip((own for own, _ in kept), twice, strict=True) if b])
    return Agreement(
        units=int(twice.sum()),
        raters=len(ratings[0]),
        raw=raw,
        kappa=_cohen(both, categories, paired, raw) if two else _fleiss(counts, whose, raw),
        alpha=_krippendorff(counts[twice], paired, raw),
        ac1=_gwet(counts, whose, raw),
    )


def _is_rated(own: Sequence[int | None]) -> bool:
    return any(value is not None for value in own)


def _counts(ratings: Ratings, categories: int) -> Table:
    """Units by categories: how many raters said so."""
    return np.asarray(
        [[sum(v == k for v in own) for k in range(categories)] for own in ratings], dtype=np.float64
    ).reshape(len(ratings), categories)


def _alike(counts: Table) -> Vector:
    """Of each unit that two rated: the share of pairs of its ratings that are alike."""
    total = counts.sum(axis=1)
    alike: Vector = (counts * (counts - 1)).sum(axis=1) / (total * (total - 1))
    return alike


def _raw(alike: Vector, clusters: Sequence[Hashable]) -> Estimate:
    """The mean of them; Wilson's interval at the number of units that would vary as much."""
    value = float(alike.mean())
    error = _error(alike, value, clusters)
    units = value * (1 - value) / error**2 if error else len(set(clusters))
    low, high = wilson(value, units)
    return Estimate(value=value, low=low, high=high, of=len(alike))


def _beyond(value: float, per_unit: Vector, whose: Sequence[Hashable], raw: Estimate) -> Estimate:
    """A coefficient with its interval; where all agree, that of ``raw`` at the same chance."""
    error = _error(per_unit, float(per_unit.mean()), whose)
    if error is None:
        return Estimate(value=value, low=None, high=None, of=raw.of)
    if raw.value == 1 and raw.low is not None:
        return Estimate(value=value, low=max(-1.0, value - (1 - raw.low)), high=1.0, of=raw.of)
    reach = t_quantile(len(set(whose)) - 1) * error
    low, high = max(-1.0, value - reach), min(1.0, value + reach)
    return Estimate(value=value, low=low, high=high, of=raw.of)


def _linear(alike: Vector, by_chance: Vector, chance: float, value: float) -> Vector:
    """What each unit adds to a coefficient: its own agreement, less what it moves the chance."""
    return (alike - chance) / (1 - chance) - 2 * (1 - value) * (by_chance - chance) / (1 - chance)


def _of_all(
    counts: Table, chance: float, by_chance: Vector, whose: Sequence[Hashable], raw: Estimate
) -> Estimate | None:
    """A coefficient whose chance is taken from all units, those that only one rated too."""
    if math.isclose(chance, 1):
        return None
    twice = counts.sum(axis=1) >= 2
    value = (raw.value - chance) / (1 - chance)
    alike = np.full(len(counts), chance)
    weight = len(counts) / twice.sum()
    alike[twice] += weight * (_alike(counts[twice]) - chance)
    return _beyond(value, _linear(alike, by_chance, chance, value), whose, raw)


def _gwet(counts: Table, whose: Sequence[Hashable], raw: Estimate) -> Estimate | None:
    shares = counts / counts.sum(axis=1, keepdims=True)
    often, others = shares.mean(axis=0), counts.shape[1] - 1
    chance = float((often * (1 - often)).sum()) / others
    return _of_all(counts, chance, shares @ (1 - often) / others, whose, raw)


def _fleiss(counts: Table, whose: Sequence[Hashable], raw: Estimate) -> Estimate | None:
    shares = counts / counts.sum(axis=1, keepdims=True)
    often = shares.mean(axis=0)
    return _of_all(counts, float((often**2).sum()), shares @ often, whose, raw)


def _cohen(
    both: Table, categories: int, whose: Sequence[Hashable], raw: Estimate
) -> Estimate | None:
    """Of two raters, over the units that both rated."""
    first, second = (
        np.asarray([[v == k for k in range(categories)] for v in both[:, rater]], dtype=np.float64)
        for rater in (0, 1)
    )
    one, other = first.mean(axis=0), second.mean(axis=0)
    chance = float(one @ other)
    if math.isclose(chance, 1):
        return None
    value = (raw.value - chance) / (1 - chance)
    alike = (first * second).sum(axis=1)
    by_chance = (first @ other + second @ one) / 2
    return _beyond(value, _linear(alike, by_chance, chance, value), whose, raw)


def _krippendorff(counts: Table, whose: Sequence[Hashable], raw: Estimate) -> Estimate | None:
    """Over the units that two or more rated, each weighted with its number of ratings."""
    total = counts.sum(axis=1)
    weight = total / total.mean()
    often = counts.mean(axis=0) / total.mean()
    chance = float((often**2).sum())
    if math.isclose(chance, 1):
        return None
    alike = _alike(counts) * weight
    straight = float(alike.mean())
    small = 1 / float(total.sum())  # a rating is not paired with itself: one over their number
    corrected = (1 - small) * straight + small
    value = (straight - chance) / (1 - chance)
    per_unit = _linear(
        alike - corrected * (weight - 1),
        counts @ often / total.mean() - chance * (weight - 1),
        chance,
        value,
    )
    return _beyond((corrected - chance) / (1 - chance), per_unit, whose, raw)
