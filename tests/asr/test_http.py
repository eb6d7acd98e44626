"""What a speech server is sent and asked for, and what the settings say of it."""

from __future__ import annotations

import io
import sys
import wave
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pipeline.asr import backend
from pipeline.asr.base import Clip
from pipeline.errors import ConfigurationError
from pipeline.night.transcribe import _heard_with
from pipeline.records import CallRecord, Recording
from pipeline.settings import AsrSettings, Settings, load_settings
from tests.asr.client import MODEL, OK, blank, load, obtain, settings_for
from tests.asr.speech_servers import KEY, Played

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_sent(fake: Played) -> None:
    """16-bit 16 kHz mono, Chinese, both granularities, the prompt with the names, the key."""
    fake.answer(OK)
    samples = np.array([0.5, np.nan, -2.0, np.inf] * 1000, dtype=np.float32)
    told = load(fake.url, prompt="以下是电话录音。")
    told.transcribe([Clip(samples)], names=["中国燃气", "中燃"])
    (form,) = fake.forms
    with wave.open(io.BytesIO(form.pop("file"))) as file:
        assert file.getparams()[:4] == (1, 2, 16000, 4000)
        assert list(np.frombuffer(file.readframes(4), "<i2")) == [16384, 0, -32767, 32767]
    assert form == {
        "model": MODEL,
        "language": "zh",
        "response_format": "verbose_json",
        "timestamp_granularities[]": ["word", "segment"],
        "prompt": "以下是电话录音。中国燃气、中燃。",
    }
    assert fake.keys == [f"Bearer {KEY}"]


@pytest.mark.parametrize(
    ("more", "prompt"),
    [
        ({"prompt": "以下是电话录音。", "prompt_names": False}, "以下是电话录音。"),
        ({}, None),
    ],
)
def test_names_are_told_only_where_the_settings_say_so(
    fake: Played, more: dict[str, Any], prompt: str | None
) -> None:
    """Without a prompt nothing is told at all."""
    fake.answer(OK)
    load(fake.url, **more).transcribe([blank()], names=["中国燃气"])
    assert fake.forms[0].get("prompt") == prompt


def test_a_model_without_times_is_asked_for_text(fake: Played) -> None:
    """The refusal that vLLM has for Qwen3-ASR and Voxtral: text from then on, spread over the clip."""
    refusal = "Currently do not support verbose_json for Qwen/Qwen3-ASR-1.7B"
    fake.answer({"error": {"message": refusal, "type": "BadRequestError", "code": 400}}, 400)
    fake.answer({"text": "您好，再见。", "usage": {"type": "duration", "seconds": 2}})
    recogniser = load(fake.url)
    for _ in range(2):
        (one,) = recogniser.transcribe([blank(2.0)])
        assert one.text == "您好，再见。"
        assert [(w.text, w.start, w.end, w.probability) for w in one.words] == [
            ("您", 0.0, 0.5, None),
            ("好，", 0.5, 1.0, None),
            ("再", 1.0, 1.5, None),
            ("见。", 1.5, 2.0, None),
        ]
    formats = [(f["response_format"], "timestamp_granularities[]" in f) for f in fake.forms]
    assert formats == [("verbose_json", True), ("json", False), ("json", False)]


def test_the_list_of_models_may_have_patterns_or_be_none(fake: Played) -> None:
    """A proxy lists openai/*; a body of another shape is no list; a broken server is told."""
    fake.models = (200, {"data": [{"id": "openai/*"}]})
    obtain(fake.url)
    with pytest.raises(ConfigurationError, match=r"it lists openai/\*"):
        obtain(fake.url, model="sensevoice")
    bodies: tuple[Any, ...] = ({"models": []}, {"data": []}, b"ok", [1])
    for body in bodies:
        fake.models = (200, body)
        obtain(fake.url)
    fake.models = (502, b"bad gateway")
    with pytest.raises(ConfigurationError, match="was answered HTTP 502 bad gateway"):
        obtain(fake.url)


def test_the_key_may_be_in_the_environment(fake: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the line break that a shell leaves; an unset variable is an error."""
    monkeypatch.setenv("CALLQA_ASR_KEY", "from-the-environment\n")
    fake.answer(OK)
    load(fake.url, api_key="env:CALLQA_ASR_KEY").transcribe([blank()])
    assert fake.keys == ["Bearer from-the-environment"]
    with pytest.raises(ConfigurationError, match="variable CALLQA_OTHER is not set"):
        load(fake.url, api_key="env:CALLQA_OTHER")
    with pytest.raises(ConfigurationError, match="only ASCII"):
        load(fake.url, api_key="钥匙")
    load(fake.url, api_key=None).transcribe([blank()])
    assert fake.keys[-1] is None


def test_the_key_is_never_written() -> None:
    """Neither in what is remembered beside the transcripts nor in any message."""
    settings = Settings(asr=settings_for("http://asr:8000/v1"))
    kept = settings.model_dump(mode="json", by_alias=True)
    assert KEY not in str(kept) + repr(settings) + settings.model_dump_json()
    assert Settings.model_validate(kept).asr.url == "http://asr:8000/v1"


def test_another_server_is_another_model_and_another_key_is_not() -> None:
    """What is heard again and what is not."""
    recording = Recording(
        file="a.wav", path="a.wav", content_id="a", audio=True, record=CallRecord(call_id="a")
    )

    def digest(url: str, **more: Any) -> str:
        settings = Settings(asr=settings_for(url, **more))
        return _heard_with(recording, settings, backend(settings.asr).identity(settings.asr))

    same = digest("http://asr:8000/v1")
    assert digest("http://ASR:8000/v1/", api_key="b", requests=9, retries=1) == same
    assert digest("http://other:8000/v1") != same
    assert digest("http://asr:8000/v1", model="paraformer") != same
    settings = settings_for("http://asr:8000/v1", model="paraformer")
    assert backend(settings).identity(settings) == "http:paraformer@asr:8000"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('url = "asr:8000"', "expected http://host:8000/v1"),
        ('url = "ftp://asr/v1"', "expected http://host:8000/v1"),
        ('url = "http://me:secret@asr/v1"', "and the key as api_key"),
        ("requests = 0", "greater than or equal to 1"),
    ],
)
def test_settings_that_are_wrong_are_named_with_their_line(
    tmp_path: Path, line: str, expected: str
) -> None:
    """File, line and what was expected."""
    file = tmp_path / "callqa.toml"
    file.write_text(f'[asr]\nbackend = "http"\n{line}\n', encoding="utf-8")
    with pytest.raises(ConfigurationError) as error:
        load_settings(file)
    assert str(error.value).startswith(f"{file}:3: ")
    assert expected in str(error.value)
    assert "secret" not in str(error.value)


def test_without_an_address_or_a_model_name_it_is_said() -> None:
    """Before anything is heard."""
    settings = AsrSettings(backend="http", model="paraformer")
    for use in (backend(settings).identity, lambda s: backend(s).obtain(s, print)):
        with pytest.raises(ConfigurationError, match=r"expected, .* url = \"http://asr-server"):
            use(settings)
    with pytest.raises(ConfigurationError, match='for example model = "paraformer"'):
        obtain("http://asr:8000/v1", model="auto")


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without the extra."""
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'callqa\[http\]'"):
        obtain("http://asr:8000/v1")
