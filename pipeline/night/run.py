"""The whole night, from a folder of recordings to pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import ending
from pipeline.night.how import How
from pipeline.night.rescore import score_kept
from pipeline.night.transcribe import find, hear
from pipeline.night.unchanged import pages_made_of
from pipeline.report import write_reports
from pipeline.store.files import Store
from pipeline.store.state import PAGES, reading, writing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.progress import Progress
    from pipeline.records import Night
    from pipeline.settings import Settings


def run_night(
    folder: Path, out: Path, settings: Settings, *, rubric: str, how: How, progress: Progress
) -> tuple[Night, Night]:
    """Find, hear, judge, publish: what was heard in ``folder``, and how its dates came out."""
    plan = find(folder, out, settings, rubric=rubric, how=how, progress=progress)
    heard = hear(plan, out, how=how, progress=progress)
    judged = score_kept(out, settings, progress=progress, dates=heard.dates, anew=False)
    write_pages(out, settings, progress=progress, dates=())
    return heard, judged


def write_pages(
    out: Path, settings: Settings, *, progress: Progress, dates: Sequence[str] | None = None
) -> None:
    """Write the pages of ``dates`` (None: all), and those that an earlier run left out of date.

    Where none is asked for and nothing has changed of what they are made of, they stay.
    """
    store = Store.of(out, settings)
    with reading(out) as state:
        due, before = state.due(PAGES), state.settled_run(PAGES)
    ending.check()
    wanted = None if dates is None else sorted({*dates, *due})
    if wanted == [] and before is not None and before[0] == pages_made_of(out, settings):
        return
    write_reports(out, settings, progress=progress, dates=wanted)
    made_of = pages_made_of(out, settings)
    with writing(out, store.access) as state:
        state.settle(PAGES, (made_of, ""))
        state.set_done(PAGES, due)
