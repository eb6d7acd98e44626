"""Nobody sees or does what he may not: every route by every duty, and what a stranger tries."""

from __future__ import annotations

import html
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from starlette.testclient import TestClient

from pipeline.errors import ConfigurationError
from pipeline.review.accounts import PER_NAME
from pipeline.review.calibration import Wanted, draw_session
from pipeline.serve import live
from pipeline.serve.app import application
from pipeline.serve.doors import DOORS
from pipeline.serve.server import made_ready
from pipeline.settings import InspectorSettings, SamplingSettings, ServeSettings, load_settings
from pipeline.store.columns import Row
from pipeline.store.files import Store
from pipeline.store.schema import CallRow, FindingRow
from tests.conftest import callqa
from tests.serve.centre import PEOPLE, QUESTIONS, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from tests.serve.centre import Server

OWN, OTHER = ("2026-11-18", "g01"), ("2026-11-18", "g08")
"""A call of 0008, of team 客服一组; one of 0035, of another."""
NAMES = [user.name for user in PEOPLE]
ALL = {"张三", "owner", "admin"}
"""They see everything."""
ONE, TWO = {"lead1", "a0008"}, {"lead2", "a0035"}
"""They see the first call, and the other one."""
REVIEW = {"张三", "owner"}
RATERS = {"张三", "lead2"}
"""They rate the first call in a session."""
SEES: dict[str, tuple[str, set[str]]] = {
    "/": ("/", ALL),
    "/index.html": ("/index.html", ALL),
    "/periods/{key}.html": ("/periods/2026-11.html", ALL),
    "/periods/{key}/{scope}.html": ("/periods/2026-11/team-客服一组.html", {*ALL, "lead1"}),
    "/agents/{agent}.html": ("/agents/0008.html", {*ALL, *ONE}),
    "/agents/{agent}/{month}.html": ("/agents/0008/2026-11.html", {*ALL, *ONE}),
    "/calls.html": ("/calls.html", {*ALL, *ONE, *TWO}),
    "/lists/index.js": ("/lists/index.js", {*ALL, *ONE, *TWO}),
    "/search.json": ("/search.json", {*ALL, *ONE, *TWO}),
    "/scores.xlsx": ("/scores.xlsx", ALL),
    "/record/index.html": ("/record/index.html", ALL),
    "/calibration/{session}.html": ("/calibration/none.html", set()),
    "/calls/{date}/{name}.html": ("/calls/2026-11-18/g01.html", {*ALL, *ONE}),
    "/sound/{date}/{name}": ("/sound/2026-11-18/g01", {*ALL, *ONE}),
    "/plain/{date}/{name}.html": ("/plain/2026-11-18/g01.html", {"owner"}),
    "/plain-sound/{date}/{name}": ("/plain-sound/2026-11-18/g01", {"owner"}),
    "/work.html": ("/work.html", {*REVIEW, "lead1", "lead2"}),
    "/rate/{session}.html": ("/rate/w47.html", RATERS),
    "/rate/{session}/{name}.html": ("/rate/w47/g01.html", RATERS),
    "/rate/{session}/{name}/sound": ("/rate/w47/g01/sound", RATERS),
    "/appeals.html": ("/appeals.html", {*ALL, *ONE, *TWO}),
    "/appeals/{number}": ("/appeals/999", set()),
    "/notes/{number}": ("/notes/999", set()),
    "/account.html": ("/account.html", {*ALL, *ONE, *TWO}),
    "/audit.html": ("/audit.html", {"admin"}),
}
"""By route that is read: an address of it, and who sees it; others are sent on from ``/``."""
DOES: dict[str, tuple[str, dict[str, str], set[str]]] = {
    "/calls/{date}/{name}/verdict": (
        "/calls/2026-11-18/g01/verdict",
        {"verdict": "done"},
        REVIEW,
    ),
    "/calls/{date}/{name}/answer": (
        "/calls/2026-11-18/g01/answer",
        {"question": "solved", "answer": "是"},
        REVIEW,
    ),
    "/calls/{date}/{name}/appeal": ("/calls/2026-11-18/g01/appeal", {"ground": "other"}, {"a0008"}),
    "/calls/{date}/{name}/acknowledge": (
        "/calls/2026-11-18/g01/acknowledge",
        {"nod": "seen"},
        {"a0008"},
    ),
    "/appeals/{number}": ("/appeals/1", {"step": "refused"}, {"张三", "owner", "lead1"}),
    "/appeals/{number}/hand": ("/appeals/1/hand", {"person": "李四"}, {"lead1", "owner", "admin"}),
    "/agents/{agent}/notes": ("/agents/0008/notes", {"text": "谈过了"}, {"lead1"}),
    "/notes/{number}": ("/notes/1", {}, ONE),
    "/rate/{session}/{name}/word": ("/rate/w47/g01/word", {"score": "88"}, RATERS),
    "/account": ("/account", {"mail": "off"}, set(NAMES)),
    "/logout": ("/logout", {}, set(NAMES)),
}
"""By route that changes something: an address, a form, and who may."""
CONTEST = r'name="place" value="(.*?)">\s*<label>理由'
"""The places that an agent may contest, on the page of his call."""
WHO = ["张三", "lead1", "lead2", "owner", "admin", "a0008", "a0035"]


