"""How far the run over an output folder is, or how the last one ended; nothing heavy is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.store.holder import LOCK, Holder, lives, read
from pipeline.store.state import CALLS, NAME, Run, reading

if TYPE_CHECKING:
    from pathlib import Path

RUNNING = "running"


@dataclass(frozen=True, kw_only=True)
class Status:
    """Who holds an output folder, its last run, and the dates that are still to be scored.

    ``holder`` is None where nobody that lives holds it, ``run`` where none did anything yet.
    """

    holder: Holder | None
    run: Run | None
    due: frozenset[str]

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
    seen = read(out / LOCK)
    if seen is None and not (out / NAME).is_file():
        return None
    holder = seen.holder if seen is not None and lives(seen) else None
    with reading(out) as state:
        return Status(holder=holder, run=state.last_run(), due=frozenset(state.due(CALLS)))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
