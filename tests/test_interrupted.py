"""A run that is killed in the middle is started again and ends as if nothing had been."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pandas as pd

from tests.conftest import callqa
from tests.fixtures_truth import RECORDINGS, truths

if TYPE_CHECKING:
    from pathlib import Path


def test_kill_and_start_again(tmp_path: Path) -> None:
    """Kill -9 after the first calls: these are not heard again, and no half file is left."""
    import shutil

    folder, out, whole = tmp_path / "calls", tmp_path / "out", tmp_path / "whole"
    folder.mkdir()
    shutil.copy(RECORDINGS / "callqa.toml", folder)
    for truth in truths()[:6]:
        shutil.copy(truth.path, folder)
    run = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "score", str(folder), "--out", str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while len(list(out.rglob("*.json.gz"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    run.send_signal(signal.SIGKILL)
    run.wait()
    heard = len(list((out / "transcripts").rglob("*.json.gz")))
    assert 2 <= heard < 6, "the run ended before it could be killed"
    assert not (out / "data").exists()

    done = callqa("score", folder, "--out", out)
    assert done.returncode == 0, done.stderr
    assert f"新转写 {6 - heard} 个，以前转写过 {heard} 个" in done.stdout
    assert callqa("score", folder, "--out", whole).returncode == 0
    for table in ("calls", "findings", "transcripts", "interruptions", "holds", "agents"):
        pd.testing.assert_frame_equal(
            pd.read_parquet(out / "data" / table), pd.read_parquet(whole / "data" / table)
        )