@dataclass(frozen=True)
class Person:
    """Somebody at his browser, and the token of his forms."""

    client: httpx.Client
    csrf: str

    def post(self, path: str, form: dict[str, str]) -> httpx.Response:
        """Send a form of his."""
        return self.client.post(path, data={"csrf": self.csrf, **form})


def came(server: Server, name: str) -> Person:
    """Somebody who has logged in."""
    client = server.client(name)
    page = client.get("/appeals.html")
    return Person(client, re.findall('name="csrf" value="(.*?)"', page.text)[0])


@pytest.fixture(scope="module")
def people(server: Server) -> Iterator[dict[str, Person]]:
    """Everybody, logged in."""
    own = {name: came(server, name) for name in WHO}
    yield own
    for person in own.values():
        person.client.close()


@pytest.fixture(scope="module")
def server(centre: Path) -> Iterator[Server]:
    """The application, where the norm owner may open what was said."""
    config = centre.parent / "callqa.toml"
    text = config.read_text(encoding="utf-8") + '\n[serve]\nplain_for = ["owner"]\n'
    text += QUESTIONS.replace("required = true\n", "")
    config.write_text(text, encoding="utf-8")
    settings = load_settings(config)
    raters = tuple(sorted(RATERS))  # shown: a blind one would close the call's page to them
    wanted = Wanted(name="w47", raters=raters, shown=True, calls=("g01",))
    draw_session(Store.of(centre, settings), settings, wanted)
    with served(centre, config) as running:
        yield running


def place(person: Person, call: tuple[str, str]) -> tuple[str, str]:
    """The first place of a call that he can judge, and its number."""
    text = person.client.get("/calls/{}/{}.html".format(*call)).text
    found = re.findall('data-place="(.*?)" data-seen="(.*?)"', text)
    return html.unescape(found[0][0]), found[0][1]


def test_every_route_is_in_the_matrix() -> None:
    """A new one is not forgotten here."""
    routes = {(d.method, d.path) for d in DOORS if not d.anybody}
    assert routes == {*(("GET", p) for p in SEES), *(("POST", p) for p in DOES)}


@pytest.fixture(scope="module")
def stranger(server: Server) -> Iterator[httpx.Client]:
    """Somebody who has not logged in."""
    with server.client() as client:
        yield client


def test_who_sees_what(people: dict[str, Person], stranger: httpx.Client) -> None:
    """Others get no page of it, and nothing of what is on it; whoever is not logged in gets nothing."""
    for address, who in SEES.values():
        for name, person in people.items():
            answer = person.client.get(address)
            if address in {"/", "/index.html"} and name not in ALL:
                assert answer.status_code == 303, (name, address)
                continue
            assert (answer.status_code == 200) == (name in who), (name, address, answer.status_code)
            if name not in who:
                assert answer.status_code in {403, 404}
                assert "李静" not in answer.text
        answer = stranger.get(address)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        assert answer.content == b""


