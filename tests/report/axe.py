"""axe-core in the browser: what it says of a page. It is fetched once, by npm, into the tests' cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

VERSION = "4.10.3"
CACHE = Path(__file__).parent.parent.parent / ".cache" / "axe-core"
_ASK = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations
    .filter(one => ["serious", "critical"].includes(one.impact))
    .flatMap(one => one.nodes.slice(0, 3).map(node => `${one.id}: ${node.html.slice(0, 200)}`));
}"""


@cache
def script() -> str:
    """axe-core itself; the test is left out where it cannot be had."""
    path = CACHE / f"axe-{VERSION}.min.js"
    if not path.is_file():
        _fetch(path)
    return path.read_text(encoding="utf-8")


def _fetch(path: Path) -> None:
    npm = shutil.which("npm")
    CACHE.mkdir(parents=True, exist_ok=True)
    done = npm and subprocess.run(
        [npm, "pack", f"axe-core@{VERSION}", "--pack-destination", str(CACHE), "--silent"],
        check=False,
        capture_output=True,
    )
    if not done or done.returncode:
        if os.environ.get("CALLQA_TEST_EVERYTHING"):
            pytest.fail("npm could not fetch axe-core, and nothing is to be left out")
        pytest.skip("npm could not fetch axe-core")
    with tarfile.open(CACHE / f"axe-core-{VERSION}.tgz") as packed:
        member = packed.extractfile("package/axe.min.js")
        assert member is not None
        path.write_bytes(member.read())


def serious(tab: Page) -> list[str]:
    """What it finds serious or critical, with the element's beginning."""
    tab.evaluate(script())
    found: list[str] = tab.evaluate(_ASK)
    return found
