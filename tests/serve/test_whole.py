"""An appeal against a call's evaluation as a whole: what it changes, and what it does not."""

from __future__ import annotations

import html
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pandas as pd
import pytest

from pipeline.night.rescore import score_kept
from pipeline.review.appeals import appeals
from pipeline.review.said import of_calls, read_by_night
from pipeline.settings import load_settings
from tests.helpers import Nobody
from tests.report import axe
from tests.report.browser import comes_true, follow
from tests.serve.centre import served
from tests.serve.test_day import desk
from tests.serve.test_doors import CONTEST, came
from tests.serve.test_kill import out, postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.serve.centre import Server
    from tests.serve.test_doors import Person

__all__ = ["out", "postgres"]

CALL = "calls/2026-11-20/g31"
BOTH = "calls/2026-11-18/g08"
_FALLS = r'name="fall\d+" value="(.*?)"'

WHY = "门店答应过客户，<b>我</b>没有办法"


@contextmanager
def at_desks(server: Server, *names: str) -> Iterator[list[Person]]:
    """These people, logged in."""
    people = [came(server, name) for name in names]
    try:
        yield people
    finally:
        for person in people:
            person.client.close()


def rescored(centre: Path) -> pd.Series:
    """The night's part of it: the scores after people, by call."""
    settings = load_settings(centre.parent / "callqa.toml")
    score_kept(centre, settings, progress=Nobody(), jobs=1)
    scores: pd.Series = pd.read_parquet(centre / "data/calls").set_index("call_id").score_final
    return scores


def contests(person: Person, call: str, words: str = WHY) -> httpx.Response:
    """An agent contests the whole of a call."""
    return person.post(f"/{call}/appeal", {"place": "whole", "comment": words})


def number_of(person: Person, call: str) -> str:
    """The address of the appeal against a call's whole."""
    text = person.client.get(f"/{call}.html").text.partition('id="whole"')[2]
    return f"/appeals/{re.findall(r'appeals/([0-9]+)', text)[0]}"


def falls(person: Person, call: str) -> list[str]:
    """What a decision can let fall."""
    return [html.unescape(one) for one in listed(person, call)]


def listed(person: Person, call: str) -> list[str]:
    """As the page has it."""
    found: list[str] = re.findall(_FALLS, person.client.get(f"/{call}.html").text)
    return found


def looked_at(tab: Page, url: str) -> None:
    """A page is read by everybody, at a desk and on a telephone."""
    for width in (1280, 390):
        tab.set_viewport_size({"width": width, "height": 900})
        tab.goto(url)
        assert axe.serious(tab) == []
        assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_what_is_ticked_costs_nothing_any_more(
    browser: Browser, server: Server, centre: Path
) -> None:
    """Contested in his words, decided by another with one tick: page, scorecard and tables follow."""
    url = f"{server.url}/{CALL}.html"
    calls = pd.read_parquet(centre / "data/calls").set_index("call_id")
    agent = f"a{calls.agent_id['g31']}"
    with desk(browser, server, agent) as tab:
        looked_at(tab, url)
        tab.locator("#whole summary").click()
        tab.locator("#whole textarea").fill(WHY)
        with tab.expect_navigation():
            tab.locator("#whole").get_by_role("button", name="提交申诉").click()
        assert WHY in tab.locator("#whole .steps-of").inner_text()
        assert tab.locator("#whole").get_by_role("button", name="不成立").count() == 0
    with desk(browser, server, "李四") as tab:
        follow(tab.get_by_role("link", name="申诉"))
        follow(tab.locator("tbody tr", has_text="整通").get_by_role("link"))
        assert tab.url.endswith("#whole")
        looked_at(tab, url)
        machine = tab.locator(".score").inner_text()
        ticks = tab.locator("#whole [type=checkbox]")
        count = ticks.count()
        assert count > 1
        ticks.first.check()
        with tab.expect_navigation():
            tab.get_by_role("button", name="成立，勾选的不扣分").click()
        comes_true(tab, "document.querySelector('#whole .tag-appeal-granted') !== null")
        after = float(tab.locator("#final").inner_text())
        assert after > float(machine)
        assert tab.locator(".score").inner_text() == machine
        assert tab.locator("#whole .fell li").count() == 1
        assert tab.locator(".spot .opinion-wrong", has_text="整通申诉裁定").count() == 1
    with desk(browser, server, agent) as tab:
        card = tab.locator("#coaching").inner_text()
        assert "整通的评分" in card
        assert "申诉成立" in card
        tab.goto(url)
        shown = tab.locator("#whole").inner_text()
        assert "改判，不扣分的" in shown
        assert "李四" not in shown
    assert rescored(centre)["g31"] == pytest.approx(after, abs=0.01)
    (row,) = pd.read_parquet(centre / "data/appeals").itertuples()
    assert (row.call_id, row.rule_id, row.reason, row.state) == ("g31", "", "whole", "granted")
    (said,) = pd.read_parquet(centre / "data/reviews").itertuples()
    assert (said.verdict, said.reason, said.reviewer) == ("wrong", "appeal_whole", "李四")


