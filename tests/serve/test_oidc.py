"""Logging in at the company's own: a real OpenID Connect provider, a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from pipeline.errors import ConfigurationError
from pipeline.review import accounts, audit
from pipeline.review.accounts import Duty, disable
from pipeline.review.migrate import open_database
from pipeline.serve.entrance import COMPANY
from pipeline.serve.people import COOKIE
from pipeline.serve.server import made_ready
from pipeline.settings import load_settings
from tests.conftest import callqa
from tests.serve.centre import Server, free_port, served
from tests.serve.company import SECRET, answered, application, provider, sent, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

OK, SEE_OTHER, FORBIDDEN, TOO_MANY, BAD_GATEWAY = 200, 303, 403, 429, 502
USERS = (
    {"sub": "1", "preferred_username": "王五", "email": "w@example.com", "email_verified": True},
    {"sub": "2", "preferred_username": "nobody-here"},
    {"sub": "3", "preferred_username": "left"},
    {"sub": "4"},
)
"""王五 and left have accounts; left's is disabled; the fourth has no such claim."""


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The company's log-in service."""
    with pytest.MonkeyPatch.context() as own, provider(USERS) as address:
        own.setenv(SECRET, "any will do")
        yield address


@pytest.fixture(scope="module")
def server(centre: Path, issuer: str) -> Iterator[Server]:
    """The application; two people have accounts without a password."""
    database = open_database(centre, load_settings(centre.parent / "callqa.toml"))
    for name in ("王五", "left"):
        accounts.add(database, accounts.User(name=name, duty=Duty.INSPECTOR), "")
    disable(database, "left")
    database.close()
    with application(centre, issuer) as running:
        yield running


def test_who_has_an_account_is_let_in(server: Server, centre: Path) -> None:
    """By the name that the service says; the answer leads on, and the session is written down."""
    with server.client() as client:
        back = answered(client, "1")
        assert (back.status_code, back.headers["refresh"]) == (OK, "0; url=/")
        assert "samesite=strict" in back.headers["set-cookie"].lower()
        assert "王五" in client.get("/calls.html").text
        assert "w@example.com" in callqa("user", "list", "--out", centre).stdout
    admin = server.client("admin")
    rows = re.findall(r"<tr>.*?</tr>", admin.get("/audit.html").text, re.DOTALL)
    admin.close()
    assert any("王五" in row and "oidc" in row for row in rows)


@pytest.mark.parametrize(
    ("sub", "told"),
    [("2", "nobody-here 在 callqa 里还没有账号"), ("3", "还没有账号"), ("4", "登录没有完成")],
)
def test_who_has_none_is_not(server: Server, sub: str, told: str) -> None:
    """Nor whose account is disabled, nor of whom the service does not say the claim."""
    with server.client() as client:
        back = answered(client, sub)
        assert (back.status_code, told in back.text) == (FORBIDDEN, True)
        assert COOKIE not in client.cookies


def test_nobody_comes_back_with_what_was_not_his(server: Server) -> None:
    """Another's state, another's code, a code for the second time, and no errand at all."""
    with server.client() as own, server.client() as other:
        stolen = httpx.post(sent(own), data={"sub": "1"}).headers["location"]
        (state,) = parse_qs(urlsplit(stolen).query)["state"]
        assert other.get(stolen).status_code == FORBIDDEN
        wrong = other.get(stolen.replace(state, sent(other).params["state"]))
        assert (wrong.status_code, COOKIE in other.cookies) == (FORBIDDEN, False)
        used = httpx.post(sent(own), data={"sub": "1"}).headers["location"]
        assert own.get(used).status_code == OK
        assert own.get(used).status_code == FORBIDDEN


def test_a_refusal_there_is_told(server: Server) -> None:
    """Whoever does not agree on the company's page is back at ours."""
    with server.client() as client:
        back = client.get(f"/oidc/back?error=access_denied&state={sent(client).params['state']}")
        assert (back.status_code, "没有同意" in back.text) == (FORBIDDEN, True)


def test_a_service_that_is_away_is_told(centre: Path, issuer: str, server: Server) -> None:
    """And passwords still let in who has one."""
    assert issuer != server.url
    with application(centre, f"http://localhost:{free_port()}") as lonely:
        client = lonely.client("admin")
        away = client.get("/oidc/login")
        assert (away.status_code, "没有应答" in away.text) == (BAD_GATEWAY, True)
        assert client.get("/audit.html").status_code == OK
        client.close()


