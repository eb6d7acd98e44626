"""Charts as inline SVG, drawn by matplotlib: the same bytes every time, the page's own fonts."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACCENT, SOFT, BAND, BESIDE = "#1f6373", "#9cc0c6", "#e3eff0", "#a9b6ba"
MUTED, LINE = "#56636a", "#d9dfe1"
_LEAST, _MOST, _STEP = 100, 320, 10
"""Speaking rates beyond these stand in the outermost bars."""
_LABELS = 9
"""Dates that fit under the trend without touching."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """An agent's mean on one date, its interval where there is one, and everybody's mean."""

    date: str
    mean: float
    low: float | None
    high: float | None
    scored: int
    everybody: float | None


def rates(values: Sequence[float], norm: tuple[float, float], *, name: str) -> str:
    """How many turns were spoken at which rate, the norm's band behind them; rates per minute."""
    import numpy as np
    from matplotlib.ticker import MaxNLocator

    edges = [float(edge) for edge in range(_LEAST, _MOST + 1, _STEP)]
    counts, _ = np.histogram(np.clip(values, _LEAST, _MOST), bins=edges)
    middles = [edge + _STEP / 2 for edge in edges[:-1]]
    colours = [ACCENT if norm[0] < middle < norm[1] else BESIDE for middle in middles]
    figure, axes = _canvas(5.6, 2.2)
    axes.axvspan(*norm, color=BAND, linewidth=0)
    axes.bar(middles, counts, width=0.82 * _STEP, color=colours)
    axes.set_xlim(_LEAST - _STEP, _MOST + _STEP)
    axes.set_xticks([100, 140, *norm, 240, 280, 320])
    axes.set_xticklabels(["≤100", "140", *(f"{bound:g}" for bound in norm), "240", "280", "≥320"])
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    return _svg(figure, name)


def trend(points: Sequence[Point], *, name: str) -> str:
    """An agent's mean over the dates with its interval, everybody's mean dashed."""
    figure, axes = _canvas(5.6, 2.2)
    at = list(range(len(points)))
    known = [
        (i, p.low, p.high)
        for i, p in zip(at, points, strict=True)
        if p.low is not None and p.high is not None
    ]
    axes.vlines(
        [i for i, _, _ in known],
        [low for _, low, _ in known],
        [high for _, _, high in known],
        color=SOFT,
        linewidth=5,
        capstyle="round",
    )
    everybody = [float("nan") if p.everybody is None else p.everybody for p in points]
    axes.plot(at, everybody, color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.plot(at, [p.mean for p in points], color=ACCENT, linewidth=1.8, marker="o", markersize=5)
    axes.set_xlim(-0.5, len(points) - 0.5)
    lowest = min([60.0, *(p.mean for p in points), *(low for _, low, _ in known)])
    axes.set_ylim(max(-4.0, lowest - 6), 104)
    every = -(-len(points) // _LABELS)
    axes.set_xticks(at[::every])
    axes.set_xticklabels([p.date[5:] for p in points[::every]])
    axes.set_yticks([tick for tick in (0, 20, 40, 60, 80, 100) if tick >= lowest - 6])
    return _svg(figure, name)


def _canvas(width: float, height: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(LINE)
    axes.tick_params(length=0, labelsize=10.5, labelcolor=MUTED)
    axes.grid(axis="y", color=LINE, linewidth=0.7)
    axes.set_axisbelow(True)
    return figure, axes


def _svg(figure: Figure, name: str) -> str:
    """The drawing as an SVG element; ``name`` keeps its ids apart from other drawings'."""
    import matplotlib as mpl

    file = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(file, format="svg", transparent=True, metadata=dict.fromkeys(_METADATA))
    svg = file.getvalue()
    for unwanted in _UNWANTED:
        svg = unwanted.sub("", svg)
    svg = _STYLE.sub(_attributes, svg)
    return svg.replace("<svg", '<svg aria-hidden="true" focusable="false"', 1).strip()


def _attributes(style: re.Match[str]) -> str:
    """A style as the attributes that SVG has for the same: the pages' policy allows no style."""
    each = (part.split(":", 1) for part in style[1].split(";") if part.strip())
    return "".join(f' {name.strip()}="{value.strip()}"' for name, value in each)


_STYLE = re.compile(r'\sstyle="([^"]*)"')
_METADATA = ("Creator", "Date", "Format", "Type")
_UNWANTED = (
    re.compile(r"\A.*?(?=<svg)", re.DOTALL),
    re.compile(r"<metadata>.*?</metadata>", re.DOTALL),
    re.compile(r"<style.*?</style>", re.DOTALL),  # inside a page it would hold for all of it
    re.compile(r'(?<=<g) id="[^"]*"'),  # the same in every drawing of a page
    re.compile(r"font-family: [^;]*; "),  # the page's own fonts
    re.compile(r' (?:width|height)="[\d.]+pt"'),  # as wide as its place
)
