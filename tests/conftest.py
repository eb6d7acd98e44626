"""Fixtures that many tests share."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.fixtures_truth import RECORDINGS, truths

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


def callqa(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )


@pytest.fixture(scope="session")
def scored_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fixture recordings, through the real recogniser, scored and reported."""
    out = tmp_path_factory.mktemp("night") / "out"
    done = callqa("score", RECORDINGS, "--out", out)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture
def brought(tmp_path: Path) -> Callable[[Sequence[str]], Path]:
    """A folder of some scripted calls with their transcripts brought along: no recogniser."""

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
