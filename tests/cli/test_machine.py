"""``callqa doctor`` before a night: disk, memory, folder, lock, clock, metrics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.cli.machine import examine
from pipeline.settings import Settings
from pipeline.store.access import OWNER
from pipeline.store.hold import hold
from pipeline.store.shards import Shard, Shards
from pipeline.store.state import Run, writing
from tests.night.short_calls import write_call

if TYPE_CHECKING:
    from pathlib import Path


def looked(
    folder: Path, out: Path, *, wait: bool = False, metrics: Path | None = None, **night: int
) -> dict[str, tuple[bool, str]]:
    """What is looked at: good or not, and what is told."""
    told = {"night": night, "operations": {"metrics": metrics}}
    lines = examine(Settings.model_validate(told), folder, out, wait=wait)
    return {line.what.split(" ")[0]: (line.good, line.detail) for line in lines}


def test_all_is_well(tmp_path: Path) -> None:
    """And nothing was written."""
    write_call(tmp_path / "calls", "a.json", "您好。")
    found = looked(tmp_path / "calls", tmp_path / "out")
    assert all(good for good, _ in found.values()), found
    assert found["folder"][1] == "1 files that may be recordings"
    assert found["lock"][1] == "free"
    assert [path.name for path in tmp_path.iterdir()] == ["calls"]


def test_a_lock_that_is_held(tmp_path: Path) -> None:
    """By a run, or by a part of one."""
    for shard in (None, Shard(number=1, of=2)):
        with hold(tmp_path, "score", tell=print, lost=lambda: None, shard=shard):
            if shard is not None:
                run = Run(run="a", command="score", began="", callqa="1")
                Shards(tmp_path, OWNER).keep_run(shard, run)
            good, told = looked(tmp_path, tmp_path)["lock"]
            waits, _ = looked(tmp_path, tmp_path, wait=True)["lock"]
        assert (good, "held by callqa score, process" in told) == (False, True)
        assert waits


def test_figures_for_monitoring_that_cannot_be_written(tmp_path: Path) -> None:
    """Their folder is a file: told before the night."""
    (tmp_path / "file").touch()
    there, nowhere = tmp_path / "new/callqa.prom", tmp_path / "file/callqa.prom"
    assert looked(tmp_path, tmp_path, metrics=there)["metrics"] == (True, "can be written")
    assert looked(tmp_path, tmp_path, metrics=nowhere)["metrics"][0] is False


def test_a_clock_that_was_set_back(tmp_path: Path) -> None:
    """A run wrote something at a time that has not come yet."""
    then = datetime.now(UTC) + timedelta(hours=1)
    told = then.isoformat(timespec="milliseconds")
    with writing(tmp_path, OWNER) as state:
        state.keep_run(Run(run="a", command="score", began=told, told=told, callqa="1"))
    good, said = looked(tmp_path, tmp_path)["clock"]
    assert (good, "set back" in said) == (False, True)


def test_what_is_missing(tmp_path: Path) -> None:
    """A share that was not mounted, a disk that is too full, too little memory."""
    found = looked(tmp_path / "nowhere", tmp_path, free_mb=10**9, memory_mb=100)
    assert [what for what, (good, _) in found.items() if not good] == ["memory", "disk", "folder"]
