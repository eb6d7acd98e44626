"""``callqa rubric diff``: what a change would do to the calls of the past."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from pipeline.resources import LEXICONS, RUBRICS
from tests.conftest import callqa

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


def test_a_changed_phrase_shows_its_effect(
    brought: Callable[[Sequence[str]], Path], tmp_path: Path
) -> None:
    """Which call, from which score to which, which finding comes; nothing is written."""
    out = tmp_path / "out"
    assert callqa("score", brought(["g01", "g17"]), "--out", out).returncode == 0
    before = tmp_path / "before"
    shutil.copytree(RUBRICS, before / "rubrics")
    shutil.copytree(LEXICONS, before / "lexicons")
    quarrel = before / "lexicons" / "quarrel.txt"
    kept = [x for x in quarrel.read_text(encoding="utf-8").splitlines() if "爱找谁" not in x]
    quarrel.write_text("\n".join(kept), encoding="utf-8")
    table = out / "data" / "findings" / "date=2026-11-19" / "part-0.parquet"
    stood = table.read_bytes()
    old = before / "rubrics" / "gas-hotline.yml"
    done = callqa("rubric", "diff", old, "gas-hotline", "--data", out)
    assert done.returncode == 0, done.stderr
    assert "（-10.0）" in done.stdout
    assert "＋ -10.0  wording.quarrel" in done.stdout
    assert "“你爱找谁找谁”" in done.stdout
    assert "2 通中有 1 通会变" in done.stdout
    assert "g01" not in done.stdout
    assert table.read_bytes() == stood


def test_no_data_stops_with_2(tmp_path: Path) -> None:
    """And says what to do first."""
    done = callqa("rubric", "diff", "gas-hotline", "mall", "--data", tmp_path / "nothing")
    assert done.returncode == 2
    assert "里没有转写" in done.stderr
