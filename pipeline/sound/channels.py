"""Which sides of a call its channels hold: copies, leaks from the other side, dead ones, too many."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from pipeline import spans
from pipeline.records import SAMPLE_RATE, Span
from pipeline.sound.crosstalk import DEAD, Gated, Side, leak
from pipeline.sound.decode import Audio, Sound, blocks, levels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Levels = NDArray[np.float32]

COPY = 0.96
"""Correlation at the best lag from which two channels are one sound."""
COPY_LEVEL = 12.0
"""dB by which a copy may be fainter; what is fainter still is the other side's leak."""
LONGEST_LAG = 1024
"""Samples (64 ms) by which a copy may come late."""
LOUDEST = 15
"""Seconds of each channel, the loudest, in which the copy is looked for."""

LEAK_COVERED, UNUSUAL, FAINTER = 0.8, 14.0, 15.0
"""A burst of leak: lies in the other's speech to this share, is so many dB below what this side
usually has, and so many below the other side."""


@dataclass(frozen=True)
class Likeness:
    """How alike two channels are at their best lag: correlation, and the level between them in dB."""

    correlation: float
    level: float


def told_apart(audio: Audio) -> Audio:
    """The audio with one channel a side that can be told apart, and the notes that say what was odd.

    ``dual_mono``: equal channels, kept as one. ``fake_stereo``: one sound on two channels, a little
    late, fainter or coded anew, kept as one. ``dead_channel``: nothing at all on it; it is kept
    where it is the only other one. ``more_channels``: more than two sides are left. ``crosstalk``:
    the other side leaks in; what leaked is muted.
    """
    if len(audio.channels) == 1:
        return audio
    notes = list(audio.notes)
    heights = [levels(sound) for sound in audio.channels]
    alive = [i for i, level in enumerate(heights) if len(level) and level.max() > DEAD]
    if len(alive) < len(heights):
        notes.append("dead_channel")
    if len(alive) < 2:
        kept = (alive or [0]) if len(heights) > 2 else range(len(heights))
        if not alive:
            kept, notes = [0], ["dead_channel", *audio.notes]
        return Audio(tuple(audio.channels[i] for i in kept), tuple(dict.fromkeys(notes)))
    sides, copies = _without_copies(audio.channels, heights, alive)
    notes += copies
    if len(sides) > 2:
        notes.append("more_channels")
    channels = [Side(audio.channels[i], heights[i]) for i in sides]
    own = [side.sound for side in channels]
    if len(sides) == 2 and (gated := _without_leaks(*channels)):
        notes.append("crosstalk")
        own = gated
    return replace(audio, channels=tuple(own), notes=tuple(dict.fromkeys(notes)))


def _without_leaks(one: Side, other: Side) -> list[Sound]:
    """Both channels, the one muted where the other leaks into it; none of them where nothing leaks."""
    leaks = [(one, leak(other, one)), (other, leak(one, other))]
    if all(leak is None for _, leak in leaks):
        return []
    return [
        side.sound if leak is None else Gated(side.sound, side.level, leak) for side, leak in leaks
    ]


def only_live(audio: Audio) -> int | None:
    """Which of two channels is not dead; None where both are there."""
    if "dead_channel" not in audio.notes or len(audio.channels) != 2:
        return None
    heights = [levels(sound) for sound in audio.channels]
    alive = [i for i, level in enumerate(heights) if len(level) and level.max() > DEAD]
    return alive[0] if len(alive) == 1 else None


def _without_copies(
    channels: Sequence[Sound], heights: Sequence[Levels], alive: Sequence[int]
) -> tuple[list[int], list[str]]:
    """The channels that are no copy of another, and the notes on those that are."""
    kept, notes = list(alive), []
    for one, other in combinations(alive, 2):
        if one not in kept or other not in kept:
            continue
        if _equal(channels[one], channels[other]):
            notes.append("dual_mono")
            kept.remove(other)
            continue
        like = likeness(channels[one], channels[other], heights[one], heights[other])
        if like.correlation >= COPY and abs(like.level) <= COPY_LEVEL:
            notes.append("fake_stereo")
            kept.remove(other if like.level <= 0 else one)
    return kept, notes


def _equal(one: Sound, other: Sound) -> bool:
    """Whether two channels of equal length are the same sample for sample."""
    return all(
        np.array_equal(samples, other[at : at + len(samples)])
        for at, samples in blocks(one, 60 * SAMPLE_RATE)
    )


def likeness(one: Sound, other: Sound, first: Levels, second: Levels) -> Likeness:
    """How alike two channels are, by the cross-correlation of the loudest seconds of each.

    ``first`` and ``second`` are their levels by 10 ms. The seconds' correlations are added before
    they are normed: a second in which only one side speaks and leaks would be alike by itself.
    """
    size = 2 * SAMPLE_RATE
    together = np.zeros(size // 2 + 1, dtype=np.complex128)
    power_one = power_other = 1e-12
    for second_at in sorted(_loudest(first) | _loudest(second)):
        part = slice(second_at * SAMPLE_RATE, (second_at + 1) * SAMPLE_RATE)
        a, b = np.fft.rfft(one[part], size), np.fft.rfft(other[part], size)
        together += np.conj(a) * b
        power_one += float(np.sum(np.square(one[part], dtype=np.float64)))
        power_other += float(np.sum(np.square(other[part], dtype=np.float64)))
    lags = np.arange(LONGEST_LAG)
    correlation = np.abs(np.fft.irfft(together, size))
    shared = SAMPLE_RATE / (SAMPLE_RATE - lags)  # what a second loses to the lag
    best = max(
        (correlation[lags] * shared).max(), (correlation[-1 - lags] * np.roll(shared, -1)).max()
    )
    return Likeness(
        float(best / np.sqrt(power_one * power_other)),
        float(10 * np.log10(power_other / power_one)),
    )


def _loudest(level: Levels) -> set[int]:
    """The loudest whole seconds of a channel."""
    seconds = level[: len(level) // 100 * 100].reshape(-1, 100).mean(axis=1)
    return {int(i) for i in np.argsort(seconds)[-LOUDEST:]}


def own_speech(found: Sequence[Sequence[Span]], heights: Sequence[Levels]) -> list[list[Span]]:
    """The speech of each channel without bursts of the other's, which some codecs let through.

    ``heights`` are the levels by 10 ms. A stretch is a leak where the other side speaks over it much
    louder, and this side itself is much louder elsewhere.
    """
    if len(found) != 2:
        return [list(own) for own in found]
    kept = []
    for side in (0, 1):
        own, other = heights[side], heights[1 - side]
        alone = [s for s in found[side] if not spans.intersect([s], found[1 - side])]
        usual = float(np.median([_loudness(own, s) for s in alone])) if alone else -np.inf
        kept.append(
            [
                span
                for span in found[side]
                if spans.total(spans.intersect([span], found[1 - side]))
                < LEAK_COVERED * span.duration
                or _loudness(own, span) > usual - UNUSUAL
                or _loudness(own, span) > _loudness(other, span) - FAINTER
            ]
        )
    return kept


def _loudness(level: Levels, span: Span) -> float:
    """The level that the loudest tenth of a stretch passes, dBFS."""
    part = level[round(span.start * 100) : max(round(span.end * 100), round(span.start * 100) + 1)]
    return float(np.percentile(part, 90)) if len(part) else -np.inf
