"""A run writes down how far it is, for ``callqa status``, and what it came to."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from pipeline import __version__
from pipeline.errors import StoppedError
from pipeline.messages import tr
from pipeline.night.metrics import write_metrics
from pipeline.night.remembered import settings_of
from pipeline.store.access import OWNER
from pipeline.store.files import Store
from pipeline.store.manifest import read_manifest
from pipeline.store.shards import Shards
from pipeline.store.space import is_full
from pipeline.store.state import Run, reading, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pipeline.progress import Progress
    from pipeline.records import Night
    from pipeline.settings import Settings
    from pipeline.store.shards import Shard

_EVERY = 1.0
"""Seconds between two times that a run writes down how far it is: each waits for the disk."""


@dataclass(kw_only=True)
class Recorder:
    """Progress that is also written down, from its first stage on: before it nothing is written.

    ``made_with`` are the settings that name the model, ``write`` is where it is written; ``metrics``
    is a file for monitoring.
    """

    run: Run
    store: Store
    shown: Progress
    made_with: Callable[[], Settings]
    write: Callable[[Run], None]
    metrics: Path | None = None
    _at: float = field(default_factory=time.monotonic)
    _kept: float = 0.0

    def begin(self, stage: str, total: int) -> None:
        """A stage of ``total`` steps begins."""
        self.shown.begin(stage, total)
        self._close_stage()
        self.run.stage, self.run.stage_began = stage, _now()
        self.run.total, self.run.done, self.run.failed = total, 0, 0
        self.keep()

    def step(self, what: str, *, failed: bool = False) -> None:
        """One step is done."""
        self.shown.step(what, failed=failed)
        self.run.done += 1
        self.run.failed += failed
        if time.monotonic() - self._kept >= _EVERY:
            self.keep()

    def tell(self, line: str) -> None:
        """Something that whoever watches should know."""
        self.shown.tell(line)

    def _close_stage(self) -> None:
        """Count the seconds of a stage that ends, or of what came before the first."""
        now, stage = time.monotonic(), self.run.stage
        self.run.seconds[stage] = round(self.run.seconds.get(stage, 0.0) + now - self._at, 1)
        self._at = now

    def came_to(self, *nights: Night) -> None:
        """What the parts of the run did."""
        run, failures = self.run, sum(len(night.failures) for night in nights)
        run.found = sum(night.found for night in nights)
        run.transcribed = sum(night.transcribed for night in nights)
        run.scored = sum(night.scored for night in nights)
        run.not_scored = sum(night.not_scored for night in nights)
        run.review = sum(night.review for night in nights)
        run.failed, run.outcome = failures, "some_failed" if failures else "done"
        run.rubrics = _rubrics(self.store.out / "data", nights[-1].dates)

    def end(self, outcome: str) -> None:
        """Write down how a run ended that had begun to do something."""
        if self.run.stage:
            self._close_stage()
            self.run.outcome = outcome
            self.keep()

    def keep(self) -> None:
        """Write it down."""
        self.run.told = _now()
        if not self.run.model:
            from pipeline.asr import backend

            settings = self.made_with()
            self.run.model = backend(settings.asr).identity(settings.asr)
            self.run.settings = _digest(settings)
        self.write(self.run)
        if self.metrics is not None:
            self._write_metrics(self.metrics)
        self._kept = time.monotonic()

    def _write_metrics(self, path: Path) -> None:
        """Write the figures for monitoring; that they could not be is told once, and ends no night."""
        try:
            write_metrics(path, self.run)
        except OSError as error:
            self.metrics = None
            self.tell(tr("{path} could not be written: {reason}", path=path, reason=error.strerror))


@contextmanager
def record_run(
    out: Path, command: str, settings: Settings, shown: Progress, *, shard: Shard | None = None
) -> Iterator[Recorder]:
    """A run that is written down while the block lasts; how the block ends is how it ended.

    That of a ``shard`` stands in a file of its own until it is published.
    """
    run = Run(run=secrets.token_hex(8), command=command, began=_now(), callqa=__version__)
    store = Store.of(out, settings)
    recorder = Recorder(
        run=run,
        store=store,
        shown=shown,
        made_with=partial(settings_of, out)
        if shard is None
        else partial(_settings_of_part, out, settings),
        write=partial(_keep, store) if shard is None else partial(store.shards.keep_run, shard),
        metrics=settings.operations.metrics,
    )
    try:
        yield recorder
    except (StoppedError, KeyboardInterrupt):
        recorder.end("stopped")
        raise
    except Exception as error:
        with suppress(OSError, sqlite3.Error):  # there may be no room for that either
            recorder.end("stopped" if is_full(error) else "broken")
        raise
    recorder.end(run.outcome)


def run_so_far(out: Path, shard: Shard | None) -> Run | None:
    """How far the run over ``out``, or a part of it, is; None where nothing is written down yet."""
    if shard is not None:
        return dict(Shards(out, OWNER).runs()).get(shard)
    with suppress(sqlite3.Error), reading(out) as state:
        return state.last_run()
    return None


def _settings_of_part(out: Path, settings: Settings) -> Settings:
    from pipeline.night.shards import settings_of_part  # with all that hears: only a part needs it

    return settings_of_part(out, settings)


def _keep(store: Store, run: Run) -> None:
    with writing(store.out, store.access) as state:
        state.keep_run(run)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _digest(settings: Settings) -> str:
    return hashlib.sha256(settings.model_dump_json().encode()).hexdigest()[:16]


def _rubrics(data: Path, dates: tuple[str, ...]) -> str:
    """The rubrics that scored these dates."""
    manifests = [found for date in dates if (found := read_manifest(data, date)) is not None]
    used = {f"{rubric.name} {rubric.version}" for one in manifests for rubric in one.rubrics}
    return ", ".join(sorted(used))
