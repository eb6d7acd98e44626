"""Everybody's day in a real browser: review, appeal, decision, and what the scorecard says then."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pipeline.night.rescore import score_kept
from pipeline.settings import load_settings
from tests.helpers import Nobody
from tests.report import axe
from tests.report.browser import comes_true, follow, opened
from tests.serve.centre import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.serve.centre import Server

_OPEN = '[data-judged=""]'
"""A finding of which nobody has said anything."""
CALLS = 10
"""Calls that the inspector clears."""


@contextmanager
def desk(browser: Browser, server: Server, name: str) -> Iterator[Page]:
    """Somebody's browser, logged in; at the end nothing was complained of."""
    with opened(browser, f"{server.url}/login") as (tab, trouble):
        tab.fill("[name=name]", name)
        tab.fill("[name=password]", PASSWORD)
        tab.press("[name=password]", "Enter")
        tab.locator(".leave").wait_for()
        yield tab
        assert [line for line in trouble if "409 (Conflict)" not in line] == []
        assert tab.evaluate("window.refused") == []


def call_of(tab: Page) -> str:
    """The call whose page it is."""
    return tab.locator("h1").inner_text()


def clear(tab: Page) -> tuple[int, int]:
    """Judge every finding of a call by the keyboard: how many there were, and how many keys it took."""
    count, keys = tab.locator("[data-place]").count(), 0
    for number in range(count):
        comes_true(tab, f"document.querySelectorAll('{_OPEN}').length == {count - number}")
        comes_true(tab, f"document.querySelector('.at-desk {_OPEN}') !== null")
        pressed = "1" if number % 3 else "21"
        for key in pressed:
            tab.keyboard.press(key)
        keys += len(pressed)
    comes_true(tab, f"document.querySelectorAll('{_OPEN}').length == 0")
    return count, keys


def cleared(tab: Page) -> list[str]:
    """Clear so many calls of the work list by the keyboard."""
    follow(tab.get_by_role("link", name="复核"))
    follow(tab.get_by_role("link", name="开始"))
    calls: list[str] = []
    found = pressed = 0
    while len(calls) < CALLS:
        calls.append(call_of(tab))
        count, keys = clear(tab)
        found, pressed = found + count, pressed + keys
        with tab.expect_navigation():
            tab.keyboard.press("d")
    assert found < pressed <= 3 * found
    follow(tab.get_by_role("link", name="复核", exact=True))
    assert f"已完成 {CALLS}" in tab.locator(".meta").inner_text()
    return calls


def appealed(tab: Page, calls: set[str]) -> tuple[str, float]:
    """Contest the first finding of one of these calls: the call, and its score after people before."""
    follow(tab.get_by_role("link", name="我的通话"))
    comes_true(tab, "document.querySelectorAll('#list tbody tr').length > 0")
    call = next(c for c in tab.locator("#list .id").all_inner_texts() if c in calls)
    follow(tab.locator("#list tbody tr", has_text=call).get_by_role("link"))
    before = float(tab.locator("#final").inner_text())
    contested = tab.locator(".contest").first
    assert "为止" in contested.locator("summary").inner_text()
    contested.locator("summary").click()
    contested.locator("select").select_option("misheard")
    contested.locator("textarea").fill("<b>不是</b>我说的")
    contested.get_by_role("button").click()
    tab.locator(".tag-appeal-open").wait_for()
    assert tab.locator(".steps-of p").inner_text() == "<b>不是</b>我说的"
    assert tab.get_by_role("button", name="申诉成立").count() == 0
    return call, before


