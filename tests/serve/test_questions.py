"""The house's own questions in a real browser: answered by keys, changed, seen by others, counted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from openpyxl import load_workbook

from tests.conftest import callqa
from tests.report import axe
from tests.report.browser import comes_true
from tests.serve.centre import QUESTIONS, served
from tests.serve.test_day import desk
from tests.serve.test_doors import came

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.serve.centre import Server

CALL = "calls/2026-11-18/g01.html"


@pytest.fixture(scope="module")
def server(centre: Path) -> Iterator[Server]:
    """The application, where inspectors are asked questions."""
    config = centre.parent / "callqa.toml"
    config.write_text(config.read_text(encoding="utf-8") + QUESTIONS, encoding="utf-8")
    with served(centre, config) as running:
        yield running


def told(tab: Page, words: str) -> None:
    """Wait until the page says so."""
    comes_true(tab, f"document.getElementById('desk-said').textContent.includes('{words}')")


def answers(tab: Page) -> None:
    """Answer both questions by the keyboard; without the first the call is not looked through."""
    assert "还有 2 个没答" in tab.locator("#questions").inner_text()
    assert "迎宾" not in tab.locator("#questions").inner_text()
    tab.keyboard.press("d")
    told(tab, "先答必答的问题：客户的事当场办好了吗")
    tab.keyboard.press("q")
    comes_true(tab, "document.querySelector('.question.at-desk [data-answer]') !== null")
    tab.keyboard.press("2")
    told(tab, "已存：否")
    comes_true(tab, "document.querySelector('.question.at-desk .words') !== null")
    tab.keyboard.press("c")
    tab.keyboard.type("等配件，改天上门 13812345678")
    tab.keyboard.press("Enter")
    comes_true(tab, "document.getElementById('unanswered').textContent === '都答了'")
    tab.keyboard.press("q")
    tab.keyboard.press("1")
    told(tab, "已存：是")
    with tab.expect_navigation():
        tab.keyboard.press("d")


def test_questions_are_answered_by_keys_and_an_answer_is_changed(
    browser: Browser, server: Server, centre: Path
) -> None:
    """Everybody who sees the call sees the last answers; the log has the former ones; so the table."""
    with desk(browser, server, "张三") as tab:
        tab.goto(f"{server.url}/{CALL}")
        score = tab.locator(".score").inner_text()
        answers(tab)
        for width in (1280, 390):
            tab.set_viewport_size({"width": width, "height": 900})
            tab.goto(f"{server.url}/{CALL}")
            assert tab.locator("[data-answer][aria-pressed=true]").inner_text() == "1是"
            assert tab.locator(".score").inner_text() == score
            assert axe.serious(tab) == []
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
    for name, who in (("a0008", "质检"), ("lead1", "张三")):
        with desk(browser, server, name) as tab:
            tab.goto(f"{server.url}/{CALL}")
            shown = tab.locator("#questions").inner_text()
            assert "当场办好了吗" in shown
            assert f"{who} · " in shown
            assert tab.locator("#questions :is(button, input)").count() == 0
    admin = came(server, "admin")
    log = admin.client.get("/audit.html").text
    assert log.index("solved 是") < log.index("solved 否")
    assert "13812345678" not in log
    admin.client.close()
    config = centre.parent / "callqa.toml"
    rescored = callqa("rescore", "--out", centre, "--config", config)
    assert rescored.returncode == 0, rescored.stderr
    in_the_tables_and_on_the_pages(centre, browser, server)


def in_the_tables_and_on_the_pages(centre: Path, browser: Browser, server: Server) -> None:
    """What was answered, masked; on the static pages too, and counted by team and agent."""
    table = pd.read_parquet(centre / "data/answers").set_index("question")
    assert table.answer.to_dict() == {"solved": "是", "why": "等配件，改天上门 138****5678"}
    assert set(table.reviewer) == {"张三"}
    assert set(table.agent_id) == {"0008"}
    explained = callqa("explain", "g01", "--out", centre)
    assert "客户的事当场办好了吗  是  张三" in explained.stdout
    card = (centre / "reports/agents/0008.html").read_text(encoding="utf-8")
    assert "是 <b>1</b>" in card.partition('id="asked"')[2].partition("</section>")[0]
    sheet = load_workbook(centre / "reports/scores.xlsx")["问题"]
    rows = {row[5]: (row[0], row[6], row[7]) for row in sheet.iter_rows(2, values_only=True)}
    assert rows["客户的事当场办好了吗"] == ("g01", "是", "张三")
    assert rows["没办好的，差在哪里"] == ("g01", "等配件，改天上门 138****5678", "张三")
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    assert str(sheet["I2"].value)[:10] in {f"{now:%Y-%m-%d}", f"{now - timedelta(1):%Y-%m-%d}"}
    assert abs(now.hour - int(str(sheet["I2"].value)[11:13])) in {0, 1, 23}
    static = (centre / "reports" / CALL).read_text(encoding="utf-8")
    assert "等配件，改天上门 138****5678" in static
    assert "张三" not in static.partition('id="questions"')[2].partition("</section>")[0]
    with desk(browser, server, "a0008") as tab:
        for width in (1280, 390):
            tab.set_viewport_size({"width": width, "height": 900})
            tab.goto(f"{server.url}/agents/0008.html")
            assert "答过的 1 通里" in tab.locator("#asked").inner_text()
            assert axe.serious(tab) == []
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
    with desk(browser, server, "lead1") as tab:
        for page in (server.url, f"{server.url}/periods/2026-11-18/team-客服一组.html"):
            tab.goto(page)
            told = tab.locator("#asked").inner_text()
            assert "100.0%" in told
            assert "写了 1 条" in told
        tab.locator("#asked summary").click()
        assert "李静" in tab.locator("#asked details").inner_text()
        tab.set_viewport_size({"width": 390, "height": 900})
        assert axe.serious(tab) == []
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        tab.goto(f"{server.url}/periods/2026-11-19/team-客服一组.html")
        assert tab.locator("#asked").count() == 0


def test_two_at_once_see_each_other(browser: Browser, server: Server) -> None:
    """Whoever answers second is shown what the first said, and may say otherwise."""
    path = f"{server.url}/calls/2026-11-20/g31.html"
    with desk(browser, server, "李四") as one, desk(browser, server, "owner") as other:
        one.goto(path)
        other.goto(path)
        one.locator("[data-answer=不适用]").click()
        told(one, "已存：不适用")
        other.locator("[data-answer=否]").click()
        told(other, "别人刚刚答了")
        assert "李四" in other.locator("#questions .opinion").inner_text()
        other.locator("[data-answer=否]").click()
        told(other, "已存：否")
        for width in (1280, 390):
            other.set_viewport_size({"width": width, "height": 900})
            other.goto(f"{server.url}/appeals.html")
            assert "张三" in other.locator("#inspected").inner_text()
            assert axe.serious(other) == []
            assert other.evaluate("document.documentElement.scrollWidth") <= width


def test_an_answer_outlives_its_question(server: Server, centre: Path) -> None:
    """Its id stands in its place, and nobody is asked any more."""
    person, path = came(server, "李四"), "/calls/2026-11-18/g08"
    told = {"question": "solved", "answer": "否"}
    assert person.post(f"{path}/answer", told).status_code == 200
    person.client.close()
    config = centre.parent / "later.toml"
    config.write_text(
        (centre.parent / "callqa.toml").read_text(encoding="utf-8").replace(QUESTIONS, ""),
        encoding="utf-8",
    )
    with served(centre, config) as later:
        owner = came(later, "owner")
        text = owner.client.get(f"{path}.html").text.partition('id="questions"')[2]
        assert "solved" in text.partition("</section>")[0]
        assert "已不再问" in text
        assert "data-question" not in text
        assert owner.post(f"{path}/answer", {**told, "seen": "1"}).status_code == 400
        owner.client.close()
