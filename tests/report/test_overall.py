"""The team's figures on its page and in the workbook, from the tables of more than one date."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from pipeline.errors import ConfigurationError
from tests.report.made_up import Tables, attempt, call, finding, moment, report
from tests.report.page import dead_links, text

if TYPE_CHECKING:
    from pathlib import Path

SECTIONS = ("班次 按通话", "接通率 接通的来电", "回访率 按月", "人工评分 2 通")


def night(out: Path) -> Path:
    """Two dates: two shifts and neither, two queues, callbacks, people's scores."""
    Tables(
        [
            call(
                "d1", "2026-11-19", queue="热线", customer_key="x", **moment("2026-11-19", "09:00")
            ),
            call(
                "d2", "2026-11-19", queue="热线", customer_key="y", **moment("2026-11-19", "18:00")
            ),
        ],
        attempts=[
            attempt("n1", "2026-11-19", queue="报修"),
            attempt("n2", "2026-11-19", queue="报修", answered=None),
        ],
    ).write(out, "2026-11-19")
    Tables(
        [call("e1", queue="热线", score=85.0, **moment("2026-11-20", "01:30"))],
        [finding("e1")],
        attempts=[attempt("k", direction="callback", customer_key="x")],
    ).write(out)
    lines = ["call_id,rater,score", "e1,甲,80", "e1,乙,82", "e1,丙,84", "d1,甲,100"]
    (out / "ratings.csv").write_text("\n".join(lines), encoding="gb18030")
    return report(out)


def test_the_page_shows_each_figure_with_its_count(tmp_path: Path) -> None:
    """The night shift holds 01:30, 18:00 lies outside; the shares come with what they are of."""
    root = night(tmp_path)
    shown = text(root / "index.html")
    assert all(part in shown for part in SECTIONS)
    assert "白班 08:00–17:00 1 1 100.0 只有 1 通，没有区间 0 0 190 0 0 50.0% 1 / 2" in shown
    assert "夜班 19:00–03:00 1 1 85.0 只有 1 通，没有区间 100 0 190 0 0 100.0% 1 / 1" in shown
    assert "不在班次内 1 1 100.0" in shown
    assert "热线 100.0% 43.9%–100.0% 3 3 0 报修 0.0% 0.0%–79.3% 1 0 1 低于 90%" in shown
    assert "全部 75.0% 30.1%–95.4% 4 3 1" in shown
    assert "另有 1 通来电话单没有写是否接通" in shown
    assert "自动应答不低于 98%、自动转接人工不低于 85%、人工接听不低于 90%" in shown
    assert "2026-11 50.0% 9.5%–90.5% 2 1 0 1 0" in shown
    assert "e1 2026-11-20 01:30 李静 3 82.0 85.0 +3.0" in shown
    assert "d1 2026-11-19 09:00 李静 不足三人 1 100.0 100.0 0.0" in shown
    assert list(dead_links(root)) == []


def test_the_workbook_has_the_same(tmp_path: Path) -> None:
    """Numbers stay numbers, an agent's rank and what cannot be said stay empty."""
    book = load_workbook(night(tmp_path) / "scores.xlsx")
    shifts = list(book["班次"].iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in shifts] == ["白班", "夜班", "不在班次内"]
    assert shifts[0][12:] == (2, 1, 0.5)
    shares = {row[:2]: row[2:] for row in book["接通与回访"].iter_rows(values_only=True)}
    assert shares["接通率", "全部"][:3] == (4, 3, 0.75)
    assert shares["回访率", "2026-11"][:3] == (2, 1, 0.5)
    assert "一直没打通的客户 1 位" in str(shares["回访率", "2026-11"][-1])
    rated = list(book["人工评分"].iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in rated] == ["e1", "d1"]
    assert rated[0][4:8] == (3, 82.0, 85.0, 3.0)
    assert rated[1][8] == "不足三人"


def test_where_there_is_nothing_to_show_only_the_sentence_stands(tmp_path: Path) -> None:
    """No unanswered call: no share, and never 100 %; the other sections are not there."""
    Tables([call("a"), call("b")]).write(tmp_path)
    root = report(tmp_path)
    shown = text(root / "index.html")
    assert "话单里没有未接来电，接通率无法计算" in shown
    assert "接通率 —" in shown
    assert not re.search(r"接通率 \S*%", shown)
    assert not any(part in shown for part in SECTIONS)
    book = load_workbook(root / "scores.xlsx")
    assert "人工评分" not in book.sheetnames
    (row,) = book["接通与回访"].iter_rows(min_row=2, values_only=True)
    assert row[2:5] == (None, None, None)
    assert row[-1] == "话单里没有未接来电，接通率无法计算"


def test_a_team_that_only_calls_out_has_no_share_of_answered_calls(tmp_path: Path) -> None:
    """Not even the sentence: nobody calls in."""
    Tables([call("a", direction="outbound")]).write(tmp_path)
    assert "接通率" not in text(report(tmp_path) / "index.html")


def test_a_night_in_which_nothing_was_answered_is_told(tmp_path: Path) -> None:
    """There is no recording at all."""
    Tables([], attempts=[attempt("a"), attempt("b")]).write(tmp_path)
    assert "0.0% 0.0%–65.8% 2 0 2" in text(report(tmp_path) / "index.html")


def test_who_is_surely_best_and_who_surely_needs_coaching_is_marked(tmp_path: Path) -> None:
    """Of eleven agents one each; the page says what the marks mean."""
    levels = {"高": [99.0, 100.0] * 3, "低": [70.0, 71.0] * 3}
    levels |= {f"中{n}": [86.0, 90.0] * 3 for n in range(9)}
    calls = [
        call(f"{name}{n}", agent_id=name, agent_name=name, score=score)
        for name, scores in levels.items()
        for n, score in enumerate(scores)
    ]
    Tables(calls).write(tmp_path)
    root = report(tmp_path)
    shown = text(root / "index.html")
    assert "优秀 前 10%" in shown
    assert "合格 需辅导" in shown
    assert "“前 10%”只标最差名次仍在前一成的客服" in shown
    assert shown.count("前 10%") == shown.count("需辅导") == 2
    heads, *rows = load_workbook(root / "scores.xlsx")["客服"].iter_rows(values_only=True)
    first = heads.index("最好名次")
    marked = {row[0]: row[first : first + 3] for row in rows}
    assert marked["高"] == (1, 1, "前 10%")
    assert marked["低"] == (11, 11, "需辅导")
    assert marked["中0"] == (2, 10, None)


def test_a_wrong_rating_stops_the_report_before_it_writes(tmp_path: Path) -> None:
    """With file and line."""
    Tables([call("a")]).write(tmp_path)
    (tmp_path / "ratings.csv").write_text("call_id,rater,score\na,甲,好\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"ratings\.csv:2: score"):
        report(tmp_path)
    assert not (tmp_path / "reports").exists()
