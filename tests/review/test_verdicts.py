"""People's verdicts are read as they wrote them, and a wrong line is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.errors import ConfigurationError
from pipeline.records import Review, Verdict
from pipeline.review.verdicts import all_reviews, read_reviews
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "call_id,rule_id,verdict,reviewer,turn,comment\n"


def written(path: Path, text: str) -> Path:
    """A file of verdicts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8-sig")
    return path


def test_each_line_is_a_verdict(tmp_path: Path) -> None:
    """A line without one says nothing yet; columns for the eye are left alone."""
    path = written(
        tmp_path / "r.csv",
        "call_id,rule_id,verdict,reviewer,turn,comment,quote\n"
        "c1,hold.warn,wrong,甲,3,说的是阀门,转一下阀门\n"
        "c1,,done,甲,,,\n"
        "c2,hold.warn,,甲,1,,\n"
        "'=c3,hold.warn,missed,乙,,全程没有,\n",
    )
    assert read_reviews(path) == [
        Review(
            call_id="c1",
            rule_id="hold.warn",
            verdict=Verdict.WRONG,
            reviewer="甲",
            turn=3,
            comment="说的是阀门",
        ),
        Review(call_id="c1", verdict=Verdict.DONE, reviewer="甲"),
        Review(
            call_id="=c3",
            rule_id="hold.warn",
            verdict=Verdict.MISSED,
            reviewer="乙",
            comment="全程没有",
        ),
    ]


def test_work_lists_come_before_the_file_of_everybody(tmp_path: Path) -> None:
    """What stands in the file is later, and counts."""
    written(tmp_path / "reviews/2026-W47/甲.csv", HEAD + "c1,hold.warn,stands,甲,3,\n")
    written(tmp_path / "reviews.csv", HEAD + "c1,hold.warn,wrong,主管,3,\n")
    assert [one.reviewer for one in all_reviews(tmp_path, Settings())] == ["甲", "主管"]
    assert all_reviews(tmp_path / "none", Settings()) == []


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("c1,hold.warn,right,甲,,", "right"),
        (",hold.warn,wrong,甲,,", "call_id"),
        ("c1,hold.warn,wrong,,,", "reviewer"),
        ("c1,,wrong,甲,,", "rule_id"),
        ("c1,hold.warn,done,甲,,", "rule_id"),
        ("c1,hold.warn,wrong,甲,三,", "三"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, wrong: str) -> None:
    """With its number and what is wrong with it."""
    path = written(tmp_path / "r.csv", HEAD + "c0,,done,甲,,\n" + line + "\n")
    with pytest.raises(ConfigurationError, match=wrong) as caught:
        read_reviews(path)
    assert caught.value.line == 3
