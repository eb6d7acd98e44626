"""Which model sherpa-onnx is given, and what is said of one that is not there or not fit."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from pipeline.asr import backend, sherpa
from pipeline.errors import ConfigurationError, RecognitionError
from pipeline.settings import AsrSettings
from tests.asr.sherpa_client import PARAFORMER, SENSE_VOICE, clip_of, load, settings_for
from tests.asr.sherpa_models import save_paraformer, save_sense_voice


def test_the_model_and_the_provider_follow_the_device(
    sense_voice: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """int8 on a CPU, the full model on a GPU; threads beyond the callers' own are common."""
    for name in ("model.int8.onnx", "model.onnx"):
        (tmp_path / name).write_bytes((sense_voice / "model.int8.onnx").read_bytes())
    (tmp_path / "tokens.txt").write_bytes((sense_voice / "tokens.txt").read_bytes())
    asked: list[dict[str, Any]] = []
    recogniser = SimpleNamespace(from_sense_voice=lambda **given: asked.append(given))
    package = SimpleNamespace(OfflineRecognizer=recogniser)
    monkeypatch.setitem(sys.modules, "sherpa_onnx", package)
    for device in ("auto", "cpu", "cuda"):
        sherpa.load(settings_for(tmp_path, device=device), threads=3, workers=4)
    assert [Path(one["model"]).name for one in asked] == [
        "model.int8.onnx",
        "model.int8.onnx",
        "model.onnx",
    ]
    assert [one["provider"] for one in asked] == ["cpu", "cpu", "cuda"]
    assert {one["num_threads"] for one in asked} == {9}
    assert {(one["language"], one["use_itn"]) for one in asked} == {("zh", True)}


