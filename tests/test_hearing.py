"""From a recording to what was heard: the recogniser, and transcripts brought along."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import pytest

from pipeline.asr.base import Heard
from pipeline.hearing import MARGIN, hear
from pipeline.records import CallRecord, Recording, Role, Word
from pipeline.settings import AsrSettings, Settings
from tests.fixtures_truth import Truth, truths

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray


class Listener:
    """A recogniser that notes what it is given; it hears one word a clip."""

    name = "listener"

    def __init__(self) -> None:
        """Nothing heard yet."""
        self.lengths: list[float] = []

    def transcribe(self, clips: Sequence[NDArray[np.float32]]) -> list[Heard]:
        """The middle second of each clip, whatever is in it."""
        self.lengths += [len(clip) / 16000 for clip in clips]
        return [Heard("好", (Word("好", MARGIN, len(c) / 16000 - MARGIN, 0.9),)) for c in clips]


def nobody() -> NoReturn:
    """The recogniser of a recording that needs none."""
    msg = "the recogniser was asked although a transcript is there"
    raise AssertionError(msg)


def recording(truth: Truth, transcript: Path | None = None) -> Recording:
    """A fixture recording as ingest finds it."""
    return Recording(
        file=truth.path.name,
        path=str(truth.path),
        content_id="c" * 64,
        record=CallRecord(),
        audio=True,
        transcript_path=str(transcript) if transcript else None,
    )


def scripted(call_id: str) -> Truth:
    """One fixture call."""
    return next(t for t in truths() if t.call_id == call_id)


def test_each_turn_is_one_clip_with_its_margins() -> None:
    """The spans drive the recogniser; word times come back on the recording's clock."""
    truth = scripted("g01")
    listener = Listener()
    heard = hear(recording(truth), lambda: listener, Settings())
    assert len(listener.lengths) == len(truth.data["turns"])
    for utterance, turn in zip(heard.utterances, truth.data["turns"], strict=True):
        assert utterance.start == pytest.approx(turn["start"], abs=0.2)
        assert utterance.words[0].start == pytest.approx(turn["start"], abs=0.25)
        assert utterance.words[0].end == pytest.approx(turn["end"], abs=0.25)
    assert heard.asr_model == "listener"


def test_no_clip_is_longer_than_the_model_can_take() -> None:
    """A long stretch is cut at its pauses, else in equal pieces."""
    listener = Listener()
    short = Settings(asr=AsrSettings(clip_seconds=3.0))
    hear(recording(scripted("g01")), lambda: listener, short)
    assert max(listener.lengths) <= 3.0 + 0.01


def test_a_transcript_beside_the_audio_keeps_its_text_and_takes_the_audios_times(
    tmp_path: Path,
) -> None:
    """Its times are 0.2 s off and its agent is on channel 1: the audio knows both."""
    truth = scripted("g33")
    assert truth.data["agent_channel"] == 1
    turns = [
        {"role": t["role"], "start": t["start"] + 0.2, "end": t["end"] + 0.2, "text": t["text"]}
        for t in truth.data["turns"]
    ]
    path = tmp_path / "g33.json"
    path.write_text(json.dumps({"turns": turns}), encoding="utf-8")
    heard = hear(recording(truth, path), nobody, Settings())
    for utterance, turn in zip(heard.utterances, truth.data["turns"], strict=True):
        assert utterance.text == turn["text"]
        assert utterance.start == pytest.approx(turn["start"], abs=0.12)
        assert utterance.channel == (1 if utterance.role is Role.AGENT else 0)
    assert heard.channels == 2


def test_a_transcript_alone_brings_its_own_times(tmp_path: Path) -> None:
    """Length and channels from the call record where it has them."""
    path = tmp_path / "c.json"
    turn = {"role": "agent", "start": 1.0, "end": 2.0, "text": "您好"}
    path.write_text(json.dumps({"turns": [turn]}), encoding="utf-8")
    alone = Recording(
        file="c.json",
        path=str(path),
        content_id="c" * 64,
        record=CallRecord(duration=60.0, channels=1),
        audio=False,
        transcript_path=str(path),
    )
    heard = hear(alone, nobody, Settings())
    assert (heard.duration, heard.channels) == (60.0, 1)
    assert heard.utterances[0].spans == ()


def test_two_equal_channels_are_one(tmp_path: Path) -> None:
    """A mono recording saved as stereo."""
    import av

    path = tmp_path / "dual.wav"
    samples = np.random.default_rng(1).integers(-500, 500, (1, 16000), dtype=np.int16)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="stereo")
        frame = av.AudioFrame.from_ndarray(
            np.repeat(samples, 2, axis=0).T.reshape(1, -1), format="s16", layout="stereo"
        )
        frame.rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    dual = Recording(
        file="dual.wav", path=str(path), content_id="d" * 64, record=CallRecord(), audio=True
    )
    heard = hear(dual, Listener, Settings())
    assert (heard.channels, heard.audio_notes) == (1, ("dual_mono",))
