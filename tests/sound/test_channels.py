"""Which sides a recording's channels hold: copies, leaks, dead ones, too many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from bench.speech.encodings import ENCODINGS, write
from pipeline.records import SAMPLE_RATE
from pipeline.settings import SpeechSettings
from pipeline.sound.channels import own_speech, told_apart
from pipeline.sound.decode import Audio, decode, levels
from pipeline.sound.vad import speech_spans
from pipeline.spans import intersect, join, total
from tests.fixtures_truth import Truth, truths
from tests.sounds import save, sides

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.records import Span


def heard(audio: Audio) -> list[list[Span]]:
    """The speech of each side, joined over short pauses as turns are."""
    found = [speech_spans(sound, SpeechSettings()) for sound in audio.channels]
    own = own_speech(found, [levels(sound) for sound in audio.channels])
    return [join(spans, gap=0.7) for spans in own]


@pytest.mark.parametrize("truth", truths()[::6], ids=lambda t: t.call_id)
def test_two_sides_stay_two(truth: Truth) -> None:
    """The fixture calls, double talk and silent customers among them, have nothing odd."""
    audio = told_apart(decode(truth.path))
    assert (len(audio.channels), audio.notes) == (2, ())


def test_equal_channels_are_one() -> None:
    """A mono recording saved as stereo."""
    agent, _ = sides("g01")
    audio = told_apart(Audio((agent, agent.copy())))
    assert (len(audio.channels), audio.notes) == (1, ("dual_mono",))


@pytest.mark.parametrize(("late", "gain"), [(3, 1.0), (40, 0.6), (0, -0.8), (400, 0.7)])
def test_a_copy_that_comes_late_or_fainter_is_one_sound(
    tmp_path: Path, late: int, gain: float
) -> None:
    """A mix of both sides, its copy late, fainter, turned about, and both coded anew."""
    mix = np.sum(sides("g04"), axis=0).astype(np.float32)[: 25 * SAMPLE_RATE]
    copy = np.float32(gain) * np.concatenate([np.zeros(late, np.float32), mix[: len(mix) - late]])
    audio = told_apart(decode(save(tmp_path / "fake.mp3", mix, copy, codec="libmp3lame")))
    assert (len(audio.channels), audio.notes) == (1, ("fake_stereo",))


def leaking(
    agent: NDArray[np.float32], customer: NDArray[np.float32], decibels: float, late: int
) -> Audio:
    """Both sides, each with the other's voice at so many dB under its own level."""
    gain = 10 ** (decibels / 20)

    def with_leak(own: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
        echo = np.concatenate([np.zeros(late, np.float32), other[: len(other) - late]])
        return np.asarray(own + gain * echo, dtype=np.float32)

    return Audio((with_leak(agent, customer), with_leak(customer, agent)))


@pytest.fixture(scope="module")
def clean() -> list[list[Span]]:
    """The speech of each side of a call without a leak."""
    return heard(Audio(sides("g04")))


@pytest.mark.parametrize("decibels", [-20.0, -25.0, -30.0])
@pytest.mark.parametrize("late", [0, 800])
def test_the_other_side_leaking_in_is_not_this_sides_speech(
    clean: list[list[Span]], decibels: float, late: int
) -> None:
    """Talk time stays what it was, and so do the interruptions' double talk."""
    audio = told_apart(leaking(*sides("g04"), decibels, late))
    found = heard(audio)
    for own, right in zip(found, clean, strict=True):
        assert total(own) == pytest.approx(total(right), rel=0.03)
        assert total(intersect(own, right)) > 0.97 * total(right)
    together, truly = (total(intersect(*both)) for both in (found, clean))
    assert together == pytest.approx(truly, abs=0.15)
    if decibels > -30:
        assert audio.notes == ("crosstalk",)


@pytest.mark.parametrize("call_id", ["g10", "g37"])
def test_a_voice_that_a_codec_lets_through_is_not_this_sides_speech(
    tmp_path: Path, call_id: str
) -> None:
    """Opus lets each side through 16 to 47 dB down, never twice the same: only coherence tells."""
    encoding = next(e for e in ENCODINGS if e.name == "Opus 24 kbit/s")
    clean = heard(Audio(sides(call_id)))
    audio = told_apart(decode(*write(tmp_path, call_id, sides(call_id), encoding)))
    found = heard(audio)
    for own, right in zip(found, clean, strict=True):
        assert total(own) == pytest.approx(total(right), rel=0.05)
        assert total(intersect(own, right)) > 0.95 * total(right)
    together, truly = (total(intersect(*both)) for both in (found, clean))
    assert together == pytest.approx(truly, abs=0.2)


def test_a_dead_channel_is_named(tmp_path: Path) -> None:
    """The customer's line was not connected to the recorder; the agent's still counts."""
    agent, _ = sides("g01")
    path = save(tmp_path / "dead.wav", agent, np.zeros_like(agent), codec="pcm_alaw", rate=8000)
    audio = told_apart(decode(path))
    assert audio.notes == ("dead_channel",)
    first, second = heard(audio)
    assert total(first) > 5
    assert second == []


def test_nothing_on_any_channel_is_one_dead_channel() -> None:
    """Neither side can be told from the other."""
    silence = np.zeros(16000, dtype=np.float32)
    audio = told_apart(Audio((silence, silence.copy())))
    assert (len(audio.channels), audio.notes) == (1, ("dead_channel",))


def test_more_channels_than_sides() -> None:
    """Copies and dead ones go; three voices on three channels stay three."""
    agent, customer = sides("g01")
    silence = np.zeros_like(agent)
    audio = told_apart(Audio((agent, customer, agent.copy(), silence)))
    assert len(audio.channels) == 2
    assert set(audio.notes) == {"dead_channel", "dual_mono"}
    third = np.roll(customer, 5 * 16000)
    assert told_apart(Audio((agent, customer, third))).notes == ("more_channels",)
