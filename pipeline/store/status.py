"""How far the run over an output folder is, or how the last one ended; nothing heavy is read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.store.access import OWNER
from pipeline.store.holder import LOCK, SHARD_LOCKS, Holder, lives, read, shard_lock, shard_of
from pipeline.store.shards import Shards
from pipeline.store.state import CALLS, NAME, Run, reading

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipeline.store.shards import Shard

RUNNING = "running"


@dataclass(frozen=True, kw_only=True)
class FolderStatus:
    """Who holds an output folder, its last run, and the dates that are still to be scored.

    ``holder`` is None where nobody that lives holds it, ``run`` where none did anything yet. ``parts``
    are those of a night that was divided, until they are published.
    """

    holder: Holder | None
    run: Run | None
    due: frozenset[str] = frozenset()
    parts: Mapping[Shard, FolderStatus] = field(default_factory=dict)

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


def status(out: Path, url: str | None = None) -> FolderStatus | None:
    """What there is to say of ``out``; None where no run has left anything there.

    ``url``: where it lies, if on an object store; then ``out`` is what was fetched of it, and how far a
    run is stands in its lock.
    """
    locks = _locks(out) if url is None else _remote_locks(url)
    runs = dict(Shards(out, OWNER).runs())
    there = {
        *runs,
        *(s for name, lock in locks.items() if lock != _LockSays() and (s := shard_of(name))),
    }
    parts = {one: _folder_status(locks, shard_lock(one), runs.get(one)) for one in sorted(there)}
    if not (LOCK in locks or (out / NAME).is_file() or parts):
        return None
    with reading(out) as state:
        whole = _folder_status(locks, LOCK, state.last_run())
        return replace(whole, due=frozenset(state.due(CALLS)), parts=parts)


def _folder_status(locks: Mapping[str, _LockSays], name: str, run: Run | None) -> FolderStatus:
    """What a lock and what was last written down come to."""
    lock = locks.get(name, _LockSays())
    return FolderStatus(holder=lock.holder, run=lock.run or run)


@dataclass(frozen=True, kw_only=True)
class _LockSays:
    """Who holds a lock, if he lives, and what the lock says of his run."""

    holder: Holder | None = None
    run: Run | None = None


def _locks(out: Path) -> dict[str, _LockSays]:
    """The locks of a folder, by name."""
    found = {path.name: read(path) for path in (*out.glob(LOCK), *out.glob(SHARD_LOCKS))}
    return {
        name: _LockSays(holder=seen.holder if lives(seen) else None)
        for name, seen in found.items()
        if seen is not None
    }


def _remote_locks(url: str) -> dict[str, _LockSays]:
    """The locks that stand at an address, by name."""
    from pipeline.store.remote import asking
    from pipeline.store.remote_hold import Locks, holder_and_run

    with asking(url):
        locks = Locks(url)
        found = {name: holder_and_run(locks, name) for name in locks.names()}
    return {name: _LockSays(holder=holder, run=run) for name, (holder, run) in found.items()}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
