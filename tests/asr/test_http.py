"""Speech servers: two real ones out of the package index over Whisper base, and recorded answers.

open-asr-server takes a key, lists its models and gives words their times; faster-whisper-server gives
segments with their probability, lists nothing and hears one clip at a time. Faults that no real server
shows on demand, and the answers of FunASR, vLLM and OpenAI, are played after their sources. Not run:
FunASR's server and vLLM themselves, whose models cannot be had offline.
"""

from __future__ import annotations

import io
import socket
import sys
import threading
import time
import wave
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pipeline.asr import backend, weights
from pipeline.asr.answers import heard
from pipeline.asr.base import NOTHING, Clip, Heard
from pipeline.asr.http import HttpRecogniser
from pipeline.errors import ConfigurationError, RecognitionError
from pipeline.night.transcribe import _heard_with
from pipeline.records import CallRecord, Recording
from pipeline.settings import AsrSettings, Settings, load_settings
from pipeline.sound.decode import decode
from pipeline.text.normal import normalise
from tests.asr.speech_servers import KEY, Played, Proxy, RealServer, installed, models_of, played
from tests.fixtures_truth import truths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODEL = "openai/whisper-base"
OK = {"text": "您好。"}


def _settings(url: str, **more: Any) -> AsrSettings:
    given: dict[str, Any] = {
        "model": MODEL,
        "api_key": KEY,
        "timeout_seconds": 300,
        "retries": 0,
    } | more
    return AsrSettings(backend="http", url=url, **given)


def _load(url: str, **more: Any) -> HttpRecogniser:
    settings = _settings(url, **more)
    recogniser = backend(settings).load(settings, threads=1, workers=1)
    assert isinstance(recogniser, HttpRecogniser)
    return recogniser


def _obtain(url: str, **more: Any) -> None:
    settings = _settings(url, **more)
    backend(settings).obtain(settings, lambda _: None)


@pytest.fixture(scope="module")
def words_server() -> Iterator[RealServer]:
    """open-asr-server: words with times, a key, a list of models, requests heard at once."""
    server = RealServer(
        [installed() / "open-asr-server", "serve", "--port", "{port}", "--preload", MODEL],
        {"OPEN_ASR_DEFAULT_BACKEND": "faster-whisper", "OPEN_ASR_SERVER_API_KEY": KEY},
    )
    server.start(_names_the_model("base"))
    yield server
    server.kill()


@pytest.fixture(scope="module")
def segments_server() -> Iterator[RealServer]:
    """faster-whisper-server: segments with their probability, no list of models."""
    folder = weights.obtain("base")
    command = [installed() / "faster-whisper-server", folder, "--host", "127.0.0.1", "--port"]
    server = RealServer([*map(str, command), "{port}"], {})
    server.start(folder)
    yield server
    server.kill()


def _names_the_model(name: str) -> Path:
    """The folder in which ``name`` is the model's: the server takes a folder's name for a model."""
    return weights.obtain(name).parent


@pytest.fixture
def fake() -> Iterator[Played]:
    """Recorded answers."""
    with played() as server:
        yield server


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the client would have waited."""
    seconds: list[float] = []
    monkeypatch.setattr("pipeline.asr.http.time", SimpleNamespace(sleep=seconds.append))
    return seconds


@pytest.fixture(scope="module")
def sentences() -> list[tuple[Clip, str]]:
    """The agent's turns of a clean fixture call, each as a clip with what is said in it."""
    truth = next(t for t in truths() if t.call_id == "g29")
    sound = decode(truth.path).channels[int(truth.data["agent_channel"])]
    return [
        (Clip(sound[int((t["start"] - 0.2) * 16000) : int((t["end"] + 0.2) * 16000)]), t["text"])
        for t in truth.turns("agent")
    ]


def _blank(seconds: float = 1.0) -> Clip:
    return Clip(np.zeros(int(seconds * 16000), dtype=np.float32))


def _errors(said: str, told: str) -> float:
    """Character errors of what was heard, for each character of the truth."""
    a, b = normalise(told).text, normalise(said).text
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (x != y))
    return row[-1] / len(a)


def _orderly(one: Heard, clip: Clip) -> None:
    """Words in their order, inside the clip, and none that the text has not."""
    assert one.words
    assert all(0 <= w.start <= w.end <= len(clip.samples) / 16000 for w in one.words)
    assert all(a.start <= b.start for a, b in pairwise(one.words))
    assert "".join(w.text for w in one.words) == "".join(one.text.split())


