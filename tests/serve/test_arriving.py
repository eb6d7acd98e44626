"""Whoever comes by a link lands where it leads: logged in or not, from this site or from another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.serve.arriving import WANTED
from tests.serve.centre import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.serve.centre import Server


def entered(tab: Page, address: str) -> None:
    """Go there, by way of the log-in."""
    tab.goto(address)
    assert tab.url.endswith("/login")
    tab.fill("[name=name]", "张三")
    tab.fill("[name=password]", PASSWORD)
    tab.press("[name=password]", "Enter")
    tab.locator(".leave").wait_for()


def test_a_link_leads_through_the_log_in(browser: Browser, server: Server) -> None:
    """And afterwards the log-in leads to the first page again."""
    context = browser.new_context()
    tab = context.new_page()
    for address, landed in (("calls.html", "calls.html"), ("login", "")):
        entered(tab, f"{server.url}/{address}")
        assert tab.url == f"{server.url}/{landed}"
        assert WANTED not in {cookie["name"] for cookie in context.cookies(server.url)}
        with tab.expect_navigation():
            tab.get_by_role("button", name="退出").click()
    context.close()


def test_a_link_of_another_site_finds_who_is_logged_in(browser: Browser, server: Server) -> None:
    """As one in a mail that is read in the browser; his cookie is a strict one all the same."""
    context = browser.new_context()
    tab = context.new_page()
    entered(tab, f"{server.url}/login")
    tab.goto(server.url.replace("127.0.0.1", "localhost") + "/login")
    tab.evaluate(f"window.location.href = '{server.url}/work.html'")
    tab.locator(".leave").wait_for()
    assert tab.url == f"{server.url}/work.html"
    context.close()


@pytest.mark.parametrize(
    "place",
    ["//example.com/", "https://example.com", "/\\example.com", "/x\r\nSet-Cookie:y=1", "x"],
)
def test_nobody_is_led_elsewhere(server: Server, place: str) -> None:
    """Whatever the cookie says."""
    with server.client() as client:
        told = {"cookie": f'{WANTED}="{place}"'.encode("unicode_escape").decode()}
        form = {"name": "张三", "password": PASSWORD}
        answer = client.post("/login", data=form, headers=told)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
