"""A question that counts: an answer takes points by a rule that only people judge, or returns them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from tests.conftest import callqa
from tests.docs.test_rules_page import SHOWN
from tests.report import axe
from tests.report.browser import comes_true
from tests.serve.centre import served
from tests.serve.test_day import desk
from tests.serve.test_doors import came
from tests.serve.test_questions import told as says

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.serve.centre import Server

RULE = "service.empathy"
QUESTION = """
[[review.questions]]
id = "calmed"
text = "客户着急时，有没有安抚"
answers = ["是", "否", "客户不着急"]
finds = { "否" = "service.empathy" }
"""
CALL, OTHER = "calls/2026-11-18/g01.html", "calls/2026-11-18/g08.html"


@pytest.fixture(scope="module")
def config(centre: Path) -> Path:
    """The settings of a centre that has the manual's rule over the packaged ones, and scored by it."""
    rules = centre.parent / "rules" / "rubrics" / "rules"
    rules.mkdir(parents=True)
    (rules / f"{RULE}.yml").write_text(SHOWN[f"rules/{RULE}.yml"], encoding="utf-8")
    path = centre.parent / "callqa.toml"
    text = 'rules = "rules"\n' + path.read_text(encoding="utf-8") + QUESTION
    path.write_text(text, encoding="utf-8")
    rescored(centre, path)
    return path


def rescored(centre: Path, config: Path) -> None:
    """The night's part of it."""
    done = callqa("rescore", "--out", centre, "--config", config)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def server(centre: Path, config: Path) -> Iterator[Server]:
    """Its application."""
    with served(centre, config) as running:
        yield running


def scores(centre: Path, call_id: str) -> list[float]:
    """What the table says: the machine's, and that after people."""
    calls = pd.read_parquet(centre / "data/calls")
    row = calls[calls.call_id == call_id]
    return [float(row[column].iloc[0]) for column in ("score", "score_final")]


def test_the_machine_says_nothing_and_takes_nothing(centre: Path, config: Path) -> None:
    """One row a call, in no list for review; the record of the machine knows nothing of it."""
    assert config.is_file()
    rows = pd.read_parquet(centre / "data/findings").query("rule_id == @RULE")
    assert set(rows.outcome) == {"not_measurable"}
    assert set(rows.reason) == {"asked"}
    assert set(rows.points) == {0}
    text = (centre / "reports" / CALL).read_text(encoding="utf-8")
    assert "只由人来判断" in text


def test_one_key_takes_the_points_and_another_gives_them_back(
    browser: Browser, server: Server, centre: Path
) -> None:
    """With a place and a sentence; the machine's score stays what it was."""
    score, _ = scores(centre, "g01")
    with desk(browser, server, "张三") as tab:
        tab.goto(f"{server.url}/{CALL}")
        machine = tab.locator(".score").inner_text()
        tab.keyboard.press("q")
        tab.keyboard.press("2")
        says(tab, "已存：否，按“安抚客户”扣分")
        assert tab.locator("#final").inner_text() == f"{score - 3:g}"
        tab.keyboard.press("q")
        tab.keyboard.press("1")
        says(tab, "已存：是")
        assert tab.locator("#final").inner_text() == f"{score:g}"
        tab.select_option(".evidence select", "1")
        tab.fill(".evidence input", "客户说了两遍着急 13812345678")
        tab.locator("[data-answer=否]").click()
        says(tab, "按“安抚客户”扣分")
        for width in (1280, 390):
            tab.set_viewport_size({"width": width, "height": 900})
            tab.goto(f"{server.url}/{CALL}")
            assert tab.locator(".score").inner_text() == machine
            assert tab.locator(".evidence select").input_value() == "1"
            missed = tab.locator(".missed").inner_text()
            assert "按回答扣分" in missed
            assert "客户说了两遍着急" in missed
            assert tab.locator(".missed [data-verdict]").count() == 0
            assert RULE not in tab.locator("#missed-form select").inner_html()
            assert axe.serious(tab) == []
            assert tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.service  # after the browser's answers above
