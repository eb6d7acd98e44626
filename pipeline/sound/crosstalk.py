"""What leaks from one side's channel into the other's: found by coherence, where it drowns by level."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.records import SAMPLE_RATE
from pipeline.sound.decode import Sound

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.sound.decode import Samples

    Levels = NDArray[np.float32]
    Frames = NDArray[np.int64]
    Spectra = NDArray[np.complex64]

DEAD = -70.0
"""dBFS that a channel never passes in which there is nothing: the least of G.711 lies at -66."""
NOISE = 10
"""Percentile of a channel's levels that is its noise."""
LOUDER = 8.0
"""dB above the other channel from which it is not that one's leak: leaks run both ways."""
LEAST_SPEECH = 100
"""Frames of 10 ms of one side's speech, or of its leak, without which a leak cannot be told."""
AUDIBLE = 3.0
"""dB above its noise from which a voice is there: noise itself moves by about one."""
SMEAR = 2
"""Frames of 10 ms by which the leaked voice may be spread."""
SHORTEST_OWN, SHORTEST_LEAK = 8, 8
"""Frames of 10 ms: shorter stretches of own sound or of leak take after what is around them."""

ABOVE_NOISE, FAINTEST = 6.0, -60.0
"""dB above a channel's noise, and dBFS, from which a leak may be heard."""
COHERENT = 0.45
"""Share of a channel's power that the other one explains from which it is a leak: leaks by a constant
gain lie at 0.9 to 1, most of Opus' at 0.8 to 1, double talk at 0.05 to 0.3. From 0.34 to 0.5 the bench's
figures are the same but for one event of 58."""
FRAME, WINDOW, NEAR = SAMPLE_RATE // 100, 512, 2
"""Samples of a frame and of the spectrum around it (32 ms), and how many frames on either side count."""
THIN = 2
"""Every second sample is enough: what it folds back is as coherent as the rest."""
BINS, BAND = slice(10, 110), 4
"""Bins of 31 Hz that a telephone carries, 312 to 3400 Hz and no hum; and how many make a band."""
LONGEST_LAG = 6400
"""Samples (0.4 s) by which a leak may come late."""
LOUDEST, SAMPLED = 15, 500
"""Seconds with most of a leak, by which its lag is found; frames that choose between two lags."""

UNDER_NOISE = 6.0
"""dB under the channel's own noise to which a leak is turned down: hard silence would click."""

SPEAKING = 25.0
"""dB above its noise from which a side surely speaks."""
LONGEST_ECHO = 40
"""Frames of 10 ms after which the other side's voice may come back."""
LEAST_ECHO = 0.25
"""Correlation of the two levels over time without which nothing leaks."""
RISES = 2.0
"""dB that a leak lifts the other channel above its own noise, which by itself moves by about one."""
LEAK_SHARE = 30
"""Percentile of the level difference while a side speaks: in most of that time the other is silent."""
OVER_LEAK = 3.0
"""dB above the leak from which a channel's sound is its own side's."""


@dataclass(frozen=True, eq=False)
class Side:
    """A channel, and its levels by 10 ms, dBFS."""

    sound: Sound
    level: Levels