def test_who_does_what(people: dict[str, Person], stranger: httpx.Client) -> None:
    """Others change nothing: no row more, and no act in the log but that of who may."""
    spot, _ = place(people["张三"], OWN)
    appealed = {"ground": "other", "place": spot}
    assert people["a0008"].post("/calls/2026-11-18/g01/appeal", appealed).status_code == 303
    assert people["lead1"].post("/agents/0008/notes", {"text": "谈谈"}).status_code == 303
    for address, form, who in DOES.values():
        for name, person in people.items():
            if name in who:
                continue
            answer = person.post(address, {**appealed, **form})
            assert answer.status_code in {403, 404}, (name, address, answer.status_code)
        assert stranger.post(address, data=form).status_code == 401
    acts = people["admin"].client.get("/audit.html").text
    assert acts.count('<td data-head="做了">申诉</td>') == 1
    assert '<td data-head="详情">质检员</td>' in acts
    assert acts.count('<td data-head="做了">辅导记录</td>') == 1
    assert '<td data-head="做了">复核</td>' not in acts
    assert '<td data-head="做了">转交申诉</td>' not in acts
    assert '<td data-head="做了">校准评分</td>' not in acts
    assert '<td data-head="做了">确认评分</td>' not in acts
    assert '<td data-head="做了">回答问题</td>' not in acts
    path, form, _ = DOES["/calls/{date}/{name}/answer"]
    assert people["张三"].post(path, form).status_code == 200
    assert (
        people["张三"].post("/calls/2026-11-18/g01/verdict", {"verdict": "done"}).status_code == 200
    )
    for name, chosen in (("admin", "李四"), ("owner", ""), ("lead1", "lead1")):
        assert people[name].post("/appeals/1/hand", {"person": chosen}).status_code == 303
    assert people["lead1"].post("/appeals/1", {"step": "refused"}).status_code == 303
    assert people["a0008"].post("/notes/1", {}).status_code == 303
    assert (
        people["a0008"].post("/calls/2026-11-18/g01/acknowledge", {"nod": "seen"}).status_code
        == 303
    )
    for name in RATERS:
        assert people[name].post("/rate/w47/g01/word", {"score": "88"}).status_code == 200


def test_an_appeal_is_taken_back_by_its_agent_alone(people: dict[str, Person]) -> None:
    """Until somebody has decided; nobody decides it then, and it is not contested again."""
    agent, call = people["a0035"], "/calls/2026-11-18/g08"
    free = agent.client.get(f"{call}.html").text
    contested = {"ground": "other", "place": html.unescape(re.findall(CONTEST, free)[-1])}
    assert agent.post(f"{call}/appeal", contested).status_code == 303
    shown = agent.client.get(f"{call}.html").text
    (path,) = set(re.findall(r'action="[./]*(/appeals/\d+)"', shown))
    assert 'value="withdrawn"' in shown
    assert 'value="withdrawn"' not in people["lead2"].client.get(f"{call}.html").text
    for name, status in (("lead2", 403), ("owner", 403), ("a0008", 404), ("a0035", 303)):
        assert people[name].post(path, {"step": "withdrawn"}).status_code == status
    for name in ("lead2", "owner"):
        assert people[name].post(path, {"step": "granted"}).status_code == 403
    assert agent.post(path, {"step": "withdrawn"}).status_code == 409
    assert agent.post(path, {"step": "again"}).status_code == 409
    assert agent.post(f"{call}/appeal", contested).status_code == 409
    assert "申诉已撤回" in agent.client.get("/appeals.html").text
    assert "撤回申诉" in people["admin"].client.get("/audit.html").text


