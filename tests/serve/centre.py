"""A small centre: the fixture calls, scored and drawn, with accounts, and its application running."""

from __future__ import annotations

import shutil
import socket
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest
from argon2 import PasswordHasher

from pipeline.night.rescore import score_kept
from pipeline.report.html import Site
from pipeline.report.sound import Playback
from pipeline.review import accounts
from pipeline.review.accounts import Duty, User
from pipeline.review.migrate import open_database
from pipeline.review.worklists import sample
from pipeline.settings import Settings, load_settings
from pipeline.store.files import Store
from pipeline.store.schema import CallRow
from tests.forked import Forked
from tests.helpers import Nobody

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "vier worte sind genug"  # noqa: S105  of accounts that are made for a test
CONFIG = """
[asr]
model = "base"

[review]
appeal_days = 30000

[sampling]
per_agent = 6
inspectors = [{name = "张三"}, {name = "李四"}]
"""
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""A log-in costs 0.15 s, so that nobody guesses his way in; the suite logs in some hundred times."""
QUESTIONS = """
[[review.questions]]
id = "solved"
text = "客户的事当场办好了吗"
answers = ["是", "否", "不适用"]
required = true

[[review.questions]]
id = "why"
text = "没办好的，差在哪里"

[[review.questions]]
id = "hall"
text = "迎宾了吗"
answers = ["是", "否"]
rubric = "mall"
"""
"""The house's own: one that has to be answered, one in words, one of another rubric's calls."""
TEAMS = {"0008": "客服一组", "0012": "客服一组", "0023": "客服二组", "0035": "客服二组"}
"""Each agent of the fixture calls, and his team."""
PEOPLE = (
    User(name="张三", duty=Duty.INSPECTOR),
    User(name="李四", duty=Duty.INSPECTOR),
    User(name="lead1", duty=Duty.LEAD, team="客服一组"),
    User(name="lead2", duty=Duty.LEAD, team="客服二组"),
    User(name="owner", duty=Duty.OWNER),
    User(name="admin", duty=Duty.ADMIN),
    *(User(name=f"a{agent}", duty=Duty.AGENT, agent_id=agent) for agent in TEAMS),
)


def scored(judged: Path, out: Path) -> Path:
    """The fixture calls, scored and drawn, in ``out``; the settings to serve them with."""
    shutil.copytree(judged, out)
    config = out.parent / "callqa.toml"
    config.write_text(CONFIG, encoding="utf-8")
    settings = load_settings(config)
    score_kept(out, settings, progress=Nobody(), jobs=1)
    sample(Store.of(out, settings), settings, None)
    return config


def made_playable(out: Path, settings: Settings) -> None:
    """Make what plays the calls, so that no test waits for its own."""
    store = Store.of(out, settings)
    site = Site.at(store.out / "reports", store.access, settings.report)
    sound = Playback(site, store, settings)
    calls = {
        date: {(row.call_id, row.file) for row in store.read(CallRow, date)}
        for date in store.table_dates(CallRow)
    }
    for path in sound.of_pages(calls, Nobody()).values():
        sound.levels(path)


def peopled(out: Path, settings: Settings) -> None:
    """Make everybody's account, with passwords that are hashed as ever, but quickly."""
    database = open_database(out, settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_hasher", lambda: QUICK)
        for user in PEOPLE:
            accounts.add(database, user, PASSWORD)
    database.close()


@dataclass(frozen=True)
class Server:
    """A running application."""

    url: str
    process: Forked

    def client(self, name: str = "") -> httpx.Client:
        """Somebody's browser without a window, logged in."""
        client = httpx.Client(base_url=self.url, timeout=30)
        if name:
            answer = client.post("/login", data={"name": name, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
        return client


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


@contextmanager
def served(out: Path, config: Path, port: int | None = None) -> Iterator[Server]:
    """``callqa serve`` in a process of its own."""
    port = port or free_port()
    command = ["callqa", "serve", str(out), "--port", str(port), "--config", str(config)]
    process = Forked(command, config.with_name(f"serve-{port}.log"), CALLQA_LANG="zh")
    try:
        wait_for(process, port)
        yield Server(f"http://127.0.0.1:{port}", process)
    finally:
        process.end()


def wait_for(process: Forked, port: int) -> None:
    """Until something listens at a port; ``AssertionError`` where its process ends before."""
    until = time.monotonic() + 60
    while time.monotonic() < until and not process.ended:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"it did not come up: {process.said()}")