def test_the_day(browser: Browser, server: Server, centre: Path) -> None:
    """An inspector clears ten calls, an agent appeals, another decides: the score changes."""
    with desk(browser, server, "张三") as tab:
        calls = cleared(tab)
    assert len(set(calls)) == CALLS
    findings = pd.read_parquet(centre / "data/findings")
    charged = findings[(findings.points < 0) & findings.call_id.isin(calls)]
    agent = charged.agent_id.mode()[0]
    with desk(browser, server, f"a{agent}") as tab:
        assert f"/agents/{agent}.html" in tab.url
        call, before = appealed(tab, set(charged.call_id))
    with desk(browser, server, "张三") as tab:  # who confirmed it does not decide
        follow(tab.get_by_role("link", name="申诉"))
        follow(tab.locator("tbody a").first)
        assert tab.get_by_role("button", name="申诉成立").count() == 0
    with desk(browser, server, "李四") as tab:
        follow(tab.get_by_role("link", name="申诉"))
        follow(tab.locator("tbody a").first)
        tab.get_by_role("button", name="申诉成立").click()
        tab.locator(".tag-appeal-granted").wait_for()
        after = float(tab.locator("#final").inner_text())
        assert after > before
    with desk(browser, server, f"a{agent}") as tab:
        card = tab.locator("#coaching").inner_text()
        assert call in card
        assert "申诉成立" in card
    in_the_tables(centre, calls, call, after)


def in_the_tables(out: Path, calls: list[str], call: str, after: float) -> None:
    """Scored again, the tables say what the pages said."""
    settings = load_settings(out.parent / "callqa.toml")
    score_kept(out, settings, progress=Nobody(), jobs=1)
    table = pd.read_parquet(out / "data/calls").set_index("call_id")
    assert table.score_final[call] == pytest.approx(after, abs=0.01)
    reviews = pd.read_parquet(out / "data/reviews")
    assert set(calls) <= set(reviews[reviews.verdict == "done"].call_id)
    (appeal,) = pd.read_parquet(out / "data/appeals").itertuples()
    assert (appeal.call_id, appeal.state, appeal.reviewer) == (call, "granted", "张三")
    assert (appeal.decided_by, appeal.reason) == ("李四", "misheard")


def test_a_team_lead_writes_a_note_and_his_agent_acknowledges_it(
    browser: Browser, server: Server
) -> None:
    """Both see it on the scorecard; what is written into it is no page of its own."""
    with desk(browser, server, "lead1") as tab:
        assert "客服一组" in tab.locator("h1").inner_text()
        tab.goto(f"{server.url}/agents/0008.html")
        tab.locator("#coaching textarea").fill("<script>alert(1)</script> 先问姓氏")
        tab.locator("#coaching [type=date]").fill("2026-11-25")
        tab.get_by_role("button", name="写上").click()
        assert "未确认" in tab.locator("#coaching .notes").last.inner_text()
    with desk(browser, server, "a0008") as tab:
        assert "<script>alert(1)</script> 先问姓氏" in tab.locator("#coaching").inner_text()
        tab.get_by_role("button", name="我看过了").click()
        comes_true(tab, "/已确认/.test(document.getElementById('coaching').innerText)")
    with desk(browser, server, "lead1") as tab:
        tab.goto(f"{server.url}/agents/0008.html")
        assert re.search(
            r"到期.*已确认", tab.locator("#coaching .notes").last.inner_text(), re.DOTALL
        )
        tab.get_by_role("button", name="结束跟进").click()
        comes_true(tab, "/已结束/.test(document.getElementById('coaching').innerText)")


