"""Synthetic speech with known times."""

from __future__ import annotations

import numpy as np
import pytest

from models.synthetic_speech import SAMPLE_RATE, Voice, speak, speak_at

TEXT = "您好，江城中燃，八号为您服务。"


def test_every_character_has_its_time_in_order() -> None:
    """Marks are pauses, not characters; the sound begins with the first and ends with the last."""
    speech = speak(TEXT, Voice(variant="f3"))
    assert "".join(c.text for c in speech.characters) == "您好江城中燃八号为您服务"
    starts = [c.start for c in speech.characters]
    assert starts == sorted(starts)
    assert starts[0] < 0.05
    assert speech.characters[-1].end == pytest.approx(speech.duration, abs=0.1)
    assert np.abs(speech.samples[: SAMPLE_RATE // 20]).max() > 0.001


def test_the_same_text_gives_the_same_samples() -> None:
    """Also after something else was said in between."""
    first = speak(TEXT, Voice(variant="m3", pitch=40)).samples
    speak("再见。", Voice(variant="f1"))
    assert np.array_equal(first, speak(TEXT, Voice(variant="m3", pitch=40)).samples)


@pytest.mark.parametrize("rate", [130, 190, 300])
def test_a_rate_is_met(rate: float) -> None:
    """Characters over the whole length, pauses included."""
    speech = speak_at(TEXT, Voice(variant="f2"), characters_per_minute=rate)
    assert 60 * len(speech.characters) / speech.duration == pytest.approx(rate, rel=0.03)


def test_what_cannot_be_read_aloud_is_refused() -> None:
    """Digits are written as they are read."""
    with pytest.raises(ValueError, match="neither a Han character"):
        speak("8号", Voice(variant="f1"))
    with pytest.raises(ValueError, match="no voice"):
        speak("好", Voice(variant="nobody"))
