"""Signals on the line that are nobody's voice: the keys that a caller presses."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import numpy.typing as npt

from pipeline.records import SAMPLE_RATE, Seconds, Tone
from pipeline.sound.decode import Sound

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


def key_tones(sound: Sound) -> list[Tone]:
    """The key tones (DTMF) in the first ``DIALLING`` seconds of one channel, in order."""
    head = sound[: round(DIALLING * SAMPLE_RATE)]
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
