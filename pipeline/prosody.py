"""How speech sounds, from its samples: loudness, the spread of the pitch, and the caller's key tones."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pipeline.audio import SAMPLE_RATE
from pipeline.records import Seconds, Sound, Span, Tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    Samples = npt.NDArray[np.float32]

FRAME, HOP = int(0.040 * SAMPLE_RATE), int(0.040 * SAMPLE_RATE)
"""Three periods of the lowest pitch fit into 40 ms."""
LOWEST, HIGHEST = 75.0, 400.0
"""Hz between which an adult's pitch lies."""
VOICED = 0.55
"""Peak of the normalised autocorrelation from which a frame has a pitch."""
LEAST_FRAMES = 15
"""0.6 s of pitch; less says nothing of a turn."""
QUIETEST = 1e-6

DIALLING: Seconds = 20.0
"""Key tones are looked for in so many seconds from the start: who dials later is in a menu."""
KEYS = ("123A", "456B", "789C", "*0#D")
LOW_TONES, HIGH_TONES = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
"""ITU-T Q.23: a key is one frequency of each group, Hz."""
_TONE_FRAME, _TONE_HOP = 512, 256
TONE_SHARE = 0.7
"""Both tones together hold at least this share of a frame's energy; speech never does for long."""
TWIST = 6.3
"""Neither tone is so many times as strong as the other (8 dB, ITU-T Q.24)."""
SHORTEST_TONE = 3
"""Frames: 40 ms, as ITU-T Q.24 asks of a receiver."""


def describe(samples: Samples, voiced: Sequence[Span]) -> Sound | None:
    """The sound of the stretches of speech in one channel; None where they are empty.

    Loudness: dBFS of the root mean square over the stretches. Pitch: autocorrelation of 40 ms frames,
    its spread the standard deviation in semitones about the median, the outer twentieths left out.
    """
    pieces = [samples[round(s.start * SAMPLE_RATE) : round(s.end * SAMPLE_RATE)] for s in voiced]
    speech = np.concatenate([p for p in pieces if len(p)] or [np.zeros(0, np.float32)])
    if not len(speech):
        return None
    power = float(np.mean(np.square(speech, dtype=np.float64)))
    loudness = 10 * float(np.log10(max(power, QUIETEST**2)))
    return Sound(round(loudness, 2), _spread(speech))


def _spread(speech: Samples) -> float | None:
    pitch = _pitch(speech)
    if len(pitch) < LEAST_FRAMES:
        return None
    semitones = np.sort(12 * np.log2(pitch / np.median(pitch)))
    cut = len(semitones) // 20
    return round(float(np.std(semitones[cut : len(semitones) - cut or None])), 2)


def _pitch(speech: Samples) -> npt.NDArray[np.float64]:
    """The pitch of each frame that has one, Hz."""
    if len(speech) < FRAME:
        return np.zeros(0)
    frames = np.lib.stride_tricks.sliding_window_view(speech, FRAME)[::HOP].astype(np.float64)
    frames = frames - frames.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft(frames, 2 * FRAME)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[:, :FRAME]
    shortest, longest = int(SAMPLE_RATE / HIGHEST), int(SAMPLE_RATE / LOWEST)
    lags = np.arange(shortest, min(longest, FRAME - 1))
    unbiased = correlation[:, lags] * (FRAME / (FRAME - lags))
    strength = unbiased / np.maximum(correlation[:, :1], QUIETEST)
    best = strength.argmax(axis=1)
    clear = strength[np.arange(len(best)), best] >= VOICED
    pitch: npt.NDArray[np.float64] = SAMPLE_RATE / lags[best[clear]]
    return pitch


def key_tones(samples: Samples) -> list[Tone]:
    """The key tones (DTMF) in the first ``DIALLING`` seconds of one channel, in order."""
    head = samples[: round(DIALLING * SAMPLE_RATE)]
    if len(head) < _TONE_FRAME:
        return []
    frames = np.lib.stride_tricks.sliding_window_view(head, _TONE_FRAME)[::_TONE_HOP]
    keys = _keys(frames.astype(np.float64))
    tones = []
    at = 0
    for key, run in groupby(keys):
        length = len(list(run))
        if key and length >= SHORTEST_TONE:
            start = at * _TONE_HOP / SAMPLE_RATE
            end = ((at + length - 1) * _TONE_HOP + _TONE_FRAME) / SAMPLE_RATE
            tones.append(Tone(key, round(start, 3), round(end, 3)))
        at += length
    return tones


def _keys(frames: npt.NDArray[np.float64]) -> list[str]:
    """The key that each frame holds the tones of; empty for none."""
    clock = np.arange(_TONE_FRAME) / SAMPLE_RATE
    waves = np.exp(-2j * np.pi * np.outer(clock, (*LOW_TONES, *HIGH_TONES)))
    energy = np.sum(np.square(frames), axis=1)
    power = np.abs(frames @ waves) ** 2 * 2 / _TONE_FRAME
    low, high = power[:, :4], power[:, 4:]
    first, second = low.max(axis=1), high.max(axis=1)
    clear = (
        (energy > _TONE_FRAME * 1e-5)
        & (first + second >= TONE_SHARE * energy)
        & (first < TWIST * second)
        & (second < TWIST * first)
    )
    rows, columns = low.argmax(axis=1), high.argmax(axis=1)
    return [KEYS[r][c] if ok else "" for r, c, ok in zip(rows, columns, clear, strict=True)]
