"""Behind a gateway, below a path of another's host name: ``https://host/callqa/``."""

from __future__ import annotations

from http.client import BAD_REQUEST
from typing import TYPE_CHECKING

import httpx
import pytest

from pipeline.settings import load_settings
from tests.report.browser import follow
from tests.serve.centre import PASSWORD, Server, served
from tests.serve.gateway import gateway

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

PATH = "/callqa"
SETTINGS = f"""
[serve]
path = "{PATH}"
trusted_proxies = ["127.0.0.1"]
"""


@pytest.fixture(scope="module")
def below(centre: Path) -> Iterator[Server]:
    """The application, told where it is."""
    config = centre.parent / "below.toml"
    before = (centre.parent / "callqa.toml").read_text(encoding="utf-8")
    config.write_text(before + SETTINGS, encoding="utf-8")
    with served(centre, config) as running:
        yield running


@pytest.mark.parametrize("strips", [True, False])
def test_whether_the_path_is_left_away_or_not(below: Server, tmp_path: Path, strips: bool) -> None:
    """Log-in, cookie, redirects and what a page loads stay below the path; the cookie goes by TLS."""
    with (
        gateway(below.url, PATH, tmp_path, strips=strips) as host,
        httpx.Client(base_url=host, verify=False, timeout=60) as client,  # noqa: S501
    ):
        first = client.get(f"{PATH}/calls.html")
        assert (first.status_code, first.headers["location"]) == (303, f"{PATH}/login")
        done = client.post(f"{PATH}/login", data={"name": "张三", "password": PASSWORD})
        assert (done.status_code, done.headers["location"]) == (303, f"{PATH}/")
        cookie = done.headers["set-cookie"].lower()
        assert {f"path={PATH}", "secure", "httponly", "samesite=strict"} <= set(cookie.split("; "))
        assert "张三" in client.get(f"{PATH}/calls.html").text
        wrong = client.get(f"{PATH}/calls/2026-11-20/no.html")
        assert (wrong.status_code, "../../assets/callqa.css" in wrong.text) == (404, True)
        assert client.get(f"{PATH}/nothing").text.count("../assets/") == 0


def test_an_inspector_logs_in_there(browser: Browser, below: Server, tmp_path: Path) -> None:
    """A real browser, from the first page to a call's and out again; nothing is asked for elsewhere."""
    with gateway(below.url, PATH, tmp_path, strips=True) as host:
        context = browser.new_context(ignore_https_errors=True)
        tab, asked, wrong = context.new_page(), list[str](), list[str]()
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("response", lambda a: wrong.append(a.url) if a.status >= BAD_REQUEST else None)
        tab.goto(f"{host}{PATH}/")
        tab.fill("[name=name]", "张三")
        tab.fill("[name=password]", PASSWORD)
        tab.press("[name=password]", "Enter")
        tab.locator(".leave").wait_for()
        (cookie,) = context.cookies()
        assert (cookie["path"], cookie["secure"]) == (PATH, True)
        follow(tab.get_by_role("link", name="复核"))
        follow(tab.get_by_role("link", name="开始"))
        assert tab.url.startswith(f"{host}{PATH}/calls/")
        with tab.expect_navigation():
            tab.get_by_role("button", name="退出").click()
        assert tab.url == f"{host}{PATH}/login"
        assert context.cookies() == []
        context.close()
    assert wrong == []
    assert [url for url in asked if not url.startswith(f"{host}{PATH}/")] == []


@pytest.mark.parametrize("path", ["callqa", "/callqa/", "/a//b", "/", "/a b", "/..", "/a;b"])
def test_what_is_no_path(tmp_path: Path, path: str) -> None:
    """It stands in a header as it is."""
    config = tmp_path / "callqa.toml"
    config.write_text(f'[serve]\npath = "{path}"\n', encoding="utf-8")
    with pytest.raises(Exception, match=r"serve\.path"):
        load_settings(config)
