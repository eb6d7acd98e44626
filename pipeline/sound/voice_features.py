"""How a voice sounds, tenth by tenth of a second: the shape of its spectrum, and its pitch.

The cepstrum (Davis and Mermelstein 1980) is taken in the telephone band, so that a recording that
was sampled faster says no more than one off the line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.records import SAMPLE_RATE, Seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.records import Span
    from pipeline.sound.decode import Samples, Sound

    Values = NDArray[np.float64]

CELL: Seconds = 0.1
"""The step in which a voice is followed: shorter than the shortest word."""
HOP_MS = 20
"""Milliseconds from frame to frame: half of them cost half and place a change as well."""
RATE = 8000
"""Hz to which the sound is thinned out: the telephone band needs no more."""
LOWEST_BAND, HIGHEST_BAND = 300.0, 3400.0
"""Hz, the telephone band (ITU-T G.712)."""
BANDS, CEPSTRUM = 24, 14
"""Bands on the mel scale, and the coefficients kept; the first, which is loudness, is left out."""
LOWEST_PITCH, HIGHEST_PITCH = 75.0, 400.0
"""Hz between which an adult's pitch lies."""
VOICED = 0.55
"""Peak of the normalised autocorrelation from which a frame has a pitch."""
QUIET = 30.0
"""dB under the loudest frame of a stretch: what is fainter is pause or line, not voice."""

_FRAME, _HOP, _FFT = RATE // 40, RATE * HOP_MS // 1000, 256
_PITCH_FRAME = RATE // 25
FRAMES = round(CELL * 1000) // HOP_MS
"""Frames in a cell."""
_BLOCK = 600
"""Cells of sound in memory at a time: a minute."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Speech in steps of ``CELL``; every array has one row a step, in order.

    ``span`` is the index of the stretch of speech, ``start`` in seconds. ``count`` are the frames
    loud enough to hear a voice in (``FRAMES`` at most), ``total`` the sum of their cepstra and
    ``square`` that of the squares, ``(n, CEPSTRUM)`` both. ``voiced`` are the frames with a pitch,
    ``pitch`` is the sum of their pitches in semitones above 100 Hz.
    """

    span: NDArray[np.int64]
    start: Values
    count: Values
    total: Values
    square: Values
    voiced: Values
    pitch: Values


def cells(sound: Sound, found: Sequence[Span]) -> Cells:
    """The voice in the stretches ``found`` of one channel, read piece by piece."""
    spans, starts, rows = [], [], []
    for index, span in enumerate(found):
        number = max(1, round(span.duration / CELL))
        for first in range(0, number, _BLOCK):
            last = min(first + _BLOCK, number)
            spans += [index] * (last - first)
            starts.append(span.start + CELL * np.arange(first, last))
            rows.append(_measure(_piece(sound, starts[-1][0], last - first), last - first))
    table = np.concatenate(rows)
    return Cells(
        span=np.array(spans),
        start=np.concatenate(starts),
        count=table[:, 0],
        voiced=table[:, 1],
        pitch=table[:, 2],
        total=table[:, 3 : 3 + CEPSTRUM],
        square=table[:, 3 + CEPSTRUM :],
    )


def pitches(sound: Sound, span: Span) -> Values:
    """The pitch of each ``HOP_MS`` of a stretch, in semitones above 100 Hz; NaN where it has none."""
    number = max(1, math.ceil(span.duration / CELL))
    frames = max(1, round(span.duration * 1000 / HOP_MS))
    return _pitch(_piece(sound, span.start, number), frames)


def _piece(sound: Sound, start: Seconds, number: int) -> Samples:
    """So many cells of sound from ``start`` at ``RATE``, with what the last frame looks at."""
    from scipy.signal import resample_poly

    at = round(start * SAMPLE_RATE)
    samples = sound[at : at + round(number * CELL * SAMPLE_RATE) + 2 * _PITCH_FRAME]
    thinned = resample_poly(samples, RATE, SAMPLE_RATE) if len(samples) else samples
    piece = np.zeros(number * FRAMES * _HOP + _PITCH_FRAME, dtype=np.float32)
    piece[: len(thinned)] = thinned[: len(piece)]
    return piece


