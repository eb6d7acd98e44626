"""How far the run over an output folder is, or how the last one ended; nothing heavy is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.store.access import OWNER
from pipeline.store.holder import LOCK, Holder, lives, read, shard_lock
from pipeline.store.shards import Shards
from pipeline.store.state import CALLS, NAME, Run, reading

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipeline.store.shards import Shard

RUNNING = "running"


@dataclass(frozen=True, kw_only=True)
class Status:
    """Who holds an output folder, its last run, and the dates that are still to be scored.

    ``holder`` is None where nobody that lives holds it, ``run`` where none did anything yet. ``parts``
    are those of a night that was divided, until they are published.
    """

    holder: Holder | None
    run: Run | None
    due: frozenset[str] = frozenset()
    parts: Mapping[Shard, Status] = field(default_factory=dict)

    @property
    def killed(self) -> bool:
        """Whether the last run ended without saying so."""
        return self.run is not None and self.run.outcome == RUNNING and self.holder is None

    @property
    def per_minute(self) -> float:
        """Steps a minute of the stage that the run is at."""
        if self.run is None or not self.run.stage_began:
            return 0.0
        took = _moment(self.run.told) - _moment(self.run.stage_began)
        return 60 * self.run.done / took.total_seconds() if took else 0.0

    @property
    def until(self) -> datetime | None:
        """When that stage will be over at this pace, on this machine's clock; None: cannot be told."""
        if self.run is None or not self.per_minute:
            return None
        left = timedelta(minutes=(self.run.total - self.run.done) / self.per_minute)
        return (datetime.now(UTC) + left).astimezone()


def status(out: Path) -> Status | None:
    """What there is to say of ``out``; None where no run has left anything there."""
    parts = {
        shard: Status(holder=_living(out / shard_lock(shard)), run=run)
        for shard, run in Shards(out, OWNER).runs()
    }
    if not ((out / LOCK).is_file() or (out / NAME).is_file() or parts):
        return None
    with reading(out) as state:
        run, due = state.last_run(), frozenset(state.due(CALLS))
    return Status(holder=_living(out / LOCK), run=run, due=due, parts=dict(sorted(parts.items())))


def _living(lock: Path) -> Holder | None:
    """Who holds a lock; None where nobody does, or nobody that lives."""
    seen = read(lock)
    return seen.holder if seen is not None and lives(seen) else None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
