"""What the READMEs show of a run: a call's arithmetic and the team page, over the fixture calls."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.golden import keep_heard
from tests.report.browser import chromium

if TYPE_CHECKING:
    from pathlib import Path

CALL = "g18"
"""The call whose arithmetic is shown: a few deductions, and a doubt."""
WIDTH, HEIGHT = 1200, 1000
"""Pixels of the picture: the first screen of the team page."""


def scored(out: Path) -> Path:
    """The fixture calls, as they were heard once, scored and reported into ``out``."""
    keep_heard(out)
    subprocess.run(
        [sys.executable, "-m", "pipeline", "rescore", "--out", str(out)],
        check=True,
        capture_output=True,
    )
    return out


def explained(out: Path) -> str:
    """What ``callqa explain`` prints of the call, in Chinese, without the rules that cost nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "explain", CALL, "--out", str(out)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "CALLQA_LANG": "zh"},
    )
    *said, _quiet = done.stdout.replace(str(out), "out").rstrip().split("\n\n")
    return "\n".join(("```", f"$ callqa explain {CALL}", *said, "```"))


def picture(out: Path, target: Path) -> None:
    """The first screen of the team page, by Chromium."""
    page = (out / "reports" / "index.html").resolve().as_uri()
    subprocess.run(
        [
            *(str(chromium()), "--headless", "--no-sandbox", "--hide-scrollbars"),
            *(f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={target.resolve()}", page),
        ],
        check=True,
        capture_output=True,
    )
