"""Files that every browser plays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from pipeline.errors import AudioError
from pipeline.sound import playback
from pipeline.sound.decode import decode, levels
from tests.fixtures_truth import BROKEN, RECORDINGS
from tests.sounds import save, sides

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

PCM = RECORDINGS / "g36.wav"
FRAME = 13
"""Bytes of an AMR frame of 4.75 kbit/s, the encoder's own rate, with its first byte."""


def late(old: NDArray[np.float32], new: NDArray[np.float32]) -> int:
    """By how many 10 ms the levels of ``new`` come late, or early."""
    length = min(len(old), len(new)) - 100
    first, second = (np.maximum(level, -60) for level in (old, new))
    lags = range(-50, 51)
    alike = [
        np.corrcoef(first[50 : 50 + length], second[50 + lag : 50 + lag + length])[0, 1]
        for lag in lags
    ]
    return abs(lags[int(np.argmax(alike))])


@pytest.mark.parametrize(
    ("file", "suffix"),
    [("2026-11-18/g01.mp3", ".mp3"), ("2026-11-18/g02.ogg", ".ogg"), ("g36.wav", "")],
)
def test_what_browsers_play_stays_as_it_is(file: str, suffix: str) -> None:
    """Decided by what is in the file, not by its name."""
    assert playback.suffix_of(RECORDINGS / file) == suffix


def test_anything_else_becomes_opus_of_the_same_length(tmp_path: Path) -> None:
    """The same bytes every time, so that a rerun changes nothing; both sides, in little room."""
    made = [tmp_path / name for name in ("one.webm", "two.tmp")]
    for path in made:
        playback.convert([PCM], path)
    assert made[0].read_bytes() == made[1].read_bytes()
    with av.open(str(made[0])) as new, av.open(str(PCM)) as old:
        assert new.format.name == "matroska,webm"
        assert new.streams.audio[0].codec_context.name in {"opus", "libopus"}
        assert new.streams.audio[0].codec_context.channels == 2
        assert new.duration is not None
        assert old.duration is not None
        assert abs(new.duration - old.duration) < 0.05 * av.time_base
        assert 8 * made[0].stat().st_size * av.time_base / new.duration < 32_000


@pytest.mark.parametrize("rate", [8000, 16_000, 44_100])
def test_a_converted_recording_keeps_its_times(tmp_path: Path, rate: int) -> None:
    """Every sound stays where it is: a finding's second is the same in the converted file."""
    agent, customer = sides("g36")
    source = save(tmp_path / "source.wav", agent, customer, rate=rate)
    playback.convert([source], tmp_path / "made.webm")
    old, new = (levels(decode(path).channels[0]) for path in (source, tmp_path / "made.webm"))
    assert len(new) == pytest.approx(len(old), abs=5)
    assert late(old, new) <= 1


def test_no_side_is_heard_on_the_other_s_channel(tmp_path: Path) -> None:
    """Where one side speaks and the other's line is silent, it stays so: by 30 dB and more."""
    agent, _ = sides("g36")
    noise = np.random.default_rng(1).normal(0, 1e-3, len(agent)).astype(np.float32)
    source = save(tmp_path / "source.wav", agent, noise, codec="pcm_mulaw", rate=8000)
    playback.convert([source], tmp_path / "made.webm")
    loud, quiet = map(levels, decode(tmp_path / "made.webm").channels)
    speaking = loud > -30
    assert speaking.sum() > 300
    assert np.percentile((loud - quiet)[speaking], 5) > 30


def test_the_sides_of_a_call_in_two_files_are_one_of_two_channels(tmp_path: Path) -> None:
    """In their order, each with its own sound; the shorter one is silent at its end."""
    agent, customer = sides("g36")
    sources = [
        save(tmp_path / "in.amr", agent, codec="libopencore_amrnb", rate=8000),
        save(tmp_path / "out.wav", customer[: len(customer) // 2], codec="pcm_alaw", rate=8000),
    ]
    playback.convert(sources, tmp_path / "made.webm")
    old, new = (decode(*paths).channels for paths in (sources, [tmp_path / "made.webm"]))
    assert len(new) == 2
    for before, after in zip(map(levels, old), map(levels, new), strict=True):
        assert len(after) == pytest.approx(len(before), abs=5)
        assert late(before, after) <= 2


def test_sound_without_a_header_is_played(tmp_path: Path) -> None:
    """Asterisk's .ulaw, which only its name tells."""
    agent, _ = sides("g36")
    wav = save(tmp_path / "a.wav", agent, codec="pcm_mulaw", rate=8000)
    raw = tmp_path / "a.ulaw"
    raw.write_bytes(wav.read_bytes()[-len(agent) // 2 :])
    assert playback.suffix_of(raw) == ""
    playback.convert([raw], tmp_path / "made.webm")
    assert decode(tmp_path / "made.webm").duration == pytest.approx(len(agent) / 16000, abs=0.05)


def test_pauses_that_were_left_out_keep_their_length(tmp_path: Path) -> None:
    """AMR describes a pause in packets that do not decode: what follows comes at its time."""
    agent, _ = sides("g36")
    whole = save(tmp_path / "a.amr", agent, codec="libopencore_amrnb", rate=8000).read_bytes()
    frames = [whole[at : at + FRAME] for at in range(6, len(whole), FRAME)]
    pause = [b"\x44" + bytes(5)] * 100
    paused = tmp_path / "paused.amr"
    paused.write_bytes(b"#!AMR\n" + b"".join([*frames[:50], *pause, *frames[50:]]))
    playback.convert([paused], tmp_path / "made.webm")
    length = 0.02 * (len(frames) + len(pause))
    assert decode(tmp_path / "made.webm").duration == pytest.approx(length, abs=0.1)


def test_a_copy_has_the_same_bytes(tmp_path: Path) -> None:
    """A link where the disk allows."""
    playback.copy(PCM, tmp_path / "copy.wav", link=True)
    assert (tmp_path / "copy.wav").read_bytes() == PCM.read_bytes()


@pytest.mark.parametrize("name", ["text.wav", "zero-byte.wav", "picture.mp3", "gone.wav"])
def test_what_is_no_recording_is_refused(name: str) -> None:
    """With the one error that the pages expect."""
    with pytest.raises(AudioError):
        playback.suffix_of(BROKEN / name)


def test_a_recording_that_breaks_off_is_played_as_far_as_it_goes(tmp_path: Path) -> None:
    """The seconds that are there are worth hearing."""
    playback.convert([BROKEN / "truncated.wav"], tmp_path / "made.webm")
    there = decode(BROKEN / "truncated.wav").duration
    assert decode(tmp_path / "made.webm").duration == pytest.approx(there, abs=0.1)


def test_a_header_without_sound_is_refused(tmp_path: Path) -> None:
    """There is nothing to play."""
    with pytest.raises(AudioError):
        playback.convert([BROKEN / "header-only.wav"], tmp_path / "made.webm")