def test_what_an_agent_acknowledged_is_seen_in_the_list(people: dict[str, Person]) -> None:
    """His last word, by call; verdicts after it are told; agreeing takes no appeal from him."""
    agent, lead, call = people["a0035"], people["lead2"], "/calls/2026-11-20/g34"
    (called,) = (
        row for _, row in lead.client.get("/search.json?q=g34").json()["rows"] if row[0] == "g34"
    )
    assert called[3] == "0035"

    def found(state: str) -> list[str]:
        rows = lead.client.get("/search.json", params={"state": state}).json()["rows"]
        return [row[0] for _, row in rows]

    assert "g34" in found("unread")
    assert agent.post(f"{call}/acknowledge", {"nod": "yes"}).status_code == 400
    assert agent.post(f"{call}/acknowledge", {"nod": "agreed"}).status_code == 303
    assert agent.post(f"{call}/acknowledge", {"nod": "agreed"}).status_code == 409
    assert agent.post(f"{call}/acknowledge", {"nod": "seen"}).status_code == 409
    assert (found("agreed"), found("seen")) == (["g34"], [])
    assert "g34" not in found("unread")
    assert "看过，同意" in lead.client.get(f"{call}.html").text
    assert "看过，同意" in people["admin"].client.get("/audit.html").text
    contested = html.unescape(re.findall(CONTEST, agent.client.get(f"{call}.html").text)[0])
    assert people["张三"].post(f"{call}/verdict", {"verdict": "done"}).status_code == 200
    assert "后来又有复核结论" in lead.client.get(f"{call}.html").text
    rows = lead.client.get("/search.json?q=g34").json()["rows"]
    assert [row[12][-1] for _, row in rows if row[0] == "g34"] == ["renewed"]
    assert agent.post(f"{call}/acknowledge", {"nod": "seen"}).status_code == 303
    form = {"ground": "other", "place": contested}
    assert agent.post(f"{call}/appeal", form).status_code == 303


def test_search_finds_only_what_one_may_see(people: dict[str, Person]) -> None:
    """Whatever is asked for: the reach is not a part of the question."""
    for name, whose in (("a0008", {"0008"}), ("lead1", {"0008", "0012"})):
        for asked in ("", "?agent=0035", "?q=g08", "?team=客服二组"):
            rows = people[name].client.get(f"/search.json{asked}").json()["rows"]
            assert {row[3] for _, row in rows} <= whose, (name, asked)
    assert people["a0008"].client.get("/search.json").json()["total"] == 7


def test_nothing_changes_without_the_token_or_from_elsewhere(people: dict[str, Person]) -> None:
    """Another site's form has no token; another's browser says whose page it is on."""
    client = people["owner"].client
    path = "/calls/2026-11-18/g04/verdict"
    assert client.post(path, data={"verdict": "done"}).status_code == 403
    assert client.post(path, data={"verdict": "done", "csrf": "x"}).status_code == 403
    stolen = {"verdict": "done", "csrf": people["张三"].csrf}
    assert client.post(path, data=stolen).status_code == 403
    own = {"verdict": "done", "csrf": people["owner"].csrf}
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(path, data=own, headers=elsewhere).status_code == 403
    assert '复核后 <b id="final">' in client.get("/calls/2026-11-18/g04.html").text
    assert "整通已听完" not in client.get("/calls/2026-11-18/g04.html").text


@pytest.mark.parametrize(
    "path",
    [
        "/assets/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/assets/%2e%2e/templates/base.html",
        "/calls/..%2f..%2freview.db/g01.html",
        "/calls/2026-11-18/..%2f..%2f..%2freview.db.html",
        "/sound/2026-11-18/..%2f..%2ftranscripts",
        "/agents/..%2f..%2fstate.db.html",
        "/periods/recent/team-..%2f..%2fx.html",
        "/review.db",
        "/data/calls",
        "/calls/2026-11-18/g01'%20OR%201=1--.html",
    ],
)
def test_no_address_leads_out_of_the_pages(people: dict[str, Person], path: str) -> None:
    """Not into files, not into the database."""
    answer = people["owner"].client.get(path)
    assert answer.status_code == 404
    assert "root:" not in answer.text
    assert "SQLite" not in answer.text


def test_what_is_asked_is_no_part_of_the_query(people: dict[str, Person]) -> None:
    """Quotes, wildcards and statements are looked for as they stand; nonsense is left out."""
    client = people["owner"].client
    for word in ("' OR 1=1 --", "'); DROP TABLE calls; --", "%", "\\", '"'):
        answer = client.get("/search.json", params={"q": word, "rule": word, "team": ""})
        assert answer.status_code == 200
        assert answer.json()["total"] == 0
    odd = {"sort": "1; DROP TABLE calls", "least": "x", "most": "nan", "page": "-3", "state": "'"}
    assert client.get("/search.json", params=odd).status_code == 200
    assert client.get("/search.json").json()["total"] == 37


