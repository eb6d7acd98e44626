"""What people may do by the groups that a gateway names in a header, with every request anew."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from http.client import FORBIDDEN, OK, SEE_OTHER
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from pipeline.errors import ConfigurationError
from pipeline.review import accounts, audit
from pipeline.review.accounts import Duty, User
from pipeline.review.company import GATEWAY
from pipeline.review.migrate import open_database
from pipeline.serve.app import application
from pipeline.serve.server import made_ready
from pipeline.settings import load_settings
from tests.serve.test_doors import ALL, SEES
from tests.serve.test_groups import ROLES, of, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from httpx2 import Response

    Asks = Callable[..., Response]

PEER = "10.1.1.1"
SERVE = f"""
[serve]
trusted_proxies = ["{PEER}"]
user_header = "X-Forwarded-User"
groups_header = "X-Forwarded-Groups"
team_header = "X-Team"
agent_header = "X-Agent"
"""
LIKE: dict[str, tuple[dict[str, str], str]] = {
    "new-inspector": ({"Groups": "staff,/质检"}, "张三"),
    "new-owner": ({"Groups": "norms"}, "owner"),
    "new-admin": ({"Groups": "/质检 , /质检/管理"}, "admin"),
    "新班长": ({"Groups": "leads", "Team": "客服一组"}, "lead1"),
    "二组新班长": ({"Groups": "leads,二组班长", "Team": "客服一组"}, "lead2"),
    "new-agent": ({"Groups": "agents", "Agent": "0008"}, "a0008"),
    "other-agent": ({"Groups": "agents", "Agent": "0035"}, "a0035"),
}
"""By whoever comes for the first time: what is said of him, and who of the centre sees the same."""
NAMED = {"User": "X-Forwarded-User", "Groups": "X-Forwarded-Groups", "Team": "X-Team"}


@pytest.fixture(scope="module")
def gateway(centre: Path) -> Asks:
    """Asks for a page, as somebody of whom the gateway says that; ``peer``: who speaks in its place."""
    config = centre.parent / "callqa.toml"
    before = config.read_text(encoding="utf-8")
    config.write_text(f"{before}{SERVE}plain_for = ['owner']\n{ROLES}", encoding="utf-8")
    app = application(made_ready(centre, load_settings(config), "0.0.0.0"))  # noqa: S104  never listens

    def asks(address: str, *said: tuple[str, str], peer: str = PEER, **form: str) -> Response:
        client = TestClient(app, follow_redirects=False, client=(peer, 1))
        headers = [(NAMED.get(k, f"X-{k}").encode(), v.encode()) for k, v in said]
        if form:
            return client.post(address, data=form, headers=headers)
        return client.get(address, headers=headers)

    return asks


def said_of(name: str, **said: str) -> list[tuple[str, str]]:
    """What a gateway says of somebody."""
    return [("User", name), *said.items()]


def away(gateway: Asks, told: str, *said: tuple[str, str]) -> None:
    """He is not let in, and told why."""
    answer = gateway("/calls.html", *said)
    assert (answer.status_code, told in answer.text) == (FORBIDDEN, True), answer.text[-400:]
    assert gateway("/assets/callqa.css", *said).status_code == OK


@pytest.mark.parametrize("name", LIKE)
def test_whoever_is_in_a_group_sees_what_its_role_sees(
    gateway: Asks, centre: Path, name: str
) -> None:
    """From his first request on, and nothing else, on every page that there is."""
    said, like = LIKE[name]
    for address, who in SEES.values():
        answer = gateway(address, *said_of(name, **said))
        if address in {"/", "/index.html"} and like not in ALL:
            assert answer.status_code == SEE_OTHER
            continue
        may = like in who and not address.startswith("/rate/")
        assert (answer.status_code == OK) == may, (address, answer.status_code)
    made, model = of(centre, name), of(centre, like)
    assert made
    assert model
    assert (made.duty, made.team, made.agent_id) == (model.duty, model.team, model.agent_id)
    about = f"{made.duty} {made.team or made.agent_id}".strip()
    acts = [one for one in written(centre) if one[2] == name]
    assert acts == [(GATEWAY, "user_added", name, about)]


@pytest.mark.parametrize("address", ["/calls.html", "/audit.html"])
def test_what_others_than_the_gateway_say_is_nothing(
    gateway: Asks, centre: Path, address: str
) -> None:
    """From elsewhere nobody is let in or made; nor where a header stands there twice."""
    forged = said_of("forger", Groups="/质检/管理")
    assert gateway(address, *forged, peer="10.9.9.9").status_code == SEE_OTHER
    twice = [*said_of("forger", Groups="/质检/管理"), ("Groups", "staff")]
    assert gateway(address, *twice).status_code == FORBIDDEN
    names = [*said_of("forger", Groups="/质检/管理"), ("User", "somebody")]
    assert gateway(address, *names).status_code == SEE_OTHER
    assert of(centre, "forger") is None


def test_a_changed_group_ends_old_rights_at_once(gateway: Asks, centre: Path) -> None:
    """With the next request, also one that was begun on a page of before; each change is audited."""
    admin = said_of("moves", Groups="/质检/管理")
    page = gateway("/audit.html", *admin)
    assert page.status_code == OK
    inspector = said_of("moves", Groups="/质检")
    assert gateway("/audit.html", *inspector).status_code == FORBIDDEN
    assert gateway("/work.html", *inspector).status_code == OK
    lead = said_of("moves", Groups="leads", Team="客服一组")
    csrf = page.text.partition('name="csrf" value="')[2].partition('"')[0]
    form = {"csrf": csrf, "verdict": "done"}
    done = "/calls/2026-11-18/g01/verdict"
    assert gateway(done, *lead, **form).status_code == FORBIDDEN
    assert gateway(done, *inspector, **form).status_code == OK
    assert gateway("/agents/0035.html", *lead).status_code == 404
    acts = [(act, detail) for _, act, about, detail in written(centre) if about == "moves"]
    assert acts == [
        ("user_changed", "lead 客服一组"),
        ("user_changed", "inspector"),
        ("user_changed", "lead 客服一组"),
        ("user_changed", "inspector"),
        ("user_added", "admin"),
    ]
    away(gateway, "moves 不在可以使用 callqa 的组里", *said_of("moves", Groups="staff"))
    assert gateway(done, *said_of("moves", Groups="staff"), **form).status_code == FORBIDDEN


@pytest.mark.parametrize(
    ("name", "said", "told"),
    [
        ("n1", {}, "不在可以使用"),
        ("n2", {"Groups": ""}, "不在可以使用"),
        ("n3", {"Groups": "质检"}, "不在可以使用"),
        ("n4", {"Groups": "/质检|norms"}, "不在可以使用"),
        ("n5", {"Groups": "leads"}, "带哪个班组"),
        ("n6", {"Groups": "leads", "Team": " "}, "带哪个班组"),
        ("n7", {"Groups": "agents"}, "工号"),
        ("n8", {"Groups": "agents", "Agent": "x" * 81}, "工号"),
    ],
)
def test_who_cannot_be_let_in_is_told_why(
    gateway: Asks, centre: Path, name: str, said: dict[str, str], told: str
) -> None:
    """It is written down, once for all the pages that he asks for, and no account is made."""
    for _ in range(3):
        away(gateway, told, *said_of(name, **said))
    assert of(centre, name) is None
    acts = [(act, detail.split()[0]) for who, act, _, detail in written(centre) if who == name]
    assert acts == [(audit.TURNED_AWAY, GATEWAY)]


def test_accounts_of_others_are_not_taken_over(gateway: Asks, centre: Path) -> None:
    """One with a password, or disabled, stays as it is; one made without is kept from now on."""
    database = open_database(centre, load_settings(None))
    accounts.add(database, User(name="gone", duty=Duty.INSPECTOR, disabled=True), "")
    accounts.add(database, User(name="ready", duty=Duty.INSPECTOR, mail="r@example.com"), "")
    database.close()
    away(gateway, "owner 是在 callqa 里建的", *said_of("owner", Groups="/质检/管理"))
    away(gateway, "gone 已停用", *said_of("gone", Groups="/质检/管理"))
    assert gateway("/audit.html", *said_of("ready", Groups="/质检/管理")).status_code == OK
    found = {name: of(centre, name) for name in ("owner", "gone", "ready")}
    duties = {name: user.duty for name, user in found.items() if user}
    assert duties == {"owner": Duty.OWNER, "gone": Duty.INSPECTOR, "ready": Duty.ADMIN}
    assert found["ready"]
    assert found["ready"].mail == "r@example.com"


def test_the_first_requests_at_once_make_one_account(gateway: Asks, centre: Path) -> None:
    """Each of them is answered."""
    with ThreadPoolExecutor(6) as several:
        said = said_of("at-once", Groups="/质检")
        answers = list(several.map(lambda _: gateway("/appeals.html", *said), range(6)))
    assert [one.status_code for one in answers] == [OK] * 6
    acts = [act for _, act, about, _ in written(centre) if about == "at-once"]
    assert acts == ["user_added"]


HEADER = '[serve]\ntrusted_proxies = ["::1"]\nuser_header = "U"\ngroups_header = "G"\n'
ADMINS, LEADS, AGENTS = (
    f'[[oidc.roles]]\ngroup = "g"\nrole = "{role}"\n' for role in ("admin", "lead", "agent")
)


@pytest.mark.parametrize(
    ("own", "told"),
    [
        (HEADER, "goes together"),
        (f"{HEADER}{LEADS}", "team_header"),
        (f"{HEADER}{AGENTS}", "agent_header"),
        (f'{HEADER}groups_separator = ""\n{ADMINS}', "groups_separator"),
        ('[serve]\ngroups_header = "G"\n', "user_header"),
        (ADMINS, "serve.groups_header"),
    ],
)
def test_settings_that_cannot_be(tmp_path: Path, own: str, told: str) -> None:
    """Each is named before anything is served."""
    config = tmp_path / "callqa.toml"
    config.write_text(own, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=told):
        load_settings(config)


def test_settings_of_before_stay_as_they_are(tmp_path: Path) -> None:
    """A gateway that names no groups, and a company's log-in that does."""
    config = tmp_path / "callqa.toml"
    for own in (
        HEADER.replace('groups_header = "G"\n', ""),
        f'[oidc]\ngroups_claim = "g"\n{ADMINS}',
        f'{HEADER}team_header = "T"\n[oidc]\n{LEADS}',
    ):
        config.write_text(own, encoding="utf-8")
        load_settings(config)
