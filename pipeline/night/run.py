"""The whole night, from a folder of recordings to pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.night.rescore import score_kept
from pipeline.night.transcribe import How, find, hear
from pipeline.report import write_reports

if TYPE_CHECKING:
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
    judged = score_kept(out, settings, progress=progress, dates=heard.dates)
    write_reports(out, settings, progress=progress, dates=judged.dates)
    return heard, judged
