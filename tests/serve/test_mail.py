"""Mail to whoever is concerned: by a real mail server, through kills, refusals and strange names."""

from __future__ import annotations

import html
import re
import shutil
from contextlib import contextmanager
from datetime import date, timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from pipeline.review import accounts
from pipeline.review.accounts import Duty, User
from pipeline.review.coaching import write_note
from pipeline.review.migrate import open_database
from pipeline.review.outbox import waiting
from pipeline.review.said import read_by_night
from pipeline.review.told import of_follow_ups
from pipeline.settings import load_settings
from tests.conftest import callqa
from tests.report import axe
from tests.serve.centre import PASSWORD, PEOPLE, free_port, served
from tests.serve.mailbox import REFUSED, Mailbox, mailbox
from tests.serve.test_day import desk
from tests.serve.test_doors import came

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.serve.centre import Server

CALL, OTHER = "/calls/2026-11-18/g01", "/calls/2026-11-20/g31"
_CONTEST = r'name="place" value="(.*?)">\s*<label>理由'
STRANGE = '<script>alert(1)</script>, "Bcc": x@example.com'
"""An account's name, as far as one may be strange."""


def address_of(name: str) -> str:
    """Where somebody's mail goes."""
    known = [user.name for user in PEOPLE]
    return f"p{known.index(name)}@example.com"


@contextmanager
def running(out: Path, box: Mailbox, gather: float = 0.02, server: str = "") -> Iterator[Server]:
    """The application of a centre whose mail goes into a box."""
    config, port = out.parent / "callqa.toml", free_port()
    text = config.read_text(encoding="utf-8").partition("\n[mail]")[0]
    mail = f'server = "{server or f"smtp://127.0.0.1:{box.port}"}"\nsender = "callqa@example.com"\n'
    mail += f'address = "http://127.0.0.1:{port}"\ngather_minutes = {gather}\n'
    config.write_text(f"{text}\n[mail]\n{mail}", encoding="utf-8")
    with served(out, config, port) as application:
        yield application


@pytest.fixture
def out(accounts: Path, tmp_path: Path) -> Path:
    """A centre of the test's own, where everybody has an address."""
    shutil.copytree(accounts.parent, tmp_path, dirs_exist_ok=True)
    addressed(tmp_path / "out", {user.name: address_of(user.name) for user in PEOPLE})
    return tmp_path / "out"


def addressed(out: Path, addresses: dict[str, str]) -> None:
    """Give people addresses."""
    database = open_database(out, load_settings(out.parent / "callqa.toml"))
    for name, address in addresses.items():
        accounts.set_mail(database, name, address)
    database.close()


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """A mail server."""
    with mailbox().listening() as listening:
        yield listening


def contested(server: Server, name: str, call: str = CALL) -> int:
    """An agent contests the first finding that he can; how many he could."""
    agent = came(server, name)
    places = re.findall(_CONTEST, agent.client.get(f"{call}.html").text)
    form = {"ground": "other", "place": html.unescape(places[0]), "comment": "张三 13812345678"}
    assert agent.post(f"{call}/appeal", form).status_code == 303
    agent.client.close()
    return len(places)


