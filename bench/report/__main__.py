"""``make bench-report``: the pages of 10,000 calls of 200 agents over 30 days, on this machine.

How long they take to write, what the heaviest weigh, and how soon the index and the list of calls answer
in a browser that opens them from the disk. The tables are made up and hold no sound.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.report.tables import Tables
from pipeline.report import write_reports
from pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

RESULTS = Path(__file__).with_name("results.md")
_READY = """() => {
  const [page] = performance.getEntriesByType("navigation");
  return page.domContentLoadedEventEnd;
}"""


class Stages:
    """How long each stage of the writing took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._stage, self._began = "reading", time.monotonic()

    def begin(self, stage: str, total: int) -> None:
        """A stage begins."""
        self.end()
        self._stage = f"{stage} ({total:,})"

    def step(self, what: str, *, failed: bool = False) -> None:
        """A step is done."""

    def tell(self, line: str) -> None:
        """Something to know."""

    def end(self) -> None:
        """The stage is over."""
        now = time.monotonic()
        self.seconds[self._stage] = now - self._began
        self._began = now


def processor_seconds() -> float:
    """What this process and those that it started have used."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def written(out: Path) -> tuple[float, float, Stages]:
    """The pages of ``out``: seconds by the clock, of the processors, and of each stage."""
    stages = Stages()
    began, used = time.monotonic(), processor_seconds()
    write_reports(out, Settings(), progress=stages)
    stages.end()
    return time.monotonic() - began, processor_seconds() - used, stages


def weights(root: Path) -> dict[str, tuple[int, int]]:
    """By kind of file: how many, and the bytes of the heaviest."""
    kinds = {
        "team pages": [root / "index.html", *root.glob("periods/**/*.html")],
        "scorecards": root.glob("agents/**/*.html"),
        "calls' pages": root.glob("calls/*/*.html"),
        "parts of the list": root.glob("lists/*.js"),
    }
    return {kind: _weight(files) for kind, files in kinds.items()}


def _weight(files: Iterable[Path]) -> tuple[int, int]:
    sizes = [file.stat().st_size for file in files]
    return len(sizes), max(sizes, default=0)


def answered(root: Path, calls: int) -> dict[str, float]:
    """Seconds until the index can be used, and until the list shows calls, a search, all dates."""
    from playwright.sync_api import sync_playwright

    from tests.report.browser import chromium, comes_true

    found = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        for page in ("index.html", "index.html"):  # the second time the browser itself is warm
            tab.goto((root / page).resolve().as_uri())
            found["index, until it can be used"] = tab.evaluate(_READY) / 1000
        began = time.monotonic()
        tab.goto((root / "calls.html").resolve().as_uri())
        comes_true(tab, "document.querySelectorAll('#list tbody tr').length > 0")
        found["list, until the newest week stands"] = time.monotonic() - began
        began = time.monotonic()
        tab.locator("#clear").click()
        comes_true(tab, f"document.getElementById('found').textContent === '共 {calls} 通'", 60)
        found["list, until every call stands"] = time.monotonic() - began
        began = time.monotonic()
        tab.locator("[name=q]").fill("斗气")
        comes_true(tab, "!/读取/.test(document.getElementById('found').textContent)")
        found["list, a search over all"] = time.monotonic() - began
        browser.close()
    return found


def page(numbers: dict[str, Any]) -> str:
    """What was measured, as a page."""
    lines = [
        "# The pages of a month",
        "",
        (
            f"{numbers['calls']:,} calls, {numbers['people']} agents, {numbers['days']} days; "
            f"{os.cpu_count()} cores; made by `make bench-report`."
        ),
        "",
        (
            f"Written in **{numbers['seconds']:.0f} s** ({numbers['used']:.0f} s of the processors), "
            f"and again, with one date changed, in **{numbers['again']:.0f} s**; "
            f"the machine had {numbers['load']:.1f} processes to run meanwhile."
        ),
        "",
        "| stage | s |",
        "|---|---|",
        *(f"| {stage} | {seconds:.1f} |" for stage, seconds in numbers["stages"].items()),
        "",
        "| files | how many | heaviest, KB |",
        "|---|---|---|",
        *(
            f"| {kind} | {count:,} | {size / 1000:.0f} |"
            for kind, (count, size) in numbers["weights"].items()
        ),
        "",
        "| in the browser, from the disk | s |",
        "|---|---|",
        *(f"| {what} | {seconds:.2f} |" for what, seconds in numbers["answered"].items()),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Make the tables, write the pages, measure, and say so."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--calls", type=int, default=10_000)
    asked.add_argument("--people", type=int, default=200)
    asked.add_argument("--days", type=int, default=30)
    asked.add_argument(
        "--keep", type=Path, help="a folder where tables and pages stay, to be used again"
    )
    own = asked.parse_args()
    out = own.keep or Path(tempfile.mkdtemp(prefix="callqa-bench-"))
    try:
        if not (out / "data").is_dir():
            Tables(out, calls=own.calls, people=own.people, days=own.days).write()
        shutil.rmtree(out / "reports", ignore_errors=True)
        seconds, used, stages = written(out)
        began = time.monotonic()
        last = max(path.name.removeprefix("date=") for path in (out / "data/calls").iterdir())
        write_reports(out, Settings(), progress=Stages(), dates=[last])
        numbers = {
            "calls": own.calls,
            "people": own.people,
            "days": own.days,
            "seconds": seconds,
            "used": used,
            "load": os.getloadavg()[2],
            "again": time.monotonic() - began,
            "stages": stages.seconds,
            "weights": weights(out / "reports"),
            "answered": answered(out / "reports", own.calls),
        }
        print(page(numbers))
        if (own.calls, own.people, own.days) == (10_000, 200, 30):
            RESULTS.write_text(page(numbers), encoding="utf-8")
    finally:
        if own.keep is None:
            shutil.rmtree(out)


if __name__ == "__main__":
    main()
