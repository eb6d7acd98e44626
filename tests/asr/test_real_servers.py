"""Two real speech servers out of the package index, over Whisper base.

open-asr-server takes a key, lists its models and gives words their times; faster-whisper-server gives
segments with their probability, lists nothing and hears one clip at a time. Not run: FunASR's server
and vLLM, whose models cannot be had offline; what they answer is played in the other files.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from pipeline.asr import weights
from pipeline.asr.base import NOTHING, Clip, Heard
from pipeline.errors import ConfigurationError, RecognitionError
from pipeline.sound.decode import decode
from pipeline.text.normal import normalise
from tests.asr.client import MODEL, blank, load, obtain
from tests.asr.speech_servers import KEY, Proxy, RealServer, installed, models_of
from tests.fixtures_truth import truths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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


@pytest.fixture(scope="module")
def sentences() -> list[tuple[Clip, str]]:
    """The agent's turns of a clean fixture call, each as a clip with what is said in it."""
    truth = next(t for t in truths() if t.call_id == "g29")
    sound = decode(truth.path).channels[int(truth.data["agent_channel"])]
    return [
        (Clip(sound[int((t["start"] - 0.2) * 16000) : int((t["end"] + 0.2) * 16000)]), t["text"])
        for t in truth.turns("agent")
    ]


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
    obtain(words_server.url)
    clip, text = sentences[0]
    (one,) = load(words_server.url).transcribe([clip], names=["江城中燃"])
    assert _errors(one.text, text) < 0.5
    _orderly(one, clip)
    assert len({round(word.end - word.start, 2) for word in one.words}) > 3


def test_a_real_server_of_segments_tells_how_sure_it_is(
    segments_server: RealServer, sentences: list[tuple[Clip, str]]
) -> None:
    """No words, no list of models: times are spread, the probability is the segment's."""
    obtain(segments_server.url)
    clip, text = sentences[0]
    (one,) = load(segments_server.url).transcribe([clip])
    assert _errors(one.text, text) < 0.5
    _orderly(one, clip)
    assert all(0 < (word.probability or 0) < 1 for word in one.words)


def test_no_more_requests_are_under_way_than_allowed(
    words_server: RealServer, sentences: list[tuple[Clip, str]]
) -> None:
    """Three threads with two clips each, seen by a proxy before the real server."""
    proxy = Proxy(words_server.port)
    recogniser = load(proxy.url, requests=2)
    clip, _ = min(sentences, key=lambda s: len(s[0].samples))
    with ThreadPoolExecutor(3) as pool:
        said = list(pool.map(recogniser.transcribe, [[clip, blank(0.05)]] * 3))
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
    recogniser = load(words_server.url, requests=1)
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
    (one,) = load(words_server.url, retries=7).transcribe([sentences[0][0]])
    back.join()
    assert one.text


def test_a_real_server_refuses_key_and_model(
    words_server: RealServer, sentences: list[tuple[Clip, str]]
) -> None:
    """At the start by a configuration error, later by one of that recording, at once."""
    with pytest.raises(ConfigurationError, match=r"asr\.api_key: the server .*HTTP 401"):
        obtain(words_server.url, api_key="wrong")
    with pytest.raises(ConfigurationError, match=r"no model 'paraformer'; it lists .*whisper-base"):
        obtain(words_server.url, model="paraformer")
    clips = [sentences[0][0]]
    started = time.monotonic()
    with pytest.raises(RecognitionError, match=r"HTTP 401 .*请看 .asr. 的 api_key"):
        load(words_server.url, api_key="wrong", retries=5).transcribe(clips)
    with pytest.raises(RecognitionError, match=r"HTTP 404 .*服务上有没有模型 paraformer"):
        load(words_server.url, model="paraformer", retries=5).transcribe(clips)
    assert time.monotonic() - started < 20


def test_an_address_without_v1_is_found_out_at_the_start(words_server: RealServer) -> None:
    """Neither the list nor the transcriptions are there."""
    with pytest.raises(ConfigurationError, match="most servers' addresses end in /v1"):
        obtain(words_server.url.removesuffix("/v1"))
