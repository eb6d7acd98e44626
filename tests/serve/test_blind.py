"""What a rater is served while he rates a call blind: every page, list and file, before and after."""

from __future__ import annotations

import html
import re
from collections import deque
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

import pandas as pd
import pytest

from pipeline.records import Outcome
from pipeline.review.calibration import Wanted, draw_session, sessions
from pipeline.serve.doors import DOORS
from pipeline.settings import load_settings
from pipeline.store.files import Store
from pipeline.store.schema import CallRow, FindingRow
from tests.report.browser import comes_true, follow
from tests.review.test_calibration import fill, says
from tests.serve.centre import served
from tests.serve.test_day import desk
from tests.serve.test_doors import CONTEST, SEES, came

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import httpx
    from playwright.sync_api import Browser

    from tests.serve.centre import Server
    from tests.serve.test_doors import Person

CALL, DATE = "g01", "2026-11-18"
"""A call of 0008, of team 客服一组."""
RATERS = ("张三", "owner", "lead1")
TOLD = re.compile(r"独有|(?<![\d.])(?:57\.31|57\.3|64\.6)(?!\d)")
"""What only this call's findings, level and scores say: the machine's, and other people's."""
ORDINARY = f"calls/{DATE}/{CALL}.html"
SEARCHES = (
    *(
        "q=独有",
        "level=独有",
        "least=57.3&most=57.4",
        "sort=score",
        "sort=score&down=1",
        "tag=独有",
    ),
    *(f"state={s}" for s in ("needed", "review", "vetoed", "not_scored", "clean")),
    *(f"state={s}" for s in ("unread", "seen", "agreed")),
)
TELLING = {
    *("q=独有", "level=独有", "least=57.3&most=57.4", "tag=独有"),
    *("state=needed", "state=review", "state=vetoed", "state=agreed"),
}
"""Those that find the call by what was found in it."""
EVERY = {door.path for door in DOORS if door.method == "GET"}
NOT_READ = {"/oidc/login", "/oidc/back", "/login", "/audit.html", "/plain-sound/{date}/{name}"}
"""Doors that show no call, or that no rater opens here."""


@pytest.fixture(scope="module")
def server(centre: Path) -> Iterator[Server]:
    """The application over a call of which everything is said that can be, in two sessions."""
    config = centre.parent / "callqa.toml"
    text = config.read_text(encoding="utf-8") + '\n[serve]\nplain_for = ["owner", "lead"]\n'
    config.write_text(text, encoding="utf-8")
    settings = load_settings(config)
    store = Store.of(centre, settings)
    _mark(store)
    (centre / "ratings.csv").write_text(f"call_id,rater,score\n{CALL},外人,64.6\n", "utf-8")
    draw_session(store, settings, Wanted(name="w47", raters=RATERS, calls=(CALL,)))
    past = Wanted(name="早先", raters=("甲", "乙"), calls=(CALL,))
    for number, path in enumerate(draw_session(store, settings, past).files.values()):
        fill(path, partial(says, rater=number))
    shown = Wanted(name="公开", raters=("张三", "李四"), shown=True, calls=(CALL,))
    draw_session(store, settings, shown)
    with served(centre, config) as running:
        _spoken_of(running)
        yield running


def _mark(store: Store) -> None:
    """Publish the call with words and numbers that no other has."""
    calls = [
        replace(row, score=57.31, score_final=57.31, level="独有", vetoed=True, review=True,
                tags=("独有",)) if row.call_id == CALL else row
        for row in store.read(CallRow, DATE)
    ]  # fmt: skip
    findings = [
        replace(row, message=f"独有 {row.message}") if row.call_id == CALL else row
        for row in store.read(FindingRow, DATE)
    ]
    assert any(f.outcome is Outcome.VIOLATION and f.call_id == CALL for f in findings)
    store.publish(DATE, {CallRow: calls, FindingRow: findings})


