"""The drawing of a call to scale."""

from __future__ import annotations

import itertools

import pytest

from pipeline.report.timeline import lines, overlaps, silences
from pipeline.store.schema import HoldRow
from tests.report.made_up import finding, said


def test_a_long_call_is_wrapped_into_rows() -> None:
    """30 minutes: 15 rows of two minutes that follow each other, every turn in them."""
    turns = [said(n, 10.0 * n, 10.0 * n + 8, "好") for n in range(180)]
    rows = lines(turns, [], [], 1795.0)
    assert [row.start for row in rows] == [120.0 * n for n in range(15)]
    assert sum(row.length for row in rows) == 1798
    drawn = {mark.number for row in rows for mark in row.turns}
    assert drawn == set(range(180))
    assert rows[-1].share == pytest.approx(100 * 118 / 120)


def test_a_turn_over_the_edge_of_a_row_is_drawn_in_both() -> None:
    """Its two parts add up to its length."""
    first, second = (row.turns for row in lines([said(0, 50.0, 70.0, "好")], [], [], 120.0))
    assert first[0].first
    assert not second[0].first
    assert first[0].width + second[0].width == pytest.approx(100 * 20 / 60)


def test_only_long_silences_are_shown_and_named_by_what_was_found() -> None:
    """Over 3 s; holds, announced or not, by their table, dead air by its finding."""
    turns = [said(n, s, s + 2.0, "好") for n, s in enumerate((0.0, 4.9, 12.0, 30.0, 40.0))]
    dead = finding("c", "own.quiet", kind="silence", start_s=14.0, end_s=30.0)
    holds = [
        HoldRow(call_id="c", agent_id="8", start_s=6.9, end_s=12.0, announced=False),
        HoldRow(call_id="c", agent_id="8", start_s=32.0, end_s=40.0, announced=True),
    ]
    assert [(g.start, g.kind, g.label) for g in silences(turns, [dead], holds, 46.0)] == [
        (6.9, "hold", "5.1"),
        (14.0, "dead", "16.0"),
        (32.0, "held", "8.0"),
        (42.0, "silence", "4.0"),
    ]


def test_overlaps_are_between_the_sides() -> None:
    """One side's own turns never overlap it."""
    turns = [
        said(0, 0.0, 5.0, "好"),
        said(1, 4.0, 8.0, "好", role="customer"),
        said(2, 7.9, 9.0, "好"),
    ]
    assert [(o.start, o.end) for o in overlaps(turns)] == [(4.0, 5.0)]


def test_findings_at_one_place_stand_side_by_side() -> None:
    """Each keeps its number and can be pressed."""
    found = [finding("c", start_s=12.5), finding("c", start_s=12.5), finding("c", start_s=12.6)]
    pins = lines([said(0, 0.0, 30.0, "好")], found, [], 30.0)[0].pins
    assert [pin.number for pin in pins] == [1, 2, 3]
    assert all(b.left - a.left > 2 for a, b in itertools.pairwise(pins))


def test_nothing_to_draw() -> None:
    """A call without turns and without length."""
    assert lines([], [], [], 0.0) == []
    assert silences([], [], [], 40.0) == []
