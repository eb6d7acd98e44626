"""A server that is killed between a click and its answer has lost nothing that it answered."""

from __future__ import annotations

import html
import re
import shutil
import threading
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from pipeline.review.answered import last_answers
from pipeline.review.calibration import Wanted, draw_session
from pipeline.review.rated import everything as words_said
from pipeline.review.said import everything, read_by_night
from pipeline.settings import load_settings
from pipeline.store.files import Store
from tests.postgresql import cluster
from tests.serve.centre import QUESTIONS, peopled, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATH = "/calls/2026-11-18/g08"


@pytest.fixture
def postgres() -> Iterator[str]:
    """The URL of a cluster of the test's own."""
    with cluster() as (_, url):
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def out(request: pytest.FixtureRequest, accounts: Path, tmp_path: Path) -> Path:
    """A centre whose verdicts lie in one of them."""
    shutil.copytree(accounts.parent, tmp_path, dirs_exist_ok=True)
    config = tmp_path / "callqa.toml"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres")
        text = config.read_text(encoding="utf-8")
        config.write_text(f'{text}\n[serve]\ndatabase = "{url}"\n', encoding="utf-8")
        peopled(tmp_path / "out", load_settings(config))
    return tmp_path / "out"


def test_what_was_answered_is_there(out: Path) -> None:
    """Every verdict that was answered is in the database, and one more at most."""
    config = out.parent / "callqa.toml"
    answered: list[int] = []
    with served(out, config) as server:
        client = server.client("张三")
        page = client.get(f"{PATH}.html").text
        csrf = re.findall('data-csrf="(.*?)"', page)[0]
        place = html.unescape(re.findall('data-place="(.*?)"', page)[0])

        def click() -> None:
            form = {"csrf": csrf, "place": place, "verdict": "stands", "comment": "存下来"}
            try:
                for seen in range(10_000):
                    answer = client.post(f"{PATH}/verdict", data={**form, "seen": str(seen)})
                    answered.append(answer.json()["seen"])
            except httpx.HTTPError:
                return

        clicking = threading.Thread(target=click)
        clicking.start()
        until = time.monotonic() + 30
        while len(answered) < 15 and time.monotonic() < until:
            time.sleep(0.01)
        server.process.kill()
        clicking.join(30)
        client.close()
    kept = [one.number for one in everything(out, load_settings(config))]
    assert len(answered) >= 15
    assert kept == list(range(1, len(kept) + 1))
    assert len(answered) <= len(kept) <= len(answered) + 1


def test_an_answer_that_was_stored_is_there(out: Path) -> None:
    """Every answer to a question of the house's own that was confirmed, and one more at most."""
    config = out.parent / "callqa.toml"
    config.write_text(config.read_text(encoding="utf-8") + QUESTIONS, encoding="utf-8")
    confirmed: list[int] = []
    with served(out, config) as server:
        client = server.client("张三")
        csrf = re.findall('data-csrf="(.*?)"', client.get(f"{PATH}.html").text)[0]

        def press() -> None:
            form = {"csrf": csrf, "question": "solved", "answer": "是"}
            try:
                for seen in range(10_000):
                    answer = client.post(f"{PATH}/answer", data={**form, "seen": str(seen)})
                    confirmed.append(answer.json()["seen"])
            except httpx.HTTPError:
                return

        pressing = threading.Thread(target=press)
        pressing.start()
        until = time.monotonic() + 30
        while len(confirmed) < 15 and time.monotonic() < until:
            time.sleep(0.01)
        server.process.kill()
        pressing.join(30)
        client.close()
    with read_by_night(out, load_settings(config)) as connection:
        kept = last_answers(connection)["g08", "solved"].number
    assert len(confirmed) >= 15
    assert len(confirmed) <= kept <= len(confirmed) + 1


def test_what_a_rater_was_answered_is_there(out: Path) -> None:
    """Every word of a calibration session that was answered is in the database, and one more at most."""
    config = out.parent / "callqa.toml"
    settings = load_settings(config)
    wanted = Wanted(name="w47", raters=("张三", "李四"), calls=("g08",))
    session = draw_session(Store.of(out, settings), settings, wanted).session
    answered: list[int] = []
    with served(out, config) as server:
        client = server.client("张三")
        csrf = re.findall('data-csrf="(.*?)"', client.get("/rate/w47/g08.html").text)[0]

        def press() -> None:
            try:
                for score in range(100):
                    form = {"csrf": csrf, "score": str(score)}
                    assert client.post("/rate/w47/g08/word", data=form).status_code == 200
                    answered.append(score)
            except httpx.HTTPError:
                return

        pressing = threading.Thread(target=press)
        pressing.start()
        until = time.monotonic() + 30
        while len(answered) < 15 and time.monotonic() < until:
            time.sleep(0.01)
        server.process.kill()
        pressing.join(30)
        client.close()
    kept = [word.score for word in words_said(out, settings, [session])["w47", "张三"]]
    assert len(answered) >= 15
    assert kept == list(range(len(kept)))
    assert len(answered) <= len(kept) <= len(answered) + 1