def _spoken_of(server: Server) -> None:
    """Another inspector judges it, its agent contests it and agrees to it."""
    agent, other = came(server, "a0008"), came(server, "李四")
    page = agent.client.get(f"/{ORDINARY}").text
    place = html.unescape(re.findall(CONTEST, page)[0])
    form = {"ground": "other", "place": place, "comment": "独有"}
    assert agent.post(f"/calls/{DATE}/{CALL}/appeal", form).status_code == 303
    assert agent.post(f"/calls/{DATE}/{CALL}/acknowledge", {"nod": "agreed"}).status_code == 303
    done = {"verdict": "done", "comment": "独有"}
    assert other.post(f"/calls/{DATE}/{CALL}/verdict", done).status_code == 200
    agent.client.close()
    other.client.close()


def everything(client: httpx.Client) -> dict[str, str]:
    """By address: all that is served to somebody, from page to page and what each of them loads."""
    addresses = (address for address, _ in SEES.values())
    waiting = deque([*addresses, f"/{ORDINARY}", "/appeals/1", f"/rate/w47/{CALL}.html"])
    waiting.extend(f"/search.json?{one}" for one in ("", *SEARCHES))
    found: dict[str, str] = {}
    while waiting:
        address = waiting.popleft()
        if address in found or address.startswith(("/logout", "/oidc")):
            continue
        answer = client.get(address)
        assert answer.status_code < 500, address
        found[address] = answer.content.decode("utf-8", "replace")
        named = re.findall(r'(?:href|src|data-search)="([^"#]+)', found[address])
        for one in (*named, answer.headers.get("location", "")):
            there = urlsplit(urljoin(address, html.unescape(one)))
            if one and not there.netloc and "." in there.path.rpartition("/")[2]:
                waiting.append(unquote(there.path))
    return found


def telling(client: httpx.Client) -> dict[str, str]:
    """By address that tells something of the call: what."""
    told = {address: TOLD.search(body) for address, body in everything(client).items()}
    return {address: match[0] for address, match in told.items() if match}


def rows(client: httpx.Client, chosen: str) -> Mapping[str, list[object]]:
    """By call: the lines of a list."""
    answer = client.get(f"/search.json?{chosen}").json()
    return {line[0]: line for _, line in answer["rows"]}


def rated(person: Person, out: Path, name: str = "w47", call: str = CALL) -> None:
    """He says all that he was asked of it."""
    session = next(one for one in sessions(out) if one.name == name)
    path = f"/rate/{name}/{call}/word"
    for rule in session.rules:
        assert person.post(path, {"rule": rule, "value": "fault"}).status_code == 200
    assert person.post(path, {"score": "88.7"}).status_code == 200


def test_whoever_rates_no_call_sees_it_everywhere(server: Server) -> None:
    """What is looked for is there to be found, on every kind of page; no door is left out."""
    client = server.client("李四")
    found = everything(client)
    client.close()
    told = {a for a, body in found.items() if TOLD.search(body)}
    pages = {
        *("/index.html", "/periods/2026-11.html", "/agents/0008.html", "/agents/0008/2026-11.html"),
        *(f"/{ORDINARY}", "/calibration/早先.html", f"/rate/公开/{CALL}.html"),
        *(f"/search.json?{one}" for one in TELLING),
    }
    assert pages <= told
    assert all(ORDINARY in found[a] for a in ("/appeals.html", "/agents/0008.html"))
    seen = {
        door
        for door in EVERY
        if any(re.fullmatch(re.sub(r"{\w+}", "[^/]+", door), a.partition("?")[0]) for a in found)
    }
    assert EVERY - seen - NOT_READ == set()


