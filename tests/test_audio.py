"""Decoding, and where somebody speaks, against the scripted truth."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pipeline.audio import SAMPLE_RATE, decode, speech_spans
from pipeline.errors import AudioError
from pipeline.settings import SpeechSettings
from pipeline.spans import join
from tests.fixtures_truth import BROKEN, Truth, truths

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.records import Span


def heard(truth: Truth) -> list[tuple[Span, dict[str, float]]]:
    """Each scripted turn with the stretch of speech that was found for it."""
    audio = decode(truth.path)
    pairs = []
    for channel, samples in enumerate(audio.channels):
        role = "agent" if channel == truth.data["agent_channel"] else "customer"
        found = join(speech_spans(samples, SpeechSettings()), gap=0.7)
        turns = truth.turns(role)
        assert len(found) == len(turns), (truth.call_id, role)
        pairs += list(zip(found, turns, strict=True))
    return pairs


@pytest.mark.parametrize("truth", truths()[::4], ids=lambda t: t.call_id)
def test_every_scripted_turn_is_found_with_its_edges(truth: Truth) -> None:
    """No turn lost, none invented, none split; starts and ends within 0.2 s."""
    for span, turn in heard(truth):
        assert span.start == pytest.approx(turn["start"], abs=0.2), turn
        assert span.end == pytest.approx(turn["end"], abs=0.2), turn


def test_a_line_without_speech_has_none() -> None:
    """Line noise is nobody."""
    (silent,) = [t for t in truths() if not t.data["turns"]]
    audio = decode(silent.path)
    assert [speech_spans(c, SpeechSettings()) for c in audio.channels] == [[], []]


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".ogg"])
def test_every_encoding_decodes_to_two_channels_of_the_scripted_length(suffix: str) -> None:
    """PCM, A-law and µ-law WAV, MP3 and Opus."""
    for truth in [t for t in truths() if t.path.suffix == suffix][:3]:
        audio = decode(truth.path)
        assert len(audio.channels) == 2
        assert audio.duration == pytest.approx(truth.data["duration"], abs=0.1)
        assert audio.notes == ()


def test_a_truncated_file_is_used_as_far_as_it_goes(tmp_path: Path) -> None:
    """Marked, and with the length of what is there, not of what its header says."""
    audio = decode(BROKEN / "truncated.wav")
    assert audio.notes == ("truncated",)
    assert 10 < audio.duration < 30
    whole = next(t.path for t in truths() if t.path.suffix == ".wav")
    cut = tmp_path / "cut.wav"
    shutil.copy(whole, cut)
    with cut.open("r+b") as stream:
        stream.truncate(whole.stat().st_size // 2)
    assert decode(cut).notes == ("truncated",)


@pytest.mark.parametrize("name", ["text.wav", "header-only.wav", "picture.mp3", "zero-byte.wav"])
def test_what_is_no_sound_says_so(name: str) -> None:
    """A text, a picture, an empty shell."""
    with pytest.raises(AudioError):
        decode(BROKEN / name)


def test_noise_and_nothing_are_no_speech() -> None:
    """Steady noise, and a recording of no length at all."""
    noise = np.random.default_rng(7).normal(0, 0.01, SAMPLE_RATE * 3).astype(np.float32)
    assert speech_spans(noise, SpeechSettings()) == []
    assert speech_spans(np.zeros(0, dtype=np.float32), SpeechSettings()) == []
