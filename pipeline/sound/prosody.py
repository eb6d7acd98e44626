"""How speech sounds, from its samples: loudness, clipping, and the spread of the pitch."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pipeline.records import SAMPLE_RATE, Prosody, Seconds, Span
from pipeline.sound.decode import CLIPPED, FULL_SCALE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.sound.decode import Samples, Sound

RATE = SAMPLE_RATE // 2
"""Hz at which the pitch is looked for: a voice's lies far below."""
FRAME, HOP = int(0.040 * RATE), int(0.060 * RATE)
"""Three periods of the lowest pitch fit into 40 ms; sixteen looks a second show its movement."""
LOWEST, HIGHEST = 75.0, 400.0
"""Hz between which an adult's pitch lies."""
VOICED = 0.55
"""Peak of the normalised autocorrelation from which a frame has a pitch."""
LEAST_FRAMES = 10
"""0.6 s of pitch; less says nothing of a turn."""
QUIETEST = 1e-6
LONGEST: Seconds = 60.0
"""So much of a stretch is looked at together, however long somebody speaks."""

BLOCK, STEP = int(0.4 * SAMPLE_RATE), int(0.1 * SAMPLE_RATE)
"""ITU-R BS.1770-5: loudness is measured over 400 ms, every 100 ms."""
ABSOLUTE_GATE, RELATIVE_GATE = -70.0, -10.0
"""LUFS and LU: blocks under both gates are silence (BS.1770-5, annex 1)."""


def describe(channel: Sound, voiced: Sequence[Span]) -> Prosody | None:
    """The sound of the stretches of speech in one channel; None where they are empty.

    ``loudness``: dBFS of the root mean square over the stretches. ``lufs``: integrated loudness of
    ITU-R BS.1770-5. ``clipped``: the share of samples at full scale. ``pitch_spread``:
    autocorrelation of 40 ms frames, the standard deviation in semitones about the median, the outer
    twentieths left out.
    """
    pieces = [
        channel[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
        for span in voiced
        for start, end in pairwise(_cuts(span))
    ]
    speech = np.concatenate([p for p in pieces if len(p)] or [np.zeros(0, np.float32)])
    if not len(speech):
        return None
    power = float(np.dot(speech, speech)) / len(speech)
    return Prosody(
        loudness=round(10 * float(np.log10(max(power, QUIETEST**2))), 2),
        pitch_spread=_spread(speech),
        lufs=_lufs(speech),
        clipped=round(float(np.mean(np.abs(speech) >= CLIPPED / FULL_SCALE)), 4),
    )


def _cuts(span: Span) -> list[Seconds]:
    """Where a stretch is cut into pieces of ``LONGEST`` at most."""
    inner = np.arange(span.start + LONGEST, span.end, LONGEST)
    return [span.start, *map(float, inner), span.end]


def _lufs(speech: Samples) -> float | None:
    """Integrated loudness, LUFS; None under 0.4 s, or where all of it is silence."""
    from scipy.signal import sosfilt

    if len(speech) < BLOCK:
        return None
    weighted = np.asarray(sosfilt(_k_weighting(), speech), dtype=np.float32)
    squares = np.concatenate([[0.0], np.cumsum(np.square(weighted), dtype=np.float64)])
    starts = np.arange(0, len(speech) - BLOCK + 1, STEP)
    power = (squares[starts + BLOCK] - squares[starts]) / BLOCK
    blocks = -0.691 + 10 * np.log10(np.maximum(power, QUIETEST**2))
    loud = power[blocks > ABSOLUTE_GATE]
    if not len(loud):
        return None
    gate = -0.691 + 10 * np.log10(loud.mean()) + RELATIVE_GATE
    return round(-0.691 + 10 * float(np.log10(loud[10 * np.log10(loud) - 0.691 > gate].mean())), 2)


def _k_weighting() -> npt.NDArray[np.float64]:
    """BS.1770's two filters at ``SAMPLE_RATE``: the head's shelf and the high pass.

    The recommendation gives coefficients for 48 kHz; these are the same analogue filters (centre,
    quality and gain as in the reference loudness meters) by the bilinear transform.
    """
    shelf, high = (1681.974450955533, 0.7071752369554196), (38.13547087602444, 0.5003270373238773)
    gain = 10 ** (3.999843853973347 / 20)
    band = gain**0.4996667741545416
    k, q = np.tan(np.pi * shelf[0] / SAMPLE_RATE), shelf[1]
    norm = 1 + k / q + k * k
    first = [
        (gain + band * k / q + k * k) / norm,
        2 * (k * k - gain) / norm,
        (gain - band * k / q + k * k) / norm,
        1.0,
        2 * (k * k - 1) / norm,
        (1 - k / q + k * k) / norm,
    ]
    k, q = np.tan(np.pi * high[0] / SAMPLE_RATE), high[1]
    norm = 1 + k / q + k * k
    second = [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm]
    return np.array([first, second])


def _spread(speech: Samples) -> float | None:
    pitch = _pitch(speech[::2])
    if len(pitch) < LEAST_FRAMES:
        return None
    semitones = np.sort(12 * np.log2(pitch / np.median(pitch)))
    cut = len(semitones) // 20
    return round(float(np.std(semitones[cut : len(semitones) - cut or None])), 2)


def _pitch(speech: Samples) -> npt.NDArray[np.float64]:
    """The pitch of each frame that has one, Hz; ``speech`` at ``RATE``."""
    if len(speech) < FRAME:
        return np.zeros(0)
    frames = np.lib.stride_tricks.sliding_window_view(speech, FRAME)[::HOP]
    frames = frames - frames.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft(frames, 2 * FRAME)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[:, :FRAME]
    shortest, longest = int(RATE / HIGHEST), int(RATE / LOWEST)
    lags = np.arange(shortest, min(longest, FRAME - 1))
    unbiased = correlation[:, lags] * (FRAME / (FRAME - lags))
    strength = unbiased / np.maximum(correlation[:, :1], QUIETEST)
    best = strength.argmax(axis=1)
    clear = strength[np.arange(len(best)), best] >= VOICED
    pitch: npt.NDArray[np.float64] = RATE / _between(strength, best, lags)[clear]
    return pitch


def _between(
    strength: npt.NDArray[np.float64], best: npt.NDArray[np.intp], lags: npt.NDArray[np.int_]
) -> npt.NDArray[np.float64]:
    """The lag of each peak between the samples, by the parabola through it and its neighbours."""
    rows = np.arange(len(best))
    inner = np.clip(best, 1, strength.shape[1] - 2)
    left, top, right = (strength[rows, inner + d] for d in (-1, 0, 1))
    bend = left - 2 * top + right
    offset = np.where(bend < 0, 0.5 * (left - right) / np.where(bend < 0, bend, 1.0), 0.0)
    return np.asarray(lags[best] + np.where(inner == best, np.clip(offset, -0.5, 0.5), 0.0))
