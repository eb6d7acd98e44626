"""What a reader of a call's page would notice."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pipeline.records import Personal, Verdict
from pipeline.report.names import agent_page, call_page
from pipeline.store.schema import MaskedPlace, TurnWord
from tests.report.made_up import Tables, call, finding, report, turn, verdict
from tests.report.page import tags, text


def test_every_call_has_a_page_that_adds_up(sample_out: Path) -> None:
    """The score, each finding's points and quote, and the total stand on the page."""
    calls = pd.read_parquet(sample_out / "data" / "calls")
    findings = pd.read_parquet(sample_out / "data" / "findings")
    for row in calls[calls.status == "scored"].itertuples():
        shown = text(sample_out / "reports" / call_page(str(row.date), str(row.call_id)))
        own = findings[(findings.call_id == row.call_id) & (findings.outcome == "violation")]
        costs = {f"−{-p:g}" if p else " 0 " for p in own.points}
        assert all(cost in shown for cost in costs)
        assert f"得分，{row.level} {row.score:g}" in shown
        assert f"合计 {100 + own.points.sum():g}" in shown
        for found in own.itertuples():
            assert str(found.message) in shown
            assert str(found.quote) in shown
            assert str(found.source) in shown


def test_a_veto_is_said(sample_out: Path) -> None:
    """The points leave some of the 100, the score is 0, and the page says why."""
    findings = pd.read_parquet(sample_out / "data" / "findings")
    total = 100 + findings[findings.call_id == "g25"].points.sum()
    assert 0 < total < 100
    shown = text(sample_out / "reports" / call_page("2026-11-20", "g25"))
    assert f"合计 {total:g} 有否决项，本通话记 0 分 0 得分，不合格 0" in shown


def test_a_floor_is_said(tmp_path: Path) -> None:
    """Points beyond 100 are cut at 0, and the page says so."""
    found = [finding("c1", start_s=float(n), points=-60.0) for n in range(2)]
    Tables([call("c1", score=0.0, level="不合格")], found).write(tmp_path)
    shown = text(report(tmp_path) / call_page("2026-11-20", "c1"))
    assert "合计 −20 扣到 0 分为止 0" in shown


def test_a_call_that_was_not_scored_says_why(sample_out: Path) -> None:
    """No number stands for a score, on the call's page and on the agent's."""
    shown = text(sample_out / "reports" / call_page("2026-11-20", "g28"))
    assert "不评分 录音里没有人说话" in shown
    assert "得分怎么来的" not in shown
    assert "不评分：录音里没有人说话" in text(sample_out / "reports" / agent_page("0035"))


def test_what_people_said_stands_beside_the_machines_score(tmp_path: Path) -> None:
    """Each verdict with its reason, the score after them; one that another took the place of too."""
    rows = [
        verdict("c1", Verdict.STANDS, turn=3),
        verdict("c1", Verdict.WRONG, turn=3, comment="说的是阀门"),
        verdict("c1", Verdict.MISSED, rule_id="hold.warn", outcome=None),
        verdict("c1", Verdict.CANNOT_TELL, rule_id="hold.ask", outcome=None, turn=9),
    ]
    found = [finding("c1", turn=3), finding("c1", "hold.ask", turn=4, start_s=20.0)]
    Tables([call("c1", score=90.0, score_final=93.0)], found, reviews=rows).write(tmp_path)
    shown = text(report(tmp_path) / call_page("2026-11-20", "c1"))
    assert "得分，优秀 90 人工复核后 ，优秀 93" in shown
    assert (
        "成立 第 1 处 斗气语、顶撞 后来另有结论 不成立 第 1 处 斗气语、顶撞 说的是阀门 漏检，补记"
        in shown
    )
    assert "现在的规则没有这一处" in shown
    assert "90 改为 93" in shown


def test_a_call_that_nobody_changed_says_nothing_of_another_score(tmp_path: Path) -> None:
    """Neither one without verdicts nor one that was only looked through."""
    done = verdict("c2", Verdict.DONE, rule_id="", outcome=None)
    Tables([call("c1"), call("c2")], reviews=[done]).write(tmp_path)
    for call_id in ("c1", "c2"):
        shown = text(report(tmp_path) / call_page("2026-11-20", call_id))
        assert "复核后" not in shown
        assert ("人工复核" in shown) == (call_id == "c2")


def test_a_rubric_that_is_gone_costs_only_its_titles(tmp_path: Path) -> None:
    """Old calls stay readable: the ids stand where the titles stood."""
    Tables([call("c1", rubric="sold")], [finding("c1")]).write(tmp_path)
    assert "wording.quarrel" in text(report(tmp_path) / call_page("2026-11-20", "c1"))


def test_silences_and_interruptions_are_told(sample_out: Path) -> None:
    """The unannounced hold by its length; an interruption by its overlap, as the tables have it."""
    assert "离线，未告知 9.5 秒" in text(sample_out / "reports" / call_page("2026-11-19", "g12"))
    events = pd.read_parquet(sample_out / "data" / "interruptions")
    shown = text(sample_out / "reports" / call_page("2026-11-18", "g08"))
    counted = events[(events.call_id == "g08") & events.violation]
    assert len(counted) == 2
    for overlap in counted.overlap_s:
        assert f"抢话，重叠 {overlap:.1f} 秒" in shown


def test_words_that_were_heard_badly_are_marked(tmp_path: Path) -> None:
    """Under the rubric's limit, with the probability; the words above it are plain."""
    words = (
        TurnWord(text="您好", start_s=1.0, end_s=2.0, probability=0.9),
        TurnWord(text="江城", start_s=2.0, end_s=3.0, probability=0.21),
    )
    Tables([call("c1")], [], [turn("c1", 0, 1.0, 3.0, "您好，江城。", words=words)]).write(tmp_path)
    raw = (report(tmp_path) / call_page("2026-11-20", "c1")).read_text(encoding="utf-8")
    assert '<span class="unsure" title="识别把握 21%">江城</span>' in raw
    assert raw.count('class="unsure" title') == 1


def test_a_finding_says_by_which_rule_and_how_sure(tmp_path: Path) -> None:
    """Rule, section, confidence, clause; the length is the same wherever it stands."""
    Tables([call("c1", duration_s=62.7)], [finding("c1", confidence=0.62)]).write(tmp_path)
    page = report(tmp_path) / call_page("2026-11-20", "c1")
    assert "wording.quarrel · 用语 · 识别把握 62% 依据 G 3" in text(page)
    assert "时长 1:02" in text(page)
    assert "1 分 03 秒" not in text(page)


def test_what_stars_stand_for_is_said(tmp_path: Path) -> None:
    """Where something is masked, and only there."""
    place = MaskedPlace(kind=Personal.PHONE, start=5, end=9, start_s=1.5, end_s=2.5)
    hidden = turn("c1", 0, 1.0, 3.0, "我的138****1234。", masked=(place,))
    Tables([call("c1"), call("c2")], [], [hidden, turn("c2", 0, 1.0, 3.0, "您好。")]).write(
        tmp_path
    )
    out = report(tmp_path)
    shown, plain = (text(out / call_page("2026-11-20", name)) for name in ("c1", "c2"))
    assert "带 * 的是遮盖了的个人信息" in shown
    assert "遮盖" not in plain


def test_a_lost_recording_is_said(tmp_path: Path) -> None:
    """No player without sound, and a sentence instead."""
    Tables([call("c1")]).write(tmp_path)
    page = report(tmp_path) / call_page("2026-11-20", "c1")
    assert "没有可以播放的录音" in text(page)
    assert "audio" not in tags(page)
