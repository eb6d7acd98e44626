"""Somebody chosen to decide one appeal: by his lead, with everybody looking on."""

from __future__ import annotations

import html
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from pipeline.review.appeals import appeals
from pipeline.review.migrate import open_database
from pipeline.review.said import read_by_night
from pipeline.settings import load_settings
from tests.conftest import callqa
from tests.report.browser import comes_true, follow
from tests.serve.test_day import desk
from tests.serve.test_doors import CONTEST
from tests.serve.test_mail import address_of as mail_of
from tests.serve.test_mail import addressed, box, contested, out, running
from tests.serve.test_whole import at_desks, contests, looked_at, number_of

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.serve.centre import Server
    from tests.serve.mailbox import Mailbox
    from tests.serve.test_doors import Person

__all__ = ["addressed", "box", "out"]

CALL = "calls/2026-11-18/g01"


def test_a_lead_hands_an_appeal_to_one_person(browser: Browser, server: Server) -> None:
    """It is first in his list; the agent learns since when, not who; the others decide it no more."""
    contested(server, "a0008", f"/{CALL}")
    contested(server, "a0008", "/calls/2026-11-20/g31")
    url = f"{server.url}/{CALL}.html"
    with desk(browser, server, "lead1") as tab:
        tab.goto(url)
        tab.locator(".appeal summary").click()
        tab.locator(".appeal select").select_option("李四")
        with tab.expect_navigation():
            tab.get_by_role("button", name="交给他").click()
        comes_true(tab, "document.querySelector('.held') !== null")
        held = tab.locator(".held").inner_text()
        assert "交给 李四 处理" in held
        assert "lead1 转交" in held
        assert tab.get_by_role("button", name="申诉成立").count() == 0
        looked_at(tab, url)
        looked_at(tab, f"{server.url}/appeals.html")
    with desk(browser, server, "a0008") as tab:
        tab.goto(url)
        assert "已指定一个人处理" in tab.locator(".held").inner_text()
        for page in (url, f"{server.url}/appeals.html"):
            tab.goto(page)
            shown = tab.locator("main").inner_text()
            assert "指定一个人" in shown
            assert not re.search("李四|lead1", shown)
    with desk(browser, server, "张三") as tab:
        tab.goto(url)
        assert tab.get_by_role("button", name="申诉成立").count() == 0
        assert tab.locator(".appeal summary").count() == 0
    with at_desks(server, "张三") as (other,):
        assert other.post("/appeals/1", {"step": "granted"}).status_code == 403
    with desk(browser, server, "李四") as tab:
        follow(tab.get_by_role("link", name="申诉"))
        first = tab.locator("tbody tr").first
        assert "g01" in first.inner_text()
        assert "交给您处理" in first.inner_text()
        follow(first.get_by_role("link"))
        with tab.expect_navigation():
            tab.get_by_role("button", name="申诉成立").click()
        comes_true(tab, "document.querySelector('.tag-appeal-granted') !== null")
        assert tab.locator(".held").count() == 0


@pytest.fixture
def waiting(server: Server) -> str:
    """The address of an appeal against another's whole evaluation."""
    call = "calls/2026-11-18/g08"
    with at_desks(server, "a0035", "owner") as (agent, owner):
        contests(agent, call)
        path = number_of(owner, call)
        owner.post(f"{path}/hand", {"person": ""})
    return path


def decides(person: Person) -> bool:
    """Whether the page offers him a decision."""
    return 'value="refused"' in person.client.get("/calls/2026-11-18/g08.html").text


@pytest.mark.service  # beside the appeal that was handed over in the browser
def test_it_is_open_again_once_he_may_not_decide_it(
    server: Server, centre: Path, waiting: str
) -> None:
    """Disabled, of another role, or having spoken of the call; handed on it is another's."""
    config = centre.parent / "callqa.toml"
    with at_desks(server, "lead2", "张三", "李四", "admin", "owner") as people:
        lead, first, second, admin, owner = people
        hand = f"{waiting}/hand"
        for person in ("nobody", "admin", "a0035", "lead1"):
            assert lead.post(hand, {"person": person}).status_code == 400
        assert lead.post(hand, {"person": "李四"}).status_code == 303
        assert lead.post(hand, {"person": "李四"}).status_code == 409
        assert [decides(one) for one in people] == [False, False, True, False, True]
        for what, statuses in (("disable", [True, True]), ("enable", [False, False])):
            done = callqa("user", what, "李四", "--out", centre, "--config", config)
            assert done.returncode == 0
            assert [decides(one) for one in (lead, first)] == statuses
        assert admin.post(hand, {"person": "张三"}).status_code == 303
        assert [decides(one) for one in (lead, first)] == [False, True]
        role(centre, "张三", "admin")
        assert decides(lead)
        role(centre, "张三", "inspector")
        page = first.client.get("/calls/2026-11-18/g08.html").text
        place = html.unescape(re.findall('data-place="(.*?)"', page)[0])
        said = {"place": place, "seen": "0", "verdict": "stands"}
        assert first.post("/calls/2026-11-18/g08/verdict", said).status_code == 200
        assert [decides(one) for one in (lead, first)] == [True, False]
        assert lead.post(hand, {"person": "张三"}).status_code == 400
        acts = admin.client.get("/audit.html").text
        assert acts.count("转交申诉") == 3
        assert owner.post(hand, {"person": "lead2"}).status_code == 303
        assert owner.post(hand, {"person": ""}).status_code == 303
        assert "重新公开申诉" in admin.client.get("/audit.html").text
        assert second.client.get("/work.html").status_code == 303


