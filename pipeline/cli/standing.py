"""What ``callqa status`` says."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.messages import marked, tr
from pipeline.store.status import RUNNING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.store.state import Run
    from pipeline.store.status import FolderStatus

TOLD = 1.0
"""Seconds from which on a stage is worth a word."""
OUTCOMES = {
    RUNNING: marked("running"),
    "done": marked("done"),
    "some_failed": marked("done, some recordings could not be used"),
    "stopped": marked("stopped before its end; another run goes on from there"),
    "broken": marked("ended by an error; another run goes on from there"),
}


def describe(found: FolderStatus, out: Path) -> Iterator[str]:
    """Who holds an output folder, how far he is, or how the last run ended."""
    if (holder := found.holder) is not None:
        yield tr(
            "{out} is held by callqa {command}, process {pid} on {host}, since {since}",
            out=out,
            command=holder.command,
            pid=holder.pid,
            host=holder.host,
            since=holder.clock,
        )
    else:
        yield tr("no run holds {out}", out=out)
    if (run := found.run) is not None:
        yield from _run(found, run)
    for shard, part in found.parts.items():
        held = tr("running") if part.holder is not None else tr("not running")
        yield tr("part {shard}: {held}", shard=shard, held=held)
        if part.run is not None:
            yield from _run(part, part.run)
    if found.due:
        yield tr("still to be scored: {dates}", dates=", ".join(sorted(found.due)))


def _run(found: FolderStatus, run: Run) -> Iterator[str]:
    killed = tr("killed; another run goes on from there")
    yield tr(
        "callqa {command} of {began:%Y-%m-%d %H:%M:%S}: {how}",
        command=run.command,
        began=datetime.fromisoformat(run.began).astimezone(),
        how=killed if found.killed else tr(OUTCOMES[run.outcome]),
    )
    yield from _progress(found, run) if run.outcome == RUNNING else _result(run)
    before = tr("looking")
    took = [f"{stage or before} {s:.0f} s" for stage, s in run.seconds.items() if s >= TOLD]
    if took:
        yield "  " + ", ".join(took)
    yield tr(
        "  callqa {version}, model {model}, rubrics {rubrics}, settings {settings}",
        version=run.callqa,
        model=run.model,
        rubrics=run.rubrics or "–",
        settings=run.settings,
    )


def _progress(found: FolderStatus, run: Run) -> Iterator[str]:
    yield tr(
        "  {stage}: {done} done, {waiting} waiting, {failed} failed",
        stage=run.stage,
        done=run.done,
        waiting=run.total - run.done,
        failed=run.failed,
    )
    if not found.killed and (until := found.until) is not None:
        yield tr(
            "  {speed:.1f} a minute, until about {until:%H:%M}", speed=found.per_minute, until=until
        )


def _result(run: Run) -> Iterator[str]:
    if run.found:
        yield tr(
            "  {found} files, {new} transcribed, {failed} failed",
            found=run.found,
            new=run.transcribed,
            failed=run.failed,
        )
    yield tr(
        "  {scored} calls scored, {not_scored} not scored, {review} for a person to look at",
        scored=run.scored,
        not_scored=run.not_scored,
        review=run.review,
    )
