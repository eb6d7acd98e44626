"""Folders and ``OUT`` on an object store, against a real S3 server."""

from __future__ import annotations

import os
import shutil
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx
import pytest
from moto.server import ThreadedMotoServer

from pipeline.errors import HeldError, StoppedError
from pipeline.store.remote import Copy, address, working_copy
from pipeline.store.remote_hold import hold_remote
from tests.cli.test_status import here
from tests.night.short_calls import write_call
from tests.night.test_shards import contents

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.service
RECORDINGS, OUT = "s3://recordings/2026-11-20", "s3://quality/out"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A server, two buckets, and what the environment says of them."""
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    for bucket in ("recordings", "quality"):
        assert httpx.put(f"http://{host}:{port}/{bucket}").status_code == HTTPStatus.OK
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ALLOW_HTTP", "true")
        patch.setenv("AWS_REGION", "us-east-1")
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
    moto.stop()


def on_another_machine(patch: pytest.MonkeyPatch, cache: Path) -> None:
    """From now on: where nothing was fetched yet."""
    patch.setenv("XDG_CACHE_HOME", str(cache))


@pytest.mark.usefixtures("server")
def test_a_night_from_a_bucket_into_a_bucket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes of a night on this machine; another machine verifies it, and scores it again."""
    folder = tmp_path / "calls"
    for number in (1, 2):
        write_call(
            folder, f"{number}.json", f"您好，江城中燃，{number}号为您服务。", day=18 + number
        )
    recordings = Copy(RECORDINGS)
    shutil.copytree(folder, recordings.folder)
    assert recordings.push() == 2
    shutil.rmtree(recordings.folder)
    code, said = here("score", RECORDINGS, "--out", OUT)
    assert code == 0, said
    on_another_machine(monkeypatch, tmp_path / "cache")
    code, said = here("verify", OUT)
    assert (code, "is whole" in said) == (0, True), said
    assert here("score", folder, "--out", tmp_path / "alone")[0] == 0
    for room in ("data", "rubrics"):
        assert contents(working_copy(OUT) / room) == contents(tmp_path / "alone" / room)
    code, said = here("rescore", "--out", OUT, "--date", "2026-11-20")
    assert (code, "Scored again: 1 calls" in said) == (0, True), said
    assert oct(working_copy(OUT).parents[1].stat().st_mode & 0o777) == "0o700"


@pytest.mark.usefixtures("server")
def test_of_two_that_publish_a_date_the_later_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has not seen what stands there."""
    url, manifest = "s3://quality/two", "data/_manifest/date=2026-11-20.json"
    copies = []
    for name in ("a", "b"):
        on_another_machine(monkeypatch, tmp_path / name)
        copy = Copy(url)
        copy.pull()
        (copy.folder / manifest).parent.mkdir(parents=True)
        (copy.folder / manifest).write_text(name, encoding="utf-8")
        copies.append(copy)
    copies[0].push()
    with pytest.raises(StoppedError, match="another run"):
        copies[1].push()
    copies[1].pull()
    assert (copies[1].folder / manifest).read_text(encoding="utf-8") == "a"


@pytest.mark.usefixtures("server")
def test_what_was_heard_before_a_kill_is_not_lost(tmp_path: Path) -> None:
    """It stays in the copy, whatever is fetched; what went there goes here."""
    del tmp_path
    copy = Copy("s3://quality/killed")
    copy.pull()
    for name in ("a", "b"):
        (copy.folder / name).write_text(name, encoding="utf-8")
    copy.push()
    (copy.folder / "heard").write_text("c", encoding="utf-8")
    other = Copy("s3://quality/killed")
    (other.folder / "b").unlink()
    assert other.push() == 1
    copy.pull()
    assert sorted(path.name for path in copy.folder.iterdir()) == ["a", "heard"]


@pytest.mark.usefixtures("server")
def test_one_holds_it_at_a_time() -> None:
    """The second says who does; when the first has gone, nothing is left."""
    url = "s3://quality/held"
    with (
        hold_remote(url, "score", lost=lambda: None),
        pytest.raises(HeldError, match=f"process {os.getpid()} on"),
        hold_remote(url, "score", lost=lambda: None),
    ):
        pass
    with hold_remote(url, "rescore", lost=lambda: None):
        pass


def test_what_is_an_address(tmp_path: Path) -> None:
    """A path of this machine is none."""
    assert address(type(tmp_path)("s3://quality/out")) == OUT
    assert address(tmp_path) is None
    assert address(type(tmp_path)("s3/out")) is None
