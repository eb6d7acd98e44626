"""What is older than may be kept goes: words, recordings of the pages, and scores unless they stay."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.messages import tr
from pipeline.night.run import write_pages
from pipeline.records import AnswerKind
from pipeline.review import calibration
from pipeline.review.verdicts import has_database
from pipeline.review.worklists import forget
from pipeline.store.columns import schema, to_arrow
from pipeline.store.files import ROOMS, Store
from pipeline.store.manifest import files_there, manifest_dates, read_manifest
from pipeline.store.schema import (
    TABLES,
    AnswerRow,
    FailureRow,
    FindingRow,
    ReviewRow,
    TranscriptRow,
)
from pipeline.store.state import CALLS, PAGES, writing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipeline.progress import Progress
    from pipeline.settings import Settings
    from pipeline.store.columns import Row

WORDS = (TranscriptRow, FailureRow)
"""The tables that go even where the scores stay: what was said, and names of files."""


@dataclass(frozen=True, kw_only=True)
class Purged:
    """What went: how many calls' words, of which dates, and by room of ``OUT`` how many files and bytes.

    A room's figures are what it holds less than before; rewriting the pages of those that stay counts.
    """

    calls: int
    dates: tuple[str, ...]
    rooms: Mapping[str, tuple[int, int]]


def purge(
    out: Path, settings: Settings, *, before: str, scores: bool, progress: Progress
) -> Purged:
    """Remove what is kept and published of the dates before one; ``scores``: but for the scores.

    What stays of a date then has no words in it: calls, findings without quote and message, verdicts
    without quote and comment, answers that were chosen, holds, interruptions, sides, agents, attempts,
    samples. What people wrote into ``reviews.csv`` is theirs and stays. Tables go first and words last:
    whoever is killed in between purges again.
    """
    store = Store.of(out, settings)
    store.take(progress)
    was = _rooms(out)
    kept = [d for d in store.transcripts.every_date() if d < before]
    published = [
        d for d in {*files_there(out / "data"), *manifest_dates(out / "data")} if d < before
    ]
    contents: list[str] = []
    for date in sorted({*kept, *published}):
        _unpublish(store, date, scores=scores)
    forget(store, before)
    calibration.forget(store, before)
    if has_database(out, settings):
        from pipeline.review.answered import forget_answers
        from pipeline.review.said import forget_words

        forget_words(out, settings, before)
        forget_answers(out, settings, before)
    for date in kept:
        contents += [head.recording.content_id for head in store.transcripts.heads(date)]
    with writing(out, store.access) as state:
        state.forget(contents, before=before)
        state.set_done(CALLS, kept)
        state.set_due(PAGES, published)
    for date in kept:
        store.transcripts.purge(date)
    store.answers.purge(before)
    _forget_rubrics(store)
    write_pages(out, settings, progress=progress, dates=published)
    now = _rooms(out)
    less = {room: (was[room][0] - now[room][0], was[room][1] - now[room][1]) for room in was}
    return Purged(calls=len(contents), dates=tuple(sorted({*kept, *published})), rooms=less)


def _unpublish(store: Store, date: str, *, scores: bool) -> None:
    """Take a date's tables away, or the words out of them."""
    if not scores:
        store.publish(date, dict.fromkeys(TABLES.values()))
        return
    wordless: dict[type[Row], list[Row]] = {
        FindingRow: [replace(row, quote="", message="") for row in store.read(FindingRow, date)],
        ReviewRow: [replace(row, quote="", comment="") for row in store.read(ReviewRow, date)],
        AnswerRow: store.read(AnswerRow, date, {"kind": (AnswerKind.CHOICE,)}),
    }
    with store.publication(date) as new:
        for gone in WORDS:
            new.drop(gone.TABLE)
        for row, rows in wordless.items():
            if store.part(row, date).is_file():
                new.open(row.TABLE, schema(row, store.zone))
                new.add(row.TABLE, to_arrow(row, rows, store.zone))


def _forget_rubrics(store: Store) -> None:
    """Remove the kept rubrics that scored no date which is still there."""
    data = store.out / "data"
    manifests = [read_manifest(data, date) for date in manifest_dates(data)]
    used = {
        store.rubric_file(rubric.name, rubric.version)
        for manifest in manifests
        if manifest is not None
        for rubric in manifest.rubrics
    }
    for path in (store.out / "rubrics").glob("*.json"):
        if path not in used:
            path.unlink()


def _rooms(out: Path) -> dict[str, tuple[int, int]]:
    """By room: how many files it holds, and how many bytes."""
    sizes = {
        room: [path.stat().st_size for path in (out / room).rglob("*") if path.is_file()]
        for room in ROOMS
    }
    return {room: (len(own), sum(own)) for room, own in sizes.items()}


def lines(purged: Purged, *, scores: bool) -> list[str]:
    """What went, for a person."""
    if not purged.dates:
        return [tr("nothing to remove")]
    first, last = purged.dates[0], purged.dates[-1]
    told = [
        tr(
            "removed: the words of {calls} calls, {n} dates from {first} to {last}",
            calls=purged.calls,
            n=len(purged.dates),
            first=first,
            last=last,
        )
    ]
    if scores:
        told.append(tr("kept of them: scores and findings without words"))
    told += [
        tr("  {room}: {files} files, {mb:.1f} MB", room=room, files=files, mb=size / 1e6)
        for room, (files, size) in purged.rooms.items()
        if files or size
    ]
    return told
