"""Agreement beyond chance: as published examples have it, and where faults are rare."""

from __future__ import annotations

import random
from statistics import mean
from typing import TYPE_CHECKING

import pytest

from pipeline.figures.agreement import Estimate, agreement, estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

FOUR_RATERS: list[list[int | None]] = [
    [0, 0, None, 0],
    [1, 1, 2, 1],
    [2, 2, 2, 2],
    [2, 2, 2, 2],
    [1, 1, 1, 1],
    [0, 1, 2, 3],
    [3, 3, 3, 3],
    [0, 0, 1, 0],
    [1, 1, 1, 1],
    [None, 4, 4, 4],
    [None, None, 0, 0],
    [None, None, 2, None],
]
"""Gwet, Handbook of Inter-Rater Reliability, 4th ed. 2014: 12 units, 4 raters, 5 categories."""


def test_the_textbook_example_comes_out_as_it_is_printed() -> None:
    """With missing ratings, and a unit that only one rated; standard errors by their intervals."""
    found = agreement(FOUR_RATERS, range(12), 5)
    assert found is not None
    assert (found.units, found.raters) == (11, 4)
    assert found.raw.value == pytest.approx(0.81818, abs=1e-5)
    assert told(found.kappa) == pytest.approx((0.76117, 0.42438, 1), abs=1e-5)
    assert told(found.alpha) == pytest.approx((0.74342, 0.41906, 1), abs=1e-5)
    assert told(found.ac1) == pytest.approx((0.77544, 0.46081, 1), abs=1e-5)


def told(one: Estimate | None) -> tuple[float, ...]:
    """A figure with its bounds."""
    assert one is not None
    assert one.low is not None
    assert one.high is not None
    return one.value, one.low, one.high


def table(yes: int, first: int, second: int, no: int) -> list[list[int]]:
    """Two raters: so often both say fault, the first alone, the second alone, neither."""
    return [*[[1, 1]] * yes, *[[1, 0]] * first, *[[0, 1]] * second, *[[0, 0]] * no]


def test_cohens_kappa_of_two_raters() -> None:
    """20 and 15 of 50 alike, 5 and 10 not (Cohen's way by hand): 0.7 raw, 0.5 by chance, 0.4."""
    found = agreement(table(20, 5, 10, 15), range(50))
    assert found is not None
    assert found.raw.value == pytest.approx(0.7)
    assert found.kappa is not None
    assert found.kappa.value == pytest.approx(0.4)


def test_kappa_collapses_where_faults_are_rare_and_ac1_does_not() -> None:
    """The figures of docs/review.md: the same 95 of 100 alike, with many faults and with few.

    Cicchetti and Feinstein's paradox (J. Clin. Epidemiol. 43, 1990, 551).
    """
    many, few, one = (
        agreement(rows, range(100))
        for rows in (table(45, 3, 2, 50), table(1, 3, 2, 94), table(0, 3, 2, 95))
    )
    shown = [
        tuple(
            round(c.value, 2) if c else None
            for c in (found.raw, found.kappa, found.alpha, found.ac1)
        )
        for found in (many, few, one)
        if found is not None
    ]
    assert shown == [(0.95, 0.9, 0.9, 0.9), (0.95, 0.26, 0.26, 0.95), (0.95, -0.02, -0.02, 0.95)]


def test_where_all_agree_on_nothing_chance_alone_would_do() -> None:
    """Kappa and alpha are not known then; AC1 is 1, and how surely hangs on how many there are."""
    few, many = (agreement([[0, 0]] * n, range(n)) for n in (5, 50))
    assert few is not None
    assert many is not None
    assert (few.kappa, few.alpha) == (None, None)
    assert told(few.ac1)[::2] == told(many.ac1)[::2] == (1.0, 1.0)
    assert told(few.ac1)[1] < 0.6
    assert told(many.ac1)[1] > 0.92
    assert few.raw.low == pytest.approx(0.566, abs=0.001)


def test_rules_of_one_call_are_no_independent_evidence() -> None:
    """Ten calls with ten rules each that stand or fall together say what ten units do."""
    ten = [*[[1, 1]] * 3, *[[0, 0]] * 5, *[[0, 1]] * 2]
    whole = agreement(ten, range(10))
    spread = agreement([own for own in ten for _ in range(10)], [n // 10 for n in range(100)])
    assert whole is not None
    assert spread is not None
    for one, other in (
        (whole.raw, spread.raw),
        (whole.kappa, spread.kappa),
        (whole.ac1, spread.ac1),
    ):
        assert told(one) == pytest.approx(told(other))


def session(chance: random.Random, calls: int) -> tuple[list[list[int]], list[int]]:
    """A session of three raters and ten rules: in one call of four they are often in doubt."""
    ratings, whose = [], []
    for call in range(calls):
        slip, often = 0.25 if chance.random() < 0.25 else 0.03, 0.3 * chance.random()
        for _ in range(10):
            fault = chance.random() < often
            ratings.append([int(fault != (chance.random() < slip)) for _ in range(3)])
            whose.append(call)
    return ratings, whose


def test_intervals_hold_what_they_promise() -> None:
    """Of a world whose agreement is known; with each rule taken by itself they would be too narrow."""
    chance = random.Random(5)  # noqa: S311  no secret
    truth = agreement(*session(chance, 5000))
    assert truth is not None
    held: list[bool] = []
    narrow: list[bool] = []
    for _ in range(120):
        ratings, whose = session(chance, 40)
        each: tuple[tuple[Sequence[int], list[bool]], ...] = (
            (whose, held),
            (range(len(whose)), narrow),
        )
        for clusters, found in each:
            one = agreement(ratings, clusters)
            assert one is not None
            for own, known in (
                (one.raw, truth.raw),
                (one.ac1, truth.ac1),
                (one.kappa, truth.kappa),
            ):
                assert known is not None
                _, low, high = told(own)
                found.append(low <= known.value <= high)
    assert mean(held) > 0.9
    assert mean(narrow) < 0.8


def test_units_that_only_one_rated_are_no_agreement() -> None:
    """Nothing can be said of them alone."""
    assert agreement([[1, None], [None, 0]], range(2)) is None
    assert agreement([], []) is None


def test_a_mean_of_nothing_and_of_one() -> None:
    """None, and a value without an interval."""
    assert estimate([], []) is None
    one = estimate([2.0, 4.0], ["c1", "c1"])
    assert one is not None
    assert (one.value, one.low, one.high) == (3.0, None, None)
