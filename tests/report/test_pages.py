"""What a reader of the pages would notice."""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pipeline.report import write_reports
from pipeline.report.names import agent_page, call_page
from pipeline.store.files import Store
from pipeline.store.schema import CallRow, FailureRow, TurnWord
from tests.fixtures_truth import BROKEN
from tests.report.conftest import CHOSEN
from tests.report.made_up import (
    SETTINGS,
    Quiet,
    Tables,
    call,
    failure,
    finding,
    report,
    turn,
)
from tests.report.page import dead_links, tags, text

if TYPE_CHECKING:
    from collections.abc import Sequence


def _bytes(root: Path) -> dict[str, str]:
    return {
        str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in root.rglob("*")
        if p.is_file()
    }


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


def test_text_from_calls_is_never_markup(tmp_path: Path) -> None:
    """A quote, a name, a file and a word that look like elements stay text on every page."""
    evil = "<script>alert(1)</script>"
    words = (TurnWord(text=evil, start_s=12.5, end_s=13.0, probability=0.1),)
    Tables(
        [call("c1", agent_name=evil, queue=evil, file=evil)],
        [finding("c1", quote=evil, message=evil + "说")],
        [turn("c1", 0, 12.5, 14.0, f"不{evil}是", words=words)],
    ).write(tmp_path)
    Store(tmp_path, SETTINGS.timezone).write(FailureRow, "2026-11-20", [failure(evil, evil)])
    root = report(tmp_path)
    for page in root.rglob("*.html"):
        raw = page.read_text(encoding="utf-8")
        assert evil not in raw
        assert evil in text(page), page
        assert ("script" in tags(page)) == ("player.js" in raw)


@pytest.mark.parametrize(
    ("call_id", "agent_id"),
    [
        ("../../../x", "../y"),
        ("通话 一#?%&", "客服/一"),
        ("a" * 300, "b" * 300),
        ("c:\\d", "con"),
        (".hidden", ""),
        ('q"<>', "'"),
    ],
)
def test_odd_ids_have_pages_that_are_found(tmp_path: Path, call_id: str, agent_id: str) -> None:
    """Every link leads to a file inside the folder."""
    Tables([call(call_id, agent_id=agent_id)], [finding(call_id)]).write(tmp_path)
    root = report(tmp_path)
    assert list(dead_links(root)) == []
    pages = {p.relative_to(tmp_path).parts[:2] for p in tmp_path.rglob("*.html")}
    assert pages == {("reports", "index.html"), ("reports", "agents"), ("reports", "calls")}


def test_every_link_of_the_sample_leads_somewhere(sample_out: Path) -> None:
    """Pages, assets, recordings and places within pages; nothing outside the folder."""
    assert list(dead_links(sample_out / "reports")) == []


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


def test_an_agent_without_a_scored_call(tmp_path: Path) -> None:
    """He has a page, and no number for a score."""
    Tables([call("c", status="not_scored", reason="未接通", score=None, level="")]).write(tmp_path)
    root = report(tmp_path)
    assert "不评分 没有可评分的通话" in text(root / agent_page("0008"))
    assert "没有可评分的通话" in text(root / "index.html")


def test_a_rubric_that_is_gone_costs_only_its_titles(tmp_path: Path) -> None:
    """Old calls stay readable: the ids stand where the titles stood."""
    Tables([call("c1", rubric="sold")], [finding("c1")]).write(tmp_path)
    assert "wording.quarrel" in text(report(tmp_path) / call_page("2026-11-20", "c1"))


def test_the_same_tables_give_the_same_bytes(sample_out: Path, tmp_path: Path) -> None:
    """Pages, workbook and converted recordings; a second run over them changes nothing."""
    shutil.copytree(sample_out, tmp_path / "out")
    root = tmp_path / "out" / "reports"
    before = _bytes(root)
    report(tmp_path / "out")
    assert _bytes(root) == before
    shutil.rmtree(root)
    report(tmp_path / "out")
    assert _bytes(root) == before


def test_what_is_gone_has_no_page(tmp_path: Path) -> None:
    """A call, an agent and a date that the tables no longer hold; a recording nobody kept."""
    Tables([call("old", "2026-11-19", agent_id="0001")]).write(tmp_path, "2026-11-19")
    Tables([call("a"), call("b")]).write(tmp_path)
    root = report(tmp_path)
    (root / "audio").mkdir()
    (root / "audio" / "0123456789abcdef.mp3").write_bytes(b"x")
    Store(tmp_path, SETTINGS.timezone).drop(CallRow, "2026-11-19")
    Tables([call("a")]).write(tmp_path)
    report(tmp_path, ["2026-11-20"])
    left = {p.relative_to(root).as_posix() for p in root.rglob("*.html")}
    assert left == {"index.html", agent_page("0008"), call_page("2026-11-20", "a")}
    assert not (root / "audio").exists() or not list((root / "audio").iterdir())
    assert not (root / "calls" / "2026-11-19").exists()


