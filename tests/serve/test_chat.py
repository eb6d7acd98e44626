"""Messages to single people in a chat: by a real service, through refusals, kills and its absence."""

from __future__ import annotations

import io
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from pipeline.review import accounts
from pipeline.review.database import OUTBOX, now
from pipeline.review.migrate import open_database
from pipeline.review.outbox import Way, What
from pipeline.serve.postman import MOST
from pipeline.settings import load_settings
from tests.conftest import callqa
from tests.serve.centre import free_port, served
from tests.serve.chatroom import SECRET, Chatroom, chatroom
from tests.serve.mailbox import Mailbox, mailbox
from tests.serve.test_day import desk
from tests.serve.test_doors import came
from tests.serve.test_mail import address_of, addressed, contested, doctor, released, tried
from tests.serve.test_whole import looked_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.serve.centre import Server

TOLD = "有一件申诉等待处理"


@contextmanager
def running(out: Path, mail: str = "") -> Iterator[Server]:
    """The application of a centre that writes to chats, and to a mail server where one is named."""
    config, port = out.parent / "callqa.toml", free_port()
    text = config.read_text(encoding="utf-8").partition("\n[mail]")[0]
    lines = [f'address = "http://127.0.0.1:{port}"', "chat = true", "gather_minutes = 0.02"]
    if mail:
        lines += [f'server = "{mail}"', 'sender = "callqa@example.com"']
    config.write_text("\n".join([text, "[mail]", *lines, ""]), encoding="utf-8")
    with served(out, config, port) as application:
        yield application


