"""What the engines share: hearing one recording, isolated from every other."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.asr import backend
from pipeline.errors import RecordingError, StoppedError
from pipeline.hearing import hear
from pipeline.ingest.find import failure, unexpected_failure
from pipeline.records import Failure, Recording
from pipeline.store import space
from pipeline.store.files import Store
from pipeline.store.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.asr.base import Recogniser
    from pipeline.settings import AsrSettings, Settings


@dataclass(frozen=True, kw_only=True)
class Task:
    """A recording to hear, with what, and the rubric that its folder is scored against.

    ``names`` are the organisation's, which may well be said.
    """

    recording: Recording
    heard_with: str
    rubric: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of a task; ``failure`` None where it was heard and kept.

    ``stopped`` says why the run must stop: there is no room to keep what was heard.
    """

    file: str
    failure: Failure | None
    stopped: StoppedError | None = None


def hear_one(task: Task, out: Path, settings: Settings, model: Callable[[], Recogniser]) -> Result:
    """Hear one recording and keep it; whatever goes wrong with it becomes its failure.

    ``model`` is asked for only where a recogniser is needed, when the sound has been decoded.
    """
    recording = task.recording
    try:
        transcript = hear(recording, model, settings, task.names)
        kept = Kept(
            recording=recording,
            transcript=transcript,
            heard_with=task.heard_with,
            rubric=task.rubric,
        )
        Store.of(out, settings).transcripts.keep(kept)
    except RecordingError as error:
        return Result(file=recording.file, failure=failure(recording.file, error))
    except Exception as error:  # noqa: BLE001  one recording's fault must not stop the night
        if space.is_full(error):
            return Result(
                file=recording.file, failure=None, stopped=space.stopped_error(out, error)
            )
        return Result(file=recording.file, failure=unexpected_failure(recording.file, "asr", error))
    return Result(file=recording.file, failure=None)


_LOADING = threading.Lock()
_loaded: dict[tuple[AsrSettings, int, int], Recogniser] = {}


def recogniser(settings: Settings, threads: int, workers: int) -> Recogniser:
    """The speech model, loaded once in a process and only when it is needed."""
    with _LOADING:
        key = (settings.asr, threads, workers)
        if key not in _loaded:
            _loaded[key] = backend(settings.asr).load(
                settings.asr, threads=threads, workers=workers
            )
        return _loaded[key]


MOST_CALLS = 4
"""Calls that one model hears at once without being told: more only cost memory."""


def calls_each(settings: Settings, jobs: int) -> int:
    """How many calls each of ``jobs`` processes hears at once."""
    return settings.asr.calls or max(1, min(MOST_CALLS, (os.cpu_count() or 1) // jobs))


def threads_each(settings: Settings, jobs: int) -> int:
    """How many threads the model gets for each call."""
    calls = jobs * calls_each(settings, jobs)
    return settings.asr.threads or max(1, (os.cpu_count() or 1) // calls)
