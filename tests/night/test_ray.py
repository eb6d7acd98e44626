"""``--engine ray``: the same bytes as on one machine, whoever is killed meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import chinese
from tests.night.test_workers import calls_in, heard, night, workers_of

pytest.importorskip("ray")
pytestmark = pytest.mark.service


def actors() -> list[int]:
    """The processes of actors that hear."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if line.read_bytes().startswith(b"ray::Ear"):
                found.append(int(line.parent.name))
        except OSError:
            continue
    return found


def kept(out: Path) -> dict[str, bytes]:
    """Every kept transcript."""
    return {p.name: p.read_bytes() for p in sorted((out / "transcripts").rglob("*.gz"))}


def test_a_killed_actor_changes_no_byte(tmp_path: Path) -> None:
    """A real cluster of this machine; its first actor is killed in the middle of a call."""
    folder = calls_in(tmp_path / "calls", "g01", "g08", "g12")
    assert night(folder, tmp_path / "local") == ()
    command = ["transcribe", str(folder), "--out", str(tmp_path / "ray"), "--engine", "ray"]
    with subprocess.Popen(
        [sys.executable, "-m", "pipeline", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**chinese(), "RAY_ADDRESS": "local"},
    ) as run:
        while not (hearing := [pid for pid in actors() if workers_of(pid)]):
            assert run.poll() is None, run.communicate()
            time.sleep(0.05)
        os.kill(hearing[0], signal.SIGKILL)
        said, complaints = run.communicate(timeout=600)
    assert run.returncode == 0, said + complaints
    assert "新转写 3 个" in said
    assert len(heard(tmp_path / "ray")) == 3
    assert kept(tmp_path / "ray") == kept(tmp_path / "local")
