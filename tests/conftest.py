"""Fixtures that many tests share."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from pipeline.asr import weights
from pipeline.errors import ConfigurationError
from pipeline.night.engines import ENGINES, local
from pipeline.night.engines.base import hear_one, recogniser
from pipeline.night.rescore import score_kept
from pipeline.settings import NAME, load_settings
from pipeline.store import transcripts
from tests.fixtures_truth import RECORDINGS, truths
from tests.golden import keep_heard
from tests.helpers import Nobody

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.night.engines import Result, Task
    from pipeline.settings import Settings


os.environ["CALLQA_LANG"] = "en"
"""In the tests' own process a message is what the code says; the command line is run in Chinese."""


SERVICES = {"browser", "postgres", "accounts", "heard_out", "words_server", "segments_server"}
"""Fixtures that start one, are of the application with its database, or hear with the speech model."""
LONGEST = ("night", "report", "bench", "store", "models", "serve", "sound")
"""The folders whose files take longest, the longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a service is marked; what takes longest begins first, so that nobody waits for it."""
    for item in items:
        if SERVICES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("service")

    def place(item: pytest.Item) -> int:
        folder = item.path.parent.name
        return LONGEST.index(folder) if folder in LONGEST else len(LONGEST)

    items.sort(key=place)


def chinese() -> dict[str, str]:
    """The environment of a user who has set nothing but a Chinese command line."""
    return {**os.environ, "CALLQA_LANG": "zh"}


def callqa(
    *arguments: str | Path, cwd: Path | None = None, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does, but in this process: what it loads is loaded once.

    ``variables``: what the environment says of the language, where it is not Chinese.
    """
    from pipeline.cli.main import main

    command = ["callqa", *map(str, arguments)]
    out, told = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as own, redirect_stdout(out), redirect_stderr(told):
        for name, value in ({"CALLQA_LANG": "zh"} if variables is None else variables).items():
            own.setenv(name, value)
        own.setattr(sys, "argv", command)
        if cwd is not None:
            own.chdir(cwd)
        with pytest.raises(SystemExit) as ended:
            main()
    code = ended.value.code
    return subprocess.CompletedProcess(
        command, code if isinstance(code, int) else 0, out.getvalue(), told.getvalue()
    )


def process(
    *arguments: str | Path, cwd: Path | None = None, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own; ``variables`` of the environment go first."""
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**chinese(), **(variables or {})},
    )


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that ``make`` fills once, whichever of the suite's processes needs it first.

    It belongs to all of them: a test that changes something takes a copy.
    """
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # each worker has a folder of its own in the common one
        base = base.parent
    folder, whole = base / name, base / f"{name}.whole"
    with FileLock(base / f"{name}.lock"):
        if not whole.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            whole.touch()
    return folder


@pytest.fixture(scope="session")
def judged_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fixture recordings, as they were heard once, scored in batches of five; without pages."""

    def make(folder: Path) -> None:
        keep_heard(folder / "out")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(transcripts, "BATCH", 5)
            score_kept(folder / "out", load_settings(RECORDINGS / NAME), progress=Nobody(), jobs=1)

    return made_once(tmp_path_factory, "judged", make) / "out"


@pytest.fixture(scope="session")
def scored_out(judged_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The judged calls, reported; the pages play nothing."""

    def make(folder: Path) -> None:
        shutil.copytree(judged_out, folder / "out")
        done = callqa("report", "--out", folder / "out", "--config", silent(folder))
        assert done.returncode == 0, done.stderr

    return made_once(tmp_path_factory, "scored", make) / "out"


def obtained(model: str) -> str:
    """A model's name, once it is there; where it cannot be had, the test is left out and says so.

    With ``CALLQA_TEST_EVERYTHING`` nothing is left out: it fails.
    """
    try:
        weights.obtain(model)
    except ConfigurationError as error:
        if os.environ.get("CALLQA_TEST_EVERYTHING"):
            raise
        pytest.skip(f"needs the model {model!r}, which could not be had: {error}".splitlines()[0])
    return model


HEARD = ("g01", "g05", "g08", "g10", "g12", "g14", "g17", "g29", "g33", "g36")
"""Calls that the suite hears: nine minutes with every way of going wrong that sound shows."""


@pytest.fixture(scope="session")
def heard_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some of the fixture recordings, through the real recogniser."""
    obtained("base")

    def make(folder: Path) -> None:
        calls = some_recordings(folder / "calls", HEARD)
        done = callqa("score", calls, "--out", folder / "out")
        assert done.returncode == 0, done.stderr

    return made_once(tmp_path_factory, "heard", make) / "out"


def some_recordings(folder: Path, call_ids: Sequence[str]) -> Path:
    """A folder of these fixture calls, their recordings and records as they are; no page plays them."""
    rows = (RECORDINGS / "calls.csv").read_text(encoding="utf-8-sig").splitlines()
    kept = [rows[0]]
    for truth in truths():
        if truth.call_id in call_ids:
            file = str(truth.data["file"])
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(truth.path, folder / file)
            kept += [row for row in rows if row.startswith(f"{file},")]
    (folder / "calls.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    silent(folder)
    return folder


def silent(folder: Path) -> Path:
    """The fixtures' settings in a folder, but that pages play nothing: copies of sound take long."""
    text = (RECORDINGS / NAME).read_text(encoding="utf-8") + '\n[privacy]\naudio = "none"\n'
    (folder / NAME).write_text(text, encoding="utf-8")
    return folder / NAME


def _heard_here(
    tasks: Sequence[Task], out: Path, settings: Settings, jobs: int
) -> Iterator[Result]:
    """The engine of one machine without its processes, each of which loads everything anew."""
    del jobs
    for task in tasks:
        yield hear_one(task, out, settings, lambda: recogniser(settings, 1, 1))


@contextmanager
def without_processes() -> Iterator[None]:
    """Recordings are heard in the tests' own process, where their processes are not what is shown."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ENGINES, "local", _heard_here)
        yield


@pytest.fixture
def heard_here() -> Iterator[None]:
    """Recordings of one test are heard in its own process."""
    with without_processes():
        yield


@pytest.fixture
def in_processes(brought: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recordings that are brought are heard as at night, in processes: where these are shown."""
    del brought
    monkeypatch.setitem(ENGINES, "local", local.run)


@pytest.fixture
def brought(heard_here: object, tmp_path: Path) -> Callable[[Sequence[str]], Path]:
    """A folder of some scripted calls with their transcripts brought along: no recogniser.

    They are heard in the tests' own process, unless a test is ``in_processes``.
    """
    del heard_here

    def make(call_ids: Sequence[str]) -> Path:
        folder = tmp_path / "recordings"
        folder.mkdir()
        rows = (RECORDINGS / "calls.csv").read_text(encoding="utf-8-sig").splitlines()
        chosen = [t for t in truths() if t.call_id in call_ids]
        for truth in chosen:
            file = folder / truth.path.name
            shutil.copy(truth.path, file)
            text = json.dumps(truth.sidecar(), ensure_ascii=False)
            file.with_suffix(".json").write_text(text, encoding="utf-8")
        kept = [
            row.replace(str(t.data["file"]), t.path.name)
            for row in rows[1:]
            for t in chosen
            if row.startswith(str(t.data["file"]) + ",")
        ]
        (folder / "calls.csv").write_text("\n".join([rows[0], *kept]) + "\n", encoding="utf-8")
        return folder

    return make
