"""Folders and ``OUT`` on an object store, against a real S3 server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx
import pytest
from moto.server import ThreadedMotoServer

from pipeline.errors import HeldError, StoppedError
from pipeline.ingest.addresses import address, working_copy
from pipeline.store.remote import Copy
from pipeline.store.remote_hold import hold_remote
from pipeline.store.shards import Shard
from pipeline.store.state import Run
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
    Copy(OUT).pull()
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


def of_store(url: str, patch: pytest.MonkeyPatch, cache: Path, *rooms: str) -> dict[str, bytes]:
    """What lies in the rooms of an address, as a machine that knows nothing yet finds it."""
    on_another_machine(patch, cache)
    copy = Copy(url)
    copy.pull()
    return {f"{room}/{k}": v for room in rooms for k, v in contents(copy.folder / room).items()}


@pytest.mark.usefixtures("server")
def test_parts_on_two_machines_come_to_the_bytes_of_one_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the machines' folders are called; published before all had ended, and again."""
    folder, parts, whole = "s3://recordings/parts", "s3://quality/parts", "s3://quality/whole"
    recordings = Copy(folder)
    recordings.pull()
    for number in range(4):
        write_call(
            recordings.folder,
            f"{number}.json",
            f"您好，江城中燃，{number}号。",
            day=19 + number % 2,
        )
    recordings.push()
    on_another_machine(monkeypatch, tmp_path / "first")
    code, said = here("score", folder, "--out", parts, "--shard", "1/2")
    assert (code, f"callqa publish {parts}" in said) == (0, True), said
    on_another_machine(monkeypatch, tmp_path / "publisher")
    code, said = here("publish", parts)
    assert (code, "--shard 2/2" in said) == (3, True), said
    on_another_machine(monkeypatch, tmp_path / "second")
    assert here("score", folder, "--out", parts, "--shard", "2/2")[0] == 0
    code, said = here("status", parts)
    assert (code, "part 2/2: not running" in said) == (0, True), said
    on_another_machine(monkeypatch, tmp_path / "publisher")
    code, said = here("publish", parts)
    assert (code, "2 parts folded together" in said) == (0, True), said
    assert "holds no parts" in here("publish", parts)[1]
    on_another_machine(monkeypatch, tmp_path / "alone")
    assert here("score", folder, "--out", whole)[0] == 0
    rooms = ("data", "transcripts", "rubrics", "reports")
    ours, theirs = (
        of_store(url, monkeypatch, tmp_path / "reader", *rooms) for url in (parts, whole)
    )
    assert ours.keys() == theirs.keys()
    assert {name for name in ours if ours[name] != theirs[name]} == set()
    assert here("verify", parts)[0] == 0


@pytest.mark.usefixtures("server")
def test_a_file_that_changed_takes_the_place_of_what_it_held_whichever_machine_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is known by its address."""
    folder, out = "s3://recordings/changed", "s3://quality/changed"
    for machine, text in (("a", "您好，江城中燃。"), ("b", "您好，江城中燃，八号为您服务。")):
        on_another_machine(monkeypatch, tmp_path / machine)
        recordings = Copy(folder)
        recordings.pull()
        write_call(recordings.folder, "1.json", text)
        recordings.push()
        assert here("score", folder, "--out", out)[0] == 0
    assert "1 calls scored" in here("status", out)[1]
    code, said = here("explain", "1", "--out", out)
    assert (code, "八号为您服务" in said) == (0, True), said


@pytest.mark.usefixtures("server")
def test_what_is_purged_lies_nowhere_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not there, and not in the copies of this machine that were made to read it."""
    url = "s3://quality/purged"
    write_call(tmp_path / "calls", "1.json", "您好，江城中燃。")
    on_another_machine(monkeypatch, tmp_path / "a")
    assert here("score", tmp_path / "calls", "--out", url)[0] == 0
    code, said = here("explain", "1", "--plain", "--out", url)
    assert (code, f"{url}/rubrics" in said) == (0, True), said
    code, said = here("purge", url, "--before", "2026-11-21")
    assert (code, "1 calls" in said) == (0, True), said
    for name in ("a", "b"):
        on_another_machine(monkeypatch, tmp_path / name)
        Copy(url).pull()
        assert list((tmp_path / name).rglob("*/date=2026-11-20/*")) == []
        assert list((tmp_path / name).rglob("transcripts/2026-11-20*")) == []
    code, said = here("explain", "1", "--out", url)
    assert (code, f"{url} has no scored call 1" in said) == (2, True), said


