"""Speaker models of the user's own, with a real one that is tiny: the mean of each band's energy."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pipeline.errors import ConfigurationError
from pipeline.records import SAMPLE_RATE
from pipeline.settings import Settings
from pipeline.sound.decode import decode
from pipeline.sound.diarisation import speaker_timeline
from pipeline.sound.vad import speech_spans
from pipeline.sound.voice_embedding import load
from tests.fixtures_truth import truths

if TYPE_CHECKING:
    from pathlib import Path

WESPEAKER = {
    "framework": "wespeaker",
    "language": "zh",
    "output_dim": "80",
    "sample_rate": "16000",
    "normalize_samples": "0",
}


def model(path: Path, metadata: dict[str, str]) -> Path:
    """A model that averages its 80 bands over time, with this metadata."""
    onnx: Any = pytest.importorskip("onnx")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    bands = helper.make_tensor_value_info("bands", kind, [1, "T", 80])
    voice = helper.make_tensor_value_info("voice", kind, [1, 80])
    mean = helper.make_node("ReduceMean", ["bands"], ["voice"], axes=[1], keepdims=0)
    graph = helper.make_graph([mean], "tiny", [bands], [voice])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(made, metadata)
    onnx.save(made, path)
    return path


def test_a_model_gives_one_vector_for_any_length_of_speech(tmp_path: Path) -> None:
    """Also for a piece shorter than the model's own frames, and for the same piece the same."""
    pytest.importorskip("sherpa_onnx")
    embed = load(model(tmp_path / "tiny.onnx", WESPEAKER))
    noise = np.random.default_rng(1).normal(0, 0.1, 2 * SAMPLE_RATE).astype(np.float32)
    for length in (50, SAMPLE_RATE // 2, 2 * SAMPLE_RATE):
        vector = embed(noise[:length])
        assert vector.shape == (80,)
        assert np.isfinite(vector).all()
        assert np.array_equal(vector, embed(noise[:length]))


def test_a_timeline_by_a_model_covers_the_speech(tmp_path: Path) -> None:
    """Whatever a model is worth, the stretches stay what they were."""
    pytest.importorskip("sherpa_onnx")
    embed = load(model(tmp_path / "tiny.onnx", WESPEAKER))
    truth = next(t for t in truths() if t.call_id == "g02")
    left, right = (sound[:] for sound in decode(truth.path).channels)
    found = speech_spans(left + right, Settings().speech)
    timeline = speaker_timeline(left + right, found, embed=embed)
    assert timeline[0].span.start == found[0].start
    assert timeline[-1].span.end == found[-1].end
    assert sum(v.span.duration for v in timeline) == pytest.approx(sum(s.duration for s in found))


def test_a_model_file_that_is_not_there(tmp_path: Path) -> None:
    """The message names the file."""
    with pytest.raises(ConfigurationError, match=r"none\.onnx"):
        load(tmp_path / "none.onnx")


def test_without_the_package_the_message_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An optional package is no part of the installation."""
    monkeypatch.setitem(sys.modules, "sherpa_onnx", None)
    file = tmp_path / "any.onnx"
    file.write_bytes(b"x")
    with pytest.raises(ConfigurationError, match="pip install sherpa-onnx"):
        load(file)


def test_a_file_that_is_no_speaker_model(tmp_path: Path) -> None:
    """It is refused, where sherpa-onnx itself would end the whole process."""
    pytest.importorskip("sherpa_onnx")
    garbage = tmp_path / "garbage.onnx"
    garbage.write_bytes(b"no model")
    with pytest.raises(ConfigurationError, match="ONNX"):
        load(garbage)
    with pytest.raises(ConfigurationError, match="framework"):
        load(model(tmp_path / "bare.onnx", {}))
    nameless = {k: v for k, v in WESPEAKER.items() if k != "output_dim"}
    with pytest.raises(ConfigurationError, match="output_dim"):
        load(model(tmp_path / "nameless.onnx", nameless))
