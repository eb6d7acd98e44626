"""``callqa purge``: what is too old goes, all of it, and says so."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pipeline.records import AnswerKind
from pipeline.review.answered import About, give
from pipeline.review.migrate import open_database
from pipeline.settings import Settings
from tests.cli.test_status import here
from tests.night.short_calls import write_call

if TYPE_CHECKING:
    from pathlib import Path

OLD, NEW = "2026-11-18", "2026-11-20"
SAID = "八号为您服务，稍等帮您看看"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two dates, a call each, scored."""
    folder = tmp_path_factory.mktemp("purge")
    write_call(folder / "calls", "old-call.json", f"您好，江城中燃，{SAID}。", day=18)
    write_call(folder / "calls", "new-call.json", "您好，江城中燃，九号为您服务，请讲。", day=20)
    out = folder / "out"
    assert here("score", folder / "calls", "--out", out)[0] == 0
    assert here("sample", "--out", out)[0] == 0
    _judge(next((out / "reviews").glob("*/*.csv")))
    _answer(out)
    assert here("rescore", "--out", out)[0] == 0
    return folder


def _judge(work_list: Path) -> None:
    """Fill in a work list: every finding stands."""
    lines = pd.read_csv(work_list, dtype=str, keep_default_na=False)
    judged = lines.assign(verdict="stands", reviewer="甲")
    judged["comment"] = judged.date.map({OLD: SAID, NEW: ""})
    judged[judged.rule_id != ""].to_csv(work_list, index=False, encoding="utf-8-sig")


def _answer(out: Path) -> None:
    """Answer two questions of the house's own about the old call: one in words, one by choosing."""
    database = open_database(out, Settings())
    for question, kind, words in (
        ("why", AnswerKind.TEXT, SAID),
        ("solved", AnswerKind.CHOICE, "是"),
    ):
        about = About(call_id="old-call", date=OLD, agent_id="0008", question=question, kind=kind)
        with database.writing() as connection:
            give(connection, about, words, "甲", seen=0)
    database.close()


@pytest.fixture
def out(base: Path, tmp_path: Path) -> Path:
    """A copy of it, to purge."""
    shutil.copytree(base / "calls", tmp_path / "calls")
    return shutil.copytree(base / "out", tmp_path / "out")


def holding(out: Path, text: str) -> list[str]:
    """The files that hold a text, plain or in a table."""
    found = [p for p in sorted(out.rglob("*")) if p.is_file() and text.encode() in p.read_bytes()]
    tables = [p for p in sorted(out.rglob("*.parquet")) if _in_table(p, text)]
    return [str(p.relative_to(out)) for p in (*found, *tables)]


def _in_table(path: Path, text: str) -> bool:
    return text in pd.read_parquet(path, partitioning=None).to_csv()


def dates(out: Path, table: str) -> set[str]:
    """The dates of a table."""
    return {folder.name.removeprefix("date=") for folder in (out / "data" / table).glob("date=*")}


def _lists(out: Path) -> list[Path]:
    return sorted((out / "reviews").glob("*/*.csv"))


def test_everything_of_a_date_goes(out: Path) -> None:
    """Words, tables, pages, and what the ledger knows; the other date stays as it was."""
    assert any(path.startswith("reviews/") for path in holding(out, "old-call"))
    code, said = here("purge", out, "--before", "2026-11-19")
    assert code == 0, said
    assert "the words of 1 calls, 1 dates from 2026-11-18 to 2026-11-18" in said
    assert "transcripts: 1 files" in said
    assert holding(out, SAID) == []
    assert holding(out, "old-call") == ["review.db"]  # the answer that was chosen
    assert dates(out, "calls") == {NEW}
    assert (out / "reports/calls" / NEW).is_dir()
    assert here("verify", out)[0] == 0
    assert here("rescore", "--out", out)[0] == 0
    assert "nothing to remove" in here("purge", out, "--before", "2026-11-19")[1]


def test_scores_may_stay(out: Path) -> None:
    """The score and its points, and no word; they outlive later runs."""
    before = pd.read_parquet(out / "data/calls").score.tolist()
    points = pd.read_parquet(out / "data/findings").points.tolist()
    assert here("purge", out, "--before", "2026-11-19", "--keep", "scores")[0] == 0
    assert holding(out, SAID) == []
    assert dates(out, "calls") == {OLD, NEW}
    assert dates(out, "transcripts") == {NEW}
    reviews = pd.read_parquet(out / "data/reviews")
    old = reviews[reviews.date.astype(str) == OLD]
    assert set(old.verdict) == {"stands"}
    assert set(old.quote) | set(old.comment) == {""}
    assert set(pd.read_csv(_lists(out)[0]).date) == {NEW}
    assert here("rescore", "--out", out)[0] == 0
    assert pd.read_parquet(out / "data/answers").answer.tolist() == ["是"]
    assert pd.read_parquet(out / "data/calls").score.tolist() == before
    findings = pd.read_parquet(out / "data/findings")
    assert findings.points.tolist() == points
    assert set(findings[findings.date.astype(str) == OLD].quote) == {""}
    assert here("verify", out)[0] == 0


def test_a_call_of_a_purged_date_is_listed(out: Path) -> None:
    """It would take the place of the scores that stay."""
    here("purge", out, "--before", "2026-11-19", "--keep", "scores")
    code, said = here("score", out.parent / "calls", "--out", out)
    assert (code, "old-call.json" in said) == (3, True)
    assert dates(out, "calls") == {OLD, NEW}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [(["--before", "yesterday"], "is no date"), (["--before", NEW, "--keep", "all"], "scores")],
)
def test_wrong_usage(out: Path, wrong: list[str], told: str) -> None:
    """Exit 2."""
    code, said = here("purge", out, *wrong)
    assert (code, told in said) == (2, True)
