"""A call drawn to scale: both sides' turns and levels in rows of time, silences, overlaps, findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline import spans
from pipeline.detect import silence
from pipeline.records import Role, Seconds, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipeline.store.parts import TurnSaid
    from pipeline.store.schema import FindingRow, HoldRow

SILENCE: Seconds = 3.0
"""A shorter gap between turns is the usual rhythm of a talk."""
OVERLAP: Seconds = 0.15
"""A shorter overlap cannot be seen, nor heard as one."""
_WHOLE, _SHORT, _LONG = 100.0, 60.0, 120.0
"""A call up to 100 s is one row; up to 10 min a row is a minute, beyond that two."""
_NO_LEVELS: dict[str, str] = {}
_TICKS = ((40.0, 5), (130.0, 10))


@dataclass(frozen=True, kw_only=True)
class LaneStretch:
    """Something on the time line: ``left`` and ``width`` in percent of its row."""

    start: Seconds
    end: Seconds
    kind: str
    label: str = ""
    number: int = 0
    left: float = 0.0
    width: float = 0.0
    first: bool = True
    """Whether this is where it begins, and not its rest in a later row."""


Levels = Sequence[str]
"""A channel each: how loud every ``LEVEL_STEP`` seconds of it are, a digit from 0 (silent) to 9."""
LEVEL_STEP: Seconds = 0.25
WAVE_WIDTH, WAVE_HEIGHT = 1000, 24
"""The units in which a row's levels are drawn."""


