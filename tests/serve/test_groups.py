"""What people may do by the groups that the company's log-in says: a real provider, real log-ins."""

from __future__ import annotations

import shutil
from http.client import FORBIDDEN, OK, SEE_OTHER
from typing import TYPE_CHECKING

import httpx
import pytest

from pipeline.errors import ConfigurationError
from pipeline.review import accounts, audit
from pipeline.review.accounts import PER_NAME, Duty, User
from pipeline.review.company import OIDC
from pipeline.review.migrate import open_database
from pipeline.serve.groups import claim
from pipeline.settings import load_settings
from tests.serve.centre import PASSWORD, Server
from tests.serve.company import SECRET, answered, application, provider
from tests.serve.test_doors import ALL, SEES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

ROLES = """
[[oidc.roles]]
group = "/质检/管理"
role = "admin"

[[oidc.roles]]
group = "/质检"
role = "inspector"

[[oidc.roles]]
group = "norms"
role = "owner"

[[oidc.roles]]
group = "二组班长"
role = "lead"
team = "客服二组"

[[oidc.roles]]
group = "leads"
role = "lead"

[[oidc.roles]]
group = "agents"
role = "agent"
"""
GROUPS = f"""
groups_claim = "realm_access.roles"
team_claim = "department"
agent_claim = "employee"
{ROLES}
[serve]
plain_for = ["owner"]
"""
LIKE: dict[str, tuple[dict[str, object], str]] = {
    "new-inspector": ({"groups": ["staff", "/质检"]}, "张三"),
    "new-owner": ({"groups": "norms"}, "owner"),
    "new-admin": ({"groups": ["/质检", "/质检/管理"]}, "admin"),
    "新班长": ({"groups": ["leads"], "department": "客服一组"}, "lead1"),
    "二组新班长": ({"groups": ["leads", "二组班长"], "department": "客服一组"}, "lead2"),
    "new-agent": ({"groups": ["agents"], "employee": ["0008"]}, "a0008"),
    "other-agent": ({"groups": ["agents"], "employee": "0035"}, "a0035"),
}
"""By whoever comes for the first time: what is said of him, and who of the centre sees the same."""


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The company's log-in service, which knows nobody yet."""
    with pytest.MonkeyPatch.context() as own, provider(()) as address:
        own.setenv(SECRET, "any will do")
        yield address


@pytest.fixture(scope="module")
def server(centre: Path, issuer: str) -> Iterator[Server]:
    """The application over the centre, which goes by groups."""
    with application(centre, issuer, GROUPS) as running:
        yield running


def known(issuer: str, name: object, said: Mapping[str, object]) -> str:
    """Have the service say something of somebody; his number there."""
    claims = {key: value for key, value in said.items() if key != "groups"}
    claims |= {"preferred_username": name, "realm_access": {"roles": said.get("groups")}}
    sub = str(abs(hash(str(name)))) if len(str(name)) > 50 else f"n{str(name).encode().hex()}"
    httpx.put(f"{issuer}/users/{sub}", json=claims).raise_for_status()
    return sub


def came(
    client: httpx.Client, issuer: str, name: object, said: Mapping[str, object]
) -> httpx.Response:
    """Somebody logs in, of whom that is said."""
    return answered(client, known(issuer, name, said))


def of(centre: Path, name: str) -> User | None:
    """An account, as it is kept."""
    database = open_database(centre, load_settings(centre.parent / "callqa.toml"))
    with database.reading() as connection:
        found = accounts.find(connection, name)
    database.close()
    return found


def written(centre: Path) -> list[tuple[str, str, str, str]]:
    """The newest acts: of whom, what, about what, and its detail."""
    database = open_database(centre, load_settings(centre.parent / "callqa.toml"))
    with database.reading() as connection:
        found = audit.entries(connection, 10)
    database.close()
    return [(one.name, one.act, one.about, one.detail) for one in found]


@pytest.mark.parametrize("name", LIKE)
def test_whoever_is_in_a_group_sees_what_its_role_sees(
    server: Server, centre: Path, issuer: str, name: str
) -> None:
    """From his first log-in on, and nothing else, on every page that there is."""
    said, like = LIKE[name]
    with server.client() as client:
        assert came(client, issuer, name, said).status_code == OK
        for address, who in SEES.values():
            if address in {"/", "/index.html"} and like not in ALL:
                assert client.get(address).status_code == SEE_OTHER
                continue
            status = client.get(address).status_code
            # a calibration session is of the raters that it names, not of a role
            may = like in who and not address.startswith("/rate/")
            assert (status == OK) == may, (address, status)
    made, model = of(centre, name), of(centre, like)
    assert made
    assert model
    assert (made.duty, made.team, made.agent_id) == (model.duty, model.team, model.agent_id)


