"""What people do on the pages, in a real browser from the disk: choose, sort, search, go on, print."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from pipeline.figures.periods import Calendar
from pipeline.report.names import agent_page, call_page, period_page
from tests.report import axe, month
from tests.report.browser import comes_true, follow, opened
from tests.report.made_up import report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

LAST = "2026-11-23"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of a month."""
    return report(month.write(tmp_path_factory.mktemp("month")))


@contextmanager
def _open(
    browser: Browser, site: Path, page: str, place: str = "", *, width: int = 1280
) -> Iterator[Page]:
    """A page from the disk; at the end nothing was complained of or fetched from elsewhere."""
    address = (site / page).resolve().as_uri() + place
    with opened(browser, address, width=width) as (tab, trouble):
        yield tab
        assert trouble == []
        assert tab.evaluate("window.refused") == []


def _call(tab: Page) -> str:
    """The call whose page it is, once its scripts have run."""
    comes_true(tab, "document.readyState === 'complete' && document.querySelector('.way') !== null")
    return tab.locator("h1").inner_text()


def _listed(tab: Page) -> int:
    """How many calls the list says it shows."""
    comes_true(tab, "!/读取/.test(document.getElementById('found').textContent)")
    found = re.search(r"共 (\d+) 通", tab.locator("#found").inner_text())
    return int(found[1]) if found else 0


def test_from_the_index_to_the_worst_moment_of_the_weakest_agent(
    browser: Browser, site: Path
) -> None:
    """The first row of the agents is his; one click leads to the second."""
    with _open(browser, site, "index.html") as tab:
        first = tab.locator("#agents tbody tr").first
        means = tab.locator("#agents tbody tr td.strong").all_inner_texts()
        scores = [float(mean.split()[0]) for mean in means if mean]
        assert scores == sorted(scores)
        follow(first.locator("a.jump"))
        assert re.search(r"calls/.*#t=\d", tab.url)
        assert tab.locator(".finding.lit, .said.now").count() > 0


def test_from_a_rule_to_its_calls(browser: Browser, site: Path) -> None:
    """Two clicks: the rule, a call; each call of the list broke it, and there are as many as it said."""
    with _open(browser, site, "index.html") as tab:
        rule = tab.locator("#rules tbody tr").first
        said = re.search(r"· (\d+) 通", rule.inner_text())
        assert said is not None
        title = rule.locator("a").inner_text()
        follow(rule.locator("a"))
        assert _listed(tab) == int(said[1])
        assert all(title in text for text in tab.locator("#list .what").all_inner_texts())
        follow(tab.locator("#list tbody a").first)
        assert title in tab.locator("#findings").inner_text()


def test_a_call_s_page_goes_on_in_the_list_that_one_came_from(browser: Browser, site: Path) -> None:
    """In its order, to its end, and back to it as it was."""
    with _open(
        browser, site, "calls.html", "#from=2026-10-26&agent=0011&rule=wording.quarrel"
    ) as tab:
        count = _listed(tab)
        assert count > 3
        names = tab.locator("#list .id").all_inner_texts()
        follow(tab.locator("#list tbody a").first)
        seen = [_call(tab)]
        while tab.locator("[data-way=later]").is_visible():
            follow(tab.locator("[data-way=later]"))
            seen.append(_call(tab))
        assert seen == names
        assert tab.locator(".way-at").inner_text() == f"{count} / {count}"
        follow(tab.locator("[data-way=back]"))
        assert _listed(tab) == count


def test_without_a_list_a_call_goes_on_by_time(browser: Browser, site: Path) -> None:
    """Through its whole date, each call after the one before it."""
    with _open(browser, site, call_page(LAST, "11-23-00")) as tab:
        while tab.locator("[data-way=earlier]").is_visible():
            follow(tab.locator("[data-way=earlier]"))
            _call(tab)
        times = [tab.locator(".meta").inner_text()[-60:]]
        while tab.locator("[data-way=later]").is_visible():
            follow(tab.locator("[data-way=later]"))
            _call(tab)
            times.append(tab.locator(".meta").inner_text())
        assert len(times) == 24
        clocks = [re.findall(r"\d\d:\d\d", text)[0] for text in times]
        assert clocks == sorted(clocks)


def test_the_list_finds_by_words_dates_and_scores(browser: Browser, site: Path) -> None:
    """What is chosen stands in the address, so that it can be kept."""
    with _open(browser, site, "calls.html") as tab:
        assert _listed(tab) == 7 * 24
        tab.locator("[name=q]").fill("斗气")
        comes_true(tab, "document.querySelectorAll('#list tbody tr').length < 50")
        some = _listed(tab)
        assert 0 < some < 7 * 24
        tab.locator("[name=from]").fill("2026-10-26")
        tab.locator("[name=from]").dispatch_event("change")
        assert _listed(tab) > some
        tab.locator("[name=most]").fill("90")
        tab.locator("[name=most]").dispatch_event("change")
        few = _listed(tab)
        shown = [float(text) for text in tab.locator("#list td.strong").all_inner_texts()]
        assert all(score <= 90 for score in shown)
        address = tab.url
    with _open(browser, site, "calls.html", address[address.index("#") :]) as tab:
        assert _listed(tab) == few
        tab.locator("#clear").click()
        assert _listed(tab) == 29 * 24
        tab.locator("#after").click()
        assert "第 2 /" in tab.locator("#which").inner_text()
        tab.locator("#list th[data-key=score] button").click()
        tab.locator("#list th[data-key=score] button").click()
        lowest = tab.locator("#list td.strong").all_inner_texts()
        assert [float(x) for x in lowest] == sorted(float(x) for x in lowest)


