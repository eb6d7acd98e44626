"""Arithmetic on stretches of time: half-open, in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.records import Seconds, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def join(spans: Iterable[Span], *, gap: Seconds = 0.0) -> list[Span]:
    """The spans in order, joined where they overlap, touch, or lie less than ``gap`` apart."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda s: s.start):
        if joined and (span.start <= joined[-1].end or span.start - joined[-1].end < gap):
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def total(spans: Iterable[Span]) -> Seconds:
    """The summed length of the spans' union."""
    return sum(span.duration for span in join(spans))


def intersect(first: Sequence[Span], second: Sequence[Span]) -> list[Span]:
    """Where both sets of spans are."""
    a, b = join(first), join(second)
    common: list[Span] = []
    i = j = 0
    while i < len(a) and j < len(b):
        start, end = max(a[i].start, b[j].start), min(a[i].end, b[j].end)
        if start < end:
            common.append(Span(start, end))
        if a[i].end < b[j].end:
            i += 1
        else:
            j += 1
    return common


def gaps(spans: Iterable[Span], within: Span) -> list[Span]:
    """What the spans leave free of ``within``."""
    free: list[Span] = []
    at = within.start
    for span in join(spans):
        if span.start > at:
            free.append(Span(at, min(span.start, within.end)))
        at = max(at, span.end)
    if at < within.end:
        free.append(Span(at, within.end))
    return [span for span in free if span.duration > 0]


def clip(spans: Iterable[Span], within: Span) -> list[Span]:
    """The parts of the spans that lie inside ``within``."""
    cut = [Span(max(s.start, within.start), min(s.end, within.end)) for s in spans]
    return [span for span in cut if span.start < span.end]