def test_a_model_is_found_by_folder_and_by_name(
    sense_voice: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path, or models/<name> here; the output names the folder and not where it lies."""
    assert sherpa.obtain_model(str(sense_voice)) == sense_voice
    assert load(sense_voice).name == sense_voice.name
    save_sense_voice(tmp_path / "models" / "sv", SENSE_VOICE)
    monkeypatch.chdir(tmp_path)
    assert sherpa.obtain_model("sv") == tmp_path / "models" / "sv"
    settings = AsrSettings(backend="sherpa", model="sv")
    assert backend(settings).load(settings, threads=1, workers=1).name == "sv"


def test_another_model_under_the_same_name_is_another(tmp_path: Path) -> None:
    """Other weights, other tokens, one more file: recordings are then heard again."""
    save_sense_voice(tmp_path, SENSE_VOICE)
    seen = {sherpa.identity(str(tmp_path))}
    assert sherpa.identity(str(tmp_path)) in seen
    weights = (tmp_path / "model.int8.onnx").read_bytes()
    (tmp_path / "model.int8.onnx").write_bytes(weights[:-1] + bytes([weights[-1] ^ 1]))
    seen.add(sherpa.identity(str(tmp_path)))
    tokens = (tmp_path / "tokens.txt").read_text(encoding="utf-8")
    (tmp_path / "tokens.txt").write_text(tokens.replace("您", "你"), encoding="utf-8")
    seen.add(sherpa.identity(str(tmp_path)))
    (tmp_path / "model.onnx").write_bytes(weights)
    seen.add(sherpa.identity(str(tmp_path)))
    assert len(seen) == 4
    assert sherpa.identity("sense-voice-that-is-not-there") == "sense-voice-that-is-not-there"


def test_the_kind_is_told_by_the_inputs_where_no_type_is_given(tmp_path: Path) -> None:
    """An export of one's own may lack model_type; the other entries are needed all the same."""
    save_sense_voice(tmp_path / "sv", SENSE_VOICE, model_type=None)
    save_paraformer(tmp_path / "pf", PARAFORMER, model_type=None)
    assert sherpa.kind_of(tmp_path / "sv" / "model.int8.onnx") is sherpa.SENSE_VOICE
    assert sherpa.kind_of(tmp_path / "pf" / "model.onnx") is sherpa.PARAFORMER


def test_a_model_that_is_not_there_names_the_ways_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which folders, what each lacks, which releases there are; and that nothing is downloaded."""
    (tmp_path / "models" / "sense").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError) as error:
        sherpa.obtain_model("sense")
    message = str(error.value)
    assert "no folder with model.onnx or model.int8.onnx and tokens.txt" in message
    assert f"{tmp_path / 'sense'} (no such folder)" in message
    lacking = "(lacks model.onnx / model.int8.onnx, tokens.txt)"
    assert f"{tmp_path / 'models' / 'sense'} {lacking}" in message
    assert "downloads no models for sherpa-onnx" in message
    assert "sherpa-onnx-sense-voice-zh-en-ja-ko-yue-2024-07-17" in message
    assert "into models/sense" in message
    assert "http" not in message
    with pytest.raises(ConfigurationError, match="speech model 'sense'"):
        load(Path("sense"))


def test_a_folder_without_tokens_says_so(tmp_path: Path) -> None:
    """Half an unpacked release."""
    save_sense_voice(tmp_path, SENSE_VOICE)
    (tmp_path / "tokens.txt").unlink()
    with pytest.raises(ConfigurationError, match=r"\(lacks tokens\.txt\)"):
        sherpa.obtain_model(str(tmp_path))


def test_without_the_package_the_extra_is_named(
    sense_voice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is heard, and again where the model is loaded."""
    monkeypatch.setitem(sys.modules, "sherpa_onnx", None)
    for use in (sherpa.obtain_model, lambda name: load(Path(name))):
        with pytest.raises(ConfigurationError, match=r"pip install 'callqa\[sherpa\]'"):
            use(str(sense_voice))


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    """A download that broke off, or Git LFS's pointer to the file."""
    (tmp_path / "model.onnx").write_text("version https://git-lfs.github.com/spec/v1\n")
    (tmp_path / "tokens.txt").write_text("<blank> 0\n")
    with pytest.raises(ConfigurationError, match=r"model\.onnx: is no ONNX model that can be read"):
        sherpa.obtain_model(str(tmp_path))


def test_a_model_of_another_kind_says_what_was_expected(tmp_path: Path) -> None:
    """By its metadata, or by its inputs where it has none."""
    save_paraformer(tmp_path, PARAFORMER, model_type="zipformer2_ctc")
    expected = (
        r"zipformer2_ctc\. Expected one of SenseVoice \(model_type sense_voice_ctc, .* Paraformer"
    )
    with pytest.raises(ConfigurationError, match=expected):
        sherpa.obtain_model(str(tmp_path))
    _changed(tmp_path, "whisper", inputs=["mel", "length"], model_type="")
    with pytest.raises(ConfigurationError, match=r"no model_type, inputs mel, length\. Expected"):
        sherpa.obtain_model(str(tmp_path))


def test_missing_metadata_is_listed(tmp_path: Path) -> None:
    """sherpa-onnx would end the process for it."""
    save_sense_voice(tmp_path, SENSE_VOICE, with_itn=None, neg_mean=None)
    message = "this SenseVoice lacks metadata that sherpa-onnx needs: neg_mean, with_itn"
    with pytest.raises(ConfigurationError, match=message):
        sherpa.obtain_model(str(tmp_path))


def test_a_model_with_one_input_more_is_refused(tmp_path: Path) -> None:
    """A Paraformer with hotwords takes them as a third input, and would fail without a word."""
    save_paraformer(tmp_path, PARAFORMER)
    _changed(tmp_path, "seaco", inputs=["speech", "speech_lengths", "bias_embed"])
    message = "takes speech, speech_lengths, bias_embed; sherpa-onnx gives it speech"
    with pytest.raises(ConfigurationError, match=message):
        sherpa.obtain_model(str(tmp_path))


def _changed(folder: Path, name: str, *, inputs: list[str], model_type: str = "paraformer") -> None:
    """A network with these inputs that does nothing, in place of the Paraformer's."""
    path = folder / "model.onnx"
    told = {one.key: one.value for one in onnx.load(str(path)).metadata_props}
    given = [helper.make_tensor_value_info(one, onnx.TensorProto.FLOAT, ["N"]) for one in inputs]
    result = helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, ["N"])
    nothing = helper.make_node("Identity", [inputs[0]], ["logits"])
    graph = helper.make_graph([nothing], name, given, [result])
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)])
    helper.set_model_props(model, told | {"model_type": model_type})
    onnx.save(model, str(path))


def test_tokens_of_another_model_are_suspected(tmp_path: Path) -> None:
    """Paraformer's must hold the end of a sentence."""
    save_paraformer(tmp_path, PARAFORMER)
    (tmp_path / "tokens.txt").write_text("<blank> 0\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"tokens\.txt beside it may be another model's"):
        load(tmp_path)


def test_a_network_that_fails_is_not_silence(tmp_path: Path) -> None:
    """sherpa-onnx gives back an empty text for it; SenseVoice's missing tags give it away."""
    save_sense_voice(tmp_path, SENSE_VOICE)
    path = tmp_path / "model.int8.onnx"
    model = onnx.load(str(path))
    wrong = numpy_helper.from_array(np.array([7, 13, 5]), "wrong")
    model.graph.initializer.append(wrong)
    model.graph.node.append(helper.make_node("Reshape", ["logits", "wrong"], ["broken"]))
    model.graph.output[0].name = "broken"
    onnx.save(model, str(path))
    with pytest.raises(RecognitionError, match="运行失败"):
        load(tmp_path).transcribe([clip_of(SENSE_VOICE, {0.3: "好"}, 1.0)])