@pytest.mark.usefixtures("server")
def test_who_reads_sees_what_lies_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not what a killed run left in a copy; of what is half there the next run makes a whole."""
    url = "s3://quality/read"
    write_call(tmp_path / "calls", "1.json", "您好，江城中燃。")
    on_another_machine(monkeypatch, tmp_path / "a")
    assert here("score", tmp_path / "calls", "--out", url)[0] == 0
    (table,) = (working_copy(url) / "data/calls").rglob("*.parquet")
    table.write_bytes(b"half")
    code, said = here("verify", url)
    assert (code, said) == (0, f"{url} is whole\n")
    Copy(url).push()
    code, said = here("verify", url)
    assert (code, f"callqa rescore --out {url} --date 2026-11-20" in said) == (1, True), said
    on_another_machine(monkeypatch, tmp_path / "b")
    assert here("score", tmp_path / "calls", "--out", url)[0] == 0
    assert here("verify", url) == (0, f"{url} is whole\n")


@pytest.mark.usefixtures("server")
def test_a_run_tells_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To whoever asks from another machine; nothing is taken and nothing is left."""
    url = "s3://quality/far"
    now = datetime.now(UTC).isoformat()
    run = Run(run="1", command="score", began=now, callqa="1", stage="转写", total=9, done=4)
    run = replace(run, told=now, stage_began=now)
    on_another_machine(monkeypatch, tmp_path)
    with hold_remote(url, "score", tell=print, lost=print, run=lambda: run, every=0.05):
        while "转写: 4 done, 5 waiting" not in (said := here("status", url)[1]):
            assert f"{url} is held by callqa score, process {os.getpid()} on " in said
    assert here("status", url)[0] == 2


@pytest.mark.usefixtures("server")
def test_one_holds_it_at_a_time() -> None:
    """The second says who does; when the first has gone, nothing is left."""
    url = "s3://quality/held"
    with (
        hold_remote(url, "score", tell=print, lost=print),
        pytest.raises(HeldError, match=f"process {os.getpid()} on"),
        hold_remote(url, "score", tell=print, lost=print),
    ):
        pass
    with hold_remote(url, "rescore", tell=print, lost=print):
        pass


@pytest.mark.usefixtures("server")
def test_parts_of_one_division_are_held_side_by_side() -> None:
    """Nothing else is beside them."""
    url, hold = "s3://quality/divided", partial(hold_remote, tell=print, lost=print)
    first, second, other = (Shard.read(text) for text in ("1/2", "2/2", "1/3"))
    with (
        hold(url, "score", shard=first),
        hold(url, "score", shard=second),
    ):
        for shard in (None, first, other):
            with (
                pytest.raises(HeldError, match="is held by another run"),
                hold(url, "publish", shard=shard),
            ):
                pass
    with hold(url, "publish"), pytest.raises(HeldError):  # noqa: SIM117
        with hold(url, "score", shard=first):
            pass


@pytest.mark.usefixtures("server")
def test_a_holder_that_was_killed_on_this_machine_is_followed_at_once() -> None:
    """Its process is looked at: nobody waits for its sign of life."""
    url = "s3://quality/dead"
    lines = (
        "import os",
        "from pipeline.store.remote_hold import hold_remote",
        f"with hold_remote({url!r}, 'score', tell=print, lost=print): os.kill(os.getpid(), 9)",
    )
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=False)
    assert f"no run holds {url}" in here("status", url)[1]
    with hold_remote(url, "score", tell=print, lost=print):
        pass


@pytest.mark.usefixtures("server")
def test_parts_hear_with_one_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever chose another one meanwhile puts nothing, and is told."""
    url, chosen = "s3://quality/model", "transcripts/model.json"
    copies = []
    for name, model in (("a", "small"), ("b", "small"), ("c", "base")):
        on_another_machine(monkeypatch, tmp_path / name)
        copy = Copy(url, apart=name, rooms="part")
        copy.pull()
        for file, content in ((chosen, model), (f"transcripts/{name}", name)):
            (copy.folder / file).parent.mkdir(exist_ok=True)
            (copy.folder / file).write_text(content, encoding="utf-8")
        copies.append(copy)
    for copy in copies[:2]:
        assert copy.push() == 2
    with pytest.raises(StoppedError, match=f"{chosen} was written by another run"):
        copies[2].push()
    assert of_store(url, monkeypatch, tmp_path / "d", "transcripts").keys() == {
        f"transcripts/{name}" for name in ("model.json", "a", "b")
    }


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    "asked",
    [
        ("score", "s3://nowhere/calls", "--out", "s3://nowhere/out"),
        ("status", "s3://nowhere/out"),
        ("publish", "s3://nowhere/out"),
        ("explain", "1", "--out", "s3://nowhere/out"),
    ],
)
def test_a_bucket_that_there_is_not(asked: tuple[str, ...]) -> None:
    """One sentence, and exit 2."""
    code, said = here(*asked)
    assert (code, said.count("\n")) == (2, 1), said
    assert said.startswith("callqa: s3://nowhere/")
    assert "NoSuchBucket" in said


@pytest.mark.parametrize(
    "asked",
    [
        ("serve", OUT),
        ("user", "list", "--out", OUT),
        ("score", RECORDINGS, "--out", "out", "--engine", "ray"),
    ],
)
def test_what_needs_a_disk_says_so(asked: tuple[str, ...]) -> None:
    """One sentence, and exit 2."""
    code, said = here(*asked)
    assert (code, said.count("\n"), "is an object store's" in said) == (2, 1, True)


def test_what_is_an_address(tmp_path: Path) -> None:
    """A path of this machine is none."""
    assert address(type(tmp_path)("s3://quality/out")) == OUT
    assert address(tmp_path) is None
    assert address(type(tmp_path)("s3/out")) is None
