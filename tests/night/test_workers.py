"""One bad call stays one bad call: it hangs, crashes or eats memory, and no other notices."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pandas as pd
import pytest

from pipeline.night.how import How
from pipeline.night.transcribe import find, hear
from pipeline.settings import Settings
from pipeline.store.files import Store
from pipeline.store.holder import LOCK
from tests.conftest import chinese
from tests.fixtures_truth import BROKEN
from tests.report.made_up import Quiet
from tests.sounds import scripted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.records import Failure


def calls_in(folder: Path, *call_ids: str) -> Path:
    """A folder of recordings that bring their transcripts: they are decoded, and no model hears them."""
    folder.mkdir()
    for call_id in call_ids:
        truth = scripted(call_id)
        shutil.copy(truth.path, folder)
        sidecar = (folder / truth.path.name).with_suffix(".json")
        sidecar.write_text(json.dumps(truth.sidecar(), ensure_ascii=False), encoding="utf-8")
    return folder


def night(
    folder: Path, out: Path, *, between: Callable[[], object] = int, **limits: Any
) -> tuple[Failure, ...]:
    """Hear a folder within these limits; ``between`` happens when it has been looked at."""
    settings = Settings.model_validate({"night": limits})
    plan = find(folder, out, settings, rubric="gas-hotline", how=How(), progress=Quiet())
    between()
    return hear(plan, out, how=How(), progress=Quiet()).failures


def heard(out: Path) -> set[str]:
    """The files that were heard and kept."""
    store = Store(out, "UTC")
    return {
        kept.recording.file
        for date in store.transcripts.dates()
        for kept in store.transcripts.heads(date)
    }


def test_a_call_that_hangs_is_given_up(tmp_path: Path) -> None:
    """A decoder that waits for ever for bytes that do not come: listed with its stage and a way out."""
    folder = calls_in(tmp_path / "calls", "g25", "g08")
    hangs = folder / scripted("g08").path.name

    def becomes_a_pipe() -> None:
        hangs.unlink()
        os.mkfifo(hangs)

    failures = night(
        folder, tmp_path / "out", between=becomes_a_pipe, call_seconds=6, seconds_per_second=1
    )
    (failure,) = failures
    assert (failure.file, failure.stage, failure.error) == (hangs.name, "audio", "TimedOut")
    for part in ("call_seconds", "单独再试", "换一种格式"):
        assert part in str(failure.message)
    assert heard(tmp_path / "out") == {scripted("g25").path.name}
    listed = pd.read_parquet(tmp_path / "out/data/failures")
    assert list(listed.error) == ["TimedOut"]


def test_a_call_that_eats_memory_is_given_up(tmp_path: Path) -> None:
    """More than a process may use, also alone."""
    folder = calls_in(tmp_path / "calls", "g25")
    (failure,) = night(folder, tmp_path / "out", memory_mb=40)
    assert failure.error == "OutOfMemory"
    assert "上限是 40 MB" in str(failure.message)
    assert heard(tmp_path / "out") == set()


def workers_of(pid: int) -> list[int]:
    """The processes that a run has started to hear with."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            told = stat.read_text(encoding="utf-8", errors="replace")
            command = stat.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if int(told.rpartition(")")[2].split()[1]) == pid and b"spawn_main" in command:
            found.append(int(stat.parent.name))
    return found


class Harm:
    """Sends the workers of a process a signal, each new one as it appears, so many at most."""

    def __init__(self, pid: int, number: signal.Signals, most: int) -> None:
        """It begins at once."""
        self.harmed: set[int] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(pid, number, most))
        self._thread.start()

    def _run(self, pid: int, number: signal.Signals, most: int) -> None:
        while not self._over.wait(0.01) and len(self.harmed) < most:
            for worker in set(workers_of(pid)) - self.harmed:
                self.harmed.add(worker)
                os.kill(worker, number)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def test_a_process_that_dies_takes_no_call_with_it(tmp_path: Path) -> None:
    """It is killed with all it has in hand: each is heard again, and nothing is missed."""
    folder = calls_in(tmp_path / "calls", "g25", "g08")
    with Harm(os.getpid(), signal.SIGKILL, most=1) as harm:
        assert night(folder, tmp_path / "out") == ()
    assert len(harm.harmed) == 1
    assert len(heard(tmp_path / "out")) == 2


def test_a_process_that_stands_still_is_replaced(tmp_path: Path) -> None:
    """As one that hangs in native code, where no signal but the last one helps."""
    folder = calls_in(tmp_path / "calls", "g25")
    with Harm(os.getpid(), signal.SIGSTOP, most=1) as harm:
        assert night(folder, tmp_path / "out", call_seconds=9) == ()
    assert len(harm.harmed) == 1
    assert len(heard(tmp_path / "out")) == 1


def test_a_call_whose_process_dies_twice_is_listed(tmp_path: Path) -> None:
    """With the signal that ended it."""
    folder = calls_in(tmp_path / "calls", "g25")
    with Harm(os.getpid(), signal.SIGKILL, most=9):
        (failure,) = night(folder, tmp_path / "out")
    assert (failure.error, "SIGKILL" in str(failure.message)) == ("ProcessDied", True)


def test_a_file_without_a_byte_needs_no_speech_model(tmp_path: Path) -> None:
    """The model cannot be had, and nothing that it would hear is there: one failure, of ingest."""
    folder = calls_in(tmp_path / "calls", "g25")
    shutil.copy(BROKEN / "zero-byte.wav", folder)
    settings = Settings.model_validate({"asr": {"model": "nowhere"}})
    plan = find(
        folder, tmp_path / "out", settings, rubric="gas-hotline", how=How(), progress=Quiet()
    )
    assert [failure.stage for failure in plan.found.failures] == ["ingest"]
    assert plan.unheard == []


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A run that hears one call at a time, whose worker has just begun."""
    folder = calls_in(tmp_path / "calls", "g25", "g08", "g36", "g26")
    (folder / "callqa.toml").write_text("[asr]\ncalls = 1\n", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pipeline",
        "score",
        str(folder),
        "--out",
        str(tmp_path / "out"),
    ]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, env=chinese(), **pipes) as process:
        until = time.monotonic() + 60
        while not workers_of(process.pid):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.01)
        yield process
        process.kill()


def test_a_run_that_is_told_to_end_finishes_what_it_has_in_hand(
    stopped: subprocess.Popen[str], tmp_path: Path
) -> None:
    """Exit 4; the call in hand is kept, no further one is begun, and the next run needs no repair."""
    stopped.send_signal(signal.SIGTERM)
    _, said = stopped.communicate(timeout=60)
    assert stopped.returncode == 4, said
    assert "已中断" in said
    assert len(heard(tmp_path / "out")) == 1
    assert not (tmp_path / "out" / LOCK).exists()
    folder = tmp_path / "calls"
    assert night(folder, tmp_path / "out") == ()
    assert len(heard(tmp_path / "out")) == 4


def test_a_run_that_is_told_twice_ends_at_once(
    stopped: subprocess.Popen[str], tmp_path: Path
) -> None:
    """Even where the call in hand would never end."""
    (worker,) = workers_of(stopped.pid)
    os.kill(worker, signal.SIGSTOP)
    for _ in range(2):
        stopped.send_signal(signal.SIGINT)
        time.sleep(0.5)
    _, said = stopped.communicate(timeout=30)
    assert stopped.returncode == 4, said
    assert heard(tmp_path / "out") == set()
    assert not Path(f"/proc/{worker}").exists()
