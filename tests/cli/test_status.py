"""``callqa status``: during a night, after one that was killed, and after one that ended."""

from __future__ import annotations

import os
import re
import signal
import time
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.store.state import reading
from tests.cli.test_holder import running
from tests.conftest import callqa
from tests.night.short_calls import write_call
from tests.night.test_workers import calls_in, workers_of

if TYPE_CHECKING:
    from pathlib import Path


def here(*arguments: str | Path) -> tuple[int, str]:
    """A run in this process: its exit code, and what it said."""
    done = CliRunner().invoke(app, list(map(str, arguments)))
    return done.exit_code, done.output


def test_a_night_tells_how_far_it_is(tmp_path: Path) -> None:
    """Who holds the folder, what is done and what waits; then that it was killed; then its end."""
    folder, out = calls_in(tmp_path / "calls", "g25", "g08"), tmp_path / "out"
    write_call(folder, "alone.json", "您好，江城中燃。")
    with running("score", folder, "--out", out) as night:
        until = time.monotonic() + 60
        while not (workers := workers_of(night.pid)):
            assert night.poll() is None, night.communicate()
            assert time.monotonic() < until
            time.sleep(0.01)
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        code, said = here("status", out)
        assert code == 0
        assert f"held by callqa score, process {night.pid} on " in said
        assert re.search(r"转写: [01] done, [23] waiting, 0 failed", said)
        night.kill()
        night.wait()
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
    code, said = here("status", out)
    assert f"no run holds {out}" in said
    assert "killed; another run goes on from there" in said
    assert "still to be scored: 2026-11-20" in said
    done = callqa("score", folder, "--out", out)
    assert done.returncode == 0, done.stderr
    told = callqa("status", out).stdout
    for part in ("没有运行占用", "3 个文件", "3 通已评分", "gas-hotline 2+", "规范"):
        assert part in told
    with reading(out) as state:
        run = state.last_run()
    assert run is not None
    assert (run.outcome, run.found, run.scored, run.failed) == ("done", 3, 3, 0)
    assert run.model
    assert run.settings
    assert {"", "转写"} <= set(run.seconds)


def test_a_folder_without_results(tmp_path: Path) -> None:
    """Exit 2, and what to do first."""
    code, said = here("status", tmp_path)
    assert (code, "holds no results" in said) == (2, True)
    assert list(tmp_path.iterdir()) == []
