"""The settings of an output folder's last run; nothing heavy is imported, for whoever only asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.settings import Settings
from pipeline.store.files import Store

if TYPE_CHECKING:
    from pathlib import Path


def remember_settings(out: Path, settings: Settings) -> None:
    """Note beside the transcripts which settings made them, for ``rescore`` and ``explain``."""
    Store.of(out, settings).remember("settings", settings.model_dump(mode="json", by_alias=True))


def settings_of(out: Path) -> Settings:
    """The settings that the last run over ``out`` used; ``ConfigurationError`` where none did."""
    state = Store(out, "UTC").recall("settings")
    if not state:
        raise ConfigurationError(
            tr("{out} holds no transcripts; first run: callqa score DIR --out {out}", out=out)
        )
    try:
        return Settings.model_validate(state)
    except ValidationError as error:
        raise ConfigurationError(
            tr(
                "{out} was made by another version of callqa, whose settings this one does not know; "
                "first run: callqa score DIR --out {out}",
                out=out,
            )
        ) from error
