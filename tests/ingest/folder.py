"""A folder of recordings, as the tests of ingest fill and search it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.ingest.find import Found, find_recordings
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def found(folder: Path, settings: Settings | None = None) -> Found:
    """What ingest finds in a folder."""
    return find_recordings(folder, settings or Settings())


def audio(folder: Path, name: str, content: bytes = b"") -> Path:
    """A file that counts as audio by its name; ingest does not decode."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content or name.encode())
    return path


def csv(folder: Path, *rows: str, encoding: str = "utf-8") -> None:
    """A calls.csv."""
    (folder / "calls.csv").write_text("\n".join(rows), encoding=encoding)