def test_a_role_follows_the_group(server: Server, centre: Path, issuer: str) -> None:
    """At the next log-in; a session that was open sees no more than that from then on."""
    lead = {"groups": ["leads"], "department": "客服一组"}
    with server.client() as before, server.client() as after:
        assert came(before, issuer, "moves", {"groups": ["/质检/管理"]}).status_code == OK
        assert before.get("/audit.html").status_code == OK
        assert came(after, issuer, "moves", lead).status_code == OK
        assert before.get("/audit.html").status_code == FORBIDDEN
        assert ("oidc", "user_changed", "moves", "lead 客服一组") in written(centre)
        assert came(after, issuer, "moves", {**lead, "department": "客服二组"}).status_code == OK
        moved = of(centre, "moves")
        assert moved
        assert (moved.duty, moved.team) == (Duty.LEAD, "客服二组")
        assert came(after, issuer, "moves", {**lead, "department": "客服二组"}).status_code == OK
    assert [act for _, act, _, _ in written(centre)][:2] == ["login", "login"]


def test_who_is_in_no_group_any_more_is_out(server: Server, centre: Path, issuer: str) -> None:
    """He is told so, and what was open is closed; back in the group he is back."""
    with server.client() as client, server.client() as other:
        assert came(client, issuer, "leaver", {"groups": ["/质检"]}).status_code == OK
        assert client.get("/calls.html").status_code == OK
        back = came(other, issuer, "leaver", {"groups": ["staff"]})
        assert (back.status_code, "leaver 不在可以使用 callqa 的组里" in back.text) == (
            FORBIDDEN,
            True,
        )
        assert client.get("/calls.html").status_code == SEE_OTHER
        assert written(centre)[0] == ("leaver", audit.TURNED_AWAY, "", "oidc no_group")
        assert came(other, issuer, "leaver", {"groups": ["/质检"]}).status_code == OK
    admin = server.client("admin")
    assert "不在已知的组" in admin.get("/audit.html").text
    admin.close()


def test_who_is_disabled_stays_so(server: Server, centre: Path, issuer: str) -> None:
    """Whatever groups he is in, and is told so."""
    database = open_database(centre, load_settings(centre.parent / "callqa.toml"))
    accounts.add(database, User(name="gone", duty=Duty.INSPECTOR, disabled=True), "")
    database.close()
    with server.client() as client:
        back = came(client, issuer, "gone", {"groups": ["/质检/管理"]})
        assert (back.status_code, "gone 已停用" in back.text) == (FORBIDDEN, True)
    gone = of(centre, "gone")
    assert gone
    assert (gone.duty, gone.disabled) == (Duty.INSPECTOR, True)


def test_an_account_with_a_password_is_taken_over_by_nobody(
    server: Server, centre: Path, issuer: str
) -> None:
    """Of the same name there may be another there; who tries often keeps nobody from his password."""
    with server.client() as client:
        for _ in range(PER_NAME + 1):
            back = came(client, issuer, "owner", {"groups": ["/质检/管理"]})
            assert (back.status_code, "请用密码登录" in back.text) == (FORBIDDEN, True)
    owner = of(centre, "owner")
    assert owner
    assert owner.duty is Duty.OWNER
    client = server.client("owner")
    with server.client() as other:
        assert came(other, issuer, "owner", {"groups": []}).status_code == FORBIDDEN
    assert client.get("/calls.html").status_code == OK
    client.close()


def test_who_has_come_from_there_before_is_kept_up_to_date(
    server: Server, centre: Path, issuer: str
) -> None:
    """By an account of before the groups; his password goes on letting him in."""
    with application(centre, issuer) as before, before.client() as client:
        assert came(client, issuer, "李四", {"groups": []}).status_code == OK
    with server.client() as client:
        said = {"groups": ["leads"], "department": "客服一组"}
        assert came(client, issuer, "李四", said).status_code == OK
    now = of(centre, "李四")
    assert now
    assert (now.duty, now.team) == (Duty.LEAD, "客服一组")
    server.client("李四").close()
    database = open_database(centre, load_settings(centre.parent / "callqa.toml"))
    accounts.add(database, User(name="ready", duty=Duty.INSPECTOR), "")
    accounts.add(database, User(name="own", duty=Duty.INSPECTOR), PASSWORD)
    accounts.set_password(database, "own", "")
    database.close()
    for name in ("ready", "own"):
        with server.client() as client:
            assert came(client, issuer, name, {"groups": ["norms"]}).status_code == OK
        kept = of(centre, name)
        assert kept
        assert kept.duty is Duty.OWNER


LONG = "x" * 50_000
LEAD = {"groups": ["leads"]}
AGENT = {"groups": ["agents"]}


