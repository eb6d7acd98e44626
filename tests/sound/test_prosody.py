"""Loudness, clipping and pitch, from sound that is made here."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from pipeline.records import SAMPLE_RATE, Span
from pipeline.settings import Settings
from pipeline.sound.decode import decode
from pipeline.sound.prosody import describe
from pipeline.sound.vad import speech_spans
from tests.fixtures_truth import truths

Samples = npt.NDArray[np.float32]


def tone(*frequencies: float, seconds: float, level: float = 0.2) -> Samples:
    """Sines of equal level, one on the other."""
    clock = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    waves = [level * np.sin(2 * np.pi * f * clock) for f in frequencies]
    made: Samples = np.sum(waves, axis=0).astype(np.float32)
    return made


def test_loudness_is_dbfs_of_the_speech_alone() -> None:
    """A sine of amplitude 0.2 has -17 dBFS, however much silence is around it."""
    samples = np.concatenate([np.zeros(SAMPLE_RATE * 5, np.float32), tone(200, seconds=2.0)])
    sound = describe(samples, [Span(5.0, 7.0)])
    assert sound is not None
    assert sound.loudness == pytest.approx(-16.99, abs=0.05)


@pytest.mark.parametrize(("frequency", "level", "lufs"), [(997, 1.0, -3.01), (997, 0.1, -23.01)])
def test_integrated_loudness_is_that_of_the_recommendation(
    frequency: float, level: float, lufs: float
) -> None:
    """ITU-R BS.1770-5: a 997 Hz sine at full scale in one channel reads -3.01 LKFS."""
    sound = describe(tone(frequency, seconds=5.0, level=level), [Span(0.0, 5.0)])
    assert sound is not None
    assert sound.lufs == pytest.approx(lufs, abs=0.1)


def test_silence_between_words_does_not_make_a_voice_softer() -> None:
    """Integrated loudness leaves out what the gates close on; the mean over all would be 6 dB less."""
    quiet = np.zeros(SAMPLE_RATE * 6, np.float32)
    samples = np.concatenate([tone(997, seconds=2.0, level=0.2), quiet])
    sound = describe(samples, [Span(0.0, 8.0)])
    assert sound is not None
    assert sound.lufs == pytest.approx(-17.0, abs=0.3)
    assert sound.loudness == pytest.approx(-23.0, abs=0.1)


def test_the_share_of_cut_off_tops() -> None:
    """A sine of twice full scale is over it two thirds of the time."""
    sound = describe(np.clip(tone(200, seconds=1.0, level=2.0), -1, 1), [Span(0.0, 1.0)])
    assert sound is not None
    assert sound.clipped == pytest.approx(0.667, abs=0.02)


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