@pytest.mark.parametrize("name", RATERS)
def test_a_rater_sees_nothing_of_it_before_and_all_of_it_afterwards(
    server: Server, centre: Path, name: str
) -> None:
    """Whatever others were served meanwhile; the call stands in lists as one that waits for him."""
    person = came(server, name)
    client = person.client
    assert telling(client) == {}
    every = everything(client)
    led = {a for a, body in every.items() if ORDINARY in body}
    assert led <= {"/appeals/1", f"/{ORDINARY}"}
    for chosen in SEARCHES:
        line = rows(client, chosen).get(CALL)
        assert (line is None) or chosen not in TELLING
    line = rows(client, "")[CALL]
    assert line[1] == f"rate/w47/{CALL}.html"
    assert (line[10], line[11], line[12], line[13:18], line[18]) == (
        None, "", ["unrated"], [[], [], "", "", []], None,
    )  # fmt: skip
    card = every["/agents/0008.html"]
    assert f'href="../rate/w47/{CALL}.html">{CALL}</a>' in card
    assert "校准未评完" in card
    refused_to(person)
    rated(person, centre)
    told = telling(client)
    assert {f"/{ORDINARY}", "/agents/0008.html", "/search.json?q=独有"} <= {*told}
    assert ORDINARY in client.get("/appeals.html").text
    assert rows(client, "")[CALL][10] == 57.31
    if name != "lead1":
        assert "/index.html" in told
        assert client.get("/scores.xlsx").status_code == 200
        assert "/calibration/早先.html" in told
    client.close()


def refused_to(person: Person) -> None:
    """What cannot be served without it says so, and leads to the blind page."""
    client = person.client
    if (
        person.client.get("/audit.html").status_code == 403
        and client.get("/record/index.html").is_success
    ):
        answer = client.get("/scores.xlsx")
        assert answer.status_code == 403
        assert "先评完，再下载" in answer.text
        assert f'href="rate/w47/{CALL}.html">去评分' in answer.text
    for path in (f"/{ORDINARY}", "/appeals/1"):
        assert f"rate/w47/{CALL}.html" in client.get(path).text
    for path, form in (
        ("/appeals/1", {"step": "granted"}),
        (f"/calls/{DATE}/{CALL}/verdict", {"verdict": "done"}),
    ):
        assert person.post(path, form).status_code == 403


def test_a_rated_call_waits_for_the_last_of_its_session(server: Server, centre: Path) -> None:
    """What the machine found in one call is no word on the next."""
    settings = load_settings(centre.parent / "callqa.toml")
    calls = dict.fromkeys(("g02", "g03"), f"calls/{DATE}")
    wanted = Wanted(name="w49", raters=("owner", "甲"), calls=tuple(calls))
    draw_session(Store.of(centre, settings), settings, wanted)
    person = came(server, "owner")
    for done, call in enumerate(calls):
        assert {
            person.client.get(f"/{day}/{one}.html").status_code for one, day in calls.items()
        } == {403}
        assert {rows(person.client, "")[one][10] for one in calls} == {None}
        rated(person, centre, "w49", call)
        assert person.client.get(f"/{calls[call]}/{call}.html").is_success == (done == 1)
    person.client.close()


def test_the_list_says_so_in_a_browser(browser: Browser, server: Server, centre: Path) -> None:
    """And his work list, which does not say why the call was drawn; both lead to the blind page."""
    settings = load_settings(centre.parent / "callqa.toml")
    drawn = pd.read_parquet(centre / "data/samples").query("drawn and inspector == '张三'")
    call = next(one for one in drawn.call_id if one != CALL)
    session = Wanted(name="w48", raters=("张三", "李四"), calls=(call,))
    draw_session(Store.of(centre, settings), settings, session)
    with desk(browser, server, "张三") as tab:
        tab.goto(f"{server.url}/calls.html#from=2026-01-01&q={call}")
        comes_true(tab, "document.querySelectorAll('#list tbody tr').length === 1")
        row = tab.locator("#list tbody tr")
        assert "校准未评完" in row.inner_text()
        assert row.locator("a").get_attribute("href") == f"rate/w48/{call}.html"
        tab.goto(f"{server.url}/work.html")
        task = tab.locator("tr", has=tab.get_by_role("link", name=call, exact=True))
        assert task.locator("[data-head=为什么]").inner_text() == "校准未评完"
        follow(task.get_by_role("link"))
        assert tab.locator("#questions").count() == 1
