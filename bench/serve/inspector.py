"""``python -m bench.serve.inspector``: what review itself costs an inspector, by the keyboard.

The fixture calls, each twice, are on the work list of one inspector, who goes through it in a real
Chromium. Every third finding he takes for wrong, which is a key more. The time is from a key until
the next thing is ready: the next finding, or the next call with its sound. He thinks for no time and
hears nothing out: what is left of an hour is for that.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench.serve.results import keep
from pipeline.night.rescore import score_kept
from pipeline.review.accounts import Duty, User, add
from pipeline.review.migrate import open_database
from pipeline.review.worklists import sample, week_of
from pipeline.settings import load_settings
from pipeline.store.files import Store
from pipeline.store.schema import CallRow
from tests.golden import keep_heard
from tests.helpers import Nobody
from tests.report.browser import chromium, comes_true, follow
from tests.serve.centre import PASSWORD, served

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Page

CALLS, HOUR = 40, 3600
"""Calls an hour that an inspector of a large centre should get through, and its seconds."""
NAME = "张三"
CONFIG = f"""
[asr]
model = "base"

[sampling]
per_agent = 1000
inspectors = [{{name = "{NAME}"}}]
"""
_OPEN = '[data-judged=""]'
"""A finding of which nobody has said anything."""
_PLACES = """
Array.from(document.querySelectorAll("[data-from]")).reduce((sum, one) =>
  sum + Number(one.dataset.until) - Number(one.dataset.from) + 1.5, 0)
"""
"""Seconds that the findings of a call play: each from half a second before to one after."""


@dataclass
class Reviewed:
    """What one call took: keys, and seconds that the application itself needed after each."""

    findings: int
    keys: int = 1
    """With the one that ends it."""
    verdicts: list[float] = field(default_factory=list)
    opened: float = 0.0
    """From the key that ends the call before until this one's first finding is heard."""
    places: float = 0.0
    lasts: float = 0.0
    """Seconds of its findings, and of the call."""

    @property
    def seconds(self) -> float:
        """All that the application itself took."""
        return self.opened + sum(self.verdicts)


def made(folder: Path) -> Path:
    """Score the calls, draw and publish them, make the inspector's account; the settings."""
    out, config = folder / "out", folder / "callqa.toml"
    config.write_text(CONFIG, encoding="utf-8")
    settings = load_settings(config)
    keep_heard(out)
    store = Store.of(out, settings)
    for kept in [
        one for day in store.transcripts.dates() for one in store.transcripts.of_date(day)
    ]:
        record = replace(kept.recording.record, call_id=f"{kept.recording.record.call_id}-2")
        other = replace(kept.recording, content_id=f"2{kept.recording.content_id}", record=record)
        store.transcripts.keep(replace(kept, recording=other))
    score_kept(out, settings, progress=Nobody(), jobs=1)
    for week in sorted({week_of(day) for day in store.table_dates(CallRow)}):
        sample(store, settings, week)
    report = ["-m", "pipeline", "report", "--out", str(out), "--config", str(config)]
    subprocess.run([sys.executable, *report], check=True, capture_output=True)
    database = open_database(out, settings)
    add(database, User(name=NAME, duty=Duty.INSPECTOR), PASSWORD)
    database.close()
    return config


def worked(tab: Page, url: str, most: int | None) -> list[Reviewed]:
    """Go through the work list to its end, or through so many calls."""
    tab.goto(f"{url}/login")
    tab.fill("[name=name]", NAME)
    tab.fill("[name=password]", PASSWORD)
    tab.press("[name=password]", "Enter")
    tab.locator(".leave").wait_for()
    follow(tab.get_by_role("link", name="复核"))
    follow(tab.get_by_role("link", name="开始"))
    done: list[Reviewed] = []
    opened, before = 0.0, 0
    while True:
        done.append(judged(tab, opened, before))
        before += done[-1].findings
        if len(done) == most or tab.locator("#next-call").is_hidden():
            return done
        opened = ended(tab)