def test_who_sees_overturn_rates_sees_what_inspectors_got_through(
    people: dict[str, Person],
) -> None:
    """By week and day, with the time since a call's page was opened; by nobody else."""
    inspector, call = people["owner"], "/calls/2026-11-20/g31"
    inspector.client.get(f"{call}.html")
    assert inspector.post(f"{call}/verdict", {"verdict": "done"}).status_code == 200
    for name, person in people.items():
        told = person.client.get("/appeals.html").text
        assert ('id="inspected"' in told) == (name in ALL)
    told = people["张三"].client.get("/appeals.html").text.partition('id="inspected"')[2]
    assert '<th scope="row">lead1' not in told  # he decided an appeal, and reviewed nothing
    (line, *_) = re.findall(r'<th scope="row">owner</th>.*?</tr>', told)
    assert re.search(r'一通用时"><b class="strong">\d+ 秒</b>', line)
    acts = people["admin"].client.get("/audit.html").text
    assert '<td data-head="做了">打开通话</td>' in acts
    lead = re.findall(r"<tr>(?:(?!</tr>).)*lead1.*?</tr>", acts, re.DOTALL)
    assert "打开通话" not in "".join(lead)


def test_what_people_write_is_shown_as_they_wrote_it(people: dict[str, Person]) -> None:
    """Never as a part of the page; what is no verdict, reason or time is refused."""
    person = people["张三"]
    spot, seen = place(person, OTHER)
    comment = '"><script>alert(1)</script>{{ 7*7 }}'
    form = {"verdict": "wrong", "place": spot, "seen": seen, "reason": "other", "comment": comment}
    path = "/calls/2026-11-18/g08/verdict"
    assert person.post(path, form).status_code == 200
    text = person.client.get("/calls/2026-11-18/g08.html").text
    assert "<script>alert" not in text
    assert html.escape(comment, quote=False).replace('"', "&#34;") in text
    assert "default-src 'none'" in text
    for wrong in (
        {"verdict": "right"},
        {"verdict": "wrong", "place": spot, "reason": "because"},
        {"verdict": "missed", "rule": "no.rule", "start": "1", "end": "2"},
        {"verdict": "missed", "rule": "opening.inbound", "start": "5", "end": "1"},
        {"verdict": "missed", "rule": "opening.inbound", "start": "1", "end": "9999"},
        {"verdict": "missed", "rule": "opening.inbound", "start": "nan", "end": "nan"},
        {"verdict": "done", "comment": "x" * 2001},
    ):
        assert person.post(path, wrong).status_code == 400, wrong
    assert person.post(path, {"verdict": "wrong", "place": "no place"}).status_code == 409
    assert person.post(path, {"verdict": "done", "comment": "x" * 70_000}).status_code == 413


def test_what_is_answered_is_shown_as_it_was_written(people: dict[str, Person]) -> None:
    """Never as a part of the page; what was not asked, and what is no answer, is refused."""
    person, path = people["张三"], "/calls/2026-11-18/g08/answer"
    wrote = '"><script>alert(1)</script>{{ 7*7 }}'
    assert person.post(path, {"question": "why", "answer": wrote}).status_code == 200
    for reader in ("张三", "lead2", "a0035"):
        text = people[reader].client.get("/calls/2026-11-18/g08.html").text
        assert "<script>alert" not in text
        assert html.escape(wrote, quote=False).replace('"', "&#34;") in text
        assert ("张三 · " in text.partition('id="questions"')[2]) == (reader != "a0035")
    for wrong in (
        {"question": "solved", "answer": "也许"},
        {"question": "solved", "answer": ""},
        {"question": "hall", "answer": "是"},
        {"question": "nothing", "answer": "是"},
        {"answer": "是"},
        {"question": "why", "answer": "x" * 2001},
    ):
        assert person.post(path, wrong).status_code == 400, wrong
    assert person.post(path, {"question": "why", "answer": "x" * 70_000}).status_code == 413
    taken = people["owner"].post(path, {"question": "why", "answer": "没看见"})
    assert (taken.status_code, taken.json()["answer"]) == (409, wrote)
    seen = str(taken.json()["seen"])
    again = people["owner"].post(path, {"question": "why", "answer": "改了", "seen": seen})
    assert (again.json()["answer"], again.json()["who"]) == ("改了", "owner")
    log = people["admin"].client.get("/audit.html").text
    assert wrote not in html.unescape(log)
    assert '<td data-head="详情">why</td>' in log


