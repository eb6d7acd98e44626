"""SenseVoice and Paraformer by sherpa-onnx, on tiny models that hear melodies instead of speech.

Run for real, through the ``sherpa_onnx`` package: loading, features, batches, decoding, times, and
the joining of tokens to text and words. Not run: a real SenseVoice or Paraformer, which cannot be
had offline; nothing here says how well they hear. The provider ``cuda`` is only asked for.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from pipeline.asr import backend, sherpa
from pipeline.asr.base import NOTHING, Clip
from pipeline.errors import ConfigurationError, RecognitionError
from pipeline.settings import AsrSettings
from tests.asr.sherpa_models import FRAME, melody, save_paraformer, save_sense_voice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.asr.base import Heard, Recogniser

SENSE_VOICE = ("您", "好", "，", "▁hel", "lo", "▁world", "1", "3", "<|BGM|>", "。")
PARAFORMER = ("您", "好", "hel@@", "lo", "app", "吗")


def _settings(folder: Path, **more: Any) -> AsrSettings:
    return AsrSettings(backend="sherpa", model=str(folder), **more)


def _load(folder: Path, **more: Any) -> Recogniser:
    settings = _settings(folder, **more)
    return backend(settings).load(settings, threads=1, workers=1)


@pytest.fixture(scope="module")
def sense_voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SenseVoice of ten tokens; its comma needs text normalisation."""
    folder = tmp_path_factory.mktemp("sense-voice")
    save_sense_voice(folder, SENSE_VOICE, only_with_itn=["，"])
    return folder


