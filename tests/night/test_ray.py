"""``--engine ray``: the same bytes as on one machine, whoever is killed meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import chinese
from tests.night.test_workers import calls_in, heard, night, workers_of

if TYPE_CHECKING:
    from collections.abc import Callable

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


def disturbed(folder: Path, out: Path, cluster: str, harm: Callable[[int], object]) -> None:
    """A night on a cluster; ``harm`` is done to an actor in the middle of a call, by its process."""
    command = ["transcribe", str(folder), "--out", str(out), "--engine", "ray", "--jobs", "2"]
    with subprocess.Popen(
        [sys.executable, "-m", "pipeline", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**chinese(), "RAY_ADDRESS": cluster},
    ) as run:
        while not any(harm(pid) for pid in actors() if workers_of(pid)):
            assert run.poll() is None, run.communicate()
            time.sleep(0.05)
        said, complaints = run.communicate(timeout=600)
    assert run.returncode == 0, said + complaints
    assert "新转写 3 个" in said


def test_a_killed_actor_changes_no_byte(tmp_path: Path) -> None:
    """A real cluster of this machine; its first actor is killed in the middle of a call."""
    folder = calls_in(tmp_path / "calls", "g01", "g08", "g12")
    assert night(folder, tmp_path / "local") == ()

    def kill(actor: int) -> bool:
        os.kill(actor, signal.SIGKILL)
        return True

    disturbed(folder, tmp_path / "ray", "local", kill)
    assert len(heard(tmp_path / "ray")) == 3
    assert kept(tmp_path / "ray") == kept(tmp_path / "local")


def test_a_killed_node_changes_no_byte(tmp_path: Path) -> None:
    """A cluster of two nodes, of which one goes down while an actor of it hears."""
    from ray.cluster_utils import Cluster

    folder = calls_in(tmp_path / "calls", "g01", "g08", "g12")
    assert night(folder, tmp_path / "local") == ()
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    try:
        node = cluster.add_node(num_cpus=1)
        (raylet,) = node.all_processes["raylet"]

        def goes_down(actor: int) -> bool:
            stat = Path(f"/proc/{actor}/stat").read_text(encoding="utf-8", errors="replace")
            if int(stat.rpartition(")")[2].split()[1]) != raylet.process.pid:
                return False
            cluster.remove_node(node, allow_graceful=False)
            return True

        disturbed(folder, tmp_path / "ray", cluster.address, goes_down)
    finally:
        cluster.shutdown()  # type: ignore[no-untyped-call]
    assert len(heard(tmp_path / "ray")) == 3
    assert kept(tmp_path / "ray") == kept(tmp_path / "local")
