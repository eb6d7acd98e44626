"""The charts that matplotlib draws."""

from __future__ import annotations

import re

from pipeline.report import charts

POINTS = [
    charts.Point(
        date=f"2026-11-{d}", mean=90.0 + d / 10, low=80.0, high=95.0, scored=3, everybody=m
    )
    for d, m in ((18, 88.0), (19, None), (20, 91.0))
]


def test_a_chart_is_the_same_every_time() -> None:
    """No date, no random ids."""
    rates = [charts.rates([150, 185, 190, 400], (180, 200), name="a") for _ in range(2)]
    trends = [charts.trend(POINTS, name="a") for _ in range(2)]
    assert rates[0] == rates[1]
    assert trends[0] == trends[1]


def test_a_chart_belongs_into_a_page() -> None:
    """One element, real text in the page's fonts, no styles or ids that reach beyond it."""
    svg = charts.rates([150, 185, 190, 400], (180, 200), name="a")
    assert svg.startswith("<svg aria-hidden")
    assert svg.endswith("</svg>")
    assert ">180</text>" in svg
    assert "<style" not in svg
    assert "font-family" not in svg
    assert 'id="figure_1"' not in svg
    assert not re.search(r"<svg[^>]*\s(width|height)=", svg)


def test_dates_stand_under_the_trend() -> None:
    """Month and day."""
    assert ">11-19</text>" in charts.trend(POINTS, name="a")