@pytest.fixture(scope="module")
def paraformer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Paraformer of six tokens that tells times."""
    folder = tmp_path_factory.mktemp("paraformer")
    save_paraformer(folder, PARAFORMER)
    return folder


def _clip(tokens: tuple[str, ...], places: Mapping[float, str], seconds: float) -> Clip:
    return Clip(melody({at: tokens.index(token) for at, token in places.items()}, seconds))


def _timed(heard: Heard, *expected: tuple[str, float, float]) -> None:
    """The words and their times, a frame more or less."""
    assert [word.text for word in heard.words] == [text for text, _, _ in expected]
    for word, (_, start, end) in zip(heard.words, expected, strict=True):
        assert word.start == pytest.approx(start, abs=FRAME)
        assert word.end == pytest.approx(end, abs=FRAME)
        assert word.probability is None


def test_sense_voice_tells_text_marks_and_times(sense_voice: Path) -> None:
    """Tones at known times come back as words at those times, marks with the word before."""
    said = {0.3: "您", 0.6: "好", 0.9: "，", 1.2: "▁hel", 1.35: "lo", 1.7: "▁world"}
    said |= {2.4: "1", 2.55: "3", 2.8: "。"}
    (heard,) = _load(sense_voice).transcribe([_clip(SENSE_VOICE, said, 3.5)])
    assert heard.text == "您好，hello world13。"
    _timed(
        heard,
        ("您", 0.3, 0.6),
        ("好，", 0.6, 1.0),
        ("hello", 1.2, 1.7),
        ("world13。", 1.7, 2.95),
    )


def test_sense_voice_is_asked_for_chinese_and_for_marks(sense_voice: Path) -> None:
    """The model tells only Japanese in any other language, and no comma without normalisation."""
    said = _clip(SENSE_VOICE, {0.3: "好", 0.6: "，", 0.9: "您"}, 1.5)
    (heard,) = _load(sense_voice).transcribe([said])
    assert heard.text == "好，您"


def test_tags_and_silence_are_nothing(sense_voice: Path) -> None:
    """Events, a leading mark, a quiet line, a clip too short for one stack of frames, no clip."""
    clips = [
        _clip(SENSE_VOICE, {0.3: "<|BGM|>"}, 1.0),
        _clip(SENSE_VOICE, {0.3: "。"}, 1.0),
        Clip(np.zeros(16000, dtype=np.float32)),
        Clip(np.ones(1000, dtype=np.float32)),
        Clip(np.zeros(0, dtype=np.float32)),
    ]
    recogniser = _load(sense_voice)
    assert recogniser.transcribe(clips) == [NOTHING] * len(clips)
    assert recogniser.transcribe([]) == []
    between = _clip(SENSE_VOICE, {0.3: "好", 0.6: "<|BGM|>", 0.9: "您"}, 1.5)
    assert recogniser.transcribe([between])[0].text == "好您"


def test_paraformer_joins_latin_pieces(paraformer: Path) -> None:
    """hel@@ and lo are one word; a space stands between Latin words and nowhere else."""
    said = {0.3: "您", 0.6: "好", 0.9: "hel@@", 1.1: "lo", 1.4: "app", 1.9: "吗"}
    (heard,) = _load(paraformer).transcribe([_clip(PARAFORMER, said, 3.0)])
    assert heard.text == "您好hello app吗"
    _timed(
        heard,
        ("您", 0.3, 0.6),
        ("好", 0.6, 0.9),
        ("hello", 0.9, 1.4),
        ("app", 1.4, 1.8),
        ("吗", 1.9, 2.3),
    )


def test_paraformer_without_times_has_text_and_no_words(tmp_path: Path) -> None:
    """The first export of Paraformer has two outputs only."""
    save_paraformer(tmp_path, PARAFORMER, timed=False)
    (heard,) = _load(tmp_path).transcribe([_clip(PARAFORMER, {0.3: "您", 0.6: "好"}, 1.0)])
    assert (heard.text, heard.words) == ("您好", ())


def test_a_short_text_beside_a_long_one_keeps_its_times(tmp_path: Path) -> None:
    """In one Paraformer batch it would get tokens of its padding, and lose its times for them."""
    save_paraformer(tmp_path, PARAFORMER, ends=False)
    long = _clip(PARAFORMER, {0.3: "您", 0.6: "好", 0.9: "吗"}, 1.5)
    short = _clip(PARAFORMER, {0.3: "好"}, 1.5)
    heard = _load(tmp_path).transcribe([long, short])
    assert [one.text for one in heard] == ["您好吗", "好"]
    _timed(heard[1], ("好", 0.3, 0.7))


@pytest.mark.parametrize("batch_size", [1, 2, 8])
def test_clips_come_back_in_their_order(sense_voice: Path, batch_size: int) -> None:
    """However long they are and however many are decoded at once."""
    clips = _different_clips()
    heard = _load(sense_voice, batch_size=batch_size).transcribe(clips, names=["您好"])
    assert [one.text for one in heard] == ["好", "您好", "", "hello", "您"]
    for one, clip in zip(heard, clips, strict=True):
        assert all(word.start < word.end for word in one.words)
        assert all(a.end <= b.start for a, b in pairwise(one.words))
        assert all(word.end <= len(clip.samples) / 16000 for word in one.words)


def _different_clips() -> list[Clip]:
    return [
        _clip(SENSE_VOICE, {0.3: "好"}, 2.0),
        _clip(SENSE_VOICE, {0.3: "您", 0.6: "好"}, 1.0),
        Clip(np.zeros(800, dtype=np.float32)),
        _clip(SENSE_VOICE, {5.3: "▁hel", 5.5: "lo"}, 30.0),
        _clip(SENSE_VOICE, {0.4: "您"}, 0.6),
    ]


@pytest.mark.parametrize("kind", ["sense_voice", "paraformer"])
def test_threads_share_one_recogniser(kind: str, request: pytest.FixtureRequest) -> None:
    """Four at once hear what one hears, again and again."""
    folder = request.getfixturevalue(kind)
    tokens = SENSE_VOICE if kind == "sense_voice" else PARAFORMER
    settings = _settings(folder)
    recogniser = sherpa.load(settings, threads=2, workers=4)
    batches = [
        [
            _clip(tokens, {0.3: tokens[n % 2], 0.5 + 0.1 * n: "您"}, 1.5 + 0.3 * n),
            _clip(tokens, {0.6: "好"}, 1.0),
        ]
        for n in range(8)
    ]
    alone = [recogniser.transcribe(batch) for batch in batches]
    assert all(heard[0].text and heard[1].text == "好" for heard in alone)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(recogniser.transcribe, batches * 5))
    assert [_plain(heard) for heard in together] == [_plain(heard) for heard in alone] * 5


def _plain(heard: list[Heard]) -> list[tuple[str, Any]]:
    return [(one.text, one.words) for one in heard]


@pytest.mark.parametrize(
    ("tokens", "starts", "text", "words"),
    [
        (["好"], [0.5], "好", [("好", 0.5, 0.9)]),
        (["好"], [0.9], "好", [("好", 0.9, 1.0)]),
        (["您", "好"], [0.1, 0.3], "您好", [("您", 0.1, 0.3), ("好", 0.3, 0.7)]),
        (["▁", "好", "▁", "吗"], [0, 0.1, 0.2, 0.3], "好吗", [("好", 0.1, 0.3), ("吗", 0.3, 0.7)]),
        (["5", "0", "%"], [0.1, 0.2, 0.9], "50%", [("50%", 0.1, 0.6)]),
        (["，", "好", "。", "”"], [0, 0.1, 0.2, 0.3], "好。”", [("好。”", 0.1, 0.5)]),
        ([" it", "'", "s"], [0.1, 0.2, 0.3], "it's", [("it'", 0.1, 0.3), ("s", 0.3, 0.7)]),
        (["<unk>", " ok", "好"], [0, 0.1, 0.3], "ok好", [("ok", 0.1, 0.3), ("好", 0.3, 0.7)]),
        (["您", "好"], [], "您好", []),
        ([], [], "", []),
    ],
)
def test_tokens_become_words(
    tokens: list[str], starts: list[float], text: str, words: list[tuple[str, float, float]]
) -> None:
    """In a clip of one second; the words joined are the text without its spaces."""
    heard = sherpa.as_heard(tokens, starts, 1.0)
    assert heard.text == text
    assert [(word.text, word.start, word.end) for word in heard.words] == words
    if words:
        assert "".join(word.text for word in heard.words) == text.replace(" ", "")


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
        sherpa.load(_settings(tmp_path, device=device), threads=3, workers=4)
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
    assert _load(sense_voice).name == sense_voice.name
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
        _load(Path("sense"))


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
    for use in (sherpa.obtain_model, lambda name: _load(Path(name))):
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
        _load(tmp_path)


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
        _load(tmp_path).transcribe([_clip(SENSE_VOICE, {0.3: "好"}, 1.0)])