def test_nothing_goes_past_the_question(server: Server) -> None:
    """Its finding is judged by its answer; what is not asked, or not said, is refused."""
    person, path = came(server, "李四"), CALL.removesuffix(".html")
    judged = {"place": "answer calmed", "seen": "3", "verdict": "wrong", "reason": "other"}
    assert "改回答" in person.post(f"/{path}/verdict", judged).text
    missed = {"verdict": "missed", "rule": RULE, "start": "1", "end": "2"}
    assert "答问题就行" in person.post(f"/{path}/verdict", missed).text
    stale = {"question": "calmed", "answer": "是", "seen": "1"}
    answer = person.post(f"/{path}/answer", stale)
    assert (answer.status_code, answer.json()["answer"]) == (409, "否")
    strange = {"question": "calmed", "answer": "否", "seen": "3", "turn": "999"}
    assert person.post(f"/{path}/answer", strange).status_code == 400
    person.client.close()


@pytest.mark.service  # what was answered in the browser
def test_the_night_publishes_it(centre: Path, config: Path) -> None:
    """Tables, workbook's figures, explain and the static page say the same."""
    rescored(centre, config)
    score, final = scores(centre, "g01")
    assert final == score - 3
    rows = pd.read_parquet(centre / "data/reviews").query("rule_id == @RULE")
    assert list(rows.verdict) == ["missed", "wrong", "missed"]
    assert list(rows.comment) == ["", "", "客户说了两遍着急 138****5678"]
    assert set(rows.kind) == {"asked"}
    assert set(rows.reason) == {"answer"}
    explained = callqa("explain", "g01", "--out", centre).stdout
    assert f"按回答扣分  {RULE} 安抚客户  张三  “客户说了两遍着急" in explained
    assert f"{final:.1f}" in explained
    text = (centre / "reports" / CALL).read_text(encoding="utf-8")
    assert "按回答扣分" in text
    assert "13812345678" not in text
    assert not (centre / "reports" / "record").exists()


def test_the_agent_sees_it_and_appeals_and_then_no_answer_changes_it(
    browser: Browser, server: Server, centre: Path, config: Path
) -> None:
    """Granted by somebody else, the points are back, and the answer stays as a word of its own."""
    with desk(browser, server, "a0008") as tab:
        tab.goto(f"{server.url}/{CALL}")
        missed = tab.locator(".missed .finding", has_text="安抚客户")
        told = missed.inner_text()
        assert "张三" not in told
        assert all(
            part in told for part in ("−3", RULE, "依据 G 3 服务规范·服务态度", "先接住情绪")
        )
        missed.locator("summary").click()
        with tab.expect_navigation():
            missed.get_by_role("button", name="提交申诉").click()
        assert "等待处理" in tab.locator(".missed").inner_text()
    first = came(server, "张三")
    changed = {"question": "calmed", "answer": "是", "seen": "3"}
    answer = first.post(f"/{CALL.removesuffix('.html')}/answer", changed)
    assert answer.status_code == 409
    assert "由裁定来定" in answer.text
    first.client.close()
    with desk(browser, server, "李四") as tab:
        tab.goto(f"{server.url}/{CALL}")
        with tab.expect_navigation():
            tab.get_by_role("button", name="申诉成立").click()
        comes_true(tab, "document.querySelector('.missed') === null")
        shown = tab.locator("#questions").inner_text()
        assert "否" in shown
        assert "按“安抚客户”扣分" not in shown
    rescored(centre, config)
    score, final = scores(centre, "g01")
    assert final == score


def test_a_call_that_is_not_scored_costs_nothing(server: Server, centre: Path) -> None:
    """Its questions are asked as ever; the answers take no points."""
    calls = pd.read_parquet(centre / "data/calls").query("status == 'not_scored'")
    date, call_id = str(calls.date.iloc[0]), str(calls.call_id.iloc[0])
    person = came(server, "李四")
    path = f"/calls/{date}/{call_id}"
    page = person.client.get(f"{path}.html").text
    assert "data-answer" in page
    assert 'class="row evidence"' not in page
    answer = person.post(f"{path}/answer", {"question": "calmed", "answer": "否"}).json()
    assert (answer["answer"], answer["charged"], answer["final"]) == ("否", "", None)
    person.client.close()
