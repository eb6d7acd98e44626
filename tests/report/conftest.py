"""A small night, scored for real from transcripts brought along, with its reports."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from pipeline.night.how import How
from pipeline.night.run import run_night
from tests.conftest import made_once, without_processes
from tests.fixtures_truth import RECORDINGS, truths
from tests.report.browser import chromium
from tests.report.made_up import RUBRIC, SETTINGS, Quiet, report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

CHOSEN = ("g01", "g08", "g12", "g25", "g28", "g36")
"""Clean; interruptions; an unannounced hold; a veto; nobody speaks; PCM that has to be converted."""


@pytest.fixture(scope="session")
def sample_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six scripted calls over three dates, scored and reported without a speech model."""
    return made_once(tmp_path_factory, "sample", _sample) / "out"


def _sample(base: Path) -> None:
    folder = base / "recordings"
    folder.mkdir()
    shutil.copy(RECORDINGS / "calls.csv", folder)
    for truth in truths():
        if truth.call_id in CHOSEN:
            file = folder / str(truth.data["file"])
            file.parent.mkdir(exist_ok=True)
            shutil.copy(truth.path, file)
            brought = json.dumps(truth.sidecar(), ensure_ascii=False)
            file.with_suffix(".json").write_text(brought, encoding="utf-8")
    out = base / "out"
    quiet = Quiet()
    with without_processes():
        run_night(folder, out, SETTINGS, rubric=RUBRIC, how=How(), progress=quiet)
    report(out)


MAY_PLAY = "--autoplay-policy=no-user-gesture-required"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium of the system."""
    path = chromium()
    if path is None:
        if os.environ.get("CALLQA_TEST_EVERYTHING"):
            pytest.fail("no chromium on this machine, and nothing is to be left out")
        pytest.skip(
            "no chromium on this machine: apt-get install chromium-headless-shell, or set CHROMIUM"
        )
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--mute-audio", MAY_PLAY]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=flags)
        yield running
        running.close()
