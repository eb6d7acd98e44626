"""What a reader of the team's page would notice."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from openpyxl import load_workbook

from pipeline.records import Judgement, Verdict
from pipeline.report.names import MEANS, RECORD_PAGE, agent_page, call_page, session_page
from pipeline.store.files import Store
from pipeline.store.schema import FailureRow, ReviewRow
from tests.report.made_up import SETTINGS, Tables, call, failure, finding, rating, report, verdict
from tests.report.page import dead_links, text

if TYPE_CHECKING:
    from pipeline.settings import Mean


def test_the_team_page_agrees_with_the_tables(sample_out: Path) -> None:
    """Each agent's mean over the period, and the number of scored calls."""
    calls = pd.read_parquet(sample_out / "data" / "calls")
    shown = text(sample_out / "reports" / "index.html")
    scored = calls[calls.status == "scored"]
    assert f"平均分 {scored.score.mean():.1f}" in shown
    assert f"已评分 {len(scored)} 共 {len(calls)} 通" in shown
    for (agent, name), own in scored.groupby(["agent_id", "agent_name"]):
        assert re.search(rf"{name} {agent} · \S+ {own.score.mean():.1f} ", shown), agent


def test_the_calls_that_need_a_person_come_first(tmp_path: Path) -> None:
    """A doubtful critical finding, a veto, a review, a call without score: in this order."""
    calls = [
        call("quiet"),
        call("dumb", status="not_scored", reason="未接通", score=None, level=""),
        call("doubt", review=True),
        call("veto", vetoed=True, score=0.0, level="不合格"),
        call("grave", review=True),
    ]
    found = [
        finding("doubt", outcome="review", points=0.0, message="听不清"),
        finding("veto", "wording.insult", severity="critical", message="辱骂"),
        finding("grave", "wording.insult", severity="critical", outcome="review", points=0.0),
    ]
    Tables(calls, found).write(tmp_path)
    page = report(tmp_path) / "index.html"
    first = text(page).split("先看这些通话")[1].split("客服 横条")[0]
    places = [first.index(name) for name in ("grave", "veto", "doubt", "dumb")]
    assert places == sorted(places)
    assert "quiet" not in first
    assert "#t=12.50" in page.read_text(encoding="utf-8")


def test_few_calls_are_shown_as_uncertain(tmp_path: Path) -> None:
    """One call gives no interval and no rank; many give a range."""
    many = [call(f"m{n}", agent_id="0001", agent_name="多", score=90.0 + n) for n in range(8)]
    Tables([*many, call("one", agent_id="0002", agent_name="少")]).write(tmp_path)
    shown = text(report(tmp_path) / "index.html")
    assert re.search(r"— 少 0002", shown)
    assert "只有 1 通，没有区间" in shown
    assert re.search(r"1 多 0001", shown)


def test_the_settings_say_which_score_means_are_made_of(tmp_path: Path) -> None:
    """Both stand there where people changed any, and pages and workbook say which it is."""
    calls = [call(f"c{n}", score=70.0, level="合格", score_final=70.0) for n in range(4)]
    calls[0] = call("c0", score=70.0, level="合格", score_final=98.0)
    Tables(calls).write(tmp_path)
    expected: dict[Mean, tuple[str, str]] = {
        "machine": ("70.0", "合格 4 100.0%"),
        "final": ("77.0", "优秀 1 25.0%"),
    }
    for mean, (now, levels) in expected.items():
        root = report(tmp_path, mean=mean)
        for page in ("index.html", agent_page("0008")):
            shown = text(root / page)
            assert f"平均分按{MEANS[mean]}" in shown
            assert "人工复核改了 1 通的分：机器平均 70.0，复核后平均 77.0。" in shown
        assert "70.0 复核后 98" in text(root / agent_page("0008"))
        shown = text(root / "index.html")
        assert f"平均分 {now} 95% 区间" in shown
        assert levels in shown
        heads, row = load_workbook(root / "scores.xlsx")["客服"].iter_rows(values_only=True)
        cells = dict(zip(heads, row, strict=True))
        assert (cells["平均分"], cells["平均分按"]) == (float(now), MEANS[mean])
        assert (cells["机器平均"], cells["复核后平均"], cells["复核改分"]) == (70.0, 77.0, 1)