def test_whoever_speaks_second_learns_of_the_first(people: dict[str, Person]) -> None:
    """Nothing is lost: both verdicts stand in the database once the second has seen the first."""
    path, first, second = "/calls/2026-11-20/g34/verdict", people["张三"], people["owner"]
    spot, seen = place(first, ("2026-11-20", "g34"))
    form = {"place": spot, "seen": seen}
    assert first.post(path, {**form, "verdict": "stands"}).status_code == 200
    taken = second.post(path, {**form, "verdict": "wrong", "reason": "misheard"})
    assert taken.status_code == 409
    assert [one["who"] for one in taken.json()["said"]] == ["张三"]
    seen = str(taken.json()["seen"])
    again = second.post(path, {**form, "seen": seen, "verdict": "wrong", "reason": "misheard"})
    assert [one["who"] for one in again.json()["said"]] == ["张三", "owner"]


def test_sound_comes_in_ranges(people: dict[str, Person]) -> None:
    """So that a browser can start anywhere."""
    client = people["a0008"].client
    whole = client.get("/sound/2026-11-18/g01")
    part = client.get("/sound/2026-11-18/g01", headers={"Range": "bytes=100-199"})
    assert whole.headers["content-type"].startswith("audio/")
    assert (part.status_code, part.content) == (206, whole.content[100:200])


def test_what_was_said_is_opened_by_whom_the_settings_name_and_written_down(
    people: dict[str, Person],
) -> None:
    """The words, and the recording itself."""
    before = people["admin"].client.get("/audit.html").text.count("打开原话")
    assert people["owner"].client.get("/plain/2026-11-18/g04.html").status_code == 200
    assert people["张三"].client.get("/plain/2026-11-18/g04.html").status_code == 403
    assert people["admin"].client.get("/audit.html").text.count("打开原话") == before + 1


def test_the_cookie_is_nobody_else_s(server: Server) -> None:
    """Scripts and other sites do not get it; after logging out it opens nothing."""
    with server.client() as client:
        answer = client.post("/login", data={"name": "李四", "password": "vier worte sind genug"})
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        page = client.get("/work.html")
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-frame-options"] == "DENY"
        token = client.cookies["callqa_session"]
        csrf = re.findall('name="csrf" value="(.*?)"', page.text)[0]
        assert client.post("/logout", data={"csrf": csrf}).status_code == 303
        client.cookies.set("callqa_session", token)
        assert client.get("/work.html").status_code == 303


def test_too_many_wrong_passwords_lock_the_account_for_a_while(server: Server) -> None:
    """Then the right one does not help either; and a name that there is not is told no other way."""
    with server.client() as client:
        wrong = [
            client.post("/login", data={"name": "lead2", "password": f"wrong {n}"})
            for n in range(PER_NAME)
        ]
        assert {answer.status_code for answer in wrong} == {403}
        right = {"name": "lead2", "password": "vier worte sind genug"}
        assert client.post("/login", data=right).status_code == 429
        nobody = client.post("/login", data={"name": "nobody", "password": "wrong"})
        assert nobody.text.replace("nobody", "") == wrong[0].text.replace("lead2", "")


def test_a_disabled_account_is_out_at_once(server: Server, centre: Path) -> None:
    """His open session too."""
    person = came(server, "a0023")
    assert person.client.get("/calls.html").status_code == 200
    config = centre.parent / "callqa.toml"
    assert callqa("user", "disable", "a0023", "--out", centre, "--config", config).returncode == 0
    assert person.client.get("/calls.html").status_code == 303
    person.client.close()


