"""Sums that add up to the same in whatever order and grouping."""

from __future__ import annotations

import random

import pytest

from pipeline.figures.agents import NOBODY, figures_of_rows, interval, sum_up
from pipeline.figures.tally import Sum, tally, together
from tests.report.made_up import call, finding

CAPS = {"wording": 20.0}


def test_any_grouping_gives_the_same_to_the_last_bit() -> None:
    """The days of a month, in any order, are the month."""
    chance = random.Random(1)  # noqa: S311  no secret
    calls = [
        figures_of_rows(
            call(
                f"c{n}", score=round(chance.uniform(60, 100), 2), rate_turn=chance.uniform(90, 300)
            ),
            [finding(f"c{n}", points=-chance.choice([1.1, 2.3, 5.7]))],
            CAPS,
        )
        for n in range(200)
    ]
    whole = sum_up(tally(calls), lambda _: "", NOBODY)
    chance.shuffle(calls)
    parts = [tally(calls[at : at + 17]) for at in range(0, 200, 17)]
    assert sum_up(together(reversed(parts)), lambda _: "", NOBODY) == whole


def test_levels_and_rules_are_counted() -> None:
    """Of scored calls; a call that was not scored counts as a call alone."""
    rows = [
        (call("a", level="良好", score=85.0), [finding("a"), finding("a", points=-2.5)]),
        (call("b"), [finding("b", outcome="pass", points=0.0)]),
        (call("c", score=None, level="", status="not_scored"), [finding("c")]),
    ]
    found = tally(figures_of_rows(c, own, CAPS) for c, own in rows)
    assert (found.calls, found.scores.count) == (3, 2)
    assert found.levels == {"良好": 1, "优秀": 1}
    rule = found.rules["wording.quarrel"]
    assert (rule.events, rule.calls, rule.points) == (2, 1, -7.5)
    assert found.violations == 100.0


def test_equal_scores_have_an_interval_without_width() -> None:
    """No rounding makes a variance of nothing."""
    found = Sum()
    for _ in range(1000):
        found.add(83.33)
    low, high = interval(found)
    assert low == high == pytest.approx(83.33)