def test_calls_of_a_calibration_session_are_in_no_mean(tmp_path: Path) -> None:
    """They are counted as calls and keep their score; the session has a page that is found."""
    calls = [call("c0", score=0.0, vetoed=True), call("c1", score=90.0), call("c2", score=92.0)]
    ratings = [rating("c0", "甲", Judgement.FAULT), rating("c0", "乙", Judgement.NO_FAULT)]
    Tables(calls, [finding("c0")], ratings=ratings).write(tmp_path)
    root = report(tmp_path)
    shown = text(root / "index.html")
    assert "平均分 91.0" in shown
    assert "已评分 2 共 3 通" in shown
    assert "校准 1 次" in shown
    one = text(root / call_page("2026-11-20", "c0"))
    assert "校准 w47，不计入平均分" in one
    assert "得分，优秀 0" in one
    assert "说法不同的地方 1 处" in text(root / session_page("w47"))
    assert list(dead_links(root)) == []


def test_how_right_the_rules_are_has_a_page(tmp_path: Path) -> None:
    """Where anybody said anything: each rule with what stood of it, the worst first; it goes again."""
    calls = [call(f"c{n}") for n in range(40)]
    found = [finding(c.call_id) for c in calls]
    said = [verdict(c.call_id, Verdict.STANDS) for c in calls]
    said += [verdict(c.call_id, Verdict.WRONG, rule_id="hold.ask") for c in calls[:9]]
    Tables(calls, found, reviews=said).write(tmp_path)
    root = report(tmp_path)
    assert "机器判得怎么样" in text(root / "index.html")
    shown = text(root / RECORD_PAGE)
    assert "49 条人工结论 2 条规则 再有 151 条" in shown
    assert "hold.ask hold.ask 0.0% 0 / 9，0.0%–29.9% — — 太常出错" in shown
    assert "wording.quarrel 100.0% 40 / 40，91.2%–100.0% — — 已证明" in shown
    assert shown.index("hold.ask") < shown.index("wording.quarrel")
    assert list(dead_links(root)) == []
    Store(tmp_path, SETTINGS.timezone).drop(ReviewRow, "2026-11-20")
    assert not (report(tmp_path) / RECORD_PAGE).exists()
    assert "机器判得怎么样" not in text(root / "index.html")


def test_without_calls_there_is_a_page_that_says_so(tmp_path: Path) -> None:
    """An empty folder gives a team page, and nothing that leads nowhere."""
    root = report(tmp_path)
    assert "还没有通话" in text(root / "index.html")
    assert list(dead_links(root)) == []


def test_failures_alone_are_listed(tmp_path: Path) -> None:
    """A night in which no file could be used."""
    Store(tmp_path, SETTINGS.timezone).write(
        FailureRow, "2026-11-20", [failure("坏/a.wav", "不是可以解码的录音")]
    )
    shown = text(report(tmp_path) / "index.html")
    assert "坏/a.wav 不是可以解码的录音 解码" in shown


def test_a_file_that_failed_later_than_the_calls_moves_no_period(tmp_path: Path) -> None:
    """It is dated by the run that met it: the newest calls stay in front, and it stands beside them."""
    Tables([call("c")]).write(tmp_path)
    Store(tmp_path, SETTINGS.timezone).write(FailureRow, "2026-12-24", [failure("x.wav", "坏")])
    shown = text(report(tmp_path) / "index.html")
    assert "新的一天 2026-11-20 1 通" in shown
    assert "x.wav 坏" in shown


def test_an_agent_without_a_scored_call(tmp_path: Path) -> None:
    """He has a page, and no number for a score."""
    Tables([call("c", status="not_scored", reason="未接通", score=None, level="")]).write(tmp_path)
    root = report(tmp_path)
    assert "不评分 没有可评分的通话" in text(root / agent_page("0008"))
    assert "没有可评分的通话" in text(root / "index.html")
