"""A disk that is full: the run stops, says so, and nothing is broken."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pipeline.store.space import is_full
from tests.conftest import callqa, chinese
from tests.night.short_calls import write_call

if TYPE_CHECKING:
    from pathlib import Path


def test_a_night_does_not_begin_on_a_disk_that_is_nearly_full(tmp_path: Path) -> None:
    """Exit 4, with what is left and what there must be; nothing is written."""
    write_call(tmp_path / "calls", "a.json", "您好，江城中燃。")
    (tmp_path / "calls/callqa.toml").write_text("[night]\nfree_mb = 999999999\n", encoding="utf-8")
    done = callqa("score", tmp_path / "calls", "--out", tmp_path / "out")
    assert done.returncode == 4
    assert "少于 999999999 MB" in done.stderr
    assert not (tmp_path / "out").exists()


def short_of_room(folder: Path, out: Path, longest: int) -> subprocess.CompletedProcess[str]:
    """A night whose writes fail, as on a full disk, in files that grow beyond ``longest`` bytes."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (longest, longest))

    return subprocess.run(
        [sys.executable, "-m", "pipeline", "score", str(folder), "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
        env=chinese(),
        preexec_fn=limit,
    )


@pytest.mark.parametrize("longest", [20_000, 70_000])
def test_a_write_that_fails_for_want_of_room_stops_the_night(tmp_path: Path, longest: int) -> None:
    """Exit 4 in one sentence; with room again, the next run comes to what it would have come to."""
    folder, out = tmp_path / "calls", tmp_path / "out"
    turns = [
        {
            "role": "agent",
            "start": 9 * n,
            "end": 9 * n + 8,
            "text": f"您好，江城中燃，{n}号为您服务。",
        }
        for n in range(400)
    ]
    folder.mkdir()
    call = {"agent_id": "0008", "started_at": "2026-11-20T09:00:00+08:00"}
    text = json.dumps({"call": call, "turns": turns}, ensure_ascii=False)
    (folder / "a.json").write_text(text, encoding="utf-8")
    done = short_of_room(folder, out, longest)
    assert done.returncode == 4, done.stderr
    assert "再运行一次会接着做" in done.stderr
    assert "Traceback" not in done.stderr
    assert callqa("score", folder, "--out", out).returncode == 0
    assert callqa("verify", out).returncode == 0
    assert len(pd.read_parquet(out / "data/calls")) == 1


def test_other_errors_are_none_of_a_full_disk() -> None:
    """They are told as what they are."""
    assert not is_full(FileNotFoundError(2, "no such file"))
    assert not is_full(ValueError("x"))
