"""Charts as numbers to be drawn; ``reports/templates/_charts.html`` makes SVG of them.

It does so in the page's own colours and type: sharp in print, dark and light, and read aloud. Places
are in the drawing's own units, from its upper left corner.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LEAST, _MOST, _STEP = 100, 320, 10
"""Speaking rates beyond these stand in the outermost bars."""
_LABELS = 8
"""Dates that fit under a trend without touching."""
LEFT, RIGHT, TOP, BOTTOM = 34.0, 22.0, 8.0, 22.0
"""The margins of a drawing."""


@dataclass(frozen=True, kw_only=True)
class PeriodMean:
    """A mean of one period, its interval where there is one; ``beside`` is what it is compared with."""

    label: str
    mean: float | None
    low: float | None
    high: float | None
    scored: int
    beside: float | None = None


@dataclass(frozen=True, kw_only=True)
class Point:
    """A mean's place: ``low`` and ``high`` are the ends of its interval, ``beside`` the other's."""

    x: float
    y: float
    low: float | None
    high: float | None
    label: str
    value: float


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A label at its place on an axis."""

    at: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Trend:
    """Means over time. ``paths`` and ``besides`` are lines; each breaks where a period has no mean."""

    width: float
    height: float
    points: Sequence[Point]
    paths: Sequence[str]
    besides: Sequence[str]
    across: Sequence[Tick]
    up: Sequence[Tick]
    spoken: str


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar; ``within``: it stands for values inside the norm."""

    x: float
    y: float
    width: float
    height: float
    within: bool


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How often which speaking rate came; ``band`` are the borders of the norm."""

    width: float
    height: float
    bars: Sequence[Bar]
    band: tuple[float, float]
    across: Sequence[Tick]
    up: Sequence[Tick]


def trend(means: Sequence[PeriodMean], *, width: float = 480, height: float = 170) -> Trend | None:
    """The drawing of means over time, on an axis that begins where it may; None of fewer than two."""
    known = [m for m in means if m.mean is not None]
    if len(known) < 2:
        return None
    lows = (b for m in means for b in (m.low, m.mean, m.beside) if b is not None)
    floor = max(0.0, 10 * math.floor(min([90.0, *lows]) / 10))
    step = (width - LEFT - RIGHT) / max(1, len(means))

    def x(place: int) -> float:
        return round(LEFT + step * (place + 0.5), 1)

    def y(score: float) -> float:
        return round(TOP + (height - TOP - BOTTOM) * (100 - score) / (100 - floor), 1)

    points = [
        Point(
            x=x(i),
            y=y(m.mean),
            low=None if m.low is None else y(m.low),
            high=None if m.high is None else y(m.high),
            label=m.label,
            value=m.mean,
        )
        for i, m in enumerate(means)
        if m.mean is not None
    ]
    every = -(-len(means) // _LABELS)
    return Trend(
        width=width,
        height=height,
        points=points,
        paths=_paths(None if m.mean is None else (x(i), y(m.mean)) for i, m in enumerate(means)),
        besides=_paths(
            None if m.beside is None else (x(i), y(m.beside)) for i, m in enumerate(means)
        ),
        across=[Tick(at=x(i), label=means[i].label) for i in range(0, len(means), every)],
        up=[Tick(at=y(score), label=f"{score:g}") for score in _scores(floor)],
        spoken="，".join(f"{m.label} {m.mean:.1f}" for m in known if m.mean is not None),
    )


def _scores(floor: float) -> list[float]:
    step = 5 if floor >= 80 else 10 if floor >= 60 else 20
    return [s for s in range(0, 101, step) if s >= floor]


def _paths(places: Iterable[tuple[float, float] | None]) -> list[str]:
    """Lines through places that follow each other; a place alone is no line."""
    runs: list[list[str]] = [[]]
    for place in places:
        if place is None:
            runs.append([])
        else:
            runs[-1].append(f"{place[0]:g},{place[1]:g}")
    return [" ".join(run) for run in runs if len(run) > 1]


def rates(
    values: Sequence[float], norm: tuple[float, float], *, width: float = 480, height: float = 150
) -> Spread:
    """How many turns were spoken at which rate, the norm's band behind them; rates a minute."""
    bins = (_MOST - _LEAST) // _STEP
    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, max(0, int((value - _LEAST) // _STEP)))] += 1
    most = max([1, *counts])
    across = (width - LEFT - RIGHT) / (_MOST - _LEAST)
    up = (height - TOP - BOTTOM) / most

    def x(rate: float) -> float:
        return round(LEFT + (rate - _LEAST) * across, 1)

    bars = [
        Bar(
            x=x(_LEAST + _STEP * i + 1),
            y=round(height - BOTTOM - up * count, 1),
            width=round(across * (_STEP - 2), 1),
            height=round(up * count, 1),
            within=norm[0] < _LEAST + _STEP * (i + 0.5) < norm[1],
        )
        for i, count in enumerate(counts)
        if count
    ]
    labels = {100.0: "≤100", 140.0: "140", 260.0: "260", 320.0: "≥320"}
    labels |= {bound: f"{bound:g}" for bound in norm}
    return Spread(
        width=width,
        height=height,
        bars=bars,
        band=(x(norm[0]), x(norm[1])),
        across=[Tick(at=x(rate), label=labels[rate]) for rate in sorted(labels)],
        up=[
            Tick(at=round(height - BOTTOM - up * count, 1), label=str(count))
            for count in sorted({0, most // 2, most})
        ],
    )


def spark(values: Sequence[float | None], *, width: float = 64, height: float = 16) -> list[Bar]:
    """A row of small bars, one a period; what is not known has none. The last one is ``within``."""
    most = max([1e-9, *(v for v in values if v is not None)])
    step = width / max(1, len(values))
    return [
        Bar(
            x=round(step * i, 1),
            y=round(height - max(1.0, (height - 1) * value / most), 1),
            width=round(step - 1.5, 1),
            height=round(max(1.0, (height - 1) * value / most), 1),
            within=i == len(values) - 1,
        )
        for i, value in enumerate(values)
        if value is not None
    ]