def test_an_agent_says_that_he_has_seen_a_call_and_then_that_he_agrees(
    browser: Browser, server: Server, centre: Path
) -> None:
    """His lead sees it on the call's page and in the list; the next scoring has it in a table."""
    path = f"{server.url}/calls/2026-11-18/g01.html"
    with desk(browser, server, "a0008") as tab:
        tab.goto(path)
        for word in ("看过", "看过，同意"):
            with tab.expect_navigation():
                tab.locator("#nod").get_by_role("button", name=word, exact=True).click()
            assert tab.locator("#nod b").inner_text() == word
        assert tab.locator("#nod button").count() == 0
    with desk(browser, server, "lead1") as tab:
        tab.goto(path)
        assert "看过，同意" in tab.locator("#nod").inner_text()
        assert tab.locator("#nod button").count() == 0
        tab.goto(f"{server.url}/calls.html#from=2026-11-01&state=agreed")
        comes_true(tab, "document.getElementById('found').textContent === '共 1 通'")
        assert "客服同意" in tab.locator("#list tbody").inner_text()
        assert axe.serious(tab) == []
    settings = load_settings(centre.parent / "callqa.toml")
    score_kept(centre, settings, progress=Nobody(), jobs=1)
    (row,) = pd.read_parquet(centre / "data/acknowledgements").itertuples()
    assert (row.call_id, row.agent_id, row.state) == ("g01", "0008", "agreed")
    (file,) = (centre / "data/acknowledgements").rglob("*.parquet")
    before = file.stat().st_mtime_ns
    score_kept(centre, settings, progress=Nobody(), jobs=1, anew=False)
    assert file.stat().st_mtime_ns == before


def test_a_missed_finding_costs_and_two_at_once_see_each_other(
    browser: Browser, server: Server
) -> None:
    """Added by rule and time; whoever speaks second of one finding sees what the first said."""
    path = f"{server.url}/calls/2026-11-20/g31.html"
    with desk(browser, server, "李四") as one, desk(browser, server, "owner") as other:
        one.goto(path)
        other.goto(path)
        one.keyboard.press("1")
        one.locator(".opinion-stands").first.wait_for()
        other.keyboard.press("2")
        other.keyboard.press("1")
        comes_true(other, "/别人刚刚/.test(document.getElementById('desk-said').innerText)")
        assert "李四" in other.locator(".opinions").first.inner_text()
        other.keyboard.press("2")
        other.keyboard.press("1")
        other.locator(".opinion-wrong").first.wait_for()
        assert other.locator(".opinions").first.locator(".opinion").count() == 2
        comes_true(other, "document.getElementById('after').hidden === false")
        before = float(other.locator("#final").inner_text())
        other.keyboard.press("m")
        other.locator("#missed-form select").select_option("opening.inbound")
        other.locator("#missed-form [name=start]").fill("1")
        other.locator("#missed-form [name=end]").fill("3")
        other.locator("#missed-form [type=submit]").click()
        other.locator(".missed .finding").wait_for()
        assert float(other.locator("#final").inner_text()) < before


def test_the_list_of_calls_is_searched_over_all_nights(browser: Browser, server: Server) -> None:
    """By words of findings, by rule and state, in any order; from it a call's page goes on."""
    with desk(browser, server, "owner") as tab:
        tab.goto(f"{server.url}/calls.html#from=2026-11-01&rule=listening.interrupt")
        comes_true(tab, "/共 \\d+ 通/.test(document.getElementById('found').textContent)")
        shown = set(tab.locator("#list .id").all_inner_texts())
        assert {"g08", "g09", "g34"} <= shown
        tab.locator("#fields [name=q]").fill("g08")
        comes_true(tab, "document.getElementById('found').textContent === '共 1 通'")
        follow(tab.locator("#list tbody a"))
        comes_true(tab, "document.getElementById('audio').readyState >= 2")
        assert call_of(tab) == "g08"


def test_everybody_can_read_every_page(browser: Browser, server: Server) -> None:
    """Labels, contrast and order, by axe-core; nothing runs out of a telephone's width."""
    pages = ("work.html", "appeals.html", "calls/2026-11-20/g25.html", "agents/0008.html")
    with desk(browser, server, "owner") as tab:
        for page in pages:
            for width in (1280, 390):
                tab.set_viewport_size({"width": width, "height": 900})
                tab.goto(f"{server.url}/{page}")
                assert axe.serious(tab) == [], (page, width)
                assert tab.evaluate("document.documentElement.scrollWidth") <= width, page
    with desk(browser, server, "admin") as tab:
        tab.goto(f"{server.url}/audit.html")
        assert axe.serious(tab) == []
