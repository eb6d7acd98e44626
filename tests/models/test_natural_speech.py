"""The voice that speaks the fixture recordings."""

from __future__ import annotations

import numpy as np
import pytest

from models.natural_speech import SAMPLE_RATE, VOICE, Voice, speak_at
from tests.conftest import obtained

pytestmark = pytest.mark.service
TEXT = "您好，请问有什么可以帮助您？"
SPEAKER = Voice.of({"zf_xiaoxiao": 1, "zf_xiaoyi": 1})


def test_a_sentence_is_spoken_at_its_rate_with_its_characters_in_their_places() -> None:
    """Each Han character once, in order, inside the sound; the same samples every time."""
    obtained(VOICE)
    speech = speak_at(TEXT, SPEAKER, characters_per_minute=200)
    said = [c for c in TEXT if "\u4e00" <= c <= "\u9fff"]
    assert [c.text for c in speech.characters] == said
    assert 60 * len(said) / speech.duration == pytest.approx(200, rel=0.1)
    starts = [c.start for c in speech.characters]
    assert starts == sorted(starts)
    assert speech.characters[-1].end <= speech.duration + 0.01
    for character in speech.characters:
        first, last = (round(t * SAMPLE_RATE) for t in (character.start, character.end))
        assert np.abs(speech.samples[first:last]).max() > 0.01 * np.abs(speech.samples).max()
    again = speak_at(TEXT, SPEAKER, characters_per_minute=200)
    assert np.array_equal(speech.samples, again.samples)


def test_what_the_voice_cannot_read_is_refused() -> None:
    """Digits are written as they are read."""
    obtained(VOICE)
    with pytest.raises(ValueError, match="neither Han"):
        speak_at("户号302586", SPEAKER, characters_per_minute=200)
