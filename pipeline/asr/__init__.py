"""Speech recognisers: one file a backend. A backend is registered here and nowhere else.

A transcript brought along needs none of them: ``transcripts`` reads it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from pipeline.asr import http, sherpa, weights, whisper
from pipeline.errors import ConfigurationError
from pipeline.messages import Cause, cause, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
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
    "http": Backend(http.obtain, http.identity, http.load),
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


AUTO = "auto"
"""The model's name that leaves the choice to callqa."""
AUTOMATIC = ("large-v3-turbo", "small", "base")
"""What it chooses from: with a GPU, with many cores, or else."""
MANY_CORES = 8
"""Cores from which a processor is given more than base: small costs some three times as much."""


@dataclass(frozen=True)
class ModelChoice:
    """A model and why it was chosen."""

    model: str
    reason: Cause

    def to_json(self) -> dict[str, Any]:
        """As an output folder keeps it, in JSON."""
        kept: dict[str, Any] = TypeAdapter(ModelChoice).dump_python(self, mode="json")
        return kept

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> ModelChoice:
        """What an output folder keeps; up to version 0.9 the reason was words of one language."""
        if isinstance(words := kept["reason"], str):
            return cls(kept["model"], Cause(words))
        return TypeAdapter(ModelChoice).validate_python(kept)


def choose(settings: AsrSettings, say: Callable[[str], None]) -> ModelChoice:
    """The model for ``auto``: the largest that this machine can carry in a night and that can be had.

    Raises ``ConfigurationError`` where none of them can be had.
    """
    if whisper.device_of(settings) == "cuda":
        wanted = [ModelChoice("large-v3-turbo", cause("there is a GPU"))]
    elif (os.cpu_count() or 1) >= MANY_CORES:
        wanted = [ModelChoice("small", _without_gpu())]
    else:
        wanted = []
    for choice in wanted:
        try:
            weights.obtain(choice.model, say)
        except ConfigurationError:
            say(
                tr("the speech model {name} cannot be had; base takes its place", name=choice.model)
            )
        else:
            return choice
    weights.obtain("base", say)
    if wanted:
        return ModelChoice("base", cause("{model} could not be had", model=wanted[0].model))
    return ModelChoice("base", _without_gpu())


def _without_gpu() -> Cause:
    return cause("no GPU, {cores} cores", cores=os.cpu_count())


def backend(settings: AsrSettings) -> Backend:
    """The backend that the settings name; ``ConfigurationError`` where there is none of that name."""
    try:
        return BACKENDS[settings.backend]
    except KeyError:
        known = ", ".join(sorted(BACKENDS))
        message = tr(
            "asr.backend: no backend {name!r}; there are {known}",
            name=settings.backend,
            known=known,
        )
        raise ConfigurationError(message) from None
