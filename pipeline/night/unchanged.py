"""A night in which nothing is new is told by names, sizes and times: nothing is read, nothing is done.

What decides a run's result is the program, its settings and rules, the folder, and what ``OUT`` holds.
The last run over a folder leaves a digest of all of it, as file systems tell it; where that is the same,
so would the result be. Heavy packages are not imported here: such a night costs a second.
"""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from pipeline import __version__
from pipeline.ingest.addresses import address_of
from pipeline.night.metrics import write_metrics
from pipeline.night.stamps import beside, digest_of, file, files, lines, program
from pipeline.records import Night
from pipeline.resources import ROOT
from pipeline.review.verdicts import stamp, stamp_beside
from pipeline.settings import rubric_asked_for
from pipeline.store.access import Access
from pipeline.store.state import reading, writing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.settings import Settings
    from pipeline.store.state import Run

TICK = 0.05
"""Seconds within which two changes of a file may bear the same time."""
_NIGHTS = TypeAdapter(tuple[Night, Night])


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What a run over ``folder`` into ``out`` hangs on; ``told`` of all but ``OUT``, empty: cannot be.

    It is looked at before the run begins: what changes meanwhile is another folder to the next run.
    """

    folder: Path
    out: Path
    told: str

    @classmethod
    def of(cls, folder: Path, out: Path, settings: Settings, rubric: str | None) -> Inputs:
        """As they are now."""
        now = time.time()
        own = list(files(folder, leave_out=out))
        fresh = any(stat.st_ctime > now - TICK for _, stat in own)
        if fresh or settings.call_records.database:
            return cls(folder=folder, out=out, told="")
        name = rubric_asked_for(rubric, settings)
        parts = [
            __version__,
            settings.model_dump_json(),
            name,
            *lines(own, folder),
            *lines(beside(settings, name, folder), Path("/")),
            *lines(program(), ROOT),
            stamp(out, settings),
            stamp_beside(out, settings),
        ]
        return cls(folder=folder, out=out, told=digest_of(parts))

    @property
    def place(self) -> str:
        """The folder, as the ledger knows it."""
        return address_of(self.folder.resolve())

    @property
    def digest(self) -> str:
        """Of all of it, with what ``OUT`` holds now."""
        return digest_of([self.told, *_outcome(self.out)])


def before(inputs: Inputs) -> tuple[Night, Night] | None:
    """What the last run over the folder came to, where nothing has changed since; else None."""
    if not inputs.told:
        return None
    with reading(inputs.out) as state:
        settled = state.settled_run(inputs.place)
        if settled is None or state.anything_due():
            return None
    digest, text = settled
    if digest != inputs.digest:
        return None
    try:
        return _NIGHTS.validate_json(text)
    except ValidationError:  # of another version
        return None


def repeat_last_run(inputs: Inputs, settings: Settings) -> tuple[Night, Night] | None:
    """The last run again, where nothing has changed: that it was, and what could not be used, is noted.

    None where something has changed.
    """
    nights = before(inputs)
    if nights is None:
        return None
    heard, judged = nights
    access, now = Access.of(settings.privacy), datetime.now(UTC).isoformat(timespec="milliseconds")
    with writing(inputs.out, access) as state:
        last = state.last_run()
        if last is not None:
            run = _run(last, now, heard, judged)
            state.keep_run(run)
            if settings.operations.metrics is not None:
                with suppress(OSError):  # no night ends for that; the doctor sees it
                    write_metrics(settings.operations.metrics, run)
    if heard.failures:
        from pipeline.night.failures import list_failures
        from pipeline.store.files import Store

        list_failures(Store.of(inputs.out, settings), inputs.place, heard.failures, settings)
        settle(inputs, settings, heard, judged)
    return nights


def _run(last: Run, now: str, heard: Night, judged: Night) -> Run:
    """What is written down of a run that had nothing to do."""
    return replace(
        last,
        run=secrets.token_hex(8),
        command="score",
        began=now,
        told=now,
        outcome="some_failed" if heard.failures else "done",
        found=heard.found,
        transcribed=0,
        failed=len(heard.failures),
        scored=judged.scored,
        not_scored=judged.not_scored,
        review=judged.review,
        seconds={},
    )


def settle(inputs: Inputs, settings: Settings, heard: Night, judged: Night) -> None:
    """Keep what a run came to that is over, unless the next one has something to try again."""
    kept = _to_settle(inputs, heard, judged)
    with writing(inputs.out, Access.of(settings.privacy)) as state:
        state.settle(inputs.place, kept)


def _to_settle(inputs: Inputs, heard: Night, judged: Night) -> tuple[str, str] | None:
    """What is kept of a run that is over; None where the next one has something to try again."""
    again = any(failure.stage != "ingest" for failure in (*heard.failures, *judged.failures))
    lost = any(failure.error == "Lost" for failure in heard.failures)
    if not inputs.told or again or lost:
        return None
    nights = (replace(heard, transcribed=0), judged)
    return inputs.digest, _NIGHTS.dump_json(nights).decode()


def pages_made_of(out: Path, settings: Settings) -> str:
    """A digest of what the pages of ``OUT`` are made of, and of which there are."""
    parts = [__version__, settings.model_dump_json(), *lines(program(), ROOT), *_outcome(out)]
    return digest_of(parts)


def _outcome(out: Path) -> Iterator[str]:
    """What ``OUT`` holds: every file of tables, transcripts, rubrics and people, the pages' names."""
    for room in ("data", "transcripts", "rubrics", "reviews", "calibration"):
        yield from lines(files(out / room), out)
    for name in ("ratings.csv", "reviews.csv"):
        yield from lines(file(out / name), out)
    yield from sorted(_names(out / "reports"))


def _names(folder: Path) -> Iterator[str]:
    for _, folders, names in os.walk(folder):
        yield from folders
        yield from names