def test_an_appeal_is_told_to_whoever_may_decide_and_to_its_agent(out: Path, box: Mailbox) -> None:
    """One mail for what happens within the time; links, and nobody's name, number or words."""
    with running(out, box) as server:
        contested(server, "a0008")
        who = {address_of(name) for name in ("张三", "李四", "lead1", "owner")}
        box.until(lambda: box.all >= who)
        assert box.all == who
        (text,) = box.of(address_of("lead1"))
        assert "有一件申诉等待处理" in text
        link = f"{server.url}/appeals/1"
        assert link in text
        for private in ("李静", "0008", "g01", "张三", "138", "其他"):
            assert private not in text
        lead, stranger = came(server, "lead1"), came(server, "lead2")
        led = lead.client.get(link.removeprefix(server.url))
        assert led.headers["location"] == "/calls/2026-11-18/g01.html#people"
        assert stranger.client.get("/appeals/1").status_code == 404
        assert lead.post("/appeals/1", {"step": "refused"}).status_code == 303
        note = {"text": "先问姓氏 13812345678", "follow_up": ""}
        assert lead.post("/agents/0008/notes", note).status_code == 303
        box.until(lambda: bool(box.of(address_of("a0008"))))
        (text,) = box.of(address_of("a0008"))
        assert "您的一件申诉有了裁定" in text
        assert "有一条给您的辅导记录" in text
        assert "138" not in text
        agent = came(server, "a0008")
        assert agent.client.get("/notes/1").headers["location"] == "/agents/0008.html#coaching"
        assert agent.post("/appeals/1", {"step": "again"}).status_code == 303
        box.until(lambda: len(box.of(address_of("owner"))) == 2)
        assert "您的裁定是最终的" in box.of(address_of("owner"))[1]
        assert len(box.mails) == 6
        for person in (lead, stranger, agent):
            person.client.close()


def test_what_is_over_is_told_to_nobody(out: Path, box: Mailbox) -> None:
    """Taken back before anybody was told that it waits."""
    with running(out, box, gather=0.1) as server:
        contested(server, "a0008")
        agent = came(server, "a0008")
        assert agent.post("/appeals/1", {"step": "withdrawn"}).status_code == 303
        agent.client.close()
        contested(server, "a0008", "/calls/2026-11-20/g31")
        box.until(lambda: bool(box.of(address_of("lead1"))))
        (text,) = box.of(address_of("lead1"))
        assert "/appeals/2\n" in text
        assert "/appeals/1\n" not in text


def test_a_server_that_is_killed_sends_it_later(out: Path, box: Mailbox) -> None:
    """It was written down with the click."""
    with running(out, box, gather=0.05) as server:
        contested(server, "a0008")
        server.process.kill()
    assert box.mails == []
    with running(out, box):
        box.until(lambda: len(box.mails) == 4)


