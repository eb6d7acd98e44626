"""Two runs over one output folder, as their users meet them.

The run that holds it is a process of its own, stopped where it stands. Runs that only come to look are
made in the tests' own process, where a start costs nothing.
"""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.store.hold import hold
from pipeline.store.holder import LIMIT, LOCK
from pipeline.store.state import NAME, reading
from tests.conftest import callqa, chinese
from tests.night.short_calls import write_call

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def here(*arguments: str | Path) -> tuple[int, str]:
    """A run in this process: its exit code, and what it said."""
    done = CliRunner().invoke(app, list(map(str, arguments)))
    return done.exit_code, done.output


def night(folder: Path, *numbers: int) -> Path:
    """A folder of calls that bring their transcripts."""
    for n in numbers:
        write_call(folder, f"c{n}.json", f"您好，江城中燃，{n}号为您服务，请讲。")
    return folder


@contextmanager
def running(*arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """A run that goes on by itself; what the test leaves of it is killed."""
    command = [sys.executable, "-m", "pipeline", *map(str, arguments)]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, env=chinese(), **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def standing(out: Path, *arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """A run that holds ``out`` and stands still, until it is told to go on."""
    with running(*arguments, "--out", out) as process:
        until = time.monotonic() + 60
        while not _named(out / LOCK):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.001)
        process.send_signal(signal.SIGSTOP)
        yield process


def _named(lock: Path) -> bool:
    try:
        return lock.stat().st_size > 0
    except FileNotFoundError:
        return False


def go_on(process: subprocess.Popen[str]) -> str:
    """Let a run that stands still come to its end; what it said."""
    process.send_signal(signal.SIGCONT)
    said, complaints = process.communicate(timeout=60)
    return said + complaints


def results(out: Path) -> dict[str, bytes]:
    """Every file of a folder but the list of runs; of transcripts what is in them."""
    return {
        str(p.relative_to(out)): gzip.decompress(p.read_bytes())
        if p.suffix == ".gz"
        else p.read_bytes()
        for p in sorted(out.rglob("*"))
        if p.is_file() and p.name != NAME
    }


def test_of_two_runs_at_once_the_second_writes_nothing(tmp_path: Path) -> None:
    """It says who holds the folder and since when; what comes out is one run's."""
    first, second = night(tmp_path / "a", 1, 2), night(tmp_path / "b", 3)
    out = tmp_path / "out"
    with standing(out, "transcribe", first) as holder:
        before = results(out)
        host = json.loads((out / LOCK).read_bytes())["host"]
        done = callqa("score", second, "--out", out)
        assert done.returncode == 2
        assert f"callqa transcribe，主机 {host} 上的进程 {holder.pid}，20" in done.stderr
        assert "什么都没写" in done.stderr
        for command in (["score", second], ["transcribe", second], ["rescore"], ["report"]):
            code, said = here(*command, "--out", out)
            assert code == 2
            assert f"process {holder.pid} on {host}" in said
        assert results(out) == before
        go_on(holder)
    assert holder.returncode == 0
    assert here("transcribe", first, "--out", tmp_path / "alone")[0] == 0
    assert results(out) == results(tmp_path / "alone")


def test_a_run_that_waits_goes_on_where_the_first_ended(tmp_path: Path) -> None:
    """Both nights are in the tables and in the ledger."""
    out = tmp_path / "out"
    with standing(out, "transcribe", night(tmp_path / "a", 1, 2)) as holder:
        second = night(tmp_path / "b", 3, 4)
        with running("transcribe", second, "--out", out, "--wait") as waiting:
            assert waiting.stderr is not None
            assert f"等待中：{out} 正被另一次运行占用" in waiting.stderr.readline()
            go_on(holder)
            assert waiting.wait(60) == 0
    assert holder.returncode == 0
    assert here("rescore", "--out", out)[0] == 0
    assert len(pd.read_parquet(out / "data/calls")) == 4
    with reading(out) as state:
        assert all(state.content_of_call(f"c{n}") for n in (1, 2, 3, 4))


def test_a_run_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    """The next one says whose place it takes, and goes on from there."""
    folder, out = night(tmp_path / "a", 1), tmp_path / "out"
    with standing(out, "score", folder) as holder:
        holder.kill()
        holder.wait()
    assert (out / LOCK).exists()
    code, said = here("transcribe", folder, "--out", out)
    assert code == 0, said
    assert "was killed" in said
    assert f"process {holder.pid} on" in said
    assert not list(out.glob("*lock*"))


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_told_to_end_lets_go(tmp_path: Path, told: signal.Signals) -> None:
    """By the system or by Ctrl-C."""
    out = tmp_path / "out"
    with standing(out, "score", night(tmp_path / "a", 1)) as holder:
        holder.send_signal(told)
        assert "已中断" in go_on(holder)
    assert holder.returncode == 4
    assert not (out / LOCK).exists()


def test_the_lock_of_another_host(tmp_path: Path) -> None:
    """Fresh it holds the folder, after the limit it does not."""
    folder, out = night(tmp_path / "a", 1), tmp_path / "out"
    with hold(out, "score", tell=print, lost=lambda: None):
        lock = json.loads((out / LOCK).read_bytes())
    out.mkdir()
    lock |= {"host": "nas-2", "machine": "another"}
    (out / LOCK).write_text(json.dumps(lock), encoding="utf-8")
    code, said = here("transcribe", folder, "--out", out)
    assert (code, "on nas-2, since 20" in said) == (2, True)
    then = time.time() - LIMIT - 1
    os.utime(out / LOCK, (then, then))
    code, said = here("transcribe", folder, "--out", out)
    assert (code, "on nas-2, since 20" in said) == (0, True), said
    assert not list(out.glob("*lock*"))


def test_wrong_usage_lets_go(tmp_path: Path) -> None:
    """The folder that was made for the lock goes as well."""
    assert here("score", "nowhere", "--out", tmp_path / "a" / "out")[0] == 2
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """In one sentence."""
    code, said = here("score", night(tmp_path / "a", 1), "--out", "/proc/nothing")
    assert (code, "cannot write into /proc/nothing: " in said) == (2, True)