def test_a_real_server_hears_a_sentence_and_times_its_words(
    words_server: RealServer, sentences: list[tuple[Clip, str]]
) -> None:
    """The opening of a fixture call; the words are not as even as spread ones."""
    _obtain(words_server.url)
    clip, text = sentences[0]
    (one,) = _load(words_server.url).transcribe([clip], names=["江城中燃"])
    assert _errors(one.text, text) < 0.5
    _orderly(one, clip)
    assert len({round(word.end - word.start, 2) for word in one.words}) > 3


def test_a_real_server_of_segments_tells_how_sure_it_is(
    segments_server: RealServer, sentences: list[tuple[Clip, str]]
) -> None:
    """No words, no list of models: times are spread, the probability is the segment's."""
    _obtain(segments_server.url)
    clip, text = sentences[0]
    (one,) = _load(segments_server.url).transcribe([clip])
    assert _errors(one.text, text) < 0.5
    _orderly(one, clip)
    assert all(0 < (word.probability or 0) < 1 for word in one.words)


def test_no_more_requests_are_under_way_than_allowed(
    words_server: RealServer, sentences: list[tuple[Clip, str]]
) -> None:
    """Three threads with two clips each, seen by a proxy before the real server."""
    proxy = Proxy(words_server.port)
    recogniser = _load(proxy.url, requests=2)
    clip, _ = min(sentences, key=lambda s: len(s[0].samples))
    with ThreadPoolExecutor(3) as pool:
        said = list(pool.map(recogniser.transcribe, [[clip, _blank(0.05)]] * 3))
    proxy.close()
    assert proxy.most == 2
    assert said[0][0].text
    assert [(o.text, o.words) for one in said for o in one] == [
        (o.text, o.words) for one in said[:1] * 3 for o in one
    ]
    assert said[0][1] is NOTHING


def test_a_killed_server_fails_that_recording_and_is_used_again(
    words_server: RealServer, sentences: list[tuple[Clip, str]]
) -> None:
    """Killed while it hears; the message says what to do; after a restart the same client goes on."""
    recogniser = _load(words_server.url, requests=1)
    clip, _ = sentences[0]
    killer = threading.Timer(0.5, words_server.kill)
    killer.start()
    with pytest.raises(RecognitionError, match=r"试了 1 次都没有结果.*再运行一次会只补这些录音"):
        recogniser.transcribe([clip] * 20)
    killer.join()
    words_server.start(_names_the_model("base"))
    assert models_of(words_server.url)
    assert recogniser.transcribe([clip])[0].text


def test_a_server_that_comes_back_in_time_costs_nothing(
    words_server: RealServer, sentences: list[tuple[Clip, str]]
) -> None:
    """It is asked again until it is there."""
    words_server.kill()
    back = threading.Timer(1.0, words_server.start, [_names_the_model("base")])
    back.start()
    (one,) = _load(words_server.url, retries=7).transcribe([sentences[0][0]])
    back.join()
    assert one.text


def test_a_real_server_refuses_key_and_model(
    words_server: RealServer, sentences: list[tuple[Clip, str]]
) -> None:
    """At the start by a configuration error, later by one of that recording, at once."""
    with pytest.raises(ConfigurationError, match=r"asr\.api_key: the server .*HTTP 401"):
        _obtain(words_server.url, api_key="wrong")
    with pytest.raises(ConfigurationError, match=r"no model 'paraformer'; it lists .*whisper-base"):
        _obtain(words_server.url, model="paraformer")
    clips = [sentences[0][0]]
    started = time.monotonic()
    with pytest.raises(RecognitionError, match=r"HTTP 401 .*请看 .asr. 的 api_key"):
        _load(words_server.url, api_key="wrong", retries=5).transcribe(clips)
    with pytest.raises(RecognitionError, match=r"HTTP 404 .*服务上有没有模型 paraformer"):
        _load(words_server.url, model="paraformer", retries=5).transcribe(clips)
    assert time.monotonic() - started < 20


def test_an_address_without_v1_is_found_out_at_the_start(words_server: RealServer) -> None:
    """Neither the list nor the transcriptions are there."""
    with pytest.raises(ConfigurationError, match="most servers' addresses end in /v1"):
        _obtain(words_server.url.removesuffix("/v1"))