@dataclass(frozen=True, kw_only=True)
class Wave:
    """One side's level in a row, as the path of an SVG of ``WAVE_WIDTH`` by ``WAVE_HEIGHT``."""

    role: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One row of the time line."""

    start: Seconds
    length: Seconds
    share: float
    """How much of the full width it takes, percent: the last row is as long as what is left."""
    turns: Sequence[LaneStretch]
    gaps: Sequence[LaneStretch]
    overlaps: Sequence[LaneStretch]
    pins: Sequence[LaneStretch]
    ticks: Sequence[LaneStretch]
    waves: Sequence[Wave] = ()


def levels(
    channels: Levels, turns: Sequence[TurnSaid], own: Mapping[Role, int | None]
) -> dict[str, str]:
    """By side: its levels. ``own`` are the sides' channels; one without has the mix's in its turns."""
    found = {}
    for role in (Role.AGENT, Role.CUSTOMER):
        channel = own.get(role)
        if channel is not None and channel < len(channels):
            found[str(role)] = channels[channel]
        elif channels:
            spoken = [Span(t.start_s, t.end_s) for t in turns if t.role == role]
            found[str(role)] = _only_within(channels[0], spoken)
    return found


def _only_within(channel: str, spoken: Iterable[Span]) -> str:
    kept = ["0"] * len(channel)
    for span in spoken:
        begin, end = int(span.start / LEVEL_STEP), int(span.end / LEVEL_STEP) + 1
        kept[begin:end] = channel[begin:end]
    return "".join(kept)


def _waves(sides: Mapping[str, str], row: Span) -> list[Wave]:
    begin, end = round(row.start / LEVEL_STEP), round(row.end / LEVEL_STEP)
    step = WAVE_WIDTH / max(1, end - begin)
    middle = WAVE_HEIGHT // 2
    waves = []
    for role, levels in sides.items():
        heights = [(i, int(digit)) for i, digit in enumerate(levels[begin:end])]
        bars = (f"M{step * (i + 0.5):.0f} {middle - h}V{middle + h}" for i, h in heights if h)
        waves.append(Wave(role=role, path="".join(bars)))
    return waves


def silences(
    turns: Iterable[TurnSaid],
    found: Sequence[FindingRow],
    holds: Sequence[HoldRow],
    duration: Seconds,
) -> list[LaneStretch]:
    """The gaps in which nobody speaks, named by what they are."""
    spoken = [Span(t.start_s, t.end_s) for t in turns]
    free = spans.gaps(spoken, Span(0.0, duration)) if spoken else []
    return [
        LaneStretch(
            start=g.start, end=g.end, kind=_gap_kind(g, found, holds), label=f"{g.duration:.1f}"
        )
        for g in free
        if g.duration > SILENCE
    ]


def _gap_kind(gap: Span, found: Sequence[FindingRow], holds: Sequence[HoldRow]) -> str:
    """``held`` (announced), ``hold`` (not) or ``dead`` where one covers most of it, or ``silence``."""
    hold = next((h for h in holds if _covers(h, gap)), None)
    if hold is not None:
        return "held" if hold.announced else "hold"
    dead = any(f.kind == silence.NAME and _covers(f, gap) for f in found)
    return "dead" if dead else "silence"


def _covers(row: FindingRow | HoldRow, gap: Span) -> bool:
    if row.start_s is None or row.end_s is None:
        return False
    return min(row.end_s, gap.end) - max(row.start_s, gap.start) > gap.duration / 2


def overlaps(turns: Sequence[TurnSaid]) -> list[LaneStretch]:
    """Where agent and customer speak at once."""
    sides = [
        [Span(t.start_s, t.end_s) for t in turns if t.role == role]
        for role in (Role.AGENT, Role.CUSTOMER)
    ]
    both = (s for s in spans.intersect(*sides) if s.duration > OVERLAP)
    return [
        LaneStretch(start=s.start, end=s.end, kind="overlap", label=f"{s.duration:.1f}")
        for s in both
    ]


def lines(
    turns: Sequence[TurnSaid],
    found: Sequence[FindingRow],
    gaps: Sequence[LaneStretch],
    duration: Seconds,
    levels: Mapping[str, str] = _NO_LEVELS,
) -> list[Lane]:
    """The whole call as rows; ``found`` are its events in the order of their numbers."""
    spoken = [
        LaneStretch(start=t.start_s, end=t.end_s, kind=t.role, label=t.text, number=t.turn)
        for t in turns
    ]
    pins = [
        LaneStretch(start=f.start_s, end=f.start_s, kind=f.outcome, number=n, label=f.message)
        for n, f in enumerate(found, start=1)
        if f.start_s is not None
    ]
    end = max([duration, *(t.end_s for t in turns)], default=0.0)
    both = overlaps(turns)
    full = _row_length(end)
    result = []
    start = 0.0
    while start < end:
        row = Span(start, min(start + full, end))
        result.append(
            Lane(
                start=start,
                length=row.duration,
                share=100 * row.duration / full,
                turns=_within(spoken, row),
                gaps=_within(gaps, row),
                overlaps=_within(both, row),
                pins=_side_by_side(_within(pins, row)),
                ticks=_ticks(row, full),
                waves=_waves(levels, row),
            )
        )
        start += full
    return result


def _row_length(duration: Seconds) -> Seconds:
    if duration <= _WHOLE:
        return max(duration, 1.0)
    return _SHORT if duration <= 10 * _SHORT else _LONG


def _within(marks: Iterable[LaneStretch], row: Span) -> list[LaneStretch]:
    """The parts of the marks that lie in a row, placed."""
    placed = []
    for mark in marks:
        start, end = max(mark.start, row.start), min(mark.end, row.end)
        point = mark.start == mark.end and row.start <= mark.start < row.end
        if start < end or point:
            placed.append(
                replace(
                    mark,
                    left=100 * (start - row.start) / row.duration,
                    width=100 * (end - start) / row.duration,
                    first=mark.start >= row.start,
                )
            )
    return placed


def _side_by_side(pins: Sequence[LaneStretch], least: float = 2.6) -> list[LaneStretch]:
    """Pins that would hide each other, moved to the right until they stand side by side."""
    placed: list[LaneStretch] = []
    for pin in pins:
        left = max(pin.left, placed[-1].left + least) if placed else pin.left
        placed.append(replace(pin, left=min(left, 99.0)))
    return placed


def _ticks(row: Span, full: Seconds) -> list[LaneStretch]:
    step = next((step for bound, step in _TICKS if full <= bound), 20)
    first = int(-(-row.start // step) * step)
    places = (float(at) for at in range(first, int(row.end) + 1, step))
    return _within((LaneStretch(start=p, end=p, kind="tick") for p in places), row)
