"""Loudness, pitch and key tones, from sound that is made here."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from pipeline.audio import SAMPLE_RATE, decode, speech_spans
from pipeline.prosody import describe, key_tones
from pipeline.records import Span
from pipeline.settings import Settings
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


def test_loudness_is_dbfs_of_the_speech_alone() -> None:
    """A sine of amplitude 0.2 has -17 dBFS, however much silence is around it."""
    samples = np.concatenate([np.zeros(SAMPLE_RATE * 5, np.float32), tone(200, seconds=2.0)])
    sound = describe(samples, [Span(5.0, 7.0)])
    assert sound is not None
    assert sound.loudness == pytest.approx(-16.99, abs=0.05)


def test_a_monotone_has_no_spread_and_a_glide_has_one() -> None:
    """An octave up and down is several semitones about its median."""
    flat = describe(tone(150, seconds=3.0), [Span(0.0, 3.0)])
    pitch = 150 * 2 ** np.abs(np.linspace(-1, 1, 3 * SAMPLE_RATE))
    glide = (0.2 * np.sin(2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE)).astype(np.float32)
    lively = describe(glide, [Span(0.0, 3.0)])
    assert flat is not None
    assert lively is not None
    assert flat.pitch_spread is not None
    assert flat.pitch_spread < 0.2
    assert lively.pitch_spread is not None
    assert lively.pitch_spread > 2.5


def test_the_fixture_agents_are_louder_than_their_customers() -> None:
    """As they were mixed."""
    truth = truths()[0]
    agent, customer = decode(truth.path).channels
    settings = Settings().speech
    loud = describe(agent, speech_spans(agent, settings))
    soft = describe(customer, speech_spans(customer, settings))
    assert loud is not None
    assert soft is not None
    assert loud.loudness > soft.loudness


def test_nothing_said_has_no_sound() -> None:
    """No span, no figure."""
    assert describe(np.zeros(SAMPLE_RATE, np.float32), []) is None
