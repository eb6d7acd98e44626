"""Whether files are those that they were: by their names, sizes and times, without reading them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.resources import MODELS, PACKAGE, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.settings import Settings

Seen = tuple[str, os.stat_result]
"""A file's path, and what its file system tells of it."""
_PROGRAM = ("lexicons", "rubrics", "reports", "models/text")


def files(folder: Path, leave_out: Path | None = None) -> Iterator[Seen]:
    """Every file below a folder; what has gone meanwhile is left out."""
    elsewhere = None if leave_out is None else str(leave_out.resolve())
    waiting = [str(folder)]
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if elsewhere is None or os.path.realpath(entry.path) != elsewhere:
                    waiting.append(entry.path)
            else:
                try:
                    yield entry.path, entry.stat()
                except OSError:
                    yield entry.path, os.stat_result([0] * 10)


def lines(files: Iterable[Seen], under: Path) -> list[str]:
    """A line a file: its name, and all that tells it from another of the name."""
    start = len(str(under)) + 1
    return sorted(
        f"{path[start:]} {s.st_size} {s.st_mtime_ns} {s.st_ctime_ns} {s.st_ino}"
        for path, s in files
    )


def beside(settings: Settings, rubric: str, folder: Path) -> Iterator[Seen]:
    """The files that settings name: rules, call records, a speech model."""
    if settings.rules is not None:
        yield from files(settings.rules)
    if rubric.endswith(".yml"):
        yield from files(Path(rubric).parent)
    if settings.call_records.file is not None:
        yield from file(folder / settings.call_records.file)
    for model in (settings.asr.model, settings.speech.voice_model):
        if model:
            yield from file(Path(model).expanduser())
            yield from files(Path(model).expanduser())
            yield from files(MODELS / model)


def file(path: Path) -> Iterator[Seen]:
    """A file, if it is there."""
    if path.is_file():
        yield str(path.resolve()), path.stat()


def program() -> Iterator[Seen]:
    """The program's own files; what is compiled of them is not."""
    for folder in (PACKAGE, *(ROOT / name for name in _PROGRAM)):
        for path, stat in files(folder):
            if not path.endswith(".pyc"):
                yield path, stat


def digest_of(parts: Iterable[str]) -> str:
    """A digest of some lines."""
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
