"""Tiny models' tokens, and the recogniser over such a model, as the tests load it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.asr import backend
from pipeline.asr.base import Clip
from pipeline.settings import AsrSettings
from tests.asr.sherpa_models import melody

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.asr.base import Recogniser

SENSE_VOICE = ("您", "好", "，", "▁hel", "lo", "▁world", "1", "3", "<|BGM|>", "。")
PARAFORMER = ("您", "好", "hel@@", "lo", "app", "吗")


def settings_for(folder: Path, **more: Any) -> AsrSettings:
    """Settings for the model in this folder."""
    return AsrSettings(backend="sherpa", model=str(folder), **more)


def load(folder: Path, **more: Any) -> Recogniser:
    """The recogniser over the model in this folder."""
    settings = settings_for(folder, **more)
    return backend(settings).load(settings, threads=1, workers=1)


def clip_of(tokens: tuple[str, ...], places: Mapping[float, str], seconds: float) -> Clip:
    """A clip in which these tokens sound at these times."""
    return Clip(melody({at: tokens.index(token) for at, token in places.items()}, seconds))