def role(centre: Path, name: str, wanted: str) -> None:
    """What somebody is from now on, as the company's log-in changes it."""
    database = open_database(centre, load_settings(centre.parent / "callqa.toml"))
    with database.writing() as connection:
        own = {"role": wanted, "name": name}
        connection.execute(text("UPDATE users SET role = :role WHERE name = :name"), own)
    database.close()


def test_whoever_decides_and_whoever_hands_it_on_at_once_do_not_both(
    server: Server, centre: Path
) -> None:
    """What was handed to another is not decided, and what was decided is handed to nobody."""
    with at_desks(server, "a0012", "李四", "lead1") as (agent, other, lead):
        calls = ("2026-11-18/g04", "2026-11-18/g05", "2026-11-20/g25", "2026-11-20/g33")
        for call in calls:
            page = agent.client.get(f"/calls/{call}.html").text
            places = re.findall(CONTEST, page)[:3]
            for place in map(html.unescape, places):
                form = {"ground": "other", "place": place}
                assert agent.post(f"/calls/{call}/appeal", form).status_code == 303
        with read_by_night(centre, load_settings(centre.parent / "callqa.toml")) as connection:
            numbers = [a.number for a in appeals(connection) if a.about.agent_id == "0012"]
        assert numbers
        for number in numbers:
            path = f"/appeals/{number}"
            with ThreadPoolExecutor(2) as several:
                decided = several.submit(other.post, path, {"step": "refused"})
                handed = several.submit(lead.post, f"{path}/hand", {"person": "lead1"})
            codes = decided.result().status_code, handed.result().status_code
            assert codes in {(303, 409), (409, 303), (403, 303)}, codes


def test_he_alone_is_told(out: Path, box: Mailbox) -> None:
    """Nobody of what was handed before the mail went out; opened again, all who may decide it."""
    with running(out, box, gather=0.05) as server:
        contested(server, "a0008")
        with at_desks(server, "lead1") as (lead,):
            assert lead.post("/appeals/1/hand", {"person": "李四"}).status_code == 303
            box.until(lambda: bool(box.mails))
            assert box.all == {mail_of("李四")}
            (told,) = box.of(mail_of("李四"))
            assert "有一件申诉交给您处理" in told
            assert f"{server.url}/appeals/1\n" in told
            assert lead.post("/appeals/1/hand", {"person": ""}).status_code == 303
            everybody = {mail_of(name) for name in ("张三", "李四", "lead1", "owner")}
            box.until(lambda: box.all >= everybody)
            assert box.all == everybody


def test_once_he_may_decide_it_no_more_others_are_told(out: Path, box: Mailbox) -> None:
    """By the application that runs then, once, also where it is started again."""
    config = out.parent / "callqa.toml"
    with running(out, box) as server:
        contested(server, "a0008")
        with at_desks(server, "lead1") as (lead,):
            assert lead.post("/appeals/1/hand", {"person": "李四"}).status_code == 303
        box.until(lambda: mail_of("李四") in box.all)
    box.mails.clear()
    done = callqa("user", "disable", "李四", "--out", out, "--config", config)
    assert done.returncode == 0
    everybody = {mail_of(name) for name in ("张三", "lead1", "owner")}
    with running(out, box) as server:
        box.until(lambda: box.all >= everybody)
        told = [text for address in everybody for text in box.of(address)]
        assert all("有一件申诉等待处理" in text for text in told)
        assert all(f"{server.url}/appeals/1\n" in text for text in told)
    with running(out, box) as server, at_desks(server, "lead1") as (lead,):
        assert lead.post("/agents/0008/notes", {"text": "谈过了"}).status_code == 303
        box.until(lambda: mail_of("a0008") in box.all)
    assert len(box.mails) == len(everybody) + 1
