"""Files that every browser plays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from pipeline import playback
from pipeline.audio import SAMPLE_RATE, decode
from pipeline.errors import AudioError
from tests.fixtures_truth import BROKEN, RECORDINGS

if TYPE_CHECKING:
    from pathlib import Path

PCM = RECORDINGS / "g36.wav"


@pytest.mark.parametrize(
    ("file", "suffix"),
    [("2026-11-18/g01.mp3", ".mp3"), ("2026-11-18/g02.ogg", ".ogg"), ("g36.wav", "")],
)
def test_what_browsers_play_stays_as_it_is(file: str, suffix: str) -> None:
    """Decided by what is in the file, not by its name."""
    assert playback.suffix_of(RECORDINGS / file) == suffix


def test_anything_else_becomes_stereo_mp3_of_the_same_length(tmp_path: Path) -> None:
    """The same bytes every time, so that a rerun changes nothing."""
    made = [tmp_path / name for name in ("one.mp3", "two.tmp")]
    for path in made:
        playback.convert(PCM, path)
    assert made[0].read_bytes() == made[1].read_bytes()
    assert playback.suffix_of(made[0]) == ".mp3"
    with av.open(str(made[0])) as new, av.open(str(PCM)) as old:
        assert new.streams.audio[0].codec_context.channels == 2
        assert new.duration is not None
        assert old.duration is not None
        assert abs(new.duration - old.duration) < 0.15 * av.time_base


def test_a_converted_recording_keeps_its_times(tmp_path: Path) -> None:
    """Where the first sound is, it stays: a finding's second is the same in the converted file."""
    playback.convert(PCM, tmp_path / "made.mp3")
    loud = [np.abs(decode(path).channels[0][:]) > 0.05 for path in (PCM, tmp_path / "made.mp3")]
    first, made = (int(np.argmax(sound)) / SAMPLE_RATE for sound in loud)
    assert abs(first - made) < 0.06


def test_a_copy_has_the_same_bytes(tmp_path: Path) -> None:
    """A link where the disk allows."""
    playback.copy(PCM, tmp_path / "copy.wav")
    assert (tmp_path / "copy.wav").read_bytes() == PCM.read_bytes()


@pytest.mark.parametrize("name", ["text.wav", "zero-byte.wav", "picture.mp3", "gone.wav"])
def test_what_is_no_recording_is_refused(name: str) -> None:
    """With the one error that the pages expect."""
    with pytest.raises(AudioError):
        playback.suffix_of(BROKEN / name)


def test_a_recording_that_breaks_off_is_played_as_far_as_it_goes(tmp_path: Path) -> None:
    """The seconds that are there are worth hearing."""
    playback.convert(BROKEN / "truncated.wav", tmp_path / "made.mp3")
    assert (tmp_path / "made.mp3").stat().st_size > 10_000


def test_a_header_without_sound_is_refused(tmp_path: Path) -> None:
    """There is nothing to play."""
    with pytest.raises(AudioError):
        playback.convert(BROKEN / "header-only.wav", tmp_path / "made.mp3")