class Gated:
    """A channel without what leaked into it from the other side."""

    def __init__(self, sound: Sound, level: Levels, leak: NDArray[np.bool_]) -> None:
        """``leak`` says of each 10 ms of ``sound`` whether it is the other side's."""
        quiet = float(np.percentile(level, NOISE)) - UNDER_NOISE
        turned_down = np.minimum(0.0, quiet - level) * leak
        self._leak = leak
        self._sound, self._gain = sound, np.asarray(10 ** (turned_down / 20), dtype=np.float32)

    def __len__(self) -> int:
        return len(self._sound)

    def __getitem__(self, part: slice) -> Samples:
        start, stop, _ = part.indices(len(self))
        samples = self._sound[start:stop]
        if not len(samples):
            return samples
        frames = np.arange(start // FRAME, (stop - 1) // FRAME + 1)
        gain = self._gain[np.minimum(frames, len(self._gain) - 1)]
        offset = start % FRAME
        return samples * np.repeat(gain, FRAME)[offset : offset + len(samples)]

    def is_others_throughout(self, size: int, count: int) -> NDArray[np.bool_]:
        """Which of the first ``count`` stretches of ``size`` samples are the other side's throughout."""
        summed = np.concatenate([[0], np.cumsum(self._leak)])
        bounds = np.minimum(np.arange(count + 1) * size // FRAME, len(self._leak))
        return np.asarray(np.diff(summed[bounds]) == np.maximum(1, np.diff(bounds)))


def leak(other: Side, own: Side) -> NDArray[np.bool_] | None:
    """Which 10 ms of ``own`` are the other side's voice; None where nothing leaks.

    A line and most codecs let a voice through as it is: its leak is coherent with it, at whatever
    gain, and double talk is not. Where noise drowns the coherence, the leak's constant level tells.
    """
    length = min(len(other.level), len(own.level))
    sides = Side(other.sound, other.level[:length]), Side(own.sound, own.level[:length])
    leak = _by_coherence(*sides)
    return _by_level(sides[0].level, sides[1].level) if leak is None else leak


def _by_coherence(other: Side, own: Side) -> NDArray[np.bool_] | None:
    """The leak, where a second of it is coherent with the other side's voice.

    What is fainter than a leak that is heard, while the other side speaks, goes with it: what is left
    between turned down syllables would sound like speech.
    """
    line = max(float(np.percentile(own.level, NOISE)), DEAD)
    heard = np.flatnonzero(own.level > max(line + ABOVE_NOISE, FAINTEST))
    fainter = heard[own.level[heard] < other.level[heard] - LOUDER]
    if len(fainter) < LEAST_SPEECH:
        return None
    lag = _lag(other.sound, own.sound, fainter)
    if lag is None:
        return None
    source = _late(other.level, round(lag / FRAME))
    fainter = heard[own.level[heard] < source[heard] - LOUDER]
    coherent = fainter[explained_share(other.sound, own.sound, fainter, lag) > COHERENT]
    if len(coherent) < LEAST_SPEECH:
        return None
    noise = max(float(np.percentile(other.level, NOISE)), DEAD)
    leak = (own.level <= line + ABOVE_NOISE) & (_spread(source) > noise + AUDIBLE)
    leak[coherent] = True
    return _without_flicker(leak)


def _lag(other: Sound, own: Sound, fainter: Frames) -> int | None:
    """After how many samples the other side's voice comes back: at once, or at an echo's peak.

    None where a sample of the frames says that hardly anything comes back: most calls end here.

    The peak is that of the response from the one channel to the other. A codec's leak changes its
    sign and has no response: that it comes at once is tried first.
    """
    from scipy.fft import irfft, rfft

    seconds = np.bincount(fainter // 100)
    together, power = np.zeros(SAMPLE_RATE + 1, np.complex128), np.zeros(SAMPLE_RATE + 1)
    for second in np.argsort(seconds)[-LOUDEST:].tolist():
        part = slice(second * SAMPLE_RATE, (second + 1) * SAMPLE_RATE)
        source, heard = (rfft(sound[part], 2 * SAMPLE_RATE) for sound in (other, own))
        together += np.conj(source) * heard
        power += _power(source)
    width = SAMPLE_RATE * 2 // WINDOW
    carried = slice(BINS.start * width, BINS.stop * width)
    response = np.zeros_like(together)
    response[carried] = together[carried] / (power[carried] + power.mean() / 100)
    peak = int(np.argmax(np.abs(irfft(response)[:LONGEST_LAG])))
    some = fainter[:: 1 + len(fainter) // SAMPLED]
    at_once, late = (
        np.mean(explained_share(other, own, some, lag) > COHERENT) for lag in (0, peak)
    )
    if 2 * max(at_once, late) * len(fainter) < LEAST_SPEECH:
        return None
    return 0 if at_once >= late else peak


def explained_share(other: Sound, own: Sound, frames: Frames, lag: int) -> NDArray[np.float32]:
    """The share of ``own``'s power that ``other``, ``lag`` samples late, explains around each frame.

    It is the coherence of the two over ``2 * NEAR + 1`` frames and bands of ``BAND`` bins, weighted
    with the power in each. ``frames`` are those of 10 ms, in order.
    """
    found = [np.zeros(0, dtype=np.float32)]
    for minute in np.split(frames, np.flatnonzero(np.diff(frames // 6000)) + 1):
        if not len(minute):
            continue
        wide = np.unique(minute[:, None] + np.arange(-NEAR, NEAR + 1))
        source, heard = _spectra(other, wide, lag), _spectra(own, wide, 0)
        cross = _power(_around(heard * np.conj(source)))
        power, whole = _around(_power(source)), _around(_power(heard))
        share = np.sum(cross / (power + 1e-9), axis=1) / (np.sum(whole, axis=1) + 1e-9)
        found.append(share[np.searchsorted(wide, minute)].astype(np.float32))
    return np.concatenate(found)


def _power(spectra: Spectra) -> NDArray[np.float32]:
    return np.asarray(spectra.real**2 + spectra.imag**2)


def _spectra(sound: Sound, frames: Frames, lag: int) -> Spectra:
    """The spectrum around each frame, of shape ``(frames, bins)``; beyond the ends there is silence."""
    from scipy.fft import rfft

    first = int(frames[0]) * FRAME - (WINDOW - FRAME) // 2 - lag
    samples: Samples = np.zeros(int(frames[-1] - frames[0]) * FRAME + WINDOW, dtype=np.float32)
    there = sound[max(0, first) : max(0, first + len(samples))]
    at = max(0, -first)
    samples[at : at + len(there)] = there
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::FRAME, ::THIN]
    parts = windows[frames - frames[0]] * np.hanning(WINDOW // THIN).astype(np.float32)
    return np.asarray(rfft(parts, axis=1)[:, BINS])


def _around(values: NDArray[Any]) -> NDArray[Any]:
    """Values of shape ``(frames, bins)`` summed over each band and over the frames around each."""
    bands = np.asarray(sum(values[:, i::BAND] for i in range(BAND)))
    padded = np.pad(bands, ((NEAR, NEAR), (0, 0)))
    return np.asarray(sum(padded[i : i + len(bands)] for i in range(2 * NEAR + 1)))


def _by_level(other: Levels, own: Levels) -> NDArray[np.bool_] | None:
    """The leak, where it has a constant level under the other side's voice.

    Over the time in which the other side surely speaks, the channel's level above the other's has a
    lower part that is the leak alone: this side is silent in most of that time. What lies less than
    ``OVER_LEAK`` above it there is leak. Louder sound is this side's own: real double talk stays.
    """
    noise = max(float(np.percentile(other, NOISE)), DEAD)
    speaking = (other > noise + SPEAKING) & (other > own + LOUDER)
    if speaking.sum() < LEAST_SPEECH or (~speaking).sum() < LEAST_SPEECH:
        return None
    late, alike = _echo(other, own, speaking)
    source = _late(other, late)
    active = (source > noise + SPEAKING) & (source > own + LOUDER)
    if active.all() or not active.any():
        return None
    gain = float(np.percentile((own - source)[active], LEAK_SHARE))
    lifted = float(np.median(own[active]) - np.percentile(own[~active], NOISE))
    if lifted < RISES or alike < LEAST_ECHO:
        return None
    source = _spread(source)
    return _without_flicker((own <= source + gain + OVER_LEAK) & (source > noise + AUDIBLE))


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


def _without_flicker(leak: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The leak without flicker: short own sounds in it are leak, then short leaks are none."""
    for value, shortest in ((False, SHORTEST_OWN), (True, SHORTEST_LEAK)):
        edges = np.flatnonzero(np.diff(leak.astype(np.int8))) + 1
        bounds = np.concatenate([[0], edges, [len(leak)]])
        for start, end in pairwise(bounds.tolist()):
            inner = start > 0 and end < len(leak)
            if inner and end - start < shortest and leak[start] == value:
                leak[start:end] = not value
    return leak


def _late(level: Levels, frames: int) -> Levels:
    """The levels so many frames late."""
    return np.concatenate([np.full(frames, level.min(), level.dtype), level[: len(level) - frames]])