def ended(tab: Page) -> float:
    """End a call by its key: seconds until the next one's first finding can be judged and heard."""
    began = time.monotonic()
    with tab.expect_navigation(wait_until="domcontentloaded"):
        tab.keyboard.press("d")
    comes_true(tab, f"!document.querySelector('{_OPEN}') || !!document.querySelector('.at-desk')")
    comes_true(tab, "document.getElementById('audio').readyState >= 2")
    return time.monotonic() - began


def judged(tab: Page, opened: float, before: int) -> Reviewed:
    """Judge every finding of a call; ``before`` were judged in other calls."""
    count = tab.locator("[data-place]").count()
    lasts = tab.evaluate("document.getElementById('audio')?.duration ?? 0")
    call = Reviewed(findings=count, opened=opened, places=tab.evaluate(_PLACES), lasts=lasts)
    for number in range(count):
        keys = "21" if (before + number) % 3 == 2 else "1"
        began = time.monotonic()
        for key in keys:
            tab.keyboard.press(key)
        comes_true(tab, f"document.querySelectorAll('{_OPEN}').length == {count - number - 1}")
        call.verdicts.append(time.monotonic() - began)
        call.keys += len(keys)
    return call


def page(calls: Sequence[Reviewed]) -> str:
    """What was measured, as a part of the page."""
    findings = sum(one.findings for one in calls)
    verdicts = [seconds for one in calls for seconds in one.verdicts]
    opened = [one.opened for one in calls[1:]]
    keys = sum(one.keys for one in calls)
    own = statistics.fmean(one.seconds for one in calls)
    places, lasts = (
        statistics.fmean(getattr(one, n) for one in calls) for n in ("places", "lasts")
    )
    left = (HOUR - CALLS * own) / CALLS
    rows = {
        "key presses a finding": f"{(keys - len(calls)) / findings:.2f}",
        "key presses a call": f"{keys / len(calls):.1f}",
        "from a verdict's key until the next finding, s": _spread(verdicts),
        "from the key that ends a call until the next can be heard, s": _spread(opened),
        "the application itself a call, s": _spread([one.seconds for one in calls]),
        f"the application itself, {CALLS} calls, s": f"{CALLS * own:.0f}",
        f"left for hearing and thinking a call, at {CALLS} an hour, s": f"{left:.0f}",
        "the findings of a call to hear, s": f"{places:.0f}",
        "a whole call to hear, s": f"{lasts:.0f}",
    }
    told = (
        f"{len(calls)} calls (the fixture calls, twice) with {findings} findings, each judged by "
        f"key, every third taken for wrong; {os.cpu_count()} processors, load "
        f"{os.getloadavg()[0]:.1f}. Means; in brackets the "
        "median and what 95 of 100 stay within. Waiting is looked at every 20 ms."
    )
    lines = ["## One inspector", "", "<!-- written by `make bench-serve` -->", "", told, ""]
    table = ["| | |", "|---|---|", *(f"| {name} | {said} |" for name, said in rows.items())]
    return "\n".join([*lines, *table]) + "\n"


def _spread(seconds: Sequence[float]) -> str:
    ordered = sorted(seconds)
    most = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    mean, median = statistics.fmean(ordered), statistics.median(ordered)
    return f"{mean:.2f} ({median:.2f}, {most:.2f})"


def main() -> None:
    """Make the calls, review them, and say what it took."""
    from playwright.sync_api import sync_playwright

    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--calls", type=int, help="so many only; what is measured is not kept")
    own = asked.parse_args()
    flags = ["--no-sandbox", "--disable-gpu", "--mute-audio"]
    flags.append("--autoplay-policy=no-user-gesture-required")
    with (
        tempfile.TemporaryDirectory(prefix="callqa-bench-") as place,
        sync_playwright() as playwright,
    ):
        config = made(Path(place))
        browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
        with served(config.parent / "out", config) as running:
            calls = worked(browser.new_page(), running.url, own.calls)
        browser.close()
    told = page(calls)
    print(told)
    if own.calls is None:
        keep(told)


if __name__ == "__main__":
    main()
