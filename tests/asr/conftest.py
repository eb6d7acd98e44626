"""A server that plays answers, a clock that does not wait, and a tiny model."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tests.asr.speech_servers import Played, played

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
def sense_voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SenseVoice of ten tokens; its comma needs text normalisation."""
    from tests.asr.sherpa_client import SENSE_VOICE
    from tests.asr.sherpa_models import save_sense_voice

    folder = tmp_path_factory.mktemp("sense-voice")
    save_sense_voice(folder, SENSE_VOICE, only_with_itn=["，"])
    return folder
