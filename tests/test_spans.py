"""Arithmetic on stretches of time."""

from __future__ import annotations

from pipeline import spans
from pipeline.records import Span


def test_join_closes_gaps_shorter_than_asked() -> None:
    """A pause of exactly the gap stays a pause."""
    found = spans.join([Span(3.0, 4.0), Span(0.0, 1.0), Span(1.5, 2.0)], gap=1.0)
    assert found == [Span(0.0, 2.0), Span(3.0, 4.0)]


def test_total_counts_common_seconds_once() -> None:
    """Two overlapping spans are not longer than their union."""
    assert spans.total([Span(0.0, 2.0), Span(1.0, 3.0)]) == 3.0


def test_intersect_is_where_both_are() -> None:
    """Several overlaps of several spans."""
    common = spans.intersect([Span(0.0, 2.0), Span(3.0, 5.0)], [Span(1.0, 4.0)])
    assert common == [Span(1.0, 2.0), Span(3.0, 4.0)]


def test_gaps_are_the_rest() -> None:
    """Before, between and behind; nothing where all is covered."""
    assert spans.gaps([Span(1.0, 2.0)], Span(0.0, 3.0)) == [Span(0.0, 1.0), Span(2.0, 3.0)]
    assert spans.gaps([Span(0.0, 3.0)], Span(0.0, 3.0)) == []
    assert spans.gaps([], Span(0.0, 3.0)) == [Span(0.0, 3.0)]


def test_clip_cuts_at_the_borders() -> None:
    """What lies outside goes."""
    assert spans.clip([Span(0.0, 2.0), Span(5.0, 6.0)], Span(1.0, 4.0)) == [Span(1.0, 2.0)]
