"""What a speech server does wrong: it is not there, busy, slow, or answers nothing that can be read.

No real server shows these faults on demand, so they are played.
"""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from pipeline.errors import ConfigurationError, RecognitionError
from tests.asr.client import OK, blank, load, obtain
from tests.asr.speech_servers import Played


def test_no_server_at_all_names_the_ways_out() -> None:
    """A port that nobody listens on."""
    with pytest.raises(ConfigurationError) as error:
        obtain("http://127.0.0.1:9/v1")
    message = str(error.value)
    assert message.startswith("speech server http://127.0.0.1:9/v1: it cannot be reached")
    assert message.count("\n    ") == 3
    assert 'backend = "whisper"' in message


def test_a_busy_or_broken_server_is_asked_again(fake: Played, waits: list[float]) -> None:
    """1, 2, 4 s, or as long as it asks for, a minute at most; then the answer counts."""
    fake.answer({"error": "loading"}, 503).answer({}, 429, Retry_After="7")
    fake.answer({}, 429, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT").answer({}, 500)
    fake.answer({}, 429, Retry_After="9999").answer({}, 429, Retry_After="soon").answer(OK)
    (one,) = load(fake.url, retries=6).transcribe([blank()])
    assert one.text == "您好。"
    assert waits == [1.0, 7.0, 4.0, 8.0, 60.0, 32.0]


def test_a_server_that_stays_busy_fails_the_recording_only(
    fake: Played, waits: list[float]
) -> None:
    """After all tries; the next recording is asked for anew."""
    for _ in range(3):
        fake.answer({"error": {"message": "queue full"}}, 429)
    fake.answer(OK)
    recogniser = load(fake.url, retries=2)
    with pytest.raises(RecognitionError, match=r"试了 3 次都没有结果（HTTP 429 .*queue full"):
        recogniser.transcribe([blank()])
    assert waits == [1.0, 2.0]
    assert recogniser.transcribe([blank()])[0].text == "您好。"


def test_a_slow_server_is_given_up(fake: Played, waits: list[float]) -> None:
    """An answer that breaks off is none, and one later than ``timeout_seconds`` neither."""
    fake.answer(b"{", 200, Content_Length="50")
    with pytest.raises(RecognitionError, match=r"试了 2 次都没有结果（RemoteProtocolError"):
        load(fake.url, retries=1).transcribe([blank()])
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        with pytest.raises(RecognitionError, match=r"试了 1 次都没有结果（ReadTimeout"):
            load(url, timeout_seconds=0.3).transcribe([blank()])
        with pytest.raises(ConfigurationError, match=r"cannot be reached \(ReadTimeout"):
            obtain(url, timeout_seconds=0.3)
    assert waits == [1.0]


def test_any_other_refusal_is_final(fake: Played, waits: list[float]) -> None:
    """No second try; the server's own words are repeated."""
    fake.answer({"error": {"message": "Audio file might be corrupted"}}, 400)
    with pytest.raises(RecognitionError, match=r"HTTP 400 .*might be corrupted"):
        load(fake.url, retries=5).transcribe([blank()])
    assert (len(fake.forms), waits) == (1, [])


@pytest.mark.parametrize("body", [b"<html>It works!</html>", b"[]", b'{"text": null}', b"\xff"])
def test_an_answer_that_is_none_says_so(fake: Played, body: bytes) -> None:
    """A web page under the address, say."""
    fake.answer(body)
    with pytest.raises(RecognitionError, match="的答复读不懂"):
        load(fake.url).transcribe([blank()])