def test_a_mail_server_that_is_away_holds_up_no_click(
    out: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """One line in the log, one in doctor; when it comes back everything is sent."""
    away = mailbox()
    with running(out, away, gather=0) as server:
        contested(server, "a0008")
        away.until(lambda: tried(out))
        contested(server, "a0008", OTHER)
        told = doctor(out)
        assert "✗ 邮件服务器：" in told
        assert "件还没发出" in told
        log = server.process.end()
    assert log.count("邮件服务器不收信") == 1
    assert "Traceback" not in log + capfd.readouterr().err
    released(out)
    with away.listening(), running(out, away, gather=0):
        away.until(lambda: len(away.all) == 4)
        assert "✓ 邮件服务器" in doctor(out)


def tried(out: Path) -> bool:
    """Whether anything was tried in vain."""
    with read_by_night(out, load_settings(out.parent / "callqa.toml")) as connection:
        return bool(waiting(connection))


def doctor(out: Path) -> str:
    """What the doctor says."""
    done = callqa("doctor", "--out", out, "--config", out.parent / "callqa.toml")
    return done.stdout + done.stderr


def released(out: Path) -> None:
    """Let the time between two tries be over."""
    database = open_database(out, load_settings(out.parent / "callqa.toml"))
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE outbox SET due = at")
    database.close()


def test_one_refused_address_stops_nobody_elses_mail(out: Path, box: Mailbox) -> None:
    """It is said whose, and tried again later; a disabled account gets none."""
    addressed(out, {"张三": REFUSED})
    with running(out, box) as server:
        contested(server, "a0008")
        box.until(lambda: len(box.all) == 3)
        assert address_of("李四") in box.all
        assert "550 no such user here" in doctor(out)
        log = server.process.end()
        assert log.count("给账号 '张三' 的邮件被拒收：550 no such user here") == 1


def test_a_strange_name_stands_in_no_mail(out: Path, box: Mailbox) -> None:
    """And one that could write a header cannot be an account's."""
    config = out.parent / "callqa.toml"
    database = open_database(out, load_settings(config))
    accounts.add(database, User(name=STRANGE, duty=Duty.INSPECTOR, mail="s@example.com"), PASSWORD)
    database.close()
    for name in ("x\r\nBcc: y@example.com", "x\ny"):
        told = callqa("user", "add", name, "--role", "admin", "--no-password", "--out", out)
        assert told.returncode == 2
    for wrong in ("x", "x@y\nBcc: z@example.com", "<x@example.com>", "a@b,c@d", "张三@example.com"):
        done = callqa("user", "mail", "李四", wrong, "--out", out)
        assert done.returncode == 2, wrong
        assert "不是邮件地址" in done.stderr
    with running(out, box) as server:
        contested(server, "a0008")
        box.until(lambda: "s@example.com" in box.all)
        (mail,) = (mail for mail in box.mails if mail["To"] == "s@example.com")
        assert isinstance(mail, EmailMessage)
        assert "script" not in mail.as_string() + mail.get_content()
        assert mail["Subject"] == "callqa：有您的 1 件事"


def test_somebody_wants_no_mail(browser: Browser, out: Path, box: Mailbox) -> None:
    """By his own page, or by the administrator; it is written down who said so."""
    with running(out, box) as server:
        with desk(browser, server, "张三") as tab:
            tab.get_by_role("link", name="通知").click()
            assert address_of("张三") in tab.locator("#mail").inner_text()
            with tab.expect_navigation():
                tab.get_by_role("button", name="不要再发给我").click()
            assert "您关掉了" in tab.locator("#mail").inner_text()
            for width in (1280, 390):
                tab.set_viewport_size({"width": width, "height": 900})
                assert axe.serious(tab) == []
                assert tab.evaluate("document.documentElement.scrollWidth") <= width
        off = callqa("user", "mail", "lead1", "--off", "--out", out)
        assert "本人不要邮件" in off.stdout
        contested(server, "a0008")
        box.until(lambda: len(box.all) == 2)
        assert box.all == {address_of("李四"), address_of("owner")}
        admin = came(server, "admin")
        log = admin.client.get("/audit.html").text
        assert log.count("不要通知") == 2
        admin.client.close()


def test_a_work_list_is_told_to_its_inspector(out: Path, box: Mailbox) -> None:
    """Only where a new one was written."""
    for path in (out / "reviews").glob("*/李四.csv"):
        path.unlink()
    with running(out, box):
        config = out.parent / "callqa.toml"
        drawn = callqa("sample", "--out", out, "--config", config)
        assert drawn.returncode == 0, drawn.stderr
        box.until(lambda: bool(box.mails))
        assert box.all == {address_of("李四")}
        assert "有新的复核名单" in box.of(address_of("李四"))[0]


def test_a_lead_is_told_once_that_coaching_is_due(out: Path, box: Mailbox) -> None:
    """In the morning of its day, and not of what is closed or lies ahead."""
    with running(out, box, gather=0) as server:
        assert server.url
    settings = load_settings(out.parent / "callqa.toml")
    database, lead = (
        open_database(out, settings),
        User(name="lead1", duty=Duty.LEAD, team="客服一组"),
    )
    today = date.today()  # noqa: DTZ011  a day either way is as due
    with database.writing() as connection:
        for days in (-2, 30):
            write_note(connection, lead, "0008", "客服一组", "谈", today + timedelta(days=days))
        for _ in range(2):
            of_follow_ups(connection, settings)
        rows = connection.exec_driver_sql("SELECT name, what, number FROM outbox").all()
    assert [tuple(row) for row in rows] == [("lead1", "follow_up", 1)]
    database.close()


def test_without_a_mail_server_nothing_is_written_down(out: Path) -> None:
    """Off by default."""
    config = out.parent / "callqa.toml"
    with served(out, config) as server:
        contested(server, "a0008")
        inspector = came(server, "张三")
        assert "没有开通邮件和聊天通知" in inspector.client.get("/account.html").text
        inspector.client.close()
    database = open_database(out, load_settings(config))
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM outbox").scalar_one() == 0
    database.close()
