"""One holder: a lock that is taken once, outlives nobody, and is inherited by one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ConfigurationError, HeldError, StoppedError
from pipeline.store.hold import hold
from pipeline.store.holder import LIMIT, LOCK, shard_lock
from pipeline.store.shards import Shard

GONE = 2**22 + 1
"""No process of Linux has this number: it is beyond the highest that there can be."""


def take(out: Path, said: list[str], **how: Any) -> Any:
    """Hold ``out`` as a run does; what it tells goes into ``said``."""
    return hold(out, "score", tell=said.append, lost=lambda: None, **how)


def own(out: Path, **other: Any) -> dict[str, Any]:
    """What this process's lock would say, but for ``other``."""
    with take(out, []):
        found: dict[str, Any] = json.loads((out / LOCK).read_bytes())
    return {**found, "token": "0123456789abcdef", **other}


def leave(out: Path, lock: dict[str, Any], *, age: float = 0.0) -> None:
    """A lock of another run, last renewed so many seconds ago."""
    out.mkdir(parents=True, exist_ok=True)
    (out / LOCK).write_text(json.dumps(lock), encoding="utf-8")
    then = time.time() - age
    os.utime(out / LOCK, (then, then))


def test_the_lock_names_the_run(tmp_path: Path) -> None:
    """Host, process, command and since when; it goes with the run, and so do folders made for it."""
    out = tmp_path / "a" / "out"
    with take(out, []):
        lock = json.loads((out / LOCK).read_bytes())
        assert (lock["command"], lock["pid"]) == ("score", os.getpid())
        assert lock["host"]
        assert lock["since"]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_results_stays(tmp_path: Path) -> None:
    """Only the lock goes."""
    with take(tmp_path / "out", []):
        (tmp_path / "out" / "data").mkdir()
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["data"]


def test_it_goes_after_an_error_too(tmp_path: Path) -> None:
    """Whatever ends the block."""
    with pytest.raises(ZeroDivisionError), take(tmp_path / "out", []):
        _ = 1 / 0
    assert list(tmp_path.iterdir()) == []


def test_nobody_else_gets_it_meanwhile(tmp_path: Path) -> None:
    """Who has it is told, and the lock stays his."""
    with take(tmp_path, []):
        before = (tmp_path / LOCK).read_bytes()
        with pytest.raises(HeldError, match=f"process {os.getpid()} on "), take(tmp_path, []):
            pass
        assert (tmp_path / LOCK).read_bytes() == before


@pytest.mark.parametrize("other", [{"pid": GONE}, {"started": "1"}])
def test_a_dead_process_of_this_machine_holds_nothing(
    tmp_path: Path, other: dict[str, Any]
) -> None:
    """However fresh its lock is; a later process of the same number is not the holder."""
    said: list[str] = []
    leave(tmp_path, own(tmp_path, **other))
    with take(tmp_path, said):
        assert [p.name for p in tmp_path.iterdir()] == [LOCK]
    assert len(said) == 1
    assert "was killed" in said[0]


def test_another_host_is_believed_until_it_is_silent(tmp_path: Path) -> None:
    """Its processes cannot be seen: a sign of life within the limit counts, none after it does."""
    said: list[str] = []
    elsewhere = own(tmp_path, host="nas-2", machine="another", pid=GONE)
    leave(tmp_path, elsewhere, age=LIMIT - 10)
    with pytest.raises(HeldError, match="on nas-2"), take(tmp_path, said):
        pass
    assert [p.name for p in tmp_path.iterdir()] == [LOCK]
    leave(tmp_path, elsewhere, age=LIMIT + 10)
    with take(tmp_path, said):
        pass
    assert "nas-2" in said[0]


@pytest.mark.parametrize("content", ["", "[]", '{"token": "a", "pid": "1"}'])
def test_a_lock_that_cannot_be_read(tmp_path: Path, content: str) -> None:
    """It may be another run's that has just begun, until nobody can believe that."""
    said: list[str] = []
    lock = tmp_path / LOCK
    lock.write_text(content, encoding="utf-8")
    with pytest.raises(HeldError, match="cannot be read"), take(tmp_path, said):
        pass
    os.utime(lock, (time.time() - LIMIT - 10,) * 2)
    with take(tmp_path, said):
        pass
    assert "could not be read" in said[0]