def test_no_server_at_all_names_the_ways_out() -> None:
    """A port that nobody listens on."""
    with pytest.raises(ConfigurationError) as error:
        _obtain("http://127.0.0.1:9/v1")
    message = str(error.value)
    assert message.startswith("speech server http://127.0.0.1:9/v1: it cannot be reached")
    assert message.count("\n    ") == 3
    assert 'backend = "whisper"' in message


def test_what_is_sent(fake: Played) -> None:
    """16-bit 16 kHz mono, Chinese, both granularities, the prompt with the names, the key."""
    fake.answer(OK)
    samples = np.array([0.5, np.nan, -2.0, np.inf] * 1000, dtype=np.float32)
    told = _load(fake.url, prompt="以下是电话录音。")
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
    _load(fake.url, **more).transcribe([_blank()], names=["中国燃气"])
    assert fake.forms[0].get("prompt") == prompt


def test_a_busy_or_broken_server_is_asked_again(fake: Played, waits: list[float]) -> None:
    """1, 2, 4 s, or as long as it asks for, a minute at most; then the answer counts."""
    fake.answer({"error": "loading"}, 503).answer({}, 429, Retry_After="7")
    fake.answer({}, 429, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT").answer({}, 500)
    fake.answer({}, 429, Retry_After="9999").answer({}, 429, Retry_After="soon").answer(OK)
    (one,) = _load(fake.url, retries=6).transcribe([_blank()])
    assert one.text == "您好。"
    assert waits == [1.0, 7.0, 4.0, 8.0, 60.0, 32.0]


def test_a_server_that_stays_busy_fails_the_recording_only(
    fake: Played, waits: list[float]
) -> None:
    """After all tries; the next recording is asked for anew."""
    for _ in range(3):
        fake.answer({"error": {"message": "queue full"}}, 429)
    fake.answer(OK)
    recogniser = _load(fake.url, retries=2)
    with pytest.raises(RecognitionError, match=r"试了 3 次都没有结果（HTTP 429 .*queue full"):
        recogniser.transcribe([_blank()])
    assert waits == [1.0, 2.0]
    assert recogniser.transcribe([_blank()])[0].text == "您好。"


def test_a_slow_server_is_given_up(fake: Played, waits: list[float]) -> None:
    """An answer that breaks off is none, and one later than ``timeout_seconds`` neither."""
    fake.answer(b"{", 200, Content_Length="50")
    with pytest.raises(RecognitionError, match=r"试了 2 次都没有结果（RemoteProtocolError"):
        _load(fake.url, retries=1).transcribe([_blank()])
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        with pytest.raises(RecognitionError, match=r"试了 1 次都没有结果（ReadTimeout"):
            _load(url, timeout_seconds=0.3).transcribe([_blank()])
        with pytest.raises(ConfigurationError, match=r"cannot be reached \(ReadTimeout"):
            _obtain(url, timeout_seconds=0.3)
    assert waits == [1.0]


def test_any_other_refusal_is_final(fake: Played, waits: list[float]) -> None:
    """No second try; the server's own words are repeated."""
    fake.answer({"error": {"message": "Audio file might be corrupted"}}, 400)
    with pytest.raises(RecognitionError, match=r"HTTP 400 .*might be corrupted"):
        _load(fake.url, retries=5).transcribe([_blank()])
    assert (len(fake.forms), waits) == (1, [])


@pytest.mark.parametrize("body", [b"<html>It works!</html>", b"[]", b'{"text": null}', b"\xff"])
def test_an_answer_that_is_none_says_so(fake: Played, body: bytes) -> None:
    """A web page under the address, say."""
    fake.answer(body)
    with pytest.raises(RecognitionError, match="的答复读不懂"):
        _load(fake.url).transcribe([_blank()])


def test_a_model_without_times_is_asked_for_text(fake: Played) -> None:
    """The refusal that vLLM has for Qwen3-ASR and Voxtral: text from then on, spread over the clip."""
    refusal = "Currently do not support verbose_json for Qwen/Qwen3-ASR-1.7B"
    fake.answer({"error": {"message": refusal, "type": "BadRequestError", "code": 400}}, 400)
    fake.answer({"text": "您好，再见。", "usage": {"type": "duration", "seconds": 2}})
    recogniser = _load(fake.url)
    for _ in range(2):
        (one,) = recogniser.transcribe([_blank(2.0)])
        assert one.text == "您好，再见。"
        assert [(w.text, w.start, w.end, w.probability) for w in one.words] == [
            ("您", 0.0, 0.5, None),
            ("好，", 0.5, 1.0, None),
            ("再", 1.0, 1.5, None),
            ("见。", 1.5, 2.0, None),
        ]
    formats = [(f["response_format"], "timestamp_granularities[]" in f) for f in fake.forms]
    assert formats == [("verbose_json", True), ("json", False), ("json", False)]


def _told(answer: dict[str, Any], seconds: float = 2.0) -> list[tuple[str, float, float, Any]]:
    return [(w.text, w.start, w.end, w.probability) for w in heard(answer, seconds).words]


def test_openai_words_get_the_marks_of_the_text() -> None:
    """OpenAI's words have none, and the probability is the segment's: exp(-0.1)."""
    answer = {
        "task": "transcribe",
        "text": "您好，8号。",
        "words": [
            {"word": "您好", "start": 0.0, "end": 0.5},
            {"word": "8", "start": 0.7, "end": 0.9},
            {"word": "号", "start": 0.9, "end": 1.2},
        ],
        "segments": [
            {"id": 0, "start": 0.0, "end": 1.3, "text": "您好，8号。", "avg_logprob": -0.1}
        ],
    }
    assert _told(answer) == [
        ("您好，", 0.0, 0.5, 0.9048),
        ("8", 0.7, 0.9, 0.9048),
        ("号。", 0.9, 1.2, 0.9048),
    ]


def test_funasr_words_lie_in_the_segments() -> None:
    """Its Fun-ASR-Nano times tokens; the others' segments have an empty list."""
    words = [{"word": "您", "start": 0.1, "end": 0.3}, {"word": "好", "start": 0.3, "end": 0.6}]
    segments = [
        {"id": 0, "start": 0.1, "end": 0.9, "text": "您好。", "words": words},
        {"id": 1, "start": 1.0, "end": 2.0, "text": "再见", "words": [], "speaker": "SPK0"},
    ]
    assert _told({"text": "您好。再见", "segments": segments}) == [
        ("您", 0.1, 0.3, None),
        ("好。", 0.3, 0.6, None),
        ("再", 1.0, 1.5, None),
        ("见", 1.5, 2.0, None),
    ]


def test_vllm_segments_end_inside_the_clip() -> None:
    """Whisper on vLLM: words null, a segment that lasts the whole window, a length as text."""
    segments = [{"id": 0, "start": 0.0, "end": 30.0, "text": " 您好", "avg_logprob": -0.5}]
    answer = {"duration": "2.0", "text": " 您好", "words": None, "segments": segments}
    assert _told(answer) == [("您", 0.0, 1.0, 0.6065), ("好", 1.0, 2.0, 0.6065)]


@pytest.mark.parametrize("probability", [0.0, float("nan"), float("-inf"), None, "high"])
def test_a_probability_that_is_none_is_not_told(probability: Any) -> None:
    """Some servers send 0 for every segment."""
    segments = [{"start": 0, "end": 2, "text": "好", "avg_logprob": probability}]
    told = [p for *_, p in _told({"text": "好", "segments": segments})]
    assert told in ([None], [0.0])


def test_words_have_the_probability_that_the_server_gives() -> None:
    """As speaches does; out of range it is none."""
    words = [
        {"word": " 您", "start": 0, "end": 0.2, "probability": 0.98765},
        {"word": "好", "start": 0.2, "end": 0.4, "probability": 7},
    ]
    assert [p for *_, p in _told({"text": "您好", "words": words})] == [0.9877, None]


@pytest.mark.parametrize(
    "words",
    [
        [{"word": "您", "start": float("nan"), "end": 1.0}, {"word": "好", "start": 1, "end": 2}],
        [{"word": "您", "start": 0.0}, {"word": "好", "start": 1, "end": 2}],
        [{"word": "您", "start": 0.3, "end": 0.5}],
        ["您", "好"],
        [],
    ],
)
def test_words_without_times_or_with_gaps_are_not_used(words: list[Any]) -> None:
    """NaN, no end, half of the text, no words at all: the text is spread."""
    assert _told({"text": "您好", "words": words}) == [("您", 0, 1, None), ("好", 1, 2, None)]


def test_no_word_ends_behind_its_clip_by_rounding() -> None:
    """A clip ends at a sample, not at a millisecond."""
    assert _told({"text": "好"}, 1.0005625) == [("好", 0.0, 1.0, None)]


def test_times_out_of_order_or_out_of_the_clip_are_put_right() -> None:
    """A word never begins before the one in front of it, nor ends behind the clip."""
    words = [
        {"word": "您", "start": -1, "end": 0.5},
        {"word": "好", "start": 0.8, "end": 0.6},
        {"word": "吗", "start": 0.2, "end": 99},
    ]
    assert [(a, b) for _, a, b, _ in _told({"text": "您好吗", "words": words})] == [
        (0.0, 0.5),
        (0.8, 0.8),
        (0.8, 2.0),
    ]


@pytest.mark.parametrize(
    ("text", "plain", "words"),
    [
        ("<|zh|><|NEUTRAL|><|Speech|><|withitn|>您好。", "您好。", ["您", "好。"]),
        ("您 好 wifi 密 码", "您好wifi密码", ["您", "好", "wifi", "密", "码"]),
        (" hello world 50%，", "hello world 50%，", ["hello", "world", "50%，"]),
        ("。", "", []),
        ("<|nospeech|>", "", []),
        ("", "", []),
    ],
)
def test_text_is_what_was_said(text: str, plain: str, words: list[str]) -> None:
    """Tags and spaces between Han characters go; marks alone are nothing."""
    one = heard({"text": text}, 2.0)
    assert (one.text, [w.text for w in one.words]) == (plain, words)


def test_the_list_of_models_may_have_patterns_or_be_none(fake: Played) -> None:
    """A proxy lists openai/*; a body of another shape is no list; a broken server is told."""
    fake.models = (200, {"data": [{"id": "openai/*"}]})
    _obtain(fake.url)
    with pytest.raises(ConfigurationError, match=r"it lists openai/\*"):
        _obtain(fake.url, model="sensevoice")
    bodies: tuple[Any, ...] = ({"models": []}, {"data": []}, b"ok", [1])
    for body in bodies:
        fake.models = (200, body)
        _obtain(fake.url)
    fake.models = (502, b"bad gateway")
    with pytest.raises(ConfigurationError, match="was answered HTTP 502 bad gateway"):
        _obtain(fake.url)


def test_the_key_may_be_in_the_environment(fake: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the line break that a shell leaves; an unset variable is an error."""
    monkeypatch.setenv("CALLQA_ASR_KEY", "from-the-environment\n")
    fake.answer(OK)
    _load(fake.url, api_key="env:CALLQA_ASR_KEY").transcribe([_blank()])
    assert fake.keys == ["Bearer from-the-environment"]
    with pytest.raises(ConfigurationError, match="variable CALLQA_OTHER is not set"):
        _load(fake.url, api_key="env:CALLQA_OTHER")
    with pytest.raises(ConfigurationError, match="only ASCII"):
        _load(fake.url, api_key="钥匙")
    _load(fake.url, api_key=None).transcribe([_blank()])
    assert fake.keys[-1] is None


def test_the_key_is_never_written() -> None:
    """Neither in what is remembered beside the transcripts nor in any message."""
    settings = Settings(asr=_settings("http://asr:8000/v1"))
    kept = settings.model_dump(mode="json", by_alias=True)
    assert KEY not in str(kept) + repr(settings) + settings.model_dump_json()
    assert Settings.model_validate(kept).asr.url == "http://asr:8000/v1"


def test_another_server_is_another_model_and_another_key_is_not() -> None:
    """What is heard again and what is not."""
    recording = Recording(
        file="a.wav", path="a.wav", content_id="a", audio=True, record=CallRecord(call_id="a")
    )

    def digest(url: str, **more: Any) -> str:
        settings = Settings(asr=_settings(url, **more))
        return _heard_with(recording, settings, backend(settings.asr).identity(settings.asr))

    same = digest("http://asr:8000/v1")
    assert digest("http://ASR:8000/v1/", api_key="b", requests=9, retries=1) == same
    assert digest("http://other:8000/v1") != same
    assert digest("http://asr:8000/v1", model="paraformer") != same
    settings = _settings("http://asr:8000/v1", model="paraformer")
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
        _obtain("http://asr:8000/v1", model="auto")


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without the extra."""
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'callqa\[http\]'"):
        _obtain("http://asr:8000/v1")
