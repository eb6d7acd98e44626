"""Speech recognisers: one file a backend. A backend is registered here and nowhere else.

A transcript brought along needs none of them: ``transcripts`` reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.asr import sherpa, weights, whisper
from pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from pipeline.asr.base import Recogniser
    from pipeline.settings import AsrSettings

    class _Load(Protocol):
        def __call__(self, settings: AsrSettings, *, threads: int, workers: int) -> Recogniser: ...


@dataclass(frozen=True)
class Backend:
    """How a backend makes sure that its model is there, how it knows it again, how it loads it.

    ``obtain`` may download, and says so to its second argument; it raises ``ConfigurationError``
    where the model cannot be had.
    ``identity`` changes when what is under a model's name does.
    """

    obtain: Callable[[AsrSettings, Callable[[str], None]], object]
    identity: Callable[[AsrSettings], str]
    load: _Load


BACKENDS: dict[str, Backend] = {
    "sherpa": Backend(
        lambda settings, _: sherpa.obtain_model(settings.model),
        lambda settings: sherpa.identity(settings.model),
        sherpa.load,
    ),
    "whisper": Backend(
        lambda settings, say: weights.obtain(settings.model, say),
        lambda settings: weights.identity(settings.model),
        whisper.load,
    ),
}


def backend(settings: AsrSettings) -> Backend:
    """The backend that the settings name; ``ConfigurationError`` where there is none of that name."""
    try:
        return BACKENDS[settings.backend]
    except KeyError:
        known = ", ".join(sorted(BACKENDS))
        message = f"asr.backend: no backend {settings.backend!r}; there are {known}"
        raise ConfigurationError(message) from None
