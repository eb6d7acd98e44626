"""A fresh wheel in a fresh environment, outside the checkout."""

from __future__ import annotations

import compileall
import json
import re
import shlex
import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from tests.conftest import chinese
from tests.fixtures_truth import truths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The callqa command of an environment that holds nothing but the wheel.

    Its dependencies are those of the environment that runs the tests, so that no registry is asked.
    """
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=False)
    (site,) = (folder / "env").glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    compileall.compile_dir(site, quiet=1)  # as pip does
    dependencies = [p for p in sys.path if p.endswith("site-packages")]
    (site / "dependencies.pth").write_text("\n".join(dependencies), encoding="utf-8")
    return folder / "env" / "bin" / "python"


def callqa(python: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command line."""
    return subprocess.run(
        [str(python), "-I", "-m", "pipeline", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=chinese(),
    )


_ONE_AFTER_THE_OTHER = """
import contextlib, io, json, os, sys
from pipeline.cli.main import main
for line in sys.stdin:
    folder, arguments = json.loads(line)
    os.chdir(folder)
    sys.argv, said, code = ["callqa", *arguments], io.StringIO(), 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
    print(json.dumps([code, said.getvalue()]), flush=True)
"""


@pytest.fixture(scope="module")
def run(installed: Path) -> Iterator[Callable[..., str]]:
    """Runs the installed command line in a folder; what it says, when it has ended well.

    All in one process, which loads the dictionary and the rules once.
    """
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    command = [str(installed), "-I", "-c", _ONE_AFTER_THE_OTHER]
    with subprocess.Popen(command, text=True, env=chinese(), **pipes) as process:
        asked, told = process.stdin, process.stdout
        assert asked is not None
        assert told is not None

        def runs(folder: Path, *arguments: str) -> str:
            asked.write(json.dumps([str(folder), arguments]) + "\n")
            asked.flush()
            code, said = json.loads(told.readline())
            assert code == 0, (arguments, said)
            return str(said)

        yield runs


def one_call(folder: Path) -> None:
    """A folder with the transcript of one call."""
    truth = next(t for t in truths() if t.call_id == "g17")
    folder.mkdir()
    call = {"call": {"agent_id": "0008", "started_at": "2026-11-18T09:00:00+08:00"}}
    text = json.dumps({**call, **truth.sidecar()}, ensure_ascii=False)
    (folder / "g17.json").write_text(text, encoding="utf-8")


def test_the_wheel_brings_its_lists_rules_and_pages(installed: Path, tmp_path: Path) -> None:
    """A call with its transcript is scored and reported outside the checkout."""
    one_call(tmp_path / "calls")
    done = callqa(installed, tmp_path, "score", "calls")
    assert done.returncode == 0, done.stderr
    findings = pd.read_parquet(tmp_path / "out/data/findings")
    found = set(findings[findings.outcome == "violation"].rule_id)
    assert {"wording.quarrel", "procedure.complaint_close"} <= found
    assert (tmp_path / "out/reports/index.html").is_file()
    assert list((tmp_path / "out/reports/assets").glob("*.css"))


def test_the_wheel_is_the_one_that_runs(installed: Path, tmp_path: Path) -> None:
    """Not the checkout."""
    code = "import pipeline, pipeline.resources as r; print(pipeline.__file__, r.ROOT)"
    done = subprocess.run(
        [str(installed), "-I", "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert str(ROOT) not in done.stdout
    assert "_data" in done.stdout


def test_the_examples_of_the_rules_run_from_the_wheel(
    run: Callable[..., str], tmp_path: Path
) -> None:
    """Whoever owns the norms needs no checkout; all of them run when the manual is followed."""
    assert "0 个不符" in run(tmp_path, "rubric", "test", "--rule", "wording.quarrel")


MANUALS = {"rules.zh-CN.md": "用自己的规则", "rules.md": "Your own rules"}


def steps(manual: str) -> list[str]:
    """The indented lines of a manual's part on one's own rules, in order."""
    text = (ROOT / "docs" / manual).read_text(encoding="utf-8")
    part = text.split(f"\n## {MANUALS[manual]}\n")[1].split("\n## ")[0]
    return re.findall(r"^    (\S.*)$", part, re.MULTILINE)


def test_own_rules_by_the_manual(run: Callable[..., str], tmp_path: Path) -> None:
    """Word for word: every command of the manual, the line for the list, the line for callqa.toml."""
    one_call(tmp_path / "recordings")
    said = {}
    for step in (*steps("rules.zh-CN.md"), "callqa rubric list"):
        if step.startswith("callqa "):
            said[step] = run(tmp_path, *shlex.split(step)[1:])
        elif step.startswith("rules = "):
            (tmp_path / "callqa.toml").write_text(step + "\n", encoding="utf-8")
        else:
            with (tmp_path / "my-rules" / "lexicons" / "shirk.txt").open(
                "a", encoding="utf-8"
            ) as file:
                file.write(f"{step}\n")
    mine = f"规则：{tmp_path / 'my-rules'}"
    assert mine in said["callqa rubric check --rules my-rules"]
    assert "1 通中有 1 通会变" in said["callqa rubric diff gas-hotline my-rules --data out"]
    assert "没有时间去" in said["callqa explain g17 --out out"]
    assert mine in said["callqa rubric list"]
    assert "0 个不符" in said["callqa rubric test --rules my-rules"]


def test_both_manuals_show_the_same_steps() -> None:
    """In the same order."""
    assert steps("rules.md") == steps("rules.zh-CN.md")
