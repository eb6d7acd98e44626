"""A server that plays answers, and a clock that does not wait."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tests.asr.speech_servers import Played, played

if TYPE_CHECKING:
    from collections.abc import Iterator


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