@pytest.fixture
def out(accounts: Path, tmp_path: Path) -> Path:
    """A centre of the test's own."""
    shutil.copytree(accounts.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / "out"


@pytest.fixture
def room() -> Iterator[Chatroom]:
    """A chat's service."""
    with chatroom().listening() as listening:
        yield listening


def given(out: Path, room: Chatroom, *names: str) -> None:
    """Give people chats."""
    database = open_database(out, load_settings(out.parent / "callqa.toml"))
    for name in names:
        accounts.set_chat(database, name, room.address(name))
    database.close()


def test_whoever_has_a_chat_is_told_there_and_by_mail(out: Path, room: Chatroom) -> None:
    """The same text by each way; nobody's name, number or words; without a mail server too."""
    given(out, room, "lead1", "a0008")
    addressed(out, {"lead1": address_of("lead1"), "张三": address_of("张三")})
    with mailbox().listening() as box, running(out, f"smtp://127.0.0.1:{box.port}") as server:
        contested(server, "a0008")
        room.until(lambda: bool(room.of("lead1")))
        box.until(lambda: box.all == {address_of("lead1"), address_of("张三")})
        (message,) = room.of("lead1")
        (mail,) = box.of(address_of("lead1"))
        assert message.split() == mail.split()
        assert TOLD in message
        for private in ("李静", "0008", "g01", "张三", "138", "其他"):
            assert private not in message
    with running(out) as server:
        lead = came(server, "lead1")
        assert lead.post("/appeals/1", {"step": "refused"}).status_code == 303
        lead.client.close()
        room.until(lambda: bool(room.of("a0008")))
        assert "您的一件申诉有了裁定" in room.of("a0008")[0]


def test_nobody_is_shown_the_address(browser: Browser, out: Path, room: Chatroom) -> None:
    """No page, log or command, not the audit log, nor the doctor; not where it is refused either."""
    given(out, room, "lead1")
    room.refuses = True
    with running(out) as server:
        contested(server, "a0008")
        room.until(lambda: tried(out))
        assert "聊天服务没有收下" in doctor(out)
        with desk(browser, server, "lead1") as tab:
            tab.get_by_role("link", name="通知").click()
            assert "您的聊天" in tab.locator("#mail").inner_text()
            looked_at(tab, f"{server.url}/account.html")
            shown = tab.content()
        admin = came(server, "admin")
        shown += admin.client.get("/audit.html").text
        admin.client.close()
        log = server.process.end()
    assert "设聊天地址" in shown
    assert log.count("给账号 'lead1' 的聊天消息被拒收：聊天服务没有收下") == 1
    listed = callqa("user", "list", "--out", out).stdout
    assert "聊天" in listed
    one = callqa("user", "chat", "lead1", "--out", out).stdout
    failed = callqa("user", "chat", "lead1", "--try", "--out", out)
    assert failed.returncode == 2
    for text in (shown, log, listed, one, doctor(out), failed.stdout + failed.stderr):
        assert SECRET not in text
        assert "json:" not in text
        assert str(room.port) not in text


def test_what_was_not_taken_is_sent_later(out: Path) -> None:
    """The service is away, the server is killed: written down with the click, it comes once both run."""
    away = chatroom()
    given(out, away, "lead1")
    with running(out) as server:
        contested(server, "a0008")
        away.until(lambda: tried(out))
        server.process.kill()
    released(out)
    with away.listening(), running(out):
        away.until(lambda: bool(away.of("lead1")))
        away.until(lambda: "✓ 给人的通知" in doctor(out))
    assert len(away.of("lead1")) == 1


def test_a_chat_that_is_away_holds_up_no_mail(out: Path, room: Chatroom) -> None:
    """And a mail server that is away no chat."""
    away = chatroom()
    given(out, away, "张三", "李四")
    given(out, room, "owner")
    addressed(out, {"lead1": address_of("lead1")})
    with mailbox().listening() as box, running(out, f"smtp://127.0.0.1:{box.port}") as server:
        contested(server, "a0008")
        box.until(lambda: bool(box.mails))
    gone = Mailbox(port=free_port())
    room.messages.clear()
    with running(out, f"smtp://127.0.0.1:{gone.port}") as server:
        contested(server, "a0008", "/calls/2026-11-20/g31")
        room.until(lambda: bool(room.of("owner")))


def test_one_switch_stops_both_ways(out: Path, room: Chatroom) -> None:
    """By himself; and whoever is disabled is told nothing."""
    given(out, room, "lead1", "张三", "owner")
    assert callqa("user", "disable", "张三", "--out", out).returncode == 0
    with running(out) as server:
        lead = came(server, "lead1")
        assert lead.post("/account", {"mail": "off"}).status_code == 303
        lead.client.close()
        contested(server, "a0008")
        room.until(lambda: bool(room.of("owner")))
        assert {at.split("/")[2] for at, _ in room.messages} == {"owner"}


def test_a_message_is_short(out: Path, room: Chatroom) -> None:
    """Of much that happens it names a few: the shortest that a service takes is 2,048 bytes."""
    given(out, room, "owner")
    with running(out) as server:
        server.process.kill()
    settings = load_settings(out.parent / "callqa.toml")
    database = open_database(out, settings)
    with database.writing() as connection:
        for number in range(100, 140):
            new = {"name": "owner", "what": What.AGAIN, "number": number, "way": Way.CHAT}
            free = {"at": now(), "due": now(), "held": "", "tries": 0, "wrong": ""}
            connection.execute(OUTBOX.insert().values(**new, **free))
    database.close()
    with running(out):
        room.until(lambda: bool(room.messages))
    (text,) = room.of("owner")
    assert text.count("/appeals/1") == MOST[Way.CHAT]
    assert "还有 35 件" in text
    assert len(text.encode()) < 1500


def test_the_command_gives_and_takes_a_chat(
    out: Path, room: Chatroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By an address, a line that no history keeps, or a variable; what is none is not repeated."""

    def chat(*told: str, line: str = "") -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(line))
        done = callqa("user", "chat", *told, "--out", out)
        return done.returncode, done.stdout + done.stderr

    assert chat("lead1", room.address("x"), "--try") == (0, "账号 'lead1'：消息发到他的聊天\n")
    assert len(room.of("x")) == 1
    assert chat("lead1", "") == (0, "账号 'lead1'：没有聊天\n")
    assert chat("lead1", "-", "--try", line=room.address("y") + "\n")[0] == 0
    assert len(room.of("y")) == 1
    code, told = chat("lead1", f"nothing://{SECRET}")
    assert (code, SECRET in told) == (2, False)
    code, told = chat("lead1", f"wecombot://?{SECRET}=x")
    assert (code, SECRET in told) == (2, False)
    assert chat("nobody", room.address("x"))[0] == 2
    monkeypatch.setenv("CALLQA_CHAT", room.address("z"))
    assert chat("lead1", "env:CALLQA_CHAT", "--try")[0] == 0
    assert len(room.of("z")) == 1
    monkeypatch.delenv("CALLQA_CHAT")
    assert chat("lead1", "--try")[0] == 2


@pytest.mark.parametrize(
    "address",
    [
        "wecombot://0123456789abcdef",
        "dingtalk://0123456789abcdef/13800000000",
        "feishu://0123456789abcdef",
        "wxpusher://AT_0123456789/UID_0123456789",
        "pushplus://0123456789abcdef0123456789abcdef",
        "schan://SCT0123456789abcdef",
    ],
)
def test_the_manual_s_services_are_known(out: Path, address: str) -> None:
    """As Apprise writes them."""
    done = callqa("user", "chat", "lead1", address, "--out", out)
    assert done.returncode == 0, done.stderr
