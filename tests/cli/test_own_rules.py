"""A house's own rules: laid out, named once, used everywhere, and answered for later."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pipeline.resources import LEXICONS
from tests.conftest import callqa

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

NIGHT = """
extends: gas-hotline
title: 夜班规范
sections: {wording: {title: 夜班用语, cap: 33}}
rules:
  wording.quarrel: {title: 夜里更不能吵}
"""
"""A rubric of its own that has the packaged one's name: all else is the packaged one's."""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder that holds one changed list: the agent of g17 says this, and no other list has it."""
    folder = tmp_path / "own"
    (folder / "lexicons").mkdir(parents=True)
    rhetorical = (LEXICONS / "rhetorical.txt").read_text(encoding="utf-8")
    (folder / "lexicons" / "rhetorical.txt").write_text(
        f"{rhetorical}\n没有时间去\n", encoding="utf-8"
    )
    return folder


@pytest.fixture
def night(tmp_path: Path) -> Path:
    """A folder that holds one changed rubric."""
    (tmp_path / "night" / "rubrics").mkdir(parents=True)
    (tmp_path / "night" / "rubrics" / "gas-hotline.yml").write_text(NIGHT, encoding="utf-8")
    return tmp_path / "night"


def score_of(out: Path) -> float:
    """The score of the one call in ``out``."""
    (score,) = pd.read_parquet(out / "data" / "calls").score
    return float(score)