def _measure(samples: Samples, number: int) -> Values:
    """One row a cell: frames heard, frames with a pitch, sum of pitches, sums of cepstra, squares."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::_HOP][: number * FRAMES]
    level = 10 * np.log10(np.einsum("ij,ij->i", frames, frames) / _FRAME + 1e-10)
    heard = (level > level.max() - QUIET).astype(np.float64)
    cepstra = _cepstra(frames)
    pitch = _pitch(samples, number * FRAMES)
    clear = ~np.isnan(pitch) & (heard > 0)
    pitch = np.where(clear, pitch, 0.0)
    return np.column_stack(
        [
            _sum_by_cell(heard[:, None], number),
            _sum_by_cell(clear[:, None], number),
            _sum_by_cell(pitch[:, None], number),
            _sum_by_cell(cepstra * heard[:, None], number),
            _sum_by_cell(cepstra**2 * heard[:, None], number),
        ]
    )


def _sum_by_cell(values: NDArray[np.generic], number: int) -> Values:
    """The rows of each cell added up."""
    summed: Values = (
        np.asarray(values, dtype=np.float64).reshape(number, -1, values.shape[1]).sum(axis=1)
    )
    return summed


def _cepstra(frames: Samples) -> Values:
    """The mel cepstrum of each frame, without the coefficient that is loudness."""
    from scipy import fft

    emphasised = frames.copy()
    emphasised[:, 1:] -= 0.97 * frames[:, :-1]
    spectrum = np.abs(fft.rfft(emphasised * np.hamming(_FRAME).astype(np.float32), _FFT, axis=1))
    mel = np.log(np.square(spectrum) @ _bands() + 1e-8)
    return np.asarray(fft.dct(mel, norm="ortho", axis=1)[:, 1 : 1 + CEPSTRUM], dtype=np.float64)


def _bands() -> Samples:
    """Triangles evenly spaced on the mel scale (O'Shaughnessy 1987), shape ``(bins, BANDS)``."""
    lowest, highest = (1127 * math.log1p(edge / 700) for edge in (LOWEST_BAND, HIGHEST_BAND))
    points = 700 * np.expm1(np.linspace(lowest, highest, BANDS + 2) / 1127)
    bins = np.fft.rfftfreq(_FFT, 1 / RATE)[:, None]
    rising = (bins - points[:-2]) / (points[1:-1] - points[:-2])
    falling = (points[2:] - bins) / (points[2:] - points[1:-1])
    return np.asarray(np.maximum(np.minimum(rising, falling), 0), dtype=np.float32)


def _pitch(samples: Samples, number: int) -> Values:
    """The pitch of each frame in semitones above 100 Hz; NaN where it has none."""
    from scipy import fft

    view = np.lib.stride_tricks.sliding_window_view(samples, _PITCH_FRAME)
    frames = view[::_HOP][:number]
    frames = frames - frames.mean(axis=1, keepdims=True)
    power = np.square(np.abs(fft.rfft(frames, 2 * _PITCH_FRAME, axis=1)))
    correlation = fft.irfft(power, axis=1)[:, :_PITCH_FRAME]
    lags = np.arange(int(RATE / HIGHEST_PITCH), int(RATE / LOWEST_PITCH) + 1)
    unbiased = correlation[:, lags] * (_PITCH_FRAME / (_PITCH_FRAME - lags))
    strength = unbiased / np.maximum(correlation[:, :1], 1e-6)
    best = strength.argmax(axis=1)
    clear = strength[np.arange(len(best)), best] >= VOICED
    return np.where(clear, 12 * np.log2(RATE / lags[best] / 100), np.nan)
