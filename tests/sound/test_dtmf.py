"""Key tones, from sound that is made here."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from pipeline.records import SAMPLE_RATE
from pipeline.sound.decode import decode
from pipeline.sound.dtmf import key_tones
from tests.fixtures_truth import truths

Samples = npt.NDArray[np.float32]
KEY = {"1": (697, 1209), "5": (770, 1336), "0": (941, 1336), "#": (941, 1477)}


def tone(*frequencies: float, seconds: float, level: float = 0.2) -> Samples:
    """Sines of equal level, one on the other."""
    clock = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    waves = [level * np.sin(2 * np.pi * f * clock) for f in frequencies]
    made: Samples = np.sum(waves, axis=0).astype(np.float32)
    return made


def dialled(keys: str, noise: float = 0.005) -> Samples:
    """Keys of 0.1 s with 0.1 s between them, half a second into line noise."""
    pause = np.zeros(SAMPLE_RATE // 10, np.float32)
    parts = [np.zeros(SAMPLE_RATE // 2, np.float32)]
    parts += [p for k in keys for p in (tone(*KEY[k], seconds=0.1), pause)]
    line = np.concatenate(parts)
    hiss = np.random.default_rng(7).normal(0, noise, len(line))
    return (line + hiss).astype(np.float32)


def test_the_keys_that_a_caller_presses() -> None:
    """In order, each where it sounded."""
    found = key_tones(dialled("150#"))
    assert "".join(t.key for t in found) == "150#"
    assert found[0].start == pytest.approx(0.5, abs=0.02)
    assert found[1].start == pytest.approx(0.7, abs=0.02)


def test_speech_presses_no_keys() -> None:
    """Every agent and customer of the first ten fixture calls."""
    for truth in truths()[:10]:
        for samples in decode(truth.path).channels:
            assert key_tones(samples) == []


def test_a_dial_tone_is_no_key() -> None:
    """One frequency, or two of the same group."""
    assert key_tones(tone(450, seconds=2.0)) == []
    assert key_tones(tone(697, 941, seconds=2.0)) == []
