"""``callqa verify``: what is wrong is said, and what it says mends it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app
from tests.night.killed import night
from tests.night.short_calls import write_call

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A date that is published, of one call."""
    write_call(tmp_path / "calls", "a.json", "您好，江城中燃。")
    night(tmp_path / "calls", tmp_path / "out")
    return tmp_path / "out"


def here(*arguments: str | Path) -> tuple[int, str]:
    """A run in this process: its exit code, and what it said."""
    done = CliRunner().invoke(app, list(map(str, arguments)))
    return done.exit_code, done.output


def test_what_is_whole_is_said_so(out: Path) -> None:
    """Exit 0."""
    assert here("verify", out) == (0, f"{out} is whole\n")


def test_what_is_wrong_is_said_and_mended(tmp_path: Path) -> None:
    """Exit 1, a line each; the commands that they name are run, and then all is well."""
    for day in range(15, 20):
        write_call(tmp_path / "calls", f"{day}.json", "您好，江城中燃。", day=day)
    out, data = tmp_path / "out", tmp_path / "out" / "data"
    night(tmp_path / "calls", out)
    (data / "findings/date=2026-11-15/part-0.parquet").unlink()
    (data / "findings/date=2026-11-16/part-0.parquet").write_bytes(b"x")
    (data / "_manifest/date=2026-11-17.json").unlink()
    (data / "_manifest/date=2026-11-18.json").write_bytes(b"[]")
    (data / "_manifest/.date=2026-11-19.json.tmp").write_bytes(b"{}")
    code, told = here("verify", out)
    assert code == 1
    lines = told.splitlines()
    for line, said in zip(
        lines,
        (
            "findings/date=2026-11-15/part-0.parquet is missing",
            "findings/date=2026-11-16/part-0.parquet is not the file that its manifest names",
            "2026-11-17: not published",
            "2026-11-18: its manifest cannot be read",
            "2026-11-19: a run was killed while it published it",
        ),
        strict=True,
    ):
        assert said in line
    commands = {line.partition("to mend it: callqa ")[2] for line in lines}
    assert here(*shlex.split(min(commands)))[0] == 0  # which mends the others too
    assert here("verify", out) == (0, f"{out} is whole\n")


def test_a_rubric_that_is_missing(out: Path) -> None:
    """Nobody could explain the scores; scoring again keeps it again."""
    for path in (out / "rubrics").iterdir():
        path.unlink()
    code, told = here("verify", out)
    assert (code, "the rubric that scored it is missing" in told) == (1, True)
    assert here("rescore", "--out", out)[0] == 0
    assert here("verify", out)[0] == 0


def test_a_transcript_that_cannot_be_read(out: Path) -> None:
    """Its file is named; hearing the folder again mends it."""
    (kept,) = (out / "transcripts").glob("*.parquet")
    kept.write_bytes(b"damaged")
    code, told = here("verify", out)
    assert (code, f"{kept} cannot be read" in told) == (1, True)
    assert here("score", out.with_name("calls"), "--out", out)[0] == 0
    assert here("verify", out)[0] == 0