def test_without_accounts_this_machine_reads_and_nobody_else(base: Path, tmp_path: Path) -> None:
    """Everything that the static pages show; other addresses, names and changes are refused."""
    out = shutil.copytree(base, tmp_path / "out")
    settings = load_settings(base.parent / "callqa.toml")
    with pytest.raises(ConfigurationError, match="callqa user add"):
        made_ready(out, settings, "0.0.0.0")  # noqa: S104  refused
    app = application(made_ready(out, settings, "127.0.0.1"))
    client = TestClient(app, "http://127.0.0.1", follow_redirects=False)
    for door in DOORS:
        if door.path in SEES:
            address, who = SEES[door.path]
            there = door.reading and bool(who)
            assert (client.get(address).status_code == 200) == there, door.path
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 403
    assert client.post("/calls/2026-11-18/g01/verdict", data={"verdict": "done"}).status_code == 403


@pytest.mark.parametrize(("peer", "status"), [("10.1.1.1", 200), ("10.9.9.9", 303)])
def test_a_gateway_s_word_counts_only_from_the_gateway(
    centre: Path, peer: str, status: int
) -> None:
    """With ``user_header`` the account that it names is logged in; from elsewhere nobody is."""
    gateway = ServeSettings(user_header="X-User", trusted_proxies=("10.1.1.1",))
    settings = load_settings(centre.parent / "callqa.toml").model_copy(update={"serve": gateway})
    app = application(made_ready(centre, settings, "0.0.0.0"))  # noqa: S104  never listens
    client = TestClient(app, follow_redirects=False, client=(peer, 1))
    assert client.get("/work.html", headers={b"X-User": "张三".encode()}).status_code == status
    assert client.get("/work.html", headers={"X-User": "nobody"}).status_code == 303
    assert client.get("/work.html").status_code == 303


def test_nobody_judges_a_call_that_is_not_his_to_judge(centre: Path) -> None:
    """He reads it and is told; he judges those of other teams."""
    gateway = ServeSettings(user_header="X-User", trusted_proxies=("10.1.1.1",))
    barred = SamplingSettings(
        inspectors=(InspectorSettings(name="owner", not_teams=("客服一组",)),)
    )
    settings = load_settings(centre.parent / "callqa.toml").model_copy(
        update={"serve": gateway, "sampling": barred}
    )
    app = application(made_ready(centre, settings, "0.0.0.0"))  # noqa: S104  never listens
    client = TestClient(app, client=("10.1.1.1", 1), headers={"X-User": "owner"})
    calls = pd.read_parquet(centre / "data/calls").set_index("call_id")
    for team, status in (("客服一组", 403), ("客服二组", 200)):
        one = calls[calls.team == team].iloc[0]
        page = f"/calls/{one.date}/{one.name}"
        text = client.get(f"{page}.html").text
        assert ("您不复核这名客服的通话" in text) == (status == 403)
        assert ('id="desk"' in text) == (status == 200)
        csrf = re.findall('(?:data-csrf|name="csrf" value)="(.*?)"', text)[0]
        done = client.post(f"{page}/verdict", data={"csrf": csrf, "verdict": "done"})
        assert done.status_code == status
        told = {"csrf": csrf, "question": "solved", "answer": "是"}
        assert client.post(f"{page}/answer", data=told).status_code == status


def test_new_dates_show_when_they_are_published(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a restart; a date that is withdrawn is gone."""
    monkeypatch.setattr(live, "STALE", 0.0)
    out, day = shutil.copytree(base, tmp_path / "out"), "2026-11-20"
    settings = load_settings(base.parent / "callqa.toml")
    store = Store.of(out, settings)
    calls, findings = store.read(CallRow, day), store.read(FindingRow, day)
    app = application(made_ready(out, settings, "127.0.0.1"))
    client = TestClient(app, "http://127.0.0.1")
    page = f"/calls/{day}/g34.html"
    for published in (True, False, True):
        rows: dict[type[Row], list[Row]] = {CallRow: [*calls], FindingRow: [*findings]}
        store.publish(day, rows if published else dict.fromkeys(rows))
        assert client.get(page).status_code == (200 if published else 404)
        total = client.get("/search.json").json()["total"]
        assert total == (37 if published else 37 - len(calls))
        assert (f"/{day}" in client.get("/index.html").text) == published
