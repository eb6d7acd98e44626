"""Where recordings are heard: one file an engine, registered here and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.night.engines import local, ray
from pipeline.night.engines.base import Result, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from pipeline.settings import Settings

ENGINES: dict[str, Callable[[Sequence[Task], Path, Settings, int], Iterator[Result]]] = {
    "local": local.run,
    "ray": ray.run,
}

__all__ = ["ENGINES", "Result", "Task"]