def test_it_is_decided_by_nobody_who_spoke_of_the_call(server: Server) -> None:
    """And contested once, in words, by its agent alone; what does not fit is refused."""
    with at_desks(server, "a0035", "张三", "李四") as (agent, first, other):
        spot, seen = re.findall(
            'data-place="(.*?)" data-seen="(.*?)"', first.client.get(f"/{BOTH}.html").text
        )[0]
        said = {"place": html.unescape(spot), "seen": seen, "verdict": "stands"}
        assert first.post(f"/{BOTH}/verdict", said).status_code == 200
        assert contests(agent, BOTH, " ").status_code == 400
        assert contests(agent, BOTH, "x" * 2001).status_code == 400
        wrong = {"place": "whole", "verdict": "wrong", "reason": "other", "seen": "0"}
        assert first.post(f"/{BOTH}/verdict", wrong).status_code == 409
        single = re.findall(CONTEST, agent.client.get(f"/{BOTH}.html").text)[0]
        odd = {"place": html.unescape(single), "ground": "whole", "comment": "x"}
        assert agent.post(f"/{BOTH}/appeal", odd).status_code == 400
        assert contests(agent, BOTH).status_code == 303
        assert contests(agent, BOTH).status_code == 409
        path = number_of(agent, BOTH)
        assert first.post(path, {"step": "refused"}).status_code == 403
        assert falls(first, BOTH) == []
        assert other.post(path, {"step": "granted"}).status_code == 400
        assert other.post(path, {"step": "granted", "fall1": "nothing"}).status_code == 409


def test_what_is_contested_singly_is_decided_singly(server: Server, centre: Path) -> None:
    """It is on no list of the whole, and its appeal stays when the rest is decided."""
    with at_desks(server, "a0035", "李四") as (agent, other):
        path, before = number_of(agent, BOTH), falls(other, BOTH)
        single = next(
            one
            for one in re.findall(CONTEST, agent.client.get(f"/{BOTH}.html").text)
            if html.unescape(one) in before
        )
        form = {"place": html.unescape(single), "ground": "misheard", "comment": ""}
        assert agent.post(f"/{BOTH}/appeal", form).status_code == 303
        left = falls(other, BOTH)
        assert left == [one for one in before if one != html.unescape(single)]
        ticked = {"step": "granted", "fall1": html.unescape(single)}
        assert other.post(path, ticked).status_code == 409
        everything_left = {f"fall{n}": one for n, one in enumerate(left)}
        assert other.post(path, {"step": "granted", **everything_left}).status_code == 303
        text = other.client.get(f"/{BOTH}.html").text
        assert (text.count("tag-appeal-open"), text.count("tag-appeal-granted")) == (1, 1)
        assert published(centre, "g08") == [("misheard", "open"), ("whole", "granted")]


def published(centre: Path, call_id: str) -> list[tuple[str, str]]:
    """The published appeals of a call, scored again: why, and how they stand."""
    rescored(centre)
    rows = pd.read_parquet(centre / "data/appeals")
    own = rows[rows.call_id == call_id]
    return sorted(zip(own.reason, own.state, strict=True))


def test_the_norm_owner_says_otherwise_and_what_fell_stands_again(
    server: Server, centre: Path
) -> None:
    """He sees what fell, ticked; what he leaves ticked stays fallen; then it is final."""
    with at_desks(server, "a0035", "owner") as (agent, owner):
        path, fell = number_of(owner, BOTH), falls(owner, BOTH)
        text = owner.client.get(f"/{BOTH}.html").text
        assert text.count(" checked><span>") == len(fell)
        before = rescored(centre)["g08"]
        assert owner.post(path, {"step": "granted", "fall1": fell[0]}).status_code == 303
        assert rescored(centre)["g08"] < before
        assert "（最终）" in agent.client.get(f"/{BOTH}.html").text
        assert owner.post(path, {"step": "refused"}).status_code == 403