@pytest.mark.parametrize(
    ("name", "said", "told"),
    [
        ("h1", {"groups": 5}, "不在可以使用"),
        ("h2", {"groups": {"/质检": True}}, "不在可以使用"),
        ("h3", {"groups": [["/质检"], 1, None, {}]}, "不在可以使用"),
        ("h4", {"groups": LONG}, "不在可以使用"),
        ("h5", {"groups": ["/质检\x00", "/质检 ", "\x1b[2J"]}, "不在可以使用"),
        ("h6", {"groups": [f"/质检{n}" for n in range(2_000)]}, "不在可以使用"),
        ("h6", {"groups": [f"/质检{n}" for n in range(20_000)]}, "登录没有完成"),
        ("h7", {"groups": None}, "不在可以使用"),
        ("h8", {"groups": "/质检,norms"}, "不在可以使用"),
        ("h9", LEAD, "带哪个班组"),
        ("h10", {**LEAD, "department": ["客服一组", "客服二组"]}, "带哪个班组"),
        ("h11", {**LEAD, "department": "客服\n一组"}, "带哪个班组"),
        ("h12", {**LEAD, "department": LONG}, "带哪个班组"),
        ("h13", {**AGENT, "employee": 8}, "工号"),
        ("h14", {**AGENT, "employee": ""}, "工号"),
        ("h15", {**AGENT, "employee": {"id": "0008"}}, "工号"),
        (LONG, {"groups": ["/质检"]}, "登录没有完成"),
        ("a\x00b", {"groups": ["/质检"]}, "登录没有完成"),
        (" admin", {"groups": ["/质检"]}, "登录没有完成"),
        ("a\u202eb", {"groups": ["/质检"]}, "登录没有完成"),
        (["张三"], {"groups": ["/质检"]}, "登录没有完成"),
        (None, {"groups": ["/质检"]}, "登录没有完成"),
    ],
)
def test_what_cannot_be_lets_nobody_in(
    server: Server, centre: Path, issuer: str, name: object, said: dict[str, object], told: str
) -> None:
    """However it is written: he is told so, it is written down, and no account is made."""
    with server.client() as client:
        back = came(client, issuer, name, said)
        assert (back.status_code, told in back.text) == (FORBIDDEN, True), back.text[-500:]
    (_, act, _, _), *_ = written(centre)
    assert act in {audit.TURNED_AWAY, audit.REFUSED}
    assert of(centre, str(name)) is None


def test_the_first_of_all_accounts_comes_by_a_group(
    base: Path, issuer: str, tmp_path: Path
) -> None:
    """Nobody has one before; the first answer to anybody is the page on which one logs in."""
    shutil.copytree(base.parent, tmp_path / "new")
    with application(tmp_path / "new" / "out", issuer, GROUPS) as fresh, fresh.client() as client:
        assert client.get("/calls.html").status_code == SEE_OTHER
        assert came(client, issuer, "root", {"groups": ["/质检/管理"]}).status_code == OK
        assert client.get("/audit.html").status_code == OK
    first = written(tmp_path / "new" / "out")[-1]
    assert first == (OIDC, "user_added", "root", "admin")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("groups", ["a"]),
        ("realm_access.roles", ["b"]),
        ("https://example.com/roles", ["c"]),
        ("resource_access.my.client.roles", ["d"]),
        ("realm_access.roles.0", None),
        ("realm_access.", None),
        ("a.b", 1),
        ("nothing.at.all", None),
    ],
)
def test_a_claim_by_its_path(path: str, said: object) -> None:
    """Names may have dots themselves; the whole name counts first."""
    claims = {
        "groups": ["a"],
        "realm_access": {"roles": ["b"]},
        "https://example.com/roles": ["c"],
        "resource_access": {"my.client": {"roles": ["d"]}},
        "a.b": 1,
        "a": {"b": 2},
    }
    assert claim(claims, path) == said


LEADS = '[[oidc.roles]]\ngroup = "g"\nrole = "lead"\n'
AGENTS = '[[oidc.roles]]\ngroup = "g"\nrole = "agent"\n'
ADMINS = '[[oidc.roles]]\ngroup = "g"\nrole = "admin"\n'


@pytest.mark.parametrize(
    ("own", "line", "told"),
    [
        (
            'groups_claim = "g"\n[[oidc.roles]]\ngroup = "g"\nrole = "boss"\n',
            5,
            "'inspector', 'lead'",
        ),
        ('groups_claim = "g"\n[[oidc.roles]]\ngroup = "g"\nrolle = "lead"\n', 3, "role"),
        (f'groups_claim = "g"\n{LEADS}', 1, "team_claim"),
        (f'groups_claim = "g"\n{AGENTS}', 1, "agent_claim"),
        (f'groups_claim = "g"\n{ADMINS}team = "一组"\n', 1, "only a lead"),
        (f'groups_claim = "g"\n{ADMINS}{ADMINS}', 1, "stands twice"),
        ('groups_claim = "g"\n[[oidc.roles]]\ngroup = ""\nrole = "admin"\n', 1, "no name"),
        ('groups_claim = "g"\n', 1, "needs roles"),
        (ADMINS, 1, "goes together"),
        ('scope = "profile"\n', 2, "openid"),
    ],
)
def test_groups_that_cannot_be(tmp_path: Path, own: str, line: int, told: str) -> None:
    """Each is named with file and line before anything is served."""
    config = tmp_path / "callqa.toml"
    config.write_text(f"[oidc]\n{own}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=told) as caught:
        load_settings(config)
    assert (caught.value.path, caught.value.line) == (config, line)
