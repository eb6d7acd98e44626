"""A calibration session in a real browser: blind, by one key an answer, beside a rater with a file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pipeline.review.calibration import CalibrationSession, Wanted, draw_session, sessions
from pipeline.settings import load_settings
from pipeline.store.files import Store
from tests.conftest import callqa
from tests.report import axe
from tests.report.browser import comes_true, follow
from tests.review.test_calibration import fill, lines, says
from tests.serve.centre import served
from tests.serve.test_day import desk
from tests.serve.test_doors import came

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.serve.centre import Server

RATERS = ("张三", "lead2", "专家")
VALUES = {"1": "fault", "2": "no_fault", "3": "cannot_tell"}
W47 = Wanted(name="w47", raters=RATERS, expert="专家", count=3)
SHOWN = Wanted(name="公开", raters=("owner", "李四"), shown=True, calls=("g08", "g25"))


@pytest.fixture(scope="module")
def server(centre: Path) -> Iterator[Server]:
    """The application over two sessions, in one of which the expert has filled in his file."""
    config = centre.parent / "callqa.toml"
    settings = load_settings(config)
    store = Store.of(centre, settings)
    for wanted in (W47, SHOWN):
        draw_session(store, settings, wanted)
    fill(centre / "calibration/w47/专家.csv", partial(says, rater=2))
    fill(centre / "calibration/w47/张三.csv", lambda n: ("fault", "") if n == 0 else ("", ""))
    with served(centre, config) as running:
        yield running


def session_of(out: Path, name: str = "w47") -> CalibrationSession:
    """A session by its name."""
    return next(one for one in sessions(out) if one.name == name)


def key(call: int, rule: int) -> str:
    """What somebody presses of a rule in a call."""
    return "123"[(call + rule) % 3]


def rated(tab: Page, session: CalibrationSession, score: int) -> None:
    """Answer every question of every call by the keyboard; each score leads on to the next call."""
    for number, call in enumerate(session.calls):
        assert tab.locator("h1").inner_text() == call
        for rule in range(len(session.rules)):
            comes_true(tab, f"document.querySelectorAll('.question')[{rule}].matches('.at-desk')")
            tab.keyboard.press(key(number, rule))
        comes_true(tab, "document.querySelector('#left').textContent === '还有 1 项'")
        comes_true(tab, "document.activeElement.name === 'score'")
        tab.keyboard.type(str(score + number))
        with tab.expect_navigation():
            tab.keyboard.press("Enter")


def is_blind(tab: Page, out: Path) -> None:
    """Nothing that the machine found or says is on the page of a call."""
    call = tab.locator("h1").inner_text()
    findings = pd.read_parquet(out / "data/findings").query("call_id == @call")
    told = tab.content()
    for message in findings[findings.outcome.isin({"violation", "review"})].message:
        assert message not in told
    assert tab.locator(".finding, .pin, .score, .tag, #figures, mark, .over, .machine").count() == 0
    assert tab.locator("[aria-pressed=true]").count() == (call == next(iter(session_of(out).calls)))


def test_who_still_rates_a_call_sees_its_ordinary_page_afterwards(
    server: Server, centre: Path
) -> None:
    """He is led to the blind one; others see it, and so does he where the session shows the machine."""
    session = session_of(centre)
    call_id, date = next(iter(session.calls.items()))
    path = f"/calls/{date}/{call_id}"
    rater, other = came(server, "张三"), came(server, "owner")
    closed = rater.client.get(f"{path}.html")
    assert closed.status_code == 403
    assert f'href="../../rate/w47/{call_id}.html">去评分' in closed.text
    assert "李静" not in closed.text
    for form in ({"verdict": "done"}, {"question": "solved", "answer": "是"}):
        where = "answer" if "question" in form else "verdict"
        assert rater.post(f"{path}/{where}", form).status_code == 403
    assert other.client.get(f"{path}.html").status_code == 200
    shown, day = next(iter(session_of(centre, "公开").calls.items()))
    assert other.client.get(f"/calls/{day}/{shown}.html").status_code == 200
    rater.client.close()
    other.client.close()


def test_a_session_from_the_work_list_to_its_page(
    browser: Browser, server: Server, centre: Path
) -> None:
    """Blind until nobody is waited for, then for all to see; files, tables and pages say the same."""
    session = session_of(centre)
    with desk(browser, server, "张三") as tab:
        follow(tab.get_by_role("link", name="复核", exact=True))
        assert "还有 3 通没评" in tab.locator("#sessions").inner_text()
        follow(tab.get_by_role("link", name="w47"))
        follow(tab.get_by_role("link", name="继续"))
        is_blind(tab, centre)
        tab.keyboard.press("k")  # to the file's answer, which is changed
        rated(tab, session, 80)
        assert "还在等 lead2" in tab.locator("main").inner_text()
        call_id, date = next(iter(session.calls.items()))
        tab.goto(f"{server.url}/calls/{date}/{call_id}.html")
        assert tab.locator(".score").count() == 1
    stranger = came(server, "owner").client
    assert stranger.get("/rate/w47.html").status_code == 404
    assert stranger.get("/calibration/w47.html").status_code == 404
    with desk(browser, server, "lead2") as tab:
        follow(tab.get_by_role("link", name="校准", exact=True))
        follow(tab.get_by_role("link", name="w47"))
        follow(tab.get_by_role("link", name="开始"))
        rated(tab, session, 85)
        assert "一致率" in tab.locator(".figures").inner_text()
        assert "两人的得分相差" in tab.locator(".figures").inner_text()
    assert "一致率" in stranger.get("/calibration/w47.html").text
    assert "calibration/w47.html" in stranger.get("/index.html").text
    stranger.close()
    late = came(server, "张三")
    first = next(iter(session.calls))
    answer = late.post(f"/rate/w47/{first}/word", {"score": "1"})
    assert answer.status_code == 409
    assert "不能再改" in late.client.get(f"/rate/w47/{first}.html").text
    late.client.close()
    in_the_tables(centre, session)


def in_the_tables(out: Path, session: CalibrationSession) -> None:
    """What was pressed is in ``data/ratings`` after the report; the file's own line is not."""
    config = out.parent / "callqa.toml"
    told = callqa("calibrate", "report", "--out", out, "--session", "w47", "--config", config)
    assert told.returncode == 0, told.stderr
    assert "AC1" in told.stdout
    table = pd.read_parquet(out / "data/ratings").query("session == 'w47'")
    for number, call in enumerate(session.calls):
        for rater, score in (("张三", 80), ("lead2", 85)):
            own = table[(table.call_id == call) & (table.rater == rater)].set_index("rule_id")
            said = [own.value[rule] for rule in session.rules]
            assert said == [VALUES[key(number, rule)] for rule in range(len(session.rules))]
            assert own.score.dropna().tolist() == [score + number]
    assert len(table.query("rater == '专家'").dropna(subset="value")) == 3 * len(session.rules)
    assert lines(out / "calibration/w47/张三.csv")[0]["value"] == "fault"
    assert (out / "reports/calibration/w47.html").is_file()


