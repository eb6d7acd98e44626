"""faster-whisper with a real model: Whisper base."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from bench.reading import errors
from pipeline.asr import backend
from pipeline.asr.base import Clip, Recogniser
from pipeline.asr.whisper import BETWEEN, pack
from pipeline.errors import ConfigurationError
from pipeline.records import SAMPLE_RATE
from pipeline.settings import AsrSettings
from pipeline.sound.decode import decode
from tests.conftest import obtained
from tests.fixtures_truth import truths

BASE = AsrSettings(model="base")


@cache
def recogniser() -> Recogniser:
    """Whisper base; left out where it cannot be had."""
    obtained("base")
    return backend(BASE).load(BASE, threads=2, workers=1)


def turn_clips(call_id: str, role: str, count: int) -> tuple[list[Clip], list[str]]:
    """A side's first turns as clips, with a bit of the line around, and what is said in them."""
    truth = next(t for t in truths() if t.call_id == call_id)
    agent = truth.data["agent_channel"]
    channel = decode(truth.path).channels[agent if role == "agent" else 1 - agent]
    turns = truth.turns(role)[:count]
    clips = []
    for turn in turns:
        first, last = turn["start"] - 0.2, turn["end"] + 0.2
        samples = channel[round(first * SAMPLE_RATE) : round(last * SAMPLE_RATE)]
        clips.append(Clip(samples, voiced=turn["end"] - turn["start"]))
    return clips, [turn["text"] for turn in turns]


@pytest.mark.service
def test_clips_come_back_in_their_order_with_word_times() -> None:
    """Each clip's text, its words inside the clip and in order, each with a probability."""
    clips, said = turn_clips("g01", "agent", 4)
    heard = recogniser().transcribe(clips)
    assert len(heard) == len(clips)
    for one, text, clip in zip(heard, said, clips, strict=True):
        wrong, characters = errors(text, one.text)
        assert wrong <= 0.5 * characters, (text, one.text)
        starts = [w.start for w in one.words]
        assert starts == sorted(starts)
        assert one.words[-1].end <= len(clip.samples) / SAMPLE_RATE + 0.1
        assert all(0 <= (w.probability or 0) <= 1 for w in one.words)
        assert one.text == "".join(w.text for w in one.words)


@pytest.mark.service
def test_nothing_is_heard_otherwise_because_of_what_else_is_heard() -> None:
    """Two sides' clips at once, and each side's alone: the same number of words at the same place."""
    (ours, _), (theirs, _) = turn_clips("g03", "agent", 3), turn_clips("g03", "customer", 3)
    sides = [*(Clip(c.samples, 0, c.voiced) for c in ours)]
    sides += [Clip(c.samples, 1, c.voiced) for c in theirs]
    together = recogniser().transcribe(sides)
    alone = [*recogniser().transcribe(sides[:3]), *recogniser().transcribe(sides[3:])]
    for one, other in zip(together, alone, strict=True):
        wrong, characters = errors(other.text, one.text)
        assert wrong <= 0.2 * characters + 1


@pytest.mark.service
def test_a_short_sentence_on_its_own_is_not_said_again_and_again() -> None:
    """A side may say no more than 知道了，谢谢 in the whole call."""
    clips, said = turn_clips("g12", "customer", 12)
    short = [(clip, text) for clip, text in zip(clips, said, strict=True) if clip.voiced < 2]
    assert len(short) > 2
    for clip, text in short:
        (heard,) = recogniser().transcribe([clip])
        assert len(heard.text) <= 1.5 * len(text) + 2, (text, heard.text)


def test_clips_share_windows_with_their_own_side_only() -> None:
    """Two voices in one window would be one text; a side's windows are even, with no short one last."""
    clips = [Clip(np.zeros(round(s * SAMPLE_RATE), np.float32), side) for s, side in CLIPS]
    windows = pack(clips, 28.0)
    assert [window.clips for window in windows] == [(0,), (1, 2), (3, 4)]
    for window in windows:
        assert len(window.samples) <= 28 * SAMPLE_RATE
        ends = [0.0, *(end + BETWEEN for _, end in window.places)]
        for index, (start, end), before in zip(window.clips, window.places, ends, strict=False):
            assert start == pytest.approx(before)
            assert end - start == pytest.approx(CLIPS[index][0])


CLIPS = ((10.0, 0), (15.0, 0), (8.0, 0), (6.0, 1), (12.0, 1))
"""Seconds and side."""


@pytest.mark.service
def test_what_no_beam_makes_sense_of_is_the_same_in_every_run() -> None:
    """Sampled at rising temperatures, with the same dice: noise in the rhythm of speech."""
    dice = np.random.default_rng(3)
    noise = dice.normal(0, 0.1, 5 * SAMPLE_RATE) * (np.sin(np.arange(5 * SAMPLE_RATE) / 900) > 0)
    clip = Clip(noise.astype(np.float32), voiced=4.0)
    first, second = recogniser().transcribe([clip]), recogniser().transcribe([clip])
    assert first == second


@pytest.mark.service
def test_nothing_to_hear() -> None:
    """No clips, no work."""
    assert recogniser().transcribe([]) == []


def test_an_unknown_backend_names_those_there_are() -> None:
    """A slip in callqa.toml."""
    with pytest.raises(ConfigurationError, match="there are http, sherpa, whisper"):
        backend(AsrSettings(backend="siri"))


@pytest.mark.service
def test_line_noise_is_no_text() -> None:
    """Whisper always decodes something; where it believes in silence, that is not kept."""
    (silent,) = [t for t in truths() if not t.data["turns"]]
    noise = decode(silent.path).channels[0][SAMPLE_RATE : 4 * SAMPLE_RATE]
    (heard,) = recogniser().transcribe([Clip(noise)])
    assert (heard.text, heard.words) == ("", ())
