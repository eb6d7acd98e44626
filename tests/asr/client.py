"""The client of a speech server, as the tests make and ask it."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.asr import backend
from pipeline.asr.base import Clip
from pipeline.asr.http import HttpRecogniser
from pipeline.settings import AsrSettings
from tests.asr.speech_servers import KEY

MODEL = "openai/whisper-base"
OK = {"text": "您好。"}


def settings_for(url: str, **more: Any) -> AsrSettings:
    """Settings for the server at this address, with the test's model and key."""
    given: dict[str, Any] = {
        "model": MODEL,
        "api_key": KEY,
        "timeout_seconds": 300,
        "retries": 0,
    } | more
    return AsrSettings(backend="http", url=url, **given)


def load(url: str, **more: Any) -> HttpRecogniser:
    """The client of the server at this address."""
    settings = settings_for(url, **more)
    recogniser = backend(settings).load(settings, threads=1, workers=1)
    assert isinstance(recogniser, HttpRecogniser)
    return recogniser


def obtain(url: str, **more: Any) -> None:
    """What is asked of the server before a run."""
    settings = settings_for(url, **more)
    backend(settings).obtain(settings, lambda _: None)


def blank(seconds: float = 1.0) -> Clip:
    """A clip of silence."""
    return Clip(np.zeros(int(seconds * 16000), dtype=np.float32))
