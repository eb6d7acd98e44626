"""How far a run is and what it came to, for monitoring: OpenMetrics text in a file.

Prometheus' node_exporter reads it (``--collector.textfile.directory``), and so does whatever else reads
OpenMetrics. There are counts, times and outcomes in it, no names.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.store.access import Access, atomic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.store.state import Run

OUTCOMES = ("running", "done", "some_failed", "stopped", "broken")
EVERYBODY = Access(folder=0o755, file=0o644)
"""Who collects it is another user."""


def write_metrics(path: Path, run: Run) -> None:
    """Write a run's figures in place of those before; ``OSError`` where that cannot be."""
    with atomic(path, EVERYBODY) as partial:
        partial.write_text(exposition(run), encoding="utf-8")


def exposition(run: Run) -> str:
    """The figures of a run as OpenMetrics text."""
    return "\n".join([*_families(run), "# EOF"]) + "\n"


def _families(run: Run) -> Iterator[str]:
    yield from _family(
        "callqa_run_start_timestamp_seconds", "When the last run began.", {"": _seconds(run.began)}
    )
    yield from _family(
        "callqa_run_update_timestamp_seconds",
        "When the last run last gave a sign of life.",
        {"": _seconds(run.told)},
    )
    yield from _family(
        "callqa_run_outcome",
        "1 for how the last run ended, or that it runs.",
        {_label("outcome", one): float(one == run.outcome) for one in OUTCOMES},
    )
    yield from _family(
        "callqa_run_recordings",
        "Recordings of the last run: found, newly transcribed, of no use.",
        {
            _label("state", "found"): run.found,
            _label("state", "transcribed"): run.transcribed,
            _label("state", "failed"): run.failed,
        },
    )
    yield from _family(
        "callqa_run_calls",
        "Calls of the last run: scored, not scored, to be looked at by a person.",
        {
            _label("state", "scored"): run.scored,
            _label("state", "not_scored"): run.not_scored,
            _label("state", "review"): run.review,
        },
    )
    yield from _family(
        "callqa_stage_steps",
        "Steps of the stage that the run is at: done, and in all.",
        {_label("state", "done"): run.done, _label("state", "total"): run.total},
    )
    yield from _family(
        "callqa_run_stage_seconds",
        "Seconds that each stage took.",
        {_label("stage", stage or "find"): seconds for stage, seconds in run.seconds.items()},
    )


def _family(name: str, about: str, samples: dict[str, float]) -> Iterator[str]:
    yield f"# TYPE {name} gauge"
    yield f"# HELP {name} {about}"
    yield from (f"{name}{label} {value}" for label, value in samples.items())


def _label(name: str, value: str) -> str:
    return f"{{{name}={json.dumps(value, ensure_ascii=False)}}}"


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp() if moment else 0.0
