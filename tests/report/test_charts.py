"""The charts' places: to scale, inside the drawing, and said aloud."""

from __future__ import annotations

import itertools

import pytest

from pipeline.report import charts
from pipeline.report.charts import PeriodMean


def mean(label: str, value: float | None, **more: float) -> PeriodMean:
    """A mean without an interval, unless ``more`` says it."""
    usual: dict[str, float | None] = {"low": None, "high": None, "beside": None}
    return PeriodMean(label=label, mean=value, scored=1, **{**usual, **more})


def test_a_trend_is_to_scale_and_breaks_where_nothing_is_known() -> None:
    """Higher is up; an interval holds its mean; two weeks without calls part the line."""
    drawn = charts.trend(
        [
            mean("44 周", 90.0, low=85.0, high=95.0, beside=92.0),
            mean("45 周", 95.0, beside=92.0),
            mean("46 周", None),
            mean("47 周", 80.0),
            mean("48 周", 81.0),
        ]
    )
    assert drawn is not None
    assert [p.label for p in drawn.points] == ["44 周", "45 周", "47 周", "48 周"]
    first, second, third, _ = drawn.points
    assert second.y < first.y < third.y
    assert first.high is not None
    assert first.low is not None
    assert first.high < first.y < first.low
    assert len(drawn.paths) == 2
    assert len(drawn.besides) == 1
    assert drawn.spoken == "44 周 90.0，45 周 95.0，47 周 80.0，48 周 81.0"
    assert all(0 < p.x < drawn.width and 0 < p.y < drawn.height for p in drawn.points)


def test_one_period_is_no_trend() -> None:
    """There is nothing to compare it with."""
    assert charts.trend([mean("44 周", 90.0), mean("45 周", None)]) is None


def test_a_score_of_nothing_stays_inside_the_drawing() -> None:
    """The axis goes down as far as it must."""
    drawn = charts.trend([mean("a", 0.0), mean("b", 100.0)])
    assert drawn is not None
    assert max(p.y for p in drawn.points) <= drawn.height - charts.BOTTOM


@pytest.mark.parametrize("count", [2, 12, 31])
def test_labels_under_a_trend_do_not_touch(count: int) -> None:
    """At most eight of them."""
    drawn = charts.trend([mean(f"11-{n:02}", 90.0) for n in range(1, count + 1)])
    assert drawn is not None
    places = [tick.at for tick in drawn.across]
    assert len(places) <= 8
    assert all(b - a > 40 for a, b in itertools.pairwise(places))


def test_every_turn_is_in_a_bar_and_the_norm_s_bars_are_marked() -> None:
    """Rates beyond the axis stand in the outermost bars."""
    drawn = charts.rates([20.0, 150.0, 185.0, 195.0, 195.0, 400.0], (180.0, 200.0))
    assert [bar.within for bar in drawn.bars] == [False, False, True, True, False]
    tall = max(drawn.bars, key=lambda bar: bar.height)
    assert tall.within
    assert sum(round(bar.height / tall.height * 2) for bar in drawn.bars) == 6
    assert drawn.band[0] < drawn.band[1] < drawn.width


def test_small_bars_leave_out_what_is_not_known() -> None:
    """And mark the newest."""
    bars = charts.spark([1.0, None, 4.0])
    assert [bar.within for bar in bars] == [False, True]
    assert bars[1].height > bars[0].height
