"""Paths in a settings file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationInfo


def beside(value: str, info: ValidationInfo) -> Path:
    """A path as it is meant in the file it stands in: from that file's folder on."""
    path = Path(value).expanduser()
    file: Path | None = (info.context or {}).get("path")
    return path if file is None else file.absolute().parent / path