def test_a_call_that_counts_nowhere_is_in_no_mean(server: Server, centre: Path) -> None:
    """As one of bad sound, with a reason of its own; the norm owner lets it count again."""
    call = "calls/2026-11-20/g34"
    with at_desks(server, "a0035", "李四", "owner") as (agent, other, owner):
        assert contests(agent, call).status_code == 303
        path = number_of(agent, call)
        assert other.post(path, {"step": "excluded", "comment": "店里的错"}).status_code == 303
        shown = agent.client.get(f"/{call}.html").text
        assert "改判：整通不计" in shown
        assert "整通申诉裁定" in shown
        assert pd.isna(rescored(centre)["g34"])
        reviews = pd.read_parquet(centre / "data/reviews").query("call_id == 'g34'")
        assert list(zip(reviews.verdict, reviews.reason, strict=True)) == [
            ("excluded", "appeal_whole")
        ]
        assert contests(agent, call).status_code == 409
        assert owner.post(path, {"step": "refused"}).status_code == 303
        assert not pd.isna(rescored(centre)["g34"])


def test_it_is_taken_back(server: Server) -> None:
    """Until somebody has decided; single findings are free as before."""
    call = "calls/2026-11-18/g01"
    with at_desks(server, "a0008", "李四") as (agent, other):
        free = len(re.findall(CONTEST, agent.client.get(f"/{call}.html").text))
        assert contests(agent, call).status_code == 303
        path = number_of(agent, call)
        assert agent.post(path, {"step": "withdrawn"}).status_code == 303
        assert contests(agent, call).status_code == 409
        assert other.post(path, {"step": "refused"}).status_code == 403
        assert len(re.findall(CONTEST, agent.client.get(f"/{call}.html").text)) == free


def test_of_those_who_decide_at_once_one_has(server: Server, centre: Path) -> None:
    """The others are told; of what they ticked nothing is left."""
    found = pd.read_parquet(centre / "data/findings").query("outcome == 'violation'")
    calls = found[found.agent_id == "0012"].drop_duplicates("call_id")
    with at_desks(server, "a0012", "李四", "张三", "lead1") as (agent, *people):
        for row in calls.itertuples():
            call_id = str(row.call_id)
            call = f"calls/{row.date}/{row.call_id}"
            assert contests(agent, call).status_code == 303
            path, places = number_of(agent, call), falls(people[0], call)
            forms = [
                {"step": "granted", "fall1": places[0]},
                {"step": "refused"},
                {"step": "excluded"},
            ]
            with ThreadPoolExecutor(3) as several:
                sent = [several.submit(p.post, path, f) for p, f in zip(people, forms, strict=True)]
            codes = sorted(one.result().status_code for one in sent)
            assert codes[0] == 303
            assert set(codes[1:]) <= {403, 409}
            with read_by_night(centre, load_settings(centre.parent / "callqa.toml")) as connection:
                (one,) = appeals(connection, call_id=call_id)
                words = [w.review for w in of_calls(connection, [call_id])]
            assert len(one.steps) == 2
            assert {w.reviewer for w in words} <= {one.last.name}
            assert bool(words) == (one.state == "granted")


def test_a_decision_is_there_whole_or_not_at_all(out: Path) -> None:
    """Killed between click and answer: no step without its verdicts, no verdict without its step."""
    config, answered = out.parent / "callqa.toml", list[str]()
    found = pd.read_parquet(out / "data/findings").query("outcome == 'violation'")
    calls = {str(r.call_id): f"calls/{r.date}/{r.call_id}" for r in found.itertuples()}
    own = {str(r.call_id): f"a{r.agent_id}" for r in found.itertuples()}
    waiting: dict[str, tuple[str, list[str]]] = {}
    agents = sorted(set(own.values()))
    with served(out, config) as server, at_desks(server, "李四", *agents) as (other, *people):
        for call_id, call in calls.items():
            agent = people[agents.index(own[call_id])]
            if contests(agent, call).status_code == 303:
                waiting[call_id] = number_of(agent, call), falls(other, call)

        def click() -> None:
            try:
                for call_id, (path, places) in waiting.items():
                    ticks = {f"fall{n}": one for n, one in enumerate(places)}
                    assert other.post(path, {"step": "granted", **ticks}).status_code == 303
                    answered.append(call_id)
            except httpx.HTTPError:
                return

        clicking = threading.Thread(target=click)
        clicking.start()
        until = time.monotonic() + 30
        while len(answered) < 4 and time.monotonic() < until:
            time.sleep(0.002)
        server.process.kill()
        clicking.join(30)
    with read_by_night(out, load_settings(config)) as connection:
        granted = {a.about.call_id for a in appeals(connection) if a.state == "granted"}
        words = of_calls(connection)
    assert {one.review.call_id for one in words} == granted
    for call_id in granted:
        fell = [one.place for one in words if one.review.call_id == call_id]
        assert sorted(fell) == sorted(waiting[call_id][1])
    assert 4 <= len(answered) <= len(granted) <= min(len(answered) + 1, len(waiting) - 1)