def test_a_token_that_has_run_out_is_none(centre: Path, issuer: str, server: Server) -> None:
    """However well it is signed."""
    assert issuer != server.url
    with provider(USERS, "--token-max-age", "-3600") as late, application(centre, late) as running:
        client = running.client()
        assert answered(client, "1").status_code == FORBIDDEN
        client.close()


def test_a_browser_goes_there_and_back(browser: Browser, server: Server) -> None:
    """From the first page to the calls, by the company's own log-in, and out again."""
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(f"{server.url}/calls.html")
    tab.get_by_role("link", name="用公司账号登录").click()
    tab.get_by_role("button", name="1", exact=True).click()
    tab.locator(".leave").wait_for()
    assert tab.url == f"{server.url}/calls.html"
    assert "王五" in tab.content()
    assert {cookie["name"] for cookie in context.cookies(server.url)} == {COOKIE, COMPANY}
    with tab.expect_navigation():
        tab.get_by_role("button", name="退出").click()
    assert tab.url == f"{server.url}/login"
    context.close()


def test_logging_out_ends_the_companys_session_where_that_is_wanted(
    browser: Browser, centre: Path, issuer: str, server: Server
) -> None:
    """Out of both, and back at the page on which one logs in; who came by a password stays here."""
    assert server.url
    port = free_port()
    config = settings(centre, issuer, port)
    config.write_text(config.read_text(encoding="utf-8") + "logout = true\n", encoding="utf-8")
    with served(centre, config, port) as running:
        context = browser.new_context()
        tab = context.new_page()
        tab.goto(f"{running.url}/login")
        tab.get_by_role("link", name="用公司账号登录").click()
        tab.get_by_role("button", name="1", exact=True).click()
        tab.locator(".leave").wait_for()
        tab.get_by_role("button", name="退出").click()
        tab.wait_for_url(f"{issuer}/oauth2/end_session?*")
        said = parse_qs(urlsplit(tab.url).query)
        assert said["client_id"] == ["callqa"]
        tab.get_by_role("button").first.click()
        tab.wait_for_url(f"{running.url}/login")
        assert context.cookies(running.url) == []
        context.close()
        client = running.client("admin")
        csrf = re.search(r'name="csrf" value="([^"]+)"', client.get("/index.html").text)
        assert csrf
        left = client.post("/logout", data={"csrf": csrf[1]})
        assert (left.status_code, left.headers["location"]) == (SEE_OTHER, "/login")
        client.close()


def test_many_that_fail_are_stopped(centre: Path, issuer: str, server: Server) -> None:
    """From one address nobody tries for ever."""
    assert server.url
    database = open_database(centre, load_settings(centre.parent / "callqa.toml"))
    with database.writing() as connection:
        for _ in range(accounts.PER_ADDRESS):
            audit.note(connection, "x", audit.REFUSED, address="127.0.0.1")
    database.close()
    with application(centre, issuer) as running, running.client() as client:
        assert answered(client, "1").status_code == TOO_MANY


WHOLE = """issuer = "https://login.example.com"
client_id = "callqa"
address = "https://quality.example.com"
"""


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ('issuer = "http://login.example.com"', r"oidc\.issuer"),
        ('issuer = "https://login.example.com"', "client_id"),
        ('client_secret = "geheim"', "env:"),
        (f"{WHOLE}[serve]\npath = '/callqa'", "serve.path"),
        (f"{WHOLE}[serve]\ntrusted_proxies = ['::1']\nuser_header = 'X-User'", "user_header"),
    ],
)
def test_settings_that_cannot_be(tmp_path: Path, own: str, told: str) -> None:
    """Each is named before anything is served."""
    config = tmp_path / "callqa.toml"
    config.write_text(f"[oidc]\n{own}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=told):
        load_settings(config)


def test_a_secret_that_is_not_there_is_named(
    centre: Path, issuer: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the application starts."""
    assert server.url
    monkeypatch.delenv(SECRET)
    with pytest.raises(ConfigurationError, match=SECRET):
        made_ready(centre, load_settings(settings(centre, issuer, 1)), "127.0.0.1")
