"""faster-whisper with the model that the project trained."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from pipeline.asr import backend
from pipeline.asr.base import Clip
from pipeline.asr.whisper import BETWEEN, find_model, identity, obtain_model, packed
from pipeline.audio import SAMPLE_RATE, decode
from pipeline.errors import ConfigurationError
from pipeline.resources import MODELS
from pipeline.settings import AsrSettings
from pipeline.text import normalise
from tests.fixtures_truth import truths

DEMO = AsrSettings(model="demo", prompt="")


def test_clips_come_back_in_their_order_with_word_times() -> None:
    """Each clip's text, its words inside the clip and in order, each with a probability."""
    truth = truths()[0]
    audio = decode(truth.path)
    turns = truth.turns("agent")[:4]
    channel = audio.channels[truth.data["agent_channel"]]
    clips = [
        Clip(
            channel[round((t["start"] - 0.2) * SAMPLE_RATE) : round((t["end"] + 0.2) * SAMPLE_RATE)]
        )
        for t in turns
    ]
    heard = backend(DEMO).load(DEMO, threads=2, workers=1).transcribe(clips)
    assert len(heard) == len(turns)
    for one, turn, clip in zip(heard, turns, clips, strict=True):
        said, got = normalise(turn["text"]).text, normalise(one.text).text
        assert sum(a != b for a, b in zip(said, got, strict=False)) <= 0.1 * len(said) + 1
        starts = [w.start for w in one.words]
        assert starts == sorted(starts)
        assert one.words[-1].end <= len(clip.samples) / SAMPLE_RATE + 0.1
        assert all(0 <= (w.probability or 0) <= 1 for w in one.words)
        assert one.text == "".join(w.text for w in one.words)


def test_clips_share_windows_with_their_own_side_only() -> None:
    """Whisper pays for 30 s whatever is in them; two voices in one would be one text."""
    clips = [Clip(np.zeros(round(s * SAMPLE_RATE), np.float32), side) for s, side in CLIPS]
    windows = packed(clips, 28.0)
    assert [window.clips for window in windows] == [(0, 1), (2,), (3, 4)]
    for window in windows:
        assert len(window.samples) <= 28 * SAMPLE_RATE
        ends = [0.0, *(end + BETWEEN for _, end in window.places)]
        for index, (start, end), before in zip(window.clips, window.places, ends, strict=False):
            assert start == pytest.approx(before)
            assert end - start == pytest.approx(CLIPS[index][0])


CLIPS = ((10.0, 0), (15.0, 0), (8.0, 0), (6.0, 1), (12.0, 1))
"""Seconds and side."""


def test_what_no_beam_makes_sense_of_is_the_same_in_every_run() -> None:
    """Sampled at rising temperatures, with the same dice: noise in the rhythm of speech."""
    dice = np.random.default_rng(3)
    noise = dice.normal(0, 0.1, 5 * SAMPLE_RATE) * (np.sin(np.arange(5 * SAMPLE_RATE) / 900) > 0)
    clip = Clip(noise.astype(np.float32))
    recogniser = backend(DEMO).load(DEMO, threads=1, workers=1)
    first, second = recogniser.transcribe([clip]), recogniser.transcribe([clip])
    assert first == second


def test_nothing_to_hear() -> None:
    """No clips, no work."""
    assert backend(DEMO).load(DEMO, threads=1, workers=1).transcribe([]) == []


def test_a_model_is_found_by_folder_and_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path first, then models/<name> here, then the project's own."""
    assert find_model(str(MODELS / "demo")) == MODELS / "demo"
    assert find_model("demo") == MODELS / "demo"
    here = tmp_path / "models" / "demo"
    here.mkdir(parents=True)
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (here / name).touch()
    monkeypatch.chdir(tmp_path)
    assert find_model("demo") == here


def test_a_retrained_model_is_another(tmp_path: Path) -> None:
    """Under the same name; recordings are then heard again."""
    for file in ("model.bin", "config.json", "tokenizer.json"):
        shutil.copy(MODELS / "demo" / file, tmp_path)
    before = identity(str(tmp_path))
    assert identity(str(tmp_path)) == before
    with (tmp_path / "model.bin").open("r+b") as weights:
        weights.seek(-1, 2)
        last = weights.read(1)
        weights.seek(-1, 2)
        weights.write(bytes([last[0] ^ 1]))
    assert identity(str(tmp_path)) != before
    assert identity("large-v3-turbo") == "large-v3-turbo"


def test_a_model_that_nobody_knows_names_the_ways_out() -> None:
    """Not a folder, not a name: no download is tried."""
    with pytest.raises(ConfigurationError, match="Three ways out"):
        obtain_model("large-v9")


def test_an_unknown_backend_names_those_there_are() -> None:
    """A slip in callqa.toml."""
    with pytest.raises(ConfigurationError, match="there are sherpa, whisper"):
        backend(AsrSettings(backend="siri"))


def test_line_noise_is_no_text() -> None:
    """Whisper always decodes something; where it believes in silence, that is not kept."""
    (silent,) = [t for t in truths() if not t.data["turns"]]
    noise = decode(silent.path).channels[0][SAMPLE_RATE : 4 * SAMPLE_RATE]
    (heard,) = backend(DEMO).load(DEMO, threads=2, workers=1).transcribe([Clip(noise)])
    assert (heard.text, heard.words) == ("", ())