def test_rules_are_laid_out_once(tmp_path: Path) -> None:
    """What is laid out is right as it stands; a folder that holds rules is left alone."""
    done = callqa("rubric", "init", "mine", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "callqa rubric check --rules mine" in done.stdout
    for file in (
        "rubrics/gas-hotline.yml",
        "rubrics/rules/voice.rate.yml",
        "lexicons/rhetorical.txt",
    ):
        assert (tmp_path / "mine" / file).is_file()
    checked = callqa("rubric", "check", "--rules", "mine", cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    assert f"规则：{tmp_path / 'mine'}" in checked.stdout.splitlines()[0]
    shutil.rmtree(tmp_path / "mine" / "rubrics")
    again = callqa("rubric", "init", "mine", cwd=tmp_path)
    assert again.returncode == 2
    assert not (tmp_path / "mine" / "rubrics").exists()


def test_a_broken_rule_of_ones_own_is_found(tmp_path: Path, own: Path) -> None:
    """With file and line, by --rules and by a callqa.toml that stands somewhere else."""
    (own / "rubrics" / "rules").mkdir(parents=True)
    (own / "rubrics" / "rules" / "voice.rate.yml").write_text("title: 语速\n", encoding="utf-8")
    named = callqa("rubric", "check", "--rules", own, cwd=tmp_path)
    assert named.returncode == 2
    assert "own/rubrics/rules/voice.rate.yml:1" in named.stderr
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "callqa.toml").write_text('rules = "../own"\n', encoding="utf-8")
    told = callqa("rubric", "check", "--config", "conf/callqa.toml", cwd=tmp_path)
    assert told.returncode == 2
    assert "own/rubrics/rules/voice.rate.yml:1" in told.stderr


@pytest.mark.parametrize("made", [False, True])
def test_a_folder_without_rules_stops_with_file_and_line(tmp_path: Path, made: bool) -> None:
    """Whether it is not there or empty: going on with other rules would be the worst answer."""
    if made:
        (tmp_path / "mine").mkdir()
    (tmp_path / "callqa.toml").write_text('timezone = "UTC"\nrules = "mine"\n', encoding="utf-8")
    done = callqa("rubric", "list", cwd=tmp_path)
    assert done.returncode == 2
    assert "callqa.toml:2: rules:" in done.stderr
    assert "mine" in done.stderr
    assert done.stdout == ""


def test_a_local_folder_that_is_not_used_is_pointed_at(own: Path) -> None:
    """Rules in the current folder are not taken up unasked, nor passed over in silence."""
    shown = callqa("rubric", "list", cwd=own).stdout
    assert "规则：随软件安装的" in shown.splitlines()[0]
    assert "--rules ." in shown.splitlines()[0]


def test_rescore_stays_with_the_rules_it_was_told(
    brought: Callable[[Sequence[str]], Path], tmp_path: Path, own: Path
) -> None:
    """The next rescore, wherever it runs, and explain give the same score, until others are named."""
    out = tmp_path / "out"
    assert callqa("score", brought(["g17"]), "--out", out).returncode == 0
    before = score_of(out)
    told = callqa("rescore", "--out", "out", "--rules", "own", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert f"规则：{own}" in told.stdout
    after = score_of(out)
    assert after < before
    again = callqa("rescore", "--out", out, cwd=own.parent.parent)
    assert f"规则：{own}" in again.stdout
    assert score_of(out) == after
    assert f"得分 {after:.1f}" in callqa("explain", "g17", "--out", out).stdout
    (tmp_path / "packaged.toml").write_text("", encoding="utf-8")
    callqa("rescore", "--out", out, "--config", tmp_path / "packaged.toml")
    assert score_of(out) == before


def test_rescore_stays_with_the_rubric_it_was_told(
    brought: Callable[[Sequence[str]], Path], tmp_path: Path
) -> None:
    """A rubric by its path, too, from another folder."""
    out = tmp_path / "out"
    assert callqa("score", brought(["g17"]), "--out", out).returncode == 0
    (tmp_path / "mine.yml").write_text('extends: mall\ntitle: 我的\nversion: "9"\n', "utf-8")
    told = callqa("rescore", "--out", "out", "--rubric", "mine.yml", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    after = score_of(out)
    (tmp_path / "elsewhere").mkdir()
    assert callqa("rescore", "--out", out, cwd=tmp_path / "elsewhere").returncode == 0
    assert score_of(out) == after
    assert "规范 我的（mine 9+" in callqa("explain", "g17", "--out", out).stdout


def test_what_scored_a_call_is_kept_and_spoken_of(
    brought: Callable[[Sequence[str]], Path], tmp_path: Path, night: Path
) -> None:
    """Titles, caps and score stay those of the night, though its rules are gone and others are there."""
    out = tmp_path / "out"
    assert callqa("score", brought(["g17"]), "--out", out, "--rules", night).returncode == 0
    scored = score_of(out)
    shutil.rmtree(night)
    shown = callqa("explain", "g17", "--out", out, cwd=tmp_path).stdout
    (kept,) = (out / "rubrics").glob("gas-hotline-*.json")
    assert f"规则：评分时保存的 {kept}" in shown
    for part in ("夜班规范", "wording.quarrel 夜里更不能吵", "夜班用语", "上限 -33"):
        assert part in shown
    assert f"得分 {scored:.1f}" in shown
    assert callqa("report", "--out", out, cwd=tmp_path).returncode == 0
    page = (out / "reports" / "calls" / "2026-11-19" / "g17.html").read_text(encoding="utf-8")
    assert "夜里更不能吵" in page
    lost = callqa("rescore", "--out", out)
    assert lost.returncode == 2
    assert str(night) in lost.stderr
    assert score_of(out) == scored


def test_a_kept_rubric_is_whole(
    brought: Callable[[Sequence[str]], Path], tmp_path: Path, own: Path
) -> None:
    """One file a version: numbers, clauses, phrases; a changed phrase is another version."""
    out = tmp_path / "out"
    folder = brought(["g17"])
    assert callqa("score", folder, "--out", out).returncode == 0
    assert callqa("rescore", "--out", out, "--rules", own).returncode == 0
    files = list((out / "rubrics").iterdir())
    kept = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    (version,) = set(pd.read_parquet(out / "data" / "calls").rubric_version)
    assert version in {one["version"] for one in kept}
    assert len({one["version"] for one in kept}) == len(files) == 2
    assert sum("没有时间去" in one["lexicons"]["rhetorical"]["phrases"] for one in kept) == 1
    for one in kept:
        assert one["file"]["levels"][0] == {"name": "优秀", "at_least": 90.0}
        rule = one["rules"]["wording.rhetorical"]
        assert rule["source"].startswith("G ")
        assert {"title", "kind", "deduct", "why", "message", "examples"} <= set(rule["data"])


def test_a_parents_change_is_another_version(tmp_path: Path) -> None:
    """A rubric that extends another is that one too."""

    def version() -> str:
        shown = callqa("rubric", "check", "--rules", "mine", "--rubric", "late", cwd=tmp_path)
        assert shown.returncode == 0, shown.stderr
        return shown.stdout.splitlines()[-1]

    rubrics = tmp_path / "mine" / "rubrics"
    rubrics.mkdir(parents=True)
    (rubrics / "late.yml").write_text('extends: early\nversion: "1"\n', encoding="utf-8")
    early = 'extends: mall\ntitle: 早\nshortest_call: {}\nversion: "1"\n'
    (rubrics / "early.yml").write_text(early.format(10), encoding="utf-8")
    first = version()
    (rubrics / "early.yml").write_text(early.format(12), encoding="utf-8")
    assert version() != first


def test_rubrics_that_extend_each_other_are_an_error(tmp_path: Path) -> None:
    """And no endless search."""
    rubrics = tmp_path / "mine" / "rubrics"
    rubrics.mkdir(parents=True)
    for name, base in (("a", "b"), ("b", "a")):
        (rubrics / f"{name}.yml").write_text(f"extends: {base}\n", encoding="utf-8")
    done = callqa("rubric", "check", "--rules", "mine", "--rubric", "a", cwd=tmp_path)
    assert done.returncode == 2
    assert "b.yml:1: extends" in done.stderr


def test_two_folders_of_rules_are_compared(
    brought: Callable[[Sequence[str]], Path], tmp_path: Path, own: Path
) -> None:
    """A folder stands for its own rubric of the results' name."""
    out = tmp_path / "out"
    assert callqa("score", brought(["g17"]), "--out", out).returncode == 0
    done = callqa("rubric", "diff", "gas-hotline", own, "--data", out)
    assert done.returncode == 0, done.stderr
    assert "旧规则：随软件安装的" in done.stdout
    assert f"新规则：{own}" in done.stdout
    assert "“没有时间去”" in done.stdout
