"""Which sides of a call its channels hold: copies, leaks from the other side, dead ones, too many."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np

from pipeline import spans
from pipeline.audio import SAMPLE_RATE, Audio, Sound, blocks, levels
from pipeline.records import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.audio import Samples

    Levels = NDArray[np.float32]

DEAD = -70.0
"""dBFS that a channel never passes in which there is nothing: the least of G.711 lies at -66."""
COPY = 0.96
"""Correlation at the best lag from which two channels are one sound."""
COPY_LEVEL = 12.0
"""dB by which a copy may be fainter; what is fainter still is the other side's leak."""
LONGEST_LAG = 1024
"""Samples (64 ms) by which a copy may come late."""
LOUDEST = 15
"""Seconds of each channel, the loudest, in which the copy is looked for."""

NOISE = 10
"""Percentile of a channel's levels that is its noise."""
SPEAKING = 25.0
"""dB above its noise from which a side surely speaks."""
LOUDER = 8.0
"""dB above the other channel from which it is not that one's leak: leaks run both ways."""
LONGEST_ECHO = 40
"""Frames of 10 ms after which the other side's voice may come back."""
LEAST_ECHO = 0.25
"""Correlation of the two levels over time without which nothing leaks."""
LEAST_SPEECH = 100
"""Frames of 10 ms of one side's speech without which its leak cannot be told."""
RISES = 2.0
"""dB that a leak lifts the other channel above its own noise, which by itself moves by about one."""
AUDIBLE = 3.0
"""dB above its noise from which the other side's voice is there to leak."""
LEAK_SHARE = 30
"""Percentile of the level difference while a side speaks: in most of that time the other is silent."""
OVER_LEAK = 3.0
"""dB above the leak from which a channel's sound is its own side's."""
SMEAR = 2
"""Frames of 10 ms by which the leaked voice may be spread."""
SHORTEST_OWN, SHORTEST_LEAK = 8, 8
"""Frames of 10 ms: shorter stretches of own sound or of leak take after what is around them."""
LEAK_COVERED, UNUSUAL, FAINTER = 0.8, 14.0, 15.0
"""A burst of leak: lies in the other's speech to this share, is so many dB below what this side
usually has, and so many below the other side."""
UNDER_NOISE = 6.0
"""dB under the channel's own noise to which a leak is turned down: hard silence would click."""


class Gated:
    """A channel without what leaked into it from the other side."""

    def __init__(self, sound: Sound, level: Levels, leak: NDArray[np.bool_]) -> None:
        """``leak`` says of each 10 ms of ``sound`` whether it is the other side's."""
        own = level[~leak] if not leak.all() else level
        quiet = float(np.percentile(own, NOISE)) - UNDER_NOISE
        turned_down = np.minimum(0.0, quiet - level) * leak
        self._sound, self._gain = sound, np.asarray(10 ** (turned_down / 20), dtype=np.float32)

    def __len__(self) -> int:
        return len(self._sound)

    def __getitem__(self, part: slice) -> Samples:
        start, stop, _ = part.indices(len(self))
        samples = self._sound[start:stop]
        if not len(samples):
            return samples
        width = SAMPLE_RATE // 100
        frames = np.arange(start // width, (stop - 1) // width + 1)
        gain = self._gain[np.minimum(frames, len(self._gain) - 1)]
        offset = start % width
        return samples * np.repeat(gain, width)[offset : offset + len(samples)]


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
    channels = [audio.channels[i] for i in sides]
    if len(sides) == 2:
        first, second = (heights[i] for i in sides)
        leaks = [leaked(second, first), leaked(first, second)]
        if any(leak is not None for leak in leaks):
            notes.append("crosstalk")
        channels = [
            sound if leak is None else Gated(sound, level, leak)
            for sound, level, leak in zip(channels, (first, second), leaks, strict=True)
        ]
    return replace(audio, channels=tuple(channels), notes=tuple(dict.fromkeys(notes)))


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


def leaked(other: Levels, own: Levels) -> NDArray[np.bool_] | None:
    """Which 10 ms of a channel are the other side's voice; None where nothing leaks.

    Over the time in which the other side surely speaks, the channel's level above the other's has a
    lower part that is the leak alone: this side is silent in most of that time. What lies less than
    ``OVER_LEAK`` above it there is leak. Louder sound is this side's own: real double talk stays.
    """
    length = min(len(other), len(own))
    other, own = other[:length], own[:length]
    noise = max(float(np.percentile(other, NOISE)), DEAD)
    speaking = (other > noise + SPEAKING) & (other > own + LOUDER)
    if speaking.sum() < LEAST_SPEECH or (~speaking).sum() < LEAST_SPEECH:
        return None
    late, alike = _echo(other, own, speaking)
    source = np.concatenate([np.full(late, other.min(), other.dtype), other[: length - late]])
    active = (source > noise + SPEAKING) & (source > own + LOUDER)
    if active.all() or not active.any():
        return None
    gain = float(np.percentile((own - source)[active], LEAK_SHARE))
    lifted = float(np.median(own[active]) - np.percentile(own[~active], NOISE))
    if lifted < RISES or alike < LEAST_ECHO:
        return None
    source = _spread(source)
    explained = (own <= source + gain + OVER_LEAK) & (source > noise + AUDIBLE)
    return _settled(explained)


def _echo(other: Levels, own: Levels, speaking: NDArray[np.bool_]) -> tuple[int, float]:
    """After how many frames the other's level comes back in a channel's, and how alike they are."""
    at = np.flatnonzero(speaking)
    at = at[(at >= 1) & (at < len(own) - LONGEST_ECHO)][:30_000]
    if len(at) < LEAST_SPEECH:
        return 0, 0.0
    quiet = np.percentile(own[at], 60)
    at = at[own[at] <= quiet + OVER_LEAK]
    found = [_alike(other[at], np.minimum(own[at + late], quiet)) for late in range(LONGEST_ECHO)]
    best = int(np.argmax(found))
    return best, found[best]


def _alike(one: Levels, other: Levels) -> float:
    """The correlation of two series of levels; 0 where one of them does not move."""
    a, b = one - one.mean(), other - other.mean()
    power = float(np.sqrt(np.sum(a * a) * np.sum(b * b)))
    return float(np.sum(a * b)) / power if power > len(a) * 1e-3 else 0.0


def _spread(level: Levels) -> Levels:
    """The highest level within ``SMEAR`` frames."""
    padded = np.pad(level, SMEAR, mode="edge")
    return np.asarray(
        np.lib.stride_tricks.sliding_window_view(padded, 2 * SMEAR + 1).max(axis=1),
        dtype=np.float32,
    )


def _settled(leak: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The leak without flicker: short own sounds in it are leak, then short leaks are none."""
    for value, shortest in ((False, SHORTEST_OWN), (True, SHORTEST_LEAK)):
        edges = np.flatnonzero(np.diff(leak.astype(np.int8))) + 1
        bounds = np.concatenate([[0], edges, [len(leak)]])
        for start, end in pairwise(bounds.tolist()):
            inner = start > 0 and end < len(leak)
            if inner and end - start < shortest and leak[start] == value:
                leak[start:end] = not value
    return leak


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
