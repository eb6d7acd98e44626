"""A night in which nothing is new costs next to nothing, and misses nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pipeline.store.state import reading
from tests.cli.test_status import here
from tests.conftest import chinese
from tests.fixtures_truth import BROKEN
from tests.night.short_calls import write_call
from tests.night.test_shards import contents

if TYPE_CHECKING:
    from collections.abc import Callable

SCORE = """
import sys
from pipeline.cli.main import app
app(sys.argv[1:], standalone_mode=False)
print("heavy" if "pyarrow" in sys.modules or "jieba" in sys.modules else "light")
"""


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder of two dates and its ``OUT``, run once; each test leaves it as a run does."""
    folder = tmp_path_factory.mktemp("unchanged")
    for day in (15, 20):
        write_call(folder / "calls", f"{day}.json", "您好，江城中燃，请讲。", day=day)
    time.sleep(0.1)
    assert here("score", folder / "calls", "--out", folder / "out")[0] == 0
    return folder / "calls", folder / "out"


def had_nothing_to_do(folder: Path, out: Path) -> bool:
    """A run: whether it ended without a stage."""
    code, said = here("score", folder, "--out", out)
    assert code in {0, 3}, said
    with reading(out) as state:
        run = state.last_run()
    return run is not None and not run.seconds


def test_nothing_is_read_where_nothing_has_changed(night: tuple[Path, Path]) -> None:
    """The result is told again, and nothing heavy is loaded for it."""
    folder, out = night
    before = contents(out)
    done = subprocess.run(
        [sys.executable, "-c", SCORE, "score", folder, "--out", out],
        capture_output=True,
        text=True,
        check=True,
        env=chinese(),
    )
    assert "个文件：新转写 0 个，以前转写过" in done.stdout
    assert done.stdout.endswith("light\n")
    assert contents(out) == before
    assert "done" in here("status", out)[1]


def changed_behind_its_time(folder: Path, out: Path) -> None:
    """Other words of the same length under the same time."""
    del out
    path = folder / "15.json"
    then = path.stat()
    path.write_text(path.read_text(encoding="utf-8").replace("报修", "缴费"), encoding="utf-8")
    os.utime(path, ns=(then.st_atime_ns, then.st_mtime_ns))


def damaged(folder: Path, out: Path) -> None:
    """A table that somebody wrote into."""
    del folder
    with next(out.glob("data/calls/*/*.parquet")).open("ab") as table:
        table.write(b"x")


CHANGES: list[Callable[[Path, Path], object]] = [
    changed_behind_its_time,
    damaged,
    lambda folder, _: write_call(folder, "new.json", "您好，请讲。"),
    lambda folder, _: (folder / "20.json").rename(folder / "renamed.json"),
    lambda folder, _: (folder / "callqa.toml").write_text("[night]\nfree_mb = 100\n"),
    lambda _, out: next(out.glob("reports/calls/*/*.html")).unlink(),
    lambda _, out: next(out.glob("transcripts/*.parquet")).unlink(),
]


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_is_seen(
    night: tuple[Path, Path], change: Callable[[Path, Path], object]
) -> None:
    """In the folder, in the settings, in ``OUT``; then all is well again."""
    folder, out = night
    assert had_nothing_to_do(folder, out)
    change(folder, out)
    time.sleep(0.1)
    assert not had_nothing_to_do(folder, out)
    assert here("verify", out)[0] == 0
    assert had_nothing_to_do(folder, out)


def test_a_date_is_not_scored_again_for_anothers_sake(night: tuple[Path, Path]) -> None:
    """Its table stays the file that it was; the date with a new call gets another."""
    folder, out = night
    tables = sorted(out.glob("data/calls/*/*.parquet"))
    before = [path.stat().st_ino for path in tables]
    write_call(folder, "another.json", "您好，请讲。", day=15)
    assert "1 transcribed" in here("score", folder, "--out", out)[1]
    after = [path.stat().st_ino for path in tables]
    assert [a == b for a, b in zip(before, after, strict=True)] == [False, True]


def test_what_cannot_be_used_is_seen_again_each_night(night: tuple[Path, Path]) -> None:
    """A file without a byte costs no more than a look; its last night is today's."""
    folder, out = night
    shutil.copy(BROKEN / "zero-byte.wav", folder)
    time.sleep(0.1)
    for _ in range(2):
        code, said = here("score", folder, "--out", out)
        assert (code, "zero-byte.wav" in said) == (3, True)
    first = pd.read_parquet(out / "data/failures")
    time.sleep(1)
    assert had_nothing_to_do(folder, out)
    again = pd.read_parquet(out / "data/failures")
    assert first.first_seen.tolist() == again.first_seen.tolist()
    assert first.last_seen[0] < again.last_seen[0]
    assert had_nothing_to_do(folder, out)