def test_only_the_calls_of_the_run_are_written_again(tmp_path: Path) -> None:
    """Another date's page stays as it is, unless it is missing."""
    for date in ("2026-11-18", "2026-11-19"):
        Tables([call(date, date)]).write(tmp_path, date)
    root = report(tmp_path)
    kept, again = (root / call_page(d, d) for d in ("2026-11-18", "2026-11-19"))
    kept.write_text("kept", encoding="utf-8")
    again.write_text("stale", encoding="utf-8")
    report(tmp_path, ["2026-11-19"])
    assert kept.read_text(encoding="utf-8") == "kept"
    assert "stale" not in again.read_text(encoding="utf-8")
    kept.unlink()
    report(tmp_path, ["2026-11-19"])
    assert kept.is_file()


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


def test_a_lost_recording_is_said(tmp_path: Path) -> None:
    """No player without sound, and a sentence instead."""
    Tables([call("c1")]).write(tmp_path)
    page = report(tmp_path) / call_page("2026-11-20", "c1")
    assert "没有可以播放的录音" in text(page)
    assert "audio" not in tags(page)


class Watched(Quiet):
    """Remembers the stages, and what each step was about."""

    def __init__(self) -> None:
        """Nothing has begun."""
        self.stages: dict[str, tuple[int, list[str]]] = {}

    def begin(self, stage: str, total: int) -> None:
        """A stage begins."""
        self.stages[stage] = (total, [])

    def step(self, what: str) -> None:
        """A step is done."""
        list(self.stages.values())[-1][1].append(what)


SOUND = "可播放的录音"


def _reported(out: Path, dates: Sequence[str] | None = None) -> Watched:
    watched = Watched()
    write_reports(out, SETTINGS, progress=watched, dates=dates)
    return watched


def _players(out: Path) -> set[str]:
    """What the calls' pages play, by the files' names."""
    pages = (out / "reports" / "calls").rglob("*.html")
    found = (re.search(r'<audio [^>]*src="([^"]+)"', p.read_text(encoding="utf-8")) for p in pages)
    return {match[1].rpartition("/")[2] for match in found if match}


def test_the_recordings_behind_the_pages_are_a_stage_of_their_own(
    sample_out: Path, tmp_path: Path
) -> None:
    """People see what takes how long; what is there already is not made again."""
    out = shutil.copytree(sample_out, tmp_path / "out")
    shutil.rmtree(out / "reports")
    total, steps = _reported(out).stages[SOUND]
    assert total == len(steps) == 6
    assert {Path(step).stem for step in steps} == set(CHOSEN)
    assert _reported(out).stages[SOUND] == (0, [])


def test_only_recordings_that_have_a_page_are_made_playable(
    sample_out: Path, tmp_path: Path
) -> None:
    """A kept recording whose call could not be scored has none; nor has another date's."""
    out = shutil.copytree(sample_out, tmp_path / "out")
    store = Store(out, SETTINGS.timezone)
    rows = store.read(CallRow, "2026-11-20")
    store.write(CallRow, "2026-11-20", [row for row in rows if row.call_id != "g36"])
    shutil.rmtree(out / "reports" / "audio")
    (out / "reports" / call_page("2026-11-20", "g36")).unlink()
    _, steps = _reported(out, ["2026-11-20"]).stages[SOUND]
    assert {Path(step).stem for step in steps} == {"g25", "g28"}


def test_a_broken_recording_is_a_page_without_a_player(sample_out: Path, tmp_path: Path) -> None:
    """And the others have theirs."""
    out = shutil.copytree(sample_out, tmp_path / "out")
    store = Store(out, SETTINGS.timezone)
    for kept in list(store.of_date("2026-11-20")):
        if kept.recording.record.call_id == "g36":
            broken = replace(kept.recording, path=str(BROKEN / "text.wav"))
            store.keep(replace(kept, recording=broken))
    shutil.rmtree(out / "reports")
    _reported(out)
    assert "没有可以播放的录音" in text(out / "reports" / call_page("2026-11-20", "g36"))
    assert len(_players(out)) == 5


def test_mp3_copies_of_earlier_runs_go(sample_out: Path, tmp_path: Path) -> None:
    """The page plays the new one; MP3s that were recorded as such stay, and so do lost ones' copies."""
    out = shutil.copytree(sample_out, tmp_path / "out")
    audio = out / "reports" / "audio"
    before = {path.name for path in audio.iterdir()}
    (new,) = audio.glob("*.webm")
    old = new.rename(new.with_suffix(".mp3"))
    _reported(out, ["2026-11-20"])
    assert {path.name for path in audio.iterdir()} == before == _players(out)
    new.rename(old)
    store = Store(out, SETTINGS.timezone)
    for kept in list(store.of_date("2026-11-20")):
        gone = replace(kept.recording, path=str(tmp_path / "gone.wav"))
        store.keep(replace(kept, recording=gone))
    _reported(out)
    assert old.name in _players(out)
