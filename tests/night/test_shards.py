"""A night in parts: the bytes of one run, whatever happens to a part."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pipeline.store.shards import Shard
from tests.cli.test_status import here
from tests.conftest import chinese
from tests.fixtures_truth import BROKEN
from tests.night.short_calls import write_call

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Calls of three dates, one of them twice, two under one call id, and a file without a byte."""
    folder = tmp_path_factory.mktemp("parts") / "calls"
    for number in range(7):
        write_call(
            folder,
            f"c{number}.json",
            f"您好，江城中燃，{number}号为您服务，请讲。",
            day=18 + number % 3,
            call_id="same" if number < 2 else "",
        )
    shutil.copy(folder / "c3.json", folder / "copy.json")
    shutil.copy(BROKEN / "zero-byte.wav", folder)
    return folder


@pytest.fixture(scope="module")
def whole(folder: Path) -> Path:
    """The night as one run."""
    out = folder.parent / "whole"
    code, said = here("score", folder, "--out", out)
    assert code == 3, said
    return out


def contents(out: Path) -> dict[str, bytes]:
    """Every file but the lists of failures and runs, whose clocks go on, and what names their sums."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file()
        and path.name not in {"state.db", "scores.xlsx"}
        and "failures" not in str(path)
        and "failures" not in path.read_bytes().decode(errors="replace")
    }


def listed(out: Path) -> set[tuple[str, str]]:
    """What could not be used, and why."""
    failures = pd.read_parquet(out / "data/failures")
    return set(zip(failures.file, failures.error, strict=True))


def scores(out: Path) -> set[tuple[str, float]]:
    """The score of each file; of two calls of one id, whichever came first keeps it."""
    calls = pd.read_parquet(out / "data/calls")
    return set(zip(calls.file, calls.score, strict=True))


def test_parts_side_by_side_come_to_the_bytes_of_one_run(folder: Path, whole: Path) -> None:
    """Two processes at once, one of which was killed before; published twice."""
    out = folder.parent / "parts"
    command = [sys.executable, "-m", "pipeline", "score", str(folder), "--out", str(out), "--shard"]
    with subprocess.Popen([*command, "1/2"], env=chinese()) as killed:
        while not list(out.glob("transcripts/*/*.gz")):
            assert killed.poll() is None
        killed.kill()
    side_by_side = [subprocess.Popen([*command, f"{n}/2"], env=chinese()) for n in (1, 2)]
    assert {process.wait(60) for process in side_by_side} <= {0, 3}
    assert not (out / "state.db").exists()
    code, said = here("status", out)
    assert "part 1/2: not running" in said
    for _ in range(2):
        code, said = here("publish", out)
        assert code in {0, 3}, said
        assert contents(out) == contents(whole)
        assert listed(out) == listed(whole)
    assert here("verify", out)[0] == 0


def test_a_part_that_has_not_ended_is_listed(folder: Path, whole: Path) -> None:
    """What there is is published; when the part has come, all is."""
    out = folder.parent / "late"
    assert here("score", folder, "--out", out, "--shard", "2/2")[0] in {0, 3}
    code, said = here("publish", out)
    assert code == 3
    assert "--shard 1/2" in said
    assert ("--shard 1/2", "PartMissing") in listed(out)
    assert here("score", folder, "--out", out, "--shard", "1/2")[0] in {0, 3}
    here("publish", out)
    assert scores(out) == scores(whole)
    assert listed(out) == listed(whole)
    assert "no parts" in here("publish", out)[1]


def test_parts_that_saw_different_folders_are_told_of(folder: Path) -> None:
    """A call that came between them is no part's; the one that did not see it is to run again."""
    mine, out = shutil.copytree(folder, folder.parent / "grown"), folder.parent / "grown-out"
    here("transcribe", mine, "--out", out, "--shard", "1/2")
    write_call(mine, "new.json", "您好，请讲。")
    here("transcribe", mine, "--out", out, "--shard", "2/2")
    code, said = here("publish", out)
    assert code == 3
    assert "--shard 1/2" in said
    assert not (out / "data/calls").exists()
    here("transcribe", mine, "--out", out, "--shard", "1/2")
    assert "--shard" not in here("publish", out)[1]


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "a/b", "1/0"])
def test_a_part_that_there_is_not(folder: Path, tmp_path: Path, text: str) -> None:
    """Exit 2, nothing written."""
    code, said = here("score", folder, "--out", tmp_path / "out", "--shard", text)
    assert (code, "expected K/N" in said) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_every_content_is_one_parts() -> None:
    """None is nobody's, none is two parts'."""
    shards = Shard(number=1, of=5).all
    for number in range(100):
        assert sum(shard.holds(f"{number * 7919:064x}"[::-1]) for shard in shards) == 1