def test_a_claimant_that_died_is_inherited_as_well(tmp_path: Path) -> None:
    """Killed between claiming a dead run's place and taking it."""
    dead = own(tmp_path, pid=GONE)
    leave(tmp_path, dead)
    claim = {**dead, "token": "fedcba9876543210"}
    (tmp_path / f"{LOCK}.{dead['token']}").write_text(json.dumps(claim), encoding="utf-8")
    with take(tmp_path, []):
        assert json.loads((tmp_path / LOCK).read_bytes())["pid"] == os.getpid()
        assert [p.name for p in tmp_path.iterdir()] == [LOCK]


def test_signs_of_life(tmp_path: Path) -> None:
    """The lock is written anew while the run lives, and put back where somebody removed it."""
    lock = tmp_path / LOCK
    with take(tmp_path, [], every=0.02):
        os.utime(lock, (0, 0))
        assert eventually(lambda: lock.stat().st_mtime > 0)
        lock.unlink()
        assert eventually(lock.exists)
    assert not lock.exists()


def test_a_run_whose_place_was_taken_is_told(tmp_path: Path) -> None:
    """It slept for longer than the limit; what the other one holds stays the other one's."""
    said: list[str] = []
    lost = threading.Event()
    other = own(tmp_path)
    with hold(tmp_path, "score", tell=said.append, lost=lost.set, every=0.02):
        fresh = tmp_path / "fresh"
        fresh.write_text(json.dumps(other), encoding="utf-8")
        fresh.replace(tmp_path / LOCK)
        assert lost.wait(5)
    assert "took" in said[0]
    assert json.loads((tmp_path / LOCK).read_bytes()) == other


@pytest.mark.parametrize("empty", [False, True])
def test_a_folder_that_goes_away_stops_the_run(tmp_path: Path, *, empty: bool) -> None:
    """A share that is unmounted leaves nothing behind, or an empty folder: the run says so."""
    out = tmp_path / "out"

    def goes_away() -> None:
        with take(out, []):
            out.rename(tmp_path / "away")
            if empty:
                out.mkdir()

    with pytest.raises(StoppedError, match=f"{out} went away .*mount it and run this again"):
        goes_away()


def test_a_place_that_is_no_folder(tmp_path: Path) -> None:
    """It is said as wrong usage."""
    file = tmp_path / "file"
    file.touch()
    for out in (file, file / "out"):
        with pytest.raises(ConfigurationError, match="is a file"), take(out, []):
            pass


def test_of_many_one_holds_it_at_a_time(tmp_path: Path) -> None:
    """Eight at once, most of them killed while they hold it, so that there is always one to inherit."""
    leave(tmp_path, own(tmp_path, pid=GONE))
    command = [sys.executable, "-m", "tests.store.contenders", str(tmp_path), "30"]
    racing = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(8)]
    held = [process.communicate()[0] for process in racing]
    assert [process.returncode for process in racing] == [0] * 8
    assert sum(map(int, held)) >= 30
    assert {p.name for p in tmp_path.iterdir()} <= {LOCK}


def eventually(true: Any) -> bool:
    """Whether something comes true within five seconds."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            if true():
                return True
        except FileNotFoundError:
            pass
        time.sleep(0.01)
    return False


def test_parts_of_one_division_hold_beside_each_other(tmp_path: Path) -> None:
    """Each its own; the whole, and parts of another division, have to wait for all of them."""
    first, second, other = (Shard(number=k, of=n) for k, n in ((1, 2), (2, 2), (1, 3)))
    with take(tmp_path, [], shard=first), take(tmp_path, [], shard=second):
        for refused in (first, other, None):
            with pytest.raises(HeldError), take(tmp_path, [], shard=refused):
                pass
    with take(tmp_path, []), pytest.raises(HeldError), take(tmp_path, [], shard=first):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    """Neither its own place nor that of the whole."""
    said: list[str] = []
    shard = Shard(number=1, of=2)
    with take(tmp_path, [], shard=shard):
        lock = json.loads((tmp_path / shard_lock(shard)).read_bytes())
    dead = json.dumps({**lock, "pid": GONE, "token": "0123456789abcdef"})
    (tmp_path / shard_lock(shard)).write_text(dead, encoding="utf-8")
    with take(tmp_path, said):
        pass
    with take(tmp_path, said, shard=shard):
        pass
    assert "was killed" in said[0]
    assert list(tmp_path.iterdir()) == []