def test_agents_are_sorted_and_found(browser: Browser, site: Path) -> None:
    """By any head, by name or number, by team."""
    with _open(browser, site, "index.html") as tab:
        head = tab.locator("#agents th", has_text="每百通违规").first
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == "descending"
        cells = tab.locator("#agents tbody tr:not(.off) td.wide").all()
        values = [float(cell.get_attribute("data-value") or 0) for cell in cells]
        assert values == sorted(values, reverse=True)
        tab.locator("#agents input[type=search]").fill(month.PEOPLE["0003"])
        assert tab.locator("#agents tbody tr:not(.off)").count() == 1
        tab.locator("#agents input[type=search]").fill("")
        tab.locator("#agents select").select_option("一组")
        names = tab.locator("#agents tbody tr:not(.off) th small").all_inner_texts()
        assert names
        assert all("一组" in name for name in names)


def test_periods_and_teams_are_chosen_on_the_page(browser: Browser, site: Path) -> None:
    """By clicks alone; each page says what it is compared with."""
    with _open(browser, site, "index.html") as tab:
        follow(tab.locator(".kinds a", has_text="月"))
        assert "2026 年 11 月" in tab.locator(".meta").inner_text()
        assert "与上一期（2026 年 10 月" in tab.locator(".compared").inner_text()
        follow(tab.locator("[aria-label^=上一期]"))
        assert "2026 年 10 月" in tab.locator(".meta").inner_text()
        assert tab.locator(".compared").count() == 0
        tab.locator(".menu summary", has_text="班组").click()
        follow(tab.locator(".menu a", has_text="二组"))
        assert tab.locator("h1").inner_text() == "二组"
        shown = tab.locator("#agents tbody th small").all_inner_texts()
        assert all("二组" in text for text in shown)
        follow(tab.locator(".kinds a", has_text="周"))
        assert tab.locator("h1").inner_text() == "二组"


def test_the_last_days_of_repeat_calls_are_marked(browser: Browser, site: Path) -> None:
    """Their seven days are not over; of a week long past nothing is open."""
    with _open(browser, site, "index.html") as tab:
        assert "最近 7 天还不完整" in tab.locator("#repeats").inner_text()
    weeks = Calendar.of([f"2026-11-{n:02}" for n in range(2, 9)]).weeks
    with _open(browser, site, period_page(weeks[0].key)) as tab:
        shown = tab.locator("#repeats").inner_text()
        assert "不完整" not in shown
        assert re.search(r"[1-9]\d* / \d+ 通", shown)


EVERY = [
    "index.html",
    "calls.html",
    period_page("all"),
    agent_page("0011"),
    call_page(LAST, "11-23-03"),
]


@pytest.mark.parametrize("page", EVERY)
@pytest.mark.parametrize("look", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, site: Path, page: str, look: str) -> None:
    """Names, contrast, order, roles; on a telephone as on a desk."""
    for width in (1280, 390):
        tab = browser.new_page(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if look == "dark" else "light",
        )
        tab.goto((site / page).resolve().as_uri())
        tab.wait_for_load_state("load")
        tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert axe.serious(tab) == [], (page, width)
        tab.close()


@pytest.mark.parametrize("page", EVERY)
def test_a_telephone_scrolls_down_only(browser: Browser, site: Path, page: str) -> None:
    """No part of a page is hidden to the side, nor can anything be scrolled there."""
    with _open(browser, site, page, width=390) as tab:
        tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        wide = tab.evaluate(
            """() => Array.from(document.querySelectorAll("main *"))
              .filter(one => one.scrollWidth > one.clientWidth + 1
                && ["auto", "scroll"].includes(getComputedStyle(one).overflowX))
              .map(one => one.outerHTML.slice(0, 80))"""
        )
        assert wide == []
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(
    "page", [agent_page("0011"), agent_page("0011", "2026-11"), agent_page("0000")]
)
def test_a_scorecard_is_two_sheets(browser: Browser, site: Path, page: str) -> None:
    """Of A4, a month's too; the fold stays shut."""
    with _open(browser, site, page) as tab:
        printed = tab.pdf(prefer_css_page_size=True, print_background=True)
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2
        width, height = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", printed)[0]
        assert (round(float(width)), round(float(height))) == (595, 842)


def test_a_scorecard_says_what_to_work_on(browser: Browser, site: Path) -> None:
    """Three rules with the norm's words, his place, and a good example that names nobody."""
    with _open(browser, site, agent_page("0011")) as tab:
        assert tab.locator(".work").count() == 3
        for work in tab.locator(".work").all():
            assert "依据" in work.inner_text()
            assert work.locator("a.hear").count() == 1
        good = " ".join(tab.locator(".said-good").all_inner_texts())
        assert "同事的通话" in good
        assert "江城中燃，××号为您服务" in good
        assert not any(name in good for name in month.PEOPLE.values())
        assert tab.locator(".said-good a").count() == 0
        assert "辅导记录" in tab.locator(".sign").inner_text()


def test_the_keyboard_reaches_everything(browser: Browser, site: Path) -> None:
    """The first stop leads past the head; a head of the table sorts by Enter; what has focus is seen."""
    with _open(browser, site, "index.html") as tab:
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.className") == "skip"
        tab.locator("#agents th button").nth(2).focus()
        tab.keyboard.press("Enter")
        assert tab.locator("#agents th").nth(2).get_attribute("aria-sort") is not None
        outline = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