def test_the_machine_s_word_shows_where_it_was_drawn_so(
    browser: Browser, server: Server, centre: Path
) -> None:
    """Its word of every rule, and its score; a word may be changed, and everybody can read the page."""
    session = session_of(centre, "公开")
    with desk(browser, server, "owner") as tab:
        tab.goto(f"{server.url}/rate/公开/g08.html")
        assert tab.locator(".machine").count() == len(session.rules)
        assert "机器：违规" in tab.locator("#questions").inner_text()
        assert "机器评分" in tab.locator(".meta").inner_text()
        comes_true(tab, "document.getElementById('audio').readyState >= 2")
        tab.keyboard.press("1")
        comes_true(tab, "document.querySelectorAll('[aria-pressed=true]').length === 1")
        tab.keyboard.press("k")
        tab.keyboard.press("3")
        comes_true(tab, "document.querySelector('[data-value=cannot_tell]').ariaPressed === 'true'")
        tab.reload()
        assert tab.locator("[aria-pressed=true]").all_inner_texts() == ["3说不准"]
        for page in ("rate/公开/g08.html", "rate/公开.html", "work.html"):
            for width in (1280, 390):
                tab.set_viewport_size({"width": width, "height": 900})
                tab.goto(f"{server.url}/{page}")
                assert axe.serious(tab) == [], (page, width)
                assert tab.evaluate("document.documentElement.scrollWidth") <= width, page


@pytest.mark.parametrize(
    "form",
    [
        {"score": "101"},
        {"score": "nan"},
        {"score": ""},
        {"rule": "no.rule", "value": "fault"},
        {"rule": "closing.standard", "value": "good"},
        {"rule": "closing.standard"},
    ],
)
def test_what_is_no_answer_is_refused(server: Server, form: dict[str, str]) -> None:
    """And a call or a session that there is not is nowhere."""
    rater = came(server, "李四")
    assert rater.post("/rate/公开/g08/word", form).status_code == 400
    assert rater.post("/rate/公开/g01/word", {"score": "3"}).status_code == 404
    assert rater.post("/rate/none/g08/word", {"score": "3"}).status_code == 404
    rater.client.close()


def test_a_file_that_is_being_filled_in_wrongly_stops_nobody(server: Server, centre: Path) -> None:
    """It says nothing yet; the others go on in the browser."""
    path = centre / "calibration/公开/李四.csv"
    before = path.read_bytes()
    path.write_bytes(before.replace(b",,,", b",maybe,,"))
    rater = came(server, "owner")
    assert rater.post("/rate/公开/g25/word", {"score": "91"}).status_code == 200
    assert 'value="91"' in rater.client.get("/rate/公开/g25.html").text
    rater.client.close()
    path.write_bytes(before)
